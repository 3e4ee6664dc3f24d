//! The front page.

use super::shell::{Framed, SITE, render};
use super::whisper;
use crate::{error::Error, session::Caller, state::App};
use app::{home::Home, ui::Head};
use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;

pub async fn home(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_lowercase);
    let plain = host.as_deref().map(|host| host.split(':').next().unwrap_or_default().trim_end_matches('.'));
    if app.desk.whispers.host.as_deref().is_some_and(|own| host.as_deref() == Some(own) || plain == Some(own))
    {
        return whisper::make(State(app), caller, method, headers).await;
    }
    let hotels = app.desk.store.hotels().await?;
    let head = Head::titled("Bellhop").style(SITE);
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, move || view! { <Home hotels=hotels.clone()/> })
        .await)
}
