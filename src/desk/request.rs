//! Requests: a guest asks several hotels, they bid, the guest accepts one, and that hotel confirms.
//!
//! In: what guest or staff ask, already known, and the clock. Out: acts to the store, and how a request
//! stands as its guest sees it, whole, or as a hotel does, its own part. Never: a hotel's part in
//! another hotel's sight (rules H8, H12); nor whether an act is allowed, which is decided in the storing
//! transaction.

use super::{
    Answer, Desk, No,
    say::written,
    zone::{start_of, tz},
};
use crate::{
    hub::{Audience, encode},
    store::{ActorId, On, RequestOrder, Written},
};
use domain::wire::{
    request::{Offered, Part, RequestView, Requests},
    staff::Event,
};
use domain::{
    Amount, Bid, ClientId, Conversation, ConversationId, Day, GuestId, Hotel, HotelId, Leg, LegId, LegState,
    Millis, Refusal, Request, RequestId, RequestState, StaffId, Wanted, is_blank,
    request::{Act, answer_in_time},
};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// The most characters of what a bid includes, of a reason and of a counter's words.
const WORDS: usize = 1_000;

/// Requests of one guest that may be under way at once.
const OPEN: usize = 20;

/// Requests shown of one guest.
const SHOWN: i64 = 50;

/// The longest wait between two looks at what is due.
const LONGEST: Duration = Duration::from_secs(30);

/// The shortest: there may be more than were settled at once.
const SHORTEST: Duration = Duration::from_millis(20);

/// What could not be settled is tried again, and not at once.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Desk {
    /// Asks these hotels, on behalf of a guest who may reach them.
    pub async fn ask(
        &self,
        guest: GuestId,
        address: IpAddr,
        id: RequestId,
        hotels: Vec<Hotel>,
        (wanted, answer_by): (Wanted, Millis),
    ) -> Answer<()> {
        let now = self.clock.now();
        let invalid = |field: &str, why: &str| Refusal::Invalid { field: field.into(), why: why.into() };
        let mut legs: Vec<Leg> = Vec::with_capacity(hotels.len());
        for hotel in &hotels {
            if !legs.iter().any(|leg| leg.hotel == hotel.id) {
                legs.push(Leg {
                    id: LegId(rand_id()),
                    hotel: hotel.id,
                    conversation: ConversationId(uuid::Uuid::nil()),
                    state: LegState::Asked,
                    bid: None,
                    reason: String::new(),
                    confirm_by: None,
                    ring_at: None,
                });
            }
        }
        if legs.is_empty() {
            return Err(invalid("hotels", "choose at least one").into());
        }
        if legs.len() > Request::HOTELS {
            return Err(invalid("hotels", "choose at most 20").into());
        }
        let wanted = self.wanted(wanted)?;
        // Sent again, it costs nothing and is asked once (rule H5); another request is none of it.
        if let Some((known, _)) = self.store.request(guest, id).await? {
            let same = known.version > 1 || known.wanted == wanted;
            let same = same
                && known.legs.len() <= legs.len()
                && legs.iter().all(|leg| known.leg(leg.hotel).is_some());
            return if same { Ok(()) } else { Err(Refusal::ClientIdUsed.into()) };
        }
        wanted.check(now)?;
        self.answer_in_time(answer_by, &wanted, &hotels, now)?;
        let before = self.store.requests_of(guest, SHOWN).await?;
        if before.iter().filter(|request| !request.state.is_over()).count() >= OPEN {
            return Err(invalid("requests", "you already have 20 open requests; withdraw one first").into());
        }
        self.limits.request(address, guest)?;
        for hotel in &hotels {
            self.may_begin(guest, hotel.id, address).await?;
        }
        let request = Request {
            id,
            guest,
            version: 1,
            wanted,
            answer_by,
            state: RequestState::Open,
            legs,
            opened_at: now,
        };
        self.store.ask(request).await??;
        self.deadlines.notify_one();
        Ok(())
    }

    /// Wants something else.
    pub async fn change_request(
        &self,
        guest: GuestId,
        id: RequestId,
        version: i64,
        wanted: Wanted,
        answer_by: Millis,
    ) -> Answer<()> {
        let (request, _) = self.store.request(guest, id).await?.ok_or(Refusal::NotFound)?;
        let hotels = self.hotels_of(&request).await?;
        let wanted = self.wanted(wanted)?;
        // Whether the request can be changed at all is said first.
        if !request.state.is_over() && version == request.version {
            wanted.check(self.clock.now())?;
            self.answer_in_time(answer_by, &wanted, &hotels, self.clock.now())?;
        }
        self.pace(guest, &request, None)?;
        self.act_as_guest(guest, id, None, Act::Change { version, wanted, answer_by }).await
    }

    pub async fn withdraw_request(&self, guest: GuestId, id: RequestId) -> Answer<()> {
        let (request, _) = self.store.request(guest, id).await?.ok_or(Refusal::NotFound)?;
        self.pace(guest, &request, None)?;
        self.act_as_guest(guest, id, None, Act::Withdraw).await
    }

    /// Answers one hotel's bid, or those of all.
    pub async fn counter(
        &self,
        guest: GuestId,
        id: RequestId,
        client_id: ClientId,
        to: Option<HotelId>,
        amount: Option<Amount>,
        words: &str,
    ) -> Answer<()> {
        let words = self.words(words)?;
        let (request, _) = self.store.request(guest, id).await?.ok_or(Refusal::NotFound)?;
        self.pace(guest, &request, to)?;
        self.act_as_guest(guest, id, Some(client_id), Act::Counter { to, amount, words }).await
    }

    /// Takes a hotel's bid. The hotel has its time of open hours to confirm.
    pub async fn accept(&self, guest: GuestId, id: RequestId, hotel: &Hotel, version: i64) -> Answer<()> {
        self.limits.say(guest, hotel.id)?;
        let wait = self.store.confirm_seconds(hotel.id).await? * Millis::SECOND;
        let now = self.clock.now();
        let confirm_by = self.open_time_from(hotel, now, wait).await?;
        let ring_at = self.open_time_from(hotel, now, wait / 2).await?;
        let act = Act::Accept { hotel: hotel.id, version, confirm_by, ring_at };
        self.act_as_guest(guest, id, None, act).await
    }

    async fn act_as_guest(
        &self,
        guest: GuestId,
        id: RequestId,
        client_id: Option<ClientId>,
        act: Act,
    ) -> Answer<()> {
        self.act(ActorId::Guest(guest), On::Request(id), client_id, act).await.map(drop)
    }

    /// What a hotel's holder does in a request.
    pub async fn act_as_staff(
        &self,
        staff: StaffId,
        on: On,
        client_id: Option<ClientId>,
        act: Act,
    ) -> Answer<Written> {
        let act = match act {
            Act::Bid { of, total, included, valid_until, confirms_itself, .. } => {
                let latest = self.latest(staff, on).await?;
                let included = self.words(&included)?;
                Act::Bid { of, total, included, valid_until, confirms_itself, latest }
            }
            Act::Decline { reason } => Act::Decline { reason: self.words(&reason)? },
            act => act,
        };
        self.act(ActorId::Staff(staff), on, client_id, act).await
    }

    async fn act(&self, by: ActorId, on: On, client_id: Option<ClientId>, act: Act) -> Answer<Written> {
        let order = RequestOrder { by, on, act, client_id, at: self.clock.now() };
        let done = written(self.store.act(order).await)?;
        self.deadlines.notify_one();
        Ok(done)
    }

    /// A request as its guest sees it.
    pub async fn request_view(&self, guest: GuestId, id: RequestId) -> Answer<RequestView> {
        let (request, bids) = self.store.request(guest, id).await?.ok_or(Refusal::NotFound)?;
        let hotels = self.store.hotels().await?;
        Ok(view(request, bids, &hotels))
    }

    /// A guest's requests, newest first.
    pub async fn requests_of(&self, guest: GuestId) -> Answer<Requests> {
        let hotels = self.store.hotels().await?;
        let all = self.store.requests_of(guest, SHOWN).await?;
        let requests = all.into_iter().map(|request| {
            let bids = request.legs.iter().map(|leg| leg.bid.iter().cloned().collect()).collect();
            view(request, bids, &hotels)
        });
        Ok(Requests { requests: requests.collect() })
    }

    /// The requests of a conversation, as its hotel may see them.
    pub async fn parts(&self, staff: StaffId, conversation: ConversationId) -> Answer<Vec<Part>> {
        let parts = self.store.parts(staff, conversation).await?.ok_or(Refusal::NotFound)?;
        let hotels = if parts.is_empty() { Vec::new() } else { self.store.hotels().await? };
        let now = self.clock.now();
        let part = |part: crate::store::Standing| {
            let hotel = hotels.iter().find(|hotel| hotel.id == part.hotel)?;
            let latest = end_of(part.request.wanted.from, hotel);
            Part::of(&part.request, hotel.id, part.bids, latest, now)
        };
        Ok(parts.into_iter().filter_map(part).collect())
    }

    /// No bid of this hotel is valid for longer.
    async fn latest(&self, staff: StaffId, on: On) -> Answer<Millis> {
        let On::Leg { leg, conversation, .. } = on else { return Err(Refusal::NotFound.into()) };
        let parts = self.parts(staff, conversation).await?;
        let part = parts.iter().find(|part| part.request == leg);
        Ok(part.map(|part| part.latest).ok_or(Refusal::NotFound)?)
    }

    async fn hotels_of(&self, request: &Request) -> Answer<Vec<Hotel>> {
        let all = self.store.hotels().await?;
        Ok(all.into_iter().filter(|hotel| request.leg(hotel.id).is_some()).collect())
    }

    /// What a guest asks of so many hotels counts as a message to each of them.
    fn pace(&self, guest: GuestId, request: &Request, to: Option<HotelId>) -> Answer<()> {
        for leg in request.legs.iter().filter(|leg| to.is_none_or(|hotel| leg.hotel == hotel)) {
            self.limits.say(guest, leg.hotel)?;
        }
        Ok(())
    }

    fn answer_in_time(
        &self,
        answer_by: Millis,
        wanted: &Wanted,
        hotels: &[Hotel],
        now: Millis,
    ) -> Result<(), Refusal> {
        answer_in_time(answer_by, now)?;
        let latest = hotels.iter().map(|hotel| end_of(wanted.from, hotel)).max().unwrap_or(now);
        if answer_by > latest {
            let (field, why) = ("answer by".into(), "can’t be later than the end of the first day".into());
            return Err(Refusal::Invalid { field, why });
        }
        Ok(())
    }

    fn wanted(&self, wanted: Wanted) -> Answer<Wanted> {
        let words = self.words(&wanted.words)?;
        Ok(Wanted { words, ..wanted }.tidy())
    }

    /// Words that may be none.
    fn words(&self, words: &str) -> Answer<String> {
        if is_blank(words) {
            return Ok(String::new());
        }
        let words = self.text(words)?;
        self.fits(&words, WORDS)?;
        Ok(words)
    }

    /// Settles what is due: acceptances that lapse, requests that expire, desks that are rung for. Out: when
    /// to look again.
    async fn settle(&self) -> Result<Duration, No> {
        let now = self.clock.now();
        for (hotel, conversation) in self.store.take_ringing(now).await? {
            self.hub.tell(Audience::Hotel(hotel), encode(&Event::Ring { hotel, conversation }));
        }
        let mut failed = false;
        for id in self.store.due(now).await? {
            let order = RequestOrder {
                by: ActorId::System,
                on: On::Request(id),
                act: Act::Due,
                client_id: None,
                at: now,
            };
            if let Err(No::Failed(e)) = written(self.store.act(order).await) {
                tracing::error!(error = %e, request = %id, "a request could not be settled");
                failed = true;
            }
        }
        if failed {
            return Ok(AFTER_FAILURE);
        }
        let next = self.store.next_due().await?.map_or(i64::MAX, |at| at.0 - self.clock.now().0);
        Ok(Duration::from_millis(next.max(0) as u64).clamp(SHORTEST, LONGEST))
    }
}

/// Runs until the program ends. What came due while no program ran is settled first.
pub async fn run(desk: Arc<Desk>) {
    loop {
        let wait = desk.settle().await.unwrap_or_else(|e| {
            tracing::error!(error = %e, "what is due of requests could not be read");
            AFTER_FAILURE
        });
        // A deadline that was moved forward does not wait for the one that was known.
        let _ = tokio::time::timeout(wait, desk.deadlines.notified()).await;
    }
}

/// The end of a day, on the hotel's wall.
fn end_of(day: Day, hotel: &Hotel) -> Millis {
    start_of(Day(day.0 + 1), tz(&hotel.time_zone))
}

/// A leg's id says nothing of when it was made: two hotels that compared theirs would see one moment.
fn rand_id() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

fn view(request: Request, bids: Vec<Vec<Bid>>, hotels: &[Hotel]) -> RequestView {
    let offered = |(leg, bids): (Leg, Vec<Bid>)| {
        let hotel = hotels.iter().find(|hotel| hotel.id == leg.hotel)?.clone();
        Some(Offered {
            hotel,
            conversation: leg.conversation,
            state: leg.state,
            bids,
            confirm_by: leg.confirm_by,
            reason: leg.reason,
        })
    };
    RequestView {
        id: request.id,
        version: request.version,
        wanted: request.wanted,
        answer_by: request.answer_by,
        state: request.state,
        opened_at: request.opened_at,
        hotels: request.legs.into_iter().zip(bids).filter_map(offered).collect(),
    }
}

/// Whether an update may have changed how its conversation's requests stand: by a turn, or, while one is
/// under way, without any (another hotel's bid is the best now, the desk is rung for).
pub fn may_have_changed(conversation: &Conversation, entries: &[domain::Entry]) -> bool {
    let live = conversation.request.is_some_and(|badge| !badge.state.is_over());
    (live && entries.is_empty()) || entries.iter().any(|entry| entry.kind.is_of_request())
}
