//! What every form goes through before a page sees it.
//!
//! In: a request. Out: the same request, whole and from one of our own pages, or a refusal. Never: a question
//! of who sends it; that is the page's.

use crate::state::App;
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a form: one message of at most a few thousand characters.
pub const MAX_FORM: usize = 64 * 1024;

/// How long a form may take to arrive.
pub const ARRIVAL: Duration = Duration::from_secs(15);

/// Takes forms, and all else that changes something, only from our own pages.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD)
        && let Err(e) = app.origins.allow(request.headers())
    {
        return e.into_response();
    }
    next.run(request).await
}

/// The address that a filter leads to holds what was filled in, so that it can be read and passed on.
pub async fn without_empty(request: Request, next: Next) -> Response {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let is_filled = |pair: &&str| pair.split_once('=').is_none_or(|(_, value)| !value.is_empty());
    let filled: Vec<&str> = query.split('&').filter(is_filled).collect();
    if request.method() != Method::GET
        || !path.starts_with("/admin/")
        || filled.len() == query.split('&').count()
    {
        return next.run(request).await;
    }
    let mark = if filled.is_empty() { "" } else { "?" };
    Redirect::to(&format!("{path}{mark}{}", filled.join("&"))).into_response()
}

/// Reads the whole form before anybody asks who sends it: somebody whose role ends while it is on its way has
/// no role any more.
pub async fn whole_form(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(ARRIVAL, to_bytes(body, MAX_FORM)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, body.into())).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
