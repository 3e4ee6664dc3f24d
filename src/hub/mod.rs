//! Who is connected, and how news reaches them.
//!
//! In: sockets that come and go, parcels from the bus, typing. Out: mail in each socket's bounded queue. Never: SQL, or
//! anything that must not be lost; a socket that falls behind is closed with a reason and reads on from its cursors.
//!
//! One mutex guards it all. Nothing is awaited and nothing is encoded under it, a send into a queue takes well under
//! a microsecond, and one lock keeps "subscribed" and "delivered" in one order for every socket.

mod parcel;
mod seats;
mod typing;

pub use parcel::Parcel;

use seats::{Seat, Seats, remove};

use crate::metrics::Metrics;
use axum::extract::ws::Utf8Bytes;
use domain::wire::staff::Event as StaffEvent;
use domain::{ConversationId, GuestId, HotelId, Person, StaffId};
use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};

pub type SocketId = u64;

/// Who sits behind a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    Guest(GuestId),
    Staff(Person),
    /// A member of the staff who looks on, from a screen on a wall: hears what they may, and is at no desk.
    Board(Person),
}

/// Whom an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The sockets of a guest that have this hotel open.
    Guest(GuestId, HotelId),
    /// Staff who watch the hotel's queue.
    Hotel(HotelId),
    /// Staff who have the conversation open.
    Viewers(ConversationId),
}

/// What lies in a socket's queue.
#[derive(Clone, Debug)]
pub enum Mail {
    /// An event, already encoded once for all its receivers.
    Text(Utf8Bytes),
    /// A conversation that has grown; the socket picks what its reader may see and has not seen yet.
    Grown(Arc<Parcel>),
}

/// Why the server closes a socket. The text is sent to the client and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    TooSlow,
    Disabled,
    LoggedOut,
    /// What they may do has changed: they begin anew with what they may now.
    Changed,
    /// The guest is somebody else now: two devices turned out to be one person's.
    Joined,
    Stopping,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::TooSlow => "too_slow",
            Reason::Disabled => "disabled",
            Reason::LoggedOut => "logged_out",
            Reason::Changed => "changed",
            Reason::Joined => "joined",
            Reason::Stopping => "stopping",
        }
    }
}

/// Questions of one guest's bubbles that may wait at once.
const LISTENING: usize = 8;

#[derive(Debug)]
pub struct Hub {
    seats: Mutex<Seats>,
    metrics: Arc<Metrics>,
    /// Staff who have come or gone; the desk tells their colleagues.
    movements: mpsc::UnboundedSender<StaffId>,
}

impl Hub {
    pub fn new(metrics: Arc<Metrics>, movements: mpsc::UnboundedSender<StaffId>) -> Self {
        Self { seats: Mutex::default(), metrics, movements }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // A panic under the lock leaves maps that are at worst out of date; going on beats stopping the desk.
        self.seats.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes a socket in. It stays until the place is dropped. `queue` is how many events may wait for it.
    pub fn enter(self: &Arc<Self>, party: Party, session: Option<String>, address: IpAddr, queue: usize) -> Place {
        let (mail, inbox) = mpsc::channel(queue);
        let (close, closed) = oneshot::channel();
        let mut seats = self.seats();
        seats.next += 1;
        let id = seats.next;
        match &party {
            Party::Guest(guest) => seats.guests.entry(*guest).or_default().push(id),
            Party::Staff(person) => {
                seats.gone.remove(&person.id);
                let sockets = seats.staff.entry(person.id).or_default();
                sockets.push(id);
                if sockets.len() == 1 {
                    let _ = self.movements.send(person.id);
                }
            }
            Party::Board(_) => {}
        }
        self.metrics.sockets.with_label_values(&[kind(&party)]).inc();
        *seats.addresses.entry(address).or_default() += 1;
        let seat = Seat { party, session, address, mail, close: Some(close), hotels: HashSet::new(), viewing: HashSet::new() };
        seats.all.insert(id, seat);
        drop(seats);
        Place { hub: self.clone(), id, inbox, closed }
    }

    fn leave(&self, id: SocketId) {
        let mut seats = self.seats();
        let Some(seat) = seats.all.remove(&id) else { return };
        self.metrics.sockets.with_label_values(&[kind(&seat.party)]).dec();
        if let Some(count) = seats.addresses.get_mut(&seat.address) {
            *count -= 1;
            if *count == 0 {
                seats.addresses.remove(&seat.address);
            }
        }
        for conversation in &seat.viewing {
            seats.unview(id, *conversation, self);
        }
        match &seat.party {
            Party::Guest(guest) => {
                remove(&mut seats.guests, guest, id);
                for hotel in &seat.hotels {
                    if !seats.guest_present(*guest, *hotel) {
                        let text = encode(&StaffEvent::Presence { hotel: *hotel, guest: *guest, present: false });
                        seats.tell(Audience::Hotel(*hotel), text, self);
                    }
                }
            }
            Party::Board(_) => {
                for hotel in &seat.hotels {
                    remove(&mut seats.watchers, hotel, id);
                }
            }
            Party::Staff(person) => {
                for hotel in &seat.hotels {
                    remove(&mut seats.watchers, hotel, id);
                }
                remove(&mut seats.staff, &person.id, id);
                if !seats.staff.contains_key(&person.id) {
                    seats.gone.insert(person.id, Instant::now());
                    let _ = self.movements.send(person.id);
                }
            }
        }
    }

    /// From now on this socket hears of the hotel: staff of its queue, a guest of their own conversation.
    pub fn open_hotel(&self, id: SocketId, hotel: HotelId) {
        let mut seats = self.seats();
        let Some(party) = seats.all.get(&id).map(|seat| seat.party.clone()) else { return };
        let news = matches!(&party, Party::Guest(guest) if !seats.guest_present(*guest, hotel));
        let Some(seat) = seats.all.get_mut(&id) else { return };
        if !seat.hotels.insert(hotel) {
            return;
        }
        match party {
            Party::Staff(_) | Party::Board(_) => seats.watchers.entry(hotel).or_default().push(id),
            Party::Guest(guest) if news => {
                let text = encode(&StaffEvent::Presence { hotel, guest, present: true });
                seats.tell(Audience::Hotel(hotel), text, self);
            }
            Party::Guest(_) => {}
        }
    }

    /// From now on this staff socket hears every entry of the conversation.
    pub fn view(&self, id: SocketId, conversation: ConversationId) {
        let mut seats = self.seats();
        let Some(seat) = seats.all.get_mut(&id) else { return };
        if seat.viewing.insert(conversation) {
            seats.viewers.entry(conversation).or_default().push(id);
            seats.tell_viewers(conversation, self);
        }
    }

    pub fn unview(&self, id: SocketId, conversation: ConversationId) {
        let mut seats = self.seats();
        if seats.all.get_mut(&id).is_some_and(|seat| seat.viewing.remove(&conversation)) {
            seats.unview(id, conversation, self);
        }
    }

    /// The staff who have a conversation open, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Person> {
        self.seats().people_viewing(conversation)
    }

    pub fn is_present(&self, staff: StaffId) -> bool {
        self.seats().staff.contains_key(&staff)
    }

    /// Guests with a page of this hotel open.
    pub fn guests_present(&self, hotel: HotelId) -> Vec<GuestId> {
        let seats = self.seats();
        let mut present: Vec<_> = seats
            .all
            .values()
            .filter_map(|seat| match seat.party {
                Party::Guest(guest) if seat.hotels.contains(&hotel) => Some(guest),
                _ => None,
            })
            .collect();
        present.sort_unstable();
        present.dedup();
        present
    }

    /// How many sockets a guest or staff member has open.
    pub fn sockets_of(&self, party: &Party) -> usize {
        let seats = self.seats();
        match party {
            Party::Guest(guest) => seats.guests.get(guest).map_or(0, Vec::len),
            Party::Staff(person) => seats.staff.get(&person.id).map_or(0, Vec::len),
            Party::Board(_) => seats.all.values().filter(|seat| seat.party == *party).count(),
        }
    }

    /// How many sockets a network address has open.
    pub fn sockets_at(&self, address: IpAddr) -> usize {
        self.seats().addresses.get(&address).copied().unwrap_or_default()
    }

    /// Brings a grown conversation to its guest, the hotel's watchers and its viewers.
    pub fn deliver(&self, parcel: Arc<Parcel>) {
        let c = &parcel.grown.conversation;
        let mut seats = self.seats();
        for entry in &parcel.grown.entries {
            seats.typing.has_spoken(c.id, &entry.by);
            if entry.kind.changes_hands() {
                seats.typing.has_changed_hands(c.id);
            }
        }
        if !seats.listening.is_empty() {
            seats.listening.remove(&c.guest.id);
        }
        let mut to: Vec<SocketId> = Vec::new();
        to.extend(seats.guests.get(&c.guest.id).into_iter().flatten());
        to.extend(seats.watchers.get(&c.hotel).into_iter().flatten());
        to.extend(seats.viewers.get(&c.id).into_iter().flatten());
        to.sort_unstable();
        to.dedup();
        for id in to {
            seats.post(id, Mail::Grown(parcel.clone()), self);
        }
    }

    /// Resolves when a conversation of the guest grows, or was read.
    pub fn listen_for(self: &Arc<Self>, guest: GuestId) -> Listening {
        let (bell, news) = oneshot::channel();
        let mut seats = self.seats();
        let listening = seats.listening.entry(guest).or_default();
        // Whoever asks more often than anybody needs to has the oldest question answered.
        if listening.len() >= LISTENING {
            listening.remove(0);
        }
        listening.push(bell);
        Listening { hub: self.clone(), guest, news }
    }

    pub fn tell(&self, audience: Audience, text: Utf8Bytes) {
        self.seats().tell(audience, text, self);
    }

    /// Starts counting the absence of people who held something when the server last stopped.
    pub fn expect_back(&self, staff: impl IntoIterator<Item = StaffId>) {
        let mut seats = self.seats();
        for id in staff {
            if !seats.staff.contains_key(&id) {
                seats.gone.entry(id).or_insert_with(Instant::now);
            }
        }
    }

    /// Those gone since before `deadline`; each is named once.
    pub fn take_absent(&self, deadline: Instant) -> Vec<StaffId> {
        self.seats().gone.extract_if(|_, since| *since <= deadline).map(|(id, _)| id).collect()
    }

    /// Closes the sockets of these people.
    pub fn close_staff(&self, staff: &[StaffId], reason: Reason) {
        self.close_where(reason, |seat| matches!(&seat.party, Party::Staff(p) | Party::Board(p) if staff.contains(&p.id)));
    }

    pub fn close_guest(&self, guest: GuestId, reason: Reason) {
        self.close_where(reason, |seat| seat.party == Party::Guest(guest));
    }

    pub fn close_session(&self, session: &str, reason: Reason) {
        self.close_where(reason, |seat| seat.session.as_deref() == Some(session));
    }

    pub fn close_all(&self, reason: Reason) {
        self.seats().listening.clear();
        self.close_where(reason, |_| true);
    }

    /// Open sockets.
    pub fn len(&self) -> usize {
        self.seats().all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn close_where(&self, reason: Reason, which: impl Fn(&Seat) -> bool) {
        for seat in self.seats().all.values_mut().filter(|seat| which(seat)) {
            if let Some(close) = seat.close.take() {
                self.metrics.closed.with_label_values(&[reason.as_str()]).inc();
                let _ = close.send(reason);
            }
        }
    }
}

/// A socket's place in the hub; dropping it takes the socket out, however the connection ended.
#[derive(Debug)]
pub struct Place {
    hub: Arc<Hub>,
    pub id: SocketId,
    pub inbox: mpsc::Receiver<Mail>,
    /// Resolves when the server wants this socket closed.
    pub closed: oneshot::Receiver<Reason>,
}

/// Somebody who listens for news of a guest; dropping it forgets them, however the question ended.
#[derive(Debug)]
pub struct Listening {
    hub: Arc<Hub>,
    guest: GuestId,
    pub news: oneshot::Receiver<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.news.close();
        let mut seats = self.hub.seats();
        if let Some(listening) = seats.listening.get_mut(&self.guest) {
            listening.retain(|bell| !bell.is_closed());
            if listening.is_empty() {
                seats.listening.remove(&self.guest);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

fn kind(party: &Party) -> &'static str {
    match party {
        Party::Guest(_) => "guest",
        Party::Staff(_) => "staff",
        Party::Board(_) => "board",
    }
}

/// Encodes an event once; the bytes are shared by all who receive it.
pub fn encode<T: serde::Serialize>(event: &T) -> Utf8Bytes {
    // Our own types with string keys cannot fail to encode; an empty object would be ignored by every client.
    serde_json::to_string(event).unwrap_or_else(|_| "{}".into()).into()
}
