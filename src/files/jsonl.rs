//! JSON Lines: a line for each conversation, followed by a line for each of its entries, as the wire has
//! them.

use crate::{
    hex::hex,
    store::{AuditLine, Mark},
};
use domain::{AttachmentId, Conversation, Entry, Hotel};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufRead};

pub(super) fn conversation(conversation: &Conversation, hotel: &Hotel, marks: &[Mark]) -> Vec<u8> {
    lines([json!({ "conversation": conversation, "hotel": hotel.slug, "read": marks })])
}

pub(super) fn entries(conversation: &Conversation, entries: &[Entry]) -> Vec<u8> {
    lines(entries.iter().map(|entry| json!({ "in": conversation.id, "entry": entry })))
}

/// The ids of the files in what `entries` wrote.
pub(super) fn files_in(written: impl BufRead) -> impl Iterator<Item = io::Result<AttachmentId>> {
    #[derive(Deserialize)]
    struct Line {
        entry: Option<Entry>,
    }
    written.lines().flat_map(|line| {
        let line = line.and_then(|line| Ok(serde_json::from_str::<Line>(&line)?));
        match line {
            Ok(line) => line.entry.into_iter().flat_map(|entry| entry.files).map(|f| Ok(f.id)).collect(),
            Err(e) => vec![Err(e)],
        }
    })
}

pub(super) fn audit(trail: &[AuditLine], slug: impl Fn(&AuditLine) -> Option<String>) -> Vec<u8> {
    lines(trail.iter().map(|line| {
        json!({
            "seq": line.seq, "at": line.at, "what": line.what, "by": line.by, "by_name": line.by_name,
            "hotel": line.hotel, "hotel_slug": slug(line), "detail": line.detail, "hash": hex(&line.hash),
        })
    }))
}

fn lines(values: impl IntoIterator<Item = Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend(value.to_string().into_bytes());
        bytes.push(b'\n');
    }
    bytes
}
