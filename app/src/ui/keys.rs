//! What a key press means.

use leptos::ev::KeyboardEvent;

/// While a word is being composed (Japanese, Chinese, Korean, accents on some keyboards) every key belongs to
/// the input method. Safari says so of the key that ends it only by the old code 229 (WebKit bug 165004).
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}
