//! The jobs, one after the other; what goes over the network goes on beside them.

use super::{
    Composer, Done, JOBS, Job,
    edit::NOT_EDITED,
    kept::{self, Kept},
    look, picture,
    record::{self, Recording},
    reveal::reveal,
    upload,
    view::{self, Progress},
};
use crate::browser::Js;
use domain::{ClientId, FileLimits};
use js_sys::Array;
use leptos::{prelude::*, wasm_split::SplitLoaderError};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};
use wasm_bindgen::JsCast as _;

type Files = RwSignal<Vec<Kept>, LocalStorage>;

thread_local! {
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
    /// The files of each composer.
    static PICKED: RefCell<HashMap<String, Files>> = RefCell::default();
    /// The files of each message that is on its way, and whether they are still wanted.
    static SENDING: RefCell<HashMap<ClientId, Rc<Cell<bool>>>> = RefCell::default();
}

/// Does what is to be done.
#[leptos::wasm_split::wasm_split(files, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn work() -> Result<(), SplitLoaderError> {
    if !AT_WORK.replace(true) {
        leptos::task::spawn_local(async {
            while let Some(job) = next() {
                carry_out(job).await;
            }
            AT_WORK.set(false);
        });
    }
    Ok(())
}

fn next() -> Option<Job> {
    JOBS.with_borrow_mut(|jobs| (!jobs.is_empty()).then(|| jobs.remove(0)))
}

async fn carry_out(job: Job) {
    match job {
        Job::Pick(to, chosen) => pick(&to, chosen.unchecked_into()).await,
        Job::Record(to) => record(to).await,
        Job::Restore(to) => {
            let key = to.key.clone();
            let left = kept::find(|file| file.0.get("of").text() == key && message_of(file).is_empty()).await;
            put(&to, left);
        }
        Job::Hold(to, message) => {
            for file in files_of(&to).try_update(std::mem::take).unwrap_or_default() {
                file.0.set("message", message.to_string());
                kept::keep(&file).await;
                HELD.with_borrow_mut(|held| held.entry(message).or_default().push(file));
            }
            count(&to);
        }
        Job::Send { to, message, again, done } => {
            let wanted = Rc::new(Cell::new(true));
            let first = SENDING.with_borrow_mut(|sending| {
                let first = !sending.contains_key(&message);
                sending.entry(message).or_insert_with(|| wanted.clone());
                first
            });
            if first {
                leptos::task::spawn_local(send(to, message, again, wanted, done));
            }
        }
        Job::GiveBack(to, message) => give_back(&to, message).await,
        Job::Forget(message) => {
            for file in held(message).await {
                kept::forget(&file).await;
            }
            HELD.with_borrow_mut(|held| drop(held.remove(&message)));
        }
        Job::Press(pressed, to) => look::press(&pressed, to),
        Job::Reveal(token) => reveal(&token),
        Job::Keep(whose) => {
            let others = |file: &Kept| {
                let of = file.0.get("of").text();
                of.starts_with("bellhop.guest.") && !of.starts_with(&whose)
            };
            for file in kept::find(others).await {
                kept::forget(&file).await;
            }
        }
    }
}

thread_local! {
    /// The files of messages, where this browser's database keeps nothing.
    static HELD: RefCell<HashMap<ClientId, Vec<Kept>>> = RefCell::default();
}

fn message_of(file: &Kept) -> String {
    file.0.get("message").text()
}

/// The files of a message, wherever they are kept.
async fn held(message: ClientId) -> Vec<Kept> {
    if let Some(files) = HELD.with_borrow(|held| held.get(&message).cloned()) {
        return files;
    }
    let id = message.to_string();
    kept::find(|file| message_of(file) == id).await
}

fn files_of(to: &Composer) -> Files {
    PICKED.with_borrow_mut(|picked| {
        *picked.entry(to.key.clone()).or_insert_with(|| RwSignal::new_local(Vec::new()))
    })
}

/// Tells the composer how many files stand in it, and the next page that there are some.
fn count(to: &Composer) {
    let files = files_of(to);
    let picked = files.with_untracked(Vec::len);
    to.picked.try_set(picked);
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = if picked == 0 { storage.remove_item(&to.key) } else { storage.set_item(&to.key, "1") };
    }
    keep_end();
    let to = to.clone();
    view::mount(&to.place.clone(), move || {
        let describes = to.describes;
        let other = to.clone();
        let take_out = move |file: Kept| {
            let to = to.clone();
            files.update(|files| files.retain(|other| other.id() != file.id()));
            leptos::task::spawn_local(async move {
                count(&to);
                take_back(&to, &file).await;
            });
        };
        let replace = move |file: Kept, by: Option<Js>| {
            let Some(by) = by else { return drop(other.problem.try_set(Some(NOT_EDITED.to_owned()))) };
            let (name, kind) = (file.name(), by.get("type").text());
            if let Some(problem) = too_large(other.limits, &name, &by) {
                return drop(other.problem.try_set(Some(problem)));
            }
            let changed = Kept::new(&other.key, &by, &name, &kind);
            changed.0.set("alt", file.0.get("alt"));
            let here = |other: &&mut Kept| other.id() == file.id();
            files.update(|files| files.iter_mut().filter(here).for_each(|here| *here = changed.clone()));
            let to = other.clone();
            leptos::task::spawn_local(async move {
                kept::keep(&changed).await;
                take_back(&to, &file).await;
            });
        };
        view::picked(files, describes, take_out, replace)
    });
}

/// Nobody wants it any more, here or on the server.
async fn take_back(to: &Composer, file: &Kept) {
    kept::forget(file).await;
    upload::take_back(to, file).await;
}

/// The composer has grown or shrunk: a page that shows its newest line goes on to do so.
fn keep_end() {
    request_animation_frame(|| {
        if let Some(sized) = Js::make("Event", &[&"resize".into()]) {
            Js::global("window").call("dispatchEvent", &[&sized]);
        }
    });
}

/// Puts files into a composer, behind what stands there.
fn put(to: &Composer, new: Vec<Kept>) {
    files_of(to).update(|files| {
        for file in new {
            if !files.iter().any(|other| other.id() == file.id()) {
                files.push(file);
            }
        }
    });
    count(to);
}

async fn pick(to: &Composer, chosen: Array) {
    for file in chosen.iter().map(Js::of) {
        if is_full(to) {
            break;
        }
        let name = file.get("name").text();
        match picture::prepare(&file).await {
            Ok((blob, name)) => {
                let kind = blob.get("type").text();
                if let Some(problem) = too_large(to.limits, &name, &blob) {
                    to.problem.try_set(Some(problem));
                    continue;
                }
                add(to, Kept::new(&to.key, &blob, &name, &kind)).await;
            }
            Err(why) => drop(to.problem.try_set(Some(format!("{name}: {why}.")))),
        }
    }
    count(to);
}

/// Whether the composer has as many files as the hotel takes in a message; if so, it says it.
fn is_full(to: &Composer) -> bool {
    let most = to.limits.count;
    if files_of(to).with_untracked(Vec::len) < most {
        return false;
    }
    to.problem.try_set(Some(match most {
        0 => "This hotel doesn’t accept files.".to_owned(),
        1 => "You can send 1 file per message. Send this one first.".to_owned(),
        _ => format!("You can send up to {most} files per message. Send these first."),
    }));
    true
}

fn too_large(limits: FileLimits, name: &str, blob: &Js) -> Option<String> {
    let video = blob.get("type").text().starts_with("video/");
    let most = if video { limits.video_bytes() } else { limits.bytes() };
    (blob.get("size").number() > most as f64)
        .then(|| format!("{name} is too large. The limit is {} MB.", most / (1024 * 1024)))
}

async fn add(to: &Composer, file: Kept) {
    if !kept::keep(&file).await {
        leptos::logging::warn!("this browser can’t keep files; you’ll lose them if you reload");
    }
    put(to, vec![file]);
}

async fn record(to: Composer) {
    let place = format!("{}-voice", to.place);
    // One at a time.
    let is_recording = |place: web_sys::Element| matches!(place.query_selector(".recording"), Ok(Some(_)));
    if document().get_element_by_id(&place).is_some_and(is_recording) {
        return;
    }
    if is_full(&to) {
        return;
    }
    let recording = match record::begin().await {
        Ok(recording) => recording,
        Err(why) => return drop(to.problem.try_set(Some(why.to_owned()))),
    };
    let (shown, ended) = (RwSignal::new(true), Rc::new(Cell::new(false)));
    let end = {
        let (recording, to) = (recording.clone(), to.clone());
        move |keep: bool| {
            if ended.replace(true) {
                return;
            }
            shown.set(false);
            leptos::task::spawn_local(end_recording(recording.clone(), to.clone(), keep));
        }
    };
    // Whoever goes on to another guest has ended it: no microphone stays on that nobody sees.
    let here = place.clone();
    let seconds = move || match document().get_element_by_id(&here) {
        Some(_) => recording.seconds(),
        None => record::MOST,
    };
    show_recording(&place, shown, seconds, end);
}

fn show_recording(
    place: &str,
    shown: RwSignal<bool>,
    seconds: impl Fn() -> f64 + Clone + 'static,
    end: impl Fn(bool) + Clone + 'static,
) {
    let Some(element) = document().get_element_by_id(place) else { return end(false) };
    element.set_inner_html("");
    keep_end();
    let parts = StoredValue::new_local((seconds, end));
    view::mount(place, move || {
        move || {
            shown.get().then(|| {
                let (seconds, end) = parts.get_value();
                view::recording(seconds, end)
            })
        }
    });
}

async fn end_recording(recording: Recording, to: Composer, keep: bool) {
    let voice = recording.end().await;
    let Some(voice) = voice.filter(|_| keep) else { return };
    let kind = voice.blob.get("type").text();
    let file = Kept::new(&to.key, &voice.blob, "", &kind);
    file.0.set("seconds", voice.seconds.max(1.0).round());
    file.0.set("wave", voice.wave.as_str());
    add(&to, file).await;
}

async fn send(to: Composer, message: ClientId, again: bool, wanted: Rc<Cell<bool>>, done: Done) {
    let files = held(message).await;
    if again {
        for file in &files {
            file.0.set("upload", "");
            file.0.set("taken", "");
        }
    }
    let progress = RwSignal::new(Progress { part: 0.0, moving: true });
    let (shown, cancelled) = (files.clone(), wanted.clone());
    view::mount(&message.to_string(), move || {
        view::on_its_way(&shown, progress, move || cancelled.set(false))
    });

    let all: f64 = files.iter().map(Kept::size).sum();
    let (mut before, mut taken) = (0.0, Vec::new());
    let mut problem = files
        .is_empty()
        .then(|| "The files for this message are no longer in this browser. Attach them again.".to_owned());
    for file in &files {
        let told = |part: f64, moving| {
            let part = ((before + part * file.size()) / all.max(1.0)).min(1.0);
            progress.try_set(Progress { part, moving });
        };
        match upload::bring(&to, file, told, || wanted.get()).await {
            Ok(attachment) => taken.push(attachment),
            Err(why) => {
                problem = Some(why);
                break;
            }
        }
        before += file.size();
    }
    SENDING.with_borrow_mut(|sending| drop(sending.remove(&message)));
    match problem {
        None => done(Ok(taken)),
        Some(why) => {
            give_back(&to, message).await;
            done(Err(why));
        }
    }
}

async fn give_back(to: &Composer, message: ClientId) {
    let files = held(message).await;
    HELD.with_borrow_mut(|held| drop(held.remove(&message)));
    for file in &files {
        file.0.set("message", "");
        kept::keep(file).await;
    }
    put(to, files);
}
