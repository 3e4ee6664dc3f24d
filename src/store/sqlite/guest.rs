//! Guests, their tokens and their stays.

use super::super::{Guests, Result};
use super::{Sqlite, conversation::select, row::ConversationRow, row::conversation_columns};
use app::domain::{Conversation, ConversationId, Guest, GuestId, HotelId, Millis, Stay};
use sqlx::Row as _;

#[async_trait::async_trait]
impl Guests for Sqlite {
    async fn guest_by_token(&self, hash: &[u8; 32]) -> Result<Option<GuestId>> {
        let id = sqlx::query_scalar("SELECT guest FROM guest_token WHERE hash = $1")
            .bind(hash.as_slice())
            .fetch_optional(&self.readers)
            .await?;
        Ok(id.map(GuestId))
    }

    async fn add_guest(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("INSERT INTO guest (id, created_at) VALUES ($1, $2)")
                    .bind(guest.0)
                    .bind(at.0)
                    .execute(&mut *db)
                    .await?;
                sqlx::query("INSERT INTO guest_token (hash, guest, created_at) VALUES ($1, $2, $3)")
                    .bind(hash.to_vec())
                    .bind(guest.0)
                    .bind(at.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }

    async fn guest(&self, guest: GuestId, hotel: HotelId) -> Result<Guest> {
        let row = sqlx::query("SELECT name, language FROM stay WHERE guest = $1 AND hotel = $2")
            .bind(guest.0)
            .bind(hotel.0)
            .fetch_optional(&self.readers)
            .await?;
        let (name, language) = match row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => Default::default(),
        };
        Ok(Guest { id: guest, name, language })
    }

    async fn stay(&self, guest: GuestId, hotel: HotelId) -> Result<Stay> {
        let row = sqlx::query("SELECT room, arrival, departure, reference, party FROM stay WHERE guest = $1 AND hotel = $2")
            .bind(guest.0)
            .bind(hotel.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(Stay::default()) };
        Ok(Stay {
            room: row.try_get(0)?,
            arrival: row.try_get::<Option<i64>, _>(1)?.map(Millis),
            departure: row.try_get::<Option<i64>, _>(2)?.map(Millis),
            reference: row.try_get(3)?,
            party: row.try_get(4)?,
        })
    }

    async fn set_stay(&self, guest: GuestId, hotel: HotelId, stay: Stay) -> Result<()> {
        self.write(move |db| {
            let stay = stay.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO stay (guest, hotel, room, arrival, departure, reference, party) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                     ON CONFLICT (guest, hotel) DO UPDATE SET room = excluded.room, arrival = excluded.arrival, \
                     departure = excluded.departure, reference = excluded.reference, party = excluded.party",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(stay.room)
                .bind(stay.arrival.map(|t| t.0))
                .bind(stay.departure.map(|t| t.0))
                .bind(stay.reference)
                .bind(stay.party)
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn guest_conversations(
        &self,
        guest: GuestId,
        hotel: HotelId,
        before: Option<ConversationId>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let query = match before {
            None => {
                sqlx::query_as(select!("WHERE c.guest = $1 AND c.hotel = $2 ORDER BY c.opened_at DESC, c.id DESC LIMIT $3"))
                    .bind(guest.0)
                    .bind(hotel.0)
                    .bind(limit)
            }
            // A made-up `before` finds no row to compare with, and so nothing.
            Some(before) => sqlx::query_as(select!(
                "JOIN conversation b ON b.id = $4 AND b.guest = c.guest AND b.hotel = c.hotel \
                 WHERE c.guest = $1 AND c.hotel = $2 AND (c.opened_at, c.id) < (b.opened_at, b.id) \
                 ORDER BY c.opened_at DESC, c.id DESC LIMIT $3"
            ))
            .bind(guest.0)
            .bind(hotel.0)
            .bind(limit)
            .bind(before.0),
        };
        let rows: Vec<ConversationRow> = query.fetch_all(&self.readers).await?;
        rows.into_iter().map(Conversation::try_from).collect()
    }
}
