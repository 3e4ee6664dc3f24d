//! The figures of a report, and what each of them means. The same words stand on the page and in
//! `docs/figures.md`.

use crate::{Currency, Person};
use std::collections::BTreeMap;

/// How long something took: how often it happened, and two of its times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub count: usize,
    pub median: Option<i64>,
    pub p90: Option<i64>,
}

impl Spread {
    /// By nearest rank: the time that half (nine of ten) took at most. It is one that somebody waited, never
    /// a mean of two.
    pub fn of(mut times: Vec<i64>) -> Self {
        let mut rank = |of_ten: usize| {
            let rank = (times.len() * of_ten).div_ceil(10).checked_sub(1)?;
            Some(*times.select_nth_unstable(rank).1)
        };
        let (median, p90) = (rank(5), rank(9));
        Spread { count: times.len(), median, p90 }
    }
}

/// The three waits of a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub first_response: Spread,
    pub response: Spread,
    pub resolution: Spread,
}

/// One agent's part. Times count open hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    pub person: Person,
    pub first_response: Spread,
    pub response: Spread,
    pub resolved: usize,
    pub taken_over: i64,
    pub refused: i64,
}

/// One hotel's part. Times count open hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotelRow {
    pub name: String,
    pub accent: String,
    pub opened: i64,
    pub first_response: Spread,
    pub response: Spread,
    pub resolution: Spread,
    pub waiting_now: i64,
    pub held_now: i64,
}

/// How a hotel did in the requests of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFigures {
    pub asked: i64,
    /// Of them: those it has bid on.
    pub bid: i64,
    /// Counting open hours, and every hour.
    pub first_bid: (Spread, Spread),
    pub won: i64,
    pub lost: i64,
    pub lapsed: i64,
    /// What was agreed, by currency: how often, and the sum in its smallest unit.
    pub agreed: BTreeMap<Currency, (i64, i64)>,
}

/// What happened in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Counting the hotel's opening hours only.
    pub open: Times,
    /// Counting every hour.
    pub all: Times,
    pub opened: i64,
    pub taken_over: i64,
    pub left: i64,
    pub refused: i64,
    /// Of the refused: answers, not changes of hands.
    pub refused_answers: i64,
    pub waiting_now: i64,
    pub held_now: i64,
    /// How long the one who waits longest has waited, in milliseconds of all hours.
    pub longest_wait: Option<i64>,
    /// Messages by the hour of the week, Monday's first hour first: guests', the staff's.
    pub load: Vec<(i64, i64)>,
    /// Conversations by language, most first; empty where it is not known.
    pub languages: Vec<(String, i64)>,
    /// Conversations by stars, from one to five.
    pub ratings: [i64; 5],
    pub agents: Vec<AgentRow>,
    pub hotels: Vec<HotelRow>,
    pub requests: RequestFigures,
}

/// What the figures mean: names and definitions, as the page and the documents have them.
pub const DEFINITIONS: [(&str, &str); 20] = [
    (
        "Opening hours",
        "Times are counted twice: once only while the desk was open by the hours the hotel has set now, and \
         once around the clock. Waits outside opening hours count as 0 in the first \
         column and in full in the second. Days and hours are those of the hotel’s time zone.",
    ),
    (
        "Median and 90th percentile",
        "By nearest rank: the time that half, or nine of ten, \
         took at most. It is always a time that somebody waited.",
    ),
    (
        "First response",
        "From the first word of a conversation that nobody has answered to the first answer by the staff. \
         Counted in the period in which the guest wrote, once for each conversation.",
    ),
    (
        "Response",
        "From the first word of a guest’s turn to the next answer by the staff. A turn is all the guest says \
         until somebody answers; if the conversation is resolved without an answer, the turn ends uncounted. \
         Counted in the period in which the guest wrote. First responses are among them.",
    ),
    (
        "Resolution",
        "From the opening of a conversation to its resolution. If it was reopened, the last resolution \
         counts, and while it is open none does. Counted in the period in which it was resolved, \
         for whoever resolved it.",
    ),
    ("Conversations", "Conversations that guests began in the period."),
    ("Waiting now", "Conversations that nobody holds at this moment, whatever the period."),
    ("Held now", "Conversations that somebody holds at this moment, whatever the period."),
    (
        "Taken over",
        "Changes of hands in which somebody took a conversation from its \
         holder. Counted for whoever took it.",
    ),
    (
        "Returned to queue (agent offline)",
        "Conversations that Bellhop itself put back to waiting because their holder had gone, or was no \
         longer of the hotel’s staff.",
    ),
    (
        "Refused",
        "How often two people would have acted on the same guest: answers and changes of hands that were \
         refused because a colleague held the conversation, had just taken it, or had answered in the \
         meantime. Counted for whoever was refused, by the quarter of an hour.",
    ),
    (
        "Load",
        "Messages by guests and by the staff, \
         by the hour and weekday they were said. Notes are not among them.",
    ),
    (
        "Languages",
        "Conversations begun in the period by the guest’s language: the one of the stay, \
         else the one of the guest’s browser.",
    ),
    ("Ratings", "Conversations begun in the period by the last rating their guest gave."),
    (
        "Requests",
        "Requests that came to the hotel in the period; one that was asked of two hotels counts for each. \
         A bid counts as an answer and each turn of a request as a message in the other figures.",
    ),
    (
        "First bid",
        "From the arrival of a request to the hotel’s first bid on it. Counted in the period in which the \
         guest asked.",
    ),
    (
        "Won and lost",
        "Of the requests of the period: won are those the hotel has confirmed, lost those it had bid on \
         and that ended otherwise.",
    ),
    (
        "Lapsed bids",
        "Acceptances in the period that the hotel did not confirm in time. Each counts, also if the guest \
         accepted again.",
    ),
    (
        "Agreed amounts",
        "The bids the hotel has confirmed among the requests of the period, added up by currency. Nothing \
         is converted.",
    ),
    (
        "What is counted",
        "Conversations the hotel still keeps. What was erased or has passed \
         its retention is in no figure any more.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_are_times_somebody_waited() {
        let of = |times: &[i64]| {
            let spread = Spread::of(times.to_vec());
            (spread.count, spread.median, spread.p90)
        };
        assert_eq!(of(&[]), (0, None, None));
        assert_eq!(of(&[7]), (1, Some(7), Some(7)));
        assert_eq!(of(&[9, 1]), (2, Some(1), Some(9)));
        assert_eq!(of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (10, Some(5), Some(9)));
        assert_eq!(of(&[5, 5, 5, 100]), (4, Some(5), Some(100)));
    }

    #[test]
    fn the_documents_define_the_figures_in_the_same_words() {
        let text = include_str!("../../docs/figures.md");
        for (name, meaning) in DEFINITIONS {
            assert!(text.contains(&format!("**{name}.** {meaning}")), "{name}");
        }
    }
}
