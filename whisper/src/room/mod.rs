//! One room: who is in it, who knocks, and what is relayed to whom.
//!
//! In: people who join and go, their commands, their ciphertext. Out: deliveries in the queues of those they
//! are for. Everything happens under the room's lock and nothing waits there, so that all hear all in one
//! order. Never: anything from before somebody came, not even to who comes back.

mod command;
mod post;

use crate::{
    code::Secret,
    frame::{Frame, Weight},
    limits::Limits,
};
use domain::Refusal;
use domain::wire::whisper::{
    Down, Event, FADE, Gone, Limits as Told, Number, Participant as Person, Reason, To, Up,
};
use post::{Inbox, Post};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a seat is kept for somebody whose connection broke: a lift, a tunnel.
pub(crate) const AWAY: Duration = Duration::from_secs(60);

/// Bytes of ciphertext that somebody who knocks may show to moderators: a name.
const NAME: usize = 512;

/// How often they may.
const NAMES: u32 = 20;

/// Bytes of a frame that is let through when pictures have filled the queues: letters.
const SMALL: usize = 16 * 1024;

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

struct Seat {
    number: Number,
    ticket: Secret,
    moderator: bool,
    maker: bool,
    /// Names shown while knocking.
    names: u32,
    /// `None` while the connection is lost.
    post: Option<Post>,
    away_since: Option<Instant>,
}

/// Somebody at the door.
pub struct Join<'a> {
    /// Showed the maker's secret.
    pub maker: bool,
    /// Is about to make the room's key.
    pub make: bool,
    pub ticket: Option<&'a str>,
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

    /// A private line, and its two tickets: the opener's and the accepter's. Neither end leads the other.
    pub(crate) fn pair(limits: Limits, weight: Weight, now: Instant) -> (Self, [Secret; 2]) {
        let room = Self { pair: true, ..Self::new(limits, weight, now) };
        let mut state = room.state();
        (state.begun, state.empty_since, state.next_number) = (true, None, 2);
        let tickets = [1, 2].map(|number| {
            let ticket = Secret::new();
            state.seats.push(Seat {
                number,
                ticket: ticket.clone(),
                moderator: false,
                maker: false,
                names: 0,
                post: None,
                away_since: Some(now),
            });
            ticket
        });
        drop(state);
        (room, tickets)
    }

    /// A private line: it has no page.
    pub fn is_pair(&self) -> bool {
        self.pair
    }

    /// One end wishes it to be over.
    pub fn close(&self, number: Number) {
        let mut state = self.state();
        if state.over.is_none() {
            state.ended_by = Some(number);
            state.end(Reason::Closed);
        }
    }

    /// Once it has ended: which participant did it; `Some(None)` if it ended by itself.
    pub fn ended_by(&self) -> Option<Option<Number>> {
        let state = self.state();
        state.over.map(|_| state.ended_by)
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

    /// Lets somebody in, or lets them knock.
    ///
    /// # Errors
    /// `Full`, `Incomplete` if the key is not to be made here, or why the room has ended.
    pub fn join(self: &Arc<Self>, join: &Join<'_>, now: Instant) -> Result<Participant, Reason> {
        let mut state = self.state();
        if let Some(why) = state.over {
            return Err(why);
        }
        state.next_post += 1;
        let id = state.next_post;
        let (post, inbox) = post::open(id, self.limits.waiting());
        let place = |number| Participant { room: self.clone(), number, post: id, inbox };

        let known = |seat: &Seat| join.ticket.is_some_and(|ticket| seat.ticket.is(ticket));
        if let Some(at) = state.seats.iter().position(known) {
            let number = state.seats[at].number;
            if state.seats[at].post.is_none() && state.present().count() >= self.limits.people {
                return Err(Reason::Full);
            }
            if let Some(mut old) = state.seats[at].post.replace(post) {
                old.close(Reason::Replaced);
                state.tell_others(number, &Event::Went { number, why: Gone::Lost });
            }
            self.welcome(&mut state, at, now);
            return Ok(place(number));
        }

        if self.pair || join.make == state.begun || (join.make && !join.maker) {
            return Err(Reason::Incomplete);
        }
        let leads = join.maker && state.maker_leads;
        let knocks = state.locked && !leads;
        let there = if knocks { state.knocking.len() } else { state.present().count() };
        if there >= self.limits.people {
            return Err(Reason::Full);
        }
        state.begun = true;
        state.next_number += 1;
        let number = state.next_number;
        let mut seat = Seat {
            number,
            ticket: Secret::new(),
            moderator: leads,
            maker: join.maker,
            names: 0,
            post: Some(post),
            away_since: None,
        };
        if knocks {
            seat.tell(Event::Knocking { you: number, limits: self.told() });
            state.knocking.push(seat);
            state.tell_moderators(&Event::Knock { number });
        } else {
            self.sit_down(&mut state, seat, now);
        }
        Ok(place(number))
    }

    /// A new seat. So many are kept for those who are away; of more the first has to go.
    fn sit_down(&self, state: &mut State, seat: Seat, now: Instant) {
        if state.seats.len() >= 2 * self.limits.people
            && let Some(at) = state.seats.iter().position(|seat| seat.post.is_none())
        {
            state.seats.remove(at);
        }
        state.seats.push(seat);
        let at = state.seats.len() - 1;
        self.welcome(state, at, now);
    }

    /// Somebody has sat down: they are told who is there, and the others of them.
    fn welcome(&self, state: &mut State, at: usize, now: Instant) {
        state.empty_since = None;
        state.seats[at].away_since = None;
        let participants = state.present().map(Seat::person).collect();
        let knocks: Vec<_> = state.knocking.iter().map(|knock| knock.number).collect();
        let (locked, fade) = (state.locked, state.fade);
        let seat = &mut state.seats[at];
        let participant = seat.person();
        seat.tell(Event::Hello {
            you: seat.number,
            ticket: seat.ticket.reveal().to_owned(),
            participants,
            locked,
            fade,
            at: self.time(now),
            limits: self.told(),
        });
        if seat.moderator {
            knocks.into_iter().for_each(|number| seat.tell(Event::Knock { number }));
        }
        state.tell_others(participant.number, &Event::Came { participant });
    }

    /// Relays a frame to those it is for, and tells its sender that it did, or why not.
    fn relay(&self, number: Number, frame: &[u8], now: Instant) {
        let mut state = self.state();
        let at = self.time(now);
        let answer = self.pass_on(&mut state, number, frame, (now, at));
        let Some(post) = state.place(number).and_then(|seat| seat.post.as_mut()) else { return };
        match answer {
            Ok(()) => post.send(&self.frame(Down::Taken { at }, &[])),
            Err(refusal) => post.tell(Event::Refused { refusal }),
        }
    }

    fn pass_on(
        &self,
        state: &mut State,
        number: Number,
        frame: &[u8],
        (now, at): (Instant, u64),
    ) -> Result<(), Refusal> {
        let garbled = || Refusal::BadCommand { why: "a frame begins with whom it is for".into() };
        if frame.len() > self.limits.frame {
            return Err(Refusal::TooLong { max: self.limits.frame });
        }
        let crowded = self.weight.now() + frame.len() > self.limits.in_flight
            || self.own_weight.now() + frame.len() > self.limits.in_room();
        if crowded && frame.len() > SMALL {
            return Err(Refusal::TooFast { wait_ms: 1_000 });
        }
        let (Up(to), head) = Up::read(frame).ok_or_else(garbled)?;
        let body = &frame[head..];
        match state.seats.iter().find(|seat| seat.number == number) {
            Some(seat) => {
                (to != To::Moderators || seat.moderator).then_some(()).ok_or(Refusal::NotAllowed)?
            }
            None => state.may_show_a_name(number, to, body.len())?,
        }
        state.spoken = now;
        let relayed = self.frame(Down::From { number, at }, body);
        for seat in &mut state.seats {
            let meant = match to {
                To::Everybody => true,
                To::Moderators => seat.moderator,
                To::One(to) => seat.number == to,
            };
            if let (true, Some(post)) = (meant && seat.number != number, seat.post.as_mut()) {
                post.send(&relayed);
            }
        }
        Ok(())
    }

    fn frame(&self, head: Down, body: &[u8]) -> Frame {
        let mut bytes = Vec::with_capacity(Down::LONGEST + body.len());
        head.write(&mut bytes);
        bytes.extend_from_slice(body);
        Frame::new(bytes, [self.weight.clone(), self.own_weight.clone()])
    }

    /// A connection is gone. Its seat waits for it a while.
    fn lose(&self, number: Number, post: u64, now: Instant) {
        let mut state = self.state();
        let state = &mut *state;
        let is_this = |seat: &Seat| {
            seat.number == number && seat.post.as_ref().is_some_and(|current| current.id == post)
        };
        if let Some(at) = state.knocking.iter().position(is_this) {
            state.knocking.remove(at);
            state.tell_moderators(&Event::KnockEnded { number });
        } else if let Some(seat) = state.seats.iter_mut().find(|seat| is_this(seat)) {
            seat.post = None;
            seat.away_since = Some(now);
            state.tell_others(number, &Event::Went { number, why: Gone::Lost });
            state.is_empty_since(now);
        }
    }

    /// Looks whether the room's time is over, and whose seat is not kept any longer.
    pub(crate) fn tidy(&self, now: Instant) {
        let mut state = self.state();
        let state = &mut *state;
        let since = |then: Instant| now.saturating_duration_since(then);
        if self.pair {
            let lost = state.seats.iter().any(|seat| seat.away_since.is_some_and(|then| since(then) >= AWAY));
            match () {
                () if lost => state.end(Reason::Lost),
                () if since(state.spoken) >= self.limits.silent => state.end(Reason::Silent),
                () => {}
            }
            return;
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

    /// Whoever knocks may say to moderators who they are, in a few bytes.
    fn may_show_a_name(&mut self, number: Number, to: To, length: usize) -> Result<(), Refusal> {
        let seat = self.knocking.iter_mut().find(|seat| seat.number == number).ok_or(Refusal::NotFound)?;
        seat.names += 1;
        let may = to == To::Moderators && length <= NAME && seat.names <= NAMES;
        may.then_some(()).ok_or(Refusal::NotAllowed)
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

impl Seat {
    fn person(&self) -> Person {
        Person { number: self.number, moderator: self.moderator }
    }

    fn tell(&mut self, event: Event) {
        if let Some(post) = &mut self.post {
            post.tell(event);
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
