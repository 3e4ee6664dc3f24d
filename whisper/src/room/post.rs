//! One participant's queue: bounded in number and in bytes. Whoever does not keep up is let go.

use super::Delivery;
use crate::frame::Frame;
use domain::wire::whisper::{Event, Reason};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// Deliveries that may wait.
const QUEUE: usize = 512;

/// The room's end.
pub(super) struct Post {
    /// Tells a connection from the one before it in the same seat.
    pub id: u64,
    queue: mpsc::Sender<Delivery>,
    waiting: Arc<AtomicUsize>,
    most: usize,
    close: Option<oneshot::Sender<Reason>>,
}

/// The socket's end.
pub(super) struct Inbox {
    queue: mpsc::Receiver<Delivery>,
    waiting: Arc<AtomicUsize>,
    closed: oneshot::Receiver<Reason>,
}

/// `most` is how many bytes of frames may wait.
pub(super) fn open(id: u64, most: usize) -> (Post, Inbox) {
    let (to, queue) = mpsc::channel(QUEUE);
    let (close, closed) = oneshot::channel();
    let waiting = Arc::<AtomicUsize>::default();
    let post = Post { id, queue: to, waiting: waiting.clone(), most, close: Some(close) };
    (post, Inbox { queue, waiting, closed })
}

impl Post {
    pub fn tell(&mut self, event: Event) {
        self.put(Delivery::Event(event), 0);
    }

    pub fn send(&mut self, frame: &Frame) {
        self.put(Delivery::Frame(frame.share()), frame.len());
    }

    fn put(&mut self, delivery: Delivery, bytes: usize) {
        if self.close.is_none() {
            return;
        }
        let room = self.waiting.load(Ordering::Relaxed) + bytes <= self.most;
        // Counted before the other end can take it out again.
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
        if !room || self.queue.try_send(delivery).is_err() {
            self.close(Reason::TooSlow);
        }
    }

    pub fn close(&mut self, reason: Reason) {
        if let Some(close) = self.close.take() {
            let _ = close.send(reason);
        }
    }
}

impl Inbox {
    /// What comes next, or why nothing more does. What waits when a room is closed is not sent.
    pub async fn next(&mut self) -> Result<Delivery, Reason> {
        let (queue, closed) = (&mut self.queue, &mut self.closed);
        let delivery = tokio::select! {
            biased;
            reason = closed => return Err(reason.unwrap_or(Reason::Expired)),
            delivery = queue.recv() => delivery.ok_or(Reason::Expired)?,
        };
        if let Delivery::Frame(frame) = &delivery {
            self.waiting.fetch_sub(frame.len(), Ordering::Relaxed);
        }
        Ok(delivery)
    }
}
