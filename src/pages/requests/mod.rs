//! A guest's requests: asked, looked at, negotiated and accepted with plain forms.
//!
//! In: forms of the guest's own pages. Out: the page again, as it stands now; what was refused comes back in
//! its form, with the reason beside it. Never: a request of another guest, which does not exist.

mod form;

use self::form::{Fields, amount, field, filled, wanted};
use super::{
    shell::{Framed, REQUESTS, render},
    visitor::Visitor,
};
use crate::{
    desk::{FOUND, Newcomer, No},
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
use domain::{ClientId, GuestId, Hotel, Refusal, Request, RequestId, RequestKind};
use leptos::prelude::*;

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
        asked = match wanted(app.desk.clock.now(), &fields, &hotels, None) {
            Ok(wanted) => app.desk.ask(guest, caller.address, id, hotels.clone(), wanted).await,
            Err(refusal) => Err(refusal.into()),
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
        let (wanted, answer_by) = wanted(app.desk.clock.now(), &fields, &hotels, Some(request.answer_by))?;
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
                Refusal::Empty => "Enter an amount, a message, or both.".to_owned(),
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
        request: app.desk.request_view(guest, id).await?,
        refused,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
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
    let more = found.len() >= FOUND;
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

/// Why not, as a sentence that begins like one.
fn in_words(refusal: &Refusal) -> String {
    let words = refusal.in_words();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
