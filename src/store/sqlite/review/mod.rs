//! Reading back: the words of all that was said, and the times reports count.
//!
//! In: which conversations have grown, told by the writer. Out: answers to those who review. What is needed for them is
//! drawn from the entries by [`follow`], a reader with a cursor per conversation like any other, into a file beside the
//! database. Never: a truth of its own (delete the file and it is drawn again), or a wait for the writer.

mod drawn;
mod facts;
mod follow;
mod priority;
mod query;
mod search;
mod words;

use super::OpenError;
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Of the schema and of how words are cut. A file of another version is thrown away and drawn again.
const VERSION: i64 = 4;

/// Those who review at the same time; they wait for each other rather than for the desk.
const READERS: u32 = 2;

/// Conversations that have grown since they were read last.
#[derive(Debug, Default)]
pub(super) struct Grew {
    conversations: Mutex<(HashSet<Uuid>, Option<Instant>)>,
    bell: Notify,
    /// The store is being closed.
    over: AtomicBool,
}

impl Grew {
    pub(super) fn add(&self, conversations: impl IntoIterator<Item = Uuid>) {
        let mut kept = self.kept();
        kept.0.extend(conversations);
        kept.1 = Some(Instant::now());
        drop(kept);
        self.bell.notify_one();
    }

    /// The same for what is found when nobody writes.
    fn wake(&self, conversations: impl IntoIterator<Item = Uuid>) {
        self.kept().0.extend(conversations);
        self.bell.notify_one();
    }

    fn take(&self) -> Vec<Uuid> {
        std::mem::take(&mut self.kept().0).into_iter().collect()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Something was said a moment ago.
    fn is_lively(&self) -> bool {
        self.kept().1.is_some_and(|last| last.elapsed() < Duration::from_secs(1))
    }

    fn kept(&self) -> MutexGuard<'_, (HashSet<Uuid>, Option<Instant>)> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who may ask, and the follower behind what they are told.
#[derive(Debug)]
pub(super) struct Review {
    pub(super) readers: SqlitePool,
    follower: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
    grew: Arc<Grew>,
}

impl Review {
    /// `database` is the file all is drawn from; `options` are how it is opened.
    pub(super) async fn open(database: &Path, options: SqliteConnectOptions, grew: Arc<Grew>) -> Result<Self, OpenError> {
        let file = file_beside(database);
        let name = file.display().to_string();
        let failed = |e| OpenError::Open(name.clone(), e);
        let connection = open_file(&file, database).await.map_err(failed)?;
        let attach = format!("ATTACH DATABASE '{}' AS review", file.display().to_string().replace('\'', "''"));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .idle_timeout(Duration::from_secs(60))
            .after_connect(move |db, _| {
                let attach = attach.clone();
                Box::pin(async move {
                    priority::put_behind(priority::READER, 5);
                    db.execute(sqlx::AssertSqlSafe(attach)).await.map(drop)
                })
            })
            .connect_lazy_with(options.thread_name(|_| priority::READER.into()));
        let follower = tokio::sync::Mutex::new(Some(tokio::spawn(follow::run(connection, grew.clone()))));
        Ok(Self { readers, follower, grew })
    }

    pub(super) async fn close(&self) {
        // Its file is closed properly, or SQLite would leave its log behind.
        self.grew.over.store(true, Ordering::Relaxed);
        self.grew.bell.notify_one();
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

/// Opens the file, beginning anew if it is of another version or cannot be read, with the database attached as `desk`.
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
        .thread_name(|_| priority::FOLLOWER.into())
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
            remove(file)?;
            let mut db = options.connect().await?;
            db.execute(include_str!("schema.sql")).await?;
            db.execute(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {VERSION}"))).await?;
            db
        }
    };
    priority::put_behind(priority::FOLLOWER, 19);
    sqlx::query("ATTACH DATABASE $1 AS desk").bind(database.display().to_string()).execute(&mut db).await?;
    Ok(db)
}

/// SQLITE_CORRUPT and SQLITE_NOTADB.
fn is_no_database(e: &sqlx::Error) -> bool {
    let code = e.as_database_error().and_then(|e| e.code());
    code.is_some_and(|code| matches!(code.parse(), Ok(11 | 26)))
}

/// Removes a database file and what SQLite keeps beside it.
pub(in crate::store) fn remove(file: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}
