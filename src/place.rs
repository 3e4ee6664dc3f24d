//! Where something is on the web, as people write it in settings and forms.
//!
//! In: text. Out: an origin or a host as browsers name them, or one line that says how it should look. Never:
//! anything that could end the header it is put into.

use std::str::FromStr;
use url::Url;

/// The origin of a site's address as people write it: scheme, host and port as a browser names them; `None`
/// if it has none.
///
/// It goes into a header, so nothing passes that could end it: letters, digits, dots, hyphens and
/// underscores, or an IPv6 address (RFC 6454).
pub fn origin_of(address: &str) -> Option<String> {
    web(address).map(|url| url.origin().ascii_serialization())
}

fn web(address: &str) -> Option<Url> {
    let url = Url::parse(address.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    let nobody = url.username().is_empty() && url.password().is_none();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    let numbered = url.port() != Some(0);
    let named = url.host_str().is_some_and(|host| !host.is_empty() && host.chars().all(plain));
    (web && nobody && named && numbered).then_some(url)
}

/// An origin among the settings. Behind it there is nothing: Bellhop answers at the root of a host.
///
/// # Errors
/// One line that says how it should look.
pub fn place(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not an address; it looks like https://chat.example.com");
    let url = web(text).ok_or_else(wrong)?;
    let origin = url.origin().ascii_serialization();
    if url.path() == "/" && url.query().is_none() && url.fragment().is_none() {
        return Ok(origin);
    }
    Err(format!("Bellhop needs a host of its own, such as {origin}, and cannot be served under a path"))
}

/// Several, separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(pub Vec<String>);

impl FromStr for Places {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let listed = text.split(',').filter(|part| !part.trim().is_empty());
        listed.map(place).collect::<Result<_, _>>().map(Places)
    }
}

/// The name of a host among the settings, with a port that is not the usual one.
///
/// # Errors
/// One line that says how it should look.
pub fn host(text: &str) -> Result<String, String> {
    let origin = place(&format!("https://{text}")).ok();
    let host = origin.as_deref().and_then(|origin| origin.strip_prefix("https://")).map(str::to_owned);
    host.ok_or_else(|| format!("{text:?} is not a host; it looks like whisper.example.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sites_address_becomes_its_origin_or_nothing() {
        for (address, origin) in [
            ("https://WWW.Hotel.example/rooms?x=1", Some("https://www.hotel.example")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("https://hotel.example:443/", Some("https://hotel.example")),
            ("http://[2001:DB8::7]:8080/x", Some("http://[2001:db8::7]:8080")),
            ("https://hôtel.example", Some("https://xn--htel-vqa.example")),
            ("HTTPS://hotel.example:0443", Some("https://hotel.example")),
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
    fn a_setting_is_an_origin_as_browsers_name_it_or_is_refused() {
        for (text, origin) in [
            ("https://chat.example.com", "https://chat.example.com"),
            ("https://Chat.Example.com:443/", "https://chat.example.com"),
            ("http://chat.example.com:80", "http://chat.example.com"),
            (" https://chat.example.com:8443 ", "https://chat.example.com:8443"),
        ] {
            assert_eq!(place(text).as_deref(), Ok(origin), "{text}");
        }
        for wrong in
            ["", "chat.example.com", "https://", "ftp://chat.example.com", "https://a:b@chat.example"]
        {
            assert!(place(wrong).unwrap_err().contains("is not an address"), "{wrong}");
        }
        for under in ["https://example.com/guest", "https://example.com/guest/", "https://example.com/?a"] {
            assert!(place(under).unwrap_err().contains("cannot be served under a path"), "{under}");
        }
        let two = Places(vec!["https://a.example".into(), "https://b.example:8443".into()]);
        assert_eq!("https://A.example/, https://b.example:8443,".parse(), Ok(two));
        assert_eq!("".parse(), Ok(Places::default()));
        assert!("https://a.example,b.example".parse::<Places>().is_err());
        assert_eq!(host("Whisper.example.com:443").as_deref(), Ok("whisper.example.com"));
        assert_eq!(host("localhost:3000").as_deref(), Ok("localhost:3000"));
        for wrong in ["", "https://whisper.example.com", "whisper.example.com/x", "a b"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }
}
