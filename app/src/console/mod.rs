//! The agents' desk.
use crate::{domain::{Millis, Staff}, wire::{Limits, staff::Watched}};
use leptos::prelude::*;
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

#[component]
pub fn Console(page: DeskPage) -> impl IntoView {
    view! { <p>{page.you.name}</p> }
}

#[cfg(feature = "hydrate")]
#[leptos::lazy]
pub fn mount() -> () {}
