//! What Bellhop keeps.
//!
//! In: [`Order`]s (a command to one conversation, by one actor) and plain questions. Out: outcomes that are
//! on disk (rule H6), and records that the asker may see (rule H8: every question names who asks). Never:
//! sockets, HTTP, or a decision of its own; what may happen is decided by `domain` inside the storing
//! transaction.

mod attachment;
pub mod audit;
mod delivery;
mod export;
mod frame;
mod happened;
mod identity;
mod key;
pub mod order;
mod privacy;
mod push;
mod request;
mod review;
mod rights;
mod room;
pub mod sqlite;
mod stay;
mod tag;
mod webhook;

pub use attachment::{Attachments, KeptFile, Upload};
pub use audit::{Audit, AuditFilter, AuditLine, Trail, Verdict};
pub use delivery::{Attempt, Deliveries, Delivery, DeliveryState, Due, Lane, Then, Way};
pub use export::{Export, ExportState, Exports};
pub use frame::Frames;
pub use happened::{Happened, Pushed};
pub use identity::{Identities, OneTime, Tried};
pub use key::{ApiKey, Keys, Purpose};
pub use order::{ActorId, Order, Target, Written};
pub use privacy::{Gone, Holdings, Privacy};
pub use push::{Before, Fallback, Kept, Missed, PushCall, Pushes};
pub use request::{Bids, On, RequestOrder, Requests, Standing};
pub use review::{Answered, Facts, Hit, LogFilter, Mark, RequestFact, Resolution, Reviews, Sort, Stretch};
pub use rights::{NewRole, Rights, RightsChange, Somebody};
pub use room::{Room, Rooms};
pub use stay::{Done, NotTaken, Stays, Taken, Told, Vouched};
pub use tag::{Tag, Tags};
pub use webhook::{Webhook, Webhooks};

use domain::{
    Colleague, Conversation, ConversationId, Entry, Epoch, FileLimits, Guest, GuestId, Hotel, HotelId, Hours,
    Millis, Person, Refusal, Retention, Role, Seq, Staff, StaffId, Targets,
};
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The database failed or answered nonsense. Logged once, where it surfaces; a person sees "unavailable".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("a stored value makes no sense: {0}")]
    Nonsense(String),
    #[error("the writer has stopped")]
    Stopped,
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// What an order came to: stored, or refused.
pub type Outcome = std::result::Result<Written, Refusal>;

/// An outcome to come. It comes only after the commit is durable (rule H6).
pub type Promise = BoxFuture<'static, Result<Outcome>>;

/// A conversation after a commit, with the entries that commit added. Published on the bus in commit order.
#[derive(Clone, Debug)]
pub struct Update {
    pub conversation: Conversation,
    /// The hotel's slug, by which guests know it.
    pub hotel: String,
    pub entries: Vec<Entry>,
    /// Holder, status or the staff's read mark have changed: the guest should hear of it.
    pub thread_changed: bool,
    /// Systems of the hotel's own are to be told of it.
    pub told: bool,
}

/// A guest as one hotel knows them: an id that is the same there for ever, and another one in every other
/// hotel, so that two that compare theirs do not find out that they share a guest (rule H8). It leads back to
/// nobody.
pub fn known_as(guest: GuestId, hotel: HotelId) -> GuestId {
    let hash = Sha256::new().chain_update(guest.0.as_bytes()).chain_update(hotel.0.as_bytes()).finalize();
    GuestId(uuid::Builder::from_custom_bytes(std::array::from_fn(|i| hash[i])).into_uuid())
}

/// Who asks to see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    Guest(GuestId),
    Staff(StaffId),
}

/// What a login needs.
#[derive(Clone, Debug)]
pub struct Login {
    pub id: StaffId,
    pub password_hash: String,
    pub disabled: bool,
}

/// A new person with a login.
#[derive(Clone, Debug)]
pub struct NewStaff {
    pub id: StaffId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub admin: bool,
    pub memberships: Vec<(HotelId, Role)>,
    pub at: Millis,
}

/// One database. SQLite today; PostgreSQL can follow behind the same questions.
#[async_trait::async_trait]
pub trait Store:
    Attachments
    + Conversations
    + Deliveries
    + Exports
    + Frames
    + Guests
    + Hotels
    + Identities
    + Keys
    + People
    + Privacy
    + Pushes
    + Requests
    + Reviews
    + Rights
    + Rooms
    + Sessions
    + Stays
    + Tags
    + Trail
    + Webhooks
    + std::fmt::Debug
{
    /// Fails if the database cannot be read.
    async fn check(&self) -> Result<()>;
    /// Finishes the commit under way and takes nothing more.
    async fn close(&self);
}

#[async_trait::async_trait]
pub trait Conversations: Send + Sync + 'static {
    /// Takes an order. Orders submitted one after the other are carried out in that order, whether or not
    /// their outcomes are awaited.
    async fn submit(&self, order: Order) -> Result<Promise>;
    async fn conversation(&self, viewer: Viewer, id: ConversationId) -> Result<Option<Conversation>>;
    /// The entries after `after`, at most `limit`; `None` if the viewer may not see the conversation.
    async fn timeline(
        &self,
        viewer: Viewer,
        id: ConversationId,
        after: Seq,
        limit: i64,
    ) -> Result<Option<(Conversation, Vec<Entry>)>>;
    /// A hotel's held conversations, those that wait longest, and those resolved since `since`; `None` if the
    /// viewer is not of the hotel.
    async fn queue(&self, viewer: StaffId, hotel: HotelId, since: Millis) -> Result<Option<Queue>>;
    /// At most `limit` of those that wait behind this one, the longest wait first; `None` if the viewer is
    /// not of the hotel.
    async fn waiting(
        &self,
        viewer: StaffId,
        hotel: HotelId,
        after: ConversationId,
        limit: i64,
    ) -> Result<Option<Queue>>;
    async fn held_by(&self, staff: StaffId) -> Result<Vec<(ConversationId, Epoch)>>;
    /// Conversations with private lines that were opened and not closed, and how many.
    async fn open_lines(&self) -> Result<Vec<(ConversationId, i64)>>;
}

/// Conversations of a hotel's queue, and how many wait in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub conversations: Vec<Conversation>,
    pub waiting: i64,
}

/// A guest, and where they are, as far as one hotel knows.
#[derive(Clone, Debug)]
pub struct Acquaintance {
    pub guest: Guest,
    /// The room whose code they have opened.
    pub scanned_room: Option<String>,
}

#[async_trait::async_trait]
pub trait Guests: Send + Sync + 'static {
    async fn guest_by_token(&self, hash: &[u8; 32]) -> Result<Option<GuestId>>;
    /// Notes that the browser is given its cookie again, if that was before `due` last; whether it was.
    async fn renew_token(&self, hash: [u8; 32], due: Millis, at: Millis) -> Result<bool>;
    async fn add_guest(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()>;
    /// Another token by which the guest is known.
    async fn add_token(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()>;
    /// Whether any hotel but this one has heard of the guest, or any has if there is none.
    async fn is_known_elsewhere(&self, guest: GuestId, hotel: Option<HotelId>) -> Result<bool>;
    /// Notes that the guest was here, once a day.
    async fn note_seen(&self, guest: GuestId, hotel: HotelId, at: Millis) -> Result<()>;
    /// The guest's name and language, for this hotel only. What is `None` stays as it is.
    async fn introduce(
        &self,
        guest: GuestId,
        hotel: HotelId,
        name: Option<String>,
        language: Option<String>,
        at: Millis,
    ) -> Result<()>;
    /// The guest as this hotel knows them.
    async fn acquaintance(&self, guest: GuestId, hotel: HotelId) -> Result<Acquaintance>;
    /// Whether this hotel has heard of the guest before: by a word of theirs, their stay, a room's code or
    /// its own site.
    async fn is_known(&self, guest: GuestId, hotel: HotelId) -> Result<bool>;
    /// Whose conversation this is, if it is one with this hotel.
    async fn guest_of(&self, hotel: HotelId, conversation: ConversationId) -> Result<Option<GuestId>>;
    /// Who this guest was before two identities proved to be one person.
    async fn formerly(&self, guest: GuestId) -> Result<Vec<GuestId>>;
    /// What the hotel's own site said of the guest last, if it has vouched for them.
    async fn vouched(&self, guest: GuestId, hotel: HotelId) -> Result<Option<Vouched>>;
    /// The e-mail address this hotel's own site has vouched for.
    async fn vouched_email(&self, guest: GuestId, hotel: HotelId) -> Result<Option<String>>;
    /// The newest conversation with each hotel the guest has written to, the latest word first, and how many
    /// messages by the staff the guest has not seen.
    async fn guest_threads(&self, guest: GuestId) -> Result<Vec<(Conversation, i64)>>;
    /// A guest's conversations with a hotel, newest first: `limit` of those before `before`.
    async fn guest_conversations(
        &self,
        guest: GuestId,
        hotel: HotelId,
        before: Option<ConversationId>,
        limit: i64,
    ) -> Result<Vec<Conversation>>;
}

#[async_trait::async_trait]
pub trait Hotels: Send + Sync + 'static {
    async fn hotels(&self) -> Result<Vec<Hotel>>;
    async fn hotel(&self, slug: &str) -> Result<Option<Hotel>>;
    async fn hotel_by_id(&self, id: HotelId) -> Result<Option<Hotel>>;
    async fn add_hotel(&self, hotel: Hotel, at: Millis) -> Result<()>;
    /// When the desk is open; `None`: around the clock.
    async fn hours(&self, hotel: HotelId) -> Result<Option<Hours>>;
    async fn set_hours(&self, hotel: HotelId, hours: Option<Hours>, by: StaffId, at: Millis) -> Result<()>;
    async fn retention(&self, hotel: HotelId) -> Result<Retention>;
    async fn set_retention(
        &self,
        hotel: HotelId,
        retention: Retention,
        by: StaffId,
        at: Millis,
    ) -> Result<()>;
    /// How long it lets guests wait.
    async fn targets(&self, hotel: HotelId) -> Result<Targets>;
    async fn set_file_limits(
        &self,
        hotel: HotelId,
        limits: FileLimits,
        by: StaffId,
        at: Millis,
    ) -> Result<()>;
    /// The origins of the web sites that may show this hotel's chat.
    async fn sites(&self, hotel: HotelId) -> Result<Vec<String>>;
    async fn set_sites(&self, hotel: HotelId, sites: Vec<String>, by: StaffId, at: Millis) -> Result<()>;
    /// The hotels that list this origin.
    async fn hotels_of_site(&self, origin: &str) -> Result<Vec<HotelId>>;
    /// The people of a hotel; `present` is left false, for only the hub knows.
    async fn colleagues(&self, hotel: HotelId) -> Result<Vec<Colleague>>;
}

#[async_trait::async_trait]
pub trait People: Send + Sync + 'static {
    /// A person whose login works.
    async fn staff(&self, id: StaffId) -> Result<Option<Staff>>;
    /// Everybody there is or was, by id.
    async fn names(&self) -> Result<Vec<Person>>;
    async fn login(&self, email: &str) -> Result<Option<Login>>;
    /// In one hotel, or in all of theirs.
    async fn set_available(&self, staff: StaffId, hotel: Option<HotelId>, on: bool) -> Result<()>;
    /// Notes that a console of this person was open at `at`.
    async fn set_seen(&self, staff: StaffId, at: Millis) -> Result<()>;
    /// Those who hold something and have been at a console before.
    async fn holders_once_present(&self) -> Result<Vec<StaffId>>;
}

#[async_trait::async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// The data of a session that has not expired, and when it will.
    async fn session(&self, id: &str, now: Millis) -> Result<Option<(String, Millis)>>;
    async fn add_session(&self, id: String, data: String, expires_at: Millis) -> Result<()>;
    /// Saves a session that is still there: one that was ended meanwhile stays so.
    async fn save_session(&self, id: String, data: String, expires_at: Millis) -> Result<()>;
    async fn delete_session(&self, id: String) -> Result<()>;
    async fn delete_expired_sessions(&self, now: Millis) -> Result<()>;
}

pub type SharedStore = Arc<dyn Store>;
