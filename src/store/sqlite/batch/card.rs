//! What a hotel knows of a guest, as a conversation takes it over and as the guest tells it.

use crate::store::{
    Result,
    sqlite::row::{StayRow, stay_columns},
};
use domain::{GuestId, HotelId, Millis, Stay};
use sqlx::{FromRow as _, Row as _, sqlite::SqliteConnection};
use uuid::Uuid;

/// What a new conversation takes over from what the hotel knows of the guest.
pub(super) struct Card {
    pub name: String,
    pub language: String,
    pub scanned_room: Option<String>,
    pub stay: Option<Stay>,
    pub joined_to: Option<GuestId>,
}

impl Card {
    pub async fn read(db: &mut SqliteConnection, guest: GuestId, hotel: HotelId) -> Result<Option<Self>> {
        let row = sqlx::query(concat!(
            "SELECT COALESCE(a.name, '') AS guest_name, COALESCE(a.language, '') AS guest_language, a.scanned_room, g.joined_to, ",
            stay_columns!(),
            " FROM guest g LEFT JOIN acquaintance a ON a.guest = g.id AND a.hotel = $2 LEFT JOIN stay y ON y.id = a.stay \
             WHERE g.id = $1"
        ))
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(db)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Card {
            name: row.try_get("guest_name")?,
            language: row.try_get("guest_language")?,
            scanned_room: row.try_get("scanned_room")?,
            joined_to: row.try_get::<Option<Uuid>, _>("joined_to")?.map(GuestId),
            stay: StayRow::from_row(&row)?.stay()?,
        }))
    }
}

pub(super) async fn introduce(
    db: &mut SqliteConnection,
    guest: GuestId,
    hotel: HotelId,
    name: Option<&str>,
    language: Option<&str>,
    at: Millis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO acquaintance (guest, hotel, name, language, seen_at) VALUES ($1, $2, COALESCE($3, ''), COALESCE($4, ''), $5) \
         ON CONFLICT (guest, hotel) DO UPDATE SET name = COALESCE($3, acquaintance.name), \
         language = COALESCE($4, acquaintance.language), seen_at = max(acquaintance.seen_at, excluded.seen_at)",
    )
    .bind(guest.0)
    .bind(hotel.0)
    .bind(name)
    .bind(language)
    .bind(at.0)
    .execute(db)
    .await?;
    Ok(())
}
