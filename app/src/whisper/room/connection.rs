//! The room's socket: made, lost, made again.
//!
//! In: what the socket brings, in the order it came. Out: events and frames for `hear` and `receive`.
//! Never: a frame of one connection taken for another's, and never a letter again after one was lost.

use super::{Inner, OnWay, Out, Room, Stage};
use crate::{
    js,
    live::pause,
    whisper::{
        browser::{Js, clock},
        payload::Payload,
        peers::Peers,
        seal::{Key, random},
    },
};
use domain::wire::whisper::{Command, Reason, SUBPROTOCOL};
use leptos::{prelude::*, task::spawn_local};
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

const LONGEST_WAIT: u64 = 8_000;

/// A frame without an answer for so long, in milliseconds, means that the connection is dead; a picture
/// takes its time.
const PATIENCE: f64 = 5_000.0;
const PICTURE_PATIENCE: f64 = 30_000.0;

impl Room {
    pub(super) async fn open(self, makes_key: bool) {
        let Some(inner) = self.inner() else { return };
        let Some(challenge) = random() else { return self.stage.set(Stage::Insecure) };
        inner.peers.replace(Peers::new(challenge));
        let fragment = window().location().hash().unwrap_or_default();
        let key = if makes_key {
            // Whatever the address brought along: a redirect keeps what a link had behind its #, and a
            // stranger may have put it there.
            Key::make(&inner.code).await.map(|(key, text)| {
                inner.new_key.replace(Some(text));
                key
            })
        } else {
            Key::read(fragment.trim_start_matches('#'), &inner.code).await
        };
        let Some(key) = key else { return self.stage.set(Stage::Incomplete) };
        inner.key.replace(Some(Rc::new(key)));
        inner.makes.set(makes_key);
        self.connect();
    }

    pub(super) fn connect(self) {
        let Some(inner) = self.inner() else { return };
        let round = inner.round.get() + 1;
        inner.round.set(round);
        let location = window().location();
        let scheme = if location.protocol().as_deref() == Ok("https:") { "wss" } else { "ws" };
        let address =
            format!("{scheme}://{}/whisper/{}/socket", location.host().unwrap_or_default(), inner.code);
        let Ok(socket) = WebSocket::new_with_str(&address, SUBPROTOCOL) else { return self.lost(round) };
        Js::of(&socket).set("binaryType", "arraybuffer");

        let opened = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = self.inner() {
                let (make, ticket) = (inner.makes.get(), inner.ticket.borrow().clone());
                self.ask(&Command::Join { make, ticket });
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();

        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(inner) = self.inner().filter(|inner| inner.round.get() == round) else { return };
            inner.incoming.borrow_mut().push_back(event);
            // In the order they came, though opening one takes a moment.
            if !inner.reading.replace(true) {
                spawn_local(self.read());
            }
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        message.forget();

        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |_: CloseEvent| self.lost(round));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        closed.forget();
        inner.socket.replace(Some(socket));
    }

    /// The connection of this round is gone. What was on its way reached nobody that is known of.
    pub(super) fn lost(self, round: u32) {
        let Some(inner) = self.inner().filter(|inner| inner.round.get() == round) else { return };
        let stage = self.stage.get_untracked();
        if matches!(stage, Stage::Ended(_) | Stage::Incomplete | Stage::Broken) {
            return;
        }
        if self.is_cut_short(&inner) {
            return self.end(Reason::Lost);
        }
        inner.round.set(round + 1);
        inner.socket.take();
        inner.incoming.borrow_mut().clear();
        inner.asked.set(true);
        self.ready.set(false);
        self.withdraw_all(&inner);
        for number in self.people.with_untracked(|people| people.iter().map(|p| p.number).collect::<Vec<_>>())
        {
            inner.peers.borrow_mut().lose(number);
        }
        self.stage.set(Stage::Lost);
        let wait = inner.wait.get();
        inner.wait.set((wait * 2).min(LONGEST_WAIT));
        spawn_local(async move {
            pause(wait).await;
            if self.stage.try_get_untracked() != Some(Stage::Lost) {
                return;
            }
            // A browser does not say why a socket was refused; a plain request for the address does.
            let address = format!("/whisper/{}/socket", inner.code);
            let status = async {
                let answer = JsFuture::from(window().fetch_with_str(&address)).await.ok()?;
                js::field(&answer, "status")?.as_f64()
            };
            match status.await {
                Some(404.0) => self.end(Reason::Expired),
                // It may have ended while the browser asked.
                _ if self.stage.try_get_untracked() == Some(Stage::Lost) => self.connect(),
                _ => {}
            }
        });
    }

    /// Letters without an answer leave this page too.
    fn withdraw_all(self, inner: &Inner) {
        let mut letters: Vec<_> = inner.writing.borrow_mut().take().into_iter().map(|c| c.letters).collect();
        inner.writing.borrow_mut().forget();
        let mut pictures = false;
        for out in inner.outgoing.borrow_mut().drain(..) {
            match out {
                Out::Letters(chunk) => letters.push(chunk.letters.clone()),
                Out::Payload(_, payload) => pictures |= matches!(payload, Payload::Picture(_)),
            }
        }
        for (_, on_way) in inner.on_way.borrow_mut().drain(..) {
            match on_way {
                OnWay::Letters(range) => letters.push(range),
                OnWay::Picture(_) => pictures = true,
                OnWay::Nothing => {}
            }
        }
        letters.iter().for_each(|range| self.withdraw(inner, range));
        if pictures {
            self.say("The picture may not have arrived. Send it again when you’re back online.");
        } else if !letters.is_empty() {
            self.say(
                "The last few characters may not have arrived. Type them again when you’re back online.",
            );
        }
    }

    /// Asks something of the room; a no is shown.
    pub fn ask(self, command: &Command) {
        let Some(inner) = self.inner() else { return };
        let id = inner.calls.get() + 1;
        inner.calls.set(id);
        if let Some(socket) = inner.socket.borrow().as_ref() {
            let _ = socket.send_with_str(&crate::live::call(id, command));
        }
    }

    async fn read(self) {
        while let Some(inner) = self.inner() {
            let next = inner.incoming.borrow_mut().pop_front();
            let Some(event) = next else {
                inner.reading.set(false);
                return;
            };
            let data = event.data();
            match data.as_string() {
                Some(text) => self.hear(&inner, &text),
                None => self.take(&inner, &Js::of(data).to_bytes()).await,
            }
        }
    }

    /// What was sent has had no answer for too long: whatever the browser believes, nobody hears.
    pub(super) fn is_stuck(self, inner: &Inner) -> bool {
        let on_way = inner.on_way.borrow();
        let pictures = on_way.iter().any(|(_, on_way)| matches!(on_way, OnWay::Picture(_)));
        let patience = if pictures { PICTURE_PATIENCE } else { PATIENCE };
        on_way.front().is_some_and(|(sent, _)| clock() - sent > patience)
    }
}
