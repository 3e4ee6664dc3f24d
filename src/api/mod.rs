//! The HTTP API for hotels' own systems.
//!
//! In: JSON with a hotel's API key. Out: JSON, or `application/problem+json` (RFC 9457) that names the field
//! at fault. Never: a cookie, a guest's words, or anything of a hotel the key is not of; such a hotel does
//! not exist (rule H8).

mod problem;
mod stays;

pub use stays::{read, tell};

use crate::{state::App, store::ApiKey};
use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use domain::Hotel;
use problem::Problem;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Bellhop", description = "What a hotel's own systems tell Bellhop. Keys are made on the \
        hotel's page in the administration."),
    paths(stays::tell, stays::read),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", bearer);
    }
}

/// What can be called, for programs.
pub async fn openapi() -> Response {
    Json(Document::openapi()).into_response()
}

/// The hotel and the key, if the key is of that hotel and may do this.
async fn admitted(
    app: &App,
    headers: &HeaderMap,
    slug: &str,
    scope: &str,
) -> Result<(Hotel, ApiKey), Problem> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let shown =
        shown.and_then(|v| v.strip_prefix("Bearer ").or_else(|| v.strip_prefix("bearer "))).map(str::trim);
    let key = match shown {
        Some(shown) => app.desk.api_key(shown).await?,
        None => None,
    };
    let key = key.ok_or_else(Problem::unauthorized)?;
    let hotel =
        app.desk.store.hotel(slug).await?.filter(|h| h.id == key.hotel).ok_or_else(Problem::not_found)?;
    if !key.scopes.iter().any(|s| s == scope) {
        return Err(Problem::forbidden(scope));
    }
    Ok((hotel, key))
}
