//! Where words end in scripts that put no spaces between them.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};

/// The browser's own knowledge of words, where it has it.
pub struct Segmenter(Option<JsValue>);

impl Segmenter {
    pub fn new() -> Self {
        let make = || {
            let intl = Reflect::get(&window(), &"Intl".into()).ok()?;
            let class: Function = Reflect::get(&intl, &"Segmenter".into()).ok()?.dyn_into().ok()?;
            let options = super::browser::object(&[("granularity", "word".into())]);
            Reflect::construct(&class, &Array::of2(&JsValue::UNDEFINED, &options)).ok()
        };
        Segmenter(make())
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
        let segmenter = self.0.as_ref()?;
        let segment: Function = Reflect::get(segmenter, &"segment".into()).ok()?.dyn_into().ok()?;
        let found = Array::from(&segment.call1(segmenter, &run.into()).ok()?);
        found.iter().map(|part| Reflect::get(&part, &"segment".into()).ok()?.as_string()).collect()
    }
}

/// Thai, Lao, Myanmar, Khmer, Kana, Han.
fn is_unspaced(letter: char) -> bool {
    matches!(letter as u32, 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x30ff
        | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}
