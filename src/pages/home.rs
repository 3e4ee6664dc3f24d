//! The front page.

use super::shell::{Framed, SITE, render};
use crate::{error::Error, state::App};
use app::{home::Home, ui::Head};
use axum::{extract::State, http::StatusCode, response::Response};
use leptos::prelude::*;

pub async fn home(State(app): State<App>) -> Result<Response, Error> {
    let hotels = app.desk.store.hotels().await?;
    let head = Head::titled("Bellhop").style(SITE);
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Home hotels=hotels.clone()/> })
        .await)
}
