//! What opens a room, and what opens a seat in it.

use std::fmt;

/// Letters of a code: those that are not taken for one another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many letters: 130 bits.
const LENGTH: usize = 26;

/// A room's code: whoever has it may come to the door. It stands in the room's address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code([u8; LENGTH]);

impl Code {
    pub(crate) fn new() -> Self {
        // Each letter is five bits of a byte of its own, so every letter is as likely as any other.
        Code(rand::random::<[u8; LENGTH]>().map(|byte| LETTERS[usize::from(byte & 31)]))
    }

    /// A code as people write it: in capitals too, and with O for 0, I or L for 1.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let mut code = letters.map(|letter| match letter.to_ascii_lowercase() {
            b'o' => b'0',
            b'i' | b'l' => b'1',
            other => other,
        });
        code.iter_mut().all(|letter| LETTERS.contains(letter)).then_some(Code(code))
    }
}

/// For an address. There is no other way to print one.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

/// 256 random bits that one browser is given and shows again: the maker's cookie, a seat's ticket.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn new() -> Self {
        Secret(rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// For a cookie or a ticket.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is the same, in a time that says nothing of where it differs.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.len() == text.len() && self.0.bytes().zip(text.bytes()).fold(0, |d, (a, b)| d | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let code = Code::new();
        let text = code.to_string();
        assert_eq!(text.len() * 5, 130, "bits");
        assert!(Code::parse(&text) == Some(code.clone()));
        assert!(Code::parse(&text.to_uppercase().replace('0', "O").replace('1', "l")) == Some(code.clone()));
        for no in [
            "",
            "abc",
            &text[1..],
            &format!("{text}0"),
            &text.replace(&text[..1], "ü"),
            "../../../etc/passwd/--------",
        ] {
            assert!(Code::parse(no).is_none(), "{no}");
        }
        assert!(Code::new() != code, "never the same");
    }

    #[test]
    fn a_secret_is_itself_and_nothing_else() {
        let secret = Secret::new();
        assert!(secret.is(secret.reveal()) && !secret.is("") && !secret.is(&secret.reveal()[1..]));
        assert!(!secret.is(Secret::new().reveal()));
    }
}
