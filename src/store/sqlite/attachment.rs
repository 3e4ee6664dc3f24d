//! Files beside words. Saying one is the storing transaction's (`order/write.rs`).

use super::{
    Sqlite,
    row::{from_json, to_json},
};
use crate::{
    blobs::Hash,
    store::{Attachments, KeptFile, Result, StoreError, Upload, Viewer},
};
use domain::{AttachmentId, ConversationId, GuestId, HotelId, Millis, StaffId};
use sqlx::{FromRow, QueryBuilder, sqlite::SqliteConnection};
use uuid::Uuid;

/// Files released in one transaction.
const STEP: i64 = 200;

#[derive(Debug, FromRow)]
struct UploadRow {
    id: Uuid,
    hotel: Uuid,
    by_id: Uuid,
    by_guest: bool,
    at: i64,
    size: i64,
    name: String,
    alt: String,
    wave: String,
    seconds: i64,
    record: Option<String>,
    mime: Option<String>,
    hash: Option<Vec<u8>>,
    small: Option<Vec<u8>>,
    conversation: Option<Uuid>,
    internal: bool,
}

impl TryFrom<UploadRow> for Upload {
    type Error = StoreError;

    fn try_from(r: UploadRow) -> Result<Self> {
        let taken = match (r.record, r.mime, r.hash) {
            (Some(record), Some(mime), Some(bytes)) => {
                let (attachment, small) = (from_json(&record)?, r.small.map(hash).transpose()?);
                Some(KeptFile { attachment, mime, hash: hash(bytes)?, small })
            }
            _ => None,
        };
        Ok(Upload {
            id: AttachmentId(r.id),
            hotel: HotelId(r.hotel),
            by: match r.by_guest {
                true => Viewer::Guest(GuestId(r.by_id)),
                false => Viewer::Staff(StaffId(r.by_id)),
            },
            at: Millis(r.at),
            size: r.size,
            name: r.name,
            alt: r.alt,
            wave: r.wave,
            seconds: r.seconds,
            taken,
            said: r.conversation.map(|id| (ConversationId(id), r.internal)),
        })
    }
}

fn hash(bytes: Vec<u8>) -> Result<Hash> {
    bytes.try_into().map(Hash).map_err(|_| StoreError::Nonsense("a hash of another length".to_owned()))
}

#[async_trait::async_trait]
impl Attachments for Sqlite {
    async fn begin_upload(&self, upload: Upload, most: i64) -> Result<bool> {
        self.work(move |db| {
            let upload = upload.clone();
            Box::pin(async move {
                let (by, by_guest) = match upload.by {
                    Viewer::Guest(id) => (id.0, true),
                    Viewer::Staff(id) => (id.0, false),
                };
                let begun = sqlx::query(
                    "INSERT INTO attachment (id, hotel, by_id, by_guest, at, size, name, alt, wave, seconds) \
                     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE (SELECT count(*) FROM attachment \
                     WHERE by_id = $3 AND hotel = $2 AND conversation IS NULL) < $11 ON CONFLICT DO NOTHING",
                )
                .bind(upload.id.0)
                .bind(upload.hotel.0)
                .bind(by)
                .bind(by_guest)
                .bind(upload.at.0)
                .bind(upload.size)
                .bind(upload.name)
                .bind(upload.alt)
                .bind(upload.wave)
                .bind(upload.seconds)
                .bind(most)
                .execute(db)
                .await?;
                Ok((begun.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }

    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>> {
        let row: Option<UploadRow> = sqlx::query_as(
            "SELECT id, hotel, by_id, by_guest, at, size, name, alt, wave, seconds, record, mime, hash, \
             small, conversation, internal FROM attachment WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?;
        row.map(Upload::try_from).transpose()
    }

    async fn note_file(&self, hash: Hash, bytes: i64, at: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO stored_file (hash, bytes, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(hash.0.to_vec())
                .bind(bytes)
                .bind(at.0)
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }

    async fn finish_upload(&self, kept: KeptFile) -> Result<bool> {
        self.work(move |db| {
            let kept = kept.clone();
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE attachment SET record = $2, mime = $3, hash = $4, small = $5 \
                     WHERE id = $1 AND record IS NULL",
                )
                .bind(kept.attachment.id.0)
                .bind(to_json(&kept.attachment))
                .bind(kept.mime)
                .bind(kept.hash.0.to_vec())
                .bind(kept.small.map(|small| small.0.to_vec()))
                .execute(db)
                .await?;
                Ok((done.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }

    async fn drop_upload(&self, id: AttachmentId) -> Result<bool> {
        self.work(move |db| {
            Box::pin(async move {
                let gone = sqlx::query("DELETE FROM attachment WHERE id = $1 AND conversation IS NULL")
                    .bind(id.0)
                    .execute(db)
                    .await?;
                Ok((gone.rows_affected() > 0, Vec::new()))
            })
        })
        .await
    }

    async fn drop_unsaid(&self, before: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM attachment WHERE conversation IS NULL AND at < $1")
                    .bind(before.0)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    async fn release_files(&self) -> Result<Vec<Hash>> {
        // Looked for beside the writer, who has messages to store: there may be many files.
        let unused: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT f.hash FROM stored_file f WHERE NOT EXISTS (SELECT 1 FROM attachment a WHERE a.hash = \
             f.hash) AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.small = f.hash) LIMIT $1",
        )
        .bind(STEP)
        .fetch_all(&self.readers)
        .await?;
        if unused.is_empty() {
            return Ok(Vec::new());
        }
        self.work(move |db| {
            let unused = unused.clone();
            Box::pin(async move {
                let mut query = QueryBuilder::<sqlx::Sqlite>::new("DELETE FROM stored_file WHERE hash IN (");
                let mut list = query.separated(", ");
                for hash in unused {
                    list.push_bind(hash);
                }
                query.push(
                    ") AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.hash = stored_file.hash) AND NOT \
                     EXISTS (SELECT 1 FROM attachment a WHERE a.small = stored_file.hash) RETURNING hash",
                );
                let released: Vec<Vec<u8>> = query.build_query_scalar().fetch_all(db).await?;
                Ok((released.into_iter().map(hash).collect::<Result<_>>()?, Vec::new()))
            })
        })
        .await
    }

    async fn noted_files(&self) -> Result<Vec<Hash>> {
        noted_files(&mut *self.readers.acquire().await?).await
    }
}

/// All that should lie with the files, in their order; nothing in a database from before there were any.
pub async fn noted_files(db: &mut SqliteConnection) -> Result<Vec<Hash>> {
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'stored_file')")
            .fetch_one(&mut *db)
            .await?;
    if !known {
        return Ok(Vec::new());
    }
    let noted: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT hash FROM stored_file ORDER BY hash").fetch_all(db).await?;
    noted.into_iter().map(hash).collect()
}
