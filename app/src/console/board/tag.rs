//! Tags on the conversation.

use super::{Board, stay::NO_ANSWER};
use crate::live::Fault;
use domain::ConversationId;
use domain::wire::{Done, staff::Command};

impl Board {
    /// Puts a tag on a conversation, or takes it off. The row comes back with it.
    pub fn tag(self, conversation: ConversationId, tag: String, on: bool) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            match live.call::<_, Done>(Command::Tag { conversation, tag, on }).await {
                Ok(_) => {}
                Err(Fault::Lost) => self.say(NO_ANSWER.into()),
                Err(Fault::Refused(refusal)) => self.say(refusal.in_words()),
            }
        });
    }
}
