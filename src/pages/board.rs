//! The live board of a hotel, rendered with how things stand.

use super::{
    reviewer::Reviewer,
    shell::{BOARD, Framed, render},
};
use crate::{error::Error, state::App};
use app::{
    admin::{BoardPage, LiveBoard},
    ui::{Head, Script},
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Redirect, Response},
};
use domain::Refusal;
use leptos::prelude::*;

/// The board of the first of one's hotels.
pub async fn first(reviewer: Reviewer) -> Result<Redirect, Error> {
    let hotel = reviewer.hotels.first().ok_or(Refusal::NotFound)?;
    Ok(Redirect::to(&format!("/admin/board/{}", hotel.slug)))
}

pub async fn board(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let mut watched = app.desk.watch(reviewer.you.id, hotel.id).await?;
    // A wall is read by whoever passes.
    watched.conversations.iter_mut().for_each(|row| row.last_line.clear());
    let data = BoardPage {
        watched,
        today: app.desk.today_so_far(&reviewer.you, hotel.id).await?,
        you: reviewer.you,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
    };
    let title = format!("Board · {}", hotel.name);
    let head = Head::titled(&title).style(BOARD).script(Script::hydrate("board", &data));
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <LiveBoard page=data.clone()/> })
        .await)
}
