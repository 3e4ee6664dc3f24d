//! Signing in and out. Plain forms; no WASM.

use super::shell::{Framed, SITE, render};
use crate::{demo, error::Error, hub::Reason, session::Caller, state::App};
use app::{login::Login, ui::Head};
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::Refusal;
use leptos::prelude::*;

#[derive(Debug, serde::Deserialize)]
pub struct Credentials {
    email: String,
    password: String,
}

pub async fn form(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    if caller.staff(&app.desk).await?.is_some() {
        return Ok(Redirect::to("/desk").into_response());
    }
    Ok(page(&app, StatusCode::OK, String::new(), None).await)
}

pub async fn log_in(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<Credentials>,
) -> Result<Response, Error> {
    match app.desk.log_in(caller.address, &given.email, given.password).await.map_err(Error::from) {
        Ok(staff) => {
            // Whoever was signed in here before is not any more, in any of this browser's windows.
            if let Some(before) = caller.sign_in(staff.id).await? {
                app.desk.hub.close_session(&before, Reason::LoggedOut);
            }
            let given = app.desk.store.password(staff.id).await?.is_some_and(|(_, given)| given);
            caller.remember(Redirect::to(if given { "/account" } else { "/desk" }).into_response())
        }
        Err(Error::Refused(Refusal::TooFast { wait_ms })) => {
            let wait =
                format!("Too many attempts. Please wait {} seconds and try again.", wait_ms.div_ceil(1_000));
            Ok(page(&app, StatusCode::TOO_MANY_REQUESTS, given.email, Some(wait)).await)
        }
        Err(Error::Refused(Refusal::Unavailable)) => {
            let busy =
                "Too many people are signing in right now. Please try again in a few seconds.".to_owned();
            Ok(page(&app, StatusCode::SERVICE_UNAVAILABLE, given.email, Some(busy)).await)
        }
        Err(Error::Refused(_)) => {
            let wrong = "Wrong e-mail or password.".to_owned();
            Ok(page(&app, StatusCode::UNAUTHORIZED, given.email, Some(wrong)).await)
        }
        Err(e) => Err(e),
    }
}

pub async fn log_out(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    let who = caller.staff(&app.desk).await?;
    let ended = caller.sign_out().await?;
    if let Some(session) = &ended {
        app.desk.hub.close_session(session, Reason::LoggedOut);
    }
    if let Some(who) = who {
        app.desk.audit("logout", Some(who.staff.id), None, String::new()).await;
    }
    let answer = Redirect::to("/login").into_response();
    // A login that had ended already has no cookie to take: what the browser holds by now may be another's.
    if ended.is_some() { caller.remember(answer) } else { Ok(answer) }
}

async fn page(app: &App, status: StatusCode, email: String, wrong: Option<String>) -> Response {
    let head = Head::titled("Sign in · Bellhop").style(SITE);
    // Only where the demo was asked for, and is what there is.
    let demo = app.desk.settings.demo && demo::is_loaded(&app.desk.store).await.unwrap_or(false);
    let demo = demo.then_some(demo::PASSWORD);
    let view = move || view! { <Login email=email.clone() wrong=wrong.clone() demo=demo/> };
    render(app, status, Framed::Nowhere, head, view).await
}
