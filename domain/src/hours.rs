//! When the desk of a hotel is open: spans on each weekday, and days that go their own way.
//!
//! Times are wall-clock times of the hotel, in minutes after midnight; which moment that is, the server's
//! time zones know.

use super::Day;
use serde::{Deserialize, Serialize};
use std::fmt;

/// From one time of day to another; past midnight `closes` goes beyond 24 h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Minutes after midnight, below 24 h.
    pub opens: u16,
    /// Minutes after the same midnight, after `opens` and at most 24 h later.
    pub closes: u16,
}

/// A day with hours of its own; with none, closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    pub day: Day,
    pub name: String,
    pub spans: Vec<Span>,
}

/// A hotel's opening hours. A hotel without any is open around the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Monday first. No span: closed.
    pub week: [Vec<Span>; 7],
    /// By day, each day once.
    pub holidays: Vec<Holiday>,
}

/// Spans one day may have.
pub const SPANS: usize = 8;

const DAY: u16 = 24 * 60;

impl Hours {
    /// The spans that begin on a day. 1970-01-01 was a Thursday.
    pub fn on(&self, day: Day) -> &[Span] {
        match self.holidays.binary_search_by_key(&day, |h| h.day) {
            Ok(at) => &self.holidays[at].spans,
            Err(_) => &self.week[(day.0 + 3).rem_euclid(7) as usize],
        }
    }
}

impl fmt::Display for Holiday {
    /// `2026-12-24 Christmas Eve: 08:00–14:00`, as it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.day)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if self.spans.is_empty() { Ok(()) } else { write!(f, ": {}", Span::text(&self.spans)) }
    }
}

impl fmt::Display for Hours {
    /// `Mon 08:00–20:00; Tue closed; …; 2026-12-24 Christmas Eve: 08:00–14:00`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (day, spans) in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].into_iter().zip(&self.week) {
            let hours = if spans.is_empty() { "closed".to_owned() } else { Span::text(spans) };
            write!(f, "{}{day} {hours}", if day == "Mon" { "" } else { "; " })?;
        }
        self.holidays.iter().try_for_each(|holiday| write!(f, "; {holiday}"))
    }
}

impl Span {
    /// `07:00–12:00, 14:00–23:30` or `8am to 8pm` as it is typed; empty or `closed` is closed; why not, in
    /// the words of whoever typed it. Spans come sorted and do not overlap; `22:00–02:00` goes past
    /// midnight.
    pub fn parse(text: &str) -> Result<Vec<Span>, String> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() || text == "closed" {
            return Ok(Vec::new());
        }
        let mut spans = Vec::new();
        for part in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()) {
            let unclear = || format!("{part:?} is not a time. Use 24-hour times such as 07:00–12:00");
            let (from, until) =
                part.split_once(['-', '–', '—']).or_else(|| part.split_once(" to ")).ok_or_else(unclear)?;
            let ((opens, by_half), (mut closes, until_half)) =
                time(from).zip(time(until)).ok_or_else(unclear)?;
            // `8–11 pm` may begin in the morning or in the evening.
            if opens == DAY || by_half != until_half {
                return Err(unclear());
            }
            if closes <= opens {
                closes += DAY;
            }
            spans.push(Span { opens, closes });
        }
        spans.sort_unstable();
        if spans.len() > SPANS {
            return Err(format!("a day can have up to {SPANS} time ranges"));
        }
        match spans.windows(2).find(|pair| pair[0].closes > pair[1].opens) {
            Some(pair) => Err(format!("{} and {} overlap", pair[0], pair[1])),
            None => Ok(spans),
        }
    }

    /// As [`Span::parse`] reads it.
    pub fn text(spans: &[Span]) -> String {
        spans.iter().map(Span::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closes = if self.closes > DAY { self.closes - DAY } else { self.closes };
        write!(f, "{:02}:{:02}–{:02}:{:02}", self.opens / 60, self.opens % 60, closes / 60, closes % 60)
    }
}

/// `7`, `07:00`, `24:00`, `7am` or `7:30 p.m.` in minutes, and whether it was one of twelve hours.
fn time(text: &str) -> Option<(u16, bool)> {
    let text = text.trim().replace("a.m.", "am").replace("p.m.", "pm");
    let half = ["am", "pm"].into_iter().find_map(|half| Some((text.strip_suffix(half)?.trim_end(), half)));
    let (clock, half) = half.map_or((text.as_str(), None), |(clock, half)| (clock, Some(half)));
    let (hours, minutes) = clock.split_once([':', '.']).unwrap_or((clock, "00"));
    let digits = |s: &str, n: usize| !s.is_empty() && s.len() <= n && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours, 2) || minutes.len() != 2 || !digits(minutes, 2) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hours = match half {
        None => hours,
        Some(_) if !(1..=12).contains(&hours) => return None,
        Some("am") => hours % 12,
        Some(_) => hours % 12 + 12,
    };
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= DAY).then_some((time, half.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let read = |text| Span::parse(text).map(|spans| Span::text(&spans));
        assert_eq!(read("07:00–12:00, 14:00-23.30").unwrap(), "07:00–12:00, 14:00–23:30");
        assert_eq!(read("14-18; 7-12").unwrap(), "07:00–12:00, 14:00–18:00", "sorted");
        assert_eq!(read("22:00–02:00").unwrap(), "22:00–02:00");
        assert_eq!(Span::parse("22:00–02:00").unwrap(), [Span { opens: 1_320, closes: 1_560 }]);
        assert_eq!(read("0-24").unwrap(), "00:00–24:00");
        assert_eq!(read(" closed ").unwrap(), "");
        assert_eq!(read("8am to 8pm").unwrap(), "08:00–20:00");
        assert_eq!(read("12 pm – 2:30 p.m.; 6PM TO 12AM").unwrap(), "12:00–14:30, 18:00–24:00");
        for wrong in [
            "7",
            "7-",
            "25:00-26:00",
            "07:60-08:00",
            "7-12,11-13",
            "a-b",
            "7:0-8:00",
            "24:00-1",
            "٧-٨",
            "-1-3",
            "8-11pm",
            "13pm-2pm",
            "0am-1am",
        ] {
            assert!(Span::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_holiday_goes_before_the_weekday() {
        let spans = |text| Span::parse(text).unwrap();
        let mut hours = Hours { week: std::array::from_fn(|_| spans("8-20")), holidays: Vec::new() };
        hours.week[6] = spans("10-16");
        let monday: Day = "2026-11-23".parse().unwrap();
        hours.holidays.push(Holiday { day: Day(monday.0 + 1), name: "Fair".into(), spans: Vec::new() });
        assert_eq!(Span::text(hours.on(Day(monday.0 - 1))), "10:00–16:00", "Sunday");
        assert_eq!(Span::text(hours.on(monday)), "08:00–20:00");
        assert!(hours.on(Day(monday.0 + 1)).is_empty());
        let said = hours.to_string();
        assert!(said.starts_with("Mon 08:00–20:00; Tue 08:00–20:00;"), "{said}");
        assert!(said.ends_with("; Sun 10:00–16:00; 2026-11-24 Fair"), "{said}");
    }
}
