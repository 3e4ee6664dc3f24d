//! What is to go out to hotels' own addresses and by e-mail, and what came of it.

use super::Result;
use domain::{HotelId, Millis, StaffId};
use uuid::Uuid;

/// What goes out one by one: to one webhook, or by one hotel's e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Webhook(Uuid),
    Email(HotelId),
}

/// Where a delivery goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Webhook {
        url: String,
        secret: Vec<u8>,
    },
    /// Its body is a [`domain::Email`].
    Email,
}

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Due {
    pub number: i64,
    /// Of the event: the same in repeats.
    pub id: Uuid,
    pub way: Way,
    pub event: String,
    pub body: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it was first due.
    pub since: Millis,
}

/// What came of a try.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub number: i64,
    pub at: Millis,
    /// In words, for whoever reads the list.
    pub answer: String,
    pub then: Then,
    /// A webhook that has taken nothing since then is switched off.
    pub quiet_since: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Sent,
    Again(Millis),
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Waiting,
    /// Behind another of its conversation.
    Queued,
    /// Handed to the mail server; what came of it is not known yet.
    Sending,
    Sent,
    Failed,
}

impl DeliveryState {
    pub const ALL: [DeliveryState; 5] = [
        DeliveryState::Waiting,
        DeliveryState::Queued,
        DeliveryState::Sending,
        DeliveryState::Sent,
        DeliveryState::Failed,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Queued => "queued",
            DeliveryState::Sending => "sending",
            DeliveryState::Sent => "sent",
            DeliveryState::Failed => "failed",
        }
    }
}

/// A delivery as its hotel's managers see it: never what an e-mail's address is, which the hotel may not
/// know (rule H8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub number: i64,
    pub id: Uuid,
    /// `None`: an e-mail.
    pub url: Option<String>,
    pub event: String,
    pub state: DeliveryState,
    pub tries: i64,
    pub since: Millis,
    pub due: Option<Millis>,
    pub answered_at: Option<Millis>,
    pub answer: String,
}

#[async_trait::async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Where something is due, and when something is next.
    async fn lanes(&self, now: Millis) -> Result<(Vec<Lane>, Option<Millis>)>;
    /// What is due in a lane, at most `limit`.
    async fn due_in(&self, lane: Lane, now: Millis, limit: i64) -> Result<Vec<Due>>;
    /// Notes that these are being handed to the mail server; those that were is what comes back. What was
    /// being handed over before in this lane has failed: nobody knows whether it went out.
    async fn sending(&self, hotel: HotelId, numbers: Vec<i64>, at: Millis) -> Result<Vec<i64>>;
    /// Notes what came of tries in one lane. A webhook that has taken nothing for long enough is switched
    /// off, and the hotel's managers get an e-mail that says so; `link` is where this program is.
    async fn attempted(&self, lane: Lane, attempts: Vec<Attempt>, link: String) -> Result<()>;
    /// Some of what waits for webhooks that are switched off has failed. Whether there may be more.
    async fn fail_some(&self) -> Result<bool>;
    /// What was being handed to the mail server when the program ended has failed.
    async fn fail_unknown(&self, at: Millis) -> Result<()>;

    /// A hotel's deliveries before this number, newest first.
    async fn deliveries(&self, hotel: HotelId, before: Option<i64>, limit: i64) -> Result<Vec<Delivery>>;
    /// Sends one again that has ended; false if there is none.
    async fn replay(&self, hotel: HotelId, number: i64, by: StaffId, at: Millis) -> Result<bool>;
    /// Forgets some of those that ended and were first due before, or that have so many newer ones of the
    /// same webhook. Whether there may be more.
    async fn forget_deliveries(&self, before: Millis, most: i64) -> Result<bool>;
}
