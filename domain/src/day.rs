//! Calendar days. A stay begins and ends on days of its hotel's calendar, wherever the guest's clock stands.

use super::Millis;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A day, counted from 1970-01-01. On the wire and in the store it is written `2026-03-09`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Day(pub i64);

/// What is not a day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADay;

impl fmt::Display for NotADay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a day; it looks like 2026-03-09")
    }
}

impl std::error::Error for NotADay {}

impl Day {
    /// The day of a moment in UTC.
    pub fn of(at: Millis) -> Self {
        Day(at.0.div_euclid(Millis::DAY))
    }

    /// A day of the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`); `None` if there is no
    /// such day. Here and in [`Day::date`] by hand, because a date crate would weigh more than the guest's
    /// whole page logic.
    pub fn new(year: i64, month: u32, day: u32) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let mp = i64::from((month + 9) % 12);
        let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let found = Day(era * 146_097 + doe - 719_468);
        (found.date() == (year, month, day)).then_some(found)
    }

    /// Year, month and day of the month.
    pub fn date(self) -> (i64, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        (yoe + era * 400 + i64::from(month <= 2), month, day)
    }

    /// `20 Nov`, with the year where it is not `this_year`.
    pub fn short(self, this_year: i64) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day) = self.date();
        let month = MONTHS[month as usize - 1];
        if year == this_year { format!("{day} {month}") } else { format!("{day} {month} {year}") }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        let mut parts = text.splitn(3, '-');
        let (Some(y), Some(m), Some(d)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotADay);
        };
        if !digits(y, 4) || !digits(m, 2) || !digits(d, 2) {
            return Err(NotADay);
        }
        let number = |s: &str| s.parse::<u32>().map_err(|_| NotADay);
        Day::new(i64::from(number(y)?), number(m)?, number(d)?).ok_or(NotADay)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = NotADay;

    fn try_from(text: String) -> Result<Self, NotADay> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_the_calendar() {
        for (days, text) in
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_777, "2026-11-20"), (47_540, "2100-02-28")]
        {
            assert_eq!(Day(days).to_string(), text);
            assert_eq!(text.parse(), Ok(Day(days)));
        }
        for day in -200_000..200_000 {
            let (y, m, d) = Day(day).date();
            assert_eq!(Day::new(y, m, d), Some(Day(day)));
        }
    }

    #[test]
    fn what_is_no_day_is_not_taken_for_one() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "20261120",
            "2026-11-20T00:00",
            "+026-11-20",
            "２０２６-11-20",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }
}
