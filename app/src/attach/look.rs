//! A closer look at what stands in a timeline: pictures one after the other, voices faster.

use super::{
    Composer, Job, dialog,
    edit::{NOT_EDITED, edit},
    run,
};
use crate::{
    browser::Js,
    ui::{Icon, Shape},
};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlDialogElement};

/// How fast a voice can be played, and how that is called.
const SPEEDS: [(f64, &str); 4] = [(1.0, "1×"), (1.25, "1.25×"), (1.5, "1.5×"), (2.0, "2×")];

/// Somebody has pressed a picture, or the speed of a voice.
pub fn press(pressed: &Element, to: Composer) {
    if pressed.class_list().contains("speed") {
        faster(pressed);
    } else {
        open(pressed, to);
    }
}

fn faster(button: &Element) {
    let Some(audio) = button.parent_element().and_then(|voice| voice.query_selector("audio").ok().flatten())
    else {
        return;
    };
    let audio = Js::of(audio);
    let now = audio.get("playbackRate").number();
    let next = SPEEDS.iter().find(|(speed, _)| *speed > now).unwrap_or(&SPEEDS[0]);
    // Once it plays it would begin at its usual speed again.
    audio.set("defaultPlaybackRate", next.0);
    audio.set("playbackRate", next.0);
    button.set_text_content(Some(next.1));
}

/// The pictures of a timeline: where each is, and what it shows.
fn pictures(of: &Element) -> (Vec<(String, String)>, usize) {
    let Some(timeline) = of.closest(".timeline").ok().flatten() else { return (Vec::new(), 0) };
    let (mut found, mut at) = (Vec::new(), 0);
    if let Ok(all) = timeline.query_selector_all("a.picture") {
        for n in 0..all.length() {
            let Some(picture) = all.get(n).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
            if picture == *of {
                at = found.len();
            }
            let alt = picture.first_element_child().and_then(|image| image.get_attribute("alt"));
            found.push((picture.get_attribute("href").unwrap_or_default(), alt.unwrap_or_default()));
        }
    }
    (found, at)
}

fn open(pressed: &Element, to: Composer) {
    let (all, first) = pictures(pressed);
    dialog::open("Photos", move |dialog| look(all, first, dialog, to));
}

/// Opens a picture that was sent, to be changed; what comes of it goes into the composer.
async fn change(address: String, to: Composer) {
    let Some(picture) = fetched(&address).await else {
        to.problem.try_set(Some("The photo could not be loaded. Check the connection.".to_owned()));
        return;
    };
    let name = if picture.get("type").text() == "image/png" { "photo.png" } else { "photo.jpg" };
    let done = move |file: Option<Js>| match file {
        Some(file) => {
            to.picked.update(|picked| *picked += 1);
            run(Job::Pick(to.clone(), Js::list(&[&file]).into()));
        }
        None => drop(to.problem.try_set(Some(NOT_EDITED.to_owned()))),
    };
    edit(&picture, name.to_owned(), "Attach", done).await;
}

/// Nothing if there is no way to it, or it is not theirs any more.
async fn fetched(address: &str) -> Option<Js> {
    let answer = Js::global("window").call("fetch", &[&address.into()])?.done().await?;
    if answer.get("ok").is_true() { answer.call("blob", &[])?.done().await } else { None }
}

fn look(all: Vec<(String, String)>, first: usize, dialog: HtmlDialogElement, to: Composer) -> impl IntoView {
    let count = all.len();
    let at = RwSignal::new(first);
    let all = StoredValue::new(all);
    let large = RwSignal::new(false);
    let of = move |n: usize| all.with_value(|all| all.get(n).cloned()).unwrap_or_default();
    let turn = move |by: isize| {
        large.set(false);
        at.update(|at| *at = at.saturating_add_signed(by).min(count.saturating_sub(1)));
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        // What lies below has keys of its own.
        event.stop_propagation();
        match event.key().as_str() {
            "ArrowLeft" => turn(-1),
            "ArrowRight" => turn(1),
            _ => {}
        }
    };
    let closing = dialog.clone();
    // Guests pass nothing on, and nobody does who may not answer.
    let change = (to.describes && to.form().is_some()).then(|| {
        let open = move |_| {
            closing.close();
            leptos::task::spawn_local(change(of(at.get_untracked()).0, to.clone()));
        };
        view! { <button type="button" class="button" on:click=open>"Edit"</button> }
    });
    let place = move || if count > 1 { format!("{} of {count}", at.get() + 1) } else { String::new() };
    view! {
        <div class="looking" class:large=large on:keydown=key>
            <img src=move || of(at.get()).0 alt=move || of(at.get()).1
                on:click=move |_| large.update(|large| *large = !*large)/>
            <div class="tools">
                <button type="button" class="button icon-only" aria-label="Previous photo" hidden={count < 2}
                    disabled=move || at.get() == 0 on:click=move |_| turn(-1)>
                    <Icon shape=Shape::Back/></button>
                <button type="button" class="button icon-only next" aria-label="Next photo" hidden={count < 2}
                    disabled=move || at.get() + 1 == count on:click=move |_| turn(1)>
                    <Icon shape=Shape::Back/></button>
                <span role="status">{place}</span>
                {change}
                <a class="button" href=move || saved(&of(at.get()).0) download>"Save"</a>
                <button type="button" class="button icon-only" aria-label="Close" autofocus
                    on:click=move |_| dialog.close()><Icon shape=Shape::Close/></button>
            </div>
        </div>
    }
}

/// Where a picture is had to be kept; what lies in this page's memory is had as it is.
fn saved(address: &str) -> String {
    if address.starts_with("blob:") { address.to_owned() } else { format!("{address}?download") }
}
