//! Static files: the built front end, and the widget's loader.

use super::shell::LINE;
use crate::{error::Error, state::App};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Refusal;
use std::sync::LazyLock;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// The loader hotels put on their sites; part of the program, so that it always fits its server. What is
/// there for its reader only, indentation and lines of comment, is not sent along.
static WIDGET: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("../widget.js").lines().map(str::trim_start);
    lines.filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n")
});

pub async fn widget() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, WIDGET.as_str()).into_response()
}

/// What a private line looks like, for the pages it may lie over: they do without until there is one.
pub async fn line() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, LINE).into_response()
}

/// A file of the site, or the friendly 404.
pub async fn file(State(app): State<App>, request: Request) -> Response {
    // Hashed names never change their content.
    let lasting = request.uri().path().starts_with("/pkg/") && app.options.hash_files;
    let files = ServeDir::new(app.options.site_root.as_ref()).precompressed_br().precompressed_gzip();
    match files.oneshot(request).await {
        Ok(found)
            if found.status() != StatusCode::NOT_FOUND
                && found.status() != StatusCode::METHOD_NOT_ALLOWED =>
        {
            let mut response = found.into_response();
            let cache = if lasting { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        }
        _ => Error::from(Refusal::NotFound).into_response(),
    }
}
