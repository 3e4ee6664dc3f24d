//! What a whisper asks of the browser beside its page.

use js_sys::{Object, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// An object of these fields.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// The bytes of an array buffer.
pub fn bytes_of(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

/// A new element with a class, at the end of another.
pub fn append(to: &HtmlElement, tag: &str, class: &str) -> Option<HtmlElement> {
    let element: HtmlElement = document().create_element(tag).ok()?.dyn_into().ok()?;
    element.set_class_name(class);
    to.append_child(&element).ok()?;
    Some(element)
}

/// Milliseconds since the page began, by a clock no correction of the time of day moves.
pub fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Copies the page's address with its key; whether that was allowed.
pub async fn share() -> bool {
    let copying = async {
        let navigator = window().navigator();
        let clipboard = Reflect::get(&navigator, &"clipboard".into()).ok()?;
        let write: js_sys::Function = Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
        let address = window().location().href().ok()?;
        let written: js_sys::Promise = write.call1(&clipboard, &address.into()).ok()?.dyn_into().ok()?;
        JsFuture::from(written).await.ok()
    };
    copying.await.is_some()
}
