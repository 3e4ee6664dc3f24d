//! The state of a whisper's page, and everything that changes it.
//!
//! In: events and sealed frames of the room's socket, letters and pictures of whoever sits here. Out: signals
//! the views follow, sheets of words, sealed frames. Never: a word in a signal, in storage or in the address;
//! and never a letter again after a lost connection.

use super::{
    WhisperPage,
    browser::{Js, clock},
    payload::{Hello, LETTERS, Payload, tidy_name},
    peers::Peers,
    picture,
    seal::{Key, random},
    sheet::Sheet,
    writing::{Chunk, Writing},
};
use crate::{js, live::pause};
use domain::Refusal;
use domain::wire::whisper::{
    Command, Down, Event, FADE, Gone, Number, Participant, Reason, SUBPROTOCOL, To, Up,
};
use leptos::{html::Div, prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    ops::Range,
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::{JsCast as _, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CloseEvent, MessageEvent, WebSocket, Worker};
use zeroize::Zeroizing;

/// Colours to choose from; see `style/whisper.css`.
pub const COLOURS: u8 = 8;

/// The least time between two frames of letters, in milliseconds: what is typed meanwhile goes together. The
/// server takes 30 a second.
const PACE: u64 = 45;

/// Waits before the connection is tried again, in milliseconds.
const FIRST_WAIT: u64 = 300;
const LONGEST_WAIT: u64 = 8_000;

/// How often it is looked what is over.
const TICK: Duration = Duration::from_millis(100);

/// How long a page that has come waits for the others to say that they are here, in milliseconds.
const MEET: u64 = 1_500;

/// A frame without an answer for so long, in milliseconds, means that the connection is dead; a picture
/// takes its time.
const PATIENCE: f64 = 5_000.0;
const PICTURE_PATIENCE: f64 = 30_000.0;

/// Bytes of a frame around a picture: head, seal and kind.
const AROUND: usize = 64;

/// Milliseconds by which the time of day runs ahead of the page's clock when the page has slept.
const SLEPT: f64 = 1_000.0;

/// How long a notice is shown.
const NOTICE: Duration = Duration::from_secs(6);

/// How long a picture is shown, in times of a word.
const PICTURE: u64 = 1;

/// Where the page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Opening,
    /// The page did not come over a connection on which browsers seal.
    Insecure,
    /// The link has no key.
    Incomplete,
    Knocking,
    In,
    /// The connection is lost and is being made again.
    Lost,
    Ended(Reason),
}

/// Somebody in the room, or at its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub number: Number,
    pub name: String,
    pub colour: u8,
    pub moderator: bool,
    pub here: bool,
    /// What they send does not open with this page's key.
    pub misfit: bool,
}

impl Person {
    fn new(Participant { number, moderator }: Participant) -> Self {
        Person {
            number,
            name: String::new(),
            colour: colour_of(number),
            moderator,
            here: true,
            misfit: false,
        }
    }

    /// Their name, or what stands for it.
    pub fn called(&self) -> String {
        if self.name.is_empty() { guest(self.number) } else { self.name.clone() }
    }
}

fn guest(number: Number) -> String {
    format!("Guest {number}")
}

fn colour_of(number: Number) -> u8 {
    (number.wrapping_sub(1) % u32::from(COLOURS)) as u8
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
    pub notice: RwSignal<Option<String>>,
    /// Whoever comes late may hear the first letter: all have been met.
    pub ready: RwSignal<bool>,
    /// This page has been in the room.
    pub seated: RwSignal<bool>,
    pub log: NodeRef<Div>,
    noticed: StoredValue<u32>,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

struct Inner {
    code: String,
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

/// What waits to be sealed.
enum Out {
    Letters(Chunk),
    Payload(To, Payload),
}

impl Room {
    pub fn new(page: &WhisperPage) -> Self {
        let inner = Rc::new(Inner {
            code: page.code.clone(),
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
            notice: RwSignal::default(),
            ready: RwSignal::default(),
            seated: RwSignal::default(),
            log: NodeRef::new(),
            noticed: StoredValue::default(),
            inner: StoredValue::new_local(inner),
        }
    }

    fn inner(self) -> Option<Rc<Inner>> {
        self.inner.try_with_value(Rc::clone)
    }

    /// Opens the room. In the browser only, once.
    pub fn start(self, makes_key: bool) {
        if !Key::is_possible() {
            return self.stage.set(Stage::Insecure);
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
        // Back from the browser's memory, where a page stands still with all that was on it.
        let shown = window_event_listener_untyped("pageshow", |event| {
            if Js::of(event).get("persisted").is_true() {
                let _ = window().location().reload();
            }
        });
        let other_key = window_event_listener_untyped("hashchange", |_| drop(window().location().reload()));
        on_cleanup(move || {
            [looked_at, hidden, shown, other_key].into_iter().for_each(|listener| listener.remove());
            if let Ok(tick) = tick {
                tick.clear();
            }
            if let Some(worker) = worker {
                worker.terminate();
            }
        });
        spawn_local(self.open(makes_key));
    }

    async fn open(self, makes_key: bool) {
        let Some(inner) = self.inner() else { return };
        let Some(challenge) = random() else { return self.stage.set(Stage::Insecure) };
        inner.peers.replace(Peers::new(challenge));
        let fragment = window().location().hash().unwrap_or_default();
        let key = if makes_key {
            // Whatever the address brought along: a redirect keeps what a link had behind its #, and a
            // stranger may have put it there.
            Key::make(&inner.code).await.map(|(key, text)| {
                inner.new_key.replace(Some(text));
                key
            })
        } else {
            Key::read(fragment.trim_start_matches('#'), &inner.code).await
        };
        let Some(key) = key else { return self.stage.set(Stage::Incomplete) };
        inner.key.replace(Some(Rc::new(key)));
        inner.makes.set(makes_key);
        self.connect();
    }

    fn connect(self) {
        let Some(inner) = self.inner() else { return };
        let round = inner.round.get() + 1;
        inner.round.set(round);
        let location = window().location();
        let scheme = if location.protocol().as_deref() == Ok("https:") { "wss" } else { "ws" };
        let address =
            format!("{scheme}://{}/whisper/{}/socket", location.host().unwrap_or_default(), inner.code);
        let Ok(socket) = WebSocket::new_with_str(&address, SUBPROTOCOL) else { return self.lost(round) };
        Js::of(&socket).set("binaryType", "arraybuffer");

        let opened = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = self.inner() {
                let (make, ticket) = (inner.makes.get(), inner.ticket.borrow().clone());
                self.ask(&Command::Join { make, ticket });
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();

        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(inner) = self.inner().filter(|inner| inner.round.get() == round) else { return };
            inner.incoming.borrow_mut().push_back(event);
            // In the order they came, though opening one takes a moment.
            if !inner.reading.replace(true) {
                spawn_local(self.read());
            }
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        message.forget();

        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |_: CloseEvent| self.lost(round));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        closed.forget();
        inner.socket.replace(Some(socket));
    }

    /// The connection of this round is gone. What was on its way reached nobody that is known of.
    fn lost(self, round: u32) {
        let Some(inner) = self.inner().filter(|inner| inner.round.get() == round) else { return };
        let stage = self.stage.get_untracked();
        if matches!(stage, Stage::Ended(_) | Stage::Incomplete) {
            return;
        }
        inner.round.set(round + 1);
        inner.socket.take();
        inner.incoming.borrow_mut().clear();
        inner.asked.set(true);
        self.ready.set(false);
        self.withdraw_all(&inner);
        for number in self.people.with_untracked(|people| people.iter().map(|p| p.number).collect::<Vec<_>>())
        {
            inner.peers.borrow_mut().lose(number);
        }
        self.stage.set(Stage::Lost);
        let wait = inner.wait.get();
        inner.wait.set((wait * 2).min(LONGEST_WAIT));
        spawn_local(async move {
            pause(wait).await;
            if self.stage.try_get_untracked() != Some(Stage::Lost) {
                return;
            }
            // A browser does not say why a socket was refused; a plain request for the address does.
            let address = format!("/whisper/{}/socket", inner.code);
            let status = async {
                let answer = JsFuture::from(window().fetch_with_str(&address)).await.ok()?;
                js::field(&answer, "status")?.as_f64()
            };
            match status.await {
                Some(404.0) => self.end(Reason::Expired),
                // It may have ended while the browser asked.
                _ if self.stage.try_get_untracked() == Some(Stage::Lost) => self.connect(),
                _ => {}
            }
        });
    }

    /// Letters without an answer leave this page too.
    fn withdraw_all(self, inner: &Inner) {
        let mut letters: Vec<_> = inner.writing.borrow_mut().take().into_iter().map(|c| c.letters).collect();
        inner.writing.borrow_mut().forget();
        let mut pictures = false;
        for out in inner.outgoing.borrow_mut().drain(..) {
            match out {
                Out::Letters(chunk) => letters.push(chunk.letters.clone()),
                Out::Payload(_, payload) => pictures |= matches!(payload, Payload::Picture(_)),
            }
        }
        for (_, on_way) in inner.on_way.borrow_mut().drain(..) {
            match on_way {
                OnWay::Letters(range) => letters.push(range),
                OnWay::Picture(_) => pictures = true,
                OnWay::Nothing => {}
            }
        }
        letters.iter().for_each(|range| self.withdraw(inner, range));
        if pictures {
            self.say("The picture may not have arrived. Send it again when you are connected.");
        } else if !letters.is_empty() {
            self.say("The last letters may not have arrived. Write them again when you are connected.");
        }
    }

    /// Asks something of the room; a no is shown.
    pub fn ask(self, command: &Command) {
        let Some(inner) = self.inner() else { return };
        let id = inner.calls.get() + 1;
        inner.calls.set(id);
        if let Some(socket) = inner.socket.borrow().as_ref() {
            let _ = socket.send_with_str(&crate::live::call(id, command));
        }
    }

    async fn read(self) {
        while let Some(inner) = self.inner() {
            let next = inner.incoming.borrow_mut().pop_front();
            let Some(event) = next else {
                inner.reading.set(false);
                return;
            };
            let data = event.data();
            match data.as_string() {
                Some(text) => self.hear(&inner, &text),
                None => self.take(&inner, &Js::of(data).to_bytes()).await,
            }
        }
    }

    fn hear(self, inner: &Inner, text: &str) {
        let Some(frame) = js::parse(text) else { return };
        if let Some(refusal) = js::field(&frame, "no").and_then(js::read::<Refusal>) {
            self.say(match refusal {
                Refusal::NotAvailable => "That is not possible just now.",
                Refusal::NotFound => "They are not there any more.",
                Refusal::TooFast { .. } => "Too fast. Try again in a second.",
                Refusal::NotAllowed => "Only a moderator can do that.",
                _ => "That did not work. Try again.",
            });
        }
        if let Some(event) = js::read::<Event>(frame) {
            self.heard(inner, event);
        }
    }

    fn heard(self, inner: &Inner, event: Event) {
        match event {
            Event::Hello { you, ticket, participants, locked, fade, at, limits } => {
                inner.ticket.replace(Some(ticket));
                inner.makes.set(false);
                inner.most.set(limits.frame);
                inner.pace.set(PACE.max(1_100 / u64::from(limits.frames.max(1))));
                inner.wait.set(FIRST_WAIT);
                inner.ahead.set(Some(at as f64 - clock()));
                if let Some(key) = inner.new_key.take() {
                    let key = Zeroizing::new(format!("#{}", *key));
                    let arguments = [&Js::of(JsValue::NULL), &"".into(), &key.as_str().into()];
                    Js::global("history").call("replaceState", &arguments);
                }
                self.sit_down(inner, you);
                self.locked.set(locked);
                self.fade.set(fade);
                let leads = participants.iter().any(|p| p.number == you && p.moderator);
                self.moderator.set(leads);
                self.aside.update(|aside| *aside &= leads);
                self.knocks.set(Vec::new());
                self.people.update(|people| {
                    let gone = |person: &Person| !participants.iter().any(|p| p.number == person.number);
                    people.iter_mut().filter(|person| gone(person)).for_each(|person| person.here = false);
                });
                participants.into_iter().filter(|p| p.number != you).for_each(|p| self.came(inner, p));
                self.stage.set(Stage::In);
                self.seated.set(true);
                self.ready.set(false);
                self.greet(inner, To::Everybody, None);
                self.is_ready(inner);
                let round = inner.round.get();
                set_timeout(
                    move || {
                        if self.inner().is_some_and(|inner| inner.round.get() == round) {
                            self.ready.set(true);
                        }
                    },
                    Duration::from_millis(MEET),
                );
            }
            Event::Knocking { you, .. } => {
                if self.me.get_untracked() == 0 {
                    self.colour.set(colour_of(you));
                }
                self.me.set(you);
                self.stage.set(Stage::Knocking);
                self.greet(inner, To::Moderators, None);
            }
            Event::Came { participant } => self.came(inner, participant),
            Event::Went { number, why } => {
                inner.peers.borrow_mut().lose(number);
                let mut who = guest(number);
                self.people.update(|people| {
                    if let Some(person) = people.iter_mut().find(|person| person.number == number) {
                        person.here = false;
                        who = person.called();
                    }
                });
                self.say(&match why {
                    Gone::Left => format!("{who} has left."),
                    Gone::Lost => format!("{who} has lost the connection."),
                    Gone::Removed => format!("{who} was removed. The room is locked."),
                });
                self.is_ready(inner);
            }
            Event::Knock { number } => self.knocks.update(|knocks| {
                if !knocks.iter().any(|knock| knock.number == number) {
                    knocks.push(Person::new(Participant { number, moderator: false }));
                }
            }),
            Event::KnockEnded { number } => {
                self.knocks.update(|knocks| knocks.retain(|knock| knock.number != number));
            }
            Event::Moderators { numbers } => {
                let mine = numbers.contains(&self.me.get_untracked());
                if mine && !self.moderator.get_untracked() {
                    self.say("You are a moderator now.");
                }
                if !mine {
                    self.knocks.set(Vec::new());
                    self.aside.set(false);
                }
                self.moderator.set(mine);
                self.people.update(|people| {
                    people.iter_mut().for_each(|person| person.moderator = numbers.contains(&person.number));
                });
            }
            Event::Locked { on } => {
                self.locked.set(on);
                self.say(if on { "The room is locked. Newcomers knock." } else { "The room is open." });
            }
            Event::Fade { seconds } => {
                self.fade.set(seconds);
                self.say(&format!("Words now stay {seconds} seconds."));
            }
            Event::Refused { refusal } => {
                let on_way = inner.on_way.borrow_mut().pop_front().map(|(_, on_way)| on_way);
                match &on_way {
                    Some(OnWay::Letters(letters)) => self.withdraw(inner, letters),
                    Some(OnWay::Nothing) => self.greet_again(),
                    _ => {}
                }
                self.say(match (refusal, on_way) {
                    (Refusal::TooLong { .. }, _) => "That was too large to send.",
                    (_, Some(OnWay::Picture(_))) => {
                        "The picture was not sent. Wait a moment, then send it again."
                    }
                    (Refusal::TooFast { .. }, Some(OnWay::Letters(_))) => {
                        "Too fast: the last letters were not sent."
                    }
                    (_, Some(OnWay::Letters(_))) => "The last letters were not sent.",
                    _ => return,
                });
            }
            Event::Closing { reason } => {
                match reason {
                    // What it said before its connection was lost was heard: the room has this page's key.
                    Reason::Incomplete if inner.makes.get() && inner.asked.get() => inner.makes.set(false),
                    Reason::Incomplete => self.stage.set(Stage::Incomplete),
                    _ if reason.is_passing() => {}
                    _ => self.end(reason),
                }
            }
        }
    }

    /// The seat has this number: another one than before, if it was not kept.
    fn sit_down(self, inner: &Inner, you: Number) {
        let before = self.me.get_untracked();
        let mut sheets = inner.sheets.borrow_mut();
        if before != you {
            sheets.remove(&before);
        }
        if before == 0 {
            self.colour.set(colour_of(you));
        }
        self.me.set(you);
        drop(sheets);
        inner.writing.borrow_mut().forget();
        self.new_sheet(inner, you, &self.called());
    }

    fn new_sheet(self, inner: &Inner, number: Number, name: &str) {
        let mut sheets = inner.sheets.borrow_mut();
        if let (false, Some(log)) = (sheets.contains_key(&number), self.log.get_untracked())
            && let Some(root) = Js::element("div")
        {
            root.set("className", "words");
            root.set("ariaHidden", "true");
            root.set("dir", "auto");
            let log = (number != self.me.get_untracked()).then(|| Js::of(log));
            sheets.insert(number, Sheet::new(root, log));
        }
        if let Some(sheet) = sheets.get_mut(&number) {
            sheet.name(name);
        }
    }

    /// The page has a place for somebody's words.
    pub fn hang(self, number: Number, place: &Js) {
        if let Some(inner) = self.inner()
            && let Some(sheet) = inner.sheets.borrow().get(&number)
        {
            place.call("appendChild", &[sheet.root()]);
        }
    }

    fn came(self, inner: &Inner, participant: Participant) {
        inner.peers.borrow_mut().lose(participant.number);
        let mut called = guest(participant.number);
        self.people.update(|people| {
            match people.iter_mut().find(|person| person.number == participant.number) {
                Some(person) => {
                    (person.here, person.moderator) = (true, participant.moderator);
                    called = person.called();
                }
                None => people.push(Person::new(participant)),
            }
        });
        self.new_sheet(inner, participant.number, &called);
    }

    /// Tells who sits here: everybody, or one who has shown a challenge.
    fn greet(self, inner: &Inner, to: To, answers: Option<super::payload::Challenge>) {
        let challenge = inner.peers.borrow().challenge();
        let (colour, name) = (self.colour.get_untracked(), self.called());
        self.send(inner, to, Payload::Hello(Hello { challenge, answers, colour, name }));
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

    /// A binary frame: an answer to one's own, or somebody else's.
    async fn take(self, inner: &Inner, frame: &[u8]) {
        let Some((head, length)) = Down::read(frame) else { return };
        let (Down::Taken { at } | Down::From { at, .. }) = head;
        // What took longest to come says least of the room's time.
        let ahead = at as f64 - clock();
        inner.ahead.set(Some(inner.ahead.get().map_or(ahead, |known| known.max(ahead))));
        let stay = u64::from(self.fade.get_untracked()) * 1_000;
        let Down::From { number, .. } = head else { return self.taken(inner, at, stay) };
        // Nobody else sits in one's own seat.
        if number == self.me.get_untracked() {
            return;
        }
        let round = inner.round.get();
        let key = inner.key.borrow().clone();
        let Some(key) = key else { return };
        let opened = key.open(number, &frame[length..]).await;
        if inner.round.get() != round {
            return;
        }
        let Some((count, plain)) = opened else { return self.does_not_fit(inner, number) };
        if !inner.peers.borrow_mut().takes(number, count) {
            return;
        }
        match Payload::read(&plain) {
            Some(Payload::Hello(ref hello)) => self.meet(inner, number, hello),
            Some(payload) if inner.peers.borrow().knows(number) => {
                self.show(inner, number, &payload, at, stay)
            }
            // Sealed before its sender knew of this page, or by a relay's recording.
            Some(_) | None => {}
        }
    }

    fn taken(self, inner: &Inner, at: u64, stay: u64) {
        let on_way = inner.on_way.borrow_mut().pop_front().map(|(_, on_way)| on_way);
        let mut sheets = inner.sheets.borrow_mut();
        let Some(sheet) = sheets.get_mut(&self.me.get_untracked()) else { return };
        match on_way {
            Some(OnWay::Letters(letters)) => sheet.restamp(letters, at, stay),
            Some(OnWay::Picture(picture)) => {
                if let Some(address) = picture::address(&picture) {
                    sheet.take_picture(address, at + PICTURE * stay, "Your picture");
                }
            }
            Some(OnWay::Nothing) | None => {}
        }
    }

    /// What they send opens with another key. They can tell as soon as they hear from here.
    fn does_not_fit(self, inner: &Inner, number: Number) {
        let fits = |all: &Vec<Person>| all.iter().any(|person| person.number == number && !person.misfit);
        if self.people.with_untracked(fits) {
            self.greet(inner, To::One(number), None);
        }
        let mark = |all: &mut Vec<Person>| {
            all.iter_mut().filter(|person| person.number == number).for_each(|person| person.misfit = true);
        };
        self.people.update(mark);
        self.knocks.update(mark);
    }

    fn meet(self, inner: &Inner, number: Number, hello: &Hello) {
        let call = |all: &mut Vec<Person>| {
            for person in all.iter_mut().filter(|person| person.number == number) {
                person.name.clone_from(&hello.name);
                person.colour = hello.colour % COLOURS;
                person.misfit = false;
            }
        };
        if self.knocks.with_untracked(|knocks| knocks.iter().any(|knock| knock.number == number)) {
            // Only to say who knocks. Who comes in says it again.
            return self.knocks.update(call);
        }
        if hello.challenge == inner.peers.borrow().challenge() {
            return;
        }
        let heard = inner.peers.borrow_mut().hear(number, hello);
        if let Some(challenge) = heard.greet {
            self.greet(inner, To::One(number), Some(challenge));
        }
        if heard.known {
            self.people.update(call);
            if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&number) {
                sheet.name(&hello.name);
            }
            self.is_ready(inner);
        }
    }

    /// Whether everybody is met whose key fits.
    fn is_ready(self, inner: &Inner) {
        let peers = inner.peers.borrow();
        let met = |people: &Vec<Person>| {
            people
                .iter()
                .filter(|person| person.here && !person.misfit)
                .all(|person| peers.knows(person.number))
        };
        if self.people.with_untracked(met) {
            self.ready.set(true);
        }
    }

    /// A hello was not relayed: later.
    fn greet_again(self) {
        spawn_local(async move {
            pause(MEET).await;
            if let (Some(inner), Some(Stage::In)) = (self.inner(), self.stage.try_get_untracked()) {
                self.greet(&inner, To::Everybody, None);
            }
        });
    }

    fn show(self, inner: &Inner, number: Number, payload: &Payload, at: u64, stay: u64) {
        let mut sheets = inner.sheets.borrow_mut();
        let Some(sheet) = sheets.get_mut(&number) else { return };
        match payload {
            Payload::Typed(typed) => sheet.take_in(&typed.text, &typed.cuts, at, stay, typed.aside),
            Payload::Picture(picture) => {
                let name = self.people.with_untracked(|people| {
                    people
                        .iter()
                        .find(|person| person.number == number)
                        .map(Person::called)
                        .unwrap_or_default()
                });
                if let Some(address) = picture::address(picture) {
                    sheet.take_picture(address, at + PICTURE * stay, &format!("A picture from {name}"));
                }
            }
            Payload::Hello(_) => {}
        }
    }

    /// Letters, from whatever typed them.
    pub fn write(self, text: &str) {
        let Some(inner) = self.inner() else { return };
        if text.is_empty() || !self.ready.get_untracked() {
            return;
        }
        if text.chars().count() > LETTERS {
            return self.say("That is too long to paste. The limit is 2,000 characters.");
        }
        let aside = self.aside.get_untracked();
        let me = self.me.get_untracked();
        let Some(place) = inner.sheets.borrow().get(&me).map(Sheet::total) else { return };
        let (cuts, before) = inner.writing.borrow_mut().add(text, place, aside);
        let stay = u64::from(self.fade.get_untracked()) * 1_000;
        if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&me) {
            // As well as it is known, until the room has said when.
            sheet.take_in(text, &cuts, self.room_time(&inner), stay, aside);
        }
        inner.outgoing.borrow_mut().extend(before.map(Out::Letters));
        self.hurry(&inner);
    }

    /// Draws a picture anew and sends it, or says why not.
    pub fn send_picture(self, file: Js) {
        if self.stage.get_untracked() != Stage::In {
            return;
        }
        let most = self.inner().map_or(0, |inner| inner.most.get().saturating_sub(AROUND));
        spawn_local(async move {
            match picture::prepare(&file, most).await {
                Ok(bytes) => {
                    let to = if self.aside.get_untracked() { To::Moderators } else { To::Everybody };
                    if let Some(inner) = self.inner() {
                        self.send(&inner, to, Payload::Picture(bytes));
                    }
                }
                Err(why) => self.say(why),
            }
        });
    }

    fn send(self, inner: &Inner, to: To, payload: Payload) {
        inner.outgoing.borrow_mut().push_back(Out::Payload(to, payload));
        self.hurry(inner);
    }

    fn hurry(self, inner: &Inner) {
        if !inner.sending.replace(true) {
            spawn_local(self.send_all());
        }
    }

    /// Seals and sends what waits, one after the other.
    async fn send_all(self) {
        while let Some(inner) = self.inner() {
            let next = inner.outgoing.borrow_mut().pop_front();
            let next = next.or_else(|| inner.writing.borrow_mut().take().map(Out::Letters));
            let Some(next) = next else {
                inner.sending.set(false);
                return;
            };
            let (to, payload, on_way) = next.unpack();
            let letters = matches!(on_way, OnWay::Letters(_));
            let (round, me, count) = (inner.round.get(), self.me.get_untracked(), inner.count.get());
            inner.count.set(count + 1);
            let key = inner.key.borrow().clone();
            let sealed = match key {
                Some(key) => key.seal(me, count, &payload.write()).await,
                None => None,
            };
            let sent = sealed.is_some_and(|sealed| {
                let mut frame = Vec::with_capacity(5 + sealed.len());
                Up(to).write(&mut frame);
                frame.extend(sealed);
                let socket = inner.socket.borrow();
                // Over another connection it would be another's, or come from before.
                let socket = socket
                    .as_ref()
                    .filter(|socket| inner.round.get() == round && socket.ready_state() == WebSocket::OPEN);
                socket.is_some_and(|socket| Js::of(socket).call("send", &[&Js::bytes(&frame)]).is_some())
            });
            match on_way {
                on_way if sent => inner.on_way.borrow_mut().push_back((clock(), on_way)),
                OnWay::Letters(letters) => self.withdraw(&inner, &letters),
                OnWay::Picture(_) => self.say("The picture was not sent. Send it again."),
                OnWay::Nothing => {}
            }
            if letters {
                pause(inner.pace.get()).await;
            }
        }
    }

    fn withdraw(self, inner: &Inner, letters: &Range<u64>) {
        if let Some(sheet) = inner.sheets.borrow_mut().get_mut(&self.me.get_untracked()) {
            sheet.withdraw(letters);
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

    /// What was sent has had no answer for too long: whatever the browser believes, nobody hears.
    fn is_stuck(self, inner: &Inner) -> bool {
        let on_way = inner.on_way.borrow();
        let pictures = on_way.iter().any(|(_, on_way)| matches!(on_way, OnWay::Picture(_)));
        let patience = if pictures { PICTURE_PATIENCE } else { PATIENCE };
        on_way.front().is_some_and(|(sent, _)| clock() - sent > patience)
    }

    /// Goes for good.
    pub fn leave(self) {
        self.ask(&Command::Leave {});
        self.end(Reason::Left);
    }

    /// It is over: nothing of it stays on this page.
    fn end(self, reason: Reason) {
        let Some(inner) = self.inner() else { return };
        self.stage.set(Stage::Ended(reason));
        inner.round.set(inner.round.get() + 1);
        inner.sheets.borrow_mut().values_mut().for_each(Sheet::clear);
        inner.key.take();
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
        let turn = self.noticed.get_value() + 1;
        self.noticed.set_value(turn);
        self.notice.set(Some(text.to_owned()));
        set_timeout(
            move || {
                if self.noticed.try_get_value() == Some(turn) {
                    self.notice.try_set(None);
                }
            },
            NOTICE,
        );
    }
}

impl Out {
    fn unpack(self) -> (To, Payload, OnWay) {
        match self {
            Out::Letters(chunk) => {
                let to = if chunk.is_aside() { To::Moderators } else { To::Everybody };
                let letters = chunk.letters.clone();
                (to, Payload::Typed(chunk.into_typed()), OnWay::Letters(letters))
            }
            Out::Payload(to, payload) => {
                let on_way = match &payload {
                    Payload::Picture(picture) => OnWay::Picture(Zeroizing::new(picture.clone())),
                    _ => OnWay::Nothing,
                };
                (to, payload, on_way)
            }
        }
    }
}
