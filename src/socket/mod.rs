//! One connection: frame to command, command to answer, update to frame.
//!
//! In: a WebSocket whose origin is allowed and whose actor is known. Out: exactly one answer to each command,
//! in order, and each entry meant for the reader once and in order (rule H7), live and catching up by the
//! same cursors. Never: a decision about a conversation, and never an unbounded queue.
//!
//! 2 of 6 on a message's way; before: `app/src/guest/talk/sending.rs`; after: `desk/say.rs`.

mod cursor;
mod guest;
mod push;
mod staff;
mod upgrade;
mod whisper;

pub use upgrade::upgrade;
pub use whisper::upgrade as whisper;

use crate::{
    desk::{Answer, Desk, No, written},
    error::Error,
    hub::{Broadcast, Connection, Delivery, Reason, encode},
    limits::Pace,
    store::Promise,
};
use axum::extract::ws::{
    CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code,
    rejection::WebSocketUpgradeRejection,
};
use domain::Refusal;
use domain::wire::{self, Outcome};
use futures::{
    StreamExt as _,
    future::{BoxFuture, ready},
    stream::FuturesOrdered,
};
use push::Pushes;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, timeout};

/// A ping goes out this often; no sign of life until the next one ends the connection.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// A frame that the network does not take within this time ends the connection.
const WRITE: Duration = Duration::from_secs(10);

/// Conversations read on in that count as one command.
const TOGETHER: usize = 10;

/// Answers of one socket that may be on their way at once.
const ANSWERS: usize = 64;

/// An answer on its way: words are answered when they are stored.
type PendingAnswer = BoxFuture<'static, String>;

/// The reader behind a socket: what they may ask, and how far they have read.
trait Reader {
    type Command: DeserializeOwned;

    fn hello(&self, build: &str) -> Utf8Bytes;

    /// A message does not wait for the ones before it to be stored; all else does.
    fn is_message(command: &Self::Command) -> bool;

    /// In how many conversations it reads on: that is a question for each.
    fn cursors(command: &Self::Command) -> usize;

    /// Carries out a command. A message is submitted when this returns, and answered later.
    async fn answer(&mut self, id: u64, command: Self::Command) -> PendingAnswer;

    /// The events this reader is to get for an update.
    async fn read_on(&mut self, broadcast: &Broadcast) -> Answer<Vec<Utf8Bytes>>;
}

/// The upgrade, for a client that offers this subprotocol.
fn offered(
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    protocol: &'static str,
) -> Result<WebSocketUpgrade, Error> {
    let ws = ws?.protocols([protocol]);
    match ws.selected_protocol() {
        Some(_) => Ok(ws),
        None => Err(Error::bad_request(format!("offer the subprotocol {protocol}"))),
    }
}

/// Runs a connection to its end.
async fn run<R: Reader>(
    mut ws: WebSocket,
    mut connection: Connection,
    mut reader: R,
    desk: Arc<Desk>,
    build: Arc<str>,
) {
    let pace = Pace::new(desk.settings.commands_per_second);
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // When the other end was asked last whether it is there, and when it was heard last.
    let (mut pinged, mut heard) = (Instant::now(), Instant::now());
    let mut pushes = Pushes::default();
    // In the order of the calls. Words that are being stored share commits.
    let mut answers = FuturesOrdered::<PendingAnswer>::new();
    if send(&mut ws, reader.hello(&build)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            reason = &mut connection.closed => {
                // What was handed in is stored; whoever said it should know.
                if answer_all(&mut ws, &mut answers).await.is_ok() {
                    close(&mut ws, reason.unwrap_or(Reason::Stopping)).await;
                }
                return;
            }
            delivery = connection.inbox.recv() => {
                let Some(delivery) = delivery else { return };
                // Boxed, so that an idle socket does not carry the size of this future.
                if Box::pin(deliver(&mut ws, &mut reader, &mut pushes, heard, delivery)).await.is_err() {
                    return;
                }
            }
            Some(answer) = answers.next(), if !answers.is_empty() => {
                if send(&mut ws, answer.into()).await.is_err() {
                    return;
                }
            }
            frame = ws.recv() => match frame {
                Some(Ok(Message::Text(text))) => {
                    heard = Instant::now();
                    let too_fast = || refuse(id_of(&text), Refusal::TooFast { wait_ms: 1_000 });
                    let call = if pace.allows(1) { parse::<R::Command>(&text) } else { Err(too_fast()) };
                    let call = call.and_then(|call| {
                        let more = (R::cursors(&call.command) / TOGETHER) as u32;
                        if pace.allows(more) { Ok(call) } else { Err(too_fast()) }
                    });
                    // Whoever asks after having spoken is answered as one who has spoken.
                    let waits = !call.as_ref().is_ok_and(|call| R::is_message(&call.command));
                    let waits = waits || answers.len() >= ANSWERS;
                    if waits && answer_all(&mut ws, &mut answers).await.is_err() {
                        return;
                    }
                    answers.push_back(match call {
                        Ok(call) => Box::pin(reader.answer(call.id, call.command)).await,
                        Err(refusal) => now(refusal),
                    });
                }
                Some(Ok(Message::Binary(_))) => {
                    let frame = CloseFrame { code: close_code::UNSUPPORTED, reason: "text frames \
                        only".into() };
                    let _ = timeout(WRITE, ws.send(Message::Close(Some(frame)))).await;
                    return;
                }
                Some(Ok(Message::Ping(_))) => heard = Instant::now(),
                Some(Ok(Message::Pong(word))) => {
                    heard = Instant::now();
                    pushes.answered(&word);
                }
                Some(Ok(Message::Close(_))) | None => return,
                Some(Err(e)) => return fault(&mut ws, &e, "a frame may hold 64 KiB").await,
            },
            _ = heartbeat.tick() => {
                let ping = ws.send(Message::Ping(Default::default()));
                if heard < pinged || !matches!(timeout(WRITE, ping).await, Ok(Ok(()))) {
                    return;
                }
                pinged = Instant::now();
            }
        }
    }
}

/// Waits for all answers on their way, and sends them.
async fn answer_all(ws: &mut WebSocket, answers: &mut FuturesOrdered<PendingAnswer>) -> Result<(), ()> {
    while let Some(answer) = answers.next().await {
        send(ws, answer.into()).await?;
    }
    Ok(())
}

async fn deliver<R: Reader>(
    ws: &mut WebSocket,
    reader: &mut R,
    pushes: &mut Pushes,
    heard: Instant,
    delivery: Delivery,
) -> Result<(), ()> {
    match delivery {
        Delivery::Text(text) => send(ws, text).await,
        Delivery::Push(text, receipts) => pushes.send(ws, text, heard, receipts).await,
        Delivery::Update(broadcast) => match reader.read_on(&broadcast).await {
            Ok(texts) => {
                for text in texts {
                    send(ws, text).await?;
                }
                Ok(())
            }
            Err(e) => {
                // Without the store the gap cannot be closed; the client reads on when it is back.
                tracing::error!(error = %e, "a socket could not read on");
                Err(())
            }
        },
    }
}

async fn send(ws: &mut WebSocket, text: Utf8Bytes) -> Result<(), ()> {
    match timeout(WRITE, ws.send(Message::Text(text))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(()),
    }
}

/// Says why, then closes.
async fn close(ws: &mut WebSocket, reason: Reason) {
    let event = domain::wire::guest::Event::Closing { reason: reason.as_str().into() };
    let _ = send(ws, encode(&event)).await;
    let code = match reason {
        Reason::TooSlow => close_code::AGAIN,
        Reason::Disabled | Reason::LoggedOut => close_code::POLICY,
        Reason::Stopping | Reason::Joined | Reason::Changed => close_code::RESTART,
    };
    let frame = CloseFrame { code, reason: reason.as_str().into() };
    let _ = timeout(WRITE, ws.send(Message::Close(Some(frame)))).await;
}

/// A frame over the limit is told so; anything else is a connection that has broken.
async fn fault(ws: &mut WebSocket, error: &axum::Error, size: &'static str) {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("Space limit") {
        let frame = CloseFrame { code: close_code::SIZE, reason: size.into() };
        let _ = timeout(WRITE, ws.send(Message::Close(Some(frame)))).await;
    }
}

/// Reads a call and turns what came of it into the text of its answer.
fn parse<C: DeserializeOwned>(text: &str) -> Result<wire::Call<C>, String> {
    serde_json::from_str(text).map_err(|e| refuse(id_of(text), Refusal::BadCommand { why: e.to_string() }))
}

/// The call's number, or 0 where there is none to read.
fn id_of(text: &str) -> u64 {
    #[derive(serde::Deserialize)]
    struct Id {
        id: u64,
    }
    serde_json::from_str::<Id>(text).map_or(0, |call| call.id)
}

fn refuse(id: u64, refusal: Refusal) -> String {
    encode_answer::<wire::Done>(id, Outcome::No(refusal))
}

fn encode_answer<T: Serialize>(id: u64, outcome: Outcome<T>) -> String {
    serde_json::to_string(&wire::Answer { id, outcome }).unwrap_or_default()
}

/// The answer to what has nothing to say but whether it was done.
fn done_or_refused(id: u64, done: Result<(), Refusal>) -> String {
    match done {
        Ok(()) => encode_answer(id, Outcome::Ok(wire::Done {})),
        Err(refusal) => refuse(id, refusal),
    }
}

async fn end(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(WRITE, socket.send(Message::Close(Some(frame)))).await;
}

/// An answer that is there already.
fn now(text: String) -> PendingAnswer {
    Box::pin(ready(text))
}

/// The answer to a word that was handed in, when it is stored or refused.
fn stored(desk: Arc<Desk>, id: u64, started: std::time::Instant, promise: Answer<Promise>) -> PendingAnswer {
    Box::pin(async move {
        let answer = match promise {
            Ok(promise) => written(promise.await).map(wire::Stored::from),
            Err(no) => Err(no),
        };
        desk.metrics.ack_seconds.observe(started.elapsed().as_secs_f64());
        reply(&desk, id, answer)
    })
}

/// An answer's text. A failure is logged here, once, and told as "unavailable".
fn reply<T: Serialize>(desk: &Desk, id: u64, answer: Answer<T>) -> String {
    match answer {
        Ok(value) => encode_answer(id, Outcome::Ok(value)),
        Err(No::Refused(refusal)) => {
            desk.metrics.refusals.with_label_values(&[refusal.code()]).inc();
            refuse(id, refusal)
        }
        Err(No::Failed(e)) => {
            desk.metrics.failures.inc();
            tracing::error!(error = %e, "a command failed");
            refuse(id, Refusal::Unavailable)
        }
    }
}
