//! Moments as a page writes them and days as a form sends them: in the hotel's zone.

use crate::desk::{local, start_of, tz};
use app::admin::given;
use domain::{Day, Millis};

/// `20 Nov 2026, 14:05`.
pub(super) fn moment(at: Millis, zone: &str) -> String {
    local(at, tz(zone)).format("%-d %b %Y, %H:%M").to_string()
}

/// `Fri 20 Nov 2026` and `14:05`.
pub(super) fn day_and_clock(at: Millis, zone: &str) -> (String, String) {
    let local = local(at, tz(zone));
    (local.format("%a %-d %b %Y").to_string(), local.format("%H:%M").to_string())
}

/// `CET`, `WEST`; or `+09` where a zone has no letters.
pub(super) fn zone_name(at: Millis, zone: &str) -> String {
    local(at, tz(zone)).format("%Z").to_string()
}

/// A day as a form sends it; why not, in words.
pub(super) fn day(text: &str) -> Result<Day, String> {
    let day = text.parse::<Day>().ok().filter(|day| (1970..=9998).contains(&day.date().0));
    day.ok_or_else(|| format!("{text:?} is not a date like 2026-03-09."))
}

/// Two days in their order; why not, in words.
pub(super) fn in_order(from: Option<Day>, until: Option<Day>) -> Result<(), String> {
    match (from, until) {
        (Some(from), Some(until)) if from > until => Err("The end date is before the start date.".into()),
        _ => Ok(()),
    }
}

/// From the beginning of one day to the end of another, both as a form sends them; why not, in words.
pub(super) fn period(
    from: Option<&str>,
    until: Option<&str>,
    zone: &str,
) -> Result<(Option<Millis>, Option<Millis>), String> {
    let (from, until) = (given(from).map(day).transpose()?, given(until).map(day).transpose()?);
    in_order(from, until)?;
    let begin = |day: Day| start_of(day, tz(zone));
    Ok((from.map(begin), until.map(|last| begin(Day(last.0 + 1)))))
}
