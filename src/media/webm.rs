//! WebM: elements within elements (RFC 8794, RFC 9559).
//!
//! In: all bytes of a file, as browsers record them: without a length at the beginning, for it is not known
//! yet. Out: what is recorded in it; tags and attachments are blank in the bytes. Never: a change of a
//! length.

use super::Recording;

/// Elements of one file that are looked at.
const ELEMENTS: usize = 400_000;

const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const SCALE: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
const DATE: u32 = 0x4461;
const TITLE: u32 = 0x7ba9;
const MUXER: u32 = 0x4d80;
const WRITER: u32 = 0x5741;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const TRACK_TYPE: u32 = 0x83;
const CODEC: u32 = 0x86;
const VIDEO: u32 = 0xe0;
const WIDTH: u32 = 0xb0;
const HEIGHT: u32 = 0xba;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const TAGS: u32 = 0x1254_c367;
const ATTACHMENTS: u32 = 0x1941_a469;
const VOID: u8 = 0xec;

/// `None` if it is no whole file of this kind.
pub(super) fn walk(bytes: &mut [u8]) -> Option<Recording> {
    let mut walk = Walk { left: ELEMENTS, scale: 1_000_000, ..Walk::default() };
    let end = bytes.len();
    walk.elements(bytes, 0, end, 0)?;
    let length = walk.length.max(walk.last);
    walk.found.seconds = i64::try_from(length.checked_mul(walk.scale)? / 1_000_000_000).ok()?;
    (walk.webm && walk.last_block).then_some(walk.found)
}

#[derive(Default)]
struct Walk {
    found: Recording,
    left: usize,
    webm: bool,
    /// There is something to play.
    last_block: bool,
    /// Nanoseconds of a tick, and what is counted in ticks.
    scale: u64,
    length: u64,
    cluster: u64,
    last: u64,
}

impl Walk {
    /// Elements from `at` to `end`. Where it stopped: one of unknown length ends where one begins that cannot
    /// be in it.
    fn elements(&mut self, bytes: &mut [u8], mut at: usize, end: usize, within: u32) -> Option<usize> {
        while at < end {
            self.left = self.left.checked_sub(1)?;
            let (id, id_length) = number(bytes.get(at..end)?, 4, true)?;
            let id = u32::try_from(id?).ok()?;
            if within == CLUSTER && matches!(id, CLUSTER | TAGS | ATTACHMENTS | INFO | TRACKS) {
                return Some(at);
            }
            let (size, size_length) = number(bytes.get(at + id_length..end)?, 8, false)?;
            let begin = at + id_length + size_length;
            let stop = match size {
                Some(size) => begin.checked_add(usize::try_from(size).ok()?)?,
                // Only these are written before their end is known.
                None if matches!(id, SEGMENT | CLUSTER) => end,
                None => return None,
            };
            if stop > end {
                return None;
            }
            at = match id {
                SEGMENT | INFO | TRACKS | TRACK | VIDEO | CLUSTER | BLOCK_GROUP | EBML => {
                    self.elements(bytes, begin, stop, id)?
                }
                _ => {
                    self.take(id, bytes, at..begin, stop)?;
                    stop
                }
            };
        }
        Some(at)
    }

    fn take(&mut self, id: u32, bytes: &mut [u8], head: std::ops::Range<usize>, stop: usize) -> Option<()> {
        let inside = &mut bytes[head.end..stop];
        match id {
            DOC_TYPE => self.webm = matches!(&*inside, b"webm" | b"matroska"),
            SCALE => self.scale = uint(inside)?,
            DURATION => self.length = float(inside)? as u64,
            TRACK_TYPE => match uint(inside)? {
                1 => self.found.video = true,
                2 => self.found.audio = true,
                _ => return None,
            },
            CODEC => {
                let plays = inside.starts_with(b"V_VP") || inside.starts_with(b"A_OPUS");
                let plays = plays || inside.starts_with(b"V_AV1") || inside.starts_with(b"V_MPEG4/ISO/AVC");
                (plays || inside.starts_with(b"A_VORBIS")).then_some(())?;
            }
            WIDTH => self.found.width = i64::try_from(uint(inside)?).ok()?,
            HEIGHT => self.found.height = i64::try_from(uint(inside)?).ok()?,
            TIMESTAMP => {
                self.cluster = uint(inside)?;
                self.last = self.last.max(self.cluster);
            }
            SIMPLE_BLOCK | BLOCK => {
                let (_, track) = number(inside, 8, false)?;
                let [high, low] = *inside.get(track..)?.first_chunk()?;
                let ticks = u64::try_from(i16::from_be_bytes([high, low])).unwrap_or_default();
                self.last = self.last.max(self.cluster.checked_add(ticks)?);
                self.last_block = true;
            }
            DATE | TITLE | MUXER | WRITER => inside.fill(if id == DATE { 0 } else { b' ' }),
            TAGS | ATTACHMENTS => {
                inside.fill(0);
                // The same stretch as one of nothing: a shorter name, and a length that is longer by as much.
                let width = (head.len() - 1).min(8);
                let void = (stop - head.start - 1 - width) as u64;
                bytes[head.start] = VOID;
                let size = (void | 1 << (7 * width)).to_be_bytes();
                bytes[head.start + 1..=head.start + width].copy_from_slice(&size[8 - width..]);
                bytes[head.start + 1 + width..head.end.max(head.start + 1 + width)].fill(0);
            }
            _ => {}
        }
        Some(())
    }
}

/// A number of variable length, with how many bytes it takes: as it is for a name, without its mark for a
/// length. Within: `None` for a length that is not known.
fn number(bytes: &[u8], longest: usize, marked: bool) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest {
        return None;
    }
    let whole = bytes.get(..length)?.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let mask = (1_u64 << (7 * length)) - 1;
    let value = if marked { whole } else { whole & mask };
    let unknown = !marked && value == mask;
    Some(((!unknown).then_some(value), length))
}

fn uint(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f64::from(f32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: u32, inside: &[u8]) -> Vec<u8> {
        let mut bytes = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        bytes.extend((inside.len() as u32 | 0x1000_0000).to_be_bytes());
        bytes.extend(inside);
        bytes
    }

    /// The same without a length.
    fn open(id: u32, inside: &[u8]) -> Vec<u8> {
        [&id.to_be_bytes()[..], &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], inside].concat()
    }

    /// Three seconds of a voice, as a browser records it.
    fn voice() -> Vec<u8> {
        let track = [element(TRACK_TYPE, &[2]), element(CODEC, b"A_OPUS")].concat();
        let info = [element(SCALE, &1_000_000_u32.to_be_bytes()), element(WRITER, b"Chrome")].concat();
        let cluster = |at: u16, block: u16| {
            let mut simple = vec![0x81];
            simple.extend(block.to_be_bytes());
            simple.extend([0x80, 1, 2, 3]);
            open(CLUSTER, &[element(TIMESTAMP, &at.to_be_bytes()), element(SIMPLE_BLOCK, &simple)].concat())
        };
        let tags = element(TAGS, b"LOCATION 46.77 9.83 and a telephone");
        let segment = [
            element(INFO, &info),
            element(TRACKS, &element(TRACK, &track)),
            cluster(0, 900),
            cluster(2_000, 1_200),
            tags,
        ];
        [element(EBML, &element(DOC_TYPE, b"webm")), open(SEGMENT, &segment.concat())].concat()
    }

    #[test]
    fn a_voice_tells_how_long_it_is_and_nothing_else() {
        let mut bytes = voice();
        let length = bytes.len();
        let found = walk(&mut bytes).unwrap();
        assert_eq!(found, Recording { audio: true, video: false, width: 0, height: 0, seconds: 3 });
        assert_eq!(bytes.len(), length);
        for told in [&b"46.77"[..], b"Chrome", b"telephone"] {
            assert!(!bytes.windows(told.len()).any(|part| part == told));
        }
        assert!(walk(&mut bytes).is_some(), "still a file");
    }

    #[test]
    fn nothing_panics_whatever_is_in_it() {
        let whole = voice();
        for at in 0..whole.len() {
            let _ = walk(&mut whole[..at].to_vec());
            for wrong in [0, 1, 0x40, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = wrong;
                let _ = walk(&mut bytes);
            }
        }
    }

    #[test]
    fn what_is_not_for_playing_is_refused() {
        let mut bytes = voice();
        let at = bytes.windows(6).position(|part| part == b"A_OPUS").unwrap();
        bytes[at..at + 6].copy_from_slice(b"S_TEXT");
        assert_eq!(walk(&mut bytes), None);
    }
}
