//! From cookies to people.
//!
//! In: a request's cookies. Out: the staff member signed in, the guest's token, the network address. Never: a role; that
//! is read from the store each time it matters.

use crate::{
    desk::{Desk, Token},
    error::Error,
    router::App,
    store::SharedStore,
};
use app::domain::{Millis, Staff, StaffId};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use time::OffsetDateTime;
use tower_sessions::{
    Session, SessionStore,
    session::{Id, Record},
    session_store,
};

/// The cookie of a guest's browser.
pub const GUEST_COOKIE: &str = "bellhop_guest";

/// The cookie of a login.
pub const STAFF_COOKIE: &str = "bellhop_staff";

const STAFF: &str = "staff";
const LAST_DAY: &str = "day";

/// Whoever makes a request.
#[derive(Debug)]
pub struct Caller {
    pub address: IpAddr,
    pub token: Option<Token>,
    pub session: Session,
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
        }
        let session = self.session.id().map(|id| id.to_string()).unwrap_or_default();
        Ok(Some(SignedIn { staff, session }))
    }

    /// Signs a person in under a new session id, so that an id planted before is worth nothing. Returns the old id.
    pub async fn sign_in(&self, staff: StaffId) -> Result<Option<String>, Error> {
        let _ = self.session.get::<StaffId>(STAFF).await?;
        let before = self.session.id().map(|id| id.to_string());
        self.session.cycle_id().await?;
        self.session.insert(STAFF, staff).await?;
        Ok(before)
    }

    /// Ends the session; its id is returned so that its sockets can be closed.
    pub async fn sign_out(&self) -> Result<Option<String>, Error> {
        // Reading loads the session, without which there is no id to close.
        let _ = self.session.get::<StaffId>(STAFF).await?;
        let id = self.session.id().map(|id| id.to_string());
        self.session.flush().await?;
        Ok(id)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, why)| Error::bad_request(why))?;
        let token = cookie(&parts.headers, GUEST_COOKIE).and_then(Token::parse);
        Ok(Caller { address: address(parts, app.desk.settings.trust_proxy), token, session })
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn address(parts: &Parts, trust_proxy: bool) -> IpAddr {
    let forwarded = || {
        // The last hop is the one our own proxy added; what stands before it is what a client claims.
        let value = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse().ok()
    };
    let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    match trust_proxy.then(forwarded).flatten().or(connected) {
        // Whoever has one IPv6 address has a network of 2^64; limits count the network.
        Some(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
        Some(address) => address.to_canonical(),
        None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    }
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
        let Some((data, expires_at)) = self.0.session(&id.to_string(), now).await.map_err(backend)? else { return Ok(None) };
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
    let data = serde_json::to_string(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))?;
    Ok((data, Millis((record.expiry_date.unix_timestamp_nanos() / 1_000_000) as i64)))
}

fn backend(e: crate::store::StoreError) -> session_store::Error {
    session_store::Error::Backend(e.to_string())
}
