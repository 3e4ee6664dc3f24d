//! Rooms, and guests who open the codes that hang in them.

use super::super::{Audit, Result, Room, Rooms, Update};
use super::{Sqlite, conversation::updates, guest, put_audit};
use domain::{GuestId, HotelId, Millis, StaffId};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Nobody is taken to be in the room any more: its codes end. What was resolved keeps the room it was about.
async fn empty(db: &mut SqliteConnection, hotel: HotelId, number: &str) -> Result<Vec<Update>> {
    sqlx::query("UPDATE acquaintance SET scanned_room = NULL WHERE hotel = $1 AND scanned_room = $2")
        .bind(hotel.0)
        .bind(number)
        .execute(&mut *db)
        .await?;
    let open: Vec<Uuid> = sqlx::query_scalar(
        "UPDATE conversation SET scanned_room = NULL, rev = rev + 1 WHERE hotel = $1 AND scanned_room = $2 \
         AND status <> 'resolved' RETURNING id",
    )
    .bind(hotel.0)
    .bind(number)
    .fetch_all(&mut *db)
    .await?;
    updates(db, open).await
}

#[async_trait::async_trait]
impl Rooms for Sqlite {
    async fn rooms(&self, hotel: HotelId) -> Result<Vec<Room>> {
        // Numbers in the order people count them, 9 before 10; then names.
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT number, turn, turned_at FROM room WHERE hotel = $1 ORDER BY CAST(number AS INTEGER) = 0, \
             CAST(number AS INTEGER), number",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(number, turn, at)| Room { number, turn, turned_at: Millis(at) }).collect())
    }

    async fn add_rooms(&self, hotel: HotelId, numbers: Vec<String>, by: StaffId, at: Millis) -> Result<u64> {
        self.work(move |db| {
            let numbers = numbers.clone();
            Box::pin(async move {
                let mut new = 0;
                for number in &numbers {
                    // A number that was there before begins with a later turn, so that its old codes stay
                    // worthless.
                    let added = sqlx::query(
                        "INSERT INTO room (hotel, number, turn, turned_at) VALUES ($1, $2, $3, $3) \
                         ON CONFLICT DO NOTHING",
                    )
                    .bind(hotel.0)
                    .bind(number)
                    .bind(at.0)
                    .execute(&mut *db)
                    .await?;
                    new += added.rows_affected();
                }
                if new > 0 {
                    let detail = numbers.join(", ");
                    put_audit(
                        db,
                        Audit { at, what: "rooms_added", by: Some(by), hotel: Some(hotel), detail },
                    )
                    .await?;
                }
                Ok((new, Vec::new()))
            })
        })
        .await
    }

    async fn remove_room(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()> {
        self.work(move |db| {
            let number = number.clone();
            Box::pin(async move {
                let removed = sqlx::query("DELETE FROM room WHERE hotel = $1 AND number = $2")
                    .bind(hotel.0)
                    .bind(&number)
                    .execute(&mut *db)
                    .await?;
                if removed.rows_affected() == 0 {
                    return Ok(((), Vec::new()));
                }
                let told = empty(db, hotel, &number).await?;
                put_audit(
                    db,
                    Audit { at, what: "room_removed", by: Some(by), hotel: Some(hotel), detail: number },
                )
                .await?;
                Ok(((), told))
            })
        })
        .await
    }

    async fn turn_over(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()> {
        self.work(move |db| {
            let number = number.clone();
            Box::pin(async move {
                let turned = sqlx::query(
                    "UPDATE room SET turn = turn + 1, turned_at = $3 WHERE hotel = $1 AND number = $2",
                )
                .bind(hotel.0)
                .bind(&number)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                if turned.rows_affected() == 0 {
                    return Ok(((), Vec::new()));
                }
                let told = empty(db, hotel, &number).await?;
                put_audit(
                    db,
                    Audit { at, what: "room_turned_over", by: Some(by), hotel: Some(hotel), detail: number },
                )
                .await?;
                Ok(((), told))
            })
        })
        .await
    }

    async fn scan(&self, guest: GuestId, hotel: HotelId, number: String, turn: i64) -> Result<bool> {
        self.work(move |db| {
            let number = number.clone();
            Box::pin(async move {
                let current: Option<i64> = sqlx::query_scalar(
                    "SELECT turn FROM room WHERE hotel = $1 \
                    AND number = $2",
                )
                .bind(hotel.0)
                .bind(&number)
                .fetch_optional(&mut *db)
                .await?;
                if current != Some(turn) {
                    return Ok((false, Vec::new()));
                }
                let guest = guest::current(db, guest).await?;
                sqlx::query(
                    "INSERT INTO acquaintance (guest, hotel, scanned_room) VALUES ($1, $2, $3) \
                     ON CONFLICT (guest, hotel) DO UPDATE SET scanned_room = excluded.scanned_room",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&number)
                .execute(&mut *db)
                .await?;
                let open: Option<Uuid> = sqlx::query_scalar(
                    "UPDATE conversation SET scanned_room = $3, rev = rev + 1 WHERE guest = $1 AND hotel = \
                     $2 \
                     AND status <> 'resolved' AND scanned_room IS NOT $3 RETURNING id",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&number)
                .fetch_optional(&mut *db)
                .await?;
                Ok((true, updates(db, open.into_iter().collect()).await?))
            })
        })
        .await
    }

    async fn leave_room(&self, guest: GuestId, hotel: HotelId) -> Result<()> {
        self.work(move |db| {
            Box::pin(async move {
                let guest = guest::current(db, guest).await?;
                sqlx::query("UPDATE acquaintance SET scanned_room = NULL WHERE guest = $1 AND hotel = $2")
                    .bind(guest.0)
                    .bind(hotel.0)
                    .execute(&mut *db)
                    .await?;
                let open: Option<Uuid> = sqlx::query_scalar(
                    "UPDATE conversation SET scanned_room = NULL, rev = rev + 1 WHERE guest = $1 \
                     AND hotel = $2 AND status <> 'resolved' AND scanned_room IS NOT NULL RETURNING id",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .fetch_optional(&mut *db)
                .await?;
                Ok(((), updates(db, open.into_iter().collect()).await?))
            })
        })
        .await
    }
}
