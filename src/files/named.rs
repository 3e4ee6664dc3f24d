//! What a file that somebody sent is called where people keep it.

use domain::{Attachment, AttachmentKind};

/// Its own name, without what no folder takes; or the name of its kind.
pub fn file_name(file: &Attachment, mime: &str) -> String {
    let name: String = file.name.chars().map(|c| if r#"\/:*?"<>|"#.contains(c) { '_' } else { c }).collect();
    let name = name.trim_matches(['.', ' ']);
    if !name.is_empty() {
        return name.to_owned();
    }
    let kind = match file.kind {
        AttachmentKind::Picture => "photo",
        AttachmentKind::Voice => "voice-message",
        AttachmentKind::Video => "video",
        AttachmentKind::Document => "document",
    };
    let ending = mime.rsplit('/').next().unwrap_or_default();
    format!("{kind}.{}", if ending == "jpeg" { "jpg" } else { ending })
}
