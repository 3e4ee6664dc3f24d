//! What is sent besides words: pictures, voice messages, videos and documents.
//!
//! In: what the server found when it took a file in. Out: what a timeline says and shows of it. Never: the
//! bytes; those lie with the files, under an address that asks who wants them.

use super::{
    AttachmentId,
    text::{is_unseen, one_line},
};
use serde::{Deserialize, Serialize};

/// What a hotel takes besides words, from guests and from its staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLimits {
    /// Files per message; with 0, words only.
    pub count: usize,
    /// Of a picture, a voice message or a document. A video may have twice as many, within [`Self::MOST`].
    pub megabytes: usize,
}

impl FileLimits {
    /// What a hotel may set at most: memory and disk are counted for these.
    pub const MOST: FileLimits = FileLimits { count: 10, megabytes: 20 };

    pub const fn bytes(self) -> usize {
        self.megabytes * 1024 * 1024
    }

    /// Bytes of a video.
    pub const fn video_bytes(self) -> usize {
        let (twice, most) = (2 * self.bytes(), Self::MOST.bytes());
        if twice < most { twice } else { most }
    }
}

impl Default for FileLimits {
    fn default() -> Self {
        FileLimits { count: 5, megabytes: 10 }
    }
}

/// The most characters of a file's name, and of the words that describe a picture.
pub const FILE_NAME: usize = 120;

/// A file beside somebody's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    pub kind: AttachmentKind,
    /// As its sender called it; empty for what has no name, such as a voice message.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub name: String,
    pub bytes: i64,
    /// Pixels, of pictures and videos.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub width: i64,
    #[serde(skip_serializing_if = "is_zero", default)]
    pub height: i64,
    /// How long a voice message or a video lasts.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub seconds: i64,
    /// What a picture shows, for whoever cannot see it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub alt: String,
    /// How loud a voice message is from beginning to end, a digit from 0 to 9 for each part.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub wave: String,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// What a file is, judged by what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    Picture,
    Voice,
    Video,
    /// A PDF: never shown, only downloaded.
    Document,
}

impl AttachmentKind {
    pub const ALL: [AttachmentKind; 4] =
        [AttachmentKind::Picture, AttachmentKind::Voice, AttachmentKind::Video, AttachmentKind::Document];

    pub const fn as_str(self) -> &'static str {
        match self {
            AttachmentKind::Picture => "picture",
            AttachmentKind::Voice => "voice",
            AttachmentKind::Video => "video",
            AttachmentKind::Document => "document",
        }
    }
}

impl Attachment {
    /// `Photo`, `Voice message 0:23`, `Video 1:05`, `menu.pdf`.
    pub fn label(&self) -> String {
        match self.kind {
            AttachmentKind::Picture => "Photo".to_owned(),
            AttachmentKind::Voice => format!("Voice message {}", clock(self.seconds)),
            AttachmentKind::Video => format!("Video {}", clock(self.seconds)),
            AttachmentKind::Document => self.name.clone(),
        }
    }
}

/// `0:23`.
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A message in one line: its files and its words, `Photo · The tap drips`.
pub fn line_of(body: &str, files: &[Attachment]) -> String {
    let mut line = match files {
        [] => return body.to_owned(),
        [one] => one.label(),
        many if many.iter().all(|file| file.kind == AttachmentKind::Picture) => {
            format!("{} photos", many.len())
        }
        many => format!("{} files", many.len()),
    };
    if !body.is_empty() {
        line.push_str(" · ");
        line.push_str(body);
    }
    line
}

/// A name as it may be stored and shown: the last part of a path, without anything that could turn the line
/// around, hide its end or break it; its ending kept when it is cut.
pub fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Joiners go too: what a name's ending is must be there to see.
    let shown = |c: &char| !is_unseen(*c);
    let name: String = one_line(name).chars().filter(shown).collect();
    let count = name.chars().count();
    if count <= FILE_NAME {
        return name;
    }
    let ending: String = name.rsplit_once('.').map_or(String::new(), |(_, ending)| format!("….{ending}"));
    let ending = if ending.chars().count() > 12 { "…".to_owned() } else { ending };
    let kept = FILE_NAME - ending.chars().count();
    name.chars().take(kept).chain(ending.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn file(kind: AttachmentKind, name: &str, seconds: i64) -> Attachment {
        Attachment {
            id: AttachmentId(Uuid::nil()),
            kind,
            name: name.into(),
            bytes: 1,
            width: 0,
            height: 0,
            seconds,
            alt: String::new(),
            wave: String::new(),
        }
    }

    #[test]
    fn a_line_names_files_before_words() {
        use AttachmentKind::{Document, Picture, Video, Voice};
        let photo = file(Picture, "IMG_1.jpg", 0);
        assert_eq!(line_of("The tap drips", &[]), "The tap drips");
        assert_eq!(line_of("The tap drips", std::slice::from_ref(&photo)), "Photo · The tap drips");
        assert_eq!(line_of("", &[photo.clone(), photo.clone()]), "2 photos");
        assert_eq!(line_of("", &[file(Voice, "", 23)]), "Voice message 0:23");
        assert_eq!(line_of("", &[file(Video, "", 65)]), "Video 1:05");
        assert_eq!(line_of("", &[file(Document, "menu.pdf", 0)]), "menu.pdf");
        assert_eq!(line_of("Both", &[photo, file(Document, "menu.pdf", 0)]), "2 files · Both");
    }

    #[test]
    fn a_name_is_one_plain_line_and_keeps_its_ending() {
        assert_eq!(file_name("../../etc/pass\u{202e}fdp.exe"), "passfdp.exe");
        assert_eq!(file_name("C:\\Users\\a\\menu \r\n card.pdf"), "menu card.pdf");
        assert_eq!(file_name("\u{feff}\u{200b}"), "");
        let long = file_name(&format!("{}.pdf", "ä".repeat(300)));
        assert_eq!(long.chars().count(), FILE_NAME);
        assert!(long.ends_with("ä….pdf"), "{long}");
        assert_eq!(file_name(&"x.".repeat(200)).chars().count(), FILE_NAME);
    }
}
