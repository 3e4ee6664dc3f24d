//! Looking for what was said, and reading it back. Server-rendered, no WASM; times in the hotel's own zone.

use super::{
    moment::{day_and_clock, period, zone_name},
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{
    error::Error,
    state::App,
    store::{LogFilter, Mark, Sort, Viewer},
};
use app::{
    admin::{Found, HitLine, Log, LogLine, LogPage, Logs, LogsPage, Picked, given},
    ui::Head,
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{Conversation, ConversationId, Entry, GuestId, Hotel, Millis, Refusal, Status, TimelineLine};
use leptos::prelude::*;

/// Characters of what is looked for.
const LONGEST: usize = 200;

/// Lines on a page.
const LINES: i64 = 50;

/// What was said is what those who lead come for.
pub async fn front(_: Reviewer) -> Redirect {
    Redirect::to("/admin/logs")
}

pub async fn logs(
    State(app): State<App>,
    reviewer: Reviewer,
    Query(picked): Query<Picked>,
) -> Result<Response, Error> {
    let people = app.desk.people_of(&reviewer.hotels).await?;
    let tags = app.desk.tags_of(&reviewer.hotels).await?;
    let words = given(picked.q.as_deref());
    let unread = app.desk.store.unread();
    let (found, next, problem) = match filter(&app, &picked, &reviewer).await? {
        Err(problem) => (Found::Conversations(Vec::new()), None, Some(problem)),
        Ok(filter) => match find(&app, &reviewer, &picked, words, &filter).await? {
            Ok((found, next)) => (found, next, None),
            Err(problem) => (Found::Conversations(Vec::new()), None, Some(problem)),
        },
    };
    let days_in = reviewer.zone(picked.hotel.as_deref()).to_owned();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let Reviewer { you, hotels } = reviewer;
    let page = LogsPage { you, hotels, people, tags, picked, problem, found, next, days_in, unread };
    let head = Head::titled("Logs · Bellhop").style(ADMIN);
    Ok(render(&app, status, Framed::Nowhere, head, move || view! { <Logs page=page.clone()/> }).await)
}

type Page = (Found, Option<String>);

/// A page of what was asked for, and the key of the next; or what is wrong with the question.
async fn find(
    app: &App,
    reviewer: &Reviewer,
    picked: &Picked,
    words: Option<&str>,
    filter: &LogFilter,
) -> Result<Result<Page, String>, Error> {
    let (you, hotels) = (&reviewer.you, &reviewer.hotels);
    let no_page = || Ok(Err("That page doesn’t exist. Start again from the newest results.".to_owned()));
    let key = given(picked.after.as_deref());
    if picked.is_any() {
        app.desk.note_search(you, words, filter, hotels).await;
    }
    let Some(words) = words else {
        let after = match key.map(conversation_key) {
            Some(None) => return no_page(),
            Some(after) => after,
            None => None,
        };
        let mut found = app.desk.store.logs(you.id, filter, Sort::Newest, after, LINES + 1).await?;
        let next = more(&mut found).map(|c| format!("{}_{}", c.opened_at.0, c.id));
        return Ok(Ok((
            Found::Conversations(found.into_iter().map(|c| log_line(c, hotels)).collect()),
            next,
        )));
    };
    let before = match key.map(str::parse::<i64>) {
        Some(Err(_)) => return no_page(),
        Some(Ok(key)) => Some(key),
        None => None,
    };
    let Some(mut hits) = app.desk.store.search(you.id, words, filter, before, LINES + 1).await? else {
        return Ok(Err("Enter at least one word.".into()));
    };
    let next = more(&mut hits).map(|hit| hit.key.to_string());
    let lines = hits.into_iter().map(|hit| {
        let line = log_line(hit.conversation, hotels);
        let said = when(hit.entry.at, line.conversation.hotel, hotels);
        HitLine { line, entry: hit.entry, excerpt: hit.excerpt, said }
    });
    Ok(Ok((Found::Lines(lines.collect()), next)))
}

/// Cuts what was found to a page; its last line, if there are more behind it.
fn more<T>(found: &mut Vec<T>) -> Option<&T> {
    let more = found.len() as i64 > LINES;
    found.truncate(LINES as usize);
    found.last().filter(|_| more)
}

fn conversation_key(key: &str) -> Option<(Millis, ConversationId)> {
    let (at, id) = key.split_once('_')?;
    Some((Millis(at.parse().ok()?), id.parse().ok()?))
}

pub async fn log(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Query(picked): Query<Picked>,
) -> Result<Response, Error> {
    let id: ConversationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (conversation, entries) = app.desk.transcript(&reviewer.you, id).await?;
    if let Some(other) = conversation.joined_to {
        return Ok(Redirect::to(&format!("/admin/logs/{other}")).into_response());
    }
    let marks = app.desk.store.marks(reviewer.you.id, id).await?;
    let hotel =
        reviewer.hotels.iter().find(|h| h.id == conversation.hotel).cloned().ok_or(Refusal::NotFound)?;
    let timeline = timeline(entries, &marks, &hotel.time_zone);
    let title = format!("{} · {} · Bellhop", conversation.label(), hotel.name);
    let line = log_line(conversation, std::slice::from_ref(&hotel));
    let back = picked.address("/admin/logs", picked.after.as_deref());
    let page = LogPage { you: reviewer.you, hotel, line, timeline, back };
    let head = Head::titled(&title).style(ADMIN);
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Log page=page.clone()/> }).await)
}

/// Entries with their times in a zone, and who has read up to where.
pub(super) fn timeline(entries: Vec<Entry>, marks: &[Mark], zone: &str) -> Vec<TimelineLine> {
    let read_by = |seq: i64, said_on: &str| {
        let here = Mark::of(marks, seq).iter();
        here.map(|mark| {
            let (day, clock) = day_and_clock(mark.at, zone);
            let day = if day == said_on { String::new() } else { format!("{day} ") };
            format!("{}, {day}{clock}", mark.name.as_deref().unwrap_or("the guest"))
        })
        .collect()
    };
    let line = |entry: Entry| {
        let (day, clock) = day_and_clock(entry.at, zone);
        TimelineLine { read_by: read_by(entry.seq, &day), entry, day, clock }
    };
    entries.into_iter().map(line).collect()
}

/// What was picked, as a filter; what makes no sense in it, in words.
pub(super) async fn filter(
    app: &App,
    picked: &Picked,
    reviewer: &Reviewer,
) -> Result<Result<LogFilter, String>, Error> {
    // A guest is named by one of their conversations. One that is not the reader's to see is nobody's.
    let guest = match given(picked.guest.as_deref()).and_then(|guest| guest.parse().ok()) {
        Some(id) => {
            let found = app.desk.store.conversation(Viewer::Staff(reviewer.you.id), id).await?;
            let found = found.filter(|c| reviewer.hotels.iter().any(|hotel| hotel.id == c.hotel));
            Some(found.map_or(GuestId(uuid::Uuid::nil()), |c| c.person))
        }
        None => None,
    };
    Ok(filter_of(picked, reviewer, guest))
}

/// The same; `guest` is whom a conversation named.
fn filter_of(picked: &Picked, reviewer: &Reviewer, guest: Option<GuestId>) -> Result<LogFilter, String> {
    let text = |field: &Option<String>| given(field.as_deref()).map(str::to_owned);
    if [&picked.q, &picked.guest, &picked.room, &picked.tag]
        .into_iter()
        .flatten()
        .any(|t| t.chars().count() > LONGEST)
    {
        return Err(format!("Searches are limited to {LONGEST} characters."));
    }
    let hotel = reviewer.asked(picked.hotel.as_deref())?;
    let (from, until) =
        period(picked.from.as_deref(), picked.until.as_deref(), reviewer.zone(picked.hotel.as_deref()))?;
    let agent =
        text(&picked.agent).map(|id| id.parse().map_err(|_| "That agent doesn’t exist.")).transpose()?;
    let status = text(&picked.status);
    let status = status.map(|s| {
        Status::ALL.into_iter().find(|known| known.as_str() == s).ok_or("That status doesn’t exist.")
    });
    let rating = text(&picked.rating)
        .map(|n| n.parse().ok().filter(|n| (1..=5).contains(n)).ok_or("Choose a rating from 1 to 5 stars."));
    Ok(LogFilter {
        hotel: hotel.map(|h| h.id),
        agent,
        guest,
        guest_name: text(&picked.guest).filter(|_| guest.is_none()),
        room: text(&picked.room),
        tag: text(&picked.tag),
        status: status.transpose()?,
        rating: rating.transpose()?,
        from,
        until,
    })
}

pub(super) fn log_line(conversation: Conversation, hotels: &[Hotel]) -> LogLine {
    let hotel = hotels.iter().find(|h| h.id == conversation.hotel);
    LogLine {
        hotel: hotel.map(|h| h.name.clone()).unwrap_or_default(),
        accent: hotel.map(|h| h.accent.clone()).unwrap_or_default(),
        opened: when(conversation.opened_at, conversation.hotel, hotels),
        conversation,
    }
}

/// Day and time in the hotel's zone. Where lines of several zones stand below each other, each says which is
/// its own.
fn when(at: Millis, hotel: domain::HotelId, hotels: &[Hotel]) -> String {
    let zone = hotels.iter().find(|h| h.id == hotel).map_or("UTC", |h| h.time_zone.as_str());
    let (day, clock) = day_and_clock(at, zone);
    if hotels.len() > 1 {
        format!("{day}, {clock} {}", zone_name(at, zone))
    } else {
        format!("{day}, {clock}")
    }
}
