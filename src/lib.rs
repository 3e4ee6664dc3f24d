//! The browser's entry, compiled to WASM. On the server this crate is empty: the program is `main.rs`.

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
