//! What the guest has seen: the newest line while it is in view, on a page that is looked at.

use super::{Line, Talk};
use domain::wire::{Done, guest::Command};
use domain::{ConversationId, Seq};
use leptos::prelude::*;

/// Pixels from the end within which the newest line counts as seen.
const NEAR: i32 = 120;

impl Talk {
    /// Whether the newest line is in view.
    pub fn is_pinned(self) -> bool {
        self.kept.try_with_value(|kept| kept.pinned) == Some(true)
    }

    /// The guest has scrolled. Whoever reads further up is not to be moved; at the end everything has been
    /// read.
    pub fn scrolled(self) {
        let Some(scroll) = self.scroll.get_untracked() else { return };
        let pinned = scroll.scroll_height() - scroll.scroll_top() - scroll.client_height() < NEAR;
        self.kept.update_value(|kept| kept.pinned = pinned);
        if self.away.get_untracked() == pinned {
            self.away.set(!pinned);
        }
        if pinned {
            self.mark_read();
        }
    }

    /// Brings the newest line into view, where it was; and wherever the guest was if `always`.
    pub fn pin(self, always: bool) {
        if always {
            self.kept.update_value(|kept| kept.pinned = true);
            self.away.set(false);
        }
        if let Some(scroll) = self.scroll.try_get_untracked().flatten().filter(|_| self.is_pinned()) {
            request_animation_frame(move || {
                scroll.set_scroll_top(scroll.scroll_height());
                self.mark_read();
            });
        }
    }

    /// Tells the hotel that the guest has seen everything, if the page is being looked at.
    pub fn mark_read(self) {
        let shown =
            self.scroll.try_get_untracked().flatten().is_some_and(|scroll| scroll.client_height() > 0);
        if !shown || !self.is_pinned() || !self.is_looked_at() {
            return;
        }
        let Some((conversation, seq)) = self.last_answer() else { return };
        let read = self.thread.with_untracked(|t| t.as_ref().map_or(0, |t| t.guest_read));
        let Some(live) = self.live().filter(|_| seq > read) else { return };
        if self.kept.try_update_value(|kept| std::mem::replace(&mut kept.telling, true)) != Some(false) {
            return;
        }
        leptos::task::spawn_local(async move {
            // Told to a connection that is gone already, it is told again by whoever catches up.
            let told = live.call::<_, Done>(Command::Read { conversation, seq }).await.is_ok();
            self.kept.try_update_value(|kept| kept.telling = false);
            if told {
                self.thread.try_update(|t| {
                    if let Some(t) = t.as_mut().filter(|t| t.id == conversation) {
                        t.guest_read = t.guest_read.max(seq);
                    }
                });
                self.mark_read();
            }
        });
    }

    /// Whether the page is before somebody's eyes, as far as a browser knows.
    pub fn is_looked_at(self) -> bool {
        document().visibility_state() == web_sys::VisibilityState::Visible && !in_closed_frame()
    }

    /// The last message by the staff in the newest conversation.
    pub fn last_answer(self) -> Option<(ConversationId, Seq)> {
        let id = self.thread.try_with_untracked(|t| t.as_ref().map(|t| t.id)).flatten()?;
        let seq = |lines: &Vec<Line>| {
            lines.iter().rev().find(|l| l.conversation == id && l.entry.is_answer()).map(|l| l.entry.seq)
        };
        Some((id, self.lines.try_with_untracked(seq).flatten()?))
    }

    /// Messages by staff that the guest has not seen.
    pub fn unread(self) -> usize {
        let Some(thread) = self.thread.get() else { return 0 };
        let fresh =
            |l: &&Line| l.conversation == thread.id && l.entry.is_answer() && l.entry.seq > thread.guest_read;
        self.lines.with(|lines| {
            lines.iter().rev().take_while(|l| l.conversation == thread.id).filter(fresh).count()
        })
    }
}

/// The widget keeps its frame when it is closed, but nobody reads in it then. `widget.js` says so.
fn in_closed_frame() -> bool {
    document().body().is_some_and(|body| body.has_attribute("data-closed"))
}
