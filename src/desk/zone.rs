//! A hotel's wall clock: moments as days and hours of its time zone, and back. A zone that is not known is
//! UTC.

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use domain::{Day, Millis};

/// The zone of an IANA name.
pub fn tz(zone: &str) -> Tz {
    zone.parse().unwrap_or(chrono_tz::UTC)
}

/// What the wall clock shows at a moment.
pub fn local(at: Millis, zone: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone)
}

/// The day it is at a moment.
pub fn day_in(at: Millis, zone: Tz) -> Day {
    Day(i64::from(local(at, zone).date_naive().to_epoch_days()))
}

/// The first moment of a day. Where clocks skip midnight the day begins when they have jumped.
pub fn start_of(day: Day, zone: Tz) -> Millis {
    moment(day, 0, zone)
}

/// A wall-clock time of a day, in minutes, as a moment. A time that clocks skip is where they have jumped to;
/// of one they show twice, the first.
pub fn moment(day: Day, minutes: u16, zone: Tz) -> Millis {
    let at_utc = (day.0 * 24 * 60 + i64::from(minutes)) * Millis::MINUTE;
    let Some(wall) = DateTime::from_timestamp_millis(at_utc).map(|utc| utc.naive_utc()) else {
        return Millis(at_utc);
    };
    match zone.from_local_datetime(&wall).earliest() {
        Some(at) => Millis(at.timestamp_millis()),
        // The offset of the day before leads from a time in the gap to as long after the jump.
        None => {
            let before = zone.offset_from_utc_datetime(&(wall - chrono::TimeDelta::hours(24))).fix();
            Millis(at_utc - i64::from(before.local_minus_utc()) * 1_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_the_hotels_midnight_and_not_at_utcs() {
        // 2026-03-29 00:30 in Zurich (the night clocks change) is 2026-03-28 23:30 UTC.
        let now = Millis(1_774_740_600_000);
        let midnight = |zone: &str| start_of(day_in(now, tz(zone)), tz(zone));
        assert_eq!(midnight("Europe/Zurich"), Millis(1_774_738_800_000));
        assert_eq!(midnight("UTC"), Millis(1_774_656_000_000));
        assert_eq!(midnight("no/such zone"), Millis(1_774_656_000_000));
        assert_eq!(day_in(now, tz("Europe/Zurich")).to_string(), "2026-03-29");
        assert_eq!(day_in(now, tz("America/New_York")).to_string(), "2026-03-28");
    }

    #[test]
    fn where_clocks_skip_midnight_the_day_begins_an_hour_later() {
        let zone = tz("America/Santiago");
        let day: Day = "2026-09-06".parse().unwrap();
        assert_eq!(local(start_of(day, zone), zone).to_rfc3339(), "2026-09-06T01:00:00-03:00");
    }
}
