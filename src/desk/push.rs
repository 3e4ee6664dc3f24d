//! Pushes: what a hotel's own system says to whoever is connected.
//!
//! In: a key's word, already checked, and whom it is for. Out: it arrived; nobody was there; or it was stored
//! and goes another way. Never: another hotel's people (rule H8), or a word of a conversation.

use super::{Answer, Desk, to_its_end};
use crate::{
    hub::{Audience, encode},
    store::{Before, Fallback, Happened, Kept, Missed, PushCall, Pushed, Webhook},
};
use domain::{Email, GuestId, Hotel, HotelId, Millis, Refusal, Topic, wire::push::Words};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
};
use uuid::Uuid;

/// When to come again where too much waits already, in milliseconds.
const TOO_MANY: u64 = 60_000;

/// Something to say to somebody.
#[derive(Debug)]
pub struct Push {
    pub hotel: Hotel,
    /// The name of the key that says it.
    pub system: String,
    pub action: String,
    pub to: To,
    /// An object.
    pub body: Box<RawValue>,
    pub words: Words,
    /// Ways to go where nobody is connected.
    pub fallback: Vec<Via>,
    pub call: Option<PushCall>,
}

/// Whom a push is for, as its caller names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// By the id by which the hotel knows them.
    Guest(GuestId),
    /// Whoever has this reservation.
    Stay(String),
    /// By e-mail.
    Staff(String),
    /// Everybody at the hotel's desk.
    Hotel(String),
}

/// A way to go where nobody is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Email,
    Webhook,
}

impl Via {
    pub fn parse(text: &str) -> Option<Via> {
        match text {
            "email" => Some(Via::Email),
            "webhook" => Some(Via::Webhook),
            _ => None,
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// At least one page has it.
    Arrived,
    /// It is stored, and goes another way.
    Stored,
    /// Nobody is connected, or is not the hotel's.
    Nobody,
    /// The first call under its idempotency key is still under way.
    UnderWay,
    /// The idempotency key was used for another request.
    KeyUsed,
}

/// Calls under way, by their idempotency keys.
pub type Calls = std::sync::Mutex<HashSet<(HotelId, String)>>;

/// A call's place among those under way.
struct Place(Arc<Desk>, (HotelId, String));

impl Drop for Place {
    fn drop(&mut self) {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// On the wire.
#[derive(Serialize)]
struct Event<'a> {
    on: &'static str,
    hotel: &'a str,
    source: String,
    action: &'a str,
    body: &'a RawValue,
}

impl To {
    pub fn parse(text: &str) -> Option<To> {
        let (kind, name) = text.split_once(':')?;
        match (kind, name.trim()) {
            (_, "") => None,
            ("guest", id) => id.parse().ok().map(To::Guest),
            ("stay", reference) => Some(To::Stay(reference.to_owned())),
            ("staff", email) => Some(To::Staff(email.to_lowercase())),
            ("hotel", slug) => Some(To::Hotel(slug.to_owned())),
            _ => None,
        }
    }
}

impl std::fmt::Display for To {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            To::Guest(id) => write!(f, "guest:{id}"),
            To::Stay(reference) => write!(f, "stay:{reference}"),
            To::Staff(email) => write!(f, "staff:{email}"),
            To::Hotel(slug) => write!(f, "hotel:{slug}"),
        }
    }
}

impl Desk {
    /// Says it, once per idempotency key if it has one; to its end, whether or not the caller waits for it.
    pub async fn push(self: &Arc<Self>, push: Push) -> Answer<Became> {
        let desk = self.clone();
        to_its_end(async move { desk.push_once(push).await }).await
    }

    async fn push_once(self: Arc<Self>, push: Push) -> Answer<Became> {
        let Some(call) = push.call.clone() else { return self.push_now(&push).await };
        let place = (push.hotel.id, call.key.clone());
        if !self.calls.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone()) {
            return Ok(Became::UnderWay);
        }
        let _place = Place(self.clone(), place);
        match self.store.answered_before(push.hotel.id, &call).await? {
            Before::Never => {}
            Before::KeyUsed => return Ok(Became::KeyUsed),
            Before::Answered(200) => return Ok(Became::Arrived),
            Before::Answered(202) => return Ok(Became::Stored),
            Before::Answered(_) => return Ok(Became::Nobody),
        }
        let became = self.push_now(&push).await?;
        // What is stored is noted with it.
        if let Some(status) = match became {
            Became::Arrived => Some(200),
            Became::Nobody => Some(404),
            Became::Stored | Became::UnderWay | Became::KeyUsed => None,
        } {
            self.store.note_answer(push.hotel.id, call, status, self.clock.now()).await?;
        }
        Ok(became)
    }

    async fn push_now(&self, push: &Push) -> Answer<Became> {
        let Some((audience, guest)) = self.audience(&push.hotel, &push.to).await? else {
            return Ok(Became::Nobody);
        };
        let event = Event {
            on: "push",
            hotel: &push.hotel.slug,
            source: format!("{} · {}", push.hotel.name, push.system),
            action: &push.action,
            body: &push.body,
        };
        if self.hub.push(audience, encode(&event)).await {
            return Ok(Became::Arrived);
        }
        let (id, at) = (Uuid::now_v7(), self.clock.now());
        let Some(way) = self.first_way(push, guest, id, at).await? else { return Ok(Became::Nobody) };
        let missed = Missed { hotel: push.hotel.id, id, guest, way, at, call: push.call.clone() };
        match self.store.store_missed(missed).await? {
            Kept::Stored => {
                self.outbox.ring();
                Ok(Became::Stored)
            }
            Kept::NoWay => Ok(Became::Nobody),
            Kept::TooMany => Err(Refusal::TooFast { wait_ms: TOO_MANY }.into()),
            Kept::KeyUsed => Ok(Became::KeyUsed),
        }
    }

    /// The first of the ways it may go that is there.
    async fn first_way(
        &self,
        push: &Push,
        guest: Option<GuestId>,
        id: Uuid,
        at: Millis,
    ) -> Answer<Option<Fallback>> {
        let hotel = push.hotel.id;
        for via in &push.fallback {
            match (via, guest) {
                (Via::Webhook, _) => {
                    let takes = |w: &Webhook| w.off_at.is_none() && w.topics.contains(Topic::Push);
                    if self.store.webhooks(hotel).await?.iter().any(takes) {
                        let to = push.to.to_string();
                        let pushed = Pushed { action: &push.action, to: &to, body: &push.body };
                        let event = Happened::new(id, Topic::Push.as_str(), &push.hotel.slug, at);
                        let event = Happened { push: Some(pushed), ..event };
                        return Ok(Some(Fallback::Webhook(encode(&event).to_string())));
                    }
                }
                (Via::Email, Some(guest)) if !push.words.is_empty() => {
                    let confirmed = self.store.emails(guest).await?.pop();
                    let known = match confirmed {
                        Some(email) => Some(email),
                        None => self.store.vouched_email(guest, hotel).await?,
                    };
                    if let Some(to) = known {
                        self.limits.email(guest, hotel)?;
                        return Ok(Some(Fallback::Email(self.email(push, to))));
                    }
                }
                (Via::Email, _) => {}
            }
        }
        Ok(None)
    }

    /// Who may hear it, and the guest it is for. `None`: nobody of this hotel's.
    async fn audience(&self, hotel: &Hotel, to: &To) -> Answer<Option<(Audience, Option<GuestId>)>> {
        let guest = match to {
            To::Guest(id) => self.store.guest_known_as(hotel.id, *id).await?,
            To::Stay(reference) => self.store.guest_of_stay(hotel.id, reference).await?,
            To::Staff(email) => {
                let Some(login) = self.store.login(email).await? else { return Ok(None) };
                let staff = self.store.staff(login.id).await?;
                let staff = staff.filter(|staff| staff.role_in(hotel.id).is_some());
                return Ok(staff.map(|staff| (Audience::Staff(staff.id), None)));
            }
            To::Hotel(slug) => return Ok((*slug == hotel.slug).then_some((Audience::Hotel(hotel.id), None))),
        };
        Ok(guest.map(|guest| (Audience::Guest(guest, hotel.id), Some(guest))))
    }

    fn email(&self, push: &Push, to: String) -> Email {
        let Words { title, text } = &push.words;
        let title = title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        let text = text.as_deref().map(str::trim).unwrap_or_default();
        let hotel = &push.hotel.name;
        let words = [title.unwrap_or_default(), text].into_iter().filter(|words| !words.is_empty());
        Email {
            to,
            subject: match title {
                // One line, whatever was written.
                Some(title) => format!("{hotel}: {}", title.split_whitespace().collect::<Vec<_>>().join(" ")),
                None => format!("A message from {hotel}"),
            },
            text: format!(
                "{}\n\nTo answer, open your conversation with {hotel}:\n{}/chat/{}\n",
                words.collect::<Vec<_>>().join("\n\n"),
                self.public_url,
                push.hotel.slug,
            ),
        }
    }
}
