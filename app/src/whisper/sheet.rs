//! Where one participant's words stand on the page, and leave it.
//!
//! In: changes of a lane, pictures. Out: elements, one for each word. What stands in them is in no signal and
//! in no view, so that nothing keeps it when it goes. Never: an element with a letter whose word is over.

use super::{
    browser::append,
    fade::{Change, FADING, Lane, Word},
};
use leptos::prelude::document;
use std::{collections::BTreeMap, ops::Range};
use web_sys::{HtmlElement, HtmlImageElement, Url};
use zeroize::{Zeroize as _, Zeroizing};

/// A word that nothing was added to for so many milliseconds is told to screen readers, ended or not.
const QUIET: u64 = 1_500;

pub struct Sheet {
    lane: Lane,
    root: HtmlElement,
    /// Where screen readers are told whole words, after whose they are.
    log: HtmlElement,
    name: String,
    words: BTreeMap<u64, Shown>,
    pictures: Vec<Picture>,
}

/// A word on the page.
struct Shown {
    letters: HtmlElement,
    whole: HtmlElement,
    told: Option<HtmlElement>,
}

struct Picture {
    image: HtmlImageElement,
    address: String,
    over: u64,
}

impl Sheet {
    pub fn new(root: HtmlElement, log: HtmlElement) -> Self {
        let (words, pictures) = Default::default();
        Self { lane: Lane::default(), root, log, name: String::new(), words, pictures }
    }

    /// Whose it is.
    pub fn name(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    pub fn root(&self) -> &HtmlElement {
        &self.root
    }

    /// Nothing stands on it.
    pub fn is_blank(&self) -> bool {
        self.lane.words().is_empty() && self.pictures.is_empty()
    }

    pub fn take_in(&mut self, text: &str, cuts: &[u16], at: u64, stay: u64, aside: bool) {
        let changes = self.lane.take_in(text, cuts, at, stay);
        self.show(&changes);
        if aside {
            for change in changes {
                if let Change::Text(id) = change
                    && let Some(shown) = self.words.get(&id)
                {
                    let _ = shown.whole.class_list().add_1("aside");
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

    pub fn take_back(&mut self, letters: &Range<u64>) {
        let changes = self.lane.take_back(letters);
        self.show(&changes);
    }

    pub fn take_picture(&mut self, address: String, over: u64, alt: &str) {
        let Ok(image) = HtmlImageElement::new() else { return };
        image.set_alt(alt);
        image.set_src(&address);
        if self.root.append_child(&image).is_ok() {
            self.pictures.push(Picture { image, address, over });
        }
    }

    /// What is over leaves, what is about to fades, and whole words are told.
    pub fn tick(&mut self, now: u64) {
        let changes = self.lane.expire(now);
        self.show(&changes);
        for word in self.lane.words() {
            let Some(shown) = self.words.get_mut(&word.id) else { continue };
            let _ = shown.letters.class_list().toggle_with_force("fading", word.is_fading(now));
            let whole = word.has_ended() || now >= word.last() + QUIET;
            if whole && shown.told.is_none() {
                shown.told = tell(&self.log, &self.name, word);
            }
        }
        self.pictures.retain(|picture| {
            let fading = now + FADING >= picture.over;
            let _ = picture.image.class_list().toggle_with_force("fading", fading);
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
            let Some(whole) = append(&self.root, "span", "word") else { return };
            let Some(letters) = append(&whole, "span", "letters") else { return };
            let next = self.lane.words().get(at + 1).and_then(|next| self.words.get(&next.id));
            if let Some(next) = next {
                let _ = self.root.insert_before(&whole, Some(&next.whole));
            }
            self.words.insert(id, Shown { letters, whole, told: None });
        }
        let word = &self.lane.words()[at];
        let Some(shown) = self.words.get(&id) else { return };
        let end =
            word.letters().iter().rposition(|letter| !letter.is_whitespace()).map_or(0, |last| last + 1);
        let (letters, spaces) = word.letters().split_at(end);
        shown.letters.set_text_content(Some(&text(letters)));
        while let Some(space) = shown.letters.next_sibling() {
            let _ = shown.whole.remove_child(&space);
        }
        if !spaces.is_empty() {
            let _ = shown.whole.append_child(&document().create_text_node(&text(spaces)));
        }
        if let Some(told) = &shown.told {
            told.set_text_content(Some(&text(letters)));
        }
    }

    /// A word goes and leaves its width, so that those behind it stand still.
    fn blank(&mut self, id: u64) {
        let Some(shown) = self.words.remove(&id) else { return };
        let width = shown.letters.get_bounding_client_rect().width();
        shown.letters.set_text_content(None);
        shown.letters.set_class_name("blank");
        let _ = shown.letters.style().set_property("width", &format!("{width:.1}px"));
        shown.whole.set_class_name("");
        if let Some(told) = shown.told {
            told.remove();
        }
    }

    /// Lines with nothing on them go, from the first on.
    fn close_up(&self) {
        let first = self.lane.words().first().and_then(|word| self.words.get(&word.id));
        let top = first.map(|shown| shown.whole.offset_top());
        while let Some(child) = self.root.first_element_child() {
            let child: HtmlElement = wasm_bindgen::JsCast::unchecked_into(child);
            let stands = child.tag_name() == "IMG" || child.class_name().starts_with("word");
            if stands || top.is_some_and(|top| child.offset_top() >= top) {
                break;
            }
            child.remove();
        }
    }
}

impl Picture {
    fn remove(&self) {
        self.image.remove();
        self.image.set_src("");
        let _ = Url::revoke_object_url(&self.address);
    }
}

/// Letters as text that is overwritten when it was handed over.
fn text(letters: &[char]) -> Zeroizing<String> {
    let mut text = String::with_capacity(letters.len() * 4);
    text.extend(letters);
    Zeroizing::new(text)
}

fn tell(log: &HtmlElement, name: &str, word: &Word) -> Option<HtmlElement> {
    let told = append(log, "span", "")?;
    let mut words = text(word.letters());
    if words.trim().is_empty() {
        told.remove();
        return None;
    }
    // Whose it is, where somebody else spoke before.
    let before = told.previous_element_sibling().and_then(|before| before.get_attribute("data-by"));
    let _ = told.set_attribute("data-by", name);
    let said = if before.as_deref() == Some(name) {
        None
    } else {
        Some(Zeroizing::new(format!("{name}: {}", *words)))
    };
    told.set_text_content(Some(said.as_ref().unwrap_or(&words)));
    words.zeroize();
    Some(told)
}
