//! Requests, from outside: one guest asks several hotels, they bid, one is accepted and confirms (rule H12).

use super::{
    client::{Socket, get, guest_cookie, post, staff_cookie},
    house::{DEADLINE, House},
};
use serde_json::{Value, json};
use uuid::Uuid;

const HOTELS: [&str; 3] = ["alpha", "beta", "gamma"];
const HOUR: i64 = 3_600_000;

pub fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

fn day(ahead: i64) -> String {
    (chrono::Utc::now() + chrono::TimeDelta::days(ahead)).format("%Y-%m-%d").to_string()
}

pub fn wanted() -> Value {
    json!({"kind": "stay", "from": day(3), "until": day(5), "adults": 2, "currency": "EUR",
        "words": "A quiet room, please"})
}

pub fn ask(request: Uuid, hotels: &[&str], wanted: Value, answer_by: i64) -> Value {
    json!({"do": "ask", "request": request, "hotels": hotels, "wanted": wanted, "answer_by": answer_by})
}

/// Three hotels with one person each, and a guest who has asked all of them.
struct Scene {
    guest: Socket,
    cookie: String,
    request: Uuid,
    desks: Vec<Desk>,
}

/// A hotel's holder, and what they know of the request.
struct Desk {
    socket: Socket,
    conversation: String,
    leg: String,
    epoch: i64,
    seen: i64,
    version: i64,
}

fn open_house() -> House {
    let house = House::open();
    house.add_hotel("beta");
    house.add_hotel("gamma");
    for hotel in HOTELS {
        house.add_staff(&format!("{hotel}-maria"), &["--agent", hotel]);
        house.add_staff(&format!("{hotel}-jonas"), &["--agent", hotel]);
    }
    house
}

impl Scene {
    async fn new(house: &House) -> Scene {
        Scene::asking(house, wanted(), now() + HOUR).await
    }

    async fn asking(house: &House, wanted: Value, answer_by: i64) -> Scene {
        let cookie = guest_cookie(house, "alpha").await;
        let mut guest = Socket::open(house, &cookie).await;
        let request = Uuid::now_v7();
        let asked = guest.ok(ask(request, &HOTELS, wanted, answer_by)).await;
        assert_eq!(asked["request"], request.to_string());
        guest.ok(json!({"do": "request", "request": request})).await;
        let mut desks = Vec::new();
        for hotel in HOTELS {
            desks.push(Desk::claim(Socket::staff(house, &format!("{hotel}-maria")).await).await);
        }
        Scene { guest, cookie, request, desks }
    }

    fn counter(&self, hotel: Option<&str>, amount: Option<i64>, words: &str) -> Value {
        let amount = amount.map(|minor| json!({"minor": minor, "currency": "EUR"}));
        json!({"do": "counter", "request": self.request, "client_id": Uuid::now_v7(), "hotel": hotel,
            "amount": amount, "words": words})
    }

    fn accept(&self, hotel: &str, version: i64) -> Value {
        json!({"do": "accept", "request": self.request, "hotel": hotel, "version": version})
    }

    /// The guest's page, once it stands so.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        self.guest.event_where(|event| event["on"] == "request" && fits(&event["request"])).await["request"]
            .clone()
    }
}

impl Desk {
    /// Takes the conversation that waits.
    async fn claim(mut socket: Socket) -> Desk {
        let watched = socket.watch().await;
        let row = &watched["conversations"][0];
        let conversation = row["id"].as_str().unwrap().to_owned();
        let epoch = row["epoch"].as_i64().unwrap();
        socket.ok(json!({"do": "claim", "conversation": conversation, "epoch": epoch})).await;
        let opened = socket.ok(json!({"do": "open", "conversation": conversation})).await;
        let part = &opened["requests"][0];
        Desk {
            socket,
            leg: part["request"].as_str().unwrap().to_owned(),
            epoch: opened["conversation"]["epoch"].as_i64().unwrap(),
            seen: opened["conversation"]["last_seq"].as_i64().unwrap(),
            version: part["version"].as_i64().unwrap(),
            conversation,
        }
    }

    fn on(&self, what: &str) -> Value {
        json!({"do": what, "conversation": self.conversation, "request": self.leg, "epoch": self.epoch,
            "seen": self.seen})
    }

    fn bid(&self, minor: i64) -> Value {
        let mut bid = self.on("bid");
        bid["of"] = self.version.into();
        bid["client_id"] = Uuid::now_v7().to_string().into();
        bid["total"] = json!({"minor": minor, "currency": "EUR"});
        bid["included"] = "Breakfast".into();
        bid["valid_until"] = (now() + HOUR).into();
        bid
    }

    fn with(&self, what: &str, version: i64) -> Value {
        let mut act = self.on(what);
        act["version"] = version.into();
        act
    }

    /// Its part of the request, once it stands so.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let part = |event: &Value| event["requests"][0].clone();
        part(&self.socket.event_where(|event| event["on"] == "requests" && fits(&part(event))).await)
    }
}

fn state<'a>(view: &'a Value, hotel: &str) -> &'a Value {
    let all = view["hotels"].as_array().unwrap();
    &all.iter().find(|offered| offered["hotel"]["slug"] == hotel).unwrap()["state"]
}

/// What each hotel's conversation keeps, in order.
fn kept(house: &House, hotel: &str) -> Vec<String> {
    let rows = house.rows(&format!(
        "SELECT e.kind FROM entry e JOIN conversation c ON c.id = e.conversation JOIN hotel h ON h.id = \
            c.hotel \
         WHERE h.slug = '{hotel}' AND e.kind <> 'claimed' ORDER BY c.opened_at, c.id, e.seq"
    ));
    rows.into_iter().map(|row| row[0].clone()).collect()
}

#[tokio::test]
async fn a_guest_asks_three_hotels_negotiates_with_all_and_one_confirms() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    for (desk, minor) in scene.desks.iter_mut().zip([42_000, 39_900, 45_000]) {
        let bid = desk.bid(minor);
        desk.socket.ok(bid).await;
    }
    let view = scene.until(|view| (0..3).all(|i| view["hotels"][i]["bids"].is_array_with(1))).await;
    assert_eq!(view["hotels"][1]["bids"][0]["total"], json!({"minor": 39_900, "currency": "EUR"}));
    // A counter to all reaches all at once; two of them bid anew.
    let counter = scene.counter(None, Some(38_000), "Two nights, could you?");
    scene.guest.ok(counter).await;
    for desk in &mut scene.desks {
        let heard = desk.socket.event("countered").await;
        assert_eq!(heard["entry"]["body"], "EUR 380.00\nTwo nights, could you?");
        assert_eq!(heard["entry"]["terms"]["amount"], json!({"minor": 38_000, "currency": "EUR"}));
    }
    for (i, minor) in [(0, 38_000), (2, 38_500)] {
        let bid = scene.desks[i].bid(minor);
        scene.desks[i].socket.ok(bid).await;
    }
    scene
        .until(|view| {
            view["hotels"][0]["bids"].is_array_with(2) && view["hotels"][2]["bids"].is_array_with(2)
        })
        .await;
    // The old version cannot be accepted, the new one can; then no other.
    let (old, new, other) = (scene.accept("alpha", 1), scene.accept("alpha", 2), scene.accept("beta", 1));
    assert_eq!(scene.guest.no(old).await["code"], "changed");
    scene.guest.ok(new.clone()).await;
    assert_eq!(scene.guest.no(other).await["code"], "already_accepted");
    scene.guest.ok(new).await;
    let view = scene.until(|view| view["state"] == "accepted").await;
    let (confirm_by, now) = (view["hotels"][0]["confirm_by"].as_i64().unwrap(), now());
    assert!((now + 14 * 60_000..=now + 15 * 60_000).contains(&confirm_by), "15 minutes from now");
    // The others hear nothing of it until it is confirmed.
    assert_eq!(kept(&house, "beta"), ["requested", "bid", "countered"]);
    scene.desks[0].until(|part| part["state"] == "accepted").await;
    let confirm = scene.desks[0].with("confirm", 2);
    scene.desks[0].socket.ok(confirm).await;
    scene.until(|view| view["state"] == "confirmed" && *state(view, "beta") == "elsewhere").await;
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "countered", "bid", "accepted", "confirmed"]);
    for hotel in ["beta", "gamma"] {
        assert_eq!(kept(&house, hotel).last().unwrap(), "elsewhere");
    }
    let told = scene.desks[1].socket.event("elsewhere").await;
    assert_eq!(told["entry"]["by"], json!({"kind": "system", "name": "Bellhop"}));
    assert!(!told.to_string().contains("alpha") && !told.to_string().contains("380"), "{told}");
    assert_eq!(house.rows("SELECT state FROM leg WHERE state IN ('accepted', 'confirmed')"), [["confirmed"]]);
    // Each hotel's manager reads how it went there, and nothing of the others.
    for (hotel, won, lost) in [("alpha", 1, 0), ("beta", 0, 1)] {
        let name = format!("{hotel}-beat");
        house.add_staff(&name, &["--manager", hotel]);
        let beat = staff_cookie(&house, &name).await;
        let report = get(&house, "/admin/reports?days=1", &beat).await.body;
        assert!(report.contains("<dt>Requests</dt><dd>1<small>1 received bids</small>"), "{report}");
        assert!(report.contains(&format!("<dt>Won</dt><dd>{won}<small>{lost} lost</small>")), "{report}");
        assert_eq!(report.contains("EUR 380.00"), won == 1);
    }
}

trait ArrayWith {
    fn is_array_with(&self, length: usize) -> bool;
}

impl ArrayWith for Value {
    fn is_array_with(&self, length: usize) -> bool {
        self.as_array().is_some_and(|array| array.len() == length)
    }
}

#[tokio::test]
async fn a_bid_is_an_answer_only_the_holder_gives_it_who_has_seen_what_colleagues_wrote() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let mut jonas = Socket::staff(&house, "alpha-jonas").await;
    let desk = &mut scene.desks[0];
    assert_eq!(jonas.no(desk.bid(1_000)).await["code"], "not_holder");
    let mut before = desk.bid(1_000);
    before["epoch"] = 0.into();
    assert_eq!(desk.socket.no(before).await["code"], "moved");
    let note = json!({"do": "note", "conversation": desk.conversation, "client_id": Uuid::now_v7(),
        "body": "We have nothing under 400"});
    let noted = jonas.ok(note).await;
    assert_eq!(desk.socket.no(desk.bid(1_000)).await["code"], "stale");
    for what in ["take_back", "decline", "confirm"] {
        let mut act = desk.with(what, 1);
        act["reason"] = "Full".into();
        assert!(
            ["stale", "changed", "expired"].contains(&desk.socket.no(act).await["code"].as_str().unwrap())
        );
    }
    desk.seen = noted["seq"].as_i64().unwrap();
    desk.socket.ok(desk.bid(41_000)).await;
    // A bid by one's own hand makes a colleague blind as an answer does.
    jonas.ok(json!({"do": "take_over", "conversation": desk.conversation, "epoch": desk.epoch})).await;
    let mut blind = desk.bid(40_000);
    blind["epoch"] = (desk.epoch + 1).into();
    assert_eq!(jonas.no(blind).await["code"], "stale");
    assert_eq!(house.number("SELECT count(*) FROM bid"), 1, "nothing of what was refused is kept");
    assert_eq!(kept(&house, "alpha"), ["requested", "note", "bid", "taken_over"]);
}

#[tokio::test]
async fn a_bid_on_what_was_wanted_before_is_refused_and_so_is_one_that_comes_too_late() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let mut other = wanted();
    other["adults"] = 3.into();
    let change = json!({"do": "change", "request": scene.request, "version": 1, "wanted": other,
        "answer_by": now() + HOUR});
    scene.guest.ok(change.clone()).await;
    scene.guest.ok(change.clone()).await;
    let mut other = change;
    other["wanted"]["adults"] = 4.into();
    assert_eq!(scene.guest.no(other).await["code"], "changed", "from a page that showed it as it was");
    let accept = scene.accept("alpha", 1);
    assert_eq!(scene.guest.no(accept).await["code"], "changed", "it was for two");
    let part = scene.desks[0].until(|part| part["version"] == 2).await;
    assert_eq!((&part["state"], &part["wanted"]["adults"]), (&json!("asked"), &json!(3)));
    let stale = scene.desks[0].bid(42_000);
    assert_eq!(scene.desks[0].socket.no(stale).await["code"], "changed");
    scene.desks[0].version = 2;
    let bid = scene.desks[0].bid(48_000);
    scene.desks[0].socket.ok(bid).await;
    scene.guest.ok(json!({"do": "withdraw", "request": scene.request})).await;
    scene.guest.ok(json!({"do": "withdraw", "request": scene.request})).await;
    let late = scene.desks[1].bid(1_000);
    assert_eq!(scene.desks[1].socket.no(late).await["code"], "over");
    assert_eq!(kept(&house, "beta"), ["requested", "request_changed", "request_withdrawn"]);
}

#[tokio::test]
async fn no_hotel_finds_out_who_else_was_asked_and_nobody_gets_at_anothers_request() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let counter = scene.counter(None, None, "Would you include breakfast?");
    scene.guest.ok(counter).await;
    // All that two hotels have been sent has no id in common, but their guest's words.
    let mut seen = Vec::new();
    for desk in &mut scene.desks {
        let opened = desk.socket.ok(json!({"do": "open", "conversation": desk.conversation})).await;
        seen.push(ids(&opened));
    }
    let common: Vec<_> = seen[0].intersection(&seen[1]).collect();
    assert!(common.is_empty(), "{common:?}");
    let guest = scene.guest.hello["you"]["id"].as_str().unwrap();
    assert!(seen.iter().all(|ids| !ids.contains(guest)), "who they are stays inside");
    assert!(!seen[0].contains(&scene.request.to_string()));
    // Another hotel's leg, in one's own conversation or in theirs, does not exist.
    let (theirs, own) = (scene.desks[1].leg.clone(), scene.desks[1].conversation.clone());
    for (leg, conversation) in [(&theirs, None), (&theirs, Some(&own))] {
        for what in ["bid", "take_back", "decline", "confirm"] {
            let desk = &mut scene.desks[0];
            let mut act = desk.bid(1_000);
            act["do"] = what.into();
            act["version"] = 1.into();
            act["reason"] = "Full".into();
            act["request"] = leg.as_str().into();
            act["conversation"] = conversation.unwrap_or(&desk.conversation).as_str().into();
            assert_eq!(desk.socket.no(act).await, json!({"code": "not_found"}), "{what}");
        }
    }
    let (mut stranger, _) = Socket::guest(&house, "alpha").await;
    let mut all = vec![
        json!({"do": "request", "request": scene.request}),
        json!({"do": "withdraw", "request": scene.request}),
        scene.accept("alpha", 1),
        scene.counter(None, None, "Psst"),
        scene.counter(Some("alpha"), None, "Psst"),
        json!({"do": "change", "request": scene.request, "version": 1, "wanted": wanted(),
            "answer_by": now() + HOUR}),
    ];
    all.push(ask(scene.request, &["alpha"], wanted(), now() + HOUR));
    for act in all {
        assert_eq!(stranger.no(act.clone()).await, json!({"code": "not_found"}), "{act}");
    }
    assert_eq!(stranger.ok(json!({"do": "requests"})).await["requests"], json!([]));
    assert_eq!(house.number("SELECT count(*) FROM request"), 1);
}

/// Every id in a text.
fn ids(value: &Value) -> std::collections::HashSet<String> {
    let text = value.to_string();
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.filter(|word| word.len() == 36 && word.parse::<Uuid>().is_ok()).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_sent_twice_is_done_once() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    scene.guest.ok(ask(scene.request, &HOTELS, wanted(), now() + HOUR)).await;
    let bid = scene.desks[0].bid(42_000);
    let first = scene.desks[0].socket.ok(bid.clone()).await;
    assert_eq!(scene.desks[0].socket.ok(bid).await, first);
    let counter = scene.counter(None, Some(40_000), "");
    scene.guest.ok(counter.clone()).await;
    scene.guest.ok(counter).await;
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "countered"]);
    assert_eq!(kept(&house, "gamma"), ["requested", "countered"]);
    assert_eq!(house.number("SELECT count(*) FROM bid"), 1);
}

#[tokio::test]
async fn in_the_open_hotels_see_the_best_amount_and_not_whose_and_sealed_they_see_none() {
    let house = open_house();
    let mut open = wanted();
    open["open"] = true.into();
    let mut scene = Scene::asking(&house, open, now() + HOUR).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let part = scene.desks[2].until(|part| part["best"]["minor"] == 42_000).await;
    assert_eq!(part["bids"], json!([]));
    let bid = scene.desks[1].bid(41_000);
    scene.desks[1].socket.ok(bid).await;
    scene.desks[0].until(|part| part["best"]["minor"] == 41_000).await;
    let back = scene.desks[1].with("take_back", 1);
    scene.desks[1].socket.ok(back).await;
    scene.desks[2].until(|part| part["best"]["minor"] == 42_000).await;
    drop(house);

    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let desk = &mut scene.desks[1];
    let opened = desk.socket.ok(json!({"do": "open", "conversation": desk.conversation})).await;
    assert_eq!(opened["requests"][0].get("best"), None);
    assert!(!opened.to_string().contains("42000"));
}

/// A hotel's time to confirm.
fn confirm_within(house: &House, seconds: i64) {
    house.write(&format!("UPDATE hotel SET confirm_seconds = {seconds}"));
}

#[tokio::test]
async fn what_is_not_confirmed_rings_half_way_lapses_and_can_be_accepted_again() {
    let house = open_house();
    confirm_within(&house, 2);
    let mut scene = Scene::new(&house).await;
    let mut jonas = Socket::staff(&house, "alpha-jonas").await;
    jonas.watch().await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let accept = scene.accept("alpha", 1);
    scene.guest.ok(accept.clone()).await;
    let ring = jonas.event("ring").await;
    assert_eq!(ring["conversation"], scene.desks[0].conversation.as_str());
    scene.until(|view| view["state"] == "open" && *state(view, "alpha") == "lapsed").await;
    scene.desks[0].socket.event("lapsed").await;
    let confirm = scene.desks[0].with("confirm", 1);
    assert_eq!(scene.desks[0].socket.no(confirm).await["code"], "expired");
    scene.guest.ok(accept).await;
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "accepted", "lapsed", "accepted"]);
}

#[tokio::test]
async fn once_it_rings_a_colleague_takes_the_conversation_and_confirms_with_one_call() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let mut jonas = Socket::staff(&house, "alpha-jonas").await;
    jonas.watch().await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let accept = scene.accept("alpha", 1);
    scene.guest.ok(accept).await;
    scene.desks[0].seen += 2;
    let confirm = scene.desks[0].with("confirm", 1);
    assert_eq!(jonas.no(confirm.clone()).await["code"], "not_holder", "before it rings it is the holder's");
    house.write("UPDATE leg SET ring_at = 1 WHERE ring_at IS NOT NULL");
    jonas.ok(confirm).await;
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "accepted", "taken_over", "confirmed"]);
    let row = jonas
        .event_where(|event| event["on"] == "row" && event["row"]["holder"]["name"] == "alpha-jonas")
        .await;
    assert_eq!(row["row"]["request"]["state"], "confirmed");
}

#[tokio::test]
async fn one_that_waits_is_claimed_by_whoever_confirms() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let desk = &mut scene.desks[0];
    desk.socket.ok(json!({"do": "release", "conversation": desk.conversation, "epoch": desk.epoch})).await;
    let accept = scene.accept("alpha", 1);
    scene.guest.ok(accept).await;
    let mut jonas = Socket::staff(&house, "alpha-jonas").await;
    let mut confirm = scene.desks[0].with("confirm", 1);
    confirm["epoch"] = 2.into();
    confirm["seen"] = 9.into();
    jonas.ok(confirm).await;
    assert_eq!(
        house.rows(
            "SELECT s.name FROM staff s JOIN conversation c ON c.holder = s.id JOIN hotel h \
        ON h.id = c.hotel WHERE h.slug = 'alpha'"
        ),
        [["alpha-jonas"]]
    );
}

#[tokio::test]
async fn a_time_that_ran_out_while_nothing_ran_is_over_after_the_start() {
    let mut house = open_house();
    confirm_within(&house, 1);
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let accept = scene.accept("alpha", 1);
    scene.guest.ok(accept).await;
    house.kill();
    house.write("UPDATE request SET answer_by = 1, due = 1");
    house.write("UPDATE leg SET confirm_by = 1, ring_at = 1 WHERE confirm_by IS NOT NULL");
    house.write("UPDATE bid SET valid_until = 1");
    house.start();
    let mut guest = Socket::open(&house, &scene.cookie).await;
    let view = guest.ok(json!({"do": "request", "request": scene.request})).await;
    if view["state"] != "expired" {
        guest.event_where(|event| event["on"] == "request" && event["request"]["state"] == "expired").await;
    }
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "accepted", "lapsed", "request_expired"]);
    assert_eq!(kept(&house, "beta"), ["requested", "request_expired"]);
}

#[tokio::test]
async fn resolving_the_conversation_leaves_the_request_open_and_the_next_counter_opens_another() {
    let house = open_house();
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let desk = &mut scene.desks[0];
    desk.socket.ok(json!({"do": "resolve", "conversation": desk.conversation, "epoch": desk.epoch})).await;
    assert_eq!(desk.socket.no(desk.bid(1)).await["code"], "resolved");
    let counter = scene.counter(Some("alpha"), None, "Is there a balcony?");
    scene.guest.ok(counter).await;
    assert_eq!(
        house.number(
            "SELECT count(*) FROM conversation c JOIN hotel h ON h.id = c.hotel \
        WHERE h.slug = 'alpha'"
        ),
        2
    );
    let mut jonas = Desk::claim(Socket::staff(&house, "alpha-jonas").await).await;
    assert_eq!(jonas.leg, scene.desks[0].leg, "it is the same request");
    jonas.socket.ok(jonas.bid(41_000)).await;
    let accept = scene.accept("alpha", 2);
    scene.guest.ok(accept).await;
    assert_eq!(kept(&house, "alpha"), ["requested", "bid", "resolved", "countered", "bid", "accepted"]);
}

/// The guest's one conversation with a hotel is resolved, and the guest erased there.
async fn erase(house: &House, boss: &str, desk: &mut Desk, hotel: &str) {
    let resolve = json!({"do": "resolve", "conversation": desk.conversation, "epoch": desk.epoch});
    desk.socket.ok(resolve).await;
    let page = format!("/admin/hotels/{hotel}/guests/{}", desk.conversation);
    assert_eq!(post(house, &format!("{page}/erase"), boss, &[("sure", "yes")]).await.status, 303);
}

#[tokio::test]
async fn a_hotel_that_erases_the_guest_is_out_of_the_request_and_the_others_go_on() {
    let house = open_house();
    house.add_staff("boss", &["--admin"]);
    let mut scene = Scene::new(&house).await;
    let bid = scene.desks[0].bid(42_000);
    scene.desks[0].socket.ok(bid).await;
    let accept = scene.accept("alpha", 1);
    scene.guest.ok(accept).await;
    let boss = staff_cookie(&house, "boss").await;
    erase(&house, &boss, &mut scene.desks[0], "alpha").await;
    // The guest's page begins anew: what alpha had is gone, and the request with the others is open.
    let mut guest = Socket::open(&house, &scene.cookie).await;
    let view = guest.ok(json!({"do": "request", "request": scene.request})).await;
    assert_eq!(view["state"], "open");
    assert_eq!(view["hotels"].as_array().unwrap().len(), 2);
    assert_eq!(house.number("SELECT count(*) FROM bid"), 0);
    // What was to be waited for went with it: the clock has looked again.
    let looked = async {
        while house.number("SELECT due FROM request") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, looked).await.unwrap();
    let bid = scene.desks[1].bid(42_000);
    scene.desks[1].socket.ok(bid).await;
    let accept = scene.accept("beta", 1);
    guest.ok(accept).await;
    let confirm = scene.desks[1].with("confirm", 1);
    scene.desks[1].socket.ok(confirm).await;
    erase(&house, &boss, &mut scene.desks[1], "beta").await;
    assert_eq!(house.number("SELECT count(*) FROM request"), 1);
    erase(&house, &boss, &mut scene.desks[2], "gamma").await;
    for table in ["request", "leg", "bid", "guest", "entry"] {
        assert_eq!(house.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words_and_asks_nobody() {
    let house = open_house();
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let with = |key: &str, value: Value| {
        let mut wanted = wanted();
        wanted[key] = value;
        wanted
    };
    let euro = |minor: i64| json!({"minor": minor, "currency": "EUR"});
    let soon = now() + HOUR;
    for (wanted, answer_by, field) in [
        (with("from", json!("2020-01-01")), soon, "arrival"),
        (with("until", json!(day(3))), soon, "departure"),
        (with("adults", json!(0)), soon, "adults"),
        (with("kind", json!("table")), soon, "time"),
        (with("budget", json!({"minor": 5, "currency": "CHF"})), soon, "budget"),
        (wanted(), now() - 1, "answer by"),
        (wanted(), now() + 100 * 24 * HOUR, "answer by"),
        (wanted(), now() + 10 * 24 * HOUR, "answer by"),
    ] {
        let no = guest.no(ask(Uuid::now_v7(), &HOTELS, wanted.clone(), answer_by)).await;
        assert_eq!((&no["code"], &no["field"]), (&json!("invalid"), &json!(field)), "{wanted}");
    }
    let no = guest.no(ask(Uuid::now_v7(), &[], wanted(), soon)).await;
    assert_eq!(no["field"], "hotels");
    assert_eq!(guest.no(ask(Uuid::now_v7(), &["nowhere"], wanted(), soon)).await["code"], "not_found");
    for (key, value) in [("currency", json!("XXX")), ("budget", euro(0)), ("budget", euro(i64::MAX))] {
        let no = guest.no(ask(Uuid::now_v7(), &HOTELS, with(key, value), soon)).await;
        assert_eq!(no["code"], "bad_command");
    }
    for answer_by in [i64::MIN, i64::MAX] {
        let no = guest.no(ask(Uuid::now_v7(), &HOTELS, wanted(), answer_by)).await;
        assert_eq!(no["code"], "invalid");
    }
    let no = guest.no(ask(Uuid::now_v7(), &HOTELS, with("from", json!("9999-12-31")), soon)).await;
    assert_eq!(no["field"], "arrival");
    assert_eq!(house.number("SELECT count(*) FROM conversation"), 0);
}
