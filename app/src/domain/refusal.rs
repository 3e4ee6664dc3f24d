//! The typed, expected no. A refusal is an answer, not a failure: it is never logged as an error and never a 500.

use super::{ConversationId, Epoch, Person, Seq};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// Not there, or not yours: the two look the same from outside (rule H8).
    NotFound,
    /// Somebody else (or nobody) holds the conversation (rules H1, H2).
    NotHolder { holder: Option<Person>, epoch: Epoch },
    /// The race for a waiting conversation was lost (rule H1).
    AlreadyHeld { holder: Person, epoch: Epoch },
    /// The conversation has changed hands since the epoch named (rule H1).
    Moved { holder: Option<Person>, epoch: Epoch },
    /// A colleague has said something the author was not shown (rule H3).
    Stale { last_seq: Seq },
    /// Nobody holds it, so there is nothing to take over, release or transfer.
    NotHeld { epoch: Epoch },
    /// The conversation is resolved; reopen it first.
    Resolved { epoch: Epoch },
    /// Only a resolved conversation can be reopened.
    NotResolved { epoch: Epoch },
    /// The guest has opened a newer conversation with this hotel (rule H9).
    AlreadyOpen { conversation: ConversationId },
    /// The colleague cannot take it now: away, or not of this hotel.
    NotAvailable,
    /// This actor may never do this.
    NotAllowed,
    /// There is no text in it.
    Empty,
    /// Longer than `max` characters.
    TooLong { max: usize },
    /// Too many in too short a time; `wait_ms` says when to try again.
    TooFast { wait_ms: u64 },
    /// The client_id was used before for another message.
    ClientIdUsed,
    /// Not a command of the protocol; `why` is for the client's programmer.
    BadCommand { why: String },
    /// Bellhop could not store it just now. Nothing was stored; the same client_id may be sent again.
    Unavailable,
}

impl Refusal {
    /// The code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotFound => "not_found",
            Refusal::NotHolder { .. } => "not_holder",
            Refusal::AlreadyHeld { .. } => "already_held",
            Refusal::Moved { .. } => "moved",
            Refusal::Stale { .. } => "stale",
            Refusal::NotHeld { .. } => "not_held",
            Refusal::Resolved { .. } => "resolved",
            Refusal::NotResolved { .. } => "not_resolved",
            Refusal::AlreadyOpen { .. } => "already_open",
            Refusal::NotAvailable => "not_available",
            Refusal::NotAllowed => "not_allowed",
            Refusal::Empty => "empty",
            Refusal::TooLong { .. } => "too_long",
            Refusal::TooFast { .. } => "too_fast",
            Refusal::ClientIdUsed => "client_id_used",
            Refusal::BadCommand { .. } => "bad_command",
            Refusal::Unavailable => "unavailable",
        }
    }

    /// The reason in the words of the person who was refused.
    pub fn in_words(&self) -> String {
        match self {
            Refusal::NotFound => "This conversation could not be found.".into(),
            Refusal::NotHolder { holder: Some(p), .. } => format!("{} is answering this guest now.", p.name),
            Refusal::NotHolder { holder: None, .. } => "Nobody holds this conversation. Claim it first.".into(),
            Refusal::AlreadyHeld { holder, .. } => format!("{} was faster and is answering this guest.", holder.name),
            Refusal::Moved { holder: Some(p), .. } => format!("The conversation changed hands. {} holds it now.", p.name),
            Refusal::Moved { holder: None, .. } => "The conversation changed hands. Nobody holds it now.".into(),
            Refusal::Stale { .. } => "A colleague has answered in the meantime. Read that first, then send again.".into(),
            Refusal::NotHeld { .. } => "Nobody holds this conversation.".into(),
            Refusal::Resolved { .. } => "This conversation is resolved. Reopen it first.".into(),
            Refusal::NotResolved { .. } => "This conversation is already open.".into(),
            Refusal::AlreadyOpen { .. } => "The guest already has a newer open conversation.".into(),
            Refusal::NotAvailable => "That colleague is not available now.".into(),
            Refusal::NotAllowed => "You may not do this.".into(),
            Refusal::Empty => "There is no text to send.".into(),
            Refusal::TooLong { max } => format!("This is too long. {max} characters are the most."),
            Refusal::TooFast { wait_ms } => format!("Too many messages at once. Try again in {} s.", wait_ms.div_ceil(1000).max(1)),
            Refusal::ClientIdUsed => "This was already sent as another message.".into(),
            Refusal::BadCommand { why } => format!("The request was not understood: {why}"),
            Refusal::Unavailable => "It could not be stored just now. Please send it again.".into(),
        }
    }
}
