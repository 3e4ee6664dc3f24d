//! The guest beside the conversation: what the hotel knows of them, and of their stay.

use super::{
    board::{Board, Dialog},
    stay::{Choice, nights},
};
use crate::ui::{Icon, Shape};
use domain::{Booking, Conversation, ConversationId, HotelId, Millis, Stay, language_name};
use leptos::{either::Either, prelude::*};

#[component]
pub fn GuestPanel(board: Board) -> impl IntoView {
    let row = Memo::new(move |_| board.selected.get().and_then(|id| board.row(id)));
    view! {
        <aside class="guest" aria-label="Guest" hidden=move || row.with(Option::is_none)>
            <button class="button quiet icon-only only-narrow close" aria-label="Close"
                on:click=move |_| board.guest_shown.set(false)>
                <Icon shape=Shape::Close/>
            </button>
            {move || row.get().map(|row| view! { <Card board=board row=row/> })}
        </aside>
    }
}

#[component]
fn Card(board: Board, row: Conversation) -> impl IntoView {
    let (id, here) = (row.id, (row.hotel, row.guest.id));
    let present = move || board.present.with(|p| p.contains(&here));
    let hotel = board.hotel(row.hotel);
    let language = Some(row.guest.language.clone()).filter(|l| !l.is_empty());
    let rating = row.rating.map(|n| format!("{n} of 5 stars"));
    let (hotel_id, tags) = (row.hotel, row.tags.clone());
    let facts = [("Rating", rating)];
    // Where they are, what they speak, and what time it is for them.
    let language = language.or(row.stay.as_ref().map(|s| s.language.clone()).filter(|l| !l.is_empty()));
    let language = language.map(|tag| format!(" · {}", language_name(&tag)));
    let place = hotel.as_ref().map(|h| if h.place.is_empty() { h.name.clone() } else { h.place.clone() });
    let clock = move || {
        let offset = board.offsets.with(|all| all.get(&here.0).copied().unwrap_or_default());
        let clock = Millis(board.now.get().0 + offset * Millis::MINUTE).clock();
        place.as_ref().map(|place| format!(" · {clock} in {place}"))
    };
    // What the guest is to have read: the last answer, if there is one.
    let read = row.guest_read;
    let seen = move || match board
        .entries
        .with(|entries| entries.iter().rev().find(|e| e.is_answer()).map(|e| e.seq))
    {
        None => "",
        Some(answer) if read >= answer => "Last reply seen",
        Some(_) => "Last reply not seen yet",
    };
    let label = board.title(&row);
    let stay = match row.stay.clone() {
        Some(stay) => Either::Left(view! { <StayCard board=board row=row stay=stay/> }),
        None => Either::Right(view! { <WhichStay board=board row=row/> }),
    };
    view! {
        <h2 dir="auto">{label}</h2>
        <p class="whereabouts"><span class="presence" class:here=present></span>
            <span>{move || if present() { "Online" } else { "Offline" }}{language}{clock}</span></p>
        {stay}
        <Tags board=board id=id hotel=hotel_id tags=tags/>
        <Facts facts=facts.to_vec()/>
        <p class="quiet" data-conversation=id.to_string()>{seen}</p>
    }
}

/// What the hotel sorts it by: each tag with a button that takes it off, and a list of the others.
#[component]
fn Tags(board: Board, id: ConversationId, hotel: HotelId, tags: Vec<String>) -> impl IntoView {
    let there = tags.clone();
    let others = move || {
        let all = board.tags.with(|all| all.get(&hotel).cloned().unwrap_or_default());
        let free = all.into_iter().filter(|tag| !there.contains(tag));
        free.map(|tag| view! { <option>{tag}</option> }).collect_view()
    };
    let chips = tags.into_iter().map(|tag| {
        let (label, off) = (format!("Remove {tag}"), tag.clone());
        view! {
            <span class="tag">{tag}
                <button type="button" aria-label=label on:click=move |_| board.tag(id, off.clone(), false)>
                    "×"</button></span>
        }
    });
    let add = move |event: leptos::ev::Event| {
        let tag = event_target_value(&event);
        if !tag.is_empty() {
            board.tag(id, tag, true);
        }
    };
    view! {
        <p class="tags">
            {chips.collect_view()}
            <select aria-label="Add a tag"
                hidden=move || board.tags.with(|all| all.get(&hotel).is_none_or(Vec::is_empty)) on:change=add>
                <option value="">"Add a tag"</option>{others}
            </select>
        </p>
    }
}

#[component]
fn Facts(facts: Vec<(&'static str, Option<String>)>) -> impl IntoView {
    let known = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let facts = known
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd dir="auto">{value}</dd></div> })
        .collect_view();
    view! { <dl class="facts">{facts}</dl> }
}

/// The stay, once somebody has said which it is.
#[component]
fn StayCard(board: Board, row: Conversation, stay: Stay) -> impl IntoView {
    let id = row.id;
    let phase = board.phase_of(&row);
    let today = board.today.with(|t| t.get(&row.hotel).copied());
    let cancelled = stay.booking == Booking::Cancelled;
    let elsewhere = row.scanned_room.clone().filter(|scanned| stay.room.as_ref() != Some(scanned));
    let name = Some(stay.name.clone()).filter(|n| !n.is_empty() && *n != row.guest.name);
    let facts = vec![
        ("Room", stay.rooms()),
        ("Stay", nights(&stay, today)),
        ("Reservation", stay.reference.clone()),
        ("Booked as", name),
        ("Guests", stay.party.map(|n| n.to_string())),
        ("Phone", Some(stay.phone.clone()).filter(|p| !p.is_empty())),
        ("E-mail", Some(stay.email.clone()).filter(|e| !e.is_empty())),
        ("Scanned in", elsewhere.map(|room| format!("Room {room}"))),
    ];
    view! {
        <section class="stay" aria-label="Stay">
            <p class="stay-head">
                {phase.map(|p| view! { <span class=format!("phase {}", p.as_str())>{p.in_words()}</span> })}
                {cancelled.then(|| view! { <span class="phase cancelled">"Cancelled"</span> })}
                <button class="button quiet" on:click=move |_| board.dialog.set(Some(Dialog::Stay(id)))>
                    "Edit"</button>
                <button class="button quiet" on:click=move |_| board.dialog.set(Some(Dialog::Find(id)))>
                    "Change reservation"</button>
            </p>
            <Facts facts=facts/>
        </section>
    }
}

/// Nobody has said which stay it is: the agent is asked.
#[component]
fn WhichStay(board: Board, row: Conversation) -> impl IntoView {
    let id = row.id;
    let likely = move || board.likely.with(|l| l.iter().take(4).cloned().collect::<Vec<_>>());
    view! {
        <section class="stay" aria-label="Stay">
            {row.scanned_room.map(|room| view! {
                <dl class="facts"><div><dt>"Scanned in"</dt><dd>
                    {format!("Room {room}")}</dd></div></dl>
            })}
            <p class="ask">{move || match board.likely.with(Vec::len) {
                0 => "No reservation linked.",
                1 => "Is this the guest’s reservation?",
                _ => "Which of these is the guest’s reservation?",
            }}</p>
            <ul class="people">
                <For each=likely key=|stay| stay.id let:stay><Choice board=board id=id stay=stay/></For>
            </ul>
            <p class="stay-head">
                <button class="button quiet" on:click=move |_| board.dialog.set(Some(Dialog::Find(id)))>
                    "Find"</button>
                <button class="button quiet" on:click=move |_| board.dialog.set(Some(Dialog::Stay(id)))>
                    "Add manually"</button>
            </p>
        </section>
    }
}
