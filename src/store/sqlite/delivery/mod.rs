//! Webhooks, and what goes out: stored before it is answered, tried by its time, listed for the hotel.

mod send;
pub(super) mod tell;

use super::{Sqlite, guest::current, put_audit, row::known};
use crate::store::{
    Attempt, Audit, Before, Deliveries, Delivery, DeliveryState, Due, Fallback, Kept, Lane, Missed, PushCall,
    Result, Then, Webhook, known_as,
};
use domain::{GuestId, HotelId, Millis, StaffId, Topic, Topics};
use send::{STEP, has_failed, has_taken, nonsense, note, note_topics, put_email, switch_off};
use sqlx::{FromRow, QueryBuilder, sqlite::SqliteConnection};
use tell::put_first;
use uuid::Uuid;

/// Guests noted under the id their hotel knows them by, in one transaction.
const NOTED: usize = 100;

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
    type Error = crate::store::StoreError;

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

    async fn store_missed(&self, missed: Missed) -> Result<Kept> {
        self.work(move |db| {
            let missed = missed.clone();
            Box::pin(async move { Ok((keep(db, &missed).await?, Vec::new())) })
        })
        .await
    }

    async fn answered_before(&self, hotel: HotelId, call: &PushCall) -> Result<Before> {
        answered(&mut *self.readers.acquire().await?, hotel, call).await
    }

    async fn note_answer(&self, hotel: HotelId, call: PushCall, status: u16, at: Millis) -> Result<()> {
        self.work(move |db| {
            let call = call.clone();
            Box::pin(async move {
                put_answer(db, hotel, &call, status, at).await?;
                Ok(((), Vec::new()))
            })
        })
        .await
    }

    async fn guest_known_as(&self, hotel: HotelId, id: GuestId) -> Result<Option<GuestId>> {
        let mut one_by_one = None;
        loop {
            let found: Option<Uuid> = sqlx::query_scalar(
                "SELECT g.id FROM guest_alias a JOIN guest g ON g.id = a.guest \
                 WHERE a.hotel = $1 AND a.alias = $2",
            )
            .bind(hotel.0)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
            let unnoted: Vec<Uuid> = match found {
                Some(_) => Vec::new(),
                None => {
                    sqlx::query_scalar(
                        "SELECT guest FROM acquaintance WHERE hotel = $1 AND NOT aliased LIMIT $2",
                    )
                    .bind(hotel.0)
                    .bind(NOTED as i64)
                    .fetch_all(&self.readers)
                    .await?
                }
            };
            if unnoted.is_empty() {
                return Ok(found.map(GuestId));
            }
            // One caller notes them; the others look again.
            if one_by_one.is_none() {
                one_by_one = Some(self.aliasing.lock().await);
                continue;
            }
            self.write(move |db| {
                let unnoted = unnoted.clone();
                Box::pin(async move {
                    for guest in unnoted {
                        let noted = sqlx::query(
                            "UPDATE acquaintance SET aliased = TRUE \
                             WHERE hotel = $1 AND guest = $2 AND NOT aliased",
                        )
                        .bind(hotel.0)
                        .bind(guest)
                        .execute(&mut *db)
                        .await?;
                        if noted.rows_affected() > 0 {
                            put_alias(db, hotel, GuestId(guest), GuestId(guest)).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await?;
        }
    }

    async fn guest_of_stay(&self, hotel: HotelId, reference: &str) -> Result<Option<GuestId>> {
        // Two who share a stay: whoever was here last.
        let guest: Option<Uuid> = sqlx::query_scalar(
            "SELECT a.guest FROM stay y JOIN acquaintance a ON a.stay = y.id \
             WHERE y.hotel = $1 AND y.reference = $2 ORDER BY a.seen_at DESC LIMIT 1",
        )
        .bind(hotel.0)
        .bind(reference)
        .fetch_optional(&self.readers)
        .await?;
        Ok(guest.map(GuestId))
    }

    async fn push_email(&self, hotel: HotelId, guest: GuestId) -> Result<Option<String>> {
        let email = sqlx::query_scalar(
            "SELECT email FROM (SELECT email, 0 AS place, confirmed_at AS at FROM guest_email \
             WHERE guest = $2 \
             UNION ALL SELECT email, 1, 0 FROM acquaintance WHERE guest = $2 AND hotel = $1 AND email <> '') \
             AS known ORDER BY place, at DESC LIMIT 1",
        )
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(email)
    }

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
        self.work(move |db| {
            let (attempts, link) = (attempts.clone(), link.clone());
            Box::pin(async move {
                for one in &attempts {
                    let is_there = note(db, one).await?;
                    let Lane::Webhook(webhook) = lane else { continue };
                    match one.then {
                        _ if !is_there => {}
                        Then::Sent => has_taken(db, webhook, one.at).await?,
                        Then::Again(_) | Then::Failed => has_failed(db, webhook, one, &link).await?,
                    }
                }
                Ok(((), Vec::new()))
            })
        })
        .await
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

/// Pushes that may wait for one webhook.
const WAITING: i64 = 10_000;

/// As a stored call's status.
const ACCEPTED: u16 = 202;

/// Stores it, unless the same call has stored it before.
async fn keep(db: &mut SqliteConnection, missed: &Missed) -> Result<Kept> {
    if let Some(call) = &missed.call {
        match answered(db, missed.hotel, call).await? {
            Before::Never => {}
            Before::Answered(_) => return Ok(Kept::Stored),
            Before::Other => return Ok(Kept::Other),
        }
    }
    let guest = match missed.guest {
        Some(guest) => Some(current(db, guest).await?.0),
        None => None,
    };
    match &missed.way {
        Fallback::Email(email) => {
            put_email(db, missed.hotel, missed.id, "push", guest, email, missed.at).await?;
        }
        Fallback::Webhook(body) => {
            let webhook: Option<Uuid> = sqlx::query_scalar(
                "SELECT id FROM webhook WHERE hotel = $1 AND off_at IS NULL AND topics & $2 <> 0 \
                 ORDER BY made_at LIMIT 1",
            )
            .bind(missed.hotel.0)
            .bind([Topic::Push].into_iter().collect::<Topics>().0)
            .fetch_optional(&mut *db)
            .await?;
            let Some(webhook) = webhook else { return Ok(Kept::NoWay) };
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE webhook = $1 \
                 AND state IN ('waiting', 'queued') LIMIT $2) AS waiting",
            )
            .bind(webhook)
            .bind(WAITING)
            .fetch_one(&mut *db)
            .await?;
            if waiting == WAITING {
                return Ok(Kept::TooMany);
            }
            sqlx::query(
                "INSERT INTO delivery (id, hotel, webhook, event, guest, body, state, since, due) \
                 VALUES ($1, $2, $3, 'push', $4, $5, 'waiting', $6, $6)",
            )
            .bind(missed.id)
            .bind(missed.hotel.0)
            .bind(webhook)
            .bind(guest)
            .bind(body)
            .bind(missed.at.0)
            .execute(&mut *db)
            .await?;
        }
    }
    if let Some(call) = &missed.call {
        put_answer(db, missed.hotel, call, ACCEPTED, missed.at).await?;
    }
    Ok(Kept::Stored)
}

async fn answered(db: &mut SqliteConnection, hotel: HotelId, call: &PushCall) -> Result<Before> {
    let before: Option<(Vec<u8>, String)> =
        sqlx::query_as("SELECT request, answer FROM api_call WHERE hotel = $1 AND key = $2")
            .bind(hotel.0)
            .bind(&call.key)
            .fetch_optional(db)
            .await?;
    Ok(match before {
        None => Before::Never,
        Some((request, _)) if request != call.request => Before::Other,
        Some((_, answer)) => Before::Answered(answer.parse().map_err(|_| nonsense(answer))?),
    })
}

async fn put_answer(
    db: &mut SqliteConnection,
    hotel: HotelId,
    call: &PushCall,
    status: u16,
    at: Millis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_call (hotel, key, request, answer, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (hotel, key) DO NOTHING",
    )
    .bind(hotel.0)
    .bind(&call.key)
    .bind(call.request.to_vec())
    .bind(status.to_string())
    .bind(at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes the id by which a hotel knows a guest, who may go by another one by now.
pub(super) async fn put_alias(
    db: &mut SqliteConnection,
    hotel: HotelId,
    guest: GuestId,
    now: GuestId,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO guest_alias (hotel, alias, guest) VALUES ($1, $2, $3) \
         ON CONFLICT (hotel, alias) DO UPDATE SET guest = excluded.guest",
    )
    .bind(hotel.0)
    .bind(known_as(guest, hotel).0)
    .bind(now.0)
    .execute(db)
    .await
    .map(drop)
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
