//! A conversation: what decisions are made on ([`Standing`]) and what staff see of it ([`Conversation`]).

use super::{
    ActorKind, Badge, ConversationId, Entry, EntryKind, Epoch, Guest, GuestId, HotelId, Millis, Person, Rank,
    Seq, StaffId, Stay, language_name,
};
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
pub struct Standing<'a> {
    pub status: Status,
    /// `Some` exactly while `status` is [`Status::Held`].
    pub holder: Option<&'a Person>,
    pub epoch: Epoch,
    pub last_seq: Seq,
    pub staff_words: StaffWords,
    /// Where its entries stand now, if it was joined to another conversation.
    pub joined_to: Option<ConversationId>,
    /// The guest's newest conversation with the hotel, if it is another one. Looked up for a reopening only.
    pub newer: Option<ConversationId>,
}

/// When the staff wrote last, in an answer or in a note: as much as rule H3 has to remember.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StaffWords {
    /// Whose the last word is, and its seq.
    pub last: Option<(StaffId, Seq)>,
    /// The seq of the last word by anybody else; 0 if there is none.
    pub others: Seq,
    /// The seq of the last answer, a word the guest can read; 0 if there is none.
    pub answer: Seq,
}

impl StaffWords {
    /// The seq of the last word by anybody but `me`; 0 if there is none.
    pub fn by_others(&self, me: StaffId) -> Seq {
        match self.last {
            Some((id, _)) if id == me => self.others,
            Some((_, seq)) => seq,
            None => 0,
        }
    }

    /// Takes in the next entry of the conversation, whatever it is.
    pub fn take_in(&mut self, entry: &Entry) {
        let Some(author) = entry.by.staff() else { return };
        if !entry.kind.is_word() && entry.kind != EntryKind::Note {
            return;
        }
        if let Some((before, seq)) = self.last
            && before != author
        {
            self.others = seq;
        }
        self.last = Some((author, entry.seq));
        if entry.is_answer() {
            self.answer = entry.seq;
        }
    }
}

/// In the browser nobody knows who a guest is.
fn nobody() -> GuestId {
    GuestId(uuid::Uuid::nil())
}

/// A conversation as the staff of its hotel see it: a row of the queue, the head of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub hotel: HotelId,
    /// As this hotel knows them: by an id of its own, so that two hotels that compare theirs do not find out
    /// that they share a guest.
    pub guest: Guest,
    /// Who they are. It leaves the program in no form.
    #[serde(skip, default = "nobody")]
    pub person: GuestId,
    pub status: Status,
    pub holder: Option<Person>,
    pub epoch: Epoch,
    pub last_seq: Seq,
    /// Counts every change of this record; of two versions the higher is the newer.
    pub rev: i64,
    pub opened_at: Millis,
    /// Since when the guest has waited for a word: their first one since the staff's last. Kept when it is
    /// resolved, for a resolution can be taken back: ask [`Conversation::waits_since`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_since: Option<Millis>,
    /// The rank of that word: who waits longest is first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_rank: Option<Rank>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved_at: Option<Millis>,
    /// The rank of that: what was resolved last is first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved_rank: Option<Rank>,
    /// The last thing said (never a note), cut to [`Conversation::PREVIEW`] characters.
    pub last_line: String,
    pub last_by: ActorKind,
    pub last_at: Millis,
    /// Of the last word: who spoke last is first.
    #[serde(default)]
    pub rank: Rank,
    /// Guest messages since a holder last read or answered.
    pub unread: i64,
    /// How far the guest has read.
    pub guest_read: Seq,
    /// How far a holder has read.
    pub staff_read: Seq,
    /// The stay it belongs to, once somebody has said which.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stay: Option<Stay>,
    /// The room whose code the guest has opened. A code is signed, but its reader may be a visitor: it is no
    /// stay.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scanned_room: Option<String>,
    /// Stars from 1 to 5, the last the guest gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<i64>,
    /// What its hotel sorts it by, in alphabetical order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<String>,
    /// The request it is about, the one with the latest turn if there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<Badge>,
    /// Where its entries stand now: the guest turned out to be one who has an open conversation here already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined_to: Option<ConversationId>,
}

impl Conversation {
    /// A guest's first conversation with a hotel, or the next one after a resolution (rule H9): nothing is
    /// said in it yet. `last` is the one before.
    pub fn begin(
        hotel: HotelId,
        guest: Guest,
        person: GuestId,
        stay: Option<Stay>,
        scanned_room: Option<String>,
        last: Option<ConversationId>,
        at: Millis,
    ) -> Self {
        Conversation {
            id: ConversationId::after(last),
            hotel,
            guest,
            person,
            status: Status::Waiting,
            holder: None,
            epoch: 0,
            last_seq: 0,
            rev: 0,
            opened_at: at,
            waiting_since: None,
            waiting_rank: None,
            resolved_at: None,
            resolved_rank: None,
            last_line: String::new(),
            last_by: ActorKind::Guest,
            last_at: at,
            rank: 0,
            unread: 0,
            guest_read: 0,
            staff_read: 0,
            stay,
            scanned_room,
            rating: None,
            tags: Vec::new(),
            request: None,
            joined_to: None,
        }
    }

    /// As decisions see it.
    pub fn standing(&self, staff_words: StaffWords, newer: Option<ConversationId>) -> Standing<'_> {
        Standing {
            status: self.status,
            holder: self.holder.as_ref(),
            epoch: self.epoch,
            last_seq: self.last_seq,
            staff_words,
            joined_to: self.joined_to,
            newer,
        }
    }

    /// Characters of `last_line`.
    pub const PREVIEW: usize = 120;

    /// The name to show: what the guest gave, else what the reservation says, else one made from the id.
    pub fn label(&self) -> String {
        match &self.stay {
            Some(stay) if self.guest.name.is_empty() && !stay.name.is_empty() => stay.name.clone(),
            _ => self.guest.label(),
        }
    }

    /// The name at the desk: as [`Conversation::label`], but whoever has none by their room, else by their
    /// language and since when they write, such as `Guest · German · 21:04`. `offset` is the hotel's minutes
    /// east of UTC.
    pub fn title(&self, offset: i64) -> String {
        let named =
            !self.guest.name.is_empty() || self.stay.as_ref().is_some_and(|stay| !stay.name.is_empty());
        if named {
            return self.label();
        }
        if let Some(room) = self.room() {
            return format!("Room {room}");
        }
        let since = Millis(self.opened_at.0 + offset * Millis::MINUTE).clock();
        match language_name(&self.guest.language).as_str() {
            "" => format!("Guest · {since}"),
            language => format!("Guest · {language} · {since}"),
        }
    }

    /// The room to show in a row: that of the stay, else the one whose code was opened.
    pub fn room(&self) -> Option<String> {
        self.stay.as_ref().and_then(Stay::rooms).or_else(|| self.scanned_room.clone())
    }

    /// Since when the guest has waited for a word; `None` if it is their turn, or all is said.
    pub fn waits_since(&self) -> Option<Millis> {
        self.wait().map(|(_, since)| since)
    }

    /// The same behind its rank.
    pub fn wait(&self) -> Option<(Rank, Millis)> {
        self.waiting_rank.zip(self.waiting_since).filter(|_| self.status != Status::Resolved)
    }

    /// The guest waits for nothing any more.
    pub fn end_wait(&mut self) {
        (self.waiting_rank, self.waiting_since) = (None, None);
    }

    /// Nobody holds it, and its guest waits: somebody should claim it.
    pub fn wants_claim(&self) -> bool {
        self.status == Status::Waiting && self.waits_since().is_some()
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

    /// Keeps preview, wait, rank and rating up to date with a new entry.
    pub fn take_in(&mut self, entry: &Entry, rank: Rank) {
        if entry.kind.is_word() {
            if entry.by.staff().is_some() {
                self.end_wait();
            } else if entry.by.is_guest() && self.waiting_since.is_none() {
                (self.waiting_rank, self.waiting_since) = (Some(rank), Some(entry.at));
            }
            self.rank = rank;
            self.last_line = Self::preview(&entry.line());
            self.last_by = entry.by.kind;
            self.last_at = entry.at;
        }
        if let Some((stars, _)) = entry.rating() {
            self.rating = Some(stars);
        }
    }
}
