//! A guest's side of a socket.

use super::{PendingAnswer, Reader, cursor::Cursors, now, reply, stored};
use crate::{
    desk::{Answer, Desk, request::may_have_changed},
    hub::{Broadcast, SocketId, encode},
    store::{ActorId, Promise, Update, Viewer},
};
use axum::extract::ws::Utf8Bytes;
use domain::wire::{
    Done, Limits, PAGE, RESUME, Stored, guest as wire,
    line::Ask,
    request::{Asked, RequestEvent, RequestView},
};
use domain::{
    AttachmentId, ClientId, ConversationId, Guest, GuestId, Hotel, HotelId, Millis, Refusal, Request,
    RequestId, Seq, Wanted,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
    time::Instant,
};
use wire::Command;

/// Requests one socket may read at once.
const READ: usize = 20;

pub(super) struct GuestReader {
    desk: Arc<Desk>,
    guest: GuestId,
    socket: SocketId,
    /// The hotels whose site this socket was opened from; `None` if it was opened from our own pages.
    only: Option<Vec<HotelId>>,
    address: IpAddr,
    /// The guest is known by a frame's token, not by a cookie: the key of their bubble.
    framed: Option<String>,
    /// Hotels to which it may write: the guest had written before, or was allowed to begin.
    begun: HashSet<HotelId>,
    /// The hotels this socket hears of, by slug.
    hotels: HashMap<String, HotelId>,
    /// Hotels it may speak to, looked up before. A hotel's slug does not change.
    known: HashMap<String, HotelId>,
    cursors: Cursors,
    /// The requests it reads, each with how it was last sent.
    requests: HashMap<RequestId, Utf8Bytes>,
}

impl GuestReader {
    pub fn new(
        desk: Arc<Desk>,
        guest: GuestId,
        socket: SocketId,
        only: Option<Vec<HotelId>>,
        address: IpAddr,
        framed: Option<String>,
    ) -> Self {
        let (hotels, known, begun, cursors, requests) = Default::default();
        Self { desk, guest, socket, only, address, framed, hotels, known, begun, cursors, requests }
    }

    /// Submits a message. Whether the guest may begin a conversation is asked once for each hotel.
    async fn say(
        &mut self,
        hotel: &str,
        client_id: ClientId,
        body: &str,
        files: Vec<AttachmentId>,
    ) -> Answer<Promise> {
        let hotel = self.hotel(hotel).await?;
        if !self.begun.contains(&hotel) {
            self.desk.may_begin(self.guest, hotel, self.address).await?;
            self.begun.insert(hotel);
        }
        self.desk.say_as_guest(self.guest, hotel, client_id, body, files).await
    }

    async fn hotel(&mut self, slug: &str) -> Answer<HotelId> {
        if let Some(id) = self.known.get(slug) {
            return Ok(*id);
        }
        let id = self.reach(slug).await?.id;
        self.known.insert(slug.to_owned(), id);
        Ok(id)
    }

    /// A hotel, if this socket may speak to it.
    async fn reach(&self, slug: &str) -> Answer<Hotel> {
        let hotel = self.desk.hotel(slug).await?;
        if self.may_reach(hotel.id) { Ok(hotel) } else { Err(Refusal::NotFound.into()) }
    }

    fn may_reach(&self, hotel: HotelId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&hotel))
    }

    /// The store knows whose a conversation is; where a hotel's site speaks, it must be that hotel's too.
    async fn may_read(&self, id: ConversationId) -> Answer<()> {
        if self.only.is_none() {
            return Ok(());
        }
        let found = self.desk.store.conversation(Viewer::Guest(self.guest), id).await?;
        found.filter(|c| self.may_reach(c.hotel)).map(drop).ok_or(Refusal::NotFound.into())
    }

    async fn open(&mut self, slug: &str, after: Option<Seq>) -> Answer<wire::Opened> {
        let hotel = self.reach(slug).await?;
        // Subscribed before reading: what is stored from here on arrives as delivery, and the cursor drops
        // what overlaps.
        self.hotels.insert(hotel.slug.clone(), hotel.id);
        self.desk.hub.open_hotel(self.socket, hotel.id);
        let opened = self.desk.guest_open(self.guest, hotel, after).await?;
        self.have_read(&opened.earlier);
        if let Some(thread) = &opened.conversation {
            self.cursors.set(thread.id, opened.cursor);
            self.desk.tell_of_offer(thread.id, self.socket, ActorId::Guest(self.guest));
        }
        Ok(opened)
    }

    /// From now on this socket hears of all the guest's hotels. What was said before is read hotel by hotel;
    /// an entry that comes live before its conversation was opened comes after a cursor that says so.
    async fn stays(&mut self) -> Answer<wire::Stays> {
        let mut before = self.desk.guest_stays(self.guest).await?;
        before.hotels.retain(|talked| self.may_reach(talked.hotel.id));
        for talked in before.hotels {
            self.desk.hub.open_hotel(self.socket, talked.hotel.id);
            self.hotels.insert(talked.hotel.slug, talked.hotel.id);
        }
        // Read again, now that nothing can fall between.
        let mut stays = self.desk.guest_stays(self.guest).await?;
        stays.hotels.retain(|talked| self.may_reach(talked.hotel.id));
        for talked in &stays.hotels {
            self.cursors.set_if_new(talked.thread.id, talked.thread.last_seq);
        }
        Ok(stays)
    }

    async fn earlier(
        &mut self,
        slug: &str,
        before: ConversationId,
        seq: Option<Seq>,
    ) -> Answer<wire::Earlier> {
        let hotel = self.hotel(slug).await?;
        let earlier = self.desk.guest_earlier(self.guest, hotel, before, seq).await?;
        self.have_read(&earlier.earlier);
        Ok(earlier)
    }

    /// What was shown of conversations that lie before is not sent again, should one of them grow.
    fn have_read(&mut self, past: &[wire::Past]) {
        for past in past {
            self.cursors.set_if_new(past.conversation, past.entries.last().map_or(0, |e| e.seq));
        }
    }

    /// Several hotels' business at once is for our own pages, and none for a site of one of them.
    fn on_our_pages(&self) -> Answer<()> {
        if self.only.is_none() { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }

    async fn ask(
        &self,
        request: RequestId,
        slugs: Vec<String>,
        wanted: Wanted,
        answer_by: Millis,
    ) -> Answer<Asked> {
        self.on_our_pages()?;
        let mut hotels = Vec::new();
        // One more than may be asked, so that it is said.
        for slug in slugs.iter().take(Request::HOTELS + 1) {
            hotels.push(self.desk.hotel(slug).await?);
        }
        self.desk.ask(self.guest, self.address, request, hotels, (wanted, answer_by)).await?;
        Ok(Asked { request })
    }

    /// One of the guest's requests; from now on this socket hears how it stands, and who types.
    async fn request(&mut self, id: RequestId) -> Answer<RequestView> {
        self.on_our_pages()?;
        let view = self.desk.request_view(self.guest, id).await?;
        // Subscribed before reading, as everywhere.
        if self.requests.len() < READ {
            self.requests.insert(id, Utf8Bytes::default());
        }
        for offered in &view.hotels {
            self.desk.hub.open_hotel(self.socket, offered.hotel.id);
        }
        self.desk.request_view(self.guest, id).await
    }

    /// What a guest does in a request.
    async fn negotiate(&self, command: Command) -> Answer<()> {
        let (desk, me) = (&self.desk, self.guest);
        match command {
            Command::Change { request, version, wanted, answer_by } => {
                desk.change_request(me, request, version, wanted, answer_by).await
            }
            Command::Withdraw { request } => desk.withdraw_request(me, request).await,
            Command::Counter { request, client_id, hotel, amount, words } => {
                let to = match hotel {
                    Some(slug) => Some(desk.hotel(&slug).await?.id),
                    None => None,
                };
                desk.counter(me, request, client_id, to, amount, &words).await
            }
            Command::Accept { request, hotel, version } => {
                desk.accept(me, request, &desk.hotel(&hotel).await?, version).await
            }
            _ => Err(Refusal::NotAllowed.into()),
        }
    }

    /// The requests this socket reads, as far as they stand otherwise than it was sent.
    async fn changed_requests(&mut self) -> Answer<Vec<Utf8Bytes>> {
        let mut events = Vec::new();
        for (id, sent) in &mut self.requests {
            let event = match self.desk.request_view(self.guest, *id).await {
                Ok(view) => encode(&RequestEvent::of(view)),
                // Erased meanwhile.
                Err(crate::desk::No::Refused(_)) => continue,
                Err(failed) => return Err(failed),
            };
            if *sent != event {
                sent.clone_from(&event);
                events.push(event);
            }
        }
        Ok(events)
    }

    async fn resume(&mut self, cursors: BTreeMap<ConversationId, Seq>) -> Answer<wire::Resumed> {
        Cursors::allow(cursors.len())?;
        let hotels: HashMap<_, _> =
            self.desk.store.hotels().await?.into_iter().map(|h| (h.id, h.slug)).collect();
        let mut resumed = wire::Resumed { conversations: Vec::new(), gone: Vec::new() };
        let mut left = RESUME;
        for (id, after) in cursors {
            let found = self.desk.store.conversation(Viewer::Guest(self.guest), id).await?;
            let found = found.filter(|c| self.may_reach(c.hotel));
            let Some((hotel, slug)) = found.and_then(|c| hotels.get_key_value(&c.hotel)) else {
                resumed.gone.push(id);
                continue;
            };
            self.hotels.insert(slug.clone(), *hotel);
            self.desk.hub.open_hotel(self.socket, *hotel);
            let page = self.desk.guest_page(self.guest, id, slug, after, PAGE.min(left)).await?;
            left -= page.entries.len() as i64;
            self.cursors.set(id, page.cursor);
            resumed.conversations.push(page);
        }
        Ok(resumed)
    }
}

impl Reader for GuestReader {
    type Command = Command;

    fn hello(&self, build: &str) -> Utf8Bytes {
        let you = Guest { id: self.guest, name: String::new(), language: String::new() };
        let limits = Limits { body: self.desk.settings.max_body };
        let count_key = self.framed.clone();
        encode(&wire::Event::Hello {
            you,
            build: build.into(),
            limits,
            framed: count_key.is_some(),
            count_key,
        })
    }

    fn is_message(command: &Command) -> bool {
        matches!(command, Command::Say { .. } | Command::Counter { .. })
    }

    fn cursors(command: &Command) -> usize {
        if let Command::Resume { cursors } = command { cursors.len() } else { 0 }
    }

    async fn answer(&mut self, id: u64, command: Command) -> PendingAnswer {
        let desk = self.desk.clone();
        now(match command {
            Command::Say { hotel, client_id, body, files } => {
                let started = Instant::now();
                let promise = self.say(&hotel, client_id, &body, files).await;
                return stored(desk, id, started, promise);
            }
            Command::Open { hotel, after } => reply(&desk, id, self.open(&hotel, after).await),
            Command::Earlier { hotel, before, seq } => {
                reply(&desk, id, self.earlier(&hotel, before, seq).await)
            }
            Command::Typing { hotel, on } => {
                let answer = match self.hotel(&hotel).await {
                    Ok(hotel) => desk.guest_typing(self.guest, hotel, on).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer.map(|()| Done {}))
            }
            Command::Read { conversation, seq } => {
                let answer = match self.may_read(conversation).await {
                    Ok(()) => desk.guest_read(self.guest, conversation, seq).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer.map(|()| Done {}))
            }
            Command::Introduce { hotel, name } => {
                let answer = match self.hotel(&hotel).await {
                    Ok(hotel) => desk.introduce(self.guest, hotel, Some(&name), None).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer.map(|()| Done {}))
            }
            Command::Rate { conversation, stars, word } => {
                let answer = match self.may_read(conversation).await {
                    Ok(()) => desk.guest_rate(self.guest, conversation, stars, &word).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer.map(Stored::from))
            }
            Command::Stays {} => reply(&desk, id, self.stays().await),
            Command::Hotels { find } => {
                reply(&desk, id, desk.find_hotels(&find, |hotel| self.may_reach(hotel)).await)
            }
            Command::Line { conversation, wish, epoch } => {
                let ask = Ask { conversation, wish, epoch };
                let answer = match self.may_read(conversation).await {
                    Ok(()) => desk.private_line(ActorId::Guest(self.guest), ask, self.socket).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer)
            }
            Command::Ask { request, hotels, wanted, answer_by } => {
                reply(&desk, id, self.ask(request, hotels, wanted, answer_by).await)
            }
            Command::Requests {} => {
                let answer = match self.on_our_pages() {
                    Ok(()) => desk.requests_of(self.guest).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer)
            }
            Command::Request { request } => reply(&desk, id, self.request(request).await),
            Command::Change { .. }
            | Command::Withdraw { .. }
            | Command::Counter { .. }
            | Command::Accept { .. } => {
                let answer = match self.on_our_pages() {
                    Ok(()) => self.negotiate(command).await,
                    Err(no) => Err(no),
                };
                reply(&desk, id, answer.map(|()| Done {}))
            }
            Command::Resume { cursors } => reply(&desk, id, self.resume(cursors).await),
        })
    }

    async fn read_on(&mut self, broadcast: &Broadcast) -> Answer<Vec<Utf8Bytes>> {
        let Update { conversation, hotel, entries, .. } = &broadcast.update;
        let mut events = Vec::new();
        if !self.requests.is_empty() && may_have_changed(conversation, entries) {
            events = self.changed_requests().await?;
        }
        if self.hotels.get(hotel) != Some(&conversation.hotel) {
            return Ok(events);
        }
        let said = self.cursors.read_on(&self.desk, Viewer::Guest(self.guest), broadcast).await?;
        events.extend(said);
        events.extend(broadcast.thread());
        Ok(events)
    }
}
