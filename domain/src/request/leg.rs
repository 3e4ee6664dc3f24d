//! One hotel's part of a request: how it stands there, and what the hotel bids.

use crate::{Amount, ConversationId, HotelId, LegId, Millis};
use serde::{Deserialize, Serialize};

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

    /// Nothing is left to be done about it here.
    pub const fn is_over(self) -> bool {
        matches!(self, LegState::Confirmed | LegState::Elsewhere | LegState::Ended)
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

    /// As it stands beside the row of its conversation.
    pub fn badge(&self, answer_by: Millis) -> Badge {
        let until = match self.state {
            LegState::Asked | LegState::TakenBack => Some(answer_by),
            LegState::Bid | LegState::Lapsed => self.bid.as_ref().map(|bid| bid.valid_until),
            LegState::Accepted => self.confirm_by,
            LegState::Declined | LegState::Confirmed | LegState::Elsewhere | LegState::Ended => None,
        };
        Badge { request: self.id, state: self.state, until }
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

impl Badge {
    /// Which of a conversation's requests its row shows: `new` has the latest turn, but what waits to be
    /// confirmed comes before all, and what is over after what is not.
    pub fn of_both(old: Option<Badge>, new: Badge) -> Badge {
        let rank = |badge: Badge| match badge.state {
            LegState::Accepted => 2,
            _ if badge.state.is_over() => 0,
            _ => 1,
        };
        old.filter(|old| old.request != new.request && rank(*old) > rank(new)).unwrap_or(new)
    }
}
