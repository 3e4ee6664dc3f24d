//! Ogg: pages one behind the other (RFC 3533), as Firefox records voices.

use super::Recording;

/// Ticks a second of Opus, whatever it was recorded at (RFC 7845).
const OPUS: u64 = 48_000;

/// `None` unless it is one whole stream of Opus.
pub(super) fn walk(bytes: &[u8]) -> Option<Recording> {
    let mut rest = bytes;
    let mut end = 0;
    let mut begun = false;
    while !rest.is_empty() {
        let head: &[u8; 27] = rest.first_chunk()?;
        if !head.starts_with(b"OggS\0") {
            return None;
        }
        let lengths = rest.get(27..27 + usize::from(head[26]))?;
        let begin = 27 + lengths.len();
        let stop = begin + lengths.iter().map(|length| usize::from(*length)).sum::<usize>();
        let inside = rest.get(begin..stop)?;
        if !begun && !inside.starts_with(b"OpusHead") {
            return None;
        }
        begun = true;
        let at = u64::from_le_bytes(head[6..14].try_into().ok()?);
        // All ones: no packet ends on this page.
        if at != u64::MAX {
            end = at;
        }
        rest = &rest[stop..];
    }
    let seconds = i64::try_from(end / OPUS).ok()?;
    begun.then_some(Recording { audio: true, seconds, ..Recording::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(at: u64, inside: &[u8]) -> Vec<u8> {
        let mut bytes = b"OggS\0\0".to_vec();
        bytes.extend(at.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend([1, inside.len() as u8]);
        bytes.extend(inside);
        bytes
    }

    #[test]
    fn a_voice_is_walked_from_end_to_end() {
        let whole =
            [page(0, b"OpusHead\x01\x01"), page(0, b"OpusTags"), page(OPUS * 7 + 9, &[9; 200])].concat();
        let found = walk(&whole).unwrap();
        assert_eq!((found.audio, found.video, found.seconds), (true, false, 7));
        for cut in 0..whole.len() {
            let _ = walk(&whole[..cut]);
        }
        assert_eq!(walk(&whole[..whole.len() - 1]), None);
        assert_eq!(walk(&page(0, b"\x01vorbis")), None);
    }
}
