//! A guest's requests: asked, looked at, negotiated and accepted with plain forms.
//!
//! In: forms of the guest's own pages. Out: the page again, as it stands now; what was refused comes back in
//! its form, with the reason beside it. Never: a request of another guest, which does not exist.

use super::{
    shell::{Framed, REQUESTS, render},
    visitor::Visitor,
};
use crate::{
    desk::{Newcomer, No, start_of, tz},
    error::Error,
    session::Caller,
    state::App,
};
use app::{
    guest::{
        Accept, AcceptPage, Ask, AskPage, Choice, Refused, RequestList, RequestPage, RequestView, offered_at,
    },
    ui::{Head, Script},
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::wire::{Limits, request};
use domain::{
    Amount, ClientId, Currency, Day, GuestId, Hotel, Millis, NoMoney, Refusal, Request, RequestId,
    RequestKind, Wanted,
};
use leptos::prelude::*;

/// Hotels shown to choose from.
const SHOWN: usize = 30;

/// A form as it came: fields by name, some more than once.
type Fields = Vec<(String, String)>;

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    let visitor = Visitor::of(&app, &caller, &Newcomer::Stranger).await?;
    let requests = app.desk.requests_of(visitor.guest).await?;
    let head = Head::titled("Your requests").style(REQUESTS);
    let view = move || view! { <RequestList requests=requests.clone()/> };
    visitor.remember(&app, render(&app, StatusCode::OK, Framed::Nowhere, head, view).await)
}

/// The form, empty, or as far as it was filled in when hotels were looked for.
pub async fn new(
    State(app): State<App>,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, Error> {
    let visitor = Visitor::of(&app, &caller, &Newcomer::Stranger).await?;
    visitor.remember(&app, form(&app, StatusCode::OK, fields, None, None).await?)
}

pub async fn ask(
    State(app): State<App>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    let mut hotels = Vec::new();
    for (_, slug) in fields.iter().filter(|(name, _)| name == "hotel").take(Request::HOTELS + 1) {
        hotels.push(app.desk.hotel(slug).await?);
    }
    let mut id = field(&fields, "mark").parse().unwrap_or_else(|_| RequestId::new());
    let mut asked = Err(No::Refused(Refusal::ClientIdUsed));
    // Whoever goes back in their browser and asks for something else asks anew.
    for _ in 0..2 {
        asked = match wanted(&app, &fields, &hotels, None) {
            Ok(wanted) => app.desk.ask(guest, caller.address, id, hotels.clone(), wanted).await,
            Err(no) => Err(no),
        };
        match asked {
            Err(No::Refused(Refusal::ClientIdUsed)) => id = RequestId::new(),
            _ => break,
        }
    }
    match asked {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            form(&app, status, fields, None, Some(in_words(&refusal))).await
        }
        Err(e) => Err(e.into()),
    }
}

pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    page(&app, StatusCode::OK, guest, id, None).await
}

pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    let request = app.desk.request_view(guest, id).await?;
    let version = request.version;
    form(&app, StatusCode::OK, filled(&request), Some((id, version)), None).await
}

pub async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    let request = app.desk.request_view(guest, id).await?;
    let version = field(&fields, "version").parse().unwrap_or_default();
    let hotels: Vec<Hotel> = request.hotels.iter().map(|offered| offered.hotel.clone()).collect();
    let changed = async {
        let (wanted, answer_by) = wanted(&app, &fields, &hotels, Some(request.answer_by))?;
        app.desk.change_request(guest, id, version, wanted, answer_by).await
    };
    match changed.await {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            form(&app, status, fields, Some((id, request.version)), Some(in_words(&refusal))).await
        }
        Err(e) => Err(e.into()),
    }
}

#[derive(Debug, serde::Deserialize)]
pub struct Countered {
    client_id: ClientId,
    #[serde(default)]
    hotel: Option<String>,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    words: String,
}

pub async fn counter(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(given): Form<Countered>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    let request = app.desk.request_view(guest, id).await?;
    let to = match &given.hotel {
        Some(slug) => Some(app.desk.hotel(slug).await?.id),
        None => None,
    };
    let countered = async {
        let amount = amount(&given.amount, request.wanted.currency, "amount")?;
        app.desk.counter(guest, id, given.client_id, to, amount, &given.words).await
    };
    match countered.await {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            let why = match refusal {
                Refusal::Empty => "Write an amount, or words, or both.".to_owned(),
                other => in_words(&other),
            };
            let refused = Refused { hotel: given.hotel, amount: given.amount, words: given.words, why };
            page(&app, status, guest, id, Some(refused)).await
        }
        Err(e) => Err(e.into()),
    }
}

#[derive(Debug, serde::Deserialize)]
pub struct Accepted {
    hotel: String,
    version: i64,
}

/// The one question before a bid is accepted.
pub async fn sure(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<Accepted>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    question(&app, StatusCode::OK, guest, id, &asked, None).await
}

pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(given): Form<Accepted>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    let hotel = app.desk.hotel(&given.hotel).await?;
    match app.desk.accept(guest, id, &hotel, given.version).await {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            question(&app, status, guest, id, &given, Some(in_words(&refusal))).await
        }
        Err(e) => Err(e.into()),
    }
}

pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let (guest, id) = own(&app, &caller, &id).await?;
    match app.desk.withdraw_request(guest, id).await {
        // One that is over already is shown as it is.
        Ok(()) | Err(No::Refused(Refusal::Over)) => {
            Ok(Redirect::to(&format!("/requests/{id}")).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

/// The guest of this browser, and the request an address names.
async fn own(app: &App, caller: &Caller, id: &str) -> Result<(GuestId, RequestId), Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Refusal::NotFound)?;
    Ok((guest, id.parse().map_err(|_| Refusal::NotFound)?))
}

async fn page(
    app: &App,
    status: StatusCode,
    guest: GuestId,
    id: RequestId,
    refused: Option<Refused>,
) -> Result<Response, Error> {
    let data = RequestPage {
        you: guest,
        request: app.desk.request_view(guest, id).await?,
        refused,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
        limits: Limits { body: app.desk.settings.max_body },
    };
    let title = data.request.wanted.in_short();
    let head = Head::titled(&title).style(REQUESTS).script(Script::hydrate("request", &data));
    let view = move || view! { <RequestView page=data.clone()/> };
    Ok(render(app, status, Framed::Nowhere, head, view).await)
}

async fn question(
    app: &App,
    status: StatusCode,
    guest: GuestId,
    id: RequestId,
    asked: &Accepted,
    problem: Option<String>,
) -> Result<Response, Error> {
    let request = app.desk.request_view(guest, id).await?;
    let back = Redirect::to(&format!("/requests/{id}")).into_response();
    // Another bid stands there by now: the page shows it.
    let Some((offered, bid)) = offered_at(&request, &asked.hotel, asked.version) else { return Ok(back) };
    if request.state != domain::RequestState::Open {
        return Ok(back);
    }
    let page = AcceptPage { request, hotel: offered.hotel, bid, problem };
    let head = Head::titled("Accept this bid?").style(REQUESTS);
    let view = move || view! { <Accept page=page.clone()/> };
    Ok(render(app, status, Framed::Nowhere, head, view).await)
}

async fn form(
    app: &App,
    status: StatusCode,
    fields: Fields,
    changes: Option<(RequestId, i64)>,
    problem: Option<String>,
) -> Result<Response, Error> {
    let kind = RequestKind::ALL.into_iter().find(|kind| kind.as_str() == field(&fields, "kind"));
    let find: String = field(&fields, "find").chars().take(80).collect();
    let mut chosen = Vec::new();
    for hotel in app.desk.store.hotels().await? {
        if fields.iter().any(|(name, slug)| name == "hotel" && *slug == hotel.slug) {
            chosen.push(Choice { hotel, chosen: true });
        }
    }
    let found = app.desk.find_hotels(&find, |_| true).await?.hotels;
    let more = found.len() >= SHOWN.min(20);
    let known = |hotel: &Hotel| chosen.iter().any(|choice| choice.hotel.id == hotel.id);
    let found: Vec<Choice> = found
        .into_iter()
        .filter(|hotel| !known(hotel))
        .map(|hotel| Choice { hotel, chosen: false })
        .collect();
    chosen.extend(found);
    let mark = field(&fields, "mark").parse().unwrap_or_else(|_| RequestId::new());
    let page = AskPage { kind, typed: fields, hotels: chosen, find, more, mark, changes, problem };
    let head = Head::titled("Ask several hotels").style(REQUESTS);
    let view = move || view! { <Ask page=page.clone()/> };
    Ok(render(app, status, Framed::Nowhere, head, view).await)
}

/// What was typed, as it is asked.
fn wanted(
    app: &App,
    fields: &Fields,
    hotels: &[Hotel],
    before: Option<Millis>,
) -> Result<(Wanted, Millis), No> {
    let no = |field: &str, why: &str| Refusal::Invalid { field: field.into(), why: why.into() };
    let kind = RequestKind::ALL.into_iter().find(|kind| kind.as_str() == field(fields, "kind"));
    let kind = kind.ok_or_else(|| no("kind", "choose what you would like"))?;
    let day = |name: &str, called: &str| -> Result<Option<Day>, Refusal> {
        let given = Some(field(fields, name)).filter(|text| !text.is_empty());
        given.map(|text| text.parse().map_err(|_| no(called, "write it as 2026-03-09"))).transpose()
    };
    let number = |name: &str, otherwise: u32| match field(fields, name) {
        "" => Ok(otherwise),
        given => given.parse().map_err(|_| no(name, "write a number")),
    };
    let currency: Currency =
        field(fields, "currency").parse().map_err(|why: NoMoney| no("currency", &why.to_string()))?;
    let first = if kind.has_nights() { "arrival" } else { "day" };
    let from = day("from", first)?.ok_or_else(|| no(first, "say which day"))?;
    let time = match field(fields, "time") {
        "" => None,
        given => Some(minutes(given).ok_or_else(|| no("time", "write it as 19:30"))?),
    };
    let rooms = number("rooms", 0)?;
    let wanted = Wanted {
        kind,
        from,
        until: day("until", "departure")?,
        time,
        adults: number("adults", 2)?,
        children: number("children", 0)?,
        rooms: (rooms > 0).then_some(rooms),
        words: field(fields, "words").to_owned(),
        budget: amount(field(fields, "budget"), currency, "budget")?,
        currency,
        other_currencies: !field(fields, "other_currencies").is_empty(),
        open: !field(fields, "open").is_empty(),
    };
    let now = app.desk.clock.now();
    let hours: i64 =
        field(fields, "wait").parse().ok().filter(|hours| (1..=24 * 30).contains(hours)).unwrap_or(24);
    // Not beyond the day itself, however long hotels were given.
    let end = |hotel: &Hotel| start_of(Day(from.0.saturating_add(1)), tz(&hotel.time_zone));
    let latest = hotels.iter().map(end).max().unwrap_or(now);
    // Whole minutes: to the millisecond, hotels that compared theirs would know the request again.
    let minute = |at: i64| Millis(at.div_euclid(Millis::MINUTE) * Millis::MINUTE);
    let answer_by = match (field(fields, "wait"), before) {
        // As it was.
        ("", Some(before)) => before,
        _ => minute(now.0 + hours * Millis::HOUR),
    };
    Ok((wanted, if latest > now { answer_by.min(latest) } else { answer_by }))
}

fn amount(text: &str, currency: Currency, called: &str) -> Result<Option<Amount>, Refusal> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let amount = Amount::typed(text, currency);
    amount.map(Some).map_err(|why| Refusal::Invalid { field: called.into(), why: why.to_string() })
}

/// Why not, as a sentence that begins like one.
fn in_words(refusal: &Refusal) -> String {
    let words = refusal.in_words();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `19:30` in minutes.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A request as its form would have sent it.
fn filled(request: &request::RequestView) -> Fields {
    let wanted = &request.wanted;
    let flag = |on: bool| if on { "1".to_owned() } else { String::new() };
    let budget = wanted.budget.map(|budget| budget.to_string().split_off(4)).unwrap_or_default();
    [
        ("kind", wanted.kind.as_str().to_owned()),
        ("from", wanted.from.to_string()),
        ("until", wanted.until.map(|day| day.to_string()).unwrap_or_default()),
        ("time", wanted.time.map(|time| format!("{:02}:{:02}", time / 60, time % 60)).unwrap_or_default()),
        ("adults", wanted.adults.to_string()),
        ("children", wanted.children.to_string()),
        ("rooms", wanted.rooms.map(|rooms| rooms.to_string()).unwrap_or_default()),
        ("words", wanted.words.clone()),
        ("budget", budget),
        ("currency", wanted.currency.code().to_owned()),
        ("other_currencies", flag(wanted.other_currencies)),
        ("open", flag(wanted.open)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
