//! A private line on the wire: offered, opened, over. What is said on it travels as in a [`super::whisper`].

use crate::{By, ConversationId, Epoch};
use serde::{Deserialize, Serialize};

/// The call as a page writes it, guest's or staff's: the server reads it as [`super::guest::Command::Line`]
/// or [`super::staff::Command::Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename = "line")]
pub struct Ask {
    pub conversation: ConversationId,
    pub wish: Wish,
    pub epoch: Epoch,
}

/// What guest and holder may ask of their conversation's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// A line with whoever is at the other end.
    Offer,
    /// The one that was offered.
    Accept,
    /// Not that one; or, by who offered it, no more. Ends a line that is open.
    Decline,
}

/// The answer: a seat for who accepted, nothing otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// One end of a private line: a room of two at `/whisper/{room}/socket`, and what opens this end's seat
/// there. Given to one page only; it belongs in its memory.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub room: String,
    pub ticket: String,
    /// This end has offered the line: it commits first.
    pub opener: bool,
}

/// A ticket is not for a log.
impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seat { … }")
    }
}

/// How a conversation's line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// `by` would like one.
    Offered,
    /// It is open. With a seat, to the page that offered it; without, to all others: it is elsewhere.
    Opened,
    /// It was declined, withdrawn, or is over.
    Over,
}

/// `{"on":"line","conversation":…,"state":…}`, to the guest's pages and the holder's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineEvent {
    /// Always `line`.
    pub on: String,
    pub conversation: ConversationId,
    pub epoch: Epoch,
    pub state: State,
    /// Who offered it.
    pub by: By,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

impl LineEvent {
    /// As `on` names it.
    pub const NAME: &'static str = "line";
}
