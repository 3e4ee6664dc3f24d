//! The embedded database: one writer that commits in groups, a few readers beside it.

mod attachment;
mod audit;
mod backlog;
mod call;
mod checkpoint;
mod conversation;
mod delivery;
mod export;
mod frame;
mod guest;
mod hotel;
mod identity;
mod key;
mod order;
mod privacy;
mod push;
mod request;
mod review;
mod rights;
mod room;
mod row;
mod session;
mod staff;
mod stay;
mod tag;
mod webhook;
mod writer;

use super::{Result, Store, StoreError, Update};
use crate::metrics::Metrics;
pub use attachment::noted_files;
pub use audit::put_audit;
use futures::future::BoxFuture;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, migrate::MigrateError};
use std::{path::Path, str::FromStr as _, sync::Arc, time::Duration};
use tokio::sync::{Notify, mpsc, oneshot};
use writer::Job;

/// The schema, embedded in the program.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Orders that may wait for the writer. A full queue makes senders wait; it never drops.
const QUEUE: usize = 1024;

/// Readers. More than the cores would only contend for the page cache.
const READERS: u32 = 4;

/// Bytes of a page in a database made from now on. A message goes into the middle of its conversation, so a
/// commit writes a page for each: half of SQLite's 4,096 is a third less to write, and a conversation's row
/// still fits into one.
const PAGE: u32 = 2048;

/// Statement texts kept prepared: each batch statement exists once per group size.
const STATEMENTS: usize = 512;

#[derive(Debug)]
pub struct Sqlite {
    jobs: mpsc::Sender<Job>,
    readers: SqlitePool,
    review: review::Review,
    backlog: Arc<backlog::Backlog>,
    stopped: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
    /// Held by whoever notes by which ids hotels know their guests.
    aliasing: tokio::sync::Mutex<()>,
}

/// Why a database cannot be used, in one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database address {0:?} is not understood; it looks like sqlite://data/bellhop.db")]
    Url(String),
    #[error("the folder {0:?} cannot be made or written to: {1}")]
    Folder(String, std::io::Error),
    #[error("the database {0:?} cannot be opened: {1}")]
    Open(String, sqlx::Error),
    #[error(
        "the database {0:?} is from a newer Bellhop (it has migration {1}, which this program does not know)"
    )]
    Newer(String, i64),
    #[error("the database {0:?} could not be brought up to date: {1}")]
    Migrate(String, MigrateError),
    #[error("the stays in {0:?} could not be made ready to be found: {1}")]
    Words(String, StoreError),
}

impl Sqlite {
    /// Opens or creates the database, migrates it, and starts the writer. `updates` receives what every
    /// commit changed, in order; `deliveries` is rung when there is something to deliver.
    pub async fn open(
        url: &str,
        metrics: Arc<Metrics>,
        updates: mpsc::Sender<Update>,
        deliveries: Arc<Notify>,
    ) -> std::result::Result<Self, OpenError> {
        let options = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::Url(url.to_owned()))?;
        let file = options.get_filename().to_path_buf();
        prepare_folder(&file)?;
        let name = file.display().to_string();

        let options = options
            .create_if_missing(true)
            .page_size(PAGE)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(STATEMENTS)
            // What was erased is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            // Moving the log into the database is left to `checkpoint`: in the writer it would stall every
            // message.
            .pragma("wal_autocheckpoint", "0")
            .disable_statement_logging();
        // What a statement would undo if it failed half way is remembered in memory. By default it goes
        // through a temporary file, and a group of messages wrote as much there as into the log.
        let writing = options.clone().pragma("temp_store", "MEMORY");
        let mut connection = writing.connect().await.map_err(|e| OpenError::Open(name.clone(), e))?;
        MIGRATIONS.run(&mut connection).await.map_err(|e| match e {
            MigrateError::VersionMissing(version) => OpenError::Newer(name.clone(), version),
            other => OpenError::Migrate(name.clone(), other),
        })?;
        audit::seal(&mut connection).await.map_err(|e| OpenError::Open(name.clone(), e))?;
        stay::put_missing_words(&mut connection).await.map_err(|e| OpenError::Words(name.clone(), e))?;
        conversation::see_ranks(&mut connection).await.map_err(|e| OpenError::Open(name.clone(), e))?;
        let keeper = options.connect().await.map_err(|e| OpenError::Open(name.clone(), e))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(1)
            .connect_with(options.clone().read_only(true).create_if_missing(false))
            .await
            .map_err(|e| OpenError::Open(name, e))?;
        let backlog = Arc::new(backlog::Backlog::default());
        let review =
            review::Review::open(&file, options.read_only(true).create_if_missing(false), backlog.clone())
                .await?;

        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(checkpoint::run(keeper, jobs.downgrade()));
        let publisher = writer::Publisher { bus: updates, backlog: backlog.clone(), deliveries };
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            writer::run(connection, queue, metrics, publisher).await;
            let _ = stop.send(());
        });
        let stopped = tokio::sync::Mutex::new(Some(stopped));
        Ok(Self { jobs, readers, review, backlog, stopped, aliasing: Default::default() })
    }

    /// Runs other writes on the writer's connection, in the group's transaction. `run` may be called twice:
    /// if the group fails, its jobs are tried again one by one.
    async fn write<F>(&self, run: F) -> Result<()>
    where
        F: for<'c> Fn(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<()>> + Send + Sync + 'static,
    {
        self.work(move |db| {
            let done = run(db);
            Box::pin(async move { Ok((done.await?, Vec::new())) })
        })
        .await
    }

    /// The same with an answer, and with the updates to publish.
    async fn work<T, F>(&self, run: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut SqliteConnection) -> BoxFuture<'c, Result<(T, Vec<Update>)>>
            + Send
            + Sync
            + 'static,
    {
        let found = Arc::new(std::sync::Mutex::new(None));
        let kept = found.clone();
        let run = Arc::new(run);
        let run: writer::Work = Box::new(move |db| {
            let (kept, run) = (kept.clone(), run.clone());
            Box::pin(async move {
                let (answer, updates) = run(db).await?;
                *kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(answer);
                Ok(updates)
            })
        });
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Work(run, reply)).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)??;
        let answer = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        answer.ok_or(StoreError::Stopped)
    }
}

#[async_trait::async_trait]
impl Store for Sqlite {
    async fn check(&self) -> Result<()> {
        sqlx::query("SELECT 1 FROM hotel LIMIT 1").fetch_optional(&self.readers).await?;
        Ok(())
    }

    async fn close(&self) {
        // The queue closes when the writer has seen this; what was sent before is still committed.
        let _ = self.jobs.send(Job::Stop).await;
        if let Some(stopped) = self.stopped.lock().await.take() {
            let _ = stopped.await;
        }
        self.review.close().await;
        self.readers.close().await;
    }
}

/// The newest migration this program knows.
pub fn newest_migration() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or_default()
}

/// Goes through the audit trail of a database.
pub async fn verify_trail(db: &mut SqliteConnection, expect: Option<&str>) -> Result<super::Verdict> {
    audit::verify(db, expect).await
}

/// Removes what SQLite keeps beside a database, and the index of words.
pub fn remove_beside(database: &Path) -> std::io::Result<()> {
    remove(&review::file_beside(database), &["", "-wal", "-shm"])?;
    remove(database, &["-wal", "-shm"])
}

/// Removes the files whose names are this one's with a suffix. What is not there is removed already.
fn remove(file: &Path, suffixes: &[&str]) -> std::io::Result<()> {
    for suffix in suffixes {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn prepare_folder(file: &Path) -> std::result::Result<(), OpenError> {
    let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) else { return Ok(()) };
    let failed = |e| OpenError::Folder(folder.display().to_string(), e);
    std::fs::create_dir_all(folder).map_err(failed)?;
    // SQLite would only say "unable to open database file"; a trial file says why.
    let trial = folder.join(".bellhop-writable");
    std::fs::write(&trial, b"").map_err(failed)?;
    std::fs::remove_file(&trial).map_err(failed)
}

#[cfg(test)]
mod tests;
