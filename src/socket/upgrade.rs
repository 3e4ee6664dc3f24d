//! From an HTTP request to a socket: origin, actor and limits are settled before the 101.

use super::{guest::GuestReader, run, staff::StaffReader};
use crate::{
    error::Error,
    hub::Party,
    origin::named,
    router::App,
    session::{Caller, SignedIn},
};
use app::domain::{Person, Refusal};
use app::wire::{MAX_FRAME, SUBPROTOCOL};
use axum::{
    extract::{
        Query, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};

/// A browser may be signed in as staff and be a guest too; `?as=guest` or `?as=staff` says which this socket is.
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
    /// Staff who look on and are at no desk.
    Board,
}

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
    let staff = match wanted.role {
        Some(Role::Guest) => None,
        _ if only.is_some() => None,
        _ => caller.staff(&app.desk).await?,
    };
    let guest = match wanted.role {
        Some(Role::Staff | Role::Board) => None,
        _ => app.desk.guest_of(caller.token.as_ref()).await?,
    };
    let (party, session, reader) = match (staff, guest) {
        (Some(SignedIn { staff, session }), _) => {
            let person = Person { id: staff.id, name: staff.name.clone() };
            let party = if wanted.role == Some(Role::Board) { Party::Board(person) } else { Party::Staff(person) };
            (party, Some(session), Seed::Staff(staff.id))
        }
        (None, Some(guest)) => (Party::Guest(guest), None, Seed::Guest(guest)),
        (None, None) => return Err(Error::Unauthorized),
    };
    // After the actor, so that a page can find out by a plain request whether it is still signed in.
    let ws = match ws {
        Ok(ws) => ws.protocols([SUBPROTOCOL]),
        Err(why) => return Ok(why.into_response()),
    };
    if ws.selected_protocol().is_none() {
        return Err(Error::bad_request(format!("offer the subprotocol {SUBPROTOCOL}")));
    }
    let settings = &app.desk.settings;
    // Whoever signed in is not to be kept out by guests behind the same Wi-Fi.
    let crowded = matches!(party, Party::Guest(_)) && app.desk.hub.sockets_at(caller.address) >= settings.sockets_per_address;
    if crowded || app.desk.hub.sockets_of(&party) >= settings.sockets_per_person {
        return Err(Refusal::TooFast { wait_ms: 5_000 }.into());
    }
    let ws = ws.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).read_buffer_size(READ_BUFFER).write_buffer_size(0);
    Ok(ws.on_upgrade(move |socket| async move {
        let place = app.desk.hub.enter(party, session.clone(), caller.address, app.desk.settings.socket_queue);
        // A sign-out between the request and here has not seen this socket; now it is seen, and checked once more.
        if let Some(session) = session
            && !matches!(app.desk.store.session(&session, app.desk.clock.now()).await, Ok(Some(_)))
        {
            return;
        }
        // A guest who was joined to another one meanwhile has no place under the old name.
        if let Seed::Guest(guest) = &reader
            && !matches!(app.desk.guest_of(caller.token.as_ref()).await, Ok(Some(now)) if now == *guest)
        {
            return;
        }
        let (desk, id) = (app.desk.clone(), place.id);
        match reader {
            Seed::Guest(guest) => run(socket, place, GuestReader::new(desk, guest, id, only), app.desk, app.build).await,
            Seed::Staff(staff) => {
                // A role that was taken away before this socket had its place is not had any more.
                let Ok(Some(staff)) = app.desk.store.staff(staff).await else { return };
                let looks_on = wanted.role == Some(Role::Board);
                run(socket, place, StaffReader::new(desk, staff, looks_on, id), app.desk, app.build).await
            }
        }
    }))
}

enum Seed {
    Guest(app::domain::GuestId),
    Staff(app::domain::StaffId),
}
