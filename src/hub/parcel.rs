//! A grown conversation on its way to many sockets. Each form of it is encoded when the first socket wants it, once.

use super::encode;
use crate::store::Grown;
use axum::extract::ws::Utf8Bytes;
use domain::wire::{EntryEvent, guest, staff};
use domain::{Entry, Seq};
use std::sync::OnceLock;

#[derive(Debug)]
pub struct Parcel {
    pub grown: Grown,
    staff: OnceLock<Vec<Utf8Bytes>>,
    guest: OnceLock<Vec<Option<Utf8Bytes>>>,
    row: OnceLock<Utf8Bytes>,
    thread: OnceLock<Utf8Bytes>,
}

impl Parcel {
    pub fn new(grown: Grown) -> Self {
        Self { grown, staff: OnceLock::new(), guest: OnceLock::new(), row: OnceLock::new(), thread: OnceLock::new() }
    }

    /// The seq of the first and the last entry; `None` if only marks have changed.
    pub fn span(&self) -> Option<(Seq, Seq)> {
        Some((self.grown.entries.first()?.seq, self.grown.entries.last()?.seq))
    }

    /// The entries as staff see them, with their seq.
    pub fn for_staff(&self) -> impl Iterator<Item = (Seq, Utf8Bytes)> {
        let conversation = self.grown.conversation.id;
        let texts = self.staff.get_or_init(|| {
            let event = |entry: &Entry| encode(&EntryEvent { on: entry.kind, conversation, hotel: None, entry });
            self.grown.entries.iter().map(event).collect()
        });
        self.grown.entries.iter().map(|e| e.seq).zip(texts.iter().cloned())
    }

    /// The entries as the guest sees them; `None` for what is not meant for guests.
    pub fn for_guest(&self) -> impl Iterator<Item = (Seq, Option<Utf8Bytes>)> {
        let conversation = self.grown.conversation.id;
        let texts = self.guest.get_or_init(|| {
            let event = |entry: Entry| {
                encode(&EntryEvent { on: entry.kind, conversation, hotel: Some(&self.grown.hotel), entry: &entry })
            };
            self.grown.entries.iter().map(|entry| entry.for_guest().map(event)).collect()
        });
        self.grown.entries.iter().map(|e| e.seq).zip(texts.iter().cloned())
    }

    pub fn row(&self) -> Utf8Bytes {
        let row = || {
            let change = self.grown.entries.iter().rev().find(|entry| entry.kind.changes_hands()).cloned().map(Box::new);
            encode(&staff::Event::Row { row: Box::new(self.grown.conversation.clone()), change })
        };
        self.row.get_or_init(row).clone()
    }

    /// Holder, status and read marks as the guest sees them; `None` if they are as they were.
    pub fn thread(&self) -> Option<Utf8Bytes> {
        let event = || {
            let thread = guest::Thread::of(&self.grown.conversation, &self.grown.hotel);
            encode(&guest::Event::Thread { thread })
        };
        self.grown.thread_changed.then(|| self.thread.get_or_init(event).clone())
    }
}
