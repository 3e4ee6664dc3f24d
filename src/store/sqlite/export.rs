//! Exports and how far they have come.

use super::Sqlite;
use crate::store::{Export, ExportState, Exports, Result, StoreError};
use domain::{ConversationId, HotelId, Millis, StaffId};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct ExportRow {
    id: Uuid,
    by_id: Uuid,
    filter: String,
    hotels: String,
    title: String,
    format: String,
    state: String,
    created_at: i64,
    after_at: Option<i64>,
    after_id: Option<Uuid>,
    bytes: i64,
    entries: i64,
    total: i64,
}

impl TryFrom<ExportRow> for Export {
    type Error = StoreError;

    fn try_from(r: ExportRow) -> Result<Self> {
        let nonsense = |_| StoreError::Nonsense(r.hotels.clone());
        let hotels: Vec<HotelId> = r
            .hotels
            .split(' ')
            .filter(|id| !id.is_empty())
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()
            .map_err(nonsense)?;
        let state = ExportState::ALL.into_iter().find(|s| s.as_str() == r.state);
        Ok(Export {
            id: r.id,
            by: StaffId(r.by_id),
            filter: r.filter,
            hotels: Some(hotels).filter(|hotels| !hotels.is_empty()),
            title: r.title,
            format: r.format,
            state: state.ok_or(StoreError::Nonsense(r.state))?,
            created_at: Millis(r.created_at),
            after: r.after_at.zip(r.after_id).map(|(at, id)| (Millis(at), ConversationId(id))),
            bytes: r.bytes,
            entries: r.entries,
            total: r.total,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, by_id, filter, hotels, title, format, state, created_at, after_at, after_id, bytes, \
             entries, total FROM export ",
            $rest
        )
    };
}

#[async_trait::async_trait]
impl Exports for Sqlite {
    async fn add_export(&self, export: Export) -> Result<()> {
        self.write(move |db| {
            let e = export.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO export (id, by_id, filter, title, format, state, created_at, total, hotels) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(e.id)
                .bind(e.by.0)
                .bind(e.filter)
                .bind(e.title)
                .bind(e.format)
                .bind(e.state.as_str())
                .bind(e.created_at.0)
                .bind(e.total)
                .bind(
                    e.hotels.unwrap_or_default().iter().map(HotelId::to_string).collect::<Vec<_>>().join(" "),
                )
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn export(&self, id: Uuid) -> Result<Option<Export>> {
        let row: Option<ExportRow> =
            sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(&self.readers).await?;
        row.map(Export::try_from).transpose()
    }

    async fn exports(&self) -> Result<Vec<Export>> {
        let rows: Vec<ExportRow> =
            sqlx::query_as(select!("ORDER BY created_at DESC, id DESC")).fetch_all(&self.readers).await?;
        rows.into_iter().map(Export::try_from).collect()
    }

    async fn export_came(&self, export: Export) -> Result<bool> {
        self.work(move |db| {
            let (id, bytes, entries, after) = (export.id, export.bytes, export.entries, export.after);
            Box::pin(async move {
                let came = sqlx::query(
                    "UPDATE export SET bytes = $2, entries = $3, after_at = $4, after_id = $5 \
                     WHERE id = $1 AND state = 'running'",
                )
                .bind(id)
                .bind(bytes)
                .bind(entries)
                .bind(after.map(|(at, _)| at.0))
                .bind(after.map(|(_, id)| id.0))
                .execute(db)
                .await?;
                Ok((came.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }

    async fn turn_export(&self, id: Uuid, from: ExportState, to: ExportState) -> Result<bool> {
        self.work(move |db| {
            Box::pin(async move {
                let turned = sqlx::query("UPDATE export SET state = $3 WHERE id = $1 AND state = $2")
                    .bind(id)
                    .bind(from.as_str())
                    .bind(to.as_str())
                    .execute(db)
                    .await?;
                Ok((turned.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }

    async fn remove_export(&self, id: Uuid) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM export WHERE id = $1").bind(id).execute(db).await.map(drop)
            })
        })
        .await
    }
}
