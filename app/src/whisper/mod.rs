//! A whisper's page: words that fade.

mod door;

pub use door::Door;

use serde::{Deserialize, Serialize};

/// What the page starts from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhisperPage {
    pub code: String,
    /// The room has no key yet, and this browser made the room.
    pub makes_key: bool,
}

/// Brings the page to life. In a WASM file of its own: nobody else needs it.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(whisper, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    Ok(())
}
