//! What the socket says: rows, entries, typing and presence become state of the board.

use super::{
    super::drafts::{self, Kind},
    Board,
    queue::show_selected,
};
use crate::{
    js,
    live::{self, Fault, News, pause},
    ui::{is_push, show_push},
};
use domain::wire::{
    TYPING_EXPIRES,
    staff::{Command, Event, Waiting, Watched},
};
use domain::{ActorKind, Conversation, ConversationId, Entry, EntryKind, GuestId, HotelId, Refusal, Status};
use leptos::prelude::*;

/// Waiting guests of a hotel whom a desk shows unasked: more than anybody looks through.
const SHOWN: i64 = 200;

/// How long after a change those who are only counted are counted anew, in milliseconds.
const SOON: u64 = 1_000;

impl Board {
    pub(super) fn hear(self, news: News<'_>) {
        match news {
            News::Up => leptos::task::spawn_local(self.catch_up()),
            // A server of another build may say things this page does not know; those are passed over.
            News::Event(event) => match js::read(event.clone()) {
                Some(event) => self.take_in(event),
                None if is_push(event) => show_push(event),
                None => self.hear_line(event),
            },
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
                            self.signals.new_words(&self.called(row), row.id);
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
        self.rows
            .update(|rows| rows.retain(|id, row| row.hotel != hotel || kept(id) || selected == Some(*id)));
    }

    pub(super) fn lay_out(self, watched: Watched) {
        let hotel = watched.hotel.id;
        self.note_last(hotel, &watched.conversations);
        self.put_rows(watched.conversations);
        self.count(hotel, watched.waiting);
        self.colleagues.update(|all| all.insert(hotel, watched.colleagues));
        self.tags.update(|all| all.insert(hotel, watched.tags));
        self.today.update(|all| all.insert(hotel, watched.today));
        self.offsets.update(|all| all.insert(hotel, watched.offset));
        self.targets.update(|all| all.insert(hotel, watched.targets));
        self.present.update(|present| {
            present.retain(|(other, _)| *other != hotel);
            present.extend(watched.present.into_iter().map(|guest| (hotel, guest)));
        });
    }

    fn take_in(self, event: Event) {
        match event {
            Event::Hello { you, build, .. } => {
                // Somebody else has signed in in this browser. What waits here is the other's, and is kept
                // under their name.
                if you.id != self.you.with_untracked(|known| known.id) {
                    self.live.set_value(None);
                    let _ = window().location().reload();
                    return;
                }
                self.you.set(you);
                let idle = self.unsent.with_untracked(Vec::is_empty)
                    && self.drafts.with_untracked(|drafts| drafts.is_empty());
                if build != self.build.get_value() && idle {
                    let _ = window().location().reload();
                }
            }
            Event::Said { conversation, entry } => {
                if let Some(client_id) =
                    entry.client_id.filter(|_| entry.by.is(self.you.with_untracked(|you| you.id)))
                {
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
            Event::Row { row, change } => {
                if self.is_only_counted(&row) {
                    return;
                }
                let said = change.and_then(|change| self.told_of(&row, &change));
                self.take_in_row(*row, said);
            }
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
            Event::Colleagues { hotel, colleagues } => {
                self.colleagues.update(|all| all.insert(hotel, colleagues))
            }
            Event::Requests { conversation, requests } => {
                if self.selected.get_untracked() == Some(conversation) {
                    self.requests.set(requests);
                }
            }
            Event::Ring { hotel, conversation } => self.ring(hotel, conversation),
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
            self.say("This guest’s two conversations were merged.".into());
        }
    }

    /// Nothing is left of a guest: not on the screen either, nor what was being written to them.
    pub(super) fn forget(self, hotel: HotelId, guest: GuestId) {
        let of_guest = |row: &&Conversation| (row.hotel, row.guest.id) == (hotel, guest);
        let gone: Vec<_> =
            self.rows.with_untracked(|rows| rows.values().filter(of_guest).map(|row| row.id).collect());
        if self.selected.get_untracked().is_some_and(|id| gone.contains(&id)) {
            self.select(None);
            self.say("This guest and their conversations were erased.".into());
        }
        let me = self.you.with_untracked(|you| you.id);
        for id in gone {
            for kind in [Kind::Answer, Kind::Note] {
                self.set_draft(id, kind, String::new(), None);
                drafts::erase(me, id, kind);
            }
            self.rows.update(|rows| drop(rows.remove(&id)));
        }
    }

    /// Whether somebody is to look: a guest has written whom nobody answers, or I; one has lost who answered
    /// them; one was given to me.
    fn calls(self, row: &Conversation) -> bool {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        let Some(old) = old else { return row.status == Status::Waiting && row.last_by == ActorKind::Guest };
        let written =
            row.last_by == ActorKind::Guest && row.last_seq > old.last_seq && row.unread > old.unread;
        // What I do myself I do to what is open on my desk.
        let elsewhere = self.selected.get_untracked() != Some(row.id);
        let (was_mine, is_mine) = (old.is_held_by(me), row.is_held_by(me));
        match row.status {
            Status::Waiting => {
                written || row.wants_claim() && old.status == Status::Held && (elsewhere || !was_mine)
            }
            _ => is_mine && (written || !was_mine && elsewhere),
        }
    }

    pub(super) fn take_in_row(self, row: Conversation, said: Option<String>) {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        if old.as_ref().is_some_and(|old| row.rev < old.rev) {
            return;
        }
        if let Some(other) = row.joined_to {
            return self.has_joined(row.id, other);
        }
        let was_mine = old.as_ref().is_some_and(|old| old.is_held_by(me));
        if self.is_past(&row) {
            return self.rows.update(|rows| drop(rows.remove(&row.id)));
        }
        if self.calls(&row) {
            self.signals.new_words(&self.called(&row), row.id);
        }
        if old.as_ref().is_some_and(|old| old.epoch != row.epoch) {
            // Whoever held it types no more, or not for this guest.
            self.typing.update(|typing| typing.remove(&row.id));
        }
        // The tab goes along with the row that is picked, if it showed it.
        let (before, now) = untrack(|| (old.as_ref().map(|old| self.section_of(old)), self.section_of(&row)));
        if before.is_some_and(|before| before != now) && self.selected.get_untracked() == Some(row.id) {
            if before == Some(self.tab.get_untracked()) {
                self.tab.set(now);
            }
            show_selected();
        }
        let given = !was_mine && old.is_some() && row.is_held_by(me);
        let lost = was_mine && !row.is_held_by(me) && row.status == Status::Held;
        // What happened while this desk was not connected comes without how.
        let said = said.or_else(|| {
            let holder = row.holder.as_ref().map_or("Somebody", |p| p.name.as_str());
            match (given, lost) {
                (true, _) if self.selected.get_untracked() != Some(row.id) => {
                    Some(format!("{} is now assigned to you.", self.called(&row)))
                }
                (_, true) => Some(format!("{holder} is answering {} now.", self.called(&row))),
                _ => None,
            }
        });
        self.rows.update(|rows| drop(rows.insert(row.id, row.clone())));
        // What was said of it before it changed hands is no longer so.
        for (toast, of) in [(self.undo, self.undo_of), (self.notice, self.said_of)] {
            if of.get_value().is_some_and(|(id, epoch)| id == row.id && epoch < row.epoch) {
                toast.clear();
            }
        }
        if given && self.selected.get_untracked() == Some(row.id) {
            self.mark_read();
        }
        if let Some(said) = said {
            self.say_of(row.id, row.epoch, said);
        }
    }

    /// A change of hands that concerns me, in words: what was mine, or is now. My own deeds need no word but
    /// a transfer.
    fn told_of(self, row: &Conversation, change: &Entry) -> Option<String> {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        if old.as_ref().is_some_and(|old| row.rev < old.rev) {
            return None;
        }
        let (was_mine, is_mine) = (old.is_some_and(|old| old.is_held_by(me)), row.is_held_by(me));
        let (guest, by, to) =
            (self.called(row), &change.by.name, change.to.as_ref().map_or("", |p| p.name.as_str()));
        let kept =
            [Kind::Answer, Kind::Note].into_iter().any(|kind| !self.draft(row.id, kind).text.is_empty());
        let draft = if kept { " Your draft is kept." } else { "" };
        let reason = change.reason().map(|reason| format!(" “{reason}”")).unwrap_or_default();
        match change.kind {
            EntryKind::Transferred if change.by.is(me) => Some(format!("You transferred {guest} to {to}.")),
            EntryKind::Transferred if is_mine => Some(format!("{by} transferred {guest} to you.")),
            EntryKind::Transferred if was_mine => Some(format!("{by} transferred {guest} to {to}.{draft}")),
            _ if change.by.is(me) || !was_mine => None,
            EntryKind::TakenOver => Some(format!("{by} took over {guest}.{reason}{draft}")),
            EntryKind::Released if change.reason().is_none() && !change.body.is_empty() => {
                Some(format!("{guest} is back in the queue: {}.{draft}", change.body))
            }
            EntryKind::Released => Some(format!("{guest} is back in the queue.{reason}{draft}")),
            EntryKind::Resolved => Some(format!("{by} resolved {guest}’s conversation.{draft}")),
            _ => None,
        }
    }

    /// Whether a row is one of more waiting guests than anybody looks through: such are counted, and shown
    /// when it is their turn. How many they are the server is asked for, a moment after something has
    /// changed.
    fn is_only_counted(self, row: &Conversation) -> bool {
        let known = self.rows.with_untracked(|rows| rows.contains_key(&row.id));
        let more = self.more.with_untracked(|more| more.get(&row.hotel).copied().unwrap_or(0));
        let shown = self.shown(row.hotel);
        if more == 0 && shown < SHOWN {
            return false;
        }
        self.count_soon();
        !known && row.status == Status::Waiting
    }

    /// Those of a hotel who wait and are on this desk.
    fn shown(self, hotel: HotelId) -> i64 {
        let waits = |row: &&Conversation| row.hotel == hotel && row.status == Status::Waiting;
        self.rows.with_untracked(|rows| rows.values().filter(waits).count() as i64)
    }

    fn count_soon(self) {
        if self.filling.try_update_value(|filling| std::mem::replace(filling, true)) == Some(false) {
            leptos::task::spawn_local(async move {
                pause(SOON).await;
                self.filling.try_set_value(false);
                self.fill(Some(0));
            });
        }
    }

    /// Asks for more of those who wait, the longest wait first; without room for any, only how many they are.
    pub fn fill(self, limit: Option<i64>) {
        if self.filling.try_update_value(|filling| std::mem::replace(filling, true)) != Some(false) {
            return;
        }
        leptos::task::spawn_local(async move {
            for hotel in self.hotels.get_untracked().into_iter().map(|h| h.id) {
                let (shown, more) = (
                    self.shown(hotel),
                    self.more.with_untracked(|more| more.get(&hotel).copied().unwrap_or(0)),
                );
                let after = self.last_shown.with_value(|last| last.get(&hotel).copied());
                let (Some(live), Some(after)) = (self.live(), after) else { continue };
                if more == 0 && shown < SHOWN {
                    continue;
                }
                // When most of those on the desk have been taken, the next ones come by themselves.
                let limit = if shown < SHOWN / 4 { None } else { limit };
                if let Ok(next) = live.call::<_, Waiting>(Command::Waiting { hotel, after, limit }).await {
                    self.note_last(hotel, &next.conversations);
                    self.put_rows(next.conversations);
                    self.count(hotel, next.waiting);
                }
            }
            self.filling.try_set_value(false);
        });
    }

    fn count(self, hotel: HotelId, waiting: i64) {
        let more = (waiting - self.shown(hotel)).max(0);
        if self.more.with_untracked(|all| all.get(&hotel).copied()) != Some(more) {
            self.more.update(|all| all.insert(hotel, more));
        }
    }

    /// The server names those who wait in their order.
    fn note_last(self, hotel: HotelId, named: &[Conversation]) {
        if let Some(last) = named.iter().rev().find(|row| row.status == Status::Waiting) {
            self.last_shown.update_value(|all| all.insert(hotel, last.id));
        }
    }

    fn put_rows(self, new: Vec<Conversation>) {
        self.rows.update(|rows| {
            for row in new {
                if rows.get(&row.id).is_none_or(|old| row.rev >= old.rev) {
                    rows.insert(row.id, row);
                }
            }
        });
    }
}
