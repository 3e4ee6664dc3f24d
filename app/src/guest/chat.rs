//! The page itself: who answers, what was said, the state of the connection, the composer.

use super::{
    ChatPage,
    bubble::{Bubble, Waiting, standing},
    composer::Composer,
    talk::{Line, Talk},
};
use crate::{
    domain::ConversationId,
    js,
    live::{self, Link},
    ui::{day_of, provide_local_time},
};
use leptos::{either::Either, html::Div, prelude::*};
use std::time::Duration;

/// What the timeline shows: a line, or the day that begins before it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Day(i64, String),
    Line(Line),
}

impl Item {
    fn key(&self) -> (i64, Option<(ConversationId, i64)>) {
        match self {
            Item::Day(day, _) => (*day, None),
            Item::Line(line) => (0, Some((line.conversation, line.entry.seq))),
        }
    }
}

#[component]
pub fn Chat(page: ChatPage) -> impl IntoView {
    provide_local_time();
    let talk = Talk::new(&page);
    let scroll = NodeRef::<Div>::new();
    let hotel = page.opened.hotel.clone();

    Effect::new(move |_| {
        talk.start();
        let looking = window_event_listener_untyped("visibilitychange", move |_| talk.mark_read());
        let framed = window_event_listener(leptos::ev::message, move |event| hear_widget(talk, &event));
        let escape = window_event_listener(leptos::ev::keydown, |event| {
            if event.key() == "Escape" {
                tell_widget("close", 0);
            }
        });
        let tick = set_interval_with_handle(
            move || {
                talk.now.try_set(live::moment());
            },
            Duration::from_secs(30),
        );
        on_cleanup(move || {
            looking.remove();
            framed.remove();
            escape.remove();
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    // The newest line stays in view, unless the guest has scrolled up to read.
    Effect::new(move |before: Option<usize>| {
        let count = talk.lines.with(Vec::len) + talk.outbox.with(Vec::len) + usize::from(talk.typing.with(Option::is_some));
        if let Some(scroll) = scroll.get() {
            let near = scroll.scroll_height() - scroll.scroll_top() - scroll.client_height() < 160;
            if before.is_none() || near {
                request_animation_frame(move || scroll.set_scroll_top(scroll.scroll_height()));
            }
        }
        count
    });
    Effect::new(move |_| tell_widget("unread", talk.unread()));

    let items = move || {
        let now = talk.now.get();
        let mut day = None;
        let mut items = Vec::new();
        talk.lines.with(|lines| {
            for line in lines {
                let (key, name) = day_of(line.entry.at, now);
                // Clocks may disagree; a day is named when it is later than the one before, never twice.
                if day.is_none_or(|d| key > d) {
                    day = Some(key);
                    items.push(Item::Day(key, name));
                }
                items.push(Item::Line(line.clone()));
            }
        });
        items
    };
    let item = move |item: Item| match item {
        Item::Day(_, name) => Either::Left(view! { <li class="day"><span>{name}</span></li> }),
        Item::Line(line) => Either::Right(view! { <Bubble line=line talk=talk/> }),
    };
    let trouble = move || match talk.link.get() {
        Link::Up | Link::Connecting => "",
        Link::Lost => "No connection. What you write is kept, and sent when it is back.",
        Link::Ended => "The connection was ended. Please reload the page.",
    };
    let typing = move || {
        talk.typing.get().map(|name| view! {
        <li class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>{format!("{name} is typing…")}</li>
    })
    };
    let older = move || {
        talk.older.get().then(|| {
            view! {
                <button class="button quiet older" on:click=move |_| talk.show_older()>"Show earlier conversations"</button>
            }
        })
    };
    view! {
        <div class="chat" data-link=move || talk.link.get().as_str()>
            <header class="chat-head">
                <div>
                    <h1>{hotel.name}</h1>
                    <p class="standing" aria-live="polite">{move || standing(talk)}</p>
                </div>
                <Name talk=talk/>
            </header>
            <div class="scroll" node_ref=scroll tabindex="0" role="region" aria-label="Conversation">
                {older}
                <p class="greeting" dir="auto">{hotel.greeting}</p>
                <ol class="timeline" aria-live="polite" aria-relevant="additions">
                    <For each=items key=Item::key children=item/>
                    <For each=move || talk.outbox.get() key=|p| p.client_id let:pending>
                        <Waiting pending=pending talk=talk/>
                    </For>
                    {typing}
                </ol>
                <span id="newest"></span>
            </div>
            <noscript>
                <p class="connection">"Answers appear when you "<a href="">"load this page again"</a>"."</p>
            </noscript>
            <p class="connection lost" role="status" hidden=move || trouble().is_empty()>{trouble}</p>
            <Composer page=page talk=talk/>
        </div>
    }
}

/// The guest's name, if they care to give it. The style sheet shows it once the page is alive.
#[component]
fn Name(talk: Talk) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let details = NodeRef::<leptos::html::Details>::new();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(field), Some(details)) = (field.get_untracked(), details.get_untracked()) {
            talk.introduce(field.value().trim().to_owned());
            details.set_open(false);
        }
    };
    let label = move || talk.name.with(|n| if n.is_empty() { "Add your name".to_owned() } else { n.clone() });
    view! {
        <details class="name" node_ref=details>
            <summary class="button quiet">{label}</summary>
            <form on:submit=save>
                <label for="name" class="hidden">"Your name"</label>
                <input
                    id="name"
                    maxlength="80"
                    autocomplete="name"
                    placeholder="Your name"
                    value=talk.name.get_untracked()
                    node_ref=field
                />
                <button class="button" type="submit">"Save"</button>
            </form>
        </details>
    }
}

/// The widget tells whether its panel is open: in a closed one nobody reads.
fn hear_widget(talk: Talk, event: &leptos::ev::MessageEvent) {
    let said = js::field(&event.data(), "bellhop").and_then(|v| v.as_string());
    let Some(body) = document().body() else { return };
    match said.as_deref() {
        Some("open") => {
            let _ = body.remove_attribute("data-closed");
            talk.mark_read();
        }
        Some("closed") => drop(body.set_attribute("data-closed", "")),
        _ => {}
    }
}

/// Tells the page around the frame how many messages are unread, for the bubble's badge, or that the guest wants it
/// closed. A word and a number, and nothing that was said.
fn tell_widget(what: &str, count: usize) {
    let window = window();
    let Ok(Some(parent)) = window.parent() else { return };
    if parent == window {
        return;
    }
    let message = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&message, &"bellhop".into(), &what.into());
    let _ = js_sys::Reflect::set(&message, &"count".into(), &(count as f64).into());
    let _ = parent.post_message(&message, "*");
}
