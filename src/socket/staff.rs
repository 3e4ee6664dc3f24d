//! A staff member's side of a socket.

use super::{parse, reply, stored};
use crate::{
    desk::{Answer, Desk},
    hub::{Parcel, SocketId, encode},
    store::{Viewer, What},
};
use app::domain::{ConversationId, HotelId, Person, Refusal, Seq, Staff, StaffId};
use app::wire::{Call, Done, EntryEvent, Handed, Limits, PAGE, RESUME, staff as wire};
use axum::extract::ws::Utf8Bytes;
use futures::future::BoxFuture;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};
use wire::Command;

/// Conversations one `resume` may name.
const CURSORS: usize = 200;

pub(super) struct StaffReader {
    desk: Arc<Desk>,
    staff: Staff,
    socket: SocketId,
    watched: HashSet<HotelId>,
    /// The conversations this socket has open, and how far each has been sent.
    cursors: HashMap<ConversationId, Seq>,
}

impl StaffReader {
    pub fn new(desk: Arc<Desk>, staff: Staff, socket: SocketId) -> Self {
        Self { desk, staff, socket, watched: HashSet::new(), cursors: HashMap::new() }
    }

    pub fn hello(&self, build: &str) -> Utf8Bytes {
        let limits = Limits { body: self.desk.settings.max_body };
        encode(&wire::Event::Hello { you: self.staff.clone(), build: build.into(), limits })
    }

    pub async fn answer(&mut self, text: &str) -> String {
        let call = match parse::<Command>(text) {
            Ok(call) => call,
            Err(refusal) => return refusal,
        };
        let (id, desk, me) = (call.id, self.desk.clone(), self.staff.id);
        let (conversation, what) = match call.command {
            Command::Watch { hotel } => return reply(&desk, id, self.watch(hotel).await),
            Command::Open { conversation, after } => return reply(&desk, id, self.open(conversation, after, PAGE).await),
            Command::Resume { cursors } => return reply(&desk, id, self.resume(cursors).await),
            Command::Available { hotel, on } => {
                return reply(&desk, id, desk.set_available(me, hotel, on).await.map(|()| Done {}));
            }
            Command::Stays { conversation, find } => {
                let found = desk.find_stays(me, conversation, &find).await;
                return reply(&desk, id, found.map(|stays| wire::Found { stays }));
            }
            Command::Link { conversation, stay } => {
                return reply(&desk, id, desk.link_stay(me, conversation, stay).await.map(|()| Done {}));
            }
            Command::Stay { conversation, change } => {
                return reply(&desk, id, desk.change_stay(me, conversation, change).await.map(|()| Done {}));
            }
            Command::Leave { conversation } => {
                self.cursors.remove(&conversation);
                desk.hub.unview(self.socket, conversation);
                return reply(&desk, id, Ok(Done {}));
            }
            Command::Typing { conversation, on } => {
                let by = Person { id: me, name: self.staff.name.clone() };
                return reply(&desk, id, desk.staff_typing(&by, conversation, on).await.map(|()| Done {}));
            }
            Command::Claim { conversation, epoch } => (conversation, What::Claim { epoch }),
            Command::TakeOver { conversation, epoch, reason } => (conversation, What::TakeOver { epoch, reason }),
            Command::Release { conversation, epoch, reason } => (conversation, What::Release { epoch, reason }),
            Command::Transfer { conversation, epoch, to } => (conversation, What::Transfer { epoch, to }),
            Command::Resolve { conversation, epoch } => (conversation, What::Resolve { epoch }),
            Command::Reopen { conversation, epoch } => (conversation, What::Reopen { epoch }),
            Command::Read { conversation, seq } => (conversation, What::Read { seq }),
            Command::Note { .. } | Command::Say { .. } => match spoken(call.command) {
                Some((conversation, what)) => return speak(desk, id, me, conversation, what).await.await,
                None => return super::refuse(id, Refusal::NotAllowed),
            },
        };
        let read = matches!(what, What::Read { .. });
        let answer = desk.staff_order(me, conversation, what).await;
        if read { reply(&desk, id, answer.map(|_| Done {})) } else { reply(&desk, id, answer.map(Handed::from)) }
    }

    /// An answer or a note: nothing has to be looked up for it.
    pub async fn order(&self, text: &str) -> Option<BoxFuture<'static, String>> {
        let call = serde_json::from_str::<Call<Command>>(text).ok()?;
        let (conversation, what) = spoken(call.command)?;
        Some(speak(self.desk.clone(), call.id, self.staff.id, conversation, what).await)
    }

    async fn watch(&mut self, hotel: HotelId) -> Answer<wire::Watched> {
        // The wall first, then subscribed before reading, so that nothing falls between.
        if !self.staff.admin && self.staff.role_in(hotel).is_none() {
            return Err(Refusal::NotFound.into());
        }
        self.desk.hub.open_hotel(self.socket, hotel);
        self.watched.insert(hotel);
        self.desk.watch(self.staff.id, hotel).await
    }

    async fn open(&mut self, id: ConversationId, after: Seq, limit: i64) -> Answer<wire::Opened> {
        self.may_see(id).await?;
        self.desk.hub.view(self.socket, id);
        let opened = self.desk.open(self.staff.id, id, after, limit).await?;
        self.cursors.insert(id, opened.entries.last().map_or(after.min(opened.conversation.last_seq), |e| e.seq));
        Ok(opened)
    }

    async fn resume(&mut self, cursors: BTreeMap<ConversationId, Seq>) -> Answer<wire::Resumed> {
        if cursors.len() > CURSORS {
            return Err(Refusal::BadCommand { why: format!("at most {CURSORS} cursors") }.into());
        }
        let mut resumed = wire::Resumed { conversations: Vec::new(), gone: Vec::new() };
        let mut left = RESUME;
        for (id, after) in cursors {
            match self.open(id, after, PAGE.min(left)).await {
                Ok(wire::Opened { conversation, entries, more, .. }) => {
                    left -= entries.len() as i64;
                    resumed.conversations.push(wire::Page { conversation, entries, more });
                }
                Err(crate::desk::No::Refused(_)) => resumed.gone.push(id),
                Err(failed) => return Err(failed),
            }
        }
        Ok(resumed)
    }

    async fn may_see(&self, id: ConversationId) -> Answer<()> {
        self.desk.store.conversation(Viewer::Staff(self.staff.id), id).await?.map(drop).ok_or(Refusal::NotFound.into())
    }

    pub async fn read_on(&mut self, parcel: &Parcel) -> Answer<Vec<Utf8Bytes>> {
        let c = &parcel.grown.conversation;
        let mut texts = Vec::new();
        if let (Some(cursor), Some((first, _))) = (self.cursors.get(&c.id).copied(), parcel.span()) {
            let mut cursor = cursor;
            if first > cursor + 1 {
                cursor = self.fill(c.id, cursor, first, &mut texts).await?;
            }
            let unseen = cursor;
            for (seq, text) in parcel.for_staff().filter(|(seq, _)| *seq > unseen) {
                cursor = seq;
                texts.push(text);
            }
            self.cursors.insert(c.id, cursor);
        }
        if self.watched.contains(&c.hotel) || self.cursors.contains_key(&c.id) {
            texts.push(parcel.row());
        }
        Ok(texts)
    }

    /// Reads what lies between the cursor and `until` from the store.
    async fn fill(&self, id: ConversationId, mut cursor: Seq, until: Seq, texts: &mut Vec<Utf8Bytes>) -> Answer<Seq> {
        while cursor + 1 < until {
            let Some((_, entries)) = self.desk.store.timeline(Viewer::Staff(self.staff.id), id, cursor, PAGE).await? else {
                break;
            };
            let Some(last) = entries.last().map(|e| e.seq) else { break };
            for entry in &entries {
                texts.push(encode(&EntryEvent { on: entry.kind, conversation: id, hotel: None, entry }));
            }
            cursor = last;
        }
        Ok(cursor)
    }
}

fn spoken(command: Command) -> Option<(ConversationId, What)> {
    match command {
        Command::Note { conversation, client_id, body } => Some((conversation, What::Note { client_id, body })),
        Command::Say { conversation, epoch, seen, client_id, body } => {
            Some((conversation, What::Say { epoch, seen, client_id, body }))
        }
        _ => None,
    }
}

/// Hands a word in; the answer follows when it is stored.
async fn speak(desk: Arc<Desk>, id: u64, me: StaffId, conversation: ConversationId, what: What) -> BoxFuture<'static, String> {
    let started = Instant::now();
    let promise = desk.staff_hand_in(me, conversation, what).await;
    stored(desk, id, started, promise)
}
