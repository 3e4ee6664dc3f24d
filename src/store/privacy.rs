//! What is kept of people, given out and taken away.

use super::Result;
use domain::WouldGo;
use domain::{GuestId, HotelId, Millis};

/// What a hotel holds of a guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// As the hotel knows them; empty if it knows no name.
    pub name: String,
    pub conversations: i64,
    /// Of them not resolved.
    pub open: i64,
    pub entries: i64,
    pub notes: i64,
    pub stays: i64,
}

/// What one step of a deletion has taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    pub conversations: i64,
    pub entries: i64,
    pub stays: i64,
    pub guests: i64,
    /// There is more to do.
    pub more: bool,
    /// Nothing was taken away: a conversation is open.
    pub open: bool,
}

impl std::ops::AddAssign for Gone {
    fn add_assign(&mut self, other: Gone) {
        self.conversations += other.conversations;
        self.entries += other.entries;
        self.stays += other.stays;
        self.guests += other.guests;
        self.open |= other.open;
    }
}

/// People's data. What is taken away is overwritten in the file, and leaves the index of words.
#[async_trait::async_trait]
pub trait Privacy: Send + Sync + 'static {
    /// `None` if the hotel knows nothing of this guest.
    async fn holdings(&self, hotel: HotelId, guest: GuestId) -> Result<Option<Holdings>>;
    /// All of it, for the person it is about.
    async fn guest_data(&self, hotel: HotelId, guest: GuestId) -> Result<Option<serde_json::Value>>;
    /// Takes away a part of a guest's data that is small enough to make nobody wait; once there is no more,
    /// the guest too. Nothing while a conversation is open: what is said in it is acknowledged.
    async fn erase_some(&self, hotel: HotelId, guest: GuestId) -> Result<Gone>;
    /// Takes away some of the resolved conversations with no word since `before`.
    async fn expire_conversations(&self, hotel: HotelId, before: Millis) -> Result<Gone>;
    /// Takes away some of the guests without a conversation who were last here before `before`, and of the
    /// stays that ended before.
    async fn expire_guests(&self, hotel: HotelId, before: Millis) -> Result<Gone>;
    /// Takes away some of those who came before `before`, never wrote and told nothing, and were not seen
    /// since: crawlers, and whoever only looked.
    async fn forget_visitors(&self, before: Millis) -> Result<Gone>;
    /// Sees that what was taken away does not stand in the write-ahead log either.
    async fn leave_no_trace(&self) -> Result<()>;
    /// How much has passed those times.
    async fn would_expire(
        &self,
        hotel: HotelId,
        conversations: Option<Millis>,
        guests: Option<Millis>,
    ) -> Result<WouldGo>;
}
