//! A record of conversations with the files it names beside it, as a zip.
//!
//! In: a record, as it lies on disk or in memory, and who asks. Out: a zip, made while it is taken: it needs
//! no disk, and of memory what its list of names takes. Never: a file whoever asks may not have by the time
//! it is its turn; and no error in the middle that looks like an end: the stream breaks off.

use super::{Answer, Desk, No};
use crate::{files, store::Viewer};
use bytes::Bytes;
use domain::{AttachmentId, Refusal};
use futures::{Stream, StreamExt as _, stream};
use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Zips that are taken at once: each has a thread of its own while it is.
pub(super) const BUNDLES: usize = 4;

/// Bytes that are handed on at once.
const PIECE: usize = 128 * 1024;

/// How long whoever takes it may take nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// What a bundle begins with, under the name it has there.
#[derive(Debug)]
pub enum Record {
    /// Of these files.
    Memory(&'static str, Vec<u8>, Vec<AttachmentId>),
    /// Of the files that stand in it.
    Export(PathBuf, files::Format),
}

type Files = Box<dyn Iterator<Item = io::Result<AttachmentId>>>;

impl Desk {
    /// # Errors
    /// As many as may are being taken already.
    pub fn bundle(
        self: &Arc<Self>,
        by: Viewer,
        record: Record,
    ) -> Answer<impl Stream<Item = io::Result<Bytes>> + use<>> {
        let Ok(turn) = self.files.bundles.clone().try_acquire_owned() else {
            let why = "too many downloads with files are in progress. Try again in a few minutes".to_owned();
            return Err(Refusal::Invalid { field: "Download".to_owned(), why }.into());
        };
        let (sender, taken) = mpsc::channel(2);
        let (desk, handle) = (self.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let pipe = Pipe { handle: handle.clone(), sender, waiting: Vec::new() };
            match write(&desk, &handle, by, record, pipe) {
                Ok(()) => {}
                // Whoever took it has gone, or takes nothing.
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
                Err(e) => tracing::error!(error = %e, "a record could not be given out with its files"),
            }
        });
        let pieces = stream::unfold(Some(taken), |taken| async move {
            let mut taken = taken?;
            match taken.recv().await {
                Some(piece) if piece.is_empty() => None,
                Some(piece) => Some((Ok(piece), Some(taken))),
                None => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
            }
        });
        // Where an answer is compressed it is asked once more after its end.
        Ok(pieces.fuse())
    }
}

fn write(desk: &Desk, handle: &Handle, by: Viewer, record: Record, pipe: Pipe) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    // Lengths are not known beforehand. What people send is packed already.
    let plain = SimpleFileOptions::default().large_file(true).compression_method(CompressionMethod::Stored);
    let packed = plain.compression_method(CompressionMethod::Deflated);
    let named: Files = match record {
        Record::Memory(name, bytes, named) => {
            zip.start_file(name, packed)?;
            zip.write_all(&bytes)?;
            Box::new(named.into_iter().map(Ok))
        }
        Record::Export(path, format) => {
            zip.start_file(format!("conversations.{}", format.as_str()), packed)?;
            io::copy(&mut File::open(&path)?, &mut zip)?;
            format.files_in(BufReader::new(File::open(path)?))
        }
    };
    let mut missing = String::new();
    for id in named {
        let id = id?;
        let file = match handle.block_on(desk.file(&[by], id, false)) {
            Ok(file) => file,
            // Erased since, or theirs no more.
            Err(No::Refused(_)) => continue,
            Err(No::Failed(e)) => return Err(io::Error::other(e)),
        };
        let Ok(opened) = handle.block_on(desk.bytes_of(file.hash)) else {
            missing.push_str(&format!("{id} {}\r\n", file.attachment.name));
            continue;
        };
        zip.start_file(format!("files/{id}/{}", file.name()), plain)?;
        let length = opened.length;
        let mut pieces = opened.stretch(0, length);
        while let Some(piece) = handle.block_on(pieces.next()) {
            zip.write_all(&piece?)?;
        }
    }
    if !missing.is_empty() {
        zip.start_file("files/missing.txt", packed)?;
        zip.write_all(missing.as_bytes())?;
    }
    let mut pipe = zip.finish()?.into_inner();
    pipe.flush()?;
    pipe.send(Bytes::new())
}

/// The way from the thread that writes to whoever takes it, at their pace.
struct Pipe {
    handle: Handle,
    /// An empty piece is the end; without one it has broken off.
    sender: mpsc::Sender<Bytes>,
    waiting: Vec<u8>,
}

impl Pipe {
    fn send(&self, piece: Bytes) -> io::Result<()> {
        match self.handle.block_on(timeout(SILENCE, self.sender.send(piece))) {
            Ok(Ok(())) => Ok(()),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.waiting);
        if piece.is_empty() {
            return Ok(());
        }
        self.send(piece.into())
    }
}
