//! Keys of hotels' own systems: shown once, kept as a hash, allowed one thing each, revocable.

use super::{Answer, Desk};
use crate::store::ApiKey;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{HotelId, Refusal, StaffId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What a key may be allowed.
const SCOPES: [&str; 3] = ["stays:write", "stays:read", "push"];

/// So that a key is known for one wherever it turns up (in a log, in a repository).
const PREFIX: &str = "bellhop_";

impl Desk {
    /// A new key, as text to be shown once.
    pub async fn new_api_key(
        &self,
        hotel: HotelId,
        name: &str,
        scopes: Vec<String>,
        by: StaffId,
    ) -> Answer<String> {
        let name = self.line(name, 80)?;
        if name.is_empty() {
            return Err(Refusal::Invalid {
                field: "Name".into(),
                why: "say which system the key is for".into(),
            }
            .into());
        }
        if scopes.is_empty() || scopes.iter().any(|s| !SCOPES.contains(&s.as_str())) {
            return Err(
                Refusal::Invalid { field: "Allowed".into(), why: "pick what the key may do".into() }.into()
            );
        }
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let key = ApiKey {
            id: Uuid::now_v7(),
            hotel,
            name,
            scopes,
            created_at: self.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        self.store.add_api_key(key, hash(&text), by).await?;
        Ok(text)
    }

    /// The key behind what a request shows; `None` if it is unknown or revoked.
    pub async fn api_key(&self, shown: &str) -> Answer<Option<ApiKey>> {
        Ok(self.store.api_key(hash(shown), self.clock.now()).await?)
    }
}

/// The key itself is 256 random bits; there is nothing to slow a guesser down for.
fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
