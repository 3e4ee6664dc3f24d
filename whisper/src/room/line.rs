//! A private line: a room of two, each of whom comes by a ticket of their own.
//!
//! In: the wish of one end. Out: that it is over, and by whom. Never: a third seat, or one end that leads the
//! other.

use super::{AWAY, Room, Seat, State};
use crate::{code::Secret, frame::Weight, limits::Limits};
use domain::wire::whisper::{Number, Reason};
use std::time::Instant;

/// The two ends of a private line: who offered it, and who accepted.
pub const OPENER: Number = 1;
pub const OTHER: Number = 2;

impl Room {
    /// A private line, and its two tickets: the opener's and the accepter's. Neither end leads the other.
    pub(crate) fn pair(limits: Limits, weight: Weight, now: Instant) -> (Self, [Secret; 2]) {
        let room = Self { pair: true, ..Self::new(limits, weight, now) };
        let mut state = room.state();
        (state.begun, state.empty_since) = (true, None);
        let tickets = [OPENER, OTHER].map(|number| {
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

    /// A line whose end does not come back is over, and one on which nothing is said.
    pub(super) fn tidy_line(&self, state: &mut State, now: Instant) {
        let since = |then: Instant| now.saturating_duration_since(then);
        if state.seats.iter().any(|seat| seat.away_since.is_some_and(|then| since(then) >= AWAY)) {
            state.end(Reason::Lost);
        } else if since(state.spoken) >= self.limits.silent {
            state.end(Reason::Silent);
        }
    }
}
