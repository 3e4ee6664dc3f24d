//! SQLite's part in the storing transaction: the trip that begins and loads, the one that writes and commits,
//! and the few questions between them.

pub(super) mod load;
pub(super) mod write;

use super::{
    conversation::select_conversation,
    row::{StayRow, stay_columns, words},
    writer::Work,
};
use crate::store::{
    Result, Update,
    order::{Group, GuestSnapshot, Open, Order, Question, transaction::Database},
};
use domain::{ConversationId, GuestId, HotelId, Topics};
use sqlx::{FromRow as _, Row as _, sqlite::SqliteConnection};
use uuid::Uuid;

impl Database for SqliteConnection {
    type Work = Work;

    async fn begin(&mut self, orders: &[Order]) -> Result<Group> {
        load::begin(self, orders).await
    }

    async fn open(&mut self, guest: GuestId, hotel: HotelId) -> Result<Option<Open>> {
        let row =
            sqlx::query(select_conversation!("c.status <> 'resolved' AND c.guest = $1 AND c.hotel = $2"))
                .bind(guest.0)
                .bind(hotel.0)
                .fetch_optional(self)
                .await?;
        row.map(|row| load::open(&row)).transpose()
    }

    async fn guest(&mut self, guest: GuestId, hotel: HotelId) -> Result<Option<GuestSnapshot>> {
        let row = sqlx::query(concat!(
            "SELECT COALESCE(a.name, '') AS guest_name, COALESCE(a.language, '') AS guest_language, \
             a.scanned_room, g.joined_to, \
             o.slug, o.topics, \
             (SELECT max(c.id) FROM conversation c WHERE c.guest = $1 AND c.hotel = $2) AS last, ",
            stay_columns!(),
            " FROM guest g JOIN hotel o ON o.id = $2 LEFT JOIN acquaintance a ON a.guest = g.id AND a.hotel \
             = o.id \
             LEFT JOIN stay y ON y.id = a.stay WHERE g.id = $1"
        ))
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(self)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(GuestSnapshot {
            name: row.try_get("guest_name")?,
            language: row.try_get("guest_language")?,
            scanned_room: row.try_get("scanned_room")?,
            joined_to: row.try_get::<Option<Uuid>, _>("joined_to")?.map(GuestId),
            hotel: row.try_get("slug")?,
            topics: Topics(row.try_get("topics")?),
            stay: StayRow::from_row(&row)?.stay()?,
            last: row.try_get::<Option<Uuid>, _>("last")?.map(ConversationId),
        }))
    }

    async fn newest(&mut self, guest: GuestId, hotel: HotelId) -> Result<Option<ConversationId>> {
        let newest: Option<Uuid> = sqlx::query_scalar(
            "SELECT id FROM conversation WHERE guest = $1 AND hotel = $2 AND joined_to IS NULL \
             ORDER BY status = 'resolved', id DESC LIMIT 1",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(self)
        .await?;
        Ok(newest.map(ConversationId))
    }

    async fn ask(&mut self, id: ConversationId, question: Question) -> Result<Option<i64>> {
        let asked = match question {
            Question::GuestWordsAfter(seq) => sqlx::query_scalar(concat!(
                "SELECT count(*) FROM entry WHERE conversation = $1 AND seq > $2 AND kind IN ",
                words!(),
                " AND by_kind = 'guest'",
            ))
            .bind(id.0)
            .bind(seq),
            Question::AnswersBetween(from, to) => sqlx::query_scalar(concat!(
                "SELECT count(*) FROM entry WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND kind IN ",
                words!(),
                " AND by_kind <> 'guest'",
            ))
            .bind(id.0)
            .bind(from)
            .bind(to),
        };
        Ok(asked.fetch_optional(self).await?)
    }

    async fn write(&mut self, group: &Group, commit: bool) -> Result<()> {
        write::write(self, group, commit).await
    }

    async fn work(&mut self, work: &Work) -> Result<Vec<Update>> {
        work(self).await
    }

    async fn commit(&mut self) -> Result<()> {
        sqlx::query("COMMIT").execute(self).await?;
        Ok(())
    }

    async fn roll_back(&mut self) {
        if let Err(e) = sqlx::query("ROLLBACK").execute(self).await {
            // After some errors (a full disk) SQLite has already rolled back by itself.
            tracing::debug!(error = %e, "rollback after a failed group");
        }
    }
}
