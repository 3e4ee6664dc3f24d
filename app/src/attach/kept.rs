//! The files in this browser's database, until their message is stored.
//!
//! A record: `{id, of, message, blob, name, kind, seconds, wave, alt, upload, taken}`. `of` is the composer
//! it was put into, `message` the client_id of its message, or nothing while it stands in the composer;
//! `upload` where the server has begun to take it in, `taken` what it has found it to be.

use crate::browser::Js;
use domain::ClientId;
use js_sys::Promise;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};

const NAME: &str = "bellhop";
const FILES: &str = "files";

/// A file on its way.
#[derive(Clone)]
pub struct Kept(pub Js);

impl Kept {
    pub fn new(of: &str, blob: &Js, name: &str, kind: &str) -> Self {
        let id = ClientId::new().to_string();
        Kept(Js::object(&[
            ("id", id.as_str().into()),
            ("of", of.into()),
            ("message", "".into()),
            ("blob", blob.clone()),
            ("name", name.into()),
            ("kind", kind.into()),
            ("seconds", 0.0.into()),
            ("wave", "".into()),
            ("alt", "".into()),
            ("upload", "".into()),
            ("taken", "".into()),
        ]))
    }

    pub fn id(&self) -> String {
        self.0.get("id").text()
    }

    pub fn name(&self) -> String {
        self.0.get("name").text()
    }

    pub fn kind(&self) -> String {
        self.0.get("kind").text()
    }

    pub fn blob(&self) -> Js {
        self.0.get("blob")
    }

    pub fn size(&self) -> f64 {
        self.blob().get("size").number()
    }
}

/// What an `IDBRequest` came to; nothing if it failed.
async fn answer(request: Option<Js>) -> Option<Js> {
    let request = request?;
    let promise = Promise::new(&mut |resolve, reject| {
        request.set("onsuccess", resolve);
        request.set("onerror", reject);
    });
    Js::of(promise).done().await?;
    Some(request.get("result"))
}

async fn open() -> Option<Js> {
    let opening = Js::global("indexedDB").call("open", &[&NAME.into(), &1.0.into()])?;
    let asked = opening.clone();
    let make = Closure::once_into_js(move |_: JsValue| {
        let key = Js::object(&[("keyPath", "id".into())]);
        asked.get("result").call("createObjectStore", &[&FILES.into(), &key]);
    });
    opening.set("onupgradeneeded", make);
    answer(Some(opening)).await
}

/// The store of files, in a transaction of its own.
async fn files(mode: &str) -> Option<Js> {
    let database = open().await?;
    let transaction = database.call("transaction", &[&FILES.into(), &mode.into()])?;
    // Another page may want to change the database; it is open for one transaction only.
    database.call("close", &[]);
    transaction.call("objectStore", &[&FILES.into()])
}

/// Keeps a record, in place of the one before. Whether it is kept: a browser may have no room, or keep
/// nothing at all.
pub async fn keep(kept: &Kept) -> bool {
    let Some(files) = files("readwrite").await else { return false };
    answer(files.call("put", &[&kept.0])).await.is_some()
}

pub async fn forget(kept: &Kept) {
    if let Some(files) = files("readwrite").await {
        answer(files.call("delete", &[&kept.0.get("id")])).await;
    }
}

/// All records that fit, in the order they were made.
pub async fn find(fits: impl Fn(&Kept) -> bool) -> Vec<Kept> {
    let Some(files) = files("readonly").await else { return Vec::new() };
    let Some(all) = answer(files.call("getAll", &[])).await else { return Vec::new() };
    let all: js_sys::Array = match JsValue::from(all).dyn_into() {
        Ok(all) => all,
        Err(_) => return Vec::new(),
    };
    all.iter().map(|record| Kept(Js::of(record))).filter(fits).collect()
}
