//! The stay beside the conversation: which it is, and what is known of it.

use super::Board;
use crate::live::Fault;
use domain::wire::{
    Done,
    staff::{Command, Found},
};
use domain::{ConversationId, Refusal, Stay, StayChange, StayId};

/// What to tell an agent when there was no answer.
pub(super) const NO_ANSWER: &str = "You’re offline. Try again in a moment.";

impl Board {
    /// Says which stay the guest has; `None` that it is none of those known.
    pub fn link_stay(self, conversation: ConversationId, stay: Option<StayId>) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            match live.call::<_, Done>(Command::Link { conversation, stay }).await {
                Ok(_) => {}
                Err(Fault::Lost) => self.say(NO_ANSWER.into()),
                Err(Fault::Refused(refusal)) => self.say(refusal.in_words()),
            }
        });
    }

    /// Changes the stay; `told` hears what was wrong, or nothing.
    pub fn change_stay(
        self,
        conversation: ConversationId,
        change: StayChange,
        told: impl FnOnce(Option<String>) + 'static,
    ) {
        let Some(live) = self.live() else { return told(Some(NO_ANSWER.into())) };
        leptos::task::spawn_local(async move {
            told(match live.call::<_, Done>(Command::Stay { conversation, change }).await {
                Ok(_) => None,
                Err(Fault::Lost) => Some(NO_ANSWER.into()),
                Err(Fault::Refused(refusal)) => Some(in_a_form(&refusal)),
            });
        });
    }

    /// Looks for stays; `found` is not called if there was no answer.
    pub fn find_stays(
        self,
        conversation: ConversationId,
        find: String,
        found: impl FnOnce(Vec<Stay>) + 'static,
    ) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            if let Ok(Found { stays }) = live.call(Command::Stays { conversation, find }).await {
                found(stays);
            }
        });
    }
}

/// Fields have names of their own on the form.
fn in_a_form(refusal: &Refusal) -> String {
    let Refusal::Invalid { field, why } = refusal else { return refusal.in_words() };
    let label = match field.as_str() {
        "reference" => "Reservation",
        "email" => "E-mail",
        "phone" => "Phone",
        "name" => "Name",
        "room" => "Room",
        "party" => "Guests",
        "language" => "Language",
        "arrival" => "Arrival",
        "departure" => "Departure",
        other => other,
    };
    format!("{label}: {why}.")
}
