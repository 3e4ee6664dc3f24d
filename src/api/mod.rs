//! The HTTP API for hotels' own systems.
//!
//! In: JSON with a hotel's API key. Out: JSON, or `application/problem+json` (RFC 9457) that names the field
//! at fault. Never: a cookie, a guest's words, or anything of a hotel the key is not of; such a hotel does
//! not exist (rule H8).

mod problem;
mod push;
mod stays;

pub use push::push;
pub use stays::{read, tell};

use crate::{state::App, store::ApiKey};
use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Hotel, Topic};
use problem::Problem;
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Bellhop", description = "What a hotel's own systems tell Bellhop. Keys are made on the \
        hotel's page in the administration."),
    paths(stays::tell, stays::read, push::push),
    modifiers(&Keys)
)]
struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", bearer);
        let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
        components.add_security_scheme("password", basic);
    }
}

/// What can be called, for programs.
pub async fn openapi() -> Response {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    document["webhooks"] = webhooks();
    Json(document).into_response()
}

const SIGNATURE: &str = "`v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`";

/// What hotels' own addresses are sent, a webhook for each topic.
fn webhooks() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let header = |name: &str, description: &str| {
        json!({"name": name, "in": "header", "required": true, "schema": {"type": "string"},
            "description": description})
    };
    let object = |description: &str| json!({"type": "object", "description": description});
    let event = |topic: Topic| {
        let schema = json!({
            "type": "object",
            "required": ["id", "event", "hotel", "at"],
            "properties": {
                "id": text("Of the event: the same in repeats"),
                "event": {"const": topic.as_str()},
                "hotel": text("The hotel's slug"),
                "at": {"type": "integer", "description": "Milliseconds since 1970"},
                "conversation": object("`id`, `status`, `holder`, `room`, as they stand when this is told"),
                "guest": object("`id`, `name` and `language`, as this hotel knows them"),
                "entry": object("The line of the timeline (docs/protocol.md)"),
                "stay": object("The guest's reservation"),
                "push": object("`action`, `to` and `body` of a push that reached nobody"),
            },
        });
        let post = json!({
            "summary": topic.in_words(),
            "parameters": [
                header("webhook-id", "The event's id"),
                header("webhook-timestamp", "Seconds since 1970"),
                header("webhook-signature", SIGNATURE),
            ],
            "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "Taken; anything else is tried again for a day"}},
        });
        (topic.as_str().to_owned(), json!({"post": post}))
    };
    Topic::ALL.into_iter().map(event).collect::<serde_json::Map<_, _>>().into()
}

/// The hotel and the key, if the key is of that hotel and may do this.
async fn admitted(
    app: &App,
    headers: &HeaderMap,
    slug: &str,
    scope: &str,
) -> Result<(Hotel, ApiKey), Problem> {
    let key = known(app, headers).await?;
    let hotel =
        app.desk.store.hotel(slug).await?.filter(|h| h.id == key.hotel).ok_or_else(Problem::not_found)?;
    allowed(&key, scope)?;
    Ok((hotel, key))
}

/// The key a call shows, as a bearer's token or as the password of HTTP Basic, if it may be used again
/// already.
async fn known(app: &App, headers: &HeaderMap) -> Result<ApiKey, Problem> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let (scheme, credentials) = shown.and_then(|shown| shown.split_once(' ')).unwrap_or_default();
    let shown = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(credentials.trim().to_owned()),
        "basic" => password(credentials.trim()),
        _ => None,
    };
    let key = match shown {
        Some(shown) => app.desk.api_key(&shown).await?,
        None => None,
    };
    let key = key.ok_or_else(Problem::unauthorized)?;
    app.desk.limits.call(key.id)?;
    Ok(key)
}

/// The password of HTTP Basic (RFC 7617); whatever the user's name is.
fn password(credentials: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

/// Whether the key may do this.
fn allowed(key: &ApiKey, scope: &str) -> Result<(), Problem> {
    if key.scopes.iter().any(|s| s == scope) { Ok(()) } else { Err(Problem::forbidden(scope)) }
}

/// The caller's name for a call, if it has one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let wrong = |why: &str| Problem::field("Idempotency-Key", why);
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().map_err(|_| wrong("plain characters only"))?.trim();
    if key.is_empty() || key.len() > 255 {
        Err(wrong("between 1 and 255 characters"))
    } else {
        Ok(Some(key.to_owned()))
    }
}
