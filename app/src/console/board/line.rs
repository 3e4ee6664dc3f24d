//! Private lines with the guests whose conversations are mine.

use super::Board;
use crate::whisper::line;
use domain::wire::line::State;
use domain::{Command, ConversationId};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsValue;
use web_sys::VisibilityState;

impl Board {
    /// Whether I may offer the guest a line: the holder may.
    pub fn may_ask_for_line(self, id: ConversationId) -> bool {
        self.row(id).is_some_and(|row| self.may(&row, |epoch| Command::OpenLine { epoch }))
    }

    /// Offers the guest a private line, or accepts theirs.
    pub fn ask_for_line(self, id: ConversationId) {
        if let Some(place) = self.line_place(id) {
            line::for_holder(place, None);
        }
    }

    /// What the server says of a line, if the event does. One that is offered rings like words.
    pub(super) fn hear_line(self, event: &JsValue) {
        let Some(event) = line::read(event) else { return };
        let Some(place) = self.line_place(event.conversation) else { return };
        // Whoever looks at it sees the card.
        let seen = self.selected.get_untracked() == Some(event.conversation)
            && document().visibility_state() == VisibilityState::Visible;
        if event.state == State::Offered && event.by.is_guest() && !seen {
            self.signals.ring(&format!("{} would like a private line", place.with), event.conversation);
        }
        line::for_holder(place, Some(event));
    }

    fn line_place(self, id: ConversationId) -> Option<line::Place> {
        let (with, epoch) =
            self.rows.with_untracked(|rows| rows.get(&id).map(|row| (self.called(row), row.epoch)))?;
        let select = Arc::new(move |id| self.select(id));
        let desk = Some(line::Desk { selected: self.selected, select });
        Some(line::Place { live: self.live()?, conversation: id, epoch, with, desk })
    }
}
