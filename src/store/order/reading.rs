//! How far guest and holder have read, and when: every reading leaves a mark, for a transcript says what each
//! side had seen.

use super::{Group, Open, Order, Question, ReadMark, Written};
use domain::{Actor, Command, ConversationId, Millis, Seq, StaffId};

impl Open {
    /// How far whoever answers having seen `seen` has read: what they were shown, and their own words if
    /// nothing lies between.
    pub(super) fn shown_by_answer(&self, seen: Seq) -> Seq {
        if seen >= self.row.last_seq { self.row.last_seq + 1 } else { seen }
    }

    /// Whether unread words have to be counted in the store, should the holder have read up to `seq`.
    pub(super) fn unread_question(&self, seq: Seq) -> Option<Question> {
        (seq > self.row.staff_read && seq < self.last_before()).then_some(Question::GuestWordsAfter(seq))
    }

    pub(super) fn reading_question(&self, actor: &Actor, seq: Seq) -> Option<Question> {
        let seq = seq.clamp(0, self.row.last_seq);
        match actor {
            Actor::Guest(_) => {
                let from = self.row.guest_read;
                let unknown = seq > from && self.answered_between(from, seq).is_none();
                unknown.then_some(Question::AnswersBetween(from, seq))
            }
            Actor::Staff(me, _) | Actor::Admin(me) if self.row.is_held_by(me.id) => self.unread_question(seq),
            Actor::Staff(..) | Actor::Admin(_) | Actor::System => None,
        }
    }

    /// Whether the staff has answered after `from`, up to `to`; `None` if only the store knows.
    fn answered_between(&self, from: Seq, to: Seq) -> Option<bool> {
        let last = self.staff_words.answer;
        if last <= from || last <= to {
            return Some(last > from);
        }
        // Read in the middle of answers.
        self.entries.iter().any(|e| e.is_answer() && e.seq > from && e.seq <= to).then_some(true)
    }

    /// The holder has read up to `seq`. `stored` is how many of the guest's words from before this group lie
    /// behind it.
    fn holder_has_read(&mut self, seq: Seq, stored: i64) {
        if seq <= self.row.staff_read {
            return;
        }
        self.row.staff_read = seq;
        self.thread_changed = true;
        let unread = self.entries.iter().filter(|e| e.seq > seq && e.kind.is_word() && e.by.is_guest());
        self.row.unread = stored + unread.count() as i64;
    }
}

impl Group {
    /// What was said changes what is read: a guest's word is unread; whoever answers has read what they were
    /// shown.
    pub(super) fn said(
        &mut self,
        id: ConversationId,
        actor: &Actor,
        seen: Seq,
        answered_before: Option<StaffId>,
        at: Millis,
        stored: Option<i64>,
    ) {
        let open = self.touch(id);
        // That a guest has read is for their page to say: words that waited in a lift were written before the
        // answer.
        let Some(me) = actor.person() else {
            open.row.unread += 1;
            return;
        };
        let seq = open.row.last_seq;
        let shown = seen.min(seq - 1);
        // A colleague may have read it before.
        let is_new = shown > open.row.staff_read || answered_before.is_none_or(|last| last != me.id);
        open.holder_has_read(if shown == seq - 1 { seq } else { shown }, stored.unwrap_or_default());
        if shown > 0 && is_new {
            self.read_marks.push(ReadMark { conversation: id, reader: me.id.0, seq: shown, at });
        }
    }

    /// Guest or holder has read, as [`Command::Read`] says.
    pub(super) fn read(
        &mut self,
        id: ConversationId,
        actor: &Actor,
        order: &Order,
        stored: Option<i64>,
    ) -> Written {
        let row = &self.at(id).row;
        let seq = if let Command::Read { seq } = order.command { seq.clamp(0, row.last_seq) } else { 0 };
        let written = Written { conversation: id, seq, epoch: row.epoch, at: order.at };
        let reader = match actor {
            Actor::Guest(_) if seq > row.guest_read => {
                let guest = row.person;
                let answered = self.at(id).answered_between(row.guest_read, seq);
                let open = self.touch(id);
                open.row.guest_read = seq;
                // The guest's other pages are told.
                open.thread_changed = true;
                // Nothing is kept of a page that reads its own words: no more marks than answers.
                answered.unwrap_or(stored.is_some_and(|answers| answers > 0)).then_some(guest.0)
            }
            // A colleague who looks on has not read for the guest.
            Actor::Staff(me, _) | Actor::Admin(me) if row.is_held_by(me.id) && seq > row.staff_read => {
                self.touch(id).holder_has_read(seq, stored.unwrap_or_default());
                Some(me.id.0)
            }
            Actor::Guest(_) | Actor::Staff(..) | Actor::Admin(_) | Actor::System => None,
        };
        if let Some(reader) = reader {
            self.read_marks.push(ReadMark { conversation: id, reader, seq, at: order.at });
        }
        written
    }
}
