//! The views, rendered by the server and alive in the browser.
//!
//! In: page data, and events of the wire. Out: HTML, and commands. A folder per audience: `guest`, `console`,
//! `admin`, with small shared parts in `ui`; `live` is the browser's socket. Never: a decision, which is
//! `domain`'s.
//!
//! Six pages come alive: the guest's chat, their page of all hotels and that of a request, the agents' desk,
//! the live board and a whisper. All but the first lie in WASM files of their own, so that a guest with one
//! hotel never downloads them. All other pages are HTML and nothing else.

pub mod account;
pub mod admin;
pub mod attach;
// The server renders nothing that uses it.
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod browser;
pub mod console;
pub mod demo;
mod draft;
pub mod guest;
pub mod home;
pub mod js;
pub mod live;
pub mod login;
pub mod ui;
pub mod whisper;

/// Brings the page to life, whichever it is.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    match ui::page_name().as_deref() {
        Some("chat") => guest::mount(),
        Some("stays") => ui::run_split(guest::mount_stays),
        Some("request") => ui::run_split(guest::mount_request),
        Some("board") => ui::run_split(admin::mount_board),
        Some("whisper") => ui::run_split(whisper::mount),
        Some("desk") => ui::run_split(console::mount),
        _ => {}
    }
}
