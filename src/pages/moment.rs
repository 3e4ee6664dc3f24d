//! Moments as a page writes them: in the hotel's zone.

use crate::desk::midnight;
use app::domain::Millis;

/// A moment in a zone; in UTC if the zone is not known.
fn in_zone(at: Millis, zone: &str) -> chrono::DateTime<chrono_tz::Tz> {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone)
}

/// `20 Nov 2026, 14:05`.
pub(super) fn moment(at: Millis, zone: &str) -> String {
    in_zone(at, zone).format("%-d %b %Y, %H:%M").to_string()
}

/// `Fri 20 Nov 2026` and `14:05`.
pub(super) fn day_and_clock(at: Millis, zone: &str) -> (String, String) {
    let local = in_zone(at, zone);
    (local.format("%a %-d %b %Y").to_string(), local.format("%H:%M").to_string())
}

/// `CET`, `WEST`; or `+09` where a zone has no letters.
pub(super) fn zone_name(at: Millis, zone: &str) -> String {
    in_zone(at, zone).format("%Z").to_string()
}

/// From the beginning of one day to the end of another, both as a form sends them; why not, in words.
pub(super) fn period(from: Option<&str>, until: Option<&str>, zone: &str) -> Result<(Option<Millis>, Option<Millis>), String> {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    let day = |text: Option<&str>, next: bool| {
        let Some(text) = text.map(str::trim).filter(|s| !s.is_empty()) else { return Ok(None) };
        let unclear = || format!("{text:?} is not a date like 2026-03-09.");
        let day: chrono::NaiveDate = text.parse().map_err(|_| unclear())?;
        if !(1970..=9998).contains(&chrono::Datelike::year(&day)) {
            return Err(unclear());
        }
        let day = if next { day.succ_opt().ok_or_else(unclear)? } else { day };
        Ok(Some(midnight(day, zone)))
    };
    let (from, until) = (day(from, false)?, day(until, true)?);
    match (from, until) {
        (Some(from), Some(until)) if from >= until => Err("The last day lies before the first.".into()),
        period => Ok(period),
    }
}
