//! The last trip: what came of a group, written in one go, for the reason given at [`super::load`].

use crate::store::{
    Audit, Result,
    order::{Group, Open},
    sqlite::{audit::Head, delivery::tell, row::to_json},
};
use domain::{ConversationId, Entry, EntryKind, StaffId};
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteConnection};

/// Writes what has changed; with `commit`, ends the transaction in the same trip.
pub(in crate::store::sqlite) async fn write(
    db: &mut SqliteConnection,
    group: &Group,
    commit: bool,
) -> Result<()> {
    let changed: Vec<&Open> = group.changed().collect();
    let entries: Vec<(ConversationId, &Entry)> =
        changed.iter().flat_map(|open| open.entries.iter().map(|entry| (open.row.id, entry))).collect();
    let mut query = QueryBuilder::<Sqlite>::new("");
    if !changed.is_empty() {
        put_conversations(&mut query, &changed);
    }
    if !entries.is_empty() {
        put_entries(&mut query, &entries);
        put_files(&mut query, &entries);
    }
    tell::put(&mut query, &changed);
    if !group.met.is_empty() {
        query.push("INSERT INTO acquaintance (guest, hotel, name, language, seen_at) ");
        query.push_values(&group.met, |mut b, (guest, hotel, at)| {
            b.push_bind(guest.0).push_bind(hotel.0).push_bind("").push_bind("").push_bind(at.0);
        });
        query.push(
            " ON CONFLICT (guest, hotel) DO UPDATE SET seen_at \
            = max(acquaintance.seen_at, excluded.seen_at); ",
        );
    }
    if !group.read_marks.is_empty() {
        query.push("INSERT INTO read_mark (conversation, reader, seq, at) ");
        query.push_values(&group.read_marks, |mut b, mark| {
            b.push_bind(mark.conversation.0).push_bind(mark.reader).push_bind(mark.seq).push_bind(mark.at.0);
        });
        query.push(" ON CONFLICT (conversation, reader, seq) DO NOTHING; ");
    }
    if !group.refused.is_empty() {
        query.push("INSERT INTO refusal (hotel, quarter, staff, what, code, times) ");
        query.push_values(&group.refused, |mut b, ((hotel, quarter, staff, what, code), times)| {
            b.push_bind(hotel.0)
                .push_bind(quarter)
                .push_bind(staff.0)
                .push_bind(*what)
                .push_bind(*code)
                .push_bind(times);
        });
        query.push(
            " ON CONFLICT (hotel, quarter, staff, what, \
            code) DO UPDATE SET times = refusal.times + excluded.times; ",
        );
    }
    let hands = hands(&changed);
    if !hands.is_empty() {
        Head::read(&mut *db).await?.put(&mut query, &hands);
    }
    if commit {
        query.push("COMMIT");
    }
    if !query.sql().as_str().is_empty() {
        query.build().execute(db).await?;
    }
    Ok(())
}

fn put_conversations(query: &mut QueryBuilder<Sqlite>, changed: &[&Open]) {
    query.push(
        "INSERT INTO conversation (id, hotel, guest, guest_name, guest_language, status, holder, epoch, \
         last_seq, last_staff, \
         last_staff_seq, last_other_seq, last_answer_seq, rev, opened_at, waiting_since, \
         waiting_rank, resolved_at, resolved_rank, last_line, last_by, last_at, rank, unread, \
         guest_read, staff_read, stay, scanned_room, rating, request, request_state, request_until) ",
    );
    query.push_values(changed, |mut b, open| {
        let c = &open.row;
        b.push_bind(c.id.0).push_bind(c.hotel.0).push_bind(c.person.0);
        b.push_bind(c.guest.name.as_str()).push_bind(c.guest.language.as_str());
        b.push_bind(c.status.as_str())
            .push_bind(c.holder.as_ref().map(|p| p.id.0))
            .push_bind(c.epoch)
            .push_bind(c.last_seq);
        let words = &open.staff_words;
        b.push_bind(words.last.map(|(id, _)| id.0)).push_bind(words.last.map_or(0, |(_, seq)| seq));
        b.push_bind(words.others).push_bind(words.answer).push_bind(c.rev).push_bind(c.opened_at.0);
        b.push_bind(c.waiting_since.map(|t| t.0)).push_bind(c.waiting_rank);
        b.push_bind(c.resolved_at.map(|t| t.0)).push_bind(c.resolved_rank);
        b.push_bind(c.last_line.as_str()).push_bind(c.last_by.as_str()).push_bind(c.last_at.0);
        b.push_bind(c.rank).push_bind(c.unread).push_bind(c.guest_read).push_bind(c.staff_read);
        b.push_bind(c.stay.as_ref().map(|stay| stay.id.0)).push_bind(c.scanned_room.as_deref());
        b.push_bind(c.rating).push_bind(c.request.map(|badge| badge.request.0));
        b.push_bind(c.request.map(|badge| badge.state.as_str()))
            .push_bind(c.request.and_then(|badge| badge.until).map(|at| at.0));
    });
    query.push(
        " ON CONFLICT (id) DO UPDATE SET guest_name = excluded.guest_name, guest_language = \
         excluded.guest_language, \
         status = excluded.status, holder = excluded.holder, epoch = excluded.epoch, last_seq = \
         excluded.last_seq, \
         last_staff = excluded.last_staff, last_staff_seq = excluded.last_staff_seq, last_other_seq = \
         excluded.last_other_seq, last_answer_seq = excluded.last_answer_seq, \
         rev = excluded.rev, waiting_since = excluded.waiting_since, waiting_rank = excluded.waiting_rank, \
         resolved_at = excluded.resolved_at, resolved_rank = excluded.resolved_rank, rank = excluded.rank, \
         last_line = excluded.last_line, last_by = excluded.last_by, last_at = excluded.last_at, unread = \
         excluded.unread, \
         guest_read = excluded.guest_read, staff_read = excluded.staff_read, rating = excluded.rating, \
         request = excluded.request, request_state = excluded.request_state, \
         request_until = excluded.request_until; ",
    );
}

fn put_entries(query: &mut QueryBuilder<Sqlite>, entries: &[(ConversationId, &Entry)]) {
    query.push(
        "INSERT INTO entry (conversation, seq, kind, by_kind, by_id, by_name, body, to_id, \
        to_name, client_id, at, terms, files) ",
    );
    query.push_values(entries, |mut b, (conversation, e)| {
        b.push_bind(conversation.0).push_bind(e.seq).push_bind(e.kind.as_str());
        b.push_bind(e.by.kind.as_str())
            .push_bind(e.by.id)
            .push_bind(e.by.name.as_str())
            .push_bind(e.body.as_str());
        b.push_bind(e.to.as_ref().map(|p| p.id.0)).push_bind(e.to.as_ref().map(|p| p.name.as_str()));
        b.push_bind(e.client_id.map(|id| id.0)).push_bind(e.at.0);
        b.push_bind(e.terms.as_ref().map(to_json));
        b.push_bind((!e.files.is_empty()).then(|| to_json(&e.files)));
    });
    query.push("; ");
}

/// The files of messages stand in them from now on: whoever may read the entry has them, and they go with it.
fn put_files(query: &mut QueryBuilder<Sqlite>, entries: &[(ConversationId, &Entry)]) {
    for (conversation, entry) in entries {
        for file in &entry.files {
            query.push("UPDATE attachment SET conversation = ").push_bind(conversation.0);
            query.push(", seq = ").push_bind(entry.seq);
            query.push(", internal = ").push_bind(entry.kind == EntryKind::Note);
            query.push(" WHERE id = ").push_bind(file.id.0).push("; ");
        }
    }
}

/// Changes of hands are in the audit trail too (rule H10).
fn hands(changed: &[&Open]) -> Vec<Audit> {
    let mut lines = Vec::new();
    for open in changed {
        for entry in open.entries.iter().filter(|e| e.kind.changes_hands()) {
            let what = entry.kind.as_str();
            let by = entry.by.id.filter(|_| !entry.by.is_guest()).map(StaffId);
            let to = entry.to.as_ref().map_or(String::new(), |to| format!(" to {}", to.id));
            let detail = format!("{}{to}", open.row.id);
            lines.push(Audit { at: entry.at, what, by, hotel: Some(open.row.hotel), detail });
        }
    }
    lines
}
