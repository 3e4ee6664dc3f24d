//! Exports of many conversations: written into a file in the background, page by page, whatever their number.
//!
//! In: a selection. Out: a file that grows; where it stands is written down after every page, so that it goes
//! on from there after a stop, by a person or of the server. Never: more than a page in memory, or a
//! conversation that whoever asked may not read by the time it is written.

use super::{Answer, Desk};
use crate::{
    files::Format,
    store::{Export, ExportState, LogFilter, Sort, StoreError, Viewer},
};
use domain::{Conversation, Hotel, HotelId, Millis, Refusal, Staff};
use std::{
    collections::{HashMap, HashSet},
    io::SeekFrom,
    path::PathBuf,
    sync::Arc,
};
use tokio::{
    fs::File,
    io::{AsyncSeekExt as _, AsyncWriteExt as _},
};
use uuid::Uuid;

/// Conversations read at once, and entries of one.
const PAGE: i64 = 100;
const ENTRIES: i64 = 1_000;

/// How long a finished export lies ready.
const READY: i64 = Millis::DAY;

/// Exports of one person that may run at the same time.
const RUNNING: usize = 3;

/// Exports of one person that may lie ready.
const KEPT: usize = 20;

/// Why an export cannot go on.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("whoever asked for it reviews nothing any more")]
    Gone,
    #[error("its selection is not understood: {0}")]
    Selection(#[from] serde_json::Error),
}

impl Desk {
    pub fn export_file(&self, export: &Export) -> PathBuf {
        PathBuf::from(&self.settings.export_dir).join(format!("{}.{}", export.id, export.format))
    }

    /// The exports of a person, newest first.
    pub async fn exports_of(&self, staff: &Staff) -> Answer<Vec<Export>> {
        Ok(self.store.exports().await?.into_iter().filter(|e| e.is_still_for(staff)).collect())
    }

    /// One of a person's own, of hotels that are all still theirs.
    pub async fn own_export(&self, staff: &Staff, id: Uuid) -> Answer<Export> {
        let found = self.store.export(id).await?.filter(|e| e.is_still_for(staff));
        Ok(found.ok_or(Refusal::NotFound)?)
    }

    /// Begins an export. `title` is the selection in words.
    pub async fn begin_export(
        self: &Arc<Self>,
        staff: &Staff,
        filter: &LogFilter,
        title: String,
        format: Format,
    ) -> Answer<()> {
        self.may_run_another(staff).await?;
        if self.exports_of(staff).await?.len() >= KEPT {
            let why = format!("you already have {KEPT} exports; remove some first");
            return Err(Refusal::Invalid { field: "Export".into(), why }.into());
        }
        let now = self.clock.now();
        // What is opened from here on belongs to the next export.
        let filter =
            LogFilter { until: Some(filter.until.map_or(now, |until| until.min(now))), ..filter.clone() };
        let hotels = self.reviewed_hotels(staff).await?;
        let among = match (filter.hotel, staff.admin) {
            (Some(hotel), _) => Some(vec![hotel]),
            (None, true) => None,
            (None, false) => Some(hotels.iter().map(|h| h.id).collect()),
        };
        let (_, total) = self.store.count(staff.id, &filter).await?;
        let export = Export {
            id: Uuid::now_v7(),
            by: staff.id,
            filter: serde_json::to_string(&filter).map_err(|e| StoreError::Nonsense(e.to_string()))?,
            hotels: among,
            title,
            format: format.as_str().to_owned(),
            state: ExportState::Running,
            created_at: now,
            after: None,
            bytes: 0,
            entries: 0,
            total,
        };
        self.store.add_export(export.clone()).await?;
        let detail = format!("{} {} {}", export.id, export.format, export.title);
        self.audit_review("export_begun", staff, filter.hotel, &hotels, detail).await;
        tokio::spawn(self.clone().make(export));
        Ok(())
    }

    /// A download stands in the trail, of the hotel it was of.
    pub async fn note_export_taken(&self, staff: &Staff, hotels: &[Hotel], export: &Export) {
        self.audit_review("export_taken", staff, export.hotel(), hotels, export.id.to_string()).await;
    }

    /// Files in which a guest who was erased may stand are thrown away.
    pub(super) async fn remove_exports_of(&self, hotel: HotelId) -> Answer<()> {
        for export in self.store.exports().await?.into_iter().filter(|e| e.is_of(hotel)) {
            self.stop_export(&export).await?;
            self.remove_export(&export).await?;
        }
        Ok(())
    }

    pub async fn stop_export(&self, export: &Export) -> Answer<()> {
        self.store.turn_export(export.id, ExportState::Running, ExportState::Stopped).await?;
        Ok(())
    }

    async fn may_run_another(&self, staff: &Staff) -> Answer<()> {
        let running =
            self.exports_of(staff).await?.iter().filter(|e| e.state == ExportState::Running).count();
        if running < RUNNING {
            return Ok(());
        }
        let why = format!("you already have {RUNNING} exports running; wait for one to finish or stop one");
        Err(Refusal::Invalid { field: "Export".into(), why }.into())
    }

    /// Goes on where it was stopped, or where it failed.
    pub async fn resume_export(self: &Arc<Self>, staff: &Staff, export: &Export) -> Answer<()> {
        self.may_run_another(staff).await?;
        for from in [ExportState::Stopped, ExportState::Failed] {
            if self.store.turn_export(export.id, from, ExportState::Running).await?
                && let Some(export) = self.store.export(export.id).await?
            {
                tokio::spawn(self.clone().make(export));
            }
        }
        Ok(())
    }

    pub async fn remove_export(&self, export: &Export) -> Answer<()> {
        self.store.remove_export(export.id).await?;
        match tokio::fs::remove_file(self.export_file(export)).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                tracing::error!(error = %e, export = %export.id, "an export's file could not be removed");
            }
            _ => {}
        }
        Ok(())
    }

    /// Those that ran when the server stopped go on.
    pub async fn resume_all_exports(self: &Arc<Self>) -> Result<(), StoreError> {
        for export in self.store.exports().await?.into_iter().filter(|e| e.state == ExportState::Running) {
            tokio::spawn(self.clone().make(export));
        }
        Ok(())
    }

    /// Removes those that have lain ready long enough.
    pub async fn tidy_exports(&self) -> Answer<()> {
        let before = self.clock.now().0 - READY;
        for export in self.store.exports().await? {
            if export.state != ExportState::Running && export.created_at.0 < before {
                self.remove_export(&export).await?;
            }
        }
        Ok(())
    }

    /// Writes an export to its end, or until it is stopped. One at a time writes a file: whoever stops and
    /// resumes at once has the first writer go on.
    async fn make(self: Arc<Self>, export: Export) {
        let id = export.id;
        let mut next = Some(export);
        while let Some(export) = next.take() {
            if !self.exporting().insert(id) {
                return;
            }
            let written = self.write_on(export).await;
            self.exporting().remove(&id);
            let ended = match written {
                Ok(true) => ExportState::Done,
                Ok(false) => {
                    // Resumed between its last word and here, when it still counted as being written.
                    next = self
                        .store
                        .export(id)
                        .await
                        .ok()
                        .flatten()
                        .filter(|e| e.state == ExportState::Running);
                    continue;
                }
                Err(e) => {
                    tracing::error!(error = %e, export = %id, "an export could not go on");
                    ExportState::Failed
                }
            };
            if let Err(e) = self.store.turn_export(id, ExportState::Running, ended).await {
                tracing::error!(error = %e, export = %id, "the end of an export could not be written down");
            }
        }
    }

    /// The exports that are being written now.
    fn exporting(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.exporting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether it came to its end; false if it was stopped.
    async fn write_on(&self, mut export: Export) -> Result<bool, Failed> {
        let filter: LogFilter = serde_json::from_str(&export.filter)?;
        let format = Format::parse(&export.format).unwrap_or(Format::JsonLines);
        // Not what was given to whoever asked since then: they would have to lead that, too, to take the
        // file.
        let hotels = self.store.hotels().await?.into_iter().filter(|h| export.is_of(h.id));
        let hotels: HashMap<_, Hotel> = hotels.map(|h| (h.id, h)).collect();
        let path = self.export_file(&export);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut file = File::options().create(true).truncate(false).write(true).open(&path).await?;
        if file.metadata().await?.len() < export.bytes as u64 {
            // The file is not the one that was noted: from the beginning.
            (export.bytes, export.entries, export.after) = (0, 0, None);
        }
        // What was written after the last page that was noted is written again.
        file.set_len(export.bytes as u64).await?;
        file.seek(SeekFrom::End(0)).await?;
        if export.bytes == 0 {
            let head = format.head();
            file.write_all(&head).await?;
            export.bytes = head.len() as i64;
        }
        loop {
            // Asked anew for every page: a role that was withdrawn ends the export.
            if self.store.staff(export.by).await?.is_none_or(|staff| !staff.reviews()) {
                return Err(Failed::Gone);
            }
            let page = self.store.logs(export.by, &filter, Sort::Oldest, export.after, PAGE).await?;
            for conversation in &page {
                if let Some(hotel) = hotels.get(&conversation.hotel) {
                    self.write_conversation(&mut file, &mut export, format, conversation, hotel).await?;
                }
                export.after = Some((conversation.opened_at, conversation.id));
            }
            file.flush().await?;
            file.sync_data().await?;
            if !self.store.export_came(export.clone()).await? {
                return Ok(false);
            }
            if (page.len() as i64) < PAGE {
                return Ok(true);
            }
        }
    }

    async fn write_conversation(
        &self,
        file: &mut File,
        export: &mut Export,
        format: Format,
        conversation: &Conversation,
        hotel: &Hotel,
    ) -> Result<(), Failed> {
        let marks = self.store.marks(export.by, conversation.id).await?;
        let head = format.conversation(conversation, hotel, &marks);
        file.write_all(&head).await?;
        export.bytes += head.len() as i64;
        let mut after = 0;
        loop {
            let viewer = Viewer::Staff(export.by);
            // Erased in the meantime, or no longer theirs to read.
            let Some((_, entries)) = self.store.timeline(viewer, conversation.id, after, ENTRIES).await?
            else {
                break;
            };
            let Some(last) = entries.last() else { break };
            after = last.seq;
            let bytes = format.entries(conversation, hotel, &entries, &marks);
            file.write_all(&bytes).await?;
            export.bytes += bytes.len() as i64;
            export.entries += entries.len() as i64;
        }
        Ok(())
    }
}
