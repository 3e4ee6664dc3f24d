//! Code in a WASM file of its own: what only some pages need, or a page needs later.
//!
//! In: a split function. Out: it has run, once its file was there. Never: the end of a page because the
//! network was gone when it asked for the file, which is what a split function does by itself.

use leptos::{prelude::set_timeout, wasm_split::SplitLoaderError};
use std::time::Duration;

/// How long after a file did not come it is asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// Runs a split function, however often its file must be asked for.
pub fn run_split<F>(function: impl Fn() -> F + 'static)
where
    F: Future<Output = Result<(), SplitLoaderError>> + 'static,
{
    // Not Leptos' own: it works only once a page is mounted.
    wasm_bindgen_futures::spawn_local(async move {
        if function().await.is_err() {
            set_timeout(move || run_split(function), AGAIN);
        }
    });
}
