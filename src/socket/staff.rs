//! A staff member's side of a socket.

use super::{PendingAnswer, Reader, cursor::Cursors, now, reply, stored};
use crate::{
    desk::{Answer, Desk, No, request::may_have_changed},
    hub::{Broadcast, SocketId, encode},
    store::{ActorId, On, Viewer},
};
use axum::extract::ws::Utf8Bytes;
use domain::wire::{Done, Handed, Limits, PAGE, RESUME, Stored, line::Ask, staff as wire};
use domain::{ClientId, ConversationId, HotelId, Person, Refusal, Seq, Staff, request::Act};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Instant,
};
use wire::Command;

pub(super) struct StaffReader {
    desk: Arc<Desk>,
    staff: Staff,
    /// From a screen on a wall: hears, and does nothing.
    looks_on: bool,
    socket: SocketId,
    watched: HashSet<HotelId>,
    /// Of the conversations this socket has open.
    cursors: Cursors,
}

impl StaffReader {
    pub fn new(desk: Arc<Desk>, staff: Staff, looks_on: bool, socket: SocketId) -> Self {
        Self { desk, staff, looks_on, socket, watched: HashSet::new(), cursors: Cursors::default() }
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

    /// Opens a conversation on the desk, where somebody can say whose stay it is.
    async fn open_and_ask(&mut self, id: ConversationId, after: Seq) -> Answer<wire::Opened> {
        let mut opened = self.open(id, after, PAGE).await?;
        opened.likely = self.desk.likely_stays(self.staff.id, &opened.conversation).await?;
        Ok(opened)
    }

    async fn open(&mut self, id: ConversationId, after: Seq, limit: i64) -> Answer<wire::Opened> {
        self.may_see(id).await?;
        self.desk.hub.view(self.socket, id);
        let opened = self.desk.open(self.staff.id, id, after, limit).await?;
        self.desk.tell_of_offer(id, self.socket, ActorId::Staff(self.staff.id));
        self.cursors
            .set(id, opened.entries.last().map_or(after.min(opened.conversation.last_seq), |e| e.seq));
        Ok(opened)
    }

    async fn resume(&mut self, cursors: BTreeMap<ConversationId, Seq>) -> Answer<wire::Resumed> {
        Cursors::allow(cursors.len())?;
        let mut resumed = wire::Resumed { conversations: Vec::new(), gone: Vec::new() };
        let mut left = RESUME;
        for (id, after) in cursors {
            match self.open(id, after, PAGE.min(left)).await {
                Ok(wire::Opened { conversation, entries, more, requests, .. }) => {
                    left -= entries.len() as i64;
                    resumed.conversations.push(wire::Page { conversation, entries, more, requests });
                }
                Err(crate::desk::No::Refused(_)) => resumed.gone.push(id),
                Err(failed) => return Err(failed),
            }
        }
        Ok(resumed)
    }

    async fn may_see(&self, id: ConversationId) -> Answer<()> {
        self.desk
            .store
            .conversation(Viewer::Staff(self.staff.id), id)
            .await?
            .map(drop)
            .ok_or(Refusal::NotFound.into())
    }
}

impl Reader for StaffReader {
    type Command = Command;

    fn hello(&self, build: &str) -> Utf8Bytes {
        let limits = Limits { body: self.desk.settings.max_body };
        encode(&wire::Event::Hello { you: self.staff.clone(), build: build.into(), limits })
    }

    fn is_message(command: &Command) -> bool {
        matches!(command, Command::Say { .. } | Command::Note { .. })
    }

    fn cursors(command: &Command) -> usize {
        if let Command::Resume { cursors } = command { cursors.len() } else { 0 }
    }

    async fn answer(&mut self, id: u64, command: Command) -> PendingAnswer {
        let (desk, me, started) = (self.desk.clone(), self.staff.id, Instant::now());
        let done = |answer: Answer<()>| now(reply(&desk, id, answer.map(|()| Done {})));
        if self.looks_on && !matches!(command, Command::Watch { .. } | Command::Today { .. }) {
            return done(Err(Refusal::NotAllowed.into()));
        }
        let (conversation, command) = match command {
            Command::Say { conversation, epoch, seen, client_id, body, files } => {
                let promise = desk
                    .submit_as_staff(
                        me,
                        conversation,
                        domain::Command::Say { epoch, seen, client_id, body, files },
                    )
                    .await;
                return stored(desk, id, started, promise);
            }
            Command::Note { conversation, client_id, body, files } => {
                let promise = desk
                    .submit_as_staff(me, conversation, domain::Command::Note { client_id, body, files })
                    .await;
                return stored(desk, id, started, promise);
            }
            Command::Watch { hotel } => return now(reply(&desk, id, self.watch(hotel).await)),
            Command::Waiting { hotel, after, limit } => {
                return now(reply(
                    &desk,
                    id,
                    desk.waiting(me, hotel, after, limit.unwrap_or(i64::MAX)).await,
                ));
            }
            Command::Open { conversation, after } => {
                return now(reply(&desk, id, self.open_and_ask(conversation, after).await));
            }
            Command::Line { conversation, wish, epoch } => {
                let ask = Ask { conversation, wish, epoch };
                return now(reply(&desk, id, desk.private_line(ActorId::Staff(me), ask, self.socket).await));
            }
            Command::Resume { cursors } => return now(reply(&desk, id, self.resume(cursors).await)),
            Command::Stays { conversation, find } => {
                let found = desk.find_stays(me, conversation, &find).await;
                return now(reply(&desk, id, found.map(|stays| wire::Found { stays })));
            }
            Command::Available { hotel, on } => return done(desk.set_available(me, hotel, on).await),
            Command::Link { conversation, stay } => {
                return done(desk.link_stay(me, conversation, stay).await);
            }
            Command::Stay { conversation, change } => {
                return done(desk.change_stay(me, conversation, change).await);
            }
            Command::Tag { conversation, tag, on } => {
                return done(desk.set_tag(me, conversation, &tag, on).await);
            }
            Command::Today { hotel } => {
                return now(reply(&desk, id, desk.today_so_far(&self.staff, hotel).await));
            }
            Command::Leave { conversation } => {
                self.cursors.forget(conversation);
                desk.hub.unview(self.socket, conversation);
                return done(Ok(()));
            }
            Command::Typing { conversation, on } => {
                let by = Person { id: me, name: self.staff.name.clone() };
                return done(desk.staff_typing(&by, conversation, on).await);
            }
            Command::Read { conversation, seq } => {
                return done(
                    desk.order_as_staff(me, conversation, domain::Command::Read { seq }).await.map(drop),
                );
            }
            Command::Bid { .. }
            | Command::TakeBack { .. }
            | Command::Decline { .. }
            | Command::Confirm { .. } => {
                let answer = match turn(command) {
                    Some((on, client_id, act)) => desk.act_as_staff(me, on, client_id, act).await,
                    None => Err(Refusal::NotAllowed.into()),
                };
                return now(reply(&desk, id, answer.map(Stored::from)));
            }
            Command::Claim { conversation, epoch } => (conversation, domain::Command::Claim { epoch }),
            Command::TakeOver { conversation, epoch, reason } => {
                (conversation, domain::Command::TakeOver { epoch, reason })
            }
            Command::Release { conversation, epoch, reason } => {
                (conversation, domain::Command::Release { epoch, reason })
            }
            Command::Transfer { conversation, epoch, to } => {
                (conversation, domain::Command::Transfer { epoch, to: desk.recipient(to) })
            }
            Command::Resolve { conversation, epoch } => (conversation, domain::Command::Resolve { epoch }),
            Command::Reopen { conversation, epoch } => (conversation, domain::Command::Reopen { epoch }),
        };
        now(reply(&desk, id, desk.order_as_staff(me, conversation, command).await.map(Handed::from)))
    }

    async fn read_on(&mut self, broadcast: &Broadcast) -> Answer<Vec<Utf8Bytes>> {
        let c = &broadcast.update.conversation;
        let follows = self.cursors.follows(c.id);
        let mut events = match follows {
            true => self.cursors.read_on(&self.desk, Viewer::Staff(self.staff.id), broadcast).await?,
            false => Vec::new(),
        };
        if follows || self.watched.contains(&c.hotel) {
            events.push(broadcast.row());
        }
        if follows && may_have_changed(c, &broadcast.update.entries) {
            match self.desk.parts(self.staff.id, c.id).await {
                Ok(requests) => {
                    events.push(encode(&wire::Event::Requests { conversation: c.id, requests }));
                }
                // Erased meanwhile, or no longer theirs.
                Err(No::Refused(_)) => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(events)
    }
}

/// What a command does in a request, and under which mark.
fn turn(command: Command) -> Option<(On, Option<ClientId>, Act)> {
    let (leg, conversation, epoch, seen, client_id, act) = match command {
        Command::Bid {
            conversation,
            request,
            of,
            epoch,
            seen,
            client_id,
            total,
            included,
            valid_until,
            confirms_itself,
        } => {
            // How long any may be valid is looked up.
            let act = Act::Bid { of, total, included, valid_until, confirms_itself, latest: valid_until };
            (request, conversation, epoch, seen, Some(client_id), act)
        }
        Command::TakeBack { conversation, request, version, epoch, seen } => {
            (request, conversation, epoch, seen, None, Act::TakeBack { version })
        }
        Command::Decline { conversation, request, reason, epoch, seen } => {
            (request, conversation, epoch, seen, None, Act::Decline { reason })
        }
        Command::Confirm { conversation, request, version, epoch, seen } => {
            (request, conversation, epoch, seen, None, Act::Confirm { version })
        }
        _ => return None,
    };
    Some((On::Leg { leg, conversation, epoch, seen }, client_id, act))
}
