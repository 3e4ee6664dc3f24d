//! Reading back what was said. Server-rendered, no WASM; times in the hotel's own zone.

use super::shell::{ADMIN, Framed, render};
use crate::{
    desk::midnight,
    error::Error,
    router::App,
    session::{Caller, SignedIn},
    store::LogFilter,
};
use app::{
    admin::{Log, LogLine, LogPage, Logs, LogsPage, Picked, TimelineLine},
    domain::{Conversation, ConversationId, Hotel, Millis, Refusal, Staff, Status},
    ui::Head,
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use leptos::prelude::*;

/// Lines on a page.
const LINES: i64 = 50;

/// Only those who review; for everybody else the page does not exist.
pub(super) async fn reviewer(app: &App, caller: &Caller) -> Result<Staff, Error> {
    match caller.staff(&app.desk).await? {
        Some(SignedIn { staff, .. }) if staff.reviews() => Ok(staff),
        Some(_) => Err(Refusal::NotFound.into()),
        None => Err(Error::SignIn),
    }
}

pub async fn logs(State(app): State<App>, caller: Caller, Query(picked): Query<Picked>) -> Result<Response, Error> {
    let staff = reviewer(&app, &caller).await?;
    let hotels = app.desk.reviewed_hotels(&staff).await?;
    let people = app.desk.people_of(&hotels).await?;
    let (filter, mut problem) = filter(&picked, &hotels);
    if let (Some(from), Some(until)) = (filter.from, filter.until)
        && from >= until
    {
        problem = Some("The last day lies before the first.".into());
    }
    let mut found = app.desk.logs(&staff, &filter).await?;
    let next = (found.len() as i64 > LINES).then(|| {
        found.truncate(LINES as usize);
        found.last().map(|c| format!("{}_{}", c.opened_at.0, c.id)).unwrap_or_default()
    });
    let lines = found.into_iter().map(|c| line(c, &hotels)).collect();
    let days_in = picked_hotel(&picked, &hotels).or(hotels.first()).map(|h| h.time_zone.clone()).unwrap_or_default();
    let page = LogsPage { you: staff, hotels, people, picked, problem, lines, next, days_in };
    let head = Head::titled("Logs · Bellhop").style(ADMIN);
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Logs page=page.clone()/> }).await)
}

pub async fn log(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, Error> {
    let staff = reviewer(&app, &caller).await?;
    let id: ConversationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (conversation, entries) = app.desk.transcript(&staff, id).await?;
    if let Some(other) = conversation.joined_to {
        return Ok(Redirect::to(&format!("/admin/logs/{other}")).into_response());
    }
    let hotels = app.desk.reviewed_hotels(&staff).await?;
    let hotel = hotels.into_iter().find(|h| h.id == conversation.hotel).ok_or(Refusal::NotFound)?;
    let timeline = entries
        .into_iter()
        .map(|entry| {
            let (day, clock) = local(entry.at, &hotel.time_zone);
            TimelineLine { entry, day, clock }
        })
        .collect();
    let title = format!("{} · {} · Bellhop", conversation.guest.label(), hotel.name);
    let line = line(conversation, std::slice::from_ref(&hotel));
    let page = LogPage { you: staff, hotel, line, timeline };
    let head = Head::titled(&title).style(ADMIN);
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Log page=page.clone()/> }).await)
}

fn picked_hotel<'a>(picked: &Picked, hotels: &'a [Hotel]) -> Option<&'a Hotel> {
    let slug = picked.hotel.as_deref()?;
    hotels.iter().find(|h| h.slug == slug)
}

/// What was picked, as a filter. What makes no sense is left out and said.
fn filter(picked: &Picked, hotels: &[Hotel]) -> (LogFilter, Option<String>) {
    let mut problem = None;
    let hotel = picked_hotel(picked, hotels);
    if hotel.is_none() && picked.hotel.as_deref().is_some_and(|slug| !slug.is_empty()) {
        problem = Some("That hotel is not among yours.".into());
    }
    // Days are the picked hotel's days; over several hotels, those of the first.
    let zone = hotel.or(hotels.first()).and_then(|h| h.time_zone.parse().ok()).unwrap_or(chrono_tz::UTC);
    let mut day = |text: &Option<String>, next: bool| {
        let text = text.as_deref().filter(|s| !s.is_empty())?;
        let Ok(day) = text.parse::<chrono::NaiveDate>() else {
            problem = Some(format!("{text:?} is not a date like 2026-03-09."));
            return None;
        };
        let day = if next { day.succ_opt().unwrap_or(day) } else { day };
        Some(midnight(day, zone))
    };
    let (from, until) = (day(&picked.from, false), day(&picked.until, true));
    let after = picked.after.as_deref().and_then(|key| {
        let (at, id) = key.split_once('_')?;
        Some((Millis(at.parse().ok()?), id.parse().ok()?))
    });
    let filter = LogFilter {
        hotel: hotel.map(|h| h.id),
        agent: picked.agent.as_deref().and_then(|id| id.parse().ok()),
        status: Status::ALL.into_iter().find(|s| Some(s.as_str()) == picked.status.as_deref()),
        from,
        until,
        after,
        limit: LINES + 1,
    };
    (filter, problem)
}

fn line(conversation: Conversation, hotels: &[Hotel]) -> LogLine {
    let hotel = hotels.iter().find(|h| h.id == conversation.hotel);
    let zone = hotel.map_or("UTC", |h| h.time_zone.as_str());
    let (opened_day, mut opened_clock) = local(conversation.opened_at, zone);
    if hotels.len() > 1 {
        // Lines of several zones stand below each other; each says which is its own.
        opened_clock = format!("{opened_clock} {}", zone_name(conversation.opened_at, zone));
    }
    LogLine {
        hotel: hotel.map(|h| h.name.clone()).unwrap_or_default(),
        accent: hotel.map(|h| h.accent.clone()).unwrap_or_default(),
        opened: format!("{opened_day}, {opened_clock}"),
        conversation,
    }
}

/// `CET`, `WEST`; or `+09` where a zone has no letters.
fn zone_name(at: Millis, zone: &str) -> String {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    chrono::DateTime::from_timestamp_millis(at.0)
        .map(|utc| utc.with_timezone(&zone).format("%Z").to_string())
        .unwrap_or_default()
}

/// `20 Nov 2026, 14:05` in an IANA zone.
pub(super) fn moment(at: Millis, zone: &str) -> String {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    let utc = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    utc.with_timezone(&zone).format("%-d %b %Y, %H:%M").to_string()
}

/// A moment as day and time of day in an IANA zone.
fn local(at: Millis, zone: &str) -> (String, String) {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    match chrono::DateTime::from_timestamp_millis(at.0) {
        Some(utc) => {
            let local = utc.with_timezone(&zone);
            (local.format("%a %-d %b %Y").to_string(), local.format("%H:%M").to_string())
        }
        None => Default::default(),
    }
}
