//! An act on a request: decided once, told in every conversation it concerns, in one transaction (rule H12).
//!
//! In: an act by one actor. Out: how the request stands, and an entry in each conversation that hears of it,
//! through the same decision and the same numbering as every message. Never: a rule; those of a request are
//! [`domain::request::decide`]'s, those of a conversation [`domain::decide`]'s.

use super::record::{read, save};
use crate::store::{
    ActorId, On, Order, Outcome, RequestOrder, Result, StoreError, Target, Update, Written,
    order::{Group, transaction::carry_out},
    sqlite::{conversation, order::load, order::write::write},
};
use domain::{
    ClientId, Command, ConversationId, Epoch, GuestId, HotelId, LegState, Millis, Refusal, Request,
    RequestId, Seq, Turn,
    request::{self, Act, Decided, Side, Step},
};
use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, sqlite::SqliteConnection};
use uuid::Uuid;

/// An outcome, with the updates to publish.
type Told<T> = Result<(std::result::Result<T, Refusal>, Vec<Update>)>;

/// A new request, told to all its hotels.
pub(super) async fn ask(db: &mut SqliteConnection, new: &Request) -> Told<()> {
    // Whoever asked may be another guest by now.
    let kept: Option<Uuid> = sqlx::query_scalar("SELECT COALESCE(joined_to, id) FROM guest WHERE id = $1")
        .bind(new.guest.0)
        .fetch_optional(&mut *db)
        .await?;
    let Some(kept) = kept else { return Ok((Err(Refusal::NotFound), Vec::new())) };
    let new = &Request { guest: GuestId(kept), ..new.clone() };
    if let Some((known, _)) = read(db, new.id).await? {
        // Sent again (rule H5); under another guest's id it is nobody's.
        let same = known.guest == new.guest;
        return Ok((if same { Ok(()) } else { Err(Refusal::NotFound) }, Vec::new()));
    }
    let decided = request::ask(new.clone());
    let who = Who { by: ActorId::Guest(new.guest), answer: None, client_id: None };
    let (outcome, updates) = tell(db, decided, None, &who, Vec::new(), new.opened_at).await?;
    Ok((outcome.map(drop), updates))
}

pub(super) async fn act(db: &mut SqliteConnection, order: &RequestOrder) -> Told<Written> {
    let refused = |refusal| Ok((Err(refusal), Vec::new()));
    let Some((id, side)) = find(db, order).await? else { return refused(Refusal::NotFound) };
    let Some((before, _)) = read(db, id).await? else { return refused(Refusal::NotFound) };
    if matches!(order.by, ActorId::Guest(guest) if guest != before.guest) {
        return refused(Refusal::NotFound);
    }
    // A resend gets the first acknowledgement again (rule H5).
    if let Some(client_id) = order.client_id
        && let Some(first) = acted_before(db, client_id, &before, order, side).await?
    {
        return Ok((first, Vec::new()));
    }
    let decided = match request::decide(&before, side, &order.act, order.at) {
        Ok(decided) => decided,
        Err(refusal) => return refused(refusal),
    };
    if side == Side::Clock && decided.steps.is_empty() {
        // Not due after all, as where the hotel whose bid was accepted has erased the guest. When it is, it
        // is looked at again.
        save(db, &decided.request, Some(&before)).await?;
        let id = before.legs.first().map_or(ConversationId(Uuid::nil()), |leg| leg.conversation);
        return Ok((Ok(Written::nothing(id, order.at)), Vec::new()));
    }
    let answer = match order.on {
        On::Leg { epoch, seen, .. } => Some((epoch, seen)),
        On::Request(_) => None,
    };
    let mut who = Who { by: order.by, answer, client_id: order.client_id };
    let mut claim = Vec::new();
    if let (On::Leg { conversation, epoch, .. }, Act::Confirm { .. }, ActorId::Staff(_), false) =
        (order.on, &order.act, order.by, decided.steps.is_empty())
        && let Some(command) = taking(db, &before, conversation, order).await?
    {
        claim.push(Order { by: order.by, target: Target::Conversation(conversation), command, at: order.at });
        who.answer = who.answer.map(|(_, seen)| (epoch + 1, seen));
    }
    tell(db, decided, Some(&before), &who, claim, order.at).await
}

/// Whoever confirms without holding the conversation takes it first: one that waits, always; one that a
/// colleague holds, once the desk was rung for.
async fn taking(
    db: &mut SqliteConnection,
    request: &Request,
    id: ConversationId,
    order: &RequestOrder,
) -> Result<Option<Command>> {
    let On::Leg { leg, epoch, .. } = order.on else { return Ok(None) };
    let holder: Option<Option<Uuid>> =
        sqlx::query_scalar("SELECT holder FROM conversation WHERE id = $1 AND status <> 'resolved'")
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    let rung = request.legs.iter().any(|l| {
        l.id == leg && l.state == LegState::Accepted && l.ring_at.is_none_or(|ring| order.at >= ring)
    });
    Ok(match holder {
        Some(None) => Some(Command::Claim { epoch }),
        Some(Some(holder)) if Some(holder) != order.by.id() && rung => {
            Some(Command::TakeOver { epoch, reason: "To confirm in time".into() })
        }
        _ => None,
    })
}

/// In whose name the steps are told.
struct Who {
    by: ActorId,
    /// What the holder's page showed: epoch and `seen`.
    answer: Option<(Epoch, Seq)>,
    client_id: Option<ClientId>,
}

/// Writes the request and its steps. `first` is carried out before them.
async fn tell(
    db: &mut SqliteConnection,
    decided: Decided,
    before: Option<&Request>,
    who: &Who,
    first: Vec<Order>,
    at: Millis,
) -> Told<Written> {
    let Decided { mut request, steps } = decided;
    let Some(own) = steps.first().map(|step| step.hotel) else {
        let id = request.legs.first().map(|leg| leg.conversation);
        let id = id.ok_or_else(|| StoreError::Nonsense(format!("request {} asks nobody", request.id)))?;
        return Ok((Ok(Written::nothing(id, at)), Vec::new()));
    };
    let orders: Vec<Order> =
        first.iter().cloned().chain(steps.iter().map(|step| order(step, &request, who, at))).collect();
    let mut group = load::read(db, "SELECT 9 AS what", &loaded(&orders, &request)).await?;
    let mut written = None;
    for order in orders.iter().take(first.len()) {
        if let Err(refusal) = carry_out(db, &mut group, order).await? {
            return Ok((Err(refusal), Vec::new()));
        }
    }
    for (step, order) in steps.iter().zip(&orders[first.len()..]) {
        let order = placed(order, &group, &request, step.hotel);
        match carry_out(db, &mut group, &order).await? {
            Ok(at) => {
                if let Some(leg) = request.legs.iter_mut().find(|leg| leg.hotel == step.hotel) {
                    leg.conversation = at.conversation;
                }
                written.get_or_insert(at);
            }
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        }
    }
    write(db, &group, false).await?;
    save(db, &request, before).await?;
    let mut updates = group.updates();
    if let Some(before) = before.filter(|before| request.wanted.open && before.best(at) != request.best(at)) {
        let others = before.legs.iter().filter(|leg| leg.hotel != own && !told(&updates, leg.conversation));
        let others = others.map(|leg| leg.conversation.0).collect();
        updates.extend(conversation::updates(db, others).await?);
    }
    let written = written.ok_or_else(|| StoreError::Nonsense("a request's step wrote nothing".into()))?;
    Ok((Ok(written), updates))
}

fn told(updates: &[Update], id: ConversationId) -> bool {
    updates.iter().any(|update| update.conversation.id == id)
}

/// A step as an order. What a hotel may not know of the others' is in none of its fields: the mark of a
/// counter to all is another one in each conversation (rule H8).
fn order(step: &Step, request: &Request, who: &Who, at: Millis) -> Order {
    let (epoch, seen) = who.answer.unwrap_or_default();
    let turn = Turn {
        kind: step.kind,
        epoch,
        seen,
        client_id: who.client_id.filter(|_| !step.told).map(|id| mark(id, who.by, step.hotel)),
        body: step.body.clone(),
        terms: step.terms.clone(),
        badge: step.badge,
    };
    let by = if step.told { ActorId::System } else { who.by };
    let target = Target::Open(request.guest, step.hotel);
    Order { by, target, command: Command::Turn(Box::new(turn)), at }
}

/// The mark of a guest's act in one hotel's conversation.
fn mark(id: ClientId, by: ActorId, hotel: HotelId) -> ClientId {
    match by {
        ActorId::Guest(_) => {
            let hash =
                Sha256::new().chain_update(id.0.as_bytes()).chain_update(hotel.0.as_bytes()).finalize();
            ClientId(uuid::Builder::from_custom_bytes(std::array::from_fn(|i| hash[i])).into_uuid())
        }
        ActorId::Staff(_) | ActorId::System => id,
    }
}

/// All that has to be loaded: the guest's open conversations, and those where the legs stood last.
fn loaded(orders: &[Order], request: &Request) -> Vec<Order> {
    let last = request.legs.iter().filter(|leg| !leg.conversation.0.is_nil()).map(|leg| Order {
        by: ActorId::System,
        target: Target::Conversation(leg.conversation),
        command: Command::CloseLine,
        at: Millis(0),
    });
    orders.iter().cloned().chain(last).collect()
}

fn says_something(order: &Order) -> bool {
    matches!(&order.command, Command::Turn(turn) if turn.kind.is_word())
}

/// Where the entry goes. A guest's word opens a conversation if none is open (rule H9); a hotel's is said in
/// the one it named; what Bellhop tells, and that a request was withdrawn, goes
/// where the request stood last, and opens none.
fn placed(order: &Order, group: &Group, request: &Request, hotel: HotelId) -> Order {
    let last = request.leg(hotel).map(|leg| Target::Conversation(leg.conversation));
    let target = match order.by {
        ActorId::Guest(_) if says_something(order) => order.target,
        ActorId::Guest(_) | ActorId::Staff(_) | ActorId::System => match group.find(order.target) {
            Some(open) => Target::Conversation(open),
            None => last.unwrap_or(order.target),
        },
    };
    Order { target, ..order.clone() }
}

/// The request an order speaks of, and on whose side its author stands. A hotel's leg is found in its own
/// conversation only, and by its own people only (rule H8).
async fn find(db: &mut SqliteConnection, order: &RequestOrder) -> Result<Option<(RequestId, Side)>> {
    let (leg, conversation) = match (order.on, order.by) {
        (On::Request(id), ActorId::Guest(_)) => return Ok(Some((id, Side::Guest))),
        (On::Request(id), ActorId::System) => return Ok(Some((id, Side::Clock))),
        (On::Leg { leg, conversation, .. }, ActorId::Staff(_)) => (leg, conversation),
        _ => return Ok(None),
    };
    let by = Order {
        by: order.by,
        target: Target::Conversation(conversation),
        command: Command::CloseLine,
        at: order.at,
    };
    let group = load::read(db, "SELECT 9 AS what", &[by]).await?;
    let Some(id) = group.find(Target::Conversation(conversation)) else { return Ok(None) };
    if group.actor(order.by, id).is_none() {
        return Ok(None);
    }
    let (guest, hotel) = group.parties(id);
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT r.id FROM leg l JOIN request r ON r.id = l.request WHERE l.id = $1 AND l.hotel = $2 \
         AND r.guest = $3",
    )
    .bind(leg.0)
    .bind(hotel.0)
    .bind(guest.0)
    .fetch_optional(db)
    .await?;
    Ok(found.map(|id| (RequestId(id), Side::Hotel(hotel))))
}

/// What came of an act that was sent before under this mark: in a hotel's own conversations, if a hotel acts.
/// Under another's id, or with other words, it is no resend: acknowledging it would lose what it says.
async fn acted_before(
    db: &mut SqliteConnection,
    client_id: ClientId,
    request: &Request,
    order: &RequestOrder,
    side: Side,
) -> Result<Option<Outcome>> {
    let says = order.act.says();
    for leg in request.legs.iter().filter(|leg| side == Side::Guest || side == Side::Hotel(leg.hotel)) {
        let row: Option<EarlierRow> = sqlx::query_as(
            "SELECT e.by_id, e.kind, e.body, e.conversation, e.seq, c.epoch, e.at FROM entry e \
             JOIN conversation c ON c.id = e.conversation \
             WHERE e.client_id = $1 AND c.guest = $2 AND c.hotel = $3",
        )
        .bind(mark(client_id, order.by, leg.hotel).0)
        .bind(request.guest.0)
        .bind(leg.hotel.0)
        .fetch_optional(&mut *db)
        .await?;
        if let Some(row) = row {
            let same =
                says.as_ref().is_some_and(|(kind, body)| row.kind == kind.as_str() && row.body == *body);
            return Ok(Some(if same && row.by_id == order.by.id() {
                let conversation = ConversationId(row.conversation);
                Ok(Written { conversation, seq: row.seq, epoch: row.epoch, at: Millis(row.at) })
            } else {
                Err(Refusal::ClientIdUsed)
            }));
        }
    }
    Ok(None)
}

#[derive(FromRow)]
struct EarlierRow {
    by_id: Option<Uuid>,
    kind: String,
    body: String,
    conversation: Uuid,
    seq: i64,
    epoch: i64,
    at: i64,
}
