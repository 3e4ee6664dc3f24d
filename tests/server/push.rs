//! What a hotel's own system says to whoever is connected, and whether it arrived.

use super::{
    api::{Answer, call, key_of, new_key},
    client::{Socket, get, guest_cookie, known_as, post, request, staff_cookie, waiting_guest},
    devices::confirm,
    house::{DEADLINE, House},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

fn house() -> House {
    house_with(&[])
}

fn house_with(settings: &[(&str, &str)]) -> House {
    let house = House::with(settings);
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house
}

async fn push(house: &House, key: &str, to: &str, body: &Value) -> Answer {
    call(house, &format!("/message/table.ready/{to}"), key, &[], Some(body.to_string())).await
}

/// A page that reads on, as a browser does; what was pushed to it comes out.
fn reading(mut socket: Socket) -> tokio::task::JoinHandle<Value> {
    tokio::spawn(async move { socket.event("push").await })
}

/// A guest with alpha's page open, and their id as alpha knows them.
async fn guest_there(house: &House) -> (Socket, String) {
    let (guest, c) = waiting_guest(house).await;
    let real = house
        .rows(&format!("SELECT guest FROM conversation WHERE lower(hex(id)) = replace('{c}', '-', '')"))[0]
        [0]
    .clone();
    (guest, known_as(house, &real, "alpha"))
}

#[tokio::test]
async fn a_push_reaches_the_guests_page_and_says_who_sends_it() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (guest, id) = guest_there(&house).await;
    let page = reading(guest);
    let body = json!({"title": "Your table is ready", "text": "Terrace, 19:30", "table": 12});
    let answer = push(&house, &key, &format!("guest:{id}"), &body).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({"delivered": true, "stored": false})));
    let heard = page.await.unwrap();
    assert_eq!(
        heard,
        json!({"on": "push", "hotel": "alpha", "source": "Hotel Alpha · PMS", "action": "table.ready",
            "body": body})
    );
}

#[tokio::test]
async fn whoever_is_not_connected_gets_nothing_and_the_caller_is_told() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (guest, id) = guest_there(&house).await;
    let to = format!("guest:{id}");
    guest.cut();
    let body = json!({"title": "Anybody?"});
    let nobody = push(&house, &key, &to, &body).await;
    assert_eq!(nobody.status, 404);
    // Whoever does not exist looks the same.
    for to in [format!("guest:{}", uuid::Uuid::now_v7()), "stay:none".into(), "staff:no@one.example".into()] {
        let unknown = push(&house, &key, &to, &body).await;
        assert_eq!((unknown.status, &unknown.body), (404, &nobody.body), "{to}");
    }
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 0);
}

#[tokio::test]
async fn one_page_of_several_is_enough_and_each_gets_it_once() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let cookie = guest_cookie(&house, "alpha").await;
    let mut pages = Vec::new();
    for _ in 0..3 {
        let mut page = Socket::open(&house, &cookie).await;
        page.ok(json!({"do": "open", "hotel": "alpha"})).await;
        pages.push(page);
    }
    pages[0].say_as_guest("alpha", "Hello").await;
    let id = known_as(&house, &house.rows("SELECT guest FROM conversation")[0][0], "alpha");
    let pages: Vec<_> = pages.into_iter().map(reading).collect();
    assert_eq!(push(&house, &key, &format!("guest:{id}"), &json!({"text": "Hi"})).await.status, 200);
    for page in pages {
        assert_eq!(page.await.unwrap()["body"]["text"], "Hi");
    }
}

#[tokio::test]
async fn staff_are_named_by_e_mail_the_desk_by_its_hotel_and_a_guest_by_their_reservation() {
    let house = house();
    house.add_staff("Boss", &["--manager", "beta"]);
    let key = new_key(&house, &["push", "write"]).await;
    let body = json!({"title": "Fire drill"});
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let page = reading(maria);
    assert_eq!(push(&house, &key, "staff:Maria@Hotel.example", &body).await.status, 200);
    assert_eq!(page.await.unwrap()["body"], body);
    // Somebody else's colleague, and nobody at the desk any more.
    let boss = reading(Socket::staff(&house, "Boss").await);
    for to in ["staff:boss@hotel.example", "staff:maria@hotel.example", "hotel:alpha", "hotel:beta"] {
        assert_eq!(push(&house, &key, to, &body).await.status, 404, "{to}");
    }
    boss.abort();
    let mut desk = Socket::staff(&house, "Maria").await;
    desk.watch().await;
    // A board on a wall hears the queue, and takes nothing.
    let cookie = staff_cookie(&house, "Beat").await;
    let mut board = Socket::open_as(&house, &cookie, "board").await;
    let hotel = board.hotel();
    board.ok(json!({"do": "watch", "hotel": hotel})).await;
    let page = reading(desk);
    assert_eq!(push(&house, &key, "hotel:alpha", &body).await.status, 200);
    assert_eq!(page.await.unwrap()["source"], "Hotel Alpha · PMS");
    waiting_guest(&house).await;
    let heard = board.heard_until("Hello, is anybody there?").await;
    assert!(heard.iter().all(|event| event["on"] != "push"), "{heard:?}");
    assert_eq!(push(&house, &key, "hotel:alpha", &body).await.status, 404, "only the board is left");

    let (guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "stay", "conversation": c, "change": {"reference": "R-7"}})).await;
    let page = reading(guest);
    assert_eq!(push(&house, &key, "stay:R-7", &body).await.status, 200);
    assert_eq!(page.await.unwrap()["hotel"], "alpha");
}

#[tokio::test]
async fn a_key_reaches_its_own_hotels_people_and_no_others() {
    let house = house();
    house.add_staff("Boss", &["--manager", "beta"]);
    let key = new_key(&house, &["push"]).await;
    let of_beta = key_of(&house, "Boss", "beta", &["push"]).await;
    // A guest who talks to both, with beta's page open.
    let (mut guest, cookie) = Socket::guest(&house, "beta").await;
    guest.ok(json!({"do": "open", "hotel": "beta"})).await;
    guest.say_as_guest("beta", "Hello").await;
    let real = house.rows("SELECT guest FROM conversation")[0][0].clone();
    let mut other = Socket::open(&house, &cookie).await;
    other.say_as_guest("alpha", "Hello").await;
    other.cut();
    let [in_alpha, in_beta] =
        ["alpha", "beta"].map(|hotel| format!("guest:{}", known_as(&house, &real, hotel)));
    let body = json!({"title": "For you"});
    let mut guest = {
        let page = tokio::spawn(async move {
            assert_eq!(guest.event("push").await["hotel"], "beta");
            guest
        });
        assert_eq!(push(&house, &of_beta, &in_beta, &body).await.status, 200);
        page.await.unwrap()
    };
    assert_eq!(push(&house, &key, &in_alpha, &body).await.status, 404, "alpha's page is closed");
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    // By nobody else's name, though somebody has used it.
    for id in [in_beta, format!("guest:{real}")] {
        assert_eq!(push(&house, &key, &id, &body).await.status, 404, "{id}");
    }
    guest.say_as_guest("alpha", "Still here").await;
    assert!(guest.heard_until("Still here").await.iter().all(|event| event["on"] != "push"));
    let page = reading(guest);
    assert_eq!(push(&house, &key, &in_alpha, &body).await.status, 200);
    assert_eq!(page.await.unwrap()["hotel"], "alpha");
}

#[tokio::test]
async fn whoever_signed_out_is_not_reached() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let cookie = staff_cookie(&house, "Maria").await;
    let mut maria = Socket::open(&house, &cookie).await;
    maria.watch().await;
    post(&house, "/logout", &cookie, &[]).await;
    assert_eq!(maria.closed().await.0, Some(1008));
    assert_eq!(push(&house, &key, "staff:maria@hotel.example", &json!({"text": "Hi"})).await.status, 404);
}

#[tokio::test]
async fn a_page_that_answers_nothing_counts_while_it_is_heard_and_not_after() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let (mut guest, id) = guest_there(&house).await;
    let to = format!("guest:{id}");
    // It reads nothing, so no pong comes; but it types.
    let heard = async {
        loop {
            guest.send(json!({"do": "typing", "hotel": "alpha", "on": true})).await;
            if push(&house, &key, &to, &json!({"text": "Hi"})).await.status == 200 {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, heard).await.expect("heard a moment ago, it counts as slow");
    let gone = async { while push(&house, &key, &to, &json!({"text": "Hi"})).await.status != 404 {} };
    tokio::time::timeout(DEADLINE, gone).await.expect("silent for long, it counts as gone");
}

#[tokio::test]
async fn a_key_may_be_shown_as_a_password_and_must_be_allowed_and_alive() {
    let house = house();
    let (key, other) = (new_key(&house, &["push"]).await, new_key(&house, &["read"]).await);
    let to = "/message/hello/hotel:alpha";
    let basic = |key: &str| format!("Basic {}", STANDARD.encode(format!("anybody:{key}")));
    let form = || Some("title=Hello&tag=a&tag=b".to_owned());
    let mut desk = Socket::staff(&house, "Maria").await;
    desk.watch().await;
    let page = reading(desk);
    let shown = [("authorization", basic(&key))];
    let headers: Vec<(&str, &str)> = shown.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(request(&house, to, "", form(), &headers).await.status, 200);
    assert_eq!(page.await.unwrap()["body"], json!({"title": "Hello", "tag": ["a", "b"]}));
    for (shown, status) in [
        (basic(&other), 403),
        (basic("bellhop_made-up"), 401),
        ("Basic ???".into(), 401),
        (format!("Bearer {other}"), 403),
        ("Bearer".into(), 401),
        (format!("bearer  {key}"), 404),
    ] {
        let page = request(&house, to, "", form(), &[("authorization", &shown)]).await;
        assert_eq!(page.status, status, "{shown}");
        assert_eq!(page.header("content-type"), Some("application/problem+json"), "{shown}");
    }
    // Used, and withdrawn.
    let beat = staff_cookie(&house, "Beat").await;
    let listed = get(&house, "/admin/hotels/alpha", &beat).await.body;
    assert!(listed.contains("Send pushes") && listed.contains("Last used"));
    let id = house.rows("SELECT id FROM api_key WHERE scopes = 'push'")[0][0].clone();
    post(&house, &format!("/admin/hotels/alpha/keys/{id}/revoke"), &beat, &[]).await;
    assert_eq!(push(&house, &key, "hotel:alpha", &json!({})).await.status, 401);
}

#[tokio::test]
async fn what_cannot_be_pushed_is_named_field_by_field() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let json = |body: &str| Some(body.to_owned());
    let long = |n: usize| "x".repeat(n);
    let to = "hotel:alpha";
    for (action, to, body, status, pointers) in [
        ("Table", to, json("{}"), 422, vec!["action"]),
        (&long(65), to, json("{}"), 422, vec!["action"]),
        ("a", "nobody", json("{}"), 422, vec!["to"]),
        ("a", "guest:nobody", json("{}"), 422, vec!["to"]),
        ("a", "room:012", json("{}"), 422, vec!["to"]),
        ("a", "stay:%FF", json("{}"), 422, vec!["to"]),
        ("a", "hotel:alpha?fallback=pigeon", json("{}"), 422, vec!["fallback"]),
        ("a", to, json("[]"), 422, vec![""]),
        ("a", to, json("\"x\""), 422, vec![""]),
        ("a", to, json("{"), 422, vec![""]),
        ("a", to, json(&("[".repeat(5_000) + &"]".repeat(5_000))), 422, vec![""]),
        ("a", to, json(r#"{"title": 7, "text": ["x"]}"#), 422, vec!["/title", "/text"]),
        (
            "a",
            to,
            Some(json!({"title": long(121), "text": long(1_001)}).to_string()),
            422,
            vec!["/title", "/text"],
        ),
        ("a", to, Some(json!({"x": long(16 * 1024)}).to_string()), 413, vec![]),
        ("a", to, Some(json!({"x": long(80 * 1024)}).to_string()), 413, vec![]),
        ("a", to, json("{}"), 404, vec![]),
        (&long(64), to, Some(json!({"title": long(120), "text": long(1_000)}).to_string()), 404, vec![]),
    ] {
        let answer = call(&house, &format!("/message/{action}/{to}"), &key, &[], body).await;
        assert_eq!((answer.status, answer.pointers()), (status, pointers), "{action} {to}: {}", answer.body);
        assert_eq!(answer.kind, "application/problem+json");
    }
    let plain = [("authorization", format!("Bearer {key}")), ("content-type", "text/plain".into())];
    let headers: Vec<(String, String)> = plain.iter().map(|(k, v)| (k.to_string(), v.clone())).collect();
    let url = format!("http://{}/message/a/hotel:alpha", house.address);
    let status = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = headers.iter().fold(agent.post(&url), |r, (k, v)| r.header(k, v));
        request.send("x").unwrap().status().as_u16()
    });
    assert_eq!(status.await.unwrap(), 415);
}

#[tokio::test]
async fn the_same_call_again_says_nothing_twice() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let send = async |idempotency: &str, body: Value| {
        let headers = [("idempotency-key", idempotency)];
        call(&house, "/message/a/hotel:alpha", &key, &headers, Some(body.to_string())).await.status
    };
    assert_eq!(send("1", json!({"text": "one"})).await, 404);
    let mut desk = Socket::staff(&house, "Maria").await;
    desk.watch().await;
    let mut desk = {
        let page = tokio::spawn(async move {
            let first = desk.event("push").await;
            (first, desk)
        });
        assert_eq!(send("1", json!({"text": "one"})).await, 404, "as it was answered first");
        assert_eq!(send("1", json!({"text": "two"})).await, 409);
        assert_eq!(send("2", json!({"text": "three"})).await, 200);
        let (first, desk) = page.await.unwrap();
        assert_eq!(first["body"]["text"], "three");
        desk
    };
    assert_eq!(send("2", json!({"text": "three"})).await, 200);
    waiting_guest(&house).await;
    assert!(
        desk.heard_until("Hello, is anybody there?").await.iter().all(|event| event["on"] != "push"),
        "it was said once"
    );
}

#[tokio::test]
async fn a_caller_that_hangs_up_has_said_it_all_the_same_and_once() {
    let house = house();
    let key = new_key(&house, &["push"]).await;
    let mut desk = Socket::staff(&house, "Maria").await;
    desk.watch().await;
    // The desk reads nothing yet, so the first call waits; its caller does not.
    let head = format!(
        "POST /message/a/hotel:alpha HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\n\
         idempotency-key: 1\r\ncontent-type: application/json\r\n\
         content-length: 16\r\n\r\n{{\"text\": \"once\"}}",
        house.address
    );
    let mut line = tokio::net::TcpStream::connect(&house.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut line, head.as_bytes()).await.unwrap();
    let first = desk.event("push").await;
    drop(line);
    let headers = [("idempotency-key", "1")];
    let body = "{\"text\": \"once\"}".to_owned();
    let again = async {
        loop {
            let answer = call(&house, "/message/a/hotel:alpha", &key, &headers, Some(body.clone())).await;
            if answer.status != 409 {
                return answer.status;
            }
        }
    };
    assert_eq!(again.await, 200);
    assert_eq!(first["body"]["text"], "once");
    waiting_guest(&house).await;
    assert!(
        desk.heard_until("Hello, is anybody there?").await.iter().all(|event| event["on"] != "push"),
        "it was said once"
    );
}

#[tokio::test]
async fn each_key_has_its_own_pace() {
    let house = house_with(&[("BELLHOP_CALLS_PER_MINUTE", "3")]);
    let (one, other) = (new_key(&house, &["push"]).await, new_key(&house, &["push"]).await);
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let answer = push(&house, &one, "hotel:alpha", &json!({})).await;
        if answer.status == 429 {
            let seconds: u64 = answer.retry_after.as_deref().unwrap().parse().unwrap();
            assert!((1..=20).contains(&seconds), "{seconds}");
            assert_eq!(answer.kind, "application/problem+json");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [404, 429]);
    assert_eq!(push(&house, &other, "hotel:alpha", &json!({})).await.status, 404);
    // What the key may not do counts too.
    let reads = new_key(&house, &["read"]).await;
    let asked = [
        push(&house, &reads, "hotel:alpha", &json!({})).await.status,
        push(&house, &reads, "hotel:alpha", &json!({})).await.status,
    ];
    assert_eq!(asked, [403, 429]);
}

#[tokio::test]
async fn a_guest_who_became_one_with_another_is_found_by_either_id() {
    // Whichever of the two was asked for before, or neither.
    for asked_before in [Some(0), Some(1), None] {
        let house = house();
        let key = new_key(&house, &["push"]).await;
        let (mut ids, mut cookies) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (mut device, cookie) = Socket::guest(&house, "alpha").await;
            device.say_as_guest("alpha", "Hello").await;
            let newest = "SELECT guest FROM conversation ORDER BY opened_at DESC, id DESC";
            ids.push(known_as(&house, &house.rows(newest)[0][0], "alpha"));
            cookies.push(cookie);
            device.cut();
            if asked_before == Some(ids.len() - 1) {
                let to = format!("guest:{}", ids[ids.len() - 1]);
                assert_eq!(push(&house, &key, &to, &json!({})).await.status, 404);
            }
        }
        for cookie in &cookies {
            confirm(&house, cookie, "yuki@example.org").await;
        }
        for id in &ids {
            let mut device = Socket::open(&house, &cookies[0]).await;
            device.ok(json!({"do": "open", "hotel": "alpha"})).await;
            let page = reading(device);
            let answer = push(&house, &key, &format!("guest:{id}"), &json!({"text": "Hi"})).await;
            assert_eq!(answer.status, 200, "{asked_before:?}");
            assert_eq!(page.await.unwrap()["body"]["text"], "Hi");
        }
    }
}
