//! What the room says of itself: who is there, who leads, how long words stay.

use super::{FIRST_WAIT, Inner, MEET, OnWay, PACE, Person, Room, Stage, colour_of, guest};
use crate::{
    js,
    whisper::{
        browser::{Js, clock},
        sheet::Sheet,
    },
};
use domain::Refusal;
use domain::wire::whisper::{Event, Gone, Number, Participant, Reason, To};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

impl Room {
    pub(super) fn hear(self, inner: &Inner, text: &str) {
        let Some(frame) = js::parse(text) else { return };
        if let Some(refusal) = js::field(&frame, "no").and_then(js::read::<Refusal>) {
            self.say(match refusal {
                Refusal::NotAvailable => "That isn’t possible right now.",
                Refusal::NotFound => "They’re no longer here.",
                Refusal::TooFast { .. } => "You’re going too fast. Try again in a second.",
                Refusal::NotAllowed => "Only a moderator can do that.",
                _ => "That did not work. Try again.",
            });
        }
        if let Some(event) = js::read::<Event>(frame) {
            self.heard(inner, event);
        }
    }

    fn heard(self, inner: &Inner, event: Event) {
        match event {
            Event::Hello { you, ticket, participants, locked, fade, at, limits } => {
                inner.ticket.replace(Some(ticket));
                inner.makes.set(false);
                inner.most.set(limits.frame);
                inner.pace.set(PACE.max(1_100 / u64::from(limits.frames.max(1))));
                inner.wait.set(FIRST_WAIT);
                inner.ahead.set(Some(at as f64 - clock()));
                if let Some(key) = inner.new_key.take() {
                    let key = Zeroizing::new(format!("#{}", *key));
                    let arguments = [&Js::of(JsValue::NULL), &"".into(), &key.as_str().into()];
                    Js::global("history").call("replaceState", &arguments);
                }
                self.sit_down(inner, you);
                self.locked.set(locked);
                self.fade.set(fade);
                let leads = participants.iter().any(|p| p.number == you && p.moderator);
                self.moderator.set(leads);
                self.aside.update(|aside| *aside &= leads);
                self.knocks.set(Vec::new());
                self.people.update(|people| {
                    let gone = |person: &Person| !participants.iter().any(|p| p.number == person.number);
                    people.iter_mut().filter(|person| gone(person)).for_each(|person| person.here = false);
                });
                let others = participants.len() > 1;
                participants.into_iter().filter(|p| p.number != you).for_each(|p| self.came(inner, p));
                self.stage.set(Stage::In);
                self.seated.set(true);
                if inner.key.borrow().is_some() {
                    self.meet_all(inner);
                } else if others {
                    self.other_end_is_there(inner);
                }
            }
            Event::Knocking { you, .. } => {
                if self.me.get_untracked() == 0 {
                    self.colour.set(colour_of(you));
                }
                self.me.set(you);
                self.stage.set(Stage::Knocking);
                self.greet(inner, To::Moderators, None);
            }
            Event::Came { participant } => {
                self.came(inner, participant);
                self.other_end_is_there(inner);
            }
            Event::Went { number, why } => {
                inner.peers.borrow_mut().lose(number);
                let mut who = guest(number);
                self.people.update(|people| {
                    if let Some(person) = people.iter_mut().find(|person| person.number == number) {
                        person.here = false;
                        who = person.called();
                    }
                });
                self.say(&match why {
                    Gone::Left => format!("{who} has left."),
                    Gone::Lost => format!("{who} lost connection."),
                    Gone::Removed => format!("{who} was removed. The room is locked."),
                });
                if self.is_cut_short(inner) {
                    return self.leave_as(Reason::Lost);
                }
                self.is_ready(inner);
            }
            Event::Knock { number } => self.knocks.update(|knocks| {
                if !knocks.iter().any(|knock| knock.number == number) {
                    knocks.push(Person::new(Participant { number, moderator: false }));
                }
            }),
            Event::KnockEnded { number } => {
                self.knocks.update(|knocks| knocks.retain(|knock| knock.number != number));
            }
            Event::Moderators { numbers } => {
                let mine = numbers.contains(&self.me.get_untracked());
                if mine && !self.moderator.get_untracked() {
                    self.say("You are a moderator now.");
                }
                if !mine {
                    self.knocks.set(Vec::new());
                    self.aside.set(false);
                }
                self.moderator.set(mine);
                self.people.update(|people| {
                    people.iter_mut().for_each(|person| person.moderator = numbers.contains(&person.number));
                });
            }
            Event::Locked { on } => {
                self.locked.set(on);
                self.say(if on {
                    "The room is locked. New arrivals have to knock."
                } else {
                    "The room is unlocked."
                });
            }
            Event::Fade { seconds } => {
                self.fade.set(seconds);
                self.say(&format!("Words now fade after {seconds} seconds."));
            }
            Event::Refused { refusal } => {
                let on_way = inner.on_way.borrow_mut().pop_front().map(|(_, on_way)| on_way);
                match &on_way {
                    Some(OnWay::Letters(letters)) => self.withdraw(inner, letters),
                    Some(OnWay::Nothing) if inner.key.borrow().is_none() => return self.break_off(),
                    Some(OnWay::Nothing) => self.greet_again(),
                    _ => {}
                }
                self.say(match (refusal, on_way) {
                    (Refusal::TooLong { .. }, _) => "That was too large to send.",
                    (_, Some(OnWay::Picture(_))) => {
                        "The picture was not sent. Wait a moment, then send it again."
                    }
                    (Refusal::TooFast { .. }, Some(OnWay::Letters(_))) => {
                        "You’re typing too fast. The last few characters weren’t sent."
                    }
                    (_, Some(OnWay::Letters(_))) => "The last few characters weren’t sent.",
                    _ => return,
                });
            }
            Event::Closing { reason } => {
                match reason {
                    // What it said before its connection was lost was heard: the room has this page's key.
                    Reason::Incomplete if inner.makes.get() && inner.asked.get() => inner.makes.set(false),
                    Reason::Incomplete => self.stage.set(Stage::Incomplete),
                    _ if reason.is_passing() => {}
                    _ => self.end(reason),
                }
            }
        }
    }

    /// Says hello to everybody, and waits a moment for theirs.
    pub(super) fn meet_all(self, inner: &Inner) {
        self.ready.set(false);
        self.greet(inner, To::Everybody, None);
        self.is_ready(inner);
        let round = inner.round.get();
        // On a private line there is nobody else to be heard by.
        if Room::is_line(inner) {
            return;
        }
        set_timeout(
            move || {
                if self.inner().is_some_and(|inner| inner.round.get() == round) {
                    self.ready.set(true);
                }
            },
            Duration::from_millis(MEET),
        );
    }

    /// The seat has this number: another one than before, if it was not kept.
    fn sit_down(self, inner: &Inner, you: Number) {
        let before = self.me.get_untracked();
        let mut sheets = inner.sheets.borrow_mut();
        if before != you {
            sheets.remove(&before);
        }
        if before == 0 {
            self.colour.set(colour_of(you));
        }
        self.me.set(you);
        drop(sheets);
        inner.writing.borrow_mut().forget();
        self.new_sheet(inner, you, &self.called());
    }

    fn new_sheet(self, inner: &Inner, number: Number, name: &str) {
        let mut sheets = inner.sheets.borrow_mut();
        if let (false, Some(log)) = (sheets.contains_key(&number), self.log.get_untracked())
            && let Some(root) = Js::element("div")
        {
            root.set("className", "words");
            root.set("ariaHidden", "true");
            root.set("dir", "auto");
            let log = (number != self.me.get_untracked()).then(|| Js::of(log));
            sheets.insert(number, Sheet::new(root, log));
        }
        if let Some(sheet) = sheets.get_mut(&number) {
            sheet.name(name);
        }
    }

    fn came(self, inner: &Inner, participant: Participant) {
        inner.peers.borrow_mut().lose(participant.number);
        let mut called = inner.with.borrow().clone().unwrap_or_else(|| guest(participant.number));
        self.people.update(|people| {
            match people.iter_mut().find(|person| person.number == participant.number) {
                Some(person) => {
                    (person.here, person.moderator) = (true, participant.moderator);
                    called = person.called();
                }
                None => {
                    let name = inner.with.borrow().clone().unwrap_or_default();
                    people.push(Person { name, ..Person::new(participant) });
                }
            }
        });
        self.new_sheet(inner, participant.number, &called);
    }
}
