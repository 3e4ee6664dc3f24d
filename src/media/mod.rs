//! What is in a file that somebody sends.
//!
//! In: its bytes. Out: what they are, as they may be kept and shown: a picture drawn anew, so that nothing
//! but what is seen is left of it; a recording whose container was walked from end to end and says nothing of
//! where and with what it was made; a PDF, which nobody but its reader opens. Or why not, in words for
//! whoever sent it. Never: belief in a name or a type that came along, and never more memory or time than the
//! limits below allow.

mod mp4;
mod ogg;
mod picture;
mod webm;

use domain::{AttachmentKind, FileLimits};

/// Seconds of a voice message; a recorder stops at 120 and may be a little late.
const VOICE_SECONDS: i64 = 125;

/// A file as it may be kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Media {
    pub kind: AttachmentKind,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
    /// Pixels; 0 of what has none.
    pub width: i64,
    pub height: i64,
    /// 0 if the container does not say.
    pub seconds: i64,
    /// A picture's small version, a JPEG.
    pub small: Option<Vec<u8>>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    Empty,
    Unknown,
    /// HEIC and AVIF, which the browser converts where it can.
    Unconverted,
    Broken,
    TooLarge,
    TooManyPixels,
    TooManyFrames,
    TooLong,
    /// It could not be looked at in time.
    TooSlow,
}

impl Unfit {
    /// Behind the file's name and a colon.
    pub const fn in_words(self) -> &'static str {
        match self {
            Unfit::Empty => "this file is empty",
            Unfit::Unknown => {
                "this kind of file cannot be sent. Send a photo, a voice message, a video or a PDF"
            }
            Unfit::Unconverted => "this browser cannot convert the photo. Send it as a JPEG",
            Unfit::Broken => "this file is damaged or incomplete",
            Unfit::TooLarge => "this file is too large",
            Unfit::TooManyPixels => "this picture is too large. Pictures may have 40 megapixels",
            Unfit::TooManyFrames => "this animation is too long. Send it as a video",
            Unfit::TooLong => "this recording is too long. Voice messages may last 2 minutes",
            Unfit::TooSlow => "this file could not be opened in time",
        }
    }
}

/// What a container says of a recording.
#[derive(Debug, Default, PartialEq, Eq)]
struct Recording {
    audio: bool,
    video: bool,
    width: i64,
    height: i64,
    seconds: i64,
}

/// Judges a file by what is in it, and makes of it what may be kept.
///
/// Takes up to some seconds of a thread and some 300 MB: not for an async thread, and not for many at once.
///
/// # Errors
/// Why it is not taken.
pub fn take_in(mut bytes: Vec<u8>) -> Result<Media, Unfit> {
    if bytes.is_empty() {
        return Err(Unfit::Empty);
    }
    if bytes.len() > FileLimits::MOST.bytes() {
        return Err(Unfit::TooLarge);
    }
    match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => picture::still(&bytes, image::ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
            picture::still(&bytes, image::ImageFormat::Png)
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            picture::still(&bytes, image::ImageFormat::WebP)
        }
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => picture::animation(&bytes),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if mp4::is_picture(brand) => Err(Unfit::Unconverted),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
            let found = mp4::walk(&mut bytes).ok_or(Unfit::Broken)?;
            recording(found, bytes, ["audio/mp4", "video/mp4"])
        }
        [0x1a, 0x45, 0xdf, 0xa3, ..] => {
            let found = webm::walk(&mut bytes).ok_or(Unfit::Broken)?;
            recording(found, bytes, ["audio/webm", "video/webm"])
        }
        [b'O', b'g', b'g', b'S', ..] => {
            let found = ogg::walk(&bytes).ok_or(Unfit::Broken)?;
            recording(found, bytes, ["audio/ogg", "video/ogg"])
        }
        [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..] => document(bytes),
        _ => Err(Unfit::Unknown),
    }
}

fn recording(found: Recording, bytes: Vec<u8>, [audio, video]: [&'static str; 2]) -> Result<Media, Unfit> {
    let Recording { width, height, seconds, .. } = found;
    let (kind, mime) = match (found.audio, found.video) {
        (_, true) => (AttachmentKind::Video, video),
        (true, false) => (AttachmentKind::Voice, audio),
        (false, false) => return Err(Unfit::Broken),
    };
    if kind == AttachmentKind::Voice && seconds > VOICE_SECONDS {
        return Err(Unfit::TooLong);
    }
    Ok(Media { kind, mime, bytes, width, height, seconds, small: None })
}

/// A PDF is whole if its end is there. What is in it only its reader opens.
fn document(bytes: Vec<u8>) -> Result<Media, Unfit> {
    let end = &bytes[bytes.len().saturating_sub(2_048)..];
    if !end.windows(5).any(|part| part == b"%%EOF") {
        return Err(Unfit::Broken);
    }
    let (kind, mime) = (AttachmentKind::Document, "application/pdf");
    Ok(Media { kind, mime, bytes, width: 0, height: 0, seconds: 0, small: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_is_in_it() {
        assert_eq!(take_in(Vec::new()), Err(Unfit::Empty));
        for other in [
            &b"<!doctype html><script>alert(1)</script>"[..],
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"\x00\x01\x02\x03",
            b"MZ\x90\x00",
            b"PK\x03\x04",
            b"#!/bin/sh\n",
            b"%!PS-Adobe-3.0",
            b"RIFF\x00\x00\x00\x00WAVE",
        ] {
            assert_eq!(take_in(other.to_vec()), Err(Unfit::Unknown), "{}", String::from_utf8_lossy(other));
        }
        let heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic";
        assert_eq!(take_in(heic.to_vec()), Err(Unfit::Unconverted));
    }

    #[test]
    fn a_pdf_is_taken_whole_and_as_it_is() {
        let whole = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<<>>\n%%EOF\n".to_vec();
        let media = take_in(whole.clone()).unwrap();
        assert_eq!(
            (media.kind, media.mime, &media.bytes),
            (AttachmentKind::Document, "application/pdf", &whole)
        );
        assert_eq!(take_in(whole[..40].to_vec()), Err(Unfit::Broken));
    }

    #[test]
    fn what_is_too_large_is_not_even_looked_at() {
        assert_eq!(take_in(vec![0xff; FileLimits::MOST.bytes() + 1]), Err(Unfit::TooLarge));
    }
}
