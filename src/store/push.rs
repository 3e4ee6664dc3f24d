//! What is kept of pushes: whom they are for, what was answered, and what goes another way.

use super::Result;
use domain::{Email, GuestId, HotelId, Millis};
use uuid::Uuid;

/// A push that reached nobody, and the way it goes instead.
#[derive(Clone, Debug)]
pub struct Missed {
    pub hotel: HotelId,
    pub id: Uuid,
    /// Whom it is for, if that is a guest.
    pub guest: Option<GuestId>,
    pub way: Fallback,
    pub at: Millis,
    pub call: Option<PushCall>,
}

#[derive(Clone, Debug)]
pub enum Fallback {
    Email(Email),
    /// The webhook's body.
    Webhook(String),
}

/// A call that may be repeated under its idempotency key.
#[derive(Clone, Debug)]
pub struct PushCall {
    pub key: String,
    /// SHA-256 of all that was asked.
    pub request: [u8; 32],
}

/// Whether a push that reached nobody goes another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Now, or by the same call before.
    Stored,
    /// There is no such way.
    NoWay,
    /// So much waits for the webhook already.
    TooMany,
    /// The idempotency key was used for another request.
    KeyUsed,
}

/// What a call under this idempotency key came to before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Never,
    /// The HTTP status it was answered with.
    Answered(u16),
    /// The key was used for another request.
    KeyUsed,
}

#[async_trait::async_trait]
pub trait Pushes: Send + Sync + 'static {
    /// Stores a push that reached nobody, once per idempotency key.
    async fn store_missed(&self, missed: Missed) -> Result<Kept>;
    async fn answered_before(&self, hotel: HotelId, call: &PushCall) -> Result<Before>;
    async fn note_answer(&self, hotel: HotelId, call: PushCall, status: u16, at: Millis) -> Result<()>;
    /// The guest whom this hotel knows by this id, as whom they go by now.
    async fn guest_known_as(&self, hotel: HotelId, id: GuestId) -> Result<Option<GuestId>>;
    /// The guest to whom the hotel has linked the stay of this reference.
    async fn guest_of_stay(&self, hotel: HotelId, reference: &str) -> Result<Option<GuestId>>;
}
