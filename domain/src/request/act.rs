//! What can be asked of a request, and by whom. Whether it may be is said by [`decide`](super::decide).

use super::Wanted;
use crate::{Amount, EntryKind, HotelId, Millis};

/// On whose side of the request somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Guest,
    Hotel(HotelId),
    /// Bellhop itself, when a time is up.
    Clock,
}

/// What is asked of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The guest wants something else. `version` is what their page showed.
    Change { version: i64, wanted: Wanted, answer_by: Millis },
    /// The guest wants it no more.
    Withdraw,
    /// The guest answers one hotel, or all that are still in it, with an amount or words or both.
    Counter { to: Option<HotelId>, amount: Option<Amount>, words: String },
    /// The guest takes a hotel's bid, at this version.
    Accept { hotel: HotelId, version: i64, confirm_by: Millis, ring_at: Millis },
    /// A hotel bids on this version of the request, or bids anew. No bid is valid beyond `latest`.
    Bid {
        of: i64,
        total: Amount,
        included: String,
        valid_until: Millis,
        confirms_itself: bool,
        latest: Millis,
    },
    /// A hotel withdraws its bid, at this version.
    TakeBack { version: i64 },
    /// A hotel makes no offer.
    Decline { reason: String },
    /// A hotel stands by the bid that was accepted, at this version.
    Confirm { version: i64 },
    /// A time is up.
    Due,
}

impl Act {
    /// What an act with a mark says, by which a resend is known: the entry's kind, and its words.
    pub fn says(&self) -> Option<(EntryKind, String)> {
        match self {
            Act::Bid { total, included, .. } => Some((EntryKind::Bid, lines(Some(*total), included))),
            Act::Counter { amount, words, .. } => Some((EntryKind::Countered, lines(*amount, words))),
            _ => None,
        }
    }
}

/// An amount and words, a line each, as far as they are there.
pub(super) fn lines(amount: Option<Amount>, words: &str) -> String {
    match amount {
        Some(amount) if words.is_empty() => amount.to_string(),
        Some(amount) => format!("{amount}\n{words}"),
        None => words.to_owned(),
    }
}
