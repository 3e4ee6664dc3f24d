//! What is pushed to whoever is connected, and whether it arrives.
//!
//! In: an event for an audience. Out: whether at least one page took it. Never: anything kept; whoever is not
//! there does not hear of it.
//!
//! A frame in a queue, or in the network, has not arrived. After it the socket sends a ping, and the pong
//! that answers it says that what went before is there: every client answers pings by itself, and TCP keeps
//! the order.

use super::{Audience, Delivery, Hub, Peer};
use axum::extract::ws::Utf8Bytes;
use std::time::Duration;
use tokio::{sync::mpsc, time::timeout};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a socket says what became of a push. Dropped without a word, it has not become anything.
pub type Receipts = mpsc::Sender<Receipt>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Handed to the network; `lately`: the other end was heard a moment ago, so it is there, and slow.
    Written {
        lately: bool,
    },
    Arrived,
}

impl Hub {
    /// Sends an event to an audience; whether one of its sockets took it. A board takes nothing: nobody sits
    /// before it.
    pub async fn push(&self, audience: Audience, text: Utf8Bytes) -> bool {
        let (receipts, mut heard) = {
            let mut registry = self.registry();
            let mut sockets = registry.audience(audience);
            sockets.retain(|id| {
                !matches!(registry.all.get(id).map(|socket| &socket.peer), Some(Peer::Board(_)) | None)
            });
            // Each socket says at most two words.
            let (receipts, heard) = mpsc::channel(2 * sockets.len().max(1));
            for id in sockets {
                registry.post(id, Delivery::Push(text.clone(), receipts.clone()), self);
            }
            (receipts, heard)
        };
        // From here on only the sockets can say something; when all have gone, it ends.
        drop(receipts);
        let mut lately = false;
        let arrived = async {
            while let Some(receipt) = heard.recv().await {
                match receipt {
                    Receipt::Arrived => return true,
                    Receipt::Written { lately: here } => lately |= here,
                }
            }
            false
        };
        // No pong: it is slow, or has gone since.
        timeout(PATIENCE, arrived).await.unwrap_or(false) || lately
    }
}
