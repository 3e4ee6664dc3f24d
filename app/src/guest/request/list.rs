//! All of a guest's requests. HTML and nothing else.

use domain::wire::request::{RequestView, Requests};
use domain::{LegState, RequestState};
use leptos::prelude::*;

#[component]
pub fn RequestList(requests: Requests) -> impl IntoView {
    let none = requests.requests.is_empty();
    let rows = requests
        .requests
        .into_iter()
        .map(|request| {
            let (words, href) = (in_words(&request), format!("/requests/{}", request.id));
            view! {
                <li><a class="request-row" href=href data-state=request.state.as_str()>
                    <strong>{request.wanted.in_short()}</strong>
                    <span class="quiet">{words}</span>
                </a></li>
            }
        })
        .collect_view();
    view! {
        <main class="ask">
            <a class="back" href="/stays">"Your hotels"</a>
            <h1>"Your requests"</h1>
            <p hidden=!none>"You haven’t made any requests yet. Tell us what you’d like once, and several \
                hotels can bid."</p>
            <ul class="requests">{rows}</ul>
            <p><a class="button primary" href="/requests/new">"Ask several hotels"</a></p>
        </main>
    }
}

/// How a request stands, in one line.
fn in_words(request: &RequestView) -> String {
    let name = |state: LegState| {
        let offered = request.hotels.iter().find(|offered| offered.state == state);
        offered.map(|offered| offered.hotel.name.clone()).unwrap_or_default()
    };
    let asked = request.hotels.len();
    let hotels = if asked == 1 { "one hotel".to_owned() } else { format!("{asked} hotels") };
    match request.state {
        RequestState::Open => {
            let bids = request.hotels.iter().filter(|o| o.current(request.version).is_some()).count();
            match bids {
                0 => format!("Asked {hotels}; no bid yet"),
                1 => format!("One bid from {hotels}"),
                n => format!("{n} bids from {hotels}"),
            }
        }
        RequestState::Accepted => format!("Accepted: waiting for {} to confirm", name(LegState::Accepted)),
        RequestState::Confirmed => format!("Booked with {}", name(LegState::Confirmed)),
        RequestState::Withdrawn => "Withdrawn".to_owned(),
        RequestState::Expired => "Expired without an agreement".to_owned(),
    }
}
