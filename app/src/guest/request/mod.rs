//! A guest's requests: asked in a form, answered in cards that are alive, agreed in one more form.
//!
//! In: how a request stands, from the page and then from the socket. Out: cards, best first, and plain forms
//! that work without scripts. Never: a bid that is compared across currencies.

mod card;
mod counter;
mod form;
mod list;
mod state;
mod view;

pub use form::{Accept, AcceptPage, Ask, AskPage, Choice, offered_at};
pub use list::RequestList;
pub use view::RequestView;

use domain::Millis;
use domain::wire::request::RequestView as Request;
use serde::{Deserialize, Serialize};

/// What the page of one request starts from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestPage {
    pub request: Request,
    /// A counter that was refused: to which hotel, by slug, or to all; what was typed; and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    pub now: Millis,
    pub build: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Refused {
    pub hotel: Option<String>,
    pub amount: String,
    pub words: String,
    pub why: String,
}

/// Brings the page of a request to life. In a WASM file of its own, as all but the chat.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(request, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount_request() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    use leptos::prelude::*;
    if let Some(page) = crate::ui::page_data::<RequestPage>() {
        crate::ui::take_the_place(move || view! { <RequestView page=page/> });
    }
    Ok(())
}
