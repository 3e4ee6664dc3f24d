//! Moves the write-ahead log into the database, beside the writer.
//!
//! In: time. Out: a log that stays short. Never: a wait for the writer; a passive checkpoint takes what it
//! can while commits go on. Only when the log has grown long under unbroken load does the writer start it
//! over, which is quick because most of it has been moved by then, and put off while somebody reads in it.

use super::writer::Job;
use sqlx::{Connection as _, sqlite::SqliteConnection};
use std::time::Duration;
use tokio::sync::mpsc::WeakSender;

const EVERY: Duration = Duration::from_millis(500);

/// Bytes of log.
const LONG: i64 = 64 << 20;

/// Runs until the store is gone.
pub(super) async fn run(mut db: SqliteConnection, jobs: WeakSender<Job>) {
    let page: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut db).await.unwrap_or(4096);
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(jobs) = jobs.upgrade() else { break };
        let moved =
            sqlx::query_as::<_, (i64, i64, i64)>("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut db).await;
        match moved {
            Ok((_, log, _)) if log * page > LONG => {
                if jobs.send(Job::StartLogOver).await.is_err() {
                    break;
                }
            }
            Ok(_) => {}
            Err(e) => tracing::error!(error = %e, "the write-ahead log could not be moved"),
        }
    }
    let _ = db.close().await;
}
