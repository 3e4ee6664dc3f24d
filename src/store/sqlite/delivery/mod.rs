//! What goes out: tried by its time, listed for its hotel, forgotten.

mod send;
pub(super) mod tell;

use super::{Sqlite, put_audit, row::known};
use crate::store::{
    Attempt, Audit, Deliveries, Delivery, DeliveryState, Due, Lane, Result, StoreError, Then,
};
use domain::{HotelId, Millis, StaffId};
pub(super) use send::{STEP, note_topics, put_email, switch_off};
use send::{has_failed, has_taken, hurry_some, note};
use sqlx::{FromRow, QueryBuilder};
use tell::put_first;
use uuid::Uuid;

#[derive(FromRow)]
struct DeliveryRow {
    number: i64,
    id: Uuid,
    url: Option<String>,
    event: String,
    state: String,
    tries: i64,
    since: i64,
    due: Option<i64>,
    answered_at: Option<i64>,
    answer: String,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(r: DeliveryRow) -> Result<Self> {
        Ok(Delivery {
            number: r.number,
            id: r.id,
            url: r.url,
            event: r.event,
            state: known(&DeliveryState::ALL, DeliveryState::as_str, &r.state)?,
            tries: r.tries,
            since: Millis(r.since),
            due: r.due.map(Millis),
            answered_at: r.answered_at.map(Millis),
            answer: r.answer,
        })
    }
}

#[async_trait::async_trait]
impl Deliveries for Sqlite {
    async fn lanes(&self, now: Millis) -> Result<(Vec<Lane>, Option<Millis>)> {
        send::lanes(&self.readers, now).await
    }

    async fn due_in(&self, lane: Lane, now: Millis, limit: i64) -> Result<Vec<Due>> {
        send::due(&self.readers, lane, now, limit).await
    }

    async fn sending(&self, hotel: HotelId, numbers: Vec<i64>, at: Millis) -> Result<Vec<i64>> {
        self.work(move |db| {
            let numbers = numbers.clone();
            Box::pin(async move {
                send::fail_unknown(db, Some(hotel), at).await?;
                let mut sending = Vec::new();
                for number in numbers {
                    let marked: Option<i64> = sqlx::query_scalar(
                        "UPDATE delivery SET state = 'sending', due = NULL \
                         WHERE number = $1 AND state = 'waiting' RETURNING number",
                    )
                    .bind(number)
                    .fetch_optional(&mut *db)
                    .await?;
                    sending.extend(marked);
                }
                Ok((sending, Vec::new()))
            })
        })
        .await
    }

    async fn attempted(&self, lane: Lane, mut attempts: Vec<Attempt>, link: String) -> Result<()> {
        // A webhook that takes something is not switched off for what it refused beside it.
        attempts.sort_by_key(|attempt| attempt.then != Then::Sent);
        let back = self
            .work(move |db| {
                let (attempts, link) = (attempts.clone(), link.clone());
                Box::pin(async move {
                    let mut back = None;
                    for one in &attempts {
                        let is_there = note(db, one).await?;
                        let Lane::Webhook(webhook) = lane else { continue };
                        match one.then {
                            _ if !is_there => {}
                            Then::Sent if has_taken(db, webhook, one.at).await? => {
                                back = Some((webhook, one.at));
                            }
                            Then::Sent => {}
                            Then::Again(_) | Then::Failed => has_failed(db, webhook, one, &link).await?,
                        }
                    }
                    Ok((back, Vec::new()))
                })
            })
            .await?;
        let Some((webhook, at)) = back else { return Ok(()) };
        let hurry = || {
            self.work(move |db| Box::pin(async move { Ok((hurry_some(db, webhook, at).await?, Vec::new())) }))
        };
        while hurry().await? {}
        Ok(())
    }

    async fn fail_some(&self) -> Result<bool> {
        let any: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM webhook w CROSS JOIN delivery d ON d.webhook = w.id \
             WHERE w.off_at IS NOT NULL AND d.state IN ('waiting', 'queued'))",
        )
        .fetch_one(&self.readers)
        .await?;
        if !any {
            return Ok(false);
        }
        self.work(|db| Box::pin(async move { Ok((send::fail_some(db).await?, Vec::new())) })).await
    }

    async fn fail_unknown(&self, at: Millis) -> Result<()> {
        self.write(move |db| Box::pin(send::fail_unknown(db, None, at))).await
    }

    async fn deliveries(&self, hotel: HotelId, before: Option<i64>, limit: i64) -> Result<Vec<Delivery>> {
        let rows: Vec<DeliveryRow> = sqlx::query_as(
            "SELECT d.number, d.id, w.url, d.event, d.state, d.tries, d.since, d.due, \
             d.answered_at, d.answer FROM delivery d LEFT JOIN webhook w ON w.id = d.webhook \
             WHERE d.hotel = $1 AND d.number < $2 ORDER BY d.number DESC LIMIT $3",
        )
        .bind(hotel.0)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(Delivery::try_from).collect()
    }

    async fn replay(&self, hotel: HotelId, number: i64, by: StaffId, at: Millis) -> Result<bool> {
        self.work(move |db| {
            Box::pin(async move {
                // Another one of the same event, behind all that goes out now.
                let conversation: Option<Option<Uuid>> = sqlx::query_scalar(
                    "INSERT INTO delivery (id, hotel, webhook, event, conversation, guest, body, state, \
                     since, \
                     due) SELECT id, hotel, webhook, event, conversation, guest, body, \
                     CASE WHEN conversation IS NULL THEN 'waiting' ELSE 'queued' END, $3, \
                     CASE WHEN conversation IS NULL THEN $3 END FROM delivery \
                     WHERE number = $2 AND hotel = $1 AND state IN ('sent', 'failed') \
                     AND NOT EXISTS (SELECT 1 FROM webhook w WHERE w.id = webhook AND w.off_at IS NOT NULL) \
                     RETURNING conversation",
                )
                .bind(hotel.0)
                .bind(number)
                .bind(at.0)
                .fetch_optional(&mut *db)
                .await?;
                let Some(conversation) = conversation else { return Ok((false, Vec::new())) };
                if let Some(conversation) = conversation {
                    let mut query = QueryBuilder::new("");
                    put_first(&mut query, conversation, at);
                    query.build().execute(&mut *db).await?;
                }
                let detail = number.to_string();
                let what = "delivery_replayed";
                put_audit(db, Audit { at, what, by: Some(by), hotel: Some(hotel), detail }).await?;
                Ok((true, Vec::new()))
            })
        })
        .await
    }

    async fn forget_deliveries(&self, before: Millis, most: i64) -> Result<bool> {
        let webhooks: Vec<Uuid> =
            sqlx::query_scalar("SELECT id FROM webhook").fetch_all(&self.readers).await?;
        let mut last = Vec::new();
        for webhook in webhooks {
            let number: Option<i64> = sqlx::query_scalar(
                "SELECT number FROM delivery WHERE webhook = $1 ORDER BY number DESC LIMIT 1 OFFSET $2",
            )
            .bind(webhook)
            .bind(most)
            .fetch_optional(&self.readers)
            .await?;
            last.extend(number.map(|number| (webhook, number)));
        }
        self.work(move |db| {
            let last = last.clone();
            Box::pin(async move {
                let aged = sqlx::query(
                    "DELETE FROM delivery WHERE number IN (SELECT number FROM delivery \
                     WHERE state IN ('sent', 'failed') AND since < $1 ORDER BY since LIMIT $2)",
                )
                .bind(before.0)
                .bind(STEP)
                .execute(&mut *db)
                .await?;
                let mut more = aged.rows_affected() == STEP as u64;
                for (webhook, number) in last {
                    let over = sqlx::query(
                        "DELETE FROM delivery WHERE number IN (SELECT number FROM delivery \
                         WHERE webhook = $1 AND number <= $2 AND state IN ('sent', 'failed') LIMIT $3)",
                    )
                    .bind(webhook)
                    .bind(number)
                    .bind(STEP)
                    .execute(&mut *db)
                    .await?;
                    more |= over.rows_affected() == STEP as u64;
                }
                Ok((more, Vec::new()))
            })
        })
        .await
    }
}
