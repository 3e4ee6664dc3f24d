//! The storing transaction: begin, load, decide, number, write, commit.
//!
//! In: a group of orders, in order. Out: an outcome for each and the updates to publish, once all of it is
//! durable (rule H6). Never: a rule, which is [`domain::decide`]'s; or SQL, which is the [`Database`]'s.
//!
//! All that the orders speak of is read in one trip to the database; every order is then decided in memory,
//! seeing what the ones before it did; what came of it is written in one trip. So a group of 64 costs about
//! as much as a group of one.
//!
//! 5 of 6 on a message's way; before: `desk/say.rs`, through the queue in `store/sqlite/writer.rs`; on the
//! way: `domain/decide.rs` (4 of 6); after: `hub/deliver.rs`, through `bus/`.

use super::{ActorId, Group, GuestSnapshot, Open, Order, Question, Target};
use crate::store::{Outcome, Result, StoreError, Update};
use domain::{Command, ConversationId, GuestId, HotelId, Refusal, decide};
use std::borrow::Cow;

/// What the transaction asks of a database.
pub trait Database: Send {
    /// Other work that goes into the same transaction.
    type Work: Sync;

    /// Begins the transaction, and reads all that the orders speak of.
    fn begin(&mut self, orders: &[Order]) -> impl Future<Output = Result<Group>> + Send;

    /// A guest's open conversation with a hotel.
    fn open(&mut self, guest: GuestId, hotel: HotelId) -> impl Future<Output = Result<Option<Open>>> + Send;

    /// What a new conversation takes over from what the hotel knows of its guest; `None` if the guest is
    /// gone.
    fn guest(
        &mut self,
        guest: GuestId,
        hotel: HotelId,
    ) -> impl Future<Output = Result<Option<GuestSnapshot>>> + Send;

    /// A guest's newest conversation with a hotel, whether or not it is open.
    fn newest(
        &mut self,
        guest: GuestId,
        hotel: HotelId,
    ) -> impl Future<Output = Result<Option<ConversationId>>> + Send;

    /// Answers a question about entries stored before this transaction.
    fn ask(
        &mut self,
        id: ConversationId,
        question: Question,
    ) -> impl Future<Output = Result<Option<i64>>> + Send;

    /// Writes what came of the orders; with `commit`, ends the transaction in the same trip.
    fn write(&mut self, group: &Group, commit: bool) -> impl Future<Output = Result<()>> + Send;

    /// Carries out other work.
    fn work(&mut self, work: &Self::Work) -> impl Future<Output = Result<Vec<Update>>> + Send;

    fn commit(&mut self) -> impl Future<Output = Result<()>> + Send;
    fn roll_back(&mut self) -> impl Future<Output = ()> + Send;
}

/// One transaction: all of it or nothing. A refusal is an outcome, and writes nothing but that it was one.
pub async fn store<D: Database>(
    db: &mut D,
    orders: &[Order],
    works: &[D::Work],
) -> Result<(Vec<Outcome>, Vec<Update>)> {
    let stored = all_of_it(db, orders, works).await;
    if stored.is_err() {
        db.roll_back().await;
    }
    stored
}

async fn all_of_it<D: Database>(
    db: &mut D,
    orders: &[Order],
    works: &[D::Work],
) -> Result<(Vec<Outcome>, Vec<Update>)> {
    // Begin and load.
    let mut group = db.begin(orders).await?;
    // Decide and number.
    let mut outcomes = Vec::with_capacity(orders.len());
    for order in orders {
        let outcome = carry_out(db, &mut group, order).await?;
        if let Err(refusal) = &outcome {
            group.count_refusal(order, refusal);
        }
        outcomes.push(outcome);
    }
    // Write and commit.
    db.write(&group, works.is_empty()).await?;
    let mut updates = group.updates();
    if !works.is_empty() {
        for work in works {
            updates.extend(db.work(work).await?);
        }
        db.commit().await?;
    }
    Ok((outcomes, updates))
}

/// One order: which conversation, who acts, whether they may, and what follows.
pub async fn carry_out<D: Database>(db: &mut D, group: &mut Group, order: &Order) -> Result<Outcome> {
    let mut order = Cow::Borrowed(order);
    let id = loop {
        if let Some(first) = group.said_before(&order) {
            return Ok(first);
        }
        if let Some(id) = group.find(order.target) {
            break id;
        }
        // Only a guest's own word begins a conversation.
        let (Target::Open(guest, hotel), Command::Say { .. } | Command::Turn(_)) =
            (order.target, &order.command)
        else {
            return Ok(Err(Refusal::NotFound));
        };
        if order.by != ActorId::Guest(guest) {
            return Ok(Err(Refusal::NotFound));
        }
        // Erased a moment ago: their page will begin anew.
        let Some(known) = db.guest(guest, hotel).await? else { return Ok(Err(Refusal::NotFound)) };
        let Some(kept) = known.joined_to else { break group.begin(known, guest, hotel, order.at) };
        // The order was given by a guest who is another one by now.
        if matches!(order, Cow::Owned(_)) {
            return Err(StoreError::Nonsense(format!("guest {guest} was joined to one who was joined")));
        }
        if group.find(Target::Open(kept, hotel)).is_none()
            && let Some(open) = db.open(kept, hotel).await?
        {
            group.put(open);
        }
        order = Cow::Owned(Order {
            by: ActorId::Guest(kept),
            target: Target::Open(kept, hotel),
            ..order.into_owned()
        });
    };
    // Somebody else's conversation does not exist (rule H8).
    let Some(actor) = group.actor(order.by, id) else { return Ok(Err(Refusal::NotFound)) };
    let command = group.looked_up(id, &order.command);
    let newer = match *command {
        Command::Reopen { .. } => newer(db, group, id).await?,
        _ => None,
    };
    let change = match decide(&group.standing(id, newer), &actor, &command) {
        Ok(change) => change,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = group.may_send_files(id, &order) {
        return Ok(Err(refusal));
    }
    let answer = match group.question(id, &actor, &command) {
        Some(question) => db.ask(id, question).await?,
        None => None,
    };
    Ok(Ok(group.apply(id, &actor, &order, change, answer)))
}

/// The guest's newest conversation with the hotel, if it is another one. An open one is the newest, whenever
/// it began: it may have come along from another device.
async fn newer<D: Database>(db: &mut D, group: &Group, id: ConversationId) -> Result<Option<ConversationId>> {
    let (guest, hotel) = group.parties(id);
    let newest = match group.find(Target::Open(guest, hotel)) {
        Some(open) => Some(open),
        None => db.newest(guest, hotel).await?,
    };
    Ok(newest.filter(|newest| *newest != id))
}

#[cfg(test)]
mod tests;
