//! What a hotel's own system says to whoever is connected.

use super::{
    allowed, idempotency_key, known,
    problem::{NotAdmitted, Problem},
};
use crate::{
    desk::push::{Became, Push, To, Via},
    state::App,
    store::PushCall,
};
use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, RawQuery, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::wire::push::{TEXT, TITLE, Words};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// The most bytes of a body.
const BODY: usize = 16 * 1024;

/// The most characters of an action.
const ACTION: usize = 64;

/// What became of a push.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushOutcome {
    /// At least one connected page has it.
    delivered: bool,
    /// Nobody was connected; it is stored, and goes another way.
    stored: bool,
}

/// What is sent: any object. Pages show its title and its text as a notice; all of it reaches the site that
/// embeds the chat.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes; read is the object")]
#[schema(example = json!({"title": "Your table is ready", "text": "Terrace, 19:30", "table": 12}))]
pub struct PushBody {
    /// 120 characters at most.
    title: Option<String>,
    /// 1,000 characters at most.
    text: Option<String>,
}

/// Say something to whoever is connected: one guest, one member of the staff, or the whole desk.
#[utoipa::path(
    post, path = "/message/{action}/{to}", tag = "push",
    security(("key" = ["push"]), ("password" = ["push"])),
    params(
        ("action" = String, Path, description = "What it is about, for programs: 1 to 64 of a-z 0-9 . _ -"),
        ("to" = String, Path, description = "`guest:{id}`, `stay:{reference}`, `staff:{e-mail}`, or \
            `hotel:{slug}` for everybody at the desk"),
        ("fallback" = Option<String>, Query, description = "Where nobody is connected: `email`, `webhook` or \
            both, separated by commas. The first that is there is taken."),
        ("Idempotency-Key" = Option<String>, Header, description = "Your name for this call, 255 characters \
            at most. The same again within seven days gets the first answer again, and says nothing twice."),
    ),
    request_body(content(
        (PushBody = "application/json"),
        (PushBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "At least one connected page has it", body = PushOutcome),
        (status = 202, description = "Nobody is connected; it is stored, and goes another way",
            body = PushOutcome),
        (status = 404, description = "Nobody is connected, or nobody of the key's hotel is called so",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The idempotency key was used for something else, or the first call \
            with it is still under way", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 16 KiB",
            body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor a form",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not as it should be; the problem names it",
            body = Problem, content_type = "application/problem+json"),
        NotAdmitted,
    )
)]
pub async fn push(
    State(app): State<App>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let key = known(&app, &headers).await?;
    allowed(&key, "push")?;
    let hotel = app.desk.store.hotel_by_id(key.hotel).await?.ok_or_else(Problem::not_found)?;
    let Path((action, to)) = path.map_err(|_| Problem::field("to", "the address cannot be read"))?;
    if !is_action(&action) {
        let why = format!("1 to {ACTION} characters of a-z 0-9 . _ -");
        return Err(Problem::field("action", why));
    }
    let named = To::parse(&to).ok_or_else(|| {
        Problem::field("to", "guest:{id}, stay:{reference}, staff:{e-mail} or hotel:{slug}")
    })?;
    let fallback = fallback(query.as_deref())?;
    let idempotency = idempotency_key(&headers)?;
    let body = body.map_err(|_| Problem::larger_than(BODY))?;
    if body.len() > BODY {
        return Err(Problem::larger_than(BODY));
    }
    let call = idempotency.map(|key| PushCall {
        key,
        request: Sha256::new()
            .chain_update(format!("{action} {to} {}\n", query.as_deref().unwrap_or_default()))
            .chain_update(&body)
            .finalize()
            .into(),
    });
    let (body, words) = object(&headers, &body)?;
    let push = Push { hotel, system: key.name, action, to: named, body, words, fallback, call };
    match app.desk.push(push).await? {
        Became::Arrived => Ok(outcome(StatusCode::OK, PushOutcome { delivered: true, stored: false })),
        Became::Stored => Ok(outcome(StatusCode::ACCEPTED, PushOutcome { delivered: false, stored: true })),
        Became::Nobody => Err(Problem::nobody()),
        Became::UnderWay => {
            Err(Problem::conflict("The first call with this Idempotency-Key is still under way."))
        }
        Became::KeyUsed => Err(Problem::key_used()),
    }
}

fn outcome(status: StatusCode, outcome: PushOutcome) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(outcome)).into_response()
}

fn is_action(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    (1..=ACTION).contains(&text.len()) && text.bytes().all(allowed)
}

/// The ways named in the address, in their order.
fn fallback(query: Option<&str>) -> Result<Vec<Via>, Problem> {
    let wrong = || Problem::field("fallback", "email, webhook, or both separated by a comma");
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut ways = Vec::new();
    for (_, value) in pairs.filter(|(name, _)| name == "fallback") {
        for way in value.split(',') {
            let way = Via::parse(way.trim()).ok_or_else(wrong)?;
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    Ok(ways)
}

/// The body as an object, whichever way it was sent, and what of it is shown.
fn object(headers: &HeaderMap, body: &Bytes) -> Result<(Box<RawValue>, Words), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let unread = |e: serde_json::Error| Problem::field("", format!("this is not a JSON object: {e}"));
    let (object, raw): (Map<String, Value>, Box<RawValue>) = match kind.as_str() {
        // As it was written: a number may be longer than we can count.
        "application/json" => {
            (serde_json::from_slice(body).map_err(unread)?, serde_json::from_slice(body).map_err(unread)?)
        }
        "application/x-www-form-urlencoded" => {
            let object = form(body);
            let raw = serde_json::value::to_raw_value(&object).map_err(unread)?;
            (object, raw)
        }
        _ => return Err(Problem::unsupported("Send application/json or application/x-www-form-urlencoded.")),
    };
    let mut faults = Vec::new();
    let mut words = |name: &str, most: usize| match object.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.chars().count() > most => {
            faults.push((format!("/{name}"), format!("{most} characters at most")));
            None
        }
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            faults.push((format!("/{name}"), "must be a text".to_owned()));
            None
        }
    };
    let words = Words { title: words("title", TITLE), text: words("text", TEXT) };
    if !faults.is_empty() {
        return Err(Problem::fields(faults));
    }
    Ok((raw, words))
}

/// A form as an object; a name that comes twice is a list.
fn form(body: &[u8]) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let value = Value::String(value.into_owned());
        match object.get_mut(name.as_ref()) {
            None => drop(object.insert(name.into_owned(), value)),
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    object
}
