//! Reading back: the words of all that was said, and the times reports count.
//!
//! In: which conversations have grown, told by the writer. Out: answers to those who review. What is needed
//! for them is drawn from the entries by [`follow`], a reader with a cursor per conversation like any other,
//! into a file beside the database. Never: a truth of its own (delete the file and it is drawn again), or a
//! wait for the writer.

mod drawn;
mod facts;
mod filter;
mod follow;
mod query;
mod search;

use super::{OpenError, backlog::Backlog, remove};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Of the schema and of how words are cut. A file of another version is thrown away and drawn again.
const VERSION: i64 = 7;

/// Those who review at the same time; they wait for each other rather than for the desk.
const READERS: u32 = 2;

/// Those who may ask, and the follower behind what they are told.
#[derive(Debug)]
pub(super) struct Review {
    pub(super) readers: SqlitePool,
    pub(super) backlog: Arc<Backlog>,
    follower: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Review {
    /// `database` is the file all is drawn from; `options` are how it is opened.
    pub(super) async fn open(
        database: &Path,
        options: SqliteConnectOptions,
        backlog: Arc<Backlog>,
    ) -> Result<Self, OpenError> {
        let file = file_beside(database);
        let name = file.display().to_string();
        let failed = |e| OpenError::Open(name.clone(), e);
        let connection = open_file(&file, database).await.map_err(failed)?;
        let attach =
            format!("ATTACH DATABASE '{}' AS review", file.display().to_string().replace('\'', "''"));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .idle_timeout(Duration::from_secs(60))
            .after_connect(move |db, _| {
                let attach = attach.clone();
                Box::pin(async move {
                    crate::priority::put_behind(crate::priority::READER, 5);
                    db.execute(sqlx::AssertSqlSafe(attach)).await.map(drop)
                })
            })
            .connect_lazy_with(options.thread_name(|_| crate::priority::READER.into()));
        let follower = tokio::sync::Mutex::new(Some(tokio::spawn(follow::run(connection, backlog.clone()))));
        Ok(Self { readers, follower, backlog })
    }

    pub(super) async fn close(&self) {
        // Its file is closed properly, or SQLite would leave its log behind.
        self.backlog.end();
        if let Some(follower) = self.follower.lock().await.take() {
            let _ = follower.await;
        }
        self.readers.close().await;
    }
}

/// `bellhop.db` → `bellhop.db-review`.
pub(in crate::store) fn file_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-review");
    name.into()
}

/// Opens the file, beginning anew if it is of another version or cannot be read, with the database attached
/// as `desk`.
async fn open_file(file: &Path, database: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What a power cut takes is drawn again.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16000")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("secure_delete", "ON")
        .thread_name(|_| crate::priority::FOLLOWER.into())
        .disable_statement_logging();
    let opened = async {
        let mut db = options.connect().await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut db).await?;
        Ok::<_, sqlx::Error>((db, version))
    };
    let mut db = match opened.await {
        Ok((db, VERSION)) => db,
        // Busy, or out of files: that passes, and is no reason to draw all of it again.
        Err(e) if !is_no_database(&e) => return Err(e),
        found => {
            if let Ok((db, _)) = found {
                db.close().await?;
            }
            remove(file, &["", "-wal", "-shm"])?;
            let mut db = options.connect().await?;
            db.execute(include_str!("schema.sql")).await?;
            db.execute(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {VERSION}"))).await?;
            db
        }
    };
    crate::priority::put_behind(crate::priority::FOLLOWER, 19);
    sqlx::query("ATTACH DATABASE $1 AS desk").bind(database.display().to_string()).execute(&mut db).await?;
    Ok(db)
}

/// SQLITE_CORRUPT and SQLITE_NOTADB.
fn is_no_database(e: &sqlx::Error) -> bool {
    let code = e.as_database_error().and_then(|e| e.code());
    code.is_some_and(|code| matches!(code.parse(), Ok(11 | 26)))
}
