//! Who of the hotels types, and where.
//!
//! In: events. Out: a name for a conversation. Never: a guest's own typing.

use crate::live;
use domain::ConversationId;
use domain::wire::{TYPING_EXPIRES, Typing};
use leptos::prelude::*;

/// With until when, by this browser's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Typists(RwSignal<Vec<(ConversationId, String, i64)>>);

impl Typists {
    pub fn take_in(self, typing: Typing) {
        if typing.by.is_guest() {
            return;
        }
        self.0.update(|all| {
            all.retain(|(id, ..)| *id != typing.conversation);
            if typing.active {
                all.push((typing.conversation, typing.by.name, live::now() + TYPING_EXPIRES));
            }
        });
    }

    /// Typing ends with the words of whoever typed.
    pub fn has_spoken(self, conversation: ConversationId, name: &str) {
        self.0.update(|all| all.retain(|(id, typist, _)| *id != conversation || typist != name));
    }

    pub fn tick(self) {
        let now = live::now();
        if self.0.try_with_untracked(|all| all.iter().any(|(.., until)| *until <= now)) == Some(true) {
            self.0.update(|all| all.retain(|(.., until)| *until > now));
        }
    }

    pub fn name(self, conversation: ConversationId) -> Option<String> {
        self.0.with(|all| all.iter().find(|(id, ..)| *id == conversation).map(|(_, name, _)| name.clone()))
    }
}
