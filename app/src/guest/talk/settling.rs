//! A resolution can be taken back for a moment: what is said of it waits until then.
//!
//! In: resolutions and states of the conversation, as they are heard. Out: the state as the page shows it,
//! and which lines it passes over. Never: a conversation kept back from the guest; a newer one shows at once.

use super::{Line, Talk};
use domain::wire::{UNDO, guest::Thread};
use domain::{ConversationId, EntryKind, Status};
use leptos::prelude::*;
use std::time::Duration;

impl Talk {
    /// A resolution can be taken back for a moment: until then the page stays as it is.
    pub(super) fn hear_thread(self, thread: Thread) {
        let known = self.thread.with_untracked(|t| t.as_ref().map(|t| (t.id, t.status)));
        let settling = self.settling.get_untracked();
        let is_news = known.is_some_and(|(id, status)| id == thread.id && status != Status::Resolved);
        if thread.status == Status::Resolved && is_news {
            if settling != Some(thread.id) {
                self.settle(thread.id);
            }
            return self.kept.update_value(|kept| kept.held_back = Some(thread));
        }
        if settling == Some(thread.id) {
            self.kept.update_value(|kept| kept.held_back = None);
        }
        self.is_settled();
        self.set_thread(thread);
    }

    pub(super) fn settle(self, conversation: ConversationId) {
        self.settling.set(Some(conversation));
        let turn = self.kept.try_update_value(|kept| {
            kept.settlings += 1;
            kept.settlings
        });
        let end = move || {
            if self.kept.try_with_value(|kept| Some(kept.settlings) == turn) == Some(true) {
                self.is_settled();
            }
        };
        set_timeout(end, Duration::from_secs(UNDO));
    }

    fn is_settled(self) {
        self.settling.set(None);
        if let Some(thread) = self.kept.try_update_value(|kept| kept.held_back.take()).flatten() {
            self.set_thread(thread);
        }
    }

    /// Whether the line at `at` is a resolution that was taken back or still may be, or its taking back.
    pub fn is_passed_over(self, lines: &[Line], at: usize) -> bool {
        let this = &lines[at];
        // The end of a private line may stand between the two.
        let matters = |other: &&Line| other.entry.kind != EntryKind::LineClosed;
        let next = lines[at + 1..].iter().find(matters);
        let before = lines[..at].iter().rev().find(matters);
        match this.entry.kind {
            EntryKind::Resolved => match next {
                Some(next) => is_taken_back(this, next),
                None => self.settling.get() == Some(this.conversation),
            },
            EntryKind::Reopened => before.is_some_and(|before| is_taken_back(before, this)),
            _ => false,
        }
    }
}

/// Whether a reopening follows so soon that the resolution before it was a slip.
fn is_taken_back(resolved: &Line, next: &Line) -> bool {
    resolved.entry.kind == EntryKind::Resolved
        && next.entry.kind == EntryKind::Reopened
        && next.entry.at.seconds_since(resolved.entry.at) <= UNDO as i64
}
