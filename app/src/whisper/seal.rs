//! The room's key, and what it seals: AES-256-GCM by the browser's own cryptography.
//!
//! In: plain bytes, and who says them as the how-manieth. Out: sealed bytes that open for nobody else and in no
//! other place. Never: a key that leaves this browser in anything but the address's fragment, which browsers
//! do not send.

use super::browser::{bytes_of, object};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::wire::whisper::Number;
use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a key.
const KEY: usize = 32;

/// Bytes of a nonce, random for each frame.
const NONCE: usize = 12;

/// A frame's count stands in the clear before the nonce, and is sealed in beside.
const COUNT: usize = 8;

pub struct Key {
    key: CryptoKey,
    /// What this key is for: a frame of one room opens in no other.
    room: String,
}

impl Key {
    /// Whether this page may seal at all: browsers let only pages they trust do so.
    pub fn is_possible() -> bool {
        window().is_secure_context()
    }

    /// A new key, and how it stands in the address.
    pub async fn make(room: &str) -> Option<(Key, Zeroizing<String>)> {
        let mut bytes = random::<KEY>()?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
        let key = Key::import(&bytes, room).await;
        bytes.zeroize();
        Some((key?, text))
    }

    /// The key that an address's fragment carries; `None` if it is none.
    pub async fn read(text: &str, room: &str) -> Option<Key> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        if bytes.len() == KEY { Key::import(&bytes, room).await } else { None }
    }

    async fn import(bytes: &[u8], room: &str) -> Option<Key> {
        let raw = Uint8Array::from(bytes);
        let usages = js_sys::Array::of2(&"encrypt".into(), &"decrypt".into());
        let importing =
            crypto()?.subtle().import_key_with_str("raw", &raw, "AES-GCM", false, &usages).ok()?;
        let key = JsFuture::from(importing).await.ok();
        raw.fill(0, 0, raw.length());
        Some(Key { key: key?.dyn_into().ok()?, room: room.to_owned() })
    }

    /// Seals what `number` says as their `count`th frame.
    pub async fn seal(&self, number: Number, count: u64, plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = random::<NONCE>()?;
        let raw = Uint8Array::from(plain);
        let params = self.params(number, count, &nonce);
        let subtle = crypto()?.subtle();
        let sealing = subtle.encrypt_with_object_and_js_u8_array(&params, &self.key, &raw).ok()?;
        let sealed = JsFuture::from(sealing).await.ok();
        raw.fill(0, 0, raw.length());
        let mut frame = Vec::with_capacity(COUNT + NONCE + plain.len() + 16);
        frame.extend(count.to_be_bytes());
        frame.extend(nonce);
        frame.extend(bytes_of(&sealed?));
        Some(frame)
    }

    /// Opens what `number` is said to have sent. The count is the one it was sealed with.
    pub async fn open(&self, number: Number, frame: &[u8]) -> Option<(u64, Zeroizing<Vec<u8>>)> {
        let (count, rest) = frame.split_first_chunk::<COUNT>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let count = u64::from_be_bytes(*count);
        let params = self.params(number, count, nonce);
        let raw = Uint8Array::from(sealed);
        let subtle = crypto()?.subtle();
        let opening = subtle.decrypt_with_object_and_js_u8_array(&params, &self.key, &raw).ok()?;
        let opened = Uint8Array::new(&JsFuture::from(opening).await.ok()?);
        let plain = Zeroizing::new(opened.to_vec());
        opened.fill(0, 0, opened.length());
        Some((count, plain))
    }

    fn params(&self, number: Number, count: u64, nonce: &[u8]) -> js_sys::Object {
        let mut bound = self.room.clone().into_bytes();
        bound.extend(number.to_be_bytes());
        bound.extend(count.to_be_bytes());
        object(&[
            ("name", "AES-GCM".into()),
            ("iv", Uint8Array::from(nonce).into()),
            ("additionalData", Uint8Array::from(bound.as_slice()).into()),
        ])
    }
}

/// So many bytes nobody can foresee.
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    crypto()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

fn crypto() -> Option<Crypto> {
    js_sys::Reflect::get(&window(), &JsValue::from_str("crypto")).ok()?.dyn_into().ok()
}
