//! One's own letters on their way out.
//!
//! In: what was typed, whatever typed it. Out: chunks for the next frame, with the words' ends. Never: a
//! letter taken back; it knows no such thing.

use super::{payload::Typed, segments::Segmenter};
use std::ops::Range;
use zeroize::{Zeroize as _, Zeroizing};

/// Letters of a run without a space that are looked at for words' ends.
const RUN: usize = 48;

pub struct Writing {
    segmenter: Segmenter,
    /// Letters since the last end of a word.
    run: Zeroizing<String>,
    waiting: Option<Chunk>,
}

/// Letters for one frame.
pub struct Chunk {
    aside: bool,
    /// Their places among all that were typed here.
    pub letters: Range<u64>,
    text: Zeroizing<String>,
    /// Places before which a word ends.
    cuts: Vec<u64>,
}

impl Writing {
    pub fn new() -> Self {
        Self { segmenter: Segmenter::new(), run: Zeroizing::default(), waiting: None }
    }

    /// Takes letters, the first of which has this place. Returns where words end in them, in letters before
    /// the end, and a chunk that has to go first: one for others than these are for.
    pub fn add(&mut self, text: &str, place: u64, aside: bool) -> (Vec<u16>, Option<Chunk>) {
        let before = self.waiting.take_if(|waiting| waiting.aside != aside);
        let end = place + text.chars().count() as u64;
        let cuts = self.cuts(text, end);
        let chunk = self.waiting.get_or_insert_with(|| Chunk {
            aside,
            letters: place..place,
            text: Zeroizing::new(String::with_capacity(64)),
            cuts: Vec::new(),
        });
        let mut longer = Zeroizing::new(String::with_capacity(chunk.text.len() + text.len()));
        longer.push_str(&chunk.text);
        longer.push_str(text);
        chunk.text = longer;
        chunk.letters.end = end;
        chunk.cuts.extend(&cuts);
        (before_end(&cuts, end), before)
    }

    /// The words these letters belong to are gone: nothing of them is kept to find where they end.
    pub fn forget(&mut self) {
        self.run.zeroize();
    }

    pub fn take(&mut self) -> Option<Chunk> {
        self.waiting.take()
    }

    /// The places before which words end, now that this text was added whose end is at `end`.
    fn cuts(&mut self, text: &str, end: u64) -> Vec<u64> {
        let mut run = Zeroizing::new(String::with_capacity(self.run.len() + text.len()));
        run.push_str(&self.run);
        run.push_str(text);
        let after_space = run.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let after_space = run.ceil_char_boundary(after_space);
        let tail: Zeroizing<String> = Zeroizing::new(run[after_space..].to_owned());
        let start = end.saturating_sub(tail.chars().count() as u64);
        let cuts = self.segmenter.cuts(&tail);
        // What was cut is not looked at again.
        let keep = cuts.last().copied().unwrap_or(0).max(tail.chars().count().saturating_sub(RUN));
        self.run.zeroize();
        self.run.extend(tail.chars().skip(keep));
        cuts.into_iter().map(|cut| start + cut as u64).collect()
    }
}

impl Chunk {
    pub fn is_aside(&self) -> bool {
        self.aside
    }

    pub fn into_typed(self) -> Typed {
        let cuts = before_end(&self.cuts, self.letters.end);
        Typed { aside: self.aside, cuts, text: self.text }
    }
}

fn before_end(cuts: &[u64], end: u64) -> Vec<u16> {
    cuts.iter().map(|cut| (end - cut).min(u16::MAX.into()) as u16).collect()
}
