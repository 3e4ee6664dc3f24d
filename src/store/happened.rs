//! What a hotel's own systems are sent, as JSON (docs/push.md).

use domain::{Conversation, ConversationId, Entry, Guest, Millis, Person, Status, Stay};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// Something that has happened.
#[derive(Debug, Serialize)]
pub struct Happened<'a> {
    /// Of this event: the same in repeats, and for everybody who is told of it.
    pub id: Uuid,
    /// The topic, or `test`.
    pub event: &'static str,
    /// The hotel's slug.
    pub hotel: &'a str,
    pub at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<About<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<&'a Guest>,
    /// The line of the timeline it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<&'a Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<&'a Stay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Pushed<'a>>,
}

/// The conversation it has happened in, as it stands when this is told: others may have acted in the same
/// moment.
#[derive(Debug, Serialize)]
pub struct About<'a> {
    pub id: ConversationId,
    pub status: Status,
    pub holder: Option<&'a Person>,
    pub room: Option<&'a str>,
}

/// A push that reached nobody.
#[derive(Debug, Serialize)]
pub struct Pushed<'a> {
    pub action: &'a str,
    /// As it was called: `guest:…`, `staff:…`.
    pub to: &'a str,
    /// As it was sent.
    pub body: &'a RawValue,
}

impl<'a> Happened<'a> {
    pub fn new(id: Uuid, event: &'static str, hotel: &'a str, at: Millis) -> Self {
        Happened {
            id,
            event,
            hotel,
            at,
            conversation: None,
            guest: None,
            entry: None,
            stay: None,
            push: None,
        }
    }

    /// In this conversation.
    pub fn within(self, c: &'a Conversation) -> Self {
        let room = c.stay.as_ref().and_then(|stay| stay.room.as_deref()).or(c.scanned_room.as_deref());
        let about = About { id: c.id, status: c.status, holder: c.holder.as_ref(), room };
        Happened { conversation: Some(about), guest: Some(&c.guest), stay: c.stay.as_ref(), ..self }
    }
}
