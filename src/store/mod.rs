//! What Bellhop keeps.
//!
//! In: [`Order`]s (a command to one conversation, by one actor) and plain questions. Out: outcomes that are on disk
//! (rule H6), and records that the asker may see (rule H8: every question names who asks). Never: sockets, HTTP, or
//! a decision of its own; what may happen is decided by `app::domain` inside the storing transaction.

mod order;
pub mod sqlite;

pub use order::{Order, Target, What, Who, Written};

use app::domain::{
    Colleague, Conversation, ConversationId, Day, Entry, Epoch, Guest, GuestId, Hotel, HotelId, Millis, Refusal, Role, Seq,
    Staff, StaffId, Status, Stay, StayChange, StayId,
};
use std::sync::Arc;
use uuid::Uuid;

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

/// A conversation after a commit, with the entries that commit added. Given to the bus in commit order.
#[derive(Clone, Debug)]
pub struct Grown {
    pub conversation: Conversation,
    /// The hotel's slug, by which guests know it.
    pub hotel: String,
    pub entries: Vec<Entry>,
    /// Holder, status or the staff's read mark have changed: the guest should hear of it.
    pub thread_changed: bool,
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

/// A line of the audit trail (rule H10). `detail` names things by id and never holds what was said.
#[derive(Clone, Debug)]
pub struct Audit {
    pub at: Millis,
    pub what: &'static str,
    pub by: Option<StaffId>,
    pub detail: String,
}

/// Which conversations a log asks for. `None` and empty mean all that the asker may see.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    pub hotel: Option<HotelId>,
    /// Somebody of the staff who held it or wrote in it.
    pub agent: Option<StaffId>,
    pub status: Option<Status>,
    /// Opened at or after.
    pub from: Option<Millis>,
    /// Opened before.
    pub until: Option<Millis>,
    /// The key of the last line of the page before: continue after it.
    pub after: Option<(Millis, ConversationId)>,
    pub limit: i64,
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
    Conversations + Guests + Hotels + Identities + Keys + People + Rooms + Sessions + Stays + std::fmt::Debug
{
    /// Adds a line to the audit trail.
    async fn audit(&self, line: Audit) -> Result<()>;
    /// Fails if the database cannot be read.
    async fn check(&self) -> Result<()>;
    /// Finishes the commit under way and takes nothing more.
    async fn close(&self);
}

#[async_trait::async_trait]
pub trait Conversations: Send + Sync + 'static {
    /// Carries out an order. `Ok` leaves only after the commit is durable (rule H6).
    async fn carry_out(&self, order: Order) -> Result<Outcome>;
    async fn conversation(&self, viewer: Viewer, id: ConversationId) -> Result<Option<Conversation>>;
    /// The entries after `after`, at most `limit`; `None` if the viewer may not see the conversation.
    async fn timeline(
        &self,
        viewer: Viewer,
        id: ConversationId,
        after: Seq,
        limit: i64,
    ) -> Result<Option<(Conversation, Vec<Entry>)>>;
    /// Open conversations of a hotel and those resolved since `since`; `None` if the viewer is not of the hotel.
    async fn queue(&self, viewer: StaffId, hotel: HotelId, since: Millis) -> Result<Option<Vec<Conversation>>>;
    /// Conversations of the hotels the viewer reviews, newest first.
    async fn logs(&self, viewer: StaffId, filter: &LogFilter) -> Result<Vec<Conversation>>;
    async fn held_by(&self, staff: StaffId) -> Result<Vec<(ConversationId, Epoch)>>;
}

#[async_trait::async_trait]
pub trait Guests: Send + Sync + 'static {
    async fn guest_by_token(&self, hash: &[u8; 32]) -> Result<Option<GuestId>>;
    async fn add_guest(&self, guest: GuestId, hash: [u8; 32], at: Millis) -> Result<()>;
    /// The guest as this hotel knows them.
    async fn guest(&self, guest: GuestId, hotel: HotelId) -> Result<Guest>;
    /// The e-mail address this hotel's own site has vouched for.
    async fn vouched_email(&self, guest: GuestId, hotel: HotelId) -> Result<Option<String>>;
    /// The newest conversation with each hotel the guest has written to, the latest word first, and how many messages
    /// by the staff the guest has not seen.
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
    async fn add_hotel(&self, hotel: Hotel, at: Millis) -> Result<()>;
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
    async fn login(&self, email: &str) -> Result<Option<Login>>;
    async fn add_staff(&self, staff: NewStaff) -> Result<()>;
    async fn set_password(&self, staff: StaffId, hash: String) -> Result<()>;
    async fn set_disabled(&self, staff: StaffId, disabled_at: Option<Millis>) -> Result<()>;
    /// All whose login has been disabled.
    async fn disabled(&self) -> Result<Vec<StaffId>>;
    /// In one hotel, or in all of theirs.
    async fn set_available(&self, staff: StaffId, hotel: Option<HotelId>, on: bool) -> Result<()>;
    /// Notes that a console of this person was open at `at`.
    async fn set_seen(&self, staff: StaffId, at: Millis) -> Result<()>;
    /// Those who hold something and have been at a console before.
    async fn holders_once_present(&self) -> Result<Vec<StaffId>>;
}

/// Stays are a hotel's; which guest one belongs to is said, never guessed.
#[async_trait::async_trait]
pub trait Stays: Send + Sync + 'static {
    /// Stays that may be this conversation's guest's: by name, e-mail, phone or scanned room, present or to come.
    /// `None` if the viewer may not see the conversation.
    async fn likely_stays(&self, viewer: StaffId, conversation: ConversationId, today: Day) -> Result<Option<Vec<Stay>>>;
    /// Stays of the conversation's hotel whose reference, name or room begins so.
    async fn find_stays(&self, viewer: StaffId, conversation: ConversationId, text: &str) -> Result<Option<Vec<Stay>>>;
    /// Says which stay the guest of a conversation has, or that none is known.
    async fn link_stay(&self, by: StaffId, conversation: ConversationId, stay: Option<StayId>, at: Millis) -> Result<Done>;
    /// Changes the stay beside a conversation; makes one if there is none.
    async fn change_stay(&self, by: StaffId, conversation: ConversationId, change: StayChange, at: Millis) -> Result<Done>;
    /// Takes in what a hotel's own system says of a reservation, once per idempotency key.
    async fn take_stay(&self, told: Told) -> Result<std::result::Result<Taken, NotTaken>>;
    async fn stay_by_reference(&self, hotel: HotelId, reference: &str) -> Result<Option<(Stay, i64)>>;
    /// What the hotel's own site says of the guest who opens its chat.
    async fn vouch(&self, guest: GuestId, hotel: HotelId, vouched: Vouched, at: Millis) -> Result<()>;
    /// Forgets answers given under idempotency keys before `before`.
    async fn forget_calls(&self, before: Millis) -> Result<()>;
}

/// Carried out, or refused.
pub type Done = std::result::Result<(), Refusal>;

/// An event of a reservation from a hotel's own system.
#[derive(Clone, Debug)]
pub struct Told {
    pub hotel: HotelId,
    pub reference: String,
    /// The system's own count of the reservation's changes; it settles the order of events.
    pub version: i64,
    pub change: StayChange,
    /// The API key that was shown.
    pub key: Uuid,
    pub idempotency_key: String,
    /// SHA-256 of the request's body.
    pub request: [u8; 32],
    pub at: Millis,
}

/// The stay after an event was taken in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    pub stay: Stay,
    /// The highest version taken in.
    pub version: i64,
    /// False for an event that arrived after a later one: it was taken in at its place.
    pub latest: bool,
}

/// Why an event was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The idempotency key was used for another request.
    KeyUsed,
    /// The reservation has this version already, with other content.
    VersionUsed,
}

/// What a token of a hotel's own site says of a guest. Empty means not said.
#[derive(Clone, Debug, Default)]
pub struct Vouched {
    pub name: String,
    pub email: String,
    pub reference: String,
    pub language: String,
}

/// Rooms and the codes that hang in them.
#[async_trait::async_trait]
pub trait Rooms: Send + Sync + 'static {
    async fn rooms(&self, hotel: HotelId) -> Result<Vec<Room>>;
    /// Adds rooms; those that are there stay as they are. Returns how many are new.
    async fn add_rooms(&self, hotel: HotelId, numbers: Vec<String>, by: StaffId, at: Millis) -> Result<u64>;
    async fn remove_room(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()>;
    /// Ends all codes of a room printed before. Guests who came by one are no longer taken to be in it.
    async fn turn_over(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()>;
    /// The guest has opened the code of a room; false if the code's turn is over.
    async fn scan(&self, guest: GuestId, hotel: HotelId, number: String, turn: i64) -> Result<bool>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub number: String,
    /// Counts the turn-overs.
    pub turn: i64,
    pub turned_at: Millis,
}

/// Keys of hotels: secrets that sign, and keys of their own systems.
#[async_trait::async_trait]
pub trait Keys: Send + Sync + 'static {
    async fn secret(&self, hotel: HotelId, purpose: Purpose) -> Result<Option<(Vec<u8>, Millis)>>;
    /// Replaces the secret. `by` is `None` where Bellhop makes one for itself; then an existing one is kept.
    async fn set_secret(
        &self,
        hotel: HotelId,
        purpose: Purpose,
        secret: Vec<u8>,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<()>;
    async fn api_keys(&self, hotel: HotelId) -> Result<Vec<ApiKey>>;
    async fn add_api_key(&self, key: ApiKey, hash: [u8; 32], by: StaffId) -> Result<()>;
    async fn revoke_api_key(&self, hotel: HotelId, key: Uuid, by: StaffId, at: Millis) -> Result<()>;
    /// The key behind a hash, unless it is revoked; notes its use.
    async fn api_key(&self, hash: [u8; 32], at: Millis) -> Result<Option<ApiKey>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signs the links in the rooms.
    Room,
    /// Signs the tokens of the hotel's own site.
    Vouch,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Room => "room",
            Purpose::Vouch => "vouch",
        }
    }
}

/// A key of a hotel's own system. What it is made of is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    pub hotel: HotelId,
    pub name: String,
    /// What it may do: `stays:read`, `stays:write`.
    pub scopes: Vec<String>,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
    pub revoked_at: Option<Millis>,
}

/// How a guest proves to be one they were before.
#[async_trait::async_trait]
pub trait Identities: Send + Sync + 'static {
    /// The addresses a guest has shown to be theirs.
    async fn emails(&self, guest: GuestId) -> Result<Vec<String>>;
    /// Keeps a one-time code and link on their way to an address; the guest's code before it ends.
    async fn put_code(&self, guest: GuestId, code: OneTime) -> Result<()>;
    /// The address a guest's code was sent to, while it lives.
    async fn code_sent_to(&self, guest: GuestId, at: Millis) -> Result<Option<String>>;
    /// The address a link was sent to, while it lives.
    async fn link_sent_to(&self, link: [u8; 32], at: Millis) -> Result<Option<String>>;
    /// Tries a code: confirms the address for `guest`, joining them with the one it belongs to; or counts the try.
    async fn try_code(&self, guest: GuestId, code: [u8; 32], at: Millis) -> Result<Tried>;
    /// Confirms the address a link was sent to for `guest`, whoever asked for it: whoever opens it reads the mailbox.
    async fn try_link(&self, guest: GuestId, link: [u8; 32], at: Millis) -> Result<Tried>;
}

/// A one-time code and the link beside it, as hashes.
#[derive(Clone, Debug)]
pub struct OneTime {
    pub email: String,
    pub code: [u8; 32],
    pub link: [u8; 32],
    pub expires_at: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The address is the guest's. `joined` names whom they were before, if that was somebody else.
    Right {
        guest: GuestId,
        joined: Option<GuestId>,
    },
    Wrong {
        left: i64,
    },
    /// Expired, used up, or never sent.
    Over,
}

#[async_trait::async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// The data of a session that has not expired, and when it will.
    async fn session(&self, id: &str, now: Millis) -> Result<Option<(String, Millis)>>;
    async fn save_session(&self, id: String, data: String, expires_at: Millis) -> Result<()>;
    async fn delete_session(&self, id: String) -> Result<()>;
    async fn delete_expired_sessions(&self, now: Millis) -> Result<()>;
}

pub type SharedStore = Arc<dyn Store>;
