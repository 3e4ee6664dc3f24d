//! Somebody in the room, or at its door.

use domain::wire::whisper::{Number, Participant};

/// Colours to choose from; see `style/whisper.css`.
pub const COLOURS: u8 = 8;

/// Somebody in the room, or at its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub number: Number,
    pub name: String,
    pub colour: u8,
    pub moderator: bool,
    pub here: bool,
    /// What they send does not open with this page's key.
    pub misfit: bool,
}

impl Person {
    pub(super) fn new(Participant { number, moderator }: Participant) -> Self {
        Person {
            number,
            name: String::new(),
            colour: colour_of(number),
            moderator,
            here: true,
            misfit: false,
        }
    }

    /// Their name, or what stands for it.
    pub fn called(&self) -> String {
        if self.name.is_empty() { guest(self.number) } else { self.name.clone() }
    }
}

pub(super) fn guest(number: Number) -> String {
    format!("Guest {number}")
}

pub(super) fn colour_of(number: Number) -> u8 {
    (number.wrapping_sub(1) % u32::from(COLOURS)) as u8
}
