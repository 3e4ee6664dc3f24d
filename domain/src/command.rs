//! What can be asked of a conversation. Whether it may be is said by [`decide`](super::decide).

use super::{AttachmentId, Badge, ClientId, EntryKind, Epoch, Person, Seq, StaffId, Terms};

/// A command to one conversation. `epoch` is the one its author saw (rule H1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
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
        to: Recipient,
    },
    Resolve {
        epoch: Epoch,
    },
    Reopen {
        epoch: Epoch,
    },
    /// `seen` is the last entry its author was shown (rule H3). A guest's `epoch` and `seen` are ignored.
    Say {
        epoch: Epoch,
        seen: Seq,
        client_id: ClientId,
        body: String,
        /// What is sent besides: files that were taken in before, each in one message only.
        files: Vec<AttachmentId>,
    },
    Note {
        client_id: ClientId,
        body: String,
        files: Vec<AttachmentId>,
    },
    /// Everything up to `seq` was read.
    Read {
        seq: Seq,
    },
    /// Guest and holder agree on a private line: by whoever offered it, while this epoch lasts.
    OpenLine {
        epoch: Epoch,
    },
    /// The private line has ended.
    CloseLine,
    /// A turn of a request, as [`request::decide`](super::request::decide) has it. To the holder's `epoch`
    /// and `seen` the rules of [`Command::Say`] apply: a bid is an answer.
    Turn(Box<Turn>),
    /// The guest's stars, 1 to 5, and a word, which may be empty.
    Rate {
        stars: i64,
        word: String,
    },
}

impl Command {
    /// The command's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Claim { .. } => "claim",
            Command::TakeOver { .. } => "take_over",
            Command::Release { .. } => "release",
            Command::Transfer { .. } => "transfer",
            Command::Resolve { .. } => "resolve",
            Command::Reopen { .. } => "reopen",
            Command::Say { .. } => "say",
            Command::Note { .. } => "note",
            Command::Read { .. } => "read",
            Command::OpenLine { .. } => "open_line",
            Command::CloseLine => "close_line",
            Command::Turn(turn) => turn.kind.as_str(),
            Command::Rate { .. } => "rate",
        }
    }

    /// What is sent besides words.
    pub fn files(&self) -> &[AttachmentId] {
        match self {
            Command::Say { files, .. } | Command::Note { files, .. } => files,
            _ => &[],
        }
    }

    /// The mark by which a resend is known (rule H5).
    pub fn client_id(&self) -> Option<ClientId> {
        match self {
            Command::Say { client_id, .. } | Command::Note { client_id, .. } => Some(*client_id),
            Command::Turn(turn) => turn.client_id,
            Command::Claim { .. }
            | Command::TakeOver { .. }
            | Command::Release { .. }
            | Command::Transfer { .. }
            | Command::Resolve { .. }
            | Command::Reopen { .. }
            | Command::Read { .. }
            | Command::OpenLine { .. }
            | Command::CloseLine
            | Command::Rate { .. } => None,
        }
    }
}

/// An entry of a request on its way into one hotel's conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub kind: EntryKind,
    pub epoch: Epoch,
    pub seen: Seq,
    pub client_id: Option<ClientId>,
    pub body: String,
    pub terms: Terms,
    /// How the request stands in the conversation's row after it.
    pub badge: Badge,
}

/// Whom a conversation is to be handed to. Until somebody has looked them up they can take nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub person: Person,
    /// Is of the staff of the conversation's hotel.
    pub member: bool,
    /// Has switched themselves to available there.
    pub available: bool,
    /// Is at a console.
    pub present: bool,
}

impl Recipient {
    /// Somebody who has not been looked up yet.
    pub fn unknown(id: StaffId, present: bool) -> Self {
        Recipient { person: Person { id, name: String::new() }, member: false, available: false, present }
    }

    /// Somebody who could take it, whoever that is: to ask whether a transfer is possible at all.
    pub fn anybody() -> Self {
        let person = Person { id: StaffId(uuid::Uuid::nil()), name: String::new() };
        Recipient { person, member: true, available: true, present: true }
    }

    pub(super) fn can_take_over(&self) -> bool {
        self.member && self.available && self.present
    }
}
