//! Reading the audit trail.

use super::{Answer, Desk};
use crate::store::{AuditFilter, AuditLine};
use domain::{Hotel, Staff};

impl Desk {
    /// Lines of the trail the reader may see, newest first.
    pub async fn trail(&self, staff: &Staff, filter: &AuditFilter, limit: i64) -> Answer<Vec<AuditLine>> {
        Ok(self.store.audit_lines(staff.id, filter, limit).await?)
    }

    /// An export of the trail stands in it too.
    pub async fn note_trail_export(&self, by: &Staff, filter: &AuditFilter, hotels: &[Hotel], format: &str) {
        let mut detail = vec![format.to_owned()];
        detail.extend(filter.what.clone());
        detail.extend(filter.by.map(|id| format!("by {id}")));
        detail.extend(filter.from.map(|at| format!("from {}", at.iso())));
        detail.extend(filter.until.map(|at| format!("until {}", at.iso())));
        self.audit_review("trail_exported", by, filter.hotel, hotels, detail.join(", ")).await;
    }
}
