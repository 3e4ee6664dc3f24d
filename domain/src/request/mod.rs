//! A request: one guest asks several hotels for an offer, and accepts at most one of their bids (rule H12).
//!
//! In: what the guest would like, and what the hotels bid. Out: how it stands with each hotel. Never: what
//! one hotel bids or says in the sight of another, but the best amount, and only where the guest asked in the
//! open.

mod decide;
mod wanted;

pub use decide::{Act, Decided, Side, Step, answer_in_time, ask, decide, says};
pub use wanted::{RequestKind, Wanted};

use super::{Amount, ConversationId, GuestId, HotelId, LegId, Millis, RequestId};
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

/// How a request stands with one of the hotels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// It has not answered.
    Asked,
    /// It has a bid.
    Bid,
    /// Its bid was accepted, and it has not confirmed in time. The bid stands while it is valid.
    Lapsed,
    /// It has withdrawn its bid.
    TakenBack,
    /// It has said that it makes no offer.
    Declined,
    /// The guest has accepted its bid, and waits for it to confirm.
    Accepted,
    /// It has confirmed.
    Confirmed,
    /// The guest has agreed with another hotel.
    Elsewhere,
    /// The request was withdrawn, or its time is over for this hotel.
    Ended,
}

impl LegState {
    pub const ALL: [LegState; 9] = [
        LegState::Asked,
        LegState::Bid,
        LegState::Lapsed,
        LegState::TakenBack,
        LegState::Declined,
        LegState::Accepted,
        LegState::Confirmed,
        LegState::Elsewhere,
        LegState::Ended,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            LegState::Asked => "asked",
            LegState::Bid => "bid",
            LegState::Lapsed => "lapsed",
            LegState::TakenBack => "taken_back",
            LegState::Declined => "declined",
            LegState::Accepted => "accepted",
            LegState::Confirmed => "confirmed",
            LegState::Elsewhere => "elsewhere",
            LegState::Ended => "ended",
        }
    }

    /// Its newest bid can be accepted, if it is valid.
    pub const fn has_bid(self) -> bool {
        matches!(self, LegState::Bid | LegState::Lapsed)
    }
}

/// What a hotel offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// 1, 2, 3 … with this hotel.
    pub version: i64,
    /// The version of the request it answers.
    pub of: i64,
    /// All of it, including taxes.
    pub total: Amount,
    /// What is in it, in the hotel's words.
    pub included: String,
    /// It can be accepted before this moment.
    pub valid_until: Millis,
    /// The hotel need not confirm: whoever accepts it has it.
    pub confirms_itself: bool,
    pub at: Millis,
}

/// One of the hotels that were asked. Its id is the one by which this hotel knows the request: two that
/// compared theirs would not find out that it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    pub id: LegId,
    pub hotel: HotelId,
    /// Where its entries stood last.
    pub conversation: ConversationId,
    pub state: LegState,
    /// The newest; none before the first. Whether it counts is said by the state.
    pub bid: Option<Bid>,
    /// Why it makes no bid, once it has declined.
    pub reason: String,
    /// While accepted: until when the hotel may confirm …
    pub confirm_by: Option<Millis>,
    /// … and from when on everybody at its desk is asked to.
    pub ring_at: Option<Millis>,
}

impl Leg {
    /// The bid that can be accepted, if it answers this version of the request and is still valid.
    pub fn current(&self, version: i64, now: Millis) -> Option<&Bid> {
        let bid = self.bid.as_ref().filter(|bid| bid.of == version && now < bid.valid_until);
        bid.filter(|_| self.state.has_bid())
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

impl Badge {
    /// Nothing more is to be done.
    pub fn is_over(self) -> bool {
        matches!(self.state, LegState::Confirmed | LegState::Elsewhere | LegState::Ended)
    }

    /// Which of a conversation's requests its row shows: `new` has the latest turn, but what waits to be
    /// confirmed comes before all, and what is over after what is not.
    pub fn of_both(old: Option<Badge>, new: Badge) -> Badge {
        let rank = |badge: Badge| match badge.state {
            LegState::Accepted => 2,
            _ if badge.is_over() => 0,
            _ => 1,
        };
        old.filter(|old| old.request != new.request && rank(*old) > rank(new)).unwrap_or(new)
    }
}

/// A request beside a row of a hotel's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badge {
    pub request: LegId,
    pub state: LegState,
    /// What its countdown runs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
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
