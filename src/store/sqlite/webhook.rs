//! Hotels' webhooks.

use super::{
    Sqlite,
    delivery::{STEP, note_topics, switch_off},
    put_audit,
};
use crate::store::{Audit, Result, Webhook, Webhooks};
use domain::{HotelId, Millis, StaffId, Topics};
use sqlx::{FromRow, sqlite::SqliteConnection};
use uuid::Uuid;

#[derive(FromRow)]
struct WebhookRow {
    id: Uuid,
    hotel: Uuid,
    url: String,
    topics: i64,
    secret: Vec<u8>,
    made_at: i64,
    failing_since: Option<i64>,
    off_at: Option<i64>,
}

impl From<WebhookRow> for Webhook {
    fn from(r: WebhookRow) -> Self {
        Webhook {
            id: r.id,
            hotel: HotelId(r.hotel),
            url: r.url,
            topics: Topics(r.topics),
            secret: r.secret,
            made_at: Millis(r.made_at),
            failing_since: r.failing_since.map(Millis),
            off_at: r.off_at.map(Millis),
        }
    }
}

#[async_trait::async_trait]
impl Webhooks for Sqlite {
    async fn webhooks(&self, hotel: HotelId) -> Result<Vec<Webhook>> {
        let rows: Vec<WebhookRow> = sqlx::query_as(
            "SELECT id, hotel, url, topics, secret, made_at, failing_since, off_at FROM webhook \
             WHERE hotel = $1 ORDER BY made_at, id",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(Webhook::from).collect())
    }

    async fn add_webhook(&self, webhook: Webhook, by: StaffId) -> Result<()> {
        self.work(move |db| {
            let w = webhook.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO webhook (id, hotel, url, topics, secret, made_at) \
                     VALUES ($1, $2, $3, $4, $5, $6)",
                )
                .bind(w.id)
                .bind(w.hotel.0)
                .bind(&w.url)
                .bind(w.topics.0)
                .bind(&w.secret)
                .bind(w.made_at.0)
                .execute(&mut *db)
                .await?;
                note_topics(db, w.hotel).await?;
                audit(db, "webhook_made", w.hotel, w.id, by, w.made_at).await?;
                Ok(((), Vec::new()))
            })
        })
        .await
    }

    async fn set_webhook(
        &self,
        hotel: HotelId,
        id: Uuid,
        url: String,
        topics: Topics,
        by: StaffId,
        at: Millis,
    ) -> Result<bool> {
        self.work(move |db| {
            let url = url.clone();
            Box::pin(async move {
                let set = sqlx::query(
                    "UPDATE webhook SET url = $3, topics = $4, failing_since = CASE WHEN url = $3 \
                         OR off_at IS NOT NULL THEN failing_since END WHERE id = $2 AND hotel = $1",
                )
                .bind(hotel.0)
                .bind(id)
                .bind(&url)
                .bind(topics.0)
                .execute(&mut *db)
                .await?;
                let is_there = set.rows_affected() > 0;
                if is_there {
                    note_topics(db, hotel).await?;
                    audit(db, "webhook_changed", hotel, id, by, at).await?;
                }
                Ok((is_there, Vec::new()))
            })
        })
        .await
    }

    async fn switch_webhook(
        &self,
        hotel: HotelId,
        id: Uuid,
        on: bool,
        by: StaffId,
        at: Millis,
    ) -> Result<bool> {
        self.work(move |db| {
            Box::pin(async move {
                let switched = sqlx::query(
                    "UPDATE webhook SET off_at = CASE WHEN $3 THEN NULL ELSE $4 END, failing_since = NULL \
                     WHERE id = $2 AND hotel = $1 AND (off_at IS NULL) <> $3",
                )
                .bind(hotel.0)
                .bind(id)
                .bind(on)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                let is_there = switched.rows_affected() > 0;
                if is_there {
                    match on {
                        true => note_topics(db, hotel).await?,
                        false => switch_off(db, hotel, id, at).await?,
                    }
                    let what = if on { "webhook_on" } else { "webhook_off" };
                    audit(db, what, hotel, id, by, at).await?;
                }
                Ok((is_there, Vec::new()))
            })
        })
        .await
    }

    async fn remove_webhook(&self, hotel: HotelId, id: Uuid, by: StaffId, at: Millis) -> Result<()> {
        // Off first, so that nothing is added to it; then step by step, for messages wait behind each.
        let is_there = self
            .work(move |db| {
                Box::pin(async move {
                    let found: Option<Uuid> =
                        sqlx::query_scalar("SELECT id FROM webhook WHERE id = $2 AND hotel = $1")
                            .bind(hotel.0)
                            .bind(id)
                            .fetch_optional(&mut *db)
                            .await?;
                    if found.is_some() {
                        switch_off(db, hotel, id, at).await?;
                        audit(db, "webhook_removed", hotel, id, by, at).await?;
                    }
                    Ok((found.is_some(), Vec::new()))
                })
            })
            .await?;
        let mut more = is_there;
        while more {
            more = self
                .work(move |db| {
                    Box::pin(async move {
                        let gone = sqlx::query(
                            "DELETE FROM delivery WHERE number IN (SELECT number FROM delivery \
                             WHERE webhook = $1 LIMIT $2)",
                        )
                        .bind(id)
                        .bind(STEP)
                        .execute(&mut *db)
                        .await?;
                        let more = gone.rows_affected() == STEP as u64;
                        if !more {
                            sqlx::query("DELETE FROM webhook WHERE id = $1").bind(id).execute(db).await?;
                        }
                        Ok((more, Vec::new()))
                    })
                })
                .await?;
        }
        Ok(())
    }

    async fn send_to(
        &self,
        hotel: HotelId,
        webhook: Uuid,
        id: Uuid,
        body: String,
        at: Millis,
    ) -> Result<bool> {
        self.work(move |db| {
            let body = body.clone();
            Box::pin(async move {
                let stored = sqlx::query(
                    "INSERT INTO delivery (id, hotel, webhook, event, body, state, since, due) \
                     SELECT $3, hotel, id, 'test', $4, 'waiting', $5, $5 FROM webhook \
                     WHERE id = $2 AND hotel = $1 AND off_at IS NULL",
                )
                .bind(hotel.0)
                .bind(webhook)
                .bind(id)
                .bind(&body)
                .bind(at.0)
                .execute(db)
                .await?;
                Ok((stored.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }
}

async fn audit(
    db: &mut SqliteConnection,
    what: &'static str,
    hotel: HotelId,
    webhook: Uuid,
    by: StaffId,
    at: Millis,
) -> Result<()> {
    let detail = webhook.to_string();
    Ok(put_audit(db, Audit { at, what, by: Some(by), hotel: Some(hotel), detail }).await?)
}
