//! Stored once, acknowledged once, one open conversation (rules H5, H9).

use super::{
    client::{Socket, guest_cookie, post, say, waiting_guest},
    house::House,
};
use serde_json::json;

#[tokio::test]
async fn a_resend_is_stored_once_and_gets_the_first_acknowledgement_again() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let message =
        json!({"do": "say", "hotel": "alpha", "client_id": uuid::Uuid::now_v7(), "body": "A cot, please"});
    let first = guest.ok(message.clone()).await;
    let again = guest.ok(message.clone()).await;
    assert_eq!(first, again);
    // From another connection, as after a lost one, and after the conversation was resolved.
    let c = first["conversation"].as_str().unwrap();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let answer = say(c, 1, 1, "It is on its way");
    assert_eq!(maria.ok(answer.clone()).await, maria.ok(answer.clone()).await);
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    // The answer was stored while Maria held it: even now a resend is told so.
    assert_eq!(maria.ok(answer).await["seq"], 3);
    let mut other = Socket::open(&house, &cookie).await;
    assert_eq!(other.ok(message).await, first);
    assert_eq!(house.number("SELECT count(*) FROM entry WHERE kind = 'said'"), 2);
    assert_eq!(
        house.number("SELECT count(*) FROM conversation"),
        1,
        "the resend opened no second conversation"
    );
}

#[tokio::test]
async fn the_same_message_twice_in_one_commit_is_stored_once() {
    let house = House::open();
    let cookie = guest_cookie(&house, "alpha").await;
    let message = json!({"do": "say", "hotel": "alpha", "client_id": uuid::Uuid::now_v7(), "body": "Twice"});
    let (mut a, mut b) = (Socket::open(&house, &cookie).await, Socket::open(&house, &cookie).await);
    let (first, second) = tokio::join!(a.ok(message.clone()), b.ok(message.clone()));
    assert_eq!(first, second);
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
}

#[tokio::test]
async fn two_first_messages_at_the_same_instant_make_one_conversation() {
    let house = House::open();
    for _ in 0..20 {
        let cookie = guest_cookie(&house, "alpha").await;
        let (mut a, mut b) = (Socket::open(&house, &cookie).await, Socket::open(&house, &cookie).await);
        let (first, second) = tokio::join!(
            a.say_as_guest("alpha", "from the phone"),
            b.say_as_guest("alpha", "from the laptop")
        );
        assert_eq!(first["conversation"], second["conversation"]);
        assert_ne!(first["seq"], second["seq"]);
    }
    assert_eq!(house.number("SELECT count(*) FROM conversation"), 20);
}

#[tokio::test]
async fn a_word_after_resolution_opens_a_new_conversation_and_reopening_the_old_one_is_refused() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    let next = guest.say_as_guest("alpha", "One more question").await;
    assert_ne!(next["conversation"], json!(c));
    assert_eq!(next["seq"], 1);
    let refused = maria.no(json!({"do": "reopen", "conversation": c, "epoch": 2})).await;
    assert_eq!((&refused["code"], &refused["conversation"]), (&json!("already_open"), &next["conversation"]));

    // The guest sees one continuous history.
    let seen = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(seen["conversation"]["id"], next["conversation"]);
    assert_eq!(seen["earlier"][0]["conversation"], json!(c));
    assert_eq!(seen["earlier"][0]["entries"][0]["body"], "Hello, is anybody there?");
}

#[tokio::test]
async fn somebody_elses_client_id_is_refused_and_tells_nothing() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let client_id = uuid::Uuid::now_v7();
    guest.ok(json!({"do": "say", "hotel": "alpha", "client_id": client_id, "body": "mine"})).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let mut stolen = say(&c, 1, 3, "not mine");
    stolen["client_id"] = json!(client_id);
    assert_eq!(maria.no(stolen).await["code"], "client_id_used");
    // In a conversation of one's own the same id is simply another message.
    let (mut other, _) = Socket::guest(&house, "alpha").await;
    let said =
        other.ok(json!({"do": "say", "hotel": "alpha", "client_id": client_id, "body": "also mine"})).await;
    assert_ne!(said["conversation"], json!(c));
}

#[tokio::test]
async fn a_form_posted_twice_is_stored_once_and_a_refused_one_comes_back_in_the_composer() {
    let house = House::with(&[("BELLHOP_MAX_BODY", "20")]);
    let cookie = guest_cookie(&house, "alpha").await;
    let id = uuid::Uuid::now_v7().to_string();
    for _ in 0..2 {
        let page =
            post(&house, "/chat/alpha", &cookie, &[("client_id", &id), ("body", "Is breakfast on?")]).await;
        assert_eq!((page.status, page.header("location")), (303, Some("/chat/alpha#newest-alpha")));
    }
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
    let long = "a message that is longer than twenty characters";
    let page =
        post(&house, "/chat/alpha", &cookie, &[("client_id", &id.replace('0', "1")), ("body", long)]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains(&format!("{long}</textarea>")), "the text is still there");
    assert!(page.body.contains("too long"), "with the reason");
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
}

#[tokio::test]
async fn other_words_under_the_same_client_id_are_refused_and_not_acknowledged_away() {
    let house = House::open();
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let id = uuid::Uuid::now_v7();
    let say = |body: &str| json!({"do": "say", "hotel": "alpha", "client_id": id, "body": body});
    guest.ok(say("one")).await;
    assert_eq!(guest.no(say("two")).await["code"], "client_id_used");
    guest.ok(say("one")).await;
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
}

#[tokio::test]
async fn only_the_guests_newest_conversation_is_reopened() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, older) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let resolve = async |maria: &mut Socket, c: &str| {
        maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    };
    resolve(&mut maria, &older).await;
    let newest =
        guest.say_as_guest("alpha", "Something else").await["conversation"].as_str().unwrap().to_owned();
    resolve(&mut maria, &newest).await;
    let refused = maria.no(json!({"do": "reopen", "conversation": older, "epoch": 2})).await;
    assert_eq!((&refused["code"], &refused["conversation"]), (&json!("already_open"), &json!(newest)));
    maria.ok(json!({"do": "reopen", "conversation": newest, "epoch": 2})).await;
}
