//! A talk with one hotel: who answers, what was said, the state of the connection, the composer. `Chat` is the page that
//! shows one; the guest's page of all hotels shows several [`TalkView`]s beside each other.

use super::{
    ChatPage, Post,
    bubble::{Bubble, Waiting, standing},
    composer::Composer,
    outbox::Pending,
    talk::{Line, Talk},
};
use crate::{
    domain::{ClientId, ConversationId, Hotel},
    js,
    live::{self, Link, Live, News},
    ui::{day_of, provide_local_time},
    wire::guest::Event,
};
use leptos::{either::EitherOf3, prelude::*};
use std::time::Duration;

/// What the timeline shows: the day that begins, a line, or a line that is not acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Day(i64, String),
    /// A line, and whether it goes on where the same author left off.
    Line(Line, bool),
    Pending(Pending),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Day(i64),
    Line(ConversationId, i64),
    Pending(ClientId),
}

impl Item {
    fn key(&self) -> Key {
        match self {
            Item::Day(day, _) => Key::Day(*day),
            Item::Line(line, _) => Key::Line(line.conversation, line.entry.seq),
            Item::Pending(pending) => Key::Pending(pending.client_id),
        }
    }
}

#[component]
pub fn Chat(page: ChatPage) -> impl IntoView {
    let local = provide_local_time();
    let link = RwSignal::new(Link::Connecting);
    let talk = Talk::new(&page.opened, page.now, link);
    talk.problem.set(page.refused);
    let (build, you) = (page.build, page.opened.you.id);
    Effect::new(move |_| {
        local.0.set(true);
        if let (true, Some(body)) = (is_framed(), document().body()) {
            let _ = body.set_attribute("data-framed", "");
        }
        let build = build.clone();
        talk.start(Live::connect("guest", link, move |news| match news {
            News::Up => leptos::task::spawn_local(talk.catch_up()),
            // A server of another build may say things this page does not know; those are passed over.
            News::Event(event) => match js::read(event.clone()) {
                Some(Event::Hello { build: newer, you: now, .. }) => {
                    let idle = talk.outbox.with_untracked(Vec::is_empty);
                    if now.id != you || newer != build && idle {
                        let _ = window().location().reload();
                    }
                }
                Some(Event::Closing { reason }) if reason == "joined" => drop(window().location().reload()),
                Some(event) => talk.take_in(&event),
                None => {}
            },
        }));
        let looking = window_event_listener_untyped("visibilitychange", move |_| talk.mark_read());
        let sized = window_event_listener_untyped("resize", move |_| talk.pin(false));
        let framed = window_event_listener(leptos::ev::message, move |event| hear_widget(talk, &event));
        let escape = window_event_listener(leptos::ev::keydown, |event| {
            // An open menu first.
            let menu = document().query_selector("details.name[open]").ok().flatten();
            match menu {
                _ if event.key() != "Escape" => {}
                Some(menu) => drop(menu.remove_attribute("open")),
                None => tell_widget("close", 0),
            }
        });
        let tick = set_interval_with_handle(
            move || {
                talk.tick(live::moment());
            },
            Duration::from_secs(30),
        );
        on_cleanup(move || {
            looking.remove();
            sized.remove();
            framed.remove();
            escape.remove();
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    // The bubble counts what is unread.
    Effect::new(move |_| tell_widget("unread", talk.unread()));
    let form = Post { draft: page.draft, client_id: page.client_id };
    view! {
        <div class="chat" data-link=move || link.get().as_str()>
            <TalkView talk=talk hotel=page.opened.hotel limit=page.limits.body form=form end=view! { <Menu talk=talk/> }/>
        </div>
    }
}

/// A talk, as a whole page or as one of several. `end` stands at the end of its head.
/// (Not `children`: those are type-erased, and the code for that is a tenth of the guest's download.)
#[component]
pub fn TalkView<V: IntoView + 'static>(talk: Talk, hotel: Hotel, limit: usize, form: Post, end: V) -> impl IntoView {
    let scroll = talk.scroll;
    // The newest line stays in view, unless the guest has scrolled up to read.
    Effect::new(move |before: Option<usize>| {
        let own = talk.outbox.with(Vec::len);
        let asked = usize::from(talk.typing.with(Option::is_some)) + usize::from(talk.to_rate().is_some());
        let count = talk.lines.with(Vec::len) + own + asked;
        if scroll.get().is_some() {
            // One's own words are always brought into view.
            talk.pin(before.unwrap_or(0) == 0 || own > 0);
        }
        count
    });

    // What is said of the connection or the hours takes room from the end.
    Effect::new(move |_| {
        talk.link.track();
        talk.closed.track();
        talk.pin(false);
    });

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
                let goes_on = matches!(items.last(), Some(Item::Line(before, _)) if line.entry.goes_on_from(&before.entry));
                items.push(Item::Line(line.clone(), goes_on));
            }
        });
        items.extend(talk.outbox.get().into_iter().map(Item::Pending));
        items
    };
    let item = move |item: Item| match item {
        Item::Day(_, name) => EitherOf3::A(view! { <li class="day"><span>{name}</span></li> }),
        Item::Line(line, goes_on) => EitherOf3::B(view! { <Bubble line=line goes_on=goes_on talk=talk/> }),
        Item::Pending(pending) => EitherOf3::C(view! { <Waiting pending=pending talk=talk/> }),
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
        <header class="chat-head">
            <div>
                <h1>{hotel.name}</h1>
                <p class="standing" aria-live="polite">{move || standing(talk)}</p>
            </div>
            {end}
        </header>
        <div class="scroll" node_ref=scroll tabindex="0" role="region" aria-label="Conversation" on:scroll=move |_| talk.scrolled()>
            {older}
            <p class="greeting" dir="auto">{hotel.greeting}</p>
            <ol class="timeline" aria-live="polite" aria-relevant="additions">
                <For each=items key=Item::key children=item/>
                {typing}
            </ol>
            <Rating talk=talk slug=hotel.slug.clone()/>
            <span id=format!("newest-{}", hotel.slug)></span>
        </div>
        <noscript>
            <p class="connection">"Answers appear when you "<a href="">"load this page again"</a>"."</p>
        </noscript>
        <p class="connection closed" role="status" hidden=move || talk.closed.with(String::is_empty)>{move || talk.closed.get()}</p>
        <p class="connection lost" role="status" hidden=move || trouble().is_empty()>{trouble}</p>
        <Composer talk=talk slug=hotel.slug limit=limit form=form/>
    }
}

/// How it went: stars and a word, once a conversation is resolved. A form that posts without WASM. It is written as text,
/// which weighs a third of what building it would.
#[component]
fn Rating(talk: Talk, slug: String) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let send = move |event: leptos::ev::SubmitEvent| {
        let Some(place) = place.get_untracked() else { return };
        let value = |of: &str| {
            let field = place.query_selector(of).ok().flatten()?;
            Some(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlInputElement>(field).value())
        };
        if let (Some(id), Some(stars)) = (talk.to_rate(), value(":checked").and_then(|n| n.parse().ok())) {
            event.prevent_default();
            talk.rate(id, stars, value("[name=word]").unwrap_or_default());
        }
    };
    let form = move || talk.to_rate().map(|id| rating_form(&slug, id)).unwrap_or_default();
    view! { <div node_ref=place inner_html=form on:submit=send></div> }
}

/// The style sheet fills the stars up to the one picked. A slug holds letters, digits and hyphens only.
fn rating_form(slug: &str, id: ConversationId) -> String {
    let mut stars = String::new();
    for n in ['1', '2', '3', '4', '5'] {
        stars.push_str("<label><input type=radio name=stars required value=");
        stars.push(n);
        stars.push_str("><span aria-hidden=true>★</span><span class=hidden>");
        stars.push(n);
        stars.push_str(" of 5</span></label>");
    }
    format!(
        "<form class=rating method=post action=/chat/{slug}/rating><fieldset><legend>How was it?</legend><div class=stars>{stars}</div>\
         </fieldset><input type=hidden name=conversation value={id}><input name=word maxlength=500 autocomplete=off \
         aria-label=\"A word about it, if you like\" placeholder=\"A word about it, if you like\"><button class=button>Send</button></form>"
    )
}

/// The guest's name, if they care to give it, and the way to their other conversations. The style sheet shows it once the
/// page is alive.
#[component]
fn Menu(talk: Talk) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let details = NodeRef::<leptos::html::Details>::new();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(field), Some(details)) = (field.get_untracked(), details.get_untracked()) {
            talk.introduce(field.value().trim().to_owned());
            details.set_open(false);
        }
    };
    let label = move || talk.name.with(|n| if n.is_empty() { "Menu".to_owned() } else { n.clone() });
    view! {
        <details class="name" node_ref=details>
            <summary class="button quiet" dir="auto">{label}</summary>
            <div class="menu">
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
                <a href=format!("/stays/email?hotel={}", talk.hotel())>"Go on with another device"</a>
                <a href="/stays" class="own-page">"All your hotels"</a>
            </div>
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
    let Some(parent) = window().parent().ok().flatten().filter(|_| is_framed()) else { return };
    let message = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&message, &"bellhop".into(), &what.into());
    let _ = js_sys::Reflect::set(&message, &"count".into(), &(count as f64).into());
    let _ = parent.post_message(&message, "*");
}

fn is_framed() -> bool {
    let window = window();
    window.parent().ok().flatten().is_some_and(|parent| parent != window)
}
