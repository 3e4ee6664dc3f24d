//! Files beside words, as every timeline shows them.
//!
//! In: what the server says of them. Out: HTML as text, for it is the same on the server and in the browser
//! and weighs a third of what building it would in the file every guest loads. Never: a word of somebody's
//! that is not escaped.

use domain::{Attachment, AttachmentKind};

/// The room a picture or a video has in a timeline, in CSS pixels.
const WIDTH: i64 = 280;
const HEIGHT: i64 = 320;

/// Text as it may stand in HTML, between quotes too.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// `820 KB`, `1.4 MB`.
pub fn size_in_words(bytes: i64) -> String {
    let tenths = bytes * 10 / 1_048_576;
    match tenths {
        ..10 => format!("{} KB", (bytes / 1_024).max(1)),
        _ => format!("{}.{} MB", tenths / 10, tenths % 10),
    }
}

/// Width and height in which a picture is shown: its own room from the start, so that nothing jumps when it
/// comes.
fn shown(file: &Attachment) -> (i64, i64) {
    let (width, height) = (file.width.max(1), file.height.max(1));
    let fits = |width: i64, height: i64| (width.max(1), height.max(1));
    match (width <= WIDTH && height <= HEIGHT, width * HEIGHT > height * WIDTH) {
        (true, _) => (width, height),
        (false, true) => fits(WIDTH, height * WIDTH / width),
        (false, false) => fits(width * HEIGHT / height, HEIGHT),
    }
}

/// What stands under, or instead of, somebody's words.
pub fn files_in_html(files: &[Attachment]) -> String {
    let mut html = String::new();
    for file in files {
        let label = escaped(&file.label());
        let id = file.id;
        html.push_str(&match file.kind {
            AttachmentKind::Picture => {
                let (width, height) = shown(file);
                let alt = if file.alt.is_empty() { &label } else { &escaped(&file.alt) };
                format!(
                    "<a class=picture href=/files/{id} target=_blank><img src=/files/{id}/small \
                     width={width} height={height} alt=\"{alt}\" loading=lazy></a>"
                )
            }
            AttachmentKind::Voice => {
                let wave = wave(&file.wave);
                let length = label.trim_start_matches("Voice message ");
                format!(
                    "<div class=voice>{wave}<span class=length>{length}</span><audio controls preload=none \
                     src=/files/{id} aria-label=\"{label}\"></audio><button type=button \
                     class=\"button quiet speed\" aria-label=\"Speed\">1×</button></div>"
                )
            }
            AttachmentKind::Video => {
                let (width, height) = shown(file);
                format!(
                    "<video controls playsinline preload=metadata src=/files/{id} width={width} \
                     height={height} aria-label=\"{label}\"></video>"
                )
            }
            AttachmentKind::Document => {
                let size = size_in_words(file.bytes);
                format!(
                    "<a class=document href=/files/{id} download><b dir=auto>{label}</b> <span>PDF, \
                     {size}</span></a>"
                )
            }
        });
    }
    html
}

/// How loud a voice message is, as bars; nothing if that is not known.
fn wave(digits: &str) -> String {
    let mut path = String::new();
    for (at, digit) in digits.bytes().filter(u8::is_ascii_digit).enumerate() {
        let half = i64::from(digit - b'0') + 1;
        path.push_str(&format!("M{} {}v{}", at * 4 + 2, 11 - half, half * 2));
    }
    match path.is_empty() {
        true => path,
        false => {
            format!("<svg class=wave viewBox=\"0 0 256 22\" aria-hidden=true><path d=\"{path}\"/></svg>")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::AttachmentId;
    use uuid::Uuid;

    fn file(kind: AttachmentKind, name: &str, alt: &str, size: (i64, i64)) -> Attachment {
        Attachment {
            id: AttachmentId(Uuid::nil()),
            kind,
            name: name.into(),
            bytes: 1_500_000,
            width: size.0,
            height: size.1,
            seconds: 23,
            alt: alt.into(),
            wave: "059".into(),
        }
    }

    #[test]
    fn a_picture_has_its_room_before_it_is_there() {
        let size = |width, height| shown(&file(AttachmentKind::Picture, "", "", (width, height)));
        assert_eq!(size(4_000, 3_000), (280, 210));
        assert_eq!(size(3_000, 4_000), (240, 320));
        assert_eq!(size(20, 10), (20, 10));
        assert_eq!(size(9_000, 1), (280, 1));
        assert_eq!(size(1, 9_000), (1, 320));
    }

    #[test]
    fn nothing_of_anybodys_is_html() {
        let evil = "\"><script>alert(1)</script>&'";
        for kind in AttachmentKind::ALL {
            let html = files_in_html(&[file(kind, evil, evil, (10, 10))]);
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("\">alert"), "{html}");
        }
    }

    #[test]
    fn each_kind_says_what_it_is() {
        let html = |kind, alt| files_in_html(&[file(kind, "menu.pdf", alt, (100, 50))]);
        assert!(html(AttachmentKind::Picture, "The tap").contains("alt=\"The tap\""));
        assert!(html(AttachmentKind::Picture, "").contains("alt=\"Photo\""));
        assert!(html(AttachmentKind::Voice, "").contains("Voice message 0:23"));
        assert!(html(AttachmentKind::Voice, "").contains("M2 10v2M6 5v12M10 1v20"));
        assert!(html(AttachmentKind::Document, "").contains("PDF, 1.4 MB"));
        assert_eq!(size_in_words(2_000), "1 KB");
    }
}
