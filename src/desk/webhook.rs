//! A hotel's webhooks, as its managers set them up.

use super::{Answer, Desk};
use crate::{
    hub::encode,
    store::{Happened, Webhook},
    webhook,
};
use domain::{Hotel, HotelId, Refusal, StaffId, Topic, Topics};
use uuid::Uuid;

/// Webhooks of one hotel.
const WEBHOOKS: usize = 10;

/// Bytes of a secret.
const SECRET: usize = 32;

impl Desk {
    /// A new webhook; with its secret.
    pub async fn new_webhook(
        &self,
        hotel: HotelId,
        url: &str,
        topics: Topics,
        by: StaffId,
    ) -> Answer<String> {
        let known = self.store.webhooks(hotel).await?;
        if known.len() >= WEBHOOKS {
            return Err(invalid("Webhooks", format!("the limit is {WEBHOOKS}; remove one first")).into());
        }
        let url = checked(&known, None, url, topics)?;
        let secret = rand::random::<[u8; SECRET]>().to_vec();
        let webhook = Webhook {
            id: Uuid::now_v7(),
            hotel,
            url,
            topics,
            secret: secret.clone(),
            made_at: self.clock.now(),
            failing_since: None,
            off_at: None,
        };
        self.store.add_webhook(webhook, by).await?;
        Ok(webhook::in_words(&secret))
    }

    pub async fn set_webhook(
        &self,
        hotel: HotelId,
        id: Uuid,
        url: &str,
        topics: Topics,
        by: StaffId,
    ) -> Answer<()> {
        let url = checked(&self.store.webhooks(hotel).await?, Some(id), url, topics)?;
        let is_there = self.store.set_webhook(hotel, id, url, topics, by, self.clock.now()).await?;
        if is_there { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }

    /// Sends a webhook something, to see whether it takes it.
    pub async fn test_webhook(&self, hotel: &Hotel, webhook: Uuid) -> Answer<()> {
        let (id, at) = (Uuid::now_v7(), self.clock.now());
        let body = encode(&Happened::new(id, "test", &hotel.slug, at)).to_string();
        if !self.store.send_to(hotel.id, webhook, id, body, at).await? {
            return Err(Refusal::NotFound.into());
        }
        self.outbox.ring();
        Ok(())
    }
}

/// The address as it is kept.
fn checked(known: &[Webhook], own: Option<Uuid>, url: &str, topics: Topics) -> Result<String, Refusal> {
    let url = webhook::parse(url).map_err(|why| invalid("Address", why))?;
    if topics == Topics::default() {
        return Err(invalid("Events", "pick at least one".into()));
    }
    let mut others = known.iter().filter(|webhook| Some(webhook.id) != own);
    if topics.contains(Topic::Push) && others.any(|other| other.topics.contains(Topic::Push)) {
        let why = format!(
            "another webhook already receives “{}”, which can only go to \
            one",
            Topic::Push.in_words()
        );
        return Err(invalid("Events", why));
    }
    Ok(url.to_string())
}

fn invalid(field: &str, why: String) -> Refusal {
    Refusal::Invalid { field: field.into(), why }
}
