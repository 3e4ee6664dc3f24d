//! Private lines, from outside: who may offer, who gets in, when they end, and what the conversation keeps.
//! That nobody between the two can read along is tested in the browsers' tests.

use super::{
    client::{Socket, get, staff_cookie},
    house::House,
};
use serde_json::{Value, json};

/// Maria holds a guest's conversation, Jonas is her colleague, and the guest has two pages open.
struct Scene {
    guest: Socket,
    other_page: Socket,
    maria: Socket,
    jonas: Socket,
    id: String,
    cookie: String,
}

impl Scene {
    async fn new(house: &House) -> Scene {
        house.add_staff("Maria", &["--agent", "alpha"]);
        house.add_staff("Jonas", &["--agent", "alpha"]);
        let (mut guest, cookie) = Socket::guest(house, "alpha").await;
        let stored = guest.say_as_guest("alpha", "Which code does the door have?").await;
        let id = stored["conversation"].as_str().unwrap().to_owned();
        let mut other_page = Socket::open(house, &cookie).await;
        for page in [&mut guest, &mut other_page] {
            page.ok(json!({"do": "open", "hotel": "alpha"})).await;
        }
        let mut maria = Socket::staff(house, "Maria").await;
        let jonas = Socket::staff(house, "Jonas").await;
        maria.ok(json!({"do": "claim", "conversation": id, "epoch": 0})).await;
        guest.event("claimed").await;
        Scene { guest, other_page, maria, jonas, id, cookie }
    }

    /// Maria offers, the guest accepts. Their seats: Maria's, the guest's.
    async fn open(&mut self) -> [Value; 2] {
        self.maria.ok(ask(&self.id, "offer")).await;
        line(&mut self.guest, "offered").await;
        let given = self.guest.ok(ask(&self.id, "accept")).await;
        let told = self.maria.event_where(|event| event["on"] == "line" && event["seat"].is_object()).await;
        [told["seat"].clone(), given["seat"].clone()]
    }
}

fn ask(id: &str, wish: &str) -> Value {
    json!({"do": "line", "conversation": id, "wish": wish, "epoch": 1})
}

/// The next news of a line.
async fn line(socket: &mut Socket, state: &str) -> Value {
    socket.event_where(|event| event["on"] == "line" && event["state"] == state).await
}

async fn sit(house: &House, seat: &Value) -> Socket {
    let room = format!("/whisper/{}", seat["room"].as_str().unwrap());
    Socket::whisper(house, &room, "", json!({"do": "join", "ticket": seat["ticket"]})).await.unwrap()
}

/// What the conversation keeps of lines: kinds and authors.
fn kept(house: &House) -> Vec<(String, String)> {
    let kept = "SELECT kind, by_name, body FROM entry WHERE kind LIKE 'line%' ORDER BY seq";
    let rows = house.rows(kept);
    assert!(rows.iter().all(|row| row[2].is_empty()), "never a word");
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

fn entries(kept: &[(&str, &str)]) -> Vec<(String, String)> {
    kept.iter().map(|(kind, by)| (kind.to_string(), by.to_string())).collect()
}

#[tokio::test]
async fn guest_and_holder_talk_on_a_line_and_the_conversation_keeps_that_they_did_and_nothing_else() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    let seats = scene.open().await;
    assert_eq!((&seats[0]["opener"], &seats[1]["opener"]), (&json!(true), &json!(false)));
    let mut maria = sit(&house, &seats[0]).await;
    let mut guest = sit(&house, &seats[1]).await;
    assert_eq!((&maria.hello["you"], &guest.hello["you"]), (&json!(1), &json!(2)));
    maria.send_binary(b"\0 door 4711").await;
    assert!(guest.event_where(|event| event["from"] == 1).await["text"].as_str().unwrap().contains("4711"));

    scene.guest.event("line_opened").await;
    guest.send(json!({"do": "leave"})).await;
    assert_eq!(scene.guest.event("line_closed").await["entry"]["by"]["kind"], "guest");
    assert_eq!(maria.closed().await.0, Some(1008));
    line(&mut scene.maria, "over").await;
    let kept = kept(&house);
    assert_eq!(
        kept.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(),
        ["line_opened", "line_closed"]
    );
    assert_eq!(kept[0].1, "Maria", "opened by who offered it");
}

#[tokio::test]
async fn a_guest_may_offer_a_line_too_and_two_offers_that_meet_open_one() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    scene.guest.ok(ask(&scene.id, "offer")).await;
    assert_eq!(line(&mut scene.maria, "offered").await["by"]["kind"], "guest");
    let given = scene.maria.ok(ask(&scene.id, "offer")).await;
    assert_eq!(given["seat"]["opener"], false);
    let told = scene.guest.event_where(|event| event["on"] == "line" && event["seat"].is_object()).await;
    assert_eq!(told["seat"]["opener"], true);
}

#[tokio::test]
async fn nobody_but_the_two_gets_in_not_even_with_another_page() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    scene.jonas.watch().await;
    scene.maria.ok(ask(&scene.id, "offer")).await;
    line(&mut scene.guest, "offered").await;
    // Whose line it is decides, not who knows of it.
    assert_eq!(scene.jonas.no(ask(&scene.id, "accept")).await["code"], "not_holder");
    assert_eq!(scene.maria.no(ask(&scene.id, "accept")).await["code"], "not_allowed");
    let (mut stranger, _) = Socket::guest(&house, "alpha").await;
    assert_eq!(stranger.no(ask(&scene.id, "accept")).await["code"], "not_found");
    let seat = scene.guest.ok(ask(&scene.id, "accept")).await["seat"].clone();

    // The guest's other page hears that there is one, without a ticket, and cannot open a second.
    assert!(line(&mut scene.other_page, "opened").await.get("seat").is_none());
    assert_eq!(scene.other_page.no(ask(&scene.id, "accept")).await["code"], "not_found");
    assert_eq!(scene.other_page.no(ask(&scene.id, "offer")).await["code"], "not_available");
    scene.guest.say_as_guest("alpha", "Thank you").await;
    assert!(scene.jonas.heard_until("Thank you").await.iter().all(|event| event["on"] != "line"));
    let room = format!("/whisper/{}", seat["room"].as_str().unwrap());
    for join in
        [json!({"do": "join"}), json!({"do": "join", "make": true}), json!({"do": "join", "ticket": "x"})]
    {
        let stranger = Socket::whisper(&house, &room, "", join).await.unwrap();
        assert_eq!(
            (&stranger.hello["on"], &stranger.hello["reason"]),
            (&json!("closing"), &json!("incomplete"))
        );
    }
    assert_eq!(get(&house, &room, "").await.status, 404, "and it has no page");
}

#[tokio::test]
async fn an_offer_is_declined_withdrawn_or_over_with_the_page_it_came_from() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    scene.maria.ok(ask(&scene.id, "offer")).await;
    scene.guest.ok(ask(&scene.id, "decline")).await;
    line(&mut scene.maria, "over").await;
    assert_eq!(scene.guest.no(ask(&scene.id, "accept")).await["code"], "not_found");
    scene.maria.ok(ask(&scene.id, "offer")).await;
    scene.maria.ok(ask(&scene.id, "decline")).await;
    line(&mut scene.guest, "over").await;
    line(&mut scene.guest, "over").await;

    // Offering again is told of once, and counts as a message.
    scene.guest.ok(ask(&scene.id, "offer")).await;
    scene.guest.ok(ask(&scene.id, "offer")).await;
    line(&mut scene.maria, "offered").await;
    scene.guest.ok(ask(&scene.id, "decline")).await;
    let told = scene.maria.event_where(|event| event["on"] == "line").await;
    assert_eq!(told["state"], "over");

    // Whoever comes later hears of what waits.
    scene.guest.ok(ask(&scene.id, "offer")).await;
    line(&mut scene.maria, "offered").await;
    scene.maria.ok(json!({"do": "open", "conversation": scene.id})).await;
    line(&mut scene.maria, "offered").await;
    let Scene { guest, other_page, mut maria, id, .. } = scene;
    maria.watch().await;
    guest.cut();
    other_page.cut();
    maria.event_where(|event| event["on"] == "presence" && event["present"] == false).await;
    line(&mut maria, "over").await;
    assert_eq!(maria.no(ask(&id, "accept")).await["code"], "not_found", "its page is gone");
    assert_eq!(kept(&house), []);
}

#[tokio::test]
async fn a_line_is_for_the_guest_and_the_holder_that_the_page_shows() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    assert_eq!(scene.jonas.no(ask(&scene.id, "offer")).await["code"], "not_holder");
    let late = json!({"do": "line", "conversation": scene.id, "wish": "offer", "epoch": 0});
    assert_eq!(scene.guest.no(late).await["code"], "moved", "the page shows another holder");
    // A guest with no page open cannot answer.
    let Scene { guest, other_page, mut maria, id, .. } = scene;
    maria.watch().await;
    guest.cut();
    other_page.cut();
    maria.event_where(|event| event["on"] == "presence" && event["present"] == false).await;
    assert_eq!(maria.no(ask(&id, "offer")).await["code"], "not_available");
}

#[tokio::test]
async fn whoever_has_lost_their_end_of_a_line_closes_it_over_their_own_socket() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    let seats = scene.open().await;
    let mut maria = sit(&house, &seats[0]).await;
    scene.guest.ok(ask(&scene.id, "decline")).await;
    assert_eq!(maria.event("closing").await["reason"], "closed");
    assert_eq!(scene.guest.event("line_closed").await["entry"]["by"]["kind"], "guest");
}

#[tokio::test]
async fn a_guest_offers_no_more_lines_than_they_may_write_messages() {
    let house = House::with(&[("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "5")]);
    let mut scene = Scene::new(&house).await;
    let mut refused = None;
    for _ in 0..20 {
        refused = refused.or(scene.guest.call(ask(&scene.id, "offer")).await.get("no").cloned());
    }
    assert_eq!(refused.unwrap()["code"], "too_fast");
}

#[tokio::test]
async fn a_change_of_holder_ends_the_line_and_the_new_one_never_gets_in() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    let seats = scene.open().await;
    let (mut maria, mut guest) = (sit(&house, &seats[0]).await, sit(&house, &seats[1]).await);
    scene.jonas.ok(json!({"do": "take_over", "conversation": scene.id, "epoch": 1, "reason": "shift"})).await;
    for end in [&mut maria, &mut guest] {
        let closing = end.event("closing").await;
        assert_eq!(closing["reason"], "moved");
    }
    let room = format!("/whisper/{}", seats[0]["room"].as_str().unwrap());
    let join = json!({"do": "join", "ticket": seats[0]["ticket"]});
    assert!(Socket::whisper(&house, &room, "", join).await.is_err(), "an old ticket opens nothing");
    scene.guest.event("line_closed").await;
    assert_eq!(kept(&house), entries(&[("line_opened", "Maria"), ("line_closed", "Bellhop")]));
}

#[tokio::test]
async fn a_resolution_ends_the_line_and_takes_back_what_was_offered() {
    let house = House::open();
    let mut scene = Scene::new(&house).await;
    let seats = scene.open().await;
    let mut guest = sit(&house, &seats[1]).await;
    scene.maria.ok(json!({"do": "resolve", "conversation": scene.id, "epoch": 1})).await;
    assert_eq!(guest.event("closing").await["reason"], "moved");

    line(&mut scene.guest, "over").await;
    scene.maria.ok(json!({"do": "reopen", "conversation": scene.id, "epoch": 2})).await;
    scene.guest.ok(json!({"do": "line", "conversation": scene.id, "wish": "offer", "epoch": 3})).await;
    line(&mut scene.maria, "offered").await;
    scene.maria.ok(json!({"do": "release", "conversation": scene.id, "epoch": 3})).await;
    line(&mut scene.guest, "over").await;
}

#[tokio::test]
async fn a_line_that_was_open_when_the_server_was_killed_is_noted_as_closed() {
    let mut house = House::open();
    let mut scene = Scene::new(&house).await;
    scene.open().await;
    assert_eq!(kept(&house).len(), 1);
    house.kill();
    house.start();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "open", "conversation": scene.id})).await;
    let closed = entries(&[("line_opened", "Maria"), ("line_closed", "Bellhop")]);
    if kept(&house) != closed {
        maria.event("line_closed").await;
    }
    assert_eq!(kept(&house), closed);

    // A stop notes it by itself.
    scene.guest = Socket::open(&house, &scene.cookie).await;
    scene.guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    scene.maria = maria;
    scene.open().await;
    assert!(house.stop().1, "a graceful stop");
    assert_eq!(kept(&house).len(), 4);
}

#[tokio::test]
async fn logs_transcripts_and_exports_say_when_a_line_was_open_and_by_whom() {
    let house = House::open();
    house.add_staff("Ada", &["--admin"]);
    let mut scene = Scene::new(&house).await;
    let seats = scene.open().await;
    sit(&house, &seats[0]).await.send(json!({"do": "leave"})).await;
    scene.guest.event("line_closed").await;
    let ada = staff_cookie(&house, "Ada").await;
    let log = get(&house, &format!("/admin/logs/{}", scene.id), &ada).await;
    for words in ["Maria opened a private line", "Maria ended the private line"] {
        assert!(log.body.contains(words), "{words}");
    }
    let csv = get(&house, &format!("/admin/logs/{}/as.csv", scene.id), &ada).await;
    assert!(csv.body.contains("line_opened") && csv.body.contains("line_closed"), "{}", csv.body);
}
