//! What a client may send at all, and how much of it. Nothing of it panics the server, and a refusal loses nothing.

use super::{
    client::{Socket, get, waiting_guest},
    house::House,
};
use serde_json::json;

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
        assert!(answer["no"]["code"] == "bad_command" || answer["no"]["code"] == "not_found", "{text}: {answer}");
    }
    guest.say_as_guest("alpha", "Still here").await;
}

#[tokio::test]
async fn texts_are_kept_as_they_were_meant() {
    let house = House::with(&[("BELLHOP_MAX_BODY", "10")]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let say = |body: &str| json!({"do": "say", "hotel": "alpha", "client_id": uuid::Uuid::now_v7(), "body": body});
    for empty in ["", "  \n\t ", "\u{0}\u{7}"] {
        assert_eq!(guest.no(say(empty)).await["code"], "empty");
    }
    assert_eq!(guest.no(say("12345678901")).await, json!({"code": "too_long", "max": 10}));
    guest.ok(say("日本語日本語日本語日")).await;
    guest.ok(say(" a\r\nb\u{0}\tc ")).await;
    assert_eq!(house.rows("SELECT body FROM entry ORDER BY seq")[1][0], "a\nb\tc");
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
    let say = || json!({"do": "say", "hotel": "alpha", "client_id": uuid::Uuid::now_v7(), "body": "hi"});
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
        codes.push(guest.call(json!({"do": "typing", "hotel": "alpha", "on": false})).await["no"]["code"].clone());
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
        let told = guest.call(json!({"do": "introduce", "hotel": "alpha", "name": format!("Name {n}")})).await;
        refused += i32::from(told["no"]["code"] == "too_fast");
        guest.ok(json!({"do": "typing", "hotel": "alpha", "on": n % 2 == 0})).await;
    }
    assert!(refused >= 40, "{refused}");
    let heard = maria.settle().await;
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
    // So few that it is more than may ever come at once, and is allowed all the same when nothing else is asked.
    let house = House::with(&[("BELLHOP_COMMANDS_PER_SECOND", "5")]);
    let (mut guest, _) = waiting_guest(&house).await;
    let cursors: serde_json::Map<_, _> = (0..200).map(|_| (uuid::Uuid::now_v7().to_string(), json!(0))).collect();
    let resume = json!({"do": "resume", "cursors": cursors});
    assert_eq!(guest.ok(resume.clone()).await["gone"].as_array().unwrap().len(), 200);
    let mut refused = None;
    for _ in 0..3 {
        let answer = guest.call(resume.clone()).await;
        refused = refused.or(answer["no"]["code"].as_str().map(str::to_owned));
    }
    assert_eq!(refused.as_deref(), Some("too_fast"));
}
