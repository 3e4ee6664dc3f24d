//! The forms of a request: what is wanted and of whom, and the one that agrees. Plain forms; no scripts.

use domain::wire::request::{Offered, RequestView};
use domain::{Bid, Hotel, RequestId, RequestKind};
use leptos::{either::Either, prelude::*};

/// A hotel to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    pub hotel: Hotel,
    pub chosen: bool,
}

/// The form of a new request, or of a change to one.
#[derive(Clone, Debug)]
pub struct AskPage {
    /// None yet: it is asked first.
    pub kind: Option<RequestKind>,
    /// What was typed before, by field.
    pub typed: Vec<(String, String)>,
    pub hotels: Vec<Choice>,
    pub find: String,
    /// More were found than are shown.
    pub more: bool,
    /// For a new request: the mark by which it is asked once.
    pub mark: RequestId,
    /// The request that is changed, and its version as it was shown.
    pub changes: Option<(RequestId, i64)>,
    pub problem: Option<String>,
}

impl AskPage {
    fn typed(&self, field: &str) -> String {
        let typed = self.typed.iter().find(|(name, _)| name == field);
        typed.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn or(&self, field: &str, otherwise: &str) -> String {
        Some(self.typed(field)).filter(|typed| !typed.is_empty()).unwrap_or_else(|| otherwise.to_owned())
    }
}

/// Currencies offered by name; all others are typed.
const CURRENCIES: [&str; 8] = ["EUR", "CHF", "GBP", "USD", "JPY", "SEK", "DKK", "NOK"];

/// How long hotels may take for their first bid, in hours.
const WAITS: [(i64, &str); 5] =
    [(2, "2 hours"), (6, "6 hours"), (24, "one day"), (72, "three days"), (168, "a week")];

#[component]
pub fn Ask(page: AskPage) -> impl IntoView {
    let Some(kind) = page.kind else {
        let kinds = RequestKind::ALL
            .into_iter()
            .map(|kind| {
                let href = format!("/requests/new?kind={}", kind.as_str());
                view! { <li><a class="door" href=href><strong>{kind.title()}</strong>
                <span>{explained(kind)}</span></a></li> }
            })
            .collect_view();
        return Either::Left(view! {
            <main class="ask">
                <a class="back" href="/requests">"Your requests"</a>
                <h1>"What would you like?"</h1>
                <p class="quiet">"Ask several hotels at once. Each sends you a bid; you accept one, or \
                    none."</p>
                <ul class="kinds">{kinds}</ul>
            </main>
        });
    };
    let nights = kind.has_nights();
    let title = match page.changes {
        Some(_) => "Change your request".to_owned(),
        None => format!("{}: ask several hotels", kind.title()),
    };
    let action = match page.changes {
        Some((id, _)) => format!("/requests/{id}/change"),
        None => "/requests".to_owned(),
    };
    let version = page.changes.map(|(_, version)| {
        view! { <input type="hidden" autocomplete="off" name="version" value=version.to_string()/> }
    });
    let problem = page.problem.clone().map(|why| view! { <p class="problem" role="alert">{why}</p> });
    let currency = page.or("currency", "EUR");
    let currencies = CURRENCIES.map(|code| view! { <option value=code></option> }).collect_view();
    let keeps = page.changes.map(|_| view! { <option value="">"as long as before"</option> });
    let wait = page.or("wait", if page.changes.is_some() { "" } else { "24" });
    let waits = WAITS
        .map(|(hours, words)| {
            let selected = wait == hours.to_string();
            view! { <option value=hours.to_string() selected=selected>{words}</option> }
        })
        .collect_view();
    let days = match nights {
        true => Either::Left(view! {
            <label>"Arrival"<input type="date" name="from" required=true value=page.typed("from")/></label>
            <label>"Departure"
                <input type="date" name="until" required=true value=page.typed("until")/></label>
        }),
        false => Either::Right(view! {
            <label>"Day"<input type="date" name="from" required=true value=page.typed("from")/></label>
            <label>{match kind { RequestKind::LateCheckout => "Leave at", _ => "Time" }}
                <input type="time" name="time" required=true value=page.typed("time")/></label>
        }),
    };
    let rooms = (kind == RequestKind::Group).then(|| {
        view! { <label>"Rooms"<input type="number" name="rooms" min="2" max="500" inputmode="numeric"
        required=true value=page.typed("rooms")/></label> }
    });
    let hotels = match page.changes {
        Some(_) => Either::Left(()),
        None => Either::Right(view! { <Hotels page=page.clone()/> }),
    };
    let checked = |field: &str| !page.typed(field).is_empty();
    let (open, others) = (checked("open"), checked("other_currencies"));
    let send = if page.changes.is_some() { "Update request and notify hotels" } else { "Ask these hotels" };
    Either::Right(view! {
        <main class="ask">
            <a class="back" href="/requests">"Your requests"</a>
            <form method="post" action=action>
                <h1>{title}</h1>
                {problem}
                // The first button of a form is the one that Enter presses: not the search's.
                <button type="submit" class="hidden" tabindex="-1" aria-hidden="true">{send}</button>
                <input type="hidden" name="kind" value=kind.as_str()/>
                <input type="hidden" autocomplete="off" name="mark" value=page.mark.to_string()/>
                {version}
                <fieldset><legend>"When and how many"</legend>
                    <div class="fields">
                        {days}
                        <label>"Adults"<input type="number" name="adults" min="1" max="500" required=true
                            inputmode="numeric" value=page.or("adults", "2")/></label>
                        <label>"Children"<input type="number" name="children" min="0" max="500"
                            inputmode="numeric" value=page.or("children", "0")/></label>
                        {rooms}
                    </div>
                    <label>"Anything the hotel should know (optional)"
                        <textarea name="words" rows="3" maxlength="1000" dir="auto">{page.typed("words")}
                        </textarea></label>
                </fieldset>
                {hotels}
                <fieldset><legend>"How hotels bid"</legend>
                    <div class="fields">
                        <label>"Currency"<input name="currency" list="currencies" required=true
                            maxlength="3" pattern="[A-Za-z]{3}" autocapitalize="characters" autocomplete="off"
                            value=currency/></label>
                        <datalist id="currencies">{currencies}</datalist>
                        <label>"Total budget (optional)"<input name="budget" inputmode="decimal"
                            autocomplete="off" maxlength="20" value=page.typed("budget")/></label>
                        <label>"Time for hotels to reply"<select name="wait">{keeps}{waits}</select></label>
                    </div>
                    <label class="check"><input type="checkbox" name="open" value="1" checked=open/>
                        <span>"Show every hotel the best bid so far, but not who made it"</span></label>
                    <label class="check"><input type="checkbox" name="other_currencies" value="1"
                        checked=others/><span>"Bids in other currencies are welcome"</span></label>
                </fieldset>
                <button class="button primary" type="submit">{send}</button>
                <p class="quiet">"It’s free to ask, with no obligation. Each hotel sees your request in your \
                    conversation with it, but not who else you asked."</p>
            </form>
        </main>
    })
}

/// The hotels to choose from, those that are chosen first.
#[component]
fn Hotels(page: AskPage) -> impl IntoView {
    let list = page
        .hotels
        .into_iter()
        .map(|Choice { hotel, chosen }| {
            let languages = hotel.languages.join(", ");
            view! {
                <li style=format!("--hotel: {}", hotel.accent)><label class="check">
                    <input type="checkbox" name="hotel" value=hotel.slug checked=chosen/>
                    <span><strong class="hotel">{hotel.name}</strong>
                        <span class="quiet">{hotel.place}{(!languages.is_empty()).then(|| format!(" · \
                            speaks {languages}"))}
                        </span></span>
                </label></li>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choose"><legend>"Which hotels"</legend>
            <div class="find">
                <label for="find-hotels" class="hidden">"Find hotels by name or place"</label>
                <input id="find-hotels" name="find" placeholder="Find by name or place" maxlength="80"
                    autocomplete="off" value=page.find/>
                <button class="button" type="submit" formaction="/requests/new" formmethod="get"
                    formnovalidate=true>"Find"</button>
            </div>
            <ul>{list}</ul>
            <p class="quiet" hidden=!page.more>"More hotels match. Keep typing to narrow them down."</p>
        </fieldset>
    }
}

fn explained(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Stay => "A room for one or more nights",
        RequestKind::Group => "Two or more rooms in a single bid",
        RequestKind::LateCheckout => "Keep the room longer on the last day",
        RequestKind::Transfer => "A ride, from or to the hotel",
        RequestKind::Table => "Dinner, lunch or breakfast",
    }
}

/// The one question before a bid is accepted.
#[derive(Clone, Debug)]
pub struct AcceptPage {
    pub request: RequestView,
    pub hotel: Hotel,
    pub bid: Bid,
    pub problem: Option<String>,
}

#[component]
pub fn Accept(page: AcceptPage) -> impl IntoView {
    let AcceptPage { request, hotel, bid, problem } = page;
    let back = format!("/requests/{}", request.id);
    let action = format!("{back}/accept");
    let problem = problem.map(|why| view! { <p class="problem" role="alert">{why}</p> });
    let included = (!bid.included.is_empty())
        .then(|| view! { <div><dt>"Includes"</dt><dd dir="auto">{bid.included.clone()}</dd></div> });
    let follows = match bid.confirms_itself {
        true => "It’s agreed as soon as you accept.",
        false => "The hotel then confirms or declines. Until then you can’t accept another bid.",
    };
    view! {
        <main class="login accept">
            <form method="post" action=action class="card" style=format!("--hotel: {}", hotel.accent)>
                <h1>"Accept this bid?"</h1>
                {problem}
                <dl>
                    <div><dt>"Hotel"</dt><dd class="hotel">{hotel.name.clone()}</dd></div>
                    <div><dt>"For"</dt><dd>{request.wanted.in_short()}</dd></div>
                    <div><dt>"Total"</dt><dd class="total">{bid.total.grouped()}</dd></div>
                    {included}
                </dl>
                <p class="quiet">{follows}</p>
                <input type="hidden" name="hotel" value=hotel.slug/>
                <input type="hidden" name="version" value=bid.version.to_string()/>
                <button class="button primary" type="submit">
                    {format!("Accept for {}", bid.total.grouped())}</button>
                <p><a href=back>"Back to the bids"</a></p>
            </form>
        </main>
    }
}

/// The hotel's bid at a version, if it can still be accepted.
pub fn offered_at(request: &RequestView, slug: &str, version: i64) -> Option<(Offered, Bid)> {
    let offered = request.hotels.iter().find(|offered| offered.hotel.slug == slug)?;
    let bid = offered.current(request.version).filter(|bid| bid.version == version)?;
    Some((offered.clone(), bid.clone()))
}
