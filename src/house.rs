//! Store, bus, hub and desk put together: what the server and the operator's commands both stand on.

use crate::{
    bus,
    clock::Clock,
    config::Settings,
    desk::Desk,
    hub::Hub,
    limits::Limits,
    mail::{Mail, MailError},
    metrics::Metrics,
    store::sqlite::{OpenError, Sqlite},
};
use domain::StaffId;
use std::sync::Arc;
use tokio::{sync::mpsc, task::JoinHandle};

pub struct House {
    pub desk: Arc<Desk>,
    /// Staff who come and go, for the absence watch.
    pub movements: mpsc::UnboundedReceiver<StaffId>,
    bus: JoinHandle<()>,
}

#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl House {
    /// `public_url` is the address people use, for links in letters.
    pub async fn open(url: &str, settings: Settings, public_url: String) -> Result<Self, HouseError> {
        let mail = Mail::new(&settings.mail)?;
        let metrics = Arc::new(Metrics::new());
        let (updates, published) = mpsc::channel(bus::local::QUEUE);
        let store = Arc::new(Sqlite::open(url, metrics.clone(), updates).await?);
        let (moved, movements) = mpsc::unbounded_channel();
        let hub = Arc::new(Hub::new(metrics.clone(), moved));
        let bus = tokio::spawn(bus::local::run(published, hub.clone(), metrics.clone()));
        let limits = Limits::new(&settings);
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
        });
        Ok(Self { desk, movements, bus })
    }

    /// Finishes the commit under way and what it has to tell.
    pub async fn close(self) {
        self.desk.store.close().await;
        let _ = self.bus.await;
    }
}
