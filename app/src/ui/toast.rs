//! A word shown for a while, with a button at most.

use leptos::prelude::*;
use std::time::Duration;

/// How long it stays, unless something is offered.
const STAYS: Duration = Duration::from_secs(7);

/// Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Toast {
    pub text: RwSignal<Option<String>>,
    /// The word on its button, and what that does.
    pub action: RwSignal<Option<(&'static str, Callback<()>)>>,
    /// Which one it is: an older one's end does not take a newer one away.
    turn: StoredValue<u32>,
}

impl Toast {
    pub fn show(self, text: String) {
        self.put(text, None, STAYS);
    }

    /// Shows a word with a button, for as long as that may be pressed.
    pub fn offer(self, text: String, word: &'static str, action: Callback<()>, stays: Duration) {
        self.put(text, Some((word, action)), stays);
    }

    pub fn clear(self) {
        self.text.set(None);
        self.action.set(None);
    }

    /// Does what its button does, if it has one.
    pub fn act(self) {
        if let Some((_, action)) = self.action.get_untracked() {
            self.clear();
            action.run(());
        }
    }

    fn put(self, text: String, action: Option<(&'static str, Callback<()>)>, stays: Duration) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.action.set(action);
        self.text.set(Some(text));
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(turn) {
                    self.text.try_set(None);
                    self.action.try_set(None);
                }
            },
            stays,
        );
    }
}
