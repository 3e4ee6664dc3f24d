//! Pushes: whom they are for, what was answered, and what goes another way.

use super::{
    Sqlite,
    call::{self, Call},
    delivery::put_email,
    guest::current,
};
use crate::store::{Before, Fallback, Kept, Missed, PushCall, Pushes, Result, StoreError, known_as};
use domain::{GuestId, HotelId, Millis, Topic, Topics};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Guests noted under the id their hotel knows them by, in one transaction.
const NOTED: i64 = 100;

#[async_trait::async_trait]
impl Pushes for Sqlite {
    async fn store_missed(&self, missed: Missed) -> Result<Kept> {
        self.work(move |db| {
            let missed = missed.clone();
            Box::pin(async move { Ok((keep(db, &missed).await?, Vec::new())) })
        })
        .await
    }

    async fn answered_before(&self, hotel: HotelId, call: &PushCall) -> Result<Before> {
        answered(&mut *self.readers.acquire().await?, &of_hotel(hotel, call)).await
    }

    async fn note_answer(&self, hotel: HotelId, call: PushCall, status: u16, at: Millis) -> Result<()> {
        self.work(move |db| {
            let call = call.clone();
            Box::pin(async move {
                call::put(db, &of_hotel(hotel, &call), &status.to_string(), None, at).await?;
                Ok(((), Vec::new()))
            })
        })
        .await
    }

    async fn guest_known_as(&self, hotel: HotelId, id: GuestId) -> Result<Option<GuestId>> {
        if let Some(guest) = self.noted(hotel, id).await? {
            return Ok(Some(guest));
        }
        // One caller notes those who are not noted yet; the others wait, and find them noted.
        let _place = self.aliasing.lock().await;
        while self.note_some(hotel).await? {}
        self.noted(hotel, id).await
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
}

impl Sqlite {
    /// The guest of whom it is noted that this hotel knows them by this id, as whom they go by now.
    async fn noted(&self, hotel: HotelId, id: GuestId) -> Result<Option<GuestId>> {
        let guest: Option<Uuid> = sqlx::query_scalar(
            "SELECT g.id FROM guest_alias a JOIN guest g ON g.id = a.guest \
             WHERE a.hotel = $1 AND a.alias = $2",
        )
        .bind(hotel.0)
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(guest.map(GuestId))
    }

    /// Notes some of the hotel's guests; false if all are.
    async fn note_some(&self, hotel: HotelId) -> Result<bool> {
        let guests: Vec<Uuid> =
            sqlx::query_scalar("SELECT guest FROM acquaintance WHERE hotel = $1 AND NOT aliased LIMIT $2")
                .bind(hotel.0)
                .bind(NOTED)
                .fetch_all(&self.readers)
                .await?;
        if guests.is_empty() {
            return Ok(false);
        }
        self.write(move |db| {
            let guests = guests.clone();
            Box::pin(async move {
                for guest in guests {
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
        Ok(true)
    }
}

/// Pushes that may wait for one webhook.
const WAITING: i64 = 10_000;

/// As a stored call's status.
const ACCEPTED: &str = "202";

/// Stores it, unless the same call has stored it before.
async fn keep(db: &mut SqliteConnection, missed: &Missed) -> Result<Kept> {
    if let Some(call) = &missed.call {
        match answered(db, &of_hotel(missed.hotel, call)).await? {
            Before::Never => {}
            Before::Answered(_) => return Ok(Kept::Stored),
            Before::KeyUsed => return Ok(Kept::KeyUsed),
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
        call::put(db, &of_hotel(missed.hotel, call), ACCEPTED, None, missed.at).await?;
    }
    Ok(Kept::Stored)
}

async fn answered(db: &mut SqliteConnection, call: &Call<'_>) -> Result<Before> {
    Ok(match call::before(db, call).await? {
        call::Before::Never => Before::Never,
        call::Before::Other => Before::KeyUsed,
        call::Before::Answered(answer) => {
            Before::Answered(answer.parse().map_err(|_| StoreError::Nonsense(answer))?)
        }
    })
}

/// The call as it is kept.
fn of_hotel(hotel: HotelId, call: &PushCall) -> Call<'_> {
    Call { hotel, key: &call.key, request: &call.request }
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
