//! Pictures on their way: not larger than a screen shows, and of a kind every browser does.

use crate::browser::{Js, bitmap, encode};

/// Pixels of the longer side.
const SIDE: f64 = 2_560.0;

/// Bytes up to which a picture goes as it is, if its size is right.
const PLAIN: f64 = 2e6;

pub const QUALITY: f64 = 0.86;

/// The file to send for one that was chosen, and its name. What is no picture, or moves, goes as it is.
///
/// # Errors
/// Why it cannot be sent, behind its name and a colon.
pub async fn prepare(file: &Js) -> Result<(Js, String), &'static str> {
    let name = file.get("name").text();
    let kind = file.get("type").text();
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    // Browsers have no name for what they cannot show.
    let foreign =
        matches!(ending.as_str(), "heic" | "heif" | "avif") || kind.contains("hei") || kind.contains("avif");
    if !(kind.starts_with("image/") || foreign) || kind == "image/gif" || kind.contains("svg") {
        return Ok((file.clone(), name));
    }
    let Some(bitmap) = bitmap(file).await else {
        return Err(match foreign {
            true => "this browser cannot convert the photo. Send it as a JPEG",
            false => "this isn’t a picture, or it’s damaged",
        });
    };
    let (size, as_kind) = (fitting(&bitmap), drawn_as(&kind));
    let large = size.0 < bitmap.get("width").number();
    if !foreign && !large && (as_kind == "image/png" || file.get("size").number() <= PLAIN) {
        bitmap.call("close", &[]);
        return Ok((file.clone(), name));
    }
    let smaller = encode(&bitmap, size, as_kind, QUALITY).await;
    bitmap.call("close", &[]);
    Ok((smaller.unwrap_or_else(|| file.clone()), name))
}

/// The sides of a bitmap, made smaller where a screen shows less.
pub fn fitting(bitmap: &Js) -> (f64, f64) {
    let (width, height) = (bitmap.get("width").number(), bitmap.get("height").number());
    let scale = (SIDE / width.max(height)).min(1.0);
    let side = |side: f64| (side * scale).round().max(1.0);
    (side(width), side(height))
}

/// As what a picture of this kind is drawn: what one may see through stays so.
pub fn drawn_as(kind: &str) -> &'static str {
    if matches!(kind, "image/png" | "image/webp") { "image/png" } else { "image/jpeg" }
}
