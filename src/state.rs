//! What every handler may use.

use crate::{desk::Desk, origin::Origins};
use leptos::config::LeptosOptions;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct App {
    pub desk: Arc<Desk>,
    pub origins: Arc<Origins>,
    pub options: LeptosOptions,
    /// The style sheet's path, with its hash.
    pub stylesheet: Arc<str>,
    /// Names the front end's build; a page of another build reloads itself.
    pub build: Arc<str>,
    /// Served over https: cookies are Secure.
    pub secure: bool,
}
