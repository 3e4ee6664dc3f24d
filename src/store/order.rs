//! A command on its way into the store.

use domain::{ClientId, ConversationId, Epoch, GuestId, HotelId, Millis, Seq, StaffId};
use uuid::Uuid;

/// One command to one conversation by one actor.
#[derive(Clone, Debug)]
pub struct Order {
    pub who: Who,
    pub target: Target,
    pub what: What,
    pub at: Millis,
}

/// Who gives the order. The role is read in the storing transaction, so that a membership withdrawn a moment ago
/// is withdrawn here too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Guest(GuestId),
    Staff(StaffId),
    System,
}

impl Who {
    /// The author's id; Bellhop itself has none.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Who::Guest(id) => Some(id.0),
            Who::Staff(id) => Some(id.0),
            Who::System => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Conversation(ConversationId),
    /// The open conversation of this guest with this hotel; a guest's word opens one if there is none (rule H9).
    Open(GuestId, HotelId),
}

#[derive(Clone, Debug)]
pub enum What {
    Claim {
        epoch: Epoch,
    },
    TakeOver {
        epoch: Epoch,
        reason: String,
    },
    Release {
        epoch: Epoch,
        reason: String,
    },
    Transfer {
        epoch: Epoch,
        to: StaffId,
    },
    Resolve {
        epoch: Epoch,
    },
    Reopen {
        epoch: Epoch,
    },
    /// For guests `epoch` and `seen` are ignored.
    Say {
        epoch: Epoch,
        seen: Seq,
        client_id: ClientId,
        body: String,
    },
    Note {
        client_id: ClientId,
        body: String,
    },
    Read {
        seq: Seq,
    },
    /// The guest's stars, 1 to 5, and a word, which may be empty.
    Rate {
        stars: i64,
        word: String,
    },
    /// The guest's name and language, for this hotel only.
    Introduce {
        name: Option<String>,
        language: Option<String>,
    },
}

impl What {
    /// The command's name on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            What::Claim { .. } => "claim",
            What::TakeOver { .. } => "take_over",
            What::Release { .. } => "release",
            What::Transfer { .. } => "transfer",
            What::Resolve { .. } => "resolve",
            What::Reopen { .. } => "reopen",
            What::Say { .. } => "say",
            What::Note { .. } => "note",
            What::Read { .. } => "read",
            What::Rate { .. } => "rate",
            What::Introduce { .. } => "introduce",
        }
    }

    pub fn client_id(&self) -> Option<ClientId> {
        match self {
            What::Say { client_id, .. } | What::Note { client_id, .. } => Some(*client_id),
            _ => None,
        }
    }
}

/// Where an order's entry stands. For orders without an entry `seq` is the conversation's last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub epoch: Epoch,
    pub at: Millis,
}
