//! Guests and their tokens.

use super::super::{Acquaintance, Guests, Result, Vouched};
use super::{
    Sqlite,
    conversation::{select, updates},
    row::{ConversationRow, conversation_columns, conversation_tables, words},
};
use domain::{Conversation, ConversationId, Guest, GuestId, HotelId, Millis};
use sqlx::{FromRow, sqlite::SqliteConnection};
use uuid::Uuid;

/// Who a guest is by now: a request may have begun under an identity that was joined to another before it got
/// here.
pub(super) async fn current(db: &mut SqliteConnection, guest: GuestId) -> sqlx::Result<GuestId> {
    let id = sqlx::query_scalar("SELECT COALESCE(joined_to, id) FROM guest WHERE id = $1")
        .bind(guest.0)
        .fetch_optional(db)
        .await?;
    Ok(id.map_or(guest, GuestId))
}

#[async_trait::async_trait]
impl Guests for Sqlite {
    async fn guest_by_token(&self, hash: &[u8; 32]) -> Result<Option<GuestId>> {
        let id = sqlx::query_scalar("SELECT guest FROM guest_token WHERE hash = $1")
            .bind(hash.as_slice())
            .fetch_optional(&self.readers)
            .await?;
        Ok(id.map(GuestId))
    }

    async fn introduce(
        &self,
        guest: GuestId,
        hotel: HotelId,
        name: Option<String>,
        language: Option<String>,
        at: Millis,
    ) -> Result<()> {
        self.work(move |db| {
            let (name, language) = (name.clone(), language.clone());
            Box::pin(async move {
                let guest = current(db, guest).await?;
                sqlx::query(
                    "INSERT INTO acquaintance (guest, hotel, name, language, seen_at) \
                     VALUES ($1, $2, COALESCE($3, ''), COALESCE($4, ''), $5) \
                     ON CONFLICT (guest, hotel) DO UPDATE SET name = COALESCE($3, acquaintance.name), \
                     language = COALESCE($4, acquaintance.language), \
                     seen_at = max(acquaintance.seen_at, excluded.seen_at)",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&name)
                .bind(&language)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                // The open conversation shows the guest as the hotel knows them now.
                let open = sqlx::query_scalar(
                    "UPDATE conversation SET guest_name = COALESCE($3, guest_name), \
                     guest_language = COALESCE($4, guest_language), rev = rev + 1 \
                     WHERE guest = $1 AND hotel = $2 AND status <> 'resolved' RETURNING id",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&name)
                .bind(&language)
                .fetch_all(&mut *db)
                .await?;
                Ok(((), updates(db, open).await?))
            })
        })
        .await
    }

    async fn add_guest(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("INSERT INTO guest (id, created_at) VALUES ($1, $2)")
                    .bind(guest.0)
                    .bind(at.0)
                    .execute(&mut *db)
                    .await?;
                sqlx::query(
                    "INSERT INTO guest_token (hash, guest, created_at, renewed_at) VALUES ($1, $2, $3, $3)",
                )
                .bind(hash.to_vec())
                .bind(guest.0)
                .bind(at.0)
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn add_token(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO guest_token (hash, guest, created_at, renewed_at) VALUES ($1, $2, $3, $3)",
                )
                .bind(hash.to_vec())
                .bind(guest.0)
                .bind(at.0)
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn is_known_elsewhere(&self, guest: GuestId, hotel: Option<HotelId>) -> Result<bool> {
        let known = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM conversation WHERE guest = $1 AND hotel IS NOT $2) \
             OR EXISTS (SELECT 1 FROM guest_email WHERE guest = $1)",
        )
        .bind(guest.0)
        .bind(hotel.map(|hotel| hotel.0))
        .fetch_one(&self.readers)
        .await?;
        Ok(known)
    }

    async fn renew_token(&self, hash: [u8; 32], due: Millis, at: Millis) -> Result<bool> {
        let is_due: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM guest_token WHERE hash = $1 AND renewed_at < $2)",
        )
        .bind(hash.as_slice())
        .bind(due.0)
        .fetch_one(&self.readers)
        .await?;
        if is_due {
            self.write(move |db| {
                Box::pin(async move {
                    let renew = sqlx::query("UPDATE guest_token SET renewed_at = $2 WHERE hash = $1");
                    renew.bind(hash.to_vec()).bind(at.0).execute(db).await.map(drop)
                })
            })
            .await?;
        }
        Ok(is_due)
    }

    async fn note_seen(&self, guest: GuestId, hotel: HotelId, at: Millis) -> Result<()> {
        let seen: Option<i64> =
            sqlx::query_scalar("SELECT seen_at FROM acquaintance WHERE guest = $1 AND hotel = $2")
                .bind(guest.0)
                .bind(hotel.0)
                .fetch_optional(&self.readers)
                .await?;
        if seen.is_none_or(|seen| at.0 - seen < Millis::DAY) {
            return Ok(());
        }
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE acquaintance SET seen_at = $3 WHERE guest = $1 AND hotel = $2")
                    .bind(guest.0)
                    .bind(hotel.0)
                    .bind(at.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }

    async fn acquaintance(&self, guest: GuestId, hotel: HotelId) -> Result<Acquaintance> {
        let known: Option<(String, String, Option<String>)> = sqlx::query_as(
            "SELECT name, language, scanned_room FROM acquaintance WHERE guest = $1 AND hotel = $2",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(&self.readers)
        .await?;
        let (name, language, scanned_room) = known.unwrap_or_default();
        Ok(Acquaintance { guest: Guest { id: guest, name, language }, scanned_room })
    }

    async fn is_known(&self, guest: GuestId, hotel: HotelId) -> Result<bool> {
        let known = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM conversation WHERE guest = $1 AND hotel = $2) OR EXISTS (SELECT 1 \
             FROM acquaintance \
             WHERE guest = $1 AND hotel = $2 AND (stay IS NOT NULL OR scanned_room IS NOT NULL \
             OR vouched_at IS NOT NULL))",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_one(&self.readers)
        .await?;
        Ok(known)
    }

    async fn guest_of(&self, hotel: HotelId, conversation: ConversationId) -> Result<Option<GuestId>> {
        let guest: Option<Uuid> =
            sqlx::query_scalar("SELECT guest FROM conversation WHERE id = $1 AND hotel = $2")
                .bind(conversation.0)
                .bind(hotel.0)
                .fetch_optional(&self.readers)
                .await?;
        Ok(guest.map(GuestId))
    }

    async fn formerly(&self, guest: GuestId) -> Result<Vec<GuestId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM guest WHERE joined_to = $1")
            .bind(guest.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(GuestId).collect())
    }

    async fn vouched(&self, guest: GuestId, hotel: HotelId) -> Result<Option<Vouched>> {
        let row: Option<(String, String, String, String)> = sqlx::query_as(
            "SELECT vouched_name, subject, email, reservation FROM acquaintance \
             WHERE guest = $1 AND hotel = $2 AND vouched_at IS NOT NULL",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|(name, subject, email, reference)| Vouched {
            name,
            subject,
            email,
            reference,
            language: String::new(),
        }))
    }

    async fn vouched_email(&self, guest: GuestId, hotel: HotelId) -> Result<Option<String>> {
        let email = sqlx::query_scalar(
            "SELECT email FROM acquaintance WHERE guest = $1 AND hotel = $2 AND email <> ''",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(email)
    }

    async fn guest_conversations(
        &self,
        guest: GuestId,
        hotel: HotelId,
        before: Option<ConversationId>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        // The open one is the newest, whenever it was opened: a joined guest brings conversations of their
        // own along.
        let query = match before {
            None => sqlx::query_as(select!(
                "WHERE c.guest = $1 AND c.hotel = $2 AND c.joined_to IS NULL \
                 ORDER BY c.status = 'resolved', c.id DESC LIMIT $3"
            ))
            .bind(guest.0)
            .bind(hotel.0)
            .bind(limit),
            // A made-up `before` finds no row to compare with, and so nothing.
            Some(before) => sqlx::query_as(select!(
                "JOIN conversation b ON b.id = $4 AND b.guest = c.guest AND b.hotel = c.hotel \
                 WHERE c.guest = $1 AND c.hotel = $2 AND c.status = 'resolved' AND c.joined_to IS NULL \
                 AND (b.status <> 'resolved' OR c.id < b.id) \
                 ORDER BY c.id DESC LIMIT $3"
            ))
            .bind(guest.0)
            .bind(hotel.0)
            .bind(limit)
            .bind(before.0),
        };
        let rows: Vec<ConversationRow> = query.fetch_all(&self.readers).await?;
        rows.into_iter().map(Conversation::try_from).collect()
    }

    async fn guest_threads(&self, guest: GuestId) -> Result<Vec<(Conversation, i64)>> {
        let rows: Vec<ThreadRow> = sqlx::query_as(concat!(
            "SELECT ",
            conversation_columns!(),
            ", (SELECT count(*) FROM entry e WHERE e.conversation = c.id AND e.seq > c.guest_read AND e.kind \
             IN ",
            words!(),
            " AND e.by_kind IN ('staff', 'admin')) AS unseen FROM ",
            conversation_tables!(),
            " WHERE c.guest = $1 AND c.joined_to IS NULL AND c.id = (SELECT n.id FROM conversation n WHERE \
             n.guest = $1 \
             AND n.hotel = c.hotel AND n.joined_to IS NULL ORDER BY n.status = 'resolved', n.id DESC \
             LIMIT 1) \
             ORDER BY c.rank DESC LIMIT 200"
        ))
        .bind(guest.0)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| Ok((Conversation::try_from(row.conversation)?, row.unseen))).collect()
    }
}

#[derive(FromRow)]
struct ThreadRow {
    #[sqlx(flatten)]
    conversation: ConversationRow,
    unseen: i64,
}
