//! Reads on in every conversation that has grown, and draws words and times from what it finds.
//!
//! In: the entries after each conversation's cursor. Out: rows of the file beside the database, with the
//! cursors, in one transaction. Never: a write to the database, or all of the processor; the desk goes first.
//!
//! Every statement is a trip to SQLite's thread and back, so a step asks for many conversations at once.

use super::super::backlog::Backlog;
use super::drawn::{Answer, Drawn, Hand, Line, SHIFT, forget};
use crate::words::{others, words};
use domain::{ActorKind, EntryKind, Millis, name_key};
use sqlx::{
    Connection as _, FromRow, QueryBuilder, Row as _, Sqlite,
    sqlite::{SqliteConnection, SqliteRow},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long growth may gather before it is read: a search finds what was said this much earlier.
const GATHER: Duration = Duration::from_millis(200);

/// Conversations and entries read in one transaction. Few while people write: a step is work of a few
/// milliseconds, and whoever writes meanwhile may have to wait for it.
const LIVELY: (usize, i64) = (32, 64);
const QUIET: (usize, i64) = (256, 1_024);

/// While people write, so many times the length of a step is left to them after it; else as long as it took.
const REST: u32 = 6;

/// Runs until the store is closed.
pub(super) async fn run(mut db: SqliteConnection, backlog: Arc<Backlog>) {
    let lag = behind(&mut db).await.unwrap_or_else(|e| {
        tracing::error!(error = %e, "what is to be read for searches could not be found");
        Vec::new()
    });
    backlog.lag(lag); // also when empty: a sweep may be pending
    while !backlog.is_over() {
        backlog.heard().await;
        if !backlog.is_over() {
            tokio::time::sleep(GATHER).await;
        }
        // One that cannot be read must not keep the others from it: fewer and fewer are read at once, until
        // it is alone.
        let mut at_once = usize::MAX;
        while !backlog.is_over() {
            let started = Instant::now();
            let ((conversations, entries), rest) =
                if backlog.is_lively() { (LIVELY, REST) } else { (QUIET, 1) };
            let taken = backlog.take(at_once.min(conversations));
            if taken.is_empty() {
                break;
            }
            match step(&mut db, &taken, entries).await {
                Ok(unread) => {
                    backlog.put_back(unread);
                    at_once = at_once.saturating_mul(2);
                    tokio::time::sleep(started.elapsed().min(GATHER) * rest).await;
                }
                Err(e) => {
                    let _ = sqlx::query("ROLLBACK").execute(&mut db).await;
                    if passes(&e) {
                        tracing::warn!(error = %e, "what is new could not be read for searches; \
                            it is tried again");
                        backlog.put_back(taken);
                    } else if let [alone] = taken[..] {
                        tracing::error!(error = %e, conversation = %alone,
                            "a conversation could not be read for searches");
                        backlog.put_back(Vec::new());
                    } else {
                        tracing::warn!(error = %e,
                            "{} conversations could not be read at once for searches", taken.len());
                        at_once = taken.len() / 2;
                        backlog.put_back(taken);
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        if !backlog.is_over()
            && let Err(e) = sweep(&mut db).await
        {
            tracing::error!(error = %e, "forgotten words could not be swept out of the index");
        }
    }
    if let Err(e) = db.close().await {
        tracing::error!(error = %e, "closing the index failed");
    }
}

/// Whether a fault is of the moment (a full disk, a lock), and not of what was read: SQLite's primary codes
/// BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN and PROTOCOL.
fn passes(e: &sqlx::Error) -> bool {
    let code = e.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i32>().ok());
    matches!(e, sqlx::Error::Io(_)) || code.is_some_and(|code| matches!(code & 0xff, 5..=8 | 10 | 13..=15))
}

/// Conversations whose cursor is not where they end, and those that are gone.
async fn behind(db: &mut SqliteConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "SELECT c.id FROM desk.conversation c LEFT JOIN talk t ON t.conversation = c.id WHERE c.joined_to IS \
         NULL \
         AND (t.number IS NULL OR t.seq <> c.last_seq OR t.rating IS NOT c.rating) \
         UNION ALL SELECT t.conversation FROM talk t WHERE NOT EXISTS (SELECT 1 FROM desk.conversation c \
         WHERE c.id = t.conversation AND c.joined_to IS NULL)",
    )
    .fetch_all(db)
    .await
}

/// What is deleted from the index only loses its row; its words stay until what they lie among is written
/// anew.
async fn sweep(db: &mut SqliteConnection) -> sqlx::Result<()> {
    let unswept: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM unswept)").fetch_one(&mut *db).await?;
    if !unswept {
        return Ok(());
    }
    for statement in [
        "INSERT INTO word (word) VALUES ('optimize')",
        "INSERT INTO name (name) VALUES ('optimize')",
        "DELETE FROM unswept",
    ] {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    // Of this file alone: the desk’s log is not ours to wait for.
    sqlx::query("PRAGMA main.wal_checkpoint(TRUNCATE)").execute(db).await.map(drop)
}

/// A conversation as the database has it, and as far as it was read. Either may be missing.
#[derive(FromRow)]
struct Found {
    id: Uuid,
    hotel: Option<Uuid>,
    opened_at: Option<i64>,
    last_seq: Option<i64>,
    rating: Option<i64>,
    language: Option<String>,
    guest_names: Option<String>,
    number: Option<i64>,
    seq: Option<i64>,
    names: Option<String>,
    resolved_at: Option<i64>,
    resolver: Option<i64>,
    asked_at: Option<i64>,
    answers: Option<i64>,
}

/// A conversation being read.
struct Talk {
    id: Uuid,
    hotel: Uuid,
    opened_at: i64,
    last_seq: i64,
    rating: Option<i64>,
    language: String,
    /// The words of its names now, and those that stand in the index.
    names: String,
    names_before: String,
    number: i64,
    seq: i64,
    /// All there is of it was read.
    ends: bool,
    resolved_at: Option<i64>,
    resolver: Option<i64>,
    asked_at: Option<i64>,
    answers: i64,
}

/// One transaction: at most `most` entries of some conversations. Out: those of which there is more.
async fn step(db: &mut SqliteConnection, conversations: &[Uuid], most: i64) -> sqlx::Result<Vec<Uuid>> {
    // Not IMMEDIATE, which would lock the desk’s database too; the empty write locks this file alone.
    sqlx::query("BEGIN; UPDATE talk SET seq = seq WHERE number = -1").execute(&mut *db).await?;
    let mut talks = find(db, conversations).await?;
    let mut drawn = Drawn::default();
    read_on(db, &mut talks, most, &mut drawn).await?;
    for talk in talks.values().filter(|talk| talk.names != talk.names_before) {
        sqlx::query("DELETE FROM name WHERE rowid = $1").bind(talk.number).execute(&mut *db).await?;
        sqlx::query("INSERT INTO name (rowid, words) VALUES ($1, $2)")
            .bind(talk.number)
            .bind(&talk.names)
            .execute(&mut *db)
            .await?;
    }
    drawn.give_ids(db).await?;
    let mut query = QueryBuilder::<Sqlite>::new("");
    drawn.put(&mut query);
    put_talks(&mut query, &talks);
    query.push("COMMIT").build().execute(&mut *db).await?;
    Ok(talks
        .into_values()
        .filter(|talk| talk.seq < talk.last_seq && !talk.ends)
        .map(|talk| talk.id)
        .collect())
}

/// The conversations to read on in. Those that are gone are forgotten, those nobody has read yet get a
/// number.
async fn find(db: &mut SqliteConnection, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Talk>> {
    let list =
        serde_json::json!(ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>()).to_string();
    let rows: Vec<Found> = sqlx::query_as(
        "SELECT unhex(j.value) AS id, c.hotel, c.opened_at, c.last_seq, c.rating, \
         COALESCE(NULLIF(y.language, ''), c.guest_language) AS language, \
         c.guest_name || ' ' || COALESCE(y.name, '') AS guest_names, \
         t.number, t.seq, t.names, t.resolved_at, t.resolver, t.asked_at, t.answers \
         FROM json_each($1) j LEFT JOIN desk.conversation c ON c.id = unhex(j.value) AND c.joined_to IS NULL \
         LEFT JOIN desk.stay y ON y.id = c.stay LEFT JOIN talk t ON t.conversation = unhex(j.value)",
    )
    .bind(list)
    .fetch_all(&mut *db)
    .await?;
    let mut talks = HashMap::with_capacity(rows.len());
    for f in rows {
        let here = f.hotel.zip(f.opened_at).zip(f.last_seq);
        // Gone; or put back from a backup, and what was drawn of it is not what stands there.
        let wrong = here.is_none_or(|(_, last)| f.seq.is_some_and(|seq| seq > last));
        if let (true, Some(number)) = (wrong, f.number) {
            forget(db, number).await?;
        }
        let Some(((hotel, opened_at), last_seq)) = here else { continue };
        let known = f.number.filter(|_| !wrong);
        let number = match known {
            Some(number) => number,
            None => {
                sqlx::query_scalar(
                    "INSERT INTO talk (conversation, hotel, seq, opened_at) VALUES ($1, $2, 0, $3) \
                     RETURNING number",
                )
                .bind(f.id)
                .bind(hotel)
                .bind(opened_at)
                .fetch_one(&mut *db)
                .await?
            }
        };
        let key = name_key(&f.guest_names.unwrap_or_default());
        let mut names = words(&key);
        names.extend(others(&key, &names));
        let names = names.into_iter().map(|w| w.text);
        let talk = Talk {
            id: f.id,
            hotel,
            opened_at,
            last_seq,
            rating: f.rating,
            language: f.language.unwrap_or_default(),
            names: names.collect::<Vec<_>>().join(" "),
            names_before: known.and(f.names).unwrap_or_default(),
            number,
            seq: known.and(f.seq).unwrap_or_default(),
            ends: false,
            resolved_at: known.and(f.resolved_at),
            resolver: known.and(f.resolver),
            asked_at: known.and(f.asked_at),
            answers: known.and(f.answers).unwrap_or_default(),
        };
        talks.insert(talk.id, talk);
    }
    Ok(talks)
}

/// Reads at most `most` entries after the cursors.
async fn read_on(
    db: &mut SqliteConnection,
    talks: &mut HashMap<Uuid, Talk>,
    most: i64,
    drawn: &mut Drawn,
) -> sqlx::Result<()> {
    let cursors: Vec<_> =
        talks.values().filter(|t| t.seq < t.last_seq).map(|t| (t.id.simple().to_string(), t.seq)).collect();
    if cursors.is_empty() {
        return Ok(());
    }
    // CROSS JOIN: from the cursors to the entries, never the other way.
    let rows = sqlx::query(
        "SELECT e.conversation, e.seq, e.kind, e.by_kind, e.by_id, e.body || COALESCE((SELECT ' ' || \
         group_concat(COALESCE(f.value ->> 'name', '') || ' ' || COALESCE(f.value ->> 'alt', ''), ' ') \
         FROM json_each(e.files) f), '') AS body, e.at FROM json_each($1) j \
         CROSS JOIN desk.entry e ON e.conversation = unhex(j.value ->> 0) AND e.seq > (j.value ->> 1) \
         ORDER BY j.key, e.seq LIMIT $2",
    )
    .bind(serde_json::json!(cursors).to_string())
    .bind(most)
    .fetch_all(&mut *db)
    .await?;
    if (rows.len() as i64) < most {
        // What is missing is being erased: there is nothing to wait for.
        for talk in talks.values_mut() {
            talk.ends = true;
        }
    }
    for row in &rows {
        let Some(talk) = talks.get_mut(&row.try_get::<Uuid, _>("conversation")?) else { continue };
        let by = match (row.try_get("by_kind")?, row.try_get("by_id")?) {
            ("staff" | "admin", Some(id)) => Some(drawn.person(db, id).await?),
            _ => None,
        };
        drawn.parts.extend(by.map(|staff| (staff, talk.number)));
        take_in(talk, row, by, drawn)?;
    }
    Ok(())
}

/// One entry's words, and what it does to the guest's waiting.
fn take_in(talk: &mut Talk, row: &SqliteRow, by: Option<i64>, drawn: &mut Drawn) -> sqlx::Result<()> {
    let (seq, kind, by_kind): (i64, &str, &str) =
        (row.try_get("seq")?, row.try_get("kind")?, row.try_get("by_kind")?);
    let (body, at): (&str, i64) = (row.try_get("body")?, row.try_get("at")?);
    talk.seq = seq;
    let guest = by_kind == ActorKind::Guest.as_str();
    let is = |k: EntryKind| kind == k.as_str();
    // What Bellhop tells is nobody's word.
    let is_word =
        by_kind != ActorKind::System.as_str() && EntryKind::ALL.iter().any(|k| k.is_word() && is(*k));
    let line = match () {
        () if is_word && guest => Some(0),
        () if is_word => Some(1),
        () if is(EntryKind::Note) => Some(2),
        // The reason of a take-over, the word beside a rating. How many entries were joined is nobody's word.
        () if !body.is_empty() && !is(EntryKind::Joined) => Some(3),
        () => None,
    };
    if let Some(kind) = line {
        let mut found = words(body);
        // Behind the line, where they come between no words.
        found.extend(others(body, &found));
        let text: Vec<String> = found.into_iter().map(|w| w.text).collect();
        let hotel = talk.hotel.simple().to_string();
        drawn.lines.push(Line {
            id: at << SHIFT,
            talk: talk.number,
            seq,
            kind,
            words: text.join(" "),
            hotel,
        });
    }
    if is_word {
        let load = drawn.load.entry((talk.hotel, at.div_euclid(Millis::QUARTER))).or_default();
        if guest {
            load.0 += 1;
            talk.asked_at.get_or_insert(at);
        } else {
            load.1 += 1;
            // Where two conversations were joined, words of before follow: they answer nothing that was asked
            // later.
            if let (Some(asked_at), Some(staff)) = (talk.asked_at.take_if(|asked| *asked <= at), by) {
                let (hotel, first, answered_at) = (talk.hotel, talk.answers == 0, at);
                drawn.answers.push(Answer {
                    hotel,
                    asked_at,
                    talk: talk.number,
                    seq,
                    answered_at,
                    staff,
                    first,
                });
                talk.answers += 1;
            }
        }
    } else if is(EntryKind::TakenOver) || is(EntryKind::Released) || is(EntryKind::Lapsed) {
        drawn.hands.push(Hand {
            hotel: talk.hotel,
            at,
            talk: talk.number,
            seq,
            kind: kind.to_owned(),
            staff: by,
        });
    } else if is(EntryKind::Resolved) {
        (talk.resolved_at, talk.resolver, talk.asked_at) = (Some(at), by, None);
    } else if is(EntryKind::Reopened) {
        (talk.resolved_at, talk.resolver) = (None, None);
    }
    Ok(())
}

fn put_talks(query: &mut QueryBuilder<Sqlite>, talks: &HashMap<Uuid, Talk>) {
    if talks.is_empty() {
        return;
    }
    query.push(
        "INSERT INTO talk (number, conversation, hotel, opened_at, seq, names, language, resolved_at, \
         resolver, rating, asked_at, answers) ",
    );
    query.push_values(talks.values(), |mut b, t| {
        b.push_bind(t.number).push_bind(t.id).push_bind(t.hotel).push_bind(t.opened_at).push_bind(t.seq);
        b.push_bind(t.names.as_str())
            .push_bind(t.language.as_str())
            .push_bind(t.resolved_at)
            .push_bind(t.resolver);
        b.push_bind(t.rating).push_bind(t.asked_at).push_bind(t.answers);
    });
    query.push(
        " ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, names = excluded.names, language = \
         excluded.language, \
         resolved_at = excluded.resolved_at, resolver = excluded.resolver, rating = excluded.rating, \
         asked_at = excluded.asked_at, answers = excluded.answers; ",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_passes_and_what_cannot_be_read_does_not() -> sqlx::Result<()> {
        let mut db = SqliteConnection::connect("sqlite::memory:").await?;
        sqlx::query("CREATE TABLE line (id INTEGER PRIMARY KEY, words TEXT)").execute(&mut db).await?;
        sqlx::query("INSERT INTO line VALUES (1, CAST(x'ff' AS TEXT))").execute(&mut db).await?;
        let twice = sqlx::query("INSERT INTO line VALUES (1, '')").execute(&mut db).await.unwrap_err();
        let nonsense =
            sqlx::query_scalar::<_, i64>("SELECT words FROM line").fetch_one(&mut db).await.unwrap_err();
        sqlx::query("PRAGMA max_page_count = 2").execute(&mut db).await?;
        let full =
            sqlx::query("INSERT INTO line VALUES (2, zeroblob(100000))").execute(&mut db).await.unwrap_err();
        assert_eq!(
            [&full, &twice, &nonsense].map(passes),
            [true, false, false],
            "{full}, {twice}, {nonsense}"
        );
        Ok(())
    }
}
