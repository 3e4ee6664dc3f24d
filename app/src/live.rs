//! The browser's socket: connect, back off, call, hear.
//!
//! In: commands as values. Out: typed answers, events as text, and whether there is a connection. Never: a
//! decision about what to send again; that is the caller's, who knows what is safe to repeat. And never a
//! living connection given up because a timer came late: what is waited for is an answer.

use crate::js;
use domain::wire::SUBPROTOCOL;
use domain::{Millis, Refusal};
use futures_channel::oneshot;
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::{JsCast as _, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CloseEvent, MessageEvent, VisibilityState, WebSocket, Worker};

/// The first wait before trying again, in milliseconds; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: f64 = 400.0;
const LONGEST_WAIT: f64 = 12_000.0;

/// A call that has no answer after this time, in milliseconds, and was looked for in time, means the
/// connection is dead.
const PATIENCE: f64 = 10_000.0;

/// The same where there is reason to doubt: nothing was heard for longer than a page that is awake lets pass.
const DOUBT: f64 = 4_000.0;

/// How long a new connection may take to say its first word, in milliseconds.
const MUTE: f64 = 30_000.0;

/// A look that comes later than this was held back by the browser: the page slept, or is not looked at. The
/// answer may lie just behind it, so it is looked for once more after the same time.
const LATE: f64 = 1_500.0;

/// How often an idle connection is tried, in milliseconds.
const PROBE: f64 = 20_000.0;

/// How often it is looked at the times above. In a page that is not looked at a browser looks far less often,
/// unless a worker keeps the time.
const TICK: Duration = Duration::from_secs(1);

/// A connection that has stood this long, in milliseconds, is made again at once when it breaks.
const STOOD: f64 = 5_000.0;

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// For the first time.
    Connecting,
    Up,
    /// It was lost, or the browser says that there is no network; another try follows by itself.
    Lost,
    /// The server has ended it for good, for the reason it gave.
    Ended,
}

impl Link {
    /// For `data-link`, by which styles and tests know whether a page is alive.
    pub fn as_str(self) -> &'static str {
        match self {
            Link::Connecting => "connecting",
            Link::Up => "up",
            Link::Lost => "lost",
            Link::Ended => "ended",
        }
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Refused(Refusal),
    /// The connection went away before the answer came. It may have been carried out.
    Lost,
}

/// What the socket tells its owner.
#[derive(Debug)]
pub enum News<'a> {
    /// Connected, for the first time or again, after the first event: read on from your cursors.
    Up,
    /// An event, parsed. The first of a connection is `hello`.
    Event(&'a JsValue),
}

type Hear = Rc<dyn Fn(News<'_>)>;

/// A call without its answer yet. There are a handful at most.
struct Waiting {
    id: u64,
    answer: oneshot::Sender<Result<JsValue, Fault>>,
}

/// The call whose answer shows that the connection lives, and when it is looked for.
#[derive(Clone, Copy)]
struct Look {
    id: u64,
    since: f64,
    at: f64,
    patience: f64,
    /// It was looked for before, late.
    again: bool,
}

/// What the first message of a socket says, if one is to be said.
pub type First = Box<dyn Fn() -> Option<String>>;

struct Inner {
    role: &'static str,
    first: First,
    hear: Hear,
    link: RwSignal<Link>,
    socket: RefCell<Option<WebSocket>>,
    waiting: RefCell<Vec<Waiting>>,
    next_id: Cell<u64>,
    wait: Cell<f64>,
    /// Each connection has a number; callbacks of an older one find that they are late.
    round: Cell<u64>,
    /// By the page's own clock, which no correction of the time of day moves: since when the connection
    /// stands …
    up_since: Cell<Option<f64>>,
    /// … when anything was heard last …
    last_heard: Cell<f64>,
    /// … since when it is being made …
    begun: Cell<f64>,
    /// … and when the next try is due.
    next_try: Cell<Option<f64>>,
    look: Cell<Option<Look>>,
    /// The browser says that there is no network.
    offline: Cell<bool>,
    over: Cell<bool>,
}

/// A handle on the page's one socket. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Live(StoredValue<Rc<Inner>, LocalStorage>);

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}

impl Live {
    /// Connects as `role` (`guest`, `framed`, `staff`, or `board` for staff who look on) and stays connected
    /// until the owner is cleaned up. `first` is what each socket says before all else. To be called in the
    /// browser only, from a root effect.
    pub fn connect(
        role: &'static str,
        first: First,
        link: RwSignal<Link>,
        hear: impl Fn(News<'_>) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            role,
            first,
            hear: Rc::new(hear),
            link,
            socket: RefCell::default(),
            waiting: RefCell::default(),
            next_id: Cell::new(1),
            wait: Cell::new(FIRST_WAIT),
            round: Cell::new(0),
            up_since: Cell::new(None),
            last_heard: Cell::new(clock()),
            begun: Cell::new(0.0),
            next_try: Cell::new(None),
            look: Cell::new(None),
            offline: Cell::new(false),
            over: Cell::new(false),
        });
        inner.clone().open();
        let ticking = inner.clone();
        let tick = set_interval_with_handle(move || ticking.tick(), TICK);
        // A desk lies behind other windows all day, where a page's own timers come once a minute.
        let worker = (!matches!(role, "guest" | "framed")).then(|| keep_time(inner.clone())).flatten();
        let on = |event: &'static str, what: fn(&Rc<Inner>)| {
            let inner = inner.clone();
            window_event_listener_untyped(event, move |_| what(&inner))
        };
        let listeners = [
            on("offline", Inner::doubt),
            on("online", Inner::hurry),
            on("visibilitychange", Inner::wake),
            on("pageshow", Inner::wake),
            on("focus", Inner::wake),
        ];
        let live = Self(StoredValue::new_local(inner));
        on_cleanup(move || {
            listeners.into_iter().for_each(|listener| listener.remove());
            if let Ok(tick) = tick {
                tick.clear();
            }
            if let Some(worker) = worker {
                worker.terminate();
            }
            live.with(|inner| inner.end());
        });
        live
    }

    /// Sends a command and waits for its one answer.
    pub async fn call<C: Serialize, R: DeserializeOwned>(self, command: C) -> Result<R, Fault> {
        let answer = self.ask(|id| call(id, &command)).await?;
        js::read(answer).ok_or_else(|| Fault::Refused(Refusal::BadCommand { why: js::Mismatch.to_string() }))
    }

    /// Sends a command whose answer does not matter.
    pub fn tell<C: Serialize + 'static>(self, command: C) {
        leptos::task::spawn_local(async move {
            let _ = self.ask(|id| call(id, &command)).await;
        });
    }

    async fn ask(self, frame: impl FnOnce(u64) -> String) -> Result<JsValue, Fault> {
        let answer = self.0.try_with_value(|inner| inner.send(frame)).flatten().ok_or(Fault::Lost)?;
        answer.await.unwrap_or(Err(Fault::Lost))
    }

    fn with(self, work: impl FnOnce(&Rc<Inner>)) {
        let _ = self.0.try_with_value(work);
    }
}

impl Inner {
    fn open(self: &Rc<Self>) {
        let round = self.round.get() + 1;
        self.round.set(round);
        self.next_try.set(None);
        self.begun.set(clock());
        let location = window().location();
        let scheme = if location.protocol().as_deref() == Ok("https:") { "wss" } else { "ws" };
        let address = format!("{scheme}://{}/socket?as={}", location.host().unwrap_or_default(), self.role);
        let Ok(socket) = WebSocket::new_with_str(&address, SUBPROTOCOL) else { return self.lost(round) };

        let inner = self.clone();
        let opened = Closure::<dyn FnMut()>::new(move || {
            if inner.round.get() == round
                && let (Some(first), Some(socket)) = ((inner.first)(), inner.socket.borrow().as_ref())
            {
                let _ = socket.send_with_str(&first);
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();

        let inner = self.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if inner.round.get() == round
                && let Some(text) = event.data().as_string()
            {
                inner.last_heard.set(clock());
                // So much for there being no network.
                if inner.offline.take() {
                    inner.link.try_set(Link::Up);
                }
                inner.heard(&text);
            }
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        message.forget();

        let inner = self.clone();
        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            // 1008: the login has ended; trying again would only be refused again.
            if event.code() == 1008 && inner.round.get() == round {
                inner.over.set(true);
                inner.link.try_set(Link::Ended);
            }
            let refused = inner.round.get() == round && inner.up_since.get().is_none();
            inner.lost(round);
            if refused {
                leptos::task::spawn_local(inner.clone().is_still_known());
            }
        });
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        closed.forget();
        self.socket.replace(Some(socket));
    }

    fn send(&self, frame: impl FnOnce(u64) -> String) -> Option<oneshot::Receiver<Result<JsValue, Fault>>> {
        self.up_since.get()?;
        let socket = self.socket.borrow();
        let socket = socket.as_ref().filter(|s| s.ready_state() == WebSocket::OPEN)?;
        let id = self.next_id.replace(self.next_id.get() + 1);
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(Waiting { id, answer });
        socket.send_with_str(&frame(id)).ok()?;
        if self.look.get().is_none() {
            self.look_for(id, PATIENCE);
        }
        Some(answered)
    }

    fn heard(&self, text: &str) {
        let Some(frame) = js::parse(text) else { return };
        let Some(id) = js::field(&frame, "id") else {
            // The first event says who this is, as the server sees it. Until its owner has heard that,
            // nothing is said here.
            let first = self.up_since.get().is_none();
            if first {
                self.up_since.set(Some(clock()));
                self.wait.set(FIRST_WAIT);
                self.link.try_set(Link::Up);
            }
            (self.hear.clone())(News::Event(&frame));
            if first {
                (self.hear.clone())(News::Up);
            }
            return;
        };
        let mut waiting = self.waiting.borrow_mut();
        let Some(at) = waiting.iter().position(|w| Some(w.id as f64) == id.as_f64()) else { return };
        let answered = waiting.remove(at);
        // Answers come in the order of the calls: what is waited for next is the latest call's.
        let next = waiting.last().map(|waiting| waiting.id);
        drop(waiting);
        if self.look.get().is_none_or(|look| look.id <= answered.id) {
            self.look.set(None);
            if let Some(id) = next {
                self.look_for(id, PATIENCE);
            }
        }
        let _ = answered.answer.send(
            match (js::field(&frame, "ok"), js::field(&frame, "no").and_then(js::read)) {
                (_, Some(refusal)) => Err(Fault::Refused(refusal)),
                (Some(ok), None) => Ok(ok),
                (None, None) => Err(Fault::Refused(Refusal::Unavailable)),
            },
        );
    }

    /// The connection of this round is gone: every call fails, and another try follows.
    fn lost(self: &Rc<Self>, round: u64) {
        if self.round.get() != round {
            return;
        }
        self.round.set(round + 1);
        if let Some(socket) = self.socket.take() {
            let _ = socket.close();
        }
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        for waiting in waiting {
            let _ = waiting.answer.send(Err(Fault::Lost));
        }
        self.look.set(None);
        let stood = self.up_since.take().is_some_and(|since| clock() - since > STOOD);
        if self.over.get() {
            return;
        }
        self.link.try_set(Link::Lost);
        // A timer of a page that is not looked at comes when it likes: what has stood is made again without
        // one.
        if stood && document().visibility_state() != VisibilityState::Visible {
            return self.open();
        }
        // Spread out, so that a server that comes back is not met by everybody at once.
        let wait = self.wait.get() * (0.5 + js_sys::Math::random());
        self.wait.set((self.wait.get() * 1.8).min(LONGEST_WAIT));
        self.next_try.set(Some(clock() + wait));
        let inner = self.clone();
        set_timeout(move || inner.try_again(), Duration::from_millis(wait as u64 + 1));
    }

    /// Tries again, if that is due.
    fn try_again(self: &Rc<Self>) {
        if self.next_try.get().is_some_and(|due| due <= clock())
            && self.socket.borrow().is_none()
            && !self.over.get()
        {
            self.open();
        }
    }

    /// A browser does not say why a socket was refused. A plain request for the same address does: 401 means
    /// that whoever this was is signed out, and trying again is no use.
    async fn is_still_known(self: Rc<Self>) {
        let address = format!("/socket?as={}", self.role);
        let Ok(answer) = JsFuture::from(window().fetch_with_str(&address)).await else { return };
        let status = js::field(&answer, "status").and_then(|s| s.as_f64());
        if status == Some(401.0) {
            self.over.set(true);
            self.link.try_set(Link::Ended);
        }
    }

    /// The browser says that there is no network. Whoever is told so may still reach a server on this very
    /// machine: the connection stays, and is asked.
    fn doubt(self: &Rc<Self>) {
        if self.socket.borrow().is_some() && !self.over.get() {
            self.offline.set(true);
            self.link.try_set(Link::Lost);
            self.probe(PATIENCE);
        }
    }

    /// The network is back: try at once.
    fn hurry(self: &Rc<Self>) {
        self.wait.set(FIRST_WAIT);
        // What was sent into no network waits there for its next turn, which may be a minute off: a new
        // connection is sooner.
        if self.offline.get() {
            self.lost(self.round.get());
        }
        if self.socket.borrow().is_none() && !self.over.get() {
            self.open();
        } else {
            self.probe(PATIENCE);
        }
    }

    /// The page is looked at again. The computer may have slept meanwhile.
    fn wake(self: &Rc<Self>) {
        if document().visibility_state() != VisibilityState::Visible {
            return;
        }
        if self.next_try.get().is_some() && self.socket.borrow().is_none() {
            return self.hurry();
        }
        let quiet = clock() - self.last_heard.get();
        if quiet > PROBE / 2.0 {
            self.probe(if quiet > 2.0 * PROBE { DOUBT } else { PATIENCE });
        }
    }

    /// Everything that is done at a time.
    fn tick(self: &Rc<Self>) {
        if self.over.get() {
            return;
        }
        self.try_again();
        // Whatever took the connection and says nothing is not the server.
        let mute = self.socket.borrow().is_some() && self.up_since.get().is_none();
        if mute && clock() - self.begun.get() > MUTE {
            self.lost(self.round.get());
        } else if let Some(look) = self.look.get().filter(|look| look.at <= clock()) {
            let late = clock() - look.at > LATE;
            if self.last_heard.get() > look.since {
                // Something comes: the answer stands in a queue behind it.
                self.look_for(look.id, look.patience);
            } else if late && !look.again {
                let at = clock() + look.patience.min(DOUBT);
                self.look.set(Some(Look { at, again: true, ..look }));
            } else {
                self.lost(self.round.get());
            }
        } else if clock() - self.last_heard.get() > PROBE {
            self.probe(PATIENCE);
        }
    }

    /// Asks whether the connection still carries anything, and looks for the answer after so many
    /// milliseconds.
    fn probe(self: &Rc<Self>, patience: f64) {
        match self.look.get() {
            // It is being asked; should it be known sooner, it is.
            Some(look) => self.look.set(Some(Look { at: look.at.min(clock() + patience), ..look })),
            // An empty resume is a question that costs the server nothing and has an answer.
            None => {
                if self.send(|id| format!(r#"{{"id":{id},"do":"resume","cursors":{{}}}}"#)).is_some()
                    && let Some(look) = self.look.get()
                {
                    self.look_for(look.id, patience);
                }
            }
        }
    }

    fn look_for(&self, id: u64, patience: f64) {
        let since = clock();
        self.look.set(Some(Look { id, since, at: since + patience, patience, again: false }));
    }

    fn end(&self) {
        self.over.set(true);
        self.round.set(self.round.get() + 1);
        if let Some(socket) = self.socket.take() {
            let _ = socket.close();
        }
    }
}

/// A [`domain::wire::Call`] as text: the command's own JSON with the number put in front. Having serde
/// flatten one into the other takes some kilobytes of code for what is one comma.
pub(crate) fn call<C: Serialize>(id: u64, command: &C) -> String {
    let command = serde_json::to_string(command).unwrap_or_default();
    format!("{{\"id\":{id},{}", command.strip_prefix('{').unwrap_or("}"))
}

/// Has a worker keep the time, whose timers come whether the page is looked at or not. `None` where there are
/// no workers.
fn keep_time(inner: Rc<Inner>) -> Option<Worker> {
    let worker = Worker::new("/timer.js").ok()?;
    let tick = Closure::<dyn FnMut()>::new(move || inner.tick());
    worker.set_onmessage(Some(tick.as_ref().unchecked_ref()));
    tick.forget();
    Some(worker)
}

/// Milliseconds since the page began.
fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Waits so many milliseconds.
pub async fn pause(ms: u64) {
    let (done, waited) = oneshot::channel();
    set_timeout(
        move || {
            let _ = done.send(());
        },
        Duration::from_millis(ms),
    );
    let _ = waited.await;
}

/// The browser's clock.
pub fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// The browser's clock as a moment.
pub fn moment() -> Millis {
    Millis(now())
}

#[cfg(test)]
mod tests {
    use super::call;
    use domain::wire::{Call, guest::Command};

    #[test]
    fn a_call_is_read_as_it_was_written() {
        let command = Command::Typing { hotel: "seehof \"{".into(), on: true };
        let read: Call<Command> = serde_json::from_str(&call(7, &command)).unwrap();
        assert_eq!((read.id, read.command), (7, command));
    }
}
