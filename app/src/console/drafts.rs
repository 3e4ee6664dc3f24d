//! Unsent texts, kept in this browser: per person, for a reception's computer has many.

use super::board::{Draft, Kind};
use crate::{
    domain::{ConversationId, StaffId},
    js,
};
use leptos::prelude::*;
use std::collections::HashMap;

pub type Drafts = HashMap<(ConversationId, Kind), Draft>;

fn place(me: StaffId) -> String {
    format!("bellhop.drafts.{me}")
}

/// What this person left unsent; a note's key ends in `.note`.
pub fn stored(me: StaffId) -> Option<Drafts> {
    let text = window().local_storage().ok()??.get_item(&place(me)).ok()??;
    let texts: HashMap<String, String> = js::read_text(&text)?;
    let draft = |(key, text): (String, String)| {
        let (id, kind) = match key.strip_suffix(".note") {
            Some(id) => (id, Kind::Note),
            None => (key.as_str(), Kind::Answer),
        };
        Some(((id.parse().ok()?, kind), Draft { text, refused: None }))
    };
    Some(texts.into_iter().filter_map(draft).collect())
}

pub fn keep(me: StaffId, drafts: &Drafts) {
    let texts: HashMap<String, &str> = drafts
        .iter()
        .map(|((id, kind), draft)| {
            let key = if *kind == Kind::Note { format!("{id}.note") } else { id.to_string() };
            (key, draft.text.as_str())
        })
        .collect();
    if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(&texts)) {
        let _ = storage.set_item(&place(me), &text);
    }
}
