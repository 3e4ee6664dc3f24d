use std::time::Duration;

/// How much is too much.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Rooms at once.
    pub rooms: usize,
    /// People in a room at once; as many again may knock.
    pub people: usize,
    /// Bytes of one frame.
    pub frame: usize,
    /// Frames a second of one participant. Told to them; counted by the socket.
    pub frames: u32,
    /// Bytes of all frames in all queues.
    pub in_flight: usize,
    /// How long a room waits for its first participant …
    pub unjoined: Duration,
    /// … how long it stays when the last has left …
    pub idle: Duration,
    /// … and how long it lives at most.
    pub longest: Duration,
    /// How long a private line lasts on which nothing is said.
    pub silent: Duration,
}

impl Limits {
    /// Bytes of frames that may wait in one room: a picture for a few people each.
    pub(crate) fn in_room(&self) -> usize {
        self.frame.saturating_mul(8)
    }

    /// Bytes of frames that may wait for one participant: a few pictures.
    pub(crate) fn waiting(&self) -> usize {
        self.frame.saturating_mul(4)
    }
}
