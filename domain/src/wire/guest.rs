//! The guest's side of the wire. Hotels are named by slug, as in the address of the page.

#[cfg(not(target_arch = "wasm32"))]
use super::line::Wish;
use super::{Limits, Typing};
use crate::{
    ActorKind, AttachmentId, By, ClientId, Conversation, ConversationId, Entry, Epoch, Guest, Hotel, Millis,
    Person, RequestId, Seq, Status,
};
#[cfg(not(target_arch = "wasm32"))]
use crate::{Amount, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most entries shown of a conversation that lies before the newest one.
pub const PAST: i64 = 100;

/// What a guest may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Read the newest conversation with this hotel, its end or what came after `after`, and hear of what
    /// follows. → [`Opened`]
    Open {
        hotel: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Seq>,
    },
    /// Read what was said before this entry of a conversation, or before all of it. → [`Earlier`]
    Earlier {
        hotel: String,
        before: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
    /// Say something, opening a conversation if none is open. → [`super::Stored`]
    Say {
        hotel: String,
        client_id: ClientId,
        body: String,
        /// What is sent besides words, taken in before; at most as many as the hotel takes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<AttachmentId>,
    },
    /// Show the holder that something is being typed. → [`super::Done`]
    Typing { hotel: String, on: bool },
    /// Everything up to `seq` has been seen. → [`super::Done`]
    Read { conversation: ConversationId, seq: Seq },
    /// How it went, once a conversation is resolved: 1 to 5 stars and a word. → [`super::Stored`]
    Rate {
        conversation: ConversationId,
        stars: i64,
        #[serde(default)]
        word: String,
    },
    /// Tell this hotel one's name. → [`super::Done`]
    Introduce { hotel: String, name: String },
    /// One's conversations with all hotels, and hear of each from now on. → [`Stays`]
    Stays {},
    /// Hotels one could write to, by name or place. → [`Hotels`]
    Hotels { find: String },
    /// Read on after a lost connection, from the cursor of each conversation. → [`Resumed`]
    Resume { cursors: BTreeMap<ConversationId, Seq> },
    /// Offer, accept or decline a private line with whoever is at the other end, as the page shows it at this
    /// epoch. → [`super::line::Given`]
    // Pages write it as [`super::line::Ask`]: how would be in what every guest loads.
    #[cfg(not(target_arch = "wasm32"))]
    Line { conversation: ConversationId, wish: Wish, epoch: Epoch },
    /// Ask these hotels, by slug, for a bid. `request` is the client's mark: sent again, it is asked once. →
    /// [`super::request::Asked`]
    #[cfg(not(target_arch = "wasm32"))]
    Ask { request: RequestId, hotels: Vec<String>, wanted: Wanted, answer_by: Millis },
    /// Want something else than version `version` did. → [`super::Done`]
    #[cfg(not(target_arch = "wasm32"))]
    Change { request: RequestId, version: i64, wanted: Wanted, answer_by: Millis },
    /// Want nothing more. → [`super::Done`]
    #[cfg(not(target_arch = "wasm32"))]
    Withdraw { request: RequestId },
    /// Answer one hotel's bid, or without `hotel` all of them, with an amount, words or both. →
    /// [`super::Done`]
    #[cfg(not(target_arch = "wasm32"))]
    Counter {
        request: RequestId,
        client_id: ClientId,
        #[serde(default)]
        hotel: Option<String>,
        #[serde(default)]
        amount: Option<Amount>,
        #[serde(default)]
        words: String,
    },
    /// Take this hotel's bid, at this version of it. → [`super::Done`]
    #[cfg(not(target_arch = "wasm32"))]
    Accept { request: RequestId, hotel: String, version: i64 },
    /// One's requests, newest first. → [`super::request::Requests`]
    #[cfg(not(target_arch = "wasm32"))]
    Requests {},
    /// One of one's requests, and how it stands from now on. → [`super::request::RequestView`]
    Request { request: RequestId },
}

/// The first message of a socket opened with `?as=framed`, whose browser may have returned no cookie. A
/// cookie that did come counts for more. → [`super::Done`]
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum First {
    Identify {
        /// The token of the page.
        token: String,
        /// The one that this frame's storage has kept from a page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<String>,
    },
}

impl std::fmt::Debug for First {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identify { … }")
    }
}

/// A conversation as its guest sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ConversationId,
    /// The hotel's slug.
    pub hotel: String,
    pub status: Status,
    pub holder: Option<Person>,
    pub epoch: Epoch,
    pub last_seq: Seq,
    /// Of two versions of a thread the higher is the newer.
    pub rev: i64,
    pub opened_at: Millis,
    pub guest_read: Seq,
    pub staff_read: Seq,
}

impl Thread {
    pub fn of(c: &Conversation, hotel: &str) -> Self {
        Thread {
            id: c.id,
            hotel: hotel.to_owned(),
            status: c.status,
            holder: c.holder.clone(),
            epoch: c.epoch,
            last_seq: c.last_seq,
            rev: c.rev,
            opened_at: c.opened_at,
            guest_read: c.guest_read,
            staff_read: c.staff_read,
        }
    }
}

/// A hotel the guest has written to, as the list of all of them shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talked {
    pub hotel: Hotel,
    /// The newest conversation.
    pub thread: Thread,
    /// The last thing said, cut to one line.
    pub last_line: String,
    pub last_by: ActorKind,
    pub last_at: Millis,
    /// Messages by the staff that the guest has not seen.
    pub unread: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// The latest word first.
    pub hotels: Vec<Talked>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotels {
    pub hotels: Vec<Hotel>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub hotel: Hotel,
    pub you: Guest,
    /// The newest conversation, resolved or not; `None` before the first word.
    pub conversation: Option<Thread>,
    pub entries: Vec<Entry>,
    /// How far `entries` reaches; what is not meant for guests is counted but not sent.
    pub cursor: Seq,
    /// More entries follow: open again with `after: cursor`.
    pub more: bool,
    /// Conversations before this one, oldest first; none where the page begins in the middle of this one.
    pub earlier: Vec<Past>,
    /// More was said before all that is here: ask with [`Command::Earlier`].
    pub older: bool,
    /// When an answer can be expected, in words; empty while the desk is open.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub closed: String,
    /// When the desk opens or closes next, if that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turns: Option<Millis>,
    /// The room whose code the guest has opened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub room: Option<String>,
    /// What the hotel's clock shows, in minutes east of UTC.
    #[serde(default)]
    pub offset: i64,
}

impl Opened {
    /// A hotel's page for somebody before the first word.
    pub fn new(hotel: Hotel, you: Guest) -> Self {
        Self {
            hotel,
            you,
            conversation: None,
            entries: Vec::new(),
            cursor: 0,
            more: false,
            earlier: Vec::new(),
            older: false,
            closed: String::new(),
            turns: None,
            room: None,
            offset: 0,
        }
    }
}

/// A part of a conversation that lies before what is shown: at most [`PAST`] entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub conversation: ConversationId,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    pub earlier: Vec<Past>,
    pub older: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub conversations: Vec<Page>,
    /// Cursors that name nothing this guest has.
    pub gone: Vec<ConversationId>,
}

/// A thread and the entries after a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub conversation: Thread,
    pub entries: Vec<Entry>,
    /// How far `entries` reaches; read on from here while there is `more`.
    pub cursor: Seq,
    pub more: bool,
}

/// What a guest hears without having asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", try_from = "Heard")]
pub enum Event {
    /// The first event of a socket.
    Hello {
        you: Guest,
        build: String,
        limits: Limits,
        /// The guest is known by a frame's token; the cookie did not come back.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        framed: bool,
        /// The key of such a guest's bubble: the page's is another's.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        count_key: Option<String>,
    },
    /// An entry; on the wire it is named after the entry's kind (see [`super::EntryEvent`]).
    Said {
        conversation: ConversationId,
        hotel: String,
        entry: Entry,
    },
    /// Holder, status or read marks have changed.
    Thread {
        thread: Thread,
    },
    Typing(Typing),
    /// The server is about to close the socket.
    Closing {
        reason: String,
    },
}

/// An event as it is read: one flat record, for the reason given at [`crate::Refusal`].
#[derive(Deserialize)]
struct Heard {
    on: String,
    you: Option<Guest>,
    build: Option<String>,
    limits: Option<Limits>,
    framed: Option<bool>,
    count_key: Option<String>,
    conversation: Option<ConversationId>,
    hotel: Option<String>,
    entry: Option<Entry>,
    thread: Option<Thread>,
    by: Option<By>,
    active: Option<bool>,
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
                framed: h.framed == Some(true),
                count_key: h.count_key,
            }),
            "thread" => h.thread.map(|thread| Event::Thread { thread }),
            "typing" => (h.conversation.zip(h.by).zip(h.active))
                .map(|((conversation, by), active)| Event::Typing(Typing { conversation, by, active })),
            "closing" => h.reason.map(|reason| Event::Closing { reason }),
            _ => (h.conversation.zip(h.hotel).zip(h.entry))
                .map(|((conversation, hotel), entry)| Event::Said { conversation, hotel, entry }),
        };
        event.ok_or("not an event of this build")
    }
}
