//! How long a hotel keeps things, as its manager sets it.

use super::{
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{desk::No, error::Error, router::App, store::Retention};
use app::{
    admin::{RetentionPage, RetentionSettings},
    domain::Hotel,
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use leptos::prelude::*;

pub async fn show(State(app): State<App>, reviewer: Reviewer, Path(slug): Path<String>) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let kept = app.desk.store.retention(hotel.id).await?;
    let days = |days: Option<i64>| days.map(|n| n.to_string()).unwrap_or_default();
    let form = RetentionForm { conversations: days(kept.conversations), guests: days(kept.guests), trial: None };
    page(&app, reviewer, hotel, form, kept, None).await
}

#[derive(Debug, serde::Deserialize)]
pub struct RetentionForm {
    conversations: String,
    guests: String,
    trial: Option<String>,
}

pub async fn set(
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
            return page(&app, reviewer, hotel, form, Retention::default(), Some(problem)).await;
        }
    };
    if form.trial.is_some() {
        return page(&app, reviewer, hotel, form, kept, None).await;
    }
    match app.desk.set_retention(hotel.id, kept, reviewer.you.id).await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/hotels/{slug}/retention")).into_response()),
        Err(No::Refused(refusal)) => page(&app, reviewer, hotel, form, Retention::default(), Some(refusal.in_words())).await,
        Err(e) => Err(e.into()),
    }
}

async fn page(
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
