//! What a filter asks of conversations, as SQL.
//!
//! In: a filter and who asks. Out: conditions on the conversation `c`. Never: a condition without the wall
//! around it.

use super::query::Query;
use crate::store::{LogFilter, Result};
use domain::{GuestId, StaffId, Status};
use sqlx::{QueryBuilder, sqlite::SqliteConnection};

/// Conversations up to which a filter is looked at first: for a list; for words, of which each conversation
/// has several.
pub(super) const FEW: i64 = 6_000;
pub(super) const FEW_WITH_WORDS: i64 = 1_500;

/// The conversations of the hotels a person reviews. The `+` keeps the time the way in: by hotel, all of
/// every hotel would have to be sorted before the newest are known.
pub(super) fn push_wall(query: &mut QueryBuilder<sqlx::Sqlite>, viewer: StaffId) {
    query.push(
        " +c.hotel IN (SELECT o.id FROM hotel o JOIN staff s ON s.disabled_at IS NULL WHERE (s.admin OR \
         EXISTS \
         (SELECT 1 FROM membership m WHERE m.staff = s.id AND m.hotel = o.id AND m.role = 'manager')) \
         AND s.id = ",
    );
    query.push_bind(viewer.0).push(") AND c.joined_to IS NULL");
}

/// One thing a filter asks of a conversation.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Agent(StaffId),
    Guest(GuestId),
    /// As the index of names reads it.
    Name(String),
    /// As it may be written: with and without zeros before it.
    Room(Vec<String>),
    Tag(String),
    Rating(i64),
    Status(Status),
}

impl Part {
    pub(super) fn all(filter: &LogFilter) -> Vec<Part> {
        // A name of signs only is nobody's.
        let name = |name: &String| {
            Some(Query::parse_names(name))
                .filter(|q| !q.is_empty())
                .map_or("\"\u{1}\"".to_owned(), |q| q.fts())
        };
        let parts = [
            filter.agent.map(Part::Agent),
            filter.guest.map(Part::Guest),
            filter.guest_name.as_ref().map(name).map(Part::Name),
            filter.room.as_deref().map(written).map(Part::Room),
            filter.tag.clone().map(Part::Tag),
            filter.rating.map(Part::Rating),
            filter.status.map(Part::Status),
        ];
        parts.into_iter().flatten().collect()
    }

    /// The conversations that pass, by their own index: `SELECT … AS id`.
    pub(super) fn push_ids(&self, query: &mut QueryBuilder<sqlx::Sqlite>) {
        match self {
            Part::Agent(agent) => {
                query.push(
                    "SELECT t.conversation AS id FROM review.person s JOIN review.part p ON p.staff = \
                     s.number \
                     JOIN review.talk t ON t.number = p.talk WHERE s.id = ",
                );
                query.push_bind(agent.0)
            }
            Part::Guest(guest) => query.push("SELECT id FROM conversation WHERE guest = ").push_bind(guest.0),
            Part::Name(name) => {
                query.push(
                    "SELECT t.conversation AS id FROM review.name n JOIN review.talk t \
                     ON t.number = n.rowid WHERE n.name MATCH ",
                );
                query.push_bind(name.clone())
            }
            Part::Room(room) => {
                query.push(
                    "SELECT id FROM conversation WHERE stay IN (SELECT id FROM stay WHERE hotel IN (SELECT \
                     id FROM hotel) AND room IN (",
                );
                push_all(query, room);
                query.push(
                    ")) UNION SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND \
                     scanned_room IS NOT NULL AND scanned_room IN (",
                );
                push_all(query, room);
                query.push(")")
            }
            Part::Tag(tag) => {
                query.push(
                    "SELECT conversation AS id FROM conversation_tag WHERE hotel IN (SELECT id \
                    FROM hotel) AND name = ",
                );
                query.push_bind(tag.clone())
            }
            Part::Rating(stars) => {
                query.push(
                    "SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) \
                     AND rating IS NOT NULL AND rating = ",
                );
                query.push_bind(*stars)
            }
            Part::Status(status) => {
                query.push(
                    "SELECT id FROM conversation WHERE hotel IN (SELECT id FROM hotel) AND status <> \
                     'resolved' AND status = ",
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
                    " AND EXISTS (SELECT 1 FROM review.talk k JOIN review.part p ON p.talk = k.number WHERE \
                     k.conversation = c.id \
                     AND p.staff = (SELECT number FROM review.person WHERE id = ",
                );
                query.push_bind(agent.0).push("))")
            }
            Part::Guest(guest) => query.push(" AND c.guest = ").push_bind(guest.0),
            Part::Name(name) => {
                query.push(
                    " AND (SELECT number FROM review.talk k WHERE k.conversation = c.id) IN (SELECT rowid \
                     FROM review.name WHERE name MATCH ",
                );
                query.push_bind(name.clone()).push(")")
            }
            Part::Room(room) => {
                query.push(" AND (c.scanned_room IN (");
                push_all(query, room);
                query.push(") OR EXISTS (SELECT 1 FROM stay r WHERE r.id = c.stay AND r.room IN (");
                push_all(query, room);
                query.push(")))")
            }
            Part::Tag(tag) => {
                query.push(
                    " AND EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation = c.id AND g.name = ",
                );
                query.push_bind(tag.clone()).push(")")
            }
            Part::Rating(stars) => query.push(" AND c.rating = ").push_bind(*stars),
            Part::Status(status) => query.push(" AND c.status = ").push_bind(status.as_str()),
        };
    }

    /// How many pass; one more than `most` stands for many.
    async fn count(&self, most: i64, db: &mut SqliteConnection) -> Result<i64> {
        if matches!(self, Part::Status(Status::Resolved)) {
            return Ok(most + 1);
        }
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM (");
        self.push_ids(&mut query);
        query.push(") LIMIT ").push_bind(most + 1).push(")");
        Ok(query.build_query_scalar().fetch_one(db).await?)
    }
}

/// A room's number as a hotel may write it: `12` is `012` too.
fn written(room: &str) -> Vec<String> {
    let plain = room.trim_start_matches('0');
    if plain.is_empty() || !plain.starts_with(|c: char| c.is_ascii_digit()) {
        return vec![room.to_owned()];
    }
    ["", "0", "00", "000"].map(|zeros| format!("{zeros}{plain}")).into()
}

fn push_all(query: &mut QueryBuilder<sqlx::Sqlite>, texts: &[String]) {
    let mut list = query.separated(", ");
    for text in texts {
        list.push_bind(text.clone());
    }
}

/// The part of a filter that the fewest conversations pass, if they are `most` or fewer.
pub(super) async fn fewest(parts: &[Part], most: i64, db: &mut SqliteConnection) -> Result<Option<Part>> {
    let mut fewest = None;
    for part in parts {
        let count = part.count(most, &mut *db).await?;
        if count <= most && fewest.as_ref().is_none_or(|(least, _)| count < *least) {
            fewest = Some((count, part.clone()));
        }
    }
    Ok(fewest.map(|(_, part)| part))
}

/// The wall, the hotel, and everything else that is asked of the conversation `c`.
pub(super) fn push_checks(
    query: &mut QueryBuilder<sqlx::Sqlite>,
    viewer: StaffId,
    filter: &LogFilter,
    parts: &[Part],
) {
    push_wall(query, viewer);
    if let Some(hotel) = filter.hotel {
        query.push(" AND c.hotel = ").push_bind(hotel.0);
    }
    for part in parts {
        part.push_check(query);
    }
}

/// From where conversations are read: from the few that one part names, or in the order they are shown.
pub(super) fn push_from(query: &mut QueryBuilder<sqlx::Sqlite>, few: Option<&Part>, tables: &'static str) {
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

pub(super) fn push_time(query: &mut QueryBuilder<sqlx::Sqlite>, filter: &LogFilter) {
    if let Some(from) = filter.from {
        query.push(" AND c.opened_at >= ").push_bind(from.0);
    }
    if let Some(until) = filter.until {
        query.push(" AND c.opened_at < ").push_bind(until.0);
    }
}
