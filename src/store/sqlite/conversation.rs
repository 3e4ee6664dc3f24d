//! Conversations: orders go to the writer, questions to the readers. Every question carries its wall (rule
//! H8).

use super::super::{
    Conversations, Mark, Order, Promise, Queue, Result, StoreError, Update, Viewer, order::rank,
};
use super::row::{ConversationRow, EntryRow, entry_columns, words};
use super::{Sqlite, writer::Job};
use domain::{Conversation, ConversationId, Entry, Epoch, HotelId, Millis, Seq, StaffId};
use sqlx::sqlite::{SqliteConnection, SqliteExecutor};
use tokio::sync::oneshot;
use uuid::Uuid;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::store::sqlite::row::conversation_columns!(),
            " FROM ",
            $crate::store::sqlite::row::conversation_tables!(),
            " ",
            $rest
        )
    };
}
pub(super) use select;

/// A conversation as the storing transaction loads it, with its hotel's slug; which ones is said by `$which`.
macro_rules! select_conversation {
    ($which:literal) => {
        concat!(
            "SELECT 0 AS what, ",
            $crate::store::sqlite::row::conversation_columns!(),
            ", o.slug, o.topics FROM ",
            $crate::store::sqlite::row::conversation_tables!(),
            " JOIN hotel o ON o.id = c.hotel WHERE ",
            $which
        )
    };
}
pub(super) use select_conversation;

/// Waiting conversations shown at once: more than anybody looks through. The others are counted.
const WAITING: i64 = 200;

/// As a limit: none.
pub(super) const ALL: i64 = -1;

/// The entries of a conversation behind `after`, oldest first.
pub(super) async fn entries(
    conversation: ConversationId,
    after: Seq,
    limit: i64,
    db: impl SqliteExecutor<'_>,
) -> Result<Vec<Entry>> {
    let query = sqlx::query_as(concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entry e WHERE e.conversation = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3"
    ));
    let rows: Vec<EntryRow> = query.bind(conversation.0).bind(after).bind(limit).fetch_all(db).await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// A conversation as it stands, with its hotel's slug, for the bus. Inside the writer's transaction.
pub(super) async fn update(
    db: &mut SqliteConnection,
    id: ConversationId,
    entries: Vec<Entry>,
    thread_changed: bool,
) -> Result<Update> {
    let row: ConversationRow =
        sqlx::query_as(select!("WHERE c.id = $1")).bind(id.0).fetch_one(&mut *db).await?;
    let conversation = Conversation::try_from(row)?;
    let hotel = sqlx::query_scalar("SELECT slug FROM hotel WHERE id = $1")
        .bind(conversation.hotel.0)
        .fetch_one(db)
        .await?;
    Ok(Update { conversation, hotel, entries, thread_changed, told: false })
}

/// Conversations of which something other than their thread has changed, for the bus. Inside the writer's
/// transaction.
pub(super) async fn updates(db: &mut SqliteConnection, conversations: Vec<Uuid>) -> Result<Vec<Update>> {
    let mut all = Vec::with_capacity(conversations.len());
    for id in conversations {
        all.push(update(db, ConversationId(id), Vec::new(), false).await?);
    }
    Ok(all)
}

/// A conversation behind its wall: of the viewer's own, or of a hotel the viewer belongs to.
pub(super) async fn seen_by(
    viewer: Viewer,
    id: ConversationId,
    db: impl SqliteExecutor<'_>,
) -> Result<Option<Conversation>> {
    let query = match viewer {
        Viewer::Guest(guest) => {
            sqlx::query_as(select!("WHERE c.id = $1 AND c.guest = $2")).bind(id.0).bind(guest.0)
        }
        Viewer::Staff(staff) => sqlx::query_as(select!(
            "WHERE c.id = $1 AND (EXISTS (SELECT 1 FROM membership m JOIN staff s ON s.id = m.staff \
             WHERE m.staff = $2 AND m.hotel = c.hotel AND s.disabled_at IS NULL) \
             OR EXISTS (SELECT 1 FROM staff s WHERE s.id = $2 AND s.admin AND s.disabled_at IS NULL))"
        ))
        .bind(id.0)
        .bind(staff.0),
    };
    let row: Option<ConversationRow> = query.fetch_optional(db).await?;
    row.map(Conversation::try_from).transpose()
}

#[async_trait::async_trait]
impl Conversations for Sqlite {
    async fn submit(&self, order: Order) -> Result<Promise> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Order(order, reply)).await.map_err(|_| StoreError::Stopped)?;
        Ok(Box::pin(async move { answer.await.map_err(|_| StoreError::Stopped)? }))
    }

    async fn conversation(&self, viewer: Viewer, id: ConversationId) -> Result<Option<Conversation>> {
        seen_by(viewer, id, &self.readers).await
    }

    async fn timeline(
        &self,
        viewer: Viewer,
        id: ConversationId,
        after: Seq,
        limit: i64,
    ) -> Result<Option<(Conversation, Vec<Entry>)>> {
        // One transaction: head and entries are of one moment, or a reader's cursor would not fit what they
        // were given.
        let mut moment = self.readers.begin().await?;
        let Some(conversation) = seen_by(viewer, id, &mut *moment).await? else { return Ok(None) };
        let entries = entries(id, after, limit, &mut *moment).await?;
        moment.commit().await?;
        Ok(Some((conversation, entries)))
    }

    async fn queue(&self, viewer: StaffId, hotel: HotelId, since: Millis) -> Result<Option<Queue>> {
        // One transaction: whoever is claimed between two questions would be in neither answer.
        let mut moment = self.readers.begin().await?;
        if !is_of(viewer, hotel, &mut moment).await? {
            return Ok(None);
        }
        let mut rows: Vec<ConversationRow> = sqlx::query_as(select!(
            "WHERE c.hotel = $1 AND c.status = 'held' ORDER BY c.rank DESC LIMIT 2000"
        ))
        .bind(hotel.0)
        .fetch_all(&mut *moment)
        .await?;
        let (named, waiting) = waiting(hotel, None, WAITING, &mut moment).await?;
        let resolved: Vec<ConversationRow> = sqlx::query_as(select!(
            "WHERE c.hotel = $1 AND c.status = 'resolved' AND c.joined_to IS NULL AND c.resolved_at >= $2 \
             ORDER BY c.resolved_rank DESC LIMIT 200"
        ))
        .bind(hotel.0)
        .bind(since.0)
        .fetch_all(&mut *moment)
        .await?;
        moment.commit().await?;
        rows.extend(named);
        rows.extend(resolved);
        Ok(Some(Queue {
            conversations: rows.into_iter().map(Conversation::try_from).collect::<Result<_>>()?,
            waiting,
        }))
    }

    async fn waiting(
        &self,
        viewer: StaffId,
        hotel: HotelId,
        after: ConversationId,
        limit: i64,
    ) -> Result<Option<Queue>> {
        let mut moment = self.readers.begin().await?;
        if !is_of(viewer, hotel, &mut moment).await? {
            return Ok(None);
        }
        let (rows, waiting) = waiting(hotel, Some(after), limit.clamp(0, WAITING), &mut moment).await?;
        moment.commit().await?;
        Ok(Some(Queue {
            conversations: rows.into_iter().map(Conversation::try_from).collect::<Result<_>>()?,
            waiting,
        }))
    }

    async fn held_by(&self, staff: StaffId) -> Result<Vec<(ConversationId, Epoch)>> {
        let rows: Vec<(uuid::Uuid, i64)> =
            sqlx::query_as("SELECT id, epoch FROM conversation WHERE holder = $1")
                .bind(staff.0)
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(|(id, epoch)| (ConversationId(id), epoch)).collect())
    }

    async fn open_lines(&self) -> Result<Vec<(ConversationId, i64)>> {
        let open = "SELECT conversation, sum(CASE kind WHEN 'line_opened' THEN 1 ELSE -1 END) AS missing \
            FROM entry WHERE kind IN ('line_opened', 'line_closed') GROUP BY conversation HAVING missing > 0";
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(open).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(id, missing)| (ConversationId(id), missing)).collect())
    }
}

/// The readings of a conversation, as [`crate::store::Reviews::marks`] has them.
pub(super) async fn marks(conversation: ConversationId, db: impl SqliteExecutor<'_>) -> Result<Vec<Mark>> {
    // A page says how far it was shown; what was read is the other side's last message up to there.
    let rows: Vec<(Uuid, Option<String>, i64, i64)> = sqlx::query_as(concat!(
        "SELECT reader, name, seq, min(at) FROM (SELECT m.reader, s.name, m.at, \
         (SELECT e.seq FROM entry e WHERE e.conversation = m.conversation AND e.seq <= m.seq AND e.kind IN ",
        words!(),
        " AND (e.by_kind = 'guest') = (s.id IS NOT NULL) ORDER BY e.seq DESC LIMIT 1) AS seq \
         FROM read_mark m LEFT JOIN staff s ON s.id = m.reader WHERE m.conversation = $1) \
         WHERE seq IS NOT NULL GROUP BY reader, seq ORDER BY seq, min(at)",
    ))
    .bind(conversation.0)
    .fetch_all(db)
    .await?;
    let mark = |(reader, name, seq, at): (Uuid, Option<String>, i64, i64)| {
        let reader = name.as_ref().map(|_| reader);
        Mark { reader, name, seq, at: Millis(at) }
    };
    Ok(rows.into_iter().map(mark).collect())
}

/// What happens from now on ranks behind all that is shown in an order, though the clock may have been put
/// back since: behind every open conversation, and every resolution.
pub(super) async fn see_ranks(db: &mut SqliteConnection) -> sqlx::Result<()> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT max(rank) FROM (SELECT max(max(rank, ifnull(waiting_rank, 0))) AS rank FROM conversation \
         WHERE status <> 'resolved' UNION ALL SELECT max(resolved_rank) FROM conversation \
         WHERE resolved_rank IS NOT NULL)",
    )
    .fetch_one(db)
    .await?;
    rank::seen(last.unwrap_or_default());
    Ok(())
}

/// Whether somebody works for a hotel, or stands over all.
async fn is_of(viewer: StaffId, hotel: HotelId, db: &mut SqliteConnection) -> Result<bool> {
    let allowed = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM hotel o JOIN staff s ON s.id = $1 AND s.disabled_at IS NULL \
         WHERE o.id = $2 AND (s.admin OR EXISTS (SELECT 1 FROM membership m WHERE m.staff = s.id \
         AND m.hotel = o.id)))",
    )
    .bind(viewer.0)
    .bind(hotel.0)
    .fetch_one(db)
    .await?;
    Ok(allowed)
}

/// Those that wait longest, from behind `after` on, then those whom nobody holds and who have an answer; and
/// how many they are in all. If `after` was claimed meanwhile: from the beginning.
async fn waiting(
    hotel: HotelId,
    after: Option<ConversationId>,
    limit: i64,
    db: &mut SqliteConnection,
) -> Result<(Vec<ConversationRow>, i64)> {
    let rows: Vec<ConversationRow> = sqlx::query_as(select!(
        "JOIN (SELECT ifnull((SELECT ifnull(a.waiting_rank, 9e15) FROM conversation a WHERE a.id = $2 \
         AND a.hotel = $1 AND a.status = 'waiting'), -1) AS rank) f \
         WHERE c.hotel = $1 AND c.status = 'waiting' AND ifnull(c.waiting_rank, 9e15) >= f.rank \
         AND (ifnull(c.waiting_rank, 9e15), c.id) > (f.rank, $2) \
         ORDER BY ifnull(c.waiting_rank, 9e15), c.id LIMIT $3"
    ))
    .bind(hotel.0)
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(limit)
    .fetch_all(&mut *db)
    .await?;
    let waiting =
        sqlx::query_scalar("SELECT count(*) FROM conversation WHERE hotel = $1 AND status = 'waiting'")
            .bind(hotel.0)
            .fetch_one(db)
            .await?;
    Ok((rows, waiting))
}
