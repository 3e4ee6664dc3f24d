//! A talk with one hotel: who answers, what was said, the state of the connection, the composer. `Chat` is
//! the page that shows one; the guest's page of all hotels shows several [`TalkView`]s beside each other.

use super::{
    ChatPage, Post,
    bubble::{Bubble, Waiting, standing},
    composer::Composer,
    form_texts::{own_window, rating_form, room_form},
    outbox::{self, Pending},
    talk::{Line, Talk},
    widget,
};
use crate::{
    attach::{self, Job},
    js,
    live::{self, Link, Live, News},
    ui::{city, day_name, day_number, is_composing, is_push, provide_hotel_time, provide_local_time},
};
use domain::wire::{
    Call,
    guest::{Event, First},
};
use domain::{ClientId, ConversationId, GuestId, Hotel};
use leptos::{either::EitherOf3, prelude::*};
use std::time::Duration;

/// Whether this browser's guest likes a sound.
const SOUND: &str = "bellhop.sound";

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
    Day(i64, String),
    Line(ConversationId, i64),
    Pending(ClientId),
}

impl Item {
    fn key(&self) -> Key {
        match self {
            Item::Day(day, name) => Key::Day(*day, name.clone()),
            Item::Line(line, _) => Key::Line(line.conversation, line.entry.seq),
            Item::Pending(pending) => Key::Pending(pending.client_id),
        }
    }
}

#[component]
pub fn Chat(page: ChatPage) -> impl IntoView {
    let local = provide_local_time();
    provide_hotel_time(page.opened.offset);
    let link = RwSignal::new(Link::Connecting);
    let talk = Talk::new(&page.opened, page.now, link);
    talk.problem.set(page.refused);
    let frame = Frame { talk, page_guest: page.opened.you.id, page_token: page.token, named: page.named };
    let key = RwSignal::new(page.count_key);
    talk.token.set(frame.page_token.clone().unwrap_or_default());
    let (build, formerly, title) = (page.build, page.formerly, page.opened.hotel.name.clone());
    let sound = RwSignal::new(false);
    let kept_here = RwSignal::new(true);
    let missed = RwSignal::new(0);
    Effect::new(move |_| {
        local.0.set(true);
        talk.now.set(live::moment());
        if let (true, Some(body)) = (widget::is_framed(), document().body()) {
            let _ = body.set_attribute("data-framed", "");
            widget::invite();
        }
        sound.set(outbox::storage().is_some_and(|s| s.get_item(SOUND).ok().flatten().is_some()));
        frame.begin(kept_here);
        outbox::adopt(talk.guest(), &formerly);
        let (build, hearing) = (build.clone(), frame.clone());
        let hear = move |news: News<'_>| match news {
            News::Up => leptos::task::spawn_local(talk.catch_up()),
            // A server of another build may say things this page does not know; those are passed over.
            News::Event(event) => match js::read(event.clone()) {
                Some(Event::Hello { build: newer, you: now, framed, count_key, .. }) => {
                    // Known by a token, the guest is whoever the server says; by a cookie, whoever the page
                    // was made for.
                    let same = if framed {
                        hearing.adopt(now.id, kept_here)
                    } else {
                        hearing.forget();
                        now.id == talk.guest()
                    };
                    let idle = talk.outbox.with_untracked(Vec::is_empty);
                    if !same || newer != build && idle {
                        talk.fall_silent();
                        let _ = window().location().reload();
                        return;
                    }
                    if let Some(now) = count_key {
                        key.set(now);
                    }
                    outbox::forget_others(talk.guest());
                }
                Some(Event::Closing { reason }) if reason == "joined" => drop(window().location().reload()),
                Some(event) => talk.take_in(&event),
                None if is_push(event) => widget::hear_push(talk, missed, event),
                None => talk.line(Some(event.clone())),
            },
        };
        let role = if frame.page_token.is_some() { "framed" } else { "guest" };
        let first = frame.clone();
        talk.start(Live::connect(role, Box::new(move || first.identify()), link, hear));
        let looking = window_event_listener_untyped("visibilitychange", move |_| talk.mark_read());
        let sized = window_event_listener_untyped("resize", move |_| talk.pin(false));
        let framed =
            window_event_listener(leptos::ev::message, move |event| widget::hear(talk, missed, &event));
        let escape = window_event_listener(leptos::ev::keydown, |event: leptos::ev::KeyboardEvent| {
            // An open menu first.
            let menu = document().query_selector("details.name[open]").ok().flatten();
            match menu {
                _ if event.key() != "Escape" || is_composing(&event) => {}
                Some(menu) => drop(menu.remove_attribute("open")),
                None => widget::tell("close", 0),
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
    // The bubble counts what is unread; so does the title, where there is no bubble. Whoever looks elsewhere
    // is rung for.
    Effect::new(move |before: Option<usize>| {
        let unread = talk.unread() + missed.get();
        widget::tell("unread", unread);
        let count = if unread > 0 { format!("({unread}) ") } else { String::new() };
        document().set_title(&format!("{count}{title}"));
        if sound.get_untracked() && before.is_some_and(|before| unread > before) && !talk.is_looked_at() {
            ring();
        }
        unread
    });
    // With this the bubble asks on pages where the chat is not loaded, once there is something to ask for.
    Effect::new(move |_| {
        if talk.thread.with(Option::is_some) {
            key.with(|key| widget::say("key", key));
        }
    });
    Effect::new(move |_| widget::say("sound", if sound.get() { "1" } else { "" }));
    let form = Post { draft: page.draft, client_id: page.client_id, named: page.named };
    view! {
        <div class="chat" data-link=move || link.get().as_str()>
            <TalkView talk=talk hotel=page.opened.hotel limit=page.limits.body form=form
                end=view! { <Menu talk=talk sound=sound/> }/>
            <div inner_html=move || if kept_here.get() { String::new() }
                else { own_window(&talk.hotel(), &talk.token.get()) }></div>
        </div>
    }
}

/// What the frame knows of its guest, where no cookie came along: the page's token, and one that the frame
/// has kept.
#[derive(Clone)]
struct Frame {
    talk: Talk,
    page_guest: GuestId,
    page_token: Option<String>,
    /// The hotel's site has said for whom the page is.
    named: bool,
}

impl Frame {
    fn key(&self) -> String {
        format!("bellhop.token.{}", self.talk.hotel())
    }

    /// The guest and the token that this frame has kept from a page before.
    fn kept(&self) -> Option<(GuestId, String)> {
        let text = outbox::storage()?.get_item(&self.key()).ok().flatten()?;
        let (guest, token) = text.split_once(' ')?;
        Some((guest.parse().ok()?, token.to_owned()))
    }

    fn keep(&self, guest: GuestId, token: &str) -> bool {
        outbox::put(&self.key(), &format!("{guest} {token}"))
    }

    /// Before the server has said who the guest is: whoever this frame knew last, or else whom the page was
    /// made for, who is kept from here on. What is written now is theirs, should the page be left before
    /// there is a connection. Where the site has named somebody the page is for them, and the server knows
    /// whether that is the same person.
    fn begin(&self, kept_here: RwSignal<bool>) {
        let Some(token) = &self.page_token else { return self.forget() };
        match self.kept() {
            Some((guest, _)) if !self.named && guest != self.page_guest => self.talk.become_guest(guest),
            Some(_) => {}
            None => kept_here.set(self.keep(self.page_guest, token)),
        }
    }

    /// The first message of a socket.
    fn identify(&self) -> Option<String> {
        let token = self.page_token.clone()?;
        let first = First::Identify { token, kept: self.kept().map(|(_, token)| token) };
        serde_json::to_string(&Call { id: 0, command: first }).ok()
    }

    /// The server knows the guest by a token: whichever it was is kept for the next page. False if it was not
    /// the one by which this frame knew its guest, and that guest is gone: the page begins anew with the new
    /// one.
    fn adopt(&self, guest: GuestId, kept_here: RwSignal<bool>) -> bool {
        let before = self.talk.guest();
        // Of the two that were shown the server has taken one. The kept one's guest may go by another id by
        // now.
        let kept = self
            .kept()
            .filter(|(kept, _)| *kept == guest || guest != self.page_guest)
            .map(|(_, token)| token);
        let Some(token) = kept.or_else(|| self.page_token.clone()) else { return true };
        kept_here.set(self.keep(guest, &token));
        self.talk.token.set(token);
        if guest != before && before == self.page_guest {
            self.talk.become_guest(guest);
        }
        guest == self.talk.guest()
    }

    /// The cookie came back: nothing else is needed.
    fn forget(&self) {
        self.talk.token.set(String::new());
        outbox::put(&self.key(), "");
    }
}

/// A talk, as a whole page or as one of several. `end` stands at the end of its head.
/// (Not `children`: those are type-erased, and the code for that is a tenth of the guest's download.)
#[component]
pub fn TalkView<V: IntoView + 'static>(
    talk: Talk,
    hotel: Hotel,
    limit: usize,
    form: Post,
    end: V,
) -> impl IntoView {
    let zone = hotel.time_zone.clone();
    let town = city(&zone);
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
        // Where no cookie goes along, files come by the token.
        let token = talk.token.get();
        if !token.is_empty() && talk.lines.with(|lines| lines.iter().any(|line| !line.entry.files.is_empty()))
        {
            request_animation_frame(|| attach::run(Job::Reveal(token)));
        }
        count
    });

    // What is said of the connection or the hours takes room from the end.
    Effect::new(move |_| {
        talk.link.track();
        talk.closed.track();
        talk.pin(false);
    });

    let today = Memo::new(move |_| day_number(talk.now.get()));
    let items = move || {
        let today = today.get();
        let mut day = None;
        let mut items = Vec::new();
        talk.lines.with(|lines| {
            for (at, line) in lines.iter().enumerate() {
                if talk.is_passed_over(lines, at) {
                    continue;
                }
                let begun = day_number(line.entry.at);
                // Clocks may disagree; a day is named when it is later than the one before, never twice.
                if day.is_none_or(|day| begun > day) {
                    day = Some(begun);
                    items.push(Item::Day(begun, day_name(line.entry.at, today)));
                }
                let goes_on = match items.last() {
                    Some(Item::Line(before, _)) => line.entry.goes_on_from(&before.entry),
                    _ => false,
                };
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
        Link::Lost => "You’re offline. Messages are saved and will be sent when you reconnect.",
        Link::Ended => "Disconnected. Reload the page to continue.",
    };
    let typing = move || {
        talk.typing.get().map(|name| {
            view! {
                <li class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
                    {format!("{name} is typing…")}</li>
            }
        })
    };
    let slug = hotel.slug.clone();
    let room = move || {
        talk.room.with(|room| {
            if room.is_empty() { String::new() } else { room_form(&slug, room, &talk.token.get()) }
        })
    };
    let older = move || {
        talk.older.get().then(|| {
            view! {
                <button class="button quiet older" on:click=move |_| talk.show_older()>
                    "Show earlier messages"</button>
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
        <div class="scroll" node_ref=scroll tabindex="0" role="region" aria-label="Conversation"
            on:scroll=move |_| talk.scrolled()>
            {older}
            <p class="greeting" dir="auto">{hotel.greeting}</p>
            <div inner_html=room></div>
            <ol class="timeline" aria-live="polite" aria-relevant="additions">
                <For each=items key=Item::key children=item/>
                {typing}
            </ol>
            <Rating talk=talk slug=hotel.slug.clone()/>
            <span id=format!("newest-{}", hotel.slug)></span>
        </div>
        <div class="below" hidden=move || !talk.away.get() || talk.unread() == 0>
            <button type="button" class="button primary" on:click=move |_| talk.pin(true)>
                {move || match talk.unread() { 1 => "↓ 1 new message".to_owned(), n => format!("↓ {n} new \
                    messages") }}
            </button>
        </div>
        <noscript>
            <p class="connection"><a href="">"Reload the page"</a>" to see replies. Times are "
                {town}" time."</p>
        </noscript>
        <p class="connection closed" role="status" hidden=move || talk.closed.with(String::is_empty)>
            {move || talk.closed_in_words(&zone)}</p>
        <p class="connection lost" role="status" hidden=move || trouble().is_empty()>{trouble}</p>
        <Composer talk=talk slug=hotel.slug limit=limit form=form/>
    }
}

/// How it went: stars and a word, once a conversation is resolved. A form that posts without WASM. It is
/// written as text, which weighs a third of what building it would.
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
    let form = move || talk.to_rate().map(|id| rating_form(&slug, id, &talk.token.get())).unwrap_or_default();
    view! { <div node_ref=place inner_html=form on:submit=send></div> }
}

/// The guest's name, if they care to give it, and the way to their other conversations. The style sheet shows
/// it once the page is alive.
#[component]
fn Menu(talk: Talk, sound: RwSignal<bool>) -> impl IntoView {
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
                <button type="button" class="button quiet" aria-pressed=move || sound.get().to_string()
                    on:click=move |_| {
                        sound.update(|on| *on = !*on);
                        outbox::put(SOUND, if sound.get_untracked() { "1" } else { "" });
                    }>
                    {move || if sound.get() { "Sound for replies: on" } else { "Sound for replies: off" }}
                </button>
                <a href=format!("/stays/email?hotel={}", talk.hotel())
                    hidden=move || talk.token.with(|t| !t.is_empty())>"Continue on another device"</a>
                <a href="/stays" class="own-page">"All my hotels"</a>
            </div>
        </details>
    }
}

/// A sound, where the browser lets a page make one.
fn ring() {
    if let Ok(sound) = web_sys::HtmlAudioElement::new_with_src("/ding.wav") {
        let _ = sound.play();
    }
}
