//! The use cases. A file per noun.
//!
//! In: who asks (already known from a cookie) and what for. Out: an answer from the store, or a refusal.
//! Never: HTTP, sockets or SQL; and no rule of its own about conversations, for those are decided in the
//! storing transaction.

pub mod absence;
pub mod attachment;
pub mod bundle;
mod conversation;
pub mod delivery;
mod export;
mod frame;
mod guest;
mod hours;
mod identity;
mod key;
pub mod line;
mod logs;
mod password;
pub mod privacy;
pub mod push;
mod queue;
mod report;
pub mod request;
pub mod rights;
mod room;
mod say;
mod staff;
mod stay;
mod tag;
mod trail;
mod vouch;
mod webhook;
mod zone;

use delivery::Outbox;
pub use guest::{FOUND, Newcomer, Token};
use hours::Calendar;
use line::Lines;
pub use report::LONGEST;
pub use say::written;
pub use zone::{day_in, local, start_of, tz};

use crate::{
    clock::Clock,
    config::Settings,
    hub::Hub,
    limits::Limits,
    mail::Mail,
    metrics::Metrics,
    store::{SharedStore, StoreError},
    whispers::Whispers,
};
use domain::{Refusal, one_line};
use password::HashError;
use std::sync::Arc;
use tokio::sync::Notify;

#[derive(Debug)]
pub struct Desk {
    pub store: SharedStore,
    pub hub: Arc<Hub>,
    pub metrics: Arc<Metrics>,
    pub limits: Limits,
    pub settings: Settings,
    pub clock: Clock,
    pub mail: Mail,
    /// The address people use, without a slash at the end.
    pub public_url: String,
    /// Exports that are being written.
    pub exporting: std::sync::Mutex<std::collections::HashSet<uuid::Uuid>>,
    pub whispers: Arc<Whispers>,
    pub lines: Lines,
    /// A request has another deadline now.
    pub deadlines: Notify,
    pub outbox: Arc<Outbox>,
    pub files: Arc<attachment::Files>,
    /// Pushes under way, by their idempotency keys.
    pub calls: push::Calls,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum No {
    /// An expected no, with its reason.
    #[error("refused")]
    Refused(Refusal),
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        No::Refused(refusal)
    }
}

impl From<HashError> for No {
    fn from(e: HashError) -> Self {
        match e {
            HashError::Busy => No::Refused(Refusal::Unavailable),
            HashError::Failed(why) => No::Failed(StoreError::Nonsense(why)),
        }
    }
}

pub type Answer<T> = Result<T, No>;

/// Whoever asked may be gone before the answer; what was begun is done all the same.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Answer<T>> + Send + 'static) -> Answer<T> {
    tokio::spawn(work).await.map_err(|_| StoreError::Stopped)?
}

impl Desk {
    /// A short line such as a name or a reason; may be empty.
    fn line(&self, text: &str, max: usize) -> Answer<String> {
        let text = one_line(text);
        self.fits(&text, max)?;
        Ok(text)
    }

    fn fits(&self, text: &str, max: usize) -> Answer<()> {
        if text.chars().count() > max { Err(Refusal::TooLong { max }.into()) } else { Ok(()) }
    }
}
