//! How long a hotel keeps things, as its manager sets it.

use super::{
    hours::Saved,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{error::Error, state::App};
use app::{
    admin::{RetentionPage, RetentionSettings},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{Hotel, Retention};
use leptos::prelude::*;

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Query(Saved { saved }): Query<Saved>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let kept = app.desk.store.retention(hotel.id).await?;
    let days = |days: Option<i64>| days.map(|n| n.to_string()).unwrap_or_default();
    let form =
        RetentionForm { conversations: days(kept.conversations), guests: days(kept.guests), trial: None };
    page(&app, reviewer, hotel, form, Ok(kept), saved).await
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
    let typed = days(&form.conversations).and_then(|conversations| {
        let kept = Retention { conversations, guests: days(&form.guests)? };
        app.desk.allow_retention(kept).map_err(|refusal| refusal.in_words())?;
        Ok(kept)
    });
    match typed {
        Ok(kept) if form.trial.is_none() => {
            app.desk.set_retention(hotel.id, kept, reviewer.you.id).await?;
            Ok(Redirect::to(&format!("/admin/hotels/{slug}/retention?saved=true")).into_response())
        }
        typed => page(&app, reviewer, hotel, form, typed, false).await,
    }
}

async fn page(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    form: RetentionForm,
    kept: Result<Retention, String>,
    saved: bool,
) -> Result<Response, Error> {
    let (would_go, problem) = match kept {
        Ok(kept) => (Some(app.desk.would_expire(hotel.id, kept).await?), None),
        Err(problem) => (None, Some(problem)),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Retention · {}", hotel.name)).style(ADMIN);
    let RetentionForm { conversations, guests, trial } = form;
    let trial = trial.is_some();
    let page =
        RetentionPage { you: reviewer.you, hotel, conversations, guests, would_go, trial, saved, problem };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <RetentionSettings page=page.clone()/> })
        .await)
}
