//! Moments. Clocks decorate the timeline; `seq` orders it (rule H4).

use super::Day;
use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    pub const SECOND: i64 = 1_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// Days begin at one in every time zone.
    pub const QUARTER: i64 = 15 * Self::MINUTE;
    pub const HOUR: i64 = 60 * Self::MINUTE;
    pub const DAY: i64 = 24 * Self::HOUR;

    /// Whole seconds from `earlier` to here; 0 if clocks disagree and it would be negative.
    pub fn seconds_since(self, earlier: Millis) -> i64 {
        ((self.0 - earlier.0) / Self::SECOND).max(0)
    }

    /// The year, month and day in UTC.
    pub fn date(self) -> (i64, u32, u32) {
        Day::of(self).date()
    }

    /// `2026-03-09T21:04:05Z`, for the `datetime` attribute.
    pub fn iso(self) -> String {
        let (y, m, d) = self.date();
        let s = self.0.rem_euclid(Self::DAY) / Self::SECOND;
        format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}Z", s / 3_600, s / 60 % 60, s % 60)
    }

    /// `21:04` in UTC: what a page shows until the browser knows its own zone.
    pub fn clock(self) -> String {
        let s = self.0.rem_euclid(Self::DAY) / Self::SECOND;
        format!("{:02}:{:02}", s / 3_600, s / 60 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        for (millis, iso) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_772_322_245_000, "2026-02-28T23:44:05Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
            (-1_000, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Millis(millis).iso(), iso);
        }
    }
}
