//! Many requests, many hotels, all at once: never two accepted, never an acceptance of an old version, every
//! entry once and in order, whatever is raced against whatever, and whenever the program is killed (rule
//! H12).
//!
//! CI plays each race 50 times and kills once; `make world` (`BELLHOP_RACES`, `BELLHOP_KILLS`) plays more.

use super::{
    client::{Socket, guest_cookie},
    house::House,
    requests::{ask, now, wanted},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

const HOUR: i64 = 3_600_000;

fn times(setting: &str, otherwise: usize) -> usize {
    std::env::var(setting).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

fn bid(conversation: &str, leg: &str, minor: i64, valid_until: i64) -> Value {
    json!({"do": "bid", "conversation": conversation, "request": leg, "of": 1, "epoch": 1, "seen": 1_000_000,
        "client_id": Uuid::now_v7(), "total": {"minor": minor, "currency": "EUR"},
        "included": "Breakfast", "valid_until": valid_until})
}

fn with(what: &str, conversation: &str, leg: &str, version: i64) -> Value {
    json!({"do": what, "conversation": conversation, "request": leg, "version": version, "epoch": 1,
        "seen": 1_000_000})
}

/// One hotel with one person, and a guest's socket: what a race needs.
struct Ring {
    guest: Socket,
    maria: Socket,
}

impl Ring {
    async fn new(house: &House) -> Ring {
        house.add_staff("Maria", &["--agent", "alpha"]);
        let guest = Socket::open(house, &guest_cookie(house, "alpha").await).await;
        Ring { guest, maria: Socket::staff(house, "Maria").await }
    }

    /// A request with a bid: the request, the conversation, and the leg.
    async fn bid(&mut self, house: &House, first: bool, valid_until: i64) -> (Uuid, String, String) {
        let request = Uuid::now_v7();
        let asked = ask(request, &["alpha"], wanted(), valid_until);
        self.guest.ok(asked).await;
        let hex = request.simple().to_string().to_uppercase();
        let rows = house.rows(&format!("SELECT conversation, id FROM leg WHERE hex(request) = '{hex}'"));
        let (conversation, leg) = (rows[0][0].clone(), rows[0][1].clone());
        if first {
            self.maria.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
        }
        self.maria.call(bid(&conversation, &leg, 40_000, valid_until)).await;
        (request, conversation, leg)
    }
}

fn states(house: &House, request: Uuid) -> (String, String) {
    let hex = request.simple().to_string().to_uppercase();
    let rows = house.rows(&format!(
        "SELECT r.state, l.state FROM request r JOIN leg l ON l.request = r.id WHERE hex(r.id) = '{hex}'"
    ));
    (rows[0][0].clone(), rows[0][1].clone())
}

/// Until a moment, give or take some milliseconds: both sides of it are to be met.
async fn about(moment: i64, random: &mut StdRng) {
    let wait = moment - now() + random.random_range(-12..12);
    tokio::time::sleep(Duration::from_millis(wait.max(0) as u64)).await;
}

#[tokio::test]
async fn accepted_or_expired_and_never_both() {
    let house = House::open();
    let (mut ring, mut random) = (Ring::new(&house).await, StdRng::seed_from_u64(1));
    for round in 0..times("BELLHOP_RACES", 50) {
        // On a slow machine the bid itself may come too late; then there is nothing to accept.
        let until = now() + 250;
        let (request, ..) = ring.bid(&house, round == 0, until).await;
        about(until, &mut random).await;
        let accept = json!({"do": "accept", "request": request, "hotel": "alpha", "version": 1});
        let answer = ring.guest.call(accept).await;
        let withdraw = json!({"do": "withdraw", "request": request});
        if answer.get("ok").is_some() {
            assert_eq!(states(&house, request), ("accepted".into(), "accepted".into()), "round {round}");
            ring.guest.ok(withdraw).await;
        } else {
            let code = answer["no"]["code"].as_str().unwrap();
            assert!(["expired", "over", "changed"].contains(&code), "{answer}");
            ring.guest.ok(json!({"do": "request", "request": request})).await;
            // Whoever was refused may withdraw first, or the clock comes first.
            let _ = ring.guest.call(withdraw).await;
            let (state, leg) = states(&house, request);
            assert!(["expired", "withdrawn"].contains(&state.as_str()) && leg == "ended", "{state} {leg}");
        }
    }
    whole(&house);
}

#[tokio::test]
async fn confirmed_or_withdrawn_and_never_both() {
    let house = House::open();
    let mut ring = Ring::new(&house).await;
    for round in 0..times("BELLHOP_RACES", 50) {
        let (request, conversation, leg) = ring.bid(&house, round == 0, now() + HOUR).await;
        let accept = json!({"do": "accept", "request": request, "hotel": "alpha", "version": 1});
        ring.guest.ok(accept).await;
        let withdraw = json!({"do": "withdraw", "request": request});
        let confirm = with("confirm", &conversation, &leg, 1);
        let (withdrawn, confirmed) = match round % 2 {
            0 => tokio::join!(ring.guest.call(withdraw), ring.maria.call(confirm)),
            _ => {
                let (confirmed, withdrawn) =
                    tokio::join!(ring.maria.call(confirm), ring.guest.call(withdraw));
                (withdrawn, confirmed)
            }
        };
        let (state, _) = states(&house, request);
        match (withdrawn.get("ok").is_some(), confirmed.get("ok").is_some()) {
            (true, false) => {
                assert_eq!((state.as_str(), &confirmed["no"]["code"]), ("withdrawn", &json!("over")));
            }
            (false, true) => {
                assert_eq!((state.as_str(), &withdrawn["no"]["code"]), ("confirmed", &json!("over")));
            }
            both => panic!("round {round}: {both:?}, {state}"),
        }
    }
    whole(&house);
}

#[tokio::test]
async fn confirmed_or_lapsed_and_never_both() {
    let house = House::open();
    let (mut ring, mut random) = (Ring::new(&house).await, StdRng::seed_from_u64(2));
    house.write("UPDATE hotel SET confirm_seconds = 1");
    // Many at once, each with a time of its own: a second for each would take minutes.
    let mut waiting = Vec::new();
    for round in 0..times("BELLHOP_RACES", 50) {
        let (request, conversation, leg) = ring.bid(&house, round == 0, now() + HOUR).await;
        waiting.push((request, conversation, leg));
        if waiting.len() < 19 && round + 1 < times("BELLHOP_RACES", 50) {
            continue;
        }
        for (request, ..) in &waiting {
            let accept = json!({"do": "accept", "request": request, "hotel": "alpha", "version": 1});
            ring.guest.ok(accept).await;
        }
        for (request, conversation, leg) in waiting.drain(..) {
            let hex = request.simple().to_string().to_uppercase();
            let by = format!("SELECT COALESCE(max(confirm_by), 0) FROM leg WHERE hex(request) = '{hex}'");
            about(house.number(&by), &mut random).await;
            let answer = ring.maria.call(with("confirm", &conversation, &leg, 1)).await;
            if answer.get("ok").is_some() {
                assert_eq!(states(&house, request), ("confirmed".into(), "confirmed".into()));
            } else {
                assert_eq!(answer["no"]["code"], "expired");
                ring.guest.ok(json!({"do": "withdraw", "request": request})).await;
            }
        }
    }
    whole(&house);
}

/// What must hold of every conversation with requests, read from the log itself.
fn whole(house: &House) {
    let rows = house.rows(
        "SELECT e.conversation, e.seq, e.kind, e.terms, COALESCE(hex(e.client_id), ''), hex(l.request) \
         FROM entry e LEFT JOIN leg l ON l.id = unhex(replace(json_extract(e.terms, '$.request'), '-', '')) \
         ORDER BY e.conversation, e.seq",
    );
    let mut next: HashMap<&str, i64> = HashMap::new();
    let mut marks = HashSet::new();
    let (mut bids, mut accepted, mut confirmed) = (HashMap::new(), HashMap::new(), HashMap::new());
    for row in &rows {
        let [conversation, seq, kind, terms, mark, request] = row.as_slice() else { unreachable!() };
        let seq: i64 = seq.parse().unwrap();
        let expected = next.entry(conversation).or_insert(1);
        assert_eq!(seq, *expected, "no gap in {conversation}");
        *expected += 1;
        assert!(mark.is_empty() || marks.insert((conversation, mark)), "{kind} twice");
        let Ok(terms) = serde_json::from_str::<Value>(terms) else { continue };
        let leg = terms["request"].as_str().unwrap().to_owned();
        let version = terms["bid"].as_i64();
        match kind.as_str() {
            "bid" => {
                let before = bids.insert(leg, (version, terms["amount"].clone()));
                assert_eq!(before.map_or(0, |(version, _)| version.unwrap()) + 1, version.unwrap());
            }
            "accepted" => {
                let current = bids.get(&leg).expect("a bid before its acceptance");
                assert_eq!((version, &terms["amount"]), (current.0, &current.1), "the version that stood");
                assert!(accepted.insert(leg, version).is_none(), "accepted twice without an end");
            }
            "confirmed" => {
                assert_eq!(accepted.remove(&leg), Some(version), "what was accepted");
                assert!(confirmed.insert(request, leg).is_none(), "two hotels confirmed");
            }
            "lapsed" | "bid_withdrawn" | "request_withdrawn" | "request_expired" | "elsewhere" => {
                accepted.remove(&leg);
                assert!(kind != "elsewhere" || !confirmed.values().any(|l| *l == terms["request"]));
            }
            _ => {}
        }
    }
    for (_, amount) in bids.values() {
        assert_eq!(amount["currency"], "EUR");
    }
    let kept = house.number("SELECT count(*) FROM bid");
    assert_eq!(kept as usize, rows.iter().filter(|row| row[2] == "bid").count(), "each bid is an entry");
    let differ = "SELECT count(*) FROM bid b JOIN entry e ON json_extract(e.terms, '$.bid') = b.version \
        AND unhex(replace(json_extract(e.terms, '$.request'), '-', '')) = b.leg AND e.kind = 'bid' \
        WHERE json_extract(e.terms, '$.amount.minor') <> b.total";
    assert_eq!(house.number(differ), 0, "money is exact");
    let two = "SELECT count(*) FROM (SELECT request FROM leg WHERE state IN ('accepted', 'confirmed') \
        GROUP BY request HAVING count(*) > 1)";
    assert_eq!(house.number(two), 0, "never two accepted");
    let agrees = "SELECT count(*) FROM request r WHERE (r.state IN ('accepted', 'confirmed')) <> EXISTS \
        (SELECT 1 FROM leg l WHERE l.request = r.id AND l.state = r.state)";
    assert_eq!(house.number(agrees), 0, "a request stands as its legs do");
}

const HOTELS: usize = 10;
const GUESTS: usize = 20;
const EACH: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_to_ten_hotels_agree_each_at_most_once_whatever_happens() {
    let mut house = House::open();
    let slugs: Vec<String> = (0..HOTELS).map(|n| format!("hotel-{n}")).collect();
    for slug in &slugs {
        house.add_hotel(slug);
        house.add_staff(&format!("{slug}-maria"), &["--agent", slug]);
    }
    house.write("UPDATE hotel SET confirm_seconds = 1");
    let all: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let mut guests = Vec::new();
    for _ in 0..GUESTS {
        let cookie = guest_cookie(&house, "alpha").await;
        let mut socket = Socket::open(&house, &cookie).await;
        let mut requests = Vec::new();
        for _ in 0..EACH {
            let request = Uuid::now_v7();
            socket.ok(ask(request, &all, wanted(), now() + HOUR)).await;
            requests.push(request);
        }
        guests.push((cookie, requests));
    }
    // Each hotel's person holds all of its conversations; one guest's requests stand in one.
    let mut legs: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for row in house
        .rows("SELECT h.slug, l.conversation, l.id FROM leg l JOIN hotel h ON h.id = l.hotel ORDER BY l.id")
    {
        legs.entry(row[0].clone()).or_default().push((row[1].clone(), row[2].clone()));
    }
    for slug in &slugs {
        let mut maria = Socket::staff(&house, &format!("{slug}-maria")).await;
        let conversations: HashSet<_> = legs[slug].iter().map(|(conversation, _)| conversation).collect();
        for conversation in conversations {
            maria.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
        }
    }
    let acked = Arc::new(std::sync::Mutex::new(HashSet::new()));
    let kills = times("BELLHOP_KILLS", 1);
    for round in 0..=kills as u64 {
        let last = round == kills as u64;
        let over = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for (n, slug) in slugs.iter().enumerate() {
            let socket = Socket::staff(&house, &format!("{slug}-maria")).await;
            let random = StdRng::seed_from_u64(round * 1_000 + n as u64);
            tasks.push(tokio::spawn(bidding(
                socket,
                legs[slug].clone(),
                random,
                over.clone(),
                acked.clone(),
            )));
        }
        for (n, (cookie, requests)) in guests.iter().enumerate() {
            let socket = Socket::open(&house, cookie).await;
            let random = StdRng::seed_from_u64(round * 1_000 + 500 + n as u64);
            tasks.push(tokio::spawn(choosing(socket, requests.clone(), slugs.clone(), random, over.clone())));
        }
        let before = acked.lock().unwrap().len();
        let deadline = std::time::Instant::now() + super::house::DEADLINE * 3;
        let open = "SELECT count(*) FROM request WHERE state IN ('open', 'accepted')";
        while acked.lock().unwrap().len() < before + 400 && house.number(open) > 10 {
            assert!(std::time::Instant::now() < deadline, "bids come in");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        over.store(true, Ordering::SeqCst);
        if !last {
            house.kill();
        }
        for task in tasks {
            task.await.unwrap();
        }
        if !last {
            house.start();
        }
        whole(&house);
    }
    let kept: HashSet<String> = house
        .rows("SELECT lower(hex(client_id)) FROM entry WHERE kind = 'bid'")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let acked = acked.lock().unwrap();
    assert!(acked.iter().all(|id| kept.contains(id)), "every acknowledged bid is kept");
    let accepted = house.number("SELECT count(*) FROM entry WHERE kind = 'accepted'");
    let confirmed = house.number("SELECT count(*) FROM entry WHERE kind = 'confirmed'");
    assert!(accepted > 10 && confirmed > 3, "{accepted} accepted, {confirmed} confirmed");
}

type Acked = Arc<std::sync::Mutex<HashSet<String>>>;

/// A hotel's person: bids, bids anew, withdraws, confirms, at random.
async fn bidding(
    mut socket: Socket,
    legs: Vec<(String, String)>,
    mut random: StdRng,
    over: Arc<AtomicBool>,
    acked: Acked,
) {
    // What was accepted is heard of, and confirmed now and then; else it lapses.
    for conversation in legs.iter().map(|(conversation, _)| conversation).collect::<HashSet<_>>() {
        let Some(id) = socket.try_send(json!({"do": "open", "conversation": conversation})).await else {
            return;
        };
        if answer(&mut socket, id).await.is_none() {
            return;
        }
    }
    while !over.load(Ordering::SeqCst) {
        let (conversation, leg) = &legs[random.random_range(0..legs.len())];
        let version = random.random_range(1..6);
        let accepted = socket.heard.pop_front().filter(|_| random.random_range(0..5) == 0);
        let command = match random.random_range(0..10) {
            _ if accepted.is_some() => {
                let accepted = accepted.unwrap();
                let terms = &accepted["entry"]["terms"];
                let conversation = accepted["conversation"].as_str().unwrap();
                with(
                    "confirm",
                    conversation,
                    terms["request"].as_str().unwrap(),
                    terms["bid"].as_i64().unwrap(),
                )
            }
            0 => with("take_back", conversation, leg, version),
            1 => with("confirm", conversation, leg, version),
            _ => bid(conversation, leg, random.random_range(10_000..90_000), now() + HOUR),
        };
        let mark = command["client_id"].as_str().map(|id| id.replace('-', ""));
        let Some(id) = socket.try_send(command).await else { return };
        let Some(answer) = answer(&mut socket, id).await else { return };
        if answer.get("ok").is_some() {
            acked.lock().unwrap().extend(mark);
        } else {
            let code = answer["no"]["code"].as_str().unwrap();
            assert!(["changed", "expired", "over", "already_accepted"].contains(&code), "{answer}");
        }
    }
}

/// A guest: accepts whatever, counters, now and then withdraws.
async fn choosing(
    mut socket: Socket,
    requests: Vec<Uuid>,
    slugs: Vec<String>,
    mut random: StdRng,
    over: Arc<AtomicBool>,
) {
    while !over.load(Ordering::SeqCst) {
        let request = requests[random.random_range(0..requests.len())];
        let slug = &slugs[random.random_range(0..slugs.len())];
        let command = match random.random_range(0..40) {
            0 => json!({"do": "withdraw", "request": request}),
            1..=4 => json!({"do": "counter", "request": request, "client_id": Uuid::now_v7(),
                "words": "A little less?"}),
            _ => json!({"do": "accept", "request": request, "hotel": slug,
                "version": random.random_range(1..4)}),
        };
        let Some(id) = socket.try_send(command).await else { return };
        let Some(answer) = answer(&mut socket, id).await else { return };
        if answer.get("no").is_some() {
            let code = answer["no"]["code"].as_str().unwrap();
            assert!(["changed", "expired", "over", "already_accepted"].contains(&code), "{answer}");
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..20))).await;
    }
}

/// The answer to a command; `None` if the line was cut before it came.
async fn answer(socket: &mut Socket, id: u64) -> Option<Value> {
    loop {
        let frame = socket.frame().await?;
        if frame["id"] == id {
            return Some(frame);
        }
        if frame["on"] == "accepted" {
            socket.heard.push_back(frame);
        }
    }
}
