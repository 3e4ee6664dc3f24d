//! Properties.

use super::{FileLimits, HotelId};
use serde::{Deserialize, Serialize};

/// A property, as guests and staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotel {
    pub id: HotelId,
    /// The name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    pub name: String,
    /// The town, as a guest would say it.
    pub place: String,
    /// IANA name, such as `Europe/Zurich`.
    pub time_zone: String,
    /// BCP 47 tags, the hotel's first language first.
    pub languages: Vec<String>,
    pub greeting: String,
    /// The hotel's colour as `#rrggbb`.
    pub accent: String,
    pub files: FileLimits,
}

/// Minutes within which a hotel means to answer a guest: from `due` on a wait shows amber, from `overdue`
/// red.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    pub due: i64,
    pub overdue: i64,
}

impl Default for Targets {
    fn default() -> Self {
        Targets { due: 5, overdue: 15 }
    }
}

/// How pressing a wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Fresh,
    Due,
    Overdue,
}

impl Targets {
    /// What a wait of this many seconds is.
    pub fn judge(self, seconds: i64) -> Wait {
        match seconds / 60 {
            minutes if minutes >= self.overdue => Wait::Overdue,
            minutes if minutes >= self.due => Wait::Due,
            _ => Wait::Fresh,
        }
    }
}

impl Wait {
    pub const fn as_str(self) -> &'static str {
        match self {
            Wait::Fresh => "fresh",
            Wait::Due => "due",
            Wait::Overdue => "overdue",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_due_and_then_overdue() {
        let judged = |seconds| Targets::default().judge(seconds);
        assert_eq!(
            [0, 299, 300, 899, 900].map(judged),
            [Wait::Fresh, Wait::Fresh, Wait::Due, Wait::Due, Wait::Overdue]
        );
    }
}
