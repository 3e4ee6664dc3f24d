//! Pushes on one socket: sent with a ping behind each, and told of when its pong comes.

use super::{WRITE, send};
use crate::hub::{Receipt, Receipts};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Whoever was heard within this time is there.
const LATELY: Duration = Duration::from_secs(5);

/// Pushes whose arrival is waited for.
const WAITING: usize = 64;

/// Pushes that were sent and not answered for, by number.
#[derive(Default)]
pub(super) struct Pushes {
    count: u64,
    waiting: Vec<(u64, Receipts)>,
}

impl Pushes {
    /// Sends one, and a ping behind it. `heard`: when the other end was heard last.
    pub async fn send(
        &mut self,
        ws: &mut WebSocket,
        text: Utf8Bytes,
        heard: Instant,
        receipts: Receipts,
    ) -> Result<(), ()> {
        send(ws, text).await?;
        self.count += 1;
        let ping = ws.send(Message::Ping(self.count.to_be_bytes().to_vec().into()));
        if !matches!(timeout(WRITE, ping).await, Ok(Ok(()))) {
            return Err(());
        }
        let _ = receipts.try_send(Receipt::Written { lately: heard.elapsed() < LATELY });
        if self.waiting.len() == WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push((self.count, receipts));
        Ok(())
    }

    /// A pong answers its ping, and all pings before it.
    pub fn answered(&mut self, word: &[u8]) {
        let Ok(word) = word.try_into().map(u64::from_be_bytes) else { return };
        let arrived = self.waiting.partition_point(|(count, _)| *count <= word);
        for (_, receipts) in self.waiting.drain(..arrived) {
            let _ = receipts.try_send(Receipt::Arrived);
        }
    }
}
