//! What the guest has sent and the hotel has not acknowledged. It survives a reload and goes out once.
//!
//! Each message lies in the browser's storage under a key of its own, so that two windows cannot overwrite each other's;
//! its client_id makes a message that both send be stored once (rule H5).

use crate::domain::ClientId;
use leptos::prelude::*;
use web_sys::Storage;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub client_id: ClientId,
    pub body: String,
    /// Handed to the network; the acknowledgement is awaited.
    pub sent: bool,
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn prefix(hotel: &str) -> String {
    format!("bellhop.outbox.{hotel}.")
}

/// What lies in the storage, oldest first: a client_id begins with its time.
pub fn load(hotel: &str) -> Vec<Pending> {
    let Some(storage) = storage() else { return Vec::new() };
    let prefix = prefix(hotel);
    let mut found = Vec::new();
    for index in 0..storage.length().unwrap_or(0) {
        let Ok(Some(key)) = storage.key(index) else { continue };
        let Some(client_id) = key.strip_prefix(&prefix).and_then(|id| id.parse().ok()) else { continue };
        if let Ok(Some(body)) = storage.get_item(&key) {
            let at = found.partition_point(|p: &Pending| p.client_id < client_id);
            found.insert(at, Pending { client_id, body, sent: false });
        }
    }
    found
}

pub fn keep(hotel: &str, pending: &Pending) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("{}{}", prefix(hotel), pending.client_id), &pending.body);
    }
}

pub fn forget(hotel: &str, client_id: ClientId) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("{}{client_id}", prefix(hotel)));
    }
}

/// What stands in the composer, kept over a reload.
pub fn load_draft(hotel: &str) -> Option<String> {
    storage()?.get_item(&format!("bellhop.draft.{hotel}")).ok().flatten()
}

pub fn keep_draft(hotel: &str, text: &str) {
    if let Some(storage) = storage() {
        let key = format!("bellhop.draft.{hotel}");
        let _ = if text.is_empty() { storage.remove_item(&key) } else { storage.set_item(&key, text) };
    }
}
