//! Files beside words: on their way in, and where they stand once they were said.

use super::{Result, Viewer};
use crate::blobs::Hash;
use domain::{Attachment, AttachmentId, ConversationId, HotelId, Millis};

/// A file on its way in, of which nothing may have come yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: AttachmentId,
    pub hotel: HotelId,
    pub by: Viewer,
    pub at: Millis,
    /// Bytes announced.
    pub size: i64,
    pub name: String,
    pub alt: String,
    pub wave: String,
    /// As its sender has it; counts where the file does not say.
    pub seconds: i64,
    /// What it was found to be, and where its bytes lie, once it was taken in.
    pub taken: Option<KeptFile>,
    /// The conversation it stands in once it was said, and whether in a note.
    pub said: Option<(ConversationId, bool)>,
}

/// What a file was found to be, and where its bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    pub attachment: Attachment,
    pub mime: String,
    pub hash: Hash,
    /// A picture's small version.
    pub small: Option<Hash>,
}

#[async_trait::async_trait]
pub trait Attachments: Send + Sync + 'static {
    /// False if its sender has `most` there already that were not said.
    async fn begin_upload(&self, upload: Upload, most: i64) -> Result<bool>;
    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>>;
    /// Before bytes are put where files lie.
    async fn note_file(&self, hash: Hash, bytes: i64, at: Millis) -> Result<()>;
    /// The upload is whole: it can be said. False if it is gone, or was taken in before.
    async fn finish_upload(&self, kept: KeptFile) -> Result<bool>;
    /// Takes back what was not said. False if it was, or is not there.
    async fn drop_upload(&self, id: AttachmentId) -> Result<bool>;
    /// Forgets what was begun before and was not said.
    async fn drop_unsaid(&self, before: Millis) -> Result<()>;
    /// Some of the stored files that nothing uses, and from now on are not noted.
    async fn release_files(&self) -> Result<Vec<Hash>>;
    /// All that should lie with the files, in their order.
    async fn noted_files(&self) -> Result<Vec<Hash>>;
}
