//! A participant's side of a socket: text frames are commands and events, binary frames are relayed.
//!
//! In: frames of somebody with a room's code. Out: what the room has for them. Never: a look into a binary
//! frame behind its head.

use super::{HEARTBEAT, WRITE, done_or_refused, end, fault, id_of, offered, parse, refuse, send};
use crate::{
    error::Error,
    limits::Pace,
    pages::whisper::{is_maker, room},
    session::Caller,
    state::App,
    whispers::Entered,
};
use axum::{
    body::Bytes,
    extract::{
        Path, State,
        ws::{Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
};
use domain::Refusal;
use domain::wire::whisper::{Command, Event, Reason, SUBPROTOCOL};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, timeout};
use whisper::{Delivery, Join, Participant, Room};

/// How long the first command may take.
const FIRST: Duration = Duration::from_secs(10);

/// Bytes read at once; a picture takes several reads.
const READ_BUFFER: usize = 4096;

/// Bytes of a command.
const COMMAND: usize = 1024;

/// Commands a second.
const COMMANDS: u32 = 10;

/// KiB of frames a second that one participant may send; one picture at once.
const KIB: u32 = 256;

/// Of how many sockets one may be a whisper's: each may have a picture half read.
const SHARE: usize = 8;

/// Bytes of a frame's head and seal above what the setting allows it to hold, so that it is refused in words.
const SPARE: usize = 4096;

pub async fn upgrade(
    State(app): State<App>,
    Path(code): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    app.origins.allow(&headers)?;
    let (room, _) = room(&app, &code)?;
    let ws = offered(ws, SUBPROTOCOL)?;
    // Whoever knows a private line's code was given it: a hotel's whole desk may sit behind one address.
    let share = if room.is_pair() { 1 } else { SHARE };
    if !room.is_pair() {
        app.desk.limits.join(caller.address)?;
    }
    if app.desk.whispers.sockets_at(caller.address) >= app.desk.settings.sockets_per_address / share {
        return Err(Refusal::TooFast { wait_ms: 5_000 }.into());
    }
    let most = app.desk.settings.whisper.whisper_frame_bytes + SPARE;
    let ws =
        ws.max_message_size(most).max_frame_size(most).read_buffer_size(READ_BUFFER).write_buffer_size(0);
    let maker = is_maker(&room, &headers);
    let entered = app.desk.whispers.enter(caller.address);
    let frames = Pace::new(app.desk.settings.whisper.whisper_frames_per_second);
    let bytes = Pace::with_burst(KIB, kib(most));
    Ok(ws.on_upgrade(move |socket| arrive(socket, room, maker, (frames, bytes), entered)))
}

/// Joins the room, then stays in it.
async fn arrive(mut ws: WebSocket, room: Arc<Room>, maker: bool, pace: (Pace, Pace), _entered: Entered) {
    let text = match timeout(FIRST, ws.recv()).await {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(_) => return,
        Err(_) => return end(&mut ws, close_code::AGAIN, "nobody joined").await,
    };
    let (id, make, ticket) = match parse::<Command>(&text).map(|call| (call.id, call.command)) {
        Ok((id, Command::Join { make, ticket })) => (id, make, ticket),
        other => {
            let why = Refusal::BadCommand { why: "join first".into() };
            let no = other.map_or_else(|refusal| refusal, |(id, _)| refuse(id, why));
            let _ = send(&mut ws, no.into()).await;
            return;
        }
    };
    match room.join(&Join { maker, make, ticket: ticket.as_deref() }, std::time::Instant::now()) {
        Ok(participant) => {
            if send(&mut ws, done_or_refused(id, Ok(())).into()).await.is_ok() {
                stay(ws, participant, pace).await;
            }
        }
        Err(reason) => close(&mut ws, reason).await,
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

async fn stay(mut ws: WebSocket, mut participant: Participant, (frames, bytes): (Pace, Pace)) {
    let commands = Pace::new(COMMANDS);
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alive = true;
    loop {
        tokio::select! {
            next = participant.next() => {
                let sent = match next {
                    Ok(Delivery::Event(event)) => send(&mut ws, crate::hub::encode(&event)).await,
                    Ok(Delivery::Frame(frame)) => send_frame(&mut ws, frame.into_bytes()).await,
                    Err(reason) => return close(&mut ws, reason).await,
                };
                if sent.is_err() {
                    return;
                }
            }
            frame = ws.recv() => match frame {
                Some(Ok(Message::Binary(frame))) => {
                    alive = true;
                    if frames.allows(1) && bytes.allows(kib(frame.len())) {
                        participant.relay(&frame, std::time::Instant::now());
                    } else {
                        participant.refuse(Refusal::TooFast { wait_ms: 1_000 });
                    }
                }
                Some(Ok(Message::Text(text))) => {
                    alive = true;
                    let answer = if !commands.allows(1) {
                        refuse(id_of(&text), Refusal::TooFast { wait_ms: 1_000 })
                    } else if text.len() > COMMAND {
                        refuse(0, Refusal::TooLong { max: COMMAND })
                    } else {
                        match parse::<Command>(&text) {
                            Ok(call) => {
                                let done = participant.command(&call.command, std::time::Instant::now());
                                done_or_refused(call.id, done)
                            }
                            Err(refusal) => refusal,
                        }
                    };
                    if send(&mut ws, answer.into()).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => alive = true,
                Some(Ok(Message::Close(_))) | None => return,
                Some(Err(e)) => return fault(&mut ws, &e, "a frame is larger than this room takes").await,
            },
            _ = heartbeat.tick() => {
                let ping = ws.send(Message::Ping(Default::default()));
                if !alive || !matches!(timeout(WRITE, ping).await, Ok(Ok(()))) {
                    return;
                }
                alive = false;
            }
        }
    }
}

async fn send_frame(ws: &mut WebSocket, frame: Bytes) -> Result<(), ()> {
    match timeout(WRITE, ws.send(Message::Binary(frame))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(()),
    }
}

/// Says why, then closes.
async fn close(ws: &mut WebSocket, reason: Reason) {
    let _ = send(ws, crate::hub::encode(&Event::Closing { reason })).await;
    let code = match reason {
        Reason::TooSlow => close_code::AGAIN,
        Reason::Stopping => close_code::RESTART,
        Reason::Left => close_code::NORMAL,
        _ => close_code::POLICY,
    };
    end(ws, code, reason.as_str()).await;
}
