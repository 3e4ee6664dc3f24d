//! Hotels and their people.

use super::super::{Audit, Hotels, Result};
use super::{Sqlite, put_audit, row::HotelRow};
use app::domain::{Colleague, Hotel, HotelId, Millis, Role, StaffId};

#[async_trait::async_trait]
impl Hotels for Sqlite {
    async fn hotels(&self) -> Result<Vec<Hotel>> {
        let rows: Vec<HotelRow> =
            sqlx::query_as("SELECT id, slug, name, place, time_zone, languages, greeting, accent FROM hotel ORDER BY name")
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(Hotel::from).collect())
    }

    async fn hotel(&self, slug: &str) -> Result<Option<Hotel>> {
        let row: Option<HotelRow> =
            sqlx::query_as("SELECT id, slug, name, place, time_zone, languages, greeting, accent FROM hotel WHERE slug = $1")
                .bind(slug)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(Hotel::from))
    }

    async fn add_hotel(&self, hotel: Hotel, at: Millis) -> Result<()> {
        self.write(move |db| {
            let hotel = hotel.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO hotel (id, slug, name, place, time_zone, languages, greeting, accent, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(hotel.id.0)
                .bind(hotel.slug)
                .bind(hotel.name)
                .bind(hotel.place)
                .bind(hotel.time_zone)
                .bind(hotel.languages.join(" "))
                .bind(hotel.greeting)
                .bind(hotel.accent)
                .bind(at.0)
                .execute(db)
                .await
                .map(drop)
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
                sqlx::query("DELETE FROM hotel_site WHERE hotel = $1").bind(hotel.0).execute(&mut *db).await?;
                for origin in &sites {
                    sqlx::query("INSERT INTO hotel_site (hotel, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                        .bind(hotel.0)
                        .bind(origin)
                        .execute(&mut *db)
                        .await?;
                }
                let detail = format!("{hotel} {}", sites.join(" "));
                put_audit(db, &Audit { at, what: "sites_set", by: Some(by), detail }).await
            })
        })
        .await
    }

    async fn hotels_of_site(&self, origin: &str) -> Result<Vec<HotelId>> {
        let ids: Vec<uuid::Uuid> =
            sqlx::query_scalar("SELECT hotel FROM hotel_site WHERE origin = $1").bind(origin).fetch_all(&self.readers).await?;
        Ok(ids.into_iter().map(HotelId).collect())
    }

    async fn colleagues(&self, hotel: HotelId) -> Result<Vec<Colleague>> {
        let rows: Vec<(uuid::Uuid, String, String, bool)> = sqlx::query_as(
            "SELECT s.id, s.name, m.role, m.available FROM membership m JOIN staff s ON s.id = m.staff \
             WHERE m.hotel = $1 AND s.disabled_at IS NULL ORDER BY s.name",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        let colleague = |(id, name, role, available): (uuid::Uuid, String, String, bool)| Colleague {
            id: StaffId(id),
            name,
            role: if role == Role::Manager.as_str() { Role::Manager } else { Role::Agent },
            available,
            present: false,
        };
        Ok(rows.into_iter().map(colleague).collect())
    }
}
