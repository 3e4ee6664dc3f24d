//! What a hotel's manager keeps: opening hours, tags, and how long things are kept. Server-rendered, no WASM.

use super::{
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{desk::No, error::Error, router::App, store::Retention};
use app::{
    admin::{HoursPage, HoursSettings, RetentionPage, RetentionSettings, TagSettings, TagsPage},
    domain::{Day, Holiday, Hotel, Hours, Span},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use leptos::prelude::*;

/// Days that go their own way; a hotel has not more of them in ten years.
const HOLIDAYS: usize = 500;

#[derive(Debug, Default, serde::Deserialize)]
pub struct Saved {
    #[serde(default)]
    saved: bool,
}

pub async fn hours(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Query(Saved { saved }): Query<Saved>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let set = app.desk.store.hours(hotel.id).await?;
    let hours = set.clone().unwrap_or_default();
    let typed = Typed {
        always: set.is_none().then(|| "1".into()),
        week: hours.week.each_ref().map(|spans| Span::text(spans)),
        holidays: hours.holidays.iter().map(holiday_line).collect::<Vec<_>>().join("\n"),
    };
    hours_page(&app, reviewer, hotel, typed, None, saved).await
}

/// The form as it was sent.
#[derive(Debug, Default)]
struct Typed {
    always: Option<String>,
    week: [String; 7],
    holidays: String,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct HoursForm {
    always: Option<String>,
    d0: String,
    d1: String,
    d2: String,
    d3: String,
    d4: String,
    d5: String,
    d6: String,
    holidays: String,
}

pub async fn set_hours(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<HoursForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let HoursForm { always, d0, d1, d2, d3, d4, d5, d6, holidays } = form;
    let typed = Typed { always, week: [d0, d1, d2, d3, d4, d5, d6], holidays };
    let hours = match (&typed.always, read(&typed)) {
        (Some(_), _) => None,
        (None, Ok(hours)) => Some(hours),
        (None, Err(problem)) => return hours_page(&app, reviewer, hotel, typed, Some(problem), false).await,
    };
    app.desk.store.set_hours(hotel.id, hours, reviewer.you.id, app.desk.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/hotels/{slug}/hours?saved=true")).into_response())
}

async fn hours_page(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    typed: Typed,
    problem: Option<String>,
    saved: bool,
) -> Result<Response, Error> {
    let (told, _) = app.desk.closed(&hotel).await?;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Opening hours · {}", hotel.name)).style(ADMIN);
    let Typed { always, week, holidays } = typed;
    let page = HoursPage { you: reviewer.you, hotel, always: always.is_some(), week, holidays, problem, told, saved };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <HoursSettings page=page.clone()/> }).await)
}

/// Hours as they were typed; what cannot be read, in words.
fn read(typed: &Typed) -> Result<Hours, String> {
    let mut hours = Hours::default();
    for ((spans, text), day) in hours.week.iter_mut().zip(&typed.week).zip(app::admin::DAYS) {
        *spans = Span::parse(text).map_err(|why| format!("{day}: {why}."))?;
    }
    for line in typed.holidays.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, times) =
            line.split_once(": ").or(line.split_once(':').filter(|(_, t)| t.trim().is_empty())).unwrap_or((line, ""));
        let (day, name) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
        let day: Day = day.parse().map_err(|_| format!("{line:?} does not begin with a date like 2026-12-24."))?;
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(80).collect();
        let spans = Span::parse(times).map_err(|why| format!("{line:?}: {why}."))?;
        hours.holidays.push(Holiday { day, name, spans });
    }
    hours.holidays.sort_by_key(|h| h.day);
    if let Some(twice) = hours.holidays.windows(2).find(|pair| pair[0].day == pair[1].day) {
        return Err(format!("{} stands there twice.", twice[0].day));
    }
    if hours.holidays.len() > HOLIDAYS {
        return Err(format!("At most {HOLIDAYS} days go their own way."));
    }
    Ok(hours)
}

fn holiday_line(holiday: &Holiday) -> String {
    let head = format!("{} {}", holiday.day, holiday.name);
    let head = head.trim_end();
    if holiday.spans.is_empty() { head.to_owned() } else { format!("{head}: {}", Span::text(&holiday.spans)) }
}

pub async fn tags(State(app): State<App>, reviewer: Reviewer, Path(slug): Path<String>) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    tags_page(&app, reviewer, hotel, None, String::new()).await
}

#[derive(Debug, serde::Deserialize)]
pub struct TagForm {
    name: String,
    #[serde(default)]
    new: String,
}

pub async fn add_tag(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let done = app.desk.add_tag(hotel.id, &form.name, reviewer.you.id).await;
    tag_done(&app, reviewer, hotel, done, form.name).await
}

pub async fn rename_tag(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let done = app.desk.rename_tag(hotel.id, &form.name, &form.new, reviewer.you.id).await;
    tag_done(&app, reviewer, hotel, done, String::new()).await
}

pub async fn remove_tag(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    app.desk.store.remove_tag(hotel.id, form.name, reviewer.you.id, app.desk.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/hotels/{slug}/tags")).into_response())
}

async fn tag_done(app: &App, reviewer: Reviewer, hotel: Hotel, done: Result<(), No>, typed: String) -> Result<Response, Error> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/admin/hotels/{}/tags", hotel.slug)).into_response()),
        Err(No::Refused(refusal)) => tags_page(app, reviewer, hotel, Some(refusal.in_words()), typed).await,
        Err(e) => Err(e.into()),
    }
}

async fn tags_page(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    problem: Option<String>,
    typed: String,
) -> Result<Response, Error> {
    let tags = app.desk.store.tags(hotel.id).await?.into_iter().map(|tag| (tag.name, tag.used)).collect();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Tags · {}", hotel.name)).style(ADMIN);
    let page = TagsPage { you: reviewer.you, hotel, tags, problem, typed };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <TagSettings page=page.clone()/> }).await)
}

pub async fn retention(State(app): State<App>, reviewer: Reviewer, Path(slug): Path<String>) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let kept = app.desk.store.retention(hotel.id).await?;
    let days = |days: Option<i64>| days.map(|n| n.to_string()).unwrap_or_default();
    let form = RetentionForm { conversations: days(kept.conversations), guests: days(kept.guests), trial: None };
    retention_page(&app, reviewer, hotel, form, kept, None).await
}

#[derive(Debug, serde::Deserialize)]
pub struct RetentionForm {
    conversations: String,
    guests: String,
    trial: Option<String>,
}

pub async fn set_retention(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<RetentionForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let days = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some).map_err(|_| format!("{text:?} is not a number of days.")),
    };
    let kept = match (days(&form.conversations), days(&form.guests)) {
        (Ok(conversations), Ok(guests)) => Retention { conversations, guests },
        (Err(problem), _) | (_, Err(problem)) => {
            return retention_page(&app, reviewer, hotel, form, Retention::default(), Some(problem)).await;
        }
    };
    if form.trial.is_some() {
        return retention_page(&app, reviewer, hotel, form, kept, None).await;
    }
    match app.desk.set_retention(hotel.id, kept, reviewer.you.id).await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/hotels/{slug}/retention")).into_response()),
        Err(No::Refused(refusal)) => {
            retention_page(&app, reviewer, hotel, form, Retention::default(), Some(refusal.in_words())).await
        }
        Err(e) => Err(e.into()),
    }
}

async fn retention_page(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    form: RetentionForm,
    kept: Retention,
    problem: Option<String>,
) -> Result<Response, Error> {
    let would_go = app.desk.would_expire(hotel.id, kept).await?;
    let trial = form.trial.is_some() || problem.is_some();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Retention · {}", hotel.name)).style(ADMIN);
    let RetentionForm { conversations, guests, .. } = form;
    let page = RetentionPage { you: reviewer.you, hotel, conversations, guests, would_go, trial, problem };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <RetentionSettings page=page.clone()/> }).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(holidays: &str) -> Typed {
        Typed { always: None, week: std::array::from_fn(|_| "8-20".to_owned()), holidays: holidays.to_owned() }
    }

    #[test]
    fn days_that_go_their_own_way_are_read_as_they_are_typed() {
        let hours = read(&typed("2026-12-25 Christmas\n\n2026-12-24 Christmas Eve: 8-14, 18:00-02:00\n2027-01-01:")).unwrap();
        let lines: Vec<String> = hours.holidays.iter().map(holiday_line).collect();
        assert_eq!(lines, ["2026-12-24 Christmas Eve: 08:00–14:00, 18:00–02:00", "2026-12-25 Christmas", "2027-01-01"]);
        assert_eq!(read(&typed(&lines.join("\n"))).unwrap(), hours, "what is shown can be saved again");
        for wrong in ["Christmas", "2026-13-01 X", "2026-12-24 X: noon", "2026-12-24\n2026-12-24"] {
            assert!(read(&typed(wrong)).is_err(), "{wrong}");
        }
    }
}
