//! From an HTTP request to a socket: origin, actor and limits are settled before the 101. The one exception
//! is a chat in a frame whose browser returned no cookie: its first message says who it is, and nothing else
//! is heard before.

use super::{encode_answer, end, guest::GuestReader, id_of, offered, refuse, run, send, staff::StaffReader};
use crate::{
    desk::{Answer, Desk, Token},
    error::Error,
    hub::Peer,
    origin::named,
    session::{Caller, SignedIn},
    state::App,
};
use axum::{
    extract::{
        Query, State,
        ws::{Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::wire::{Call, Done, MAX_FRAME, Outcome, SUBPROTOCOL, guest::First};
use domain::{GuestId, HotelId, Person, Refusal};
use std::{net::IpAddr, time::Duration};
use tokio::time::timeout;

/// A browser may be signed in as staff and be a guest too; `?as=guest` or `?as=staff` says which this socket
/// is.
#[derive(Debug, Default, serde::Deserialize)]
pub struct As {
    #[serde(default, rename = "as")]
    role: Option<Role>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Guest,
    Staff,
    /// A guest in a frame: should no cookie have come, the first message says who.
    Framed,
    /// Staff who look on and are at no desk.
    Board,
}

/// How long that first message may take.
const FIRST: Duration = Duration::from_secs(10);

/// Bytes read at once. The default of 128 KiB is paid by every idle socket; chat frames are small.
const READ_BUFFER: usize = 1024;

pub async fn upgrade(
    State(app): State<App>,
    Query(wanted): Query<As>,
    caller: Caller,
    headers: HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    let only = match (app.origins.allow(&headers), named(&headers)) {
        (Ok(()), _) => None,
        // A hotel's own site may speak for guests, with the hotels that list it.
        (Err(no), Some(site)) => {
            let hotels = app.desk.store.hotels_of_site(&site).await?;
            if hotels.is_empty() {
                return Err(no);
            }
            Some(hotels)
        }
        (Err(no), None) => return Err(no),
    };
    let framed = wanted.role == Some(Role::Framed);
    let staff = match wanted.role {
        Some(Role::Guest | Role::Framed) => None,
        _ if only.is_some() => None,
        _ => caller.staff(&app.desk).await?,
    };
    let guest = match wanted.role {
        Some(Role::Staff | Role::Board) => None,
        _ => app.desk.guest_of(caller.token.as_ref()).await?,
    };
    let (peer, session) = match (staff, guest) {
        (Some(SignedIn { staff, session }), _) => {
            let person = Person { id: staff.id, name: staff.name.clone() };
            let peer =
                if wanted.role == Some(Role::Board) { Peer::Board(person) } else { Peer::Staff(person) };
            (Some(peer), Some(session))
        }
        (None, Some(guest)) => (Some(Peer::Guest(guest)), None),
        (None, None) if framed => (None, None),
        (None, None) => return Err(Error::Unauthorized),
    };
    // A page finds out by a plain request whether it is still known. That it is, is no fault for a browser to
    // print.
    if ws.is_err() && !headers.contains_key(header::UPGRADE) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let ws = offered(ws, SUBPROTOCOL)?;
    if framed {
        app.desk.limits.frame(caller.address)?;
    }
    if is_crowded(&app.desk, peer.as_ref(), caller.address) {
        return Err(Refusal::TooFast { wait_ms: 5_000 }.into());
    }
    let ws = ws
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    let looks_on = wanted.role == Some(Role::Board);
    let arrived =
        Arrived { peer, session, only, token: caller.token, address: caller.address, framed, looks_on };
    Ok(ws.on_upgrade(move |socket| arrived.run(socket, app)))
}

/// Whether there are too many sockets already. Whoever signed in is not to be kept out by guests behind the
/// same Wi-Fi.
fn is_crowded(desk: &Desk, peer: Option<&Peer>, address: IpAddr) -> bool {
    let staff = matches!(peer, Some(Peer::Staff(_) | Peer::Board(_)));
    !staff && desk.hub.sockets_at(address) >= desk.settings.sockets_per_address
        || peer.is_some_and(|peer| desk.hub.sockets_of(peer) >= desk.settings.sockets_per_person)
}

/// A socket whose 101 has been sent.
struct Arrived {
    /// Nobody yet, if the first message is to say who.
    peer: Option<Peer>,
    session: Option<String>,
    only: Option<Vec<HotelId>>,
    token: Option<Token>,
    address: IpAddr,
    framed: bool,
    looks_on: bool,
}

impl Arrived {
    async fn run(mut self, mut socket: WebSocket, app: App) {
        let mut frame = None;
        if self.framed {
            let Some(known) = identify(&mut socket, &app.desk, self.peer.is_some()).await else { return };
            if let Some((guest, hotel, token)) = known {
                // A frame's token is good for its one hotel.
                let may = self.only.as_ref().is_none_or(|only| only.contains(&hotel));
                self.only = Some(if may { vec![hotel] } else { Vec::new() });
                self.peer = Some(Peer::Guest(guest));
                let Ok(key) = app.desk.count_key(guest, hotel).await else {
                    return end(&mut socket, close_code::AGAIN, "not now").await;
                };
                frame = Some((token, key));
                if is_crowded(&app.desk, self.peer.as_ref(), self.address) {
                    return end(&mut socket, close_code::AGAIN, "too many sockets").await;
                }
            }
        }
        let Some(peer) = self.peer else { return };
        let connection = app.desk.hub.enter(
            peer.clone(),
            self.session.clone(),
            self.address,
            app.desk.settings.socket_queue,
        );
        let (desk, id) = (app.desk.clone(), connection.id);
        match peer {
            Peer::Guest(guest) => {
                // A guest who was joined to another one meanwhile has no connection under the old name.
                let now = match &frame {
                    Some((token, _)) => {
                        desk.guest_of_frame(Some(token)).await.map(|found| found.map(|(guest, _)| guest))
                    }
                    None => desk.guest_of(self.token.as_ref()).await,
                };
                if !matches!(now, Ok(Some(now)) if now == guest) {
                    return;
                }
                let reader =
                    GuestReader::new(desk, guest, id, self.only, self.address, frame.map(|(_, key)| key));
                run(socket, connection, reader, app.desk, app.build).await
            }
            Peer::Staff(person) | Peer::Board(person) => {
                // A sign-out between the request and here has not seen this socket; now it is seen, and
                // checked once more.
                let session = self.session.unwrap_or_default();
                if !matches!(desk.store.session(&session, desk.clock.now()).await, Ok(Some(_))) {
                    return;
                }
                // A role that was taken away before this socket had its connection is not had any more.
                let Ok(Some(staff)) = desk.store.staff(person.id).await else { return };
                run(socket, connection, StaffReader::new(desk, staff, self.looks_on, id), app.desk, app.build)
                    .await
            }
        }
    }
}

/// Waits for the first message of a frame. `None`: the socket is closed. `Some(None)`: the cookie has said
/// who it is.
async fn identify(
    socket: &mut WebSocket,
    desk: &Desk,
    by_cookie: bool,
) -> Option<Option<(GuestId, HotelId, Token)>> {
    let text = match timeout(FIRST, socket.recv()).await {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(_) => return None,
        Err(_) => {
            // A telephone may have slept between the two. It comes again.
            end(socket, close_code::AGAIN, "nobody said who this is").await;
            return None;
        }
    };
    let call: Call<First> = match serde_json::from_str(&text) {
        Ok(call) => call,
        Err(e) => {
            let _ =
                send(socket, refuse(id_of(&text), Refusal::BadCommand { why: e.to_string() }).into()).await;
            end(socket, close_code::POLICY, "the first message is to say who this is").await;
            return None;
        }
    };
    let First::Identify { token, kept } = call.command;
    let known = match by_cookie {
        true => Ok(None),
        false => known_by(desk, &token, kept.as_deref()).await,
    };
    let found = matches!(&known, Ok(Some(_))) || by_cookie;
    let answer = known
        .as_ref()
        .map_err(|_| Refusal::Unavailable)
        .and_then(|_| found.then_some(Done {}).ok_or(Refusal::NotFound));
    let text = match answer {
        Ok(done) => encode_answer(call.id, Outcome::Ok(done)),
        Err(refusal) => refuse(call.id, refusal),
    };
    send(socket, text.into()).await.ok()?;
    match known {
        Ok(known) if found => Some(known),
        Ok(_) => {
            end(socket, close_code::POLICY, "nobody is known by this token").await;
            None
        }
        Err(e) => {
            tracing::error!(error = %e, "a frame's token could not be looked up");
            end(socket, close_code::AGAIN, "not now").await;
            None
        }
    }
}

/// The guest whom a frame's tokens name, the hotel, and which of the two names them.
async fn known_by(desk: &Desk, page: &str, kept: Option<&str>) -> Answer<Option<(GuestId, HotelId, Token)>> {
    let (page, kept) = (Token::parse(page), kept.and_then(Token::parse));
    let Some((guest, hotel)) = desk.guest_of_frames(page.as_ref(), kept.as_ref()).await? else {
        return Ok(None);
    };
    for token in [kept, page].into_iter().flatten() {
        if desk.guest_of_frame(Some(&token)).await? == Some((guest, hotel)) {
            return Ok(Some((guest, hotel, token)));
        }
    }
    Ok(None)
}
