//! One signed event, sent to an address of a hotel's own.
//!
//! In: an address somebody typed, and what to send. Out: whether it was taken, or why not, in words. Never: a
//! connection to this machine or its networks, unless the operator lists them (the address is checked after
//! its name is resolved, and it is that address which is connected to); a redirect that is followed; more of
//! an answer than fits into a line.

use crate::network::{Networks, is_public};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};
use url::{Host, Url};
use uuid::Uuid;

/// How long a receiver may take, from the resolution of its name to its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read. What is shown of it is less.
const ANSWER: usize = 4 * 1024;

/// Characters of an answer that are kept.
const SHOWN: usize = 200;

/// The longest address.
pub const URL: usize = 500;

pub struct Webhooks {
    /// Private networks that may be reached.
    networks: Networks,
    tls: OnceLock<Option<TlsConnector>>,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").field("networks", &self.networks).finish_non_exhaustive()
    }
}

/// What is sent, and the secret that signs it.
#[derive(Debug)]
pub struct Signed<'a> {
    pub id: Uuid,
    pub event: &'a str,
    pub body: &'a str,
    pub secret: &'a [u8],
    /// Seconds since 1970.
    pub at: i64,
}

/// Why it was not taken, in words for whoever reads the list.
pub type NotTaken = String;

impl Webhooks {
    pub fn new(networks: Networks) -> Self {
        Webhooks { networks, tls: OnceLock::new() }
    }

    /// Sends; with the receiver's answer, if it has taken it (any 2xx).
    pub async fn send(&self, url: &str, signed: Signed<'_>) -> Result<String, NotTaken> {
        match timeout(PATIENCE, self.send_in_time(url, signed)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("No answer within {} seconds", PATIENCE.as_secs())),
        }
    }

    async fn send_in_time(&self, url: &str, signed: Signed<'_>) -> Result<String, NotTaken> {
        let url = parse(url)?;
        let host = url.host().ok_or("The address names no host")?.to_owned();
        let port = url.port_or_known_default().ok_or("The address names no port")?;
        let (at, is_listed) = self.resolve(&host, port).await?;
        let is_plain = url.scheme() == "http";
        if is_plain && !is_listed {
            return Err("Not sent: only https leaves the hotel’s own network".into());
        }
        let tcp = TcpStream::connect(at).await.map_err(|e| format!("Not reached: {e}"))?;
        let request = request(&url, signed)?;
        if is_plain {
            return ask(tcp, request).await;
        }
        let name = match &host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|e| e.to_string())?,
            Host::Ipv4(ip) => ServerName::from(IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(IpAddr::from(*ip)),
        };
        let tls = self.tls().ok_or("Not sent: this machine has no root certificates")?;
        ask(tls.connect(name, tcp).await.map_err(|e| format!("No secure connection: {e}"))?, request).await
    }

    /// An address that may be connected to, and whether it is in a listed network.
    async fn resolve(&self, host: &Host<String>, port: u16) -> Result<(SocketAddr, bool), NotTaken> {
        let found: Vec<SocketAddr> = match host {
            Host::Ipv4(ip) => vec![(*ip, port).into()],
            Host::Ipv6(ip) => vec![(*ip, port).into()],
            Host::Domain(name) => match tokio::net::lookup_host((name.as_str(), port)).await {
                Ok(found) => found.collect(),
                Err(_) => return Err(format!("Nobody knows the name {name}")),
            },
        };
        let allowed = found.iter().find_map(|at| {
            let is_listed = self.networks.contain(at.ip());
            (is_listed || is_public(at.ip())).then_some((*at, is_listed))
        });
        allowed.ok_or_else(|| match found.first() {
            Some(at) => format!("Not sent: {} is not an address of the public internet", at.ip()),
            None => format!("The name {host} has no address"),
        })
    }

    fn tls(&self) -> Option<&TlsConnector> {
        let tls = self.tls.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                tracing::error!(errors = ?found.errors, "no root certificates; webhooks reach nobody");
                return None;
            }
            let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            Some(TlsConnector::from(Arc::new(config)))
        });
        tls.as_ref()
    }
}

/// An address for a webhook, or what is wrong with it.
pub fn parse(text: &str) -> Result<Url, NotTaken> {
    let url = Url::parse(text.trim()).map_err(|_| "It looks like https://hotel.example/bellhop")?;
    match url.scheme() {
        _ if text.len() > URL => Err(format!("At most {URL} characters")),
        "https" | "http" if url.host().is_none() => Err("It names no host".into()),
        "https" | "http" if !url.username().is_empty() || url.password().is_some() => {
            Err("Leave out user and password; what is sent is signed".into())
        }
        "https" | "http" => Ok(url),
        _ => Err("It begins with https://".into()),
    }
}

/// The request, as Standard Webhooks has it: the signature covers id, time and body.
fn request(url: &Url, signed: Signed<'_>) -> Result<Request<Full<Bytes>>, NotTaken> {
    let Signed { id, event, body, secret, at } = signed;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    Request::post(path)
        .header(header::HOST, host)
        .header(header::USER_AGENT, concat!("Bellhop/", env!("CARGO_PKG_VERSION")))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .header("webhook-id", id.to_string())
        .header("webhook-timestamp", at)
        .header("webhook-signature", format!("v1,{}", signature(id, at, body, secret)))
        .header("bellhop-event", event)
        .body(Full::from(body.to_owned()))
        .map_err(|e| e.to_string())
}

fn signature(id: Uuid, at: i64, body: &str, secret: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A webhook's secret as its receiver is given it.
pub fn in_words(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

async fn ask<S>(stream: S, request: Request<Full<Bytes>>) -> Result<String, NotTaken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |e: hyper::Error| format!("The connection broke: {e}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(failed)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        Ok::<_, NotTaken>((status, body.map(|body| body.to_bytes()).unwrap_or_default()))
    };
    let mut answer = std::pin::pin!(answer);
    let (status, body) = tokio::select! {
        answered = &mut answer => answered?,
        // The connection may end before its answer was picked up; an end without one is the answer's failure.
        _ = connection => answer.await?,
    };
    let said = String::from_utf8_lossy(&body);
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
    let text = format!("{status} {said}").trim_end().to_owned();
    match status.as_u16() {
        200..300 => Ok(text),
        300..400 => Err(format!("{status}: redirects are not followed")),
        _ => Err(text),
    }
}
