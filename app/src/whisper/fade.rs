//! When letters leave: one participant's words, and how long each stays.
//!
//! In: letters with the moment the room relayed them. Out: which words have changed, and which are gone.
//! Never: a letter for longer than twice the time words stay, and never a copy of one that is left behind in
//! memory.
//!
//! A word leaves whole, so many seconds after its last letter. A word that does not end loses its first
//! letters when each is twice as old.

use zeroize::Zeroize as _;

/// Letters a word may have before its memory must grow.
const LETTERS: usize = 32;

/// How long before its end a word begins to fade, in milliseconds.
pub const FADING: u64 = 1_200;

pub struct Word {
    pub id: u64,
    letters: Vec<char>,
    /// Of each: its place among all that this participant has written, and when it was relayed, in the room's
    /// milliseconds.
    marks: Vec<Mark>,
    /// How long it stays, in milliseconds.
    stay: u64,
    ended: bool,
}

struct Mark {
    place: u64,
    at: u64,
}

/// A participant's words, oldest first.
#[derive(Default)]
pub struct Lane {
    words: Vec<Word>,
    /// Letters written so far.
    total: u64,
    next_id: u64,
}

/// What has changed for whoever shows the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The word has other letters now, or is new. It stands behind the one shown before it.
    Text(u64),
    /// The word is gone.
    Gone(u64),
}

impl Lane {
    /// Letters come. `cuts` say where words end beside at spaces, in letters before the end.
    pub fn take_in(&mut self, text: &str, cuts: &[u16], at: u64, stay: u64) -> Vec<Change> {
        let mut changed = Vec::new();
        for letter in text.chars() {
            let space = letter.is_whitespace();
            // A space belongs to the word before it.
            let open = self.words.last().is_some_and(|word| !word.ended || space);
            if !open {
                self.next_id += 1;
                self.words.push(Word::new(self.next_id));
            }
            let Some(word) = self.words.last_mut() else { continue };
            word.push(letter, Mark { place: self.total, at }, stay);
            word.ended |= space;
            self.total += 1;
            if changed.last() != Some(&Change::Text(word.id)) {
                changed.push(Change::Text(word.id));
            }
        }
        for cut in cuts {
            self.cut(self.total.saturating_sub(u64::from(*cut)), &mut changed);
        }
        changed
    }

    /// Ends a word before the letter at this place.
    fn cut(&mut self, place: u64, changed: &mut Vec<Change>) {
        let Some(at) = self.words.iter().rposition(|word| word.begins_before(place)) else { return };
        let word = &mut self.words[at];
        word.ended = true;
        let keep = word.marks.partition_point(|mark| mark.place < place);
        if keep < word.letters.len() {
            self.next_id += 1;
            let rest = word.split(keep, self.next_id);
            changed.extend([Change::Text(word.id), Change::Text(rest.id)]);
            self.words.insert(at + 1, rest);
        }
    }

    /// What is over by now leaves.
    pub fn expire(&mut self, now: u64) -> Vec<Change> {
        let mut changed = Vec::new();
        for word in &mut self.words {
            if now >= word.over() {
                changed.push(Change::Gone(word.id));
            } else if word.drop_old(now) {
                changed.push(Change::Text(word.id));
            }
        }
        self.words.retain(|word| now < word.over());
        changed
    }

    /// Letters were relayed at another moment than was thought.
    pub fn restamp(&mut self, letters: std::ops::Range<u64>, at: u64, stay: u64) {
        for word in &mut self.words {
            for mark in word.marks.iter_mut().filter(|mark| letters.contains(&mark.place)) {
                mark.at = at;
                word.stay = stay;
            }
        }
    }

    /// What comes next is another word.
    pub fn end_word(&mut self) {
        if let Some(word) = self.words.last_mut() {
            word.ended = true;
        }
    }

    /// Letters that reached nobody go at once.
    pub fn withdraw(&mut self, letters: &std::ops::Range<u64>) -> Vec<Change> {
        let mut changed = Vec::new();
        for word in &mut self.words {
            let from = word.marks.partition_point(|mark| mark.place < letters.start);
            let to = word.marks.partition_point(|mark| mark.place < letters.end);
            if from < to {
                word.remove(from, to);
                changed.push(if word.letters.is_empty() {
                    Change::Gone(word.id)
                } else {
                    Change::Text(word.id)
                });
            }
        }
        self.words.retain(|word| !word.letters.is_empty());
        changed
    }

    /// All leave at once.
    pub fn clear(&mut self) -> Vec<Change> {
        self.words.drain(..).map(|word| Change::Gone(word.id)).collect()
    }

    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Letters written so far.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl Word {
    fn new(id: u64) -> Self {
        let (letters, marks) = (Vec::with_capacity(LETTERS), Vec::with_capacity(LETTERS));
        Self { id, letters, marks, stay: 0, ended: false }
    }

    fn begins_before(&self, place: u64) -> bool {
        self.marks.first().is_some_and(|mark| mark.place < place)
    }

    fn push(&mut self, letter: char, mark: Mark, stay: u64) {
        if self.letters.len() == self.letters.capacity() {
            // By itself it would leave the letters behind where they stood.
            let mut larger = Vec::with_capacity(self.letters.len() * 2);
            larger.extend_from_slice(&self.letters);
            self.letters.zeroize();
            self.letters = larger;
        }
        self.letters.push(letter);
        self.marks.push(mark);
        self.stay = stay;
    }

    fn split(&mut self, keep: usize, id: u64) -> Word {
        let mut rest = Word::new(id);
        for (letter, Mark { place, at }) in self.letters[keep..].iter().zip(&self.marks[keep..]) {
            rest.push(*letter, Mark { place: *place, at: *at }, self.stay);
        }
        self.remove(keep, self.letters.len());
        rest
    }

    fn remove(&mut self, from: usize, to: usize) {
        let left = self.letters.len() - (to - from);
        self.letters.copy_within(to.., from);
        self.letters[left..].zeroize();
        self.letters.truncate(left);
        self.marks.drain(from..to);
    }

    fn drop_old(&mut self, now: u64) -> bool {
        let old = self.marks.iter().take_while(|mark| now >= mark.at + 2 * self.stay).count();
        if old > 0 {
            self.remove(0, old);
        }
        old > 0
    }

    /// When its last letter was relayed; spaces behind it do not keep it.
    pub fn last(&self) -> u64 {
        let lettered = self.letters.iter().zip(&self.marks).rev().find(|(letter, _)| !letter.is_whitespace());
        lettered.map(|(_, mark)| mark).or(self.marks.first()).map_or(0, |mark| mark.at)
    }

    /// When it is over.
    pub fn over(&self) -> u64 {
        self.last() + self.stay
    }

    pub fn is_fading(&self, now: u64) -> bool {
        now + FADING >= self.over()
    }

    pub fn letters(&self) -> &[char] {
        &self.letters
    }

    /// Nothing more comes to it.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

impl Drop for Word {
    fn drop(&mut self) {
        self.letters.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAY: u64 = 8_000;

    fn shown(lane: &Lane) -> Vec<String> {
        lane.words().iter().map(|word| word.letters().iter().collect()).collect()
    }

    /// Types a letter every 100 ms from this moment on.
    fn typed(lane: &mut Lane, text: &str, from: u64) {
        for (letter, at) in text.chars().zip((from..).step_by(100)) {
            lane.take_in(&letter.to_string(), &[], at, STAY);
        }
    }

    #[test]
    fn a_word_leaves_whole_when_its_last_letter_is_old_enough() {
        let mut lane = Lane::default();
        typed(&mut lane, "room 12", 0);
        assert_eq!(shown(&lane), ["room ", "12"]);
        assert_eq!(lane.expire(8_299), []);
        assert_eq!(lane.expire(8_300), [Change::Gone(1)], "8 s after the m, whatever came behind it");
        assert_eq!(shown(&lane), ["12"]);
        assert_eq!(lane.expire(8_600), [Change::Gone(2)]);
    }

    #[test]
    fn an_endless_word_loses_its_letters_when_each_is_twice_as_old() {
        let mut lane = Lane::default();
        let endless = "a".repeat(400);
        for (letter, at) in endless.chars().zip((0..).step_by(100)) {
            lane.expire(at);
            lane.take_in(&letter.to_string(), &[], at, STAY);
            let oldest = lane.words()[0].marks[0].at;
            assert!(at < oldest + 2 * STAY, "no letter outlives twice the time");
        }
        assert_eq!(lane.words().len(), 1, "it is one word, and still being written");
        lane.expire(39_900 + STAY);
        assert_eq!(shown(&lane), [""; 0]);
    }

    #[test]
    fn words_without_spaces_end_where_their_writer_cut_them() {
        let mut lane = Lane::default();
        lane.take_in("私は", &[1], 0, STAY);
        lane.take_in("学生", &[2], 5_000, STAY);
        assert_eq!(shown(&lane), ["私", "は", "学生"]);
        assert_eq!(lane.expire(8_000).len(), 2, "each leaves by itself");
        assert_eq!(shown(&lane), ["学生"]);
        lane.take_in("です", &[900, 0], 9_000, STAY);
        assert_eq!(shown(&lane), ["学生です"], "a cut before what is left is none");
        lane.take_in("か", &[], 9_000, STAY);
        assert_eq!(shown(&lane), ["学生です", "か"], "a cut at the end ends the word");
    }

    #[test]
    fn a_letter_leaves_by_the_moment_the_room_has_given_it() {
        let mut lane = Lane::default();
        lane.take_in("ab", &[], 0, STAY);
        lane.restamp(0..2, 3_000, 5_000);
        assert_eq!(lane.expire(7_999), []);
        assert_eq!(lane.expire(8_000), [Change::Gone(1)]);
    }

    #[test]
    fn what_reached_nobody_is_taken_back() {
        let mut lane = Lane::default();
        typed(&mut lane, "yes or no", 0);
        assert_eq!(lane.withdraw(&(4..9)), [Change::Gone(2), Change::Gone(3)]);
        assert_eq!(shown(&lane), ["yes "]);
        assert_eq!(lane.withdraw(&(1..2)), [Change::Text(1)]);
        assert_eq!(lane.withdraw(&(2..4)), [Change::Text(1)], "what stands behind it keeps its place");
        assert_eq!(shown(&lane), ["y"]);
    }

    #[test]
    fn a_word_longer_than_its_memory_keeps_every_letter() {
        let mut lane = Lane::default();
        let long = "abcdefghij".repeat(20);
        lane.take_in(&long, &[], 0, STAY);
        assert_eq!(shown(&lane), [long]);
    }
}
