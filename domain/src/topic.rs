//! What a hotel's own systems can be told of, as it happens.

use crate::{Entry, EntryKind};

/// A kind of event a webhook can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    ConversationOpened,
    Said,
    /// Somebody answers a guest from here on.
    Claimed,
    Released,
    Resolved,
    /// What the guest does with a request to several hotels, and its end.
    Request,
    /// What the hotel does with its bid.
    Bid,
    Accepted,
    Confirmed,
    StayLinked,
    /// A push that reached nobody and asked for this way.
    Push,
}

impl Topic {
    pub const ALL: [Topic; 11] = [
        Topic::ConversationOpened,
        Topic::Said,
        Topic::Claimed,
        Topic::Released,
        Topic::Resolved,
        Topic::Request,
        Topic::Bid,
        Topic::Accepted,
        Topic::Confirmed,
        Topic::StayLinked,
        Topic::Push,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::ConversationOpened => "conversation_opened",
            Topic::Said => "said",
            Topic::Claimed => "claimed",
            Topic::Released => "released",
            Topic::Resolved => "resolved",
            Topic::Request => "request",
            Topic::Bid => "bid",
            Topic::Accepted => "accepted",
            Topic::Confirmed => "confirmed",
            Topic::StayLinked => "stay_linked",
            Topic::Push => "push",
        }
    }

    pub fn parse(text: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    /// As the form of a webhook names it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Topic::ConversationOpened => "A guest opens a conversation",
            Topic::Said => "A guest or a colleague writes",
            Topic::Claimed => "Someone claims a conversation",
            Topic::Released => "A conversation returns to the queue",
            Topic::Resolved => "A conversation is resolved",
            Topic::Request => "A guest asks for a bid, changes or ends it",
            Topic::Bid => "The hotel bids or declines",
            Topic::Accepted => "A bid is accepted, or its time to confirm is over",
            Topic::Confirmed => "A booking is confirmed",
            Topic::StayLinked => "A stay is linked to a guest",
            Topic::Push => "A push reached nobody",
        }
    }

    const fn bit(self) -> i64 {
        1 << self as i64
    }

    /// What an entry is told as. The first of a conversation is told as its beginning too.
    pub fn of(entry: &Entry) -> impl Iterator<Item = Topic> {
        let opened = (entry.seq == 1).then_some(Topic::ConversationOpened);
        let topic = match entry.kind {
            EntryKind::Said => Some(Topic::Said),
            EntryKind::Claimed | EntryKind::TakenOver | EntryKind::Transferred | EntryKind::Reopened => {
                Some(Topic::Claimed)
            }
            EntryKind::Released => Some(Topic::Released),
            EntryKind::Resolved => Some(Topic::Resolved),
            EntryKind::Requested
            | EntryKind::RequestChanged
            | EntryKind::RequestWithdrawn
            | EntryKind::RequestExpired
            | EntryKind::Countered
            | EntryKind::Elsewhere => Some(Topic::Request),
            EntryKind::Bid | EntryKind::BidWithdrawn | EntryKind::Declined => Some(Topic::Bid),
            EntryKind::Accepted | EntryKind::Lapsed => Some(Topic::Accepted),
            EntryKind::Confirmed => Some(Topic::Confirmed),
            EntryKind::Note
            | EntryKind::Rated
            | EntryKind::Joined
            | EntryKind::LineOpened
            | EntryKind::LineClosed => None,
        };
        opened.into_iter().chain(topic)
    }
}

/// Topics, as one number: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(pub i64);

impl Topics {
    pub const fn contains(self, topic: Topic) -> bool {
        self.0 & topic.bit() != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().filter(move |topic| self.contains(*topic))
    }
}

impl FromIterator<Topic> for Topics {
    fn from_iter<I: IntoIterator<Item = Topic>>(topics: I) -> Self {
        Topics(topics.into_iter().fold(0, |bits, topic| bits | topic.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_keep_the_bits_under_which_they_are_stored() {
        let bits: Vec<(&str, i64)> = Topic::ALL.iter().map(|topic| (topic.as_str(), topic.bit())).collect();
        assert_eq!(
            bits,
            [
                ("conversation_opened", 1),
                ("said", 2),
                ("claimed", 4),
                ("released", 8),
                ("resolved", 16),
                ("request", 32),
                ("bid", 64),
                ("accepted", 128),
                ("confirmed", 256),
                ("stay_linked", 512),
                ("push", 1024),
            ]
        );
        assert!(Topic::ALL.into_iter().all(|topic| Topic::parse(topic.as_str()) == Some(topic)));
    }
}
