//! Finding conversations and lines.
//!
//! Lines are found by their words, newest first, and checked against the filter one by one; that is quick as long as the
//! filter lets some through. A filter that few conversations pass is turned around: those conversations first, then the
//! words among their lines.

use super::{follow::SHIFT, query::Query};
use crate::store::{
    Hit, LogFilter, Result,
    sqlite::{
        Sqlite,
        row::{ConversationRow, EntryRow, conversation_columns, conversation_tables},
    },
};
use app::domain::{Conversation, ConversationId, Entry, Millis, StaffId};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// Conversations up to which a filter is looked at first.
const FEW: i64 = 3_000;

/// The conversations of the hotels a person reviews.
pub(super) fn push_wall(query: &mut QueryBuilder<sqlx::Sqlite>, viewer: StaffId) {
    query.push(
        " c.hotel IN (SELECT o.id FROM hotel o JOIN staff s ON s.disabled_at IS NULL WHERE (s.admin OR EXISTS \
         (SELECT 1 FROM membership m WHERE m.staff = s.id AND m.hotel = o.id AND m.role = 'manager')) AND s.id = ",
    );
    query.push_bind(viewer.0).push(") AND c.joined_to IS NULL");
}

/// What is asked of a conversation, but for its time.
fn push_filter(query: &mut QueryBuilder<sqlx::Sqlite>, filter: &LogFilter) {
    if let Some(hotel) = filter.hotel {
        query.push(" AND c.hotel = ").push_bind(hotel.0);
    }
    if let Some(agent) = filter.agent {
        query.push(
            " AND c.id IN (SELECT t.conversation FROM review.person s JOIN review.part p ON p.staff = s.number \
             JOIN review.talk t ON t.number = p.talk WHERE s.id = ",
        );
        query.push_bind(agent.0).push(")");
    }
    if let Some(guest) = filter.guest {
        query.push(" AND c.guest = ").push_bind(guest.0);
    }
    if let Some(name) = &filter.guest_name {
        // A name of signs only is nobody's.
        let name = Some(Query::parse_names(name)).filter(|q| !q.is_empty()).map_or("\"\u{1}\"".to_owned(), |q| q.fts());
        query.push(" AND c.id IN (SELECT t.conversation FROM review.name n JOIN review.talk t ON t.number = n.rowid WHERE n.name MATCH ");
        query.push_bind(name).push(")");
    }
    if let Some(room) = &filter.room {
        query.push(" AND c.id IN (SELECT id FROM conversation WHERE stay IN (SELECT id FROM stay WHERE hotel IN (SELECT id FROM hotel) AND room = ");
        query.push_bind(room.clone());
        query.push(") UNION SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND scanned_room = ");
        query.push_bind(room.clone()).push(")");
    }
    if let Some(tag) = &filter.tag {
        query.push(" AND c.id IN (SELECT conversation FROM conversation_tag WHERE hotel IN (SELECT id FROM hotel) AND name = ");
        query.push_bind(tag.clone()).push(")");
    }
    if let Some(status) = filter.status {
        query.push(" AND c.status = ").push_bind(status.as_str());
    }
    if let Some(rating) = filter.rating {
        query.push(" AND c.rating = ").push_bind(rating);
    }
}

fn push_time(query: &mut QueryBuilder<sqlx::Sqlite>, filter: &LogFilter) {
    if let Some(from) = filter.from {
        query.push(" AND c.opened_at >= ").push_bind(from.0);
    }
    if let Some(until) = filter.until {
        query.push(" AND c.opened_at < ").push_bind(until.0);
    }
}

#[derive(FromRow)]
struct HitRow {
    key: i64,
    #[sqlx(flatten)]
    entry: EntryRow,
}

impl Sqlite {
    pub(super) async fn find_conversations(
        &self,
        viewer: StaffId,
        filter: &LogFilter,
        after: Option<(Millis, ConversationId)>,
        forward: bool,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let mut query =
            QueryBuilder::new(concat!("SELECT ", conversation_columns!(), " FROM ", conversation_tables!(), " WHERE"));
        push_wall(&mut query, viewer);
        push_filter(&mut query, filter);
        push_time(&mut query, filter);
        if let Some((at, id)) = after {
            query.push(if forward { " AND (c.opened_at, c.id) > (" } else { " AND (c.opened_at, c.id) < (" });
            query.push_bind(at.0).push(", ").push_bind(id.0).push(")");
        }
        query.push(if forward { " ORDER BY c.opened_at, c.id LIMIT " } else { " ORDER BY c.opened_at DESC, c.id DESC LIMIT " });
        query.push_bind(limit);
        let rows: Vec<ConversationRow> = query.build_query_as().fetch_all(&self.review.readers).await?;
        rows.into_iter().map(Conversation::try_from).collect()
    }

    pub(super) async fn count_entries(&self, viewer: StaffId, filter: &LogFilter) -> Result<(i64, i64)> {
        let mut query = QueryBuilder::new("SELECT count(*), COALESCE(sum(c.last_seq), 0) FROM conversation c WHERE");
        push_wall(&mut query, viewer);
        push_filter(&mut query, filter);
        push_time(&mut query, filter);
        Ok(query.build_query_as().fetch_one(&self.review.readers).await?)
    }

    pub(super) async fn find_lines(
        &self,
        viewer: StaffId,
        words: &str,
        filter: &LogFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Option<Vec<Hit>>> {
        let wanted = Query::parse(words);
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut db = self.review.readers.acquire().await?;
        let few = match filter.is_deep() {
            true => {
                let mut query =
                    QueryBuilder::new("SELECT t.number FROM conversation c JOIN review.talk t ON t.conversation = c.id WHERE");
                push_wall(&mut query, viewer);
                push_filter(&mut query, filter);
                query.push(" LIMIT ").push_bind(FEW + 1);
                let talks: Vec<i64> = query.build_query_scalar().fetch_all(&mut *db).await?;
                Some(talks).filter(|talks| talks.len() as i64 <= FEW)
            }
            false => None,
        };
        if few.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Some(Vec::new()));
        }
        let mut query = QueryBuilder::new(
            "SELECT w.rowid AS key, c.id AS conversation, e.seq, e.kind, e.by_kind, e.by_id, e.by_name, e.body, e.to_id, e.to_name, \
             e.client_id, e.at FROM review.word w CROSS JOIN review.line l ON l.id = w.rowid CROSS JOIN review.talk t ON t.number = l.talk \
             CROSS JOIN conversation c ON c.id = t.conversation CROSS JOIN entry e ON e.conversation = c.id AND e.seq = l.seq \
             WHERE w.word MATCH ",
        );
        // The hotel stands in the index too, so that a hotel with little talk need not go through everybody's.
        let hotel = filter.hotel.map(|h| format!(" AND hotel : \"{}\"", h.0.simple())).unwrap_or_default();
        query.push_bind(format!("words : ({}){hotel}", wanted.fts()));
        if let Some(before) = before {
            query.push(" AND w.rowid < ").push_bind(before);
        }
        if let Some(from) = filter.from {
            query.push(" AND w.rowid >= ").push_bind(key_at(from));
        }
        if let Some(until) = filter.until {
            query.push(" AND w.rowid < ").push_bind(key_at(until));
        }
        if let Some(few) = few {
            query.push(" AND +w.rowid IN (SELECT id FROM review.line WHERE talk IN (SELECT value FROM json_each(");
            query.push_bind(serde_json::json!(few).to_string()).push(")))");
        }
        query.push(" AND");
        push_wall(&mut query, viewer);
        push_filter(&mut query, filter);
        query.push(" ORDER BY w.rowid DESC LIMIT ").push_bind(limit);
        let found = query.build().fetch_all(&mut *db).await?;
        let mut hits = Vec::with_capacity(found.len());
        for row in &found {
            let id: Uuid = sqlx::Row::try_get(row, "conversation")?;
            let HitRow { key, entry } = HitRow::from_row(row)?;
            let entry = Entry::try_from(entry)?;
            let conversation: ConversationRow = sqlx::query_as(concat!(
                "SELECT ",
                conversation_columns!(),
                " FROM ",
                conversation_tables!(),
                " WHERE c.id = $1"
            ))
            .bind(id)
            .fetch_one(&mut *db)
            .await?;
            let excerpt = wanted.excerpt(&entry.body);
            hits.push(Hit { key, conversation: Conversation::try_from(conversation)?, entry, excerpt });
        }
        Ok(Some(hits))
    }
}

/// The first key of a moment. Moments beyond all time stay there.
fn key_at(at: Millis) -> i64 {
    at.0.clamp(0, i64::MAX >> SHIFT) << SHIFT
}
