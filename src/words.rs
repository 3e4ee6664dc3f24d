//! The words of a text, as they are kept and looked for, in any language.
//!
//! In: text. Out: words without case and accents, each with its place. Latin, Greek, Arabic and the like are
//! taken apart at spaces and signs. Chinese, Japanese, Korean, Thai and others that write without spaces are
//! cut into every two neighbouring characters, so that any part of what was written is found. Never: a
//! language's grammar.

use std::ops::{Range, RangeInclusive};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Bytes of the text it was read from.
    pub at: Range<usize>,
    /// The last character of a run without spaces: it stands alone so that it can be found alone.
    pub tail: bool,
}

/// Characters of a word; what is longer is no word anybody looks for whole.
const LONGEST: usize = 64;

pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    // The characters of a run without spaces.
    let mut run: Vec<(char, Range<usize>)> = Vec::new();
    for (at, original) in text.char_indices() {
        let place = at..at + original.len_utf8();
        let mut any = false;
        for c in fold(original) {
            any = true;
            if stands_without_spaces(c) {
                words.extend(word.take());
                run.push((c, place.clone()));
            } else if c.is_alphanumeric() || is_combining_mark(c) {
                end_run(&mut run, &mut words);
                let word =
                    word.get_or_insert_with(|| Word { text: String::new(), at: place.clone(), tail: false });
                word.at.end = place.end;
                if word.text.chars().count() < LONGEST {
                    word.text.push(c);
                }
            } else {
                words.extend(word.take());
                end_run(&mut run, &mut words);
            }
        }
        if !any && let Some(word) = &mut word {
            word.at.end = place.end; // an accent written by itself
        }
    }
    words.extend(word);
    end_run(&mut run, &mut words);
    words
}

/// The other ways in which parts of a text are looked for, each as one word: what a hyphen holds together
/// (`check-out` as `checkout`), an umlaut written out (`Müller` as `mueller`), and a telephone number by its
/// digits, from any of them on.
pub fn others(text: &str, words: &[Word]) -> Vec<Word> {
    let hyphened = chains(text, words, |between| HYPHENS.contains(&between));
    let compounds = hyphened.filter(|chain| chain.len() > 1).map(|chain| Word {
        text: joined(chain),
        at: reach(chain),
        tail: false,
    });
    let mut all: Vec<Word> = compounds.collect();
    all.extend(words.iter().filter_map(|word| {
        Some(Word { text: written_out(&text[word.at.clone()])?, at: word.at.clone(), tail: false })
    }));
    let is_digits = |word: &Word| word.text.bytes().all(|b| b.is_ascii_digit());
    let runs = words.split(|word| !is_digits(word)).filter(|run| !run.is_empty());
    for chain in runs.flat_map(|run| chains(text, run, holds_number)) {
        let digits = digits(&text[reach(chain)]);
        if NUMBER.contains(&digits.len()) {
            // Found by its end too, and with or without the country before it.
            let ends = (0..=digits.len() - PART).map(|from| digits[from..].to_owned());
            all.extend(ends.map(|text| Word { text, at: reach(chain), tail: false }));
        }
    }
    all
}

const HYPHENS: [&str; 3] = ["-", "‐", "‑"];

/// Digits of a telephone number, the country's included (E.164), and the fewest by which one is found.
const NUMBER: RangeInclusive<usize> = 6..=15;
const PART: usize = 5;

/// What may stand between the digits of a telephone number.
fn holds_number(between: &str) -> bool {
    between.chars().count() <= 3 && between.chars().all(|c| is_sign(c) && c != '+')
}

fn is_sign(c: char) -> bool {
    matches!(c, ' ' | '+' | '-' | '(' | ')' | '/' | '.' | '\u{A0}' | '‐' | '‑' | '–')
}

/// The digits by which a telephone number is looked for: as it is dialled here, and without the country's one
/// to three before them; empty if it is none.
pub fn dialled(number: &str) -> Vec<String> {
    let digits = digits(number);
    if !is_number(number) || !(PART..=*NUMBER.end()).contains(&digits.len()) {
        return Vec::new();
    }
    // So much is left of a number within its country.
    let without = (1..=3).filter_map(|from| digits.get(from..).filter(|rest| rest.len() >= 7));
    let without: Vec<String> = without.map(str::to_owned).collect();
    std::iter::once(digits.clone()).chain(without).collect()
}

/// A word with its umlauts written out, as far as it has any.
fn written_out(word: &str) -> Option<String> {
    let mut out = String::new();
    let mut any = false;
    for c in word.nfc().flat_map(char::to_lowercase) {
        let pair = match c {
            'ä' => "ae",
            'ö' | 'ø' => "oe",
            'ü' => "ue",
            'å' => "aa",
            other => {
                out.extend(fold(other));
                continue;
            }
        };
        any = true;
        out.push_str(pair);
    }
    any.then(|| out.chars().take(LONGEST).collect())
}

fn reach(chain: &[Word]) -> Range<usize> {
    chain[0].at.start..chain[chain.len() - 1].at.end
}

/// Words in chains of those that what stands between them holds together.
fn chains<'w>(
    text: &str,
    words: &'w [Word],
    holds: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'w [Word]> {
    words.chunk_by(move |a, b| text.get(a.at.end..b.at.start).is_some_and(&holds))
}

fn joined(chain: &[Word]) -> String {
    chain.iter().map(|w| w.text.as_str()).collect()
}

/// The words by which a name, a reservation or a room is found, as it is written and as it is asked for. An
/// umlaut is what it is written for (`Mueller`, `Müller` and `Muller` are one word), and a number is the same
/// with zeros before it.
///
/// Each name's part comes with the whole that its hyphens and apostrophes hold together: all parts, or the
/// whole, are to be found. `O’Brien` is `[["o", "brien"], ["obrien"]]`.
pub fn keys(text: &str) -> Vec<[Vec<String>; 2]> {
    let words = words(text);
    let chain =
        |chain: &[Word]| [chain.iter().map(|w| plain(&w.text)).collect(), vec![plain(&joined(chain))]];
    let holds = |between: &str| {
        HYPHENS.contains(&between) || ["'", "’", "‘", "`", "´", "ʼ", "/", ".", "_"].contains(&between)
    };
    chains(text, &words, holds).map(chain).collect()
}

fn plain(word: &str) -> String {
    let stripped = word.trim_start_matches('0');
    let word = if stripped.starts_with(|c: char| c.is_ascii_digit()) { stripped } else { word };
    let mut plain = String::with_capacity(word.len());
    for c in word.chars() {
        match (plain.chars().next_back(), c) {
            (Some('a' | 'o' | 'u'), 'e') | (Some('a'), 'a') => {}
            _ => plain.push(c),
        }
    }
    plain
}

/// The digits of a telephone number, without what is dialled before it and without the zero that is left out
/// from abroad.
pub fn digits(number: &str) -> String {
    let digits: String = number
        .replace("(0)", "")
        .chars()
        .filter_map(|c| c.to_digit(10))
        .filter_map(|d| char::from_digit(d, 10))
        .collect();
    digits.trim_start_matches('0').to_owned()
}

/// Whether somebody has written a telephone number, or a good part of one, and nothing else.
pub fn is_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 4
        && text.chars().all(|c| c.is_ascii_digit() || is_sign(c))
}

fn end_run(run: &mut Vec<(char, Range<usize>)>, words: &mut Vec<Word>) {
    for pair in run.windows(2) {
        words.push(Word {
            text: String::from_iter([pair[0].0, pair[1].0]),
            at: pair[0].1.start..pair[1].1.end,
            tail: false,
        });
    }
    if let Some((c, at)) = run.pop() {
        words.push(Word { text: c.to_string(), at, tail: true });
    }
    run.clear();
}

/// A character without case, width, accent or pointing; Unicode's compatibility decomposition, lower case.
fn fold(c: char) -> impl Iterator<Item = char> {
    // Hangul syllables stay whole: their parts are no characters anybody types.
    let parts: Vec<char> = if ('\u{AC00}'..='\u{D7A3}').contains(&c) { vec![c] } else { c.nfkd().collect() };
    let plain = parts.into_iter().filter(|c| {
        !matches!(c, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{640}' | '\u{64B}'..='\u{65F}' |
            '\u{670}' | '\u{AD}' | '\u{200B}'..='\u{200F}')
    });
    plain.flat_map(char::to_lowercase).flat_map(|c| {
        let (first, second) = match c {
            'ß' => ('s', Some('s')),
            'æ' => ('a', Some('e')),
            'œ' => ('o', Some('e')),
            'þ' => ('t', Some('h')),
            'ø' => ('o', None),
            'ł' => ('l', None),
            'đ' | 'ð' => ('d', None),
            'ı' => ('i', None),
            'ς' => ('σ', None),
            // The dot that the lower case of İ brings along.
            '\u{307}' => return [None, None].into_iter().flatten(),
            other => (other, None),
        };
        [Some(first), second].into_iter().flatten()
    })
}

fn stands_without_spaces(c: char) -> bool {
    matches!(c,
        '\u{E01}'..='\u{E3A}' | '\u{E40}'..='\u{E4E}' // Thai
        | '\u{E80}'..='\u{ECF}'                       // Lao
        | '\u{1000}'..='\u{103F}' | '\u{1050}'..='\u{108F}' // Burmese
        | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7FF}' // Korean
        | '\u{1780}'..='\u{17D3}'                     // Khmer
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FA}' |
            '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' |
            '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        words(text).into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn words_lose_case_accents_and_width() {
        assert_eq!(read("Crème BRÛLÉE, Straße"), ["creme", "brulee", "strasse"]);
        assert_eq!(read("İstanbul Łódź Ἀθῆναι"), ["istanbul", "lodz", "αθηναι"]);
        assert_eq!(read("ＷＩＦＩ ①"), ["wifi", "1"]);
        assert_eq!(read("e\u{301}te\u{301}"), ["ete"], "accents written by themselves");
        assert_eq!(read("مُحَمَّد"), ["محمد"]);
        assert_eq!(read("हिन्दी"), ["हिन्दी"]);
    }

    #[test]
    fn what_a_hyphen_holds_together_is_one_word_too() {
        let text = "A late check-out, Wi-Fi and a mother-in-law - no";
        let read: Vec<(String, &str)> =
            others(text, &words(text)).into_iter().map(|w| (w.text, &text[w.at])).collect();
        let expected = [("checkout", "check-out"), ("wifi", "Wi-Fi"), ("motherinlaw", "mother-in-law")];
        assert_eq!(read, expected.map(|(word, at)| (word.to_owned(), at)));
    }

    #[test]
    fn umlauts_are_written_out_and_telephone_numbers_are_their_digits() {
        let others = |text: &str| others(text, &words(text)).into_iter().map(|w| w.text).collect::<Vec<_>>();
        assert_eq!(others("Frau Müller, u\u{308}ber Åre: Grüße"), ["mueller", "ueber", "aare", "gruesse"]);
        assert_eq!(others("+41 (0)79 12/34"), ["41791234", "1791234", "791234", "91234"]);
        for none in
            ["Room 412, 3 nights", "12:30 and 14:45", "2026", "at 10, 11, 12, 13 and 14", "a1 b2 c3 d4 e5 f6"]
        {
            assert_eq!(others(none), [""; 0], "{none}");
        }
        assert_eq!(dialled("0041 79 123 45 67"), ["41791234567", "1791234567", "791234567", "91234567"]);
        assert_eq!(dialled("079 123"), ["79123"]);
        for none in ["1234", "Room 12345", "412", "1234567890123456"] {
            assert!(dialled(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn a_name_is_one_however_it_is_written() {
        let whole = |name: &str| {
            keys(name).into_iter().map(|[_, whole]| whole.concat()).collect::<Vec<_>>().join(" ")
        };
        for (one, other) in [
            ("Müller", "MUELLER"),
            ("Müller", "muller"),
            ("Grüße", "Gruesse"),
            ("Bjørn Åse", "Bjorn Ase"),
            ("Aagaard", "Ågård"),
            ("O'Brien", "O’Brien"),
            ("O'Brien", "obrien"),
            ("Jean-Luc", "JEANLUC"),
            ("Łukasz", "lukasz"),
            ("012", "12"),
            ("012A", "12a"),
            ("SH-48213", "sh48213"),
        ] {
            assert_eq!(whole(one), whole(other), "{one} and {other}");
        }
        assert_ne!(whole("Ann"), whole("Anna"));
        assert_eq!(whole("0"), "0");
        // What is typed is a beginning of what it will be.
        for typed in "Muellerhoeffer".char_indices().map(|(at, _)| &"Muellerhoeffer"[..at]) {
            assert!(whole("Müllerhöffer").starts_with(&whole(typed)), "{typed}");
        }
    }

    #[test]
    fn a_telephone_number_is_its_digits() {
        assert_eq!(digits("+41 (0)79 123-45.67"), "41791234567");
        assert_eq!(digits("0041 79 123 45 67"), "41791234567");
        assert_eq!(digits("079 123 45 67"), "791234567");
        assert!(is_number("079 123") && is_number("+41(0)79") && !is_number("12") && !is_number("Room 1234"));
    }

    #[test]
    fn what_is_written_without_spaces_is_cut_by_two() {
        assert_eq!(read("東京都"), ["東京", "京都", "都"]);
        assert_eq!(read("wifi密码"), ["wifi", "密码", "码"]);
    }
}
