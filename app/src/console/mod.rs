//! The agents' desk: the queue, the conversation, the guest.

mod board;
mod book;
mod composer;
mod conversation;
mod dialogs;
mod drafts;
mod guest;
mod keys;
mod queue;
mod request;
mod signals;
mod stay;
mod team;
mod view;

pub use view::Console;

use domain::wire::{Limits, staff::Watched};
use domain::{Millis, Staff};
use serde::{Deserialize, Serialize};

/// What the page starts from, on the server and in the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeskPage {
    pub you: Staff,
    pub hotels: Vec<Watched>,
    /// The server's clock when it rendered the page.
    pub now: Millis,
    pub build: String,
    pub limits: Limits,
}

/// Brings the page to life. In a WASM file of its own, so that guests never load it.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(desk, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    use leptos::prelude::*;
    if let Some(page) = crate::ui::page_data::<DeskPage>() {
        crate::ui::take_the_place(move || view! { <Console page=page/> });
    }
    Ok(())
}
