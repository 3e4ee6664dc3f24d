//! Files in a folder of this machine.

use super::{Hash, Place, Source, blocking};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    fs,
    io::{self, Write as _},
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

#[derive(Clone, Debug)]
pub struct Folder(Arc<Path>);

impl Folder {
    pub fn new(path: &str) -> Self {
        Self(Path::new(path).into())
    }

    /// Where the bytes of this name lie, sealed or not; `None` if they do not.
    pub fn find(&self, hash: Hash) -> Option<PathBuf> {
        [false, true].map(|sealed| self.0.join(hash.path(sealed))).into_iter().find(|path| path.exists())
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = self.0.clone();
        blocking(move || work(&folder)).await
    }
}

#[async_trait]
impl Place for Folder {
    async fn prepare(&self) -> io::Result<()> {
        self.work(|folder| fs::create_dir_all(folder)).await
    }

    async fn put(&self, path: String, bytes: Bytes) -> io::Result<()> {
        self.work(move |folder| put(folder, &folder.join(path), &bytes)).await
    }

    async fn get(&self, path: String) -> io::Result<Option<Vec<u8>>> {
        self.work(move |folder| found(fs::read(folder.join(path)))).await
    }

    async fn open(&self, path: String) -> io::Result<Option<(u64, Source)>> {
        self.work(move |folder| {
            let Some(file) = found(fs::File::open(folder.join(path)))? else { return Ok(None) };
            Ok(Some((file.metadata()?.len(), Source::File(file.into()))))
        })
        .await
    }

    async fn remove(&self, path: String) -> io::Result<()> {
        self.work(move |folder| found(fs::remove_file(folder.join(path))).map(drop)).await
    }

    async fn all(&self) -> io::Result<Vec<String>> {
        self.work(all).await
    }
}

fn put(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(root);
    if !folder.exists() {
        fs::create_dir_all(folder)?;
        fs::File::open(root)?.sync_all()?;
    }
    // Under another name until it is whole, so that what is there is whole.
    let half = folder.join(format!(".{:032x}", rand::random::<u128>()));
    let written = fs::File::create_new(&half).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&half);
    }
    written?;
    fs::File::open(folder)?.sync_all()
}

fn all(root: &Path) -> io::Result<Vec<String>> {
    let mut all = Vec::new();
    let Some(folders) = found(fs::read_dir(root))? else { return Ok(all) };
    for folder in folders {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let name = folder.file_name().to_string_lossy().into_owned();
        for file in fs::read_dir(folder.path())? {
            all.push(format!("{name}/{}", file?.file_name().to_string_lossy()));
        }
    }
    Ok(all)
}

/// What is not there is no error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) async fn piece(file: Arc<fs::File>, piece: Range<u64>) -> io::Result<Bytes> {
    let read = move || {
        let mut bytes = vec![0; (piece.end - piece.start) as usize];
        file.read_exact_at(&mut bytes, piece.start).map(|()| bytes.into())
    };
    blocking(read).await
}
