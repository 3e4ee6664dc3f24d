//! All rooms, by code. They live here and nowhere else: what ends with the program is gone.

use crate::{
    code::{Code, Secret},
    frame::Weight,
    limits::Limits,
    room::Room,
};
use domain::wire::whisper::Reason;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

pub struct Rooms {
    limits: Limits,
    weight: Weight,
    by_code: Mutex<HashMap<Code, Arc<Room>>>,
    stopping: AtomicBool,
}

impl Rooms {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            weight: Weight::default(),
            by_code: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// A new room; `None` if there are as many as may be.
    pub fn make(&self, now: Instant) -> Option<(Code, Arc<Room>)> {
        let mut rooms = self.by_code();
        let open = rooms.values().filter(|room| !room.is_pair()).count();
        if open >= self.limits.rooms || self.stopping.load(Ordering::Relaxed) {
            return None;
        }
        let (code, room) = (Code::new(), Arc::new(Room::new(self.limits, self.weight.clone(), now)));
        rooms.insert(code.clone(), room.clone());
        Some((code, room))
    }

    /// A private line: a room of two, each of whom comes by a ticket of their own. `None` if the program
    /// stops. No limit counts them: there is one at most for each conversation that is held.
    pub fn pair(&self, now: Instant) -> Option<(Code, Arc<Room>, [Secret; 2])> {
        let mut rooms = self.by_code();
        if self.stopping.load(Ordering::Relaxed) {
            return None;
        }
        let (room, tickets) = Room::pair(self.limits, self.weight.clone(), now);
        let (code, room) = (Code::new(), Arc::new(room));
        rooms.insert(code.clone(), room.clone());
        Some((code, room, tickets))
    }

    /// A room that has not ended, or a private line.
    pub fn find(&self, code: &Code) -> Option<Arc<Room>> {
        let room = self.by_code().get(code)?.clone();
        (!room.is_over()).then_some(room)
    }

    /// Ends what is to end. To be called every second or so.
    pub fn sweep(&self, now: Instant) {
        self.by_code().retain(|_, room| {
            room.tidy(now);
            !room.is_over()
        });
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.by_code().len()
    }

    /// Ends all, for the program stops.
    pub fn end(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.by_code().drain().for_each(|(_, room)| room.end(Reason::Stopping));
    }

    fn by_code(&self) -> MutexGuard<'_, HashMap<Code, Arc<Room>>> {
        self.by_code.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
