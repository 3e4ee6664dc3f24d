//! The decisions: may this actor do this to a conversation that stands so, and what follows?
//!
//! In: a [`Standing`], an [`Actor`] whose membership of the hotel is already established, and what the command
//! names. Out: the [`Change`] to make, or a [`Refusal`]. The server asks inside the storing transaction; the
//! browser asks to enable a button. Neither has rules of its own.

use super::{Actor, EntryKind, Epoch, Person, Refusal, Seq, Standing, Status};

/// What follows from an allowed command: the entry's kind and the standing after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: EntryKind,
    pub status: Status,
    pub holder: Option<Person>,
    pub epoch: Epoch,
}

type Decision = Result<Change, Refusal>;

/// A staff member takes a waiting conversation. Of several at once exactly one wins (rule H1).
pub fn claim(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    match (now.status, &now.holder) {
        (Status::Resolved, _) => Err(Refusal::Resolved { epoch: now.epoch }),
        (_, Some(holder)) => Err(Refusal::AlreadyHeld { holder: holder.clone(), epoch: now.epoch }),
        (_, None) => {
            same_epoch(now, epoch)?;
            Ok(hand_to(now, EntryKind::Claimed, me))
        }
    }
}

/// A staff member takes a conversation that a colleague holds.
pub fn take_over(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    let holder = held(now)?;
    if holder.id == me.id {
        return Err(Refusal::AlreadyHeld { holder: holder.clone(), epoch: now.epoch });
    }
    same_epoch(now, epoch)?;
    Ok(hand_to(now, EntryKind::TakenOver, me))
}

/// The holder, somebody who leads, or Bellhop itself puts a conversation back to waiting.
pub fn release(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    may_give_away(now, actor)?;
    same_epoch(now, epoch)?;
    Ok(Change { kind: EntryKind::Released, status: Status::Waiting, holder: None, epoch: now.epoch + 1 })
}

/// The holder or somebody who leads hands a conversation to a colleague of the same hotel.
pub fn transfer(now: &Standing, actor: &Actor, epoch: Epoch, to: &Person) -> Decision {
    staff(actor)?;
    let holder = may_give_away(now, actor)?;
    if holder.id == to.id {
        return Err(Refusal::AlreadyHeld { holder: holder.clone(), epoch: now.epoch });
    }
    same_epoch(now, epoch)?;
    Ok(hand_to(now, EntryKind::Transferred, to))
}

/// The holder ends the conversation.
pub fn resolve(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    holder_only(now, staff(actor)?, epoch)?;
    Ok(Change { kind: EntryKind::Resolved, status: Status::Resolved, holder: None, epoch: now.epoch + 1 })
}

/// A staff member takes up a resolved conversation again, and holds it.
pub fn reopen(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    if now.status != Status::Resolved {
        return Err(Refusal::NotResolved { epoch: now.epoch });
    }
    same_epoch(now, epoch)?;
    Ok(hand_to(now, EntryKind::Reopened, me))
}

/// A message. Guests may always speak in an open conversation and name neither epoch nor `seen`;
/// of the staff only the holder (rule H2), and only having seen what colleagues said before (rule H3).
pub fn say(now: &Standing, actor: &Actor, epoch: Epoch, seen: Seq) -> Decision {
    let same = Change { kind: EntryKind::Said, status: now.status, holder: now.holder.clone(), epoch: now.epoch };
    match actor {
        Actor::Guest(_) if now.status == Status::Resolved => Err(Refusal::Resolved { epoch: now.epoch }),
        Actor::Guest(_) => Ok(same),
        Actor::System => Err(Refusal::NotAllowed),
        Actor::Staff(me, _) | Actor::Admin(me) => {
            holder_only(now, me, epoch)?;
            if now.last_said_by_others(me.id) > seen {
                return Err(Refusal::Stale { last_seq: now.last_seq });
            }
            Ok(same)
        }
    }
}

/// An internal note, which changes nothing and which guests never see.
pub fn note(now: &Standing, actor: &Actor) -> Decision {
    staff(actor)?;
    Ok(Change { kind: EntryKind::Note, status: now.status, holder: now.holder.clone(), epoch: now.epoch })
}

/// The guest's word on how it went, once it is over. It changes nothing else.
pub fn rate(now: &Standing, actor: &Actor) -> Decision {
    match actor {
        Actor::Guest(_) if now.status != Status::Resolved => Err(Refusal::NotResolved { epoch: now.epoch }),
        Actor::Guest(_) => {
            Ok(Change { kind: EntryKind::Rated, status: now.status, holder: now.holder.clone(), epoch: now.epoch })
        }
        _ => Err(Refusal::NotAllowed),
    }
}

fn staff(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or(Refusal::NotAllowed)
}

fn held(now: &Standing) -> Result<&Person, Refusal> {
    match (now.status, &now.holder) {
        (Status::Resolved, _) => Err(Refusal::Resolved { epoch: now.epoch }),
        (_, Some(holder)) => Ok(holder),
        (_, None) => Err(Refusal::NotHeld { epoch: now.epoch }),
    }
}

fn may_give_away<'a>(now: &'a Standing, actor: &Actor) -> Result<&'a Person, Refusal> {
    if matches!(actor, Actor::Guest(_)) {
        return Err(Refusal::NotAllowed);
    }
    let holder = held(now)?;
    if actor.is(holder.id) || actor.leads() {
        Ok(holder)
    } else {
        Err(Refusal::NotHolder { holder: now.holder.clone(), epoch: now.epoch })
    }
}

fn holder_only(now: &Standing, me: &Person, epoch: Epoch) -> Result<(), Refusal> {
    if now.status == Status::Resolved {
        return Err(Refusal::Resolved { epoch: now.epoch });
    }
    match &now.holder {
        Some(holder) if holder.id == me.id => same_epoch(now, epoch),
        other => Err(Refusal::NotHolder { holder: other.clone(), epoch: now.epoch }),
    }
}

fn same_epoch(now: &Standing, epoch: Epoch) -> Result<(), Refusal> {
    if epoch == now.epoch { Ok(()) } else { Err(Refusal::Moved { holder: now.holder.clone(), epoch: now.epoch }) }
}

fn hand_to(now: &Standing, kind: EntryKind, to: &Person) -> Change {
    Change { kind, status: Status::Held, holder: Some(to.clone()), epoch: now.epoch + 1 }
}

#[cfg(test)]
mod tests;
