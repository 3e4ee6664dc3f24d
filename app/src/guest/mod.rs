//! The guest's page of one hotel: whole as HTML, alive with WASM.

mod bubble;
mod chat;
mod composer;
mod outbox;
mod talk;

pub use chat::Chat;

use crate::{
    domain::{ClientId, Millis},
    wire::{Limits, guest::Opened},
};
use serde::{Deserialize, Serialize};

/// What the page starts from, on the server and in the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatPage {
    pub opened: Opened,
    /// The server's clock when it rendered the page.
    pub now: Millis,
    pub build: String,
    pub limits: Limits,
    /// What was posted and refused, and why.
    pub draft: String,
    pub refused: Option<String>,
    /// For the form post, so that sending it twice stores it once (rule H5).
    pub client_id: ClientId,
}

/// Brings the page to life.
#[cfg(feature = "hydrate")]
pub fn mount() {
    use leptos::prelude::*;
    // Without its data (a page kept from an older build) it stays what it is: a page with a form.
    if let Some(page) = crate::ui::page_data::<ChatPage>() {
        leptos::mount::hydrate_body(move || view! { <Chat page=page.clone()/> });
    }
}
