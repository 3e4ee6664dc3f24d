//! Files that nobody reads without the key, under names that tell nobody without it whether a certain file is
//! there (AES-256-GCM; HMAC-SHA-256).

use super::Hash;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use sha2::Sha256;
use std::{fmt, io, str::FromStr};

/// The operator's key: 32 bytes, as 64 hexadecimal digits.
#[derive(Clone)]
pub struct FilesKey(pub(super) [u8; 32]);

impl FromStr for FilesKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim()
            .parse()
            .map(|Hash(bytes)| FilesKey(bytes))
            .map_err(|()| "64 hexadecimal digits, as `openssl rand -hex 32` makes them")
    }
}

impl fmt::Debug for FilesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilesKey(…)")
    }
}

pub struct Seal {
    naming: [u8; 32],
    sealing: LessSafeKey,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// Two keys of one, so that a name tells nothing of a sealing.
    pub fn new(key: &FilesKey) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"bellhop files").extract(&key.0);
        let derived = |what: &[u8]| {
            let mut bytes = [0; 32];
            let what = [what];
            let okm = prk.expand(&what, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes));
            okm.expect("a key of 32 bytes is what this makes");
            bytes
        };
        let sealing = UnboundKey::new(&AES_256_GCM, &derived(b"sealing")).expect("a key of 32 bytes");
        Seal { naming: derived(b"naming"), sealing: LessSafeKey::new(sealing) }
    }

    pub fn name(&self, bytes: &[u8]) -> Hash {
        let mut mac = <Hmac<Sha256>>::new_from_slice(&self.naming).expect("any length is a key");
        mac.update(bytes);
        Hash(mac.finalize().into_bytes().into())
    }

    /// The nonce, and behind it what only the key opens, as this name and no other.
    pub fn seal(&self, hash: Hash, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        self.sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(hash.0), &mut bytes)
            .map_err(|_| io::Error::other("a file could not be sealed"))?;
        bytes.splice(..0, nonce);
        Ok(bytes)
    }

    pub fn open(&self, hash: Hash, mut sealed: Vec<u8>) -> io::Result<Vec<u8>> {
        let broken =
            || io::Error::other("this file cannot be opened: it is damaged, or sealed with another key");
        let nonce: [u8; NONCE_LEN] = *sealed.first_chunk().ok_or_else(broken)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.sealing.open_within(nonce, Aad::from(hash.0), &mut sealed, NONCE_LEN..);
        let length = opened.map_err(|_| broken())?.len();
        sealed.truncate(length);
        Ok(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_digits() {
        assert!("0f".repeat(32).parse::<FilesKey>().is_ok());
        for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert!(wrong.parse::<FilesKey>().is_err(), "{wrong}");
        }
    }
}
