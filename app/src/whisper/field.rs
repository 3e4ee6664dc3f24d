//! The field one types in. It is empty but for what is being composed: whatever is typed goes out at once and
//! stands on the sheet, where nothing takes it back.
//!
//! In: what keyboards, clipboards and files bring. Out: letters and pictures for the room. Never: a change to
//! what was typed; there is nothing in the field to be changed.

use super::{
    browser::Js,
    composition::Composition,
    room::{Room, Stage},
};
use crate::ui::{Icon, Shape};
use leptos::{html, prelude::*};

/// The key code of a key that went into a composition.
const COMPOSED: u32 = 229;

/// `at_once`: the keyboard comes here by itself, once there is somebody to hear.
#[component]
pub fn Field(room: Room, at_once: bool) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let language = Js::global("navigator").get("language").text();
    let composition = StoredValue::new(Composition::new(&language));
    let held = RwSignal::new(false);
    let value = move || field.get_untracked().map(|field| field.value()).unwrap_or_default();
    let clear = move || {
        if let Some(field) = field.get_untracked() {
            field.set_value("");
        }
    };
    let compose = move |work: fn(&mut Composition, &str) -> String, text: &str| {
        let letters = composition.try_update_value(|composition| work(composition, text)).unwrap_or_default();
        held.set(composition.with_value(Composition::is_held));
        room.write(&letters);
    };
    let is_composing = move || composition.with_value(Composition::is_active);

    let before = move |event: web_sys::InputEvent| {
        let asked = Js::of(&event);
        let kind = asked.get("inputType").text();
        if kind == "deleteCompositionText" {
            composition.update_value(Composition::replace);
        }
        // A composition cannot be stopped, only listened to; what cannot be stopped is taken up by `input`.
        if is_composing() || kind.contains("Composition") || !event.cancelable() {
            return;
        }
        event.prevent_default();
        match kind.as_str() {
            "insertText" | "insertFromPaste" | "insertFromYank" | "insertFromPasteAsQuotation" => {
                let data = asked.get("data");
                let dropped = || asked.get("dataTransfer").call("getData", &[&"text/plain".into()]);
                room.write(
                    &if data.is_there() { Some(data) } else { dropped() }.map_or(String::new(), |d| d.text()),
                );
            }
            "insertLineBreak" | "insertParagraph" => room.write("\n"),
            // Everything else would change what was typed, or bring it back.
            _ => {}
        }
    };
    let input = move |event: leptos::ev::Event| {
        if is_composing() {
            return compose(Composition::update, &value());
        }
        // From a browser that does not ask before; but Firefox tells once more of a composition that is over.
        if !Js::of(event).get("inputType").text().contains("Composition") {
            room.write(&value());
        }
        clear();
    };
    let end = move |_| {
        compose(Composition::end, &value());
        clear();
    };
    let paste = move |event: web_sys::Event| {
        if let Some(picture) = first_file(&Js::of(&event).get("clipboardData")) {
            event.prevent_default();
            room.send_picture(picture);
        }
    };
    let is_in = move || room.stage.get() == Stage::In && room.ready.get();
    let placeholder = move || match (room.stage.get(), room.aside.get()) {
        (Stage::In, _) if !room.ready.get() => "One moment…",
        (Stage::In, true) => "Only moderators see this",
        (Stage::In, false) => "Everyone sees each letter as you type",
        _ => "Reconnecting…",
    };
    // Whoever has just come in writes, unless they are at something else.
    Effect::new(move |_| {
        let inside = is_in();
        if let Some(field) = field.get() {
            let _ = field.set_attribute("autocorrect", "off");
            if inside && at_once && document().active_element().is_none_or(|now| now.tag_name() == "BODY") {
                let _ = field.focus();
            }
        }
        if !inside {
            composition.update_value(Composition::abandon);
            clear();
        }
    });
    view! {
        <div class="field" class:aside=move || room.aside.get()>
            <textarea aria-label="Start typing. You can’t take anything back."
                node_ref=field rows="1" autocomplete="off"
                autocapitalize="sentences" spellcheck="false" enterkeyhint="enter" class:held=held
                placeholder=placeholder disabled=move || !is_in()
                on:beforeinput=before
                on:input=input
                on:compositionstart=move |_| composition.update_value(Composition::begin)
                on:compositionend=end
                on:keydown=move |event| composition.update_value(|composition| {
                    composition.key(event.is_composing() || event.key_code() == COMPOSED, &event.code());
                })
                on:paste=move |event| paste(event.into())
                on:blur=move |_| {
                    composition.update_value(Composition::abandon);
                    clear();
                }
            ></textarea>
            <label class="button icon-only" title="Send a picture">
                <Icon shape=Shape::Picture/>
                <span class="hidden">"Send a picture"</span>
                <input type="file" accept="image/*" class="hidden" disabled=move || !is_in()
                    on:change=move |event| {
                        let input = Js::of(&event).get("target");
                        if let Some(picture) = first_file(&input) {
                            room.send_picture(picture);
                        }
                        input.set("value", "");
                    }/>
            </label>
        </div>
    }
}

/// The first file of what was chosen, pasted or dropped.
pub fn first_file(of: &Js) -> Option<Js> {
    Some(of.get("files").get("0")).filter(Js::is_there)
}
