//! Pushes that reach nobody: by e-mail or to the hotel's webhook instead, once or visibly failed.

use super::{
    api::{call, new_key},
    client::{Socket, get, get_until, known_as, post, staff_cookie},
    devices::confirm,
    house::{DEADLINE, House},
    receiver::{LOOPBACK, Receiver, add, house, house_with, hurry, until},
};
use serde_json::json;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    sync::Notify,
};

pub async fn push(house: &House, key: &str, to: &str, fallback: &str) -> u16 {
    let body = json!({"title": "Your table\r\nBcc: all@hotel.example is ready", "text": "Terrace, 19:30"});
    let path = format!("/message/table.ready/{to}?fallback={fallback}");
    call(house, &path, key, &[], Some(body.to_string())).await.status
}

/// The one guest has confirmed an address.
const CONFIRMED: &str =
    "INSERT INTO guest_email (email, guest, confirmed_at) SELECT 'yuki@example.org', id, 1 FROM guest";

/// A guest who is away, as alpha knows them, with their cookie.
pub async fn away(house: &House) -> (String, String) {
    let (mut guest, cookie) = Socket::guest(house, "alpha").await;
    guest.say_as_guest("alpha", "Hello").await;
    guest.cut();
    let newest = "SELECT guest FROM conversation ORDER BY opened_at DESC, id DESC";
    (format!("guest:{}", known_as(house, &house.rows(newest)[0][0], "alpha")), cookie)
}

#[tokio::test]
async fn a_guest_with_a_confirmed_address_gets_an_e_mail_instead() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (to, cookie) = away(&house).await;
    assert_eq!(push(&house, &key, &to, "email").await, 404, "no address is known");
    confirm(&house, &cookie, "yuki@example.org").await;
    assert_eq!(push(&house, &key, &to, "email").await, 202);
    until(&house, "SELECT event, state, tries FROM delivery", "push sent 1").await;
    let letter = house.letters().into_iter().find(|letter| letter.contains("Terrace")).unwrap();
    assert!(letter.contains("To: yuki@example.org"), "{letter}");
    let plain = letter.replace("\r\n", "\n");
    let (head, text) = plain.split_once("\n\n").unwrap();
    assert!(text.contains("/chat/alpha") && !head.contains("\nBcc"), "{letter}");
    // The hotel is not told the address, nor is anybody else.
    let beat = staff_cookie(&house, "Beat").await;
    let page = get(&house, "/admin/hotels/alpha/webhooks", &beat).await.body;
    assert!(page.contains("E-mail") && !page.contains("yuki@"));
    assert_eq!(push(&house, &key, "staff:maria@hotel.example", "email").await, 404, "guests only");
}

#[tokio::test]
async fn the_first_way_that_is_there_is_taken_and_the_webhook_gets_all_of_it() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (receiver, url) = Receiver::open(&[]).await;
    let (to, _) = away(&house).await;
    assert_eq!(push(&house, &key, &to, "email,webhook").await, 404);
    add(&house, &url, &["push"]).await;
    let beat = staff_cookie(&house, "Beat").await;
    let second = [("url", "https://hotel.example/2"), ("push", "1")];
    let page = post(&house, "/admin/hotels/alpha/webhooks", &beat, &second).await;
    assert_eq!(page.status, 422, "it is sent once");
    for (to, count) in [(to.as_str(), 1), ("staff:maria@hotel.example", 2), ("hotel:alpha", 3)] {
        assert_eq!(push(&house, &key, to, "email,webhook").await, 202);
        let called = receiver.after(count).await.pop().unwrap().body;
        assert_eq!((&called["event"], &called["push"]["to"]), (&json!("push"), &json!(to)));
        assert_eq!(called["push"]["body"]["text"], "Terrace, 19:30");
    }
    assert_eq!(push(&house, &key, "staff:no@one.example", "webhook").await, 404);
    // Repeated under its key, it is stored once.
    let headers = [("idempotency-key", "1")];
    for _ in 0..3 {
        let path = "/message/a/hotel:alpha?fallback=webhook";
        assert_eq!(call(&house, path, &key, &headers, Some("{}".into())).await.status, 202);
    }
    receiver.after(4).await;
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 4);
}

#[tokio::test]
async fn killed_after_the_answer_what_was_to_go_another_way_goes_once() {
    let mut house = house();
    let key = new_key(&house, &["push"]).await;
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["push"]).await;
    for _ in 0..6 {
        assert_eq!(push(&house, &key, "hotel:alpha", "webhook").await, 202);
        house.kill();
        house.start();
    }
    until(&house, "SELECT count(*) FROM delivery WHERE state = 'sent'", "6").await;
    let calls = receiver.calls.lock().unwrap().clone();
    let ids: HashSet<_> = calls.iter().map(|call| call.body["id"].to_string()).collect();
    assert_eq!(ids.len(), 6, "each, and repeats are known by their id");
}

/// A mail server that answers the first messages as it is told, and takes the others.
async fn mail_server(replies: &[&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let replies: Arc<Mutex<Vec<&str>>> = Arc::new(Mutex::new(replies.iter().rev().copied().collect()));
    let kept = taken.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (kept, replies) = (kept.clone(), replies.clone());
            tokio::spawn(async move {
                let (read, mut write) = stream.split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 mail\r\n").await?;
                while let Some(line) = lines.next_line().await? {
                    let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                        "EHLO" => "250 mail",
                        "DATA" => {
                            write.write_all(b"354 go on\r\n").await?;
                            let mut message = String::new();
                            while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                                message += &(line + "\n");
                            }
                            let reply = replies.lock().unwrap().pop();
                            if reply.is_none() {
                                kept.lock().unwrap().push(message);
                            }
                            match reply {
                                Some("") => return Ok(()),
                                reply => reply.unwrap_or("250 taken"),
                            }
                        }
                        _ => "250 fine",
                    };
                    write.write_all(format!("{answer}\r\n").as_bytes()).await?;
                }
                Ok::<_, std::io::Error>(())
            });
        }
    });
    (format!("smtp://{address}"), taken)
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again_and_the_e_mail_goes_out_once() {
    let (server, taken) = mail_server(&["451 try yuki@example.org later"]).await;
    let house = house_with(&[LOOPBACK, ("BELLHOP_SMTP_URL", &server)]);
    let key = new_key(&house, &["push"]).await;
    let (to, _) = away(&house).await;
    house.write(CONFIRMED);
    assert_eq!(push(&house, &key, &to, "email").await, 202);
    until(&house, "SELECT state, tries FROM delivery", "waiting 1").await;
    let answer = house.rows("SELECT answer FROM delivery")[0][0].clone();
    assert!(answer.contains("451") && !answer.contains("yuki"), "{answer}");
    hurry(&house);
    until(&house, "SELECT state, tries FROM delivery", "sent 2").await;
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    let id = house.rows("SELECT id FROM delivery")[0][0].clone();
    assert!(taken[0].contains(&format!("Message-ID: <{id}@")), "{}", taken[0]);
}

#[tokio::test]
async fn an_e_mail_whose_answer_was_lost_or_that_is_refused_is_not_sent_again_by_itself() {
    for (reply, words) in
        [("", "the e-mail may have been sent"), ("550 no such user", "the mail server answers 550")]
    {
        let (server, _) = mail_server(&[reply]).await;
        let house = house_with(&[LOOPBACK, ("BELLHOP_SMTP_URL", &server)]);
        let key = new_key(&house, &["push"]).await;
        let (to, _) = away(&house).await;
        house.write(CONFIRMED);
        assert_eq!(push(&house, &key, &to, "email").await, 202);
        until(&house, "SELECT state, tries FROM delivery", "failed 1").await;
        let answer = house.rows("SELECT answer FROM delivery")[0][0].clone();
        assert!(answer.contains(words), "{answer}");
    }
}

#[tokio::test]
async fn a_guest_gets_so_many_e_mails_an_hour_from_each_hotel() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (to, cookie) = away(&house).await;
    confirm(&house, &cookie, "yuki@example.org").await;
    for _ in 0..20 {
        assert_eq!(push(&house, &key, &to, "email").await, 202);
    }
    assert_eq!(push(&house, &key, &to, "email").await, 429);
    // What goes another way does not count.
    let (_receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["push"]).await;
    assert_eq!(push(&house, &key, &to, "webhook,email").await, 202);
}

#[tokio::test]
async fn killed_while_it_is_sent_an_e_mail_is_not_sent_twice_and_shows_that_nobody_knows() {
    // It takes the message and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("smtp://{}", listener.local_addr().unwrap());
    let came = Arc::new(Notify::new());
    let heard = came.clone();
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await.unwrap());
            heard.notify_one();
        }
    });
    let mut house = house_with(&[LOOPBACK, ("BELLHOP_SMTP_URL", &server)]);
    let key = new_key(&house, &["push"]).await;
    let (to, _) = away(&house).await;
    house.write(CONFIRMED);
    assert_eq!(push(&house, &key, &to, "email").await, 202);
    tokio::time::timeout(DEADLINE, came.notified()).await.unwrap();
    until(&house, "SELECT state FROM delivery", "sending").await;
    house.kill();
    house.start();
    until(&house, "SELECT state FROM delivery", "failed").await;
    let beat = staff_cookie(&house, "Beat").await;
    let path = "/admin/hotels/alpha/webhooks";
    let page =
        get_until(&house, path, &beat, |page| page.body.contains("the e-mail may have been sent")).await;
    let again = page.body.split("/deliveries/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    // It goes out again when somebody says so.
    post(&house, &format!("/admin/hotels/alpha/deliveries/{again}/replay"), &beat, &[]).await;
    tokio::time::timeout(DEADLINE, came.notified()).await.unwrap();
}
