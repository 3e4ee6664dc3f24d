//! Figures of a period. Server-rendered, no WASM.

use super::{
    moment::{day, in_order},
    reviewer::Reviewer,
    shell::{Framed, REPORTS, render},
};
use crate::{
    desk::{LONGEST, day_in, tz},
    error::Error,
    state::App,
};
use app::{
    admin::{ReportPage, Reports, given},
    ui::Head,
};
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use domain::{Day, Figures};
use leptos::prelude::*;

/// What the reader has picked, as it stands in the address.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Period {
    hotel: Option<String>,
    agent: Option<String>,
    from: Option<String>,
    until: Option<String>,
    /// The last so many days, whatever else is said of days.
    days: Option<String>,
}

pub async fn reports(
    State(app): State<App>,
    reviewer: Reviewer,
    Query(picked): Query<Period>,
) -> Result<Response, Error> {
    let text = |field: &Option<String>| given(field.as_deref()).map(str::to_owned);
    let (slug, agent) = (text(&picked.hotel), text(&picked.agent));
    let hotel = reviewer.picked(slug.as_deref()).cloned();
    let zone = reviewer.zone(slug.as_deref()).to_owned();
    let today = day_in(app.desk.clock.now(), tz(&zone));
    let back = |days: i64| Day(today.0 - days + 1).to_string();
    let days =
        given(picked.days.as_deref()).and_then(|n| n.parse().ok()).filter(|n| (1..=LONGEST).contains(n));
    let (from, until) = match days {
        Some(days) => (back(days), today.to_string()),
        None => {
            (text(&picked.from).unwrap_or_else(|| back(30)), text(&picked.until).unwrap_or(today.to_string()))
        }
    };
    let hotels = match &hotel {
        Some(one) => std::slice::from_ref(one),
        None => reviewer.hotels.as_slice(),
    };
    let asked = reviewer.asked(slug.as_deref()).and_then(|_| asked(&from, &until, agent.as_deref()));
    let unread = app.desk.store.unread(); // before they are counted: what comes in between is in them
    let (figures, problem) = match asked {
        Ok((from, until, agent)) => (app.desk.report(&reviewer.you, hotels, agent, from, until).await?, None),
        Err(problem) => (Figures::default(), Some(problem)),
    };
    let mut has_hours = false;
    for hotel in hotels {
        has_hours |= app.desk.store.hours(hotel.id).await?.is_some();
    }
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let last = today.to_string();
    let periods = [
        ("Today", 1, back(1), last.clone()),
        ("7 days", 7, back(7), last.clone()),
        ("30 days", 30, back(30), last.clone()),
        ("A year", 365, back(365), last),
    ];
    let people = app.desk.people_of(&reviewer.hotels).await?;
    let Reviewer { you, hotels } = reviewer;
    let (hotel, periods) = (slug, periods.into());
    let page = ReportPage {
        you,
        hotels,
        people,
        hotel,
        agent,
        from,
        until,
        problem,
        periods,
        zone,
        has_hours,
        unread,
        figures,
    };
    let head = Head::titled("Reports · Bellhop").style(REPORTS);
    Ok(render(&app, status, Framed::Nowhere, head, move || view! { <Reports page=page.clone()/> }).await)
}

type Asked = (Day, Day, Option<domain::StaffId>);

/// What was asked for; what is wrong with it, in words.
fn asked(from: &str, until: &str, agent: Option<&str>) -> Result<Asked, String> {
    let (from, until) = (day(from)?, day(until)?);
    in_order(Some(from), Some(until))?;
    if until.0 - from.0 >= LONGEST {
        return Err(format!("Reports cover at most {LONGEST} days."));
    }
    let agent = agent.map(|id| id.parse().map_err(|_| "That agent doesn’t exist.".to_owned())).transpose()?;
    Ok((from, until, agent))
}
