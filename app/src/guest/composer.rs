//! Where the guest writes. A form that posts without WASM and sends over the socket with it.

use super::{Post, outbox, talk::Talk};
use crate::{
    attach,
    ui::{Icon, Shape, characters_left, is_composing},
};
use leptos::{html::Textarea, prelude::*};

#[component]
pub fn Composer(talk: Talk, slug: String, limit: usize, form: Post) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let Post { draft, client_id, named } = form;
    let length = RwSignal::new(draft.chars().count());
    let problem = talk.problem;
    // Without WASM the form says what stood above it when it was filled in.
    let seen = talk.last_answer().map(|(conversation, seq)| format!("{conversation} {seq}"));
    let attach::Composer { place, limits, .. } = talk.composer();
    let add = if limits.count == 0 { "" } else { ADD };
    // Several may stand on one page.
    let id = format!("body-{slug}");

    let set_text = move |text: &str| {
        if let Some(field) = field.get_untracked() {
            field.set_value(text);
            fit(&field);
        }
        length.set(text.chars().count());
    };
    // What was typed before the page came alive, or before a reload, stays. Later, a refused message comes
    // back, before whatever has been typed since.
    Effect::new(move |_| {
        let returned = talk.returned.get();
        if let Some(field) = field.get() {
            let typed = field.value();
            let text = match returned {
                Some(text) if typed.is_empty() || typed == text => text,
                Some(text) => format!("{text}\n{typed}"),
                None if typed.is_empty() => {
                    outbox::load_draft(talk.guest(), &talk.hotel()).unwrap_or_default()
                }
                None => typed,
            };
            outbox::keep_draft(talk.guest(), &talk.hotel(), &text);
            set_text(&text);
        }
    });
    let send = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        let count = text.trim().chars().count();
        let picked = talk.picked.get_untracked();
        if count > limit {
            problem.set(Some(format!("{} characters too long.", count - limit)));
        } else if count > 0 || picked > 0 {
            problem.set(None);
            talk.say(&text);
            set_text("");
            let _ = field.focus();
        }
    };
    let on_input = move |_| {
        if let Some(field) = field.get_untracked() {
            fit(&field);
            length.set(field.value().chars().count());
            problem.set(None);
            talk.typed(&field.value());
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) {
            event.prevent_default();
            send();
        }
    };
    Effect::new(move |_| attach::listen(move || talk.composer()));
    let left = move || {
        let left = limit as i64 - length.get() as i64;
        (left < 200).then(|| view! { <p class="left" class:over=left < 0>{characters_left(left)}</p> })
    };
    view! {
        <form class="composer" method="post" action=format!("/chat/{slug}") enctype="multipart/form-data"
            data-named=named.then_some("")
            on:submit=move |event| { event.prevent_default(); send(); }>
            <p class="problem" role="alert" hidden=move || problem.with(Option::is_none)>
                {move || problem.get().unwrap_or_default()}</p>
            <input type="hidden" autocomplete="off" name="client_id" value=client_id.to_string()/>
            <input type="hidden" autocomplete="off" name="seen" value=seen/>
            <input type="hidden" autocomplete="off" name="token" value=move || talk.token.get()/>
            <div class="attached" id=place.clone()></div>
            <div class="voice" id=format!("{place}-voice")></div>
            <div class="row">
                <span class="line" inner_html=LINE on:click=move |_| talk.line(None)></span>
                <textarea id=id name="body" rows="1" dir="auto" placeholder="Write a message"
                    aria-label="Your message"
                    enterkeyhint="send"
                    node_ref=field on:input=on_input on:keydown=on_key>{draft}</textarea>
                <span class="add" inner_html=add></span>
                <button class="button primary send" type="submit" aria-label="Send">
                    <Icon shape=Shape::Send/></button>
            </div>
            {left}
        </form>
    }
}

/// The button of the private line, as text: building it would weigh three times as much, and most guests
/// never press it. The style sheet shows it once somebody has answered.
const LINE: &str = "<button type=button class=\"button quiet icon-only\" title=\"Private line\">\
    <svg class=icon viewBox=\"0 0 24 24\"><path d=\"M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3\"/></svg>\
    </button>";

/// What adds files, as text for the same reason. The field itself is what works without scripts; the style
/// sheet lays it under its picture, and shows the microphone where there is one to ask for.
const ADD: &str = "<label class=\"button quiet icon-only\" title=\"Photo, video or PDF\">\
    <svg class=icon viewBox=\"0 0 24 24\"><path d=\"M20 11.5 12 19.4a5 5 0 0 1-7-7l8.4-8.3\
    a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.2a1.6 1.6 0 0 1-2.3-2.3l7.4-7.3\"/></svg>\
    <input type=file name=files multiple accept=\"image/*,video/*,application/pdf\" \
    aria-label=\"Add photos, videos or PDFs\"></label>\
    <button type=button class=\"button quiet icon-only microphone\" title=\"Record a voice message\">\
    <svg class=icon viewBox=\"0 0 24 24\"><path d=\"M12 15a3.5 3.5 0 0 0 3.5-3.5v-5a3.5 3.5 0 0 0-7 0v5\
    A3.5 3.5 0 0 0 12 15zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3\"/></svg></button>";

/// Grows the field with its text; the style sheet says how far.
fn fit(field: &web_sys::HtmlTextAreaElement) {
    let _ = field.set_attribute("style", "height: auto");
    let height = field.scroll_height();
    let _ = field.set_attribute("style", &format!("height: {height}px"));
}
