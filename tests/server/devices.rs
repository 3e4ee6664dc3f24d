//! Two devices become one guest: by a code or a link, whole or not at all, and without losing a word.

use super::{
    client::{Page, Socket, get, guest_cookie, post, say},
    house::{DEADLINE, House},
};
use serde_json::{Value, json};
use std::time::Instant;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use uuid::Uuid;

const EMAIL: &str = "yuki@example.org";

fn house() -> House {
    let house = House::with(&[("BELLHOP_CODES_PER_HOUR", "1000")]);
    for (name, hotel) in [("Maria", "alpha"), ("Jonas", "alpha")] {
        house.add_staff(name, &["--agent", hotel]);
    }
    house
}

/// Asks for a code and reads it, and the link beside it, in the letter.
async fn letter(house: &House, cookie: &str, email: &str) -> (String, String) {
    let before = house.letters().len();
    let page = post(house, "/stays/email", cookie, &[("email", email)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let asked = Instant::now();
    let known: Vec<String> = Vec::new();
    loop {
        let letters = house.letters();
        if letters.len() > before
            && let Some(text) = letters
                .iter()
                .filter(|l| !known.contains(l))
                .find(|l| l.contains(email) && l.contains("/stays/link/") && newest(house, l))
        {
            let code = text.split("Your code is ").nth(1).unwrap()[..6].to_owned();
            // Long lines are broken by "=" (RFC 2045) in a letter that is encoded so.
            let plain = text.replace("=\r\n", "");
            let link =
                plain.split("/stays/link/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
            return (code, format!("/stays/link/{link}"));
        }
        assert!(asked.elapsed() < DEADLINE, "no letter came");
        tokio::task::yield_now().await;
    }
}

/// The last letter written: the one whose file is the newest.
fn newest(house: &House, letter: &str) -> bool {
    let folder = std::fs::read_dir(house.folder.path().join("mail")).unwrap();
    let files: Vec<_> = folder.map(|f| f.unwrap()).collect();
    let last = files.iter().max_by_key(|f| f.metadata().unwrap().modified().unwrap()).unwrap();
    std::fs::read_to_string(last.path()).unwrap() == *letter
}

pub(super) async fn confirm(house: &House, cookie: &str, email: &str) -> Page {
    let (code, _) = letter(house, cookie, email).await;
    let page = post(house, "/stays/code", cookie, &[("code", &code)]).await;
    let onward = page.header("location").unwrap_or_default();
    assert!(page.status == 303 && onward.starts_with("/stays/confirmed?joined="), "{} {}", onward, page.body);
    page
}

fn bodies(entries: &Value) -> Vec<String> {
    entries
        .as_array()
        .unwrap()
        .iter()
        .map(|e| format!("{}:{}", e["kind"].as_str().unwrap(), e["body"].as_str().unwrap_or("")))
        .collect()
}

#[tokio::test]
async fn with_one_address_two_devices_are_one_guest() {
    let house = house();
    house.add_hotel("beta");
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let mut on_phone = Socket::open(&house, &phone).await;
    on_phone.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Yuki"})).await;
    on_phone.say_as_guest("alpha", "from the phone").await;
    Socket::open(&house, &laptop).await.say_as_guest("beta", "from the laptop").await;
    confirm(&house, &phone, EMAIL).await;
    confirm(&house, &laptop, EMAIL).await;
    let lists = [
        Socket::open(&house, &phone).await.ok(json!({"do": "stays"})).await,
        Socket::open(&house, &laptop).await.ok(json!({"do": "stays"})).await,
    ];
    assert_eq!(lists[0], lists[1]);
    let lines: Vec<_> =
        lists[0]["hotels"].as_array().unwrap().iter().map(|t| t["last_line"].as_str().unwrap()).collect();
    assert_eq!(lines, ["from the laptop", "from the phone"]);
    assert_eq!(
        Socket::open(&house, &laptop).await.ok(json!({"do": "open", "hotel": "alpha"})).await["you"]["name"],
        "Yuki"
    );
    assert!(get(&house, "/stays/email", &laptop).await.body.contains(EMAIL));
}

#[tokio::test]
async fn two_open_conversations_with_one_hotel_are_joined_and_say_so() {
    let house = house();
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let (mut on_phone, mut on_laptop) =
        (Socket::open(&house, &phone).await, Socket::open(&house, &laptop).await);
    // Known at beta, where nothing was said.
    house.add_hotel("beta");
    on_phone.ok(json!({"do": "introduce", "hotel": "beta", "name": "Ada"})).await;
    let waits = on_phone.say_as_guest("alpha", "p1").await["conversation"].as_str().unwrap().to_owned();
    on_phone.say_as_guest("alpha", "p2").await;
    let resent = json!({"do": "say", "hotel": "alpha", "client_id": Uuid::now_v7(), "body": "p3"});
    on_phone.ok(resent.clone()).await;
    let held = on_laptop.say_as_guest("alpha", "l1").await["conversation"].as_str().unwrap().to_owned();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "open", "conversation": held})).await;
    maria.ok(json!({"do": "claim", "conversation": held, "epoch": 0})).await;
    maria.ok(say(&held, 1, 2, "m1")).await;
    maria.heard_until("m1").await;
    maria.ok(json!({"do": "note", "conversation": waits, "client_id": Uuid::now_v7(), "body": "n1"})).await;

    // A page that was shown the guest's own words, by a client that says even that.
    house.write("INSERT INTO read_mark SELECT id, guest, 2, 1 FROM conversation WHERE last_line = 'p3'");
    confirm(&house, &laptop, EMAIL).await;
    confirm(&house, &phone, EMAIL).await;
    assert_eq!(
        house.number("SELECT count(*) FROM read_mark WHERE at = 1"),
        0,
        "they have not read what stands before it now"
    );
    // The phone was somebody else; its page is told to begin anew.
    let (code, heard) = on_phone.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1012), &json!("joined")));

    // Live, in order, each once; and the other one is told to have gone there. What she asks for after is not
    // told again.
    let joined = |e: &Value| e["on"] == "row" && e["row"].get("joined_to").is_some();
    let live =
        |heard: &[Value]| -> Vec<i64> { heard.iter().filter_map(|e| e["entry"]["seq"].as_i64()).collect() };
    let mut heard = Vec::new();
    while live(&heard).len() < 5 || !heard.iter().any(joined) {
        heard.push(maria.event_where(|_| true).await);
    }
    let (mut third, _) = Socket::guest(&house, "alpha").await;
    third.say_as_guest("alpha", "Somebody else").await;
    heard.extend(maria.heard_until("Somebody else").await);
    assert_eq!(live(&heard), [4, 5, 6, 7, 8]);

    // The held one goes on, though the other began before it; each source in its own order, without a gap.
    let opened = maria.ok(json!({"do": "open", "conversation": held})).await;
    assert_eq!(
        bodies(&opened["entries"]),
        ["said:l1", "claimed:", "said:m1", "joined:4", "said:p1", "said:p2", "said:p3", "note:n1"]
    );
    let seqs: Vec<i64> =
        opened["entries"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=8).collect::<Vec<_>>());
    let row = &opened["conversation"];
    assert_eq!(
        (&row["holder"]["name"], &row["epoch"], &row["unread"], &row["last_line"]),
        (&json!("Maria"), &json!(1), &json!(3), &json!("m1"))
    );
    let gone = heard.iter().find(|e| joined(e) && e["row"]["id"] == json!(waits)).unwrap();
    assert_eq!((&gone["row"]["joined_to"], &gone["row"]["status"]), (&json!(held), &json!("resolved")));
    for command in [
        json!({"do": "claim", "conversation": waits, "epoch": 0}),
        json!({"do": "reopen", "conversation": waits, "epoch": 0}),
        say(&waits, 0, 9, "lost?"),
    ] {
        assert_eq!(maria.no(command).await, json!({"code": "joined", "conversation": held}));
    }
    // Both devices see one continuous history, without notes; a resend is known again (H5).
    for cookie in [&phone, &laptop] {
        let mut guest = Socket::open(&house, cookie).await;
        let opened = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
        assert_eq!(
            bodies(&opened["entries"]),
            ["said:l1", "claimed:", "said:m1", "joined:", "said:p1", "said:p2", "said:p3"]
        );
        assert_eq!(opened["earlier"], json!([]));
        assert_eq!(
            guest.ok(resent.clone()).await,
            json!({"conversation": held, "seq": 7, "at": opened["entries"][6]["at"]})
        );
    }
    assert_eq!(house.number("SELECT count(*) FROM entry WHERE body = 'p3'"), 1);
    // What beta knows of them is as fresh as it was.
    let fresh =
        "SELECT a.seen_at > 0 FROM acquaintance a JOIN hotel h ON h.id = a.hotel WHERE h.slug = 'beta'";
    assert_eq!(house.number(fresh), 1);
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what IN ('joined', 'guests_joined')"), 2);
    let queue = maria.watch().await["conversations"].to_string();
    assert!(queue.contains(&held) && !queue.contains(&waits), "the one that ended is nobody's work: {queue}");
}

#[tokio::test]
async fn the_open_conversation_of_the_other_device_is_the_newest_even_if_it_began_before() {
    let house = house();
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let id = |said: Value| said["conversation"].as_str().unwrap().to_owned();
    let open = id(Socket::open(&house, &phone).await.say_as_guest("alpha", "First").await);
    let done = id(Socket::open(&house, &laptop).await.say_as_guest("alpha", "Second").await);
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": done, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": done, "epoch": 1})).await;
    confirm(&house, &laptop, EMAIL).await;
    confirm(&house, &phone, EMAIL).await;
    let no = maria.no(json!({"do": "reopen", "conversation": done, "epoch": 2})).await;
    assert_eq!(no, json!({"code": "already_open", "conversation": open}));
}

#[tokio::test]
async fn who_held_the_joined_conversation_is_read_before_anybody_answers() {
    let house = house();
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let mut talks = Vec::new();
    for (cookie, agent) in [(&phone, "Maria"), (&laptop, "Jonas")] {
        let c = Socket::open(&house, cookie).await.say_as_guest("alpha", "Hello").await["conversation"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut agent = Socket::staff(&house, agent).await;
        agent.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        agent.ok(say(&c, 1, 2, "The pool is closed")).await;
        Socket::open(&house, cookie).await.ok(json!({"do": "read", "conversation": c, "seq": 3})).await;
        talks.push((c, agent));
    }
    confirm(&house, &phone, EMAIL).await;
    confirm(&house, &laptop, EMAIL).await;
    let [(kept, maria), (ended, jonas)] = &mut talks[..] else { unreachable!() };
    assert_eq!(
        jonas.no(say(ended, 1, 3, "It opens at seven")).await,
        json!({"code": "joined", "conversation": kept})
    );
    let no = maria.no(say(kept, 1, 3, "It is open")).await;
    assert_eq!(
        (&no["code"], &no["last_seq"]),
        (&json!("stale"), &json!(7)),
        "Jonas has said something she has not seen"
    );
    maria.ok(say(kept, 1, 7, "As Jonas said")).await;
    assert_eq!(jonas.no(say(kept, 1, 8, "And again")).await["code"], "not_holder");
    assert_eq!(house.number("SELECT count(*) FROM conversation WHERE status = 'held'"), 1);
    // Who had read what, and when, has come along: both agents and the guest, who was two.
    let marks = house.rows(
        "SELECT m.seq, m.reader = c.guest FROM read_mark m JOIN conversation c ON c.id = \
        m.conversation WHERE c.status = 'held' ORDER BY 1, 2",
    );
    assert_eq!(marks, [["2", "0"], ["3", "1"], ["6", "0"], ["7", "0"], ["7", "1"]]);
}

#[tokio::test]
async fn a_private_line_ends_with_a_conversation_that_is_joined_to_another_and_is_noted_there() {
    let house = house();
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let (mut on_phone, mut on_laptop) =
        (Socket::open(&house, &phone).await, Socket::open(&house, &laptop).await);
    let kept = on_phone.say_as_guest("alpha", "p1").await["conversation"].clone();
    let ends = on_laptop.say_as_guest("alpha", "l1").await["conversation"].clone();
    let (mut jonas, mut maria) = (Socket::staff(&house, "Jonas").await, Socket::staff(&house, "Maria").await);
    jonas.ok(json!({"do": "claim", "conversation": kept, "epoch": 0})).await;
    maria.ok(json!({"do": "claim", "conversation": ends, "epoch": 0})).await;
    on_laptop.ok(json!({"do": "line", "conversation": ends, "wish": "offer", "epoch": 1})).await;
    let accept = json!({"do": "line", "conversation": ends, "wish": "accept", "epoch": 1});
    let seat = maria.ok(accept).await["seat"].clone();
    let room = format!("/whisper/{}", seat["room"].as_str().unwrap());
    let join = json!({"do": "join", "ticket": seat["ticket"]});
    let mut on_line = Socket::whisper(&house, &room, "", join).await.unwrap();

    confirm(&house, &phone, EMAIL).await;
    confirm(&house, &laptop, EMAIL).await;
    assert_eq!(on_line.event("closing").await["reason"], "moved", "Jonas answers this guest now");
    let mut jonas = Socket::staff(&house, "Jonas").await;
    let mut entries = jonas.ok(json!({"do": "open", "conversation": kept})).await["entries"].clone();
    if !bodies(&entries).contains(&"line_closed:".to_owned()) {
        entries.as_array_mut().unwrap().push(jonas.event("line_closed").await["entry"].clone());
    }
    let lines: Vec<_> = bodies(&entries).into_iter().filter(|entry| entry.starts_with("line")).collect();
    assert_eq!(lines, ["line_opened:", "line_closed:"]);
}

#[tokio::test]
async fn words_on_their_way_while_two_become_one_are_kept_once_and_in_order() {
    let house = house();
    for round in 0..6 {
        let email = format!("guest{round}@example.org");
        let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
        Socket::open(&house, &laptop).await.say_as_guest("alpha", "l").await;
        confirm(&house, &laptop, &email).await;
        let (code, _) = letter(&house, &phone, &email).await;
        // The phone writes as fast as it can, and sends again what was not acknowledged, as its outbox does.
        let writer = async {
            let mut acked = 0;
            for n in 0..60 {
                let message = json!({"do": "say", "hotel": "alpha", "client_id": Uuid::now_v7(),
                    "body": format!("{round}/{n}")});
                loop {
                    let Ok(mut socket) = Socket::try_open(&house, &phone, &[]).await else { continue };
                    if socket.send_or_lose(message.clone()).await {
                        acked += 1;
                        break;
                    }
                }
            }
            acked
        };
        let joiner = async {
            for _ in 0..round * 4 {
                get(&house, "/healthz", "").await;
            }
            post(&house, "/stays/code", &phone, &[("code", &code)]).await.status
        };
        let (acked, status) = tokio::join!(writer, joiner);
        assert_eq!((acked, status), (60, 303));
        let stored: Vec<String> = house
            .rows(&format!("SELECT body FROM entry WHERE body LIKE '{round}/%' ORDER BY conversation, seq"))
            .concat();
        assert_eq!(
            stored,
            (0..60).map(|n| format!("{round}/{n}")).collect::<Vec<_>>(),
            "none lost, none twice, in order"
        );
    }
    assert_eq!(
        house.number("SELECT count(*) FROM conversation WHERE status <> 'resolved'"),
        6,
        "one open conversation each (H9)"
    );
    assert_eq!(
        house.number(
            "SELECT count(*) FROM conversation c WHERE last_seq <> (SELECT count(*) FROM entry e WHERE \
             e.conversation = c.id)"
        ),
        0,
        "without a gap (H4)"
    );
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_ten_minutes_one_use_and_one_device() {
    let house = house();
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let (code, _) = letter(&house, &phone, EMAIL).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(
        post(&house, "/stays/code", &laptop, &[("code", &code)]).await.body.contains("no longer works"),
        "another device's code"
    );
    for left in ["4 attempts left", "3 attempts left", "2 attempts left", "1 attempt left", "no longer works"]
    {
        let page = post(&house, "/stays/code", &phone, &[("code", wrong)]).await;
        assert!(page.status == 422 && page.body.contains(left), "{left}");
    }
    assert!(
        post(&house, "/stays/code", &phone, &[("code", &code)]).await.body.contains("no longer works"),
        "after five wrong ones the right one"
    );
    let (code, _) = letter(&house, &phone, EMAIL).await;
    house.write("UPDATE email_code SET expires_at = expires_at - 600000");
    assert!(
        post(&house, "/stays/code", &phone, &[("code", &code)]).await.body.contains("no longer works"),
        "after ten minutes"
    );
    let (first, _) = letter(&house, &phone, EMAIL).await;
    let (code, link) = letter(&house, &phone, EMAIL).await;
    if first != code {
        assert_eq!(
            post(&house, "/stays/code", &phone, &[("code", &first)]).await.status,
            422,
            "a new code ends the one before"
        );
    }
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(
        post(&house, "/stays/code", &phone, &[("code", &spaced)]).await.status,
        303,
        "typed as it is read out"
    );
    assert_eq!(post(&house, "/stays/code", &phone, &[("code", &code)]).await.status, 422, "twice");
    assert_eq!(get(&house, &link, &laptop).await.status, 404, "and the link went with it");
    let dump = house
        .rows("SELECT hex(code) FROM email_code UNION ALL SELECT email FROM guest_email")
        .concat()
        .join(" ");
    assert_eq!(dump, EMAIL);
}

#[tokio::test]
async fn a_link_joins_the_device_it_is_opened_on_and_not_the_one_it_was_asked_for_on() {
    let house = house();
    let (victim, attacker, tablet) = (
        guest_cookie(&house, "alpha").await,
        guest_cookie(&house, "alpha").await,
        guest_cookie(&house, "alpha").await,
    );
    Socket::open(&house, &victim).await.say_as_guest("alpha", "something private").await;
    confirm(&house, &victim, EMAIL).await;
    // Somebody else asks for a letter to the victim's address; the victim opens the link.
    let (_, link) = letter(&house, &attacker, EMAIL).await;
    let page = get(&house, &link, &tablet).await;
    assert!(page.status == 200 && !page.body.contains(EMAIL), "it asks first, and does not tell whose it is");
    assert_eq!(
        Socket::open(&house, &tablet).await.ok(json!({"do": "stays"})).await["hotels"],
        json!([]),
        "opening it alone does nothing"
    );
    // Whoever did not ask for it must know where the letter went: nobody joins the stranger who sent them a
    // link.
    for wrong in [&[][..], &[("email", "stranger@example.org")][..]] {
        assert_eq!(post(&house, &link, &tablet, wrong).await.status, 422);
    }
    assert_eq!(
        post(&house, &link, &tablet, &[("email", "Yuki@Example.org ")]).await.header("location"),
        Some("/stays/confirmed?joined=true")
    );
    let told = get(&house, "/stays/confirmed?joined=true&hotel=alpha", &tablet).await.body;
    assert!(told.contains("Both devices now show the same conversations.") && told.contains("/chat/alpha\""));
    assert_eq!(
        Socket::open(&house, &tablet).await.ok(json!({"do": "stays"})).await["hotels"][0]["last_line"],
        "something private"
    );
    assert_eq!(Socket::open(&house, &attacker).await.ok(json!({"do": "stays"})).await["hotels"], json!([]));
    assert_eq!(post(&house, &link, &attacker, &[("email", EMAIL)]).await.status, 404);
    for made_up in ["/stays/link/x", "/stays/link/%00", &format!("/stays/link/{}", "x".repeat(3_000))] {
        assert_eq!(get(&house, made_up, &tablet).await.status, 404);
    }
}

#[tokio::test]
async fn whether_an_address_is_known_is_not_told_and_letters_are_not_for_flooding() {
    let house = House::with(&[("BELLHOP_CODES_PER_HOUR", "2")]);
    let (phone, laptop) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    confirm(&house, &phone, EMAIL).await;
    let known = post(&house, "/stays/email", &laptop, &[("email", EMAIL)]).await;
    let unknown = post(&house, "/stays/email", &laptop, &[("email", "nobody@example.org")]).await;
    let blank = |page: &Page| {
        let text = page.body.replace(EMAIL, "…").replace("nobody@example.org", "…");
        let nonce = text.split("nonce=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        nonce.map_or(text.clone(), |nonce| text.replace(&nonce, "…"))
    };
    assert_eq!((known.status, blank(&known)), (unknown.status, blank(&unknown)));
    let flood = post(&house, "/stays/email", &laptop, &[("email", EMAIL)]).await;
    assert!(flood.status == 429 && flood.body.contains("Try again in"), "{}", flood.body);
    for wrong in ["", "nobody", "a@b@c", "x y@example.org\r\nbcc: z@example.org"] {
        let page = post(&house, "/stays/email", &phone, &[("email", wrong)]).await;
        assert!(matches!(page.status, 422), "{wrong}: {}", page.status);
    }
    assert_eq!(post(&house, "/stays/email", "", &[("email", EMAIL)]).await.status, 401);
}

#[tokio::test]
async fn letters_go_to_the_mail_server_where_there_is_one() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let server = async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut letter, mut in_data) = (String::new(), false);
        write.write_all(b"220 mail\r\n").await.unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            match (in_data, line.as_str()) {
                (true, ".") => {
                    write.write_all(b"250 kept\r\n").await.unwrap();
                    break;
                }
                (true, text) => letter += &format!("{text}\n"),
                (false, "DATA") => {
                    in_data = true;
                    write.write_all(b"354 go on\r\n").await.unwrap();
                }
                (false, _) => write.write_all(b"250 fine\r\n").await.unwrap(),
            }
        }
        letter
    };
    let house =
        House::with(&[("BELLHOP_SMTP_URL", &url), ("BELLHOP_MAIL_FROM", "Seehof <chat@hotel.example>")]);
    let cookie = guest_cookie(&house, "alpha").await;
    let ask = post(&house, "/stays/email", &cookie, &[("email", EMAIL)]);
    let (page, letter) = tokio::join!(ask, tokio::time::timeout(DEADLINE, server));
    let letter = letter.expect("the letter arrives");
    assert_eq!(page.status, 200);
    assert!(
        letter.contains("From: Seehof <chat@hotel.example>") && letter.contains(&format!("To: {EMAIL}")),
        "{letter}"
    );
    assert!(letter.contains("Your code is "));
    assert!(
        house.letters().is_empty() && !house.log().contains("Your code"),
        "neither a file nor the log holds it"
    );
    let (started, text) =
        House::empty(&[("BELLHOP_SMTP_URL", "carrier-pigeon://loft")]).try_run(&["serve"], "");
    assert!(!started && text.contains("mail server's address is not understood"), "{text}");
}

#[tokio::test]
async fn however_links_are_opened_at_once_every_guest_is_somebody() {
    let house = house();
    for round in 0..8 {
        let (one, two) = (format!("one{round}@example.org"), format!("two{round}@example.org"));
        let (home, other) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
        confirm(&house, &home, &one).await;
        let mut links = Vec::new();
        for email in [&one, &two, &one, &two] {
            let asked = guest_cookie(&house, "alpha").await;
            links.push((letter(&house, &asked, email).await.1, email));
        }
        // One of them makes `other` a guest who was, while the rest are on their way.
        let opened = links.iter().map(|(link, email)| {
            let (house, other) = (&house, &other);
            async move { post(house, link, other, &[("email", email.as_str())]).await.status }
        });
        assert!(futures::future::join_all(opened).await.iter().all(|status| *status == 303));
        confirm(&house, &other, &two).await;
        assert_eq!(
            post(
                &house,
                "/chat/alpha",
                &other,
                &[("client_id", &Uuid::now_v7().to_string()), ("body", "still here")]
            )
            .await
            .status,
            303
        );
        assert_eq!(
            Socket::open(&house, &home).await.ok(json!({"do": "stays"})).await["hotels"][0]["last_line"],
            "still here"
        );
    }
    let chains =
        "SELECT count(*) FROM guest g JOIN guest k ON k.id = g.joined_to WHERE k.joined_to IS NOT NULL";
    let ghosts =
        "SELECT count(*) FROM guest_email e JOIN guest g ON g.id = e.guest WHERE g.joined_to IS NOT NULL";
    assert_eq!((house.number(chains), house.number(ghosts)), (0, 0));
}

#[tokio::test]
async fn the_device_whose_conversation_ended_begins_anew_too() {
    let house = house();
    let (waits, held) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    let mut first = Socket::open(&house, &waits).await;
    let ended = first.say_as_guest("alpha", "from the first").await["conversation"].clone();
    let kept =
        Socket::open(&house, &held).await.say_as_guest("alpha", "from the second").await["conversation"]
            .clone();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": kept, "epoch": 0})).await;
    // The address is the first one's, but the second one's conversation goes on.
    confirm(&house, &waits, EMAIL).await;
    confirm(&house, &held, EMAIL).await;
    let (code, heard) = first.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1012), &json!("joined")));
    let opened = Socket::open(&house, &waits).await.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(opened["conversation"]["id"], kept);
    assert_eq!(
        bodies(&opened["entries"]),
        ["said:from the second", "claimed:", "joined:", "said:from the first"]
    );
    assert!(!opened.to_string().contains(ended.as_str().unwrap()));
}

#[tokio::test]
async fn what_one_guest_is_refused_is_not_paid_for_by_the_whole_house() {
    let house = House::with(&[("BELLHOP_CODES_PER_HOUR", "2")]);
    let (greedy, other) = (guest_cookie(&house, "alpha").await, guest_cookie(&house, "alpha").await);
    for n in 0..60 {
        post(&house, "/stays/email", &greedy, &[("email", &format!("n{n}@example.org"))]).await;
    }
    assert_eq!(post(&house, "/stays/email", &other, &[("email", EMAIL)]).await.status, 200);
}
