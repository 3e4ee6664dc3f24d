//! The page of one request, alive.

use super::{Request, RequestPage, card::Card, counter::Counter, state::State};
use crate::{
    live::Link,
    ui::{Until, provide_local_time},
};
use domain::wire::request::Offered;
use domain::{LegState, RequestState};
use leptos::{either::EitherOf5, prelude::*};
use std::time::Duration;

#[component]
pub fn RequestView(page: RequestPage) -> impl IntoView {
    let local = provide_local_time();
    let RequestPage { request, refused, now, build } = page;
    let state = State::new(request, now, build);
    Effect::new(move |_| {
        local.0.set(true);
        state.start(now);
        let tick = set_interval_with_handle(move || state.tick(), Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    let id = state.request.with_untracked(|request| request.id);
    let what = move || state.request.with(|request| request.wanted.in_short());
    let words = move || state.request.with(|request| request.wanted.words.clone());
    let rules = move || state.request.with(rules);
    let open = move || state.is_open();
    let over = move || state.request.with(|request| request.state.is_over());
    let hotels: Vec<Offered> = state.request.with_untracked(|request| request.hotels.clone());
    let failed = refused.as_ref().is_some_and(|refused| refused.hotel.is_none());
    let (to_all, to_one) = match refused {
        Some(refused) if refused.hotel.is_none() => (Some(refused), None),
        refused => (None, refused),
    };
    let cards = hotels
        .into_iter()
        .map(|offered| {
            let refused = to_one.clone().filter(|r| r.hotel.as_deref() == Some(offered.hotel.slug.as_str()));
            view! { <Card state=state hotel=offered.hotel refused=refused/> }
        })
        .collect_view();
    view! {
        <div class="request" data-link=move || state.link.get().as_str()
            data-state=move || state.request.with(|request| request.state.as_str())>
            <p class="connection lost" role="status" hidden=move || state.link.get() != Link::Lost>
                "You’re offline. This page resumes automatically when you’re back online."</p>
            <header class="request-head">
                <a class="back" href="/requests">"Your requests"</a>
                <h1>{what}</h1>
                <p class="words" dir="auto" hidden=move || words().is_empty()>{words}</p>
                <p class="quiet">{rules}</p>
                <noscript><p class="quiet">"Reload the page for updates."</p></noscript>
            </header>
            <Banner state=state/>
            <details class="counter all" hidden=move || !open() open=failed>
                <summary class="button">"Negotiate with all hotels"</summary>
                <Counter state=state hotel=None refused=to_all/>
            </details>
            <ul class="cards">{cards}</ul>
            <footer class="request-foot" hidden=over>
                <a class="button" href=format!("/requests/{id}/change") hidden=move || !open()>
                    "Change the request"</a>
                <details>
                    <summary class="button">"Withdraw the request"</summary>
                    <form method="post" action=format!("/requests/{id}/withdraw")>
                        <p>"We’ll tell all the hotels that you no longer want bids."</p>
                        <button class="button danger" type="submit">"Withdraw it"</button>
                    </form>
                </details>
            </footer>
        </div>
    }
}

/// What the hotels were told of how to bid.
fn rules(request: &Request) -> String {
    let wanted = &request.wanted;
    let budget = wanted.budget.map(|budget| format!("Up to {}. ", budget.grouped())).unwrap_or_default();
    let others = if wanted.other_currencies { ", other currencies welcome" } else { "" };
    let seen = match wanted.open {
        true => "Hotels can see the best bid so far, but not who made it.",
        false => "Hotels can’t see each other’s bids.",
    };
    format!("{budget}Bids in {}{others}. {seen}", wanted.currency.code())
}

/// How it stands, in one sentence, and what to do next.
#[component]
fn Banner(state: State) -> impl IntoView {
    let hotel = |request: &Request, state: LegState| {
        request.hotels.iter().find(|offered| offered.state == state).cloned()
    };
    let banner = move || {
        let request = state.request.get();
        let until = request.answer_by;
        match request.state {
            RequestState::Open => {
                let bids = request.hotels.iter().filter(|o| o.current(request.version).is_some()).count();
                let hotels = request.hotels.len();
                let told = match (bids, hotels) {
                    (0, 1) => {
                        "We’ve asked one hotel. You can leave this page; the bid will be here when you come \
                         back."
                            .to_owned()
                    }
                    (0, n) => format!(
                        "We’ve asked {n} hotels. You can leave this page; bids will be here when you come \
                         back."
                    ),
                    (1, _) => "One bid so far. Accept it, negotiate, or wait for more.".to_owned(),
                    (n, _) => format!("{n} bids so far. Accept one, negotiate, or wait for more."),
                };
                let lapsed = hotel(&request, LegState::Lapsed).map(|offered| {
                    format!(
                        "{} did not confirm in time. You are free to accept any bid. ",
                        offered.hotel.name
                    )
                });
                EitherOf5::A(view! {
                    <p class="banner open">
                        <span role="status">{lapsed}{told}</span>
                        " Hotels can answer until "<Until at=until now=state.now/>"."
                    </p>
                })
            }
            RequestState::Accepted => {
                let offered = hotel(&request, LegState::Accepted);
                let name = offered.as_ref().map(|o| o.hotel.name.clone()).unwrap_or_default();
                let by = offered.and_then(|o| o.confirm_by).unwrap_or(until);
                EitherOf5::B(view! {
                    <p class="banner waits">
                        <span role="status">"You’ve accepted "<strong>{name}</strong>"’s bid."</span>
                        " The hotel has until "<Until at=by now=state.now/>" to confirm. If it does not, you \
                            can accept another bid."
                    </p>
                })
            }
            RequestState::Confirmed => {
                let offered = hotel(&request, LegState::Confirmed);
                let bid = offered.as_ref().and_then(|o| o.bids.last()).map(|bid| bid.total.grouped());
                let hotel = offered.map(|o| o.hotel);
                let name = hotel.as_ref().map(|h| h.name.clone());
                let chat = hotel.map(|h| format!("/chat/{}", h.slug));
                EitherOf5::C(view! {
                    <p class="banner agreed" role="status">
                        <strong>{name}</strong>" has confirmed your booking for "
                        <strong>{bid}</strong>". For everything else, "
                        <a href=chat>"message the hotel"</a>"."</p>
                })
            }
            RequestState::Withdrawn => EitherOf5::D(view! {
                <p class="banner over" role="status">"You have withdrawn this request. "
                    <a href="/requests/new">"Ask again"</a></p>
            }),
            RequestState::Expired => EitherOf5::E(view! {
                <p class="banner over" role="status">"This request has expired without a booking. "
                    <a href="/requests/new">"Ask again"</a></p>
            }),
        }
    };
    view! { {banner} }
}
