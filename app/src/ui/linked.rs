//! Text as somebody wrote it, with web addresses made clickable. Everything else stays text, whatever it
//! looks like.

use leptos::{either::Either, prelude::*};

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits off `http://` and `https://` addresses; the full stop or bracket after one is not part of it.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = next_address(rest) {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from.len());
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
        text.as_bytes()[*at..].starts_with(b"http://") || text.as_bytes()[*at..].starts_with(b"https://")
    };
    (0..text.len()).find(begins)
}

fn trim_end(address: &str) -> &str {
    let mut end = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
    while let Some(shorter) = end.strip_suffix(')').filter(|_| !end.contains('(')) {
        end = shorter.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    }
    end
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
        for text in ["", "a https:// b http://x.y, z", "https://a.b/ü?q=(1)).", "日本 https://例え.jp/あ 。"]
        {
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
