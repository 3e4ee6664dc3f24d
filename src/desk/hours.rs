//! Opening hours as moments: a hotel's wall clock, in its time zone.

use super::{
    Answer, Desk,
    zone::{day_in, local, moment, tz},
};
use chrono::Datelike as _;
use domain::{Day, Hotel, Hours, Millis};

/// How far ahead an opening is looked for, in days. A hotel that is closed longer says nothing of when.
const AHEAD: i64 = 60;

/// The stretches in which a desk is open, from one moment to another.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// When each begins and ends, in order, apart from each other; with the open time before each, in
    /// milliseconds.
    open: Vec<(i64, i64, i64)>,
}

impl Calendar {
    /// `None` as hours: around the clock.
    pub fn new(hours: Option<&Hours>, zone: &str, from: Millis, until: Millis) -> Self {
        let zone = tz(zone);
        let mut spans: Vec<(i64, i64)> = Vec::new();
        match hours {
            None => spans.push((i64::MIN / 4, i64::MAX / 4)),
            Some(hours) => {
                // A span may begin the evening before.
                let first = day_in(from, zone).0 - 1;
                for day in (first..=day_in(until, zone).0).map(Day) {
                    for span in hours.on(day) {
                        let (opens, closes) =
                            (moment(day, span.opens, zone).0, moment(day, span.closes, zone).0);
                        match spans.last_mut() {
                            Some(last) if opens <= last.1 => last.1 = last.1.max(closes),
                            _ if closes > opens => spans.push((opens, closes)),
                            _ => {}
                        }
                    }
                }
            }
        }
        let mut before = 0;
        let open = spans.into_iter().map(|(opens, closes)| {
            let this = (opens, closes, before);
            before += closes - opens;
            this
        });
        Self { open: open.collect() }
    }

    /// Open milliseconds before a moment, counted from the first opening.
    fn open_before(&self, at: i64) -> i64 {
        match self.open.partition_point(|(opens, ..)| *opens <= at).checked_sub(1) {
            Some(i) => {
                let (opens, closes, before) = self.open[i];
                before + (at.min(closes) - opens)
            }
            None => 0,
        }
    }

    /// Milliseconds between two moments in which the desk was open.
    pub fn open_between(&self, from: Millis, until: Millis) -> i64 {
        (self.open_before(until.0) - self.open_before(from.0)).max(0)
    }

    /// The moment by which the desk has been open for `wait` milliseconds since `from`; `None` if that is
    /// beyond what the calendar knows.
    pub fn after(&self, from: Millis, wait: i64) -> Option<Millis> {
        let wanted = self.open_before(from.0) + wait;
        let span = self.open.iter().find(|(opens, closes, before)| before + (closes - opens) >= wanted);
        span.map(|(opens, _, before)| Millis((opens + (wanted - before)).max(from.0)))
    }

    pub fn is_open(&self, at: Millis) -> bool {
        self.open.iter().any(|(opens, closes, _)| (*opens..*closes).contains(&at.0))
    }

    /// When it opens next; `None` if it is open, or will not be for long.
    pub fn next_opening(&self, at: Millis) -> Option<Millis> {
        if self.is_open(at) {
            return None;
        }
        self.open.iter().find(|(opens, ..)| *opens > at.0).map(|(opens, ..)| Millis(*opens))
    }
}

impl Desk {
    /// When guests can expect an answer, in words; empty while the desk is open. And when that changes.
    pub async fn closed(&self, hotel: &Hotel) -> Answer<(String, Option<Millis>)> {
        let Some(hours) = self.store.hours(hotel.id).await? else { return Ok(Default::default()) };
        let now = self.clock.now();
        let calendar =
            Calendar::new(Some(&hours), &hotel.time_zone, now, Millis(now.0 + AHEAD * Millis::DAY));
        if calendar.is_open(now) {
            let closes = calendar.open.iter().find(|(opens, closes, _)| (*opens..*closes).contains(&now.0));
            return Ok((String::new(), closes.map(|(_, closes, _)| Millis(*closes))));
        }
        let Some(opens) = calendar.next_opening(now) else {
            return Ok(("We’re closed right now. Leave a message and we’ll get back to you.".into(), None));
        };
        Ok((
            format!("The front desk is closed. We’ll reply from {}.", opening(now, opens, &hotel.time_zone)),
            Some(opens),
        ))
    }
}

impl Desk {
    /// The moment by which a hotel's desk has been open for so long, in milliseconds; around the clock, if
    /// it does not open for weeks.
    pub(super) async fn open_time_from(&self, hotel: &Hotel, from: Millis, wait: i64) -> Answer<Millis> {
        let hours = self.store.hours(hotel.id).await?;
        let until = Millis(from.0 + AHEAD * Millis::DAY);
        let calendar = Calendar::new(hours.as_ref(), &hotel.time_zone, from, until);
        Ok(calendar.after(from, wait).unwrap_or(Millis(from.0 + wait)))
    }
}

/// `07:00`, `07:00 tomorrow`, `07:00 on Monday`, `07:00 on 3 January`, as one would say it in the zone.
fn opening(now: Millis, opens: Millis, zone: &str) -> String {
    let zone = tz(zone);
    let local = local(opens, zone);
    let clock = local.format("%H:%M");
    match day_in(opens, zone).0 - day_in(now, zone).0 {
        0 => clock.to_string(),
        1 => format!("{clock} tomorrow"),
        2..=6 => format!("{clock} on {}", local.format("%A")),
        _ => format!("{clock} on {} {}", local.day(), local.format("%B")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Holiday, Span};

    fn at(text: &str) -> Millis {
        Millis(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn hours(weekday: &str, sunday: &str) -> Hours {
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| Span::parse(weekday).unwrap());
        week[6] = Span::parse(sunday).unwrap();
        Hours { week, holidays: Vec::new() }
    }

    fn calendar(hours: &Hours) -> Calendar {
        Calendar::new(Some(hours), "Europe/Zurich", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
    }

    #[test]
    fn only_open_hours_count() {
        let c = calendar(&hours("08:00–12:00, 14:00–18:00", "closed"));
        let minutes = |from, until| c.open_between(at(from), at(until)) / Millis::MINUTE;
        // Friday 11:30 to 14:15: half an hour, the break, a quarter.
        assert_eq!(minutes("2026-11-20T11:30:00+01:00", "2026-11-20T14:15:00+01:00"), 45);
        // Saturday 17:00 over the closed Sunday to Monday 08:10.
        assert_eq!(minutes("2026-11-21T17:00:00+01:00", "2026-11-23T08:10:00+01:00"), 70);
        assert_eq!(minutes("2026-11-22T09:00:00+01:00", "2026-11-22T10:00:00+01:00"), 0);
        assert_eq!(
            minutes("2026-11-20T15:00:00+01:00", "2026-11-20T14:00:00+01:00"),
            0,
            "never less than nothing"
        );
        let always =
            Calendar::new(None, "Europe/Zurich", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(always.open_between(at("2026-11-22T09:00:00Z"), at("2026-11-22T10:00:00Z")), Millis::HOUR);
        assert!(always.is_open(at("2026-11-22T09:00:00Z")));
    }

    #[test]
    fn a_time_of_open_hours_ends_when_they_are_over() {
        let c = calendar(&hours("08:00–12:00, 14:00–18:00", "closed"));
        let after = |from, minutes: i64| c.after(at(from), minutes * Millis::MINUTE).unwrap();
        assert_eq!(after("2026-11-20T11:30:00+01:00", 15), at("2026-11-20T11:45:00+01:00"));
        assert_eq!(after("2026-11-20T11:50:00+01:00", 15), at("2026-11-20T14:05:00+01:00"), "over the break");
        assert_eq!(after("2026-11-21T18:30:00+01:00", 15), at("2026-11-23T08:15:00+01:00"), "over Sunday");
        assert_eq!(after("2026-11-20T11:30:00+01:00", 0), at("2026-11-20T11:30:00+01:00"));
        let always =
            Calendar::new(None, "Europe/Zurich", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(always.after(Millis(5), 7), Some(Millis(12)));
        assert_eq!(c.after(at("2026-12-31T17:00:00+01:00"), 400 * Millis::DAY), None);
    }

    #[test]
    fn nights_holidays_and_the_change_of_clocks_count_as_they_are() {
        let mut night = hours("22:00–02:00", "22:00–02:00");
        let c = calendar(&night);
        assert!(c.is_open(at("2026-11-21T01:30:00+01:00")), "the night that began the day before");
        assert!(!c.is_open(at("2026-11-21T02:00:00+01:00")));
        // 2026-03-29, 02:00 becomes 03:00: 22:00 to 02:00 is four hours, and 02:00 is the jump.
        assert_eq!(c.open_between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), 4 * Millis::HOUR);
        // 2026-10-25, 03:00 becomes 02:00: the hour that comes twice is open once.
        assert_eq!(c.open_between(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")), 4 * Millis::HOUR);
        // Around the clock as spans: a day of 23 and one of 25 hours.
        let all = calendar(&hours("0-24", "0-24"));
        assert_eq!(
            all.open_between(at("2026-03-29T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00")),
            23 * Millis::HOUR
        );
        assert_eq!(
            all.open_between(at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")),
            25 * Millis::HOUR
        );
        night.holidays.push(Holiday {
            day: "2026-12-24".parse().unwrap(),
            name: "Eve".into(),
            spans: Vec::new(),
        });
        assert!(!calendar(&night).is_open(at("2026-12-24T23:00:00+01:00")));
    }

    #[test]
    fn the_next_opening_is_said_as_one_would() {
        let c = calendar(&hours("07:00–23:00", "closed"));
        let says = |now| c.next_opening(at(now)).map(|opens| opening(at(now), opens, "Europe/Zurich"));
        assert_eq!(says("2026-11-20T12:00:00+01:00"), None, "open");
        assert_eq!(says("2026-11-20T06:00:00+01:00").as_deref(), Some("07:00"));
        assert_eq!(says("2026-11-20T23:00:00+01:00").as_deref(), Some("07:00 tomorrow"));
        assert_eq!(says("2026-11-21T23:30:00+01:00").as_deref(), Some("07:00 on Monday"));
    }
}
