//! The audit trail in SQLite: written in the transaction of what it tells of, read back, and checked.

use super::Sqlite;
use crate::{
    hex::hex,
    store::{
        Audit, AuditFilter, AuditLine, Result, Trail, Verdict,
        audit::{BEGINNING, chain},
    },
};
use domain::{HotelId, Millis, StaffId};
use futures::TryStreamExt as _;
use sqlx::{
    FromRow, QueryBuilder,
    sqlite::{SqliteConnection, SqliteExecutor},
};
use uuid::Uuid;

/// Where the chain ends.
#[derive(Clone, Debug)]
pub(super) struct Head {
    seq: i64,
    hash: Vec<u8>,
}

impl Head {
    pub(super) async fn read(db: impl SqliteExecutor<'_>) -> sqlx::Result<Self> {
        let found: Option<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, hash FROM audit_head").fetch_optional(db).await?;
        let (seq, hash) = found.unwrap_or((0, BEGINNING.to_vec()));
        Ok(Self { seq, hash })
    }

    /// Adds the statements that write `lines` behind this head; each ends with a semicolon.
    pub(super) fn put(mut self, query: &mut QueryBuilder<sqlx::Sqlite>, lines: &[Audit]) {
        let chained: Vec<_> = lines
            .iter()
            .map(|line| {
                self.seq += 1;
                let (by, hotel) = (line.by.map(|id| id.0), line.hotel.map(|id| id.0));
                self.hash =
                    chain(&self.hash, self.seq, line.at.0, line.what, by, hotel, &line.detail).to_vec();
                (self.seq, line, self.hash.clone())
            })
            .collect();
        query.push("INSERT INTO audit (seq, at, what, by_id, hotel, detail, hash) ");
        query.push_values(chained, |mut b, (seq, line, hash)| {
            b.push_bind(seq).push_bind(line.at.0).push_bind(line.what).push_bind(line.by.map(|id| id.0));
            b.push_bind(line.hotel.map(|id| id.0)).push_bind(line.detail.clone()).push_bind(hash);
        });
        query.push("; INSERT INTO audit_head (one, seq, hash) VALUES (1, ").push_bind(self.seq).push(", ");
        query
            .push_bind(self.hash)
            .push(") ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash; ");
    }
}

/// Adds a line, in the transaction of what it tells of.
pub async fn put_audit(db: &mut SqliteConnection, line: Audit) -> sqlx::Result<()> {
    let head = Head::read(&mut *db).await?;
    let mut query = QueryBuilder::new("");
    head.put(&mut query, &[line]);
    query.build().execute(db).await.map(drop)
}

#[derive(FromRow)]
struct Link {
    seq: i64,
    at: i64,
    what: String,
    by_id: Option<Uuid>,
    hotel: Option<Uuid>,
    detail: String,
    hash: Option<Vec<u8>>,
}

impl Link {
    fn follows(&self, before: &[u8]) -> [u8; 32] {
        chain(before, self.seq, self.at, &self.what, self.by_id, self.hotel, &self.detail)
    }
}

const LINKS: &str = "SELECT seq, at, what, by_id, hotel, detail, hash FROM audit ORDER BY seq";

/// Hashes the lines from before there was a chain. Once there is a head, a line without a hash is a broken
/// one.
pub(super) async fn seal(db: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    let sealed: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM audit_head)").fetch_one(&mut *db).await?;
    if !sealed {
        let links: Vec<Link> = sqlx::query_as(LINKS).fetch_all(&mut *db).await?;
        let (mut seq, mut hash) = (0, BEGINNING.to_vec());
        for link in links {
            (seq, hash) = (link.seq, link.follows(&hash).to_vec());
            sqlx::query("UPDATE audit SET hash = $2 WHERE seq = $1")
                .bind(seq)
                .bind(&hash)
                .execute(&mut *db)
                .await?;
        }
        sqlx::query("INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)")
            .bind(seq)
            .bind(hash)
            .execute(&mut *db)
            .await?;
    }
    sqlx::query("COMMIT").execute(db).await.map(drop)
}

/// Goes through the whole chain. With `expect`, a hash noted earlier must be in it: then nobody has written
/// all of it anew.
pub(super) async fn verify(db: &mut SqliteConnection, expect: Option<&str>) -> Result<Verdict> {
    sqlx::query("BEGIN").execute(&mut *db).await?;
    let head = Head::read(&mut *db).await?;
    let (mut seq, mut hash, mut met) = (0, BEGINNING.to_vec(), expect.is_none());
    let mut links = sqlx::query_as::<_, Link>(LINKS).fetch(&mut *db);
    let broken = |seq, why: &str| Ok(Verdict::Broken { seq, why: why.to_owned() });
    while let Some(link) = links.try_next().await? {
        if link.seq != seq + 1 {
            return broken(seq + 1, "the line is missing");
        }
        if link.hash.as_deref() != Some(link.follows(&hash).as_slice()) {
            return broken(link.seq, "the line was changed, or the one before it was");
        }
        (seq, hash) = (link.seq, link.hash.unwrap_or_default());
        met |= expect.is_some_and(|expect| expect.eq_ignore_ascii_case(&hex(&hash)));
    }
    if seq < head.seq {
        return broken(seq + 1, "the lines from here on are missing");
    }
    if hash != head.hash {
        return broken(seq, "the chain does not end where it should");
    }
    if !met {
        return broken(seq, "the hash that was noted is not in the chain; it was written anew");
    }
    Ok(Verdict::Whole { lines: seq, head: hex(&hash) })
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    link: Link,
    name: Option<String>,
}

#[async_trait::async_trait]
impl Trail for Sqlite {
    async fn audit(&self, line: Audit) -> Result<()> {
        self.write(move |db| {
            let line = line.clone();
            Box::pin(async move { put_audit(db, line).await })
        })
        .await
    }

    async fn audit_lines(&self, viewer: StaffId, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditLine>> {
        let admin: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1 AND admin AND disabled_at IS NULL)",
        )
        .bind(viewer.0)
        .fetch_one(&self.readers)
        .await?;
        let mut query = QueryBuilder::new(
            "SELECT a.seq, a.at, a.what, a.by_id, a.hotel, a.detail, a.hash, s.name FROM audit a LEFT JOIN \
             staff s ON s.id = a.by_id \
             WHERE TRUE",
        );
        if admin {
            push_picked(&mut query, filter);
        } else {
            // The newest of each hotel, and of its people's comings and goings: a quiet hotel's lines are not
            // looked for among those of busy ones.
            query.push(
                " AND a.seq IN (WITH led AS (SELECT m.hotel FROM membership m JOIN staff v ON v.id = \
                m.staff AND v.disabled_at IS NULL WHERE m.role = 'manager' AND m.staff = ",
            );
            query.push_bind(viewer.0);
            query.push(
                ") SELECT x.seq FROM led CROSS JOIN audit x WHERE x.seq IN (SELECT a.seq FROM audit a \
                WHERE a.hotel = led.hotel",
            );
            push_picked(&mut query, filter);
            query.push(" ORDER BY a.seq DESC LIMIT ").push_bind(limit);
            query.push(
                ") UNION ALL SELECT seq FROM (SELECT a.seq FROM audit a WHERE a.hotel IS NULL AND a.what IN \
                 ('login', 'logout') \
                 AND a.by_id IN (SELECT staff FROM membership WHERE hotel IN led)",
            );
            push_picked(&mut query, filter);
            query.push(" ORDER BY +a.seq DESC LIMIT ").push_bind(limit).push("))");
        }
        query.push(" ORDER BY a.seq DESC LIMIT ").push_bind(limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.readers).await?;
        let line = |Row { link: l, name }: Row| AuditLine {
            seq: l.seq,
            at: Millis(l.at),
            what: l.what,
            by: l.by_id.map(StaffId),
            by_name: name,
            hotel: l.hotel.map(HotelId),
            detail: l.detail,
            hash: l.hash.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn audit_kinds(&self) -> Result<Vec<String>> {
        // From kind to kind in the index, not through every line.
        let kinds = sqlx::query_scalar(
            "WITH RECURSIVE kind (what) AS (SELECT min(what) FROM audit UNION ALL \
             SELECT (SELECT min(a.what) FROM audit a WHERE a.what > kind.what) FROM kind WHERE kind.what IS \
             NOT NULL) \
             SELECT what FROM kind WHERE what IS NOT NULL",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(kinds)
    }
}

fn push_picked(query: &mut QueryBuilder<sqlx::Sqlite>, filter: &AuditFilter) {
    if let Some(what) = &filter.what {
        query.push(" AND a.what = ").push_bind(what.clone());
    }
    if let Some(by) = filter.by {
        query.push(" AND a.by_id = ").push_bind(by.0);
    }
    if let Some(hotel) = filter.hotel {
        query.push(" AND a.hotel = ").push_bind(hotel.0);
    }
    if let Some(from) = filter.from {
        query.push(" AND a.at >= ").push_bind(from.0);
    }
    if let Some(until) = filter.until {
        query.push(" AND a.at < ").push_bind(until.0);
    }
    if let Some(before) = filter.before {
        query.push(" AND a.seq < ").push_bind(before);
    }
}
