//! The guest's page: whole without WASM, by form post under the same rules.

use super::shell::{Framed, render};
use crate::{desk::Token, error::Error, router::App, session::Caller, session::GUEST_COOKIE};
use app::{
    domain::{ClientId, GuestId, Hotel, Refusal},
    guest::{Chat, ChatPage},
    ui::{Head, Script},
    wire::Limits,
};
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

/// A browser keeps its guest's identity this long after the last visit, in seconds (400 days, the most browsers allow).
const REMEMBER: u32 = 400 * 24 * 60 * 60;

pub async fn show(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let known = app.desk.guest_of(caller.token.as_ref()).await?;
    let (guest, token) = match (known, caller.token) {
        (Some(guest), Some(token)) => (guest, token),
        _ => app.desk.new_guest(caller.address).await?,
    };
    if known.is_none()
        && let Some(language) = first_language(&headers)
    {
        app.desk.introduce(guest, hotel.id, None, Some(&language)).await?;
    }
    let mut response = page(&app, guest, hotel, StatusCode::OK, None).await?;
    response.headers_mut().append(header::SET_COOKIE, cookie(&token, app.secure)?);
    Ok(response)
}

#[derive(Debug, serde::Deserialize)]
pub struct Said {
    client_id: ClientId,
    body: String,
}

/// A message by form post. A refused one comes back in the composer, with the reason.
pub async fn say(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    Form(said): Form<Said>,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    match app.desk.guest_say(guest, hotel.id, said.client_id, &said.body).await.map_err(Error::from) {
        Ok(_) => Ok(Redirect::to(&format!("/chat/{slug}#newest")).into_response()),
        Err(e @ (Error::Refused(_) | Error::Store(_))) => {
            let refusal = match &e {
                Error::Refused(refusal) => refusal.clone(),
                _ => {
                    tracing::error!(error = %e, "a message posted by form could not be stored");
                    Refusal::Unavailable
                }
            };
            // The same client_id: if the first try was stored after all, the second is not stored again. Unless the words
            // are others by now; those need one of their own.
            let client_id = if refusal == Refusal::ClientIdUsed { ClientId::new() } else { said.client_id };
            let draft = Some((said.body, refusal.in_words(), client_id));
            page(&app, guest, hotel, e.status(), draft).await
        }
        Err(e) => Err(e),
    }
}

async fn page(
    app: &App,
    guest: GuestId,
    hotel: Hotel,
    status: StatusCode,
    draft: Option<(String, String, ClientId)>,
) -> Result<Response, Error> {
    let head = Head::titled(&hotel.name).accent(&hotel.accent).language(hotel.languages.first());
    let opened = app.desk.guest_open(guest, hotel, None).await?;
    let (draft, refused, client_id) = match draft {
        Some((body, reason, client_id)) => (body, Some(reason), client_id),
        None => (String::new(), None, ClientId::new()),
    };
    let data = ChatPage {
        opened,
        now: app.desk.clock.now(),
        build: app.build.to_string(),
        limits: Limits { body: app.desk.settings.max_body },
        draft,
        refused,
        client_id,
    };
    let head = head.script(Script::hydrate("chat", &data));
    Ok(render(app, status, Framed::Anywhere, head, move || view! { <Chat page=data.clone()/> }).await)
}

/// Over https the cookie must also travel in a frame on a hotel's own site, kept apart per site.
fn cookie(token: &Token, secure: bool) -> Result<HeaderValue, Error> {
    let reach = if secure { "SameSite=None; Secure; Partitioned" } else { "SameSite=Lax" };
    let text = format!("{GUEST_COOKIE}={}; Path=/; Max-Age={REMEMBER}; HttpOnly; {reach}", token.as_str());
    HeaderValue::from_str(&text).map_err(|e| Error::bad_request(e.to_string()))
}

/// The language a browser asks for first.
fn first_language(headers: &HeaderMap) -> Option<String> {
    let all = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = all.split([',', ';']).next()?.trim();
    let plain = !first.is_empty() && first.len() <= 35 && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plain.then(|| first.to_owned())
}
