//! What of a text anybody sees.

/// Whether there is nothing in it to see: spaces and characters without a shape, of which a bubble or a name
/// would be empty.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_unseen(c))
}

/// A text on one line: without what breaks a line or turns it around, and empty if there is nothing to see in
/// it. The joiners stay with which Persian, Hindi and emoji are written.
pub fn one_line(text: &str) -> String {
    if is_blank(text) {
        return String::new();
    }
    let shown = |c: &char| !c.is_control() && !turns(*c);
    let line: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(shown).collect();
    line.split(' ').filter(|word| !is_blank(word)).collect::<Vec<_>>().join(" ")
}

/// Characters that turn what follows them around, for others too who stand in the same line (UAX #9).
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without a shape of their own: Unicode's default-ignorable ones, and those drawn as nothing.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_blank() {
        for blank in [
            "",
            " \t\n",
            "\u{200b}",
            "\u{2800}",
            "\u{3164}",
            "\u{ad}",
            "\u{200e}",
            "\u{2060}",
            "\u{feff}",
            "\u{fe0f}",
            "\u{3000}",
            "\u{34f}",
            "\u{115f}",
            "\u{1160}",
            "\u{17b5}",
            "\u{180e}",
            "\u{202e}",
            "\u{2028}",
            "\u{206a}",
            "\u{ffa0}",
            "\u{fffa}",
            "\u{1d173}",
            "\u{e0001}",
            "\u{e0100}",
            "\u{85}",
            "\u{a0}\u{200d}\u{200c} ",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", ".", "\u{200b}a", "👍🏽", "☺\u{fe0f}", "می‌خواهم", "क्‍ष", "\u{301}", "。", "㊗"]
        {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn a_line_is_one_and_runs_one_way() {
        assert_eq!(one_line("  Ada \n\t Lovelace\u{2028}K. "), "Ada Lovelace K.");
        assert_eq!(one_line("evil\u{202e}gpj.exe\u{2066}"), "evilgpj.exe");
        assert_eq!(one_line("\u{200d}\u{2800} \u{fe0f}"), "");
        for kept in ["می‌خواهم", "👩‍👩‍👧", "क्‍ष", "☺\u{fe0f}"] {
            assert_eq!(one_line(kept), kept);
        }
    }
}
