//! Where words end in scripts that put no spaces between them.

use super::browser::Js;

/// The browser's own knowledge of words, where it has it.
pub struct Segmenter(Option<Js>);

impl Segmenter {
    pub fn new() -> Self {
        let words = Js::object(&[("granularity", "word".into())]);
        // A class that hangs on `Intl` is made by the one function that makes any.
        let class = Js::global("Intl").get("Segmenter");
        let made = class.is_there().then(|| {
            let arguments = Js::list(&[&Js::global("undefined"), &words]);
            Js::global("Reflect").call("construct", &[&class, &arguments])
        });
        Segmenter(made.flatten())
    }

    /// Where words end inside a run of letters without spaces, in letters from its start. Empty for scripts
    /// that write spaces.
    pub fn cuts(&self, run: &str) -> Vec<usize> {
        if !run.chars().any(is_unspaced) {
            return Vec::new();
        }
        let mut at = 0;
        let mut cuts: Vec<usize> = match self.segments(run) {
            Some(segments) => segments
                .into_iter()
                .map(|segment| {
                    at += segment.chars().count();
                    at
                })
                .collect(),
            // Without that knowledge every letter is a word.
            None => (1..=run.chars().count()).collect(),
        };
        cuts.pop();
        cuts
    }

    fn segments(&self, run: &str) -> Option<Vec<String>> {
        let found = self.0.as_ref()?.call("segment", &[&run.into()])?;
        let found = Js::global("Array").call("from", &[&found])?;
        let count = found.get("length").number() as usize;
        Some((0..count).map(|at| found.get(&at.to_string()).get("segment").text()).collect())
    }
}

/// Thai, Lao, Myanmar, Khmer, Kana, Han.
fn is_unspaced(letter: char) -> bool {
    matches!(letter as u32, 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x30ff
        | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}
