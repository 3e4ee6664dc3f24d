//! A hotel group's day from a seed.
//!
//! A [`plan`] of many small steps (guests on two devices each, staff of several hotels, cut lines, kills,
//! changed roles) is carried out against the real server, most steps without waiting for the answers of those
//! before. When all is quiet every [`screen`] is compared with what is stored, and H1 to H5 and H7 to H9 are
//! asserted over the whole log ([`rules`]).
//!
//! CI plays one fixed day; `make world` a random one, `make world SEED=n` that one again. If a day fails, its
//! seed and the steps so far are printed.

mod plan;
mod rules;
mod screen;
mod steps;

use super::{
    client::{Socket, guest_cookie, staff_cookie},
    house::House,
};
use plan::{Step, plan};
use screen::{Kind, Screen, Sent};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

const HOTELS: [&str; 2] = ["alpha", "beta"];
const GUESTS: usize = 5;
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
    rules::check(&world);
}
