//! People with a login.

use super::super::{Login, People, Result};
use super::{Sqlite, row::role};
use domain::{HotelId, Membership, Millis, Person, Staff, StaffId};
use sqlx::Row as _;
use uuid::Uuid;

#[async_trait::async_trait]
impl People for Sqlite {
    async fn staff(&self, id: StaffId) -> Result<Option<Staff>> {
        let rows = sqlx::query(
            "SELECT s.name, s.admin, m.hotel, m.role, m.available FROM staff s LEFT JOIN membership m ON \
             m.staff = s.id \
             WHERE s.id = $1 AND s.disabled_at IS NULL",
        )
        .bind(id.0)
        .fetch_all(&self.readers)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut staff =
            Staff { id, name: first.try_get(0)?, admin: first.try_get(1)?, memberships: Vec::new() };
        for row in &rows {
            if let Some(hotel) = row.try_get::<Option<Uuid>, _>(2)? {
                staff.memberships.push(Membership {
                    hotel: HotelId(hotel),
                    role: role(row, 3)?,
                    available: row.try_get(4)?,
                });
            }
        }
        Ok(Some(staff))
    }

    async fn names(&self) -> Result<Vec<Person>> {
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, name FROM staff").fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(id, name)| Person { id: StaffId(id), name }).collect())
    }

    async fn login(&self, email: &str) -> Result<Option<Login>> {
        let row: Option<(Uuid, String, Option<i64>)> =
            sqlx::query_as("SELECT id, password_hash, disabled_at FROM staff WHERE email = $1")
                .bind(email)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(|(id, password_hash, disabled_at)| Login {
            id: StaffId(id),
            password_hash,
            disabled: disabled_at.is_some(),
        }))
    }

    async fn set_available(&self, staff: StaffId, hotel: Option<HotelId>, on: bool) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE membership SET available = $2 WHERE staff = $1 AND ($3 IS NULL OR hotel = $3)",
                )
                .bind(staff.0)
                .bind(on)
                .bind(hotel.map(|h| h.0))
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn set_seen(&self, staff: StaffId, at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE staff SET last_seen_at = $2 WHERE id = $1")
                    .bind(staff.0)
                    .bind(at.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }

    async fn holders_once_present(&self) -> Result<Vec<StaffId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT DISTINCT s.id FROM conversation c JOIN staff s ON s.id = c.holder WHERE c.holder IS NOT \
             NULL AND s.last_seen_at IS NOT NULL",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.into_iter().map(StaffId).collect())
    }
}
