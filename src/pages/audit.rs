//! The audit trail: read, filtered, exported.

use super::{
    download::download,
    moment::{moment, period},
    reviewer::Reviewer,
    shell::{Framed, REPORTS, render},
};
use crate::{
    error::Error,
    files::Format,
    state::App,
    store::{AuditFilter, AuditLine},
};
use app::{
    admin::{Audit, AuditPage, PickedLines, TrailLine, given},
    ui::Head,
};
use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{Day, Hotel, Refusal, StaffId};
use leptos::prelude::*;
use std::collections::HashMap;

/// Lines on a page, and lines read at once for a file.
const LINES: i64 = 100;
const PIECE: i64 = 2_000;

#[derive(Debug, serde::Deserialize)]
pub struct After {
    /// The reader comes from erasing a guest.
    erased: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Query(picked): Query<PickedLines>,
    Query(after): Query<After>,
) -> Result<Response, Error> {
    let people = app.desk.people_of(&reviewer.hotels).await?;
    let kinds = app.desk.store.audit_kinds().await?;
    let zone = reviewer.zone(picked.hotel.as_deref()).to_owned();
    let (mut found, problem) = match filter(&picked, &reviewer) {
        Ok(filter) => (app.desk.trail(&reviewer.you, &filter, LINES + 1).await?, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let more = found.len() as i64 > LINES;
    found.truncate(LINES as usize);
    let next = found.last().filter(|_| more).map(|line| line.seq.to_string());
    let known = app.desk.store.hotels().await?;
    let names = app.desk.store.names().await?.into_iter().map(|person| (person.id, person.name)).collect();
    let lines = found.into_iter().map(|line| TrailLine {
        seq: line.seq,
        when: moment(line.at, &zone),
        hotel: hotel(&line, &known).map(|h| h.name.clone()).unwrap_or_default(),
        detail: readable(&line, &names),
        what: line.what,
        by: line.by_name.unwrap_or_default(),
    });
    let lines = lines.collect();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let Reviewer { you, hotels } = reviewer;
    let page = AuditPage {
        you,
        hotels,
        people,
        kinds,
        picked,
        problem,
        lines,
        next,
        zone,
        erased: after.erased.is_some(),
    };
    let head = Head::titled("Audit trail · Bellhop").style(REPORTS);
    Ok(render(&app, status, Framed::Nowhere, head, move || view! { <Audit page=page.clone()/> }).await)
}

/// The trail as a file, newest first, read piece by piece as it is sent.
pub async fn file(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(format): Path<String>,
    Query(picked): Query<PickedLines>,
) -> Result<Response, Error> {
    let format = format.strip_prefix("as.").and_then(Format::parse).ok_or(Refusal::NotFound)?;
    let filter = filter(&picked, &reviewer).map_err(|why| Refusal::BadCommand { why })?;
    app.desk.note_trail_export(&reviewer.you, &filter, &reviewer.hotels, format.as_str()).await;
    let hotels = app.desk.store.hotels().await?;
    let head = Ok(format.audit_head());
    let day = Day::of(app.desk.clock.now()).to_string();
    let pieces = futures::stream::try_unfold(Some(filter), move |state| {
        let (app, you, hotels) = (app.clone(), reviewer.you.clone(), hotels.clone());
        async move {
            let Some(mut filter) = state else { return Ok(None) };
            let lines = app
                .desk
                .trail(&you, &filter, PIECE)
                .await
                .map_err(|e| std::io::Error::other(e.to_string()))?;
            let Some(last) = lines.last() else { return Ok(None) };
            filter.before = Some(last.seq);
            let bytes = format.audit(&lines, |line| hotel(line, &hotels).map(|h| h.slug.clone()));
            let next = (lines.len() as i64 == PIECE).then_some(filter);
            Ok::<_, std::io::Error>(Some((bytes, next)))
        }
    });
    use futures::StreamExt as _;
    let body = Body::from_stream(futures::stream::once(async { head }).chain(pieces));
    Ok((download(format.content_type(), &["audit trail", &day], format.as_str()), body).into_response())
}

/// Lines that tell of a conversation, by its id.
const OF_CONVERSATIONS: [&str; 10] = [
    "claimed",
    "taken_over",
    "released",
    "transferred",
    "resolved",
    "reopened",
    "tagged",
    "untagged",
    "stay_linked",
    "transcript_exported",
];

/// Lines that tell of somebody of the staff, by their id. In others an id was typed by somebody, and is not
/// to be told a name by.
const OF_STAFF: [&str; 8] = [
    "staff_added",
    "staff_enabled",
    "staff_disabled",
    "password_set",
    "role_given",
    "role_changed",
    "role_withdrawn",
    "transferred",
];

/// A line's detail for people: the staff by name, and a link where a conversation is meant. Files have it as
/// it stands.
fn readable(line: &AuditLine, names: &HashMap<StaffId, String>) -> Vec<(String, Option<String>)> {
    let of_staff = OF_STAFF.contains(&line.what.as_str());
    let of_conversation = OF_CONVERSATIONS.contains(&line.what.as_str());
    let mut pieces: Vec<(String, Option<String>)> = Vec::new();
    for (place, word) in line.detail.split(' ').enumerate() {
        let id = word.parse::<StaffId>().ok();
        let (words, link) = match id.map(|id| (id, names.get(&id).filter(|_| of_staff))) {
            Some((_, Some(name))) => (name.as_str(), None),
            Some((id, None)) if of_conversation && place == 0 => {
                ("Conversation", Some(format!("/admin/logs/{id}")))
            }
            _ => (word, None),
        };
        match pieces.last_mut().filter(|(_, before)| before.is_none() && link.is_none()) {
            Some((before, _)) => *before += &format!(" {words}"),
            None if place > 0 => pieces.push((format!(" {words}"), link)),
            None => pieces.push((words.to_owned(), link)),
        }
    }
    pieces
}

fn hotel<'a>(line: &AuditLine, hotels: &'a [Hotel]) -> Option<&'a Hotel> {
    hotels.iter().find(|h| Some(h.id) == line.hotel)
}

/// What was picked, as a filter; what makes no sense in it, in words.
fn filter(picked: &PickedLines, reviewer: &Reviewer) -> Result<AuditFilter, String> {
    let zone = reviewer.zone(picked.hotel.as_deref());
    let (from, until) = period(picked.from.as_deref(), picked.until.as_deref(), zone)?;
    Ok(AuditFilter {
        what: given(picked.what.as_deref()).map(str::to_owned),
        by: given(picked.by.as_deref())
            .map(|id| id.parse().map_err(|_| "That person doesn’t exist."))
            .transpose()?,
        hotel: reviewer.asked(picked.hotel.as_deref())?.map(|h| h.id),
        from,
        until,
        before: given(picked.before.as_deref())
            .map(|key| key.parse().map_err(|_| "That page doesn’t exist."))
            .transpose()?,
    })
}
