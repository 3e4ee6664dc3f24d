//! Changes of hands, and whether the agent takes any.

use super::Board;
use crate::live::Fault;
use domain::wire::{Done, Handed, UNDO, staff::Command};
use domain::{ConversationId, Epoch, HotelId, Refusal, StaffId, Status};
use leptos::prelude::*;
use std::time::Duration;

impl Board {
    pub fn claim(self, id: ConversationId) {
        self.hand(id, |epoch| Command::Claim { conversation: id, epoch });
    }

    /// Takes whoever has waited longest.
    pub fn claim_next(self) {
        match self.longest_waiting() {
            Some(id) => {
                self.select(Some(id));
                self.claim(id);
            }
            None => self.say("No one is waiting.".into()),
        }
    }

    pub fn take_over(self, id: ConversationId, reason: String) {
        self.hand(id, |epoch| Command::TakeOver { conversation: id, epoch, reason });
    }

    pub fn release(self, id: ConversationId) {
        self.hand(id, |epoch| Command::Release { conversation: id, epoch, reason: String::new() });
    }

    pub fn transfer(self, id: ConversationId, to: StaffId) {
        self.hand(id, |epoch| Command::Transfer { conversation: id, epoch, to });
    }

    /// Resolves, leads on to the next guest, and lets it be taken back for a moment.
    pub fn resolve(self, id: ConversationId) {
        let guest = self.row(id).map(|row| self.called(&row)).unwrap_or_default();
        let done = move |epoch: Epoch| {
            let here = self.selected.get_untracked() == Some(id);
            let next = if here { self.lead_on(id).and_then(|next| self.row(next)) } else { None };
            let next = next.map(|row| format!(" Next: {}.", self.called(&row))).unwrap_or_default();
            let undo = Callback::new(move |()| {
                self.select(Some(id));
                self.reopen(id);
            });
            self.undo.offer(format!("Resolved: {guest}.{next}"), "Undo", undo, Duration::from_secs(UNDO));
            self.undo_of.set_value(Some((id, epoch)));
        };
        self.hand_then(id, |epoch| Command::Resolve { conversation: id, epoch }, done);
    }

    pub fn reopen(self, id: ConversationId) {
        self.hand(id, |epoch| Command::Reopen { conversation: id, epoch });
    }

    fn hand(self, id: ConversationId, command: impl FnOnce(Epoch) -> Command) {
        self.hand_then(id, command, |_| {});
    }

    /// Sends a change of hands that names the epoch on this screen; a refusal is said at once.
    fn hand_then(
        self,
        id: ConversationId,
        command: impl FnOnce(Epoch) -> Command,
        then: impl FnOnce(Epoch) + 'static,
    ) {
        let Some(epoch) = self.rows.with_untracked(|rows| rows.get(&id).map(|row| row.epoch)) else { return };
        let Some(live) = self.live() else { return };
        let command = command(epoch);
        leptos::task::spawn_local(async move {
            match live.call::<_, Handed>(command).await {
                Ok(handed) => {
                    self.mark_read();
                    then(handed.epoch);
                }
                Err(Fault::Lost) => {
                    self.say("You’re offline. If the change went through, it will appear shortly.".into())
                }
                Err(Fault::Refused(refusal)) => {
                    self.learn_from(id, &refusal);
                    let epoch = self.row(id).map_or(0, |row| row.epoch);
                    self.say_of(id, epoch, refusal.in_words());
                }
            }
        });
    }

    /// A refusal names who holds the conversation now; the composer must not wait for the event to lock.
    pub(super) fn learn_from(self, id: ConversationId, refusal: &Refusal) {
        let (holder, epoch) = match refusal {
            Refusal::AlreadyHeld { holder, epoch } => (Some(holder.clone()), *epoch),
            Refusal::NotHolder { holder, epoch } | Refusal::Moved { holder, epoch } => {
                (holder.clone(), *epoch)
            }
            _ => return,
        };
        self.rows.update(|rows| {
            if let Some(row) = rows.get_mut(&id).filter(|row| row.epoch < epoch) {
                row.status = if holder.is_some() { Status::Held } else { Status::Waiting };
                row.holder = holder;
                row.epoch = epoch;
            }
        });
    }

    /// Switches availability in one hotel, or in all of mine.
    pub fn set_available(self, hotel: Option<HotelId>, on: bool) {
        let Some(live) = self.live() else { return };
        let turn = move |on: bool| {
            self.you.update(|you| {
                let mine = you.memberships.iter_mut().filter(|m| hotel.is_none_or(|hotel| m.hotel == hotel));
                mine.for_each(|m| m.available = on);
            });
        };
        turn(on);
        leptos::task::spawn_local(async move {
            if live.call::<_, Done>(Command::Available { hotel, on }).await.is_err() {
                turn(!on);
                self.say("Couldn’t change your status. Try again.".into());
            }
        });
    }
}
