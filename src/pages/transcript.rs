//! One conversation as a file.

use super::{
    logs::{log_line, timeline},
    reviewer::Reviewer,
};
use crate::{
    error::Error,
    files::{Format, pdf},
    router::App,
};
use app::{
    admin::facts,
    domain::{ConversationId, Refusal},
};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};

pub async fn file(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((id, format)): Path<(String, String)>,
) -> Result<Response, Error> {
    let id: ConversationId = id.parse().map_err(|_| Refusal::NotFound)?;
    // `as.pdf`, `as.csv`, `as.jsonl`.
    let format = format.strip_prefix("as.").ok_or(Refusal::NotFound)?.to_owned();
    let known = Format::parse(&format);
    if known.is_none() && format != "pdf" {
        return Err(Refusal::NotFound.into());
    }
    let (conversation, entries) = app.desk.transcript(&reviewer.you, id).await?;
    let hotel = reviewer.hotels.iter().find(|h| h.id == conversation.hotel).cloned().ok_or(Refusal::NotFound)?;
    let marks = app.desk.store.marks(reviewer.you.id, id).await?;
    let detail = format!("{id} {format}");
    app.desk.audit("transcript_exported", Some(reviewer.you.id), Some(hotel.id), detail).await;
    let (content_type, bytes) = match known {
        Some(format) => {
            let mut bytes = format.head();
            bytes.extend(format.conversation(&conversation, &hotel, &marks));
            bytes.extend(format.entries(&conversation, &hotel, &entries, &marks));
            (format.content_type(), bytes)
        }
        None => {
            let guest = conversation.label();
            let line = log_line(conversation, std::slice::from_ref(&hotel));
            let facts = facts(&line, &hotel);
            let lines = timeline(entries, &marks, &hotel.time_zone);
            let title = format!("{guest} · {}", hotel.name);
            // Shaping a long conversation takes a while; the desk's own threads have other things to do.
            let drawn = tokio::task::spawn_blocking(move || pdf(&title, &guest, &facts, &lines)).await;
            let bytes = drawn.map_err(|e| Error::File(e.to_string()))?.map_err(|e| Error::File(e.to_string()))?;
            ("application/pdf", bytes)
        }
    };
    let name = format!("attachment; filename=\"conversation-{id}.{format}\"");
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
