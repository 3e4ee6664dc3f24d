//! All of a guest's conversations: a list, and those that are opened beside each other; on a phone, tabs.

use super::{
    Post, StaysPage,
    chat::TalkView,
    lobby::{Lobby, answered_by, focus, last_line},
};
use crate::{
    live::Link,
    ui::{Clock, Icon, Shape, is_composing, provide_local_time},
};
use domain::wire::guest::Talked;
use domain::{ClientId, Hotel};
use leptos::{html::Input, prelude::*};
use std::time::Duration;

#[component]
pub fn StaysView(page: StaysPage) -> impl IntoView {
    let local = provide_local_time();
    let lobby = Lobby::new(&page);
    let limit = page.limits.body;
    Effect::new(move |_| {
        local.0.set(true);
        lobby.start();
        let looking = window_event_listener_untyped("visibilitychange", move |_| {
            for (_, talk) in lobby.talks.get_untracked() {
                talk.mark_read();
            }
        });
        let sized = window_event_listener_untyped("resize", move |_| lobby.pin_all());
        let tick = set_interval_with_handle(move || lobby.tick(), Duration::from_secs(2));
        on_cleanup(move || {
            looking.remove();
            sized.remove();
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    let trouble = move || match lobby.link.get() {
        Link::Up | Link::Connecting => "",
        Link::Lost => "You’re offline. Messages are saved and will be sent when you reconnect.",
        Link::Ended => "Disconnected. Reload the page to continue.",
    };
    // Every talk keeps its column once it was opened; the style sheet hides those that are closed.
    let shown = move |slug: &str| lobby.open.with(|open| open.iter().any(|s| s == slug));
    let empty = move || lobby.open.with(Vec::is_empty);
    view! {
        <div class="stays" data-link=move || lobby.link.get().as_str()
            class:tabbed=move || lobby.tab.with(Option::is_some)>
            <header class="stays-head">
                <h1>"Your hotels"</h1>
                <a class="button quiet" href="/stays/email">"Continue on another device"</a>
            </header>
            <Tabs lobby=lobby/>
            <p class="connection lost" role="status" hidden=move || trouble().is_empty()>{trouble}</p>
            <noscript><p class="connection">"Turn on JavaScript to use this page, or "
                <a href="/">"open one hotel’s page instead"</a>"."</p></noscript>
            <nav class="stays-list" aria-label="Your hotels">
                <a class="button several" href="/requests">"Ask several hotels"</a>
                <Search lobby=lobby/>
                <p class="nothing" hidden=move || lobby.list.with(|l| !l.is_empty())>
                    "You haven’t messaged any hotels yet."</p>
                <ul>
                    <For each=move || lobby.list.get().into_iter().map(|t| t.hotel)
                        key=|hotel| hotel.slug.clone() let:hotel>
                        <HotelRow lobby=lobby hotel=hotel/>
                    </For>
                </ul>
            </nav>
            <main class="columns">
                <p class="nothing" hidden=move || !empty()>
                    "Choose a hotel. You can open several side by side."</p>
                <For each=move || lobby.talks.get() key=|(hotel, _)| hotel.slug.clone() let((hotel, talk))>
                    {
                        let (slug, closed) = (hotel.slug.clone(), hotel.slug.clone());
                        let (tab, here) = (hotel.slug.clone(), hotel.slug.clone());
                        let accent = hotel.accent.clone();
                        let (name, close) = (hotel.name.clone(), format!("Close {}", hotel.name));
                        let end = view! {
                            <button class="button quiet icon-only close" aria-label=close
                                on:click=move |_| lobby.close(&closed)>
                                <Icon shape=Shape::Close/>
                            </button>
                        };
                        let form = Post { draft: String::new(), client_id: ClientId::new(), named: false };
                        view! {
                            <section class="chat column" data-hotel=slug.clone()
                                style=format!("--hotel: {accent}") aria-label=name
                                hidden=move || !shown(&here)
                                class:current=move || lobby.tab.with(|t| t.as_deref() == Some(tab.as_str()))>
                                <TalkView talk=talk hotel=hotel limit=limit form=form end=end/>
                            </section>
                        }
                    }
                </For>
            </main>
        </div>
    }
}

/// On a phone: the list, and every hotel that is open.
#[component]
fn Tabs(lobby: Lobby) -> impl IntoView {
    let selected = move |slug: Option<&str>| lobby.tab.with(|t| t.as_deref() == slug).to_string();
    let hotel = move |slug: &str| {
        lobby.talks.with(|t| t.iter().find(|(h, _)| h.slug == slug).map(|(h, _)| h.clone()))
    };
    let waiting = move || lobby.list.with(|l| l.iter().map(|t| lobby.unread(t)).sum::<i64>());
    let turn = move |event: &leptos::ev::KeyboardEvent| {
        let by = match event.key().as_str() {
            _ if is_composing(event) => return,
            "ArrowRight" => 1,
            "ArrowLeft" => -1,
            _ => return,
        };
        // The list is the first of them.
        let open = lobby.open.get_untracked();
        let at = lobby
            .tab
            .with_untracked(|t| t.as_ref().and_then(|t| open.iter().position(|s| s == t)))
            .map_or(0, |n| n as i64 + 1);
        let to = (at + by).rem_euclid(open.len() as i64 + 1);
        lobby.tab.set(open.get((to - 1) as usize).cloned());
        focus(".tab[aria-selected=true]".into());
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Open hotels" on:keydown=move |event| turn(&event)>
            <button class="tab" role="tab" aria-selected=move || selected(None)
                on:click=move |_| lobby.tab.set(None)>
                "All"<span class="unread" hidden=move || waiting() == 0>{waiting}</span>
            </button>
            <For each=move || lobby.open.get() key=String::clone let:slug>
                {
                    let (there, known) = (slug.clone(), hotel(&slug));
                    let name = known.as_ref().map(|h| h.name.clone());
                    let style = known.as_ref().map(|h| format!("--hotel: {}", h.accent));
                    let talk = lobby.talk(&slug);
                    let unread = move || talk.map_or(0, |talk| talk.unread());
                    view! {
                        <button class="tab hotel" role="tab" style=style
                            aria-selected=move || selected(Some(&there))
                            on:click=move |_| {
                                known.clone().into_iter().for_each(|hotel| lobby.show(hotel, true));
                            }>
                            {name}<span class="unread" hidden=move || unread() == 0>{unread}</span>
                        </button>
                    }
                }
            </For>
        </div>
    }
}

/// Another hotel of the group.
#[component]
fn Search(lobby: Lobby) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let look = move || {
        if let Some(field) = field.get_untracked() {
            lobby.look(field.value());
        }
    };
    let pick = move |hotel: Hotel| {
        if let Some(field) = field.get_untracked() {
            field.set_value("");
        }
        lobby.found.set(None);
        lobby.show(hotel, true);
    };
    let leave = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            _ if is_composing(&event) => {}
            "Escape" => {
                focus("#find-hotel".into());
                // The field opens the list when it is reached; this closes it after that.
                request_animation_frame(move || lobby.found.set(None));
            }
            "Enter" if field.get_untracked().is_some_and(|f| f.value() != "") => {
                if let Some(hotel) = lobby.found.get_untracked().and_then(|found| found.into_iter().next()) {
                    event.prevent_default();
                    pick(hotel);
                }
            }
            _ => {}
        }
    };
    // Somewhere else on the page: the list covers it no longer.
    let left = move |_| {
        set_timeout(
            move || {
                if document().query_selector(".search:focus-within").is_ok_and(|inside| inside.is_none()) {
                    lobby.found.try_set(None);
                }
            },
            Duration::from_millis(150),
        );
    };
    let nothing = move || lobby.found.with(|found| found.as_ref().is_some_and(Vec::is_empty));
    view! {
        <div class="search" on:keydown=leave on:focusout=left>
            <label for="find-hotel" class="hidden">"Message another hotel"</label>
            <input id="find-hotel" inputmode="search" autocomplete="off" placeholder="Message another hotel"
                node_ref=field
                on:input=move |_| look() on:focus=move |_| look() on:click=move |_| look()/>
            <ul class="found" hidden=move || lobby.found.with(Option::is_none)>
                <li class="nothing" hidden=move || !nothing()>"No hotel found."</li>
                <For each=move || lobby.found.get().unwrap_or_default() key=|hotel| hotel.slug.clone()
                    let:hotel>
                    {
                        let (name, place) = (hotel.name.clone(), hotel.place.clone());
                        let style = format!("--hotel: {}", hotel.accent);
                        view! {
                            <li><button class="button quiet" style=style
                                on:click=move |_| pick(hotel.clone())>
                                <strong class="hotel">{name}</strong><span class="quiet">{place}</span>
                            </button></li>
                        }
                    }
                </For>
            </ul>
        </div>
    }
}

#[component]
fn HotelRow(lobby: Lobby, hotel: Hotel) -> impl IntoView {
    let slug = StoredValue::new(hotel.slug.clone());
    let talked = Memo::new(move |_| {
        slug.with_value(|slug| lobby.list.with(|l| l.iter().find(|t| t.hotel.slug == *slug).cloned()))
    });
    let with = move |f: fn(&Talked) -> String| talked.with(|t| t.as_ref().map(f).unwrap_or_default());
    let typing = move || talked.with(|t| t.as_ref().and_then(|t| lobby.typist(t.thread.id)));
    let unread = move || talked.with(|t| t.as_ref().map_or(0, |t| lobby.unread(t)));
    let open = move || slug.with_value(|slug| lobby.open.with(|o| o.contains(slug)));
    let waiting = move || {
        let talk = slug.with_value(|slug| lobby.talk(slug));
        talk.and_then(|talk| talk.outbox.with(|outbox| outbox.last().map(|p| p.body.clone())))
    };
    let line = move || match (typing(), waiting()) {
        (Some(name), _) => format!("{name} is typing…"),
        (None, Some(body)) => format!("Not sent yet: {body}"),
        (None, None) => with(last_line),
    };
    let (name, href, style) =
        (hotel.name.clone(), format!("/chat/{}", hotel.slug), format!("--hotel: {}", hotel.accent));
    // A link, so that the list leads somewhere before it is alive.
    let pick = move |event: leptos::ev::MouseEvent| {
        if !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            lobby.show(hotel.clone(), true);
        }
    };
    view! {
        <li>
            <a class="stay-row" href=href style=style aria-current=move || open().then_some("true")
                on:click=pick>
                <strong class="hotel">{name}</strong>
                <span class="when">{move || talked.with(|t| t.as_ref().map(|t| view! { <Clock at=t.last_at/>
                    }))}</span>
                <span class="last" dir="auto" class:typing=move || typing().is_some()>{line}</span>
                <span class="unread" hidden=move || unread() == 0>{unread}<span class="hidden">
                    " unread"</span></span>
                <span class="by">{move || with(|t| answered_by(&t.thread.holder, t.thread.status))}</span>
            </a>
        </li>
    }
}
