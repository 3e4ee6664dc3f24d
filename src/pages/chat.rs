//! The guest's page: whole without WASM, by form post under the same rules.

use super::{
    shell::{Framed, render},
    visitor::{Visitor, remember},
};
use crate::{
    desk::{Newcomer, No, Token},
    error::Error,
    forms::{ARRIVAL, MAX_FORM},
    origin::named,
    session::Caller,
    state::App,
};
use app::{
    guest::{Chat, ChatPage},
    ui::{Head, Script},
};
use axum::{
    Form,
    extract::{FromRequest as _, Multipart, Path, Query, Request, State, multipart::Field},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use bytes::{Bytes, BytesMut};
use domain::wire::Limits;
use domain::{AttachmentId, ClientId, ConversationId, FileLimits, GuestId, Hotel, Refusal};
use leptos::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use tokio::time::timeout;

/// Bytes of a message by form, with its files.
pub const MOST: usize = FileLimits::MOST.count * FileLimits::MOST.bytes() + MAX_FORM;

/// What a guest is told whose code was printed before its room was turned over.
const CODE_ENDED: &str = "This QR code has expired. Please tell us your room number.";

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
    let vouched = match &way.token {
        Some(token) => app.desk.vouched(&hotel, token).await?,
        None => None,
    };
    let framed = headers.get("sec-fetch-dest").is_some_and(|to| to == "iframe");
    let why = match &vouched {
        Some(vouched) => Newcomer::Known(hotel.id, vouched.claim()),
        None if framed => Newcomer::Framed,
        None => Newcomer::Stranger,
    };
    let mut visitor = Visitor::of(&app, &caller, &why).await?;
    if let Some(vouched) = vouched {
        if app.desk.is_somebody_else(visitor.guest, hotel.id, &vouched).await? {
            visitor = Visitor::new(&app, &caller, &why).await?;
        }
        app.desk.vouch(visitor.guest, &hotel, vouched).await?;
    }
    // It goes on without the token in the address; but not in a frame that may keep no cookie, where the way
    // there would lose whom the site has spoken of.
    if way.token.is_some() && !(framed && visitor.cookieless) {
        return visitor.remember(&app, Redirect::to(&format!("/chat/{slug}")).into_response());
    }
    visitor.introduce(&app, &hotel, &headers).await?;
    let token = match visitor.cookieless {
        true => Some(app.desk.new_frame_token(visitor.guest, hotel.id).await?),
        false => None,
    };
    let draft = way.ended.then(|| (String::new(), CODE_ENDED.to_owned(), ClientId::new()));
    let response = page(&app, (visitor.guest, token), hotel, StatusCode::OK, draft).await?;
    visitor.remember(&app, response)
}

/// The link in a room's code: the hotel knows from which room the guest writes.
pub async fn scan(
    State(app): State<App>,
    Path((slug, room, signature)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let room = app.desk.room_of_link(&hotel, &room, &signature).await?;
    let why = room.as_ref().map_or(Newcomer::Stranger, |room| Newcomer::Known(hotel.id, room.number.clone()));
    let visitor = Visitor::of(&app, &caller, &why).await?;
    let holds = match room {
        Some(room) => app.desk.scan(visitor.guest, &hotel, room).await?,
        None => false,
    };
    let to = if holds { format!("/chat/{slug}") } else { format!("/chat/{slug}?ended=true") };
    visitor.remember(&app, Redirect::to(&to).into_response())
}

/// A guest and, where no cookie says so, the frame's token that does.
type Known = (GuestId, Option<Token>);

/// Who posts a form: the browser's cookie says so, or else what the form carries.
async fn known(app: &App, caller: &Caller, hotel: &Hotel, token: &str) -> Result<Known, Error> {
    if let Some(guest) = app.desk.guest_of(caller.token.as_ref()).await? {
        return Ok((guest, None));
    }
    let token = Token::parse(token);
    match app.desk.guest_of_frame(token.as_ref()).await? {
        Some((guest, of)) if of == hotel.id => Ok((guest, token)),
        _ => Err(Error::Unauthorized),
    }
}

/// The answer to a form that was taken. Whoever has a cookie is sent to the page, so that loading it again
/// posts nothing twice; a frame without one would not be known there, and is given it at once.
async fn taken(app: &App, known: Known, hotel: Hotel) -> Result<Response, Error> {
    match known.1 {
        None => Ok(Redirect::to(&format!("/chat/{0}#newest-{0}", hotel.slug)).into_response()),
        Some(_) => page(app, known, hotel, StatusCode::OK, None).await,
    }
}

#[derive(Debug, serde::Deserialize)]
struct Said {
    client_id: ClientId,
    body: String,
    /// What was taken in of the files beside it.
    #[serde(skip)]
    files: Vec<AttachmentId>,
    /// The conversation and the seq of the last answer on the page the form stood on: the guest has read it.
    #[serde(default)]
    seen: String,
    /// Of a frame whose browser returns no cookie.
    #[serde(default)]
    token: String,
}

/// A form that takes too long.
const SLOW: Error = Error::Plain {
    status: StatusCode::REQUEST_TIMEOUT,
    title: "This took too long",
    text: "Part of your message didn’t arrive. Please send it again, or send it without the files.",
};

fn not_read(e: impl std::fmt::Display) -> Error {
    Error::bad_request(e.to_string())
}

/// A form with files, each taken in as it comes: the words, who sends them, and why a file was not taken.
async fn read_with_files(
    app: &App,
    caller: &Caller,
    hotel: &Hotel,
    mut form: Multipart,
) -> Result<(Said, Known, Option<No>), Error> {
    let mut words = HashMap::new();
    let (mut files, mut sender, mut refused) = (Vec::new(), None, None);
    while let Some(field) = form.next_field().await.map_err(not_read)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file) = field.file_name().map(str::to_owned) else {
            let text = field.text().await.map_err(not_read)?;
            if text.len() > MAX_FORM || words.len() > 8 {
                return Err(Error::bad_request("too much text"));
            }
            words.insert(name, text);
            continue;
        };
        let _turn = app.desk.files.form_turn().await?;
        let bytes = read(field, hotel.files.video_bytes()).await?;
        // What nobody has chosen comes as a file without a name.
        if file.is_empty() && bytes.is_empty() || refused.is_some() {
            continue;
        }
        let client_id = client_id(&words)?;
        let known = match &sender {
            Some(known) => known,
            None => {
                sender.insert(known(app, caller, hotel, words.get("token").map_or("", String::as_str)).await?)
            }
        };
        let number = files.len();
        if number == hotel.files.count {
            refused = Some(Refusal::too_many_files(number).into());
            continue;
        }
        let id = file_id(client_id, known.0, number);
        match app.desk.take_in_form((known.0, hotel.id), caller.address, id, file, bytes).await {
            Ok(()) => files.push(id),
            Err(no @ No::Refused(_)) => refused = Some(no),
            Err(failed) => return Err(failed.into()),
        }
    }
    let text = |name: &str| words.get(name).cloned().unwrap_or_default();
    let known = match sender {
        Some(known) => known,
        None => known(app, caller, hotel, &text("token")).await?,
    };
    let client_id = client_id(&words)?;
    Ok((
        Said { client_id, body: text("body"), files, seen: text("seen"), token: text("token") },
        known,
        refused,
    ))
}

/// A file of a form, up to the first byte that is too many: by its length it is refused. The rest of it is
/// read past, so that the words behind it are not lost.
async fn read(mut field: Field<'_>, most: usize) -> Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = field.chunk().await.map_err(not_read)? {
        let room = most + 1 - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    Ok(bytes.freeze())
}

fn client_id(words: &HashMap<String, String>) -> Result<ClientId, Error> {
    let id = words.get("client_id").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Error::bad_request("the form’s client_id is missing"))
}

/// A form sent twice brings the same files twice: by their place in the same message of the same guest they
/// are the same ones, and it is stored once (rule H5).
fn file_id(client_id: ClientId, guest: GuestId, number: usize) -> AttachmentId {
    let hash = Sha256::new()
        .chain_update(client_id.0.as_bytes())
        .chain_update(guest.0.as_bytes())
        .chain_update([number as u8])
        .finalize();
    AttachmentId(uuid::Builder::from_random_bytes(std::array::from_fn(|i| hash[i])).into_uuid())
}

/// A message by form post. A refused one comes back in the composer, with the reason.
pub async fn say(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    request: Request,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let with_files = kind.is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let (said, known, refused) = if with_files {
        let form = Multipart::from_request(request, &app).await.map_err(not_read)?;
        let read = timeout(ARRIVAL * 20, read_with_files(&app, &caller, &hotel, form)).await;
        read.map_err(|_| SLOW)??
    } else {
        let Form(said) = timeout(ARRIVAL, Form::<Said>::from_request(request, &app))
            .await
            .map_err(|_| SLOW)?
            .map_err(|e| Error::bad_request(e.body_text()))?;
        let known = known(&app, &caller, &hotel, &said.token).await?;
        (said, known, None)
    };
    let guest = known.0;
    if let Some((conversation, seq)) = said.seen.split_once(' ')
        && let (Ok(conversation), Ok(seq)) = (conversation.parse(), seq.parse())
        && let Err(e) = app.desk.guest_read(guest, conversation, seq).await
    {
        tracing::debug!(error = %e, "what a form said to have been read was passed over");
    }
    let told = match (refused, app.desk.may_begin(guest, hotel.id, caller.address).await) {
        (Some(no), _) | (None, Err(no)) => Err(no),
        (None, Ok(())) => app.desk.guest_say(guest, hotel.id, said.client_id, &said.body, said.files).await,
    };
    match told.map_err(Error::from) {
        Ok(_) => taken(&app, known, hotel).await,
        Err(e @ (Error::Refused(_) | Error::Store(_))) => {
            let refusal = match &e {
                Error::Refused(refusal) => refusal.clone(),
                _ => {
                    tracing::error!(error = %e, "a message posted by form could not be stored");
                    Refusal::Unavailable
                }
            };
            // The same client_id: if the first try was stored after all, the second is not stored again.
            // Unless the words are others by now; those need one of their own.
            let client_id = if refusal == Refusal::ClientIdUsed { ClientId::new() } else { said.client_id };
            let draft = Some((said.body, refusal.in_words(), client_id));
            page(&app, known, hotel, e.status(), draft).await
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
    #[serde(default)]
    token: String,
}

/// A rating by form post.
pub async fn rate(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    Form(given): Form<Rated>,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let known = known(&app, &caller, &hotel, &given.token).await?;
    match app.desk.guest_rate(known.0, given.conversation, given.stars.unwrap_or_default(), &given.word).await
    {
        Ok(_) => taken(&app, known, hotel).await,
        Err(No::Refused(refusal)) => {
            let status = Error::from(refusal.clone()).status();
            page(&app, known, hotel, status, Some((String::new(), refusal.in_words(), ClientId::new()))).await
        }
        Err(e) => Err(e.into()),
    }
}

/// The guest is in another room than the code they have opened says.
pub async fn leave_room(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    Form(given): Form<Moved>,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let known = known(&app, &caller, &hotel, &given.token).await?;
    app.desk.leave_room(known.0, hotel.id).await?;
    taken(&app, known, hotel).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Moved {
    #[serde(default)]
    token: String,
}

/// A frame that can keep nothing goes on in a window of its own, where cookies work.
pub async fn window(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    Form(moved): Form<Moved>,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    let own = app.desk.guest_of(caller.token.as_ref()).await?;
    let answer = Redirect::to(&format!("/chat/{slug}")).into_response();
    let Some(frame) = Token::parse(&moved.token) else { return Ok(answer) };
    match app.desk.new_window(&frame, hotel.id, own).await? {
        Some(token) => remember(&app, &token, answer),
        None => Ok(answer),
    }
}

/// What the bubble asks: by which key, and what it knows already.
#[derive(Debug, serde::Deserialize)]
pub struct Asked {
    key: String,
    #[serde(default)]
    known: Option<i64>,
}

/// How many answers a guest has not seen: to the hotel's own sites, for the badge on their bubble, and
/// nothing else.
pub async fn unread(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let hotel = app.desk.hotel(&slug).await?;
    if let Err(no) = app.origins.allow(&headers) {
        let site = named(&headers).ok_or(Error::Origin)?;
        if !app.desk.store.sites(hotel.id).await?.contains(&site) {
            return Err(no);
        }
    }
    // As plain text, which a browser may send to another site without asking it first.
    let asked: Asked = serde_json::from_slice(&body).map_err(|e| Error::bad_request(e.to_string()))?;
    let found = app.desk.guest_by_count_key(&asked.key).await?.filter(|(_, of)| *of == hotel.id);
    let Some((guest, hotel)) = found else {
        app.desk.limits.wrong_key(caller.address)?;
        return Err(Refusal::NotFound.into());
    };
    app.desk.limits.question(guest, hotel)?;
    let count = app.desk.unread(guest, hotel, asked.known).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], count.to_string()).into_response())
}

/// Lets a site's page read the answers to [`unread`], refusals too. Which sites are answered is asked there.
pub async fn readable(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    if let Some(origin) = origin.filter(|_| response.status() != StatusCode::FORBIDDEN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

async fn page(
    app: &App,
    (guest, token): Known,
    hotel: Hotel,
    status: StatusCode,
    draft: Option<(String, String, ClientId)>,
) -> Result<Response, Error> {
    let head = Head::titled(&hotel.name).accent(&hotel.accent).language(hotel.languages.first());
    let count_key = app.desk.count_key(guest, hotel.id).await?;
    let named = token.is_some() && app.desk.store.vouched(guest, hotel.id).await?.is_some();
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
        token: token.map(|token| token.as_str().to_owned()),
        named,
        count_key,
        formerly: app.desk.store.formerly(guest).await?,
    };
    let head = head.script(Script::hydrate("chat", &data));
    let framed = Framed::By(app.desk.store.sites(data.opened.hotel.id).await?);
    Ok(render(app, status, framed, head, move || view! { <Chat page=data.clone()/> }).await)
}
