//! The browser's entry, compiled to WASM. What it brings to life is `app`'s.

/// Called by the page's script when the WASM file is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
