//! What is kept of keys.

use super::Result;
use domain::{HotelId, Millis, StaffId};
use uuid::Uuid;

/// Keys of hotels: secrets that sign, and keys of their own systems.
#[async_trait::async_trait]
pub trait Keys: Send + Sync + 'static {
    async fn secret(&self, hotel: HotelId, purpose: Purpose) -> Result<Option<(Vec<u8>, Millis)>>;
    /// Replaces the secret. `by` is `None` where Bellhop makes one for itself; then an existing one is kept.
    async fn set_secret(
        &self,
        hotel: HotelId,
        purpose: Purpose,
        secret: Vec<u8>,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<()>;
    async fn api_keys(&self, hotel: HotelId) -> Result<Vec<ApiKey>>;
    async fn add_api_key(&self, key: ApiKey, hash: [u8; 32], by: StaffId) -> Result<()>;
    async fn revoke_api_key(&self, hotel: HotelId, key: Uuid, by: StaffId, at: Millis) -> Result<()>;
    /// The key behind a hash, unless it is revoked; notes its use.
    async fn api_key(&self, hash: [u8; 32], at: Millis) -> Result<Option<ApiKey>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signs the links in the rooms.
    Room,
    /// Signs the tokens of the hotel's own site.
    Vouch,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Room => "room",
            Purpose::Vouch => "vouch",
        }
    }
}

/// A key of a hotel's own system. What it is made of is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    pub hotel: HotelId,
    pub name: String,
    /// What it may do: `stays:read`, `stays:write`, `push`.
    pub scopes: Vec<String>,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
    pub revoked_at: Option<Millis>,
}
