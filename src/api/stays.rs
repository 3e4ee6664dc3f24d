//! Stays, as a hotel's property management system tells of them.
//!
//! Events may come twice and in any order. Twice is settled by the idempotency key, the order by the
//! reservation's own version: the stay is the sum of its events in the order of their versions, whenever each
//! arrived.

use super::{
    admitted, idempotency_key,
    problem::{NotAdmitted, Problem},
};
use crate::{
    state::App,
    store::{NotTaken, Taken, Told},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{Booking, Day, Fault, Phase, Stay, StayChange, given};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// What has happened to a reservation. A field that is absent stays as it is; `null` or an empty text clears
/// it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event": "room_moved", "reference": "SH-48213", "version": 7, "room": "310"}))]
pub struct StayEvent {
    event: Event,
    /// The reservation's reference at the hotel, 64 characters at most.
    reference: String,
    /// The property management system's own count of the reservation's changes, from 1. It settles the order
    /// of events, in whatever order they arrive.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    version: i64,
    /// `null` clears all of it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<GuestFields>)]
    guest: Option<Option<GuestFields>>,
    /// Required by `room_assigned` and `room_moved`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    room: Option<Option<String>>,
    /// A day of the hotel's calendar, such as 2026-03-09.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    arrival: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    departure: Option<Option<String>>,
    /// How many people.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 99)]
    party: Option<Option<i64>>,
}

/// Whom the reservation names.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GuestFields {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// BCP 47, such as `pt-BR`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    language: Option<Option<String>>,
}

impl GuestFields {
    const CLEARED: GuestFields =
        GuestFields { name: Some(None), phone: Some(None), email: Some(None), language: Some(None) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Event {
    Reserved,
    Changed,
    Cancelled,
    CheckedIn,
    CheckedOut,
    RoomAssigned,
    RoomMoved,
}

impl Event {
    fn booking(self) -> Option<Booking> {
        match self {
            Event::Reserved => Some(Booking::Booked),
            Event::Cancelled => Some(Booking::Cancelled),
            Event::CheckedIn => Some(Booking::CheckedIn),
            Event::CheckedOut => Some(Booking::CheckedOut),
            Event::Changed | Event::RoomAssigned | Event::RoomMoved => None,
        }
    }
}

/// A stay as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct StayState {
    reference: String,
    /// The highest version taken in.
    version: i64,
    /// `booked`, `checked_in`, `checked_out` or `cancelled`.
    booking: &'static str,
    /// `arriving`, `in_house`, `departing` or `departed`, today at the hotel.
    phase: Option<&'static str>,
    room: Option<String>,
    /// The room before the last move.
    last_room: Option<String>,
    arrival: Option<String>,
    departure: Option<String>,
    party: Option<i64>,
    name: String,
    phone: String,
    email: String,
    language: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    stay: StayState,
    /// False for an event older than one taken in before: it was taken in at its place, and later ones still
    /// count.
    latest: bool,
}

/// Tell of a reservation: made, changed, cancelled, checked in or out, room assigned or moved.
#[utoipa::path(
    post, path = "/api/v1/hotels/{hotel}/stays", tag = "stays",
    security(("key" = ["stays:write"]), ("password" = ["stays:write"])),
    params(
        ("hotel" = String, Path, description = "The hotel's slug"),
        ("Idempotency-Key" = String, Header, description = "Your name for this event, 255 characters at \
            most. The same again within seven days gets the first answer again."),
    ),
    request_body = StayEvent,
    responses(
        (status = 200, description = "Taken in, now or before", body = Accepted),
        (status = 404, description = "Not the key's hotel",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The idempotency key, or the version, was used for something else",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is missing or cannot be kept; the problem names it",
            body = Problem, content_type = "application/problem+json"),
        NotAdmitted,
    )
)]
pub async fn tell(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (hotel, key) = admitted(&app, &headers, &slug, "stays:write").await?;
    let idempotency_key = idempotency_key(&headers)?
        .ok_or_else(|| Problem::field("Idempotency-Key", "this header is required"))?;
    let body = body.map_err(|_| Problem::too_large())?;
    let event: StayEvent = serde_json::from_slice(&body).map_err(|e| unread(&body, &e))?;
    let (reference, version, change) = change(event)?;
    let told = Told {
        hotel: hotel.id,
        reference,
        version,
        change,
        key: key.id,
        idempotency_key,
        request: Sha256::digest(&body).into(),
        at: app.desk.clock.now(),
        today: app.desk.today(&hotel),
    };
    match app.desk.take_stay(told).await? {
        Ok(Taken { stay, version, latest, today }) => {
            Ok(answer(&Accepted { stay: state(stay, version, today), latest }))
        }
        Err(NotTaken::KeyUsed) => Err(Problem::key_used()),
        Err(NotTaken::VersionUsed) => {
            Err(Problem::conflict("The reservation has this version already, with other content."))
        }
    }
}

/// A stay as it stands.
#[utoipa::path(
    get, path = "/api/v1/hotels/{hotel}/stays/{reference}", tag = "stays",
    security(("key" = ["stays:read"]), ("password" = ["stays:read"])),
    params(
        ("hotel" = String, Path, description = "The hotel's slug"),
        ("reference" = String, Path, description = "The reservation's reference"),
    ),
    responses(
        (status = 200, body = StayState),
        (status = 404, description = "No such reservation, or not the key's hotel",
            body = Problem, content_type = "application/problem+json"),
        NotAdmitted,
    )
)]
pub async fn read(
    State(app): State<App>,
    Path((slug, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (hotel, _) = admitted(&app, &headers, &slug, "stays:read").await?;
    let (stay, version) =
        app.desk.store.stay_by_reference(hotel.id, &reference).await?.ok_or_else(Problem::not_found)?;
    Ok(answer(&state(stay, version, app.desk.today(&hotel))))
}

fn answer<T: Serialize>(value: &T) -> Response {
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

fn state(stay: Stay, version: i64, today: Day) -> StayState {
    StayState {
        phase: stay.phase(today).map(Phase::as_str),
        booking: stay.booking.as_str(),
        reference: stay.reference.unwrap_or_default(),
        version,
        room: stay.room,
        last_room: stay.last_room,
        arrival: stay.arrival.map(|d| d.to_string()),
        departure: stay.departure.map(|d| d.to_string()),
        party: stay.party,
        name: stay.name,
        phone: stay.phone,
        email: stay.email,
        language: stay.language,
    }
}

/// Larger numbers are not the same in every program that reads JSON (RFC 7493).
const LAST_VERSION: i64 = (1 << 53) - 1;

/// What an event says of a stay, or every field that is wrong with it.
fn change(e: StayEvent) -> Result<(String, i64, StayChange), Problem> {
    // A null clears, as an empty text does.
    let text = |given: Option<Option<String>>| given.map(Option::unwrap_or_default);
    let room = text(e.room);
    let guest = e.guest.map_or_else(GuestFields::default, |guest| guest.unwrap_or(GuestFields::CLEARED));
    let mut faults = Vec::new();
    let mut fault = |field, why: &str| faults.push(Fault { field, why: why.into() });
    let reference = e.reference.split_whitespace().collect::<Vec<_>>().join(" ");
    if reference.is_empty() {
        fault("reference", "must not be empty");
    }
    if e.version < 1 {
        fault("version", "counts from 1");
    } else if e.version > LAST_VERSION {
        fault("version", "is more than other programs can read (2^53 - 1)");
    }
    if matches!(e.event, Event::RoomAssigned | Event::RoomMoved)
        && room.as_deref().is_none_or(|r| r.trim().is_empty())
    {
        fault("room", "this event needs a room");
    }
    let mut day = |field, text: Option<Option<String>>| match text {
        None => None,
        Some(None) => Some(None),
        Some(Some(text)) => match text.parse::<Day>() {
            Ok(day) => Some(Some(day)),
            Err(why) => {
                fault(field, &why.to_string());
                None
            }
        },
    };
    let (arrival, departure) = (day("arrival", e.arrival), day("departure", e.departure));
    let change = StayChange {
        booking: e.event.booking(),
        reference: Some(reference.clone()),
        name: text(guest.name),
        phone: text(guest.phone),
        email: text(guest.email),
        language: text(guest.language),
        room,
        arrival,
        departure,
        party: e.party,
    };
    faults.extend(change.faults());
    if faults.is_empty() { Ok((reference, e.version, change)) } else { Err(Problem::faults(&faults)) }
}

/// What could not be read, with the field it stands in as far as serde tells.
fn unread(body: &[u8], error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let named = text.split('`').nth(1).filter(|_| text.contains("field `"));
    if let Some(name) = named {
        return Problem::field(
            format!("/{name}"),
            if text.starts_with("missing") { "is required" } else { "is not known here" },
        );
    }
    // A value of the wrong kind: the key before the place where reading stopped.
    let line = body.split(|b| *b == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = String::from_utf8_lossy(&line[..error.column().min(line.len())]).into_owned();
    let key =
        before.rsplit_once("\":").and_then(|(head, _)| head.rsplit_once('"')).map(|(_, key)| key.to_owned());
    match key {
        Some(key) => Problem::field(format!("/{key}"), text),
        None => Problem::field("/", format!("this is not an event: {text}")),
    }
}
