//! What is kept of identities.

use super::Result;
use domain::{GuestId, Millis};

/// How a guest proves to be one they were before.
#[async_trait::async_trait]
pub trait Identities: Send + Sync + 'static {
    /// The addresses a guest has shown to be theirs.
    async fn emails(&self, guest: GuestId) -> Result<Vec<String>>;
    /// Keeps a one-time code and link on their way to an address; the guest's code before it ends.
    async fn put_code(&self, guest: GuestId, code: OneTime) -> Result<()>;
    /// Forgets codes that ended before `before`.
    async fn forget_codes(&self, before: Millis) -> Result<()>;
    /// The address a guest's code was sent to, while it lives.
    async fn code_sent_to(&self, guest: GuestId, at: Millis) -> Result<Option<String>>;
    /// The address a link was sent to, while it lives, and who asked for it.
    async fn link_sent_to(&self, link: [u8; 32], at: Millis) -> Result<Option<(String, GuestId)>>;
    /// Tries a code: confirms the address for `guest`, joining them with the one it belongs to; or counts the
    /// try.
    async fn try_code(&self, guest: GuestId, code: [u8; 32], at: Millis) -> Result<Tried>;
    /// Confirms the address a link was sent to for `guest`, whoever asked for it: whoever opens it reads the
    /// mailbox.
    async fn try_link(&self, guest: GuestId, link: [u8; 32], at: Millis) -> Result<Tried>;
}

/// A one-time code and the link beside it, as hashes.
#[derive(Clone, Debug)]
pub struct OneTime {
    pub email: String,
    pub code: [u8; 32],
    pub link: [u8; 32],
    pub expires_at: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The address is the guest's. `joined` names whom they were before, if that was somebody else.
    Right {
        guest: GuestId,
        joined: Option<GuestId>,
    },
    Wrong {
        left: i64,
    },
    /// Expired, used up, or never sent.
    Over,
}
