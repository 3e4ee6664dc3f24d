//! What one screen shows: entries, rows, and how they came.
//!
//! In: answers and events as they come. Out: timelines. Never: an entry twice or out of order (rule H7); that
//! is asserted at every event.

use super::text;
use crate::client::Socket;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// What becomes of a command and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Question,
    /// May be sent again with the same client_id until it is answered.
    Message,
    /// Is to be refused as if there were nothing.
    Stray,
}

/// What was sent and is not answered yet.
#[derive(Clone)]
pub struct Sent {
    pub id: u64,
    pub command: Value,
    pub kind: Kind,
}

/// One screen: a guest's device or a desk.
pub struct Screen {
    pub name: String,
    pub guest: Option<usize>,
    pub cookie: String,
    pub socket: Option<Socket>,
    pub sent: VecDeque<Sent>,
    /// Messages whose answer was lost.
    pub unanswered: VecDeque<Value>,
    /// Entries by conversation and seq.
    pub timelines: BTreeMap<String, BTreeMap<i64, Value>>,
    /// The last entry that came as an event over this connection.
    pub heard: HashMap<String, i64>,
    /// Conversations as the desk's queue or the guest's page shows them.
    pub rows: BTreeMap<String, Value>,
    /// Conversations a desk has open.
    pub open: BTreeSet<String>,
}

impl Screen {
    /// The newer of two versions counts, whatever order they come in.
    pub fn row(&mut self, row: &Value) {
        let id = text(&row["id"]);
        if self.rows.get(&id).is_none_or(|known| known["rev"].as_i64() <= row["rev"].as_i64()) {
            self.rows.insert(id, row.clone());
        }
    }

    pub fn page(&mut self, conversation: &Value, entries: &Value) {
        let timeline = self.timelines.entry(text(conversation)).or_default();
        for entry in entries.as_array().unwrap() {
            let known = timeline.insert(entry["seq"].as_i64().unwrap(), entry.clone());
            assert!(
                known.is_none_or(|known| known == *entry),
                "H7: an entry is read as it was heard, on {}",
                self.name
            );
        }
    }

    pub fn event(&mut self, event: &Value) {
        if let Some(entry) = event.get("entry") {
            let (c, seq) = (text(&event["conversation"]), entry["seq"].as_i64().unwrap());
            let last = self.heard.insert(c.clone(), seq).unwrap_or(0);
            assert!(seq > last, "H7: in order and once, on {}: {seq} after {last}", self.name);
            let known = self.timelines.entry(c).or_default().insert(seq, entry.clone());
            assert_eq!(known, None, "H7: no entry twice on {}", self.name);
        }
        match event["on"].as_str().unwrap() {
            "row" => self.row(&event["row"]),
            "thread" => self.row(&event["thread"]),
            _ => {}
        }
    }

    /// It is not this reader's any more.
    pub fn forget(&mut self, conversation: &str) {
        self.timelines.remove(conversation);
        self.rows.remove(conversation);
        self.open.remove(conversation);
    }
}
