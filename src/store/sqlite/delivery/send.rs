//! What is due, and what came of it.
//!
//! A lane is what goes to one webhook, or all e-mail: one that is slow or down holds up no other.

use super::tell::{put_first, topics};
use crate::store::{
    Attempt, Audit, Due, Lane, Result, Then, Way,
    sqlite::{put_audit, row::to_json},
};
use domain::{Email, HotelId, Millis};
use sqlx::{
    FromRow, QueryBuilder,
    sqlite::{SqliteConnection, SqlitePool},
};
use uuid::Uuid;

/// Deliveries changed or taken away in one transaction: a few milliseconds of the writer.
pub(in crate::store::sqlite) const STEP: i64 = 500;

/// After a webhook was away for less than this, in milliseconds, deliveries that wait are not hurried: one
/// that refuses a single event takes the others, and would be asked about that one at each of them.
const AWAY: i64 = Millis::MINUTE;

#[derive(FromRow)]
struct DueRow {
    number: i64,
    id: Uuid,
    event: String,
    body: String,
    tries: i64,
    since: i64,
    url: Option<String>,
    secret: Option<Vec<u8>>,
}

pub(super) async fn lanes(readers: &SqlitePool, now: Millis) -> Result<(Vec<Lane>, Option<Millis>)> {
    // A look for each webhook; how much waits for it costs nothing.
    let webhooks: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM webhook WHERE off_at IS NULL AND EXISTS (SELECT 1 FROM delivery d \
         WHERE d.webhook = webhook.id AND d.state IN ('waiting', 'queued') AND d.due <= $1)",
    )
    .bind(now.0)
    .fetch_all(readers)
    .await?;
    let hotels: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT hotel FROM delivery WHERE webhook IS NULL AND state IN ('waiting', 'queued') \
             AND due <= $1",
    )
    .bind(now.0)
    .fetch_all(readers)
    .await?;
    let next: Option<i64> = sqlx::query_scalar("SELECT min(due) FROM delivery WHERE due > $1")
        .bind(now.0)
        .fetch_one(readers)
        .await?;
    let lanes = webhooks.into_iter().map(Lane::Webhook);
    let lanes = lanes.chain(hotels.into_iter().map(|hotel| Lane::Email(HotelId(hotel))));
    Ok((lanes.collect(), next.map(Millis)))
}

pub(super) async fn due(readers: &SqlitePool, lane: Lane, now: Millis, limit: i64) -> Result<Vec<Due>> {
    let query = match lane {
        Lane::Webhook(webhook) => sqlx::query_as(
            "SELECT d.number, d.id, d.event, d.body, d.tries, d.since, w.url, w.secret \
             FROM delivery d JOIN webhook w ON w.id = d.webhook \
             WHERE d.webhook = $1 AND d.state IN ('waiting', 'queued') AND d.due <= $2 AND w.off_at IS NULL \
             ORDER BY d.due, d.number LIMIT $3",
        )
        .bind(webhook),
        Lane::Email(hotel) => sqlx::query_as(
            "SELECT number, id, event, body, tries, since, NULL AS url, NULL AS secret FROM delivery \
             WHERE webhook IS NULL AND state IN ('waiting', 'queued') AND hotel = $1 AND due <= $2 \
             ORDER BY due, number LIMIT $3",
        )
        .bind(hotel.0),
    };
    let rows: Vec<DueRow> = query.bind(now.0).bind(limit).fetch_all(readers).await?;
    let due = |row: DueRow| Due {
        number: row.number,
        id: row.id,
        way: match row.url.zip(row.secret) {
            Some((url, secret)) => Way::Webhook { url, secret },
            None => Way::Email,
        },
        event: row.event,
        body: row.body,
        tries: row.tries,
        since: Millis(row.since),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Notes what came of one try; the next of its conversation is due when it has ended. `false`: it is not
/// there any more, or was switched off meanwhile.
pub(super) async fn note(db: &mut SqliteConnection, attempt: &Attempt) -> Result<bool> {
    let (state, due) = match attempt.then {
        Then::Sent => ("sent", None),
        Then::Again(at) => ("waiting", Some(at.0)),
        Then::Failed => ("failed", None),
    };
    let noted: Option<Option<Uuid>> = sqlx::query_scalar(
        "UPDATE delivery SET state = $2, due = $3, tries = tries + 1, answered_at = $4, answer = $5 \
         WHERE number = $1 AND state IN ('waiting', 'sending') RETURNING conversation",
    )
    .bind(attempt.number)
    .bind(state)
    .bind(due)
    .bind(attempt.at.0)
    .bind(&attempt.answer)
    .fetch_optional(&mut *db)
    .await?;
    if let (Some(Some(conversation)), None) = (noted, due) {
        let mut query = QueryBuilder::new("");
        put_first(&mut query, conversation, attempt.at);
        query.build().execute(db).await?;
    }
    Ok(noted.is_some())
}

/// A webhook has taken something; whether it is back after it was away.
pub(super) async fn has_taken(db: &mut SqliteConnection, webhook: Uuid, at: Millis) -> Result<bool> {
    let since: Option<i64> = sqlx::query_scalar("SELECT failing_since FROM webhook WHERE id = $1")
        .bind(webhook)
        .fetch_optional(&mut *db)
        .await?
        .flatten();
    let Some(since) = since else { return Ok(false) };
    sqlx::query("UPDATE webhook SET failing_since = NULL WHERE id = $1 AND off_at IS NULL")
        .bind(webhook)
        .execute(db)
        .await?;
    Ok(at.0 - since >= AWAY)
}

/// Some of what waits for a webhook that is back is due now; whether there may be more.
pub(super) async fn hurry_some(db: &mut SqliteConnection, webhook: Uuid, at: Millis) -> Result<bool> {
    let hurried = sqlx::query(
        "UPDATE delivery SET due = $2 WHERE number IN (SELECT number FROM delivery WHERE webhook = $1 \
         AND state IN ('waiting', 'queued') AND due > $2 LIMIT $3)",
    )
    .bind(webhook)
    .bind(at.0)
    .bind(STEP)
    .execute(db)
    .await?;
    Ok(hurried.rows_affected() == STEP as u64)
}

/// A webhook has not taken something. Switched off, if it has taken nothing since `quiet_since`.
pub(super) async fn has_failed(
    db: &mut SqliteConnection,
    webhook: Uuid,
    attempt: &Attempt,
    link: &str,
) -> Result<()> {
    let at = attempt.at;
    let row: Option<(Uuid, String, i64)> = sqlx::query_as(
        "UPDATE webhook SET failing_since = COALESCE(failing_since, $2) WHERE id = $1 AND off_at IS NULL \
         RETURNING hotel, url, failing_since",
    )
    .bind(webhook)
    .bind(at.0)
    .fetch_optional(&mut *db)
    .await?;
    let Some((hotel, url, since)) = row.filter(|(_, _, since)| *since <= attempt.quiet_since.0) else {
        return Ok(());
    };
    let hotel = HotelId(hotel);
    switch_off(db, hotel, webhook, at).await?;
    let detail = webhook.to_string();
    put_audit(db, Audit { at, what: "webhook_failed", by: None, hotel: Some(hotel), detail }).await?;
    tell_managers(db, hotel, &url, (Millis(since), at), link).await
}

/// Nothing is sent to it from here on. What waits fails in steps ([`fail_some`]), and can be sent again by
/// hand.
pub(in crate::store::sqlite) async fn switch_off(
    db: &mut SqliteConnection,
    hotel: HotelId,
    webhook: Uuid,
    at: Millis,
) -> Result<()> {
    sqlx::query("UPDATE webhook SET off_at = $2 WHERE id = $1")
        .bind(webhook)
        .bind(at.0)
        .execute(&mut *db)
        .await?;
    note_topics(db, hotel).await
}

/// What waits for webhooks that are switched off, in one lane after the other.
pub(super) async fn fail_some(db: &mut SqliteConnection) -> Result<bool> {
    let failed = sqlx::query(
        "UPDATE delivery SET state = 'failed', due = NULL, answer = CASE WHEN answer = '' THEN \
         'The webhook was switched off' ELSE answer END WHERE number IN (SELECT d.number FROM webhook w \
         CROSS JOIN delivery d ON d.webhook = w.id WHERE w.off_at IS NOT NULL \
         AND d.state IN ('waiting', 'queued') LIMIT $1)",
    )
    .bind(STEP)
    .execute(db)
    .await?;
    Ok(failed.rows_affected() == STEP as u64)
}

/// What was being handed to the mail server, in one hotel or in all: nobody knows whether it went out.
pub(super) async fn fail_unknown(
    db: &mut SqliteConnection,
    hotel: Option<HotelId>,
    at: Millis,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE delivery SET state = 'failed', answered_at = $1, answer = \
         'Bellhop stopped while sending this; the e-mail may have been sent' \
         WHERE state = 'sending' AND hotel = COALESCE($2, hotel)",
    )
    .bind(at.0)
    .bind(hotel.map(|hotel| hotel.0))
    .execute(db)
    .await
    .map(drop)
}

/// What the hotel's webhooks ask for together.
pub(in crate::store::sqlite) async fn note_topics(db: &mut SqliteConnection, hotel: HotelId) -> Result<()> {
    let asked: Vec<i64> =
        sqlx::query_scalar("SELECT topics FROM webhook WHERE hotel = $1 AND off_at IS NULL")
            .bind(hotel.0)
            .fetch_all(&mut *db)
            .await?;
    let all = asked.into_iter().fold(0, |all, topics| all | topics);
    if topics(db, hotel).await?.0 != all {
        sqlx::query("UPDATE hotel SET topics = $2 WHERE id = $1").bind(hotel.0).bind(all).execute(db).await?;
    }
    Ok(())
}

async fn tell_managers(
    db: &mut SqliteConnection,
    hotel: HotelId,
    url: &str,
    (since, at): (Millis, Millis),
    link: &str,
) -> Result<()> {
    let (name, slug): (String, String) = sqlx::query_as("SELECT name, slug FROM hotel WHERE id = $1")
        .bind(hotel.0)
        .fetch_one(&mut *db)
        .await?;
    let hours = ((at.0 - since.0) / Millis::HOUR).max(1);
    let managers: Vec<String> = sqlx::query_scalar(
        "SELECT s.email FROM staff s JOIN membership m ON m.staff = s.id WHERE m.hotel = $1 \
         AND m.role = 'manager' AND s.disabled_at IS NULL ORDER BY s.email",
    )
    .bind(hotel.0)
    .fetch_all(&mut *db)
    .await?;
    for to in managers {
        let email = Email {
            to,
            subject: format!("{name}: a webhook was switched off"),
            text: format!(
                "Bellhop has delivered nothing to {url} for {hours} hours and has switched it off.\n\n\
                 What was not delivered is listed here, and can be sent again once the webhook is back \
                 on:\n\n{link}/admin/hotels/{slug}/webhooks\n"
            ),
        };
        put_email(db, hotel, Uuid::now_v7(), "webhook_failed", None, &email, at).await?;
    }
    Ok(())
}

pub(in crate::store::sqlite) async fn put_email(
    db: &mut SqliteConnection,
    hotel: HotelId,
    id: Uuid,
    event: &str,
    guest: Option<Uuid>,
    email: &Email,
    at: Millis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO delivery (id, hotel, event, guest, body, state, since, due) \
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $6)",
    )
    .bind(id)
    .bind(hotel.0)
    .bind(event)
    .bind(guest)
    .bind(to_json(email))
    .bind(at.0)
    .execute(db)
    .await?;
    Ok(())
}
