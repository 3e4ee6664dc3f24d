//! One step of the plan, as whoever takes it sees the world at that moment.

use super::{GUESTS, HOTELS, STAFF, World, plan::Step, screen::Kind, text};
use crate::{client::known_as, house::email};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

impl World {
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

    pub async fn step(&mut self, step: Step) {
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
                let me = screen.socket.as_ref().map(|socket| text(&socket.hello["you"]["id"]));
                // Each hotel knows a guest by another id.
                let me: Vec<String> = match (&screen.guest, me) {
                    (Some(_), Some(me)) => {
                        hotels.keys().map(|slug| known_as(&self.house, &me, slug)).collect()
                    }
                    _ => Vec::new(),
                };
                // Desks know whose a conversation is and where.
                let known = self
                    .screens
                    .iter()
                    .filter(|other| other.guest.is_none())
                    .flat_map(|desk| desk.rows.values());
                let not_mine = |row: &&Value| match screen.guest {
                    Some(_) => !me.contains(&text(&row["guest"]["id"])),
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
}
