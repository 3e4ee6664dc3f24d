//! What the chat in a frame and the widget around it say to each other.
//!
//! In: the widget's messages, and pushes. Out: counts, a key, whether a sound is liked, and pushes. Never: a
//! word that was said.

use super::{lobby::focus, talk::Talk};
use crate::{js, ui::show_push};
use leptos::prelude::*;
use std::{cell::RefCell, time::Duration};
use wasm_bindgen::JsValue;

thread_local! {
    /// Pushes the site has not taken yet.
    static HELD: RefCell<Vec<(f64, JsValue)>> = const { RefCell::new(Vec::new()) };
}

/// How long the site around the frame may take to say that it shows a push itself.
const SITE: Duration = Duration::from_millis(250);

/// A push is the site's first, if there is one around; what it does not take is shown here. One that comes
/// into a closed panel counts as unread until it is opened.
pub(super) fn hear_push(talk: Talk, missed: RwSignal<usize>, event: &JsValue) {
    if !is_framed() {
        return show_push(event);
    }
    // Who may frame this page the hotel says; what is pushed is of this hotel only.
    let number = js_sys::Math::random();
    let _ = js_sys::Reflect::set(event, &"number".into(), &number.into());
    post("push", "push", event);
    HELD.with_borrow_mut(|held| held.push((number, event.clone())));
    set_timeout(
        move || {
            let Some(event) = release(number) else { return };
            show_push(&event);
            if !talk.is_looked_at() {
                missed.update(|missed| *missed += 1);
            }
        },
        SITE,
    );
}

/// Whoever opened the panel with a mouse or by the keyboard can write at once. Not by touch: a telephone's
/// keyboard would cover what was said.
pub(super) fn invite() {
    let page = document();
    let opened_here =
        page.has_focus().unwrap_or(false) && page.active_element() == page.body().map(Into::into);
    if opened_here && window().match_media("(pointer: fine)").ok().flatten().is_some_and(|m| m.matches()) {
        focus("textarea[name=body]".into());
    }
}

/// A push that the site may still take, taken out.
fn release(number: f64) -> Option<JsValue> {
    HELD.with_borrow_mut(|held| {
        let at = held.iter().position(|(other, _)| *other == number)?;
        Some(held.remove(at).1)
    })
}

/// The widget tells whether its panel is open: in a closed one nobody reads.
pub(super) fn hear(talk: Talk, missed: RwSignal<usize>, event: &leptos::ev::MessageEvent) {
    let said = js::field(&event.data(), "bellhop").and_then(|v| v.as_string());
    let Some(body) = document().body() else { return };
    match said.as_deref() {
        Some("open") => {
            let _ = body.remove_attribute("data-closed");
            missed.set(0);
            talk.mark_read();
            invite();
        }
        Some("closed") => drop(body.set_attribute("data-closed", "")),
        Some("taken") => {
            js::field(&event.data(), "number").and_then(|number| number.as_f64()).and_then(release);
        }
        _ => {}
    }
}

/// Tells the page around the frame how many messages are unread, for the bubble's badge, or that the guest
/// wants it closed. A word and a number, and nothing that was said.
pub(super) fn tell(what: &str, count: usize) {
    post(what, "count", &(count as f64).into());
}

/// The same with a text: the key of the bubble's question, or whether the guest likes a sound.
pub(super) fn say(what: &str, text: &str) {
    post(what, "text", &text.into());
}

fn post(what: &str, name: &str, value: &JsValue) {
    let Some(parent) = window().parent().ok().flatten().filter(|_| is_framed()) else { return };
    let message = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&message, &"bellhop".into(), &what.into());
    let _ = js_sys::Reflect::set(&message, &name.into(), value);
    let _ = parent.post_message(&message, "*");
}

/// The page stands in a frame of another.
pub(super) fn is_framed() -> bool {
    let window = window();
    window.parent().ok().flatten().is_some_and(|parent| parent != window)
}
