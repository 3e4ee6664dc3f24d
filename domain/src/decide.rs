//! The decisions: may this actor do this to a conversation that stands so, and what follows?
//!
//! In: a [`Standing`], an [`Actor`] whose membership of the hotel is already established, and a [`Command`].
//! Out: the [`Change`] to make, or a [`Refusal`]. The server asks inside the storing transaction; the browser
//! asks to enable a button. Neither has rules of its own.
//!
//! 4 of 6 on a message's way; before: `store/order/transaction.rs`, which asks; after: the same, which
//! stores.

use super::{Actor, Command, EntryKind, Epoch, Person, Recipient, Refusal, Seq, Standing, Status, Turn};

/// What follows from an allowed command: the entry's kind, if it makes one, and how the conversation stands
/// after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub entry: Option<EntryKind>,
    pub status: Status,
    pub holder: Option<Person>,
    pub epoch: Epoch,
}

type Decision = Result<Change, Refusal>;

/// The one place where a command is allowed or refused.
pub fn decide(now: &Standing, actor: &Actor, command: &Command) -> Decision {
    if let Some(conversation) = now.joined_to {
        return Err(Refusal::Joined { conversation });
    }
    match command {
        Command::Claim { epoch } => claim(now, actor, *epoch),
        Command::TakeOver { epoch, .. } => take_over(now, actor, *epoch),
        Command::Release { epoch, .. } => release(now, actor, *epoch),
        Command::Transfer { epoch, to } => transfer(now, actor, *epoch, to),
        Command::Resolve { epoch } => resolve(now, actor, *epoch),
        Command::Reopen { epoch } => reopen(now, actor, *epoch),
        Command::Say { epoch, seen, .. } => say(now, actor, *epoch, *seen),
        Command::Note { .. } => note(now, actor),
        Command::Read { .. } => read(now, actor),
        Command::OpenLine { epoch } => open_line(now, actor, *epoch),
        Command::CloseLine => Ok(same(now, Some(EntryKind::LineClosed))),
        Command::Turn(turn) => take_turn(now, actor, turn),
        Command::Rate { .. } => rate(now, actor),
    }
}

/// A staff member takes a waiting conversation. Of several at once exactly one wins (rule H1).
fn claim(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    match (now.status, now.holder) {
        (Status::Resolved, _) => Err(Refusal::Resolved { epoch: now.epoch }),
        (_, Some(holder)) => Err(already_held(now, holder)),
        (_, None) => {
            same_epoch(now, epoch)?;
            Ok(hand_to(now, EntryKind::Claimed, me))
        }
    }
}

/// A staff member takes a conversation that a colleague holds.
fn take_over(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    let holder = held(now)?;
    if holder.id == me.id {
        return Err(already_held(now, holder));
    }
    same_epoch(now, epoch)?;
    Ok(hand_to(now, EntryKind::TakenOver, me))
}

/// The holder, somebody who leads, or Bellhop itself puts a conversation back to waiting.
fn release(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    may_give_away(now, actor)?;
    same_epoch(now, epoch)?;
    Ok(Change {
        entry: Some(EntryKind::Released),
        status: Status::Waiting,
        holder: None,
        epoch: now.epoch + 1,
    })
}

/// The holder or somebody who leads hands a conversation to a colleague of the same hotel who is there to
/// answer.
fn transfer(now: &Standing, actor: &Actor, epoch: Epoch, to: &Recipient) -> Decision {
    staff(actor)?;
    let holder = may_give_away(now, actor)?;
    if holder.id == to.person.id {
        return Err(already_held(now, holder));
    }
    same_epoch(now, epoch)?;
    if !to.can_take_over() {
        return Err(Refusal::NotAvailable);
    }
    Ok(hand_to(now, EntryKind::Transferred, &to.person))
}

/// The holder ends the conversation.
fn resolve(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    holder_only(now, staff(actor)?, epoch)?;
    Ok(Change {
        entry: Some(EntryKind::Resolved),
        status: Status::Resolved,
        holder: None,
        epoch: now.epoch + 1,
    })
}

/// A staff member takes up a resolved conversation again, and holds it. Only the guest's newest: guests read
/// their conversations in order, and would not see what is said in an older one.
fn reopen(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    let me = staff(actor)?;
    if now.status != Status::Resolved {
        return Err(Refusal::NotResolved { epoch: now.epoch });
    }
    if let Some(conversation) = now.newer {
        return Err(Refusal::AlreadyOpen { conversation });
    }
    same_epoch(now, epoch)?;
    Ok(hand_to(now, EntryKind::Reopened, me))
}

/// A message. Guests may always speak in an open conversation and name neither epoch nor `seen`;
/// of the staff only the holder (rule H2), and only having seen what colleagues said or noted before (rule
/// H3).
fn say(now: &Standing, actor: &Actor, epoch: Epoch, seen: Seq) -> Decision {
    match actor {
        Actor::Guest(_) if now.status == Status::Resolved => Err(Refusal::Resolved { epoch: now.epoch }),
        Actor::Guest(_) => Ok(same(now, Some(EntryKind::Said))),
        Actor::System => Err(Refusal::NotAllowed),
        Actor::Staff(me, _) | Actor::Admin(me) => {
            may_answer(now, me, epoch, seen)?;
            Ok(same(now, Some(EntryKind::Said)))
        }
    }
}

/// A turn of a request. What a hotel does in one is an answer (rules H2, H3); what Bellhop tells stands in a
/// conversation that is resolved, too.
fn take_turn(now: &Standing, actor: &Actor, turn: &Turn) -> Decision {
    match actor {
        Actor::Guest(_) if now.status == Status::Resolved && turn.kind.is_word() => {
            return Err(Refusal::Resolved { epoch: now.epoch });
        }
        Actor::Guest(_) | Actor::System => {}
        Actor::Staff(me, _) | Actor::Admin(me) => may_answer(now, me, turn.epoch, turn.seen)?,
    }
    Ok(same(now, Some(turn.kind)))
}

/// An internal note, which changes nothing and which guests never see.
fn note(now: &Standing, actor: &Actor) -> Decision {
    staff(actor)?;
    Ok(same(now, Some(EntryKind::Note)))
}

/// Guests and staff read; what of it counts is for the marks to say.
fn read(now: &Standing, actor: &Actor) -> Decision {
    match actor {
        Actor::Guest(_) | Actor::Staff(..) | Actor::Admin(_) => Ok(same(now, None)),
        Actor::System => Err(Refusal::NotAllowed),
    }
}

/// A private line lies between the guest and the holder, and ends with a change of hands.
fn open_line(now: &Standing, actor: &Actor, epoch: Epoch) -> Decision {
    match actor {
        Actor::System => return Err(Refusal::NotAllowed),
        Actor::Guest(_) => {
            held(now)?;
            same_epoch(now, epoch)?;
        }
        Actor::Staff(me, _) | Actor::Admin(me) => holder_only(now, me, epoch)?,
    }
    Ok(same(now, Some(EntryKind::LineOpened)))
}

/// The guest's word on how it went, once it is over. It changes nothing else.
fn rate(now: &Standing, actor: &Actor) -> Decision {
    match actor {
        Actor::Guest(_) if now.status != Status::Resolved => Err(Refusal::NotResolved { epoch: now.epoch }),
        Actor::Guest(_) => Ok(same(now, Some(EntryKind::Rated))),
        Actor::Staff(..) | Actor::Admin(_) | Actor::System => Err(Refusal::NotAllowed),
    }
}

fn staff(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or(Refusal::NotAllowed)
}

fn held<'a>(now: &Standing<'a>) -> Result<&'a Person, Refusal> {
    match (now.status, now.holder) {
        (Status::Resolved, _) => Err(Refusal::Resolved { epoch: now.epoch }),
        (_, Some(holder)) => Ok(holder),
        (_, None) => Err(Refusal::NotHeld { epoch: now.epoch }),
    }
}

fn may_give_away<'a>(now: &Standing<'a>, actor: &Actor) -> Result<&'a Person, Refusal> {
    if matches!(actor, Actor::Guest(_)) {
        return Err(Refusal::NotAllowed);
    }
    let holder = held(now)?;
    if actor.is(holder.id) || actor.leads() {
        Ok(holder)
    } else {
        Err(Refusal::NotHolder { holder: Some(holder.clone()), epoch: now.epoch })
    }
}

fn holder_only(now: &Standing, me: &Person, epoch: Epoch) -> Result<(), Refusal> {
    if now.status == Status::Resolved {
        return Err(Refusal::Resolved { epoch: now.epoch });
    }
    match now.holder {
        Some(holder) if holder.id == me.id => same_epoch(now, epoch),
        other => Err(Refusal::NotHolder { holder: other.cloned(), epoch: now.epoch }),
    }
}

/// The holder, and who has seen what colleagues said or noted before.
fn may_answer(now: &Standing, me: &Person, epoch: Epoch, seen: Seq) -> Result<(), Refusal> {
    holder_only(now, me, epoch)?;
    if now.staff_words.by_others(me.id) > seen {
        return Err(Refusal::Stale { last_seq: now.last_seq });
    }
    Ok(())
}

fn same_epoch(now: &Standing, epoch: Epoch) -> Result<(), Refusal> {
    if epoch == now.epoch {
        Ok(())
    } else {
        Err(Refusal::Moved { holder: now.holder.cloned(), epoch: now.epoch })
    }
}

fn already_held(now: &Standing, holder: &Person) -> Refusal {
    Refusal::AlreadyHeld { holder: holder.clone(), epoch: now.epoch }
}

fn same(now: &Standing, entry: Option<EntryKind>) -> Change {
    Change { entry, status: now.status, holder: now.holder.cloned(), epoch: now.epoch }
}

fn hand_to(now: &Standing, entry: EntryKind, to: &Person) -> Change {
    Change { entry: Some(entry), status: Status::Held, holder: Some(to.clone()), epoch: now.epoch + 1 }
}

#[cfg(test)]
mod tests;
