//! The browser's socket: connect, back off, call, hear.
//!
//! In: commands as values. Out: typed answers, events as text, and whether there is a connection. Never: a decision about
//! what to send again; that is the caller's, who knows what is safe to repeat.

use crate::{
    domain::{Millis, Refusal},
    js,
    wire::SUBPROTOCOL,
};
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
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// The first wait before trying again, in milliseconds; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: f64 = 400.0;
const LONGEST_WAIT: f64 = 12_000.0;

/// A call not answered within this time means the connection is dead, whatever the browser believes.
const PATIENCE: i64 = 10_000;

/// How often an idle connection is tried.
const PROBE: Duration = Duration::from_secs(20);

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// For the first time.
    Connecting,
    Up,
    /// It was lost; another try follows by itself.
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
    /// Connected, for the first time or again: read on from your cursors.
    Up,
    /// An event, parsed.
    Event(&'a JsValue),
}

type Hear = Rc<dyn Fn(News<'_>)>;

/// A call without its answer yet. There are a handful at most.
struct Waiting {
    id: u64,
    since: i64,
    answer: oneshot::Sender<Result<JsValue, Fault>>,
}

struct Inner {
    role: &'static str,
    hear: Hear,
    link: RwSignal<Link>,
    socket: RefCell<Option<WebSocket>>,
    waiting: RefCell<Vec<Waiting>>,
    next_id: Cell<u64>,
    wait: Cell<f64>,
    /// Each connection has a number; callbacks of an older one find that they are late.
    round: Cell<u64>,
    last_heard: Cell<i64>,
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
    /// Connects as `role` (`guest`, `staff`, or `board` for staff who look on) and stays connected until the owner is cleaned up.
    /// To be called in the browser only, from a root effect.
    pub fn connect(role: &'static str, link: RwSignal<Link>, hear: impl Fn(News<'_>) + 'static) -> Self {
        let inner = Rc::new(Inner {
            role,
            hear: Rc::new(hear),
            link,
            socket: RefCell::default(),
            waiting: RefCell::default(),
            next_id: Cell::new(1),
            wait: Cell::new(FIRST_WAIT),
            round: Cell::new(0),
            last_heard: Cell::new(0),
            over: Cell::new(false),
        });
        inner.clone().open();
        let probing = inner.clone();
        let probe = set_interval_with_handle(move || probing.clone().probe(), PROBE);
        let waking = inner.clone();
        let back = window_event_listener_untyped("online", move |_| waking.clone().hurry());
        let looking = inner.clone();
        let seen = window_event_listener_untyped("visibilitychange", move |_| looking.clone().probe());
        let live = Self(StoredValue::new_local(inner));
        on_cleanup(move || {
            back.remove();
            seen.remove();
            if let Ok(probe) = probe {
                probe.clear();
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
        let location = window().location();
        let scheme = if location.protocol().as_deref() == Ok("https:") { "wss" } else { "ws" };
        let address = format!("{scheme}://{}/socket?as={}", location.host().unwrap_or_default(), self.role);
        let Ok(socket) = WebSocket::new_with_str(&address, SUBPROTOCOL) else { return self.lost(round) };

        let inner = self.clone();
        let opened = Closure::<dyn FnMut()>::new(move || {
            if inner.round.get() == round {
                inner.wait.set(FIRST_WAIT);
                inner.last_heard.set(now());
                inner.link.try_set(Link::Up);
                (inner.hear.clone())(News::Up);
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();

        let inner = self.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if inner.round.get() == round
                && let Some(text) = event.data().as_string()
            {
                inner.last_heard.set(now());
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
            inner.lost(round);
            leptos::task::spawn_local(inner.clone().is_still_known());
        });
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        closed.forget();
        self.socket.replace(Some(socket));
    }

    fn send(&self, frame: impl FnOnce(u64) -> String) -> Option<oneshot::Receiver<Result<JsValue, Fault>>> {
        let socket = self.socket.borrow();
        let socket = socket.as_ref().filter(|s| s.ready_state() == WebSocket::OPEN)?;
        let id = self.next_id.replace(self.next_id.get() + 1);
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(Waiting { id, since: now(), answer });
        socket.send_with_str(&frame(id)).ok()?;
        Some(answered)
    }

    fn heard(&self, text: &str) {
        let Some(frame) = js::parse(text) else { return };
        let Some(id) = js::field(&frame, "id") else { return (self.hear.clone())(News::Event(&frame)) };
        let mut waiting = self.waiting.borrow_mut();
        let Some(at) = waiting.iter().position(|w| Some(w.id as f64) == id.as_f64()) else { return };
        let waiting = waiting.swap_remove(at);
        let _ = waiting.answer.send(match (js::field(&frame, "ok"), js::field(&frame, "no").and_then(js::read)) {
            (_, Some(refusal)) => Err(Fault::Refused(refusal)),
            (Some(ok), None) => Ok(ok),
            (None, None) => Err(Fault::Refused(Refusal::Unavailable)),
        });
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
        if self.over.get() {
            return;
        }
        self.link.try_set(Link::Lost);
        // Spread out, so that a server that comes back is not met by everybody at once.
        let wait = self.wait.get() * (0.5 + js_sys::Math::random());
        self.wait.set((self.wait.get() * 1.8).min(LONGEST_WAIT));
        let (inner, expected) = (self.clone(), round + 1);
        set_timeout(
            move || {
                if inner.round.get() == expected && !inner.over.get() {
                    inner.open();
                }
            },
            Duration::from_millis(wait as u64),
        );
    }

    /// A browser does not say why a socket was refused. A plain request for the same address does: 401 means that
    /// whoever this was is signed out, and trying again is no use.
    async fn is_still_known(self: Rc<Self>) {
        let address = format!("/socket?as={}", self.role);
        let Ok(answer) = JsFuture::from(window().fetch_with_str(&address)).await else { return };
        let status = js::field(&answer, "status").and_then(|s| s.as_f64());
        if status == Some(401.0) {
            self.over.set(true);
            self.link.try_set(Link::Ended);
        }
    }

    /// The network is back: try at once.
    fn hurry(self: Rc<Self>) {
        self.wait.set(FIRST_WAIT);
        if self.socket.borrow().is_none() && !self.over.get() {
            self.open();
        }
        self.probe();
    }

    /// Finds out whether the connection still carries anything.
    fn probe(self: Rc<Self>) {
        let dead = self.waiting.borrow().iter().any(|call| now() - call.since > PATIENCE);
        if dead {
            self.lost(self.round.get());
        } else if now() - self.last_heard.get() > PROBE.as_millis() as i64 / 2 {
            // An empty resume is a question that costs the server nothing and has an answer.
            if self.send(|id| format!(r#"{{"id":{id},"do":"resume","cursors":{{}}}}"#)).is_some() {
                let (inner, round) = (self.clone(), self.round.get());
                set_timeout(
                    move || {
                        if inner.last_heard.get() + PATIENCE <= now() {
                            inner.lost(round);
                        }
                    },
                    Duration::from_millis(PATIENCE as u64),
                );
            }
        }
    }

    fn end(&self) {
        self.over.set(true);
        self.round.set(self.round.get() + 1);
        if let Some(socket) = self.socket.take() {
            let _ = socket.close();
        }
    }
}

/// A [`crate::wire::Call`] as text: the command's own JSON with the number put in front. Having serde flatten one into
/// the other takes some kilobytes of code for what is one comma.
fn call<C: Serialize>(id: u64, command: &C) -> String {
    let command = serde_json::to_string(command).unwrap_or_default();
    format!("{{\"id\":{id},{}", command.strip_prefix('{').unwrap_or("}"))
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
    use crate::wire::{Call, guest::Command};

    #[test]
    fn a_call_is_read_as_it_was_written() {
        let command = Command::Typing { hotel: "seehof \"{".into(), on: true };
        let read: Call<Command> = serde_json::from_str(&call(7, &command)).unwrap();
        assert_eq!((read.id, read.command), (7, command));
    }
}
