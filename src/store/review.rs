//! What those who review ask for.

use super::Result;
use domain::{
    Amount, Conversation, ConversationId, Entry, GuestId, HotelId, LegState, Millis, Seq, StaffId, Status,
};
use uuid::Uuid;

/// Which conversations are asked for. `None` and empty mean all that the asker may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LogFilter {
    pub hotel: Option<HotelId>,
    /// Somebody of the staff who held it or wrote in it.
    pub agent: Option<StaffId>,
    pub guest: Option<GuestId>,
    /// The beginnings of words of the guest's name.
    pub guest_name: Option<String>,
    /// Of the stay, or whose code was opened.
    pub room: Option<String>,
    pub tag: Option<String>,
    pub status: Option<Status>,
    pub rating: Option<i64>,
    /// Opened at or after; for words: said at or after.
    pub from: Option<Millis>,
    /// Opened before; for words: said before.
    pub until: Option<Millis>,
}

/// In which order conversations are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// As one looks through them.
    Newest,
    /// As exports are written: what is opened meanwhile comes after.
    Oldest,
}

/// A line in which all the words stand.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Pages go on before this.
    pub key: i64,
    pub conversation: Conversation,
    pub entry: Entry,
    /// The part of the line around what was found: text, and whether it was looked for.
    pub excerpt: Vec<(String, bool)>,
}

/// A reading: somebody had seen the other side's message at `seq`, and all before it, at `at`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mark {
    /// Of the staff; `None`: the guest.
    pub reader: Option<Uuid>,
    /// `None`: the guest.
    pub name: Option<String>,
    pub seq: Seq,
    pub at: Millis,
}

impl Mark {
    /// Who has read the message `seq` as the last. `marks` as [`Reviews::marks`] has them.
    pub fn of(marks: &[Mark], seq: Seq) -> &[Mark] {
        let from = marks.partition_point(|mark| mark.seq < seq);
        let many = marks[from..].partition_point(|mark| mark.seq == seq);
        &marks[from..from + many]
    }
}

/// A guest's turn and the answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub asked_at: Millis,
    pub answered_at: Millis,
    pub staff: StaffId,
    /// The first answer of its conversation.
    pub first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    pub opened_at: Millis,
    pub resolved_at: Millis,
    pub staff: Option<StaffId>,
}

/// A request as it came to one hotel, and how it stands there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFact {
    pub asked_at: Millis,
    pub first_bid_at: Option<Millis>,
    pub state: LegState,
    /// Of the newest bid.
    pub total: Option<Amount>,
}

/// What happened in one hotel in a period. Times count by when they began, except resolutions: by when they
/// ended.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub answers: Vec<Answered>,
    pub resolutions: Vec<Resolution>,
    /// Conversations opened: language, stars, how many.
    pub opened: Vec<(String, Option<i64>, i64)>,
    /// Taken over, released, and acceptances that lapsed: kind of entry, who (`None`: Bellhop itself), how
    /// many.
    pub hands: Vec<(String, Option<StaffId>, i64)>,
    /// Answers and changes of hands refused because of a colleague: who, command, code, how many.
    pub refused: Vec<(StaffId, String, String, i64)>,
    /// Messages by the hour of the week: guests', the staff's.
    pub load: Vec<(i64, i64)>,
    /// Those that came in the period.
    pub requests: Vec<RequestFact>,
    pub waiting_now: i64,
    pub held_now: i64,
    /// Since when the one who waits longest waits.
    pub longest_wait: Option<Millis>,
}

/// A stretch of time in which a zone's clocks stand still against UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: Millis,
    pub until: Millis,
    /// Seconds to add to UTC.
    pub offset: i64,
}

/// Questions of those who review. All of them name the viewer; what that person does not review is not there
/// (rule H8).
#[async_trait::async_trait]
pub trait Reviews: Send + Sync + 'static {
    /// Conversations, after the key of the page before.
    async fn logs(
        &self,
        viewer: StaffId,
        filter: &LogFilter,
        sort: Sort,
        after: Option<(Millis, ConversationId)>,
        limit: i64,
    ) -> Result<Vec<Conversation>>;
    /// Lines in which all the words stand, newest first, before the key of the page before; `None` if there
    /// is no word in `words`. `wet towel "room 412" -spa`: all of these, in this order, without this.
    async fn search(
        &self,
        viewer: StaffId,
        words: &str,
        filter: &LogFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Option<Vec<Hit>>>;
    /// How many conversations and entries a filter comes to.
    async fn count(&self, viewer: StaffId, filter: &LogFilter) -> Result<(i64, i64)>;
    /// Every reading of a conversation: in the order of what was read, then of when.
    async fn marks(&self, viewer: StaffId, conversation: ConversationId) -> Result<Vec<Mark>>;
    /// `None` if the viewer does not review the hotel. `stretches` cover the period in the hotel's zone, in
    /// order.
    async fn facts(&self, viewer: StaffId, hotel: HotelId, stretches: &[Stretch]) -> Result<Option<Facts>>;
    /// How many conversations have grown and are not in what searches and figures are drawn from yet; `None`
    /// while that is being found out, after a start.
    fn unread(&self) -> Option<usize>;
}
