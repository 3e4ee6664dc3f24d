//! The timeline.

use super::{ActorKind, Attachment, By, ClientId, Millis, Person, Seq, Terms, line_of};
use serde::{Deserialize, Serialize};

/// One line of a conversation's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: Seq,
    pub kind: EntryKind,
    pub by: By,
    /// What was said or noted; the reason of a take-over or release; how many entries were joined; a rating;
    /// else empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub body: String,
    /// Who holds the conversation after a transfer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<Person>,
    /// The author's own mark, so that their other windows know it again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_id: Option<ClientId>,
    pub at: Millis,
    /// What was sent besides words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<Attachment>,
    /// Of a request's turns. The pages of a request have a record of their own; to read this too would weigh
    /// as much as the rest of a guest's timeline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub terms: Option<Box<Terms>>,
}

impl Entry {
    /// A message or a note in one line.
    pub fn line(&self) -> String {
        line_of(&self.body, &self.files)
    }

    /// The entry as the guest may see it; `None` for what is not meant for guests.
    ///
    /// Notes stay inside, and so do reasons: who answers is the guest's business, why is not.
    pub fn for_guest(&self) -> Option<Entry> {
        match self.kind {
            EntryKind::Note => None,
            EntryKind::Said | EntryKind::Rated => Some(self.clone()),
            kind if kind.is_of_request() => Some(Entry { body: self.for_guest_in_words(), ..self.clone() }),
            _ => Some(Entry { body: String::new(), ..self.clone() }),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Said,
    Note,
    Claimed,
    TakenOver,
    Released,
    Transferred,
    Resolved,
    Reopened,
    /// The guest has rated a resolved conversation; see [`Entry::rating`].
    Rated,
    /// The guest's other open conversation was joined: what it held follows. `body` says how many entries.
    Joined,
    /// Guest and holder have opened a private line. What is said there is nowhere (rule H11).
    LineOpened,
    /// … and it has ended.
    LineClosed,
    /// A guest asks several hotels for a bid; on what is in the body and, field by field, in the terms.
    Requested,
    /// The guest wants something else.
    RequestChanged,
    /// The guest wants it no more.
    RequestWithdrawn,
    /// Its time is over.
    RequestExpired,
    /// The guest answers a bid, with an amount or words.
    Countered,
    /// A version of the hotel's bid.
    Bid,
    /// The hotel withdraws its bid.
    BidWithdrawn,
    /// The hotel makes no bid. `body` says why.
    Declined,
    /// The guest takes the bid, and the hotel is to confirm.
    Accepted,
    /// The hotel stands by it: agreed.
    Confirmed,
    /// The hotel has not confirmed in time.
    Lapsed,
    /// The guest has agreed with another hotel.
    Elsewhere,
}

impl EntryKind {
    pub const ALL: [EntryKind; 24] = [
        EntryKind::Said,
        EntryKind::Note,
        EntryKind::Claimed,
        EntryKind::TakenOver,
        EntryKind::Released,
        EntryKind::Transferred,
        EntryKind::Resolved,
        EntryKind::Reopened,
        EntryKind::Rated,
        EntryKind::Joined,
        EntryKind::LineOpened,
        EntryKind::LineClosed,
        EntryKind::Requested,
        EntryKind::RequestChanged,
        EntryKind::RequestWithdrawn,
        EntryKind::RequestExpired,
        EntryKind::Countered,
        EntryKind::Bid,
        EntryKind::BidWithdrawn,
        EntryKind::Declined,
        EntryKind::Accepted,
        EntryKind::Confirmed,
        EntryKind::Lapsed,
        EntryKind::Elsewhere,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            EntryKind::Said => "said",
            EntryKind::Note => "note",
            EntryKind::Claimed => "claimed",
            EntryKind::TakenOver => "taken_over",
            EntryKind::Released => "released",
            EntryKind::Transferred => "transferred",
            EntryKind::Resolved => "resolved",
            EntryKind::Reopened => "reopened",
            EntryKind::Rated => "rated",
            EntryKind::Joined => "joined",
            EntryKind::LineOpened => "line_opened",
            EntryKind::LineClosed => "line_closed",
            EntryKind::Requested => "requested",
            EntryKind::RequestChanged => "request_changed",
            EntryKind::RequestWithdrawn => "request_withdrawn",
            EntryKind::RequestExpired => "request_expired",
            EntryKind::Countered => "countered",
            EntryKind::Bid => "bid",
            EntryKind::BidWithdrawn => "bid_withdrawn",
            EntryKind::Declined => "declined",
            EntryKind::Accepted => "accepted",
            EntryKind::Confirmed => "confirmed",
            EntryKind::Lapsed => "lapsed",
            EntryKind::Elsewhere => "elsewhere",
        }
    }

    /// Words to the other side, to be read and perhaps answered: what was said, and every turn of a request
    /// that somebody takes.
    pub const fn is_word(self) -> bool {
        match self {
            EntryKind::Said => true,
            // That it is over, or lapsed, is told.
            EntryKind::RequestWithdrawn
            | EntryKind::RequestExpired
            | EntryKind::Lapsed
            | EntryKind::Elsewhere => false,
            kind => kind.is_of_request(),
        }
    }

    /// Somebody's words, to the other side or to colleagues: what stands in a bubble.
    pub const fn is_words(self) -> bool {
        self.is_word() || matches!(self, EntryKind::Note)
    }

    /// A turn of a request, with [`Terms`].
    pub const fn is_of_request(self) -> bool {
        matches!(
            self,
            EntryKind::Requested
                | EntryKind::RequestChanged
                | EntryKind::RequestWithdrawn
                | EntryKind::RequestExpired
                | EntryKind::Countered
                | EntryKind::Bid
                | EntryKind::BidWithdrawn
                | EntryKind::Declined
                | EntryKind::Accepted
                | EntryKind::Confirmed
                | EntryKind::Lapsed
                | EntryKind::Elsewhere
        )
    }

    /// Tells who holds the conversation, or that nobody does.
    pub const fn changes_hands(self) -> bool {
        matches!(
            self,
            EntryKind::Claimed
                | EntryKind::TakenOver
                | EntryKind::Released
                | EntryKind::Transferred
                | EntryKind::Resolved
                | EntryKind::Reopened
        )
    }
}

impl Entry {
    /// A message by the staff: what a guest is to have read.
    pub fn is_answer(&self) -> bool {
        self.kind.is_word() && !self.by.is_guest()
    }

    /// Whether this goes on where the same author left off a moment ago, so that the name need not stand
    /// again.
    pub fn goes_on_from(&self, before: &Entry) -> bool {
        let soon = self.at.seconds_since(before.at) < 120;
        // A conversation has one guest; what this browser has just sent names neither their id nor them.
        let same = self.by == before.by || (self.by.is_guest() && before.by.is_guest());
        self.kind == before.kind && self.kind == EntryKind::Said && same && soon
    }

    /// A turn of a request as the guest's timeline shows it: who did what, and below what it says.
    fn for_guest_in_words(&self) -> String {
        let by = if self.by.is_guest() { "You" } else { &self.by.name };
        let what = match self.kind {
            EntryKind::Elsewhere => "You accepted another hotel’s bid".to_owned(),
            _ => self.in_words(by),
        };
        if self.body.is_empty() { what } else { format!("{what}\n{}", self.body) }
    }

    /// Stars from 1 to 5 and a word, which may be empty; `None` for what is no rating. In the body: `4 Lovely
    /// breakfast`.
    pub fn rating(&self) -> Option<(i64, &str)> {
        let (stars, word) = self.body.split_once(' ').unwrap_or((&self.body, ""));
        let stars = stars.parse().ok().filter(|stars| (1..=5).contains(stars))?;
        (self.kind == EntryKind::Rated).then_some((stars, word))
    }

    /// Why it was done, or the word beside a rating, if one was given.
    pub fn reason(&self) -> Option<&str> {
        let word = match self.kind {
            EntryKind::Joined => "",
            // It is said by Bellhop, and part of its sentence.
            EntryKind::Released if self.by.kind == ActorKind::System => "",
            kind if kind.is_words() => "",
            EntryKind::Rated => self.rating().map_or("", |(_, word)| word),
            _ => &self.body,
        };
        Some(word).filter(|word| !word.is_empty())
    }

    /// Whose words they are, with what was done by them: `Maria`, `Maria made a bid`.
    pub fn head(&self, by: &str) -> String {
        if self.kind.is_of_request() { self.in_words(by) } else { by.to_owned() }
    }

    /// A change of hands as a sentence for staff; empty for what was said or noted.
    pub fn in_words(&self, by: &str) -> String {
        let to = self.to.as_ref().map_or("", |p| p.name.as_str());
        match self.kind {
            EntryKind::Said | EntryKind::Note => String::new(),
            EntryKind::Rated => {
                format!("{by} gave {} of 5 stars", self.rating().map_or(0, |(stars, _)| stars))
            }
            EntryKind::Claimed => format!("{by} claimed the conversation"),
            EntryKind::TakenOver => format!("{by} took over"),
            EntryKind::Released if self.by.kind == ActorKind::System && self.body.is_empty() => {
                "Back in the queue".into()
            }
            EntryKind::Released if self.by.kind == ActorKind::System => {
                format!("Back in the queue: {}", self.body)
            }
            EntryKind::Released => format!("{by} returned it to the queue"),
            EntryKind::Transferred => format!("{by} transferred it to {to}"),
            EntryKind::Resolved => format!("{by} resolved the conversation"),
            EntryKind::Reopened => format!("{by} reopened the conversation"),
            EntryKind::Joined => "The guest also wrote from another device. Those messages follow".into(),
            EntryKind::LineOpened => format!("{by} opened a private line"),
            EntryKind::LineClosed if self.by.kind == ActorKind::System => "The private line ended".into(),
            EntryKind::LineClosed => format!("{by} ended the private line"),
            EntryKind::Requested => format!("{by} asked for a bid"),
            EntryKind::RequestChanged => format!("{by} changed the request"),
            EntryKind::RequestWithdrawn => format!("{by} withdrew the request"),
            EntryKind::RequestExpired => "The request expired".into(),
            EntryKind::Countered => format!("{by} made a counter-offer"),
            EntryKind::Bid => format!("{by} made a bid"),
            EntryKind::BidWithdrawn => format!("{by} withdrew the bid"),
            EntryKind::Declined => format!("{by} declined"),
            EntryKind::Accepted => format!("{by} accepted the bid"),
            EntryKind::Confirmed if self.by.kind == ActorKind::System => "The bid was confirmed".into(),
            EntryKind::Confirmed => format!("{by} confirmed"),
            EntryKind::Lapsed => "The acceptance lapsed: it was not confirmed in time".into(),
            EntryKind::Elsewhere => "The guest accepted another hotel’s bid".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ActorKind;
    use uuid::Uuid;

    fn said(kind: ActorKind, id: Option<u128>, at: i64) -> Entry {
        let by = By { kind, id: id.map(Uuid::from_u128), name: id.map_or(String::new(), |n| n.to_string()) };
        Entry {
            seq: 1,
            kind: EntryKind::Said,
            by,
            body: "…".into(),
            to: None,
            client_id: None,
            at: Millis(at),
            files: Vec::new(),
            terms: None,
        }
    }

    #[test]
    fn what_the_same_author_says_soon_after_goes_on_however_it_came() {
        let (guest, staff) = (ActorKind::Guest, ActorKind::Staff);
        let goes_on = |a: Entry, b: Entry| b.goes_on_from(&a);
        assert!(goes_on(said(guest, None, 0), said(guest, Some(9), 1_000)), "sent here, then heard");
        assert!(goes_on(said(guest, Some(9), 0), said(guest, None, 1_000)), "the other way round");
        assert!(goes_on(said(staff, Some(1), 0), said(staff, Some(1), 1_000)));
        assert!(!goes_on(said(staff, Some(1), 0), said(staff, Some(2), 1_000)), "a colleague's");
        assert!(!goes_on(said(guest, Some(9), 0), said(staff, Some(1), 1_000)), "the other side's");
        assert!(!goes_on(said(guest, Some(9), 0), said(guest, Some(9), 120_000)), "later");
    }
}
