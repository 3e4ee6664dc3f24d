//! A whisper's doors: one that makes a room, and one for each room.
//!
//! In: a request, with or without a room's code. Out: a redirect into a new room; a room's page; or one and
//! the same answer for a room that has ended and one that never was. Never: a key, which no browser sends.

use super::shell::{Framed, WHISPER, render};
use crate::{
    error::Error,
    session::{Caller, cookie},
    state::App,
};
use app::{
    ui::{Head, Script},
    whisper::{Door, WhisperPage},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use leptos::prelude::*;
use std::{sync::Arc, time::Instant};
use whisper::{Code, Room};

/// What a room's maker is known by. Its path is the room's.
const MAKER: &str = "bellhop_whisper";

/// A browser keeps that as long as a room can last by default, in seconds.
const REMEMBER: u32 = 24 * 60 * 60;

/// Makes a room and leads into it.
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    // Nobody has asked for a room: a browser looks ahead, or another site has it load an image from here.
    // Refused, so that the browser asks again when somebody does.
    if method == Method::HEAD || is_ahead_of_time(&headers) || is_part_of_a_page(&headers) {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response());
    }
    app.desk.limits.whisper(caller.address).map_err(|_| Error::Plain {
        status: StatusCode::TOO_MANY_REQUESTS,
        title: "Too many rooms",
        text: "Too many rooms were opened from your network in the past hour. Use one that’s already \
               open, or try again later.",
    })?;
    let (code, room) = app.desk.whispers.rooms.make(Instant::now()).ok_or(Error::Plain {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "No rooms available",
        text: "This server can’t open another room right now. Try again in a few minutes.",
    })?;
    let secure = if app.secure { "; Secure" } else { "" };
    let secret = room.maker().reveal();
    let text =
        format!("{MAKER}={secret}; Path=/whisper/{code}; Max-Age={REMEMBER}; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::from_str(&text).map_err(|e| Error::bad_request(e.to_string()))?;
    let mut response = Redirect::to(&format!("/whisper/{code}")).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A room's page.
pub async fn show(
    State(app): State<App>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (room, known) = room(&app, &code)?;
    if room.is_pair() {
        return Err(gone());
    }
    let canonical = known.to_string();
    if canonical != code {
        // The cookie's path is the code as it was given out. A browser keeps the key on the way.
        return Ok(Redirect::to(&format!("/whisper/{canonical}")).into_response());
    }
    let makes_key = room.is_new() && is_maker(&room, &headers);
    let page = WhisperPage { code: canonical, makes_key };
    let head = Head::titled("Whisper").style(WHISPER).script(Script::hydrate("whisper", &page));
    let view = || view! { <Door/> };
    let mut response = render(&app, StatusCode::OK, Framed::Nowhere, head, view).await;
    for (name, value) in [("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex, nofollow")] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The room or private line behind a code, and the code as it was given out.
pub fn room(app: &App, code: &str) -> Result<(Arc<Room>, Code), Error> {
    let found = Code::parse(code).and_then(|code| Some((app.desk.whispers.rooms.find(&code)?, code)));
    found.ok_or_else(gone)
}

fn gone() -> Error {
    Error::Plain {
        status: StatusCode::NOT_FOUND,
        title: "This room is gone",
        text: "This room has ended, or only part of the link was copied. Nothing said there is kept. Ask \
            whoever sent you the link for a new one.",
    }
}

pub fn is_maker(room: &Room, headers: &HeaderMap) -> bool {
    cookie(headers, MAKER).is_some_and(|shown| room.is_maker(shown))
}

/// Asked for by a page, not by somebody who goes there.
fn is_part_of_a_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_some_and(|mode| mode != "navigate")
}

/// A browser that loads what somebody might click on next, or draws a preview of it.
fn is_ahead_of_time(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| {
        let says = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        says.contains("prefetch") || says.contains("prerender") || says.contains("preview")
    })
}
