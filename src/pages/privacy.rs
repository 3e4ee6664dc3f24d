//! One guest's data: what there is, as a file, and its end.

use super::{
    download::download,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{
    desk::{No, bundle::Record},
    error::Error,
    state::App,
    store::{Viewer, known_as},
};
use app::{
    admin::{GuestData, GuestDataPage},
    ui::Head,
};
use axum::{
    Form,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{ConversationId, Guest, GuestId, Hotel, Refusal};
use leptos::prelude::*;

/// A guest is named by one of their conversations with the hotel, or by the id it knows them by.
struct Named {
    hotel: Hotel,
    guest: GuestId,
    conversation: ConversationId,
}

async fn named(app: &App, reviewer: &Reviewer, slug: &str, conversation: &str) -> Result<Named, Error> {
    let hotel = reviewer.hotel(slug)?;
    let conversation: ConversationId = conversation.parse().map_err(|_| Refusal::NotFound)?;
    let guest = match app.desk.store.guest_of(hotel.id, conversation).await? {
        Some(guest) => guest,
        // Whose conversations are gone is named by the id the hotel knew them by: it stands in the trail.
        None => {
            let found = app.desk.store.guest_known_as(hotel.id, GuestId(conversation.0)).await?;
            found.ok_or(Refusal::NotFound)?
        }
    };
    Ok(Named { hotel, guest, conversation })
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, conversation)): Path<(String, String)>,
) -> Result<Response, Error> {
    let named = named(&app, &reviewer, &slug, &conversation).await?;
    page(&app, reviewer, named, None).await
}

pub async fn data(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, conversation)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (words, data) = everything(&app, &reviewer, &slug, &conversation).await?;
    Ok((download("application/json", &words, "json"), format!("{data:#}\n")).into_response())
}

/// The same, with the files in it.
pub async fn bundle(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, conversation)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (words, data) = everything(&app, &reviewer, &slug, &conversation).await?;
    let entries = data["conversations"].as_array().into_iter().flatten();
    let entries = entries.flat_map(|c| c["entries"].as_array().into_iter().flatten());
    let files = entries.flat_map(|entry| entry["files"].as_array().into_iter().flatten());
    let files = files.filter_map(|file| file["id"].as_str()?.parse().ok()).collect();
    let record = Record::Memory("data.json", format!("{data:#}\n").into_bytes(), files);
    let zip = app.desk.bundle(Viewer::Staff(reviewer.you.id), record)?;
    Ok((download("application/zip", &words, "zip"), Body::from_stream(zip)).into_response())
}

/// All of it, and the words its file is called by.
async fn everything(
    app: &App,
    reviewer: &Reviewer,
    slug: &str,
    conversation: &str,
) -> Result<([String; 4], serde_json::Value), Error> {
    let Named { hotel, guest, .. } = named(app, reviewer, slug, conversation).await?;
    let data = app.desk.guest_data(&hotel, guest, reviewer.you.id).await?;
    let known = app.desk.store.acquaintance(guest, hotel.id).await?.guest;
    let name = Guest { id: known_as(guest, hotel.id), ..known }.label();
    let day = app.desk.today(&hotel).to_string();
    Ok(([hotel.name, name, "data".to_owned(), day], data))
}

#[derive(Debug, serde::Deserialize)]
pub struct Sure {
    #[serde(default)]
    sure: String,
}

pub async fn erase(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, conversation)): Path<(String, String)>,
    Form(form): Form<Sure>,
) -> Result<Response, Error> {
    let named = named(&app, &reviewer, &slug, &conversation).await?;
    if form.sure != "yes" {
        let problem = Some("Tick the box to confirm. Nothing was deleted.".to_owned());
        return page(&app, reviewer, named, problem).await;
    }
    // Once begun it goes to its end, whether or not whoever asked waits for it.
    let (desk, hotel, guest, by) = (app.desk.clone(), named.hotel.clone(), named.guest, reviewer.you.id);
    let erasing = tokio::spawn(async move { desk.erase_guest(&hotel, guest, by).await });
    match erasing.await.map_err(|e| Error::File(e.to_string()))? {
        Ok(_) => {
            Ok(Redirect::to(&format!("/admin/audit?hotel={slug}&what=guest_erased&erased=1")).into_response())
        }
        Err(No::Refused(refusal @ Refusal::Invalid { .. })) => {
            page(&app, reviewer, named, Some(refusal.in_words())).await
        }
        Err(e) => Err(e.into()),
    }
}

async fn page(
    app: &App,
    reviewer: Reviewer,
    Named { hotel, guest, conversation }: Named,
    problem: Option<String>,
) -> Result<Response, Error> {
    let held = app.desk.holdings(hotel.id, guest).await?;
    let stays = [
        "Anything the guest told other hotels stays with them, along with the guest’s browser and \
            confirmed address.",
        "Audit entries are kept. They name the guest by ID only.",
        "Older backups still contain this data until they are deleted. Exports on this server are deleted \
            immediately.",
    ];
    let stays = stays.map(str::to_owned).to_vec();
    let lines = vec![
        ("Conversations", held.conversations.to_string()),
        ("Open", held.open.to_string()),
        ("Entries", held.entries.to_string()),
        ("Notes", held.notes.to_string()),
        ("Stays", held.stays.to_string()),
    ];
    let known = known_as(guest, hotel.id);
    let name = Guest { id: known, name: held.name, language: String::new() }.label();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("{name} · {}", hotel.name)).style(ADMIN);
    let page = GuestDataPage {
        you: reviewer.you,
        hotel,
        conversation,
        name,
        open: held.open,
        held: lines,
        stays,
        problem,
    };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <GuestData page=page.clone()/> }).await)
}
