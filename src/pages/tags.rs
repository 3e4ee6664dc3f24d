//! The tags of a hotel, as its manager keeps them.

use super::{
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{desk::No, error::Error, state::App};
use app::{
    admin::{TagSettings, TagsPage},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::Hotel;
use leptos::prelude::*;

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    page(&app, reviewer, hotel, None, String::new()).await
}

#[derive(Debug, serde::Deserialize)]
pub struct TagForm {
    name: String,
    #[serde(default)]
    new: String,
}

pub async fn add(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let done = app.desk.add_tag(hotel.id, &form.name, reviewer.you.id).await;
    answer(&app, reviewer, hotel, done, form.name).await
}

pub async fn rename(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let done = app.desk.rename_tag(hotel.id, &form.name, &form.new, reviewer.you.id).await;
    answer(&app, reviewer, hotel, done, String::new()).await
}

pub async fn remove(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<TagForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    app.desk.store.remove_tag(hotel.id, form.name, reviewer.you.id, app.desk.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/hotels/{slug}/tags")).into_response())
}

async fn answer(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    done: Result<(), No>,
    typed: String,
) -> Result<Response, Error> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/admin/hotels/{}/tags", hotel.slug)).into_response()),
        Err(No::Refused(refusal)) => page(app, reviewer, hotel, Some(refusal.in_words()), typed).await,
        Err(e) => Err(e.into()),
    }
}

async fn page(
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
