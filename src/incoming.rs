//! Files on their way in: the bytes that have come so far.
//!
//! In: pieces of a file, in order, each from where the one before it ended. Out: the whole, once all of it is
//! there. Never: anything that is said; what lies here may be gone after a crash, and comes again.

use bytes::Bytes;
use domain::{AttachmentId, Millis};
use futures::{Stream, StreamExt as _};
use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::time::timeout;

/// Bytes that are written at once.
const PIECE: usize = 256 * 1024;

/// How long a sender may be silent in the middle of a piece.
const SILENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub struct Incoming(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// Files that somebody is writing to, or looking at.
    busy: Mutex<HashSet<AttachmentId>>,
}

/// The one who may write to a file; until dropped.
#[derive(Debug)]
pub struct Turn {
    id: AttachmentId,
    incoming: Incoming,
}

/// How an append ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Appended {
    /// So many bytes are there now.
    To(u64),
    /// The sender believes another length to be there.
    Elsewhere(u64),
    /// It would have more bytes than were announced.
    TooMany,
    /// The connection broke; what had come is there.
    Broken(u64),
}

impl Incoming {
    pub fn new(files_dir: &str) -> Self {
        let folder = PathBuf::from(files_dir).join("incoming");
        Self(Arc::new(Inner { folder, busy: Mutex::default() }))
    }

    /// Makes the folder.
    pub fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0.folder)
    }

    /// Bytes that are free where the files come in; `None` where that cannot be asked.
    pub fn free(&self) -> Option<u64> {
        free(&self.0.folder)
    }

    fn path(&self, id: AttachmentId) -> PathBuf {
        self.0.folder.join(id.to_string())
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashSet<AttachmentId>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while another request has it.
    pub fn turn(&self, id: AttachmentId) -> Option<Turn> {
        self.busy().insert(id).then(|| Turn { id, incoming: self.clone() })
    }

    /// Bytes that have come.
    pub fn length(&self, id: AttachmentId) -> io::Result<u64> {
        match fs::metadata(self.path(id)) {
            Ok(file) => Ok(file.len()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e),
        }
    }

    pub fn remove(&self, id: AttachmentId) {
        match fs::remove_file(self.path(id)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(error = %e, %id, "a file that was on its way could not be removed");
            }
            _ => {}
        }
    }

    /// Removes what nobody has added to since then.
    pub fn tidy(&self, since: Millis) -> io::Result<()> {
        let since = Duration::from_millis(since.0.max(0) as u64);
        for file in fs::read_dir(&self.0.folder)? {
            let file = file?;
            let changed = file.metadata().and_then(|about| about.modified()).ok();
            let changed = changed.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
            if changed.is_some_and(|changed| changed < since) {
                let _ = fs::remove_file(file.path());
            }
        }
        Ok(())
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

impl Turn {
    /// Writes what comes behind what is there.
    ///
    /// # Errors
    /// It cannot be written: the disk is full, most likely.
    pub async fn append<E>(
        &self,
        offset: u64,
        size: u64,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> io::Result<Appended> {
        let there = self.incoming.length(self.id)?;
        if there != offset {
            return Ok(Appended::Elsewhere(there));
        }
        let (mut at, mut waiting) = (there, Vec::new());
        let broken = loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(bytes))) => {
                    if at + (waiting.len() + bytes.len()) as u64 > size {
                        return Ok(Appended::TooMany);
                    }
                    waiting.extend_from_slice(&bytes);
                    if waiting.len() >= PIECE {
                        at += self.write(std::mem::take(&mut waiting)).await?;
                    }
                }
                Ok(None) => break false,
                Ok(Some(Err(_))) | Err(_) => break true,
            }
        };
        at += self.write(waiting).await?;
        Ok(if broken { Appended::Broken(at) } else { Appended::To(at) })
    }

    async fn write(&self, bytes: Vec<u8>) -> io::Result<u64> {
        let path = self.incoming.path(self.id);
        let written = tokio::task::spawn_blocking(move || {
            fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(&bytes)?;
            Ok(bytes.len() as u64)
        });
        written.await.map_err(io::Error::other)?
    }

    /// All that has come.
    pub async fn whole(&self) -> io::Result<Vec<u8>> {
        let path = self.incoming.path(self.id);
        tokio::task::spawn_blocking(move || fs::read(path)).await.map_err(io::Error::other)?
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.incoming.busy().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::{self, Iter};

    type Come = Iter<std::array::IntoIter<Result<Bytes, ()>, 1>>;

    fn come(bytes: &'static str) -> Come {
        stream::iter([Ok(Bytes::from_static(bytes.as_bytes()))])
    }

    #[tokio::test]
    async fn pieces_come_one_behind_the_other_and_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let incoming = Incoming::new(folder.path().to_str().unwrap());
        incoming.prepare().unwrap();
        let id = AttachmentId::new();
        let turn = incoming.turn(id).unwrap();
        assert!(incoming.turn(id).is_none(), "somebody else's turn");
        assert_eq!(turn.append(0, 6, come("abc")).await.unwrap(), Appended::To(3));
        assert_eq!(turn.append(0, 6, come("abc")).await.unwrap(), Appended::Elsewhere(3));
        assert_eq!(turn.append(3, 6, come("defg")).await.unwrap(), Appended::TooMany);
        assert_eq!(turn.append(3, 6, come("def")).await.unwrap(), Appended::To(6));
        assert_eq!(turn.whole().await.unwrap(), b"abcdef");
        drop(turn);
        assert!(incoming.turn(id).is_some());
        incoming.remove(id);
        assert_eq!(incoming.length(id).unwrap(), 0);
    }
}
