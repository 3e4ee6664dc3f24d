//! The guest's page: whole without WASM, by form post under the same rules.

use super::{
    shell::{Framed, render},
    visitor::Visitor,
};
use crate::{desk::No, error::Error, router::App, session::Caller};
use app::{
    domain::{ClientId, ConversationId, GuestId, Hotel, Refusal},
    guest::{Chat, ChatPage},
    ui::{Head, Script},
    wire::Limits,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

/// What a guest is told whose code was printed before its room was turned over.
const CODE_ENDED: &str = "This room’s code is not valid any more. Please tell us your room when you write.";

/// How a guest comes to the page.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Way {
    /// What the hotel's own site says of the guest, signed by it.
    token: Option<String>,
    /// By a room's code that has ended.
    #[serde(default)]
    ended: bool,
}

pub async fn show(
    State(app): State<App>,
    Path(slug): Path<String>,
    Query(way): Query<Way>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    if let Some(token) = &way.token {
        return vouched(&app, &caller, &hotel, token).await;
    }
    let visitor = Visitor::of(&app, &caller).await?;
    visitor.introduce(&app, &hotel, &headers).await?;
    let draft = way.ended.then(|| (String::new(), CODE_ENDED.to_owned(), ClientId::new()));
    let response = page(&app, visitor.guest, hotel, StatusCode::OK, draft).await?;
    visitor.remember(&app, response)
}

/// Takes in what the hotel's site says, and goes on without it in the address.
async fn vouched(app: &App, caller: &Caller, hotel: &Hotel, token: &str) -> Result<Response, Error> {
    let mut visitor = Visitor::of(app, caller).await?;
    if let Some(vouched) = app.desk.vouched(hotel, token).await? {
        if app.desk.is_somebody_else(visitor.guest, hotel, &vouched).await? {
            visitor = Visitor::new(app, caller).await?;
        }
        app.desk.vouch(visitor.guest, hotel, vouched).await?;
    }
    visitor.remember(app, Redirect::to(&format!("/chat/{}", hotel.slug)).into_response())
}

/// The link in a room's code: the hotel knows from which room the guest writes.
pub async fn scan(
    State(app): State<App>,
    Path((slug, room, signature)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let visitor = Visitor::of(&app, &caller).await?;
    let holds = app.desk.scan(visitor.guest, &hotel, &room, &signature).await?;
    let to = if holds { format!("/chat/{slug}") } else { format!("/chat/{slug}?ended=true") };
    visitor.remember(&app, Redirect::to(&to).into_response())
}

#[derive(Debug, serde::Deserialize)]
pub struct Said {
    client_id: ClientId,
    body: String,
    /// The conversation and the seq of the last answer on the page the form stood on: the guest has read it.
    #[serde(default)]
    seen: String,
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
    if let Some((conversation, seq)) = said.seen.split_once(' ')
        && let (Ok(conversation), Ok(seq)) = (conversation.parse(), seq.parse())
        && let Err(e) = app.desk.guest_read(guest, conversation, seq).await
    {
        tracing::debug!(error = %e, "what a form said to have been read was passed over");
    }
    match app.desk.guest_say(guest, hotel.id, said.client_id, &said.body).await.map_err(Error::from) {
        Ok(_) => Ok(Redirect::to(&format!("/chat/{slug}#newest-{slug}")).into_response()),
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

#[derive(Debug, serde::Deserialize)]
pub struct Rated {
    conversation: ConversationId,
    stars: Option<i64>,
    #[serde(default)]
    word: String,
}

/// A rating by form post.
pub async fn rate(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    Form(given): Form<Rated>,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let guest = app.desk.guest_of(caller.token.as_ref()).await?.ok_or(Error::Unauthorized)?;
    match app.desk.guest_rate(guest, given.conversation, given.stars.unwrap_or_default(), &given.word).await {
        Ok(_) => Ok(Redirect::to(&format!("/chat/{slug}#newest-{slug}")).into_response()),
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            page(&app, guest, hotel, status, Some((String::new(), refusal.in_words(), ClientId::new()))).await
        }
        Err(e) => Err(e.into()),
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
    let framed = Framed::By(app.desk.store.sites(data.opened.hotel.id).await?);
    Ok(render(app, status, framed, head, move || view! { <Chat page=data.clone()/> }).await)
}
