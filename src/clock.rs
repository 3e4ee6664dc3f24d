//! The time of day. The demo tells its stories by a clock of its own, so that they lie in the past.

use domain::Millis;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Millis {
        match self {
            Clock::System => Millis(chrono::Utc::now().timestamp_millis()),
            Clock::Set(at) => Millis(at.load(Ordering::Relaxed)),
        }
    }
}
