//! Pictures, decoded within limits and encoded anew: what is seen, and nothing that was written beside it.

use super::{Media, Unfit};
use domain::AttachmentKind;
use image::{
    AnimationDecoder as _, DynamicImage, Frame, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage,
    codecs::{
        gif::{GifDecoder, GifEncoder, Repeat},
        jpeg::JpegEncoder,
    },
    imageops::FilterType,
    metadata::Orientation,
};
use std::{
    io::Cursor,
    time::{Duration, Instant},
};

/// Pixels of a picture: what the best telephones make, in full.
const PIXELS: u64 = 40_000_000;

/// Pixels of a side. A line of one pixel's height is no picture.
const SIDE: u32 = 16_000;

/// Memory that decoding may ask for.
const MEMORY: u64 = 256 * 1024 * 1024;

/// Frames of an animation, and pixels of all of them.
const FRAMES: usize = 300;
const FRAME_PIXELS: u64 = 200_000_000;

/// How long an animation may take to be drawn anew.
const TIME: Duration = Duration::from_secs(20);

/// Pixels of the longer side of a small version: what a timeline shows on a screen of twice the density.
const SMALL: u32 = 640;

/// How well is drawn, of 100.
const QUALITY: u8 = 85;
const SMALL_QUALITY: u8 = 78;

/// A JPEG, PNG or WebP. Of an animated one, its first frame.
pub(super) fn still(bytes: &[u8], format: ImageFormat) -> Result<Media, Unfit> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    fits(decoder.dimensions())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    picture.apply_orientation(orientation);
    let small = small(&picture)?;
    let size = (picture.width(), picture.height());
    // Drawings and screens stay sharp as a PNG; so does what one can see through.
    let (bytes, mime) = if format == ImageFormat::Png || is_see_through(&picture) {
        (png(picture)?, "image/png")
    } else {
        (jpeg(&picture.into_rgb8(), QUALITY)?, "image/jpeg")
    };
    Ok(media(mime, bytes, size, small))
}

/// A GIF, frame by frame.
pub(super) fn animation(bytes: &[u8]) -> Result<Media, Unfit> {
    drawn_within(TIME, bytes)
}

fn drawn_within(time: Duration, bytes: &[u8]) -> Result<Media, Unfit> {
    let begun = Instant::now();
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(unfit)?;
    let size = decoder.dimensions();
    fits(size)?;
    decoder.set_limits(limits()).map_err(unfit)?;
    let mut drawn = Vec::new();
    let mut first = None;
    let mut encoder = GifEncoder::new_with_speed(&mut drawn, 30);
    encoder.set_repeat(Repeat::Infinite).map_err(unfit)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    for (number, frame) in decoder.into_frames().enumerate() {
        let frame = frame.map_err(unfit)?;
        if number >= FRAMES || pixels * (number as u64 + 1) > FRAME_PIXELS {
            return Err(Unfit::TooManyFrames);
        }
        if begun.elapsed() > time {
            return Err(Unfit::TooSlow);
        }
        if first.is_none() {
            first = Some(small(&DynamicImage::ImageRgba8(frame.buffer().clone()))?);
        }
        let delay = frame.delay();
        encoder.encode_frame(Frame::from_parts(frame.into_buffer(), 0, 0, delay)).map_err(unfit)?;
    }
    drop(encoder);
    Ok(media("image/gif", drawn, size, first.ok_or(Unfit::Broken)?))
}

fn media(mime: &'static str, bytes: Vec<u8>, size: (u32, u32), small: Vec<u8>) -> Media {
    let (width, height) = (i64::from(size.0), i64::from(size.1));
    Media { kind: AttachmentKind::Picture, mime, bytes, width, height, seconds: 0, small: Some(small) }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

fn fits((width, height): (u32, u32)) -> Result<(), Unfit> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Unfit::Broken),
        pixels if pixels > PIXELS || width.max(height) > SIDE => Err(Unfit::TooManyPixels),
        _ => Ok(()),
    }
}

fn unfit(e: image::ImageError) -> Unfit {
    match e {
        image::ImageError::Limits(_) => Unfit::TooManyPixels,
        _ => Unfit::Broken,
    }
}

fn is_see_through(picture: &DynamicImage) -> bool {
    match picture {
        DynamicImage::ImageRgba8(picture) => picture.pixels().any(|pixel| pixel.0[3] < u8::MAX),
        other => other.color().has_alpha(),
    }
}

/// At most [`SMALL`] pixels a side, and never larger than the picture.
fn small(picture: &DynamicImage) -> Result<Vec<u8>, Unfit> {
    let small = match picture.width().max(picture.height()) > SMALL {
        // Coarse first: a fine filter over 40 megapixels takes seconds.
        true => picture.thumbnail(SMALL * 2, SMALL * 2).resize(SMALL, SMALL, FilterType::Triangle),
        false => picture.clone(),
    };
    jpeg(&on_white(&small), SMALL_QUALITY)
}

/// A JPEG has no see-through: what shines through is white, as on paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let seen = picture.to_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [r, g, b, alpha] = seen.get_pixel(x, y).0.map(u32::from);
        image::Rgb([r, g, b].map(|colour| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Unfit> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).map_err(unfit)?;
    Ok(bytes)
}

fn png(picture: DynamicImage) -> Result<Vec<u8>, Unfit> {
    // Eight bits are what screens show.
    let picture = match picture.color().has_alpha() {
        true => DynamicImage::ImageRgba8(picture.into_rgba8()),
        false => DynamicImage::ImageRgb8(picture.into_rgb8()),
    };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(unfit)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::super::{Unfit, take_in};
    use super::{Duration, drawn_within};
    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage, codecs::gif::GifEncoder};
    use std::io::Cursor;

    fn picture(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, y| {
            Rgba([(x % 256) as u8, (y % 256) as u8, 90, 255])
        }))
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = match format {
            ImageFormat::Jpeg => DynamicImage::ImageRgb8(picture.to_rgb8()),
            _ => picture.clone(),
        };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG with what telephones write into it: turned by a quarter, made by somebody, somewhere.
    fn from_a_telephone() -> Vec<u8> {
        let plain = encoded(&picture(60, 40), ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
        exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"); // orientation: 6
        exif.extend(b"\x01\x0f\0\x02\0\0\0\x0a\0\0\0\x26"); // maker, at 38
        exif.extend(b"\0\0\0\0MAKERNAME\0");
        let mut whole = plain[..2].to_vec();
        whole.extend([0xff, 0xe1]);
        whole.extend((exif.len() as u16 + 2).to_be_bytes());
        whole.extend(&exif);
        whole.extend(&plain[2..]);
        whole
    }

    #[test]
    fn a_picture_is_drawn_anew_and_stands_upright() {
        let before = from_a_telephone();
        assert!(before.windows(9).any(|part| part == b"MAKERNAME"));
        let media = take_in(before).unwrap();
        assert_eq!((media.mime, media.width, media.height), ("image/jpeg", 40, 60), "turned");
        for kept in [&media.bytes, media.small.as_ref().unwrap()] {
            assert!(!kept.windows(9).any(|part| part == b"MAKERNAME"));
            assert!(!kept.windows(4).any(|part| part == b"Exif"));
        }
    }

    #[test]
    fn what_hangs_on_a_picture_is_gone() {
        let script = b"<script>alert(document.cookie)</script>";
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let mut polyglot = encoded(&picture(30, 30), format);
            polyglot.extend(script);
            let media = take_in(polyglot).unwrap_or_else(|why| panic!("{format:?}: {why:?}"));
            assert!(!media.bytes.windows(8).any(|part| part == b"<script>"), "{format:?}");
        }
    }

    #[test]
    fn a_small_version_stands_beside_the_true_size() {
        let media = take_in(encoded(&picture(2_000, 1_000), ImageFormat::Jpeg)).unwrap();
        assert_eq!((media.width, media.height), (2_000, 1_000));
        let small = image::load_from_memory(&media.small.unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (640, 320));
        let tiny = take_in(encoded(&picture(20, 10), ImageFormat::Png)).unwrap();
        let small = image::load_from_memory(&tiny.small.unwrap()).unwrap();
        assert_eq!((small.width(), small.height(), tiny.mime), (20, 10, "image/png"));
    }

    #[test]
    fn what_one_sees_through_stays_so() {
        let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 100])));
        let media = take_in(encoded(&glass, ImageFormat::WebP)).unwrap();
        assert_eq!(media.mime, "image/png");
        assert_eq!(image::load_from_memory(&media.bytes).unwrap().to_rgba8().get_pixel(1, 1).0[3], 100);
    }

    /// A PNG that says it is so large, and has nothing in it.
    fn claims(width: u32, height: u32) -> Vec<u8> {
        let mut png = encoded(&picture(4, 4), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = png_sum(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        png
    }

    fn png_sum(bytes: &[u8]) -> u32 {
        let mut sum = u32::MAX;
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
        !sum
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        for (width, height) in [(10_000, 10_000), (40_000, 40_000), (100_000, 1), (u32::MAX >> 1, 2)] {
            let taken = take_in(claims(width, height)).map(|media| media.bytes.len());
            assert_eq!(taken, Err(Unfit::TooManyPixels), "{width} × {height}");
        }
    }

    #[test]
    fn an_animation_is_drawn_anew_unless_it_is_too_long() {
        let gif = |frames: u32, side: u32| {
            let mut bytes = Vec::new();
            let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
            for n in 0..frames {
                let colour = Rgba([(n % 250) as u8, 9, 9, 255]);
                encoder.encode_frame(image::Frame::new(RgbaImage::from_pixel(side, side, colour))).unwrap();
            }
            drop(encoder);
            bytes
        };
        let media = take_in(gif(5, 20)).unwrap();
        assert_eq!((media.mime, media.width), ("image/gif", 20));
        // However long it takes here: these are not timed.
        let refused = |time, gif: Vec<u8>| drawn_within(time, &gif).map(|media| media.width);
        assert_eq!(refused(Duration::MAX, gif(10_000, 2)), Err(Unfit::TooManyFrames));
        assert_eq!(refused(Duration::MAX, gif(60, 2_000)), Err(Unfit::TooManyFrames), "pixels");
        assert_eq!(refused(Duration::ZERO, gif(5, 20)), Err(Unfit::TooSlow));
    }

    #[test]
    fn half_a_picture_is_none_and_nothing_panics() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = encoded(&picture(64, 48), format);
            for cut in (0..whole.len()).step_by(7) {
                let _ = take_in(whole[..cut].to_vec());
            }
            for at in (0..whole.len()).step_by(5) {
                let mut wrong = whole.clone();
                wrong[at] ^= 0x55;
                let _ = take_in(wrong);
            }
            assert!(take_in(whole[..whole.len() / 3].to_vec()).is_err(), "{format:?}");
        }
    }
}
