//! How far one socket has been sent each conversation, and what comes next (rule H7).
//!
//! In: broadcasts as they come, and how far a page has read by itself. Out: the events of entries the reader
//! may see and has not been sent, each once and in order; what a broadcast skips is read from the store.
//! Never: an entry twice, or out of order.

use crate::{
    desk::{Answer, Desk},
    hub::{Broadcast, entry_event},
    store::Viewer,
};
use axum::extract::ws::Utf8Bytes;
use domain::wire::PAGE;
use domain::{ConversationId, Refusal, Seq};
use std::collections::HashMap;

/// Conversations one `resume` may name.
const RESUMED: usize = 200;

#[derive(Default)]
pub struct Cursors(HashMap<ConversationId, Seq>);

impl Cursors {
    /// Whether one `resume` may name so many conversations.
    pub fn allow(count: usize) -> Result<(), Refusal> {
        if count > RESUMED {
            Err(Refusal::BadCommand { why: format!("at most {RESUMED} cursors") })
        } else {
            Ok(())
        }
    }

    pub fn follows(&self, id: ConversationId) -> bool {
        self.0.contains_key(&id)
    }

    /// The page has everything up to `seq`.
    pub fn set(&mut self, id: ConversationId, seq: Seq) {
        self.0.insert(id, seq);
    }

    /// The same, unless more was sent already.
    pub fn set_if_new(&mut self, id: ConversationId, seq: Seq) {
        self.0.entry(id).or_insert(seq);
    }

    pub fn forget(&mut self, id: ConversationId) {
        self.0.remove(&id);
    }

    /// The events of what `viewer` has not been sent, up to this broadcast.
    pub async fn read_on(
        &mut self,
        desk: &Desk,
        viewer: Viewer,
        broadcast: &Broadcast,
    ) -> Answer<Vec<Utf8Bytes>> {
        let mut events = Vec::new();
        let Some((first, _)) = broadcast.span() else { return Ok(events) };
        let (id, hotel) = (broadcast.update.conversation.id, &broadcast.update.hotel);
        let mut sent = self.0.get(&id).copied().unwrap_or_default();
        // What lies between is in the store: this socket was subscribed later, or the hub has missed it.
        while sent + 1 < first {
            let Some((_, entries)) = desk.store.timeline(viewer, id, sent, PAGE).await? else { break };
            let Some(last) = entries.last() else { break };
            sent = last.seq;
            events.extend(entries.iter().filter_map(|entry| entry_event(viewer, id, hotel, entry)));
        }
        for (seq, event) in broadcast.entries(viewer).filter(|(seq, _)| *seq > sent).collect::<Vec<_>>() {
            sent = seq;
            events.extend(event);
        }
        self.0.insert(id, sent);
        Ok(events)
    }
}
