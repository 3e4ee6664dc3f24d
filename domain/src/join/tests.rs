//! What becomes of two conversations, as a table of who holds which, and of their entries and marks.

use super::*;
use crate::{Actor, Guest, GuestId, HotelId, Person, Role, StaffId};
use uuid::Uuid;

fn person(n: u128) -> Person {
    Person { id: StaffId(Uuid::from_u128(n)), name: format!("person {n}") }
}

fn guest() -> Guest {
    Guest { id: GuestId(Uuid::from_u128(9)), name: "Yuki".into(), language: "ja".into() }
}

/// A conversation with these entries: `g` the guest's word, `a` and `b` an answer by one of two, `n` a note
/// of `b`'s.
fn conversation(letters: &str, status: Status, opened: i64) -> (Conversation, Vec<Entry>, StaffWords) {
    let mut c =
        Conversation::begin(HotelId(Uuid::nil()), guest(), guest().id, None, None, None, Millis(opened));
    let mut words = StaffWords::default();
    let mut entries = Vec::new();
    for (letter, seq) in letters.chars().zip(1..) {
        let (kind, actor) = match letter {
            'g' => (EntryKind::Said, Actor::Guest(guest())),
            'a' => (EntryKind::Said, Actor::Staff(person(1), Role::Agent)),
            'b' => (EntryKind::Said, Actor::Staff(person(2), Role::Agent)),
            _ => (EntryKind::Note, Actor::Staff(person(2), Role::Agent)),
        };
        let at = Millis(opened + seq);
        let entry = Entry {
            seq,
            kind,
            by: actor.by(),
            body: format!("{letter}{seq}"),
            to: None,
            client_id: None,
            at,
            files: Vec::new(),
            terms: None,
        };
        words.take_in(&entry);
        c.take_in(&entry, at.0);
        c.unread += i64::from(letter == 'g');
        entries.push(entry);
    }
    c.last_seq = entries.len() as Seq;
    c.status = status;
    c.holder = (status == Status::Held).then(|| person(1));
    c.epoch = Seq::from(status == Status::Held);
    (c, entries, words)
}

#[test]
fn whoever_answers_a_guest_keeps_them_and_of_two_alike_the_older_survives() {
    use Status::{Held, Waiting};
    for (first, second, survivor) in
        [(Waiting, Waiting, 0), (Held, Waiting, 0), (Waiting, Held, 1), (Held, Held, 0)]
    {
        let (mut a, mut b) = (conversation("g", first, 0).0, conversation("g", second, 5).0);
        a.id = crate::ConversationId(Uuid::from_u128(1));
        b.id = crate::ConversationId(Uuid::from_u128(2));
        assert_eq!(survives_join(&a, &b), survivor == 0, "{first:?} before {second:?}");
        assert_eq!(survives_join(&b, &a), survivor == 1, "asked the other way round");
    }
}

#[test]
fn entries_go_behind_under_numbers_without_a_gap_and_the_other_one_ends() {
    for (kept_status, ended_status) in
        [(Status::Waiting, Status::Waiting), (Status::Held, Status::Waiting), (Status::Held, Status::Held)]
    {
        let (mut kept, _, mut words) = conversation("gag", kept_status, 0);
        let (mut ended, entries, _) = conversation("gg", ended_status, 10);
        let before = (kept.holder.clone(), kept.epoch, ended.epoch);
        let grown = join(&mut kept, &mut ended, entries, &mut words, 3, Millis(99));
        let told: Vec<_> = grown.iter().map(|e| (e.seq, e.body.as_str())).collect();
        assert_eq!(told, [(4, "2"), (5, "g1"), (6, "g2")]);
        assert_eq!(grown[0].kind, EntryKind::Joined);
        assert_eq!((kept.status, kept.last_seq), (kept_status, 6));
        assert_eq!((&kept.holder, kept.epoch), (&before.0, before.1), "whoever holds the guest still does");
        // Its holder lost it: that is a change of hands.
        let moved = before.2 + i64::from(ended_status == Status::Held);
        assert_eq!((ended.status, ended.holder.as_ref(), ended.epoch), (Status::Resolved, None, moved));
        assert_eq!((ended.joined_to, ended.last_seq, ended.unread), (Some(kept.id), 0, 0));
    }
}

#[test]
fn what_a_colleague_wrote_in_the_other_conversation_is_unseen_by_the_holder() {
    for (other, answer) in [("gb", 5), ("gn", 2)] {
        let (mut kept, _, mut words) = conversation("ga", Status::Held, 0);
        let (mut ended, entries, _) = conversation(other, Status::Held, 10);
        join(&mut kept, &mut ended, entries, &mut words, 1, Millis(99));
        assert_eq!(words, StaffWords { last: Some((person(2).id, 5)), others: 2, answer }, "{other}");
        assert_eq!(words.by_others(person(1).id), 5);
    }
}

#[test]
fn a_mark_moves_into_the_joined_part_only_if_nothing_before_it_is_unread() {
    for (read_here, read_there, mark) in [(2, 2, 5), (1, 2, 1), (2, 0, 2), (0, 0, 0)] {
        let (mut kept, _, mut words) = conversation("ga", Status::Held, 0);
        let (mut ended, entries, _) = conversation("gb", Status::Waiting, 10);
        (kept.guest_read, ended.guest_read) = (read_here, read_there);
        join(&mut kept, &mut ended, entries, &mut words, 1, Millis(99));
        assert_eq!(kept.guest_read, mark, "read {read_here} here and {read_there} there");
    }
}

#[test]
fn a_guest_who_waited_twice_has_waited_since_the_first() {
    let (mut kept, _, mut words) = conversation("g", Status::Waiting, 20);
    let (mut ended, entries, _) = conversation("g", Status::Waiting, 10);
    join(&mut kept, &mut ended, entries, &mut words, 1, Millis(99));
    assert_eq!(kept.waiting_since, Some(Millis(11)));
    assert_eq!((kept.last_line.as_str(), kept.unread), ("g1", 2));
}
