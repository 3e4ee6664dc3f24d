//! One order, whole on every screen, across lost connections (rules H4, H7).

use super::{
    client::{Socket, say, waiting_guest},
    house::House,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

fn seqs(entries: &Value) -> Vec<i64> {
    entries.as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect()
}

const LAST_WORD: &str = "the last word";

/// A client that is cut off again and again, and reads on each time from its cursor.
struct Reader {
    cookie: String,
    conversation: String,
    cursor: i64,
    bodies: Vec<String>,
}

impl Reader {
    fn take(&mut self, entry: &Value) {
        let seq = entry["seq"].as_i64().unwrap();
        assert!(seq > self.cursor, "entry {seq} came again, or too late: {}", self.cursor);
        self.cursor = seq;
        self.bodies.push(entry["body"].as_str().unwrap_or_default().to_owned());
    }

    fn has_it_all(&self) -> bool {
        self.bodies.last().is_some_and(|body| body == LAST_WORD)
    }

    /// Connects, resumes, and reads up to `events` live entries; then the line is cut in the middle of
    /// whatever comes. The last word may come either way: after it nothing is waited for.
    async fn read(&mut self, house: &House, events: usize) {
        let mut socket = Socket::open(house, &self.cookie).await;
        loop {
            let resumed =
                socket.ok(json!({"do": "resume", "cursors": {self.conversation.clone(): self.cursor}})).await;
            let page = &resumed["conversations"][0];
            page["entries"].as_array().unwrap().iter().for_each(|e| self.take(e));
            if page["more"] == false {
                break;
            }
        }
        for _ in 0..events {
            if self.has_it_all() {
                break;
            }
            let conversation = self.conversation.clone();
            let event = socket
                .event_where(move |e| e["on"] == "said" && e["conversation"] == conversation.as_str())
                .await;
            self.take(&event["entry"]);
        }
        socket.cut();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cut_off_at_random_moments_ends_with_every_entry_once_and_in_order() {
    const WORDS: usize = 1_500;
    let house = Arc::new(House::open());
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let first = guest.say_as_guest("alpha", "word 0").await;
    let conversation = first["conversation"].as_str().unwrap().to_owned();

    let talking = tokio::spawn(async move {
        for n in 1..WORDS {
            guest.say_as_guest("alpha", &format!("word {n}")).await;
        }
        guest.say_as_guest("alpha", LAST_WORD).await;
    });
    let mut reader = Reader { cookie, conversation, cursor: 0, bodies: Vec::new() };
    // Not random to the test, but to the server: the cut falls wherever the stream of events happens to be.
    let mut stretch = 1;
    while !reader.has_it_all() {
        reader.read(&house, stretch).await;
        stretch = stretch * 7 % 61 + 1;
    }
    talking.await.unwrap();
    let expected: Vec<String> =
        (0..WORDS).map(|n| format!("word {n}")).chain([LAST_WORD.to_owned()]).collect();
    assert_eq!(reader.bodies, expected);
    assert_eq!(reader.cursor, WORDS as i64 + 1);
}

#[tokio::test]
async fn open_and_resume_page_from_after() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    for n in 0..450 {
        guest.say_as_guest("alpha", &n.to_string()).await;
    }
    let mut maria = Socket::staff(&house, "Maria").await;
    let mut after = 0;
    let mut all = Vec::new();
    loop {
        let page = maria.ok(json!({"do": "open", "conversation": c, "after": after})).await;
        all.extend(seqs(&page["entries"]));
        after = *all.last().unwrap();
        if page["more"] == false {
            break;
        }
        assert_eq!(page["entries"].as_array().unwrap().len(), 200);
    }
    assert_eq!(all, (1..=451).collect::<Vec<i64>>());
    let resumed = guest.ok(json!({"do": "resume", "cursors": {c.clone(): 449}})).await;
    assert_eq!(seqs(&resumed["conversations"][0]["entries"]), [450, 451]);
    let opened = guest.ok(json!({"do": "open", "hotel": "alpha", "after": 9_999})).await;
    assert_eq!(
        (opened["entries"].as_array().unwrap().len(), &opened["more"]),
        (0, &json!(false)),
        "a cursor past the end"
    );
}

#[tokio::test]
async fn whoever_read_a_first_page_only_is_sent_what_lies_between_before_what_is_new() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut phone, cookie) = Socket::guest(&house, "alpha").await;
    let c = phone.say_as_guest("alpha", "0").await["conversation"].clone();
    for n in 1..450 {
        phone.say_as_guest("alpha", &n.to_string()).await;
    }
    let mut maria = Socket::staff(&house, "Maria").await;
    let mut laptop = Socket::open(&house, &cookie).await;
    let pages = [
        maria.ok(json!({"do": "open", "conversation": c, "after": 0})).await,
        laptop.ok(json!({"do": "open", "hotel": "alpha", "after": 0})).await,
    ];
    for page in &pages {
        assert_eq!((page["entries"].as_array().unwrap().len(), &page["more"]), (200, &json!(true)));
    }
    phone.say_as_guest("alpha", "the last").await;
    for reader in [&mut maria, &mut laptop] {
        for seq in 201..=451 {
            let entry = reader.event("said").await["entry"].clone();
            assert_eq!(entry["seq"], seq);
            assert!(seq < 451 || entry["body"] == "the last");
        }
    }
}

#[tokio::test]
async fn a_first_word_reaches_the_guests_other_window_that_was_open_before() {
    let house = House::open();
    let (mut phone, cookie) = Socket::guest(&house, "alpha").await;
    let mut laptop = Socket::open(&house, &cookie).await;
    phone.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(laptop.ok(json!({"do": "open", "hotel": "alpha"})).await["conversation"], Value::Null);
    let said = phone.say_as_guest("alpha", "from the phone").await;
    let heard = laptop.event("said").await;
    assert_eq!(
        (&heard["conversation"], &heard["entry"]["body"]),
        (&said["conversation"], &json!("from the phone"))
    );
}

#[tokio::test]
async fn staff_and_guest_see_the_same_order() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "open", "conversation": c})).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    for n in 0..50 {
        let told = say(&c, 1, 2 + 2 * n, &format!("answer {n}"));
        let (_, _) = tokio::join!(guest.say_as_guest("alpha", "question"), maria.ok(told));
    }
    let order = |events: Vec<Value>| -> Vec<(i64, String)> {
        let said = events.into_iter().filter(|e| e["on"] == "said");
        said.map(|e| (e["entry"]["seq"].as_i64().unwrap(), e["entry"]["body"].as_str().unwrap().to_owned()))
            .collect()
    };
    guest.say_as_guest("alpha", "Thank you").await;
    let of_guest = order(guest.heard_until("Thank you").await);
    let of_maria = order(maria.heard_until("Thank you").await);
    assert!(of_maria.windows(2).all(|w| w[0].0 < w[1].0));
    assert_eq!(of_maria.len(), 101);
    // The guest's first word was said before Maria had it open; from there on both heard the same.
    assert_eq!(of_guest[of_guest.len() - 101..], of_maria[..]);
}

#[tokio::test]
async fn a_long_conversation_is_read_from_its_end_and_back_without_a_gap() {
    let fast = [("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "1000000"), ("BELLHOP_COMMANDS_PER_SECOND", "100000")];
    let house = House::with(&fast);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let before = guest.say_as_guest("alpha", "Before it all").await["conversation"].clone();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": before, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": before, "epoch": 1})).await;
    let mut long = Value::Null;
    for n in 1..=450 {
        long = guest.say_as_guest("alpha", &n.to_string()).await["conversation"].clone();
    }

    let mut again = Socket::open(&house, &cookie).await;
    let opened = again.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!((seqs(&opened["entries"]), &opened["more"]), ((251..=450).collect(), &json!(false)));
    assert_eq!((&opened["earlier"], &opened["older"]), (&json!([]), &json!(true)));
    let mut read: Vec<(Value, i64)> = Vec::new();
    let mut first = (long.clone(), json!(251));
    let mut older = true;
    while older {
        let step = json!({"do": "earlier", "hotel": "alpha", "before": first.0, "seq": first.1});
        let found = again.ok(step).await;
        let past = found["earlier"].as_array().unwrap();
        assert!(past.iter().all(|past| past["entries"].as_array().unwrap().len() <= 100));
        let lines = past.iter().flat_map(|past| {
            seqs(&past["entries"]).into_iter().map(|seq| (past["conversation"].clone(), seq))
        });
        let lines: Vec<(Value, i64)> = lines.collect();
        first = (lines[0].0.clone(), json!(lines[0].1));
        read.splice(..0, lines);
        older = found["older"].as_bool().unwrap();
    }
    let of = |id: &Value| read.iter().filter(|(of, _)| of == id).map(|(_, seq)| *seq).collect::<Vec<_>>();
    assert_eq!(of(&long), (1..=250).collect::<Vec<_>>(), "each once, in order");
    assert_eq!(of(&before)[0], 1);
    assert!(read.iter().position(|(of, _)| *of == long) > read.iter().rposition(|(of, _)| *of == before));
    // Places that nobody has been at are answered with what there is.
    for (seq, conversation, last) in [(i64::MAX, &long, 450), (0, &before, 3), (i64::MIN, &before, 3)] {
        let asked = json!({"do": "earlier", "hotel": "alpha", "before": long, "seq": seq});
        let found = again.ok(asked).await["earlier"][0].clone();
        assert_eq!(&found["conversation"], conversation);
        assert_eq!(seqs(&found["entries"]).last(), Some(&last), "before {seq}");
    }
    // Read on from a place, nothing is missing either.
    let on = again.ok(json!({"do": "open", "hotel": "alpha", "after": 100})).await;
    assert_eq!((seqs(&on["entries"]), &on["more"]), ((101..=300).collect(), &json!(true)));
    let (mut other, _) = Socket::guest(&house, "alpha").await;
    let theirs = json!({"do": "earlier", "hotel": "alpha", "before": long, "seq": 300});
    assert_eq!(other.no(theirs).await["code"], "not_found");
}

#[tokio::test]
async fn what_was_said_while_the_clock_was_a_day_ahead_stays_in_its_order() {
    let mut house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    guest.say_as_guest("beta", "Said to the other hotel").await;
    let a = guest.say_as_guest("alpha", "A").await["conversation"].as_str().unwrap().to_owned();
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": a, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": a, "epoch": 1})).await;
    let (_first, waits) = waiting_guest(&house).await;
    // All of that by a clock that was ahead; then it is put right, and the server is started again.
    house.kill();
    house.write(
        "UPDATE conversation SET opened_at = opened_at + 86400000, last_at = last_at + 86400000, \
         waiting_since = waiting_since + 86400000, resolved_at = resolved_at + 86400000, \
         rank = rank + 86400000, waiting_rank = waiting_rank + 86400000, \
         resolved_rank = resolved_rank + 86400000",
    );
    let ahead = Uuid::from_u128(Uuid::parse_str(&a).unwrap().as_u128() + (86_400_000 << 80)).to_string();
    let [from, to] = [&a, &ahead].map(|id| format!("unhex('{id}', '-')"));
    house.write(&format!(
        "PRAGMA foreign_keys = OFF; UPDATE entry SET conversation = {to} WHERE conversation = {from}; \
         UPDATE read_mark SET conversation = {to} WHERE conversation = {from}; \
         UPDATE conversation SET id = {to} WHERE id = {from}"
    ));
    house.start();

    let mut guest = Socket::open(&house, &cookie).await;
    let b = guest.say_as_guest("alpha", "B").await["conversation"].as_str().unwrap().to_owned();
    let opened = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(
        (&opened["conversation"]["id"], &opened["earlier"][0]["conversation"]),
        (&json!(b), &json!(ahead))
    );
    let (_second, waits_too) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let queue = maria.watch().await;
    let waiting: Vec<_> = queue["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["status"] == "waiting")
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(waiting, [&waits, &b, &waits_too], "who came first is first");
    let list = guest.ok(json!({"do": "stays"})).await;
    assert_eq!(list["hotels"][0]["last_line"], "B", "what was said last is first");

    maria.ok(json!({"do": "claim", "conversation": b, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": b, "epoch": 1})).await;
    let opened = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(opened["conversation"]["id"], json!(b), "the newest, though nobody is in either");
    let no = maria.no(json!({"do": "reopen", "conversation": ahead, "epoch": 2})).await;
    assert_eq!((&no["code"], &no["conversation"]), (&json!("already_open"), &json!(b)));
    maria.ok(json!({"do": "reopen", "conversation": b, "epoch": 2})).await;
}
