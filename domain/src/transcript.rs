//! A conversation as it is read back: on the page, on paper and in files.

use crate::Entry;

/// An entry with its day and time in the hotel's zone.
#[derive(Clone, Debug)]
pub struct TimelineLine {
    pub entry: Entry,
    pub day: String,
    pub clock: String,
    /// Who had read up to here, and when: `Maria Keller, 21:04`, with the day if it is another one than the
    /// line's.
    pub read_by: Vec<String>,
}
