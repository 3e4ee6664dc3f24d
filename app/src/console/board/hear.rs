//! What the socket says: rows, entries, typing and presence become state of the board.

use super::{Board, Kind, timeline::show_selected};
use crate::{
    domain::{ActorKind, Conversation, ConversationId, GuestId, HotelId, Refusal, Status},
    js,
    live::{self, Fault, News, pause},
    wire::{
        TYPING_EXPIRES,
        staff::{Command, Event, Watched},
    },
};
use leptos::prelude::*;

impl Board {
    pub(super) fn hear(self, news: News<'_>) {
        match news {
            News::Up => leptos::task::spawn_local(self.catch_up()),
            // A server of another build may say things this page does not know; those are passed over.
            News::Event(event) => {
                if let Some(event) = js::read(event.clone()) {
                    self.take_in(event);
                }
            }
        }
    }

    /// Does not give up while the connection stands: a desk that shows "connected" must hear.
    async fn catch_up(self) {
        let hotels: Vec<HotelId> = self.hotels.with_untracked(|hotels| hotels.iter().map(|h| h.id).collect());
        for hotel in hotels {
            loop {
                let Some(live) = self.live() else { return };
                match live.call::<_, Watched>(Command::Watch { hotel }).await {
                    Ok(watched) => {
                        self.forget_rows_of(hotel, &watched);
                        // What came while this desk was not connected is heard too, once.
                        if let Some(row) = watched.conversations.iter().find(|row| self.calls(row)) {
                            self.signals.new_words(&row.label(), row.id);
                        }
                        self.lay_out(watched);
                        break;
                    }
                    Err(Fault::Lost) => return,
                    Err(Fault::Refused(Refusal::NotFound)) => break,
                    Err(Fault::Refused(_)) => pause(2_000).await,
                }
            }
        }
        if let Some(id) = self.selected.get_untracked() {
            self.read_on(id).await;
        }
        self.send_unsent().await;
    }

    /// What is no longer in the queue (resolved before today, say) leaves it; what is open on the desk stays.
    fn forget_rows_of(self, hotel: HotelId, watched: &Watched) {
        let selected = self.selected.get_untracked();
        let kept = |id: &ConversationId| watched.conversations.iter().any(|c| c.id == *id);
        self.rows.update(|rows| rows.retain(|id, row| row.hotel != hotel || kept(id) || selected == Some(*id)));
    }

    pub(super) fn lay_out(self, watched: Watched) {
        let hotel = watched.hotel.id;
        self.rows.update(|rows| {
            for row in watched.conversations {
                if rows.get(&row.id).is_none_or(|old| row.rev >= old.rev) {
                    rows.insert(row.id, row);
                }
            }
        });
        self.colleagues.update(|all| all.insert(hotel, watched.colleagues));
        self.tags.update(|all| all.insert(hotel, watched.tags));
        self.today.update(|all| all.insert(hotel, watched.today));
        self.present.update(|present| {
            present.retain(|(other, _)| *other != hotel);
            present.extend(watched.present.into_iter().map(|guest| (hotel, guest)));
        });
    }

    fn take_in(self, event: Event) {
        match event {
            Event::Hello { you, build, .. } => {
                // Somebody else has signed in in this browser. What waits here is the other's, and is kept under their name.
                if you.id != self.you.with_untracked(|known| known.id) {
                    self.live.set_value(None);
                    let _ = window().location().reload();
                    return;
                }
                self.you.set(you);
                let idle = self.unsent.with_untracked(Vec::is_empty) && self.drafts.with_untracked(|drafts| drafts.is_empty());
                if build != self.build.get_value() && idle {
                    let _ = window().location().reload();
                }
            }
            Event::Said { conversation, entry } => {
                if let Some(client_id) = entry.client_id.filter(|_| entry.by.is(self.you.with_untracked(|you| you.id))) {
                    self.is_sent(client_id);
                }
                self.typing.update(|typing| {
                    // Typing ends with the words of whoever typed.
                    if typing.get(&conversation).is_some_and(|(name, _)| *name == entry.by.name) {
                        typing.remove(&conversation);
                    }
                });
                if self.selected.get_untracked() == Some(conversation) {
                    self.add_entries(conversation, vec![entry]);
                }
            }
            Event::Row { row } => self.take_in_row(*row),
            Event::Typing(typing) => {
                let name = typing.by.name;
                if typing.by.id == Some(self.you.with_untracked(|you| you.id.0)) {
                    return;
                }
                self.typing.update(|all| {
                    if typing.active {
                        all.insert(typing.conversation, (name, live::now() + TYPING_EXPIRES + 500));
                    } else {
                        all.remove(&typing.conversation);
                    }
                });
            }
            Event::Presence { hotel, guest, present } => self.present.update(|all| {
                all.retain(|there| *there != (hotel, guest));
                if present {
                    all.push((hotel, guest));
                }
            }),
            Event::Viewers { conversation, viewers } => {
                if self.selected.get_untracked() == Some(conversation) {
                    self.viewers.set(viewers);
                }
            }
            Event::Colleagues { hotel, colleagues } => self.colleagues.update(|all| all.insert(hotel, colleagues)),
            Event::Erased { hotel, guest } => self.forget(hotel, guest),
            // What this person may do has changed; drafts are kept.
            Event::Closing { reason } if reason == "changed" => drop(window().location().reload()),
            Event::Closing { .. } => {}
        }
    }

    /// A conversation goes on in another one of the same guest. What was being written goes along.
    fn has_joined(self, id: ConversationId, other: ConversationId) {
        self.rows.update(|rows| drop(rows.remove(&id)));
        self.move_drafts(id, other);
        if self.selected.get_untracked() == Some(id) {
            self.select(Some(other));
            self.say("The guest’s two conversations are one now.".into());
        }
    }

    /// Nothing is left of a guest: not on the screen either, nor what was being written to them.
    pub(super) fn forget(self, hotel: HotelId, guest: GuestId) {
        let of_guest = |row: &&Conversation| (row.hotel, row.guest.id) == (hotel, guest);
        let gone: Vec<_> = self.rows.with_untracked(|rows| rows.values().filter(of_guest).map(|row| row.id).collect());
        if self.selected.get_untracked().is_some_and(|id| gone.contains(&id)) {
            self.select(None);
            self.say("The guest was erased, with all that was said.".into());
        }
        for id in gone {
            self.set_draft(id, Kind::Answer, String::new(), None);
            self.set_draft(id, Kind::Note, String::new(), None);
            self.rows.update(|rows| drop(rows.remove(&id)));
        }
    }

    /// Whether somebody is to look: a guest has written whom nobody answers, or I; one has lost who answered them; one was
    /// given to me.
    fn calls(self, row: &Conversation) -> bool {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        let Some(old) = old else { return row.status == Status::Waiting && row.last_by == ActorKind::Guest };
        let written = row.last_by == ActorKind::Guest && row.last_seq > old.last_seq && row.unread > old.unread;
        // What I do myself I do to what is open on my desk.
        let elsewhere = self.selected.get_untracked() != Some(row.id);
        let (was_mine, is_mine) = (old.is_held_by(me), row.is_held_by(me));
        match row.status {
            Status::Waiting => written || old.status == Status::Held && (elsewhere || !was_mine),
            _ => is_mine && (written || !was_mine && elsewhere),
        }
    }

    pub(super) fn take_in_row(self, row: Conversation) {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        if old.as_ref().is_some_and(|old| row.rev < old.rev) {
            return;
        }
        if let Some(other) = row.joined_to {
            return self.has_joined(row.id, other);
        }
        let was_mine = old.as_ref().is_some_and(|old| old.is_held_by(me));
        if was_mine && !row.is_held_by(me) && row.status == Status::Held {
            let holder = row.holder.as_ref().map_or("Somebody", |p| p.name.as_str());
            self.say(format!("{holder} took over {}. Your draft is kept.", row.label()));
        }
        if self.is_past(&row) {
            return self.rows.update(|rows| drop(rows.remove(&row.id)));
        }
        if self.calls(&row) {
            self.signals.new_words(&row.label(), row.id);
        }
        if old.as_ref().is_some_and(|old| old.epoch != row.epoch) {
            // Whoever held it types no more, or not for this guest.
            self.typing.update(|typing| typing.remove(&row.id));
        }
        let moved = old.as_ref().is_some_and(|old| self.section_of(old) != self.section_of(&row));
        if moved && self.selected.get_untracked() == Some(row.id) {
            show_selected();
        }
        let given = !was_mine && old.is_some() && row.is_held_by(me);
        self.rows.update(|rows| drop(rows.insert(row.id, row.clone())));
        if !was_mine && row.is_held_by(me) && self.selected.get_untracked() == Some(row.id) {
            self.mark_read();
        }
        if given && self.selected.get_untracked() != Some(row.id) {
            self.say(format!("{} is yours now.", row.label()));
        }
    }
}
