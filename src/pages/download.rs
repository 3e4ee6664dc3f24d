//! Files that people keep: headers that name them, so that they are found again in a folder of downloads.

use axum::http::{HeaderName, header};

/// How a file is to be called: RFC 6266, which has what every client reads, and the name in any script.
pub fn disposition(way: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ' ') { c } else { '_' })
        .collect();
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{}", domain::percent(name))
}

/// Headers of a file to be kept, whose name is made of words that people know it by:
/// `Hotel-Seehof-Castellano-2026-11-26.pdf`.
pub fn download<W: AsRef<str>>(content_type: &str, words: &[W], ending: &str) -> [(HeaderName, String); 3] {
    let name = |fits: fn(char) -> bool| {
        let parts = words
            .iter()
            .flat_map(|text| text.as_ref().split(move |c| !fits(c)))
            .filter(|part| !part.is_empty());
        let name = parts.collect::<Vec<_>>().join("-");
        name.chars().take(100).collect::<String>()
    };
    let plain = name(|c| c.is_ascii_alphanumeric());
    let plain = if plain.is_empty() { "file".to_owned() } else { plain };
    // RFC 6266: what every client reads, and the name in any script for those that read that.
    let whole = domain::percent(&name(char::is_alphanumeric));
    let disposition = format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{whole}.{ending}");
    [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_what_people_call_it() {
        let name = |words: &[&str]| download("text/plain", words, "pdf")[1].1.clone();
        assert_eq!(
            name(&["Hotel Seehof", "Castellano", "2026-11-26"]),
            "attachment; filename=\"Hotel-Seehof-Castellano-2026-11-26.pdf\"; \
             filename*=UTF-8''Hotel-Seehof-Castellano-2026-11-26.pdf"
        );
        assert!(
            name(&["Casa", "Zoë \"x\"; y"])
                .starts_with("attachment; filename=\"Casa-Zo-x-y.pdf\"; filename*=UTF-8''Casa-Zo%C3%AB-x-y")
        );
        assert!(name(&["田中"]).contains("filename=\"file.pdf\"") && name(&["田中"]).contains("%E7%94%B0"));
        assert!(!name(&["../a\r\nb"]).contains(['/', '\r', '\n']) || name(&["../a\r\nb"]).contains("a-b"));
    }
}
