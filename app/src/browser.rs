//! The browser's own things, asked by name.
//!
//! In: names of fields and methods. Out: what the browser answers, or nothing where it threw. Never: a typed
//! binding, for those are imported by the file that every guest loads: sealing, drawing and the rest weighed
//! 4 KB there, for pages that never whisper.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// A value of the browser's.
#[derive(Clone, Debug)]
pub struct Js(JsValue);

impl Js {
    pub fn of(value: impl AsRef<JsValue>) -> Js {
        Js(value.as_ref().clone())
    }

    /// Something that hangs on the window.
    pub fn global(name: &str) -> Js {
        Js::of(window()).get(name)
    }

    /// A new element with a class, at the end of another.
    pub fn append(&self, tag: &str, class: &str) -> Option<Js> {
        let element = Js::element(tag)?;
        element.set("className", class);
        self.call("appendChild", &[&element])?;
        Some(element)
    }

    pub fn element(tag: &str) -> Option<Js> {
        Js::global("document").call("createElement", &[&Js(tag.into())])
    }

    /// `new class(…)`.
    pub fn make(class: &str, arguments: &[&Js]) -> Option<Js> {
        let class: Function = Js::global(class).0.unchecked_into();
        Reflect::construct(&class, &array(arguments)).ok().map(Js)
    }

    /// For Leptos, which wants to know what it is.
    pub fn into_element(self) -> HtmlElement {
        self.0.unchecked_into()
    }

    pub fn object(fields: &[(&str, Js)]) -> Js {
        let object = Js(Object::new().into());
        fields.iter().for_each(|(name, value)| object.set(name, value.0.clone()));
        object
    }

    pub fn list(items: &[&Js]) -> Js {
        Js(array(items).into())
    }

    /// A copy of these bytes outside of our memory; [`Js::wipe`] overwrites it.
    pub fn bytes(bytes: &[u8]) -> Js {
        Js(Uint8Array::from(bytes).into())
    }

    /// The bytes of an array, or of a buffer.
    pub fn to_bytes(&self) -> Vec<u8> {
        Uint8Array::new(&self.0).to_vec()
    }

    pub fn wipe(&self) {
        self.call("fill", &[&Js(0.into())]);
    }

    pub fn get(&self, name: &str) -> Js {
        Js(Reflect::get(&self.0, &name.into()).unwrap_or(JsValue::UNDEFINED))
    }

    pub fn set(&self, name: &str, value: impl Into<JsValue>) {
        let _ = Reflect::set(&self.0, &name.into(), &value.into());
    }

    /// `self.name(…)`; nothing if there is no such method, or it threw.
    pub fn call(&self, name: &str, arguments: &[&Js]) -> Option<Js> {
        let method: Function = self.get(name).0.dyn_into().ok()?;
        method.apply(&self.0, &array(arguments)).ok().map(Js)
    }

    /// Waits for a promise; nothing if it was broken.
    pub async fn done(self) -> Option<Js> {
        JsFuture::from(js_sys::Promise::resolve(&self.0)).await.ok().map(Js)
    }

    pub fn is_there(&self) -> bool {
        !self.0.is_null() && !self.0.is_undefined()
    }

    pub fn is_true(&self) -> bool {
        self.0.is_truthy()
    }

    pub fn number(&self) -> f64 {
        self.0.as_f64().unwrap_or(0.0)
    }

    pub fn text(&self) -> String {
        self.0.as_string().unwrap_or_default()
    }
}

impl From<Js> for JsValue {
    fn from(value: Js) -> JsValue {
        value.0
    }
}

impl From<&str> for Js {
    fn from(text: &str) -> Js {
        Js(text.into())
    }
}

impl From<f64> for Js {
    fn from(number: f64) -> Js {
        Js(number.into())
    }
}

impl From<bool> for Js {
    fn from(value: bool) -> Js {
        Js(value.into())
    }
}

fn array(items: &[&Js]) -> Array {
    let array = Array::new();
    for item in items {
        array.push(&item.0);
    }
    array
}

/// Milliseconds since the page began, by a clock no correction of the time of day moves.
pub fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// What a picture's file shows; nothing where this browser cannot draw it.
pub async fn bitmap(file: &Js) -> Option<Js> {
    Js::global("window").call("createImageBitmap", &[file])?.done().await
}

/// Draws a bitmap in this size, and nothing of the file it came from; nothing where the browser cannot. A
/// JPEG has no see-through: what shines through is white, as on paper.
pub async fn encode(bitmap: &Js, (width, height): (f64, f64), kind: &str, quality: f64) -> Option<Js> {
    let canvas = Js::element("canvas")?;
    canvas.set("width", width);
    canvas.set("height", height);
    let drawing = canvas.call("getContext", &[&"2d".into()])?;
    let (zero, width, height) = (0.0.into(), width.into(), height.into());
    if kind == "image/jpeg" {
        drawing.set("fillStyle", "#fff");
        drawing.call("fillRect", &[&zero, &zero, &width, &height]);
    }
    drawing.call("drawImage", &[bitmap, &zero, &zero, &width, &height])?;
    let encoding = js_sys::Promise::new(&mut |done, _| {
        canvas.call("toBlob", &[&Js::of(done), &kind.into(), &quality.into()]);
    });
    let encoded = Js::of(encoding).done().await.filter(Js::is_there);
    // Its memory is had back now, not some time later.
    canvas.set("width", 0);
    encoded
}

/// Copies the page's address with its key; whether that was allowed.
pub async fn share() -> bool {
    let address = Js::global("location").get("href");
    match Js::global("navigator").get("clipboard").call("writeText", &[&address]) {
        Some(writing) => writing.done().await.is_some(),
        None => false,
    }
}
