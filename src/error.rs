//! What goes wrong at the HTTP edge, and how a person is told.
//!
//! In: refusals and failures. Out: a status and a small page in plain words. A failure is logged here, once;
//! a refusal is not. Never: a different face for "not yours" and "does not exist" (rule H8).

use crate::{desk::No, store::StoreError};
use axum::{
    extract::ws::rejection::WebSocketUpgradeRejection,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::Refusal;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is known behind the request.
    #[error("unauthorized")]
    Unauthorized,
    /// A page for staff, asked for by nobody who is signed in.
    #[error("sign in first")]
    SignIn,
    /// The page that asks is not one of ours.
    #[error("origin not allowed")]
    Origin,
    #[error("bad request: {0}")]
    BadRequest(String),
    /// Not an upgrade to a socket, or not one that can be.
    #[error(transparent)]
    Upgrade(#[from] WebSocketUpgradeRejection),
    /// A page in words of its own.
    #[error("{title}")]
    Plain { status: StatusCode, title: &'static str, text: &'static str },
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be made or read.
    #[error("file: {0}")]
    File(String),
    #[error("session: {0}")]
    Session(#[from] tower_sessions::session::Error),
}

impl Error {
    pub fn bad_request(why: impl Into<String>) -> Self {
        Error::BadRequest(why.into())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::SignIn => StatusCode::SEE_OTHER,
            Error::Origin => StatusCode::FORBIDDEN,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Upgrade(why) => why.status(),
            Error::Plain { status, .. } => *status,
            Error::Refused(Refusal::NotFound) => StatusCode::NOT_FOUND,
            Error::Refused(Refusal::TooFast { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Error::Refused(Refusal::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Store(_) | Error::File(_) | Error::Session(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl From<No> for Error {
    fn from(no: No) -> Self {
        match no {
            No::Refused(refusal) => Error::Refused(refusal),
            No::Failed(e) => Error::Store(e),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if matches!(self, Error::SignIn) {
            return Redirect::to("/login").into_response();
        }
        let this = match self {
            Error::Upgrade(why) => return why.into_response(),
            other => other,
        };
        let status = this.status();
        let (title, text) = match &this {
            Error::Unauthorized | Error::SignIn => {
                ("Please sign in", "You’re not signed in, or your session has ended.".to_owned())
            }
            Error::Origin => {
                ("Not from here", "This page is not allowed to talk to this Bellhop.".to_owned())
            }
            Error::BadRequest(why) => ("Not understood", why.clone()),
            Error::Plain { title, text, .. } => (*title, (*text).to_owned()),
            Error::Refused(Refusal::NotFound) => {
                ("Page not found", "There is nothing at this address. The link may be incomplete.".to_owned())
            }
            Error::Refused(refusal) => ("Not now", refusal.in_words()),
            Error::Store(_) | Error::File(_) | Error::Session(_) | Error::Upgrade(_) => {
                tracing::error!(error = %this, "a request failed");
                (
                    "One moment, please",
                    "Bellhop could not do this just now. Nothing was lost; please try again.".to_owned(),
                )
            }
        };
        let page = app::ui::notice_page(title, &text);
        let csp = "default-src 'none'; style-src 'self'; img-src 'self'";
        (status, [(header::CONTENT_SECURITY_POLICY, csp), (header::CACHE_CONTROL, "no-store")], Html(page))
            .into_response()
    }
}
