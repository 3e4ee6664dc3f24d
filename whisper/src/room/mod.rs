//! One room: who is in it, who knocks, and what is relayed to whom. `seat` is how somebody comes and goes,
//! `relay` what they say, `command` what they ask; `line` is a room of two.
//!
//! In: people who join and go, their commands, their ciphertext. Out: deliveries in the queues of those they
//! are for. Everything happens under the room's lock and nothing waits there, so that all hear all in one
//! order. Never: anything from before somebody came, not even to who comes back.

mod command;
mod line;
mod post;
mod relay;
mod seat;

pub use line::{OPENER, OTHER};
pub use seat::Join;

use crate::{
    code::Secret,
    frame::{Frame, Weight},
    limits::Limits,
};
use domain::Refusal;
use domain::wire::whisper::{Event, FADE, Limits as Told, Number, Reason};
use post::Inbox;
use seat::Seat;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a seat is kept for somebody whose connection broke: a lift, a tunnel.
pub(crate) const AWAY: Duration = Duration::from_secs(60);

pub struct Room {
    /// A private line: its two seats are taken from the start.
    pair: bool,
    limits: Limits,
    /// Frames in the queues of all rooms, and of this one.
    weight: Weight,
    pub(crate) own_weight: Weight,
    made: Instant,
    /// What the browser that made the room was given.
    maker: Secret,
    state: Mutex<State>,
}

struct State {
    /// When something was relayed last.
    spoken: Instant,
    /// Who ended it, if somebody did.
    ended_by: Option<Number>,
    /// Somebody has joined: the room has a key.
    begun: bool,
    /// It has ended, for this reason.
    over: Option<Reason>,
    next_number: Number,
    next_post: u64,
    locked: bool,
    fade: u8,
    /// The maker is a moderator whenever they come.
    maker_leads: bool,
    empty_since: Option<Instant>,
    seats: Vec<Seat>,
    knocking: Vec<Seat>,
}

/// What lies in a participant's queue.
pub enum Delivery {
    Event(Event),
    Frame(Frame),
}

/// A connection's place in a room, at the table or at the door. Dropped, it is lost.
pub struct Participant {
    room: Arc<Room>,
    number: Number,
    post: u64,
    inbox: Inbox,
}

impl Room {
    pub(crate) fn new(limits: Limits, weight: Weight, now: Instant) -> Self {
        let state = State {
            spoken: now,
            ended_by: None,
            begun: false,
            over: None,
            next_number: 0,
            next_post: 0,
            locked: false,
            fade: FADE,
            maker_leads: true,
            empty_since: Some(now),
            seats: Vec::new(),
            knocking: Vec::new(),
        };
        let own_weight = Weight::default();
        Self {
            pair: false,
            limits,
            weight,
            own_weight,
            made: now,
            maker: Secret::new(),
            state: Mutex::new(state),
        }
    }

    /// For the cookie of the browser that made the room.
    pub fn maker(&self) -> &Secret {
        &self.maker
    }

    pub fn is_maker(&self, shown: &str) -> bool {
        self.maker.is(shown)
    }

    /// Nobody has joined yet: whoever made it makes the key.
    pub fn is_new(&self) -> bool {
        !self.state().begun
    }

    #[cfg(test)]
    pub(crate) fn seats(&self) -> usize {
        self.state().seats.len()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state().over.is_some()
    }

    /// Looks whether the room's time is over, and whose seat is not kept any longer.
    pub(crate) fn tidy(&self, now: Instant) {
        let mut state = self.state();
        let state = &mut *state;
        let since = |then: Instant| now.saturating_duration_since(then);
        if self.pair {
            return self.tidy_line(state, now);
        }
        let alone = if state.begun { self.limits.idle } else { self.limits.unjoined };
        if since(self.made) >= self.limits.longest
            || state.empty_since.is_some_and(|then| since(then) >= alone)
        {
            return state.end(Reason::Expired);
        }
        state.seats.retain(|seat| seat.away_since.is_none_or(|then| since(then) < AWAY));
        // Somebody has to be able to open the door.
        if !state.seats.iter().any(|seat| seat.moderator)
            && let Some(first) = state.seats.iter_mut().find(|seat| seat.post.is_some())
        {
            first.moderator = true;
            state.tell_who_leads();
            state.tell_of_knocks();
        }
    }

    pub fn end(&self, reason: Reason) {
        self.state().end(reason);
    }

    /// The room's time: milliseconds since it was made.
    fn time(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.made).as_millis() as u64
    }

    fn told(&self) -> Told {
        let Limits { frame, frames, people, .. } = self.limits;
        Told { frame, frames, people }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic under the lock leaves a room that is at worst out of date.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn present(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.post.is_some())
    }

    /// Where somebody sits, or knocks.
    fn place(&mut self, number: Number) -> Option<&mut Seat> {
        self.seats.iter_mut().chain(&mut self.knocking).find(|seat| seat.number == number)
    }

    fn tell_all(&mut self, event: &Event) {
        self.seats.iter_mut().for_each(|seat| seat.tell(event.clone()));
    }

    fn tell_others(&mut self, number: Number, event: &Event) {
        let others = self.seats.iter_mut().filter(|seat| seat.number != number);
        others.for_each(|seat| seat.tell(event.clone()));
    }

    fn tell_moderators(&mut self, event: &Event) {
        let moderators = self.seats.iter_mut().filter(|seat| seat.moderator);
        moderators.for_each(|seat| seat.tell(event.clone()));
    }

    fn tell_who_leads(&mut self) {
        let numbers = self.present().filter(|seat| seat.moderator).map(|seat| seat.number).collect();
        self.tell_all(&Event::Moderators { numbers });
    }

    /// To moderators who have just become so. Who heard of a knock before hears of it again.
    fn tell_of_knocks(&mut self) {
        let knocks: Vec<_> = self.knocking.iter().map(|knock| knock.number).collect();
        knocks.into_iter().for_each(|number| self.tell_moderators(&Event::Knock { number }));
    }

    fn is_empty_since(&mut self, now: Instant) {
        if self.present().next().is_none() {
            self.empty_since.get_or_insert(now);
        }
    }

    fn end(&mut self, reason: Reason) {
        self.over.get_or_insert(reason);
        for mut seat in self.seats.drain(..).chain(self.knocking.drain(..)) {
            if let Some(post) = &mut seat.post {
                post.close(reason);
            }
        }
    }
}

impl Participant {
    pub async fn next(&mut self) -> Result<Delivery, Reason> {
        self.inbox.next().await
    }

    /// Relays a binary frame as it came. What became of it lies in the participant's own queue.
    pub fn relay(&self, frame: &[u8], now: Instant) {
        self.room.relay(self.number, frame, now);
    }

    /// A frame that came too fast is answered like the others, in its turn.
    pub fn refuse(&self, refusal: Refusal) {
        if let Some(seat) = self.room.state().place(self.number) {
            seat.tell(Event::Refused { refusal });
        }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.room.lose(self.number, self.post, Instant::now());
    }
}
