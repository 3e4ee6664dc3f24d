//! The guest behind a request: known by their cookie, or new.

use crate::{
    desk::{Newcomer, Token},
    error::Error,
    session::{Caller, GUEST_COOKIE, REMEMBER},
    state::App,
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use domain::{GuestId, Hotel};

pub struct Visitor {
    pub guest: GuestId,
    token: Token,
    /// The browser is to be given the cookie: it has none, another guest's, or an old one.
    set: bool,
    /// No cookie came with the request: the browser may be one that returns none.
    pub cookieless: bool,
}

impl Visitor {
    /// The guest of this browser; a new one if it has none.
    pub async fn of(app: &App, caller: &Caller, why: &Newcomer) -> Result<Self, Error> {
        match (app.desk.guest_of(caller.token.as_ref()).await?, &caller.token) {
            (Some(guest), Some(token)) => {
                let set = app.desk.is_due(token).await?;
                Ok(Visitor { guest, token: token.clone(), set, cookieless: false })
            }
            _ => Visitor::new(app, caller, why).await,
        }
    }

    /// A new guest, whoever this browser was before.
    pub async fn new(app: &App, caller: &Caller, why: &Newcomer) -> Result<Self, Error> {
        let (guest, token) = app.desk.new_guest(caller.address, why).await?;
        Ok(Visitor { guest, token, set: true, cookieless: caller.token.is_none() })
    }

    /// Tells a hotel that the guest is here, and the browser's language, unless it knows one already.
    pub async fn introduce(&self, app: &App, hotel: &Hotel, headers: &HeaderMap) -> Result<(), Error> {
        if let Some(language) = first_language(headers)
            && app.desk.store.acquaintance(self.guest, hotel.id).await?.guest.language.is_empty()
        {
            app.desk.introduce(self.guest, hotel.id, None, Some(&language)).await?;
        }
        app.desk.store.note_seen(self.guest, hotel.id, app.desk.clock.now()).await?;
        Ok(())
    }

    /// Sets the cookie by which the browser will be known, if it needs to be set.
    pub fn remember(&self, app: &App, response: Response) -> Result<Response, Error> {
        if self.set { remember(app, &self.token, response) } else { Ok(response) }
    }
}

/// Sets the cookie with this token.
pub fn remember(app: &App, token: &Token, mut response: Response) -> Result<Response, Error> {
    response.headers_mut().append(header::SET_COOKIE, cookie(token, app.secure)?);
    Ok(response)
}

/// Over https the cookie must also travel in a frame on a hotel's own site, kept apart per site.
fn cookie(token: &Token, secure: bool) -> Result<HeaderValue, Error> {
    let reach = if secure { "SameSite=None; Secure; Partitioned" } else { "SameSite=Lax" };
    let text = format!("{GUEST_COOKIE}={}; Path=/; Max-Age={REMEMBER}; HttpOnly; {reach}", token.as_str());
    HeaderValue::from_str(&text).map_err(|e| Error::bad_request(e.to_string()))
}

/// The language a browser asks for first.
fn first_language(headers: &HeaderMap) -> Option<String> {
    let all = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = all.split([',', ';']).next()?.trim();
    let plain = !first.is_empty()
        && first.len() <= 35
        && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plain.then(|| first.to_owned())
}
