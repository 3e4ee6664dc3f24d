//! Exports of many conversations: begun, watched, stopped, gone on with, taken.

use super::{
    download::download,
    logs::filter,
    moment::moment,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{
    desk::{No, bundle::Record},
    error::Error,
    files::Format,
    state::App,
    store::{Export, ExportState, Viewer},
};
use app::{
    admin::{ExportLine, ExportList, ExportsPage, Picked, capitalised, given},
    ui::Head,
};
use axum::{
    Form,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use domain::Refusal;
use leptos::prelude::*;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;
use uuid::Uuid;

pub async fn list(
    State(app): State<App>,
    reviewer: Reviewer,
    Query(picked): Query<Picked>,
) -> Result<Response, Error> {
    page(&app, reviewer, picked, None).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Wanted {
    /// A query as the list of conversations has it.
    selection: String,
    format: String,
}

pub async fn begin(
    State(app): State<App>,
    reviewer: Reviewer,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Error> {
    let selection: axum::http::Uri = format!("/?{}", wanted.selection)
        .parse()
        .map_err(|_| Error::bad_request("the selection is not an address"))?;
    let Query(picked) =
        Query::<Picked>::try_from_uri(&selection).map_err(|e| Error::bad_request(e.to_string()))?;
    let Some(format) = Format::parse(&wanted.format) else {
        return page(&app, reviewer, picked, Some("That format doesn’t exist.".into())).await;
    };
    let filter = match filter(&app, &picked, &reviewer).await? {
        Ok(filter) => filter,
        Err(problem) => return page(&app, reviewer, picked, Some(problem)).await,
    };
    match app.desk.begin_export(&reviewer.you, &filter, in_words(&picked, &reviewer), format).await {
        Ok(()) => Ok(Redirect::to(&picked.address("/admin/exports", None)).into_response()),
        Err(No::Refused(refusal)) => page(&app, reviewer, picked, Some(refusal.in_words())).await,
        Err(e) => Err(e.into()),
    }
}

async fn own(app: &App, reviewer: &Reviewer, id: &str) -> Result<Export, Error> {
    let id: Uuid = id.parse().map_err(|_| Refusal::NotFound)?;
    Ok(app.desk.own_export(&reviewer.you, id).await?)
}

/// One that can be taken.
async fn done(app: &App, reviewer: &Reviewer, id: &str) -> Result<Export, Error> {
    let export = own(app, reviewer, id).await?;
    if export.state == ExportState::Done { Ok(export) } else { Err(Refusal::NotFound.into()) }
}

pub async fn stop(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let export = own(&app, &reviewer, &id).await?;
    app.desk.stop_export(&export).await?;
    Ok(Redirect::to("/admin/exports").into_response())
}

pub async fn resume(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let export = own(&app, &reviewer, &id).await?;
    match app.desk.resume_export(&reviewer.you, &export).await {
        Ok(()) => Ok(Redirect::to("/admin/exports").into_response()),
        Err(No::Refused(refusal)) => page(&app, reviewer, Picked::default(), Some(refusal.in_words())).await,
        Err(e) => Err(e.into()),
    }
}

pub async fn remove(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let export = own(&app, &reviewer, &id).await?;
    app.desk.stop_export(&export).await?;
    app.desk.remove_export(&export).await?;
    Ok(Redirect::to("/admin/exports").into_response())
}

/// The file, from any byte on: a download that broke off is resumed by a range request.
pub async fn take(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let export = done(&app, &reviewer, &id).await?;
    let served = ServeFile::new(app.desk.export_file(&export)).oneshot(request).await;
    let mut response = served.map_err(|e| Error::File(e.to_string()))?.into_response();
    // A piece too: whoever goes on with a broken download has a line for each part, and nobody has one
    // without.
    if response.status().is_success() {
        app.desk.note_export_taken(&reviewer.you, &reviewer.hotels, &export).await;
    }
    let format = Format::parse(&export.format).map_or("application/octet-stream", Format::content_type);
    let day = &export.created_at.iso()[..10];
    let name = format!("attachment; filename=\"{}-{day}.{}\"", file_name(&export.title), export.format);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The same in a zip with the files that stand in it, which is made while it is taken.
pub async fn bundle(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let export = done(&app, &reviewer, &id).await?;
    let format = Format::parse(&export.format).ok_or(Refusal::NotFound)?;
    let record = Record::Export(app.desk.export_file(&export), format);
    let zip = app.desk.bundle(Viewer::Staff(reviewer.you.id), record)?;
    app.desk.note_export_taken(&reviewer.you, &reviewer.hotels, &export).await;
    let day = &export.created_at.iso()[..10];
    let headers = download("application/zip", &[&file_name(&export.title), day], "zip");
    Ok((headers, Body::from_stream(zip)).into_response())
}

async fn page(
    app: &App,
    reviewer: Reviewer,
    picked: Picked,
    problem: Option<String>,
) -> Result<Response, Error> {
    let zone = reviewer.zone(None).to_owned();
    let exports = app.desk.exports_of(&reviewer.you).await?;
    let running = exports.iter().any(|e| e.state == ExportState::Running);
    let lines = exports.into_iter().map(|e| ExportLine {
        id: e.id.to_string(),
        state: e.state.as_str(),
        begun: moment(e.created_at, &zone),
        size: size(e.bytes),
        title: e.title,
        format: e.format,
        entries: e.entries,
        total: e.total,
    });
    let exports = lines.collect();
    // Words pick lines; an export has whole conversations.
    let words = given(picked.q.as_deref()).is_some();
    let picked = Picked { q: None, after: None, ..picked };
    let (asked, counted, problem) = match (filter(app, &picked, &reviewer).await?, problem) {
        (_, Some(problem)) => (None, (0, 0), Some(problem)),
        (Err(problem), None) => (None, (0, 0), Some(problem)),
        // While one is being made the page looks again and again; counting everything each time would be a
        // load.
        (Ok(_), None) if running && !picked.is_any() => (None, (0, 0), None),
        (Ok(filter), None) => {
            let counted = app.desk.store.count(reviewer.you.id, &filter).await?;
            (Some((picked.query(), in_words(&picked, &reviewer))), counted, None)
        }
    };
    let here = picked.address("/admin/exports", None);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ExportsPage { you: reviewer.you, asked, words, counted, exports, problem };
    let mut head = Head::titled("Exports · Bellhop").style(ADMIN);
    if running {
        head = head.refresh(2, &here);
    }
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <ExportList page=page.clone()/> }).await)
}

/// A selection as a title: `Hotel Seehof, resolved, from 2026-03-01`.
fn in_words(picked: &Picked, reviewer: &Reviewer) -> String {
    let text = |field: &Option<String>| given(field.as_deref()).map(str::to_owned);
    let mut words = Vec::new();
    words.extend(reviewer.picked(picked.hotel.as_deref()).map(|h| h.name.clone()));
    words.extend(text(&picked.status).map(|status| format!("{status} conversations")));
    words.extend(text(&picked.agent).map(|_| "one agent".to_owned()));
    words.extend(text(&picked.guest).map(|_| "one guest".to_owned()));
    words.extend(text(&picked.room).map(|room| format!("room {room}")));
    words.extend(text(&picked.tag).map(|tag| format!("tag {tag}")));
    words.extend(text(&picked.rating).map(|n| format!("{n} stars")));
    words.extend(text(&picked.from).map(|day| format!("from {day}")));
    words.extend(text(&picked.until).map(|day| format!("until {day}")));
    if words.is_empty() {
        return "All conversations".into();
    }
    capitalised(&words.join(", "))
}

/// A title as the name of a file: `hotel-seehof-resolved-conversations`.
fn file_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_lowercase();
    if name.is_empty() { "conversations".into() } else { name }
}

/// `12.4 MB`.
fn size(bytes: i64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
