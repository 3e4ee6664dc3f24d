//! What is kept of tags.

use super::{Done, Result};
use domain::{ConversationId, HotelId, Millis, StaffId};

/// A word a hotel sorts its conversations by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    /// Conversations that have it.
    pub used: i64,
}

#[async_trait::async_trait]
pub trait Tags: Send + Sync + 'static {
    /// A hotel's tags, by name.
    async fn tags(&self, hotel: HotelId) -> Result<Vec<Tag>>;
    /// Out: the tag that has this name already, and then nothing is added; `spa` and `Spa` are one.
    async fn add_tag(&self, hotel: HotelId, name: String, by: StaffId, at: Millis) -> Result<Option<String>>;
    /// Gives a tag another name, in the list and on every conversation; out: the other tag that has it.
    async fn rename_tag(
        &self,
        hotel: HotelId,
        name: String,
        new: String,
        by: StaffId,
        at: Millis,
    ) -> Result<Option<String>>;
    /// Takes a tag off the list and off every conversation.
    async fn remove_tag(&self, hotel: HotelId, name: String, by: StaffId, at: Millis) -> Result<()>;
    /// Puts a tag of the hotel's list on a conversation, or takes it off.
    async fn set_tag(
        &self,
        by: StaffId,
        conversation: ConversationId,
        name: String,
        on: bool,
        at: Millis,
    ) -> Result<Done>;
}
