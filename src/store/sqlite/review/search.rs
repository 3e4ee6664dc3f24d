//! Finding conversations and lines.
//!
//! Lines are found by their words, newest first, and checked against the filter one by one; that is quick as
//! long as the filter lets some through. A filter that few conversations pass is turned around: those
//! conversations first, then the words among their lines.

use super::{
    drawn::SHIFT,
    filter::{FEW, FEW_WITH_WORDS, Part, fewest, push_checks, push_from, push_time, push_wall},
    query::Query,
};
use crate::store::{
    Facts, Hit, LogFilter, Mark, Result, Reviews, Sort, Stretch,
    sqlite::{
        Sqlite,
        conversation::marks,
        row::{ConversationRow, EntryRow, conversation_columns, conversation_tables, entry_columns},
    },
};
use domain::{Conversation, ConversationId, Entry, HotelId, Millis, StaffId};
use sqlx::{FromRow, QueryBuilder, sqlite::SqliteConnection};
use uuid::Uuid;

#[derive(FromRow)]
struct HitRow {
    key: i64,
    #[sqlx(flatten)]
    entry: EntryRow,
    #[sqlx(flatten)]
    conversation: ConversationRow,
}

#[async_trait::async_trait]
impl Reviews for Sqlite {
    async fn logs(
        &self,
        viewer: StaffId,
        filter: &LogFilter,
        sort: Sort,
        after: Option<(Millis, ConversationId)>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let mut db = self.review.readers.acquire().await?;
        let parts = Part::all(filter);
        let few = fewest(&parts, FEW, &mut db).await?;
        // The page first, then what is shown of it.
        let mut query =
            QueryBuilder::new(concat!("SELECT ", conversation_columns!(), " FROM (SELECT c.id, c.opened_at"));
        push_from(&mut query, few.as_ref(), "conversation c");
        push_checks(&mut query, viewer, filter, &parts);
        push_time(&mut query, filter);
        let (beyond, sorted) = match sort {
            Sort::Newest => (" < (", " ORDER BY c.opened_at DESC, c.id DESC"),
            Sort::Oldest => (" > (", " ORDER BY c.opened_at, c.id"),
        };
        if let Some((at, id)) = after {
            query.push(" AND (c.opened_at, c.id)").push(beyond);
            query.push_bind(at.0).push(", ").push_bind(id.0).push(")");
        }
        query.push(sorted).push(" LIMIT ").push_bind(limit);
        query
            .push(concat!(") page CROSS JOIN ", conversation_tables!(), " WHERE c.id = page.id"))
            .push(sorted);
        let rows: Vec<ConversationRow> = query.build_query_as().fetch_all(&mut *db).await?;
        rows.into_iter().map(Conversation::try_from).collect()
    }

    async fn count(&self, viewer: StaffId, filter: &LogFilter) -> Result<(i64, i64)> {
        let mut db = self.review.readers.acquire().await?;
        let parts = Part::all(filter);
        let few = fewest(&parts, FEW, &mut db).await?;
        let mut query = QueryBuilder::new("SELECT count(*), COALESCE(sum(c.last_seq), 0)");
        push_from(&mut query, few.as_ref(), "conversation c");
        push_checks(&mut query, viewer, filter, &parts);
        push_time(&mut query, filter);
        Ok(query.build_query_as().fetch_one(&mut *db).await?)
    }

    async fn search(
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
        let few = fewest(&parts, FEW_WITH_WORDS, &mut db).await?;
        // The hotel stands in the index too: nobody goes through the words of hotels they do not review.
        let hotels = hotels(viewer, filter, &mut db).await?;
        if hotels.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Some(Vec::new()));
        }
        let any = |ids: Vec<Uuid>| {
            ids.iter().map(|id| format!("\"{}\"", id.simple())).collect::<Vec<_>>().join(" OR ")
        };
        let hotels = hotels.map(|ids| format!(" AND hotel : ({})", any(ids))).unwrap_or_default();
        let mut query = QueryBuilder::new(concat!(
            "SELECT w.rowid AS key, ",
            entry_columns!(),
            ", ",
            conversation_columns!(),
            " FROM review.word w CROSS JOIN review.line l CROSS JOIN review.talk k CROSS JOIN ",
            conversation_tables!(),
            " CROSS JOIN entry e WHERE l.id = w.rowid AND k.number = l.talk AND c.id = k.conversation AND \
             e.conversation = c.id \
             AND e.seq = l.seq AND w.word MATCH "
        ));
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
            // The `+` keeps the words the way in: their hits are looked up among the lines of these
            // conversations.
            query.push(" AND +w.rowid IN (SELECT l.id FROM (");
            few.push_ids(&mut query);
            query.push(
                ") f CROSS JOIN review.talk t ON t.conversation = f.id CROSS JOIN review.line l \
                ON l.talk = t.number)",
            );
        }
        query.push(" AND");
        push_checks(&mut query, viewer, filter, &parts);
        query.push(" ORDER BY w.rowid DESC LIMIT ").push_bind(limit);
        let found: Vec<HitRow> = query.build_query_as().fetch_all(&mut *db).await?;
        let hit = |row: HitRow| {
            let entry = Entry::try_from(row.entry)?;
            let excerpt = wanted.excerpt(&entry.body);
            Ok(Hit { key: row.key, conversation: row.conversation.try_into()?, entry, excerpt })
        };
        found.into_iter().map(hit).collect::<Result<_>>().map(Some)
    }

    async fn marks(&self, viewer: StaffId, conversation: ConversationId) -> Result<Vec<Mark>> {
        let mut db = self.review.readers.acquire().await?;
        let mut query = QueryBuilder::new("SELECT EXISTS (SELECT 1 FROM conversation c WHERE");
        push_wall(&mut query, viewer);
        query.push(" AND c.id = ").push_bind(conversation.0).push(")");
        let theirs: bool = query.build_query_scalar().fetch_one(&mut *db).await?;
        if theirs { marks(conversation, &mut *db).await } else { Ok(Vec::new()) }
    }

    async fn facts(&self, viewer: StaffId, hotel: HotelId, stretches: &[Stretch]) -> Result<Option<Facts>> {
        self.facts_of(viewer, hotel, stretches).await
    }

    fn unread(&self) -> Option<usize> {
        self.review.backlog.count()
    }
}

/// The hotels whose words are looked through; `None`: all.
async fn hotels(viewer: StaffId, filter: &LogFilter, db: &mut SqliteConnection) -> Result<Option<Vec<Uuid>>> {
    if let Some(hotel) = filter.hotel {
        return Ok(Some(vec![hotel.0]));
    }
    let admin: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1 AND admin AND disabled_at IS NULL)",
    )
    .bind(viewer.0)
    .fetch_one(&mut *db)
    .await?;
    if admin {
        return Ok(None);
    }
    let led = sqlx::query_scalar("SELECT hotel FROM membership WHERE staff = $1 AND role = 'manager'")
        .bind(viewer.0);
    Ok(Some(led.fetch_all(db).await?))
}

/// The first key of a moment. Moments beyond all time stay there.
fn key_at(at: Millis) -> i64 {
    at.0.clamp(0, i64::MAX >> SHIFT) << SHIFT
}
