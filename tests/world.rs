//! A hotel group's day from a seed.
//!
//! A plan of many small steps (guests on two devices each, staff of several hotels, cut lines, kills, changed
//! roles) is carried out against the real server, most steps without waiting for the answers of those before.
//! When all is quiet every screen is compared with what is stored, and H1 to H5 and H7 to H9 are asserted
//! over the whole log.
//!
//! `cargo test --test world` plays one fixed day; `make world` a random one, `make world SEED=n` that one
//! again. If a day fails, its seed and the steps so far are printed.

#![allow(clippy::unwrap_used)]

#[path = "server/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "server/house.rs"]
#[allow(dead_code)]
mod house;

use client::{Socket, guest_cookie, staff_cookie};
use house::{House, email};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

const HOTELS: [&str; 2] = ["alpha", "beta"];
const GUESTS: usize = 5;
const STEPS: usize = 1_200;
/// The day CI plays.
const SEED: u64 = 20_261_127;

/// Who works where: agents of one hotel, of both, a manager, an admin.
const STAFF: [(&str, &[&str]); 6] = [
    ("Ada", &["--agent", "alpha"]),
    ("Ben", &["--agent", "alpha", "--agent", "beta"]),
    ("Cleo", &["--agent", "alpha", "--agent", "beta"]),
    ("Dora", &["--manager", "alpha"]),
    ("Emil", &["--agent", "beta"]),
    ("Fay", &["--admin"]),
];

/// A step. Numbers pick from what is there when its turn comes.
#[derive(Clone, Copy, Debug)]
enum Step {
    GuestSays(usize, usize),
    /// One of the guest's own messages goes out once more, as after a lost acknowledgement.
    GuestResends(usize, usize),
    GuestReads(usize, usize),
    GuestRates(usize, usize),
    /// A staff screen opens a conversation.
    Looks(usize, usize),
    Claims(usize, usize),
    TakesOver(usize, usize),
    Releases(usize, usize),
    Transfers(usize, usize, usize),
    Resolves(usize, usize),
    Reopens(usize, usize),
    Answers(usize, usize),
    /// As if a second window were behind: with an older epoch, or without having seen the last entries.
    AnswersBlind(usize, usize, i64),
    Notes(usize, usize),
    StaffReads(usize, usize),
    /// All staff screens reach for the same conversation at once.
    Race(usize),
    /// A screen asks for a conversation that is none of its reader's.
    Strays(usize, usize),
    /// A screen reads all that has come for it.
    Listens(usize),
    Cut(usize),
    Kill,
    /// Somebody loses a hotel, or is given it (back).
    Role(usize, usize, bool),
}

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

fn plan(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut steps = Vec::with_capacity(STEPS);
    for n in 0..STEPS {
        let (a, b, c) = (dice.roll(1_000), dice.roll(1_000), dice.roll(1_000));
        steps.push(match dice.roll(100) {
            _ if n == STEPS / 3 || n == 2 * STEPS / 3 => Step::Kill,
            0..22 => Step::GuestSays(a, b),
            22..26 => Step::GuestResends(a, b),
            26..30 => Step::GuestReads(a, b),
            30..32 => Step::GuestRates(a, b),
            32..40 => Step::Looks(a, b),
            40..47 => Step::Claims(a, b),
            47..51 => Step::TakesOver(a, b),
            51..54 => Step::Releases(a, b),
            54..57 => Step::Transfers(a, b, c),
            57..60 => Step::Resolves(a, b),
            60..63 => Step::Reopens(a, b),
            63..75 => Step::Answers(a, b),
            75..79 => Step::AnswersBlind(a, b, c as i64 % 3),
            79..83 => Step::Notes(a, b),
            83..86 => Step::StaffReads(a, b),
            86..88 => Step::Race(a),
            88..92 => Step::Listens(a),
            92..95 => Step::Strays(a, b),
            95..98 => Step::Cut(a),
            _ => Step::Role(a, b, c % 3 > 0),
        });
    }
    steps
}

/// What becomes of a command and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Question,
    /// May be sent again with the same client_id until it is answered.
    Message,
    /// Is to be refused as if there were nothing.
    Stray,
}

/// What was sent and is not answered yet.
#[derive(Clone)]
struct Sent {
    id: u64,
    command: Value,
    kind: Kind,
}

/// One screen: a guest's device or a desk.
struct Screen {
    name: String,
    guest: Option<usize>,
    cookie: String,
    socket: Option<Socket>,
    sent: VecDeque<Sent>,
    /// Messages whose answer was lost.
    unanswered: VecDeque<Value>,
    /// Entries by conversation and seq.
    timelines: BTreeMap<String, BTreeMap<i64, Value>>,
    /// The last entry that came as an event over this connection.
    heard: HashMap<String, i64>,
    /// Conversations as the desk's queue or the guest's page shows them.
    rows: BTreeMap<String, Value>,
    /// Conversations a desk has open.
    open: BTreeSet<String>,
}

/// An acknowledged message: what was asked, and what was answered.
struct Acked {
    command: Value,
    answer: Value,
}

struct World {
    house: House,
    screens: Vec<Screen>,
    /// Hotels of each conversation that anybody was shown.
    acked: Vec<Acked>,
    /// Hotels, by who was ever of their staff.
    members: HashMap<String, HashSet<String>>,
    words: usize,
    steps: Vec<Step>,
    seed: u64,
    done: usize,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "the day of seed {} failed; make world SEED={} plays it again. Its steps so far:",
                self.seed, self.seed
            );
            for (n, step) in self.steps[..self.done].iter().enumerate() {
                eprintln!("{n:4} {step:?}");
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut house = House::empty(&[("BELLHOP_ABSENCE_SECONDS", "2"), ("BELLHOP_SOCKET_QUEUE", "10000")]);
        HOTELS.iter().for_each(|hotel| house.add_hotel(hotel));
        let mut members = HashMap::new();
        for (name, roles) in STAFF {
            house.add_staff(name, roles);
            let of = HOTELS.iter().filter(|hotel| roles.contains(hotel) || roles == ["--admin"]);
            members.insert(name.to_owned(), of.map(|hotel| hotel.to_string()).collect());
        }
        house.start();
        let mut screens = Vec::new();
        let mut screen = |name: String, guest, cookie| {
            let (socket, sent, unanswered) = (None, VecDeque::new(), VecDeque::new());
            let (timelines, heard, rows, open) = Default::default();
            screens.push(Screen {
                name,
                guest,
                cookie,
                socket,
                sent,
                unanswered,
                timelines,
                heard,
                rows,
                open,
            });
        };
        for guest in 0..GUESTS {
            let cookie = guest_cookie(&house, "alpha").await;
            for device in ["phone", "laptop"] {
                screen(format!("guest {guest}'s {device}"), Some(guest), cookie.clone());
            }
        }
        for (name, _) in STAFF {
            screen(name.to_owned(), None, staff_cookie(&house, name).await);
        }
        // Somebody with two windows.
        screen("Ben".into(), None, staff_cookie(&house, "Ben").await);
        World { house, screens, acked: Vec::new(), members, words: 0, steps: plan(seed), seed, done: 0 }
    }

    fn guest(&self, pick: usize) -> usize {
        pick % (2 * GUESTS)
    }

    fn desk(&self, pick: usize) -> usize {
        2 * GUESTS + pick % (self.screens.len() - 2 * GUESTS)
    }

    fn words(&mut self) -> String {
        self.words += 1;
        format!("word {}", self.words)
    }

    /// A conversation this screen knows of.
    fn pick(&self, at: usize, pick: usize) -> Option<String> {
        let rows = &self.screens[at].rows;
        rows.keys().nth(pick % rows.len().max(1)).cloned()
    }

    /// Connects if it is not, and catches up. A screen that is kept out (no hotel left) stays dark.
    async fn connect(&mut self, at: usize) -> bool {
        for _ in 0..3 {
            if self.screens[at].socket.is_some() {
                return true;
            }
            let (cookie, role) = {
                let screen = &self.screens[at];
                (screen.cookie.clone(), if screen.guest.is_some() { "guest" } else { "staff" })
            };
            let socket = Socket::open_as(&self.house, &cookie, role).await;
            let hello = socket.hello.clone();
            let screen = &mut self.screens[at];
            screen.socket = Some(socket);
            screen.heard.clear();
            let mut questions = Vec::new();
            if screen.guest.is_some() {
                questions.extend(HOTELS.map(|hotel| json!({"do": "open", "hotel": hotel, "after": 0})));
            } else {
                screen.rows.clear();
                let hotels: Vec<Value> = match hello["you"]["admin"] == true {
                    true => self.hotels().into_values().map(Value::from).collect(),
                    false => hello["you"]["memberships"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|m| m["hotel"].clone())
                        .collect(),
                };
                questions.extend(hotels.iter().map(|hotel| json!({"do": "watch", "hotel": hotel})));
            }
            let screen = &self.screens[at];
            let follows = |c: &&String| screen.guest.is_some() || screen.open.contains(*c);
            let cursors: serde_json::Map<String, Value> = screen
                .timelines
                .iter()
                .filter(|(c, _)| follows(c))
                .map(|(c, entries)| (c.clone(), json!(entries.keys().last().copied().unwrap_or(0))))
                .collect();
            questions.push(json!({"do": "resume", "cursors": cursors}));
            for question in questions {
                self.send(at, question, Kind::Question).await;
            }
            // What was lost on the way goes out again, oldest first.
            let again: Vec<Value> = self.screens[at].unanswered.drain(..).collect();
            for command in again {
                self.send(at, command, Kind::Message).await;
            }
            self.listen(at).await;
        }
        self.screens[at].socket.is_some()
    }

    fn hotels(&self) -> BTreeMap<String, String> {
        self.house
            .rows("SELECT slug, id FROM hotel")
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect()
    }

    async fn send(&mut self, at: usize, command: Value, kind: Kind) {
        let screen = &mut self.screens[at];
        let id = match &mut screen.socket {
            Some(socket) => socket.try_send(command.clone()).await,
            None => None,
        };
        match id {
            Some(id) => screen.sent.push_back(Sent { id, command, kind }),
            None => {
                if screen.socket.is_some() {
                    self.lost(at);
                }
                if kind == Kind::Message {
                    self.screens[at].unanswered.push_back(command);
                }
            }
        }
    }

    /// The line is gone: what was under way is in doubt.
    fn lost(&mut self, at: usize) {
        let screen = &mut self.screens[at];
        screen.socket = None;
        screen
            .unanswered
            .extend(screen.sent.drain(..).filter(|sent| sent.kind == Kind::Message).map(|sent| sent.command));
    }

    /// Reads until every question is answered, and all that came before the last answer.
    async fn listen(&mut self, at: usize) {
        while !self.screens[at].sent.is_empty() {
            let frame = match &mut self.screens[at].socket {
                Some(socket) => socket.frame().await,
                None => return,
            };
            let Some(frame) = frame else { return self.lost(at) };
            match frame.get("id").and_then(Value::as_u64) {
                Some(id) => self.answered(at, id, frame).await,
                None => self.screens[at].event(&frame),
            }
        }
    }

    async fn answered(&mut self, at: usize, id: u64, answer: Value) {
        let sent = self.screens[at].sent.pop_front().unwrap();
        assert_eq!(sent.id, id, "answers come in the order of the questions");
        let screen = &mut self.screens[at];
        let (ok, command) = (&answer["ok"], &sent.command);
        match command["do"].as_str().unwrap() {
            _ if sent.kind == Kind::Stray => {
                assert_eq!(answer["no"], json!({"code": "not_found"}), "H8: {command} by {}", screen.name);
            }
            _ if answer.get("ok").is_none() => {
                let code = text(&answer["no"]["code"]);
                assert!(
                    !matches!(code.as_str(), "unavailable" | "bad_command" | "too_fast"),
                    "{command}: {answer}"
                );
                if sent.kind == Kind::Message {
                    assert!(code != "client_id_used", "a resend is the same words: {command}");
                }
            }
            "watch" => ok["conversations"].as_array().unwrap().iter().for_each(|row| screen.row(row)),
            "open" if screen.guest.is_some() => {
                if ok["conversation"].is_object() {
                    screen.row(&ok["conversation"]);
                    screen.page(&ok["conversation"]["id"], &ok["entries"]);
                }
                for past in ok["earlier"].as_array().unwrap() {
                    screen.page(&past["conversation"], &past["entries"]);
                }
            }
            "open" => {
                screen.row(&ok["conversation"]);
                screen.page(&ok["conversation"]["id"], &ok["entries"]);
            }
            "resume" => {
                let mut more = serde_json::Map::new();
                for page in ok["conversations"].as_array().unwrap() {
                    screen.row(&page["conversation"]);
                    screen.page(&page["conversation"]["id"], &page["entries"]);
                    if page["more"] == true {
                        more.insert(
                            text(&page["conversation"]["id"]),
                            page["entries"].as_array().unwrap().last().unwrap()["seq"].clone(),
                        );
                    }
                }
                for gone in ok["gone"].as_array().unwrap() {
                    screen.forget(gone.as_str().unwrap());
                }
                if !more.is_empty() {
                    self.send(at, json!({"do": "resume", "cursors": more}), Kind::Question).await;
                }
            }
            "say" | "note" => self.acked.push(Acked { command: sent.command, answer: answer["ok"].clone() }),
            _ => {}
        }
    }

    /// A command to a conversation as this desk sees it.
    async fn desk_does(&mut self, at: usize, conversation: &str, mut command: Value) {
        let screen = &self.screens[at];
        if !screen.open.contains(conversation) {
            let after =
                screen.timelines.get(conversation).and_then(|t| t.keys().last().copied()).unwrap_or(0);
            self.screens[at].open.insert(conversation.to_owned());
            self.send(
                at,
                json!({"do": "open", "conversation": conversation, "after": after}),
                Kind::Question,
            )
            .await;
            self.listen(at).await;
        }
        let screen = &self.screens[at];
        let Some(row) = screen.rows.get(conversation) else { return };
        let epoch = row["epoch"].as_i64().unwrap();
        let seen = screen.timelines.get(conversation).and_then(|t| t.keys().last().copied()).unwrap_or(0);
        let object = command.as_object_mut().unwrap();
        object.insert("conversation".into(), conversation.into());
        let message = matches!(object["do"].as_str(), Some("say" | "note"));
        if message {
            object.insert("client_id".into(), json!(uuid::Uuid::now_v7()));
        }
        let behind = object.remove("behind").and_then(|n| n.as_i64()).unwrap_or(0);
        object.insert("epoch".into(), (epoch - i64::from(behind == 1)).into());
        object.insert("seen".into(), (seen - behind).max(0).into());
        object.insert("seq".into(), seen.into());
        self.send(at, command, if message { Kind::Message } else { Kind::Question }).await;
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::GuestSays(who, hotel) => {
                let (at, words) = (self.guest(who), self.words());
                self.connect(at).await;
                let hotel = HOTELS[hotel % HOTELS.len()];
                let say =
                    json!({"do": "say", "hotel": hotel, "client_id": uuid::Uuid::now_v7(), "body": words});
                self.send(at, say, Kind::Message).await;
            }
            Step::GuestResends(who, which) => {
                let at = self.guest(who);
                self.connect(at).await;
                self.listen(at).await;
                // Only the guest knows their own client_id; either device may be the one that sends it again.
                let mine: Vec<Value> = {
                    let ids: HashSet<String> = self.screens[at]
                        .timelines
                        .values()
                        .flat_map(BTreeMap::values)
                        .map(|e| text(&e["client_id"]))
                        .collect();
                    let said = self.acked.iter().filter(|a| a.command.get("hotel").is_some());
                    said.filter(|a| ids.contains(&text(&a.command["client_id"])))
                        .map(|a| a.command.clone())
                        .collect()
                };
                if let Some(command) = mine.get(which % mine.len().max(1)) {
                    self.send(at, command.clone(), Kind::Message).await;
                }
            }
            Step::GuestReads(who, which) | Step::GuestRates(who, which) => {
                let at = self.guest(who);
                self.connect(at).await;
                let Some(c) = self.pick(at, which) else { return };
                let seq =
                    self.screens[at].timelines.get(&c).and_then(|t| t.keys().last().copied()).unwrap_or(0);
                let command = match step {
                    Step::GuestReads(..) => json!({"do": "read", "conversation": c, "seq": seq}),
                    _ => json!({"do": "rate", "conversation": c, "stars": 1 + which % 5, "word": ""}),
                };
                self.send(at, command, Kind::Question).await;
            }
            Step::Race(which) => {
                for at in 2 * GUESTS..self.screens.len() {
                    self.connect(at).await;
                    self.listen(at).await;
                }
                for at in 2 * GUESTS..self.screens.len() {
                    let Some(c) = self.pick(at, which) else { continue };
                    self.desk_does(at, &c, json!({"do": "claim"})).await;
                }
            }
            Step::Strays(who, which) => {
                let at = who % self.screens.len();
                if !self.connect(at).await {
                    return;
                }
                let hotels = self.hotels();
                let screen = &self.screens[at];
                let me = screen.socket.as_ref().map(|socket| socket.hello["you"]["id"].clone());
                // Desks know whose a conversation is and where.
                let known = self
                    .screens
                    .iter()
                    .filter(|other| other.guest.is_none())
                    .flat_map(|desk| desk.rows.values());
                let not_mine = |row: &&Value| match screen.guest {
                    Some(_) => Some(&row["guest"]["id"]) != me.as_ref(),
                    None => {
                        let mine = &self.members[&screen.name];
                        !hotels.iter().any(|(slug, id)| row["hotel"] == id.as_str() && mine.contains(slug))
                    }
                };
                let strange: BTreeSet<String> = known.filter(not_mine).map(|row| text(&row["id"])).collect();
                let Some(c) = strange.iter().nth(which % strange.len().max(1)).cloned() else { return };
                let command = match screen.guest {
                    Some(_) => json!({"do": "read", "conversation": c, "seq": 1}),
                    None if which % 2 == 0 => json!({"do": "open", "conversation": c}),
                    None => json!({"do": "claim", "conversation": c, "epoch": 0}),
                };
                self.send(at, command, Kind::Stray).await;
            }
            Step::Listens(who) => {
                let at = who % self.screens.len();
                self.connect(at).await;
                self.listen(at).await;
            }
            Step::Cut(who) => {
                let at = who % self.screens.len();
                if let Some(socket) = self.screens[at].socket.take() {
                    socket.cut();
                    self.lost(at);
                }
            }
            Step::Kill => {
                self.house.kill();
                (0..self.screens.len()).for_each(|at| self.lost(at));
                self.house.start();
            }
            Step::Role(who, hotel, given) => {
                // The first and the last keep theirs, so that somebody is always there.
                let (name, _) = STAFF[1 + who % (STAFF.len() - 2)];
                let hotel = HOTELS[hotel % HOTELS.len()];
                let role = if given { "--agent" } else { "--none" };
                self.house.run(&["staff", "role", &email(name), role, hotel], "");
                if given {
                    self.members.get_mut(name).unwrap().insert(hotel.to_owned());
                }
            }
            Step::Looks(who, which)
            | Step::Claims(who, which)
            | Step::TakesOver(who, which)
            | Step::Releases(who, which)
            | Step::Transfers(who, which, _)
            | Step::Resolves(who, which)
            | Step::Reopens(who, which)
            | Step::Answers(who, which)
            | Step::AnswersBlind(who, which, _)
            | Step::Notes(who, which)
            | Step::StaffReads(who, which) => {
                let at = self.desk(who);
                if !self.connect(at).await {
                    return;
                }
                let Some(mut c) = self.pick(at, which) else { return };
                // Whoever answers usually does it where they may.
                let me = self.screens[at].socket.as_ref().map(|s| s.hello["you"]["id"].clone());
                let mine = |row: &&Value| Some(&row["holder"]["id"]) == me.as_ref();
                let held: Vec<String> =
                    self.screens[at].rows.values().filter(mine).map(|row| text(&row["id"])).collect();
                if matches!(
                    step,
                    Step::Answers(..) | Step::AnswersBlind(..) | Step::Resolves(..) | Step::Transfers(..)
                ) && !held.is_empty()
                {
                    c.clone_from(&held[which % held.len()]);
                }
                let words = self.words();
                let command = match step {
                    Step::Looks(..) | Step::StaffReads(..) => json!({"do": "read"}),
                    Step::Claims(..) => json!({"do": "claim"}),
                    Step::TakesOver(..) => json!({"do": "take_over", "reason": words}),
                    Step::Releases(..) => json!({"do": "release", "reason": words}),
                    Step::Transfers(_, _, to) => {
                        let to = self.desk(to);
                        let Some(socket) = &self.screens[to].socket else { return };
                        json!({"do": "transfer", "to": socket.hello["you"]["id"]})
                    }
                    Step::Resolves(..) => json!({"do": "resolve"}),
                    Step::Reopens(..) => json!({"do": "reopen"}),
                    Step::AnswersBlind(_, _, behind) => json!({"do": "say", "body": words, "behind": behind}),
                    Step::Notes(..) => json!({"do": "note", "body": words}),
                    _ => json!({"do": "say", "body": words}),
                };
                self.desk_does(at, &c, command).await;
            }
        }
    }

    /// Everybody connects, everything unanswered is answered, and every screen has all that was sent to it.
    async fn quiet(&mut self) {
        for round in 0..2 {
            for at in 0..self.screens.len() {
                if !self.connect(at).await {
                    continue;
                }
                self.listen(at).await;
                // A question behind which everything that was on its way has come.
                if round == 1 {
                    self.send(at, json!({"do": "resume", "cursors": {}}), Kind::Question).await;
                    self.listen(at).await;
                }
            }
        }
        let left: usize = self.screens.iter().map(|screen| screen.unanswered.len() + screen.sent.len()).sum();
        assert_eq!(left, 0, "every message was answered in the end");
    }
}

impl Screen {
    /// The newer of two versions counts, whatever order they come in.
    fn row(&mut self, row: &Value) {
        let id = text(&row["id"]);
        if self.rows.get(&id).is_none_or(|known| known["rev"].as_i64() <= row["rev"].as_i64()) {
            self.rows.insert(id, row.clone());
        }
    }

    fn page(&mut self, conversation: &Value, entries: &Value) {
        let timeline = self.timelines.entry(text(conversation)).or_default();
        for entry in entries.as_array().unwrap() {
            let known = timeline.insert(entry["seq"].as_i64().unwrap(), entry.clone());
            assert!(
                known.is_none_or(|known| known == *entry),
                "H7: an entry is read as it was heard, on {}",
                self.name
            );
        }
    }

    fn event(&mut self, event: &Value) {
        if let Some(entry) = event.get("entry") {
            let (c, seq) = (text(&event["conversation"]), entry["seq"].as_i64().unwrap());
            let last = self.heard.insert(c.clone(), seq).unwrap_or(0);
            assert!(seq > last, "H7: in order and once, on {}: {seq} after {last}", self.name);
            let known = self.timelines.entry(c).or_default().insert(seq, entry.clone());
            assert_eq!(known, None, "H7: no entry twice on {}", self.name);
        }
        match event["on"].as_str().unwrap() {
            "row" => self.row(&event["row"]),
            "thread" => self.row(&event["thread"]),
            _ => {}
        }
    }

    /// It is not this reader's any more.
    fn forget(&mut self, conversation: &str) {
        self.timelines.remove(conversation);
        self.rows.remove(conversation);
        self.open.remove(conversation);
    }
}

/// An entry as it is stored.
#[derive(Clone, Debug)]
struct Line {
    seq: i64,
    kind: String,
    by_kind: String,
    by: String,
    body: String,
    to: String,
    client_id: String,
}

/// How a conversation stands, told by its entries alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Replay {
    holder: String,
    epoch: i64,
    resolved: bool,
}

impl Replay {
    /// Rules H1 and H2: every change of hands starts from where the last one left it, and only the holder
    /// answers.
    fn take(&mut self, line: &Line, at: &str) {
        let staff = matches!(line.by_kind.as_str(), "staff" | "admin");
        let (waits, held) = (self.holder.is_empty() && !self.resolved, !self.holder.is_empty());
        let before = self.clone();
        let mut hand_to = |holder: &str, resolved: bool| {
            *self = Replay { holder: holder.to_owned(), resolved, epoch: self.epoch + 1 };
        };
        match line.kind.as_str() {
            "said" if staff => assert_eq!(before.holder, line.by, "H2: only the holder answers, {at}"),
            "said" => assert!(!before.resolved, "H9: nothing is said in what is resolved, {at}"),
            "note" => assert!(staff, "notes are the staff's, {at}"),
            "rated" => assert!(before.resolved && !staff, "rated when it is over, {at}"),
            "claimed" => {
                assert!(waits, "H1: claimed while nobody held it, {at}");
                hand_to(&line.by, false);
            }
            "taken_over" => {
                assert!(held && before.holder != line.by, "H1: taken over from somebody else, {at}");
                hand_to(&line.by, false);
            }
            "transferred" => {
                assert!(held, "H1: handed on by its holder, {at}");
                hand_to(&line.to, false);
            }
            "released" => {
                assert!(held, "H1: released while held, {at}");
                hand_to("", false);
            }
            "resolved" => {
                assert_eq!(before.holder, line.by, "H2: only the holder resolves, {at}");
                hand_to("", true);
            }
            "reopened" => {
                assert!(before.resolved, "H1: reopened when it was over, {at}");
                hand_to(&line.by, false);
            }
            other => panic!("an entry this test does not know: {other}"),
        }
    }
}

/// The rules, over the whole log and every screen.
fn check(world: &World) {
    let stored = world.house.rows(
        "SELECT e.conversation, e.seq, e.kind, e.by_kind, e.by_id, e.body, e.to_id, e.client_id FROM entry e \
         ORDER BY e.conversation, e.seq",
    );
    let mut log = BTreeMap::<String, Vec<Line>>::new();
    for row in stored {
        let [c, seq, kind, by_kind, by, body, to, client_id] = row.try_into().unwrap();
        let line = Line { seq: seq.parse().unwrap(), kind, by_kind, by, body, to, client_id };
        log.entry(c).or_default().push(line);
    }
    let rows = world.house.rows(
        "SELECT c.id, c.status, c.holder, c.epoch, c.last_seq, c.guest, o.slug FROM conversation c JOIN \
         hotel o ON o.id = c.hotel",
    );
    let mut standing = HashMap::<(String, i64), Replay>::new();
    for [id, status, holder, epoch, last_seq, ..] in
        rows.iter().map(|row| <[String; 7]>::try_from(row.clone()).unwrap())
    {
        let lines = &log[&id];
        let seqs: Vec<i64> = lines.iter().map(|line| line.seq).collect();
        assert_eq!(
            seqs,
            (1..=last_seq.parse().unwrap()).collect::<Vec<_>>(),
            "H4: 1, 2, 3 … without gaps in {id}"
        );
        let mut replay = Replay::default();
        for line in lines {
            standing.insert((id.clone(), line.seq), replay.clone());
            replay.take(line, &format!("{id} at {}: {line:?}", line.seq));
        }
        let told = Replay { holder, epoch: epoch.parse().unwrap(), resolved: status == "resolved" };
        assert_eq!(replay, told, "H1: {id} stands as its entries say");
        assert_eq!(status == "held", !told.holder.is_empty(), "H1: held means there is a holder");
    }
    // H9: of a guest's conversations with a hotel at most one is open.
    let mut open = HashSet::new();
    for row in rows.iter().filter(|row| row[1] != "resolved") {
        assert!(open.insert((&row[5], &row[6])), "H9: two open conversations of one guest with {}", row[6]);
    }
    // H5: stored once, whoever sent it how often.
    let mut ids = HashSet::new();
    for line in log.values().flatten().filter(|line| !line.client_id.is_empty()) {
        assert!(ids.insert(&line.client_id), "H5: {} is stored once", line.client_id);
    }
    // What was acknowledged is there, as it was said, where the acknowledgement says.
    let mut first = HashMap::new();
    for Acked { command, answer } in &world.acked {
        let (c, seq, client_id) =
            (text(&answer["conversation"]), answer["seq"].as_i64().unwrap(), text(&command["client_id"]));
        let line = &log[&c][seq as usize - 1];
        assert_eq!(
            (&line.client_id, &line.body),
            (&client_id, &text(&command["body"])),
            "H6: {command} is stored at {seq}"
        );
        let before = first.entry(client_id).or_insert((c.clone(), seq));
        assert_eq!(*before, (c.clone(), seq), "H5: a resend gets the first acknowledgement again");
        if command["do"] == "say" && command.get("conversation").is_some() {
            let then = &standing[&(c.clone(), seq)];
            assert_eq!(command["epoch"].as_i64(), Some(then.epoch), "H2: {command} named the current epoch");
            let seen = command["seen"].as_i64().unwrap();
            let unseen = log[&c].iter().find(|other| {
                let word = matches!(other.kind.as_str(), "said" | "note") && other.by_kind != "guest";
                word && other.by != line.by && other.seq > seen && other.seq < seq
            });
            assert!(unseen.is_none(), "H3: {command} was stored at {seq} without having seen {unseen:?}");
        }
    }
    // H7 and H8: every screen shows what is stored and meant for it, all of it, and nothing of anybody
    // else's.
    let guest_of: HashMap<&String, (&String, &String)> =
        rows.iter().map(|row| (&row[0], (&row[5], &row[6]))).collect();
    let mut compared = 0;
    for screen in &world.screens {
        let dark = screen.socket.is_none();
        let me = screen.socket.as_ref().map(|socket| text(&socket.hello["you"]["id"])).unwrap_or_default();
        for (c, timeline) in &screen.timelines {
            let (guest, hotel) = guest_of[c];
            match screen.guest {
                Some(_) => assert_eq!(**guest, me, "H8: {} sees another guest's conversation", screen.name),
                None => assert!(
                    world.members[&screen.name].contains(hotel.as_str()),
                    "H8: {} sees {hotel}",
                    screen.name
                ),
            }
            if dark || !(screen.guest.is_some() || screen.open.contains(c)) {
                continue;
            }
            let meant = log[c].iter().filter(|line| screen.guest.is_none() || line.kind != "note");
            let expected: Vec<(i64, String)> = meant.map(|line| (line.seq, line.kind.clone())).collect();
            let shown: Vec<(i64, String)> =
                timeline.iter().map(|(seq, entry)| (*seq, text(&entry["kind"]))).collect();
            assert_eq!(shown, expected, "H7: {} shows {c} whole", screen.name);
            for (seq, entry) in timeline {
                let line = &log[c][*seq as usize - 1];
                let words = if matches!(line.kind.as_str(), "said" | "note") { &line.body } else { continue };
                assert_eq!(text(&entry["body"]), *words, "H7: {} shows the words of {seq}", screen.name);
            }
            compared += 1;
        }
        if screen.guest.is_some() {
            let mine: HashSet<&String> = rows.iter().filter(|row| row[5] == me).map(|row| &row[0]).collect();
            let newest = rows.iter().filter(|row| row[5] == me && row[1] != "resolved").map(|row| &row[0]);
            for c in newest {
                assert!(
                    screen.timelines.contains_key(c),
                    "H7: {} has the open conversation {c}",
                    screen.name
                );
            }
            assert!(screen.timelines.keys().all(|c| mine.contains(c)), "H8: nothing else on {}", screen.name);
        }
    }
    let entries: usize = log.values().map(Vec::len).sum();
    let hands = log
        .values()
        .flatten()
        .filter(|line| !matches!(line.kind.as_str(), "said" | "note" | "rated"))
        .count();
    println!(
        "seed {}: {} conversations, {entries} entries, {hands} changes of hands, {} acknowledgements, \
         {compared} timelines",
        world.seed,
        log.len(),
        world.acked.len()
    );
    assert!(entries > 100 && hands > 20 && compared > 20, "a day on which something happens");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_many_hands_cut_lines_and_kills_keeps_every_rule() {
    let seed = match std::env::var("BELLHOP_WORLD_SEED").as_deref() {
        Ok("random") => uuid::Uuid::now_v7().as_u128() as u64,
        Ok(number) => number.parse().expect("BELLHOP_WORLD_SEED is a number, or random"),
        Err(_) => SEED,
    };
    let mut world = World::new(seed).await;
    for step in world.steps.clone() {
        world.done += 1;
        world.step(step).await;
    }
    world.quiet().await;
    check(&world);
}
