//! How a private line gets its key: its two ends agree on one over the very relay that must not know it.
//!
//! In: frames of the other end that are not sealed yet. Out: frames of this end, and in the end a key and the
//! digits. Never: a second try; what is cut off on the way, or does not fit, ends the line.

use super::{Inner, OnWay, Room, Stage};
use crate::whisper::{
    agreement::{Agreement, Broken},
    browser::{Js, clock},
    peers::Peers,
    seal::{Pair, random},
};
use domain::wire::whisper::{Reason, To, Up};
use leptos::prelude::*;
use std::rc::Rc;

/// How far the two ends have come.
pub(super) struct Agreeing {
    pair: Pair,
    agreement: Agreement,
    opener: bool,
    /// What the opener says first, once the other end is there.
    commitment: Option<Vec<u8>>,
    /// Something was said: what is lost from here on is not said again.
    begun: bool,
}

impl Room {
    pub(super) async fn prepare(self, opener: bool) {
        let (challenge, pair) = (random(), Pair::make().await);
        let Some(inner) = self.inner() else { return };
        let (Some(challenge), Some(pair)) = (challenge, pair) else {
            return self.stage.set(Stage::Insecure);
        };
        inner.peers.replace(Peers::new(challenge));
        let (agreement, commitment) = if opener {
            let (agreement, commitment) = Agreement::open(pair.half);
            (agreement, Some(commitment))
        } else {
            (Agreement::accept(pair.half), None)
        };
        inner.agreeing.replace(Some(Agreeing { pair, agreement, opener, commitment, begun: false }));
        self.connect();
    }

    /// The other end is there, now or again.
    pub(super) fn other_end_is_there(self, inner: &Inner) {
        let mut agreeing = inner.agreeing.borrow_mut();
        let Some(agreeing) = agreeing.as_mut() else { return };
        if let Some(commitment) = agreeing.commitment.take() {
            agreeing.begun = true;
            self.show_end(inner, &commitment);
        }
    }

    /// The connection of one end was lost. In the middle of agreeing that is the end.
    pub(super) fn is_cut_short(self, inner: &Inner) -> bool {
        inner.agreeing.borrow().as_ref().is_some_and(|agreeing| agreeing.begun)
    }

    /// A frame of the other end, before there is a key.
    pub(super) async fn agree(self, inner: &Inner, frame: &[u8]) {
        let round = inner.round.get();
        let Some(mut agreeing) = inner.agreeing.take() else { return };
        agreeing.begun = true;
        let heard = match agreeing.agreement.hear(frame) {
            Ok(heard) => heard,
            Err(Broken) => return self.break_off(),
        };
        if let Some(own) = heard.send {
            self.show_end(inner, &own);
        }
        let Some((theirs, digits)) = heard.agreed else {
            inner.agreeing.replace(Some(agreeing));
            return;
        };
        let key = agreeing.pair.key(&theirs, agreeing.opener, &inner.code).await;
        if inner.round.get() != round {
            return self.end(Reason::Lost);
        }
        let Some(key) = key else { return self.break_off() };
        inner.key.replace(Some(Rc::new(key)));
        self.digits.set(Some(digits));
        self.meet_all(inner);
    }

    /// The other end, or whoever stands between, does not keep to the agreement.
    pub(super) fn break_off(self) {
        self.leave();
        self.stage.set(Stage::Broken);
    }

    /// Sends something of the agreement, which is not sealed.
    fn show_end(self, inner: &Inner, body: &[u8]) {
        let mut frame = Vec::with_capacity(1 + body.len());
        Up(To::Everybody).write(&mut frame);
        frame.extend(body);
        if let Some(socket) = inner.socket.borrow().as_ref() {
            Js::of(socket).call("send", &[&Js::bytes(&frame)]);
            inner.on_way.borrow_mut().push_back((clock(), OnWay::Nothing));
        }
    }
}
