//! A hotel's webhooks, and what was delivered. Server-rendered, no WASM.

use super::{
    moment::moment,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{
    desk::No,
    error::Error,
    state::App,
    store::{Delivery, DeliveryState, Webhook},
};
use app::{
    admin::{DeliveryLine, WebhookLine, WebhookSettings, WebhooksPage},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{Hotel, Refusal, Staff, Topic, Topics};
use leptos::prelude::*;
use uuid::Uuid;

/// Deliveries on one page.
const PAGE: i64 = 50;

#[derive(Debug, Default, serde::Deserialize)]
pub struct From {
    /// Deliveries older than this one.
    before: Option<i64>,
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    page(&app, reviewer.you, hotel, Said { before: from.before, ..Said::default() }).await
}

/// An address, and the topics ticked: each a field of its own.
type Fields = Vec<(String, String)>;

pub async fn add(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let (url, topics) = given(&fields);
    let said = match app.desk.new_webhook(hotel.id, &url, topics, reviewer.you.id).await {
        Ok(secret) => Said { made: Some(secret), ..Said::default() },
        Err(No::Refused(refusal)) => {
            Said { problem: Some(refusal.in_words()), typed: Some((None, url, topics)), ..Said::default() }
        }
        Err(e) => return Err(e.into()),
    };
    page(&app, reviewer.you, hotel, said).await
}

pub async fn set(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, webhook)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let (hotel, id) = (reviewer.hotel(&slug)?, named(&webhook)?);
    let (url, topics) = given(&fields);
    match app.desk.set_webhook(hotel.id, id, &url, topics, reviewer.you.id).await {
        Ok(()) => Ok(back(&slug)),
        Err(No::Refused(refusal @ Refusal::Invalid { .. })) => {
            let typed = Some((Some(id), url, topics));
            let said = Said { problem: Some(refusal.in_words()), typed, ..Said::default() };
            page(&app, reviewer.you, hotel, said).await
        }
        Err(e) => Err(e.into()),
    }
}

#[derive(Debug, serde::Deserialize)]
pub struct Switch {
    on: bool,
}

pub async fn switch(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, webhook)): Path<(String, String)>,
    Form(switch): Form<Switch>,
) -> Result<Response, Error> {
    let (hotel, id) = (reviewer.hotel(&slug)?, named(&webhook)?);
    app.desk.store.switch_webhook(hotel.id, id, switch.on, reviewer.you.id, app.desk.clock.now()).await?;
    Ok(back(&slug))
}

pub async fn remove(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, webhook)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (hotel, id) = (reviewer.hotel(&slug)?, named(&webhook)?);
    app.desk.store.remove_webhook(hotel.id, id, reviewer.you.id, app.desk.clock.now()).await?;
    Ok(back(&slug))
}

pub async fn test(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, webhook)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (hotel, id) = (reviewer.hotel(&slug)?, named(&webhook)?);
    app.desk.test_webhook(&hotel, id).await?;
    Ok(back(&slug))
}

pub async fn replay(
    State(app): State<App>,
    reviewer: Reviewer,
    Path((slug, number)): Path<(String, String)>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let number = number.parse().map_err(|_| Refusal::NotFound)?;
    if !app.desk.store.replay(hotel.id, number, reviewer.you.id, app.desk.clock.now()).await? {
        return Err(Refusal::NotFound.into());
    }
    app.desk.outbox.ring();
    Ok(back(&slug))
}

fn named(webhook: &str) -> Result<Uuid, Refusal> {
    webhook.parse().map_err(|_| Refusal::NotFound)
}

fn back(slug: &str) -> Response {
    Redirect::to(&format!("/admin/hotels/{slug}/webhooks")).into_response()
}

fn given(fields: &Fields) -> (String, Topics) {
    let url = fields.iter().find(|(name, _)| name == "url").map(|(_, url)| url.trim().to_owned());
    let topics = fields.iter().filter_map(|(name, _)| Topic::parse(name)).collect();
    (url.unwrap_or_default(), topics)
}

/// What the page says beside the settings.
#[derive(Default)]
struct Said {
    /// The secret of a webhook that was made just now.
    made: Option<String>,
    problem: Option<String>,
    /// What was typed and refused: of which webhook, or of a new one.
    typed: Option<(Option<Uuid>, String, Topics)>,
    before: Option<i64>,
}

async fn page(app: &App, you: Staff, hotel: Hotel, said: Said) -> Result<Response, Error> {
    let zone = hotel.time_zone.clone();
    let typed_of = |id: Option<Uuid>| match &said.typed {
        Some((of, url, topics)) if *of == id => Some((url.clone(), *topics)),
        _ => None,
    };
    let webhook = |w: Webhook| {
        let state = match (w.off_at, w.failing_since) {
            (Some(at), Some(_)) => {
                format!("Switched off {} after failing for too long", moment(at, &zone))
            }
            (Some(at), None) => format!("Switched off {}", moment(at, &zone)),
            (None, Some(since)) => format!("No success since {}", moment(since, &zone)),
            (None, None) => format!("On since {}", moment(w.made_at, &zone)),
        };
        let is_typed = typed_of(Some(w.id));
        WebhookLine {
            id: w.id.to_string(),
            fails: w.failing_since.is_some(),
            is_on: w.off_at.is_none(),
            state,
            is_refused: is_typed.is_some(),
            typed: is_typed.unwrap_or((w.url.clone(), w.topics)),
            url: w.url,
            topics: w.topics,
        }
    };
    let webhooks = app.desk.store.webhooks(hotel.id).await?.into_iter().map(webhook).collect();
    let mut deliveries = app.desk.store.deliveries(hotel.id, said.before, PAGE + 1).await?;
    let older = (deliveries.len() as i64 > PAGE).then(|| deliveries[PAGE as usize - 1].number);
    deliveries.truncate(PAGE as usize);
    let data = WebhooksPage {
        you,
        webhooks,
        new: typed_of(None),
        made: said.made,
        problem: said.problem,
        deliveries: deliveries.into_iter().map(|d| line(d, &zone)).collect(),
        older,
        is_older: said.before.is_some(),
        hotel,
    };
    let status = if data.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Webhooks · {}", data.hotel.name)).style(ADMIN);
    let view = move || view! { <WebhookSettings page=data.clone()/> };
    Ok(render(app, status, Framed::Nowhere, head, view).await)
}

fn line(d: Delivery, zone: &str) -> DeliveryLine {
    let tried = |n: i64| if n == 1 { "1 try".to_owned() } else { format!("{n} tries") };
    let state = match (d.state, d.due) {
        (DeliveryState::Waiting, Some(_)) if d.tries == 0 => "Waiting".to_owned(),
        (DeliveryState::Waiting, Some(at)) => format!("Next try {}", moment(at, zone)),
        (DeliveryState::Waiting, None) | (DeliveryState::Queued, _) => {
            "Queued behind an earlier delivery".to_owned()
        }
        (DeliveryState::Sending, _) => "Sending".to_owned(),
        (DeliveryState::Sent, _) => "Delivered".to_owned(),
        (DeliveryState::Failed, _) => format!("Not delivered, {}", tried(d.tries)),
    };
    DeliveryLine {
        number: d.number,
        at: moment(d.since, zone),
        event: d.event.replace('_', " "),
        to: d.url.unwrap_or_else(|| "E-mail".to_owned()),
        state,
        failed: d.state == DeliveryState::Failed,
        ended: matches!(d.state, DeliveryState::Sent | DeliveryState::Failed),
        answer: match d.answered_at {
            Some(at) => format!("{} · {}", d.answer, moment(at, zone)),
            None => d.answer,
        },
    }
}
