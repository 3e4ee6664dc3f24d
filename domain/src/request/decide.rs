//! What may be done to a request, and what follows with each hotel.
//!
//! In: a [`Request`] as the storing transaction finds it, who acts, and what they ask. Out: the request as it
//! stands after it, and the entries that tell each hotel's conversation of it; or a [`Refusal`]. Never: who
//! holds a conversation, which [`crate::decide`] says of every entry of a hotel (rule H2).

use super::{Act, Badge, Bid, Leg, LegState, Request, RequestState, Side, Terms, Wanted, act::lines};
use crate::{Amount, EntryKind, HotelId, Millis, Refusal};

/// An entry in one hotel's conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub hotel: HotelId,
    pub kind: EntryKind,
    /// By Bellhop, whoever acted: told, not said.
    pub told: bool,
    pub body: String,
    pub terms: Terms,
    pub badge: Badge,
}

/// What follows from an allowed act. Without steps, it was done before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub request: Request,
    pub steps: Vec<Step>,
}

/// Versions of one hotel's bid: negotiating ends somewhere.
const VERSIONS: i64 = 50;

type Decision = Result<Decided, Refusal>;

/// The one place where an act is allowed or refused.
pub fn decide(request: &Request, side: Side, act: &Act, now: Millis) -> Decision {
    let new = Decided { request: request.clone(), steps: Vec::new() };
    match (side, act) {
        (Side::Guest, Act::Change { version, wanted, answer_by }) => {
            new.change(*version, wanted.clone(), *answer_by, now)
        }
        (Side::Guest, Act::Withdraw) => new.withdraw(),
        (Side::Guest, Act::Counter { to, amount, words }) => new.counter(*to, *amount, words),
        (Side::Guest, Act::Accept { hotel, version, confirm_by, ring_at }) => {
            new.accept(*hotel, *version, (*confirm_by, *ring_at), now)
        }
        (Side::Hotel(hotel), Act::Bid { of, total, included, valid_until, confirms_itself, latest }) => {
            let bid = Bid {
                version: 0,
                of: *of,
                total: *total,
                included: included.clone(),
                valid_until: *valid_until,
                confirms_itself: *confirms_itself,
                at: now,
            };
            new.bid(hotel, bid, *latest, now)
        }
        (Side::Hotel(hotel), Act::TakeBack { version }) => new.take_back(hotel, *version),
        (Side::Hotel(hotel), Act::Decline { reason }) => new.decline(hotel, reason),
        (Side::Hotel(hotel), Act::Confirm { version }) => new.confirm(hotel, *version, now),
        (Side::Clock, Act::Due) => Ok(new.due(now)),
        _ => Err(Refusal::NotAllowed),
    }
}

/// A new request, as it enters each hotel's conversation.
pub fn ask(request: Request) -> Decided {
    let mut new = Decided { request, steps: Vec::new() };
    new.tell_what_is_wanted(EntryKind::Requested);
    new
}

impl Decided {
    fn change(mut self, version: i64, wanted: Wanted, answer_by: Millis, now: Millis) -> Decision {
        self.must_be_open()?;
        let same = (&wanted, answer_by) == (&self.request.wanted, self.request.answer_by);
        // Sent twice, it is done once.
        if same && (version == self.request.version || version + 1 == self.request.version) {
            return Ok(self);
        }
        if version != self.request.version {
            return Err(Refusal::Changed);
        }
        wanted.check(now)?;
        answer_in_time(answer_by, now)?;
        self.request.wanted = wanted;
        self.request.answer_by = answer_by;
        self.request.version += 1;
        for leg in &mut self.request.legs {
            // A hotel that could not offer what was wanted before is asked again.
            leg.state = LegState::Asked;
        }
        self.tell_what_is_wanted(EntryKind::RequestChanged);
        Ok(self)
    }

    fn withdraw(mut self) -> Decision {
        match self.request.state {
            RequestState::Withdrawn => return Ok(self),
            RequestState::Open | RequestState::Accepted => {}
            RequestState::Confirmed | RequestState::Expired => return Err(Refusal::Over),
        }
        self.request.state = RequestState::Withdrawn;
        for i in self.live() {
            self.settle(i, LegState::Ended);
            let terms = self.terms(i);
            self.step(i, EntryKind::RequestWithdrawn, false, String::new(), terms);
        }
        Ok(self)
    }

    fn counter(mut self, to: Option<HotelId>, amount: Option<Amount>, words: &str) -> Decision {
        self.must_be_open()?;
        if amount.is_none() && words.is_empty() {
            return Err(Refusal::Empty);
        }
        if amount.is_some_and(|amount| amount.currency != self.request.wanted.currency) {
            return Err(invalid("amount", "must be in the same currency as the request"));
        }
        let body = lines(amount, words);
        let mut met = false;
        for i in 0..self.request.legs.len() {
            let leg = &self.request.legs[i];
            let quiet = matches!(leg.state, LegState::Declined | LegState::Ended);
            let asked = to.map_or(!quiet, |hotel| leg.hotel == hotel);
            if asked && leg.state == LegState::Ended {
                return Err(Refusal::Expired);
            }
            if asked {
                met = true;
                let terms = Terms { amount, ..self.terms(i) };
                self.step(i, EntryKind::Countered, false, body.clone(), terms);
            }
        }
        if met { Ok(self) } else { Err(Refusal::NotFound) }
    }

    fn accept(mut self, hotel: HotelId, version: i64, by: (Millis, Millis), now: Millis) -> Decision {
        let i = self.find(hotel)?;
        let leg = &self.request.legs[i];
        let same = leg.bid.as_ref().is_some_and(|bid| bid.version == version);
        match (self.request.state, leg.state) {
            (RequestState::Accepted, LegState::Accepted) | (RequestState::Confirmed, LegState::Confirmed)
                if same =>
            {
                return Ok(self);
            }
            (RequestState::Open, LegState::Ended) if same => return Err(Refusal::Expired),
            _ => self.must_be_open()?,
        }
        let bid = leg.bid.clone().filter(|bid| leg.state.has_bid() && bid.version == version);
        let bid = bid.filter(|bid| bid.of == self.request.version).ok_or(Refusal::Changed)?;
        if now >= bid.valid_until {
            return Err(Refusal::Expired);
        }
        let confirmed = bid.confirms_itself;
        let (confirm_by, ring_at) = by;
        self.request.state = RequestState::Accepted;
        let leg = &mut self.request.legs[i];
        leg.state = LegState::Accepted;
        (leg.confirm_by, leg.ring_at) =
            if confirmed { (None, None) } else { (Some(confirm_by), Some(ring_at)) };
        let terms = Terms { until: leg.confirm_by, ..self.bid_terms(i) };
        self.step(i, EntryKind::Accepted, false, lines(Some(bid.total), &bid.included), terms);
        if confirmed {
            self.agree(i, true);
        }
        Ok(self)
    }

    fn bid(mut self, hotel: HotelId, bid: Bid, latest: Millis, now: Millis) -> Decision {
        let i = self.find(hotel)?;
        let (leg, wanted) = (&self.request.legs[i], &self.request.wanted);
        // That another hotel's bid was accepted is none of this one's business.
        if leg.state == LegState::Accepted {
            return Err(Refusal::AlreadyAccepted);
        }
        // The same for a hotel without a valid bid, whether or not others have one.
        if now >= self.request.answer_by && leg.current(self.request.version, now).is_none() {
            return Err(Refusal::Expired);
        }
        if self.request.state.is_over() || leg.state == LegState::Ended {
            return Err(Refusal::Over);
        }
        if bid.of != self.request.version {
            return Err(Refusal::Changed);
        }
        if leg.bid.as_ref().is_some_and(|before| before.version >= VERSIONS) {
            return Err(invalid("bid", "it has already been revised 50 times; message the guest instead"));
        }
        if bid.total.currency != wanted.currency && !wanted.other_currencies {
            return Err(invalid("amount", &format!("the guest asked for {}", wanted.currency.code())));
        }
        if bid.valid_until <= now {
            return Err(invalid("valid until", "this time has passed"));
        }
        if bid.valid_until > latest {
            return Err(invalid("valid until", "can’t be later than the end of the first day"));
        }
        let body = lines(Some(bid.total), &bid.included);
        let leg = &mut self.request.legs[i];
        let version = leg.bid.as_ref().map_or(0, |before| before.version) + 1;
        leg.bid = Some(Bid { version, ..bid });
        leg.state = LegState::Bid;
        let terms = self.bid_terms(i);
        self.step(i, EntryKind::Bid, false, body, terms);
        Ok(self)
    }

    fn take_back(mut self, hotel: HotelId, version: i64) -> Decision {
        let i = self.find(hotel)?;
        if self.request.state.is_over() {
            return Err(Refusal::Over);
        }
        let leg = &self.request.legs[i];
        let bid = leg.bid.clone().filter(|bid| bid.version == version).ok_or(Refusal::Changed)?;
        match leg.state {
            LegState::TakenBack => return Ok(self),
            LegState::Bid | LegState::Lapsed => {}
            LegState::Accepted => self.request.state = RequestState::Open,
            _ => return Err(Refusal::Changed),
        }
        self.settle(i, LegState::TakenBack);
        let terms = self.bid_terms(i);
        self.step(i, EntryKind::BidWithdrawn, false, bid.total.to_string(), terms);
        Ok(self)
    }

    fn decline(mut self, hotel: HotelId, reason: &str) -> Decision {
        let i = self.find(hotel)?;
        if self.request.state.is_over() {
            return Err(Refusal::Over);
        }
        match self.request.legs[i].state {
            LegState::Ended => return Err(Refusal::Over),
            LegState::Declined => return Ok(self),
            LegState::Accepted => return Err(Refusal::AlreadyAccepted),
            _ => {}
        }
        if reason.is_empty() {
            return Err(Refusal::Empty);
        }
        self.settle(i, LegState::Declined);
        self.request.legs[i].reason = reason.to_owned();
        let terms = self.terms(i);
        self.step(i, EntryKind::Declined, false, reason.to_owned(), terms);
        Ok(self)
    }

    fn confirm(mut self, hotel: HotelId, version: i64, now: Millis) -> Decision {
        let i = self.find(hotel)?;
        let leg = &self.request.legs[i];
        let same = leg.bid.as_ref().is_some_and(|bid| bid.version == version);
        match leg.state {
            LegState::Confirmed if same => return Ok(self),
            LegState::Accepted if !same => return Err(Refusal::Changed),
            LegState::Accepted if leg.confirm_by.is_some_and(|by| now >= by) => return Err(Refusal::Expired),
            LegState::Accepted => {}
            _ if self.request.state.is_over() => return Err(Refusal::Over),
            // It has lapsed, or nobody has accepted it.
            _ => return Err(Refusal::Expired),
        }
        self.agree(i, false);
        Ok(self)
    }

    /// What the time has come for; nothing, if it has not.
    fn due(mut self, now: Millis) -> Self {
        if self.request.due().is_none_or(|due| now < due) {
            return self;
        }
        for i in 0..self.request.legs.len() {
            let leg = &self.request.legs[i];
            if leg.state == LegState::Accepted && leg.confirm_by.is_some_and(|by| now >= by) {
                self.request.state = RequestState::Open;
                let total = leg.bid.as_ref().map(|bid| bid.total);
                self.settle(i, LegState::Lapsed);
                let terms = self.bid_terms(i);
                self.step(i, EntryKind::Lapsed, true, lines(total, ""), terms);
            }
            // What has lapsed may be valid no more.
            if self.request.ends_for(&self.request.legs[i]).is_some_and(|end| now >= end) {
                self.settle(i, LegState::Ended);
                let terms = self.terms(i);
                self.step(i, EntryKind::RequestExpired, true, String::new(), terms);
            }
        }
        if self.request.legs.iter().all(|leg| leg.state == LegState::Ended) {
            self.request.state = RequestState::Expired;
        }
        self
    }

    /// One hotel confirms; the others are told that it went elsewhere, and no more than that.
    fn agree(&mut self, i: usize, told: bool) {
        self.request.state = RequestState::Confirmed;
        self.settle(i, LegState::Confirmed);
        let body = self.request.legs[i].bid.as_ref().map(|bid| lines(Some(bid.total), &bid.included));
        let terms = self.bid_terms(i);
        self.step(i, EntryKind::Confirmed, told, body.unwrap_or_default(), terms);
        for other in self.live() {
            self.settle(other, LegState::Elsewhere);
            let terms = self.terms(other);
            self.step(other, EntryKind::Elsewhere, true, String::new(), terms);
        }
    }

    /// The hotels for which it is not over.
    fn live(&self) -> Vec<usize> {
        let over = |leg: &Leg| matches!(leg.state, LegState::Confirmed | LegState::Ended);
        (0..self.request.legs.len()).filter(|i| !over(&self.request.legs[*i])).collect()
    }

    fn settle(&mut self, i: usize, state: LegState) {
        let leg = &mut self.request.legs[i];
        (leg.state, leg.confirm_by, leg.ring_at) = (state, None, None);
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.request.state {
            RequestState::Open => Ok(()),
            RequestState::Accepted => Err(Refusal::AlreadyAccepted),
            RequestState::Confirmed | RequestState::Withdrawn | RequestState::Expired => Err(Refusal::Over),
        }
    }

    fn find(&self, hotel: HotelId) -> Result<usize, Refusal> {
        self.request.legs.iter().position(|leg| leg.hotel == hotel).ok_or(Refusal::NotFound)
    }

    fn tell_what_is_wanted(&mut self, kind: EntryKind) {
        let body = self.request.wanted.in_words();
        for i in 0..self.request.legs.len() {
            let wanted = Some(Box::new(self.request.wanted.clone()));
            let terms = Terms { wanted, until: Some(self.request.answer_by), ..self.terms(i) };
            self.step(i, kind, false, body.clone(), terms);
        }
    }

    fn step(&mut self, i: usize, kind: EntryKind, told: bool, body: String, terms: Terms) {
        let leg = &self.request.legs[i];
        let badge = leg.badge(self.request.answer_by);
        self.steps.push(Step { hotel: leg.hotel, kind, told, body, terms, badge });
    }

    fn terms(&self, i: usize) -> Terms {
        let (request, of) = (self.request.legs[i].id, self.request.version);
        Terms { request, of, bid: None, amount: None, until: None, wanted: None }
    }

    fn bid_terms(&self, i: usize) -> Terms {
        let Some(bid) = &self.request.legs[i].bid else { return self.terms(i) };
        Terms {
            of: bid.of,
            bid: Some(bid.version),
            amount: Some(bid.total),
            until: Some(bid.valid_until),
            ..self.terms(i)
        }
    }
}

/// Hotels need some time to answer, and nobody waits for months.
pub fn answer_in_time(answer_by: Millis, now: Millis) -> Result<(), Refusal> {
    if answer_by <= now {
        return Err(invalid("answer by", "this time has passed"));
    }
    if answer_by.0 - now.0 > 60 * Millis::DAY {
        return Err(invalid("answer by", "can’t be more than 60 days from now"));
    }
    Ok(())
}

fn invalid(field: &str, why: &str) -> Refusal {
    Refusal::Invalid { field: field.into(), why: why.into() }
}
