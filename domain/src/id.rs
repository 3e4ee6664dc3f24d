//! Identities. Each noun has its own type, so that a guest's id can never be passed for a conversation's.
//! An id is a name, never a capability: knowing one opens nothing (rule H8).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new UUIDv7: unique, and sorted by the time it was made.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// A hotel.
    HotelId,
    /// A person with a login.
    StaffId,
    /// A person writing to hotels.
    GuestId,
    /// A guest's visit to a hotel.
    StayId,
    /// One guest with one hotel, from first word to resolution.
    ConversationId,
    /// What a guest asks of several hotels, as the guest knows it.
    RequestId,
    /// The same, as one of those hotels knows it.
    LegId,
    /// A file beside somebody's words. Random on top of the time: its address is not to be guessed.
    AttachmentId,
    /// Made by the client for each message, so that a resend is stored once (rule H5).
    ClientId,
}

impl ConversationId {
    /// A new one that is sorted behind `last`, whatever the clock says: a guest's conversations with a hotel
    /// are in the order of their ids.
    pub fn after(last: Option<Self>) -> Self {
        let new = Self::new();
        match last {
            Some(last) if new <= last => Self(Uuid::from_u128(last.0.as_u128() + 1)),
            _ => new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_next_conversation_is_sorted_behind_one_from_a_clock_that_was_ahead() {
        let ahead = ConversationId(Uuid::new_v7(uuid::Timestamp::from_unix_time(9_000_000_000, 0, 0, 0)));
        let next = ConversationId::after(Some(ahead));
        assert!(next > ahead && ConversationId::after(Some(next)) > next);
        assert!(ConversationId::after(None) < ahead);
    }
}
