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
use app::domain::{Conversation, ConversationId, Entry, GuestId, Millis, StaffId, Status};
use sqlx::{FromRow, QueryBuilder, sqlite::SqliteConnection};
use uuid::Uuid;

/// Conversations up to which a filter is looked at first.
const FEW: i64 = 1_500;

/// The conversations of the hotels a person reviews. The `+` keeps the time the way in: by hotel, all of every hotel would
/// have to be sorted before the newest are known.
pub(super) fn push_wall(query: &mut QueryBuilder<sqlx::Sqlite>, viewer: StaffId) {
    query.push(
        " +c.hotel IN (SELECT o.id FROM hotel o JOIN staff s ON s.disabled_at IS NULL WHERE (s.admin OR EXISTS \
         (SELECT 1 FROM membership m WHERE m.staff = s.id AND m.hotel = o.id AND m.role = 'manager')) AND s.id = ",
    );
    query.push_bind(viewer.0).push(") AND c.joined_to IS NULL");
}

/// One thing a filter asks of a conversation.
#[derive(Clone, Debug)]
enum Part {
    Agent(StaffId),
    Guest(GuestId),
    /// As the index of names reads it.
    Name(String),
    Room(String),
    Tag(String),
    Rating(i64),
    Status(Status),
}

impl Part {
    fn all(filter: &LogFilter) -> Vec<Part> {
        // A name of signs only is nobody's.
        let name = |name: &String| {
            Some(Query::parse_names(name)).filter(|q| !q.is_empty()).map_or("\"\u{1}\"".to_owned(), |q| q.fts())
        };
        let parts = [
            filter.agent.map(Part::Agent),
            filter.guest.map(Part::Guest),
            filter.guest_name.as_ref().map(name).map(Part::Name),
            filter.room.clone().map(Part::Room),
            filter.tag.clone().map(Part::Tag),
            filter.rating.map(Part::Rating),
            filter.status.map(Part::Status),
        ];
        parts.into_iter().flatten().collect()
    }

    /// The conversations that pass, by their own index: `SELECT … AS id`.
    fn push_ids(&self, query: &mut QueryBuilder<sqlx::Sqlite>) {
        match self {
            Part::Agent(agent) => {
                query.push(
                    "SELECT t.conversation AS id FROM review.person s JOIN review.part p ON p.staff = s.number \
                     JOIN review.talk t ON t.number = p.talk WHERE s.id = ",
                );
                query.push_bind(agent.0)
            }
            Part::Guest(guest) => query.push("SELECT id FROM conversation WHERE guest = ").push_bind(guest.0),
            Part::Name(name) => {
                query.push(
                    "SELECT t.conversation AS id FROM review.name n JOIN review.talk t ON t.number = n.rowid WHERE n.name MATCH ",
                );
                query.push_bind(name.clone())
            }
            Part::Room(room) => {
                query.push(
                    "SELECT id FROM conversation WHERE stay IN (SELECT id FROM stay WHERE hotel IN (SELECT id FROM hotel) AND room = ",
                );
                query.push_bind(room.clone());
                query.push(
                    ") UNION SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND scanned_room IS NOT NULL AND scanned_room = ",
                );
                query.push_bind(room.clone())
            }
            Part::Tag(tag) => {
                query.push("SELECT conversation AS id FROM conversation_tag WHERE hotel IN (SELECT id FROM hotel) AND name = ");
                query.push_bind(tag.clone())
            }
            Part::Rating(stars) => {
                query.push(
                    "SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND rating IS NOT NULL AND rating = ",
                );
                query.push_bind(*stars)
            }
            Part::Status(status) => {
                query.push(
                    "SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND status <> 'resolved' AND status = ",
                );
                query.push_bind(status.as_str())
            }
        };
    }

    /// Whether the conversation `c` passes.
    fn push_check(&self, query: &mut QueryBuilder<sqlx::Sqlite>) {
        match self {
            Part::Agent(agent) => {
                query.push(
                    " AND EXISTS (SELECT 1 FROM review.talk k JOIN review.part p ON p.talk = k.number WHERE k.conversation = c.id \
                     AND p.staff = (SELECT number FROM review.person WHERE id = ",
                );
                query.push_bind(agent.0).push("))")
            }
            Part::Guest(guest) => query.push(" AND c.guest = ").push_bind(guest.0),
            Part::Name(name) => {
                query.push(
                    " AND (SELECT number FROM review.talk k WHERE k.conversation = c.id) IN (SELECT rowid FROM review.name WHERE name MATCH ",
                );
                query.push_bind(name.clone()).push(")")
            }
            Part::Room(room) => {
                query.push(" AND (c.scanned_room = ").push_bind(room.clone());
                query
                    .push(" OR EXISTS (SELECT 1 FROM stay r WHERE r.id = c.stay AND r.room = ")
                    .push_bind(room.clone())
                    .push("))")
            }
            Part::Tag(tag) => {
                query.push(" AND EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation = c.id AND g.name = ");
                query.push_bind(tag.clone()).push(")")
            }
            Part::Rating(stars) => query.push(" AND c.rating = ").push_bind(*stars),
            Part::Status(status) => query.push(" AND c.status = ").push_bind(status.as_str()),
        };
    }

    /// How many pass; one more than [`FEW`] stands for many.
    async fn count(&self, db: &mut SqliteConnection) -> Result<i64> {
        if matches!(self, Part::Status(Status::Resolved)) {
            return Ok(FEW + 1);
        }
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM (");
        self.push_ids(&mut query);
        query.push(") LIMIT ").push_bind(FEW + 1).push(")");
        Ok(query.build_query_scalar().fetch_one(db).await?)
    }
}

/// The part of a filter that the fewest conversations pass, if they are few.
async fn fewest(parts: &[Part], db: &mut SqliteConnection) -> Result<Option<Part>> {
    let mut fewest = None;
    for part in parts {
        let count = part.count(&mut *db).await?;
        if count <= FEW && fewest.as_ref().is_none_or(|(least, _)| count < *least) {
            fewest = Some((count, part.clone()));
        }
    }
    Ok(fewest.map(|(_, part)| part))
}

/// The wall, the hotel, and everything else that is asked of the conversation `c`.
fn push_checks(query: &mut QueryBuilder<sqlx::Sqlite>, viewer: StaffId, filter: &LogFilter, parts: &[Part]) {
    push_wall(query, viewer);
    if let Some(hotel) = filter.hotel {
        query.push(" AND c.hotel = ").push_bind(hotel.0);
    }
    for part in parts {
        part.push_check(query);
    }
}

/// From where conversations are read: from the few that one part names, or in the order they are shown.
fn push_from(query: &mut QueryBuilder<sqlx::Sqlite>, few: Option<&Part>, tables: &'static str) {
    match few {
        Some(part) => {
            query.push(" FROM (");
            part.push_ids(query);
            query.push(") few CROSS JOIN ").push(tables).push(" WHERE c.id = few.id AND");
        }
        None => {
            query.push(" FROM ").push(tables).push(" WHERE");
        }
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
        let mut db = self.review.readers.acquire().await?;
        let parts = Part::all(filter);
        let few = fewest(&parts, &mut db).await?;
        let mut query = QueryBuilder::new(concat!("SELECT ", conversation_columns!()));
        push_from(&mut query, few.as_ref(), conversation_tables!());
        push_checks(&mut query, viewer, filter, &parts);
        push_time(&mut query, filter);
        if let Some((at, id)) = after {
            query.push(if forward { " AND (c.opened_at, c.id) > (" } else { " AND (c.opened_at, c.id) < (" });
            query.push_bind(at.0).push(", ").push_bind(id.0).push(")");
        }
        query.push(if forward { " ORDER BY c.opened_at, c.id LIMIT " } else { " ORDER BY c.opened_at DESC, c.id DESC LIMIT " });
        query.push_bind(limit);
        let rows: Vec<ConversationRow> = query.build_query_as().fetch_all(&mut *db).await?;
        rows.into_iter().map(Conversation::try_from).collect()
    }

    pub(super) async fn count_entries(&self, viewer: StaffId, filter: &LogFilter) -> Result<(i64, i64)> {
        let mut db = self.review.readers.acquire().await?;
        let parts = Part::all(filter);
        let few = fewest(&parts, &mut db).await?;
        let mut query = QueryBuilder::new("SELECT count(*), COALESCE(sum(c.last_seq), 0)");
        push_from(&mut query, few.as_ref(), "conversation c");
        push_checks(&mut query, viewer, filter, &parts);
        push_time(&mut query, filter);
        Ok(query.build_query_as().fetch_one(&mut *db).await?)
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
        let parts = Part::all(filter);
        let few = fewest(&parts, &mut db).await?;
        let mut query = QueryBuilder::new(
            "SELECT w.rowid AS key, c.id AS conversation, e.seq, e.kind, e.by_kind, e.by_id, e.by_name, e.body, e.to_id, e.to_name, \
             e.client_id, e.at FROM review.word w CROSS JOIN review.line l ON l.id = w.rowid CROSS JOIN review.talk t ON t.number = l.talk \
             CROSS JOIN conversation c ON c.id = t.conversation CROSS JOIN entry e ON e.conversation = c.id AND e.seq = l.seq \
             WHERE w.word MATCH ",
        );
        // The hotel stands in the index too: nobody goes through the words of hotels they do not review.
        let hotels = hotels(viewer, filter, &mut db).await?;
        if hotels.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Some(Vec::new()));
        }
        let any = |ids: Vec<Uuid>| ids.iter().map(|id| format!("\"{}\"", id.simple())).collect::<Vec<_>>().join(" OR ");
        let hotels = hotels.map(|ids| format!(" AND hotel : ({})", any(ids))).unwrap_or_default();
        query.push_bind(format!("words : ({}){hotels}", wanted.fts()));
        if let Some(before) = before {
            query.push(" AND w.rowid < ").push_bind(before);
        }
        if let Some(from) = filter.from {
            query.push(" AND w.rowid >= ").push_bind(key_at(from));
        }
        if let Some(until) = filter.until {
            query.push(" AND w.rowid < ").push_bind(key_at(until));
        }
        if let Some(few) = &few {
            // The `+` keeps the words the way in: their hits are looked up among the lines of these conversations.
            query.push(" AND +w.rowid IN (SELECT l.id FROM (");
            few.push_ids(&mut query);
            query.push(") f CROSS JOIN review.talk t ON t.conversation = f.id CROSS JOIN review.line l ON l.talk = t.number)");
        }
        query.push(" AND");
        push_checks(&mut query, viewer, filter, &parts);
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

/// The hotels whose words are looked through; `None`: all.
async fn hotels(viewer: StaffId, filter: &LogFilter, db: &mut SqliteConnection) -> Result<Option<Vec<Uuid>>> {
    if let Some(hotel) = filter.hotel {
        return Ok(Some(vec![hotel.0]));
    }
    let admin: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1 AND admin AND disabled_at IS NULL)")
        .bind(viewer.0)
        .fetch_one(&mut *db)
        .await?;
    if admin {
        return Ok(None);
    }
    let led = sqlx::query_scalar("SELECT hotel FROM membership WHERE staff = $1 AND role = 'manager'").bind(viewer.0);
    Ok(Some(led.fetch_all(db).await?))
}

/// The first key of a moment. Moments beyond all time stay there.
fn key_at(at: Millis) -> i64 {
    at.0.clamp(0, i64::MAX >> SHIFT) << SHIFT
}
