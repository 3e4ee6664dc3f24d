//! Files beside words: on their way in, piece by piece, and given out.
//!
//! In: the pieces, as tus 1.0 has them (creation, offset, termination); or a file's id. Out: what a file was
//! found to be, or its bytes, for whoever may have it at that moment. Never: anything a browser would run,
//! and no refusal without words: each is JSON as on a socket, `{"code": …}`.

use super::download::disposition;
use crate::{
    desk::{
        Desk, No, Token,
        attachment::{Announced, Given},
    },
    error::Error,
    incoming::Appended,
    session::{Caller, SignedIn},
    state::App,
    store::{Upload, Viewer},
};
use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{AttachmentId, AttachmentKind, ConversationId, HotelId, Refusal};
use serde::Serialize;
use std::ops::RangeInclusive;

/// By this a guest is known in a frame whose browser returns no cookie.
const TOKEN: &str = "bellhop-token";

const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("tus-resumable"), HeaderValue::from_static("1.0.0"));

/// A refusal, for a program.
#[derive(Debug)]
pub struct Told(Error);

impl<E: Into<Error>> From<E> for Told {
    fn from(e: E) -> Self {
        Told(e.into())
    }
}

/// A refusal and its words.
#[derive(Serialize)]
struct InWords<'a> {
    #[serde(flatten)]
    refusal: &'a Refusal,
    words: String,
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let refusal = match &self.0 {
            Error::Refused(refusal) => refusal.clone(),
            Error::BadRequest(why) => Refusal::BadCommand { why: why.clone() },
            Error::Unauthorized | Error::SignIn | Error::Origin => Refusal::NotAllowed,
            failed => {
                tracing::error!(error = %failed, "a file could not be taken or given");
                Refusal::Unavailable
            }
        };
        let words = refusal.in_words();
        (status, [(header::CACHE_CONTROL, "no-store")], Json(InWords { refusal: &refusal, words }))
            .into_response()
    }
}

/// Everybody whom a request may speak for: a guest, and somebody signed in beside them.
async fn viewers(app: &App, caller: &Caller, headers: &HeaderMap) -> Result<Vec<Viewer>, Error> {
    let mut viewers = Vec::new();
    if let Some((guest, _)) = guest(app, caller, headers).await? {
        viewers.push(Viewer::Guest(guest));
    }
    if let Some(SignedIn { staff, .. }) = caller.staff(&app.desk).await? {
        viewers.push(Viewer::Staff(staff.id));
    }
    if viewers.is_empty() { Err(Error::Unauthorized) } else { Ok(viewers) }
}

/// The guest, and the one hotel a frame's token is good for.
async fn guest(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Option<(domain::GuestId, Option<HotelId>)>, Error> {
    if let Some(guest) = app.desk.guest_of(caller.token.as_ref()).await? {
        return Ok(Some((guest, None)));
    }
    let token = headers.get(TOKEN).and_then(|token| token.to_str().ok()).and_then(Token::parse);
    let found = app.desk.guest_of_frame(token.as_ref()).await?;
    Ok(found.map(|(guest, hotel)| (guest, Some(hotel))))
}

/// `Upload-Length`, and of `Upload-Metadata` what is ours: `filename`, `alt`, `wave`, `seconds`.
fn announced(headers: &HeaderMap) -> Result<Announced, Error> {
    let number = |name: &HeaderName| headers.get(name)?.to_str().ok()?.parse().ok();
    let size = number(&LENGTH).ok_or_else(|| Error::bad_request("Upload-Length: the file's bytes"))?;
    let told = headers.get(&METADATA).map_or(Ok(""), HeaderValue::to_str);
    let told = told.map_err(|_| Error::bad_request("Upload-Metadata: not text"))?;
    let mut announced = Announced { size, ..Announced::default() };
    for pair in told.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let value = value.ok_or_else(|| Error::bad_request(format!("Upload-Metadata: {key}")))?;
        match key {
            "filename" => announced.name = value,
            "alt" => announced.alt = value,
            "wave" => announced.wave = value,
            "seconds" => announced.seconds = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(announced)
}

fn begun(id: AttachmentId) -> Response {
    (StatusCode::CREATED, [VERSION, (header::LOCATION, address(id))]).into_response()
}

fn address(id: AttachmentId) -> HeaderValue {
    HeaderValue::from_str(&format!("/files/{id}/upload")).expect("an id is plain text")
}

/// A new id that nobody can guess.
fn new_id() -> AttachmentId {
    AttachmentId(uuid::Builder::from_random_bytes(rand::random()).into_uuid())
}

pub async fn begin_as_guest(
    State(app): State<App>,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Told> {
    let hotel = app.desk.hotel(&slug).await?.id;
    let found = guest(&app, &caller, &headers).await?;
    let (guest, only) = found.ok_or(Error::Unauthorized)?;
    if only.is_some_and(|only| only != hotel) {
        return Err(Refusal::NotFound.into());
    }
    let id = new_id();
    app.desk.begin_upload(Viewer::Guest(guest), hotel, caller.address, id, announced(&headers)?).await?;
    Ok(begun(id))
}

pub async fn begin_as_staff(
    State(app): State<App>,
    Path(conversation): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Told> {
    let you = caller.staff(&app.desk).await?.ok_or(Error::Unauthorized)?;
    let viewer = Viewer::Staff(you.staff.id);
    let conversation: ConversationId = conversation.parse().map_err(|_| Refusal::NotFound)?;
    let found = app.desk.store.conversation(viewer, conversation).await.map_err(No::from)?;
    let hotel = found.ok_or(Refusal::NotFound)?.hotel;
    let id = new_id();
    app.desk.begin_upload(viewer, hotel, caller.address, id, announced(&headers)?).await?;
    Ok(begun(id))
}

/// The id in an address; another's and nonsense look the same.
fn parse(file: &str) -> Result<AttachmentId, Refusal> {
    file.parse().map_err(|_| Refusal::NotFound)
}

/// A file on its way in, asked for by whoever sends it.
#[derive(Debug)]
pub struct Own(Upload);

impl FromRequestParts<App> for Own {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Told> {
        let Path(file) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| Refusal::NotFound)?;
        let caller = Caller::from_request_parts(parts, app).await?;
        let by = viewers(app, &caller, &parts.headers).await?;
        Ok(Own(app.desk.own_upload(&by, parse(&file)?).await?))
    }
}

/// How much of a file has come.
pub async fn offset(State(app): State<App>, Own(upload): Own) -> Result<Response, Told> {
    let came = app.desk.came(&upload)?;
    let headers = [
        VERSION,
        (OFFSET, HeaderValue::from(came)),
        (LENGTH, HeaderValue::from(upload.size)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers).into_response())
}

/// The next piece of a file. Behind the last one comes what the file was found to be.
pub async fn add(
    State(app): State<App>,
    Own(upload): Own,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Told> {
    let offset = headers.get(&OFFSET).and_then(|offset| offset.to_str().ok()?.parse().ok());
    let offset = offset.ok_or_else(|| Error::bad_request("Upload-Offset: where the piece begins"))?;
    let (appended, taken) = app.desk.add_to_upload(upload, offset, body.into_data_stream()).await?;
    let (status, at) = match appended {
        Appended::To(at) => (StatusCode::NO_CONTENT, at),
        Appended::Elsewhere(at) => (StatusCode::CONFLICT, at),
        Appended::Broken(at) => (StatusCode::REQUEST_TIMEOUT, at),
        Appended::TooMany => {
            return Err(Error::bad_request("the file has more bytes than Upload-Length said").into());
        }
    };
    let headers = [VERSION, (OFFSET, HeaderValue::from(at))];
    match (taken, status) {
        (Some(taken), StatusCode::NO_CONTENT) => Ok((headers, Json(taken)).into_response()),
        _ => Ok((status, headers).into_response()),
    }
}

/// Takes back a file that was not said.
pub async fn take_back(State(app): State<App>, Own(upload): Own) -> Result<Response, Told> {
    app.desk.drop_upload(upload.id).await?;
    Ok((StatusCode::NO_CONTENT, [VERSION]).into_response())
}

/// `?download`: to be kept, not shown.
#[derive(Debug, serde::Deserialize)]
pub struct How {
    download: Option<String>,
}

pub async fn whole(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(how): Query<How>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    give(&app, &file, false, how.download.is_some(), &caller, &headers).await
}

pub async fn small(
    State(app): State<App>,
    Path(file): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    give(&app, &file, true, false, &caller, &headers).await
}

async fn give(
    app: &App,
    file: &str,
    small: bool,
    download: bool,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let by = viewers(app, caller, headers).await?;
    let given = app.desk.file(&by, parse(file)?, small).await?;
    let tag = given.hash.tag();
    let mut response = match named(headers, header::IF_NONE_MATCH) == Some(&tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => stretch(&app.desk, &given, headers, &tag).await?,
    };
    let kind = given.attachment.kind;
    let way = if download || kind == AttachmentKind::Document { "attachment" } else { "inline" };
    let text = |text: String| HeaderValue::from_str(&text).map_err(|e| Error::File(e.to_string()));
    for (name, value) in [
        (header::CONTENT_DISPOSITION, text(disposition(way, &given.name()))?),
        (header::CONTENT_TYPE, text(given.mime)?),
        (header::ETAG, text(tag)?),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        // Asked again each time it is shown, so that whoever has lost the right has lost the file.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("cookie")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ] {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn named(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The file, or the stretch of it that was asked for.
async fn stretch(desk: &Desk, given: &Given, headers: &HeaderMap, tag: &str) -> Result<Response, Error> {
    let opened = desk.bytes_of(given.hash).await?;
    let length = opened.length;
    let fresh = named(headers, header::IF_RANGE).is_none_or(|of| of == tag);
    let asked = named(headers, header::RANGE).filter(|_| fresh);
    Ok(match asked.map_or(Asked::Everything, |asked| range(asked, length)) {
        Asked::Everything => {
            ([(header::CONTENT_LENGTH, length.to_string())], Body::from_stream(opened.stretch(0, length)))
                .into_response()
        }
        Asked::Nowhere => {
            let of = format!("bytes */{length}");
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, of)]).into_response()
        }
        Asked::Bytes(range) => {
            let count = range.end() - range.start() + 1;
            let headers = [
                (header::CONTENT_RANGE, format!("bytes {}-{}/{length}", range.start(), range.end())),
                (header::CONTENT_LENGTH, count.to_string()),
            ];
            let part = Body::from_stream(opened.stretch(*range.start(), count));
            (StatusCode::PARTIAL_CONTENT, headers, part).into_response()
        }
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Bytes(RangeInclusive<u64>),
    Nowhere,
    /// Several stretches, or nothing that is understood.
    Everything,
}

/// RFC 9110, 14.2: one stretch of bytes.
fn range(asked: &str, length: u64) -> Asked {
    let Some((first, last)) = asked.strip_prefix("bytes=").and_then(|asked| asked.trim().split_once('-'))
    else {
        return Asked::Everything;
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let (from, to) = match (number(first), number(last)) {
        (Some(from), Some(to)) if from <= to => (from, to.min(length.saturating_sub(1))),
        (Some(from), None) if last.is_empty() => (from, length.saturating_sub(1)),
        (None, Some(0)) if first.is_empty() => return Asked::Nowhere,
        (None, Some(n)) if first.is_empty() => (length.saturating_sub(n), length.saturating_sub(1)),
        _ => return Asked::Everything,
    };
    if from < length { Asked::Bytes(from..=to) } else { Asked::Nowhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_read_as_browsers_ask_for_it() {
        assert_eq!(range("bytes=0-", 10), Asked::Bytes(0..=9));
        assert_eq!(range("bytes=2-5", 10), Asked::Bytes(2..=5));
        assert_eq!(range("bytes=2-99", 10), Asked::Bytes(2..=9));
        assert_eq!(range("bytes=-3", 10), Asked::Bytes(7..=9));
        assert_eq!(range("bytes=-30", 10), Asked::Bytes(0..=9));
        for nowhere in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(range(nowhere, 10), Asked::Nowhere, "{nowhere}");
        }
        for other in ["bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2", "bytes=", "bytes=-"] {
            assert_eq!(range(other, 10), Asked::Everything, "{other}");
        }
        assert_eq!(range("bytes=0-", 0), Asked::Nowhere);
    }
}
