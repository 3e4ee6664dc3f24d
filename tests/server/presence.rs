//! Typing, presence and availability: seen at once, gone by themselves, never stored.

use super::{
    client::{Socket, get, guest_cookie, post, say, waiting_guest},
    house::House,
};
use serde_json::json;

async fn desk(house: &House) -> (Socket, String, Socket) {
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (guest, c) = waiting_guest(house).await;
    let mut maria = Socket::staff(house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "open", "conversation": c})).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    (guest, c, maria)
}

#[tokio::test]
async fn typing_is_seen_both_ways_and_expires_by_itself() {
    let house = House::open();
    let (mut guest, c, mut maria) = desk(&house).await;
    guest.ok(json!({"do": "typing", "hotel": "alpha", "on": true})).await;
    let typing = maria.event("typing").await;
    assert_eq!(
        (&typing["conversation"], &typing["active"], &typing["by"]["kind"]),
        (&json!(c), &json!(true), &json!("guest"))
    );
    maria.ok(json!({"do": "typing", "conversation": c, "on": true})).await;
    assert_eq!(guest.event("typing").await["by"]["name"], "Maria");
    // Nobody says that they have stopped.
    assert_eq!(guest.event("typing").await["active"], false);
    assert_eq!(
        maria.event_where(|e| e["on"] == "typing" && e["by"]["kind"] == "guest").await["active"],
        false
    );
    assert_eq!(house.number("SELECT count(*) FROM entry WHERE kind NOT IN ('said', 'claimed')"), 0);
}

#[tokio::test]
async fn only_the_holder_is_seen_typing() {
    let house = House::open();
    let (_guest, c, _maria) = desk(&house).await;
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let mut jonas = Socket::staff(&house, "Jonas").await;
    assert_eq!(jonas.no(json!({"do": "typing", "conversation": c, "on": true})).await["code"], "not_holder");
}

#[tokio::test]
async fn a_colleague_who_looks_on_sees_the_holder_typing() {
    let house = House::open();
    let (_guest, c, mut maria) = desk(&house).await;
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let mut jonas = Socket::staff(&house, "Jonas").await;
    jonas.ok(json!({"do": "open", "conversation": c})).await;
    maria.ok(json!({"do": "typing", "conversation": c, "on": true})).await;
    assert_eq!(jonas.event_where(|e| e["on"] == "typing").await["by"]["name"], "Maria");
}

#[tokio::test]
async fn the_desk_sees_a_guest_come_and_go() {
    let house = House::open();
    let (guest, _, mut maria) = desk(&house).await;
    let watched = maria.watch().await;
    let id = watched["conversations"][0]["guest"]["id"].clone();
    assert_eq!(watched["present"], json!([id]), "as this hotel knows them");
    guest.cut();
    let gone = maria.event("presence").await;
    assert_eq!((&gone["guest"], &gone["present"]), (&id, &json!(false)));
}

#[tokio::test]
async fn colleagues_see_who_is_there_and_who_looks() {
    let house = House::open();
    let (_guest, c, mut maria) = desk(&house).await;
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let mut jonas = Socket::staff(&house, "Jonas").await;
    let there = |e: &serde_json::Value, name: &str, field: &str, value: bool| {
        e["on"] == "colleagues"
            && e["colleagues"].as_array().unwrap().iter().any(|c| c["name"] == name && c[field] == value)
    };
    maria.event_where(|e| there(e, "Jonas", "present", true)).await;
    jonas.ok(json!({"do": "available", "on": false})).await;
    maria.event_where(|e| there(e, "Jonas", "available", false)).await;
    jonas.ok(json!({"do": "open", "conversation": c})).await;
    maria.event_where(|e| e["on"] == "viewers" && e["viewers"].as_array().unwrap().len() == 2).await;
    jonas.cut();
    maria.event_where(|e| e["on"] == "viewers" && e["viewers"].as_array().unwrap().len() == 1).await;
    maria.event_where(|e| there(e, "Jonas", "present", false)).await;
}

#[tokio::test]
async fn read_marks_go_both_ways_and_only_the_holder_reads_for_the_hotel() {
    let house = House::open();
    let (mut guest, c, mut maria) = desk(&house).await;
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let mut jonas = Socket::staff(&house, "Jonas").await;
    jonas.ok(json!({"do": "read", "conversation": c, "seq": 1})).await;
    assert_eq!(maria.watch().await["conversations"][0]["unread"], 1);
    maria.ok(json!({"do": "read", "conversation": c, "seq": 2})).await;
    guest.event_where(|e| e["on"] == "thread" && e["thread"]["staff_read"] == 2).await;
    assert_eq!(maria.watch().await["conversations"][0]["unread"], 0);
    let said = maria.ok(say(&c, 1, 2, "Here you are")).await;
    guest.ok(json!({"do": "read", "conversation": c, "seq": said["seq"]})).await;
    let seq = said["seq"].clone();
    maria.event_where(move |e| e["on"] == "row" && e["row"]["guest_read"] == seq).await;
    // Words that waited for a connection were written before the answer came: the desk is not told that it
    // was read.
    maria.ok(say(&c, 1, 3, "Anything else?")).await;
    guest.say_as_guest("alpha", "Sent from the lift").await;
    let row = maria.event_where(|e| e["on"] == "row" && e["row"]["last_line"] == "Sent from the lift").await;
    assert_eq!(row["row"]["guest_read"], said["seq"]);
}

#[tokio::test]
async fn what_a_guest_has_read_is_told_to_their_other_pages_and_leaves_a_mark_for_each_answer() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut phone, cookie) = Socket::guest(&house, "alpha").await;
    phone.ok(json!({"do": "open", "hotel": "alpha"})).await;
    let c = phone.say_as_guest("alpha", "One").await["conversation"].as_str().unwrap().to_owned();
    phone.say_as_guest("alpha", "Two").await;
    phone.say_as_guest("alpha", "Three").await;
    let mut laptop = Socket::open(&house, &cookie).await;
    laptop.ok(json!({"do": "open", "hotel": "alpha"})).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(say(&c, 1, 4, "Four, five")).await;
    for seq in 1..=5 {
        phone.ok(json!({"do": "read", "conversation": c, "seq": seq})).await;
    }
    laptop.event_where(|e| e["on"] == "thread" && e["thread"]["guest_read"] == 5).await;
    let marks =
        "SELECT m.seq FROM read_mark m JOIN conversation c ON c.id = m.conversation WHERE m.reader = c.guest";
    assert_eq!(house.rows(marks).concat(), ["5"], "one answer, one mark");
}

#[tokio::test]
async fn a_form_without_scripts_says_what_stood_above_it() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let cookie = guest_cookie(&house, "alpha").await;
    let form = |body: &str, seen: &str| {
        [
            ("client_id", uuid::Uuid::now_v7().to_string()),
            ("body", body.to_owned()),
            ("seen", seen.to_owned()),
        ]
    };
    let send = async |fields: [(&str, String); 3]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(post(&house, "/chat/alpha", &cookie, &fields).await.status, 303);
    };
    let seen = async || {
        let page = get(&house, "/chat/alpha", &cookie).await.body;
        let value = page.split("name=\"seen\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
        value.split("value=\"").nth(1).map(|v| v.split('"').next().unwrap().to_owned()).unwrap_or_default()
    };
    assert_eq!(seen().await, "");
    send(form("A towel, please", "")).await;
    let c = house.rows("SELECT lower(hex(id)) FROM conversation").concat().concat();
    let c = uuid::Uuid::parse_str(&c).unwrap().to_string();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    // Filled in before the answer came; then after it.
    maria.ok(say(&c, 1, 2, "On its way")).await;
    send(form("And a pillow", "")).await;
    assert_eq!(house.number("SELECT guest_read FROM conversation"), 0);
    let shown = seen().await;
    assert_eq!(shown, format!("{c} 3"));
    send(form("Thank you", &shown)).await;
    assert_eq!(house.number("SELECT guest_read FROM conversation"), 3);
    // Made up: passed over, and the words are taken.
    for nonsense in ["x", "1 2", "00000000-0000-0000-0000-000000000000 9", "-"] {
        send(form("Still here", nonsense)).await;
    }
    assert_eq!(house.number("SELECT guest_read FROM conversation"), 3);
}
