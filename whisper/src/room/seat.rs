//! How somebody comes into a room, and what is left of them when their connection is gone.
//!
//! In: somebody at the door. Out: a seat, a place among those who knock, or why not. Never: two connections
//! in one seat.

use super::{Participant, Room, State, post, post::Post};
use crate::code::Secret;
use domain::wire::whisper::{Event, Gone, Number, Participant as Person, Reason};
use std::{sync::Arc, time::Instant};

pub(super) struct Seat {
    pub number: Number,
    pub ticket: Secret,
    pub moderator: bool,
    pub maker: bool,
    /// Names shown while knocking.
    pub names: u32,
    /// `None` while the connection is lost.
    pub post: Option<Post>,
    pub away_since: Option<Instant>,
}

/// Somebody at the door.
pub struct Join<'a> {
    /// Showed the maker's secret.
    pub maker: bool,
    /// Is about to make the room's key.
    pub make: bool,
    pub ticket: Option<&'a str>,
}

impl Room {
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
    pub(super) fn sit_down(&self, state: &mut State, seat: Seat, now: Instant) {
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

    /// A connection is gone. Its seat waits for it a while.
    pub(super) fn lose(&self, number: Number, post: u64, now: Instant) {
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
}

impl Seat {
    fn person(&self) -> Person {
        Person { number: self.number, moderator: self.moderator }
    }

    pub fn tell(&mut self, event: Event) {
        if let Some(post) = &mut self.post {
            post.tell(event);
        }
    }
}
