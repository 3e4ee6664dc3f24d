//! The settings of a hotel: its web sites, and its keys. Server-rendered, no WASM.

use super::{
    moment::moment,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{desk::No, error::Error, place::origin_of, state::App, store::Purpose};
use app::{
    admin::{HotelPage, HotelSettings, Hotels, KeyLine},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{FileLimits, Hotel, Refusal, Staff};
use leptos::prelude::*;
use uuid::Uuid;

/// Sites one hotel may list.
const SITES: usize = 50;

pub async fn list(State(app): State<App>, reviewer: Reviewer) -> Result<Response, Error> {
    let Reviewer { you, hotels } = reviewer;
    let head = Head::titled("Hotels · Bellhop").style(ADMIN);
    let view = move || view! { <Hotels you=you.clone() hotels=hotels.clone()/> };
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, view).await)
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    page(&app, you, hotel, Said::default()).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Sites {
    sites: String,
}

pub async fn set_sites(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(given): Form<Sites>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    let lines = given.sites.split_whitespace();
    let sites: Result<Vec<String>, String> =
        lines.map(|line| origin_of(line).ok_or_else(|| line.to_owned())).collect();
    let problem = match &sites {
        Err(line) => {
            format!("{line:?} isn’t a website address. Enter one like https://www.hotel.example.")
        }
        Ok(sites) if sites.len() > SITES => format!("You can list up to {SITES} sites."),
        Ok(sites) => {
            app.desk.store.set_sites(hotel.id, sites.clone(), you.id, app.desk.clock.now()).await?;
            return Ok(Redirect::to(&format!("/admin/hotels/{slug}")).into_response());
        }
    };
    page(&app, you, hotel, Said { problem: Some(problem), typed: Some(given.sites), ..Said::default() }).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Files {
    count: String,
    megabytes: String,
}

pub async fn set_file_limits(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(given): Form<Files>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    let most = FileLimits::MOST;
    let number =
        |text: &str, from: usize, to: usize| text.trim().parse().ok().filter(|n| (from..=to).contains(n));
    let limits = number(&given.count, 0, most.count)
        .zip(number(&given.megabytes, 1, most.megabytes))
        .map(|(count, megabytes)| FileLimits { count, megabytes });
    if let Some(limits) = limits {
        app.desk.store.set_file_limits(hotel.id, limits, you.id, app.desk.clock.now()).await?;
        return Ok(Redirect::to(&format!("/admin/hotels/{slug}")).into_response());
    }
    let problem = format!(
        "Files per message must be between 0 and {}, and the size limit per file between 1 and {} MB.",
        most.count, most.megabytes
    );
    let files = Some((given.count, given.megabytes));
    page(&app, you, hotel, Said { problem: Some(problem), files, ..Said::default() }).await
}

/// A new key for guest tokens, shown in the answer and nowhere else.
pub async fn new_vouch_key(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    let key = app.desk.new_vouch_key(&hotel, you.id).await?;
    let made = Some(("The key for guest tokens".to_owned(), key));
    page(&app, you, hotel, Said { made, ..Said::default() }).await
}

#[derive(Debug, serde::Deserialize)]
pub struct NewKey {
    name: String,
    write: Option<String>,
    read: Option<String>,
    push: Option<String>,
}

pub async fn new_api_key(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(given): Form<NewKey>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    let scopes = [(given.write, "stays:write"), (given.read, "stays:read"), (given.push, "push")];
    let scopes = scopes.into_iter().filter_map(|(given, scope)| given.map(|_| scope.to_owned())).collect();
    let said = match app.desk.new_api_key(hotel.id, &given.name, scopes, you.id).await {
        Ok(key) => {
            Said { made: Some((format!("The key for {}", given.name.trim()), key)), ..Said::default() }
        }
        Err(No::Refused(refusal)) => {
            Said { problem: Some(refusal.in_words()), name: given.name, ..Said::default() }
        }
        Err(e) => return Err(e.into()),
    };
    page(&app, you, hotel, said).await
}

pub async fn revoke_api_key(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, key)): Path<(String, String)>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    let key: Uuid = key.parse().map_err(|_| Refusal::NotFound)?;
    app.desk.store.revoke_api_key(hotel.id, key, you.id, app.desk.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/hotels/{slug}")).into_response())
}

/// A scope as the form calls it.
fn in_words(scope: &str) -> &str {
    match scope {
        "stays:write" => "Write reservations",
        "stays:read" => "Read reservations",
        "push" => "Send pushes",
        other => other,
    }
}

/// What the page says beside the settings.
#[derive(Default)]
struct Said {
    made: Option<(String, String)>,
    problem: Option<String>,
    typed: Option<String>,
    /// Limits of files that were typed and refused.
    files: Option<(String, String)>,
    /// The name of a key that was refused.
    name: String,
}

async fn page(app: &App, you: Staff, hotel: Hotel, said: Said) -> Result<Response, Error> {
    let zone = hotel.time_zone.clone();
    let keys = app.desk.store.api_keys(hotel.id).await?.into_iter().map(|key| KeyLine {
        id: key.id.to_string(),
        name: key.name,
        scopes: key.scopes.iter().map(|s| in_words(s)).collect::<Vec<_>>().join(", "),
        made: moment(key.created_at, &zone),
        used: key.last_used_at.map(|at| moment(at, &zone)),
        revoked: key.revoked_at.map(|at| moment(at, &zone)),
    });
    let data = HotelPage {
        you,
        sites: app.desk.store.sites(hotel.id).await?,
        vouch_key: app.desk.store.secret(hotel.id, Purpose::Vouch).await?.map(|(_, at)| moment(at, &zone)),
        keys: keys.collect(),
        public_url: app.desk.public_url.clone(),
        made: said.made,
        problem: said.problem,
        typed: said.typed,
        files: said.files,
        name: said.name,
        hotel,
    };
    let status = if data.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("{} · Bellhop", data.hotel.name)).style(ADMIN);
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <HotelSettings page=data.clone()/> }).await)
}
