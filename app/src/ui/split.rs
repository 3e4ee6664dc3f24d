//! Code in a WASM file of its own: what only some pages need, or a page needs later.
//!
//! In: a split function. Out: it has run, once its file was there. Never: the end of a page because the
//! network was gone when it asked for the file, which is what a split function does by itself.

use leptos::{prelude::set_timeout, wasm_split::SplitLoaderError};
use std::{pin::Pin, rc::Rc, time::Duration};

/// How long after a file did not come it is asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// Behind a pointer: each kind of split function would have the whole of [`run`] to itself otherwise, in the
/// file that every guest loads.
type Split = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), SplitLoaderError>>>>>;

/// Runs a split function, however often its file must be asked for.
pub fn run_split<F>(function: impl Fn() -> F + 'static)
where
    F: Future<Output = Result<(), SplitLoaderError>> + 'static,
{
    run(Rc::new(move || Box::pin(function())));
}

fn run(function: Split) {
    // Not Leptos' own: it works only once a page is mounted.
    wasm_bindgen_futures::spawn_local(async move {
        if function().await.is_err() {
            set_timeout(move || run(function), AGAIN);
        }
    });
}
