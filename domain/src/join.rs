//! Two open conversations of one guest with one hotel become one.
//!
//! It happens when two devices turn out to be one person: each had a conversation of its own, and a guest has
//! one open conversation with a hotel (rule H9). In: both, and the entries of the one that ends. Out: the one
//! that goes on, with those entries behind its own, in their own order and under new numbers without a gap
//! (rule H4), after an entry that says so. Never: a word lost, doubled, or put in between by a clock.

use super::{ActorKind, Badge, By, Conversation, Entry, EntryKind, Millis, Seq, StaffWords, Status};

/// Whether `a` is the one that goes on: a held one before a waiting one, so that its guest keeps whoever
/// answers them; of two alike the one opened first.
pub fn survives_join(a: &Conversation, b: &Conversation) -> bool {
    (a.status != Status::Held, a.id) < (b.status != Status::Held, b.id)
}

/// Moves the entries of `ended` behind those of `kept`. Returns what `kept` grows by: the entry that says so,
/// then the entries of `ended`, renumbered. `words` is what the staff wrote in `kept`, `guest_said` the seq
/// of the guest's last message there; both are 0 where there is none.
///
/// Whoever holds `kept` has not seen what a colleague said in `ended`: it counts in `words` like any word
/// (rule H3).
pub fn join(
    kept: &mut Conversation,
    ended: &mut Conversation,
    entries: Vec<Entry>,
    words: &mut StaffWords,
    guest_said: Seq,
    at: Millis,
) -> Vec<Entry> {
    let marker = kept.last_seq + 1;
    let mut moved = Vec::with_capacity(entries.len() + 1);
    moved.push(Entry {
        seq: marker,
        kind: EntryKind::Joined,
        by: By { kind: ActorKind::System, id: None, name: "Bellhop".into() },
        body: entries.len().to_string(),
        to: None,
        client_id: None,
        at,
        files: Vec::new(),
        terms: None,
    });
    moved.extend(entries.into_iter().zip(1..).map(|(entry, n)| Entry { seq: marker + n, ..entry }));

    // A mark says "everything up to here". It moves into the joined part only if nothing before it is unread.
    let staff_said = words.answer;
    moved.iter().for_each(|entry| words.take_in(entry));
    let mark =
        |mine: Seq, said: Seq, theirs: Seq| if mine >= said && theirs > 0 { marker + theirs } else { mine };
    kept.guest_read = mark(kept.guest_read, staff_said, ended.guest_read);
    kept.staff_read = mark(kept.staff_read, guest_said, ended.staff_read);
    let unread = |e: &&Entry| e.seq > kept.staff_read && e.kind.is_word() && e.by.is_guest();
    kept.unread += moved.iter().filter(unread).count() as i64;
    kept.last_seq = marker + moved.len() as Seq - 1;
    kept.rev += 1;
    let first = [kept.wait(), ended.wait()].into_iter().flatten().min();
    (kept.waiting_rank, kept.waiting_since) = first.unzip();
    if ended.rank > kept.rank || kept.last_line.is_empty() {
        (kept.last_line, kept.last_by, kept.last_at, kept.rank) =
            (ended.last_line.clone(), ended.last_by, ended.last_at, ended.rank);
    }
    kept.request = match (kept.request, ended.request.take()) {
        (Some(kept), Some(other)) => Some(Badge::of_both(Some(other), kept)),
        (kept, other) => kept.or(other),
    };
    kept.stay = kept.stay.take().or(ended.stay.clone());
    kept.scanned_room = kept.scanned_room.take().or(ended.scanned_room.clone());

    if ended.holder.take().is_some() {
        ended.epoch += 1;
    }
    ended.status = Status::Resolved;
    ended.joined_to = Some(kept.id);
    ended.end_wait();
    ended.resolved_at = Some(at);
    ended.last_seq = 0;
    ended.unread = 0;
    ended.rev += 1;
    moved
}

#[cfg(test)]
mod tests;
