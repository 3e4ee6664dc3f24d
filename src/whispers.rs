//! The whispers' rooms as the server holds them, and who is connected to them.
//!
//! In: settings, and sockets that come and go. Out: the rooms, and how many sockets an address has open.
//! Never: anything that is said in a room; the `whisper` crate relays that without knowing it.

use crate::{config::WhisperSettings, metrics::Metrics};
use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use whisper::{Limits, Rooms};

/// A room nobody has joined ends after this time: a link's preview makes one too.
const UNJOINED: Duration = Duration::from_secs(60);

/// A private line on which nobody has written for so long is over.
const SILENT: Duration = Duration::from_secs(300);

/// Bytes of all frames that wait in all rooms. Words are a few dozen each; this is for pictures.
const IN_FLIGHT: usize = 64 * 1024 * 1024;

/// How often rooms are looked at that may have ended.
const SWEEP: Duration = Duration::from_secs(1);

pub struct Whispers {
    pub rooms: Rooms,
    /// The host whose front page makes a room.
    pub host: Option<String>,
    sockets: Mutex<HashMap<IpAddr, usize>>,
    metrics: Arc<Metrics>,
}

impl Whispers {
    pub fn new(settings: &WhisperSettings, metrics: Arc<Metrics>) -> Self {
        let rooms = Rooms::new(Limits {
            rooms: settings.whispers,
            people: settings.whisper_people.max(2),
            frame: settings.whisper_frame_bytes,
            frames: settings.whisper_frames_per_second,
            in_flight: IN_FLIGHT,
            unjoined: UNJOINED,
            idle: Duration::from_secs(settings.whisper_idle_seconds),
            silent: SILENT,
            longest: Duration::from_secs(settings.whisper_hours.saturating_mul(3_600)),
        });
        let host = settings.whisper_host.clone();
        Self { rooms, host, sockets: Mutex::default(), metrics }
    }

    /// Counts a socket while it is open.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Entered {
        *self.sockets().entry(address).or_default() += 1;
        self.metrics.sockets.with_label_values(&["whisper"]).inc();
        Entered { whispers: self.clone(), address }
    }

    pub fn sockets_at(&self, address: IpAddr) -> usize {
        self.sockets().get(&address).copied().unwrap_or(0)
    }

    pub fn are_quiet(&self) -> bool {
        self.sockets().is_empty()
    }

    /// Ends rooms whose time is over, for as long as the server runs.
    pub async fn run(self: Arc<Self>) {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            tick.tick().await;
            self.rooms.sweep(Instant::now());
            self.metrics.whispers.set(self.rooms.count() as i64);
        }
    }

    fn sockets(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Whispers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whispers")
    }
}

/// An open socket.
pub struct Entered {
    whispers: Arc<Whispers>,
    address: IpAddr,
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entered")
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.whispers.metrics.sockets.with_label_values(&["whisper"]).dec();
        let mut sockets = self.whispers.sockets();
        if let Some(count) = sockets.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                sockets.remove(&self.address);
            }
        }
    }
}
