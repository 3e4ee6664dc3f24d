//! What one hotel offers.

use super::{Refused, counter::Counter, state::State};
use crate::ui::Until;
use domain::wire::request::Offered;
use domain::{Hotel, LegState};
use leptos::prelude::*;

#[component]
pub(super) fn Card(state: State, hotel: Hotel, refused: Option<Refused>) -> impl IntoView {
    let (slug, asked) = (hotel.slug.clone(), hotel.slug.clone());
    let failed = refused.is_some();
    let id = state.request.with_untracked(|request| request.id);
    // What this hotel offers, and its place among the others, best first.
    let offered = Memo::new(move |_| {
        state.request.with(|request| {
            let ranked = request.best_first(state.now.get());
            let place = ranked.iter().position(|offered| offered.hotel.slug == slug)?;
            Some((place, ranked[place].clone()))
        })
    });
    let with = move |f: fn(&Offered) -> Option<String>| {
        offered.with(|known| known.as_ref().and_then(|(_, offered)| f(offered)))
    };
    let leg = move || offered.with(|known| known.as_ref().map_or(LegState::Ended, |(_, o)| o.state));
    let version = move || state.request.with(|request| request.version);
    let current = Memo::new(move |_| {
        let version = version();
        offered.with(|known| known.as_ref().and_then(|(_, o)| o.current(version).cloned()))
    });
    let open = move || state.is_open();
    let valid = move || current.with(|bid| bid.as_ref().is_some_and(|bid| state.now.get() < bid.valid_until));
    // The first of several, where they can be compared.
    let best = move || {
        let first = offered.with(|known| known.as_ref().is_some_and(|(place, _)| *place == 0));
        let rivals = move || {
            let now = state.now.get();
            state.request.with(|request| request.hotels.iter().filter(|o| request.compares(o, now)).count())
        };
        open() && first && rivals() > 1
    };
    let typist = move || {
        let conversation = offered.with(|known| known.as_ref().map(|(_, o)| o.conversation))?;
        state.typing.name(conversation).map(|name| format!("{name} is typing…"))
    };
    let accept = move || {
        let bid = current.get()?;
        Some(format!("/requests/{id}/accept?hotel={}&version={}", asked, bid.version))
    };
    let told = move || match leg() {
        LegState::Asked => "No bid yet",
        LegState::Bid | LegState::Lapsed if !valid() => "This bid is no longer valid",
        LegState::Bid => "",
        LegState::Lapsed => "Didn’t confirm in time",
        LegState::TakenBack => "Withdrew its bid",
        LegState::Declined => "Declined to bid",
        LegState::Accepted => "Accepted: waiting for the hotel to confirm",
        LegState::Confirmed => "Confirmed",
        LegState::Elsewhere => "Notified that you booked elsewhere",
        LegState::Ended => "Closed",
    };
    let place_among =
        move || offered.with(|known| known.as_ref().map_or(99, |(place, _)| *place)).to_string();
    let earlier = move || {
        offered.with(|known| {
            let bids = known.as_ref().map(|(_, offered)| offered.bids.as_slice()).unwrap_or_default();
            let before = if current.with(Option::is_some) { bids.len() - 1 } else { bids.len() };
            bids[..before].iter().rev().map(|bid| bid.total.grouped()).collect::<Vec<_>>()
        })
    };
    let (slug, name, place) = (hotel.slug, hotel.name, hotel.place);
    let (named, chat) = (slug.clone(), format!("/chat/{slug}"));
    let until = move || {
        let shown = leg().has_bid() && valid();
        current.get().filter(|_| shown).map(|bid| view! { <Until at=bid.valid_until now=state.now/> })
    };
    let itself = move || {
        let itself = current.with(|bid| bid.as_ref().is_some_and(|bid| bid.confirms_itself));
        (itself && leg().has_bid()).then_some("Yours as soon as you accept.")
    };
    view! {
        <li class="offer" style=format!("--hotel: {}", hotel.accent)
            style:order=place_among
            data-hotel=slug.clone() data-state=move || leg().as_str() class:best=best>
            <h2 class="hotel">{name}</h2>
            <p class="quiet place">{place}</p>
            <p class="total">{move || current.with(|bid| bid.as_ref().map(|bid| bid.total.grouped()))}</p>
            <p class="mark" hidden=move || !best()>"Best so far"</p>
            <p class="told" hidden=move || told().is_empty()>{told}</p>
            <p class="words" dir="auto">
                {move || current.with(|bid| bid.as_ref().map(|bid| bid.included.clone()))}</p>
            <p class="words" dir="auto" hidden=move || leg() != LegState::Declined>
                {move || with(|o| Some(o.reason.clone()))}</p>
            <p class="quiet until" hidden=move || until().is_none()>"Valid until "{until}</p>
            <p class="quiet">{itself}</p>
            <p class="typing" role="status">{typist}</p>
            <details class="earlier" hidden=move || earlier().is_empty()>
                <summary>"Earlier bids"</summary>
                <ul>{move || earlier().into_iter().map(|total| view! {
                    <li>{total}</li> }).collect_view()}</ul>
            </details>
            <div class="acts">
                <a class="button primary" href=accept hidden=move || !(open() && valid())>"Accept"</a>
                <details class="counter" hidden=move || !open() open=failed>
                    <summary class="button">"Negotiate"</summary>
                    <Counter state=state hotel=Some(named) refused=refused/>
                </details>
                <a class="button quiet" href=chat>"Conversation"</a>
            </div>
        </li>
    }
}
