//! What is kept of exports.

use super::{LogFilter, Result};
use domain::{ConversationId, HotelId, Millis, Staff, StaffId};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    Running,
    Stopped,
    Done,
    Failed,
}

impl ExportState {
    pub const ALL: [ExportState; 4] =
        [ExportState::Running, ExportState::Stopped, ExportState::Done, ExportState::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            ExportState::Running => "running",
            ExportState::Stopped => "stopped",
            ExportState::Done => "done",
            ExportState::Failed => "failed",
        }
    }
}

/// An export of many conversations, written into a file in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub id: Uuid,
    pub by: StaffId,
    /// The selection, as it stands in an address.
    pub filter: String,
    /// The hotels it may hold words of; `None`: all there are, for an admin.
    pub hotels: Option<Vec<HotelId>>,
    /// The selection in words.
    pub title: String,
    /// `csv` or `jsonl`.
    pub format: String,
    pub state: ExportState,
    /// Conversations opened later are not part of it.
    pub created_at: Millis,
    /// The last conversation that is written whole; and how long the file was then, in bytes.
    pub after: Option<(Millis, ConversationId)>,
    pub bytes: i64,
    pub entries: i64,
    /// Entries to write, counted when it began.
    pub total: i64,
}

impl Export {
    /// The one hotel it is of, if it is of one.
    pub fn hotel(&self) -> Option<HotelId> {
        serde_json::from_str::<LogFilter>(&self.filter).ok()?.hotel
    }

    /// May hold words of this hotel.
    pub fn is_of(&self, hotel: HotelId) -> bool {
        self.hotels.as_ref().is_none_or(|hotels| hotels.contains(&hotel))
    }

    /// Whoever asked for it leads all its hotels still.
    pub fn is_still_for(&self, staff: &Staff) -> bool {
        self.by == staff.id
            && (staff.admin || self.hotels.as_ref().is_some_and(|all| all.iter().all(|h| staff.leads(*h))))
    }
}

#[async_trait::async_trait]
pub trait Exports: Send + Sync + 'static {
    async fn add_export(&self, export: Export) -> Result<()>;
    async fn export(&self, id: Uuid) -> Result<Option<Export>>;
    /// All there are, newest first.
    async fn exports(&self) -> Result<Vec<Export>>;
    /// Writes down how far a running one has come; false if it is not running any more.
    async fn export_came(&self, export: Export) -> Result<bool>;
    /// Sets the state if it was `from`; whether it was.
    async fn turn_export(&self, id: Uuid, from: ExportState, to: ExportState) -> Result<bool>;
    async fn remove_export(&self, id: Uuid) -> Result<()>;
}
