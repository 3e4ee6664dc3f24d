//! Every state × actor × command, as one table, and the fine points beside it.

use super::*;
use crate::{
    Badge, ClientId, ConversationId, Entry, Guest, GuestId, LegId, LegState, Millis, Role, StaffId,
    StaffWords, Terms,
};
use std::sync::LazyLock;
use uuid::Uuid;

const EPOCH: Epoch = 7;

fn person(n: u128) -> Person {
    Person { id: StaffId(Uuid::from_u128(n)), name: format!("person {n}") }
}

/// Maria holds where somebody holds; Jonas is her colleague, Beat manages, Helena is the admin.
fn actors() -> [(&'static str, Actor); 6] {
    [
        (
            "guest",
            Actor::Guest(Guest {
                id: GuestId(Uuid::from_u128(9)),
                name: String::new(),
                language: String::new(),
            }),
        ),
        ("holder", Actor::Staff(person(1), Role::Agent)),
        ("colleague", Actor::Staff(person(2), Role::Agent)),
        ("manager", Actor::Staff(person(3), Role::Manager)),
        ("admin", Actor::Admin(person(4))),
        ("system", Actor::System),
    ]
}

fn holder() -> Actor {
    Actor::Staff(person(1), Role::Agent)
}

fn colleague() -> Actor {
    Actor::Staff(person(2), Role::Agent)
}

/// Maria's answer is the last word of the staff, entry 4 of 5.
fn standing(status: Status) -> Standing<'static> {
    static MARIA: LazyLock<Person> = LazyLock::new(|| person(1));
    Standing {
        status,
        holder: (status == Status::Held).then_some(&*MARIA),
        epoch: EPOCH,
        last_seq: 5,
        staff_words: StaffWords { last: Some((person(1).id, 4)), others: 0, answer: 4 },
        joined_to: None,
        newer: None,
    }
}

fn somebody_there() -> Recipient {
    Recipient { person: person(5), member: true, available: true, present: true }
}

fn say(epoch: Epoch, seen: Seq) -> Command {
    Command::Say {
        epoch,
        seen,
        client_id: ClientId(Uuid::nil()),
        body: "Good evening".into(),
        files: Vec::new(),
    }
}

/// A bid, as far as the conversation is concerned.
fn turn(epoch: Epoch, seen: Seq) -> Command {
    let request = LegId(Uuid::nil());
    let terms = Terms { request, of: 1, bid: Some(1), amount: None, until: None, wanted: None };
    let badge = Badge { request, state: LegState::Bid, until: None };
    let (kind, body) = (EntryKind::Bid, "EUR 420.00".into());
    Command::Turn(Box::new(Turn { kind, epoch, seen, client_id: None, body, terms, badge }))
}

/// Every command, as whoever has seen everything gives it. A new one does not compile until it has its place
/// here.
fn commands(epoch: Epoch) -> [Command; 13] {
    let all = [
        Command::Claim { epoch },
        Command::TakeOver { epoch, reason: String::new() },
        Command::Release { epoch, reason: String::new() },
        Command::Transfer { epoch, to: somebody_there() },
        Command::Resolve { epoch },
        Command::Reopen { epoch },
        say(epoch, 5),
        Command::Note { client_id: ClientId(Uuid::nil()), body: "Late arrival".into(), files: Vec::new() },
        Command::Read { seq: 5 },
        Command::Rate { stars: 4, word: String::new() },
        Command::OpenLine { epoch },
        Command::CloseLine,
        turn(epoch, 5),
    ];
    for (at, command) in all.iter().enumerate() {
        let place = match command {
            Command::Claim { .. } => 0,
            Command::TakeOver { .. } => 1,
            Command::Release { .. } => 2,
            Command::Transfer { .. } => 3,
            Command::Resolve { .. } => 4,
            Command::Reopen { .. } => 5,
            Command::Say { .. } => 6,
            Command::Note { .. } => 7,
            Command::Read { .. } => 8,
            Command::Rate { .. } => 9,
            Command::OpenLine { .. } => 10,
            Command::CloseLine => 11,
            Command::Turn(_) => 12,
        };
        assert_eq!(at, place);
    }
    all
}

/// `H+1 claimed`: the status that follows (waiting, held or resolved), the epoch if it moves on, the entry.
/// Or the refusal's code.
fn outcome(decision: Decision) -> String {
    match decision {
        Ok(change) => {
            assert_eq!(
                change.holder.is_some(),
                change.status == Status::Held,
                "held means there is a holder"
            );
            let moved = if change.epoch == EPOCH { "" } else { "+1" };
            assert!(change.epoch == EPOCH || change.epoch == EPOCH + 1);
            let entry = change.entry.map_or(String::new(), |kind| format!(" {}", kind.as_str()));
            format!("{}{moved}{entry}", change.status.as_str()[..1].to_uppercase())
        }
        Err(refusal) => format!("!{}", refusal.code()),
    }
}

use Status::{Held, Resolved, Waiting};

/// `-` is "not_allowed", `!moved` any other refusal; `H+1 claimed` what follows, as [`outcome`] says.
#[rustfmt::skip]
const TABLE: [(&str, Status, [&str; 6]); 39] = [
    // while              guest, holder, colleague, manager, admin, system
    ("claim", Waiting, ["-", "H+1 claimed", "H+1 claimed", "H+1 claimed", "H+1 claimed", "-"]),
    ("claim", Held, ["-", "!already_held", "!already_held", "!already_held", "!already_held", "-"]),
    ("claim", Resolved, ["-", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("take_over", Waiting, ["-", "!not_held", "!not_held", "!not_held", "!not_held", "-"]),
    ("take_over", Held, ["-", "!already_held", "H+1 taken_over", "H+1 taken_over", "H+1 taken_over", "-"]),
    ("take_over", Resolved, ["-", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("release", Waiting, ["-", "!not_held", "!not_held", "!not_held", "!not_held", "!not_held"]),
    ("release", Held, ["-", "W+1 released", "!not_holder", "W+1 released", "W+1 released", "W+1 released"]),
    ("release", Resolved, ["-", "!resolved", "!resolved", "!resolved", "!resolved", "!resolved"]),
    ("transfer", Waiting, ["-", "!not_held", "!not_held", "!not_held", "!not_held", "-"]),
    ("transfer", Held, ["-", "H+1 transferred", "!not_holder", "H+1 transferred", "H+1 transferred", "-"]),
    ("transfer", Resolved, ["-", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("resolve", Waiting, ["-", "!not_holder", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("resolve", Held, ["-", "R+1 resolved", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("resolve", Resolved, ["-", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("reopen", Waiting, ["-", "!not_resolved", "!not_resolved", "!not_resolved", "!not_resolved", "-"]),
    ("reopen", Held, ["-", "!not_resolved", "!not_resolved", "!not_resolved", "!not_resolved", "-"]),
    ("reopen", Resolved, ["-", "H+1 reopened", "H+1 reopened", "H+1 reopened", "H+1 reopened", "-"]),
    ("say", Waiting, ["W said", "!not_holder", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("say", Held, ["H said", "H said", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("say", Resolved, ["!resolved", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("note", Waiting, ["-", "W note", "W note", "W note", "W note", "-"]),
    ("note", Held, ["-", "H note", "H note", "H note", "H note", "-"]),
    ("note", Resolved, ["-", "R note", "R note", "R note", "R note", "-"]),
    ("read", Waiting, ["W", "W", "W", "W", "W", "-"]),
    ("read", Held, ["H", "H", "H", "H", "H", "-"]),
    ("read", Resolved, ["R", "R", "R", "R", "R", "-"]),
    ("rate", Waiting, ["!not_resolved", "-", "-", "-", "-", "-"]),
    ("rate", Held, ["!not_resolved", "-", "-", "-", "-", "-"]),
    ("rate", Resolved, ["R rated", "-", "-", "-", "-", "-"]),
    ("open_line", Waiting, ["!not_held", "!not_holder", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("open_line", Held, ["H line_opened", "H line_opened", "!not_holder", "!not_holder", "!not_holder", "-"]),
    ("open_line", Resolved, ["!resolved", "!resolved", "!resolved", "!resolved", "!resolved", "-"]),
    ("close_line", Waiting, ["W line_closed"; 6]),
    ("close_line", Held, ["H line_closed"; 6]),
    ("close_line", Resolved, ["R line_closed"; 6]),
    ("bid", Waiting, ["W bid", "!not_holder", "!not_holder", "!not_holder", "!not_holder", "W bid"]),
    ("bid", Held, ["H bid", "H bid", "!not_holder", "!not_holder", "!not_holder", "H bid"]),
    ("bid", Resolved, ["!resolved", "!resolved", "!resolved", "!resolved", "!resolved", "R bid"]),
];

#[test]
fn every_state_by_every_actor_by_every_command() {
    let mut rows = TABLE.iter();
    for command in commands(EPOCH) {
        for status in Status::ALL {
            let (name, of, expected) = rows.next().expect("a row for each command in each state");
            assert_eq!((*name, *of), (command.name(), status), "the table's rows");
            for ((who, actor), expected) in actors().iter().zip(expected) {
                let decision = decide(&standing(status), actor, &command);
                let expected = if *expected == "-" { "!not_allowed" } else { expected };
                assert_eq!(outcome(decision), expected, "{name} by {who} while {status:?}");
            }
        }
    }
    assert!(rows.next().is_none());
}

#[test]
fn commands_that_name_another_epoch_are_refused() {
    for epoch in [EPOCH - 1, EPOCH + 1] {
        for command in commands(epoch) {
            let (status, actor) = match command {
                Command::Claim { .. } => (Status::Waiting, colleague()),
                Command::TakeOver { .. } => (Status::Held, colleague()),
                Command::Reopen { .. } => (Status::Resolved, colleague()),
                Command::Release { .. }
                | Command::Transfer { .. }
                | Command::Resolve { .. }
                | Command::OpenLine { .. }
                | Command::Turn(_)
                | Command::Say { .. } => (Status::Held, holder()),
                // They name none.
                Command::Note { .. } | Command::Read { .. } | Command::Rate { .. } | Command::CloseLine => {
                    continue;
                }
            };
            assert_eq!(outcome(decide(&standing(status), &actor, &command)), "!moved", "{}", command.name());
        }
    }
}

#[test]
fn nothing_is_done_to_a_conversation_that_was_joined_to_another() {
    let other = ConversationId(Uuid::from_u128(8));
    for command in commands(EPOCH) {
        for (who, actor) in actors() {
            for status in Status::ALL {
                let now = Standing { joined_to: Some(other), ..standing(status) };
                let refused = decide(&now, &actor, &command);
                assert_eq!(
                    refused,
                    Err(Refusal::Joined { conversation: other }),
                    "{} by {who}",
                    command.name()
                );
            }
        }
    }
}

#[test]
fn a_transfer_to_the_holder_changes_nothing() {
    let manager = Actor::Staff(person(3), Role::Manager);
    let to = Recipient { person: person(1), ..somebody_there() };
    let decision = decide(&standing(Status::Held), &manager, &Command::Transfer { epoch: EPOCH, to });
    assert_eq!(outcome(decision), "!already_held");
}

#[test]
fn a_conversation_goes_only_to_somebody_who_is_there_to_answer() {
    for missing in 0..3 {
        let mut to = somebody_there();
        *[&mut to.member, &mut to.available, &mut to.present][missing] = false;
        let decision = decide(&standing(Status::Held), &holder(), &Command::Transfer { epoch: EPOCH, to });
        assert_eq!(outcome(decision), "!not_available");
    }
    let unknown = Command::Transfer { epoch: EPOCH, to: Recipient::unknown(person(5).id, true) };
    assert_eq!(outcome(decide(&standing(Status::Held), &holder(), &unknown)), "!not_available");
}

#[test]
fn only_the_guests_newest_conversation_is_reopened() {
    let newer = ConversationId(Uuid::from_u128(8));
    let now = Standing { newer: Some(newer), ..standing(Status::Resolved) };
    let refused = decide(&now, &colleague(), &Command::Reopen { epoch: EPOCH });
    assert_eq!(refused, Err(Refusal::AlreadyOpen { conversation: newer }));
}

/// An entry by a person, as it is taken in.
fn entry(kind: EntryKind, by: u128, seq: Seq) -> Entry {
    let by = Actor::Staff(person(by), Role::Agent).by();
    Entry {
        seq,
        kind,
        by,
        body: "…".into(),
        to: None,
        client_id: None,
        at: Millis(0),
        files: Vec::new(),
        terms: None,
    }
}

#[test]
fn nobody_answers_blind() {
    let mut words = StaffWords::default();
    let answer = |words: StaffWords, seen| {
        let now = Standing { staff_words: words, ..standing(Status::Held) };
        outcome(decide(&now, &holder(), &say(EPOCH, seen)))
    };
    words.take_in(&entry(EntryKind::Said, 2, 3));
    assert_eq!(answer(words, 2), "!stale");
    assert_eq!(answer(words, 3), "H said");

    // Having answered does not clear a second window of the same person that never saw entry 3.
    words.take_in(&entry(EntryKind::Said, 1, 4));
    words.take_in(&entry(EntryKind::Note, 1, 5));
    assert_eq!(answer(words, 2), "!stale");
    // One's own words, written in another window, do not make one blind.
    assert_eq!(answer(words, 3), "H said");

    // A colleague's note is to be read first, too; a claim says nothing.
    words.take_in(&entry(EntryKind::Note, 2, 6));
    words.take_in(&entry(EntryKind::Claimed, 2, 7));
    assert_eq!(answer(words, 5), "!stale");
    assert_eq!(answer(words, 6), "H said");
    assert_eq!(words.answer, 4, "a note is no answer");
}
