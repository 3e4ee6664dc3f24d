//! The one writer.
//!
//! In: jobs from everywhere, in the order they were sent. Out: one durable transaction per group, then the
//! replies and the updates for the bus, in commit order. Never: a reply before its commit (rule H6).
//!
//! A commit costs an fsync whatever it holds, so the writer takes all that waits, up to [`GROUP`], into one.
//! If a group fails as a whole, its jobs are tried again one by one, so that one bad job leaves its
//! neighbours alone.

use super::super::{Order, Outcome, Result, Update, order::transaction::store};
use super::backlog::Backlog;
use crate::metrics::Metrics;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnection;
use std::{sync::Arc, time::Instant};
use tokio::sync::{Notify, mpsc, oneshot};

/// The most jobs of one transaction. Past this the fsync is a small part of the cost and latency only grows.
const GROUP: usize = 64;

/// Other work in the group's transaction. Its updates are published like those of orders.
pub(super) type Work =
    Box<dyn for<'c> Fn(&'c mut SqliteConnection) -> BoxFuture<'c, Result<Vec<Update>>> + Send + Sync>;

pub(super) enum Job {
    Order(Order, oneshot::Sender<Result<Outcome>>),
    Work(Work, oneshot::Sender<Result<()>>),
    /// Outside any transaction: move the rest of the log and begin it anew.
    StartLogOver,
    /// Outside any transaction: move all of the log and leave it empty. What was erased stands in it no more.
    /// False if somebody was still reading in it.
    EmptyLog(oneshot::Sender<bool>),
    Stop,
}

pub(super) async fn run(
    mut connection: SqliteConnection,
    mut queue: mpsc::Receiver<Job>,
    metrics: Arc<Metrics>,
    publisher: Publisher,
) {
    let mut jobs = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut jobs, GROUP).await > 0 {
        if jobs.iter().any(|job| matches!(job, Job::Stop)) {
            queue.close();
            jobs.retain(|job| !matches!(job, Job::Stop));
        }
        let start_over = jobs.iter().any(|job| matches!(job, Job::StartLogOver));
        let emptied: Vec<_> = jobs.extract_if(.., |job| matches!(job, Job::EmptyLog(_))).collect();
        let group = Group::of(jobs.drain(..));
        let started = Instant::now();
        group.commit(&mut connection, &metrics, &publisher).await;
        metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
        if start_over {
            // In vain if somebody reads; the log is still long then, and this is asked for again.
            move_log(&mut connection, "PRAGMA wal_checkpoint(RESTART)").await;
        }
        if !emptied.is_empty() {
            let empty = move_log(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            for job in emptied {
                if let Job::EmptyLog(done) = job {
                    let _ = done.send(empty);
                }
            }
        }
    }
    use sqlx::Connection as _;
    if let Err(e) = connection.close().await {
        tracing::error!(error = %e, "closing the database failed");
    }
}

/// Jobs of one transaction, by kind. Orders keep their order among themselves.
#[derive(Default)]
struct Group {
    orders: Vec<Order>,
    order_replies: Vec<oneshot::Sender<Result<Outcome>>>,
    works: Vec<Work>,
    work_replies: Vec<oneshot::Sender<Result<()>>>,
}

impl Group {
    fn of(jobs: impl Iterator<Item = Job>) -> Self {
        let mut group = Group::default();
        for job in jobs {
            match job {
                Job::Order(order, reply) => {
                    group.orders.push(order);
                    group.order_replies.push(reply);
                }
                Job::Work(work, reply) => {
                    group.works.push(work);
                    group.work_replies.push(reply);
                }
                Job::StartLogOver | Job::EmptyLog(_) | Job::Stop => {}
            }
        }
        group
    }

    async fn commit(self, connection: &mut SqliteConnection, metrics: &Metrics, publisher: &Publisher) {
        let size = self.orders.len() + self.works.len();
        if size == 0 {
            return;
        }
        metrics.group_size.observe(size as f64);
        match store(connection, &self.orders, &self.works).await {
            Ok((outcomes, updates)) => {
                publisher.publish(updates).await;
                for (reply, outcome) in self.order_replies.into_iter().zip(outcomes) {
                    let _ = reply.send(Ok(outcome));
                }
                for reply in self.work_replies {
                    let _ = reply.send(Ok(()));
                }
            }
            Err(e) if size == 1 => {
                if let Some(reply) = self.order_replies.into_iter().next() {
                    let _ = reply.send(Err(e));
                } else if let Some(reply) = self.work_replies.into_iter().next() {
                    let _ = reply.send(Err(e));
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, size, "a group failed; its jobs are tried one by one");
                for (order, reply) in self.orders.into_iter().zip(self.order_replies) {
                    let outcome = match store(connection, &[order], &[]).await {
                        Ok((mut outcomes, updates)) => {
                            publisher.publish(updates).await;
                            Ok(outcomes.remove(0))
                        }
                        Err(e) => Err(e),
                    };
                    let _ = reply.send(outcome);
                }
                for (work, reply) in self.works.into_iter().zip(self.work_replies) {
                    let done = match store(connection, &[], &[work]).await {
                        Ok((_, updates)) => {
                            publisher.publish(updates).await;
                            Ok(())
                        }
                        Err(e) => Err(e),
                    };
                    let _ = reply.send(done);
                }
            }
        }
    }
}

/// Moves all of the log, hardly waiting for those who read in it (a backup does for minutes): the writer has
/// others to serve. False if it could not be done.
async fn move_log(connection: &mut SqliteConnection, how: &'static str) -> bool {
    let moved = async {
        sqlx::query("PRAGMA busy_timeout = 50").execute(&mut *connection).await?;
        let moved = sqlx::query_as::<_, (i64, i64, i64)>(how).fetch_one(&mut *connection).await;
        sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut *connection).await?;
        moved.map(|(busy, ..)| busy == 0)
    };
    moved.await.unwrap_or_else(|e| {
        tracing::error!(error = %e, "the write-ahead log could not be moved");
        false
    })
}

/// Who is told of what has changed: the index of words, and through the bus the hub.
pub(super) struct Publisher {
    pub bus: mpsc::Sender<Update>,
    pub backlog: Arc<Backlog>,
    /// Rings whoever delivers to hotels' own systems.
    pub deliveries: Arc<Notify>,
}

impl Publisher {
    async fn publish(&self, updates: Vec<Update>) {
        if updates.iter().any(|update| update.told) {
            self.deliveries.notify_one();
        }
        self.backlog.add(updates.iter().map(|update| update.conversation.id.0));
        for update in updates {
            // A closed bus means the program is stopping; what was committed is read from the store later.
            let _ = self.bus.send(update).await;
        }
    }
}
