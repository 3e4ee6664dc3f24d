//! Letters, pictures and hellos on their way out: sealed one after the other, no faster than the room takes
//! them.

use super::{Inner, OnWay, Room, Stage};
use crate::{
    live::pause,
    whisper::{
        browser::{Js, clock},
        payload::{Challenge, Hello, LETTERS, Payload},
        picture,
        sheet::Sheet,
        writing::Chunk,
    },
};
use domain::wire::whisper::{To, Up};
use leptos::{prelude::*, task::spawn_local};
use std::ops::Range;
use web_sys::WebSocket;
use zeroize::Zeroizing;

/// Bytes of a frame around a picture: head, seal and kind.
const AROUND: usize = 64;

/// What waits to be sealed.
pub(super) enum Out {
    Letters(Chunk),
    Payload(To, Payload),
}

impl Room {
    /// Tells who sits here: everybody, or one who has shown a challenge.
    pub(super) fn greet(self, inner: &Inner, to: To, answers: Option<Challenge>) {
        let challenge = inner.peers.borrow().challenge();
        let (colour, name) = (self.colour.get_untracked(), self.called());
        self.send(inner, to, Payload::Hello(Hello { challenge, answers, colour, name }));
    }

    /// Letters, from whatever typed them.
    pub fn write(self, text: &str) {
        let Some(inner) = self.inner() else { return };
        if text.is_empty() || !self.ready.get_untracked() {
            return;
        }
        if text.chars().count() > LETTERS {
            return self.say("That is too long to paste. The limit is 2,000 characters.");
        }
        let aside = self.aside.get_untracked();
        let me = self.me.get_untracked();
        let Some(place) = inner.sheets.borrow().get(&me).map(Sheet::total) else { return };
        let (cuts, before) = inner.writing.borrow_mut().add(text, place, aside);
        let stay = u64::from(self.fade.get_untracked()) * 1_000;
        if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&me) {
            // As well as it is known, until the room has said when.
            sheet.take_in(text, &cuts, self.room_time(&inner), stay, aside);
        }
        inner.outgoing.borrow_mut().extend(before.map(Out::Letters));
        self.hurry(&inner);
    }

    /// Draws a picture anew and sends it, or says why not.
    pub fn send_picture(self, file: Js) {
        if self.stage.get_untracked() != Stage::In {
            return;
        }
        let most = self.inner().map_or(0, |inner| inner.most.get().saturating_sub(AROUND));
        spawn_local(async move {
            match picture::prepare(&file, most).await {
                Ok(bytes) => {
                    let to = if self.aside.get_untracked() { To::Moderators } else { To::Everybody };
                    if let Some(inner) = self.inner() {
                        self.send(&inner, to, Payload::Picture(bytes));
                    }
                }
                Err(why) => self.say(why),
            }
        });
    }

    fn send(self, inner: &Inner, to: To, payload: Payload) {
        inner.outgoing.borrow_mut().push_back(Out::Payload(to, payload));
        self.hurry(inner);
    }

    fn hurry(self, inner: &Inner) {
        if !inner.sending.replace(true) {
            spawn_local(self.send_all());
        }
    }

    /// Seals and sends what waits, one after the other.
    async fn send_all(self) {
        while let Some(inner) = self.inner() {
            let next = inner.outgoing.borrow_mut().pop_front();
            let next = next.or_else(|| inner.writing.borrow_mut().take().map(Out::Letters));
            let Some(next) = next else {
                inner.sending.set(false);
                return;
            };
            let (to, payload, on_way) = next.unpack();
            let letters = matches!(on_way, OnWay::Letters(_));
            let (round, me, count) = (inner.round.get(), self.me.get_untracked(), inner.count.get());
            inner.count.set(count + 1);
            let key = inner.key.borrow().clone();
            let sealed = match key {
                Some(key) => key.seal(me, count, &payload.write()).await,
                None => None,
            };
            let sent = sealed.is_some_and(|sealed| {
                let mut frame = Vec::with_capacity(5 + sealed.len());
                Up(to).write(&mut frame);
                frame.extend(sealed);
                let socket = inner.socket.borrow();
                // Over another connection it would be another's, or come from before.
                let socket = socket
                    .as_ref()
                    .filter(|socket| inner.round.get() == round && socket.ready_state() == WebSocket::OPEN);
                socket.is_some_and(|socket| Js::of(socket).call("send", &[&Js::bytes(&frame)]).is_some())
            });
            match on_way {
                on_way if sent => inner.on_way.borrow_mut().push_back((clock(), on_way)),
                OnWay::Letters(letters) => self.withdraw(&inner, &letters),
                OnWay::Picture(_) => self.say("The picture was not sent. Send it again."),
                OnWay::Nothing => {}
            }
            if letters {
                pause(inner.pace.get()).await;
            }
        }
    }

    pub(super) fn withdraw(self, inner: &Inner, letters: &Range<u64>) {
        if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&self.me.get_untracked()) {
            sheet.withdraw(letters);
        }
    }
}

impl Out {
    fn unpack(self) -> (To, Payload, OnWay) {
        match self {
            Out::Letters(chunk) => {
                let to = if chunk.is_aside() { To::Moderators } else { To::Everybody };
                let letters = chunk.letters.clone();
                (to, Payload::Typed(chunk.into_typed()), OnWay::Letters(letters))
            }
            Out::Payload(to, payload) => {
                let on_way = match &payload {
                    Payload::Picture(picture) => OnWay::Picture(Zeroizing::new(picture.clone())),
                    _ => OnWay::Nothing,
                };
                (to, payload, on_way)
            }
        }
    }
}
