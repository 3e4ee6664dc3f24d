//! MP4 and QuickTime: boxes within boxes (ISO/IEC 14496-12).
//!
//! In: all bytes of a file. Out: what is recorded in it; and in the bytes, everything that tells of place,
//! time and maker is blank. Never: a change of a length, so that what points into the file still does.

use super::Recording;

/// Boxes within boxes that are looked into.
const DEEP: usize = 8;

/// Boxes of one file that are looked at: far more than a clip of 20 MB has.
const BOXES: usize = 200_000;

/// Codecs that browsers play.
const CODECS: [&[u8; 4]; 11] =
    [b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp08", b"vp09", b"mp4a", b"Opus", b"fLaC", b"alac"];

/// Whether a brand behind `ftyp` is that of a picture.
pub(super) fn is_picture(brand: &[u8]) -> bool {
    matches!(
        brand.first_chunk::<4>(),
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1" | b"avif" | b"avis")
    )
}

/// `None` if it is no whole file of this kind, or has something in it that no browser plays.
pub(super) fn walk(bytes: &mut [u8]) -> Option<Recording> {
    let mut walk = Walk { left: BOXES, ..Walk::default() };
    walk.boxes(bytes, 0)?;
    (walk.begun && walk.media).then_some(walk.found)
}

#[derive(Default)]
struct Walk {
    found: Recording,
    left: usize,
    begun: bool,
    /// There is something to play.
    media: bool,
    /// What the track that is being walked plays.
    plays: [u8; 4],
}

impl Walk {
    /// All boxes of a stretch, which they fill to its end.
    fn boxes(&mut self, mut rest: &mut [u8], depth: usize) -> Option<()> {
        if depth > DEEP {
            return None;
        }
        while !rest.is_empty() {
            self.left = self.left.checked_sub(1)?;
            let kind: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
            let (head, size) = match u32::from_be_bytes(*rest.first_chunk()?) {
                0 if depth == 0 => (8, rest.len()),
                1 => (16, usize::try_from(u64::from_be_bytes(rest.get(8..16)?.try_into().ok()?)).ok()?),
                size => (8, size as usize),
            };
            if size < head || size > rest.len() {
                return None;
            }
            let (this, after) = rest.split_at_mut(size);
            self.take(&kind, this, head, depth)?;
            rest = after;
        }
        Some(())
    }

    fn take(&mut self, kind: &[u8; 4], this: &mut [u8], head: usize, depth: usize) -> Option<()> {
        match kind {
            b"ftyp" => self.begun = true,
            b"mdat" => self.media = true,
            b"trak" => {
                self.plays = *b"none";
                self.boxes(&mut this[head..], depth + 1)?;
            }
            b"moov" | b"mdia" | b"minf" | b"stbl" | b"mvex" | b"edts" => {
                self.boxes(&mut this[head..], depth + 1)?;
            }
            b"mvhd" => {
                let (scale, length) = times(&mut this[head..])?;
                self.found.seconds = length.checked_div(scale)?.try_into().ok()?;
            }
            // When it was made is in the head of each track too.
            b"tkhd" => {
                let fields = &mut this[head..];
                times(fields)?;
                let pixels = |at: usize| {
                    let number: [u8; 4] =
                        fields.get(fields.len().checked_sub(at)?..)?.first_chunk().copied()?;
                    Some(i64::from(u32::from_be_bytes(number) >> 16))
                };
                let size = (pixels(8)?, pixels(4)?);
                if size.0 > self.found.width {
                    (self.found.width, self.found.height) = size;
                }
            }
            b"mdhd" => drop(times(&mut this[head..])?),
            b"hdlr" => {
                let fields = &mut this[head..];
                let plays: [u8; 4] = fields.get(8..12)?.try_into().ok()?;
                if self.plays == *b"none" {
                    self.plays = plays;
                    self.found.audio |= plays == *b"soun";
                    self.found.video |= plays == *b"vide";
                }
                // The name of what wrote it.
                fields.get_mut(24..)?.fill(0);
            }
            b"stsd" if matches!(&self.plays, b"soun" | b"vide") => {
                let codec: &[u8; 4] = this.get(head + 12..head + 16)?.try_into().ok()?;
                CODECS.contains(&codec).then_some(())?;
            }
            // Who, where, with what, and whatever else somebody has thought of.
            b"udta" | b"meta" | b"uuid" | b"skip" | b"free" | b"wide" => {
                this[4..8].copy_from_slice(b"free");
                this[head..].fill(0);
            }
            _ => {}
        }
        Some(())
    }
}

/// The scale and the length of a box that begins with its version and the times at which it was made and
/// changed, which become none. A track's length stands behind its number, and is not asked for.
fn times(fields: &mut [u8]) -> Option<(u64, u64)> {
    let version = *fields.first()?;
    let (times, scale, length) = match version {
        0 => (4..12, 12..16, 16..20),
        1 => (4..20, 20..24, 24..32),
        _ => return None,
    };
    fields.get_mut(times)?.fill(0);
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let length = fields.get(length)?;
    // All ones: not known.
    let length = if length.iter().all(|byte| *byte == u8::MAX) { 0 } else { number(length) };
    Some((number(fields.get(scale)?).max(1), length))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn make(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
        let mut bytes = (inside.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(inside);
        bytes
    }

    /// Three seconds of a picture that moves, made in a place.
    pub fn clip() -> Vec<u8> {
        let mut mvhd = vec![0; 100];
        mvhd[4..12].fill(7);
        mvhd[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
        mvhd[16..20].copy_from_slice(&3_400_u32.to_be_bytes());
        let mut tkhd = vec![0; 84];
        tkhd[4..12].fill(7);
        tkhd[76..80].copy_from_slice(&(640_u32 << 16).to_be_bytes());
        tkhd[80..84].copy_from_slice(&(480_u32 << 16).to_be_bytes());
        let mut hdlr = vec![0; 24];
        hdlr[8..12].copy_from_slice(b"vide");
        hdlr.extend(b"Core Media Video\0");
        let mut stsd = vec![0; 8];
        stsd[7] = 1;
        stsd.extend(make(b"avc1", &[0; 78]));
        let stbl = make(b"stbl", &make(b"stsd", &stsd));
        let mdia = [make(b"hdlr", &hdlr), make(b"minf", &stbl)].concat();
        let trak = [make(b"tkhd", &tkhd), make(b"mdia", &mdia)].concat();
        let place = make(b"udta", &make(b"\xa9xyz", b"\0\x12\x15\xc7+46.7700+009.8300/"));
        let moov = [make(b"mvhd", &mvhd), make(b"trak", &trak), place].concat();
        [make(b"ftyp", b"isom\0\0\0\0"), make(b"moov", &moov), make(b"mdat", &[1; 400])].concat()
    }

    #[test]
    fn a_clip_tells_how_large_and_how_long_it_is_and_nothing_else() {
        let mut bytes = clip();
        let length = bytes.len();
        let found = walk(&mut bytes).unwrap();
        assert_eq!(found, Recording { audio: false, video: true, width: 640, height: 480, seconds: 3 });
        assert_eq!(bytes.len(), length);
        for told in [&b"+46.77"[..], b"Core Media", b"\x07\x07\x07\x07"] {
            assert!(!bytes.windows(told.len()).any(|part| part == told), "{told:?}");
        }
        assert!(walk(&mut bytes).is_some(), "still a file");
    }

    #[test]
    fn half_a_clip_is_none_and_nothing_panics() {
        let whole = clip();
        for cut in 1..whole.len() {
            assert_eq!(walk(&mut whole[..cut].to_vec()), None, "cut after {cut} bytes");
        }
        for at in 0..whole.len() {
            for wrong in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = wrong;
                let _ = walk(&mut bytes);
            }
        }
    }

    #[test]
    fn what_no_browser_plays_is_refused() {
        let mut bytes = clip();
        let at = bytes.windows(4).position(|part| part == b"avc1").unwrap();
        bytes[at..at + 4].copy_from_slice(b"exe!");
        assert_eq!(walk(&mut bytes), None);
    }
}
