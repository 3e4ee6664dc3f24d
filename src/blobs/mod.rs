//! Where the bytes of files lie: a folder or a bucket, each file once, named by the hash of what is in it.
//!
//! In: bytes. Out: their name, once they are safe there; and the same bytes again. Never: who may have them,
//! which is the desk's to ask, or what uses them, which the store knows. With a key they lie sealed. What
//! lies in the folder is still read when there is a bucket, and what lies open when there is a key: both may
//! come later.

mod bucket;
mod folder;
mod hash;
mod seal;

pub use bucket::{Bucket, BucketUrl};
pub use folder::Folder;
pub use hash::Hash;
pub use seal::FilesKey;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use seal::Seal;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, fs, io, ops::Range, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a file that are read at once.
const PIECE: u64 = 512 * 1024;

/// Sealed files that are given out at once.
const OPENED: usize = 16;

/// Somewhere to keep bytes by a path such as [`Hash::path`] makes. What is there never changes.
#[async_trait]
pub trait Place: std::fmt::Debug + Send + Sync {
    /// So that it is known at the start whether it can be reached.
    async fn prepare(&self) -> io::Result<()>;
    /// When this returns a crash does not take it away any more.
    async fn put(&self, path: String, bytes: Bytes) -> io::Result<()>;
    async fn get(&self, path: String) -> io::Result<Option<Vec<u8>>>;
    /// Its length in bytes, and where they come from.
    async fn open(&self, path: String) -> io::Result<Option<(u64, Source)>>;
    /// What is not there is removed already.
    async fn remove(&self, path: String) -> io::Result<()>;
    /// The paths of all that is there.
    async fn all(&self) -> io::Result<Vec<String>>;
}

#[derive(Clone, Debug)]
pub struct Blobs {
    /// Where new ones go; and, behind it, where others may lie.
    places: Arc<[Box<dyn Place>]>,
    seal: Option<Arc<Seal>>,
    /// Sealed files that are being given out.
    opened: Arc<Semaphore>,
}

/// A file that is being given out.
#[derive(Debug)]
pub struct Opened {
    pub length: u64,
    source: Source,
}

/// Where its bytes come from.
#[derive(Debug)]
pub enum Source {
    File(Arc<fs::File>),
    Object(Bucket, object_store::path::Path),
    /// Until the last byte has gone.
    Memory(Bytes, #[expect(dead_code, reason = "held")] OwnedSemaphorePermit),
}

impl Source {
    async fn piece(&self, piece: Range<u64>) -> io::Result<Bytes> {
        match self {
            Source::File(file) => folder::piece(file.clone(), piece).await,
            Source::Object(bucket, path) => bucket.piece(path, piece).await,
            Source::Memory(bytes, _) => Ok(bytes.slice(piece.start as usize..piece.end as usize)),
        }
    }
}

impl Opened {
    /// So many bytes from there on, as they are asked for.
    pub fn stretch(self, from: u64, count: u64) -> BoxStream<'static, io::Result<Bytes>> {
        let pieces = stream::try_unfold((self.source, from..from + count), |(source, left)| async move {
            if left.is_empty() {
                return Ok(None);
            }
            let next = left.end.min(left.start + PIECE);
            let piece = source.piece(left.start..next).await?;
            Ok(Some((piece, (source, next..left.end))))
        });
        pieces.boxed()
    }
}

impl Blobs {
    /// In the bucket, if there is one; else in the folder.
    pub fn new(folder: Folder, bucket: Option<Bucket>, key: Option<&FilesKey>) -> Self {
        let mut places: Vec<Box<dyn Place>> = vec![Box::new(folder)];
        if let Some(bucket) = bucket {
            places.insert(0, Box::new(bucket));
        }
        Self {
            places: places.into(),
            seal: key.map(|key| Arc::new(Seal::new(key))),
            opened: Arc::new(Semaphore::new(OPENED)),
        }
    }

    /// So that it is known at the start whether they can be kept.
    pub async fn prepare(&self) -> io::Result<()> {
        self.places[0].prepare().await
    }

    /// The name these bytes have here.
    pub fn name(&self, bytes: &[u8]) -> Hash {
        match &self.seal {
            None => Hash(Sha256::digest(bytes).into()),
            Some(seal) => seal.name(bytes),
        }
    }

    /// Whether these bytes have this name, here or before there was a key.
    pub fn is_named(&self, hash: Hash, bytes: &[u8]) -> bool {
        self.name(bytes) == hash || Hash(Sha256::digest(bytes).into()) == hash
    }

    /// Keeps bytes under their name. When this returns they are safe, and so is the way to them.
    pub async fn put(&self, hash: Hash, bytes: Vec<u8>) -> io::Result<()> {
        let bytes = match self.seal.clone() {
            None => bytes,
            Some(seal) => blocking(move || seal.seal(hash, bytes)).await?,
        };
        self.places[0].put(hash.path(self.seal.is_some()), bytes.into()).await
    }

    /// `None` if there is nothing of this name.
    pub async fn get(&self, hash: Hash) -> io::Result<Option<Vec<u8>>> {
        for (place, sealed) in self.where_it_may_lie() {
            let Some(bytes) = place.get(hash.path(sealed)).await? else { continue };
            return if sealed { self.unsealed(hash, bytes).await.map(Some) } else { Ok(Some(bytes)) };
        }
        Ok(None)
    }

    /// The same, to be given out piece by piece. Sealed ones lie in memory meanwhile, and not many at once.
    pub async fn open(&self, hash: Hash) -> io::Result<Option<Opened>> {
        for (place, sealed) in self.where_it_may_lie() {
            if !sealed {
                match place.open(hash.path(false)).await? {
                    Some((length, source)) => return Ok(Some(Opened { length, source })),
                    None => continue,
                }
            }
            let permit = self.opened.clone().acquire_owned().await.map_err(io::Error::other)?;
            if let Some(bytes) = place.get(hash.path(true)).await? {
                let bytes = Bytes::from(self.unsealed(hash, bytes).await?);
                return Ok(Some(Opened {
                    length: bytes.len() as u64,
                    source: Source::Memory(bytes, permit),
                }));
            }
        }
        Ok(None)
    }

    /// Each place, and whether sealed: likeliest first, for each look into a bucket is a call.
    fn where_it_may_lie(&self) -> impl Iterator<Item = (&dyn Place, bool)> {
        let kinds = [self.seal.is_some(), self.seal.is_none()];
        self.places.iter().flat_map(move |place| kinds.map(|sealed| (&**place, sealed)))
    }

    async fn unsealed(&self, hash: Hash, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let missing = || io::Error::other("this file is sealed: BELLHOP_FILES_KEY is missing");
        let seal = self.seal.clone().ok_or_else(missing)?;
        blocking(move || seal.open(hash, bytes)).await
    }

    /// What is not there is removed already.
    pub async fn remove(&self, hash: Hash) -> io::Result<()> {
        for place in self.places.iter() {
            for sealed in [false, true] {
                place.remove(hash.path(sealed)).await?;
            }
        }
        Ok(())
    }

    /// Brings what lies elsewhere to where new ones go; how many.
    pub async fn gather(&self) -> io::Result<usize> {
        let mut moved = 0;
        for place in &self.places[1..] {
            for path in place.all().await?.into_iter().filter(|path| Hash::at_path(path).is_some()) {
                if let Some(bytes) = place.get(path.clone()).await? {
                    self.places[0].put(path.clone(), bytes.into()).await?;
                    place.remove(path).await?;
                    moved += 1;
                }
            }
        }
        Ok(moved)
    }

    /// Every name there is something of.
    pub async fn all(&self) -> io::Result<BTreeSet<Hash>> {
        let mut all = BTreeSet::new();
        for place in self.places.iter() {
            all.extend(place.all().await?.iter().filter_map(|path| Hash::at_path(path)));
        }
        Ok(all)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn blobs(folder: &Path, key: Option<u8>) -> Blobs {
        let key = key.map(|byte| FilesKey([byte; 32]));
        Blobs::new(Folder::new(folder.to_str().unwrap()), None, key.as_ref())
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
        assert_eq!(blobs.all().await.unwrap(), BTreeSet::from([hash]));
        assert_eq!(blobs.get(hash).await.unwrap().unwrap(), b"a tap that drips");
        for _ in 0..2 {
            blobs.remove(hash).await.unwrap();
        }
        assert_eq!((blobs.get(hash).await.unwrap(), blobs.all().await.unwrap()), (None, BTreeSet::new()));
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
        let path = folder.path().join(hash.path(true));
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
}
