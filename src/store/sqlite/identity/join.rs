//! Two open conversations of one guest with one hotel, made one in the store; [`domain::join`] says how.

use crate::store::{
    Audit, Result,
    sqlite::{
        conversation::{ALL, entries, select},
        put_audit,
        row::{ConversationRow, words},
    },
};
use domain::{Conversation, ConversationId, Entry, Millis, Seq, StaffWords};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Two conversations that are one now.
pub(super) struct Joined {
    pub kept: ConversationId,
    pub ended: ConversationId,
    /// What `kept` has grown by.
    pub entries: Vec<Entry>,
}

/// Makes one of two open conversations.
pub(super) async fn join(db: &mut SqliteConnection, a: Uuid, b: Uuid, at: Millis) -> Result<Joined> {
    let ((a, a_words), (b, b_words)) = (conversation(db, a).await?, conversation(db, b).await?);
    let (mut kept, mut ended, mut words) =
        if domain::survives_join(&a, &b) { (a, b, a_words) } else { (b, a, b_words) };
    let entries = entries(ended.id, 0, ALL, &mut *db).await?;
    let guest_said = guest_said(db, kept.id).await?;
    let marker = kept.last_seq + 1;
    let entries = domain::join(&mut kept, &mut ended, entries, &mut words, guest_said, at);

    // Two devices cannot have made the same client_id; a client that did keeps its words, without the mark.
    sqlx::query(
        "UPDATE entry SET client_id = NULL WHERE conversation = $1 AND client_id IN (SELECT client_id FROM \
         entry WHERE conversation = $2)",
    )
    .bind(ended.id.0)
    .bind(kept.id.0)
    .execute(&mut *db)
    .await?;
    // Drop the read marks of readers who had seen no message: after the move they would claim to have read
    // the ones placed before.
    sqlx::query(concat!(
        "DELETE FROM read_mark WHERE conversation = $1 AND NOT EXISTS (SELECT 1 FROM entry e WHERE \
         e.conversation = $1 AND e.seq <= read_mark.seq AND e.kind IN ",
        words!(),
        " AND (e.by_kind = 'guest') = EXISTS (SELECT 1 FROM staff s WHERE s.id = read_mark.reader))",
    ))
    .bind(ended.id.0)
    .execute(&mut *db)
    .await?;
    for statement in [
        "UPDATE entry SET conversation = $2, seq = seq + $3 WHERE conversation = $1",
        "UPDATE read_mark SET conversation = $2, seq = seq + $3 WHERE conversation = $1",
        "UPDATE leg SET conversation = $2 WHERE conversation = $1 AND $3 IS NOT NULL",
    ] {
        sqlx::query(statement).bind(ended.id.0).bind(kept.id.0).bind(marker).execute(&mut *db).await?;
    }
    let mark = &entries[0];
    sqlx::query(
        "INSERT INTO entry (conversation, seq, kind, by_kind, by_name, body, at) VALUES ($1, \
        $2, $3, $4, $5, $6, $7)",
    )
    .bind(kept.id.0)
    .bind(mark.seq)
    .bind(mark.kind.as_str())
    .bind(mark.by.kind.as_str())
    .bind(&mark.by.name)
    .bind(&mark.body)
    .bind(mark.at.0)
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE OR IGNORE conversation_tag SET conversation = $2 WHERE conversation = $1")
        .bind(ended.id.0)
        .bind(kept.id.0)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM conversation_tag WHERE conversation = $1")
        .bind(ended.id.0)
        .execute(&mut *db)
        .await?;
    put(db, &ended, StaffWords::default()).await?;
    put(db, &kept, words).await?;
    let detail = format!("{} into {}", ended.id, kept.id);
    put_audit(db, Audit { at, what: "joined", by: None, hotel: Some(kept.hotel), detail }).await?;
    Ok(Joined { kept: kept.id, ended: ended.id, entries })
}

async fn conversation(db: &mut SqliteConnection, id: Uuid) -> Result<(Conversation, StaffWords)> {
    let row: ConversationRow = sqlx::query_as(select!("WHERE c.id = $1")).bind(id).fetch_one(db).await?;
    let words = row.staff_words();
    Ok((Conversation::try_from(row)?, words))
}

/// The seq of the guest's last message; 0 if there is none.
async fn guest_said(db: &mut SqliteConnection, id: ConversationId) -> Result<Seq> {
    let said = concat!(
        "SELECT COALESCE(max(seq), 0) FROM entry WHERE conversation = $1 AND kind IN ",
        words!(),
        " AND by_kind = 'guest'"
    );
    Ok(sqlx::query_scalar(said).bind(id.0).fetch_one(db).await?)
}

async fn put(db: &mut SqliteConnection, c: &Conversation, words: StaffWords) -> Result<()> {
    sqlx::query(
        "UPDATE conversation SET status = $2, holder = $3, epoch = $4, last_seq = $5, rev = $6, \
         waiting_since = $7, \
         resolved_at = $8, last_line = $9, last_by = $10, last_at = $11, unread = $12, guest_read = $13, \
         staff_read = $14, \
         stay = $15, scanned_room = $16, joined_to = $17, last_staff = $18, last_staff_seq = $19, \
         last_other_seq = $20, \
         last_answer_seq = $21, request = $22, request_state = $23, request_until = $24, \
         waiting_rank = $25, rank = $26, resolved_rank = $27 WHERE id = $1",
    )
    .bind(c.id.0)
    .bind(c.status.as_str())
    .bind(c.holder.as_ref().map(|p| p.id.0))
    .bind(c.epoch)
    .bind(c.last_seq)
    .bind(c.rev)
    .bind(c.waiting_since.map(|t| t.0))
    .bind(c.resolved_at.map(|t| t.0))
    .bind(&c.last_line)
    .bind(c.last_by.as_str())
    .bind(c.last_at.0)
    .bind(c.unread)
    .bind(c.guest_read)
    .bind(c.staff_read)
    .bind(c.stay.as_ref().map(|s| s.id.0))
    .bind(&c.scanned_room)
    .bind(c.joined_to.map(|id| id.0))
    .bind(words.last.map(|(id, _)| id.0))
    .bind(words.last.map_or(0, |(_, seq)| seq))
    .bind(words.others)
    .bind(words.answer)
    .bind(c.request.map(|badge| badge.request.0))
    .bind(c.request.map(|badge| badge.state.as_str()))
    .bind(c.request.and_then(|badge| badge.until).map(|at| at.0))
    .bind(c.waiting_rank)
    .bind(c.rank)
    .bind(c.resolved_rank)
    .execute(db)
    .await?;
    Ok(())
}
