//! What stands in a composer and is not sent, kept over a reload.
//!
//! In: a text and the key it lies under. Out: the text again. Each tab has its own, for two tabs of one
//! person write two things; and the browser has the one that was typed last, for a tab that comes later.
//! Never: one tab's text over another's, nor one tab's sending taken for the other's.

use leptos::prelude::window;
use web_sys::Storage;

fn of_tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn of_browser() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What this tab left under a key, an empty text included; else what any tab did.
pub fn load(key: &str) -> Option<String> {
    let in_store = |store: Option<Storage>| store?.get_item(key).ok().flatten();
    in_store(of_tab()).or_else(|| in_store(of_browser()))
}

pub fn keep(key: &str, text: &str) {
    let before = of_tab().and_then(|tab| {
        let before = tab.get_item(key).ok().flatten();
        let _ = tab.set_item(key, text);
        before
    });
    let Some(browser) = of_browser() else { return };
    if !text.is_empty() {
        let _ = browser.set_item(key, text);
    } else if before.is_none() || browser.get_item(key).ok().flatten() == before {
        let _ = browser.remove_item(key);
    }
}

/// Every text in a storage under a key that begins so, with the rest of its key.
pub fn texts(store: Option<Storage>, prefix: &str) -> Vec<(String, String)> {
    let Some(store) = store else { return Vec::new() };
    let keys = (0..store.length().unwrap_or(0)).filter_map(|index| store.key(index).ok().flatten());
    let found = keys.filter_map(|key| {
        let text = store.get_item(&key).ok().flatten()?;
        Some((key.strip_prefix(prefix)?.to_owned(), text))
    });
    found.collect()
}

/// What this tab has.
pub fn in_tab(prefix: &str) -> Vec<(String, String)> {
    texts(of_tab(), prefix)
}

/// Forgets what this tab has under a key.
pub fn forget_in_tab(key: &str) {
    if let Some(tab) = of_tab() {
        let _ = tab.remove_item(key);
    }
}

/// What this tab has under one key lies under another from now on.
pub fn move_in_tab(from: &str, to: &str) {
    let Some(tab) = of_tab() else { return };
    if let Ok(Some(text)) = tab.get_item(from) {
        let _ = tab.set_item(to, &text);
        let _ = tab.remove_item(from);
    }
}

/// Nobody is to find it again, whichever tab it was written in.
pub fn erase(key: &str) {
    for store in [of_tab(), of_browser()].into_iter().flatten() {
        let _ = store.remove_item(key);
    }
}
