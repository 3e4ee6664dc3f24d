//! Every route on one screen.

use crate::{api, desk::Desk, origin::Origins, pages, socket};
use axum::{
    Router,
    body::to_bytes,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::config::LeptosOptions;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};

/// What every handler may use.
#[derive(Clone, Debug)]
pub struct App {
    pub desk: Arc<Desk>,
    pub origins: Arc<Origins>,
    pub options: LeptosOptions,
    /// The style sheet's path, with its hash.
    pub stylesheet: Arc<str>,
    /// Names the front end's build; a page of another build reloads itself.
    pub build: Arc<str>,
    /// Served over https: cookies are Secure.
    pub secure: bool,
}

/// A form holds one message of at most a few thousand characters.
const FORM: usize = 64 * 1024;

/// How long one may take to come.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

/// A question of a bubble is a key and a number.
const QUESTION: usize = 256;

/// A sign-in is an address and a password.
const LOGIN: usize = 4 * 1024;

pub fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home::home))
        .route("/demo", get(pages::demo::demo))
        .route("/chat/{hotel}", get(pages::chat::show).post(pages::chat::say))
        .route("/chat/{hotel}/rating", post(pages::chat::rate))
        .route("/chat/{hotel}/window", post(pages::chat::window))
        .route("/room/{hotel}/{room}/{signature}", get(pages::chat::scan))
        .route("/stays", get(pages::stays::stays))
        .route("/stays/email", get(pages::stays::ask).post(pages::stays::send_code))
        .route("/stays/code", get(pages::stays::code).post(pages::stays::try_code))
        .route("/stays/link/{link}", get(pages::stays::link).post(pages::stays::try_link))
        .route("/login", get(pages::login::form).post(pages::login::log_in).layer(DefaultBodyLimit::max(LOGIN)))
        .route("/logout", post(pages::login::log_out))
        .route("/account", get(pages::account::show).post(pages::account::change).layer(DefaultBodyLimit::max(LOGIN)))
        .route("/desk", get(pages::desk::desk))
        .route("/admin/logs", get(pages::logs::logs))
        .route("/admin/logs/{conversation}", get(pages::logs::log))
        .route("/admin/logs/{conversation}/{format}", get(pages::transcript::file))
        .route("/admin/exports", get(pages::exports::list).post(pages::exports::begin))
        .route("/admin/exports/{export}/stop", post(pages::exports::stop))
        .route("/admin/exports/{export}/resume", post(pages::exports::resume))
        .route("/admin/exports/{export}/remove", post(pages::exports::remove))
        .route("/admin/audit", get(pages::audit::show))
        .route("/admin/audit/{format}", get(pages::audit::file))
        .route("/admin/board/{hotel}", get(pages::board::board))
        .route("/admin/reports", get(pages::reports::reports))
        .route("/admin/staff", get(pages::staff::list).post(pages::staff::add))
        .route("/admin/staff/{person}", get(pages::staff::show))
        .route("/admin/staff/{person}/roles", post(pages::staff::set_roles))
        .route("/admin/staff/{person}/admin", post(pages::staff::set_admin))
        .route("/admin/staff/{person}/login", post(pages::staff::set_login))
        .route("/admin/staff/{person}/password", post(pages::staff::set_password))
        .route("/admin/hotels", get(pages::hotels::list))
        .route("/admin/hotels/{hotel}", get(pages::hotels::show))
        .route("/admin/hotels/{hotel}/sites", post(pages::hotels::set_sites))
        .route("/admin/hotels/{hotel}/vouch", post(pages::hotels::new_vouch_key))
        .route("/admin/hotels/{hotel}/keys", post(pages::hotels::new_api_key))
        .route("/admin/hotels/{hotel}/keys/{key}/revoke", post(pages::hotels::revoke_api_key))
        .route("/admin/hotels/{hotel}/hours", get(pages::hours::show).post(pages::hours::set))
        .route("/admin/hotels/{hotel}/tags", get(pages::tags::show).post(pages::tags::add))
        .route("/admin/hotels/{hotel}/tags/rename", post(pages::tags::rename))
        .route("/admin/hotels/{hotel}/tags/remove", post(pages::tags::remove))
        .route("/admin/hotels/{hotel}/retention", get(pages::retention::show).post(pages::retention::set))
        .route("/admin/hotels/{hotel}/guests/{guest}", get(pages::privacy::show))
        .route("/admin/hotels/{hotel}/guests/{guest}/data.json", get(pages::privacy::data))
        .route("/admin/hotels/{hotel}/guests/{guest}/erase", post(pages::privacy::erase))
        .route("/admin/hotels/{hotel}/rooms", get(pages::rooms::show).post(pages::rooms::add))
        .route("/admin/hotels/{hotel}/rooms/remove", post(pages::rooms::remove))
        .route("/admin/hotels/{hotel}/rooms/turn", post(pages::rooms::turn_over))
        .route("/admin/hotels/{hotel}/rooms/sheet", get(pages::rooms::sheet))
        .route("/socket", get(socket::upgrade))
        .layer(middleware::from_fn(whole_form))
        .layer(CompressionLayer::new());

    // As they are: a download is resumed from a byte of the file, not of what compression made of it.
    let downloads = Router::new().route("/admin/exports/{export}", get(pages::exports::take));

    // No cookies here: a hotel's own system shows a key.
    let api = Router::new()
        .route("/api/v1/hotels/{hotel}/stays", post(api::tell))
        .route("/api/v1/hotels/{hotel}/stays/{reference}", get(api::read))
        .route("/api/openapi.json", get(api::openapi));

    // The hotels' own sites ask this; which of them may, each hotel says.
    let bubble = Router::new()
        .route("/chat/{hotel}/unread", post(pages::chat::unread))
        .layer(DefaultBodyLimit::max(QUESTION))
        .layer(middleware::from_fn(whole_form))
        .layer(middleware::from_fn(pages::chat::readable));

    Router::new()
        .merge(pages)
        .merge(downloads)
        .merge(api)
        .route("/widget.js", get(pages::files::widget).layer(CompressionLayer::new()))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .fallback(pages::files::file)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(middleware::from_fn_with_state(app.clone(), same_origin))
        .merge(bubble)
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .with_state(app)
}

/// Forms are taken only from our own pages.
async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST
        && let Err(e) = app.origins.allow(request.headers())
    {
        return e.into_response();
    }
    next.run(request).await
}

/// A form is here as a whole before it is asked who sends it: somebody whose role ends while it is on its way has no role
/// any more.
async fn whole_form(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(ON_ITS_WAY, to_bytes(body, FORM)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, body.into())).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Addresses that only take forms stay in the address bar after one was refused. Asked for, they lead to the form.
async fn other_method(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    if method != Method::GET || !path.starts_with("/admin/") {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let form = match path.starts_with("/admin/exports/") {
        true => "/admin/exports",
        false => path.split_once("/keys").or(path.rsplit_once('/')).map_or("/", |(form, _)| form),
    };
    Redirect::to(form).into_response()
}

async fn healthz(State(app): State<App>) -> Response {
    match app.desk.store.check().await {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(e) => {
            tracing::error!(error = %e, "the health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.desk.metrics.text()).into_response()
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}
