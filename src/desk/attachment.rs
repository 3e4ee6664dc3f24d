//! Files beside words: taken in, kept, given out, and swept up.
//!
//! In: pieces of a file and whoever sends it; or a file's id and whoever wants it. Out: an attachment that
//! can be said, whose bytes are on disk by then (rule H6); or the bytes. Never: a file for somebody who may
//! not read the entry it stands in (rule H8): that is asked of the store each time.

use super::{Answer, Desk, No, bundle::BUNDLES, to_its_end};
use crate::{
    blobs::{Blobs, Hash, Opened},
    incoming::{Appended, Incoming, Turn},
    media::{self, Media, Unfit},
    priority,
    store::{KeptFile, StoreError, Upload, Viewer},
};
use bytes::Bytes;
use domain::{
    Attachment, AttachmentId, AttachmentKind, FILE_NAME, FileLimits, GuestId, HotelId, Millis, Refusal,
    file_name,
};
use futures::{Stream, stream};
use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    sync::{RwLock, Semaphore, SemaphorePermit, oneshot},
    time::timeout,
};

/// Files of one sender to one hotel that were not said yet.
const UNSAID: i64 = 20;

/// How long a file that was not said is kept, in milliseconds.
const KEPT: i64 = Millis::DAY;

/// Files that are looked into at once: each may take some 300 MB.
const LOOKING: usize = 2;

/// Files of forms that lie in memory at once.
const FORMS: usize = 4;

/// How long a file waits for its turn, and is looked at.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most digits of a wave.
const WAVE: usize = 64;

/// What the desk needs for files.
#[derive(Debug)]
pub struct Files {
    pub blobs: Blobs,
    pub incoming: Incoming,
    looking: Arc<Semaphore>,
    /// Forms whose files lie in memory.
    forms: Semaphore,
    /// Zips that are being taken.
    pub(super) bundles: Arc<Semaphore>,
    /// Held by whoever puts a file and says what uses it; and, alone, by whoever removes what nothing uses.
    putting: RwLock<()>,
}

impl Files {
    /// Waits until there is memory for one more file of a form.
    pub async fn form_turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let turn = timeout(PATIENCE, self.forms.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Refusal::Unavailable)
    }

    pub fn new(blobs: Blobs, incoming: Incoming) -> Self {
        Files {
            blobs,
            incoming,
            looking: Arc::new(Semaphore::new(LOOKING)),
            forms: Semaphore::new(FORMS),
            bundles: Arc::new(Semaphore::new(BUNDLES)),
            putting: RwLock::default(),
        }
    }
}

/// What a sender says of a file before its first byte.
#[derive(Clone, Debug, Default)]
pub struct Announced {
    pub size: u64,
    pub name: String,
    pub alt: String,
    pub wave: String,
    pub seconds: i64,
}

/// A file that was given out.
#[derive(Debug)]
pub struct Given {
    pub attachment: Attachment,
    pub mime: String,
    pub hash: Hash,
}

impl Given {
    /// What it is called where somebody keeps it: its own name, without what no folder takes, or its kind's.
    pub fn name(&self) -> String {
        let Attachment { name, kind, .. } = &self.attachment;
        let name: String = name.chars().map(|c| if r#"\/:*?"<>|"#.contains(c) { '_' } else { c }).collect();
        let name = name.trim_matches(['.', ' ']);
        if name.is_empty() { format!("{}.{}", kind.as_str(), ending(&self.mime)) } else { name.to_owned() }
    }
}

/// Of a file's name.
fn ending(mime: &str) -> &str {
    match mime.rsplit('/').next().unwrap_or_default() {
        "jpeg" => "jpg",
        other => other,
    }
}

fn invalid(name: &str, why: &str) -> No {
    let field = if name.is_empty() { "File" } else { name };
    Refusal::Invalid { field: field.to_owned(), why: why.to_owned() }.into()
}

fn too_large(name: &str, limits: FileLimits) -> No {
    let FileLimits { megabytes, .. } = limits;
    let videos = limits.video_bytes() / (1024 * 1024);
    invalid(
        name,
        &format!(
            "this file is too large. Files can be up to {megabytes} MB, videos up to \
        {videos} MB"
        ),
    )
}

/// What cannot be written is told in words, and to whoever runs the server.
fn no_room(name: &str, e: &std::io::Error) -> No {
    tracing::error!(error = %e, "a file could not be kept");
    invalid(name, "we can’t accept files right now. Send your message without it, or try again later")
}

impl Desk {
    /// Lets somebody send a file to a hotel, which is theirs to write to.
    pub async fn begin_upload(
        &self,
        by: Viewer,
        hotel: HotelId,
        address: IpAddr,
        id: AttachmentId,
        announced: Announced,
    ) -> Answer<()> {
        let name = file_name(&announced.name);
        if announced.size == 0 {
            return Err(invalid(&name, Unfit::Empty.in_words()));
        }
        let limits = self.file_limits(hotel).await?;
        if limits.count == 0 {
            return Err(Refusal::too_many_files(0).into());
        }
        // Whether it is a video shows once it is there.
        if announced.size > limits.video_bytes() as u64 {
            return Err(too_large(&name, limits));
        }
        let floor = self.settings.files.files_floor_mb * 1024 * 1024;
        if self.files.incoming.free().is_some_and(|free| free < floor + announced.size) {
            tracing::error!("there is too little room for files: see BELLHOP_FILES_FLOOR_MB");
            return Err(invalid(
                &name,
                "we can’t accept files right now. Send your message without it, or try again later",
            ));
        }
        if let Viewer::Guest(guest) = by {
            self.limits.file(address, guest, hotel, announced.size)?;
        }
        let alt = self.line(&announced.alt, FILE_NAME * 4)?;
        let wave = announced.wave.chars().filter(char::is_ascii_digit).take(WAVE).collect();
        let seconds = announced.seconds.clamp(0, 3_600);
        let (size, at) = (announced.size as i64, self.clock.now());
        let upload = Upload { id, hotel, by, at, size, name, alt, wave, seconds, taken: None, said: None };
        let name = upload.name.clone();
        if self.store.begin_upload(upload, UNSAID).await? {
            return Ok(());
        }
        Err(invalid(&name, "too many files are waiting to be sent. Send those first"))
    }

    async fn file_limits(&self, hotel: HotelId) -> Answer<FileLimits> {
        Ok(self.store.hotel_by_id(hotel).await?.ok_or(Refusal::NotFound)?.files)
    }

    /// One's own file that was not said yet.
    pub async fn own_upload(&self, by: &[Viewer], id: AttachmentId) -> Answer<Upload> {
        let found = self.store.upload(id).await?;
        Ok(found
            .filter(|upload| upload.said.is_none() && by.contains(&upload.by))
            .ok_or(Refusal::NotFound)?)
    }

    /// Bytes that have come of a file; all of them once it was taken in.
    pub fn came(&self, upload: &Upload) -> Answer<u64> {
        match upload.taken {
            Some(_) => Ok(upload.size as u64),
            None => self.files.incoming.length(upload.id).map_err(|e| no_room(&upload.name, &e)),
        }
    }

    /// Adds to a file, and takes it in once it is whole.
    pub async fn add_to_upload<E>(
        self: &Arc<Self>,
        upload: Upload,
        offset: u64,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Answer<(Appended, Option<Attachment>)> {
        let size = upload.size as u64;
        // What is asked again after its answer was lost.
        if let Some(taken) = upload.taken {
            let there = if offset == size { Appended::To(size) } else { Appended::Elsewhere(size) };
            return Ok((there, Some(taken.attachment)));
        }
        let turn = self.files.incoming.turn(upload.id).ok_or(Refusal::Unavailable)?;
        let appended = turn.append(offset, size, bytes).await.map_err(|e| no_room(&upload.name, &e))?;
        if appended != Appended::To(size) {
            return Ok((appended, None));
        }
        let desk = self.clone();
        let taken = to_its_end(async move {
            let taken = desk.take_in(&upload, &turn).await;
            // What was refused for what it is comes no more; what failed may be asked for again.
            if matches!(&taken, Ok(_) | Err(No::Refused(Refusal::Invalid { .. }))) {
                desk.files.incoming.remove(upload.id);
            }
            if matches!(&taken, Err(No::Refused(Refusal::Invalid { .. }))) {
                desk.store.drop_upload(upload.id).await?;
            }
            drop(turn);
            taken
        });
        Ok((appended, Some(taken.await?)))
    }

    /// A file that came in a form, whole; the same one may have come before.
    pub async fn take_in_form(
        self: &Arc<Self>,
        (guest, hotel): (GuestId, HotelId),
        address: IpAddr,
        id: AttachmentId,
        name: String,
        bytes: Bytes,
    ) -> Answer<()> {
        let by = [Viewer::Guest(guest)];
        if self.store.upload(id).await?.is_none() {
            let announced = Announced { size: bytes.len() as u64, name, ..Announced::default() };
            self.begin_upload(by[0], hotel, address, id, announced).await?;
        }
        let upload =
            self.store.upload(id).await?.filter(|upload| upload.by == by[0]).ok_or(Refusal::NotFound)?;
        let came = self.came(&upload)?;
        let rest = bytes.slice(bytes.len().min(came as usize)..);
        match self.add_to_upload(upload, came, stream::iter([Ok::<_, Infallible>(rest)])).await? {
            (_, Some(_)) => Ok(()),
            (_, None) => Err(Refusal::Unavailable.into()),
        }
    }

    /// Looks into a whole file and keeps what may be kept of it.
    async fn take_in(&self, upload: &Upload, turn: &Turn) -> Answer<Attachment> {
        let looking = timeout(PATIENCE, self.files.looking.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = looking else { return Err(Refusal::Unavailable.into()) };
        // Behind the permit: what waits for its turn lies on disk.
        let whole = turn.whole().await.map_err(|e| no_room(&upload.name, &e))?;
        let (done, looked) = oneshot::channel();
        let look = move || {
            // Until it is done with it, however long somebody waits for it.
            let _permit = permit;
            priority::only_when_idle();
            let _ = done.send(media::take_in(whole));
        };
        // A thread of its own: words do not wait for pictures.
        if let Err(e) = std::thread::Builder::new().name("bellhop-look".to_owned()).spawn(look) {
            tracing::error!(error = %e, "there is no thread to look into a file");
            return Err(Refusal::Unavailable.into());
        }
        let media = match timeout(PATIENCE, looked).await {
            Ok(Ok(media)) => media.map_err(|unfit| invalid(&upload.name, unfit.in_words()))?,
            Ok(Err(_)) => {
                tracing::error!("looking into a file ended without an answer");
                return Err(invalid(&upload.name, Unfit::Broken.in_words()));
            }
            // The machine has more to do than this. It is no fault of the file's: it may be asked for again.
            Err(_) => return Err(Refusal::Unavailable.into()),
        };
        let limits = self.file_limits(upload.hotel).await?;
        let most = match media.kind {
            AttachmentKind::Video => limits.video_bytes(),
            _ => limits.bytes(),
        };
        if media.bytes.len() > most {
            return Err(too_large(&upload.name, limits));
        }
        let Media { kind, mime, bytes, width, height, seconds, small } = media;
        let attachment = Attachment {
            id: upload.id,
            kind,
            name: name_of(&upload.name, kind, mime),
            bytes: bytes.len() as i64,
            width,
            height,
            seconds: if seconds == 0 && kind != AttachmentKind::Picture { upload.seconds } else { seconds },
            alt: upload.alt.clone(),
            wave: if kind == AttachmentKind::Voice { upload.wave.clone() } else { String::new() },
        };
        let _putting = self.files.putting.read().await;
        let hash = self.keep(&upload.name, bytes).await?;
        let small = match small {
            Some(small) => Some(self.keep(&upload.name, small).await?),
            None => None,
        };
        let kept = KeptFile { attachment: attachment.clone(), mime: mime.to_owned(), hash, small };
        match self.store.finish_upload(kept).await? {
            true => Ok(attachment),
            false => Err(Refusal::NotFound.into()),
        }
    }

    async fn keep(&self, name: &str, bytes: Vec<u8>) -> Answer<Hash> {
        let hash = self.files.blobs.name(&bytes);
        // Noted first: what a crash leaves behind is known, and swept.
        self.store.note_file(hash, bytes.len() as i64, self.clock.now()).await?;
        self.files.blobs.put(hash, bytes).await.map_err(|e| no_room(name, &e))?;
        Ok(hash)
    }

    /// Takes back a file that was not said.
    pub async fn drop_upload(&self, id: AttachmentId) -> Answer<()> {
        if self.store.drop_upload(id).await? {
            self.files.incoming.remove(id);
        }
        self.sweep_files().await
    }

    /// A file, if one of these may have it: whoever may read the entry it stands in, or its sender before it
    /// is said.
    pub async fn file(&self, by: &[Viewer], id: AttachmentId, small: bool) -> Answer<Given> {
        let upload = self.store.upload(id).await?.ok_or(Refusal::NotFound)?;
        if !self.may_have(by, &upload).await? {
            return Err(Refusal::NotFound.into());
        }
        let KeptFile { attachment, mime, hash, small: smaller } = upload.taken.ok_or(Refusal::NotFound)?;
        if !small {
            return Ok(Given { attachment, mime, hash });
        }
        let hash = smaller.ok_or(Refusal::NotFound)?;
        Ok(Given { attachment, mime: "image/jpeg".to_owned(), hash })
    }

    async fn may_have(&self, by: &[Viewer], upload: &Upload) -> Answer<bool> {
        let Some((conversation, internal)) = upload.said else { return Ok(by.contains(&upload.by)) };
        for viewer in by {
            if internal && matches!(viewer, Viewer::Guest(_)) {
                continue;
            }
            if self.store.conversation(*viewer, conversation).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The bytes of a file that was given out.
    pub async fn bytes_of(&self, hash: Hash) -> Answer<Opened> {
        match self.files.blobs.open(hash).await {
            Ok(Some(opened)) => Ok(opened),
            Ok(None) => Err(StoreError::Nonsense("a file is not where files lie".to_owned()).into()),
            Err(e) => Err(StoreError::Nonsense(format!("a file cannot be read: {e}")).into()),
        }
    }

    /// The small version of a picture, for a transcript whose reader was asked for already. What is not where
    /// files lie is left out: the transcript has more to say.
    pub async fn small_picture(&self, id: AttachmentId) -> Answer<Option<Vec<u8>>> {
        let kept = self.store.upload(id).await?.and_then(|upload| upload.taken);
        let Some(small) = kept.and_then(|kept| kept.small) else { return Ok(None) };
        Ok(self.files.blobs.get(small).await.unwrap_or_else(|e| {
            tracing::error!(error = %e, "a picture of a transcript cannot be read");
            None
        }))
    }

    /// Removes the bytes of what nothing uses any more.
    pub async fn sweep_files(&self) -> Answer<()> {
        loop {
            let _alone = self.files.putting.write().await;
            let released = self.store.release_files().await?;
            if released.is_empty() {
                return Ok(());
            }
            for hash in released {
                if let Err(e) = self.files.blobs.remove(hash).await {
                    tracing::error!(error = %e, "a file that nothing uses could not be removed");
                }
            }
        }
    }

    /// Forgets what was begun a day ago and never said.
    pub async fn tidy_files(&self) -> Answer<()> {
        let since = Millis(self.clock.now().0 - KEPT);
        self.store.drop_unsaid(since).await?;
        if let Err(e) = self.files.incoming.tidy(since) {
            tracing::error!(error = %e, "files that were begun could not be tidied up");
        }
        self.sweep_files().await
    }
}

/// A name with the ending of what it is: `photo.exe` that is a picture is `photo.jpg`.
fn name_of(name: &str, kind: AttachmentKind, mime: &str) -> String {
    let ending = ending(mime);
    let stem = match name.rsplit_once('.') {
        Some((stem, old)) if !stem.is_empty() && old.len() <= 5 => stem,
        _ => name,
    };
    match (stem.is_empty(), kind) {
        (false, _) => format!("{stem}.{ending}"),
        (true, AttachmentKind::Document) => format!("document.{ending}"),
        (true, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_what_it_is() {
        use AttachmentKind::{Document, Picture, Voice};
        assert_eq!(name_of("IMG_1.HEIC", Picture, "image/jpeg"), "IMG_1.jpg");
        assert_eq!(name_of("photo.html", Picture, "image/png"), "photo.png");
        assert_eq!(name_of("menu", Document, "application/pdf"), "menu.pdf");
        assert_eq!(name_of("", Document, "application/pdf"), "document.pdf");
        assert_eq!(name_of("", Voice, "audio/webm"), "");
        assert_eq!(
            name_of("Menu 1.2 final version", Document, "application/pdf"),
            "Menu 1.2 final version.pdf"
        );
    }
}
