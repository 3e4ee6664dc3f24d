//! What a guest asks for. Which fields count is for its kind to say.

use super::super::{Amount, Currency, Day, Millis, Refusal};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A room, from one day to another.
    Stay,
    /// Rooms for a group.
    Group,
    /// A room to keep longer on the day of departure.
    LateCheckout,
    /// A ride.
    Transfer,
    /// A table.
    Table,
}

impl RequestKind {
    pub const ALL: [RequestKind; 5] = [
        RequestKind::Stay,
        RequestKind::Group,
        RequestKind::LateCheckout,
        RequestKind::Transfer,
        RequestKind::Table,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            RequestKind::Stay => "stay",
            RequestKind::Group => "group",
            RequestKind::LateCheckout => "late_checkout",
            RequestKind::Transfer => "transfer",
            RequestKind::Table => "table",
        }
    }

    /// As a guest chooses it.
    pub const fn title(self) -> &'static str {
        match self {
            RequestKind::Stay => "A stay",
            RequestKind::Group => "Rooms for a group",
            RequestKind::LateCheckout => "A late check-out",
            RequestKind::Transfer => "A transfer",
            RequestKind::Table => "A table",
        }
    }

    /// From one day to another, or on one day at a time of it.
    pub const fn has_nights(self) -> bool {
        matches!(self, RequestKind::Stay | RequestKind::Group)
    }
}

/// What a guest would like, with how hotels may answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub kind: RequestKind,
    /// The day of arrival; of what has no nights, its day.
    pub from: Day,
    /// The day of departure, where there are nights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The hotel's clock, in minutes after midnight, where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u32>,
    pub adults: u32,
    #[serde(default)]
    pub children: u32,
    /// Of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<u32>,
    #[serde(default)]
    pub words: String,
    /// In `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// In which hotels bid.
    pub currency: Currency,
    /// Bids in other currencies are welcome too. They are never converted.
    #[serde(default)]
    pub other_currencies: bool,
    /// Hotels see the best amount so far, without whose it is.
    #[serde(default)]
    pub open: bool,
}

/// The longest stay that is asked for.
const NIGHTS: i64 = 366;

/// How far ahead, in days.
const AHEAD: i64 = 3 * 366;

impl Wanted {
    /// The most people of one party, and rooms of a group.
    pub const MOST: u32 = 500;

    /// The most characters of its words.
    pub const WORDS: usize = 1_000;

    /// Whether it makes sense as of this moment. A day is gone when it is gone everywhere.
    pub fn check(&self, now: Millis) -> Result<(), Refusal> {
        let no = |field: &str, why: &str| Err(Refusal::Invalid { field: field.into(), why: why.into() });
        let yesterday = Day(Day::of(now).0 - 1);
        let first = if self.kind.has_nights() { "arrival" } else { "day" };
        if self.from < yesterday {
            return no(first, "this date has passed");
        }
        if self.from.0 > yesterday.0 + AHEAD {
            return no(first, "can’t be more than three years ahead");
        }
        match (self.kind.has_nights(), self.until, self.time) {
            (true, None, _) => return no("departure", "enter your departure date"),
            (true, Some(until), _) if until <= self.from => {
                return no("departure", "must be after arrival");
            }
            (true, Some(until), _) if until.0 - self.from.0 > NIGHTS => {
                return no("departure", "must be within a year of arrival");
            }
            (false, _, None) => return no("time", "enter a time"),
            (false, _, Some(time)) if time >= 24 * 60 => return no("time", "use the format 19:30"),
            _ => {}
        }
        if self.adults == 0 || self.adults > Self::MOST {
            return no("adults", "from 1 to 500");
        }
        if self.children > Self::MOST {
            return no("children", "at most 500");
        }
        if self.kind == RequestKind::Group && !self.rooms.is_some_and(|n| (2..=Self::MOST).contains(&n)) {
            return no("rooms", "from 2 to 500");
        }
        if self.budget.is_some_and(|budget| budget.currency != self.currency) {
            return no("budget", "must be in the same currency as the bids");
        }
        if self.words.chars().count() > Self::WORDS {
            return Err(Refusal::TooLong { max: Self::WORDS });
        }
        Ok(())
    }

    /// The same without what its kind does not have.
    pub fn tidy(self) -> Self {
        let (nights, group) = (self.kind.has_nights(), self.kind == RequestKind::Group);
        Wanted {
            until: self.until.filter(|_| nights),
            time: self.time.filter(|_| !nights),
            rooms: self.rooms.filter(|_| group),
            ..self
        }
    }

    /// `A stay · 3 Dec 2026 – 5 Dec 2026 · 2 adults, 1 child`
    pub fn in_short(&self) -> String {
        let mut text = format!("{} · {}", self.kind.title(), self.from.short(0));
        if let Some(until) = self.until {
            let _ = write!(text, " – {}", until.short(0));
        }
        if let Some(time) = self.time {
            let _ = write!(text, ", {:02}:{:02}", time / 60, time % 60);
        }
        if let Some(rooms) = self.rooms {
            let _ = write!(text, " · {rooms} rooms");
        }
        let _ = write!(text, " · {} {}", self.adults, if self.adults == 1 { "adult" } else { "adults" });
        if self.children > 0 {
            let _ =
                write!(text, ", {} {}", self.children, if self.children == 1 { "child" } else { "children" });
        }
        text
    }

    /// All of it, with the budget and the guest's own words.
    pub fn in_words(&self) -> String {
        let budget = self.budget.map(|budget| format!(" · up to {budget}")).unwrap_or_default();
        let words = if self.words.is_empty() { String::new() } else { format!("\n{}", self.words) };
        format!("{}{budget}{words}", self.in_short())
    }
}
