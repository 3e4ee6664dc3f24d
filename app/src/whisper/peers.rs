//! Who the others are, and whether what comes from them is theirs and new.
//!
//! In: who comes and goes, each sealed frame's sender and count, hellos. Out: whether a frame is to be heard,
//! and whom to say hello to. Never: a frame twice, one from before this page was there, or one of somebody
//! who has not shown that they are here now: the relay may keep what passes through it, and send it again.
//!
//! Each page picks a challenge at random. Whoever hears a hello that does not answer their own challenge says
//! hello in turn; whose hello does answer it is here, for nobody could have recorded that.

use super::payload::{Challenge, Hello};
use domain::wire::whisper::Number;
use std::collections::BTreeMap;

/// How often somebody is greeted before they come anew: whoever says hello all the time is not to fill our
/// frames.
const GREETINGS: u32 = 8;

#[derive(Debug)]
pub struct Peers {
    challenge: Challenge,
    all: BTreeMap<Number, Peer>,
}

#[derive(Debug, Default)]
struct Peer {
    /// The count of the last frame that was theirs.
    heard: Option<u64>,
    /// Their challenge, which we answer.
    challenge: Option<Challenge>,
    /// They have answered ours.
    known: bool,
    /// How often they were told ours with theirs answered.
    greeted: u32,
}

/// What follows from a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// They are here: their name may be shown, and their words heard.
    pub known: bool,
    /// Say hello to them, answering this.
    pub greet: Option<Challenge>,
}

impl Peers {
    pub fn new(challenge: Challenge) -> Self {
        Self { challenge, all: BTreeMap::new() }
    }

    pub fn challenge(&self) -> Challenge {
        self.challenge
    }

    /// A frame was sealed by this sender with this count. Each count is taken once, and only going up.
    pub fn takes(&mut self, from: Number, count: u64) -> bool {
        let peer = self.all.entry(from).or_default();
        let new = peer.heard.is_none_or(|heard| count > heard);
        if new {
            peer.heard = Some(count);
        }
        new
    }

    pub fn hear(&mut self, from: Number, hello: &Hello) -> Heard {
        let mine = self.challenge;
        let peer = self.all.entry(from).or_default();
        // Another page under the same number: what was known of the first says nothing of it.
        if peer.challenge.is_some_and(|before| before != hello.challenge) {
            peer.known = false;
        }
        peer.challenge = Some(hello.challenge);
        peer.known |= hello.answers == Some(mine);
        let asks = peer.greeted == 0 || hello.answers.is_none() && !peer.known;
        let greet = (asks && peer.greeted < GREETINGS).then_some(hello.challenge);
        peer.greeted += u32::from(greet.is_some());
        Heard { known: peer.known, greet }
    }

    /// Whether their words are to be heard.
    pub fn knows(&self, from: Number) -> bool {
        self.all.get(&from).is_some_and(|peer| peer.known)
    }

    /// Their connection is lost, or they have left. What they sent stays counted.
    pub fn lose(&mut self, number: Number) {
        if let Some(peer) = self.all.get_mut(&number) {
            (peer.known, peer.greeted) = (false, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Number = 1;
    const BEN: Number = 2;

    fn hello(challenge: Challenge, answers: Option<Challenge>) -> Hello {
        Hello { challenge, answers, colour: 0, name: String::new() }
    }

    #[test]
    fn two_pages_know_each_other_after_three_hellos() {
        let (mut anna, mut ben) = (Peers::new([1; 16]), Peers::new([2; 16]));
        let heard = anna.hear(BEN, &hello([2; 16], None));
        assert_eq!(heard, Heard { known: false, greet: Some([2; 16]) });
        let heard = ben.hear(ANNA, &hello([1; 16], Some([2; 16])));
        assert_eq!(heard, Heard { known: true, greet: Some([1; 16]) });
        let heard = anna.hear(BEN, &hello([2; 16], Some([1; 16])));
        assert_eq!(heard, Heard { known: true, greet: None }, "and there it ends");
        assert!(anna.knows(BEN) && ben.knows(ANNA));
    }

    #[test]
    fn a_recorded_page_is_never_known() {
        // What Ben said to Anna long ago is played to somebody who comes later.
        let mut late = Peers::new([9; 16]);
        for said in [hello([2; 16], None), hello([2; 16], Some([1; 16]))] {
            late.hear(BEN, &said);
        }
        assert!(!late.knows(BEN));
    }

    #[test]
    fn no_frame_is_heard_twice_or_after_a_later_one() {
        let mut anna = Peers::new([1; 16]);
        assert!(anna.takes(BEN, 0) && anna.takes(BEN, 5));
        assert!(!anna.takes(BEN, 5) && !anna.takes(BEN, 3));
        assert!(anna.takes(ANNA + 5, 0), "each counts for themselves");
        anna.lose(BEN);
        assert!(!anna.takes(BEN, 5), "not when they have come back either");
    }

    #[test]
    fn what_was_recorded_before_a_live_hello_is_not_heard_after_it() {
        let mut late = Peers::new([9; 16]);
        // Played from a recording, in the order it was sealed …
        assert!(late.takes(BEN, 10) && late.takes(BEN, 11) && !late.knows(BEN));
        // … then what Ben really says to who has come.
        assert!(late.takes(BEN, 15) && late.hear(BEN, &hello([2; 16], Some([9; 16]))).known);
        assert!(!late.takes(BEN, 12), "what was sealed before cannot follow");
    }

    #[test]
    fn nobody_is_greeted_without_end() {
        let mut anna = Peers::new([1; 16]);
        let greetings = (0..100).filter(|n| anna.hear(BEN, &hello([*n; 16], None)).greet.is_some()).count();
        assert_eq!(greetings, GREETINGS as usize);
    }

    #[test]
    fn a_new_page_under_an_old_number_begins_as_a_stranger() {
        let mut anna = Peers::new([1; 16]);
        assert!(anna.hear(BEN, &hello([2; 16], Some([1; 16]))).known);
        assert!(!anna.hear(BEN, &hello([3; 16], None)).known);
    }
}
