//! Staff see only their hotels' conversations, guests only their own (rule H8).

use super::{
    client::{Socket, get, say, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::{Value, json};

const NOBODYS: &str = "01900000-0000-7000-8000-000000000000";

/// Every staff command about a conversation.
fn commands(conversation: &str, colleague: &Value) -> Vec<Value> {
    let on = |what: &str| {
        json!({"do": what, "conversation": conversation, "epoch": 0, "after": 0,
        "on": true, "seq": 1})
    };
    let mut all: Vec<Value> =
        ["open", "claim", "take_over", "release", "resolve", "reopen", "typing", "read"]
            .into_iter()
            .map(on)
            .collect();
    all.push(json!({"do": "transfer", "conversation": conversation, "epoch": 0, "to": colleague}));
    all.push(say(conversation, 0, 1, "hello from next door"));
    all.push(json!({"do": "note", "conversation": conversation, "client_id": uuid::Uuid::now_v7(),
        "body": "psst"}));
    all
}

#[tokio::test]
async fn another_hotels_conversation_looks_like_one_that_does_not_exist_on_every_command() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Rui", &["--agent", "beta"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    let (_guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "open", "conversation": c})).await;
    for name in ["Rui", "Boss"] {
        let mut stranger = Socket::staff(&house, name).await;
        let me = stranger.hello["you"]["id"].clone();
        for (theirs, nobodys) in commands(&c, &me).into_iter().zip(commands(NOBODYS, &me)) {
            let (a, b) = (stranger.no(theirs.clone()).await, stranger.no(nobodys).await);
            assert_eq!(a, json!({"code": "not_found"}), "{theirs}");
            assert_eq!(a, b, "{theirs}");
        }
        let resumed = stranger.ok(json!({"do": "resume", "cursors": {c.clone(): 0, NOBODYS: 0}})).await;
        assert_eq!(resumed["conversations"], json!([]));
        assert_eq!(resumed["gone"].as_array().unwrap().len(), 2);
        let alpha = maria.hotel();
        assert_eq!(
            stranger.no(json!({"do": "watch", "hotel": alpha})).await,
            stranger.no(json!({"do": "watch", "hotel": NOBODYS})).await
        );
    }
    assert_eq!(house.number("SELECT last_seq FROM conversation"), 1, "nothing of all that was written");
}

#[tokio::test]
async fn another_hotels_conversation_looks_like_one_that_does_not_exist_on_every_route() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let (_guest, c) = waiting_guest(&house).await;
    let log = format!("/admin/logs/{c}");
    let none = format!("/admin/logs/{NOBODYS}");
    for name in ["Boss", "Maria"] {
        let cookie = staff_cookie(&house, name).await;
        let (theirs, nobodys) = (get(&house, &log, &cookie).await, get(&house, &none, &cookie).await);
        assert_eq!((theirs.status, nobodys.status), (404, 404), "{name}");
        assert_eq!(theirs.body, nobodys.body);
    }
    let boss = staff_cookie(&house, "Boss").await;
    let list = get(&house, "/admin/logs?hotel=alpha", &boss).await;
    assert!(list.status == 422 && !list.body.contains(&c), "another hotel is one that does not exist");
    assert!(!get(&house, "/admin/logs", &boss).await.body.contains(&c));
    assert_eq!(
        get(&house, "/admin/logs", &staff_cookie(&house, "Maria").await).await.status,
        404,
        "agents do not review"
    );
    for name in ["Beat", "Helena"] {
        let cookie = staff_cookie(&house, name).await;
        assert_eq!(get(&house, &log, &cookie).await.status, 200, "{name} may");
        assert!(get(&house, "/admin/logs", &cookie).await.body.contains(&c));
    }
    for path in ["/admin/logs", log.as_str(), "/desk"] {
        assert_eq!(get(&house, path, "").await.header("location"), Some("/login"), "{path}");
    }
}

#[tokio::test]
async fn a_guest_sees_only_their_own() {
    let house = House::open();
    let (_one, c) = waiting_guest(&house).await;
    let (mut other, _) = Socket::guest(&house, "alpha").await;
    other.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(other.no(json!({"do": "read", "conversation": c, "seq": 1})).await["code"], "not_found");
    let resumed = other.ok(json!({"do": "resume", "cursors": {c.clone(): 0}})).await;
    assert_eq!((&resumed["conversations"], &resumed["gone"]), (&json!([]), &json!([c])));
    let earlier = other.ok(json!({"do": "earlier", "hotel": "alpha", "before": c})).await;
    assert_eq!(earlier["earlier"], json!([]));
    // Staff words are not a guest's.
    for command in
        [json!({"do": "claim", "conversation": c, "epoch": 0}), json!({"do": "watch", "hotel": NOBODYS})]
    {
        assert_eq!(other.no(command).await["code"], "bad_command");
    }
    assert_eq!(other.no(json!({"do": "open", "hotel": "no-such-hotel"})).await["code"], "not_found");
}

#[tokio::test]
async fn a_hotel_hears_nothing_of_another_hotels_guests() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Rui", &["--agent", "beta"]);
    let mut rui = Socket::staff(&house, "Rui").await;
    rui.watch().await;
    let (mut guest, c) = waiting_guest(&house).await;
    guest.ok(json!({"do": "typing", "hotel": "alpha", "on": true})).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Yuki"})).await;
    let said = guest.say_as_guest("beta", "And hello to you").await;
    // The word to beta comes; what came before it was for somebody else, if it came at all.
    let text = json!(rui.heard_until("And hello to you").await).to_string();
    assert!(text.contains(said["conversation"].as_str().unwrap()), "the guest's word to beta arrives");
    assert!(!text.contains(&c) && !text.contains("Yuki"), "what was said and told to alpha does not: {text}");
}

#[tokio::test]
async fn a_name_is_known_to_the_hotel_it_was_given_to() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, _) = waiting_guest(&house).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "  Yuki \n Tanaka "})).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    assert_eq!(maria.watch().await["conversations"][0]["guest"]["name"], "Yuki Tanaka");
    assert_eq!(guest.ok(json!({"do": "open", "hotel": "beta"})).await["you"]["name"], "");
}
