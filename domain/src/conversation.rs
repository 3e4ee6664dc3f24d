//! A conversation: what decisions are made on ([`Standing`]) and what staff see of it ([`Conversation`]).

use super::{ActorKind, ConversationId, Entry, EntryKind, Epoch, Guest, HotelId, Millis, Person, Seq, StaffId, Stay};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody holds it: somebody should claim it.
    Waiting,
    /// Its holder, and nobody else, may answer.
    Held,
    Resolved,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Waiting, Status::Held, Status::Resolved];

    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Waiting => "waiting",
            Status::Held => "held",
            Status::Resolved => "resolved",
        }
    }
}

/// All that a decision about a conversation depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    /// `Some` exactly while `status` is [`Status::Held`].
    pub holder: Option<Person>,
    pub epoch: Epoch,
    pub last_seq: Seq,
    /// The staff member who said the last staff message, and its seq.
    pub last_staff: Option<(StaffId, Seq)>,
    /// The seq of the last staff message said by anybody but the author of `last_staff`; 0 if there is none.
    pub last_other: Seq,
}

impl Standing {
    /// A conversation nobody has written in yet.
    pub const NEW: Standing =
        Standing { status: Status::Waiting, holder: None, epoch: 0, last_seq: 0, last_staff: None, last_other: 0 };

    /// The last seq at which anybody on the staff but `author` said something; 0 if nobody did.
    pub fn last_said_by_others(&self, author: StaffId) -> Seq {
        match self.last_staff {
            Some((id, _)) if id == author => self.last_other,
            Some((_, seq)) => seq,
            None => 0,
        }
    }

    /// Takes in what `author` has just said as entry `seq`.
    pub fn note_said(&mut self, author: StaffId, seq: Seq) {
        if let Some((previous, at)) = self.last_staff
            && previous != author
        {
            self.last_other = at;
        }
        self.last_staff = Some((author, seq));
    }
}

/// A conversation as the staff of its hotel see it: a row of the queue, the head of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub hotel: HotelId,
    pub guest: Guest,
    pub status: Status,
    pub holder: Option<Person>,
    pub epoch: Epoch,
    pub last_seq: Seq,
    /// Counts every change of this record; of two versions the higher is the newer.
    pub rev: i64,
    pub opened_at: Millis,
    /// Since when the guest has waited for somebody to claim; `None` unless waiting.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_since: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved_at: Option<Millis>,
    /// The last thing said (never a note), cut to [`Conversation::PREVIEW`] characters.
    pub last_line: String,
    pub last_by: ActorKind,
    pub last_at: Millis,
    /// Guest messages since a holder last read or answered.
    pub unread: i64,
    /// How far the guest has read.
    pub guest_read: Seq,
    /// How far a holder has read.
    pub staff_read: Seq,
    /// The stay it belongs to, once somebody has said which.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stay: Option<Stay>,
    /// The room whose code the guest has opened. A code is signed, but its reader may be a visitor: it is no stay.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scanned_room: Option<String>,
    /// Stars from 1 to 5, the last the guest gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<i64>,
    /// What its hotel sorts it by, in alphabetical order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<String>,
    /// Where its entries stand now: the guest turned out to be one who has an open conversation here already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined_to: Option<ConversationId>,
}

impl Conversation {
    /// Characters of `last_line`.
    pub const PREVIEW: usize = 120;

    /// The name to show: what the guest gave, else what the reservation says, else one made from the id.
    pub fn label(&self) -> String {
        match &self.stay {
            Some(stay) if self.guest.name.is_empty() && !stay.name.is_empty() => stay.name.clone(),
            _ => self.guest.label(),
        }
    }

    /// The room to show in a row: that of the stay, else the one whose code was opened.
    pub fn room(&self) -> Option<String> {
        self.stay.as_ref().and_then(Stay::rooms).or_else(|| self.scanned_room.clone())
    }

    pub fn is_held_by(&self, staff: StaffId) -> bool {
        self.holder.as_ref().is_some_and(|p| p.id == staff)
    }

    /// The part of a message that a row shows: one line, cut at a character.
    pub fn preview(body: &str) -> String {
        let line: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(Self::PREVIEW) {
            Some((at, _)) => format!("{}…", &line[..at]),
            None => line,
        }
    }

    /// Keeps preview and rating up to date with a new entry.
    pub fn take_in(&mut self, entry: &Entry) {
        if entry.kind == EntryKind::Said {
            self.last_line = Self::preview(&entry.body);
            self.last_by = entry.by.kind;
            self.last_at = entry.at;
        }
        if let Some((stars, _)) = entry.rating() {
            self.rating = Some(stars);
        }
    }
}
