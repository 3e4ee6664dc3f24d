//! The conversation that is open: its timeline, and how far it has been read.

use super::{super::drafts::Kind, Board};
use crate::live::Fault;
use domain::wire::{
    Done,
    staff::{Command, Opened},
};
use domain::{ConversationId, Entry, Refusal, Seq};
use leptos::prelude::*;

/// Pixels from the end within which the newest line counts as seen.
const NEAR: i32 = 120;

impl Board {
    /// Opens a conversation.
    pub fn select(self, id: Option<ConversationId>) {
        let before = self.selected.get_untracked();
        if before == id {
            return;
        }
        if let (Some(before), Some(live)) = (before, self.live()) {
            live.tell(Command::Leave { conversation: before });
        }
        self.notice.clear();
        // Back where a note was being written, and no answer: that is what goes on.
        let note_only = id.is_some_and(|id| {
            self.drafts.with_untracked(|d| d.contains(&(id, Kind::Note)) && !d.contains(&(id, Kind::Answer)))
        });
        self.kind.set(if note_only { Kind::Note } else { Kind::Answer });
        self.guest_shown.set(false);
        self.entries.set(Vec::new());
        self.viewers.set(Vec::new());
        self.requests.set(Vec::new());
        self.likely.set(Vec::new());
        self.away.set(false);
        self.new_from.set(id.and_then(|id| {
            self.rows
                .with_untracked(|rows| rows.get(&id).filter(|row| row.unread > 0).map(|row| row.staff_read))
        }));
        self.selected.set(id);
        if let Some(section) = id.and_then(|id| untrack(|| self.row(id).map(|row| self.section_of(&row)))) {
            self.tab.set(section);
        }
        if let Some(id) = id {
            leptos::task::spawn_local(self.read_on(id));
        }
    }

    /// Reads the timeline from where it stands to its end.
    pub(super) async fn read_on(self, id: ConversationId) {
        loop {
            let Some(live) = self.live() else { return };
            let after = self.last_seen();
            let opened = live.call::<_, Opened>(Command::Open { conversation: id, after }).await;
            if self.selected.get_untracked() != Some(id) {
                live.tell(Command::Leave { conversation: id });
                return;
            }
            match opened {
                Ok(opened) => {
                    self.likely.set(opened.likely);
                    self.viewers.set(opened.viewers);
                    self.requests.set(opened.requests);
                    self.included_before.set(opened.included_before);
                    self.take_in_row(opened.conversation, None);
                    self.add_entries(id, opened.entries);
                    if !opened.more {
                        return self.mark_read();
                    }
                }
                Err(Fault::Lost) => return,
                Err(Fault::Refused(refusal)) => {
                    // Erased while this page was not connected.
                    if refusal == Refusal::NotFound
                        && let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned())
                    {
                        self.forget(row.hotel, row.guest.id);
                    }
                    return self.say(refusal.in_words());
                }
            }
        }
    }

    /// Puts entries where they belong, each once. A gap cannot be: the server sends a socket's entries in
    /// order.
    pub(super) fn add_entries(self, id: ConversationId, new: Vec<Entry>) {
        if self.selected.get_untracked() != Some(id) || new.is_empty() {
            return;
        }
        self.entries.update(|entries| {
            for entry in new {
                if let Err(at) = entries.binary_search_by_key(&entry.seq, |e| e.seq) {
                    entries.insert(at, entry);
                }
            }
        });
        // Read once it is in view: the timeline brings it there, unless the agent reads further up.
    }

    /// The last seq of the selected conversation that is on this screen.
    pub fn last_seen(self) -> Seq {
        self.entries.with_untracked(|entries| entries.last().map_or(0, |e| e.seq))
    }

    /// The timeline was scrolled. Whoever reads further up is not to be moved; at the end everything has been
    /// read.
    pub fn scrolled(self) {
        let Some(scroll) = self.scroll.get_untracked() else { return };
        let away = scroll.scroll_height() - scroll.scroll_top() - scroll.client_height() >= NEAR;
        if self.away.get_untracked() != away {
            self.away.set(away);
        }
        if !away {
            self.mark_read();
        }
    }

    /// Less room for the timeline: its end stays in view, unless somebody reads further up.
    pub fn stay_at_the_end(self) {
        if !self.away.get_untracked() {
            self.to_the_end();
        }
    }

    /// Brings the newest line into view.
    pub fn to_the_end(self) {
        self.away.set(false);
        if let Some(scroll) = self.scroll.try_get_untracked().flatten() {
            request_animation_frame(move || {
                scroll.set_scroll_top(scroll.scroll_height());
                self.mark_read();
            });
        }
    }

    /// The guest's words that came below while the agent read further up.
    pub fn below(self) -> usize {
        let read =
            self.selected.get().and_then(|id| self.rows.with(|rows| rows.get(&id).map(|row| row.staff_read)));
        let new = |e: &&Entry| e.kind.is_word() && e.by.is_guest() && e.seq > read.unwrap_or_default();
        if self.away.get() { self.entries.with(|entries| entries.iter().filter(new).count()) } else { 0 }
    }

    /// Tells the guest that the holder has read: what is in view, on a desk that is looked at.
    pub fn mark_read(self) {
        let shown =
            self.scroll.try_get_untracked().flatten().is_some_and(|scroll| scroll.client_height() > 0);
        if !shown
            || self.away.get_untracked()
            || document().visibility_state() != web_sys::VisibilityState::Visible
        {
            return;
        }
        let Some(id) = self.selected.get_untracked() else { return };
        let mine = self.rows.with_untracked(|rows| {
            rows.get(&id).is_some_and(|r| r.is_held_by(self.you.with_untracked(|y| y.id)))
        });
        let seq = self.last_seen();
        let known = self.rows.with_untracked(|rows| rows.get(&id).map_or(0, |r| r.staff_read));
        let told = self.read.with_value(|read| read.get(&id).copied().unwrap_or(0)).max(known);
        if mine
            && seq > told
            && let Some(live) = self.live()
        {
            leptos::task::spawn_local(async move {
                if live.call::<_, Done>(Command::Read { conversation: id, seq }).await.is_ok() {
                    self.read.try_update_value(|read| {
                        read.insert(id, seq);
                    });
                }
            });
        }
    }
}
