//! How far guest and holder have read, and when: every reading leaves a mark, for a transcript says what each side had seen.

use super::{ReadMark, Table};
use crate::store::{Outcome, Result, Written};
use domain::{Actor, ConversationId, Entry, EntryKind, Millis, Refusal, Seq};
use sqlx::sqlite::SqliteConnection;

impl Table {
    pub(super) async fn read(
        &mut self,
        db: &mut SqliteConnection,
        id: ConversationId,
        actor: &Actor,
        seq: Seq,
        at: Millis,
    ) -> Result<Outcome> {
        let row = &self.conversations[&id].row;
        let seq = seq.clamp(0, row.last_seq);
        let written = Written { conversation: id, seq, epoch: row.epoch, at };
        let reader = match actor {
            Actor::Guest(guest) => {
                if seq <= row.guest_read {
                    return Ok(Ok(written));
                }
                let open = self.touch(id);
                let before = std::mem::replace(&mut open.row.guest_read, seq);
                // The guest's other pages are told.
                open.thread_changed = true;
                // Nothing is kept of a page that reads its own words: no more marks than answers.
                if !self.is_answered_between(db, id, before, seq).await? {
                    return Ok(Ok(written));
                }
                guest.id.0
            }
            Actor::Staff(me, _) | Actor::Admin(me) => {
                // A colleague who looks on has not read for the guest.
                if !row.is_held_by(me.id) || seq <= row.staff_read {
                    return Ok(Ok(written));
                }
                self.touch(id);
                self.holder_has_read(db, id, seq).await?;
                me.id.0
            }
            Actor::System => return Ok(Err(Refusal::NotAllowed)),
        };
        self.read_marks.push(ReadMark { conversation: id, reader, seq, at });
        Ok(Ok(written))
    }

    /// Whether the staff has said something after `from`, up to `to`.
    async fn is_answered_between(&self, db: &mut SqliteConnection, id: ConversationId, from: Seq, to: Seq) -> Result<bool> {
        let open = &self.conversations[&id];
        let last = open.last_answer();
        if last <= from || last <= to {
            return Ok(last > from);
        }
        // Read in the middle of answers.
        if open.entries.iter().any(|e| e.is_answer() && e.seq > from && e.seq <= to) {
            return Ok(true);
        }
        let kept = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND kind = 'said' \
             AND by_kind <> 'guest')",
        )
        .bind(id.0)
        .bind(from)
        .bind(to)
        .fetch_one(db)
        .await?;
        Ok(kept)
    }

    pub(super) async fn holder_has_read(&mut self, db: &mut SqliteConnection, id: ConversationId, seq: Seq) -> Result<()> {
        let Some(open) = self.conversations.get_mut(&id) else { return Ok(()) };
        if seq <= open.row.staff_read {
            return Ok(());
        }
        open.row.staff_read = seq;
        open.thread_changed = true;
        let from_guest = |e: &&Entry| e.seq > seq && e.kind == EntryKind::Said && e.by.is_guest();
        let fresh = open.entries.iter().filter(from_guest).count() as i64;
        let before_group = open.row.last_seq - open.entries.len() as i64;
        open.row.unread = if seq >= before_group {
            fresh
        } else {
            let kept: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM entry WHERE conversation = $1 AND seq > $2 AND kind = 'said' AND by_kind = 'guest'",
            )
            .bind(id.0)
            .bind(seq)
            .fetch_one(db)
            .await?;
            kept + fresh
        };
        Ok(())
    }
}
