//! A client that brings files, and the files it brings.

use super::house::House;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::gif::GifEncoder};
use serde_json::Value;
use std::io::Cursor;
use uuid::Uuid;

/// An answer with bytes.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.text()))
    }
}

/// Any method, with any bytes.
pub async fn send(
    house: &House,
    method: &str,
    path: &str,
    cookie: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answer {
    let mut request =
        ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", house.address));
    for (name, value) in headers.iter().chain([("cookie", cookie)].iter().filter(|_| !cookie.is_empty())) {
        request = request.header(*name, *value);
    }
    let request = request.body(body).unwrap();
    let work = move || {
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let agent: ureq::Agent = config.allow_non_standard_methods(true).build().into();
        let mut answer = agent.run(request).unwrap();
        let headers =
            answer.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer { status: answer.status().as_u16(), headers, body }
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

pub async fn fetch(house: &House, path: &str, cookie: &str, headers: &[(&str, &str)]) -> Answer {
    send(house, "GET", path, cookie, headers, Vec::new()).await
}

/// Begins an upload.
pub async fn upload(house: &House, at: &str, cookie: &str, name: &str, size: usize) -> Answer {
    let told = format!("filename {},wave {}", STANDARD.encode(name), STANDARD.encode("0123456789"));
    let size = size.to_string();
    send(house, "POST", at, cookie, &[("upload-length", &size), ("upload-metadata", &told)], Vec::new()).await
}

/// Brings a file in two pieces; what the server found it to be.
pub async fn bring(house: &House, at: &str, cookie: &str, name: &str, bytes: &[u8]) -> Value {
    let begun = upload(house, at, cookie, name, bytes.len()).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let address = begun.header("location").to_owned();
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    let answer = send(house, "PATCH", &address, cookie, &[("upload-offset", "0")], first.to_vec()).await;
    assert_eq!((answer.status, answer.header("upload-offset")), (204, first.len().to_string().as_str()));
    let offset = first.len().to_string();
    let answer = send(house, "PATCH", &address, cookie, &[("upload-offset", &offset)], rest.to_vec()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What a browser without scripts posts.
pub async fn form(
    house: &House,
    hotel: &str,
    cookie: &str,
    client_id: Uuid,
    body: &str,
    files: &[(&str, &[u8])],
) -> Answer {
    let mut bytes = Vec::new();
    for (name, value) in
        [("client_id", client_id.to_string().as_str()), ("seen", ""), ("token", ""), ("body", body)]
    {
        bytes.extend(
            format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    // A field in which nothing was chosen.
    let none: [(&str, &[u8]); 1] = [("", b"")];
    for (name, file) in if files.is_empty() { &none } else { files } {
        let name = name.replace('"', "%22");
        let head = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        );
        bytes.extend(head.bytes().chain(file.iter().copied()).chain(*b"\r\n"));
    }
    bytes.extend(*b"--edge--\r\n");
    let kind = [("content-type", "multipart/form-data; boundary=edge")];
    send(house, "POST", &format!("/chat/{hotel}"), cookie, &kind, bytes).await
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 120]));
    encoded(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg)
}

/// A picture like no other.
pub fn noisy_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let picture = RgbImage::from_fn(width, height, |_, _| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        Rgb([random as u8, (random >> 8) as u8, (random >> 16) as u8])
    });
    encoded(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg)
}

/// A JPEG with maker and place in it, and a script behind it.
pub fn photo_of_a_telephone(seed: u64) -> Vec<u8> {
    let plain = noisy_jpeg(48, 32, seed);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend(b"\x01\x0f\0\x02\0\0\0\x0a\0\0\0\x26");
    exif.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\0\0\0\0\0");
    exif.extend(b"MAKERNAME\0GPS 46.77 N 9.83 E");
    let mut whole = plain[..2].to_vec();
    whole.extend([0xff, 0xe1]);
    whole.extend((exif.len() as u16 + 2).to_be_bytes());
    whole.extend(&exif);
    whole.extend(&plain[2..]);
    whole.extend(b"<script>alert(1)</script>");
    whole
}

pub fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

/// A voice of so many seconds, as a browser records it.
pub fn webm(seconds: u16) -> Vec<u8> {
    let element = |id: u32, inside: &[u8]| {
        let mut bytes: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        bytes.extend((inside.len() as u32 | 0x1000_0000).to_be_bytes());
        bytes.extend(inside);
        bytes
    };
    let track = [element(0x83, &[2]), element(0x86, b"A_OPUS")].concat();
    let clusters: Vec<u8> = (0..=seconds)
        .flat_map(|second| {
            let at = (u32::from(second) * 1_000).to_be_bytes();
            let inside = [element(0xe7, &at), element(0xa3, &[0x81, 0, 0, 0x80, 1, 2, 3])].concat();
            element(0x1f43_b675, &inside)
        })
        .collect();
    let segment = [element(0x1654_ae6b, &element(0xae, &track)), clusters].concat();
    [element(0x1a45_dfa3, &element(0x4282, b"webm")), element(0x1853_8067, &segment)].concat()
}

/// A PNG whose head claims another size.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_pixel(4, 4, Rgba([1, 2, 3, 255])));
    let mut png = encoded(&picture, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut sum = u32::MAX;
    for byte in &png[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

/// The same for a JPEG, a GIF and a WebP.
fn claims_in(format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::ImageRgb8(RgbImage::from_pixel(8, 8, Rgb([1, 2, 3])));
    let mut bytes = encoded(&picture, format);
    match format {
        ImageFormat::Jpeg => {
            let frame = bytes.windows(2).position(|part| part == [0xff, 0xc0]).unwrap();
            bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        }
        ImageFormat::Gif => bytes[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]),
        // VP8L: 14 bits of width and of height.
        _ => bytes[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]),
    }
    bytes
}

/// Files that are not taken, each with the name it comes under.
pub fn corpus() -> Vec<(&'static str, Vec<u8>)> {
    let frames = |count: u32, side: u32| {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        for n in 0..count {
            let frame = RgbaImage::from_pixel(side, side, Rgba([n as u8, 1, 1, 255]));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
        drop(encoder);
        bytes
    };
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let png = |side| encoded(&DynamicImage::ImageRgb8(RgbImage::new(side, side)), ImageFormat::Png);
    let webp = encoded(&DynamicImage::ImageRgb8(RgbImage::new(40, 40)), ImageFormat::WebP);
    let mut no_end = pdf();
    no_end.truncate(30);
    vec![
        ("page.jpg", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>".to_vec()),
        ("drawing.png", b"<?xml version='1.0'?><svg onload='alert(1)'/>".to_vec()),
        ("program.pdf", b"MZ\x90\0\x03\0\0\0".to_vec()),
        ("archive.docx", b"PK\x03\x04\x14\0\0\0".to_vec()),
        ("script.gif", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        ("photo\u{202e}gpj.exe", b"\x7fELF\x02\x01\x01".to_vec()),
        ("../../etc/passwd", b"root:x:0:0".to_vec()),
        ("one byte.jpg", vec![0xff]),
        ("half.jpg", half(jpeg(200, 200))[..60].to_vec()),
        ("half.png", half(png(64))),
        ("half.webp", half(webp)),
        ("half.gif", frames(3, 40)[..40].to_vec()),
        ("half.pdf", no_end),
        ("half.webm", half(webm(4))),
        ("half.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\xff\xffmoov".to_vec()),
        ("half.ogg", b"OggS\0\x02".to_vec()),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec()),
        ("photo.avif", b"\0\0\0\x18ftypavif\0\0\0\0avifmif1".to_vec()),
        ("bomb.png", claims(10_000, 10_000)),
        ("bomb2.png", claims(60_000, 60_000)),
        ("line.png", claims(200_000, 1)),
        ("bomb.jpg", claims_in(ImageFormat::Jpeg)),
        ("bomb.gif", claims_in(ImageFormat::Gif)),
        ("bomb.webp", claims_in(ImageFormat::WebP)),
        ("frames.gif", frames(10_000, 2)),
        ("empty.mp4", b"\0\0\0\x10ftypisom\0\0\0\0".to_vec()),
    ]
}
