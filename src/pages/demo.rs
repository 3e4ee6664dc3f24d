//! A mock hotel site with the widget on it.

use super::shell::{Framed, SITE, render};
use crate::{error::Error, state::App};
use app::{demo::Demo, ui::Head};
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use domain::Refusal;
use leptos::prelude::*;

#[derive(Debug, serde::Deserialize)]
pub struct Which {
    hotel: Option<String>,
}

pub async fn demo(State(app): State<App>, Query(which): Query<Which>) -> Result<Response, Error> {
    let hotels = app.desk.store.hotels().await?;
    let hotel = match which.hotel {
        Some(slug) => hotels.iter().find(|h| h.slug == slug),
        // The first that has a place to show; the order is by name.
        None => hotels.iter().find(|h| h.slug == "seehof").or(hotels.first()),
    };
    let hotel = hotel.cloned().ok_or(Refusal::NotFound)?;
    let head = Head::titled(&hotel.name).style(SITE).accent(&hotel.accent);
    let view = move || view! { <Demo hotel=hotel.clone() hotels=hotels.clone()/> };
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, view).await)
}
