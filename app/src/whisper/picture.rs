//! A picture on its way into the room: drawn anew, so that nothing but what is seen goes along.
//!
//! In: a file somebody chose, dropped or pasted. Out: a JPEG of at most a megabyte and 1,600 pixels a side,
//! without place, time, camera or anything else the file said. Never: the file itself.

use super::browser::{bytes_of, object};
use leptos::prelude::document;
use wasm_bindgen::{JsCast as _, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// Pixels of the longer side.
const SIDE: f64 = 1_600.0;

/// Bytes of what is sent.
const MOST: usize = 1_000_000;

/// Bytes of a file that is looked at.
const FILE: f64 = 40e6;

/// How well and how large it is drawn; the first that is small enough is sent.
const TRIES: [(f64, f64); 5] = [(0.85, 1.0), (0.7, 1.0), (0.6, 0.8), (0.5, 0.6), (0.4, 0.4)];

/// What is said of a file that is no picture this browser can draw.
const NO_PICTURE: &str = "This is not a picture. Choose a JPEG, PNG, WebP or GIF.";

/// # Errors
/// Why not, for whoever chose it.
pub async fn prepare(file: &Blob) -> Result<Vec<u8>, String> {
    if !file.type_().starts_with("image/") || file.type_().contains("svg") {
        return Err(NO_PICTURE.into());
    }
    if file.size() > FILE {
        return Err("This picture is too large. 40 MB are the most.".into());
    }
    let drawing = leptos::prelude::window().create_image_bitmap_with_blob(file).map_err(|_| NO_PICTURE)?;
    let bitmap: ImageBitmap = JsFuture::from(drawing).await.map_err(|_| NO_PICTURE)?.unchecked_into();
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let fits = (SIDE / width.max(height)).min(1.0);
    for (quality, scale) in TRIES {
        let size = |side: f64| (side * fits * scale).round().max(1.0);
        let bytes = draw(&bitmap, size(width), size(height), quality).await.ok_or(NO_PICTURE)?;
        if bytes.len() <= MOST {
            bitmap.close();
            return Ok(bytes);
        }
    }
    bitmap.close();
    Err("This picture could not be made small enough to send.".into())
}

async fn draw(bitmap: &ImageBitmap, width: f64, height: f64, quality: f64) -> Option<Vec<u8>> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    // A JPEG has no see-through: what shines through is white, as on paper.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, width, height);
    context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height).ok()?;
    let encoding = js_sys::Promise::new(&mut |done, _| {
        let take = Closure::once_into_js(move |blob: JsValue| drop(done.call1(&JsValue::NULL, &blob)));
        let _ =
            canvas.to_blob_with_type_and_encoder_options(take.unchecked_ref(), "image/jpeg", &quality.into());
    });
    let blob: Blob = JsFuture::from(encoding).await.ok()?.dyn_into().ok()?;
    let bytes = bytes_of(&JsFuture::from(blob.array_buffer()).await.ok()?);
    canvas.set_width(0);
    Some(bytes)
}

/// An address under which this page, and only it, finds the picture.
pub fn address(bytes: &[u8]) -> Option<String> {
    let (width, height) = size(bytes)?;
    if f64::from(width.max(height)) > SIDE {
        return None;
    }
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = object(&[("type", "image/jpeg".into())]).unchecked_into();
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    web_sys::Url::create_object_url_with_blob(&blob).ok()
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
