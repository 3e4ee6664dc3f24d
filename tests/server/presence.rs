//! Typing, presence and availability: seen at once, gone by themselves, never stored.

use super::{
    client::{Socket, say, waiting_guest},
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
    assert_eq!((&typing["conversation"], &typing["active"], &typing["by"]["kind"]), (&json!(c), &json!(true), &json!("guest")));
    maria.ok(json!({"do": "typing", "conversation": c, "on": true})).await;
    assert_eq!(guest.event("typing").await["by"]["name"], "Maria");
    // Nobody says that they have stopped.
    assert_eq!(guest.event("typing").await["active"], false);
    assert_eq!(maria.event_where(|e| e["on"] == "typing" && e["by"]["kind"] == "guest").await["active"], false);
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
async fn the_desk_sees_a_guest_come_and_go() {
    let house = House::open();
    let (guest, _, mut maria) = desk(&house).await;
    let id = guest.hello["you"]["id"].clone();
    assert_eq!(maria.watch().await["present"], json!([id]));
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
        e["on"] == "colleagues" && e["colleagues"].as_array().unwrap().iter().any(|c| c["name"] == name && c[field] == value)
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
    // Words that waited for a connection were written before the answer came: the desk is not told that it was read.
    maria.ok(say(&c, 1, 3, "Anything else?")).await;
    guest.say_as_guest("alpha", "Sent from the lift").await;
    let row = maria.event_where(|e| e["on"] == "row" && e["row"]["last_line"] == "Sent from the lift").await;
    assert_eq!(row["row"]["guest_read"], said["seq"]);
}
