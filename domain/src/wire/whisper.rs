//! A whisper's side of the wire: who is in the room, and what may be asked of it. What is said there never
//! comes by here: it travels as ciphertext in binary frames, behind the few bytes of [`Up`] and [`Down`].
//!
//! Participants are known by number; their names are ciphertext too.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "bellhop.whisper.v1";

/// How many seconds a word may be told to stay …
pub const FADES: RangeInclusive<u8> = 3..=30;

/// … and how many it stays in a new room.
pub const FADE: u8 = 8;

/// A participant, in their room. No number is given to a second one.
pub type Number = u32;

/// What a participant may ask. Text frames, each answered once, as everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// The first command of a socket.
    Join {
        /// The room has no key yet, and this browser is about to make one. Only for whoever made the room.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        make: bool,
        /// What [`Event::Hello`] gave to this page before its connection was lost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
    },
    /// Newcomers have to knock.
    Lock { on: bool },
    /// How many seconds words stay, see [`FADES`].
    Fade { seconds: u8 },
    /// Lets somebody in who knocks.
    Admit { participant: Number },
    /// … or not.
    TurnAway { participant: Number },
    /// Sends somebody out, and locks the room.
    Remove { participant: Number },
    /// Makes somebody a moderator too.
    Appoint { participant: Number },
    /// Is a moderator no longer; another one must be there.
    StepDown {},
    /// Ends the room for everybody.
    Close {},
    /// Goes for good.
    Leave {},
}

/// Somebody in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    pub number: Number,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moderator: bool,
}

/// How much is too much, in this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of one binary frame.
    pub frame: usize,
    /// Frames a second.
    pub frames: u32,
    /// People at once.
    pub people: usize,
}

/// What the server tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", try_from = "Heard")]
pub enum Event {
    /// In the room. `at` is the room's time, in milliseconds since it was made.
    Hello {
        you: Number,
        /// Opens the same seat again after a lost connection.
        ticket: String,
        /// Everybody in the room, oneself too.
        participants: Vec<Participant>,
        locked: bool,
        fade: u8,
        at: u64,
        limits: Limits,
    },
    /// The room is locked: a moderator has to open.
    Knocking {
        you: Number,
        limits: Limits,
    },
    Came {
        participant: Participant,
    },
    Went {
        number: Number,
        why: Gone,
    },
    /// To moderators: somebody knocks …
    Knock {
        number: Number,
    },
    /// … and does not any more.
    KnockEnded {
        number: Number,
    },
    /// Who the moderators are now.
    Moderators {
        numbers: Vec<Number>,
    },
    Locked {
        #[serde(rename = "locked")]
        on: bool,
    },
    Fade {
        seconds: u8,
    },
    /// In the place of a [`Down::Taken`]: the frame was not relayed.
    Refused {
        refusal: Refusal,
    },
    /// The server is about to close the socket.
    Closing {
        reason: Reason,
    },
}

/// Why somebody is not in the room any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    Left,
    /// The connection broke; they may be back.
    Lost,
    Removed,
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A moderator has ended the room, or an end the private line.
    Closed,
    /// Nobody was there, or it is too old.
    Expired,
    Removed,
    TurnedAway,
    /// As many are there as the room takes.
    Full,
    /// The room has a key already, and this page does not.
    Incomplete,
    /// Does not keep up with what is said.
    TooSlow,
    /// The same page has come back over another connection.
    Replaced,
    Left,
    Stopping,
    /// A private line: one end has not come back.
    Lost,
    /// A private line: nothing was said for minutes.
    Silent,
    /// A private line: the conversation has another holder, or none.
    Moved,
}

impl Reason {
    pub const ALL: [Reason; 13] = [
        Reason::Closed,
        Reason::Expired,
        Reason::Removed,
        Reason::TurnedAway,
        Reason::Full,
        Reason::Incomplete,
        Reason::TooSlow,
        Reason::Replaced,
        Reason::Left,
        Reason::Stopping,
        Reason::Lost,
        Reason::Silent,
        Reason::Moved,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Closed => "closed",
            Reason::Expired => "expired",
            Reason::Removed => "removed",
            Reason::TurnedAway => "turned_away",
            Reason::Full => "full",
            Reason::Incomplete => "incomplete",
            Reason::TooSlow => "too_slow",
            Reason::Replaced => "replaced",
            Reason::Left => "left",
            Reason::Stopping => "stopping",
            Reason::Lost => "lost",
            Reason::Silent => "silent",
            Reason::Moved => "moved",
        }
    }

    /// The page may try again by itself.
    pub const fn is_passing(self) -> bool {
        matches!(self, Reason::TooSlow | Reason::Stopping)
    }
}

/// An event as it is read: one flat record, for the reason given at [`crate::Refusal`].
#[derive(Deserialize)]
struct Heard {
    on: String,
    you: Option<Number>,
    ticket: Option<String>,
    participants: Option<Vec<Participant>>,
    participant: Option<Participant>,
    locked: Option<bool>,
    fade: Option<u8>,
    at: Option<u64>,
    limits: Option<Limits>,
    number: Option<Number>,
    numbers: Option<Vec<Number>>,
    why: Option<Gone>,
    seconds: Option<u8>,
    refusal: Option<Refusal>,
    reason: Option<Reason>,
}

impl Heard {
    fn hello(self) -> Option<Event> {
        Some(Event::Hello {
            you: self.you?,
            ticket: self.ticket?,
            participants: self.participants?,
            locked: self.locked?,
            fade: self.fade?,
            at: self.at?,
            limits: self.limits?,
        })
    }
}

impl TryFrom<Heard> for Event {
    type Error = &'static str;

    fn try_from(h: Heard) -> Result<Self, Self::Error> {
        let event = match h.on.as_str() {
            "hello" => h.hello(),
            "knocking" => h.you.zip(h.limits).map(|(you, limits)| Event::Knocking { you, limits }),
            "came" => h.participant.map(|participant| Event::Came { participant }),
            "went" => h.number.zip(h.why).map(|(number, why)| Event::Went { number, why }),
            "knock" => h.number.map(|number| Event::Knock { number }),
            "knock_ended" => h.number.map(|number| Event::KnockEnded { number }),
            "moderators" => h.numbers.map(|numbers| Event::Moderators { numbers }),
            "locked" => h.locked.map(|on| Event::Locked { on }),
            "fade" => h.seconds.map(|seconds| Event::Fade { seconds }),
            "refused" => h.refusal.map(|refusal| Event::Refused { refusal }),
            "closing" => h.reason.map(|reason| Event::Closing { reason }),
            _ => None,
        };
        event.ok_or("not an event of this build")
    }
}

/// Whom a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Everybody,
    /// From moderators to moderators; and from whoever knocks.
    Moderators,
    One(Number),
}

/// The head of a binary frame to the server: whom it is for. Ciphertext follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Up(pub To);

impl Up {
    pub fn write(self, frame: &mut Vec<u8>) {
        match self.0 {
            To::Everybody => frame.push(0),
            To::Moderators => frame.push(1),
            To::One(number) => {
                frame.push(2);
                frame.extend(number.to_be_bytes());
            }
        }
    }

    /// The head, and how many bytes it takes; `None` if it is none.
    pub fn read(frame: &[u8]) -> Option<(Up, usize)> {
        match frame.split_first()? {
            (0, _) => Some((Up(To::Everybody), 1)),
            (1, _) => Some((Up(To::Moderators), 1)),
            (2, rest) => Some((Up(To::One(u32::from_be_bytes(*rest.first_chunk()?))), 5)),
            _ => None,
        }
    }
}

/// The head of a binary frame from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// One's own frame, the oldest without an answer, was relayed at this time of the room.
    Taken { at: u64 },
    /// Somebody's frame, and when it was relayed. Ciphertext follows.
    From { number: Number, at: u64 },
}

impl Down {
    /// Bytes of the longest head.
    pub const LONGEST: usize = 13;

    pub fn write(self, frame: &mut Vec<u8>) {
        match self {
            Down::Taken { at } => {
                frame.push(0);
                frame.extend(at.to_be_bytes());
            }
            Down::From { number, at } => {
                frame.push(1);
                frame.extend(number.to_be_bytes());
                frame.extend(at.to_be_bytes());
            }
        }
    }

    /// The head, and how many bytes it takes; `None` if it is none.
    pub fn read(frame: &[u8]) -> Option<(Down, usize)> {
        match frame.split_first()? {
            (0, rest) => Some((Down::Taken { at: u64::from_be_bytes(*rest.first_chunk()?) }, 9)),
            (1, rest) => {
                let number = u32::from_be_bytes(*rest.first_chunk()?);
                let at = u64::from_be_bytes(*rest.get(4..)?.first_chunk()?);
                Some((Down::From { number, at }, Self::LONGEST))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let limits = Limits { frame: 1_000, frames: 30, people: 12 };
        let anna = Participant { number: 1, moderator: true };
        let hello = Event::Hello {
            you: 2,
            ticket: "t".into(),
            participants: vec![anna, Participant { number: 2, moderator: false }],
            locked: false,
            fade: 8,
            at: 5,
            limits,
        };
        for event in [
            hello,
            Event::Knocking { you: 3, limits },
            Event::Came { participant: anna },
            Event::Went { number: 1, why: Gone::Lost },
            Event::Knock { number: 3 },
            Event::KnockEnded { number: 3 },
            Event::Moderators { numbers: vec![1, 2] },
            Event::Fade { seconds: 30 },
            Event::Refused { refusal: Refusal::TooFast { wait_ms: 5 } },
        ] {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        }
        for reason in Reason::ALL {
            let text = serde_json::to_string(&Event::Closing { reason }).unwrap();
            assert_eq!(text, format!(r#"{{"on":"closing","reason":"{}"}}"#, reason.as_str()));
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), Event::Closing { reason });
        }
        let locked = serde_json::to_string(&Event::Locked { on: true }).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&locked).unwrap(), Event::Locked { on: true }, "{locked}");
    }

    #[test]
    fn heads_are_read_as_they_were_written_and_nothing_else_is_one() {
        for to in [To::Everybody, To::Moderators, To::One(7)] {
            let mut frame = Vec::new();
            Up(to).write(&mut frame);
            let length = frame.len();
            frame.push(9);
            assert_eq!(Up::read(&frame), Some((Up(to), length)));
        }
        for head in [Down::Taken { at: 1 << 40 }, Down::From { number: 7, at: 3 }] {
            let mut frame = Vec::new();
            head.write(&mut frame);
            assert_eq!(Down::read(&frame), Some((head, frame.len())));
            assert_eq!(Down::read(&frame[..frame.len() - 1]), None, "cut short");
        }
        for frame in [&[][..], &[2, 0, 0][..], &[9][..]] {
            assert_eq!((Up::read(frame), Down::read(frame)), (None, None));
        }
    }
}
