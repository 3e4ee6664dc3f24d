//! Texts that are not stored yet, kept in this browser: drafts, and answers on their way.
//!
//! Each lies under a key of its own, so that two windows cannot overwrite each other's; and under its
//! writer's id, for a reception's computer has many.

use super::book::Book;
use crate::{draft, js};
use domain::{ClientId, ConversationId, Epoch, Seq, StaffId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use web_sys::Storage;

/// What a text in the composer is to become. Each has a draft of its own: a note must never be sent as an
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Answer,
    Note,
}

/// A text in the composer of one conversation, with the reason it was refused, if it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub text: String,
    pub refused: Option<String>,
}

pub type Drafts = Book<(ConversationId, Kind), Draft>;

/// An answer or a note on its way to the server: all that is needed to send the same again after a reload.
/// Whether it may still be said is the server's to decide; its client_id makes it be stored once (rule H5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    pub client_id: ClientId,
    pub conversation: ConversationId,
    pub note: bool,
    pub epoch: Epoch,
    pub seen: Seq,
    pub body: String,
    /// Files go with it; they lie in this browser until it is stored.
    #[serde(default)]
    pub files: bool,
}

impl Unsent {
    pub fn kind(&self) -> Kind {
        if self.note { Kind::Note } else { Kind::Answer }
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn draft_key(me: StaffId, id: ConversationId, kind: Kind) -> String {
    let kind = if kind == Kind::Note { "note" } else { "answer" };
    format!("bellhop.draft.{me}.{kind}.{id}")
}

/// The files of a composer lie under this.
pub fn files_key(me: StaffId, id: ConversationId, kind: Kind) -> String {
    let kind = if kind == Kind::Note { "note" } else { "answer" };
    format!("bellhop.files.{me}.{kind}.{id}")
}

fn unsent_key(me: StaffId, client_id: ClientId) -> String {
    format!("bellhop.unsent.{me}.{client_id}")
}

/// What this person left in composers.
pub fn stored(me: StaffId) -> Drafts {
    let read = |(key, text): (String, String)| {
        let (kind, id) = key.split_once('.')?;
        let kind = if kind == "note" { Kind::Note } else { Kind::Answer };
        Some(((id.parse().ok()?, kind), Draft { text, refused: None }))
    };
    let prefix = format!("bellhop.draft.{me}.");
    let mut texts: BTreeMap<String, String> = draft::texts(storage(), &prefix).into_iter().collect();
    // What this tab has counts, also where it has nothing any more.
    texts.extend(draft::in_tab(&prefix));
    texts.into_iter().filter(|(_, text)| !text.is_empty()).filter_map(read).collect()
}

pub fn keep(me: StaffId, id: ConversationId, kind: Kind, text: &str) {
    draft::keep(&draft_key(me, id, kind), text);
}

/// Nothing is left of what was written here, for whom it was is erased.
pub fn erase(me: StaffId, id: ConversationId, kind: Kind) {
    draft::erase(&draft_key(me, id, kind));
}

/// What this person has sent and no acknowledgement has come for, oldest first.
pub fn unsent(me: StaffId) -> Vec<Unsent> {
    let mut found: Vec<Unsent> = Vec::new();
    for unsent in draft::texts(storage(), &format!("bellhop.unsent.{me}."))
        .into_iter()
        .filter_map(|(_, text)| js::read_text::<Unsent>(&text))
    {
        let at = found.partition_point(|other| other.client_id < unsent.client_id);
        found.insert(at, unsent);
    }
    found
}

pub fn keep_unsent(me: StaffId, unsent: &Unsent) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(unsent)) {
        let _ = storage.set_item(&unsent_key(me, unsent.client_id), &text);
    }
}

pub fn forget_unsent(me: StaffId, client_id: ClientId) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&unsent_key(me, client_id));
    }
}
