//! The room's key, and what it seals: AES-256-GCM by the browser's own cryptography.
//!
//! In: plain bytes, and who says them as the how-manieth. Out: sealed bytes that open for nobody else and
//! in no other place. Never: a key that leaves this browser in anything but the address's fragment, which
//! browsers do not send; that of a private line is made of two halves and leaves it in nothing.

use super::{agreement::Half, browser::Js};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::wire::whisper::Number;
use zeroize::Zeroizing;

/// Bytes of a key.
const KEY: usize = 32;

/// Bytes of a nonce, random for each frame.
const NONCE: usize = 12;

/// A frame's count stands in the clear before the nonce, and is sealed in beside.
const COUNT: usize = 8;

pub struct Key {
    /// The browser's; it cannot be read out of it again.
    key: Js,
    /// What this key is for: a frame of one room opens in no other.
    room: String,
}

impl Key {
    /// Whether this page may seal at all: browsers let only pages they trust do so.
    pub fn is_possible() -> bool {
        Js::global("isSecureContext").is_true()
    }

    /// A new key, and how it stands in the address.
    pub async fn make(room: &str) -> Option<(Key, Zeroizing<String>)> {
        let bytes = Zeroizing::new(random::<KEY>()?);
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
        Some((Key::import(&*bytes, room).await?, text))
    }

    /// The key that an address's fragment carries; `None` if it is none.
    pub async fn read(text: &str, room: &str) -> Option<Key> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        if bytes.len() == KEY { Key::import(&bytes, room).await } else { None }
    }

    async fn import(bytes: &[u8], room: &str) -> Option<Key> {
        let raw = Js::bytes(bytes);
        let usages = Js::list(&[&"encrypt".into(), &"decrypt".into()]);
        let arguments = [&"raw".into(), &raw, &"AES-GCM".into(), &false.into(), &usages];
        let key = subtle().call("importKey", &arguments)?.done().await;
        raw.wipe();
        Some(Key { key: key?, room: room.to_owned() })
    }

    /// Seals what `number` says as their `count`th frame.
    pub async fn seal(&self, number: Number, count: u64, plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = random::<NONCE>()?;
        let raw = Js::bytes(plain);
        let params = self.params(number, count, &nonce);
        let sealed = subtle().call("encrypt", &[&params, &self.key, &raw])?.done().await;
        raw.wipe();
        let sealed = sealed?.to_bytes();
        let mut frame = Vec::with_capacity(COUNT + NONCE + sealed.len());
        frame.extend(count.to_be_bytes());
        frame.extend(nonce);
        frame.extend(sealed);
        Some(frame)
    }

    /// Opens what `number` is said to have sent. The count is the one it was sealed with.
    pub async fn open(&self, number: Number, frame: &[u8]) -> Option<(u64, Zeroizing<Vec<u8>>)> {
        let (count, rest) = frame.split_first_chunk::<COUNT>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let count = u64::from_be_bytes(*count);
        let params = self.params(number, count, nonce);
        let opened = subtle().call("decrypt", &[&params, &self.key, &Js::bytes(sealed)])?.done().await?;
        let opened = Js::make("Uint8Array", &[&opened])?;
        let plain = Zeroizing::new(opened.to_bytes());
        opened.wipe();
        Some((count, plain))
    }

    fn params(&self, number: Number, count: u64, nonce: &[u8]) -> Js {
        let mut bound = self.room.clone().into_bytes();
        bound.extend(number.to_be_bytes());
        bound.extend(count.to_be_bytes());
        Js::object(&[
            ("name", "AES-GCM".into()),
            ("iv", Js::bytes(nonce)),
            ("additionalData", Js::bytes(&bound)),
        ])
    }
}

/// One end's pair of halves for a private line: the public one is shown, the other never leaves the browser's
/// own cryptography.
pub struct Pair {
    private: Js,
    pub half: Half,
}

impl Pair {
    pub async fn make() -> Option<Pair> {
        let usages = Js::list(&[&"deriveBits".into()]);
        let pair = subtle().call("generateKey", &[&curve(), &false.into(), &usages])?.done().await?;
        let public = subtle().call("exportKey", &[&"raw".into(), &pair.get("publicKey")])?.done().await?;
        Some(Pair { private: pair.get("privateKey"), half: public.to_bytes().try_into().ok()? })
    }

    /// The key that both ends make of their own pair and the other's half; `None` if that is no point of the
    /// curve. The halves, the opener's first, and the room are bound into it.
    pub async fn key(&self, theirs: &Half, opener: bool, room: &str) -> Option<Key> {
        let public = [&"raw".into(), &Js::bytes(theirs), &curve(), &true.into(), &Js::list(&[])];
        let public = subtle().call("importKey", &public)?.done().await?;
        let agree = Js::object(&[("name", "ECDH".into()), ("public", public)]);
        let bits = 8.0 * KEY as f64;
        let secret = subtle().call("deriveBits", &[&agree, &self.private, &bits.into()])?.done().await?;
        let usages = Js::list(&[&"deriveBits".into()]);
        let import = [&"raw".into(), &secret, &"HKDF".into(), &false.into(), &usages];
        let base = subtle().call("importKey", &import)?.done().await?;
        Js::make("Uint8Array", &[&secret])?.wipe();
        let (first, second) = if opener { (&self.half, theirs) } else { (theirs, &self.half) };
        let info = format!("bellhop line {room}");
        let expand = Js::object(&[
            ("name", "HKDF".into()),
            ("hash", "SHA-256".into()),
            ("salt", Js::bytes(&[&first[..], &second[..]].concat())),
            ("info", Js::bytes(info.as_bytes())),
        ]);
        let derived = subtle().call("deriveBits", &[&expand, &base, &bits.into()])?.done().await?;
        let derived = Js::make("Uint8Array", &[&derived])?;
        let bytes = Zeroizing::new(derived.to_bytes());
        derived.wipe();
        Key::import(&bytes, room).await
    }
}

fn curve() -> Js {
    Js::object(&[("name", "ECDH".into()), ("namedCurve", "P-256".into())])
}

/// So many bytes nobody can foresee.
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let filled = Js::global("crypto").call("getRandomValues", &[&Js::bytes(&[0; N])])?;
    let bytes = Zeroizing::new(filled.to_bytes());
    filled.wipe();
    (**bytes).try_into().ok()
}

fn subtle() -> Js {
    Js::global("crypto").get("subtle")
}
