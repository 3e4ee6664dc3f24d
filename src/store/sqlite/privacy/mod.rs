//! People's data given out and taken away, in steps small enough to make nobody wait.
//!
//! In: a guest and a hotel, or times. Out: what was taken away. Never: what another hotel knows (rule H8), or
//! a line of the audit trail.

mod remove;

use super::{
    Sqlite,
    conversation::{ALL, entries, marks, select},
    row::*,
    writer::Job,
};
use crate::store::{Gone, Holdings, Privacy, Result, StoreError, known_as};
use domain::WouldGo;
use domain::{Conversation, GuestId, HotelId, Millis};
use remove::{forget_guest, remove_conversations, remove_guest, remove_stay, remove_stay_unless_shared};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// How often the log is tried to be emptied while others read in it.
const TRIES: usize = 25;

#[async_trait::async_trait]
impl Privacy for Sqlite {
    async fn holdings(&self, hotel: HotelId, guest: GuestId) -> Result<Option<Holdings>> {
        let counts: (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), COALESCE(sum(c.status <> 'resolved'), 0), COALESCE(sum(c.last_seq), 0), \
             COALESCE(sum((SELECT count(*) \
             FROM entry e WHERE e.conversation = c.id AND e.kind = 'note')), 0) FROM conversation c \
             WHERE c.hotel = $1 AND c.guest = $2 AND c.joined_to IS NULL",
        )
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_one(&self.readers)
        .await?;
        let name: Option<String> = sqlx::query_scalar(
            "SELECT COALESCE(NULLIF(a.name, ''), y.name, '') FROM acquaintance a LEFT JOIN stay y ON y.id = \
             a.stay \
             WHERE a.hotel = $1 AND a.guest = $2",
        )
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_optional(&self.readers)
        .await?;
        if counts.0 == 0 && name.is_none() {
            return Ok(None);
        }
        let stays = self.stays_of(hotel, guest).await?.len() as i64;
        let (conversations, open, entries, notes) = counts;
        let name = name.unwrap_or_default();
        Ok(Some(Holdings { name, conversations, open, entries, notes, stays }))
    }

    async fn guest_data(&self, hotel: HotelId, guest: GuestId) -> Result<Option<Value>> {
        if self.holdings(hotel, guest).await?.is_none() {
            return Ok(None);
        }
        let known: Option<(String, String, String, String, String, Option<String>)> = sqlx::query_as(
            "SELECT name, language, email, subject, reservation, scanned_room FROM acquaintance \
             WHERE hotel = $1 AND guest = $2",
        )
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_optional(&self.readers)
        .await?;
        let rows: Vec<ConversationRow> = sqlx::query_as(select!(
            "WHERE c.hotel = $1 AND c.guest = $2 AND c.joined_to IS NULL ORDER BY c.id"
        ))
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_all(&self.readers)
        .await?;
        let mut conversations = Vec::with_capacity(rows.len());
        for row in rows {
            let conversation = Conversation::try_from(row)?;
            let entries = entries(conversation.id, 0, ALL, &self.readers).await?;
            let read = marks(conversation.id, &self.readers).await?;
            conversations.push(json!({ "conversation": conversation, "entries": entries, "read": read }));
        }
        let mut stays = Vec::new();
        for id in self.stays_of(hotel, guest).await? {
            let said: Vec<(String, String, i64)> = sqlx::query_as(
                "SELECT source, change, at FROM stay_event WHERE stay = $1 ORDER BY version, id",
            )
            .bind(id)
            .fetch_all(&self.readers)
            .await?;
            let said = said.into_iter().map(|(source, change, at)| {
                let change: Value = serde_json::from_str(&change).unwrap_or_default();
                json!({ "said_by": source, "change": change, "at": at })
            });
            stays.push(json!({ "stay": id, "events": said.collect::<Vec<_>>() }));
        }
        let known = known.map(|(name, language, email, subject, reservation, room)| {
            json!({ "name": name, "language": language, "vouched_email": email, "vouched_sub": subject,
                    "vouched_reservation": reservation, "scanned_room": room })
        });
        Ok(Some(json!({
            "guest": known_as(guest, hotel),
            "hotel": hotel,
            "known": known,
            "stays": stays,
            "conversations": conversations,
        })))
    }

    async fn erase_some(&self, hotel: HotelId, guest: GuestId) -> Result<Gone> {
        let (gone, conversations) = self
            .work(move |db| {
                Box::pin(async move {
                    let open: bool = sqlx::query_scalar(
                        "SELECT EXISTS (SELECT 1 FROM conversation WHERE hotel = $1 AND guest = $2 \
                         AND status <> 'resolved')",
                    )
                    .bind(hotel.0)
                    .bind(guest.0)
                    .fetch_one(&mut *db)
                    .await?;
                    if open {
                        return Ok(((Gone { open, ..Gone::default() }, Vec::new()), Vec::new()));
                    }
                    let ids: Vec<Uuid> = sqlx::query_scalar(
                        "SELECT id FROM conversation WHERE hotel = $1 AND guest = $2 ORDER BY joined_to IS \
                         NULL, id LIMIT 50",
                    )
                    .bind(hotel.0)
                    .bind(guest.0)
                    .fetch_all(&mut *db)
                    .await?;
                    let (mut gone, removed, stays) = remove_conversations(db, &ids).await?;
                    for stay in stays {
                        gone.stays += remove_stay_unless_shared(db, guest, stay).await?;
                    }
                    if ids.is_empty() {
                        gone += forget_guest(db, hotel, guest).await?;
                    }
                    gone.more = !ids.is_empty();
                    Ok(((gone, removed), Vec::new()))
                })
            })
            .await?;
        self.backlog.add(conversations);
        Ok(gone)
    }

    async fn expire_conversations(&self, hotel: HotelId, before: Millis) -> Result<Gone> {
        let (gone, conversations) = self
            .work(move |db| {
                Box::pin(async move {
                    let ids: Vec<Uuid> = sqlx::query_scalar(
                        "SELECT id FROM conversation WHERE hotel = $1 AND status = 'resolved' AND \
                         resolved_at < $2 AND last_at < $2 \
                         ORDER BY resolved_at LIMIT 50",
                    )
                    .bind(hotel.0)
                    .bind(before.0)
                    .fetch_all(&mut *db)
                    .await?;
                    // Their stays have a time of their own.
                    let (mut gone, removed, _) = remove_conversations(db, &ids).await?;
                    gone.more = !ids.is_empty();
                    Ok(((gone, removed), Vec::new()))
                })
            })
            .await?;
        self.backlog.add(conversations);
        Ok(gone)
    }

    async fn expire_guests(&self, hotel: HotelId, before: Millis) -> Result<Gone> {
        self.work(move |db| {
            Box::pin(async move {
                let guests: Vec<Uuid> = sqlx::query_scalar(
                    "SELECT a.guest FROM acquaintance a JOIN guest g ON g.id = a.guest WHERE a.hotel = $1 \
                     AND max(g.created_at, a.seen_at) < $2 \
                     AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.guest = a.guest AND c.hotel = \
                     a.hotel) \
                     AND NOT EXISTS (SELECT 1 FROM stay y WHERE y.id = a.stay AND (y.departure IS NULL OR \
                     y.departure >= $3)) LIMIT 50",
                )
                .bind(hotel.0)
                .bind(before.0)
                .bind(domain::Day::of(before).to_string())
                .fetch_all(&mut *db)
                .await?;
                let mut gone = Gone::default();
                for guest in &guests {
                    gone += forget_guest(db, hotel, GuestId(*guest)).await?;
                }
                let stays: Vec<Uuid> = sqlx::query_scalar(
                    "SELECT y.id FROM stay y WHERE y.hotel = $1 AND y.departure < $2 \
                     AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.stay = y.id) LIMIT 50",
                )
                .bind(hotel.0)
                .bind(domain::Day::of(before).to_string())
                .fetch_all(&mut *db)
                .await?;
                for stay in &stays {
                    remove_stay(db, *stay).await?;
                }
                gone.stays += stays.len() as i64;
                gone.more = !guests.is_empty() || !stays.is_empty();
                Ok((gone, Vec::new()))
            })
        })
        .await
    }

    async fn forget_visitors(&self, before: Millis) -> Result<Gone> {
        const SOME: usize = 200;
        const VISITORS: &str = "FROM guest g WHERE g.created_at < $1 AND g.joined_to IS NULL \
             AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.guest = g.id) \
             AND NOT EXISTS (SELECT 1 FROM guest_email e WHERE e.guest = g.id) \
             AND NOT EXISTS (SELECT 1 FROM guest o WHERE o.joined_to = g.id) \
             AND NOT EXISTS (SELECT 1 FROM acquaintance a WHERE a.guest = g.id AND (a.seen_at >= $1 OR \
             a.name <> '' OR a.email <> '' \
             OR a.stay IS NOT NULL OR a.scanned_room IS NOT NULL))";
        // Looked for beside the writer: it is a walk over all guests.
        let found: Vec<Uuid> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT g.id {VISITORS} LIMIT {SOME}")))
                .bind(before.0)
                .fetch_all(&self.readers)
                .await?;
        let more = found.len() == SOME;
        self.work(move |db| {
            let found = found.clone();
            Box::pin(async move {
                let mut gone = Gone { more, ..Gone::default() };
                for guest in found {
                    // They may have written in the meantime.
                    let still: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                        "SELECT EXISTS (SELECT 1 {VISITORS} AND g.id = $2)"
                    )))
                    .bind(before.0)
                    .bind(guest)
                    .fetch_one(&mut *db)
                    .await?;
                    if still {
                        sqlx::query("DELETE FROM acquaintance WHERE guest = $1")
                            .bind(guest)
                            .execute(&mut *db)
                            .await?;
                        remove_guest(db, guest).await?;
                        gone.guests += 1;
                    }
                }
                Ok((gone, Vec::new()))
            })
        })
        .await
    }

    async fn leave_no_trace(&self) -> Result<()> {
        for _ in 0..TRIES {
            let (done, emptied) = tokio::sync::oneshot::channel();
            self.jobs.send(Job::EmptyLog(done)).await.map_err(|_| StoreError::Stopped)?;
            if emptied.await.map_err(|_| StoreError::Stopped)? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tracing::warn!(
            "somebody reads for long; what was erased stays in the write-ahead log until it begins anew"
        );
        Ok(())
    }

    async fn would_expire(
        &self,
        hotel: HotelId,
        conversations: Option<Millis>,
        guests: Option<Millis>,
    ) -> Result<WouldGo> {
        let counted: (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM conversation WHERE hotel = $1 AND status = 'resolved' AND \
             resolved_at < $2 AND last_at < $2 \
             AND joined_to IS NULL), \
             (SELECT count(*) FROM acquaintance a JOIN guest g ON g.id = a.guest WHERE a.hotel = $1 AND \
             max(g.created_at, a.seen_at) < $3 \
             AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.guest = a.guest AND c.hotel = a.hotel \
             AND NOT (c.status = 'resolved' AND c.resolved_at < COALESCE($2, 0) AND c.last_at < COALESCE($2, \
             0))) \
             AND NOT EXISTS (SELECT 1 FROM stay y WHERE y.id = a.stay AND (y.departure IS NULL OR \
             y.departure >= $4))), \
             (SELECT count(*) FROM stay y WHERE y.hotel = $1 AND y.departure < $4 \
             AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.stay = y.id \
             AND NOT (c.status = 'resolved' AND c.resolved_at < COALESCE($2, 0) \
             AND c.last_at < COALESCE($2, 0))))",
        )
        .bind(hotel.0)
        .bind(conversations.map(|at| at.0))
        .bind(guests.map(|at| at.0))
        .bind(guests.map(|at| domain::Day::of(at).to_string()))
        .fetch_one(&self.readers)
        .await?;
        let (conversations, guests, stays) = counted;
        Ok(WouldGo { conversations, guests, stays })
    }
}

impl Sqlite {
    /// The stays a hotel has said are this guest's.
    async fn stays_of(&self, hotel: HotelId, guest: GuestId) -> Result<Vec<Uuid>> {
        let ids = sqlx::query_scalar(
            "SELECT stay FROM acquaintance WHERE hotel = $1 AND guest = $2 AND stay IS NOT NULL \
             UNION SELECT stay FROM conversation WHERE hotel = $1 AND guest = $2 AND stay IS NOT NULL",
        )
        .bind(hotel.0)
        .bind(guest.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids)
    }
}
