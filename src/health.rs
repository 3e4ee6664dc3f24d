//! What watches over Bellhop asks: whether it is alive, and its metrics.

use crate::state::App;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// 200 if the database answers, else 503.
pub async fn healthz(State(app): State<App>) -> Response {
    match app.desk.store.check().await {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(e) => {
            tracing::error!(error = %e, "the health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// For Prometheus, in its text format.
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.desk.metrics.text()).into_response()
}
