//! The guest's pages: of one hotel, and of all. Whole as HTML, alive with WASM.

mod bubble;
mod chat;
mod composer;
mod email;
mod form_texts;
mod lobby;
mod outbox;
mod request;
mod stays;
mod talk;
mod typists;
mod widget;

pub use chat::Chat;
pub use email::{Email, Step};
#[cfg(feature = "hydrate")]
pub use request::mount_request;
pub use request::{
    Accept, AcceptPage, Ask, AskPage, Choice, Refused, RequestList, RequestPage, RequestView, offered_at,
};
pub use stays::StaysView;

use domain::wire::{
    Limits,
    guest::{Opened, Stays},
};
use domain::{ClientId, GuestId, Millis};
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
    /// No cookie came with the request for the page: by this the guest is known all the same, to this hotel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    /// The hotel's own site has said for whom such a page is.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub named: bool,
    /// By this the bubble on the hotel's own site asks how much is unread.
    pub count_key: String,
    /// Who the guest was before two identities became one: what they left unsent under those names is theirs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub formerly: Vec<GuestId>,
}

/// The form without WASM: what was posted and refused, and a mark for what is posted next, so that sending it
/// twice stores it once (rule H5).
#[derive(Clone, Debug)]
pub struct Post {
    pub draft: String,
    pub client_id: ClientId,
    /// See [`ChatPage::named`].
    pub named: bool,
}

/// What the page of all hotels starts from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StaysPage {
    pub you: GuestId,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub formerly: Vec<GuestId>,
    pub stays: Stays,
    pub now: Millis,
    pub build: String,
    pub limits: Limits,
}

/// Brings the page of all hotels to life. In a WASM file of its own: most guests write to one.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(stays, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount_stays() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    use leptos::prelude::*;
    if let Some(page) = crate::ui::page_data::<StaysPage>() {
        crate::ui::take_the_place(move || view! { <StaysView page=page/> });
    }
    Ok(())
}

/// Brings the page to life.
#[cfg(feature = "hydrate")]
pub fn mount() {
    use leptos::prelude::*;
    // Without its data (a page kept from an older build) it stays what it is: a page with a form.
    if let Some(page) = crate::ui::page_data::<ChatPage>() {
        crate::ui::take_the_place(move || view! { <Chat page=page/> });
    }
}
