//! Notices that a hotel's own systems push.
//!
//! In: a push as the socket said it. Out: a card at the top of the page with its source, told to screen
//! readers, until somebody closes it. Never: anything over what one types, or more than a few at once.
//!
//! What shows them lies in a WASM file of its own, which comes with the first: most pages never need it.

use crate::js;
use domain::wire::push::Push;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

thread_local! {
    /// In the order they came, until their file is there.
    static PUSHED: RefCell<Vec<Push>> = const { RefCell::new(Vec::new()) };
}

/// Whether an event is a push.
pub fn is_push(event: &JsValue) -> bool {
    js::field(event, "on").and_then(|on| on.as_string()).as_deref() == Some("push")
}

/// Shows a push, if there is anything to show.
pub fn show_push(event: &JsValue) {
    if let Some(push) = js::read::<Push>(event.clone()).filter(|push| !push.body.is_empty()) {
        PUSHED.with_borrow_mut(|pushed| pushed.push(push));
        #[cfg(feature = "hydrate")]
        super::run_split(shown::show);
    }
}

#[cfg(feature = "hydrate")]
mod shown {
    use super::{PUSHED, Push};
    use crate::ui::{Icon, Shape};
    use leptos::{prelude::*, wasm_split::SplitLoaderError};
    use std::{cell::Cell, time::Duration};
    use wasm_bindgen::JsCast as _;

    /// Notices shown at once; an older one makes room.
    const SHOWN: usize = 3;

    /// A screen reader tells what comes into a region it knows.
    const KNOWN: Duration = Duration::from_millis(100);

    type List = RwSignal<Vec<(u32, Push)>>;

    thread_local! {
        static LIST: Cell<Option<List>> = const { Cell::new(None) };
        /// What comes before the region is known waits for it, in its order.
        static IS_KNOWN: Cell<bool> = const { Cell::new(false) };
    }

    /// Shows what was pushed.
    #[leptos::wasm_split::wasm_split(push, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn show() -> Result<(), SplitLoaderError> {
        match LIST.get() {
            Some(list) if IS_KNOWN.get() => add_to(list),
            Some(_) => {}
            None => {
                let Some(list) = mount() else { return Ok(()) };
                set_timeout(
                    move || {
                        IS_KNOWN.set(true);
                        add_to(list);
                    },
                    KNOWN,
                );
            }
        }
        Ok(())
    }

    fn add_to(list: List) {
        list.update(|list| {
            for push in PUSHED.take() {
                let next = list.last().map_or(0, |(number, _)| number + 1);
                list.push((next, push));
            }
            let over = list.len().saturating_sub(SHOWN);
            list.drain(..over);
        });
    }

    fn mount() -> Option<List> {
        let place = document().create_element("div").ok()?;
        place.set_class_name("pushes");
        document().body()?.append_child(&place).ok()?;
        // Without an owner it lives as long as the page does.
        let list = List::default();
        LIST.set(Some(list));
        leptos::mount::mount_to(place.unchecked_into(), move || view! { <Pushes list=list/> }).forget();
        Some(list)
    }

    #[component]
    fn Pushes(list: List) -> impl IntoView {
        let card = move |(number, push): (u32, Push)| {
            let Push { source, body, .. } = push;
            let words = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
            let title = words(body.title).map(|title| view! { <h2 dir="auto">{title}</h2> });
            let text = words(body.text).map(|text| view! { <p class="text" dir="auto">{text}</p> });
            let close = format!("Close the notice from {source}");
            view! {
                <li>
                    <div>
                        <p class="source" dir="auto">{source}</p>
                        {title}
                        {text}
                    </div>
                    <button type="button" class="button quiet icon-only" aria-label=close
                        on:click=move |_| list.update(|list| list.retain(|(other, _)| *other != number))>
                        <Icon shape=Shape::Close/></button>
                </li>
            }
        };
        view! {
            <div role="status" aria-label="Notices">
                <ul><For each=move || list.get() key=|(number, _)| *number children=card/></ul>
            </div>
        }
    }
}
