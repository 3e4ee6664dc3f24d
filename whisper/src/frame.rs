//! Ciphertext on its way.

use bytes::Bytes;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A frame in the queues of its receivers, who share it. It is opaque: it can be sent, and nothing else.
pub struct Frame(Arc<Weighed>);

struct Weighed {
    bytes: Bytes,
    weights: [Weight; 2],
}

/// The bytes of all frames that are in a queue now: of one room, or of all.
#[derive(Clone, Default)]
pub(crate) struct Weight(Arc<AtomicUsize>);

impl Weight {
    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Frame {
    pub(crate) fn new(bytes: Vec<u8>, weights: [Weight; 2]) -> Self {
        for weight in &weights {
            weight.0.fetch_add(bytes.len(), Ordering::Relaxed);
        }
        Frame(Arc::new(Weighed { bytes: bytes.into(), weights }))
    }

    pub(crate) fn share(&self) -> Self {
        Frame(self.0.clone())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.bytes.len()
    }

    /// For the socket.
    pub fn into_bytes(self) -> Bytes {
        self.0.bytes.clone()
    }
}

impl Drop for Weighed {
    fn drop(&mut self) {
        for weight in &self.weights {
            weight.0.fetch_sub(self.bytes.len(), Ordering::Relaxed);
        }
    }
}
