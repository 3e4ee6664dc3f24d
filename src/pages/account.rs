//! One's own password. A plain form; no WASM.

use super::shell::{Framed, SITE, render};
use crate::{
    desk::No,
    error::Error,
    hub::Reason,
    session::{Known, SignedIn},
    state::App,
};
use app::{
    account::{Account, AccountPage},
    ui::Head,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::Staff;
use leptos::prelude::*;

#[derive(Debug, serde::Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    you: SignedIn,
    Query(after): Query<After>,
) -> Result<Response, Error> {
    page(&app, you.staff, after.done.is_some(), None).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Passwords {
    old: String,
    new: String,
}

/// Changes it. Every session ends with the old one; this browser has a new one.
pub async fn change(
    State(app): State<App>,
    Known { caller, you }: Known,
    Form(given): Form<Passwords>,
) -> Result<Response, Error> {
    let SignedIn { staff, session } = you;
    match app.desk.change_password(caller.address, staff.id, given.old, given.new).await {
        Ok(()) => {
            caller.sign_in(staff.id).await?;
            app.desk.hub.close_session(&session, Reason::Changed);
            caller.remember(Redirect::to("/account?done").into_response())
        }
        Err(No::Refused(refusal)) => page(&app, staff, false, Some(refusal.in_words())).await,
        Err(e) => Err(e.into()),
    }
}

async fn page(app: &App, staff: Staff, done: bool, problem: Option<String>) -> Result<Response, Error> {
    let given = app.desk.store.password(staff.id).await?.is_some_and(|(_, given)| given);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = AccountPage { name: staff.name, given, done, problem };
    let head = Head::titled("Your password · Bellhop").style(SITE);
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <Account page=page.clone()/> }).await)
}
