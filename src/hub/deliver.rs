//! What has changed, to those whom it concerns.
//!
//! In: updates from the bus, in commit order. Out: a delivery in the queue of each socket of the guest, of
//! the hotel's staff who watch, and of those who have the conversation open. Never: a wait for a slow socket;
//! its queue is bounded, and it reads on from its cursor when it is back.
//!
//! 6 of 6 on a message's way; before: `store/order/transaction.rs`, through `bus/`; after: `socket/cursor.rs`
//! picks what the reader has not been sent, and the other screen shows it.

use super::{Broadcast, Delivery, Hub, Reason, SocketId, registry::Registry};
use std::sync::Arc;
use tokio::sync::mpsc;

impl Hub {
    /// Brings an update to its guest, the hotel's watchers and its viewers.
    pub fn deliver(&self, broadcast: Arc<Broadcast>) {
        let c = &broadcast.update.conversation;
        let mut registry = self.registry();
        for entry in &broadcast.update.entries {
            registry.typing.has_spoken(c.id, &entry.by);
            if entry.kind.changes_hands() {
                registry.typing.has_changed_hands(c.id);
            }
        }
        // One that ends by being joined to another has no entry of it.
        if c.joined_to.is_some() || broadcast.update.entries.iter().any(|entry| entry.kind.changes_hands()) {
            let _ = self.handovers.send((c.id, c.epoch));
        }
        if !registry.listening.is_empty() {
            registry.listening.remove(&c.person);
        }
        let mut to: Vec<SocketId> = Vec::new();
        to.extend(registry.guests.get(&c.person).into_iter().flatten());
        to.extend(registry.watchers.get(&c.hotel).into_iter().flatten());
        to.extend(registry.viewers.get(&c.id).into_iter().flatten());
        to.sort_unstable();
        to.dedup();
        for id in to {
            registry.post(id, Delivery::Update(broadcast.clone()), self);
        }
    }
}

impl Registry {
    /// Puts a delivery into one queue. A full queue means the receiver does not keep up: it is closed, and
    /// reads on later.
    pub(super) fn post(&mut self, id: SocketId, delivery: Delivery, hub: &Hub) {
        let Some(socket) = self.all.get_mut(&id) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = socket.queue.try_send(delivery)
            && let Some(close) = socket.close.take()
        {
            hub.metrics.closed.with_label_values(&[Reason::TooSlow.as_str()]).inc();
            let _ = close.send(Reason::TooSlow);
        }
    }
}
