//! Hotels and their people.

use super::super::{Audit, Hotels, Result, StoreError};
use super::{Sqlite, put_audit, row::HotelRow, row::role};
use domain::{Colleague, FileLimits, Hotel, HotelId, Hours, Millis, Retention, StaffId, Targets};
use sqlx::{Row as _, sqlite::SqliteRow};

/// Hotels, as [`HotelRow`] has them.
macro_rules! select_hotel {
    ($rest:literal) => {
        concat!(
            "SELECT id, slug, name, place, time_zone, languages, greeting, accent, file_count, \
             file_megabytes FROM hotel ",
            $rest
        )
    };
}

#[async_trait::async_trait]
impl Hotels for Sqlite {
    async fn hotels(&self) -> Result<Vec<Hotel>> {
        let rows: Vec<HotelRow> =
            sqlx::query_as(select_hotel!("ORDER BY name")).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(Hotel::from).collect())
    }

    async fn hotel_by_id(&self, id: HotelId) -> Result<Option<Hotel>> {
        let row: Option<HotelRow> =
            sqlx::query_as(select_hotel!("WHERE id = $1")).bind(id.0).fetch_optional(&self.readers).await?;
        Ok(row.map(Hotel::from))
    }

    async fn hotel(&self, slug: &str) -> Result<Option<Hotel>> {
        let row: Option<HotelRow> =
            sqlx::query_as(select_hotel!("WHERE slug = $1")).bind(slug).fetch_optional(&self.readers).await?;
        Ok(row.map(Hotel::from))
    }

    async fn add_hotel(&self, hotel: Hotel, at: Millis) -> Result<()> {
        self.write(move |db| {
            let hotel = hotel.clone();
            Box::pin(async move {
                let (id, slug) = (hotel.id, hotel.slug.clone());
                sqlx::query(
                    "INSERT INTO hotel (id, slug, name, place, time_zone, languages, greeting, accent, \
                     file_count, file_megabytes, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                )
                .bind(hotel.id.0)
                .bind(hotel.slug)
                .bind(hotel.name)
                .bind(hotel.place)
                .bind(hotel.time_zone)
                .bind(hotel.languages.join(" "))
                .bind(hotel.greeting)
                .bind(hotel.accent)
                .bind(hotel.files.count as i64)
                .bind(hotel.files.megabytes as i64)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                put_audit(db, Audit { at, what: "hotel_added", by: None, hotel: Some(id), detail: slug })
                    .await
            })
        })
        .await
    }

    async fn hours(&self, hotel: HotelId) -> Result<Option<Hours>> {
        let hours: Option<Option<String>> = sqlx::query_scalar("SELECT hours FROM hotel WHERE id = $1")
            .bind(hotel.0)
            .fetch_optional(&self.readers)
            .await?;
        let read =
            |text: String| serde_json::from_str(&text).map_err(|e| StoreError::Nonsense(e.to_string()));
        hours.flatten().map(read).transpose()
    }

    async fn set_hours(&self, hotel: HotelId, hours: Option<Hours>, by: StaffId, at: Millis) -> Result<()> {
        let detail = hours.as_ref().map_or_else(|| "around the clock".to_owned(), Hours::to_string);
        let hours =
            hours.map(|hours| serde_json::to_string(&hours).map_err(|e| StoreError::Nonsense(e.to_string())));
        let hours = hours.transpose()?;
        self.write(move |db| {
            let (hours, detail) = (hours.clone(), detail.clone());
            Box::pin(async move {
                sqlx::query("UPDATE hotel SET hours = $2 WHERE id = $1")
                    .bind(hotel.0)
                    .bind(&hours)
                    .execute(&mut *db)
                    .await?;
                put_audit(db, Audit { at, what: "hours_set", by: Some(by), hotel: Some(hotel), detail }).await
            })
        })
        .await
    }

    async fn retention(&self, hotel: HotelId) -> Result<Retention> {
        let row: Option<(Option<i64>, Option<i64>)> =
            sqlx::query_as("SELECT keep_conversations, keep_guests FROM hotel WHERE id = $1")
                .bind(hotel.0)
                .fetch_optional(&self.readers)
                .await?;
        let (conversations, guests) = row.unwrap_or_default();
        Ok(Retention { conversations, guests })
    }

    async fn set_retention(
        &self,
        hotel: HotelId,
        retention: Retention,
        by: StaffId,
        at: Millis,
    ) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE hotel SET keep_conversations = $2, keep_guests = $3 WHERE id = $1")
                    .bind(hotel.0)
                    .bind(retention.conversations)
                    .bind(retention.guests)
                    .execute(&mut *db)
                    .await?;
                let days = |days: Option<i64>| days.map_or("for ever".to_owned(), |n| format!("{n} days"));
                let detail = format!(
                    "conversations {}, guests {}",
                    days(retention.conversations),
                    days(retention.guests)
                );
                put_audit(db, Audit { at, what: "retention_set", by: Some(by), hotel: Some(hotel), detail })
                    .await
            })
        })
        .await
    }

    async fn targets(&self, hotel: HotelId) -> Result<Targets> {
        let targets: Option<(i64, i64)> =
            sqlx::query_as("SELECT due_minutes, overdue_minutes FROM hotel WHERE id = $1")
                .bind(hotel.0)
                .fetch_optional(&self.readers)
                .await?;
        Ok(targets.map_or_else(Targets::default, |(due, overdue)| Targets { due, overdue }))
    }

    async fn set_file_limits(
        &self,
        hotel: HotelId,
        limits: FileLimits,
        by: StaffId,
        at: Millis,
    ) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE hotel SET file_count = $2, file_megabytes = $3 WHERE id = $1")
                    .bind(hotel.0)
                    .bind(limits.count as i64)
                    .bind(limits.megabytes as i64)
                    .execute(&mut *db)
                    .await?;
                let detail = format!("{} a message, {} MB each", limits.count, limits.megabytes);
                put_audit(db, Audit { at, what: "file_limits_set", by: Some(by), hotel: Some(hotel), detail })
                    .await
            })
        })
        .await
    }

    async fn sites(&self, hotel: HotelId) -> Result<Vec<String>> {
        let sites = sqlx::query_scalar("SELECT origin FROM hotel_site WHERE hotel = $1 ORDER BY origin")
            .bind(hotel.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(sites)
    }

    async fn set_sites(&self, hotel: HotelId, sites: Vec<String>, by: StaffId, at: Millis) -> Result<()> {
        self.write(move |db| {
            let sites = sites.clone();
            Box::pin(async move {
                sqlx::query("DELETE FROM hotel_site WHERE hotel = $1")
                    .bind(hotel.0)
                    .execute(&mut *db)
                    .await?;
                for origin in &sites {
                    sqlx::query(
                        "INSERT INTO hotel_site (hotel, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    )
                    .bind(hotel.0)
                    .bind(origin)
                    .execute(&mut *db)
                    .await?;
                }
                let detail = sites.join(" ");
                put_audit(db, Audit { at, what: "sites_set", by: Some(by), hotel: Some(hotel), detail }).await
            })
        })
        .await
    }

    async fn hotels_of_site(&self, origin: &str) -> Result<Vec<HotelId>> {
        let ids: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT hotel FROM hotel_site WHERE origin = $1")
            .bind(origin)
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(HotelId).collect())
    }

    async fn colleagues(&self, hotel: HotelId) -> Result<Vec<Colleague>> {
        let rows = sqlx::query(
            "SELECT s.id, s.name, m.role, m.available FROM membership m JOIN staff s ON s.id = m.staff \
             WHERE m.hotel = $1 AND s.disabled_at IS NULL ORDER BY s.name",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        let colleague = |row: &SqliteRow| {
            Ok(Colleague {
                id: StaffId(row.try_get(0)?),
                name: row.try_get(1)?,
                role: role(row, 2)?,
                available: row.try_get(3)?,
                present: false,
            })
        };
        rows.iter().map(colleague).collect()
    }
}
