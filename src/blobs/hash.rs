//! The name of what is in a file.

use crate::hex::hex;
use std::{fmt, str::FromStr};

/// Behind the name of a sealed file.
const SEALED: &str = ".sealed";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Hash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| ())?;
        }
        Ok(Hash(bytes))
    }
}

impl Hash {
    /// As an entity tag (RFC 9110, 8.8.3).
    pub fn tag(self) -> String {
        format!("\"{}\"", &self.to_string()[..32])
    }

    /// Where it lies: `ab/abcd…`, with `.sealed` behind it if it is. 256 folders: none of them grows so long
    /// that looking into it is slow.
    pub fn path(self, sealed: bool) -> String {
        let name = self.to_string();
        format!("{}/{name}{}", &name[..2], if sealed { SEALED } else { "" })
    }

    /// What lies at this path; `None` if it is nothing of ours.
    pub fn at_path(path: &str) -> Option<Hash> {
        let (folder, name) = path.split_once('/')?;
        let hash = name.strip_suffix(SEALED).unwrap_or(name).parse().ok()?;
        (folder.len() == 2 && name.starts_with(folder)).then_some(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_back_to_its_hash_and_no_other_does() {
        let hash = Hash([0xab; 32]);
        for sealed in [false, true] {
            assert_eq!(Hash::at_path(&hash.path(sealed)), Some(hash));
        }
        let name = hash.to_string();
        for other in [name.clone(), format!("ac/{name}"), format!("../{name}"), "ab/.half".to_owned()] {
            assert_eq!(Hash::at_path(&other), None, "{other}");
        }
    }
}
