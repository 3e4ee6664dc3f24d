//! One conversation as a file.

use super::{
    download::download,
    logs::{log_line, timeline},
    reviewer::Reviewer,
};
use crate::{
    desk::{bundle::Record, day_in, tz},
    error::Error,
    files::{Format, Pictures, pdf},
    state::App,
    store::Viewer,
};
use app::admin::{facts, facts_for_guest};
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use domain::{AttachmentKind, ConversationId, Entry, EntryKind, Refusal, TimelineLine};

/// Pictures shown in one transcript; of more, their names stand there.
const PICTURES: usize = 200;

pub async fn file(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Error> {
    let id: ConversationId = id.parse().map_err(|_| Refusal::NotFound)?;
    // `as.pdf` is for the guest; `complete.pdf`, `as.csv` and `as.jsonl` have everything; `as.zip` has the
    // last with its files.
    let (complete, ending) = match file.split_once('.') {
        Some(("as", ending)) => (ending != "pdf", ending.to_owned()),
        Some(("complete", "pdf")) => (true, "pdf".to_owned()),
        _ => return Err(Refusal::NotFound.into()),
    };
    let known = if ending == "zip" { Some(Format::JsonLines) } else { Format::parse(&ending) };
    if known.is_none() && ending != "pdf" {
        return Err(Refusal::NotFound.into());
    }
    let (conversation, entries) = app.desk.transcript(&reviewer.you, id).await?;
    let hotel =
        reviewer.hotels.iter().find(|h| h.id == conversation.hotel).cloned().ok_or(Refusal::NotFound)?;
    let detail = if complete { format!("{id} {ending}") } else { format!("{id} {ending} for the guest") };
    app.desk.audit("transcript_exported", Some(reviewer.you.id), Some(hotel.id), detail).await;
    let day = day_in(conversation.opened_at, tz(&hotel.time_zone)).to_string();
    let guest = conversation.label();
    let mut words = vec![hotel.name.as_str(), guest.as_str(), day.as_str()];
    let (content_type, bytes) = match known {
        Some(format) => {
            let marks = app.desk.store.marks(reviewer.you.id, id).await?;
            let mut bytes = format.head();
            bytes.extend(format.conversation(&conversation, &hotel, &marks));
            bytes.extend(format.entries(&conversation, &hotel, &entries, &marks));
            if ending == "zip" {
                let files = entries.iter().flat_map(|entry| &entry.files).map(|file| file.id).collect();
                let record = Record::Memory("conversation.jsonl", bytes, files);
                let zip = app.desk.bundle(Viewer::Staff(reviewer.you.id), record)?;
                return Ok(
                    (download("application/zip", &words, "zip"), Body::from_stream(zip)).into_response()
                );
            }
            (format.content_type(), bytes)
        }
        None => {
            let line = log_line(conversation, std::slice::from_ref(&hotel));
            let (facts, lines) = if complete {
                words.push("complete");
                let marks = app.desk.store.marks(reviewer.you.id, id).await?;
                (facts(&line, &hotel), timeline(entries, &marks, &hotel.time_zone))
            } else {
                // What was said, bid and agreed, and when a private line was open; and nothing of how the
                // house went about it: no notes, no changes of hands, no readings.
                let for_guest = |entry: &Entry| match entry.kind {
                    EntryKind::Said | EntryKind::LineOpened | EntryKind::LineClosed => true,
                    kind => kind.is_of_request(),
                };
                let shared = entries.into_iter().filter(for_guest).collect();
                (facts_for_guest(&line, &hotel), timeline(shared, &[], &hotel.time_zone))
            };
            let pictures = small_pictures(&app, &lines).await?;
            let (title, guest) = (format!("{guest} · {}", hotel.name), guest.clone());
            // Shaping a long conversation takes a while; the desk's own threads have other things to do.
            let drawn =
                tokio::task::spawn_blocking(move || pdf(&title, &guest, &facts, &lines, &pictures)).await;
            let bytes =
                drawn.map_err(|e| Error::File(e.to_string()))?.map_err(|e| Error::File(e.to_string()))?;
            ("application/pdf", bytes)
        }
    };
    Ok((download(content_type, &words, &ending), bytes).into_response())
}

/// The small versions of a transcript's first pictures.
async fn small_pictures(app: &App, lines: &[TimelineLine]) -> Result<Pictures, Error> {
    let files = lines.iter().flat_map(|line| &line.entry.files);
    let mut pictures = Pictures::new();
    for picture in files.filter(|file| file.kind == AttachmentKind::Picture).take(PICTURES) {
        if let Some(jpeg) = app.desk.small_picture(picture.id).await? {
            pictures.insert(picture.id, jpeg);
        }
    }
    Ok(pictures)
}
