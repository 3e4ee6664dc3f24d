//! The bus of a single machine: a bounded channel from the writer to the hub. The hub never blocks, so neither does
//! the writer; encoding happens here and not under the writer's transaction.

use crate::{
    hub::{Hub, Parcel},
    metrics::Metrics,
    store::Grown,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Commits that may wait to be delivered.
pub const QUEUE: usize = 4096;

/// Delivers until the store has closed its end.
pub async fn run(mut grown: mpsc::Receiver<Grown>, hub: Arc<Hub>, metrics: Arc<Metrics>) {
    while let Some(one) = grown.recv().await {
        for entry in &one.entries {
            metrics.entries.with_label_values(&[entry.kind.as_str()]).inc();
        }
        hub.deliver(Arc::new(Parcel::new(one)));
    }
}
