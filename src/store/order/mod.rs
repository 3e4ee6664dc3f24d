//! A command on its way into the store, and how it gets there: [`transaction`] is the page of contents.

mod group;
pub mod rank;
mod reading;
pub mod transaction;

pub use group::{Group, GuestSnapshot, Member, Open, Question, ReadMark, Stored, TakenIn};

use domain::{Command, ConversationId, Epoch, GuestId, HotelId, Millis, Seq, StaffId};
use uuid::Uuid;

/// One command to one conversation by one actor.
#[derive(Clone, Debug)]
pub struct Order {
    pub by: ActorId,
    pub target: Target,
    pub command: Command,
    pub at: Millis,
}

/// Who gives the order. The role is read in the storing transaction, so that a membership withdrawn a moment
/// ago is withdrawn here too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorId {
    Guest(GuestId),
    Staff(StaffId),
    System,
}

impl ActorId {
    /// The author's id; Bellhop itself has none.
    pub fn id(self) -> Option<Uuid> {
        match self {
            ActorId::Guest(id) => Some(id.0),
            ActorId::Staff(id) => Some(id.0),
            ActorId::System => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Conversation(ConversationId),
    /// The open conversation of this guest with this hotel; a guest's word opens one if there is none (rule
    /// H9).
    Open(GuestId, HotelId),
}

/// Where an order's entry stands. For orders without an entry `seq` is how far was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub epoch: Epoch,
    pub at: Millis,
}
