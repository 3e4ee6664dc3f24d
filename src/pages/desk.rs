//! The agent console, rendered with the queue as it stands.

use super::shell::{DESK, Framed, render};
use crate::{error::Error, session::SignedIn, state::App};
use app::{
    console::{Console, DeskPage},
    ui::{Head, Script},
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::wire::Limits;
use leptos::prelude::*;

pub async fn desk(State(app): State<App>, SignedIn { staff: you, .. }: SignedIn) -> Result<Response, Error> {
    let mut hotels = Vec::new();
    for hotel in app.desk.store.hotels().await? {
        if you.admin || you.role_in(hotel.id).is_some() {
            hotels.push(app.desk.watch(you.id, hotel.id).await?);
        }
    }
    let data = DeskPage {
        you,
        hotels,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
        limits: Limits { body: app.desk.settings.max_body },
    };
    let head = Head::titled("Desk · Bellhop").style(DESK).script(Script::hydrate("desk", &data));
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Console page=data.clone()/> })
        .await)
}
