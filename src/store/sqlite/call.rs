//! Answers given to calls of the API, to be given again under their idempotency keys.

use crate::store::Result;
use domain::{HotelId, Millis};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// A call that may be repeated.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub hotel: HotelId,
    pub key: &'a str,
    /// SHA-256 of all that was asked.
    pub request: &'a [u8; 32],
}

/// What a call came to before.
pub(super) enum Before {
    Never,
    Answered(String),
    /// The key was used for another request.
    Other,
}

pub(super) async fn before(db: &mut SqliteConnection, call: &Call<'_>) -> Result<Before> {
    let found: Option<(Vec<u8>, String)> =
        sqlx::query_as("SELECT request, answer FROM api_call WHERE hotel = $1 AND key = $2")
            .bind(call.hotel.0)
            .bind(call.key)
            .fetch_optional(db)
            .await?;
    Ok(match found {
        None => Before::Never,
        Some((request, answer)) if request == call.request => Before::Answered(answer),
        Some(_) => Before::Other,
    })
}

/// Notes what was answered, and the stay it tells of, with which it goes.
pub(super) async fn put(
    db: &mut SqliteConnection,
    call: &Call<'_>,
    answer: &str,
    stay: Option<Uuid>,
    at: Millis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_call (hotel, key, request, answer, at, stay) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (hotel, key) DO NOTHING",
    )
    .bind(call.hotel.0)
    .bind(call.key)
    .bind(call.request.as_slice())
    .bind(answer)
    .bind(at.0)
    .bind(stay)
    .execute(db)
    .await?;
    Ok(())
}
