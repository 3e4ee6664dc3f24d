//! Where the bytes of files lie: a folder, each file once, named by the hash of what is in it.
//!
//! In: bytes. Out: their name, once they are on disk; and the same bytes again. Never: who may have them,
//! which is the desk's to ask, or what uses them, which the store knows. With a key they lie sealed
//! (AES-256-GCM), under names that tell nobody without the key whether a certain file is there.

use crate::hex::hex;
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The name of what is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Hash {
    /// As an entity tag (RFC 9110, 8.8.3).
    pub fn tag(self) -> String {
        format!("\"{}\"", &self.to_string()[..32])
    }

    /// The name of a file, as it lies in its folder, sealed or not.
    pub fn of_file(name: &str) -> Option<Hash> {
        Hash::parse(name.strip_suffix(SEALED).unwrap_or(name))
    }

    fn parse(text: &str) -> Option<Hash> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Hash(bytes))
    }
}

/// The operator's key: 32 bytes, as 64 hexadecimal digits.
#[derive(Clone)]
pub struct FilesKey([u8; 32]);

impl FromStr for FilesKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Hash::parse(text.trim())
            .map(|hash| FilesKey(hash.0))
            .ok_or("64 hexadecimal digits, as `openssl rand -hex 32` makes them")
    }
}

impl std::fmt::Debug for FilesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilesKey(…)")
    }
}

/// Bytes of a file that are read at once.
const PIECE: usize = 128 * 1024;

/// Sealed files that are given out at once.
const OPENED: usize = 16;

/// Behind the name of a sealed file.
const SEALED: &str = ".sealed";

#[derive(Clone, Debug)]
pub struct Blobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    seal: Option<Seal>,
    /// Sealed files that are being given out.
    opened: Arc<Semaphore>,
}

/// A file that is being given out.
#[derive(Debug)]
pub struct Opened {
    pub length: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(fs::File),
    Memory(Bytes, OwnedSemaphorePermit),
}

impl Opened {
    /// So many bytes from there on, as they are asked for.
    pub fn stretch(self, from: u64, count: u64) -> BoxStream<'static, io::Result<Bytes>> {
        match self.source {
            Source::File(file) => stream::try_unfold((file, from, count), next_piece).boxed(),
            Source::Memory(bytes, permit) => {
                let part = bytes.slice(from as usize..(from + count) as usize);
                // Until the last byte has gone.
                stream::once(async move {
                    let _permit = permit;
                    Ok(part)
                })
                .boxed()
            }
        }
    }
}

type Reading = (fs::File, u64, u64);

async fn next_piece((file, at, left): Reading) -> io::Result<Option<(Bytes, Reading)>> {
    if left == 0 {
        return Ok(None);
    }
    let read = tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; PIECE.min(left as usize)];
        file.read_exact_at(&mut piece, at).map(|()| (file, piece))
    });
    let (file, piece) = read.await.map_err(io::Error::other)??;
    let count = piece.len() as u64;
    Ok(Some((piece.into(), (file, at + count, left - count))))
}

struct Seal {
    naming: [u8; 32],
    sealing: LessSafeKey,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// Two keys of one, so that a name tells nothing of a sealing.
    fn new(key: &FilesKey) -> Self {
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
}

impl Blobs {
    pub fn new(folder: &str, key: Option<&FilesKey>) -> Self {
        Self(Arc::new(Inner {
            folder: folder.into(),
            seal: key.map(Seal::new),
            opened: Arc::new(Semaphore::new(OPENED)),
        }))
    }

    /// Makes the folder, so that it is known at the start whether it can be.
    pub fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0.folder)
    }

    /// The name these bytes have here.
    pub fn name(&self, bytes: &[u8]) -> Hash {
        match &self.0.seal {
            None => Hash(Sha256::digest(bytes).into()),
            Some(seal) => {
                let mut mac = <Hmac<Sha256>>::new_from_slice(&seal.naming).expect("any length is a key");
                mac.update(bytes);
                Hash(mac.finalize().into_bytes().into())
            }
        }
    }

    /// Whether these bytes have this name, here or before there was a key.
    pub fn is_named(&self, hash: Hash, bytes: &[u8]) -> bool {
        self.name(bytes) == hash || Hash(Sha256::digest(bytes).into()) == hash
    }

    /// Keeps bytes under their name. When this returns they are on disk, and so is the way to them.
    pub async fn put(&self, hash: Hash, bytes: Vec<u8>) -> io::Result<()> {
        self.work(move |inner| inner.put(hash, bytes)).await
    }

    /// `None` if there is nothing of this name.
    pub async fn get(&self, hash: Hash) -> io::Result<Option<Vec<u8>>> {
        self.work(move |inner| inner.get(hash)).await
    }

    /// The same, to be given out piece by piece. Sealed ones lie in memory meanwhile, and not many at once.
    pub async fn open(&self, hash: Hash) -> io::Result<Option<Opened>> {
        let file = self.work(move |inner| found(fs::File::open(inner.path(hash, false)))).await?;
        if let Some(file) = file {
            let length = file.metadata()?.len();
            return Ok(Some(Opened { length, source: Source::File(file) }));
        }
        let permit = self.0.opened.clone().acquire_owned().await.map_err(io::Error::other)?;
        let Some(bytes) = self.get(hash).await? else { return Ok(None) };
        let length = bytes.len() as u64;
        Ok(Some(Opened { length, source: Source::Memory(bytes.into(), permit) }))
    }

    /// What is not there is removed already.
    pub async fn remove(&self, hash: Hash) -> io::Result<()> {
        self.work(move |inner| inner.remove(hash)).await
    }

    /// Every name there is something of.
    pub fn all(&self) -> io::Result<Vec<Hash>> {
        self.0.all()
    }

    /// Where the bytes of this name lie; `None` if they do not.
    pub fn find(&self, hash: Hash) -> Option<PathBuf> {
        [false, true].map(|sealed| self.0.path(hash, sealed)).into_iter().find(|path| path.exists())
    }

    /// Bytes that are free where the files lie; `None` where that cannot be asked.
    pub fn free(&self) -> Option<u64> {
        free(&self.0.folder)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || work(&inner)).await.map_err(io::Error::other)?
    }
}

#[cfg(target_os = "linux")]
fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail * found.f_frsize)
}

#[cfg(not(target_os = "linux"))]
fn free(_: &Path) -> Option<u64> {
    None
}

impl Inner {
    /// 256 folders: none of them grows so long that looking into it is slow.
    fn path(&self, hash: Hash, sealed: bool) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(if sealed { format!("{name}{SEALED}") } else { name })
    }

    fn put(&self, hash: Hash, mut bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(hash, self.seal.is_some());
        if path.exists() {
            return Ok(());
        }
        if let Some(seal) = &self.seal {
            let nonce: [u8; NONCE_LEN] = rand::random();
            seal.sealing
                .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(hash.0), &mut bytes)
                .map_err(|_| io::Error::other("a file could not be sealed"))?;
            bytes.splice(..0, nonce);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            fs::File::open(&self.folder)?.sync_all()?;
        }
        // Under another name until it is whole, so that what is there is whole.
        let half = folder.join(format!(".{:032x}", rand::random::<u128>()));
        let written = fs::File::create_new(&half).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&half, &path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&half);
        }
        written?;
        fs::File::open(folder)?.sync_all()
    }

    fn get(&self, hash: Hash) -> io::Result<Option<Vec<u8>>> {
        if let Some(plain) = found(fs::read(self.path(hash, false)))? {
            return Ok(Some(plain));
        }
        let Some(mut sealed) = found(fs::read(self.path(hash, true)))? else { return Ok(None) };
        let seal = self
            .seal
            .as_ref()
            .ok_or_else(|| io::Error::other("this file is sealed: BELLHOP_FILES_KEY is missing"))?;
        let broken =
            || io::Error::other("this file cannot be opened: it is damaged, or sealed with another key");
        let nonce: [u8; NONCE_LEN] = *sealed.first_chunk().ok_or_else(broken)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = seal.sealing.open_within(nonce, Aad::from(hash.0), &mut sealed, NONCE_LEN..);
        let length = opened.map_err(|_| broken())?.len();
        sealed.truncate(length);
        Ok(Some(sealed))
    }

    fn remove(&self, hash: Hash) -> io::Result<()> {
        for sealed in [false, true] {
            found(fs::remove_file(self.path(hash, sealed)))?;
        }
        Ok(())
    }

    fn all(&self) -> io::Result<Vec<Hash>> {
        let mut all = Vec::new();
        let Some(folders) = found(fs::read_dir(&self.folder))? else { return Ok(all) };
        for folder in folders {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder)? {
                let name = file?.file_name().to_string_lossy().into_owned();
                all.extend(Hash::of_file(&name));
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }
}

/// What is not there is no error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(folder: &Path, key: Option<u8>) -> Blobs {
        let key = key.map(|byte| FilesKey([byte; 32]));
        Blobs::new(folder.to_str().unwrap(), key.as_ref())
    }

    fn everything(folder: &Path) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            all.extend(path.to_string_lossy().bytes());
            all.extend(if path.is_dir() { everything(&path) } else { fs::read(&path).unwrap() });
        }
        all
    }

    #[tokio::test]
    async fn what_was_put_is_there_once_and_gone_when_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs(folder.path(), None);
        let hash = blobs.name(b"a tap that drips");
        for _ in 0..2 {
            blobs.put(hash, b"a tap that drips".to_vec()).await.unwrap();
        }
        assert_eq!(blobs.all().unwrap(), [hash]);
        assert_eq!(blobs.get(hash).await.unwrap().unwrap(), b"a tap that drips");
        for _ in 0..2 {
            blobs.remove(hash).await.unwrap();
        }
        assert_eq!((blobs.get(hash).await.unwrap(), blobs.all().unwrap()), (None, Vec::new()));
    }

    #[tokio::test]
    async fn sealed_nothing_of_it_can_be_seen() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = blobs(folder.path(), Some(7));
        let secret = b"the passport of somebody".to_vec();
        let hash = sealed.name(&secret);
        sealed.put(hash, secret.clone()).await.unwrap();
        assert_eq!(sealed.get(hash).await.unwrap().unwrap(), secret);
        let seen = everything(folder.path());
        assert!(!seen.windows(8).any(|part| part == &secret[..8]));
        let plain = Hash(Sha256::digest(&secret).into());
        assert!(!String::from_utf8_lossy(&seen).contains(&plain.to_string()), "nor whether it is there");

        assert!(blobs(folder.path(), Some(8)).get(hash).await.is_err(), "another key");
        assert!(blobs(folder.path(), None).get(hash).await.is_err(), "no key");
        let path = sealed.0.path(hash, true);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(sealed.get(hash).await.is_err(), "changed on disk");
    }

    #[tokio::test]
    async fn what_was_there_before_the_key_is_still_read() {
        let folder = tempfile::tempdir().unwrap();
        let plain = blobs(folder.path(), None);
        let hash = plain.name(b"menu");
        plain.put(hash, b"menu".to_vec()).await.unwrap();
        assert_eq!(blobs(folder.path(), Some(7)).get(hash).await.unwrap().unwrap(), b"menu");
    }

    #[test]
    fn a_key_is_64_digits() {
        assert!("0f".repeat(32).parse::<FilesKey>().is_ok());
        for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert!(wrong.parse::<FilesKey>().is_err(), "{wrong}");
        }
    }
}
