//! Login sessions, as opaque text.

use super::super::{Result, Sessions};
use super::Sqlite;
use domain::Millis;

#[async_trait::async_trait]
impl Sessions for Sqlite {
    async fn session(&self, id: &str, now: Millis) -> Result<Option<(String, Millis)>> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT data, expires_at FROM session WHERE id = $1 AND expires_at > $2")
                .bind(id)
                .bind(now.0)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(|(data, expires_at)| (data, Millis(expires_at))))
    }

    async fn add_session(&self, id: String, data: String, expires_at: Millis) -> Result<()> {
        self.put_session(
            "INSERT INTO session (id, data, expires_at) VALUES ($1, $2, $3)",
            id,
            data,
            expires_at,
        )
        .await
    }

    async fn save_session(&self, id: String, data: String, expires_at: Millis) -> Result<()> {
        self.put_session("UPDATE session SET data = $2, expires_at = $3 WHERE id = $1", id, data, expires_at)
            .await
    }

    async fn delete_session(&self, id: String) -> Result<()> {
        self.write(move |db| {
            let id = id.clone();
            Box::pin(async move {
                sqlx::query("DELETE FROM session WHERE id = $1").bind(id).execute(db).await.map(drop)
            })
        })
        .await
    }

    async fn delete_expired_sessions(&self, now: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM session WHERE expires_at <= $1")
                    .bind(now.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }
}

impl Sqlite {
    async fn put_session(
        &self,
        statement: &'static str,
        id: String,
        data: String,
        expires_at: Millis,
    ) -> Result<()> {
        self.write(move |db| {
            let (id, data) = (id.clone(), data.clone());
            Box::pin(async move {
                sqlx::query(statement).bind(id).bind(data).bind(expires_at.0).execute(db).await.map(drop)
            })
        })
        .await
    }
}
