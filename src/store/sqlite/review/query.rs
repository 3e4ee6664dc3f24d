//! What is looked for, as people type it; as FTS5 reads it; and where it stands in a text.

use crate::words::{Word, compounds, words};
use std::ops::Range;

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// The last word may go on: `towel` finds `towels`.
    open: bool,
    /// The same as one word, where hyphens hold it together.
    joined: Option<String>,
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
        let compounds = compounds(text, &words);
        let mut all: Vec<Range<usize>> =
            self.wanted.iter().flat_map(|phrase| phrase.places(&words, &compounds)).collect();
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
        let joined = match compounds(term, &found).as_slice() {
            [all] if all.at == (found[0].at.start..found[found.len() - 1].at.end) => Some(all.text.clone()),
            _ => None,
        };
        let alone = found.len() == 1;
        // The end of a run stands alone only to be found alone.
        if !alone && found.last().is_some_and(|w| w.tail) {
            found.pop();
        }
        let last = found.last()?;
        let open = if last.tail { alone } else { !exact && last.text.chars().count() >= BEGINNING };
        Some(Phrase { words: found.into_iter().map(|w| w.text).collect(), open, joined })
    }

    fn fts(&self) -> String {
        let quoted = |text: &str| format!("\"{text}\"{}", if self.open { " *" } else { "" });
        let apart = quoted(&self.words.join(" "));
        self.joined.as_deref().map_or(apart.clone(), |joined| format!("({apart} OR {})", quoted(joined)))
    }

    /// Where it stands in a text of these words and compounds.
    fn places(&self, words: &[Word], compounds: &[Word]) -> Vec<Range<usize>> {
        let apart = (0..words.len()).filter_map(|at| self.stands_at(&self.words, &words[at..]));
        let one: &[String] = match (&self.joined, self.words.as_slice()) {
            (Some(joined), _) => std::slice::from_ref(joined),
            (None, [only]) => std::slice::from_ref(only),
            _ => &[],
        };
        let single = words.iter().filter(|_| self.joined.is_some()).chain(compounds);
        let joined = single.filter_map(|word| self.stands_at(one, std::slice::from_ref(word)));
        apart.chain(joined).collect()
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
        let compounds = compounds(text, &words);
        let stands = |p: &Phrase| !p.places(&words, &compounds).is_empty();
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
