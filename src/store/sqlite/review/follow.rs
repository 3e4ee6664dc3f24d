//! Reads on in every conversation that has grown, and draws words and times from what it finds.
//!
//! In: the entries after each conversation's cursor. Out: rows of the file beside the database, with the cursor, in one
//! transaction. Never: a write to the database, or all of the processor; the desk goes first.

use super::{Grew, words::words};
use app::domain::{ActorKind, EntryKind, name_key};
use sqlx::{
    FromRow, QueryBuilder, Row as _, Sqlite,
    sqlite::{SqliteConnection, SqliteRow},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long growth may gather before it is read: a search finds what was said this much earlier.
const GATHER: Duration = Duration::from_millis(100);

/// Entries read in one transaction. Small, so that the pauses between them come often.
const STEP: i64 = 256;

/// A quarter of an hour in milliseconds.
const QUARTER: i64 = 900_000;

/// How far a line's time is shifted in its id.
pub(super) const SHIFT: u32 = 10;

/// Runs until the store is closed.
pub(super) async fn run(mut db: SqliteConnection, grew: Arc<Grew>) {
    match behind(&mut db).await {
        Ok(conversations) => grew.add(conversations),
        Err(e) => tracing::error!(error = %e, "what is to be read for searches could not be found"),
    }
    let mut forgotten = false;
    loop {
        grew.bell.notified().await;
        tokio::time::sleep(GATHER).await;
        let mut waiting = grew.take();
        while !waiting.is_empty() {
            let started = Instant::now();
            match step(&mut db, &mut waiting).await {
                // As long a rest as the work took: half a core at most, while the desk needs the others.
                Ok(any) => {
                    forgotten |= any;
                    tokio::time::sleep(started.elapsed().min(GATHER)).await;
                }
                Err(e) => {
                    tracing::error!(error = %e, "what was said could not be read for searches; trying again");
                    let _ = sqlx::query("ROLLBACK").execute(&mut db).await;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        if std::mem::take(&mut forgotten)
            && let Err(e) = sweep(&mut db).await
        {
            tracing::error!(error = %e, "forgotten words could not be swept out of the index");
        }
    }
}

/// Conversations whose cursor is not where they end, and those that are gone.
async fn behind(db: &mut SqliteConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "SELECT c.id FROM desk.conversation c LEFT JOIN talk t ON t.conversation = c.id \
         WHERE t.number IS NULL OR t.seq <> c.last_seq OR t.rating IS NOT c.rating \
         UNION ALL SELECT t.conversation FROM talk t WHERE NOT EXISTS (SELECT 1 FROM desk.conversation c WHERE c.id = t.conversation)",
    )
    .fetch_all(db)
    .await
}

/// What is deleted from the index only loses its row; its words stay until what they lie among is written anew.
async fn sweep(db: &mut SqliteConnection) -> sqlx::Result<()> {
    for table in ["INSERT INTO word (word) VALUES ('optimize')", "INSERT INTO name (name) VALUES ('optimize')"] {
        sqlx::query(table).execute(&mut *db).await?;
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(db).await.map(drop)
}

/// One transaction: conversations from the end of `waiting`, until enough entries were read. What is not done to its end
/// stays there. Whether anything was forgotten.
async fn step(db: &mut SqliteConnection, waiting: &mut Vec<Uuid>) -> sqlx::Result<bool> {
    let mut drawn = Drawn::default();
    let mut done = 0;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    for conversation in waiting.iter().rev() {
        if drawn.entries >= STEP {
            break;
        }
        match read_on(db, *conversation, &mut drawn).await? {
            true => done += 1,
            false => break,
        }
    }
    let forgotten = drawn.forgotten;
    drawn.write(db).await?;
    sqlx::query("COMMIT").execute(&mut *db).await?;
    waiting.truncate(waiting.len() - done);
    Ok(forgotten)
}

/// A conversation as the database has it.
#[derive(FromRow)]
struct Head {
    hotel: Uuid,
    opened_at: i64,
    last_seq: i64,
    rating: Option<i64>,
    language: String,
    names: String,
    gone: bool,
}

/// As far as it was read.
#[derive(FromRow)]
struct Talk {
    number: i64,
    seq: i64,
    names: String,
    resolved_at: Option<i64>,
    resolver: Option<i64>,
    asked_at: Option<i64>,
    answers: i64,
}

struct Line {
    id: i64,
    talk: i64,
    seq: i64,
    kind: i64,
    words: String,
    hotel: String,
}

struct Answer {
    hotel: Uuid,
    asked_at: i64,
    talk: i64,
    seq: i64,
    answered_at: i64,
    staff: i64,
    first: bool,
}

struct Hand {
    hotel: Uuid,
    at: i64,
    talk: i64,
    seq: i64,
    kind: String,
    staff: Option<i64>,
}

/// What a step has come to.
#[derive(Default)]
struct Drawn {
    entries: i64,
    forgotten: bool,
    lines: Vec<Line>,
    answers: Vec<Answer>,
    hands: Vec<Hand>,
    /// The numbers of people met so far.
    people: HashMap<Uuid, i64>,
    /// By hotel and quarter: messages by guests and by the staff.
    load: BTreeMap<(Uuid, i64), (i64, i64)>,
}

/// Reads on in one conversation; false if there is more of it than a step holds.
async fn read_on(db: &mut SqliteConnection, id: Uuid, drawn: &mut Drawn) -> sqlx::Result<bool> {
    let head: Option<Head> = sqlx::query_as(
        "SELECT c.hotel, c.opened_at, c.last_seq, c.rating, COALESCE(NULLIF(y.language, ''), c.guest_language) AS language, \
         c.guest_name || ' ' || COALESCE(y.name, '') AS names, c.joined_to IS NOT NULL AS gone \
         FROM desk.conversation c LEFT JOIN desk.stay y ON y.id = c.stay WHERE c.id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *db)
    .await?;
    let talk: Option<Talk> =
        sqlx::query_as("SELECT number, seq, names, resolved_at, resolver, asked_at, answers FROM talk WHERE conversation = $1")
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
    let head = head.filter(|head| !head.gone);
    let talk = match (&head, talk) {
        // Gone, or put back from a backup: what was drawn of it is not what stands there.
        (None, Some(talk)) => {
            forget(db, talk.number).await?;
            drawn.forgotten = true;
            None
        }
        (Some(head), Some(talk)) if talk.seq > head.last_seq => {
            forget(db, talk.number).await?;
            drawn.forgotten = true;
            None
        }
        (_, talk) => talk,
    };
    let Some(head) = head else { return Ok(true) };
    let mut talk = match talk {
        Some(talk) => talk,
        None => {
            let number = sqlx::query_scalar(
                "INSERT INTO talk (conversation, hotel, seq, opened_at) VALUES ($1, $2, 0, $3) RETURNING number",
            )
            .bind(id)
            .bind(head.hotel)
            .bind(head.opened_at)
            .fetch_one(&mut *db)
            .await?;
            Talk { number, seq: 0, names: String::new(), resolved_at: None, resolver: None, asked_at: None, answers: 0 }
        }
    };
    let rows = sqlx::query(
        "SELECT seq, kind, by_kind, by_id, body, at FROM desk.entry WHERE conversation = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(id)
    .bind(talk.seq)
    .bind(STEP)
    .fetch_all(&mut *db)
    .await?;
    for row in &rows {
        let by = match (row.try_get("by_kind")?, row.try_get("by_id")?) {
            ("staff" | "admin", Some(id)) => Some(drawn.person(db, id).await?),
            _ => None,
        };
        take_in(&head, &mut talk, row, by, drawn)?;
    }
    drawn.entries += rows.len() as i64 + 1;
    let names: Vec<String> = words(&name_key(&head.names)).into_iter().map(|w| w.text).collect();
    let names = names.join(" ");
    if names != talk.names {
        sqlx::query("DELETE FROM name WHERE rowid = $1").bind(talk.number).execute(&mut *db).await?;
        sqlx::query("INSERT INTO name (rowid, words) VALUES ($1, $2)").bind(talk.number).bind(&names).execute(&mut *db).await?;
    }
    sqlx::query(
        "UPDATE talk SET seq = $2, names = $3, language = $4, resolved_at = $5, resolver = $6, rating = $7, asked_at = $8, \
         answers = $9 WHERE number = $1",
    )
    .bind(talk.number)
    .bind(talk.seq)
    .bind(names)
    .bind(&head.language)
    .bind(talk.resolved_at)
    .bind(talk.resolver)
    .bind(head.rating)
    .bind(talk.asked_at)
    .bind(talk.answers)
    .execute(&mut *db)
    .await?;
    Ok((rows.len() as i64) < STEP)
}

/// One entry's words, and what it does to the guest's waiting.
fn take_in(head: &Head, talk: &mut Talk, row: &SqliteRow, by: Option<i64>, drawn: &mut Drawn) -> sqlx::Result<()> {
    let (seq, kind, by_kind): (i64, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let (body, at): (&str, i64) = (row.try_get(4)?, row.try_get(5)?);
    talk.seq = seq;
    let guest = by_kind == ActorKind::Guest.as_str();
    let is = |k: EntryKind| kind == k.as_str();
    let line = match () {
        () if is(EntryKind::Said) && guest => Some(0),
        () if is(EntryKind::Said) => Some(1),
        () if is(EntryKind::Note) => Some(2),
        // The reason of a take-over, the word beside a rating. How many entries were joined is nobody's word.
        () if !body.is_empty() && !is(EntryKind::Joined) => Some(3),
        () => None,
    };
    if let Some(kind) = line {
        let text: Vec<String> = words(body).into_iter().map(|w| w.text).collect();
        let hotel = head.hotel.simple().to_string();
        drawn.lines.push(Line { id: at << SHIFT, talk: talk.number, seq, kind, words: text.join(" "), hotel });
    }
    if is(EntryKind::Said) {
        let load = drawn.load.entry((head.hotel, at.div_euclid(QUARTER))).or_default();
        if guest {
            load.0 += 1;
            talk.asked_at.get_or_insert(at);
        } else {
            load.1 += 1;
            if let (Some(asked_at), Some(staff)) = (talk.asked_at.take(), by) {
                let (hotel, first) = (head.hotel, talk.answers == 0);
                // Clocks may disagree; nobody waits less than no time.
                let answered_at = at.max(asked_at);
                drawn.answers.push(Answer { hotel, asked_at, talk: talk.number, seq, answered_at, staff, first });
                talk.answers += 1;
            }
        }
    } else if EntryKind::ALL.iter().any(|k| k.changes_hands() && is(*k)) {
        drawn.hands.push(Hand { hotel: head.hotel, at, talk: talk.number, seq, kind: kind.to_owned(), staff: by });
        if is(EntryKind::Resolved) {
            (talk.resolved_at, talk.resolver, talk.asked_at) = (Some(at), by, None);
        } else if is(EntryKind::Reopened) {
            (talk.resolved_at, talk.resolver) = (None, None);
        }
    }
    Ok(())
}

impl Drawn {
    async fn person(&mut self, db: &mut SqliteConnection, id: Uuid) -> sqlx::Result<i64> {
        if let Some(number) = self.people.get(&id) {
            return Ok(*number);
        }
        // The empty update makes the row come back whether or not it is new.
        let number =
            sqlx::query_scalar("INSERT INTO person (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = id RETURNING number")
                .bind(id)
                .fetch_one(db)
                .await?;
        self.people.insert(id, number);
        Ok(number)
    }

    async fn write(mut self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        self.give_ids(db).await?;
        let mut query = QueryBuilder::<Sqlite>::new("");
        if !self.lines.is_empty() {
            query.push("INSERT INTO line (id, talk, seq, kind) ");
            query.push_values(&self.lines, |mut b, l| {
                b.push_bind(l.id).push_bind(l.talk).push_bind(l.seq).push_bind(l.kind);
            });
            query.push("; INSERT INTO word (rowid, words, hotel) ");
            query.push_values(&self.lines, |mut b, l| {
                b.push_bind(l.id).push_bind(l.words.as_str()).push_bind(l.hotel.as_str());
            });
            query.push("; ");
        }
        if !self.answers.is_empty() {
            query.push("INSERT INTO answer (hotel, asked_at, talk, seq, answered_at, staff, first) ");
            query.push_values(&self.answers, |mut b, a| {
                b.push_bind(a.hotel).push_bind(a.asked_at).push_bind(a.talk).push_bind(a.seq);
                b.push_bind(a.answered_at).push_bind(a.staff).push_bind(a.first);
            });
            query.push("; ");
        }
        if !self.hands.is_empty() {
            query.push("INSERT INTO hand (hotel, at, talk, seq, kind, staff) ");
            query.push_values(&self.hands, |mut b, h| {
                b.push_bind(h.hotel).push_bind(h.at).push_bind(h.talk).push_bind(h.seq).push_bind(h.kind.as_str());
                b.push_bind(h.staff);
            });
            query.push("; ");
        }
        if !self.load.is_empty() {
            query.push("INSERT INTO load (hotel, quarter, by_guest, by_staff) ");
            query.push_values(&self.load, |mut b, ((hotel, quarter), (guest, staff))| {
                b.push_bind(hotel).push_bind(quarter).push_bind(guest).push_bind(staff);
            });
            query.push(
                " ON CONFLICT (hotel, quarter) DO UPDATE SET by_guest = load.by_guest + excluded.by_guest, \
                 by_staff = load.by_staff + excluded.by_staff; ",
            );
        }
        if !query.sql().as_str().is_empty() {
            query.build().execute(db).await?;
        }
        Ok(())
    }

    /// Lines of one millisecond get ids beside each other.
    async fn give_ids(&mut self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id FROM line WHERE id IN (");
        let mut list = query.separated(", ");
        for line in &self.lines {
            list.push_bind(line.id);
        }
        query.push(")");
        let mut taken: HashSet<i64> = query.build_query_scalar().fetch_all(&mut *db).await?.into_iter().collect();
        let mut asked = HashSet::new();
        for line in &mut self.lines {
            let first = line.id;
            if taken.contains(&first) && asked.insert(first) {
                let others: Vec<i64> = sqlx::query_scalar("SELECT id FROM line WHERE id BETWEEN $1 AND $1 + 2048")
                    .bind(first)
                    .fetch_all(&mut *db)
                    .await?;
                taken.extend(others);
            }
            while !taken.insert(line.id) {
                line.id += 1;
            }
        }
        Ok(())
    }
}

/// Takes away all that was drawn of a conversation.
async fn forget(db: &mut SqliteConnection, talk: i64) -> sqlx::Result<()> {
    let load: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT t.hotel, (l.id >> 10) / 900000, sum(l.kind = 0), sum(l.kind = 1) FROM line l JOIN talk t ON t.number = l.talk \
         WHERE l.talk = $1 AND l.kind IN (0, 1) GROUP BY 1, 2",
    )
    .bind(talk)
    .fetch_all(&mut *db)
    .await?;
    for (hotel, quarter, guest, staff) in load {
        sqlx::query("UPDATE load SET by_guest = by_guest - $3, by_staff = by_staff - $4 WHERE hotel = $1 AND quarter = $2")
            .bind(hotel)
            .bind(quarter)
            .bind(guest)
            .bind(staff)
            .execute(&mut *db)
            .await?;
    }
    for statement in [
        "DELETE FROM word WHERE rowid IN (SELECT id FROM line WHERE talk = $1)",
        "DELETE FROM line WHERE talk = $1",
        "DELETE FROM name WHERE rowid = $1",
        "DELETE FROM answer WHERE talk = $1",
        "DELETE FROM hand WHERE talk = $1",
        "DELETE FROM talk WHERE number = $1",
    ] {
        sqlx::query(statement).bind(talk).execute(&mut *db).await?;
    }
    Ok(())
}
