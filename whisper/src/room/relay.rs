//! What is said in a room, on its way to those it is for.
//!
//! In: frames. Out: the same bytes behind another head, in the queues of those who are there. Never: a frame
//! for who is not meant, and never more of them than may wait.

use super::{Room, State};
use crate::frame::Frame;
use domain::Refusal;
use domain::wire::whisper::{Down, Event, Number, To, Up};
use std::time::Instant;

/// Bytes of ciphertext that somebody who knocks may show to moderators: a name.
const NAME: usize = 512;

/// How often they may.
const NAMES: u32 = 20;

/// Bytes of a frame that is let through when pictures have filled the queues: letters.
const SMALL: usize = 16 * 1024;

impl Room {
    /// Relays a frame to those it is for, and tells its sender that it did, or why not.
    pub(super) fn relay(&self, number: Number, frame: &[u8], now: Instant) {
        let mut state = self.state();
        let at = self.time(now);
        let answer = self.pass_on(&mut state, number, frame, (now, at));
        let Some(post) = state.place(number).and_then(|seat| seat.post.as_mut()) else { return };
        match answer {
            Ok(()) => post.send(&self.frame(Down::Taken { at }, &[])),
            Err(refusal) => post.tell(Event::Refused { refusal }),
        }
    }

    fn pass_on(
        &self,
        state: &mut State,
        number: Number,
        frame: &[u8],
        (now, at): (Instant, u64),
    ) -> Result<(), Refusal> {
        let garbled = || Refusal::BadCommand { why: "a frame begins with whom it is for".into() };
        if frame.len() > self.limits.frame {
            return Err(Refusal::TooLong { max: self.limits.frame });
        }
        let crowded = self.weight.now() + frame.len() > self.limits.in_flight
            || self.own_weight.now() + frame.len() > self.limits.in_room();
        if crowded && frame.len() > SMALL {
            return Err(Refusal::TooFast { wait_ms: 1_000 });
        }
        let (Up(to), head) = Up::read(frame).ok_or_else(garbled)?;
        let body = &frame[head..];
        match state.seats.iter().find(|seat| seat.number == number) {
            Some(seat) => {
                (to != To::Moderators || seat.moderator).then_some(()).ok_or(Refusal::NotAllowed)?
            }
            None => state.may_show_a_name(number, to, body.len())?,
        }
        state.spoken = now;
        let relayed = self.frame(Down::From { number, at }, body);
        for seat in &mut state.seats {
            let meant = match to {
                To::Everybody => true,
                To::Moderators => seat.moderator,
                To::One(to) => seat.number == to,
            };
            if let (true, Some(post)) = (meant && seat.number != number, seat.post.as_mut()) {
                post.send(&relayed);
            }
        }
        Ok(())
    }

    fn frame(&self, head: Down, body: &[u8]) -> Frame {
        let mut bytes = Vec::with_capacity(Down::LONGEST + body.len());
        head.write(&mut bytes);
        bytes.extend_from_slice(body);
        Frame::new(bytes, [self.weight.clone(), self.own_weight.clone()])
    }
}

impl State {
    /// Whoever knocks may say to moderators who they are, in a few bytes.
    fn may_show_a_name(&mut self, number: Number, to: To, length: usize) -> Result<(), Refusal> {
        let seat = self.knocking.iter_mut().find(|seat| seat.number == number).ok_or(Refusal::NotFound)?;
        seat.names += 1;
        let may = to == To::Moderators && length <= NAME && seat.names <= NAMES;
        may.then_some(()).ok_or(Refusal::NotAllowed)
    }
}
