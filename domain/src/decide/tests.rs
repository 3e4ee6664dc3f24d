//! Every state × actor × command, as one table, and the fine points of `stale` beside it.

use super::*;
use crate::{Guest, GuestId, Role, StaffId};
use uuid::Uuid;

const EPOCH: Epoch = 7;

fn person(n: u128) -> Person {
    Person { id: StaffId(Uuid::from_u128(n)), name: format!("person {n}") }
}

/// Maria holds where somebody holds; Jonas is her colleague, Beat manages, Helena is the admin.
fn actors() -> [(&'static str, Actor); 6] {
    [
        ("guest", Actor::Guest(Guest { id: GuestId(Uuid::from_u128(9)), name: String::new(), language: String::new() })),
        ("holder", Actor::Staff(person(1), Role::Agent)),
        ("colleague", Actor::Staff(person(2), Role::Agent)),
        ("manager", Actor::Staff(person(3), Role::Manager)),
        ("admin", Actor::Admin(person(4))),
        ("system", Actor::System),
    ]
}

fn standing(status: Status) -> Standing {
    Standing {
        status,
        holder: (status == Status::Held).then(|| person(1)),
        epoch: EPOCH,
        last_seq: 5,
        last_staff: Some((person(1).id, 4)),
        last_other: 0,
    }
}

fn outcome(decision: Decision) -> String {
    match decision {
        Ok(change) => {
            assert_eq!(change.holder.is_some(), change.status == Status::Held, "held means there is a holder");
            let moved = if change.epoch == EPOCH { "" } else { "+1" };
            assert!(change.epoch == EPOCH || change.epoch == EPOCH + 1);
            format!("{}{moved}", change.status.as_str())
        }
        Err(refusal) => serde_json::to_value(&refusal).unwrap()["code"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn every_state_by_every_actor_by_every_command() {
    // Columns:                 guest        holder        colleague     manager       admin         system
    let table: &[(&str, Status, [&str; 6])] = &[
        ("claim", Status::Waiting, ["not_allowed", "held+1", "held+1", "held+1", "held+1", "not_allowed"]),
        ("claim", Status::Held, ["not_allowed", "already_held", "already_held", "already_held", "already_held", "not_allowed"]),
        ("claim", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
        ("take_over", Status::Waiting, ["not_allowed", "not_held", "not_held", "not_held", "not_held", "not_allowed"]),
        ("take_over", Status::Held, ["not_allowed", "already_held", "held+1", "held+1", "held+1", "not_allowed"]),
        ("take_over", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
        ("release", Status::Waiting, ["not_allowed", "not_held", "not_held", "not_held", "not_held", "not_held"]),
        ("release", Status::Held, ["not_allowed", "waiting+1", "not_holder", "waiting+1", "waiting+1", "waiting+1"]),
        ("release", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "resolved"]),
        ("transfer", Status::Waiting, ["not_allowed", "not_held", "not_held", "not_held", "not_held", "not_allowed"]),
        ("transfer", Status::Held, ["not_allowed", "held+1", "not_holder", "held+1", "held+1", "not_allowed"]),
        ("transfer", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
        ("resolve", Status::Waiting, ["not_allowed", "not_holder", "not_holder", "not_holder", "not_holder", "not_allowed"]),
        ("resolve", Status::Held, ["not_allowed", "resolved+1", "not_holder", "not_holder", "not_holder", "not_allowed"]),
        ("resolve", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
        (
            "reopen",
            Status::Waiting,
            ["not_allowed", "not_resolved", "not_resolved", "not_resolved", "not_resolved", "not_allowed"],
        ),
        (
            "reopen",
            Status::Held,
            ["not_allowed", "not_resolved", "not_resolved", "not_resolved", "not_resolved", "not_allowed"],
        ),
        ("reopen", Status::Resolved, ["not_allowed", "held+1", "held+1", "held+1", "held+1", "not_allowed"]),
        ("say", Status::Waiting, ["waiting", "not_holder", "not_holder", "not_holder", "not_holder", "not_allowed"]),
        ("say", Status::Held, ["held", "held", "not_holder", "not_holder", "not_holder", "not_allowed"]),
        ("say", Status::Resolved, ["resolved", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
        ("note", Status::Waiting, ["not_allowed", "waiting", "waiting", "waiting", "waiting", "not_allowed"]),
        ("note", Status::Held, ["not_allowed", "held", "held", "held", "held", "not_allowed"]),
        ("note", Status::Resolved, ["not_allowed", "resolved", "resolved", "resolved", "resolved", "not_allowed"]),
    ];
    assert_eq!(table.len(), 8 * Status::ALL.len(), "each command in each state");
    for (command, status, expected) in table {
        for ((who, actor), expected) in actors().iter().zip(expected) {
            let now = standing(*status);
            let decision = match *command {
                "claim" => claim(&now, actor, EPOCH),
                "take_over" => take_over(&now, actor, EPOCH),
                "release" => release(&now, actor, EPOCH),
                "transfer" => transfer(&now, actor, EPOCH, &person(5)),
                "resolve" => resolve(&now, actor, EPOCH),
                "reopen" => reopen(&now, actor, EPOCH),
                "say" => say(&now, actor, EPOCH, 5),
                _ => note(&now, actor),
            };
            // A resolved say is a refusal for everybody: "resolved" the code, not the status.
            if *command == "say" && *status == Status::Resolved {
                assert!(decision.is_err());
            }
            assert_eq!(outcome(decision), *expected, "{command} by {who} while {status:?}");
        }
    }
}

#[test]
fn commands_that_name_an_older_epoch_are_refused() {
    let (holder, colleague) = (Actor::Staff(person(1), Role::Agent), Actor::Staff(person(2), Role::Agent));
    for epoch in [EPOCH - 1, EPOCH + 1] {
        let held = standing(Status::Held);
        for decision in [
            claim(&standing(Status::Waiting), &colleague, epoch),
            take_over(&held, &colleague, epoch),
            release(&held, &holder, epoch),
            transfer(&held, &holder, epoch, &person(5)),
            resolve(&held, &holder, epoch),
            reopen(&standing(Status::Resolved), &colleague, epoch),
            say(&held, &holder, epoch, 5),
        ] {
            assert_eq!(outcome(decision), "moved");
        }
    }
}

#[test]
fn a_transfer_to_the_holder_changes_nothing() {
    let manager = Actor::Staff(person(3), Role::Manager);
    assert_eq!(outcome(transfer(&standing(Status::Held), &manager, EPOCH, &person(1))), "already_held");
}

#[test]
fn nobody_answers_blind() {
    let holder = Actor::Staff(person(1), Role::Agent);
    let mut now = Standing { status: Status::Held, holder: Some(person(1)), epoch: EPOCH, ..Standing::NEW };
    now.note_said(person(2).id, 3);
    assert_eq!(outcome(say(&now, &holder, EPOCH, 2)), "stale");
    assert_eq!(outcome(say(&now, &holder, EPOCH, 3)), "held");

    // Having answered does not clear a second window of the same person that never saw entry 3.
    now.note_said(person(1).id, 4);
    now.note_said(person(1).id, 5);
    assert_eq!(outcome(say(&now, &holder, EPOCH, 2)), "stale");
    // One's own words, said from another window, do not make one blind.
    assert_eq!(outcome(say(&now, &holder, EPOCH, 3)), "held");
}
