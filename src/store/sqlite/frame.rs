//! Tokens and keys of frames.

use super::super::{Frames, Result, StoreError};
use super::Sqlite;
use super::row::words;
use domain::{GuestId, HotelId, Millis};
use uuid::Uuid;

#[async_trait::async_trait]
impl Frames for Sqlite {
    async fn add_frame_token(
        &self,
        hash: [u8; 32],
        guest: GuestId,
        hotel: HotelId,
        expires_at: Millis,
    ) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO frame_token (hash, guest, hotel, expires_at) VALUES ($1, $2, $3, $4)",
                )
                .bind(hash.to_vec())
                .bind(guest.0)
                .bind(hotel.0)
                .bind(expires_at.0)
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn frame_token(&self, hash: [u8; 32], now: Millis) -> Result<Option<(GuestId, HotelId, Millis)>> {
        let row: Option<(Uuid, Uuid, i64)> = sqlx::query_as(
            "SELECT guest, hotel, expires_at FROM frame_token WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash.as_slice())
        .bind(now.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|(guest, hotel, until)| (GuestId(guest), HotelId(hotel), Millis(until))))
    }

    async fn keep_frame_token(&self, hash: [u8; 32], expires_at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                let keep =
                    sqlx::query("UPDATE frame_token SET expires_at = max(expires_at, $2) WHERE hash = $1");
                keep.bind(hash.to_vec()).bind(expires_at.0).execute(db).await.map(drop)
            })
        })
        .await
    }

    async fn forget_frame_tokens(&self, before: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM frame_token WHERE expires_at <= $1")
                    .bind(before.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }

    async fn count_key(&self, guest: GuestId, hotel: HotelId, fresh: [u8; 16]) -> Result<[u8; 16]> {
        let ask =
            "SELECT count_key FROM acquaintance WHERE guest = $1 AND hotel = $2 AND count_key IS NOT NULL";
        let known: Option<Vec<u8>> =
            sqlx::query_scalar(ask).bind(guest.0).bind(hotel.0).fetch_optional(&self.readers).await?;
        let key = match known {
            Some(key) => key,
            None => {
                self.work(move |db| {
                    Box::pin(async move {
                        let key = sqlx::query_scalar(
                            "INSERT INTO acquaintance (guest, hotel, count_key) VALUES ($1, $2, $3) ON \
                             CONFLICT (guest, hotel) \
                             DO UPDATE SET count_key = COALESCE(acquaintance.count_key, \
                             excluded.count_key) RETURNING count_key",
                        );
                        let key: Vec<u8> =
                            key.bind(guest.0).bind(hotel.0).bind(fresh.to_vec()).fetch_one(db).await?;
                        Ok((key, Vec::new()))
                    })
                })
                .await?
            }
        };
        key.try_into().map_err(|_| StoreError::Nonsense("a key that is not of 16 bytes".into()))
    }

    async fn guest_by_count_key(&self, key: [u8; 16]) -> Result<Option<(GuestId, HotelId)>> {
        let row: Option<(Uuid, Uuid)> =
            sqlx::query_as("SELECT guest, hotel FROM acquaintance WHERE count_key = $1")
                .bind(key.as_slice())
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(|(guest, hotel)| (GuestId(guest), HotelId(hotel))))
    }

    async fn unseen(&self, guest: GuestId, hotel: HotelId) -> Result<i64> {
        let unread = sqlx::query_scalar(concat!(
            "SELECT count(*) FROM entry e JOIN conversation c ON c.id = e.conversation WHERE c.id = (SELECT \
             n.id FROM conversation n \
             WHERE n.guest = $1 AND n.hotel = $2 AND n.joined_to IS NULL \
             ORDER BY n.status = 'resolved', n.id DESC LIMIT 1) \
             AND e.seq > c.guest_read AND e.kind IN ",
            words!(),
            " AND e.by_kind IN ('staff', 'admin')",
        ))
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_one(&self.readers)
        .await?;
        Ok(unread)
    }
}
