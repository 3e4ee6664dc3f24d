//! Vanishing rooms: words between the people of a room, relayed and never kept (rule H11).
//!
//! In: people who come with a room's code, what they ask of the room, and ciphertext. Out: the same
//! ciphertext in the bounded queues of those it is for, and who is in the room. Never: a key, a name, a word;
//! the browsers hold those. Never a disk, a log or a network: this crate knows none, and none of its types
//! can be printed or serialised. What comes out of them is a frame.

mod code;
mod frame;
mod limits;
mod room;
mod rooms;

pub use code::{Code, Secret};
pub use frame::Frame;
pub use limits::Limits;
pub use room::{Delivery, Join, OPENER, OTHER, Participant, Room};
pub use rooms::Rooms;

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails to compile if the type has the trait: then there are two functions of that name.
    macro_rules! never {
        ($($type:ty),+: $trait:path) => {$(
            const _: fn() = || {
                trait Either<A> {
                    fn has() {}
                }
                impl<T: ?Sized> Either<()> for T {}
                #[allow(dead_code)]
                struct Has;
                impl<T: ?Sized + $trait> Either<Has> for T {}
                let _ = <$type as Either<_>>::has;
            };
        )+};
    }

    never!(Code, Secret, Frame, Delivery, Participant, Room, Rooms: std::fmt::Debug);
    never!(Secret, Frame, Delivery, Participant, Room, Rooms: std::fmt::Display);
    never!(Secret, Frame, Delivery, Participant, Room, Rooms: std::io::Read);
    never!(Frame, Delivery, Participant, Room, Rooms: AsRef<[u8]>);
    never!(Participant, Room, Rooms: Clone);
}
