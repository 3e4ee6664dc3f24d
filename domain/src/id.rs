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
