//! Which pages may speak to Bellhop. Browsers name the page's origin on every socket and form post; a request
//! that names none comes from no browser page and carries no cookie a stranger's page could have used.

use crate::error::Error;
use axum::http::{HeaderMap, header};

#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// The public address itself, and those listed in the settings.
    pub fn new(public_url: &str, listed: &[String]) -> Self {
        Self(listed.iter().cloned().chain([public_url.to_owned()]).collect())
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
    fn only_our_own_and_the_listed_origins_may_speak() {
        let origins = Origins::new("https://chat.example.com", &["https://hotel.example.org".into()]);
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
