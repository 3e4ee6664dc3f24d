//! What the guest has written and the hotel has not acknowledged. It survives a reload and goes out once.
//!
//! Each text lies in the browser's storage under a key of its own, so that two windows cannot overwrite each
//! other's; a message's client_id makes it be stored once (rule H5). All of it lies under its guest's id, for
//! a browser may have many guests, one after the other: what one has written never goes out as another's.

use crate::{
    attach::{self, Beside, Job},
    draft,
};
use domain::{ClientId, GuestId};
use leptos::prelude::*;
use web_sys::Storage;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub client_id: ClientId,
    pub body: String,
    pub files: Beside,
    /// Handed to the network; the acknowledgement is awaited.
    pub sent: bool,
}

/// Behind the key of a message with files.
const WITH_FILES: char = '+';

/// All keys of a guest's texts begin so.
const ALL: &str = "bellhop.guest.";

pub fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn key(guest: GuestId, hotel: &str, what: &str) -> String {
    format!("{ALL}{guest}.{hotel}.{what}")
}

/// What lies in the storage, oldest first: a client_id begins with its time.
pub fn load(guest: GuestId, hotel: &str) -> Vec<Pending> {
    let mut found = Vec::new();
    for (id, body) in draft::texts(storage(), &key(guest, hotel, "out.")) {
        let (id, files) = match id.strip_suffix(WITH_FILES) {
            Some(id) => (id, Beside::Here),
            None => (&*id, Beside::Nothing),
        };
        if let Ok(client_id) = id.parse() {
            let at = found.partition_point(|p: &Pending| p.client_id < client_id);
            found.insert(at, Pending { client_id, body: body.trim().to_owned(), files, sent: false });
        }
    }
    found
}

pub fn keep(guest: GuestId, hotel: &str, pending: &Pending) {
    match pending.files {
        Beside::Nothing => put(&key(guest, hotel, &format!("out.{}", pending.client_id)), &pending.body),
        // There need be no words, and what is empty is not kept.
        _ => put(&with_files(guest, hotel, pending.client_id), &format!("{} ", pending.body)),
    };
}

fn with_files(guest: GuestId, hotel: &str, client_id: ClientId) -> String {
    key(guest, hotel, &format!("out.{client_id}{WITH_FILES}"))
}

pub fn forget(guest: GuestId, hotel: &str, client_id: ClientId) {
    put(&key(guest, hotel, &format!("out.{client_id}")), "");
    put(&with_files(guest, hotel, client_id), "");
}

/// The composer's files lie under this, and under its beginning all of the guest's.
pub fn files_key(guest: GuestId, hotel: &str) -> String {
    key(guest, hotel, "files")
}

/// What stands in the composer, kept over a reload.
pub fn load_draft(guest: GuestId, hotel: &str) -> Option<String> {
    draft::load(&key(guest, hotel, "draft"))
}

pub fn keep_draft(guest: GuestId, hotel: &str, text: &str) {
    draft::keep(&key(guest, hotel, "draft"), text);
}

/// Keeps a text; an empty one is forgotten. Whether it is kept now.
pub fn put(key: &str, text: &str) -> bool {
    let Some(storage) = storage() else { return false };
    if text.is_empty() { storage.remove_item(key).is_ok() } else { storage.set_item(key, text).is_ok() }
}

/// The guest goes by another id since they proved to be somebody they were before: what they wrote under the
/// others goes on under this one.
pub fn adopt(guest: GuestId, formerly: &[GuestId]) {
    for other in formerly {
        let (old, new) = (format!("{ALL}{other}."), format!("{ALL}{guest}."));
        for (rest, text) in draft::texts(storage(), &old) {
            put(&format!("{new}{rest}"), &text);
            put(&format!("{old}{rest}"), "");
        }
        for (rest, _) in draft::in_tab(&old) {
            draft::move_in_tab(&format!("{old}{rest}"), &format!("{new}{rest}"));
        }
    }
}

/// What anybody else has left here unsent is nobody's to read or to send. To be called once it is known who
/// the guest is.
pub fn forget_others(guest: GuestId) {
    let mine = format!("{guest}.");
    let others = |found: Vec<(String, String)>| {
        found.into_iter().map(|(rest, _)| rest).filter(|rest| !rest.starts_with(&mine)).collect::<Vec<_>>()
    };
    let mut had_files = false;
    for rest in others(draft::texts(storage(), ALL)) {
        had_files |= rest.ends_with(WITH_FILES) || rest.ends_with("files");
        put(&format!("{ALL}{rest}"), "");
    }
    for rest in others(draft::in_tab(ALL)) {
        draft::forget_in_tab(&format!("{ALL}{rest}"));
    }
    if had_files {
        attach::run(Job::Keep(format!("{ALL}{mine}")));
    }
}
