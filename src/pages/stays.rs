//! A guest's conversations with all hotels, and how they go on with another device.

use super::{
    shell::{Framed, SITE, STAYS, render},
    visitor::Visitor,
};
use crate::{
    desk::{Newcomer, No},
    error::Error,
    session::Caller,
    state::App,
    store::Tried,
};
use app::{
    guest::{Email, StaysPage, StaysView, Step},
    ui::{Head, Script},
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::Refusal;
use domain::wire::Limits;
use leptos::prelude::*;

const WRONG: &str = "Wrong code.";
const OVER: &str = "This code no longer works. Ask for another one.";
const NOT_THERE: &str = "This link was sent to a different e-mail address.";
const LINK_OVER: &str = "This link has expired. Enter your e-mail to get a new one.";

pub async fn stays(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    let visitor = Visitor::of(&app, &caller, &Newcomer::Stranger).await?;
    let data = StaysPage {
        you: visitor.guest,
        formerly: app.desk.store.formerly(visitor.guest).await?,
        stays: app.desk.guest_stays(visitor.guest).await?,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
        limits: Limits { body: app.desk.settings.max_body },
    };
    let head = Head::titled("Your hotels").style(STAYS).script(Script::hydrate("stays", &data));
    let response =
        render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <StaysView page=data.clone()/> })
            .await;
    visitor.remember(&app, response)
}

/// The chat the guest came from: there they go back to, and its hotel's sites may frame these pages too.
#[derive(Debug, Default, serde::Deserialize)]
pub struct From {
    hotel: Option<String>,
}

pub async fn ask(
    State(app): State<App>,
    caller: Caller,
    Query(from): Query<From>,
) -> Result<Response, Error> {
    let visitor = Visitor::of(&app, &caller, &Newcomer::Stranger).await?;
    let known = app.desk.store.emails(visitor.guest).await?;
    let step = Step::Address { typed: String::new(), known };
    let response = page(&app, StatusCode::OK, step, None, from.hotel).await?;
    visitor.remember(&app, response)
}

#[derive(Debug, serde::Deserialize)]
pub struct Address {
    email: String,
    hotel: Option<String>,
}

pub async fn send_code(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<Address>,
) -> Result<Response, Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    match app.desk.send_code(guest, caller.address, &given.email).await {
        Ok(email) => page(&app, StatusCode::OK, Step::Code { email }, None, given.hotel).await,
        Err(No::Refused(refusal)) => {
            let status = Error::Refused(refusal.clone()).status();
            let why = match refusal {
                Refusal::TooFast { wait_ms } => {
                    format!("Too many codes requested. Try again in {} minutes.", wait_ms.div_ceil(60_000))
                }
                Refusal::Invalid { why, .. } => format!("That didn’t work: {why}."),
                other => other.in_words(),
            };
            let known = app.desk.store.emails(guest).await?;
            page(&app, status, Step::Address { typed: given.email, known }, Some(why), given.hotel).await
        }
        Err(e) => Err(e.into()),
    }
}

#[derive(Debug, serde::Deserialize)]
pub struct Code {
    code: String,
    hotel: Option<String>,
}

/// Where a guest comes back to, with the code from the letter.
pub async fn code(
    State(app): State<App>,
    caller: Caller,
    Query(from): Query<From>,
) -> Result<Response, Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?;
    let sent_to = match guest {
        Some(guest) => app.desk.store.code_sent_to(guest, app.desk.clock.now()).await?,
        None => None,
    };
    match sent_to {
        Some(email) => page(&app, StatusCode::OK, Step::Code { email }, None, from.hotel).await,
        None => Ok(Redirect::to("/stays/email").into_response()),
    }
}

pub async fn try_code(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<Code>,
) -> Result<Response, Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    let sent_to = app.desk.store.code_sent_to(guest, app.desk.clock.now()).await?;
    match (app.desk.try_code(guest, &given.code).await?, sent_to) {
        (Tried::Right { joined, .. }, _) => Ok(onward(given.hotel, joined.is_some())),
        (Tried::Wrong { left }, Some(email)) => {
            let tries = if left == 1 { "1 attempt".to_owned() } else { format!("{left} attempts") };
            let why = format!("{WRONG} {tries} left.");
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, Step::Code { email }, Some(why), given.hotel).await
        }
        (_, email) => {
            let step = Step::Address { typed: email.unwrap_or_default(), known: Vec::new() };
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, step, Some(OVER.into()), given.hotel).await
        }
    }
}

/// Opening a link does nothing yet: programs that check mail open links too.
pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let visitor = Visitor::of(&app, &caller, &Newcomer::Stranger).await?;
    let response = match app.desk.link_sent_to(&link).await? {
        Some((email, asked)) => {
            let step = Step::Link { link, email: (asked == visitor.guest).then_some(email) };
            page(&app, StatusCode::OK, step, None, None).await?
        }
        None => link_over(&app).await?,
    };
    visitor.remember(&app, response)
}

#[derive(Debug, serde::Deserialize)]
pub struct Opened {
    email: Option<String>,
}

pub async fn try_link(
    State(app): State<App>,
    caller: Caller,
    Path(link): Path<String>,
    Form(given): Form<Opened>,
) -> Result<Response, Error> {
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    // Whoever did not ask for the letter says whose it is: nobody types the address of the stranger who sent
    // them a link.
    if let Some((email, asked)) = app.desk.link_sent_to(&link).await?
        && asked != guest
        && given.email.is_none_or(|given| given.trim().to_lowercase() != email)
    {
        let step = Step::Link { link, email: None };
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, step, Some(NOT_THERE.into()), None).await;
    }
    match app.desk.try_link(guest, &link).await? {
        Tried::Right { joined, .. } => Ok(onward(None, joined.is_some())),
        Tried::Wrong { .. } | Tried::Over => link_over(&app).await,
    }
}

fn onward(hotel: Option<String>, joined: bool) -> Response {
    let mut to = format!("/stays/confirmed?joined={joined}");
    // A slug and nothing else: the rest of an address would lead elsewhere.
    if let Some(slug) = hotel
        && slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !slug.is_empty()
    {
        to = format!("{to}&hotel={slug}");
    }
    Redirect::to(&to).into_response()
}

#[derive(Debug, serde::Deserialize)]
pub struct Confirmed {
    #[serde(default)]
    joined: bool,
    hotel: Option<String>,
}

/// Says what came of it, and leads back.
pub async fn confirmed(State(app): State<App>, Query(said): Query<Confirmed>) -> Result<Response, Error> {
    page(&app, StatusCode::OK, Step::Confirmed { joined: said.joined }, None, said.hotel).await
}

async fn link_over(app: &App) -> Result<Response, Error> {
    let step = Step::Address { typed: String::new(), known: Vec::new() };
    page(app, StatusCode::NOT_FOUND, step, Some(LINK_OVER.into()), None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    step: Step,
    problem: Option<String>,
    hotel: Option<String>,
) -> Result<Response, Error> {
    let hotel = match hotel {
        Some(slug) => app.desk.store.hotel(&slug).await?,
        None => None,
    };
    let framed = match &hotel {
        Some(hotel) => Framed::By(app.desk.store.sites(hotel.id).await?),
        None => Framed::Nowhere,
    };
    let mut head = Head::titled("Continue on another device").style(SITE);
    if let Some(hotel) = &hotel {
        head = head.accent(&hotel.accent);
    }
    let slug = hotel.map(|h| h.slug);
    let view = move || view! { <Email step=step.clone() problem=problem.clone() hotel=slug.clone()/> };
    Ok(render(app, status, framed, head, view).await)
}
