//! From cookies to people.
//!
//! In: a request's cookies. Out: the staff member signed in, the guest's token, the network address. Never: a
//! role; that is read from the store each time it matters. And never a cookie but in the answer to signing in
//! and to signing out: an answer that was under way with an older one would put that in the place of a newer,
//! or take the newer one away.

use crate::{
    desk::{Desk, Token},
    error::Error,
    forwarded::{self, NOBODY},
    state::App,
    store::SharedStore,
};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use domain::{Millis, Staff, StaffId};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionStore,
    session::{Id, Record},
    session_store,
};

/// The cookie of a guest's browser.
pub const GUEST_COOKIE: &str = "bellhop_guest";

/// The cookie of a login.
pub const STAFF_COOKIE: &str = "bellhop_staff";

/// A browser keeps a cookie this long, in seconds (400 days, the most browsers allow). How long the login
/// behind one lasts is the session's to say, so the cookie need not be set again each time it is used.
pub const REMEMBER: u32 = 400 * 24 * 60 * 60;

const STAFF: &str = "staff";
const LAST_DAY: &str = "day";

/// Whoever makes a request.
#[derive(Debug)]
pub struct Caller {
    pub address: IpAddr,
    pub token: Option<Token>,
    session: Session,
    /// Served over https: the cookie is Secure.
    secure: bool,
}

/// A staff member and the session they are signed in by.
#[derive(Debug)]
pub struct SignedIn {
    pub staff: Staff,
    pub session: String,
}

impl Caller {
    /// The person signed in, if their login still works.
    pub async fn staff(&self, desk: &Desk) -> Result<Option<SignedIn>, Error> {
        let Some(id) = self.session.get::<StaffId>(STAFF).await? else { return Ok(None) };
        let Some(staff) = desk.store.staff(id).await? else { return Ok(None) };
        let today = desk.clock.now().0 / Millis::DAY;
        if self.session.get::<i64>(LAST_DAY).await? != Some(today) {
            // Saving moves the session's expiry on; once a day is often enough.
            self.session.insert(LAST_DAY, today).await?;
            self.session.save().await?;
        }
        let session = self.session.id().map(|id| id.to_string()).unwrap_or_default();
        Ok(Some(SignedIn { staff, session }))
    }

    /// Signs a person in under a new session id, so that an id planted before is worth nothing. Returns the
    /// old id; the answer is to [`Caller::remember`] the new one.
    pub async fn sign_in(&self, staff: StaffId) -> Result<Option<String>, Error> {
        let _ = self.session.get::<StaffId>(STAFF).await?;
        let before = self.session.id().map(|id| id.to_string());
        self.session.cycle_id().await?;
        self.session.insert(STAFF, staff).await?;
        self.session.save().await?;
        Ok(before)
    }

    /// Ends the session; its id is returned so that its sockets can be closed. The answer is to
    /// [`Caller::remember`] that there is none.
    pub async fn sign_out(&self) -> Result<Option<String>, Error> {
        // Reading loads the session, without which there is no id to close.
        let _ = self.session.get::<StaffId>(STAFF).await?;
        let id = self.session.id().map(|id| id.to_string());
        if id.is_some() {
            self.session.flush().await?;
        }
        Ok(id)
    }

    /// The cookie as the session stands now, in the answer to whoever has just signed in or out.
    pub fn remember(&self, mut answer: Response) -> Result<Response, Error> {
        let secure = if self.secure { "; Secure" } else { "" };
        let (value, lasts) = self.session.id().map_or((String::new(), 0), |id| (id.to_string(), REMEMBER));
        let text = format!("{STAFF_COOKIE}={value}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}");
        let cookie = HeaderValue::from_str(&text).map_err(|e| Error::bad_request(e.to_string()))?;
        answer.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(answer)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let id = cookie(&parts.headers, STAFF_COOKIE).and_then(|text| text.parse().ok());
        let lasts = Expiry::OnInactivity(time::Duration::days(app.desk.settings.session_days));
        Ok(Caller {
            address: address(parts, app),
            token: cookie(&parts.headers, GUEST_COOKIE).and_then(Token::parse),
            session: Session::new(id, Arc::new(Stored(app.desk.store.clone())), Some(lasts)),
            secure: app.secure,
        })
    }
}

/// A caller who is signed in.
#[derive(Debug)]
pub struct Known {
    pub caller: Caller,
    pub you: SignedIn,
}

impl FromRequestParts<App> for Known {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let you = caller.staff(&app.desk).await?.ok_or(Error::SignIn)?;
        Ok(Known { caller, you })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Known::from_request_parts(parts, app).await?.you)
    }
}

/// A cookie's value.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Where a request comes from. What the proxies in front wrote and nobody can read is told in the log, once a
/// minute: until it is mended all their clients are counted as one.
fn address(parts: &Parts, app: &App) -> IpAddr {
    static TOLD: AtomicI64 = AtomicI64::new(i64::MIN);
    let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(NOBODY, |c| c.0.ip());
    let (address, unread) = forwarded::address(connected, &parts.headers, app.desk.settings.trust_proxy);
    if let Some(unread) = unread {
        let now = app.desk.clock.now().0;
        let told = TOLD.fetch_update(Relaxed, Relaxed, |at| (at < now - 60_000).then_some(now)).is_ok();
        if told {
            tracing::warn!(
                "X-Forwarded-For is not understood, so all clients of {connected} count as one: {unread}"
            );
        }
    }
    address
}

/// Sessions in Bellhop's own store.
#[derive(Clone, Debug)]
pub struct Stored(pub SharedStore);

#[async_trait::async_trait]
impl SessionStore for Stored {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // Ids are 128 random bits: a second holder of the same one will not be met.
        let (data, expires_at) = written(record)?;
        self.0.add_session(record.id.to_string(), data, expires_at).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (data, expires_at) = written(record)?;
        self.0.save_session(record.id.to_string(), data, expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = Millis((OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64);
        let Some((data, expires_at)) = self.0.session(&id.to_string(), now).await.map_err(backend)? else {
            return Ok(None);
        };
        let data = serde_json::from_str(&data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires_at.0) * 1_000_000)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.delete_session(id.to_string()).await.map_err(backend)
    }
}

fn written(record: &Record) -> session_store::Result<(String, Millis)> {
    let data =
        serde_json::to_string(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))?;
    Ok((data, Millis((record.expiry_date.unix_timestamp_nanos() / 1_000_000) as i64)))
}

fn backend(e: crate::store::StoreError) -> session_store::Error {
    session_store::Error::Backend(e.to_string())
}
