//! How the two ends of a private line agree on a key that the relay between them does not know.
//!
//! In: one's own public half, and what the other end sends. Out: what to send, and in the end the other's
//! half and six digits for both to compare. Never: the key, which the browser makes of the two halves; and
//! never a half that does not fit the commitment that came before it.
//!
//! Whoever opens the line first sends a commitment to their half, then hears the other's, and only then shows
//! their own. A relay that speaks to both ends with halves of its own has to commit to one before it has seen
//! the other end's: it cannot look for one that makes the digits match, and is met with another six in all
//! but one of a million tries.

use sha2::{Digest as _, Sha256};

/// Bytes of a public half: a point of P-256, uncompressed.
pub const HALF: usize = 65;

pub type Half = [u8; HALF];

/// One end's part.
pub struct Agreement {
    mine: Half,
    part: Part,
}

enum Part {
    /// Has committed, and waits for the other's half.
    Committed,
    /// Waits for the opener's commitment.
    Waiting,
    /// Has shown its half, and waits for the one that was committed to.
    Shown([u8; 32]),
    Done,
}

/// What follows from a frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    pub send: Option<Vec<u8>>,
    /// The other's half, and the digits.
    pub agreed: Option<(Half, String)>,
}

/// The other end, or whoever stands between, does not keep to it: the line is over.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

impl Agreement {
    /// Opens the line: the agreement, and the commitment to send.
    pub fn open(mine: Half) -> (Agreement, Vec<u8>) {
        let commitment = [&[1][..], &commitment(&mine)].concat();
        (Agreement { mine, part: Part::Committed }, commitment)
    }

    /// Accepts it, and waits.
    pub fn accept(mine: Half) -> Agreement {
        Agreement { mine, part: Part::Waiting }
    }

    pub fn hear(&mut self, frame: &[u8]) -> Result<Heard, Broken> {
        let (kind, body) = frame.split_first().ok_or(Broken)?;
        let mine = self.mine;
        let show = || Some([&[2][..], &mine].concat());
        let (part, heard) = match (&self.part, kind) {
            (Part::Waiting, 1) => {
                let committed = body.try_into().map_err(|_| Broken)?;
                (Part::Shown(committed), Heard { send: show(), agreed: None })
            }
            (Part::Committed, 2) => {
                let theirs: Half = body.try_into().map_err(|_| Broken)?;
                (Part::Done, Heard { send: show(), agreed: Some((theirs, digits(&mine, &theirs))) })
            }
            (Part::Shown(committed), 2) => {
                let theirs: Half = body.try_into().map_err(|_| Broken)?;
                // The same half back would make a key with oneself.
                if commitment(&theirs) != *committed || theirs == mine {
                    return Err(Broken);
                }
                (Part::Done, Heard { send: None, agreed: Some((theirs, digits(&theirs, &mine))) })
            }
            _ => return Err(Broken),
        };
        self.part = part;
        Ok(heard)
    }
}

fn commitment(half: &Half) -> [u8; 32] {
    Sha256::new().chain_update(b"bellhop line commitment").chain_update(half).finalize().into()
}

/// Six digits of both halves, the opener's first.
fn digits(opener: &Half, accepter: &Half) -> String {
    let hash = Sha256::new().chain_update(b"bellhop line digits").chain_update(opener).chain_update(accepter);
    let hash: [u8; 32] = hash.finalize().into();
    let number = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A half that is told from others by a number.
    fn half(n: u32) -> Half {
        let mut half = [4; HALF];
        half[1..5].copy_from_slice(&n.to_be_bytes());
        half
    }

    #[test]
    fn both_ends_see_the_same_six_digits() {
        let (mut opener, commitment) = Agreement::open(half(1));
        let mut accepter = Agreement::accept(half(2));
        let shown = accepter.hear(&commitment).unwrap();
        let heard = opener.hear(&shown.send.unwrap()).unwrap();
        let (theirs, digits) = heard.agreed.unwrap();
        assert_eq!((theirs, digits.len()), (half(2), 6));
        assert_eq!(accepter.hear(&heard.send.unwrap()).unwrap().agreed, Some((half(1), digits)));
    }

    #[test]
    fn a_relay_that_grinds_for_matching_digits_is_found_out() {
        // Without the commitment it would do: having seen both halves, it tries its own until the digits
        // match.
        let (opener, accepter) = (half(1), half(2));
        let told_opener = half(1_000);
        let wanted = digits(&opener, &told_opener);
        let ground = (1_001..).map(half).find(|own| digits(own, &accepter) == wanted).unwrap();

        // But the accepter is told a commitment before it shows its half, and the opener shows its own last.
        let mut end = Agreement::accept(accepter);
        let (_, first) = Agreement::open(told_opener);
        end.hear(&first).unwrap();
        assert_eq!(end.hear(&[&[2][..], &ground].concat()), Err(Broken));
    }

    #[test]
    fn whatever_else_comes_ends_the_line() {
        let commitment = Agreement::open(half(1)).1;
        let shown = [&[2][..], &half(3)].concat();
        for frames in
            [&[&shown[..]][..], &[&commitment, &commitment], &[&commitment, &shown], &[&[]], &[&[1, 2]]]
        {
            let mut end = Agreement::accept(half(2));
            assert!(frames.iter().any(|frame| end.hear(frame).is_err()), "{frames:?}");
        }
        let mut opener = Agreement::open(half(1)).0;
        assert_eq!(opener.hear(&commitment), Err(Broken));
    }
}
