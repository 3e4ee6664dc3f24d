//! The state of a whisper's page, and everything that changes it.
//!
//! In: events and sealed frames of the room's socket, letters and pictures of whoever sits here. Out: signals
//! the views follow, sheets of words, sealed frames. `connection` is the socket, `hear` what the room says of
//! itself, `receive` what others say, `send` what is said here, `agree` how a private line gets its key.
//! Never: a word in a signal, in storage or in the address; and never a letter again after a lost connection.

mod agree;
mod connection;
mod hear;
mod person;
mod receive;
mod send;

pub use person::{COLOURS, Person};

use super::{
    browser::{Js, clock},
    payload::tidy_name,
    peers::Peers,
    seal::Key,
    sheet::Sheet,
    writing::Writing,
};
use crate::ui::Toast;
use agree::Agreeing;
use domain::wire::{
    line::Seat,
    whisper::{Command, FADE, Number, Reason, To},
};
use leptos::{html::Div, prelude::*, task::spawn_local};
use person::{colour_of, guest};
use send::Out;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    ops::Range,
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::{JsCast as _, prelude::Closure};
use web_sys::{MessageEvent, WebSocket, Worker};
use zeroize::Zeroizing;

/// The least time between two frames of letters, in milliseconds: what is typed meanwhile goes together. The
/// server takes 30 a second.
const PACE: u64 = 45;

/// Waits before the connection is tried again, in milliseconds.
const FIRST_WAIT: u64 = 300;

/// How often it is looked what is over.
const TICK: Duration = Duration::from_millis(100);

/// How long a page that has come waits for the others to say that they are here, in milliseconds.
const MEET: u64 = 1_500;

/// Milliseconds by which the time of day runs ahead of the page's clock when the page has slept.
const SLEPT: f64 = 1_000.0;

/// Where the page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Opening,
    /// The page did not come over a connection on which browsers seal.
    Insecure,
    /// The link has no key.
    Incomplete,
    /// The ends of a private line did not agree on a key.
    Broken,
    Knocking,
    In,
    /// The connection is lost and is being made again.
    Lost,
    Ended(Reason),
}

/// The page's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy)]
pub struct Room {
    pub stage: RwSignal<Stage>,
    /// Everybody else, in the order they came.
    pub people: RwSignal<Vec<Person>>,
    pub knocks: RwSignal<Vec<Person>>,
    pub me: RwSignal<Number>,
    pub moderator: RwSignal<bool>,
    pub name: RwSignal<String>,
    pub colour: RwSignal<u8>,
    pub locked: RwSignal<bool>,
    pub fade: RwSignal<u8>,
    /// What is typed goes to moderators only.
    pub aside: RwSignal<bool>,
    pub notice: Toast,
    /// Whoever comes late may hear the first letter: all have been met.
    pub ready: RwSignal<bool>,
    /// This page has been in the room.
    pub seated: RwSignal<bool>,
    /// Of a private line: the same on both screens if nobody stands between.
    pub digits: RwSignal<Option<String>>,
    pub log: NodeRef<Div>,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

struct Inner {
    code: String,
    /// A private line: how far its ends have agreed.
    agreeing: RefCell<Option<Agreeing>>,
    /// … and who is at the other one: known from the conversation, whatever they call themselves.
    with: RefCell<Option<String>>,
    key: RefCell<Option<Rc<Key>>>,
    /// The key was made here, and is not in the address yet.
    new_key: RefCell<Option<Zeroizing<String>>>,
    socket: RefCell<Option<WebSocket>>,
    /// Each connection has a number; callbacks of an older one find that they are late.
    round: Cell<u32>,
    wait: Cell<u64>,
    ticket: RefCell<Option<String>>,
    /// Frames sealed so far, and calls made.
    count: Cell<u64>,
    calls: Cell<u64>,
    peers: RefCell<Peers>,
    sheets: RefCell<BTreeMap<Number, Sheet>>,
    writing: RefCell<Writing>,
    outgoing: RefCell<VecDeque<Out>>,
    sending: Cell<bool>,
    /// Frames without an answer, oldest first.
    on_way: RefCell<VecDeque<(f64, OnWay)>>,
    /// This page is to be the first, with a key of its own making; and has said so before.
    makes: Cell<bool>,
    asked: Cell<bool>,
    /// What the room takes: milliseconds between frames of letters, bytes of a frame.
    pace: Cell<u64>,
    most: Cell<usize>,
    incoming: RefCell<VecDeque<MessageEvent>>,
    reading: Cell<bool>,
    /// By how much the time of day was ahead of this page's clock.
    slept: Cell<Option<f64>>,
    /// The room's time less this page's clock, as well as it is known.
    ahead: Cell<Option<f64>>,
}

/// What the answer to a frame is for.
enum OnWay {
    Letters(Range<u64>),
    Picture(Zeroizing<Vec<u8>>),
    Nothing,
}

impl Room {
    pub fn new(code: &str) -> Self {
        let inner = Rc::new(Inner {
            code: code.to_owned(),
            agreeing: RefCell::default(),
            with: RefCell::default(),
            key: RefCell::default(),
            new_key: RefCell::default(),
            socket: RefCell::default(),
            round: Cell::default(),
            wait: Cell::new(FIRST_WAIT),
            ticket: RefCell::default(),
            count: Cell::default(),
            calls: Cell::default(),
            peers: RefCell::new(Peers::new([0; 16])),
            sheets: RefCell::default(),
            writing: RefCell::new(Writing::new()),
            outgoing: RefCell::default(),
            sending: Cell::default(),
            on_way: RefCell::default(),
            makes: Cell::default(),
            asked: Cell::default(),
            pace: Cell::new(PACE),
            most: Cell::default(),
            slept: Cell::default(),
            incoming: RefCell::default(),
            reading: Cell::default(),
            ahead: Cell::default(),
        });
        Self {
            stage: RwSignal::new(Stage::Opening),
            people: RwSignal::default(),
            knocks: RwSignal::default(),
            me: RwSignal::default(),
            moderator: RwSignal::default(),
            name: RwSignal::default(),
            colour: RwSignal::default(),
            locked: RwSignal::default(),
            fade: RwSignal::new(FADE),
            aside: RwSignal::default(),
            notice: Toast::default(),
            ready: RwSignal::default(),
            seated: RwSignal::default(),
            digits: RwSignal::default(),
            log: NodeRef::new(),
            inner: StoredValue::new_local(inner),
        }
    }

    fn inner(self) -> Option<Rc<Inner>> {
        self.inner.try_with_value(Rc::clone)
    }

    /// Whether this is one end of a private line.
    fn is_line(inner: &Inner) -> bool {
        inner.with.borrow().is_some()
    }

    /// Opens the room of a page of its own. In the browser only, once.
    pub fn start(self, makes_key: bool) {
        if !self.begin() {
            return;
        }
        // Back from the browser's memory, where a page stands still with all that was on it.
        let shown = window_event_listener_untyped("pageshow", |event| {
            if Js::of(event).get("persisted").is_true() {
                let _ = window().location().reload();
            }
        });
        let other_key = window_event_listener_untyped("hashchange", |_| drop(window().location().reload()));
        on_cleanup(move || [shown, other_key].into_iter().for_each(|listener| listener.remove()));
        spawn_local(self.open(makes_key));
    }

    /// Sits down at one end of a private line. In the browser only, once.
    pub fn take_seat(self, seat: &Seat, with: &str) {
        let Some(inner) = self.inner().filter(|_| self.begin()) else { return };
        inner.with.replace(Some(with.to_owned()));
        inner.ticket.replace(Some(seat.ticket.clone()));
        spawn_local(self.prepare(seat.opener));
    }

    /// The time goes on from here; false where a page cannot seal.
    fn begin(self) -> bool {
        if !Key::is_possible() {
            self.stage.set(Stage::Insecure);
            return false;
        }
        let tick = set_interval_with_handle(move || self.tick(), TICK);
        // A page that is not looked at is given the time once a minute only, unless a worker tells it.
        let worker = Worker::new("/timer.js").ok();
        if let Some(worker) = &worker {
            let tick = Closure::<dyn FnMut()>::new(move || self.tick());
            worker.set_onmessage(Some(tick.as_ref().unchecked_ref()));
            tick.forget();
        }
        let looked_at = window_event_listener_untyped("visibilitychange", move |_| self.tick());
        let hidden = window_event_listener_untyped("pagehide", move |_| self.leave());
        on_cleanup(move || {
            [looked_at, hidden].into_iter().for_each(|listener| listener.remove());
            if let Ok(tick) = tick {
                tick.clear();
            }
            if let Some(worker) = worker {
                worker.terminate();
            }
        });
        true
    }

    /// The page has a place for somebody's words.
    pub fn hang(self, number: Number, place: &Js) {
        if let Some(inner) = self.inner()
            && let Some(sheet) = inner.sheets.borrow().get(&number)
        {
            place.call("appendChild", &[sheet.root()]);
        }
    }

    /// What I am called.
    pub fn called(self) -> String {
        let name = self.name.get_untracked();
        if name.is_empty() { guest(self.me.get_untracked()) } else { name }
    }

    /// Takes another name or colour.
    pub fn introduce(self, name: &str, colour: u8) {
        let Some(inner) = self.inner() else { return };
        self.name.set(tidy_name(name));
        self.colour.set(colour.min(COLOURS - 1));
        if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&self.me.get_untracked()) {
            sheet.name(&self.called());
        }
        match self.stage.get_untracked() {
            Stage::In => self.greet(&inner, To::Everybody, None),
            Stage::Knocking => self.greet(&inner, To::Moderators, None),
            _ => {}
        }
    }

    fn room_time(self, inner: &Inner) -> u64 {
        (clock() + inner.ahead.get().unwrap_or(0.0)).max(0.0) as u64
    }

    /// The time goes on.
    fn tick(self) {
        let Some(inner) = self.inner() else { return };
        self.wake(&inner);
        if self.is_stuck(&inner)
            && let Some(socket) = inner.socket.take()
        {
            let _ = socket.close();
            self.lost(inner.round.get());
        }
        let now = self.room_time(&inner);
        let mut sheets = inner.sheets.borrow_mut();
        sheets.values_mut().for_each(|sheet| sheet.tick(now));
        if sheets.get(&self.me.get_untracked()).is_none_or(Sheet::is_blank) {
            inner.writing.borrow_mut().forget();
        }
        // Who has gone stays until their last word has.
        let done: Vec<Number> = self.people.with_untracked(|people| {
            let gone = people.iter().filter(|person| !person.here);
            gone.map(|person| person.number).filter(|n| sheets.get(n).is_none_or(Sheet::is_blank)).collect()
        });
        if !done.is_empty() {
            sheets.retain(|number, _| !done.contains(number));
            drop(sheets);
            self.people.update(|people| people.retain(|person| !done.contains(&person.number)));
        }
    }

    /// A page that slept finds that more time has passed than its clock says.
    fn wake(self, inner: &Inner) {
        let ahead = js_sys::Date::now() - clock();
        if let (Some(before), Some(room)) = (inner.slept.replace(Some(ahead)), inner.ahead.get())
            && ahead > before + SLEPT
        {
            inner.ahead.set(Some(room + ahead - before));
        }
    }

    /// Goes for good.
    pub fn leave(self) {
        self.leave_as(Reason::Left);
    }

    /// Its view goes.
    pub fn leave_if_there(self) {
        if !matches!(self.stage.try_get_untracked(), None | Some(Stage::Ended(_) | Stage::Broken)) {
            self.leave();
        }
    }

    fn leave_as(self, reason: Reason) {
        self.ask(&Command::Leave {});
        self.end(reason);
    }

    /// It is over: nothing of it stays on this page.
    fn end(self, reason: Reason) {
        let Some(inner) = self.inner() else { return };
        self.stage.set(Stage::Ended(reason));
        inner.round.set(inner.round.get() + 1);
        inner.sheets.borrow_mut().values_mut().for_each(Sheet::clear);
        inner.key.take();
        inner.agreeing.take();
        inner.outgoing.take();
        inner.on_way.take();
        inner.incoming.take();
        inner.writing.replace(Writing::new());
        self.ready.set(false);
        self.seated.set(false);
        self.people.set(Vec::new());
        self.knocks.set(Vec::new());
        if let Some(socket) = inner.socket.take() {
            let _ = socket.close();
        }
    }

    /// Shows a word for a few seconds.
    pub fn say(self, text: &str) {
        self.notice.show(text.to_owned());
    }
}
