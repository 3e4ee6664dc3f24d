//! A request: one guest asks several hotels for a bid, and accepts at most one of their bids (rule H12).
//!
//! In: what the guest would like, and what the hotels bid. Out: how it stands with each hotel. Never: what
//! one hotel bids or says in the sight of another, but the best amount, and only where the guest asked in the
//! open.

mod act;
mod decide;
mod leg;
mod wanted;

pub use act::{Act, Side};
pub use decide::{Decided, Step, answer_in_time, ask, decide};
pub use leg::{Badge, Bid, Leg, LegState};
pub use wanted::{RequestKind, Wanted};

use super::{Amount, GuestId, HotelId, LegId, Millis, RequestId};
use serde::{Deserialize, Serialize};

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Bids come in, and the guest may accept one.
    Open,
    /// The guest has accepted a bid; its hotel has not confirmed yet.
    Accepted,
    /// It is agreed.
    Confirmed,
    /// The guest wants it no more.
    Withdrawn,
    /// Its time is over.
    Expired,
}

impl RequestState {
    pub const ALL: [RequestState; 5] = [
        RequestState::Open,
        RequestState::Accepted,
        RequestState::Confirmed,
        RequestState::Withdrawn,
        RequestState::Expired,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            RequestState::Open => "open",
            RequestState::Accepted => "accepted",
            RequestState::Confirmed => "confirmed",
            RequestState::Withdrawn => "withdrawn",
            RequestState::Expired => "expired",
        }
    }

    /// Nothing more follows.
    pub const fn is_over(self) -> bool {
        matches!(self, RequestState::Confirmed | RequestState::Withdrawn | RequestState::Expired)
    }
}

/// A request with all of its hotels: only the guest, and the storing transaction, see it whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub guest: GuestId,
    /// 1, 2, 3 … : what is wanted has changed so often.
    pub version: i64,
    pub wanted: Wanted,
    /// A hotel's first bid comes before this moment.
    pub answer_by: Millis,
    pub state: RequestState,
    pub legs: Vec<Leg>,
    pub opened_at: Millis,
}

impl Request {
    /// The most hotels asked at once.
    pub const HOTELS: usize = 20;

    /// The lowest amount that can be accepted now, in the request's own currency. That one was accepted is no
    /// other hotel's business yet: it counts on.
    pub fn best(&self, now: Millis) -> Option<Amount> {
        let accepted = |leg: &&Leg| leg.state == LegState::Accepted;
        let accepted = self.legs.iter().filter(accepted).filter_map(|leg| leg.bid.as_ref());
        let bids = self.legs.iter().filter_map(|leg| leg.current(self.version, now)).chain(accepted);
        let own = bids.filter(|bid| bid.total.currency == self.wanted.currency);
        own.map(|bid| bid.total).min_by_key(|total| total.minor)
    }

    /// When it is over for a hotel that neither was accepted nor bids anew: when the time to answer is, or
    /// its own bid. Another hotel's bid changes nothing in that: nobody could miss that there is one.
    pub fn ends_for(&self, leg: &Leg) -> Option<Millis> {
        match leg.state {
            LegState::Asked | LegState::TakenBack | LegState::Declined => Some(self.answer_by),
            LegState::Bid | LegState::Lapsed => {
                let bid = leg.bid.as_ref().filter(|bid| bid.of == self.version);
                Some(bid.map_or(self.answer_by, |bid| bid.valid_until.max(self.answer_by)))
            }
            LegState::Accepted | LegState::Confirmed | LegState::Elsewhere | LegState::Ended => None,
        }
    }

    /// When something happens by itself next: an acceptance lapses, or it is over for a hotel.
    pub fn due(&self) -> Option<Millis> {
        if self.state.is_over() {
            return None;
        }
        let lapses = self.legs.iter().filter(|leg| leg.state == LegState::Accepted);
        let lapses = lapses.filter_map(|leg| leg.confirm_by);
        self.legs.iter().filter_map(|leg| self.ends_for(leg)).chain(lapses).min()
    }

    pub fn leg(&self, hotel: HotelId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.hotel == hotel)
    }
}

/// What an entry of a request says, field by field. What it says in words is the entry's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// By which the hotel knows the request.
    pub request: LegId,
    /// The request's version as it was then.
    pub of: i64,
    /// Which version of the hotel's bid it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<i64>,
    /// A bid's total; the amount of a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Until when: to answer (a request), valid (a bid), to confirm (an acceptance).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// What is wanted, when that was said or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Box<Wanted>>,
}

#[cfg(test)]
mod tests;
