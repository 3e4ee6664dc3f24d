//! A word shown for a while.

use leptos::prelude::*;
use std::time::Duration;

/// How long it stays.
const STAYS: Duration = Duration::from_secs(7);

/// Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Toast {
    pub text: RwSignal<Option<String>>,
    /// Which one it is: an older one's end does not take a newer one away.
    turn: StoredValue<u32>,
}

impl Toast {
    pub fn show(self, text: String) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.text.set(Some(text));
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(turn) {
                    self.text.try_set(None);
                }
            },
            STAYS,
        );
    }
}
