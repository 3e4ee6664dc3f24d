//! Who is connected, and how news reaches them.
//!
//! In: sockets that come and go, broadcasts from the bus, typing. Out: deliveries in each socket's bounded
//! queue. Never: SQL, or anything that must not be lost; a socket that falls behind is closed with a reason
//! and reads on from its cursors.
//!
//! One mutex guards it all. Nothing is awaited and nothing is encoded under it, a send into a queue takes
//! well under a microsecond, and one lock keeps "subscribed" and "delivered" in one order for every socket.

mod broadcast;
mod deliver;
mod push;
mod registry;
mod typing;

pub use broadcast::{Broadcast, entry_event};
pub use push::{Receipt, Receipts};

use registry::{Registration, Registry, remove};

use crate::{metrics::Metrics, store::known_as};
use axum::extract::ws::Utf8Bytes;
use domain::wire::staff::Event as StaffEvent;
use domain::{ConversationId, Epoch, GuestId, HotelId, Person, StaffId};
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
pub enum Peer {
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
    /// All sockets of somebody at a desk.
    Staff(StaffId),
}

/// What lies in a socket's queue.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// An event, already encoded once for all its receivers.
    Text(Utf8Bytes),
    /// A conversation that has changed; the socket picks what its reader may see and has not been sent.
    Update(Arc<Broadcast>),
    /// The same as a text, from somebody who waits to hear whether it arrives.
    Push(Utf8Bytes, Receipts),
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
    registry: Mutex<Registry>,
    metrics: Arc<Metrics>,
    /// Staff who have come or gone; the desk tells their colleagues.
    movements: mpsc::UnboundedSender<StaffId>,
    /// Conversations that may have changed hands, and their epoch; the desk ends private lines of before.
    handovers: mpsc::UnboundedSender<(ConversationId, Epoch)>,
}

impl Hub {
    pub fn new(
        metrics: Arc<Metrics>,
        movements: mpsc::UnboundedSender<StaffId>,
        handovers: mpsc::UnboundedSender<(ConversationId, Epoch)>,
    ) -> Self {
        Self { registry: Mutex::default(), metrics, movements, handovers }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        // A panic under the lock leaves maps that are at worst out of date; going on beats stopping the desk.
        self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes a socket in. It stays until the place is dropped. `queue` is how many events may wait for it.
    pub fn enter(
        self: &Arc<Self>,
        peer: Peer,
        session: Option<String>,
        address: IpAddr,
        queue: usize,
    ) -> Connection {
        let (deliveries, inbox) = mpsc::channel(queue);
        let (close, closed) = oneshot::channel();
        let mut registry = self.registry();
        registry.next += 1;
        let id = registry.next;
        match &peer {
            Peer::Guest(guest) => registry.guests.entry(*guest).or_default().push(id),
            Peer::Staff(person) => {
                registry.gone.remove(&person.id);
                let sockets = registry.staff.entry(person.id).or_default();
                sockets.push(id);
                if sockets.len() == 1 {
                    let _ = self.movements.send(person.id);
                }
            }
            Peer::Board(_) => {}
        }
        self.metrics.sockets.with_label_values(&[kind(&peer)]).inc();
        *registry.addresses.entry(address).or_default() += 1;
        let registration = Registration {
            peer,
            session,
            address,
            queue: deliveries,
            close: Some(close),
            hotels: HashSet::new(),
            viewing: HashSet::new(),
        };
        registry.all.insert(id, registration);
        drop(registry);
        Connection { hub: self.clone(), id, inbox, closed }
    }

    fn leave(&self, id: SocketId) {
        let mut registry = self.registry();
        let Some(registration) = registry.all.remove(&id) else { return };
        self.metrics.sockets.with_label_values(&[kind(&registration.peer)]).dec();
        if let Some(count) = registry.addresses.get_mut(&registration.address) {
            *count -= 1;
            if *count == 0 {
                registry.addresses.remove(&registration.address);
            }
        }
        for conversation in &registration.viewing {
            registry.unview(id, *conversation, self);
        }
        match &registration.peer {
            Peer::Guest(guest) => {
                remove(&mut registry.guests, guest, id);
                for hotel in &registration.hotels {
                    if !registry.guest_present(*guest, *hotel) {
                        let text = encode(&presence(*guest, *hotel, false));
                        registry.tell(Audience::Hotel(*hotel), text, self);
                    }
                }
            }
            Peer::Board(_) => {
                for hotel in &registration.hotels {
                    remove(&mut registry.watchers, hotel, id);
                }
            }
            Peer::Staff(person) => {
                for hotel in &registration.hotels {
                    remove(&mut registry.watchers, hotel, id);
                }
                remove(&mut registry.staff, &person.id, id);
                if !registry.staff.contains_key(&person.id) {
                    registry.gone.insert(person.id, Instant::now());
                    let _ = self.movements.send(person.id);
                }
            }
        }
    }

    /// From now on this socket hears of the hotel: staff of its queue, a guest of their own conversation.
    pub fn open_hotel(&self, id: SocketId, hotel: HotelId) {
        let mut registry = self.registry();
        let Some(peer) = registry.all.get(&id).map(|registration| registration.peer.clone()) else { return };
        let news = matches!(&peer, Peer::Guest(guest) if !registry.guest_present(*guest, hotel));
        let Some(registration) = registry.all.get_mut(&id) else { return };
        if !registration.hotels.insert(hotel) {
            return;
        }
        match peer {
            Peer::Staff(_) | Peer::Board(_) => registry.watchers.entry(hotel).or_default().push(id),
            Peer::Guest(guest) if news => {
                let text = encode(&presence(guest, hotel, true));
                registry.tell(Audience::Hotel(hotel), text, self);
            }
            Peer::Guest(_) => {}
        }
    }

    /// From now on this staff socket hears every entry of the conversation.
    pub fn view(&self, id: SocketId, conversation: ConversationId) {
        let mut registry = self.registry();
        let Some(registration) = registry.all.get_mut(&id) else { return };
        if registration.viewing.insert(conversation) {
            registry.viewers.entry(conversation).or_default().push(id);
            registry.tell_viewers(conversation, self);
        }
    }

    pub fn unview(&self, id: SocketId, conversation: ConversationId) {
        let mut registry = self.registry();
        if registry.all.get_mut(&id).is_some_and(|registration| registration.viewing.remove(&conversation)) {
            registry.unview(id, conversation, self);
        }
    }

    /// The staff who have a conversation open, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Person> {
        self.registry().people_viewing(conversation)
    }

    pub fn is_present(&self, staff: StaffId) -> bool {
        self.registry().staff.contains_key(&staff)
    }

    /// Guests with a page of this hotel open, as it knows them.
    pub fn guests_present(&self, hotel: HotelId) -> Vec<GuestId> {
        let registry = self.registry();
        let mut present: Vec<_> = registry
            .all
            .values()
            .filter_map(|registration| match registration.peer {
                Peer::Guest(guest) if registration.hotels.contains(&hotel) => Some(known_as(guest, hotel)),
                _ => None,
            })
            .collect();
        present.sort_unstable();
        present.dedup();
        present
    }

    /// How many sockets a guest or staff member has open.
    pub fn sockets_of(&self, peer: &Peer) -> usize {
        let registry = self.registry();
        match peer {
            Peer::Guest(guest) => registry.guests.get(guest).map_or(0, Vec::len),
            Peer::Staff(person) => registry.staff.get(&person.id).map_or(0, Vec::len),
            Peer::Board(_) => registry.all.values().filter(|registration| registration.peer == *peer).count(),
        }
    }

    /// How many sockets a network address has open.
    pub fn sockets_at(&self, address: IpAddr) -> usize {
        self.registry().addresses.get(&address).copied().unwrap_or_default()
    }

    /// Resolves when a conversation of the guest grows, or was read.
    pub fn listen_for(self: &Arc<Self>, guest: GuestId) -> Listening {
        let (bell, news) = oneshot::channel();
        let mut registry = self.registry();
        let listening = registry.listening.entry(guest).or_default();
        // Whoever asks more often than anybody needs to has the oldest question answered.
        if listening.len() >= LISTENING {
            listening.remove(0);
        }
        listening.push(bell);
        Listening { hub: self.clone(), guest, news }
    }

    pub fn tell(&self, audience: Audience, text: Utf8Bytes) {
        self.registry().tell(audience, text, self);
    }

    /// Tells one socket; false if it is gone.
    pub fn tell_socket(&self, id: SocketId, text: Utf8Bytes) -> bool {
        let mut registry = self.registry();
        registry.post(id, Delivery::Text(text), self);
        registry.all.contains_key(&id)
    }

    /// Whether anybody would hear it.
    pub fn reaches(&self, audience: Audience) -> bool {
        !self.registry().audience(audience).is_empty()
    }

    pub fn is_connected(&self, id: SocketId) -> bool {
        self.registry().all.contains_key(&id)
    }

    /// Starts counting the absence of people who held something when the server last stopped.
    pub fn expect_back(&self, staff: impl IntoIterator<Item = StaffId>) {
        let mut registry = self.registry();
        for id in staff {
            if !registry.staff.contains_key(&id) {
                registry.gone.entry(id).or_insert_with(Instant::now);
            }
        }
    }

    /// Those gone since before `deadline`; each is named once.
    pub fn take_absent(&self, deadline: Instant) -> Vec<StaffId> {
        self.registry().gone.extract_if(|_, since| *since <= deadline).map(|(id, _)| id).collect()
    }

    /// Closes the sockets of these people.
    pub fn close_staff(&self, staff: &[StaffId], reason: Reason) {
        self.close_where(reason, |socket| match &socket.peer {
            Peer::Staff(person) | Peer::Board(person) => staff.contains(&person.id),
            Peer::Guest(_) => false,
        });
    }

    pub fn close_guest(&self, guest: GuestId, reason: Reason) {
        self.close_where(reason, |registration| registration.peer == Peer::Guest(guest));
    }

    pub fn close_session(&self, session: &str, reason: Reason) {
        self.close_where(reason, |registration| registration.session.as_deref() == Some(session));
    }

    pub fn close_all(&self, reason: Reason) {
        self.registry().listening.clear();
        self.close_where(reason, |_| true);
    }

    /// Open sockets.
    pub fn len(&self) -> usize {
        self.registry().all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn close_where(&self, reason: Reason, which: impl Fn(&Registration) -> bool) {
        for registration in self.registry().all.values_mut().filter(|registration| which(registration)) {
            if let Some(close) = registration.close.take() {
                self.metrics.closed.with_label_values(&[reason.as_str()]).inc();
                let _ = close.send(reason);
            }
        }
    }
}

/// A socket's place in the hub; dropping it takes the socket out, however the connection ended.
#[derive(Debug)]
pub struct Connection {
    hub: Arc<Hub>,
    pub id: SocketId,
    pub inbox: mpsc::Receiver<Delivery>,
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
        let mut registry = self.hub.registry();
        if let Some(listening) = registry.listening.get_mut(&self.guest) {
            listening.retain(|bell| !bell.is_closed());
            if listening.is_empty() {
                registry.listening.remove(&self.guest);
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

fn kind(peer: &Peer) -> &'static str {
    match peer {
        Peer::Guest(_) => "guest",
        Peer::Staff(_) => "staff",
        Peer::Board(_) => "board",
    }
}

/// Encodes an event once; the bytes are shared by all who receive it.
fn presence(guest: GuestId, hotel: HotelId, present: bool) -> StaffEvent {
    StaffEvent::Presence { hotel, guest: known_as(guest, hotel), present }
}

pub fn encode<T: serde::Serialize>(event: &T) -> Utf8Bytes {
    // Our own types with string keys cannot fail to encode; an empty object would be ignored by every client.
    serde_json::to_string(event).unwrap_or_else(|_| "{}".into()).into()
}
