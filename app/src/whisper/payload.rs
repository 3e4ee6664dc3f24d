//! What is sealed: the plain bytes inside a frame, which only browsers see.

use zeroize::{Zeroize, Zeroizing};

/// Bytes of a challenge: enough that none is met twice.
pub const CHALLENGE: usize = 16;

/// What a participant picked at random for this page; a hello that answers it is no recording.
pub type Challenge = [u8; CHALLENGE];

/// The most characters of one frame of letters.
pub const LETTERS: usize = 2_000;

/// The most characters of a name.
pub const NAME: usize = 40;

#[derive(PartialEq, Eq)]
pub enum Payload {
    /// Who somebody is.
    Hello(Hello),
    /// Letters, as they were typed.
    Typed(Typed),
    /// A picture, encoded anew by the browser that sends it.
    Picture(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    pub challenge: Challenge,
    /// The challenge of the one it is for, once that is known.
    pub answers: Option<Challenge>,
    pub colour: u8,
    pub name: String,
}

#[derive(PartialEq, Eq)]
pub struct Typed {
    /// To moderators only.
    pub aside: bool,
    /// Where words end beside at spaces: so many letters before the end of the text.
    pub cuts: Vec<u16>,
    pub text: Zeroizing<String>,
}

impl Payload {
    pub fn write(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Payload::Hello(hello) => {
                bytes.push(1);
                bytes.extend(hello.challenge);
                bytes.push(u8::from(hello.answers.is_some()));
                bytes.extend(hello.answers.unwrap_or_default());
                bytes.push(hello.colour);
                bytes.extend(hello.name.as_bytes());
            }
            Payload::Typed(typed) => {
                bytes.reserve_exact(4 + 2 * typed.cuts.len() + typed.text.len());
                bytes.push(2);
                bytes.push(u8::from(typed.aside));
                bytes.extend((typed.cuts.len().min(LETTERS) as u16).to_be_bytes());
                typed.cuts.iter().take(LETTERS).for_each(|cut| bytes.extend(cut.to_be_bytes()));
                bytes.extend(typed.text.as_bytes());
            }
            Payload::Picture(picture) => {
                bytes.reserve_exact(1 + picture.len());
                bytes.push(3);
                bytes.extend(picture);
            }
        }
        Zeroizing::new(bytes)
    }

    /// `None` for what no browser of this kind has written.
    pub fn read(bytes: &[u8]) -> Option<Payload> {
        match bytes.split_first()? {
            (1, rest) => {
                let (challenge, rest) = rest.split_first_chunk::<CHALLENGE>()?;
                let (answers, rest) = rest.split_first()?;
                let (answered, rest) = rest.split_first_chunk::<CHALLENGE>()?;
                let (colour, name) = rest.split_first()?;
                Some(Payload::Hello(Hello {
                    challenge: *challenge,
                    answers: (*answers == 1).then_some(*answered),
                    colour: *colour,
                    name: tidy_name(std::str::from_utf8(name).ok()?),
                }))
            }
            (2, rest) => {
                let (aside, rest) = rest.split_first()?;
                let (count, rest) = rest.split_first_chunk::<2>()?;
                let (cuts, text) = rest.split_at_checked(2 * usize::from(u16::from_be_bytes(*count)))?;
                let cuts = cuts.chunks_exact(2).map(|cut| u16::from_be_bytes([cut[0], cut[1]])).collect();
                let text = Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned());
                // More would be more work for whoever shows it than its writer had.
                if text.chars().count() > LETTERS || usize::from(u16::from_be_bytes(*count)) > LETTERS {
                    return None;
                }
                Some(Payload::Typed(Typed { aside: *aside == 1, cuts, text }))
            }
            (3, picture) => Some(Payload::Picture(picture.to_vec())),
            _ => None,
        }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        if let Payload::Picture(picture) = self {
            picture.zeroize();
        }
    }
}

/// A name on one line, without what cannot be seen, and no longer than [`NAME`].
pub fn tidy_name(name: &str) -> String {
    let name = domain::one_line(name);
    name.chars().take(NAME).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_as_it_was_written_and_nothing_else_is_one() {
        let hello = Hello { challenge: [7; 16], answers: Some([9; 16]), colour: 3, name: "Änne".into() };
        let typed =
            || Typed { aside: true, cuts: vec![1, 300], text: Zeroizing::new("日本語です".into()) };
        let unanswered = Hello { answers: None, ..hello.clone() };
        for payload in [
            Payload::Hello(hello),
            Payload::Hello(unanswered),
            Payload::Typed(typed()),
            Payload::Picture(vec![1, 2, 3]),
        ] {
            assert!(Payload::read(&payload.write()) == Some(payload));
        }
        let garbled = [&[][..], &[9], &[1, 2, 3], &[2, 0, 0, 9, 0], &[2, 0, 0, 0, 0xff, 0xfe]];
        assert!(garbled.iter().all(|bytes| Payload::read(bytes).is_none()));
        let too_much =
            Typed { aside: false, cuts: Vec::new(), text: Zeroizing::new("a".repeat(LETTERS + 1)) };
        assert!(Payload::read(&Payload::Typed(too_much).write()).is_none());
    }

    #[test]
    fn a_name_is_one_short_line_of_what_can_be_seen() {
        assert_eq!(tidy_name("  Anna\n\u{202e}Maria \u{200b} "), "Anna Maria");
        assert_eq!(tidy_name(&"x".repeat(99)).len(), NAME);
        assert_eq!(tidy_name("\u{200b}"), "");
    }
}
