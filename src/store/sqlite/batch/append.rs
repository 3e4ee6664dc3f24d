//! A decided change becomes the next entry (rule H4), and the conversation what it makes of it.

use super::{ReadMark, Stored, Table};
use crate::store::{Order, Result, What, Written};
use domain::{Actor, Change, ConversationId, Entry, EntryKind, Millis, Person, Status};
use sqlx::sqlite::SqliteConnection;

impl Table {
    /// Writes the decided change as the next entry (rule H4).
    pub(super) async fn append(
        &mut self,
        db: &mut SqliteConnection,
        id: ConversationId,
        actor: &Actor,
        order: &Order,
        change: Change,
        to: Option<Person>,
    ) -> Result<Written> {
        // Released: the guest's unanswered word keeps its place in the queue, whether or not somebody has read it.
        let asked_at = if change.kind == EntryKind::Released { self.unanswered_since(db, id).await? } else { None };
        let open = self.touch(id);
        let seq = open.row.last_seq + 1;
        let body = match &order.what {
            What::Say { body, .. } | What::Note { body, .. } => body.clone(),
            What::TakeOver { reason, .. } | What::Release { reason, .. } => reason.clone(),
            What::Rate { stars, word } => format!("{stars} {word}").trim_end().to_owned(),
            _ => String::new(),
        };
        let client_id = order.what.client_id();
        let entry = Entry { seq, kind: change.kind, by: actor.by(), body, to, client_id, at: order.at };
        let written = Written { conversation: id, seq, epoch: change.epoch, at: order.at };

        open.row.last_seq = seq;
        open.row.take_in(&entry);
        open.thread_changed |= open.row.epoch != change.epoch;
        open.row.epoch = change.epoch;
        open.row.holder = change.holder;
        if open.row.status != change.status {
            open.row.status = change.status;
            let pair = (open.row.guest.id, open.row.hotel);
            open.row.waiting_since = match change.status {
                Status::Waiting => Some(asked_at.unwrap_or(order.at)),
                Status::Held | Status::Resolved => None,
            };
            open.row.resolved_at = (change.status == Status::Resolved).then_some(order.at);
            if change.status == Status::Resolved {
                self.open.remove(&pair);
            } else {
                self.open.insert(pair, id);
            }
        }
        let open = self.conversations.get_mut(&id).expect("touched above");
        open.entries.push(entry);

        if let (EntryKind::Said, What::Say { seen, .. }) = (change.kind, &order.what) {
            match actor.person() {
                // That they have read is for their page to say: words that waited in a lift were written before the answer.
                None => open.row.unread += 1,
                Some(me) => {
                    // Whoever answers has read what they were shown, and their own words; a colleague may have read it before.
                    let shown = (*seen).min(seq - 1);
                    if shown > 0 && (shown > open.row.staff_read || open.last_staff.is_none_or(|(last, _)| last != me.id)) {
                        self.read_marks.push(ReadMark { conversation: id, reader: me.id.0, seq: shown, at: order.at });
                    }
                    let mut standing = open.standing();
                    standing.note_said(me.id, seq);
                    (open.last_staff, open.last_other) = (standing.last_staff, standing.last_other);
                    let read = if shown == seq - 1 { seq } else { shown };
                    self.holder_has_read(db, id, read).await?;
                }
            }
        }
        if let Some(client_id) = client_id {
            let row = &self.conversations[&id].row;
            let note = change.kind == EntryKind::Note;
            let body = self.conversations[&id].entries.last().map(|e| e.body.clone()).unwrap_or_default();
            let stored = Stored { author: order.who.id(), note, body, guest: row.guest.id, hotel: row.hotel, written };
            self.stored.entry(client_id).or_default().push(stored);
        }
        Ok(written)
    }

    /// The guest's first word that nobody has answered, since the conversation was last resolved.
    async fn unanswered_since(&self, db: &mut SqliteConnection, id: ConversationId) -> Result<Option<Millis>> {
        let open = &self.conversations[&id];
        let resolved = open.entries.iter().rposition(|e| e.kind == EntryKind::Resolved);
        let asked = |e: &&Entry| e.seq > open.last_answer() && e.kind == EntryKind::Said && e.by.is_guest();
        let fresh = open.entries[resolved.unwrap_or(0)..].iter().find(asked).map(|e| e.at);
        if resolved.is_some() {
            return Ok(fresh);
        }
        let kept: Option<i64> = sqlx::query_scalar(
            "SELECT at FROM entry WHERE conversation = $1 AND kind = 'said' AND by_kind = 'guest' AND seq > max($2, COALESCE(\
             (SELECT seq FROM entry WHERE conversation = $1 AND kind = 'resolved' ORDER BY seq DESC LIMIT 1), 0)) \
             ORDER BY seq LIMIT 1",
        )
        .bind(id.0)
        .bind(open.last_answer())
        .fetch_optional(db)
        .await?;
        Ok(kept.map(Millis).or(fresh))
    }
}
