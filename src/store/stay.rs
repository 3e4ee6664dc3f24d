//! What is kept of stays.

use super::Result;
use domain::{ConversationId, Day, GuestId, HotelId, Millis, Refusal, StaffId, Stay, StayChange, StayId};
use uuid::Uuid;

/// Stays are a hotel's; which guest one belongs to is said, never guessed.
#[async_trait::async_trait]
pub trait Stays: Send + Sync + 'static {
    /// Stays that may be this conversation's guest's: by name, e-mail, phone or scanned room, present or to
    /// come. `None` if the viewer may not see the conversation.
    async fn likely_stays(
        &self,
        viewer: StaffId,
        conversation: ConversationId,
        today: Day,
    ) -> Result<Option<Vec<Stay>>>;
    /// Stays of the conversation's hotel whose reference, name or room begins so.
    async fn find_stays(
        &self,
        viewer: StaffId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Option<Vec<Stay>>>;
    /// Says which stay the guest of a conversation has, or that none is known.
    async fn link_stay(
        &self,
        by: StaffId,
        conversation: ConversationId,
        stay: Option<StayId>,
        at: Millis,
    ) -> Result<Done>;
    /// Changes the stay beside a conversation; makes one if there is none.
    async fn change_stay(
        &self,
        by: StaffId,
        conversation: ConversationId,
        change: StayChange,
        at: Millis,
    ) -> Result<Done>;
    /// Takes in what a hotel's own system says of a reservation, once per idempotency key.
    async fn take_stay(&self, told: Told) -> Result<std::result::Result<Taken, NotTaken>>;
    async fn stay_by_reference(&self, hotel: HotelId, reference: &str) -> Result<Option<(Stay, i64)>>;
    /// What the hotel's own site says of the guest who opens its chat.
    async fn vouch(&self, guest: GuestId, hotel: HotelId, vouched: Vouched, at: Millis) -> Result<()>;
    /// Forgets answers given under idempotency keys before `before`.
    async fn forget_calls(&self, before: Millis) -> Result<()>;
}

/// Carried out, or refused.
pub type Done = std::result::Result<(), Refusal>;

/// An event of a reservation from a hotel's own system.
#[derive(Clone, Debug)]
pub struct Told {
    pub hotel: HotelId,
    pub reference: String,
    /// The system's own count of the reservation's changes; it settles the order of events.
    pub version: i64,
    pub change: StayChange,
    /// The API key that was shown.
    pub key: Uuid,
    pub idempotency_key: String,
    /// SHA-256 of the request's body.
    pub request: [u8; 32],
    pub at: Millis,
    /// The day it is at the hotel.
    pub today: Day,
}

/// The stay after an event was taken in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    pub stay: Stay,
    /// The highest version taken in.
    pub version: i64,
    /// False for an event that arrived after a later one: it was taken in at its place.
    pub latest: bool,
    /// The day it was at the hotel, so that the answer can be given again as it was.
    pub today: Day,
}

/// Why an event was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The idempotency key was used for another request.
    KeyUsed,
    /// The reservation has this version already, with other content.
    VersionUsed,
}

impl Vouched {
    /// The strongest of what says who it is.
    pub fn claim(&self) -> String {
        let claims = [&self.subject, &self.email, &self.reference, &self.name];
        claims.into_iter().find(|claim| !claim.is_empty()).cloned().unwrap_or_default()
    }
}

/// What a token of a hotel's own site says of a guest. Empty means not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouched {
    pub name: String,
    /// The site's own, lasting name for the guest (`sub`).
    pub subject: String,
    pub email: String,
    pub reference: String,
    pub language: String,
}
