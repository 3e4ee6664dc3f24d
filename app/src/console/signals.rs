//! How the desk calls an agent who looks elsewhere: a sound, the title, a desktop notification.

use domain::ConversationId;
use leptos::prelude::*;
use web_sys::{HtmlAudioElement, Notification, NotificationOptions, NotificationPermission, VisibilityState};

const MUTED: &str = "bellhop.muted";

#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub muted: RwSignal<bool>,
    /// Desktop notifications could be had and have not been decided on.
    pub askable: RwSignal<bool>,
}

impl Signals {
    pub fn new() -> Self {
        Self { muted: RwSignal::new(false), askable: RwSignal::new(false) }
    }

    /// Reads what this browser remembers.
    pub fn start(self) {
        let kept = window().local_storage().ok().flatten().and_then(|s| s.get_item(MUTED).ok().flatten());
        self.muted.set(kept.is_some());
        self.askable.set(permission() == Some(NotificationPermission::Default));
    }

    pub fn set_muted(self, muted: bool) {
        self.muted.set(muted);
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = if muted { storage.set_item(MUTED, "1") } else { storage.remove_item(MUTED) };
        }
    }

    pub fn ask(self) {
        let _ = Notification::request_permission();
        self.askable.set(false);
    }

    /// A guest has written. What was written is not shown: the screen may be turned to the lobby.
    pub fn new_words(self, guest: &str, conversation: ConversationId) {
        self.ring(&format!("New message from {guest}"), conversation);
    }

    /// A sound, and behind other windows a notification that says `what`.
    pub fn ring(self, what: &str, conversation: ConversationId) {
        if !self.muted.get_untracked()
            && let Ok(sound) = HtmlAudioElement::new_with_src("/ding.wav")
        {
            sound.set_volume(0.5);
            // Browsers refuse sound before the first click; then the other signals have to do.
            let _ = sound.play();
        }
        let hidden = document().visibility_state() != VisibilityState::Visible;
        if hidden && permission() == Some(NotificationPermission::Granted) {
            let options = NotificationOptions::new();
            options.set_tag(&conversation.to_string());
            options.set_icon("/icon.svg");
            let _ = Notification::new_with_options(what, &options);
        }
    }
}

/// Safari on a phone has no notifications for pages; asking it for the permission would end the script.
fn permission() -> Option<NotificationPermission> {
    let known = js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or(false);
    known.then(Notification::permission)
}
