//! What is kept for a chat in a frame on a hotel's own site: who its guest is where no cookie is kept, and
//! the key by which the bubble asks how much is unread.

use super::Result;
use domain::{GuestId, HotelId, Millis};

#[async_trait::async_trait]
pub trait Frames: Send + Sync + 'static {
    /// Keeps a token of a guest for one hotel, by its hash.
    async fn add_frame_token(
        &self,
        hash: [u8; 32],
        guest: GuestId,
        hotel: HotelId,
        expires_at: Millis,
    ) -> Result<()>;
    /// Whose a token is and until when, if it has not ended.
    async fn frame_token(&self, hash: [u8; 32], now: Millis) -> Result<Option<(GuestId, HotelId, Millis)>>;
    /// Lets a token live on.
    async fn keep_frame_token(&self, hash: [u8; 32], expires_at: Millis) -> Result<()>;
    /// Forgets tokens that ended before `before`.
    async fn forget_frame_tokens(&self, before: Millis) -> Result<()>;
    /// The guest's key for the question of a hotel's bubble; `fresh` becomes it if there is none yet.
    async fn count_key(&self, guest: GuestId, hotel: HotelId, fresh: [u8; 16]) -> Result<[u8; 16]>;
    /// Whose a key is.
    async fn guest_by_count_key(&self, key: [u8; 16]) -> Result<Option<(GuestId, HotelId)>>;
    /// Messages by the staff in the guest's newest conversation that the guest has not seen.
    async fn unseen(&self, guest: GuestId, hotel: HotelId) -> Result<i64>;
}
