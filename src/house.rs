//! Store, bus, hub and desk put together: what the server and the operator's commands both stand on.

use crate::{
    blobs::{Blobs, Bucket, Folder},
    bus,
    clock::Clock,
    config::{FileSettings, Settings},
    desk::{Desk, attachment::Files, delivery::Outbox, line::Lines},
    hub::Hub,
    incoming::Incoming,
    limits::Limits,
    mail::{Mail, MailError},
    metrics::Metrics,
    store::sqlite::{OpenError, Sqlite},
    webhook::Webhooks,
    whispers::Whispers,
};
use domain::{ConversationId, Epoch, StaffId};
use std::sync::Arc;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};

pub struct House {
    pub desk: Arc<Desk>,
    /// Staff who come and go, for the absence watch.
    pub movements: mpsc::UnboundedReceiver<StaffId>,
    /// Conversations that may have changed hands, for their private lines.
    pub handovers: mpsc::UnboundedReceiver<(ConversationId, Epoch)>,
    bus: JoinHandle<()>,
}

#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("BELLHOP_FILES_URL cannot be used: {0}")]
    Bucket(std::io::Error),
}

impl House {
    /// `public_url` is the address people use, for links in letters.
    pub async fn open(url: &str, settings: Settings, public_url: String) -> Result<Self, HouseError> {
        let mail = Mail::new(&settings.mail)?;
        let FileSettings { files_dir, files_url, files_key, .. } = &settings.files;
        let bucket = files_url.as_ref().map(Bucket::new).transpose().map_err(HouseError::Bucket)?;
        let blobs = Blobs::new(Folder::new(files_dir), bucket, files_key.as_ref());
        let files = Files::new(blobs, Incoming::new(files_dir));
        let webhooks = Webhooks::new(settings.webhook_networks.clone());
        let metrics = Arc::new(Metrics::new());
        let (updates, published) = mpsc::channel(bus::local::QUEUE);
        let deliveries = Arc::new(Notify::new());
        let store = Arc::new(Sqlite::open(url, metrics.clone(), updates, deliveries.clone()).await?);
        let (moved, movements) = mpsc::unbounded_channel();
        let (handed, handovers) = mpsc::unbounded_channel();
        let hub = Arc::new(Hub::new(metrics.clone(), moved, handed));
        let bus = tokio::spawn(bus::local::run(published, hub.clone(), metrics.clone()));
        let limits = Limits::new(&settings);
        let whispers = Arc::new(Whispers::new(&settings.whisper, metrics.clone()));
        let desk = Arc::new(Desk {
            store,
            hub,
            metrics,
            limits,
            settings,
            clock: Clock::System,
            mail,
            public_url,
            exporting: Default::default(),
            whispers,
            lines: Lines::default(),
            deadlines: Notify::new(),
            files: Arc::new(files),
            outbox: Arc::new(Outbox::new(deliveries, webhooks)),
            calls: Default::default(),
        });
        Ok(Self { desk, movements, handovers, bus })
    }

    /// Finishes the commit under way and what it has to tell.
    pub async fn close(self) {
        self.desk.store.close().await;
        let _ = self.bus.await;
    }
}
