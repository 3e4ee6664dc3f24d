//! Text as somebody wrote it, with web addresses made clickable. Everything else stays text, whatever it
//! looks like.

use leptos::{either::Either, prelude::*};

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits off `http://` and `https://` addresses, however they are written; the full stop or bracket after
/// one is not part of it, in any script.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = next_address(rest) {
        let (before, from) = rest.split_at(at);
        let end = from.find(ends).unwrap_or(from.len());
        let address = trim_end(&from[..end]);
        let host = address.split_once("://").map_or("", |(_, host)| host);
        if !host.starts_with(|c: char| c.is_alphanumeric()) {
            // A scheme with nothing behind it is a word like any other.
            let word = at + end;
            pieces.push(Piece::Text(&rest[..word]));
            rest = &rest[word..];
            continue;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Link(address));
        rest = &from[address.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn next_address(text: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let scheme = |scheme: &[u8]| {
            text.as_bytes()[*at..].get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
        };
        scheme(b"http://") || scheme(b"https://")
    };
    (0..text.len()).find(begins)
}

/// Whether a character ends an address: spaces, and the punctuation of scripts that put no space behind it.
/// Letters of every script may be part of one.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '"' | '«' | '»' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}' | '،' | '؛' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '។' | '၊' | '။')
}

/// Without the punctuation behind it, and brackets that were opened before it.
fn trim_end(address: &str) -> &str {
    let stop = |c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_');
    let mut end = address.trim_end_matches(stop);
    while let Some(open) = end.bytes().last().and_then(opened_by)
        && count(end, open) < count(end, end.as_bytes()[end.len() - 1])
    {
        end = end[..end.len() - 1].trim_end_matches(stop);
    }
    end
}

fn opened_by(bracket: u8) -> Option<u8> {
    match bracket {
        b')' => Some(b'('),
        b']' => Some(b'['),
        b'}' => Some(b'{'),
        _ => None,
    }
}

fn count(text: &str, byte: u8) -> usize {
    text.bytes().filter(|b| *b == byte).count()
}

#[component]
pub fn Linked(text: String) -> impl IntoView {
    let view = |piece: Piece<'_>| match piece {
        Piece::Text(text) => Either::Left(text.to_owned()),
        Piece::Link(address) => {
            let address = address.to_owned();
            let link = view! { <a href=address.clone() target="_blank"
            rel="noopener noreferrer nofollow ugc">{address.clone()}</a> };
            Either::Right(link)
        }
    };
    pieces(&text).into_iter().map(view).collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let links = |text| {
            let only = |p: Piece<'static>| if let Piece::Link(l) = p { Some(l) } else { None };
            pieces(text).into_iter().filter_map(only).collect::<Vec<_>>()
        };
        assert_eq!(links("see https://example.com/a?b=c."), ["https://example.com/a?b=c"]);
        assert_eq!(
            links("(http://example.org/x) and https://example.com!"),
            ["http://example.org/x", "https://example.com"]
        );
        assert_eq!(links("https://example.org/a_(b)"), ["https://example.org/a_(b)"]);
        for (text, link) in [
            ("Https://example.com/menu please", "Https://example.com/menu"),
            ("HTTPS://EXAMPLE.COM/MENU", "HTTPS://EXAMPLE.COM/MENU"),
            ("メニューは https://example.com/menu。", "https://example.com/menu"),
            ("「https://example.com/menu」をご覧ください", "https://example.com/menu"),
            ("（https://example.com/a）、", "https://example.com/a"),
            ("请看https://example.com/a，谢谢", "https://example.com/a"),
            ("https://example.com/a！", "https://example.com/a"),
            ("انظر https://example.com/a، شكرا", "https://example.com/a"),
            ("https://example.com/a؟", "https://example.com/a"),
            ("देखें https://example.com/a।", "https://example.com/a"),
            ("„https://example.com/a“", "https://example.com/a"),
            ("«https://example.com/a»", "https://example.com/a"),
            ("https://example.com/a…", "https://example.com/a"),
            ("(see https://example.org/A_(b))", "https://example.org/A_(b)"),
            ("[https://example.com/a]", "https://example.com/a"),
            ("(https://example.com/a).", "https://example.com/a"),
            ("https://example.com/a[1]", "https://example.com/a[1]"),
            ("https://ja.wikipedia.org/wiki/東京、", "https://ja.wikipedia.org/wiki/東京"),
            ("https://hi.wikipedia.org/wiki/हिन्दी।", "https://hi.wikipedia.org/wiki/हिन्दी"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
        for text in [
            "javascript:alert(1)",
            "https://",
            "http:// x",
            "data:text/html,x",
            "example.com",
            "<a href=x>",
            "https://\" onclick=x",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn no_character_is_lost() {
        for text in [
            "",
            "a https:// b http://x.y, z",
            "https://a.b/ü?q=(1)).",
            "日本 https://例え.jp/あ 。",
            "HTTP://é https://ü)）",
        ] {
            let all: String = pieces(text)
                .into_iter()
                .map(|p| match p {
                    Piece::Text(t) | Piece::Link(t) => t,
                })
                .collect();
            assert_eq!(all, text);
        }
    }
}
