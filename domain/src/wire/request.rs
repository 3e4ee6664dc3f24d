//! Requests on the wire: as their guest sees them, whole, and as each hotel does, its own part.

use crate::{
    Amount, Bid, ConversationId, Hotel, HotelId, LegId, LegState, Millis, Request, RequestId, RequestState,
    Wanted,
};
use serde::{Deserialize, Serialize};

/// A request as its guest sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    pub id: RequestId,
    pub version: i64,
    pub wanted: Wanted,
    pub answer_by: Millis,
    pub state: RequestState,
    pub opened_at: Millis,
    /// In the guest's order.
    pub hotels: Vec<Offered>,
}

/// What one hotel offers, as the guest sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub hotel: Hotel,
    pub conversation: ConversationId,
    pub state: LegState,
    /// Every version of its bid, oldest first. The last one counts, while the state says that there is one.
    pub bids: Vec<Bid>,
    /// Until when it may confirm, once its bid was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_by: Option<Millis>,
    /// Why it makes no bid.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Offered {
    /// The bid that can be accepted, or was.
    pub fn current(&self, version: i64) -> Option<&Bid> {
        let counts = self.state.has_bid() || matches!(self.state, LegState::Accepted | LegState::Confirmed);
        self.bids.last().filter(|bid| counts && bid.of == version)
    }
}

impl RequestView {
    /// Whether a hotel's bid can be accepted and compared: it is valid, and in the request's own currency.
    pub fn compares(&self, offered: &Offered, now: Millis) -> bool {
        let bid = offered.current(self.version).filter(|bid| now < bid.valid_until);
        bid.is_some_and(|bid| bid.total.currency == self.wanted.currency)
    }

    /// The hotels with what can be accepted first: the lowest amount in the request's own currency, then
    /// other currencies, which are not compared, then those without a bid, each in the guest's order.
    pub fn best_first(&self, now: Millis) -> Vec<&Offered> {
        let mut all: Vec<&Offered> = self.hotels.iter().collect();
        all.sort_by_key(|offered| match offered.current(self.version) {
            Some(bid) if self.compares(offered, now) => (0, bid.total.minor),
            Some(bid) if now < bid.valid_until => (1, 0),
            None if offered.state == LegState::Asked => (2, 0),
            _ => (3, 0),
        });
        all
    }
}

/// A guest's requests, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    pub requests: Vec<RequestView>,
}

/// A new request is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub request: RequestId,
}

/// `{"on":"request","request":…}`, to the guest's pages that read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEvent {
    /// Always `request`.
    pub on: String,
    pub request: RequestView,
}

impl RequestEvent {
    pub fn of(request: RequestView) -> Self {
        Self { on: "request".into(), request }
    }
}

/// A hotel's part of a request: all that it may know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// By which this hotel knows it.
    pub request: LegId,
    pub version: i64,
    pub wanted: Wanted,
    pub answer_by: Millis,
    pub state: LegState,
    /// Its own bids, oldest first.
    pub bids: Vec<Bid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_by: Option<Millis>,
    /// Everybody at the desk may take the conversation to confirm.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ringing: bool,
    /// The best amount so far, whosever it is, where the guest asked in the open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<Amount>,
    /// No bid is valid for longer: the end of the first day, in the hotel's zone.
    pub latest: Millis,
}

impl Part {
    /// Of this request as this hotel may see it.
    pub fn of(
        request: &Request,
        hotel: HotelId,
        bids: Vec<Bid>,
        latest: Millis,
        now: Millis,
    ) -> Option<Self> {
        let leg = request.leg(hotel)?;
        Some(Part {
            request: leg.id,
            version: request.version,
            wanted: request.wanted.clone(),
            answer_by: request.answer_by,
            state: leg.state,
            bids,
            confirm_by: leg.confirm_by,
            ringing: leg.state == LegState::Accepted && leg.ring_at.is_none_or(|ring| now >= ring),
            best: request.best(now).filter(|_| request.wanted.open),
            latest,
        })
    }
}
