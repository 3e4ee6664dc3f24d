//! What is looked for, as people type it; as FTS5 reads it; and where it stands in a text.

use crate::words::{Word, dialled, others, words};
use std::ops::Range;

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// The last word may go on: `towel` finds `towels`.
    open: bool,
    /// The same in other ways, each as one word (`others`).
    others: Vec<String>,
}

/// What is looked for: all of these, and none of those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    wanted: Vec<Phrase>,
    unwanted: Vec<Phrase>,
}

/// Phrases one search may have; more would be a text, not a search.
const PHRASES: usize = 12;

/// Letters a word needs before it may go on; one or two letters begin too many words.
const BEGINNING: usize = 3;

impl Query {
    /// `wet towel "room 412" -spa`. Nothing in it is an operator but quotes and a leading minus.
    pub(super) fn parse(text: &str) -> Self {
        let mut query = Query::default();
        let mut rest = text.trim_start();
        // A telephone number is one, however it is grouped; `412 413` are two rooms.
        if let Some(number) = Phrase::number(rest.trim_end()) {
            query.wanted.push(number);
            return query;
        }
        while !rest.is_empty() && query.wanted.len() + query.unwanted.len() < PHRASES {
            let unwanted =
                rest.starts_with(['-', '−']) && rest.chars().nth(1).is_some_and(|c| !c.is_whitespace());
            let from = if unwanted { rest.trim_start_matches(['-', '−']) } else { rest };
            let quotes = ['"', '“', '”', '„', '«', '»'];
            let (term, exact, after) = match from.strip_prefix(quotes) {
                Some(inner) => {
                    let end = inner.find(quotes).unwrap_or(inner.len());
                    (&inner[..end], true, inner[end..].trim_start_matches(quotes))
                }
                None => {
                    let end = from.find(char::is_whitespace).unwrap_or(from.len());
                    (&from[..end], false, &from[end..])
                }
            };
            if let Some(phrase) = Phrase::of(term, exact) {
                if unwanted { &mut query.unwanted } else { &mut query.wanted }.push(phrase);
            }
            rest = after.trim_start();
        }
        query
    }

    /// The beginnings of names, however short.
    pub(super) fn parse_names(text: &str) -> Self {
        let mut query = Self::parse(&text.replace('-', " "));
        query.wanted.iter_mut().for_each(|phrase| phrase.open = true);
        query
    }

    /// There is no word in it to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// As FTS5 reads it. Words hold letters and digits only, so quoting them is enough.
    pub(super) fn fts(&self) -> String {
        let all =
            |phrases: &[Phrase], with: &str| phrases.iter().map(Phrase::fts).collect::<Vec<_>>().join(with);
        let wanted = all(&self.wanted, " AND ");
        if self.unwanted.is_empty() {
            wanted
        } else {
            format!("({wanted}) NOT ({})", all(&self.unwanted, " OR "))
        }
    }

    /// Where in a text something wanted stands, in order, without overlap.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let words = words(text);
        let others = others(text, &words);
        let mut all: Vec<Range<usize>> =
            self.wanted.iter().flat_map(|phrase| phrase.places(&words, &others)).collect();
        all.sort_by_key(|at| at.start);
        let mut places: Vec<Range<usize>> = Vec::new();
        for at in all {
            match places.last_mut() {
                Some(last) if last.end >= at.start => last.end = last.end.max(at.end),
                _ => places.push(at),
            }
        }
        places
    }

    /// The part of a text around what was found, in pieces: text, and whether it was looked for.
    pub(super) fn excerpt(&self, text: &str) -> Vec<(String, bool)> {
        let places = self.places(text);
        let around = |at: usize, by: usize, back: bool| {
            let mut at = if back { at.saturating_sub(by) } else { (at + by).min(text.len()) };
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let first = places.first().map_or(0, |p| p.start);
        let (mut from, mut until) = (around(first, BEFORE, true), around(first, AFTER, false));
        // Between words, where there are spaces to be found.
        if from > 0 {
            from += text[from..first].find(char::is_whitespace).unwrap_or(0);
        }
        if until < text.len() {
            let last = places.iter().rfind(|p| p.end <= until).map_or(first, |p| p.end);
            until = text[last..until].rfind(char::is_whitespace).map_or(until, |at| last + at);
        }
        let mut pieces = Vec::new();
        if from > 0 {
            pieces.push(("…".to_owned(), false));
        }
        let mut at = from;
        for place in places.into_iter().filter(|p| p.start >= from && p.end <= until) {
            pieces.push((text[at..place.start].to_owned(), false));
            pieces.push((text[place.clone()].to_owned(), true));
            at = place.end;
        }
        pieces.push((text[at..until].to_owned(), false));
        if until < text.len() {
            pieces.push((" …".to_owned(), false));
        }
        pieces.retain(|(text, _)| !text.is_empty());
        pieces
    }
}

/// Bytes of an excerpt before and after where the first word stands.
const BEFORE: usize = 80;
const AFTER: usize = 240;

impl Phrase {
    fn of(term: &str, exact: bool) -> Option<Self> {
        let mut found = words(term);
        let whole = found.first()?.at.start..found.last()?.at.end;
        let mut others: Vec<String> =
            others(term, &found).into_iter().filter(|other| other.at == whole).map(|w| w.text).collect();
        let number = dialled(term);
        if !number.is_empty() {
            others = number;
        }
        let alone = found.len() == 1;
        // The end of a run stands alone only to be found alone.
        if !alone && found.last().is_some_and(|w| w.tail) {
            found.pop();
        }
        let last = found.last()?;
        let open = if last.tail { alone } else { !exact && last.text.chars().count() >= BEGINNING };
        Some(Phrase { words: found.into_iter().map(|w| w.text).collect(), open, others })
    }

    /// A whole query that is a telephone number as one dials it, in words or as one.
    fn number(text: &str) -> Option<Self> {
        let others = if text.starts_with(['+', '0', '(']) { dialled(text) } else { Vec::new() };
        let words = words(text).into_iter().map(|w| w.text).collect();
        (!others.is_empty()).then_some(Phrase { words, open: true, others })
    }

    fn fts(&self) -> String {
        let quoted = |text: &str| format!("\"{text}\"{}", if self.open { " *" } else { "" });
        let apart = quoted(&self.words.join(" "));
        if self.others.is_empty() {
            return apart;
        }
        let others = self.others.iter().map(|other| format!(" OR {}", quoted(other)));
        format!("({apart}{})", others.collect::<String>())
    }

    /// Where it stands in a text of these words, and of these other ways to write them.
    fn places(&self, words: &[Word], others: &[Word]) -> Vec<Range<usize>> {
        let apart = (0..words.len()).filter_map(|at| self.stands_at(&self.words, &words[at..]));
        let at = |wanted: &String, word: &Word| {
            self.stands_at(std::slice::from_ref(wanted), std::slice::from_ref(word))
        };
        let alone = if self.words.len() == 1 { self.words.as_slice() } else { &[] };
        let written =
            words.iter().flat_map(|word| self.others.iter().filter_map(move |other| at(other, word)));
        let meant = others
            .iter()
            .flat_map(|word| self.others.iter().chain(alone).filter_map(move |wanted| at(wanted, word)));
        apart.chain(written).chain(meant).collect()
    }

    fn stands_at(&self, wanted: &[String], words: &[Word]) -> Option<Range<usize>> {
        let last = wanted.len().checked_sub(1)?;
        let these = words.get(..=last)?;
        let same = |(i, (wanted, word)): (usize, (&String, &Word))| {
            if i == last && self.open { word.text.starts_with(wanted.as_str()) } else { word.text == *wanted }
        };
        let all = wanted.iter().zip(these).enumerate().all(same);
        all.then(|| these[0].at.start..these[last].at.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        let query = Query::parse(query);
        let words = words(text);
        let others = others(text, &words);
        let stands = |p: &Phrase| !p.places(&words, &others).is_empty();
        query.wanted.iter().all(stands) && !query.unwanted.iter().any(stands)
    }

    #[test]
    fn what_is_looked_for_is_found_in_any_script() {
        for (query, text) in [
            ("京", "東京都"),
            ("都", "東京都"),
            ("京都", "東京都"),
            ("東京都", "これは東京都です"),
            ("タオル", "バスタオルをお願いします"),
            ("ﾀｵﾙ", "バスタオル"),
            ("密码", "请问wifi密码是多少"),
            ("wifi密码", "请问wifi密码是多少"),
            ("ผ้าเช็ดตัว", "ขอผ้าเช็ดตัวเพิ่มค่ะ"),
            ("เช็ด", "ขอผ้าเช็ดตัวเพิ่มค่ะ"),
            ("수건", "큰수건을 주세요"),
            ("towel", "Two TOWELS, please"),
            ("brulee", "crème brûlée"),
            ("BRÛLÉE", "creme brulee"),
            ("don't", "I don’t know"),
            ("\"late check\"", "a late check-out"),
            ("late -early", "a late check-out"),
            ("checkout", "a late check-out"),
            ("check-out", "a late checkout"),
            ("check-out", "a late check out"),
            ("WiFi", "the Wi-Fi"),
            ("wi-fi", "WIFI"),
            ("Mueller", "Frau Müller kommt"),
            ("Müller", "Frau Mueller kommt"),
            ("muell", "Frau Müller kommt"),
            ("Gruesse", "Viele Grüße"),
            ("grüße", "Viele Gruesse"),
            ("muller", "Frau Müller kommt"),
            ("strasse", "Straße"),
            ("0791234567", "my number is +41 79 123 45 67."),
            ("+41791234567", "my number is +41 79 123 45 67."),
            ("791234567", "my number is +41 79 123 45 67."),
            ("+41 79 123 45 67", "call 079 123 45 67"),
            ("0041791234567", "call 079/123.45.67"),
            ("+41 (0)79 123 45 67", "call 0791234567"),
            ("079 123 45 67", "call +41791234567"),
            ("123 45 67", "call +41 79 123 45 67"),
            ("123-45-67", "call +41 79 123 45 67"),
            ("1234567", "call +41 79 123 45 67"),
            ("\"079 123 45 67\"", "call 079 123 45 67"),
            ("555 01 02", "My number is 041 555 01 02"),
            ("412 413", "from 413 to 412"),
        ] {
            assert!(finds(query, text), "{query} in {text}");
        }
        for (query, text) in [
            ("京東", "東京都"),
            ("\"check late\"", "a late check-out"),
            ("late -check", "a late check-out"),
            ("\"towel\"", "towels"),
            ("to", "towels"),
            ("checkout", "check out"),
            ("pot", "a poet"),
            ("0791234567", "call 079 123 45 68"),
            ("+41791234567", "room 412, 3 nights"),
        ] {
            assert!(!finds(query, text), "{query} not in {text}");
        }
    }

    #[test]
    fn a_query_of_signs_asks_for_nothing_and_none_breaks_the_index() {
        for text in ["", " ", "\"", "\"\"", "- - -", "* ( ) : ^ {", "-spa", "\"“„", "--", "−"] {
            assert!(Query::parse(text).is_empty(), "{text}");
        }
        // What FTS5 would read as operators are words like any other.
        assert_eq!(
            Query::parse("AND or* NEAR(x) words:y").fts(),
            "\"and\" * AND \"or\" AND \"near x\" AND \"words y\""
        );
        assert_eq!(Query::parse("a b -c").fts(), "(\"a\" AND \"b\") NOT (\"c\")");
    }

    #[test]
    fn an_excerpt_shows_what_was_found_and_cuts_no_character() {
        let query = Query::parse("brulee 密码");
        let text = format!("{}the crème brûlée 的密码 {}", "é".repeat(200), "ü".repeat(300));
        let pieces = query.excerpt(&text);
        let marked: Vec<&str> = pieces.iter().filter(|(_, m)| *m).map(|(t, _)| t.as_str()).collect();
        assert_eq!(marked, ["brûlée", "密码"]);
        assert!(pieces[0].0.starts_with('…') && pieces.last().unwrap().0.ends_with('…'));
        assert_eq!(query.excerpt("nothing here"), [("nothing here".to_owned(), false)]);
        let whole: String = query.excerpt("a brûlée b").into_iter().map(|(t, _)| t).collect();
        assert_eq!(whole, "a brûlée b");
    }
}
