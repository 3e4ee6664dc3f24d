//! The document around every page: head, styles, scripts and the policy under which they run.

use crate::state::App;
use app::ui::{Head, shell};
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, header},
    response::Response,
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;

/// Style rules by area; see `style/main.css`.
pub const DESK: &str = include_str!("../../style/desk.css");
pub const ADMIN: &str = include_str!("../../style/admin.css");
pub const REPORTS: &str =
    concat!(include_str!("../../style/admin.css"), include_str!("../../style/reports.css"));
pub const BOARD: &str = include_str!("../../style/board.css");
pub const STAYS: &str = include_str!("../../style/stays.css");
pub const REQUESTS: &str =
    concat!(include_str!("../../style/site.css"), include_str!("../../style/requests.css"));
pub const SHEET: &str = include_str!("../../style/sheet.css");
pub const WHISPER: &str =
    concat!(include_str!("../../style/words.css"), include_str!("../../style/whisper.css"));
/// What a private line brings to the page it lies over.
pub const LINE: &str = concat!(include_str!("../../style/words.css"), include_str!("../../style/line.css"));
pub const SITE: &str = include_str!("../../style/site.css");

/// Who may show a page in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// The widget's page is made to be framed: by our own pages, and by these origins.
    By(Vec<String>),
    Nowhere,
}

/// Renders a page.
pub async fn render<V, F>(app: &App, status: StatusCode, framed: Framed, head: Head, view: F) -> Response
where
    V: IntoView + 'static,
    F: Fn() -> V + Clone + Send + Sync + 'static,
{
    let (options, stylesheet) = (app.options.clone(), app.stylesheet.to_string());
    let document = move || {
        allow_only_our_own(&framed);
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        shell(head.clone(), options.clone(), stylesheet.clone(), nonce, view())
    };
    let mut response =
        leptos_axum::render_app_async_with_context(|| (), document)(Request::new(Body::empty())).await;
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Scripts run only with this response's nonce; nothing comes from elsewhere. Pictures that fade, and
/// files of a page without cookies, are shown under addresses the page makes.
fn allow_only_our_own(framed: &Framed) {
    let nonce = use_nonce().map(|n| n.to_string()).unwrap_or_default();
    let ancestors = match framed {
        Framed::By(sites) => format!("'self' {}", sites.join(" ")),
        Framed::Nowhere => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' \
         'unsafe-inline'; \
         img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; \
         form-action 'self'; \
         object-src \
         'none'; \
         frame-ancestors {ancestors}"
    );
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&policy)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
