//! A whisper's page: words that fade.
//!
//! In: a room's code from the server, its key from the address. Out: letters on everybody's screen as they
//! are typed, and nowhere a moment later. `room` is the page's state; `seal` the cryptography; `peers` who
//! is to be believed; `fade` when letters leave, `sheet` where they stand until then; `field`,
//! `composition` and `writing` how they come in. Never: a word in a signal, in storage or in the address.

// The server renders the door and nothing else.
#![cfg_attr(not(feature = "hydrate"), allow(dead_code))]

mod agreement;
mod composition;
mod door;
mod fade;
mod field;
pub mod line;
mod moderation;
mod payload;
mod peers;
mod people;
mod picture;
mod room;
mod seal;
mod segments;
mod sheet;
mod view;
mod writing;

pub use door::Door;

use crate::browser;
use serde::{Deserialize, Serialize};

/// What the page starts from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhisperPage {
    pub code: String,
    /// The room has no key yet, and this browser made the room.
    pub makes_key: bool,
}

/// Brings a whisper's page to life, or does on a guest's page what was asked of a private line. In a WASM
/// file of its own: most pages never need it.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(whisper, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    use leptos::prelude::*;
    if line::answer_guest() {
        return Ok(());
    }
    if let Some(page) = crate::ui::page_data::<WhisperPage>() {
        crate::ui::take_the_place(move || view! { <view::Whisper page=page/> });
    }
    Ok(())
}
