//! What of a composition goes out, and when.
//!
//! In: the text a keyboard is composing, each time it changes. Out: the letters to send. Never: a letter
//! twice, and never one that takes back another.
//!
//! Android composes every word, letter by letter: there, what merely makes it longer is typing. Japanese,
//! Chinese and Korean are composed from candidates, and go out when one is chosen. Where it is not clear
//! which of the two it is, a keyboard with keys composes only candidates, and a page that has seen candidates
//! expects more of them.

use zeroize::Zeroize as _;

#[derive(Debug, Default)]
pub struct Composition {
    /// This page's keyboard composes from candidates.
    candidates: bool,
    /// The last key was a key, and its letter went into a composition.
    keyed: bool,
    /// Between its start and its end.
    active: bool,
    /// The text as it was last.
    last: String,
    /// Something of it has gone out.
    sent: bool,
    /// Its text was taken out, to be put in again.
    replaced: bool,
}

impl Composition {
    /// `language` is what the browser prefers, such as `ja-JP`.
    pub fn new(language: &str) -> Self {
        let candidates = ["ja", "zh", "ko"].iter().any(|l| language.starts_with(l));
        Self { candidates, ..Self::default() }
    }

    /// A key was pressed. `code` is empty for a keyboard on glass.
    pub fn key(&mut self, composing: bool, code: &str) {
        self.keyed = composing && !code.is_empty();
    }

    pub fn begin(&mut self) {
        (self.active, self.sent) = (true, false);
        self.last.clear();
    }

    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Nothing of it is on other screens yet, so its writer has to see it here.
    pub fn is_held(&self) -> bool {
        self.active && self.holds()
    }

    fn holds(&self) -> bool {
        self.candidates || self.keyed
    }

    /// The browser takes its text out, to put the same or another in its place.
    pub fn replace(&mut self) {
        self.replaced = true;
    }

    /// It is over, and nothing more of it is sent.
    pub fn abandon(&mut self) {
        (self.active, self.sent, self.keyed, self.replaced) = (false, false, false, false);
        self.last.zeroize();
    }

    /// It reads like this now: what to send.
    pub fn update(&mut self, now: &str) -> String {
        if std::mem::take(&mut self.replaced) && now.is_empty() {
            return String::new();
        }
        self.candidates |= now.chars().any(is_candidate);
        let send = if self.holds() { String::new() } else { added(&self.last, now) };
        self.sent |= !send.is_empty();
        self.last.zeroize();
        self.last.push_str(now);
        send
    }

    /// It is over, and reads like this: what is still to be sent.
    pub fn end(&mut self, text: &str) -> String {
        let chosen = text.chars().any(is_candidate);
        // Letters that went out before it was clear that they stood for others stay; the chosen ones follow.
        let whole = !self.sent || chosen;
        let send = if whole { text.to_owned() } else { self.update(text) };
        self.candidates |= chosen;
        self.abandon();
        send
    }
}

/// What makes `now` longer than `before`. Of a correction it is what lies behind where the former text ended.
fn added(before: &str, now: &str) -> String {
    now.strip_prefix(before).map_or_else(|| now.chars().skip(before.chars().count()).collect(), str::to_owned)
}

/// Letters that are chosen from candidates, or stand for one on the way: Bopomofo, Hangul, Kana, Han.
fn is_candidate(letter: char) -> bool {
    matches!(letter as u32, 0x1100..=0x11ff | 0x2e80..=0x303f | 0x3040..=0x31ff | 0x3400..=0x9fff
        | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes out while a composition reads like this, one after the other; the last is its end.
    fn out(composition: &mut Composition, texts: &[&str]) -> Vec<String> {
        composition.begin();
        let (last, before) = texts.split_last().unwrap();
        let mut out: Vec<_> = before.iter().map(|text| composition.update(text)).collect();
        out.push(composition.end(last));
        out
    }

    fn western(texts: &[&str]) -> Vec<String> {
        out(&mut Composition::new("en"), texts)
    }

    #[test]
    fn an_alphabet_goes_out_letter_by_letter_and_is_not_corrected() {
        assert_eq!(western(&["h", "he", "hel", "hello", "hello"]), ["h", "e", "l", "lo", ""]);
        assert_eq!(western(&["teh", "the"]), ["teh", ""], "a correction changes neither screen");
        assert_eq!(western(&["teh", "the "]), ["teh", " "], "but the word is over");
        let dictated = western(&["I want", "I won’t go", "I won’t go home", "I won’t go home"]);
        assert_eq!(dictated, ["I want", "t go", " home", ""], "no word is lost to a correction");
        assert_eq!(western(&["hel", "hello "]), ["hel", "lo "], "a suggestion that goes on is typing");
        assert_eq!(western(&["hello", "hell", "hellp", "hellp"]), ["hello", "", "p", ""], "no backspace");
        assert_eq!(western(&["", "word"]), ["", "word"], "all of it at its end");
        assert_eq!(western(&["при", "привет", "привет"]), ["при", "вет", ""]);
    }

    #[test]
    fn candidates_go_out_when_one_is_chosen() {
        let mut japanese = Composition::new("ja-JP");
        assert_eq!(out(&mut japanese, &["k", "か", "かn", "かん", "漢"]), ["", "", "", "", "漢"]);
        assert_eq!(out(&mut Composition::new("ko"), &["ㅎ", "하", "한", "한"]), ["", "", "", "한"]);
        assert_eq!(
            out(&mut Composition::new("en"), &["ㅎ", "하", "한"]),
            ["", "", "한"],
            "whatever the browser’s language"
        );
    }

    #[test]
    fn a_keyboard_with_keys_composes_only_candidates() {
        let mut pinyin = Composition::new("en-US");
        pinyin.key(true, "KeyN");
        assert_eq!(out(&mut pinyin, &["n", "ni", "ni h", "ni hao", "你好"]), ["", "", "", "", "你好"]);
        let mut accent = Composition::new("de");
        accent.key(true, "Quote");
        assert_eq!(out(&mut accent, &["´", "é"]), ["", "é"]);
        let mut glass = Composition::new("de");
        glass.key(true, "");
        assert_eq!(out(&mut glass, &["d", "da", "da"]), ["d", "a", ""]);
    }

    #[test]
    fn what_safari_takes_out_and_puts_in_again_goes_out_once() {
        let mut safari = Composition::new("en");
        safari.begin();
        assert_eq!(safari.update("hello"), "hello");
        safari.replace();
        assert_eq!((safari.update(""), safari.end("hello")), (String::new(), String::new()));
    }

    #[test]
    fn a_page_that_has_seen_candidates_expects_more() {
        let mut glass = Composition::new("en");
        assert_eq!(out(&mut glass, &["ni", "你"]), ["ni", "你"], "the first time it was not clear");
        assert_eq!(out(&mut glass, &["ha", "hao", "好"]), ["", "", "好"]);
    }
}
