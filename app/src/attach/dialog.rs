//! All of the screen, for a photo.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::HtmlDialogElement;

/// Opens a dialog of this name. What it shows, and all that holds, ends with it.
pub fn open<V: IntoView + 'static>(name: &str, view: impl FnOnce(HtmlDialogElement) -> V + 'static) {
    let (Some(body), Ok(dialog)) = (document().body(), document().create_element("dialog")) else { return };
    let dialog: HtmlDialogElement = dialog.unchecked_into();
    dialog.set_class_name("look");
    let _ = dialog.set_attribute("aria-label", name);
    let _ = body.append_child(&dialog);
    let (shown, gone) = (dialog.clone(), dialog.clone());
    let mounted = leptos::mount::mount_to(dialog.clone().unchecked_into(), move || view(shown));
    let end = Closure::once_into_js(move || {
        drop(mounted);
        gone.remove();
    });
    let _ = dialog.add_event_listener_with_callback("close", end.unchecked_ref());
    let _ = dialog.show_modal();
}
