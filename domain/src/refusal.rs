//! The typed, expected no. A refusal is an answer, not a failure: it is never logged as an error and never a
//! 500.

use super::{ConversationId, Epoch, Person, Seq};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case", from = "Told")]
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
    /// The guest has a newer conversation with this hotel (rule H9); only the newest is reopened.
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
    /// The client_id was used before for another message: by somebody else, or with other words.
    ClientIdUsed,
    /// The conversation was joined to another one of the same guest; go on there.
    Joined { conversation: ConversationId },
    /// A field that cannot be kept as it is, and why.
    Invalid { field: String, why: String },
    /// Another stay has this reservation reference.
    ReferenceUsed,
    /// The request, or the bid, is another by now: read what it is.
    Changed,
    /// Its time is over.
    Expired,
    /// The request is over: agreed, withdrawn or expired.
    Over,
    /// The guest has accepted a bid; its hotel has to confirm or let it lapse first.
    AlreadyAccepted,
    /// A file of the message is not there: it was not taken in whole, or too long ago. Send it again first.
    FileGone,
    /// Not a command of the protocol; `why` is for the client's programmer.
    BadCommand { why: String },
    /// Bellhop could not store it just now. Nothing was stored; the same client_id may be sent again.
    Unavailable,
}

/// A refusal as it is read off the wire: one flat record. Deriving it would have serde buffer every field of
/// a tagged enum first, and the code for that was a fifth of the guest's download.
#[derive(Deserialize)]
struct Told {
    code: String,
    holder: Option<Person>,
    epoch: Option<Epoch>,
    last_seq: Option<Seq>,
    conversation: Option<ConversationId>,
    max: Option<usize>,
    wait_ms: Option<u64>,
    field: Option<String>,
    why: Option<String>,
}

impl From<Told> for Refusal {
    fn from(told: Told) -> Self {
        let epoch = told.epoch.unwrap_or_default();
        match (told.code.as_str(), told.holder, told.conversation) {
            ("not_found", ..) => Refusal::NotFound,
            ("not_holder", holder, _) => Refusal::NotHolder { holder, epoch },
            ("already_held", Some(holder), _) => Refusal::AlreadyHeld { holder, epoch },
            ("moved", holder, _) => Refusal::Moved { holder, epoch },
            ("stale", ..) => Refusal::Stale { last_seq: told.last_seq.unwrap_or_default() },
            ("not_held", ..) => Refusal::NotHeld { epoch },
            ("resolved", ..) => Refusal::Resolved { epoch },
            ("not_resolved", ..) => Refusal::NotResolved { epoch },
            ("already_open", _, Some(conversation)) => Refusal::AlreadyOpen { conversation },
            ("not_available", ..) => Refusal::NotAvailable,
            ("not_allowed", ..) => Refusal::NotAllowed,
            ("empty", ..) => Refusal::Empty,
            ("too_long", ..) => Refusal::TooLong { max: told.max.unwrap_or_default() },
            ("too_fast", ..) => Refusal::TooFast { wait_ms: told.wait_ms.unwrap_or(1_000) },
            ("client_id_used", ..) => Refusal::ClientIdUsed,
            ("unavailable", ..) => Refusal::Unavailable,
            ("joined", _, Some(conversation)) => Refusal::Joined { conversation },
            ("invalid", ..) => {
                Refusal::Invalid { field: told.field.unwrap_or_default(), why: told.why.unwrap_or_default() }
            }
            ("reference_used", ..) => Refusal::ReferenceUsed,
            ("changed", ..) => Refusal::Changed,
            ("expired", ..) => Refusal::Expired,
            ("over", ..) => Refusal::Over,
            ("already_accepted", ..) => Refusal::AlreadyAccepted,
            ("file_gone", ..) => Refusal::FileGone,
            // A code of a newer server is still a no.
            (code, ..) => Refusal::BadCommand { why: told.why.unwrap_or_else(|| code.to_owned()) },
        }
    }
}

impl Refusal {
    /// More files in a message than the hotel takes.
    pub fn too_many_files(most: usize) -> Self {
        let why = match most {
            0 => "this hotel doesn’t accept files".to_owned(),
            1 => "1 file per message is the limit".to_owned(),
            _ => format!("{most} files per message is the limit"),
        };
        Refusal::Invalid { field: "Files".to_owned(), why }
    }

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
            Refusal::Joined { .. } => "joined",
            Refusal::Invalid { .. } => "invalid",
            Refusal::ReferenceUsed => "reference_used",
            Refusal::Changed => "changed",
            Refusal::Expired => "expired",
            Refusal::Over => "over",
            Refusal::AlreadyAccepted => "already_accepted",
            Refusal::FileGone => "file_gone",
            Refusal::BadCommand { .. } => "bad_command",
            Refusal::Unavailable => "unavailable",
        }
    }

    /// The reason in the words of the person who was refused.
    pub fn in_words(&self) -> String {
        match self {
            Refusal::NotFound => "This conversation could not be found.".into(),
            Refusal::NotHolder { holder: Some(p), .. } => format!("{} is answering this guest now.", p.name),
            Refusal::NotHolder { holder: None, .. } => {
                "This conversation is in the queue. Claim it first.".into()
            }
            Refusal::AlreadyHeld { holder, .. } => {
                format!("{} got there first.", holder.name)
            }
            Refusal::Moved { holder: Some(p), .. } => {
                format!("{} has this conversation now.", p.name)
            }
            Refusal::Moved { holder: None, .. } => "This conversation is back in the queue.".into(),
            Refusal::Stale { .. } => "A colleague just replied. Check it, then send again.".into(),
            Refusal::NotHeld { .. } => "This conversation is in the queue.".into(),
            Refusal::Resolved { .. } => "This conversation is resolved. Reopen it first.".into(),
            Refusal::NotResolved { .. } => "This conversation is already open.".into(),
            Refusal::AlreadyOpen { .. } => "This guest has a newer conversation. Reply there.".into(),
            Refusal::NotAvailable => "That colleague isn’t available right now.".into(),
            Refusal::NotAllowed => "You don’t have permission to do this.".into(),
            Refusal::Empty => "Type a message first.".into(),
            Refusal::TooLong { max } => format!("This is too long. The limit is {max} characters."),
            Refusal::TooFast { wait_ms } => match wait_ms.div_ceil(1000).max(1) {
                seconds @ ..120 => format!("Too many messages at once. Try again in {seconds} s."),
                seconds => format!("Too much at once. Try again in {} min.", seconds.div_ceil(60)),
            },
            Refusal::ClientIdUsed => "This was already sent as another message.".into(),
            Refusal::Joined { .. } => {
                "This conversation was merged with the guest’s other one. Continue there.".into()
            }
            Refusal::Invalid { field, why } => format!("{field}: {why}."),
            Refusal::ReferenceUsed => "This reservation is already on file. Find it and link it.".into(),
            Refusal::Changed => "This has changed since you opened it. Check it again.".into(),
            Refusal::Expired => "This has expired.".into(),
            Refusal::Over => "This request is over.".into(),
            Refusal::AlreadyAccepted => {
                "A bid has already been accepted. Wait for the hotel to confirm it or let it expire.".into()
            }
            Refusal::FileGone => "A file in this message didn’t arrive. Attach it again.".into(),
            Refusal::BadCommand { why } => format!("Something went wrong with this request: {why}"),
            Refusal::Unavailable => "We couldn’t save this just now. Please send it again.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StaffId;
    use uuid::Uuid;

    #[test]
    fn every_refusal_is_read_as_it_was_written() {
        let holder = Person { id: StaffId(Uuid::from_u128(1)), name: "Maria".into() };
        for refusal in [
            Refusal::NotFound,
            Refusal::NotHolder { holder: Some(holder.clone()), epoch: 4 },
            Refusal::NotHolder { holder: None, epoch: 4 },
            Refusal::AlreadyHeld { holder: holder.clone(), epoch: 4 },
            Refusal::Moved { holder: Some(holder), epoch: 4 },
            Refusal::Stale { last_seq: 9 },
            Refusal::NotHeld { epoch: 4 },
            Refusal::Resolved { epoch: 4 },
            Refusal::NotResolved { epoch: 4 },
            Refusal::AlreadyOpen { conversation: ConversationId(Uuid::from_u128(2)) },
            Refusal::NotAvailable,
            Refusal::NotAllowed,
            Refusal::Empty,
            Refusal::TooLong { max: 4_000 },
            Refusal::TooFast { wait_ms: 250 },
            Refusal::ClientIdUsed,
            Refusal::Joined { conversation: ConversationId(Uuid::from_u128(3)) },
            Refusal::Invalid { field: "room".into(), why: "too long".into() },
            Refusal::ReferenceUsed,
            Refusal::Changed,
            Refusal::Expired,
            Refusal::Over,
            Refusal::AlreadyAccepted,
            Refusal::FileGone,
            Refusal::BadCommand { why: "because".into() },
            Refusal::Unavailable,
        ] {
            let text = serde_json::to_string(&refusal).unwrap();
            assert!(text.contains(&format!("\"code\":\"{}\"", refusal.code())), "{text}");
            assert_eq!(serde_json::from_str::<Refusal>(&text).unwrap(), refusal);
        }
    }
}
