//! The desk as a whole: the bar, the three parts, and what is said over them.

use super::{
    DeskPage,
    board::{Board, Dialog},
    conversation::ConversationView,
    dialogs::Dialogs,
    guest::GuestPanel,
    keys,
    queue::Queue,
};
use crate::{
    live::Link,
    ui::{Icon, Shape, Toast, provide_local_time},
};
use domain::{Conversation, LegState};
use leptos::{either::Either, prelude::*};
use std::time::Duration;

#[component]
pub fn Console(page: DeskPage) -> impl IntoView {
    let local = provide_local_time();
    let board = Board::new(&page);
    let server_now = page.now;
    Effect::new(move |_| {
        local.0.set(true);
        board.start(server_now);
        let pressed = window_event_listener(leptos::ev::keydown, move |event| keys::on_key(board, &event));
        let looking = window_event_listener_untyped("visibilitychange", move |_| board.mark_read());
        let sized = window_event_listener_untyped("resize", move |_| board.stay_at_the_end());
        let tick = set_interval_with_handle(move || board.tick(), Duration::from_secs(1));
        on_cleanup(move || {
            pressed.remove();
            looking.remove();
            sized.remove();
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    // The tab says how many guests need somebody.
    Effect::new(move |_| {
        let calling = board.calling();
        // What is not confirmed lapses within minutes: that comes first.
        let accepted = |row: &Conversation| row.request.is_some_and(|b| b.state == LegState::Accepted);
        let confirm = board.rows.with(|rows| rows.values().any(accepted));
        let title = match (confirm, calling) {
            (true, _) => "Confirm a bid · Bellhop".into(),
            (false, 0) => "Desk · Bellhop".into(),
            (false, calling) => format!("({calling}) Desk · Bellhop"),
        };
        document().set_title(&title);
    });
    view! {
        <div class="desk" data-link=move || board.link.get().as_str()
            class:picked=move || board.selected.with(Option::is_some)
            class:guest-shown=move || board.guest_shown.get()>
            <Bar board=board/>
            <p class="connection" role="status" class:lost=move || board.link.get() != Link::Up
                hidden=move || board.link.get() == Link::Up>
                {move || match board.link.get() {
                    Link::Connecting | Link::Up => "Connecting…",
                    Link::Ended => "You’ve been signed out. Your drafts are safe. ",
                    Link::Lost => "You’re offline. Reconnecting… your drafts are safe.",
                }}
                <a href="/login" hidden=move || board.link.get() != Link::Ended>"Sign in again"</a>
            </p>
            <noscript><p class="connection lost">
                "Turn on JavaScript to use the desk. This is how it looked when the page \
                    loaded."</p></noscript>
            <Queue board=board/>
            <main><ConversationView board=board/></main>
            <GuestPanel board=board/>
            <div class="notice" role="status">
                <Said toast=board.undo/>
                <Said toast=board.notice/>
            </div>
            <Dialogs board=board/>
        </div>
    }
}

/// A word to the agent, with what it offers.
#[component]
fn Said(toast: Toast) -> impl IntoView {
    move || {
        let text = toast.text.get()?;
        Some(view! {
            <div class="toast">
                <p>{text}</p>
                {move || toast.action.get().map(|(word, _)| view! {
                    <button class="button" on:click=move |_| toast.act()>{word}<kbd>"u"</kbd></button>
                })}
                <button class="close" aria-label="Dismiss" on:click=move |_| toast.clear()>
                    <Icon shape=Shape::Close/></button>
            </div>
        })
    }
}

#[component]
fn Bar(board: Board) -> impl IntoView {
    let reviews = board.you.with_untracked(|you| you.reviews());
    let (muted, askable) = (board.signals.muted, board.signals.askable);
    view! {
        <header class="bar">
            <a href="/desk" class="brand">
                <img src="/icon.svg" alt="" width="28" height="28"/><span>"Bellhop"</span>
            </a>
            <nav aria-label="Main">
                <a href="/desk" aria-current="page">"Desk"</a>
                {reviews.then(|| view! {
                    <a href="/admin/logs">"Logs"</a>
                    <a href="/admin/reports">"Reports"</a>
                    <a href="/admin/audit">"Audit"</a>
                    <a href="/admin/hotels">"Hotels"</a>
                    <a href="/admin/staff">"Staff"</a>
                })}
            </nav>
            <div class="tools">
                <Availability board=board/>
                <button class="button quiet" hidden=move || board.led().is_empty()
                    on:click=move |_| board.dialog.set(Some(Dialog::Team))>
                    <Icon shape=Shape::Team/><span class="word">"Team"</span>
                </button>
                <button class="button quiet icon-only" hidden=move || !askable.get()
                    aria-label="Allow desktop notifications"
                    title="Allow desktop notifications" on:click=move |_| board.signals.ask()>
                    <Icon shape=Shape::Alert/>
                </button>
                <button class="button quiet icon-only" aria-pressed=move || muted.get().to_string()
                    aria-label="Mute sounds" title="Mute sounds"
                    on:click=move |_| board.signals.set_muted(!muted.get_untracked())>
                    {move || {
                        let shape = if muted.get() { Shape::Silent } else { Shape::Sound };
                        view! { <Icon shape=shape/> }
                    }}
                </button>
                <button class="button quiet icon-only wide-only" aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts (?)"
                    on:click=move |_| board.dialog.set(Some(Dialog::Keys))>
                    <Icon shape=Shape::Keys/>
                </button>
            </div>
            <form method="post" action="/logout" class="who">
                <a href="/account" title="Your password">{move || board.you.with(|you| you.name.clone())}</a>
                <button class="button quiet" type="submit">"Sign out"</button>
            </form>
        </header>
    }
}

/// Whether I take transfers: one switch, or for several hotels one each.
#[component]
fn Availability(board: Board) -> impl IntoView {
    let mine = move || board.you.with(|you| you.memberships.clone());
    let on = move |hotel| mine().iter().any(|m| m.hotel == hotel && m.available);
    let count = move || mine().iter().filter(|m| m.available).count();
    let word = move || match (count(), mine().len()) {
        (0, _) => "Not available".to_owned(),
        (n, all) if n == all => "Available".to_owned(),
        (n, all) => format!("Available in {n} of {all}"),
    };
    let all = move || {
        view! {
            <button class="switch" role="switch" aria-checked=move || (count() > 0).to_string()
                on:click=move |_| board.set_available(None, count() == 0)>
                <span class="knob" aria-hidden="true"></span>
                <span class="word">{word}</span>
            </button>
        }
    };
    let each = move || {
        view! {
            <details class="availability">
                <summary class="button quiet">
                    <span class="presence" class:here=move || { count() > 0 }></span>
                    <span class="word">{word}</span>
                </summary>
                <div class="menu">
                    {mine().into_iter().map(|m| {
                        let hotel = board.hotel(m.hotel);
                        let style = hotel.as_ref().map(|h| format!("--hotel: {}", h.accent));
                        view! {
                            <button class="switch" role="switch" style=style
                                aria-checked=move || on(m.hotel).to_string()
                                on:click=move |_| {
                                    board.set_available(Some(m.hotel), !untrack(|| on(m.hotel)));
                                }>
                                <span class="knob" aria-hidden="true"></span>
                                <span class="hotel">{hotel.map(|h| h.name)}</span>
                            </button>
                        }
                    }).collect_view()}
                </div>
            </details>
        }
    };
    // How many hotels are mine does not change while the desk is open.
    match untrack(|| mine().len()) {
        0 => None,
        1 => Some(Either::Left(all())),
        _ => Some(Either::Right(each())),
    }
}
