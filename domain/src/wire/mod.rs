//! The wire between browser and server: what `docs/protocol.md` says, as types.
//!
//! A socket carries JSON text frames. In: a [`Call`] (a command with a number). Out: exactly one [`Answer`]
//! to each call, and events without a number. Guests and staff have words of their own, so that a guest's
//! frame can never be read as a staff command.

pub mod guest;
pub mod line;
pub mod push;
pub mod request;
pub mod staff;
pub mod whisper;

use crate::{By, ConversationId, Entry, EntryKind, Epoch, Millis, Refusal, Seq};
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "bellhop.v1";

/// The largest frame in bytes; a larger one closes the socket with code 1009.
pub const MAX_FRAME: usize = 64 * 1024;

/// The most entries one answer carries; `more` tells that others follow.
pub const PAGE: i64 = 200;

/// The most entries one `resume` answers, over all its conversations.
pub const RESUME: i64 = 1_000;

/// How long a resolution can be taken back, in seconds. The guest is told of it after that.
pub const UNDO: u64 = 5;

/// Typing is shown for this long after the last word of it, in milliseconds.
pub const TYPING_EXPIRES: i64 = 5_000;

/// A client repeats `typing` at most this often, in milliseconds.
pub const TYPING_EVERY: i64 = 3_000;

/// A command and the number its answer will carry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call<C> {
    pub id: u64,
    #[serde(flatten)]
    pub command: C,
}

/// The one answer to a call.
#[derive(Debug, Serialize)]
pub struct Answer<T> {
    pub id: u64,
    #[serde(flatten)]
    pub outcome: Outcome<T>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    Ok(T),
    No(Refusal),
}

/// The event that carries an entry: `{"on":"said","conversation":…,"entry":{…}}`, named after the entry's
/// kind.
#[derive(Debug, Serialize)]
pub struct EntryEvent<'a> {
    pub on: EntryKind,
    pub conversation: ConversationId,
    /// The hotel's slug; guests know hotels by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotel: Option<&'a str>,
    pub entry: &'a Entry,
}

/// Somebody types, or has stopped. Never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    pub conversation: ConversationId,
    pub by: By,
    pub active: bool,
}

/// The answer to `say` and `note`: where the entry stands. It leaves after the commit is durable (rule H6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Millis,
}

/// The answer to a change of hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    pub seq: Seq,
    pub epoch: Epoch,
    pub at: Millis,
}

/// What the server tells a client of its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most characters of one message.
    pub body: usize,
}

/// The empty answer `{}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

#[cfg(test)]
mod tests {
    use super::*;
    use line::{Ask, Wish};

    #[test]
    fn what_a_page_asks_of_a_line_is_read_as_a_guests_call_and_as_the_staffs() {
        let conversation = ConversationId(uuid::Uuid::nil());
        for wish in [Wish::Offer, Wish::Accept, Wish::Decline] {
            let text = serde_json::to_string(&Ask { conversation, wish, epoch: 3 }).unwrap();
            let line = guest::Command::Line { conversation, wish, epoch: 3 };
            assert_eq!(serde_json::from_str::<guest::Command>(&text).unwrap(), line, "{text}");
            let line = staff::Command::Line { conversation, wish, epoch: 3 };
            assert_eq!(serde_json::from_str::<staff::Command>(&text).unwrap(), line, "{text}");
        }
    }
}
