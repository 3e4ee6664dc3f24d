//! Who answers whom, for those who lead: each colleague with the guests they hold, and the two things a
//! leader may do for them.

use super::board::{Board, Dialog};
use domain::{Colleague, Conversation, Hotel, HotelId, StaffId};
use leptos::prelude::*;

#[component]
pub fn Team(board: Board) -> impl IntoView {
    view! {
        <h2 id="dialog-title">"Team"</h2>
        <div class="team">
            {move || board.led().into_iter().map(|hotel| view! { <HotelTeam board=board hotel=hotel/>
                }).collect_view()}
        </div>
    }
}

#[component]
fn HotelTeam(board: Board, hotel: Hotel) -> impl IntoView {
    let id = hotel.id;
    // Those who are there first.
    let people = move || {
        // By name they are already.
        let (there, away): (Vec<_>, Vec<_>) = board
            .colleagues
            .with(|all| all.get(&id).cloned().unwrap_or_default())
            .into_iter()
            .partition(|c| c.present);
        there.into_iter().chain(away).collect::<Vec<_>>()
    };
    let waiting =
        move || board.rows.with(|rows| rows.values().filter(|r| r.hotel == id && r.wants_claim()).count());
    view! {
        <section style=format!("--hotel: {}", hotel.accent)>
            <h3 class="hotel">{hotel.name}</h3>
            <p class="quiet">{move || match waiting() {
                0 => "No one is waiting.".to_owned(),
                1 => "1 guest is waiting.".to_owned(),
                n => format!("{n} guests are waiting."),
            }}</p>
            <ul class="agents">
                <For each=people key=|c| (c.id, c.available, c.present) let:colleague>
                    <Agent board=board hotel=id colleague=colleague/>
                </For>
            </ul>
        </section>
    }
}

/// The guests somebody holds in a hotel, as they began.
fn held(board: Board, hotel: HotelId, by: StaffId) -> Vec<Conversation> {
    board.rows.with(|rows| {
        let mut held: Vec<Conversation> = Vec::new();
        for row in rows.values().filter(|r| r.hotel == hotel && r.is_held_by(by)) {
            let at = held.partition_point(|other| other.id < row.id);
            held.insert(at, row.clone());
        }
        held
    })
}

#[component]
fn Agent(board: Board, hotel: HotelId, colleague: Colleague) -> impl IntoView {
    let id = colleague.id;
    let standing = match (colleague.present, colleague.available) {
        (true, true) => "Available",
        (true, false) => "Not available",
        (false, _) => "Away",
    };
    let count = move || match held(board, hotel, id).len() {
        0 => "no guests".to_owned(),
        1 => "1 guest".to_owned(),
        n => format!("{n} guests"),
    };
    view! {
        <li>
            <p class="agent">
                <span class="presence" class:here=colleague.present && colleague.available></span>
                <strong>{colleague.name}</strong>
                <span class="quiet">{standing}</span>
                <span class="count">{count}</span>
            </p>
            <ul class="held">
                <For each=move || held(board, hotel, id) key=|row| (row.id, row.epoch) let:row>
                    <Held board=board row=row/></For>
            </ul>
        </li>
    }
}

#[component]
fn Held(board: Board, row: Conversation) -> impl IntoView {
    let id = row.id;
    let room = row.room().map(|room| format!("Room {room}"));
    view! {
        <li>
            <button class="button quiet guest"
                on:click=move |_| { board.dialog.set(None); board.select(Some(id)); }>
                <span dir="auto">{board.title(&row)}</span><span class="quiet">{room}</span>
            </button>
            <button class="button"
                on:click=move |_| {
                    let back_to = Box::new(Some(Dialog::Team));
                    board.dialog.set(Some(Dialog::Transfer(id, back_to)));
                }>"Transfer"</button>
            <button class="button" on:click=move |_| board.release(id)>"Release"</button>
        </li>
    }
}
