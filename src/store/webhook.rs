//! What is kept of hotels' webhooks.

use super::Result;
use domain::{HotelId, Millis, StaffId, Topics};
use uuid::Uuid;

/// An address of a hotel's own that is told of what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: Uuid,
    pub hotel: HotelId,
    pub url: String,
    pub topics: Topics,
    /// Signs what is sent.
    pub secret: Vec<u8>,
    pub made_at: Millis,
    /// Since when it has taken nothing.
    pub failing_since: Option<Millis>,
    /// Nothing is stored for it from here on.
    pub off_at: Option<Millis>,
}

#[async_trait::async_trait]
pub trait Webhooks: Send + Sync + 'static {
    async fn webhooks(&self, hotel: HotelId) -> Result<Vec<Webhook>>;
    async fn add_webhook(&self, webhook: Webhook, by: StaffId) -> Result<()>;
    /// False if the hotel has no such webhook.
    async fn set_webhook(
        &self,
        hotel: HotelId,
        id: Uuid,
        url: String,
        topics: Topics,
        by: StaffId,
        at: Millis,
    ) -> Result<bool>;
    async fn switch_webhook(
        &self,
        hotel: HotelId,
        id: Uuid,
        on: bool,
        by: StaffId,
        at: Millis,
    ) -> Result<bool>;
    /// A webhook, and all that was to be sent to it.
    async fn remove_webhook(&self, hotel: HotelId, id: Uuid, by: StaffId, at: Millis) -> Result<()>;
    /// Something to send to one webhook, to see whether it takes it.
    async fn send_to(
        &self,
        hotel: HotelId,
        webhook: Uuid,
        id: Uuid,
        body: String,
        at: Millis,
    ) -> Result<bool>;
}
