//! Who types, in memory only. It is never stored and ends by itself: five seconds after the last sign of it,
//! when the words arrive, or when the writer says so.

use super::{Audience, Hub, encode};
use domain::wire::{TYPING_EXPIRES, Typing};
use domain::{By, ConversationId, GuestId, HotelId};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Signs closer together than this are not passed on, whatever a client sends.
const LEAST_GAP: Duration = Duration::from_millis(1_000);

#[derive(Debug, Default)]
pub(super) struct Typists(HashMap<(ConversationId, Uuid), Typist>);

#[derive(Debug)]
struct Typist {
    by: By,
    guest: GuestId,
    hotel: HotelId,
    last: Instant,
    passed_on: Instant,
    /// False once they have said that they stopped; kept a while, so that on and off cannot be flooded.
    active: bool,
}

/// Whose typing it is. A conversation has one guest, who is known by different ids inside and to the hotel.
fn typist(by: &By) -> Option<Uuid> {
    if by.is_guest() { Some(Uuid::nil()) } else { by.id }
}

impl Typists {
    /// Typing ends with the words; receivers know from the entry, so nothing is sent.
    pub(super) fn has_spoken(&mut self, conversation: ConversationId, by: &By) {
        if let Some(id) = typist(by) {
            self.0.remove(&(conversation, id));
        }
    }

    /// Whoever held the conversation types no more; receivers know from the change of hands.
    pub(super) fn has_changed_hands(&mut self, conversation: ConversationId) {
        self.0.retain(|(other, _), typist| *other != conversation || typist.by.is_guest());
    }
}

impl Hub {
    /// A sign that `by` types (or has stopped) in a conversation of `guest` with `hotel`.
    pub fn typing(&self, conversation: ConversationId, guest: GuestId, hotel: HotelId, by: By, on: bool) {
        let Some(id) = typist(&by) else { return };
        let now = Instant::now();
        let mut registry = self.registry();
        match registry.typing.0.get_mut(&(conversation, id)) {
            Some(typist) => {
                let news = typist.active != on || on;
                (typist.last, typist.active) = (now, on);
                if !news || now - typist.passed_on < LEAST_GAP {
                    return;
                }
                typist.passed_on = now;
            }
            None if on => {
                let typist = Typist { by: by.clone(), guest, hotel, last: now, passed_on: now, active: true };
                registry.typing.0.insert((conversation, id), typist);
            }
            None => return,
        }
        drop(registry);
        self.tell_typing(conversation, guest, hotel, by, on);
    }

    /// Ends the typing of those who have been silent too long.
    pub fn end_stale_typing(&self) {
        let now = Instant::now();
        let expired: Vec<_> = {
            let silent = |_: &(ConversationId, Uuid), t: &mut Typist| {
                (now - t.last).as_millis() as i64 >= TYPING_EXPIRES
            };
            self.registry().typing.0.extract_if(silent).collect()
        };
        for ((conversation, _), typist) in expired {
            self.tell_typing(conversation, typist.guest, typist.hotel, typist.by, false);
        }
    }

    /// The guest's typing is for the staff; a staff member's for the guest and for those who look on.
    fn tell_typing(
        &self,
        conversation: ConversationId,
        guest: GuestId,
        hotel: HotelId,
        by: By,
        active: bool,
    ) {
        let from_guest = by.is_guest();
        let text = encode(&domain::wire::staff::Event::Typing(Typing { conversation, by, active }));
        if from_guest {
            self.tell(Audience::Hotel(hotel), text);
        } else {
            self.tell(Audience::Guest(guest, hotel), text.clone());
            self.tell(Audience::Viewers(conversation), text);
        }
    }
}
