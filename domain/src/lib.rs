//! What Bellhop is about, as plain values and pure decisions.
//!
//! In: the state of a conversation, an actor, a command. Out: the change that follows, or a [`Refusal`].
//! Never: a clock, a database, a socket or a view; the server and the browser obey the same code.

mod actor;
mod address;
mod attachment;
mod command;
mod conversation;
mod day;
mod decide;
mod email;
mod entry;
mod figures;
mod guest;
mod hotel;
mod hours;
mod id;
mod join;
mod language;
mod money;
mod refusal;
pub mod request;
mod retention;
mod staff;
mod stay;
mod text;
mod time;
mod topic;
mod transcript;
pub mod wire;

pub use actor::{Actor, ActorKind, By};
pub use address::percent;
pub use attachment::{Attachment, AttachmentKind, FILE_NAME, FileLimits, file_name, line_of};
pub use command::{Command, Recipient, Turn};
pub use conversation::{Conversation, StaffWords, Standing, Status};
pub use day::{Day, NotADay};
pub use decide::{Change, decide};
pub use email::Email;
pub use entry::{Entry, EntryKind};
pub use figures::{AgentRow, DEFINITIONS, Figures, HotelRow, RequestFigures, Spread, Times};
pub use guest::Guest;
pub use hotel::{Hotel, Targets, Wait};
pub use hours::{Holiday, Hours, SPANS, Span};
pub use id::{AttachmentId, ClientId, ConversationId, GuestId, HotelId, LegId, RequestId, StaffId, StayId};
pub use join::{join, survives_join};
pub use language::language_name;
pub use money::{Amount, Currency, NoMoney, grouped};
pub use refusal::Refusal;
pub use request::{Badge, Bid, Leg, LegState, Request, RequestKind, RequestState, Terms, Wanted};
pub use retention::{Retention, WouldGo};
pub use staff::{Colleague, Membership, Person, Role, Staff};
pub use stay::{Booking, Fault, Phase, Stay, StayChange, given, name_key};
pub use text::{is_blank, one_line};
pub use time::Millis;
pub use topic::{Topic, Topics};
pub use transcript::TimelineLine;

/// Position of an entry in its conversation: 1, 2, 3 … without gaps (rule H4). 0 means "before the first".
pub type Seq = i64;

/// Place in the order of all that happens: of two, the higher is the later. It is near to a time in
/// milliseconds, and grows also where the clock stands still or is put back: lists go by it, and never by a
/// time.
pub type Rank = i64;

/// How often a conversation has changed hands (rule H1).
pub type Epoch = i64;
