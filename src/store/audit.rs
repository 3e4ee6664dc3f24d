//! The audit trail: what was done, by whom, in an order nobody can change unseen (rule H10).

use super::Result;
use domain::{HotelId, Millis, StaffId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A line of the audit trail. `detail` names things by id and never holds what was said: the trail outlives
/// the guest's data.
#[derive(Clone, Debug)]
pub struct Audit {
    pub at: Millis,
    pub what: &'static str,
    pub by: Option<StaffId>,
    /// The hotel it concerns; its managers may read it.
    pub hotel: Option<HotelId>,
    pub detail: String,
}

/// A line as it stands in the trail.
#[derive(Clone, Debug)]
pub struct AuditLine {
    pub seq: i64,
    pub at: Millis,
    pub what: String,
    pub by: Option<StaffId>,
    pub by_name: Option<String>,
    pub hotel: Option<HotelId>,
    pub detail: String,
    pub hash: Vec<u8>,
}

/// Which lines are asked for. Empty means all the asker may see.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub what: Option<String>,
    pub by: Option<StaffId>,
    pub hotel: Option<HotelId>,
    pub from: Option<Millis>,
    pub until: Option<Millis>,
    /// Lines before this one.
    pub before: Option<i64>,
}

#[async_trait::async_trait]
pub trait Trail: Send + Sync + 'static {
    /// Adds a line.
    async fn audit(&self, line: Audit) -> Result<()>;
    /// Lines of the hotels the viewer reviews, and their people's comings and goings; of an admin all. Newest
    /// first.
    async fn audit_lines(&self, viewer: StaffId, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditLine>>;
    /// The kinds of line there are.
    async fn audit_kinds(&self) -> Result<Vec<String>>;
}

/// What a look at the whole chain came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Unbroken: how many lines, and the hash of the last one in hexadecimal.
    Whole { lines: i64, head: String },
    /// Broken at this line, and how.
    Broken { seq: i64, why: String },
}

/// The hash of a line: SHA-256 over the hash of the line before and the JSON array `[seq, at, what, by,
/// hotel, detail]`, ids in their usual text form, absent ones `null`. The first line follows 32 zero bytes.
pub fn chain(
    before: &[u8],
    seq: i64,
    at: i64,
    what: &str,
    by: Option<Uuid>,
    hotel: Option<Uuid>,
    detail: &str,
) -> [u8; 32] {
    let line = serde_json::json!([seq, at, what, by, hotel, detail]).to_string();
    Sha256::new().chain_update(before).chain_update(line).finalize().into()
}

/// What the first line follows.
pub const BEGINNING: [u8; 32] = [0; 32];
