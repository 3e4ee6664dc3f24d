//! The timeline.

use super::{ActorKind, By, ClientId, Millis, Person, Seq};
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
}

impl Entry {
    /// The entry as the guest may see it; `None` for what is not meant for guests.
    ///
    /// Notes stay inside, and so do reasons: who answers is the guest's business, why is not.
    pub fn for_guest(&self) -> Option<Entry> {
        match self.kind {
            EntryKind::Note => None,
            EntryKind::Said | EntryKind::Rated => Some(self.clone()),
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
}

impl EntryKind {
    pub const ALL: [EntryKind; 12] = [
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
        }
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
        self.kind == EntryKind::Said && !self.by.is_guest()
    }

    /// Whether this goes on where the same author left off a moment ago, so that the name need not stand
    /// again.
    pub fn goes_on_from(&self, before: &Entry) -> bool {
        let soon = self.at.seconds_since(before.at) < 120;
        // A conversation has one guest; what this browser has just sent names neither their id nor them.
        let same = self.by == before.by || (self.by.is_guest() && before.by.is_guest());
        self.kind == before.kind && self.kind == EntryKind::Said && same && soon
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
            EntryKind::Said | EntryKind::Note | EntryKind::Joined => "",
            EntryKind::Rated => self.rating().map_or("", |(_, word)| word),
            _ => &self.body,
        };
        Some(word).filter(|word| !word.is_empty())
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
            EntryKind::Released => format!("{by} released it to the queue"),
            EntryKind::Transferred => format!("{by} transferred it to {to}"),
            EntryKind::Resolved => format!("{by} resolved the conversation"),
            EntryKind::Reopened => format!("{by} reopened the conversation"),
            EntryKind::Joined => {
                "The guest wrote from another device too. What was said there follows".into()
            }
            EntryKind::LineOpened => format!("{by} opened a private line"),
            EntryKind::LineClosed if self.by.kind == ActorKind::System => "The private line ended".into(),
            EntryKind::LineClosed => format!("{by} closed the private line"),
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
