//! What participants may ask of their room, and whether they may.

use super::{Participant, Seat, State};
use domain::Refusal;
use domain::wire::whisper::{Command, Event, FADES, Gone, Number, Reason};
use std::time::Instant;

type Answer = Result<(), Refusal>;

impl Participant {
    /// Carries out a command.
    ///
    /// # Errors
    /// `NotAllowed` for who is no moderator, `NotFound` for a number that is nobody's, `Invalid` otherwise.
    pub fn command(&self, command: &Command, now: Instant) -> Answer {
        let me = self.number;
        if self.room.pair {
            // Each end may end it, and there is nothing else to decide.
            let may = matches!(command, Command::Leave {} | Command::Close {});
            return may.then(|| self.room.close(me)).ok_or(Refusal::NotAllowed);
        }
        let mut state = self.room.state();
        if matches!(command, Command::Leave {}) {
            state.leave(me, Reason::Left);
            state.is_empty_since(now);
            return Ok(());
        }
        if !state.seats.iter().any(|seat| seat.number == me && seat.moderator) {
            return Err(Refusal::NotAllowed);
        }
        match *command {
            Command::Join { .. } => return Err(Refusal::BadCommand { why: "joined already".into() }),
            Command::Leave {} => {}
            Command::Lock { on } => state.lock(on),
            Command::Fade { seconds } => {
                if !FADES.contains(&seconds) {
                    let why = format!("{} to {}", FADES.start(), FADES.end());
                    return Err(Refusal::Invalid { field: "Seconds".into(), why });
                }
                state.fade = seconds;
                state.tell_all(&Event::Fade { seconds });
            }
            Command::Admit { participant } => {
                if state.present().count() >= self.room.limits.people {
                    return Err(Refusal::NotAvailable);
                }
                let seat = state.take_knock(participant)?;
                self.room.sit_down(&mut state, seat, now);
            }
            Command::TurnAway { participant } => {
                let mut seat = state.take_knock(participant)?;
                if let Some(post) = &mut seat.post {
                    post.close(Reason::TurnedAway);
                }
            }
            Command::Remove { participant } => {
                let seat = state.seat(participant)?;
                if seat.moderator {
                    return Err(Refusal::NotAllowed);
                }
                // Whoever was sent out still has the link.
                state.leave(participant, Reason::Removed);
                state.lock(true);
            }
            Command::Appoint { participant } => {
                let seat = state.seat(participant)?;
                seat.moderator = true;
                if seat.maker {
                    state.maker_leads = true;
                }
                state.tell_who_leads();
                state.tell_of_knocks();
            }
            Command::StepDown {} => {
                if !state.present().any(|seat| seat.moderator && seat.number != me) {
                    return Err(Refusal::NotAvailable);
                }
                let seat = state.seat(me)?;
                seat.moderator = false;
                if seat.maker {
                    state.maker_leads = false;
                }
                state.tell_who_leads();
            }
            Command::Close {} => state.end(Reason::Closed),
        }
        Ok(())
    }
}

impl State {
    /// The seat of somebody who is in the room, be it that their connection is lost just now.
    fn seat(&mut self, number: Number) -> Result<&mut Seat, Refusal> {
        self.seats.iter_mut().find(|seat| seat.number == number).ok_or(Refusal::NotFound)
    }

    fn take_knock(&mut self, number: Number) -> Result<Seat, Refusal> {
        let at = self.knocking.iter().position(|seat| seat.number == number).ok_or(Refusal::NotFound)?;
        let seat = self.knocking.remove(at);
        self.tell_moderators(&Event::KnockEnded { number });
        Ok(seat)
    }

    /// Nobody who knocks is let in by opening the door: each was not seen yet.
    fn lock(&mut self, on: bool) {
        if self.locked != on {
            self.locked = on;
            self.tell_all(&Event::Locked { on });
        }
    }

    fn leave(&mut self, number: Number, reason: Reason) {
        if let Ok(mut seat) = self.take_knock(number) {
            seat.post.iter_mut().for_each(|post| post.close(reason));
        } else if let Some(at) = self.seats.iter().position(|seat| seat.number == number) {
            let mut seat = self.seats.remove(at);
            seat.post.iter_mut().for_each(|post| post.close(reason));
            let why = if reason == Reason::Removed { Gone::Removed } else { Gone::Left };
            self.tell_all(&Event::Went { number, why });
            if seat.maker && reason == Reason::Removed {
                self.maker_leads = false;
            }
        }
    }
}
