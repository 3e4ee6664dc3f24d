//! The guest beside the conversation: what the hotel knows of them.

use super::board::Board;
use crate::{
    domain::{Conversation, Millis},
    ui::{Icon, Shape},
};
use leptos::prelude::*;

#[component]
pub fn GuestPanel(board: Board) -> impl IntoView {
    let row = Memo::new(move |_| board.selected.get().and_then(|id| board.row(id)));
    view! {
        <aside class="guest" aria-label="Guest" hidden=move || row.with(Option::is_none)>
            <button class="button quiet icon-only only-narrow close" aria-label="Close" on:click=move |_| board.guest_shown.set(false)>
                <Icon shape=Shape::Close/>
            </button>
            {move || row.get().map(|row| view! { <Card board=board row=row/> })}
        </aside>
    }
}

#[component]
fn Card(board: Board, row: Conversation) -> impl IntoView {
    let here = (row.hotel, row.guest.id);
    let present = move || board.present.with(|p| p.contains(&here));
    let (hotel, language) = (board.hotel(row.hotel), row.guest.language.clone());
    // A closure: the stay arrives after the row.
    let facts = move || {
        let stay = board.stay.get();
        let nights = match (stay.arrival, stay.departure) {
            (Some(from), Some(until)) => Some(format!("{} – {}", date(from), date(until))),
            (Some(from), None) => Some(format!("from {}", date(from))),
            (None, Some(until)) => Some(format!("until {}", date(until))),
            (None, None) => None,
        };
        let facts = [
            ("Room", stay.room),
            ("Stay", nights),
            ("Reservation", stay.reference),
            ("Party", stay.party.map(|n| n.to_string())),
            ("Language", Some(language.clone()).filter(|l| !l.is_empty())),
            ("Hotel", hotel.as_ref().map(|h| h.name.clone())),
            ("Hotel’s time", hotel.as_ref().map(|h| h.time_zone.clone())),
        ];
        let known = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        known.map(|(name, value)| view! { <div><dt>{name}</dt><dd dir="auto">{value}</dd></div> }).collect_view()
    };
    let seen = move || if row.guest_read >= row.last_seq { "Has read everything" } else { "Has not read everything yet" };
    view! {
        <h2 dir="auto">{row.guest.label()}</h2>
        <p class="whereabouts"><span class="presence" class:here=present></span>{move || if present() { "Has the page open" } else { "Away" }}</p>
        <dl class="facts">{facts}</dl>
        <p class="quiet">{seen}</p>
    }
}

fn date(at: Millis) -> String {
    let (year, month, day) = at.date();
    format!("{day}.{month}.{year}")
}
