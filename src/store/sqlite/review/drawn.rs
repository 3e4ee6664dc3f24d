//! What a step of reading has come to, and how it is written into the file beside the database.

use domain::Millis;
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// How far a line's time is shifted in its id.
pub(super) const SHIFT: u32 = 10;

pub(super) struct Line {
    pub id: i64,
    pub talk: i64,
    pub seq: i64,
    pub kind: i64,
    pub words: String,
    pub hotel: String,
}

pub(super) struct Answer {
    pub hotel: Uuid,
    pub asked_at: i64,
    pub talk: i64,
    pub seq: i64,
    pub answered_at: i64,
    pub staff: i64,
    pub first: bool,
}

pub(super) struct Hand {
    pub hotel: Uuid,
    pub at: i64,
    pub talk: i64,
    pub seq: i64,
    pub kind: String,
    pub staff: Option<i64>,
}

/// What a step has come to.
#[derive(Default)]
pub(super) struct Drawn {
    pub lines: Vec<Line>,
    pub answers: Vec<Answer>,
    pub hands: Vec<Hand>,
    /// Who has held or written in which conversation.
    pub parts: BTreeSet<(i64, i64)>,
    /// The numbers of people met so far.
    pub people: HashMap<Uuid, i64>,
    /// By hotel and quarter: messages by guests and by the staff.
    pub load: BTreeMap<(Uuid, i64), (i64, i64)>,
}

impl Drawn {
    pub(super) async fn person(&mut self, db: &mut SqliteConnection, id: Uuid) -> sqlx::Result<i64> {
        if let Some(number) = self.people.get(&id) {
            return Ok(*number);
        }
        // The empty update makes the row come back whether or not it is new.
        let number = sqlx::query_scalar(
            "INSERT INTO person (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = id RETURNING number",
        )
        .bind(id)
        .fetch_one(db)
        .await?;
        self.people.insert(id, number);
        Ok(number)
    }

    /// Adds the statements that write it; each ends with a semicolon.
    pub(super) fn put(&self, query: &mut QueryBuilder<Sqlite>) {
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
        if !self.parts.is_empty() {
            query.push("INSERT INTO part (staff, talk) ");
            query.push_values(&self.parts, |mut b, (staff, talk)| {
                b.push_bind(staff).push_bind(talk);
            });
            query.push(" ON CONFLICT DO NOTHING; ");
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
                b.push_bind(h.hotel)
                    .push_bind(h.at)
                    .push_bind(h.talk)
                    .push_bind(h.seq)
                    .push_bind(h.kind.as_str());
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
    }

    /// Lines of one millisecond get ids beside each other.
    pub(super) async fn give_ids(&mut self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id FROM line WHERE id IN (");
        let mut list = query.separated(", ");
        for line in &self.lines {
            list.push_bind(line.id);
        }
        query.push(")");
        let mut taken: HashSet<i64> =
            query.build_query_scalar().fetch_all(&mut *db).await?.into_iter().collect();
        let (mut met, mut asked) = (HashSet::new(), HashSet::new());
        for line in &mut self.lines {
            let first = line.id;
            let another = !met.insert(first);
            if (another || taken.contains(&first)) && asked.insert(first) {
                let others: Vec<i64> =
                    sqlx::query_scalar("SELECT id FROM line WHERE id BETWEEN $1 AND $1 + 2048")
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
pub(super) async fn forget(db: &mut SqliteConnection, talk: i64) -> sqlx::Result<()> {
    let load: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT t.hotel, (l.id >> $2) / $3, sum(l.kind = 0), sum(l.kind = 1) FROM line l JOIN talk t ON \
         t.number = l.talk \
         WHERE l.talk = $1 AND l.kind IN (0, 1) GROUP BY 1, 2",
    )
    .bind(talk)
    .bind(SHIFT)
    .bind(Millis::QUARTER)
    .fetch_all(&mut *db)
    .await?;
    for (hotel, quarter, guest, staff) in load {
        sqlx::query(
            "UPDATE load SET by_guest = by_guest - $3, by_staff = by_staff - $4 WHERE hotel = $1 \
            AND quarter = $2",
        )
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
        "DELETE FROM part WHERE talk = $1",
        "DELETE FROM answer WHERE talk = $1",
        "DELETE FROM hand WHERE talk = $1",
        "DELETE FROM talk WHERE number = $1",
        "INSERT INTO unswept (one) SELECT 1 WHERE $1 > 0 ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(statement).bind(talk).execute(&mut *db).await?;
    }
    Ok(())
}
