//! Files beside words, in the browser.
//!
//! In: what somebody chooses, drops, pastes or records. Out: attachments the server has taken in, to be said
//! with the words they stand beside; or why not, in words, with everything back in the composer. Never: a
//! file that is lost by a reload or a lift; all of it lies in this browser until its message is stored.
//!
//! This file is what every guest loads: jobs, and who does them. The rest lies in a WASM file of its own,
//! which comes with the first file.

#[cfg(feature = "hydrate")]
mod dialog;
#[cfg(feature = "hydrate")]
mod edit;
#[cfg(feature = "hydrate")]
mod kept;
#[cfg(feature = "hydrate")]
mod look;
#[cfg(feature = "hydrate")]
mod picture;
#[cfg(feature = "hydrate")]
mod record;
#[cfg(feature = "hydrate")]
mod reveal;
#[cfg(feature = "hydrate")]
mod upload;
#[cfg(feature = "hydrate")]
mod view;
#[cfg(feature = "hydrate")]
mod work;

use domain::{Attachment, AttachmentId, ClientId, FileLimits};
use js_sys::{Array, Reflect};
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event};

/// A composer that takes files.
#[derive(Clone, Debug)]
pub struct Composer {
    /// Whose it is and what for: files of one are never another's.
    pub key: String,
    /// The id of the element its files are shown in; with `-voice` behind it, that of a recording's.
    pub place: String,
    /// Where the server takes in its files.
    pub address: String,
    /// By this the guest is known in a frame whose browser returns no cookie; empty elsewhere.
    pub token: String,
    /// How many files stand in it.
    pub picked: RwSignal<usize>,
    /// What the hotel takes.
    pub limits: FileLimits,
    /// What a picture shows is asked for: of staff, for guests who cannot see it.
    pub describes: bool,
    /// What is wrong with one.
    pub problem: RwSignal<Option<String>>,
}

impl Composer {
    /// Its form, if it is open: one that is not takes nothing.
    fn form(&self) -> Option<Element> {
        let form = document().get_element_by_id(&self.place)?.parent_element()?;
        (!matches!(form.matches(".locked"), Ok(true))).then_some(form)
    }
}

/// What is to be done, in order.
#[allow(missing_debug_implementations, reason = "a callback has no words")]
pub enum Job {
    /// Put these files into the composer.
    Pick(Composer, JsValue),
    /// Begin to record a voice message.
    Record(Composer),
    /// Show what was left in the composer.
    Restore(Composer),
    /// The composer's files are a message's from now on.
    Hold(Composer, ClientId),
    /// Bring a message's files to the server; `again` if what was brought is gone there.
    Send { to: Composer, message: ClientId, again: bool, done: Done },
    /// The message was refused: its files go back into the composer.
    GiveBack(Composer, ClientId),
    /// The message is stored.
    Forget(ClientId),
    /// Look closer at a picture, or play a voice faster; a picture that is changed goes into the composer.
    Press(Element, Composer),
    /// Have files come with this token, where no cookie goes along.
    Reveal(String),
    /// Whoever has this browser now: what others left is removed.
    Keep(String),
}

/// The files of a message that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    Nothing,
    /// They lie in this browser.
    Here,
    /// The server has taken them in.
    There(Vec<Attachment>),
}

impl Beside {
    /// A composer's files, if it has any.
    pub fn some(picked: usize) -> Self {
        if picked == 0 { Beside::Nothing } else { Beside::Here }
    }

    /// By which the message names them.
    pub fn ids(&self) -> Vec<AttachmentId> {
        if let Beside::There(files) = self { files.iter().map(|file| file.id).collect() } else { Vec::new() }
    }

    /// What stands in the message; nothing before the server has it.
    pub fn there(self) -> Vec<Attachment> {
        if let Beside::There(files) = self { files } else { Vec::new() }
    }
}

/// Called with what the server has taken in, or with why it has not.
pub type Done = Box<dyn FnOnce(Result<Vec<Attachment>, String>)>;

thread_local! {
    static JOBS: RefCell<Vec<Job>> = const { RefCell::new(Vec::new()) };
}

/// Has a job done, once the file is there that can.
pub fn run(job: Job) {
    JOBS.with_borrow_mut(|jobs| jobs.push(job));
    #[cfg(feature = "hydrate")]
    crate::ui::run_split(work::work);
}

/// What happens on a page that files have to do with.
const HEARD: [&str; 5] = ["click", "change", "paste", "drop", "dragover"];

/// From now on, and until the caller's owner ends, files come into a composer however they may; and what is
/// pressed in a timeline is looked at. What was left in the composer before a reload is shown.
///
/// On the window, by name: a listener of the framework's for each event weighs more than all of this in the
/// file every guest loads.
pub fn listen(composer: impl Fn() -> Composer + 'static) {
    let to = composer();
    if window()
        .local_storage()
        .ok()
        .flatten()
        .is_some_and(|kept| matches!(kept.get_item(&to.key), Ok(Some(_))))
    {
        run(Job::Restore(to));
    }
    let hear: Rc<dyn Fn(Event)> = Rc::new(move |event| hear(&composer, &event));
    let heard = HEARD.map(|name| {
        let hear = hear.clone();
        window_event_listener_untyped(name, move |event| hear(event))
    });
    on_cleanup(move || heard.into_iter().for_each(|heard| heard.remove()));
}

fn hear(composer: &dyn Fn() -> Composer, event: &Event) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let to = composer();
    let own = to.form().is_some_and(|form| form.contains(Some(&target)));
    let within = |selector: &str| target.closest(selector).ok().flatten();
    match event.type_().as_str() {
        "click" if own && within(".microphone").is_some() => run(Job::Record(to)),
        "click" => press(event, within(".files .picture, .files .speed"), to),
        "dragover" if own => event.prevent_default(),
        _ if own && take(to.clone(), event) => drop(to.problem.try_set(None)),
        _ => {}
    }
}

/// Looks closer at what was pressed in a timeline, unless it is to be opened elsewhere.
fn press(event: &Event, pressed: Option<Element>, to: Composer) {
    let held = |key: &str| Reflect::get(event, &key.into()).is_ok_and(|held| held.is_truthy());
    let elsewhere = held("ctrlKey") || held("metaKey") || held("shiftKey");
    if let (Some(pressed), false, false) = (pressed, elsewhere, event.default_prevented()) {
        event.prevent_default();
        run(Job::Press(pressed, to));
    }
}

/// Takes the files of an event: chosen in a field, pasted, or dropped. The browser does nothing more with
/// them. Whether there were any.
fn take(to: Composer, event: &Event) -> bool {
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    let holders = [of(event, "clipboardData"), of(event, "dataTransfer"), of(event, "target")];
    for holder in holders.iter().filter(|holder| holder.is_object()) {
        // What office programs copy comes as words and as a picture of them.
        let kinds = of(holder, "types");
        if kinds.is_object() && Array::from(&kinds).includes(&"text/plain".into(), 0) {
            continue;
        }
        let files = of(holder, "files");
        if of(&files, "length").as_f64().is_some_and(|length| length > 0.0) {
            event.prevent_default();
            let chosen = Array::from(&files);
            to.picked.update(|picked| *picked += chosen.length() as usize);
            // So that the same file can be chosen again.
            let _ = Reflect::set(holder, &"value".into(), &"".into());
            run(Job::Pick(to, chosen.into()));
            return true;
        }
    }
    false
}
