//! What is still to be read for searches and figures.
//!
//! In: conversations that have grown, from the writer; those that lag behind, from the follower's first look.
//! Out: some at a time, for the follower. Never: kept on disk; the cursors are, and what lags is found again.

use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Conversations that have grown since they were read last.
#[derive(Debug)]
pub(super) struct Backlog {
    unread: Mutex<Unread>,
    bell: Notify,
    /// The store is being closed.
    over: AtomicBool,
}

#[derive(Debug)]
struct Unread {
    /// Just now. They go first: what was said a moment ago is looked for, and stands on a live board.
    fresh: HashSet<Uuid>,
    /// The others, the next one last.
    older: Vec<Uuid>,
    /// Being read; not known before the first look has said what lags behind.
    in_hand: Option<usize>,
    /// When something was said last.
    last: Option<Instant>,
}

impl Default for Backlog {
    fn default() -> Self {
        let unread = Unread { fresh: HashSet::new(), older: Vec::new(), in_hand: None, last: None };
        Self { unread: Mutex::new(unread), bell: Notify::new(), over: AtomicBool::new(false) }
    }
}

impl Backlog {
    pub(super) fn add(&self, conversations: impl IntoIterator<Item = Uuid>) {
        let mut unread = self.unread();
        unread.fresh.extend(conversations);
        unread.last = Some(Instant::now());
        drop(unread);
        self.bell.notify_one();
    }

    /// How many are to be read; `None` before that is known.
    pub(super) fn count(&self) -> Option<usize> {
        let unread = self.unread();
        unread.in_hand.map(|in_hand| unread.fresh.len() + unread.older.len() + in_hand)
    }

    /// Says what lags behind.
    pub(super) fn lag(&self, conversations: Vec<Uuid>) {
        let mut unread = self.unread();
        unread.older = conversations;
        unread.in_hand = Some(0);
        drop(unread);
        self.bell.notify_one();
    }

    /// Waits until something has grown, or the end.
    pub(super) async fn heard(&self) {
        self.bell.notified().await;
    }

    /// Takes at most so many in hand, each once.
    pub(super) fn take(&self, most: usize) -> Vec<Uuid> {
        let mut unread = self.unread();
        let mut taken: Vec<Uuid> = unread.fresh.iter().copied().take(most).collect();
        let first: HashSet<Uuid> = taken.iter().copied().collect();
        unread.fresh.retain(|id| !first.contains(id));
        while taken.len() < most
            && let Some(id) = unread.older.pop()
        {
            if !first.contains(&id) {
                taken.push(id);
            }
        }
        unread.in_hand = Some(taken.len());
        taken
    }

    /// Puts back what was taken and not read to its end; the first of it is taken first again.
    pub(super) fn put_back(&self, conversations: Vec<Uuid>) {
        let mut unread = self.unread();
        unread.older.extend(conversations.into_iter().rev());
        unread.in_hand = Some(0);
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.bell.notify_one();
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Something was said a moment ago.
    pub(super) fn is_lively(&self) -> bool {
        self.unread().last.is_some_and(|last| last.elapsed() < Duration::from_secs(1))
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_just_now_is_read_before_what_lags_behind() {
        let grew = Backlog::default();
        assert_eq!(grew.count(), None, "before the first look nobody knows");
        let [old, both, new] = [1, 2, 3].map(Uuid::from_u128);
        grew.lag(vec![old, both]);
        grew.add([both, new]);
        let mut first = grew.take(2);
        first.sort();
        assert_eq!((first, grew.count()), (vec![both, new], Some(4)));
        grew.put_back(vec![new]);
        assert_eq!(grew.take(1), [new]);
        grew.put_back(Vec::new());
        assert_eq!(grew.take(9), [both, old]);
        grew.put_back(Vec::new());
        assert_eq!((grew.take(9), grew.count()), (vec![], Some(0)));
    }
}
