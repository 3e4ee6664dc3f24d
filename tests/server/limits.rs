//! What a client may send at all, and how much of it. Nothing of it panics the server, and a refusal loses
//! nothing.

use super::{
    client::{Socket, get, guest_cookie, post, say, waiting_guest},
    house::House,
};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn whatever_is_sent_gets_one_answer_and_the_socket_lives_on() {
    let house = House::open();
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "\"say\"",
        "{\"id\":-1}",
        "{\"id\":9,\"do\":\"dance\"}",
        "{\"id\":9,\"do\":\"say\"}",
        "{\"id\":9,\"do\":\"say\",\"hotel\":7,\"client_id\":1,\"body\":[]}",
        "{\"id\":9,\"do\":\"read\",\"conversation\":\"x\",\"seq\":1}",
        "{\"id\":9,\"do\":\"open\",\"hotel\":\"alpha\",\"after\":1e99}",
        "{\"id\":9,\"do\":\"open\",\"hotel\":\"\\u0000\"}",
        "{\"id\":9",
        "\u{0}",
    ] {
        guest.send_raw(text).await;
        let answer = guest.frame().await.expect("the socket lives");
        assert!(
            answer["no"]["code"] == "bad_command" || answer["no"]["code"] == "not_found",
            "{text}: {answer}"
        );
    }
    guest.say_as_guest("alpha", "Still here").await;
}

#[tokio::test]
async fn texts_are_kept_as_they_were_meant() {
    let house = House::with(&[("BELLHOP_MAX_BODY", "10")]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let say = |body: &str| json!({"do": "say", "hotel": "alpha", "client_id": Uuid::now_v7(), "body": body});
    for empty in ["", "  \n\t ", "\u{0}\u{7}"] {
        assert_eq!(guest.no(say(empty)).await["code"], "empty");
    }
    assert_eq!(guest.no(say("12345678901")).await, json!({"code": "too_long", "max": 10}));
    guest.ok(say("日本語日本語日本語日")).await;
    guest.ok(say(" a\r\nb\u{0}\tc ")).await;
    assert_eq!(house.rows("SELECT body FROM entry ORDER BY seq")[1][0], "a\nb\tc");
}

#[tokio::test]
async fn what_nobody_can_see_is_no_message_and_no_name() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let cookie = guest_cookie(&house, "alpha").await;
    for unseen in ["\u{200b}", "\u{2800}", "\u{3164} \u{ad}", "\u{200e}\u{2060}\u{feff}\u{fe0f}", "\u{3000}"]
    {
        let client_id = Uuid::now_v7();
        let said = json!({"do": "say", "hotel": "alpha", "client_id": client_id, "body": unseen});
        assert_eq!(guest.no(said).await["code"], "empty", "{unseen:?}");
        assert_eq!(maria.no(say(&c, 1, 9, unseen)).await["code"], "empty", "{unseen:?}");
        let note = json!({"do": "note", "conversation": c, "client_id": client_id, "body": unseen});
        assert_eq!(maria.no(note).await["code"], "empty", "{unseen:?}");
        let form = [("client_id", client_id.to_string()), ("body", unseen.to_owned())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(post(&house, "/chat/alpha", &cookie, &form).await.status, 422, "{unseen:?}");
        guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": unseen})).await;
        assert_eq!(house.number("SELECT count(*) FROM acquaintance WHERE name <> ''"), 0, "{unseen:?}");
    }
    assert_eq!(house.number("SELECT count(*) FROM conversation"), 1);
    let joined = "می\u{200c}خواهم 👩\u{200d}👧";
    guest.say_as_guest("alpha", joined).await;
    assert_eq!(house.rows("SELECT body FROM entry ORDER BY seq DESC LIMIT 1"), [[joined]]);
}

#[tokio::test]
async fn a_frame_over_64_kib_closes_with_1009_and_a_binary_one_with_1003() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    guest.send_raw(&format!("{{\"id\":1,\"do\":\"say\",\"body\":\"{}\"}}", "x".repeat(70_000))).await;
    assert_eq!(guest.closed().await.0, Some(1009));
    let mut guest = Socket::open(&house, &cookie).await;
    guest.send_binary(b"hello").await;
    assert_eq!(guest.closed().await.0, Some(1003));
}

#[tokio::test]
async fn too_many_messages_are_refused_with_the_time_to_wait() {
    let house = House::with(&[("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "15")]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let say = || json!({"do": "say", "hotel": "alpha", "client_id": Uuid::now_v7(), "body": "hi"});
    for _ in 0..5 {
        guest.ok(say()).await;
    }
    let refused = guest.no(say()).await;
    assert_eq!(refused["code"], "too_fast");
    assert!(refused["wait_ms"].as_u64().unwrap() > 0);
    assert_eq!(house.number("SELECT count(*) FROM entry"), 5);
}

#[tokio::test]
async fn commands_sockets_and_new_guests_are_limited() {
    let house = House::with(&[
        ("BELLHOP_COMMANDS_PER_SECOND", "5"),
        ("BELLHOP_SOCKETS_PER_PERSON", "2"),
        ("BELLHOP_NEW_GUESTS_PER_MINUTE", "9"),
    ]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(
            guest.call(json!({"do": "typing", "hotel": "alpha", "on": false})).await["no"]["code"].clone(),
        );
    }
    assert!(codes.contains(&json!("too_fast")));
    let _second = Socket::open(&house, &cookie).await;
    assert!(Socket::try_open(&house, &cookie, &[]).await.is_err(), "a third socket");
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(get(&house, "/chat/alpha", "").await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn who_does_not_keep_up_is_closed_and_can_read_on() {
    let house = House::with(&[("BELLHOP_SOCKET_QUEUE", "8")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "open", "conversation": c})).await;
    // Maria stops reading; the network's buffers fill, then her queue. Large words fill them sooner.
    let word = "w".repeat(3_900);
    let metrics = loop {
        for _ in 0..100 {
            guest.say_as_guest("alpha", &word).await;
        }
        let metrics = get(&house, "/metrics", "").await.body;
        if metrics.contains("bellhop_sockets_closed_total{reason=\"too_slow\"}") {
            break metrics;
        }
    };
    assert!(metrics.contains("bellhop_sockets_closed_total{reason=\"too_slow\"} 1"));
    let last = house.number("SELECT last_seq FROM conversation");
    let mut again = Socket::staff(&house, "Maria").await;
    let mut after = 0;
    loop {
        let page = again.ok(json!({"do": "open", "conversation": c, "after": after})).await;
        after += page["entries"].as_array().unwrap().len() as i64;
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(after, last, "nothing was lost");
}

#[tokio::test]
async fn telling_ones_name_again_and_again_and_typing_on_and_off_reach_nobody() {
    let house = House::with(&[("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "30")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, _) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let mut refused = 0;
    for n in 0..50 {
        let told =
            guest.call(json!({"do": "introduce", "hotel": "alpha", "name": format!("Name {n}")})).await;
        refused += i32::from(told["no"]["code"] == "too_fast");
        guest.ok(json!({"do": "typing", "hotel": "alpha", "on": n % 2 == 0})).await;
    }
    assert!(refused >= 40, "{refused}");
    let (mut other, _) = Socket::guest(&house, "alpha").await;
    other.say_as_guest("alpha", "That is all").await;
    let heard = maria.heard_until("That is all").await;
    assert!(heard.len() < 20, "{} events", heard.len());
}

#[tokio::test]
async fn guests_behind_one_address_do_not_keep_the_staff_out() {
    let house = House::with(&[("BELLHOP_SOCKETS_PER_ADDRESS", "1")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (_guest, cookie) = Socket::guest(&house, "alpha").await;
    assert!(Socket::try_open(&house, &cookie, &[]).await.is_err(), "a second one from there");
    Socket::staff(&house, "Maria").await.watch().await;
}

#[tokio::test]
async fn reading_on_in_many_conversations_counts_as_many_commands() {
    // So few that it is more than may ever come at once, and is allowed all the same when nothing else is
    // asked.
    let house = House::with(&[("BELLHOP_COMMANDS_PER_SECOND", "5")]);
    let (mut guest, _) = waiting_guest(&house).await;
    let cursors: serde_json::Map<_, _> = (0..200).map(|_| (Uuid::now_v7().to_string(), json!(0))).collect();
    let resume = json!({"do": "resume", "cursors": cursors});
    assert_eq!(guest.ok(resume.clone()).await["gone"].as_array().unwrap().len(), 200);
    let mut refused = None;
    for _ in 0..3 {
        let answer = guest.call(resume.clone()).await;
        refused = refused.or(answer["no"]["code"].as_str().map(str::to_owned));
    }
    assert_eq!(refused.as_deref(), Some("too_fast"));
}

#[tokio::test]
async fn whoever_waits_longest_is_never_pushed_off_the_desk_and_the_others_are_counted() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    let (mut first, real) = waiting_guest(&house).await;
    for n in 0..450 {
        let (mut guest, _) = Socket::guest(&house, "alpha").await;
        guest.say_as_guest("alpha", &format!("Flood {n}")).await;
    }
    let watched = maria.watch().await;
    let rows = watched["conversations"].as_array().unwrap();
    assert_eq!((rows.len(), &watched["waiting"]), (200, &json!(451)));
    assert_eq!(rows[0]["id"], json!(real), "the longest wait first");
    // The rest comes page by page, each once.
    let mut seen: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let hotel = maria.hotel();
    while seen.len() < 451 {
        let next = maria.ok(json!({"do": "waiting", "hotel": hotel, "after": seen.last().unwrap()})).await;
        assert_eq!(next["waiting"], 451);
        let rows = next["conversations"].as_array().unwrap();
        assert!(!rows.is_empty());
        seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
    }
    let count = maria.ok(json!({"do": "waiting", "hotel": hotel, "after": real, "limit": 0})).await;
    assert_eq!(count, json!({"conversations": [], "waiting": 451}));
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (451, 451));
    // Held ones are always there.
    maria.ok(json!({"do": "claim", "conversation": seen[450], "epoch": 0})).await;
    let watched = maria.watch().await;
    assert!(watched["conversations"].as_array().unwrap().iter().any(|row| row["id"] == json!(seen[450])));
    first.say_as_guest("alpha", "Still here").await;
    assert_eq!(maria.watch().await["conversations"][1]["id"], json!(real));
    house.add_hotel("beta");
    house.add_staff("Rui", &["--agent", "beta"]);
    let mut rui = Socket::staff(&house, "Rui").await;
    assert_eq!(
        rui.no(json!({"do": "waiting", "hotel": hotel, "after": real})).await["code"],
        "not_found",
        "not across the wall"
    );
}

#[tokio::test]
async fn strangers_at_one_address_begin_only_so_many_conversations_and_who_is_known_as_many_as_they_like() {
    let house = House::with(&[("BELLHOP_NEW_GUESTS_PER_MINUTE", "12")]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let say = || json!({"do": "say", "hotel": "alpha", "client_id": Uuid::now_v7(), "body": "Hello"});
    // Four new guests at once are allowed, and six conversations; the form counts as the socket does.
    let mut cookies = Vec::new();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let page = get(&house, "/chat/alpha", "").await;
        statuses.push(page.status);
        cookies.extend(page.cookie("bellhop_guest"));
    }
    assert!(cookies.len() >= 4 && statuses.contains(&429), "{statuses:?}");
    let mut talking = Socket::open(&house, &cookies[0]).await;
    talking.ok(say()).await;
    // Whoever comes by a room's code is never kept out, however many there are.
    let beat = super::client::staff_cookie(&house, "Beat").await;
    super::client::post(&house, "/admin/hotels/alpha/rooms", &beat, &[("numbers", "1-500")]).await;
    let rooms = get(&house, "/admin/hotels/alpha/rooms", &beat).await;
    let links: Vec<String> = rooms
        .body
        .split("/room/alpha/")
        .skip(1)
        .map(|rest| {
            format!("/room/alpha/{}", rest.chars().take_while(|c| !"\"<".contains(*c)).collect::<String>())
        })
        .collect();
    let mut served = std::collections::BTreeSet::new();
    for link in &links {
        if !served.insert(link.clone()) {
            continue;
        }
        let scanned = get(&house, link, "").await;
        let cookie = scanned.cookie("bellhop_guest").unwrap_or_else(|| panic!("{link}: {}", scanned.status));
        let page = super::client::post(
            &house,
            "/chat/alpha",
            &cookie,
            &[("client_id", &Uuid::now_v7().to_string()), ("body", "Hello")],
        )
        .await;
        assert_eq!(page.status, 303, "{link}");
    }
    assert_eq!(served.len(), 500);
    // Strangers are stopped, in words, and lose nothing.
    let mut refused = 0;
    for n in 0..20 {
        house.write(&format!("INSERT INTO guest (id, created_at) VALUES (x'{n:032x}', 0)"));
        let cookie = stranger(&house, n);
        let page = super::client::post(
            &house,
            "/chat/alpha",
            &cookie,
            &[("client_id", &Uuid::now_v7().to_string()), ("body", "Buy this now")],
        )
        .await;
        if page.status == 429 {
            refused += 1;
            assert!(page.body.contains("Buy this now"), "the text stays in the composer");
            let mut socket = Socket::open(&house, &cookie).await;
            assert_eq!(socket.no(say()).await["code"], "too_fast");
        }
    }
    assert!((14..20).contains(&refused), "{refused}");
    // And whoever had begun goes on.
    talking.ok(say()).await;
}

/// A guest who came from nowhere: their cookie.
fn stranger(house: &House, n: u32) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest as _, Sha256};
    let token = URL_SAFE_NO_PAD.encode([n as u8; 32]);
    let hash: String = Sha256::digest(token.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    house.write(&format!(
        "INSERT INTO guest_token (hash, guest, created_at) VALUES (x'{hash}', x'{n:032x}', 0)"
    ));
    format!("bellhop_guest={token}")
}
