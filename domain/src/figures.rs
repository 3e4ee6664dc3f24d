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
        "Times are measured two ways: only while the desk was open (by the hotel’s current hours), and \
            around the clock. Waits outside opening hours count as 0 in the first \
         column and in full in the second. Days and hours are in the hotel’s time zone.",
    ),
    (
        "Median and 90th percentile",
        "Half of cases, or nine in ten, took this long or less. Calculated by nearest rank, so it’s \
            always an actual wait.",
    ),
    (
        "First response",
        "From the guest’s first message in a conversation to the first staff reply. \
         Counted in the period in which the guest wrote, once for each conversation.",
    ),
    (
        "Response",
        "From the guest’s first message since the last reply to the next staff reply. A turn is \
            everything the guest sends before someone replies; if the conversation is resolved without a \
                reply, the turn isn’t counted. Counted in the period in which the guest wrote. Includes \
                    first responses.",
    ),
    (
        "Resolution",
        "From when a conversation is opened to when it’s resolved. If it’s reopened, only the last \
            resolution counts; until then, none does. Counted in the period in which it was resolved, for \
                the person who resolved it.",
    ),
    ("Conversations", "Conversations guests started in this period."),
    ("Waiting now", "Conversations not assigned to anyone right now, regardless of the period."),
    ("Held now", "Conversations assigned to someone right now, regardless of the period."),
    (
        "Taken over",
        "Times someone took a conversation over from a colleague. Credited to the person who took it over.",
    ),
    (
        "Returned to queue (agent offline)",
        "Conversations Bellhop returned to the queue because the agent went offline or no longer worked \
            at the hotel.",
    ),
    (
        "Refused",
        "Times two people tried to handle the same guest: replies and handovers refused because a \
            colleague held the conversation, had just taken it, or had replied in the meantime. Credited \
                to the person who was refused, in 15-minute intervals.",
    ),
    ("Load", "Guest and staff messages, by hour and weekday sent. Notes aren’t included."),
    (
        "Languages",
        "Conversations started in this period, by guest language: from the stay if known, otherwise from \
            the browser.",
    ),
    ("Ratings", "Conversations started in this period, by the guest’s latest rating."),
    (
        "Requests",
        "Requests the hotel received in this period. A request sent to two hotels counts once for each. \
            In the other figures, a bid counts as a reply and each step of a request as a message.",
    ),
    (
        "First bid",
        "From the arrival of a request to the hotel’s first bid on it. Counted in the period in which the \
         guest asked.",
    ),
    (
        "Won and lost",
        "Of this period’s requests: won means the hotel confirmed; lost means it bid but the request \
            ended another way.",
    ),
    (
        "Lapsed bids",
        "Acceptances in the period that the hotel did not confirm in time. Each one counts, even if the \
            guest accepted again.",
    ),
    (
        "Agreed amounts",
        "Confirmed bids on this period’s requests, added up by currency. Amounts aren’t converted.",
    ),
    (
        "What is counted",
        "Only conversations the hotel still has. Erased or expired data is no longer included.",
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
