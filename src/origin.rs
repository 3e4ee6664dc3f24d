//! Which pages may speak to Bellhop. Browsers name the page's origin on every socket and form post; a request
//! that names none comes from no browser page and carries no cookie a stranger's page could have used.

use crate::error::Error;
use axum::http::{HeaderMap, header};

#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// The public address itself, and those listed in the settings.
    pub fn new(public_url: &str, listed: &[String]) -> Self {
        let all = listed.iter().map(String::as_str).chain([public_url]);
        Self(all.map(|origin| origin.trim().trim_end_matches('/').to_lowercase()).collect())
    }

    pub fn allow(&self, headers: &HeaderMap) -> Result<(), Error> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().map_err(|_| Error::Origin)?.to_lowercase();
        let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default().to_lowercase();
        let own = origin.split_once("://").is_some_and(|(_, page)| !host.is_empty() && page == host);
        if own || self.0.contains(&origin) { Ok(()) } else { Err(Error::Origin) }
    }
}

/// The origin of a request, as the browser names it.
pub fn named(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::ORIGIN)?.to_str().ok()?.to_lowercase())
}

/// The origin of a site's address as people write it: scheme, host and port, lower case; `None` if it has
/// none.
///
/// It goes into a header, so nothing passes that could end it: letters, digits, dots and hyphens (RFC 6454).
pub fn origin_of(address: &str) -> Option<String> {
    let address = address.trim().to_lowercase();
    let (scheme, rest) =
        address.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let place = rest.split(['/', '?', '#']).next()?;
    let (host, port) = place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
    let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0 && n.to_string() == port));
    if !named || !numbered {
        return None;
    }
    // A browser leaves the usual port out of the origin it names.
    let port = port.filter(|port| (scheme, *port) != ("https", "443") && (scheme, *port) != ("http", "80"));
    Some(port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: &'static str, host: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_sites_address_becomes_its_origin_or_nothing() {
        for (address, origin) in [
            ("https://WWW.Hotel.example/rooms?x=1", Some("https://www.hotel.example")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("https://hotel.example:443/", Some("https://hotel.example")),
            ("hotel.example", None),
            ("ftp://hotel.example", None),
            ("https://", None),
            ("https://a b", None),
            ("https://evil.example; script-src *", None),
            ("https://*.example", None),
            ("https://hotel.example:99999", None),
            ("https://user@hotel.example", None),
        ] {
            assert_eq!(origin_of(address).as_deref(), origin, "{address}");
        }
    }

    #[test]
    fn only_our_own_and_the_listed_origins_may_speak() {
        let origins = Origins::new("https://chat.example.com/", &["https://hotel.example.org".into()]);
        assert!(origins.allow(&headers("https://chat.example.com", "10.0.0.7:3000")).is_ok());
        assert!(origins.allow(&headers("http://127.0.0.1:3000", "127.0.0.1:3000")).is_ok());
        assert!(origins.allow(&headers("https://hotel.example.org", "chat.example.com")).is_ok());
        assert!(origins.allow(&headers("", "chat.example.com")).is_ok());
        for stranger in
            ["https://evil.example", "null", "https://chat.example.com.evil.example", "http://127.0.0.1:3001"]
        {
            assert!(origins.allow(&headers(stranger, "127.0.0.1:3000")).is_err(), "{stranger}");
        }
    }
}
