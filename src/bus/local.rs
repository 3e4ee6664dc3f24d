//! The bus of a single machine: a bounded channel from the writer to the hub. The hub never blocks, so
//! neither does the writer; encoding happens here and not under the writer's transaction.

use crate::{
    hub::{Broadcast, Hub},
    metrics::Metrics,
    store::Update,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Commits that may wait to be delivered.
pub const QUEUE: usize = 4096;

/// Delivers until the store has closed its end.
pub async fn run(mut updates: mpsc::Receiver<Update>, hub: Arc<Hub>, metrics: Arc<Metrics>) {
    while let Some(update) = updates.recv().await {
        for entry in &update.entries {
            metrics.entries.with_label_values(&[entry.kind.as_str()]).inc();
        }
        hub.deliver(Arc::new(Broadcast::new(update)));
    }
}
