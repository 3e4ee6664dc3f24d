//! What stands in the composer before it is sent, and under a message until it is stored.

use super::{
    edit::edit,
    kept::{self, Kept},
    record::MOST,
};
use crate::{
    browser::Js,
    ui::{Icon, Shape, size_in_words},
};
use leptos::{either::Either, prelude::*};
use std::{rc::Rc, time::Duration};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

/// Shows something in the element of this id, unless it shows it already. Without an owner it lives as long
/// as the element does.
pub fn mount<V: IntoView + 'static>(id: &str, view: impl FnOnce() -> V + 'static) {
    let Some(place) = document().get_element_by_id(id).and_then(|place| place.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    if place.first_element_child().is_none() {
        leptos::mount::mount_to(place, view).forget();
    }
}

/// An address under which this page, and only it, finds a file.
fn local_address(blob: &Js) -> String {
    Js::global("URL").call("createObjectURL", &[blob]).map(|address| address.text()).unwrap_or_default()
}

/// A small picture of it, or its name.
fn looks(file: &Kept) -> impl IntoView + use<> {
    let (name, size) = (file.name(), size_in_words(file.size() as i64));
    let kind = file.kind();
    if kind.starts_with("image/") {
        return Either::Left(view! { <img src=local_address(&file.blob()) alt=name/> });
    }
    let what = match kind.split('/').next() {
        Some("audio") => {
            let seconds = file.0.get("seconds").number() as i64;
            format!("Voice message {}:{:02}", seconds / 60, seconds % 60)
        }
        _ => name,
    };
    Either::Right(view! { <span class="named"><b dir="auto">{what}</b>" "<span>{size}</span></span> })
}

/// The files of a composer, each with a way to take it out again.
pub fn picked(
    files: RwSignal<Vec<Kept>, LocalStorage>,
    describes: bool,
    take_out: impl Fn(Kept) + 'static,
    replace: impl Fn(Kept, Option<Js>) + 'static,
) -> impl IntoView {
    let take_out = StoredValue::new_local(take_out);
    let replace = StoredValue::new_local(Rc::new(replace));
    let ids = move || files.with(|files| files.iter().map(Kept::id).collect::<Vec<_>>());
    let chip = move |id: String| {
        let file = files.with_untracked(|files| files.iter().find(|file| file.id() == id).cloned());
        file.map(|file| {
            let name = file.name();
            let label = format!("Remove {}", if name.is_empty() { "the file" } else { &name });
            let looks = looks(&file);
            let alt = (describes && file.kind().starts_with("image/")).then(|| file.0.get("alt").text());
            let changes = alt.is_some() && file.kind() != "image/gif";
            let file = StoredValue::new_local(file);
            let change = changes.then(|| {
                let open = move |_| {
                    let (file, replace) = (file.get_value(), replace.get_value());
                    leptos::task::spawn_local(async move {
                        let (picture, name) = (file.blob(), file.name());
                        edit(&picture, name, "Done", move |by| replace(file.clone(), by)).await;
                    });
                };
                view! { <button type="button" class="button quiet" on:click=open>"Edit"</button> }
            });
            let describe = move |event: leptos::ev::Event| {
                let file = file.get_value();
                file.0.set("alt", event_target_value(&event));
                leptos::task::spawn_local(async move {
                    kept::keep(&file).await;
                });
            };
            let alt = alt.map(|alt| {
                view! {
                    <input class="alt" maxlength="300" autocomplete="off" placeholder="What it shows"
                        aria-label="What the photo shows, for guests who cannot see it" value=alt
                        on:change=describe/>
                }
            });
            view! {
                <li class="chip-file">
                    {looks}
                    {alt}
                    {change}
                    <button type="button" class="button quiet icon-only" aria-label=label
                        on:click=move |_| take_out.with_value(|take_out| take_out(file.get_value()))>
                        <Icon shape=Shape::Close/></button>
                </li>
            }
        })
    };
    view! { <ul><For each=ids key=|id| id.clone() children=chip/></ul> }
}

/// A recording that goes on: how long, and what to do with it.
pub fn recording(
    seconds: impl Fn() -> f64 + Clone + 'static,
    end: impl Fn(bool) + Clone + 'static,
) -> impl IntoView {
    let clock = RwSignal::new("0:00".to_owned());
    let over = end.clone();
    let ticking = set_interval_with_handle(
        move || {
            let now = seconds();
            clock.try_set(format!("{}:{:02}", now as i64 / 60, now as i64 % 60));
            if now >= MOST {
                over(true);
            }
        },
        Duration::from_millis(250),
    );
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    let (keep, drop) = (end.clone(), end);
    view! {
        <div class="recording" role="group" aria-label="Voice message">
            <span class="dot" aria-hidden="true"></span>
            <span role="timer">{clock}</span>
            <button type="button" class="button quiet" on:click=move |_| drop(false)>"Discard"</button>
            <button type="button" class="button primary" on:click=move |_| keep(true)>"Done"</button>
        </div>
    }
}

/// How much of a message's files is there, and whether they get through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub part: f64,
    pub moving: bool,
}

/// The files of a message that is on its way.
pub fn on_its_way<F: Fn() + 'static>(
    files: &[Kept],
    progress: RwSignal<Progress>,
    cancel: F,
) -> impl IntoView + use<F> {
    let looks =
        files.iter().map(|file| view! { <span class="chip-file">{looks(file)}</span> }).collect_view();
    let percent = move || (progress.get().part * 100.0) as i32;
    let words = move || match progress.get() {
        Progress { part, .. } if part >= 1.0 => "Almost there…".to_owned(),
        Progress { moving: true, .. } => format!("Sending… {} %", percent()),
        _ => format!("Waiting for the connection… {}%", percent()),
    };
    let cancel = StoredValue::new_local(cancel);
    view! {
        <div class="attached">{looks}</div>
        <p class="progress">
            <progress max="100" prop:value=percent aria-label="Sent"></progress>
            <span>{words}</span>
            <button type="button" class="button quiet" on:click=move |_| cancel.with_value(|cancel| cancel())>
                "Cancel"</button>
        </p>
    }
}
