//! Every socket that is open, and the indexes by which news finds it. All of it lives under the hub's one
//! lock.

use super::{Audience, Delivery, Hub, Peer, Reason, SocketId, encode, typing};
use axum::extract::ws::Utf8Bytes;
use domain::wire::staff::Event as StaffEvent;
use domain::{ConversationId, GuestId, HotelId, Person, StaffId};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};

#[derive(Debug)]
pub(super) struct Registration {
    pub(super) peer: Peer,
    /// The login session, so that a logout closes exactly its own sockets.
    pub(super) session: Option<String>,
    pub(super) address: IpAddr,
    pub(super) queue: mpsc::Sender<Delivery>,
    pub(super) close: Option<oneshot::Sender<Reason>>,
    pub(super) hotels: HashSet<HotelId>,
    pub(super) viewing: HashSet<ConversationId>,
}

#[derive(Debug, Default)]
pub(super) struct Registry {
    pub(super) next: SocketId,
    pub(super) all: HashMap<SocketId, Registration>,
    pub(super) guests: HashMap<GuestId, Vec<SocketId>>,
    pub(super) staff: HashMap<StaffId, Vec<SocketId>>,
    pub(super) watchers: HashMap<HotelId, Vec<SocketId>>,
    pub(super) viewers: HashMap<ConversationId, Vec<SocketId>>,
    pub(super) addresses: HashMap<IpAddr, usize>,
    /// Questions from sites' bubbles that wait for news of a guest; dropping one answers it.
    pub(super) listening: HashMap<GuestId, Vec<oneshot::Sender<()>>>,
    /// Staff without a socket, since when.
    pub(super) gone: HashMap<StaffId, Instant>,
    pub(super) typing: typing::Typists,
}

impl Registry {
    pub(super) fn tell(&mut self, audience: Audience, text: Utf8Bytes, hub: &Hub) {
        for id in self.audience(audience) {
            self.post(id, Delivery::Text(text.clone()), hub);
        }
    }

    pub(super) fn audience(&self, audience: Audience) -> Vec<SocketId> {
        match audience {
            Audience::Hotel(hotel) => self.watchers.get(&hotel).cloned().unwrap_or_default(),
            Audience::Viewers(conversation) => self.viewers.get(&conversation).cloned().unwrap_or_default(),
            Audience::Guest(guest, hotel) => {
                let sockets = self.guests.get(&guest).cloned().unwrap_or_default();
                sockets
                    .into_iter()
                    .filter(|id| {
                        self.all.get(id).is_some_and(|registration| registration.hotels.contains(&hotel))
                    })
                    .collect()
            }
            Audience::Staff(staff) => self.staff.get(&staff).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn unview(&mut self, id: SocketId, conversation: ConversationId, hub: &Hub) {
        remove(&mut self.viewers, &conversation, id);
        self.tell_viewers(conversation, hub);
    }

    pub(super) fn tell_viewers(&mut self, conversation: ConversationId, hub: &Hub) {
        let viewers = self.people_viewing(conversation);
        let text = encode(&StaffEvent::Viewers { conversation, viewers });
        self.tell(Audience::Viewers(conversation), text, hub);
    }

    pub(super) fn people_viewing(&self, conversation: ConversationId) -> Vec<Person> {
        let sockets = self.viewers.get(&conversation).into_iter().flatten();
        let mut people: Vec<Person> = Vec::new();
        for id in sockets {
            if let Some(Registration { peer: Peer::Staff(person), .. }) = self.all.get(id)
                && !people.contains(person)
            {
                people.push(person.clone());
            }
        }
        people
    }

    pub(super) fn guest_present(&self, guest: GuestId, hotel: HotelId) -> bool {
        let sockets = self.guests.get(&guest).into_iter().flatten();
        sockets.filter_map(|id| self.all.get(id)).any(|registration| registration.hotels.contains(&hotel))
    }
}

/// Takes a socket out of an index, and the key with the last one.
pub(super) fn remove<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<SocketId>>, key: &K, id: SocketId) {
    if let Some(sockets) = map.get_mut(key) {
        sockets.retain(|other| *other != id);
        if sockets.is_empty() {
            map.remove(key);
        }
    }
}
