//! Sealed frames that come in: opened, believed or not, and shown.

use super::{COLOURS, Inner, MEET, OnWay, Person, Room, Stage};
use crate::{
    live::pause,
    whisper::{
        browser::clock,
        payload::{Hello, Payload},
        picture,
    },
};
use domain::wire::whisper::{Down, Number, To};
use leptos::{prelude::*, task::spawn_local};

impl Room {
    /// A binary frame: an answer to one's own, or somebody else's.
    pub(super) async fn take(self, inner: &Inner, frame: &[u8]) {
        let Some((head, length)) = Down::read(frame) else { return };
        let (Down::Taken { at } | Down::From { at, .. }) = head;
        // What took longest to come says least of the room's time.
        let ahead = at as f64 - clock();
        inner.ahead.set(Some(inner.ahead.get().map_or(ahead, |known| known.max(ahead))));
        let stay = u64::from(self.fade.get_untracked()) * 1_000;
        let Down::From { number, .. } = head else { return self.taken(inner, at, stay) };
        // Nobody else sits in one's own seat.
        if number == self.me.get_untracked() {
            return;
        }
        let round = inner.round.get();
        let key = inner.key.borrow().clone();
        let Some(key) = key else { return self.agree(inner, &frame[length..]).await };
        let opened = key.open(number, &frame[length..]).await;
        if inner.round.get() != round {
            return;
        }
        let Some((count, plain)) = opened else { return self.does_not_fit(inner, number) };
        if !inner.peers.borrow_mut().takes(number, count) {
            return;
        }
        match Payload::read(&plain) {
            Some(Payload::Hello(ref hello)) => self.meet(inner, number, hello),
            Some(payload) if inner.peers.borrow().knows(number) => {
                self.show(inner, number, &payload, at, stay)
            }
            // Sealed before its sender knew of this page, or by a relay's recording.
            Some(_) | None => {}
        }
    }

    fn taken(self, inner: &Inner, at: u64, stay: u64) {
        let on_way = inner.on_way.borrow_mut().pop_front().map(|(_, on_way)| on_way);
        let mut sheets = inner.sheets.borrow_mut();
        let Some(sheet) = sheets.get_mut(&self.me.get_untracked()) else { return };
        match on_way {
            Some(OnWay::Letters(letters)) => sheet.restamp(letters, at, stay),
            Some(OnWay::Picture(picture)) => {
                if let Some(address) = picture::address(&picture) {
                    sheet.take_picture(address, at + stay, "Your picture");
                }
            }
            Some(OnWay::Nothing) | None => {}
        }
    }

    /// What they send opens with another key. They can tell as soon as they hear from here.
    fn does_not_fit(self, inner: &Inner, number: Number) {
        let fits = |all: &Vec<Person>| all.iter().any(|person| person.number == number && !person.misfit);
        if self.people.with_untracked(fits) {
            self.greet(inner, To::One(number), None);
        }
        let mark = |all: &mut Vec<Person>| {
            all.iter_mut().filter(|person| person.number == number).for_each(|person| person.misfit = true);
        };
        self.people.update(mark);
        self.knocks.update(mark);
    }

    fn meet(self, inner: &Inner, number: Number, hello: &Hello) {
        let call = |all: &mut Vec<Person>| {
            for person in all.iter_mut().filter(|person| person.number == number) {
                person.name.clone_from(inner.with.borrow().as_ref().unwrap_or(&hello.name));
                person.colour = hello.colour % COLOURS;
                person.misfit = false;
            }
        };
        if self.knocks.with_untracked(|knocks| knocks.iter().any(|knock| knock.number == number)) {
            // Only to say who knocks. Who comes in says it again.
            return self.knocks.update(call);
        }
        if hello.challenge == inner.peers.borrow().challenge() {
            return;
        }
        let heard = inner.peers.borrow_mut().hear(number, hello);
        if let Some(challenge) = heard.greet {
            self.greet(inner, To::One(number), Some(challenge));
        }
        if heard.known {
            self.people.update(call);
            if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&number) {
                sheet.name(inner.with.borrow().as_ref().unwrap_or(&hello.name));
            }
            self.is_ready(inner);
        }
    }

    /// Whether everybody is met whose key fits. On a private line nobody writes to nobody.
    pub(super) fn is_ready(self, inner: &Inner) {
        let peers = inner.peers.borrow();
        let (met, all) = self.people.with_untracked(|people| {
            let here = people.iter().filter(|person| person.here && !person.misfit);
            let met = here.clone().filter(|person| peers.knows(person.number));
            (met.count(), here.count())
        });
        match Room::is_line(inner) {
            true => self.ready.set(inner.key.borrow().is_some() && met > 0),
            false if met == all => self.ready.set(true),
            false => {}
        }
    }

    /// A hello was not relayed: later.
    pub(super) fn greet_again(self) {
        spawn_local(async move {
            pause(MEET).await;
            if let (Some(inner), Some(Stage::In)) = (self.inner(), self.stage.try_get_untracked()) {
                self.greet(&inner, To::Everybody, None);
            }
        });
    }

    fn show(self, inner: &Inner, number: Number, payload: &Payload, at: u64, stay: u64) {
        let mut sheets = inner.sheets.borrow_mut();
        let Some(sheet) = sheets.get_mut(&number) else { return };
        match payload {
            Payload::Typed(typed) => sheet.take_in(&typed.text, &typed.cuts, at, stay, typed.aside),
            Payload::Picture(picture) => {
                let name = self.people.with_untracked(|people| {
                    people
                        .iter()
                        .find(|person| person.number == number)
                        .map(Person::called)
                        .unwrap_or_default()
                });
                if let Some(address) = picture::address(picture) {
                    sheet.take_picture(address, at + stay, &format!("A picture from {name}"));
                }
            }
            Payload::Hello(_) => {}
        }
    }
}
