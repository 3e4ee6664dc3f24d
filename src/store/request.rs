//! What is kept of requests.

use super::{ActorId, Outcome, Result, Written};
use domain::{
    Bid, ClientId, ConversationId, Epoch, GuestId, HotelId, LegId, Millis, Refusal, Request, RequestId, Seq,
    StaffId, request::Act,
};

/// An act on a request, by one actor.
#[derive(Clone, Debug)]
pub struct RequestOrder {
    pub by: ActorId,
    pub on: On,
    pub act: Act,
    pub client_id: Option<ClientId>,
    pub at: Millis,
}

/// Which request, as the actor knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The guest, and Bellhop.
    Request(RequestId),
    /// A hotel: its own leg, in the guest's conversation with it, as the page showed that.
    Leg { leg: LegId, conversation: ConversationId, epoch: Epoch, seen: Seq },
}

/// A request that stands in a hotel's conversation, whole: what of it the hotel may know is for the desk to
/// say ([`domain::wire::request::Part`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub request: Request,
    pub hotel: HotelId,
    /// Its own bids, oldest first.
    pub bids: Vec<Bid>,
}

/// A request with every bid of each leg, oldest first, in the order of the legs.
pub type Bids = Vec<Vec<Bid>>;

#[async_trait::async_trait]
pub trait Requests: Send + Sync + 'static {
    /// Stores a new request, and tells each hotel's conversation of it. One that was stored before under
    /// this id stays as it is.
    async fn ask(&self, request: Request) -> Result<std::result::Result<(), Refusal>>;
    /// Carries out an act, and tells all conversations it concerns, in one transaction (rule H12). Out: where
    /// the first entry stands; where nothing was new, where the conversation stands.
    async fn act(&self, order: RequestOrder) -> Result<Outcome>;
    /// A guest's request, behind its wall.
    async fn request(&self, guest: GuestId, id: RequestId) -> Result<Option<(Request, Bids)>>;
    /// A guest's requests, newest first.
    async fn requests_of(&self, guest: GuestId, limit: i64) -> Result<Vec<Request>>;
    /// The requests that stand in a conversation, newest first; `None` if the viewer may not see it.
    async fn parts(&self, viewer: StaffId, conversation: ConversationId) -> Result<Option<Vec<Standing>>>;
    /// What a hotel's last bids included, the newest first, each once.
    async fn included_before(&self, hotel: HotelId, limit: i64) -> Result<Vec<String>>;
    /// When something happens by itself next.
    async fn next_due(&self) -> Result<Option<Millis>>;
    /// The requests for which the time has come, those that are overdue longest first.
    async fn due(&self, at: Millis) -> Result<Vec<RequestId>>;
    /// Conversations whose hotel has not confirmed half-way, and have not rung yet: each once.
    async fn take_ringing(&self, at: Millis) -> Result<Vec<(HotelId, ConversationId)>>;
    /// How long a hotel has to confirm, in seconds of open hours.
    async fn confirm_seconds(&self, hotel: HotelId) -> Result<i64>;
    async fn set_confirm_seconds(&self, hotel: HotelId, seconds: i64, by: StaffId, at: Millis) -> Result<()>;
}

impl Written {
    /// Where nothing was written.
    pub fn nothing(conversation: ConversationId, at: Millis) -> Self {
        Written { conversation, seq: 0, epoch: 0, at }
    }
}
