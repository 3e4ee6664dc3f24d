//! Secrets of hotels, and keys of their own systems.

use super::super::{ApiKey, Audit, Keys, Purpose, Result};
use super::{Sqlite, put_audit};
use domain::{HotelId, Millis, StaffId};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Debug, FromRow)]
struct KeyRow {
    id: Uuid,
    hotel: Uuid,
    name: String,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl From<KeyRow> for ApiKey {
    fn from(r: KeyRow) -> Self {
        ApiKey {
            id: r.id,
            hotel: HotelId(r.hotel),
            name: r.name,
            scopes: r.scopes.split_whitespace().map(str::to_owned).collect(),
            created_at: Millis(r.created_at),
            last_used_at: r.last_used_at.map(Millis),
            revoked_at: r.revoked_at.map(Millis),
        }
    }
}

/// How often a key's use is written down, in milliseconds.
const USE: i64 = Millis::MINUTE;

#[async_trait::async_trait]
impl Keys for Sqlite {
    async fn secret(&self, hotel: HotelId, purpose: Purpose) -> Result<Option<(Vec<u8>, Millis)>> {
        let found: Option<(Vec<u8>, i64)> =
            sqlx::query_as("SELECT secret, made_at FROM hotel_key WHERE hotel = $1 AND purpose = $2")
                .bind(hotel.0)
                .bind(purpose.as_str())
                .fetch_optional(&self.readers)
                .await?;
        Ok(found.map(|(secret, at)| (secret, Millis(at))))
    }

    async fn set_secret(
        &self,
        hotel: HotelId,
        purpose: Purpose,
        secret: Vec<u8>,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<()> {
        self.write(move |db| {
            let secret = secret.clone();
            Box::pin(async move {
                let put = match by {
                    Some(_) => {
                        "INSERT INTO hotel_key (hotel, purpose, secret, made_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (hotel, purpose) DO UPDATE SET secret = excluded.secret, \
                         made_at = excluded.made_at"
                    }
                    None => {
                        "INSERT INTO hotel_key (hotel, purpose, secret, made_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT DO NOTHING"
                    }
                };
                let made = sqlx::query(put)
                    .bind(hotel.0)
                    .bind(purpose.as_str())
                    .bind(secret)
                    .bind(at.0)
                    .execute(&mut *db)
                    .await?;
                if made.rows_affected() == 0 {
                    return Ok(());
                }
                let detail = purpose.as_str().to_owned();
                put_audit(db, Audit { at, what: "key_made", by, hotel: Some(hotel), detail }).await
            })
        })
        .await
    }

    async fn api_keys(&self, hotel: HotelId) -> Result<Vec<ApiKey>> {
        let rows: Vec<KeyRow> = sqlx::query_as(
            "SELECT id, hotel, name, scopes, created_at, last_used_at, revoked_at FROM api_key \
             WHERE hotel = $1 ORDER BY created_at",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(ApiKey::from).collect())
    }

    async fn add_api_key(&self, key: ApiKey, hash: [u8; 32], by: StaffId) -> Result<()> {
        self.write(move |db| {
            let key = key.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO api_key (id, hotel, name, hash, scopes, created_at, \
                     created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(key.id)
                .bind(key.hotel.0)
                .bind(&key.name)
                .bind(hash.to_vec())
                .bind(key.scopes.join(" "))
                .bind(key.created_at.0)
                .bind(by.0)
                .execute(&mut *db)
                .await?;
                let detail = format!("{} {}", key.id, key.scopes.join(" "));
                let hotel = Some(key.hotel);
                put_audit(db, Audit { at: key.created_at, what: "api_key_made", by: Some(by), hotel, detail })
                    .await
            })
        })
        .await
    }

    async fn revoke_api_key(&self, hotel: HotelId, key: Uuid, by: StaffId, at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                let revoked = sqlx::query(
                    "UPDATE api_key SET revoked_at = $3 WHERE id = $2 AND hotel = $1 AND revoked_at IS NULL",
                )
                .bind(hotel.0)
                .bind(key)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                if revoked.rows_affected() == 0 {
                    return Ok(());
                }
                let detail = key.to_string();
                put_audit(db, Audit { at, what: "api_key_revoked", by: Some(by), hotel: Some(hotel), detail })
                    .await
            })
        })
        .await
    }

    async fn api_key(&self, hash: [u8; 32], at: Millis) -> Result<Option<ApiKey>> {
        let row: Option<KeyRow> = sqlx::query_as(
            "SELECT id, hotel, name, scopes, created_at, last_used_at, revoked_at FROM api_key WHERE hash = \
             $1 AND revoked_at IS NULL",
        )
        .bind(hash.as_slice())
        .fetch_optional(&self.readers)
        .await?;
        let Some(key) = row.map(ApiKey::from) else { return Ok(None) };
        if key.last_used_at.is_none_or(|last| at.0 - last.0 > USE) {
            let id = key.id;
            self.write(move |db| {
                Box::pin(async move {
                    sqlx::query("UPDATE api_key SET last_used_at = $2 WHERE id = $1")
                        .bind(id)
                        .bind(at.0)
                        .execute(db)
                        .await
                        .map(drop)
                })
            })
            .await?;
        }
        Ok(Some(key))
    }
}
