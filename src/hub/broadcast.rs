//! An update on its way to many sockets. Each form of it is encoded when the first socket wants it, once.

use super::encode;
use crate::store::{Update, Viewer};
use axum::extract::ws::Utf8Bytes;
use domain::wire::{EntryEvent, guest, staff};
use domain::{ConversationId, Entry, Seq};
use std::sync::OnceLock;

#[derive(Debug)]
pub struct Broadcast {
    pub update: Update,
    staff: OnceLock<Vec<Option<Utf8Bytes>>>,
    guest: OnceLock<Vec<Option<Utf8Bytes>>>,
    row: OnceLock<Utf8Bytes>,
    thread: OnceLock<Utf8Bytes>,
}

impl Broadcast {
    pub fn new(update: Update) -> Self {
        Self {
            update,
            staff: OnceLock::new(),
            guest: OnceLock::new(),
            row: OnceLock::new(),
            thread: OnceLock::new(),
        }
    }

    /// The seq of the first and the last entry; `None` if only marks have changed.
    pub fn span(&self) -> Option<(Seq, Seq)> {
        Some((self.update.entries.first()?.seq, self.update.entries.last()?.seq))
    }

    /// The entries' seqs, each with its event as `viewer` sees it; `None` for what is not meant for guests.
    pub fn entries(&self, viewer: Viewer) -> impl Iterator<Item = (Seq, Option<Utf8Bytes>)> {
        let events = match viewer {
            Viewer::Guest(_) => &self.guest,
            Viewer::Staff(_) => &self.staff,
        };
        let Update { conversation, hotel, entries, .. } = &self.update;
        let event = |entry| entry_event(viewer, conversation.id, hotel, entry);
        let events = events.get_or_init(|| entries.iter().map(event).collect());
        entries.iter().map(|e| e.seq).zip(events.iter().cloned())
    }

    pub fn row(&self) -> Utf8Bytes {
        let row = || {
            let change = self
                .update
                .entries
                .iter()
                .rev()
                .find(|entry| entry.kind.changes_hands())
                .cloned()
                .map(Box::new);
            encode(&staff::Event::Row { row: Box::new(self.update.conversation.clone()), change })
        };
        self.row.get_or_init(row).clone()
    }

    /// Holder, status and read marks as the guest sees them; `None` if they are as they were.
    pub fn thread(&self) -> Option<Utf8Bytes> {
        let event = || {
            let thread = guest::Thread::of(&self.update.conversation, &self.update.hotel);
            encode(&guest::Event::Thread { thread })
        };
        self.update.thread_changed.then(|| self.thread.get_or_init(event).clone())
    }
}

/// An entry's event as `viewer` may see it; `None` if it is not meant for guests. Guests know hotels by
/// `hotel`, the slug.
pub fn entry_event(
    viewer: Viewer,
    conversation: ConversationId,
    hotel: &str,
    entry: &Entry,
) -> Option<Utf8Bytes> {
    match viewer {
        Viewer::Staff(_) => Some(encode(&EntryEvent { on: entry.kind, conversation, hotel: None, entry })),
        Viewer::Guest(_) => {
            let entry = entry.for_guest()?;
            Some(encode(&EntryEvent { on: entry.kind, conversation, hotel: Some(hotel), entry: &entry }))
        }
    }
}
