//! A picture on its way into the room: drawn anew, so that nothing but what is seen goes along.
//!
//! In: a file somebody chose, dropped or pasted. Out: a JPEG of at most a megabyte and 1,600 pixels a side,
//! without place, time, camera or anything else the file said. Never: the file itself.

use super::browser::{Js, bitmap, encode};

/// Pixels of the longer side.
const SIDE: f64 = 1_600.0;

/// Bytes of what is sent, where the room takes as many.
const MOST: usize = 1_000_000;

/// Bytes of a file that is looked at.
const FILE: f64 = 40e6;

/// How well and how large it is drawn; the first that is small enough is sent.
const TRIES: [(f64, f64); 5] = [(0.85, 1.0), (0.7, 1.0), (0.6, 0.8), (0.5, 0.6), (0.4, 0.4)];

/// What is said of a file that is no picture this browser can draw.
const NO_PICTURE: &str = "This is not a picture. Choose a JPEG, PNG, WebP or GIF.";

/// # Errors
/// Why not, for whoever chose it.
/// `most` is how many bytes the room takes.
pub async fn prepare(file: &Js, most: usize) -> Result<Vec<u8>, &'static str> {
    let kind = file.get("type").text();
    if !kind.starts_with("image/") || kind.contains("svg") {
        return Err(NO_PICTURE);
    }
    if file.get("size").number() > FILE {
        return Err("This picture is too large. The limit is 40 MB.");
    }
    let bitmap = bitmap(file).await.ok_or(NO_PICTURE)?;
    let (width, height) = (bitmap.get("width").number(), bitmap.get("height").number());
    let fits = (SIDE / width.max(height)).min(1.0);
    let mut small = Err("This picture could not be made small enough to send.");
    for (quality, scale) in TRIES {
        let size = |side: f64| (side * fits * scale).round().max(1.0);
        let bytes = draw(&bitmap, size(width), size(height), quality).await.ok_or(NO_PICTURE)?;
        if bytes.len() <= MOST.min(most) {
            small = Ok(bytes);
            break;
        }
    }
    bitmap.call("close", &[]);
    small
}

async fn draw(bitmap: &Js, width: f64, height: f64, quality: f64) -> Option<Vec<u8>> {
    let encoded = encode(bitmap, (width, height), "image/jpeg", quality).await?;
    Some(encoded.call("arrayBuffer", &[])?.done().await?.to_bytes())
}

/// An address under which this page, and only it, finds the picture.
pub fn address(bytes: &[u8]) -> Option<String> {
    let (width, height) = size(bytes)?;
    if f64::from(width.max(height)) > SIDE {
        return None;
    }
    let jpeg = Js::object(&[("type", "image/jpeg".into())]);
    let blob = Js::make("Blob", &[&Js::list(&[&Js::bytes(bytes)]), &jpeg])?;
    Some(Js::global("URL").call("createObjectURL", &[&blob])?.text())
}

/// Width and height of a JPEG in pixels; `None` if it is none. Few bytes can claim a picture that would fill
/// a telephone's memory.
fn size(jpeg: &[u8]) -> Option<(u16, u16)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, kind, high, low] = *rest.first_chunk()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(4..2 + length)?;
        // The frame headers, of whichever way of coding.
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            let [_, h1, h0, w1, w0] = *segment.first_chunk()?;
            return Some((u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0])));
        }
        rest = &rest[2 + length..];
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_jpegs_size_is_read_and_nothing_else_has_one() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 7, 8, 0x04, 0xb0, 0x06, 0x40];
        assert_eq!(size(&jpeg), Some((1_600, 1_200)));
        for cut in 0..jpeg.len() {
            assert_eq!(size(&jpeg[..cut]), None, "cut after {cut} bytes");
        }
        assert_eq!(size(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(
            size(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 1, 2]),
            None,
            "a segment shorter than its own length"
        );
    }
}
