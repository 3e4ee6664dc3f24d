//! The staff's side of the wire. Hotels are named by id.

use super::{Limits, Typing, line::Wish, request::Part};
use crate::{
    Amount, AttachmentId, By, ClientId, Colleague, Conversation, ConversationId, Day, Entry, Epoch, GuestId,
    Hotel, HotelId, LegId, Millis, Person, Seq, Staff, StaffId, Stay, StayChange, StayId, Targets,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What staff may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// The queue of a hotel, then live. → [`Watched`]
    Watch { hotel: HotelId },
    /// Those who wait behind this one, when there are more than a queue shows at once; `limit: 0` only
    /// counts. → [`Waiting`]
    Waiting {
        hotel: HotelId,
        after: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<i64>,
    },
    /// A conversation's timeline from `after` on, then live. → [`Opened`]
    Open {
        conversation: ConversationId,
        #[serde(default)]
        after: Seq,
    },
    /// No longer look at a conversation. → [`super::Done`]
    Leave { conversation: ConversationId },
    /// Take a waiting conversation. → [`super::Handed`]
    Claim { conversation: ConversationId, epoch: Epoch },
    /// Take a conversation from its holder. → [`super::Handed`]
    TakeOver {
        conversation: ConversationId,
        epoch: Epoch,
        #[serde(default)]
        reason: String,
    },
    /// Put a conversation back to waiting. → [`super::Handed`]
    Release {
        conversation: ConversationId,
        epoch: Epoch,
        #[serde(default)]
        reason: String,
    },
    /// Hand a conversation to an available colleague. → [`super::Handed`]
    Transfer { conversation: ConversationId, epoch: Epoch, to: StaffId },
    /// End a conversation. → [`super::Handed`]
    Resolve { conversation: ConversationId, epoch: Epoch },
    /// Take up a resolved conversation again. → [`super::Handed`]
    Reopen { conversation: ConversationId, epoch: Epoch },
    /// Answer the guest: as the holder, at this epoch, having seen this far. → [`super::Stored`]
    Say {
        conversation: ConversationId,
        epoch: Epoch,
        seen: Seq,
        client_id: ClientId,
        body: String,
        /// What is sent besides words, taken in before; at most as many as the hotel takes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<AttachmentId>,
    },
    /// Leave a note for colleagues. → [`super::Stored`]
    Note {
        conversation: ConversationId,
        client_id: ClientId,
        body: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<AttachmentId>,
    },
    /// Show the guest that something is being typed. → [`super::Done`]
    Typing { conversation: ConversationId, on: bool },
    /// Everything up to `seq` has been seen. The guest is told if the reader is the holder. → [`super::Done`]
    Read { conversation: ConversationId, seq: Seq },
    /// The availability switch, in one hotel or, without `hotel`, in all of one's hotels. → [`super::Done`]
    Available {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hotel: Option<HotelId>,
        on: bool,
    },
    /// Stays whose reference, name or room begins so, to choose from. → [`Found`]
    Stays { conversation: ConversationId, find: String },
    /// Say which stay the guest has, or that none is known. → [`super::Done`]
    Link {
        conversation: ConversationId,
        #[serde(default)]
        stay: Option<StayId>,
    },
    /// Change the stay beside the conversation; makes one if there is none. → [`super::Done`]
    Stay { conversation: ConversationId, change: StayChange },
    /// Put a tag of the hotel's list on a conversation, or take it off. → [`super::Done`]
    Tag { conversation: ConversationId, tag: String, on: bool },
    /// How today goes, for those who lead the hotel. → [`Today`]
    Today { hotel: HotelId },
    /// Read on after a lost connection, from the cursor of each conversation. → [`Resumed`]
    Resume { cursors: BTreeMap<ConversationId, Seq> },
    /// Offer, accept or decline a private line with whoever is at the other end, as the page shows it at this
    /// epoch. → [`super::line::Given`]
    Line { conversation: ConversationId, wish: Wish, epoch: Epoch },
    /// Bid, or bid anew, on version `of` of a request: as the holder, at this epoch, having seen this far. →
    /// [`super::Stored`]
    Bid {
        conversation: ConversationId,
        request: LegId,
        of: i64,
        epoch: Epoch,
        seen: Seq,
        client_id: ClientId,
        total: Amount,
        #[serde(default)]
        included: String,
        valid_until: Millis,
        #[serde(default)]
        confirms_itself: bool,
    },
    /// Withdraw one's bid, at this version of it. → [`super::Stored`]
    TakeBack { conversation: ConversationId, request: LegId, version: i64, epoch: Epoch, seen: Seq },
    /// Decline to bid, and say why. → [`super::Stored`]
    Decline { conversation: ConversationId, request: LegId, reason: String, epoch: Epoch, seen: Seq },
    /// Stand by the bid that was accepted. Whoever does not hold the conversation takes it with this: one
    /// that waits, and once it rings, one that a colleague holds. → [`super::Stored`]
    Confirm { conversation: ConversationId, request: LegId, version: i64, epoch: Epoch, seen: Seq },
}

/// The queue of a hotel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub hotel: Hotel,
    /// The day it is in the hotel's time zone.
    pub today: Day,
    /// Its clock, in minutes east of UTC.
    #[serde(default)]
    pub offset: i64,
    #[serde(default)]
    pub targets: Targets,
    /// Held conversations, those that wait longest, and those resolved today in the hotel's time zone.
    pub conversations: Vec<Conversation>,
    /// How many wait in all.
    pub waiting: i64,
    pub colleagues: Vec<Colleague>,
    /// The tags of the hotel, by name.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Guests with a page open now.
    pub present: Vec<GuestId>,
}

/// More of those who wait, the longest wait first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub conversations: Vec<Conversation>,
    /// How many wait in all.
    pub waiting: i64,
}

/// A hotel's day so far, in its time zone. Times are medians in milliseconds of open hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// Conversations that began.
    pub opened: i64,
    pub answers: i64,
    pub resolved: i64,
    pub taken_over: i64,
    /// Answers refused because a colleague had answered or holds the conversation.
    pub refused: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_response: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<i64>,
    /// Ratings of conversations that began today: how many, and all their stars together.
    pub rated: i64,
    pub stars: i64,
    /// When the desk is closed: when it opens, in words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub closed: String,
    /// Something said a moment ago is not counted yet; to be asked for again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub behind: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub conversation: Conversation,
    pub entries: Vec<Entry>,
    /// More entries follow the last one: open again with `after`.
    pub more: bool,
    /// Stays that may be this guest's, while nobody has said which is.
    pub likely: Vec<Stay>,
    /// The requests that stand in it, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Part>,
    /// What this hotel's last bids included, to choose from, where there are requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_before: Vec<String>,
    /// Who else is looking.
    pub viewers: Vec<Person>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub stays: Vec<Stay>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub conversations: Vec<Page>,
    /// Cursors that name nothing this person may see.
    pub gone: Vec<ConversationId>,
}

/// A conversation and the entries after a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub conversation: Conversation,
    pub entries: Vec<Entry>,
    pub more: bool,
    /// The requests that stand in it, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Part>,
}

/// What staff hear without having asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", try_from = "Heard")]
pub enum Event {
    /// The first event of a socket.
    Hello {
        you: Staff,
        build: String,
        limits: Limits,
    },
    /// An entry; on the wire it is named after the entry's kind (see [`super::EntryEvent`]).
    Said {
        conversation: ConversationId,
        entry: Entry,
    },
    /// A conversation of a watched hotel has changed.
    Row {
        row: Box<Conversation>,
        /// The change of hands that made it so, if one did: by whom, and why.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        change: Option<Box<Entry>>,
    },
    Typing(Typing),
    /// A guest of a watched hotel has come or gone.
    Presence {
        hotel: HotelId,
        guest: GuestId,
        present: bool,
    },
    /// Who is looking at a conversation one has open.
    Viewers {
        conversation: ConversationId,
        viewers: Vec<Person>,
    },
    /// Somebody of a watched hotel has come, gone or switched availability.
    Colleagues {
        hotel: HotelId,
        colleagues: Vec<Colleague>,
    },
    /// The requests of a conversation one has open have changed.
    Requests {
        conversation: ConversationId,
        requests: Vec<Part>,
    },
    /// The guest has accepted a bid, and nobody has confirmed yet: half of the time is over.
    Ring {
        hotel: HotelId,
        conversation: ConversationId,
    },
    /// All that a watched hotel held of a guest is gone, for good.
    Erased {
        hotel: HotelId,
        guest: GuestId,
    },
    /// The server is about to close the socket.
    Closing {
        reason: String,
    },
}

/// An event as it is read: one flat record, for the reason given at [`crate::Refusal`].
#[derive(Deserialize)]
struct Heard {
    on: String,
    you: Option<Staff>,
    build: Option<String>,
    limits: Option<Limits>,
    conversation: Option<ConversationId>,
    entry: Option<Entry>,
    row: Option<Conversation>,
    change: Option<Entry>,
    by: Option<By>,
    active: Option<bool>,
    guest: Option<GuestId>,
    present: Option<bool>,
    viewers: Option<Vec<Person>>,
    hotel: Option<HotelId>,
    colleagues: Option<Vec<Colleague>>,
    requests: Option<Vec<Part>>,
    reason: Option<String>,
}

impl TryFrom<Heard> for Event {
    type Error = &'static str;

    fn try_from(h: Heard) -> Result<Self, Self::Error> {
        let event = match h.on.as_str() {
            "hello" => h.you.zip(h.build).zip(h.limits).map(|((you, build), limits)| Event::Hello {
                you,
                build,
                limits,
            }),
            "row" => {
                let change = h.change.map(Box::new);
                h.row.map(|row| Event::Row { row: Box::new(row), change })
            }
            "typing" => (h.conversation.zip(h.by).zip(h.active))
                .map(|((conversation, by), active)| Event::Typing(Typing { conversation, by, active })),
            "presence" => h
                .hotel
                .zip(h.guest)
                .zip(h.present)
                .map(|((hotel, guest), present)| Event::Presence { hotel, guest, present }),
            "viewers" => h
                .conversation
                .zip(h.viewers)
                .map(|(conversation, viewers)| Event::Viewers { conversation, viewers }),
            "colleagues" => {
                h.hotel.zip(h.colleagues).map(|(hotel, colleagues)| Event::Colleagues { hotel, colleagues })
            }
            "requests" => (h.conversation.zip(h.requests))
                .map(|(conversation, requests)| Event::Requests { conversation, requests }),
            "ring" => {
                h.hotel.zip(h.conversation).map(|(hotel, conversation)| Event::Ring { hotel, conversation })
            }
            "erased" => h.hotel.zip(h.guest).map(|(hotel, guest)| Event::Erased { hotel, guest }),
            "closing" => h.reason.map(|reason| Event::Closing { reason }),
            _ => h.conversation.zip(h.entry).map(|(conversation, entry)| Event::Said { conversation, entry }),
        };
        event.ok_or("not an event of this build")
    }
}
