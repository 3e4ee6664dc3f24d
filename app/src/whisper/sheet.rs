//! Where one participant's words stand on the page, and leave it.
//!
//! In: changes of a lane, pictures. Out: elements, one for each word. What stands in them is in no signal and
//! in no view, so that nothing keeps it when it goes. Never: an element with a letter whose word is over.

use super::{
    browser::Js,
    fade::{Change, FADING, Lane, Word},
};
use std::{collections::BTreeMap, ops::Range};
use zeroize::Zeroizing;

/// A word that nothing was added to for so many milliseconds is told to screen readers, ended or not.
const QUIET: u64 = 1_500;

/// The type of a node that is text.
const TEXT: f64 = 3.0;

pub struct Sheet {
    lane: Lane,
    root: Js,
    /// Where screen readers are told whole words, after whose they are; one's own they have heard.
    log: Option<Js>,
    /// What was written last was for moderators only.
    aside: bool,
    name: String,
    words: BTreeMap<u64, Shown>,
    pictures: Vec<Picture>,
}

/// A word on the page.
struct Shown {
    letters: Js,
    whole: Js,
    told: Option<Js>,
    fading: bool,
}

struct Picture {
    image: Js,
    address: String,
    over: u64,
    told: Option<Js>,
}

impl Sheet {
    pub fn new(root: Js, log: Option<Js>) -> Self {
        let (words, pictures) = Default::default();
        Self { lane: Lane::default(), root, log, aside: false, name: String::new(), words, pictures }
    }

    /// Whose it is.
    pub fn name(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    pub fn root(&self) -> &Js {
        &self.root
    }

    /// Nothing stands on it.
    pub fn is_blank(&self) -> bool {
        self.lane.words().is_empty() && self.pictures.is_empty()
    }

    pub fn take_in(&mut self, text: &str, cuts: &[u16], at: u64, stay: u64, aside: bool) {
        if std::mem::replace(&mut self.aside, aside) != aside {
            self.lane.end_word();
        }
        let changes = self.lane.take_in(text, cuts, at, stay);
        self.show(&changes);
        if aside {
            for change in changes {
                if let Change::Text(id) = change
                    && let Some(shown) = self.words.get(&id)
                {
                    shown.whole.set("className", "word aside");
                }
            }
        }
    }

    /// Letters written so far.
    pub fn total(&self) -> u64 {
        self.lane.total()
    }

    pub fn restamp(&mut self, letters: Range<u64>, at: u64, stay: u64) {
        self.lane.restamp(letters, at, stay);
    }

    /// Letters that reached nobody go at once.
    pub fn withdraw(&mut self, letters: &Range<u64>) {
        let changes = self.lane.withdraw(letters);
        self.show(&changes);
    }

    pub fn take_picture(&mut self, address: String, over: u64, alt: &str) {
        if let Some(image) = self.root.append("img", "") {
            image.set("alt", alt);
            image.set("src", address.as_str());
            let told = self.log.as_ref().and_then(|log| log.append("span", ""));
            if let Some(told) = &told {
                told.set("textContent", alt);
            }
            self.pictures.push(Picture { image, address, over, told });
        }
    }

    /// What is over leaves, what is about to fades, and whole words are told.
    pub fn tick(&mut self, now: u64) {
        let changes = self.lane.expire(now);
        self.show(&changes);
        for word in self.lane.words() {
            let Some(shown) = self.words.get_mut(&word.id) else { continue };
            let fading = word.is_fading(now);
            if std::mem::replace(&mut shown.fading, fading) != fading {
                shown.letters.set("className", if fading { "letters fading" } else { "letters" });
            }
            let whole = word.has_ended() || now >= word.last() + QUIET;
            if let (true, None, Some(log)) = (whole, &shown.told, &self.log) {
                shown.told = tell(log, &self.name, word);
            }
        }
        self.pictures.retain(|picture| {
            let fading = now + FADING >= picture.over;
            picture.image.set("className", if fading { "fading" } else { "" });
            if now >= picture.over {
                picture.remove();
            }
            now < picture.over
        });
    }

    /// Everything leaves.
    pub fn clear(&mut self) {
        let changes = self.lane.clear();
        self.show(&changes);
        self.pictures.drain(..).for_each(|picture| picture.remove());
    }

    fn show(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Text(id) => self.write(*id),
                Change::Gone(id) => self.blank(*id),
            }
        }
        self.close_up();
    }

    fn write(&mut self, id: u64) {
        let Some(at) = self.lane.words().iter().position(|word| word.id == id) else { return };
        if !self.words.contains_key(&id) {
            let Some(whole) = self.root.append("span", "word") else { return };
            let Some(letters) = whole.append("span", "letters") else { return };
            let next = self.lane.words().get(at + 1).and_then(|next| self.words.get(&next.id));
            if let Some(next) = next {
                self.root.call("insertBefore", &[&whole, &next.whole]);
            }
            self.words.insert(id, Shown { letters, whole, told: None, fading: false });
        }
        let word = &self.lane.words()[at];
        let Some(shown) = self.words.get(&id) else { return };
        let end =
            word.letters().iter().rposition(|letter| !letter.is_whitespace()).map_or(0, |last| last + 1);
        let (letters, spaces) = word.letters().split_at(end);
        shown.letters.set("textContent", text(letters).as_str());
        // What stands behind the letters is spaces.
        let last = shown.whole.get("lastChild");
        if last.get("nodeType").number() == TEXT {
            last.set("data", text(spaces).as_str());
        } else if !spaces.is_empty() {
            shown.whole.call("append", &[&text(spaces).as_str().into()]);
        }
    }

    /// A word goes and leaves its width, so that those behind it stand still.
    fn blank(&mut self, id: u64) {
        let Some(shown) = self.words.remove(&id) else { return };
        let width =
            shown.letters.call("getBoundingClientRect", &[]).map_or(0.0, |at| at.get("width").number());
        shown.letters.set("textContent", "");
        shown.letters.set("className", "blank");
        shown.letters.get("style").set("width", format!("{}px", width.ceil() as u32));
        shown.whole.set("className", "");
        if let Some(told) = shown.told {
            told.call("remove", &[]);
        }
    }

    /// Lines with nothing on them go, from the first on.
    fn close_up(&self) {
        let first = self.lane.words().first().and_then(|word| self.words.get(&word.id));
        let top = first.map(|shown| shown.whole.get("offsetTop").number());
        loop {
            let child = self.root.get("firstElementChild");
            let stands =
                child.get("tagName").text() == "IMG" || child.get("className").text().starts_with("word");
            if !child.is_there() || stands || top.is_some_and(|top| child.get("offsetTop").number() >= top) {
                break;
            }
            child.call("remove", &[]);
        }
    }
}

/// Nothing of it stays on the page.
impl Drop for Sheet {
    fn drop(&mut self) {
        self.clear();
        self.root.call("remove", &[]);
    }
}

impl Picture {
    fn remove(&self) {
        self.image.call("remove", &[]);
        if let Some(told) = &self.told {
            told.call("remove", &[]);
        }
        self.image.set("src", "");
        Js::global("URL").call("revokeObjectURL", &[&self.address.as_str().into()]);
    }
}

/// Letters as text that is overwritten when it was handed over.
fn text(letters: &[char]) -> Zeroizing<String> {
    let mut text = String::with_capacity(letters.len() * 4);
    text.extend(letters);
    Zeroizing::new(text)
}

fn tell(log: &Js, name: &str, word: &Word) -> Option<Js> {
    let words = text(word.letters());
    if words.trim().is_empty() {
        return None;
    }
    let before = log.get("lastElementChild").get("title").text();
    let told = log.append("span", "")?;
    // Whose it is, where somebody else spoke before.
    told.set("title", name);
    if before == name {
        told.set("textContent", words.as_str());
    } else {
        told.set("textContent", Zeroizing::new(format!("{name}: {}", *words)).as_str());
    }
    Some(told)
}
