//! A group of orders inside one transaction.
//!
//! In: orders, in order. Out: an outcome for each, and how the conversations have grown. What the orders speak of is read
//! in one go ([`load`]); every order is then decided in memory by `domain`, seeing what the orders before it did;
//! what came of it is written in one go ([`write`]). So a group of 64 costs about as much as a group of one. Never: a
//! rule; those are the domain's.

mod append;
mod card;
mod load;
mod marks;
mod write;

use card::{Card, introduce};
pub(super) use load::Table;

use super::super::{Grown, Order, Outcome, Result, StoreError, Target, What, Who, Written};
use super::guest::current;
use domain::{
    self, Actor, ActorKind, Change, Conversation, ConversationId, Entry, Guest, GuestId, HotelId, Millis, Person, Refusal,
    Role, Seq, StaffId, Standing, Status,
};
use sqlx::sqlite::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A conversation being worked on.
struct Open {
    row: Conversation,
    hotel_slug: String,
    last_staff: Option<(StaffId, Seq)>,
    last_other: Seq,
    entries: Vec<Entry>,
    changed: bool,
    thread_changed: bool,
}

impl Open {
    fn standing(&self) -> Standing {
        Standing {
            status: self.row.status,
            holder: self.row.holder.clone(),
            epoch: self.row.epoch,
            last_seq: self.row.last_seq,
            last_staff: self.last_staff,
            last_other: self.last_other,
        }
    }

    /// The last message by anybody of the staff; 0 if there is none.
    fn last_answer(&self) -> Seq {
        self.last_staff.map_or(0, |(_, seq)| seq).max(self.last_other)
    }
}

/// A person with a login as the transaction finds them.
struct Member {
    person: Person,
    admin: bool,
    roles: HashMap<HotelId, Role>,
}

/// A message stored before under a client_id.
struct Stored {
    author: Option<Uuid>,
    note: bool,
    body: String,
    guest: GuestId,
    hotel: HotelId,
    written: Written,
}

struct ReadMark {
    conversation: ConversationId,
    reader: Uuid,
    seq: Seq,
    at: Millis,
}

impl Table {
    /// Decides every order, each seeing what the ones before it did.
    pub(super) async fn carry_out_all(&mut self, db: &mut SqliteConnection, orders: &[Order]) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(orders.len());
        for order in orders {
            let outcome = self.carry_out(db, order, false).await?;
            if let Err(refusal) = &outcome {
                self.note_refused(order, refusal);
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Two people would have answered: that is counted, for whoever runs the hotel should know how often.
    fn note_refused(&mut self, order: &Order, refusal: &Refusal) {
        let (Who::Staff(staff), Target::Conversation(id)) = (order.who, order.target) else { return };
        let colleague = match refusal {
            Refusal::NotHolder { holder, .. } | Refusal::Moved { holder, .. } => holder.as_ref().is_some_and(|p| p.id != staff),
            Refusal::AlreadyHeld { holder, .. } => holder.id != staff,
            Refusal::Stale { .. } => true,
            _ => false,
        };
        if let (true, Some(open)) = (colleague, self.conversations.get(&id)) {
            let quarter = order.at.0.div_euclid(Millis::QUARTER);
            *self.refused.entry((open.row.hotel, quarter, staff, order.what.as_str(), refusal.code())).or_default() += 1;
        }
    }

    /// `again`: the order was given by a guest who is another one by now.
    async fn carry_out(&mut self, db: &mut SqliteConnection, order: &Order, again: bool) -> Result<Outcome> {
        if let Some(outcome) = self.said_before(order) {
            return Ok(outcome);
        }
        let found = match order.target {
            Target::Conversation(id) => self.conversations.contains_key(&id).then_some(id),
            Target::Open(guest, hotel) => self.open.get(&(guest, hotel)).copied(),
        };
        let id = match (found, order.target, &order.what) {
            (Some(id), ..) => id,
            (None, Target::Open(guest, hotel), What::Say { .. }) if order.who == Who::Guest(guest) => {
                // Erased a moment ago: their page will begin anew.
                let Some(card) = Card::read(db, guest, hotel).await? else { return Ok(Err(Refusal::NotFound)) };
                if let Some(kept) = card.joined_to {
                    if again {
                        return Err(StoreError::Nonsense(format!("guest {guest} was joined to one who was joined")));
                    }
                    self.lay_open(db, kept, hotel).await?;
                    let order = Order { who: Who::Guest(kept), target: Target::Open(kept, hotel), ..order.clone() };
                    return Box::pin(self.carry_out(db, &order, true)).await;
                }
                self.begin(db, card, guest, hotel, order.at).await?
            }
            (None, Target::Open(guest, hotel), What::Introduce { name, language }) => {
                let guest = current(db, guest).await?;
                introduce(db, guest, hotel, name.as_deref(), language.as_deref(), order.at).await?;
                return Ok(Ok(Written { conversation: ConversationId(Uuid::nil()), seq: 0, epoch: 0, at: order.at }));
            }
            _ => return Ok(Err(Refusal::NotFound)),
        };
        let Some(actor) = self.actor(order.who, id) else { return Ok(Err(Refusal::NotFound)) };
        if let Some(conversation) = self.conversations[&id].row.joined_to {
            return Ok(Err(Refusal::Joined { conversation }));
        }
        if let What::Reopen { .. } = order.what
            && let Some(newer) = self.newer_than(db, id).await?
        {
            return Ok(Err(Refusal::AlreadyOpen { conversation: newer }));
        }
        match &order.what {
            What::Read { seq } => self.read(db, id, &actor, *seq, order.at).await,
            What::Introduce { name, language } => {
                let open = self.touch(id);
                let (guest, hotel) = (open.row.guest.id, open.row.hotel);
                if let Some(name) = name {
                    open.row.guest.name.clone_from(name);
                }
                if let Some(language) = language {
                    open.row.guest.language.clone_from(language);
                }
                let written = Written { conversation: id, seq: open.row.last_seq, epoch: open.row.epoch, at: order.at };
                introduce(db, guest, hotel, name.as_deref(), language.as_deref(), order.at).await?;
                Ok(Ok(written))
            }
            _ => match self.decide(id, &actor, &order.what) {
                Ok((change, to)) => Ok(Ok(self.append(db, id, &actor, order, change, to).await?)),
                Err(refusal) => Ok(Err(refusal)),
            },
        }
    }

    /// A resend gets the first acknowledgement again (rule H5), whoever holds the conversation by now.
    fn said_before(&self, order: &Order) -> Option<Outcome> {
        // Where the entries of a joined conversation stand now.
        let now = |id| self.conversations.get(&id).and_then(|open| open.row.joined_to).unwrap_or(id);
        let stored = self.stored.get(&order.what.client_id()?)?.iter().find(|s| match order.target {
            Target::Conversation(id) => s.written.conversation == now(id),
            Target::Open(guest, hotel) => (s.guest, s.hotel) == (guest, hotel),
        })?;
        let same = match &order.what {
            What::Say { body, .. } => !stored.note && stored.body == *body,
            What::Note { body, .. } => stored.note && stored.body == *body,
            _ => false,
        };
        // Under another's id, or with other words, it is no resend: acknowledging it would lose what it says.
        Some(if stored.author == order.who.id() && same { Ok(stored.written) } else { Err(Refusal::ClientIdUsed) })
    }

    /// The actor with their standing in this conversation's hotel; `None` if it is none of theirs (rule H8).
    fn actor(&self, who: Who, id: ConversationId) -> Option<Actor> {
        let row = &self.conversations.get(&id)?.row;
        match who {
            Who::Guest(guest) => (row.guest.id == guest).then(|| Actor::Guest(row.guest.clone())),
            Who::System => Some(Actor::System),
            Who::Staff(id) => {
                let member = self.staff.get(&id)?;
                if member.admin {
                    return Some(Actor::Admin(member.person.clone()));
                }
                member.roles.get(&row.hotel).map(|role| Actor::Staff(member.person.clone(), *role))
            }
        }
    }

    fn decide(&self, id: ConversationId, actor: &Actor, what: &What) -> std::result::Result<(Change, Option<Person>), Refusal> {
        let Some(open) = self.conversations.get(&id) else { return Err(Refusal::NotFound) };
        let now = open.standing();
        let change = match what {
            What::Claim { epoch } => domain::claim(&now, actor, *epoch),
            What::TakeOver { epoch, .. } => domain::take_over(&now, actor, *epoch),
            What::Release { epoch, .. } => domain::release(&now, actor, *epoch),
            What::Resolve { epoch } => domain::resolve(&now, actor, *epoch),
            What::Reopen { epoch } => domain::reopen(&now, actor, *epoch),
            What::Say { epoch, seen, .. } => domain::say(&now, actor, *epoch, *seen),
            What::Note { .. } => domain::note(&now, actor),
            What::Rate { .. } => domain::rate(&now, actor),
            What::Transfer { epoch, to } => {
                let to = self.staff.get(to).filter(|m| m.roles.contains_key(&open.row.hotel)).ok_or(Refusal::NotAvailable)?;
                return Ok((domain::transfer(&now, actor, *epoch, &to.person)?, Some(to.person.clone())));
            }
            What::Read { .. } | What::Introduce { .. } => Err(Refusal::NotAllowed),
        }?;
        Ok((change, None))
    }

    /// Opens a conversation for a guest's first word (rule H9).
    async fn begin(
        &mut self,
        db: &mut SqliteConnection,
        card: Card,
        guest: GuestId,
        hotel: HotelId,
        at: Millis,
    ) -> Result<ConversationId> {
        let hotel_slug = sqlx::query_scalar("SELECT slug FROM hotel WHERE id = $1").bind(hotel.0).fetch_one(&mut *db).await?;
        introduce(db, guest, hotel, None, None, at).await?;
        let id = ConversationId::new();
        let row = Conversation {
            id,
            hotel,
            guest: Guest { id: guest, name: card.name, language: card.language },
            status: Status::Waiting,
            holder: None,
            epoch: 0,
            last_seq: 0,
            rev: 0,
            opened_at: at,
            waiting_since: Some(at),
            resolved_at: None,
            last_line: String::new(),
            last_by: ActorKind::Guest,
            last_at: at,
            unread: 0,
            guest_read: 0,
            staff_read: 0,
            stay: card.stay,
            scanned_room: card.scanned_room,
            rating: None,
            tags: Vec::new(),
            joined_to: None,
        };
        self.open.insert((guest, hotel), id);
        let fresh = Open {
            row,
            hotel_slug,
            last_staff: None,
            last_other: 0,
            entries: Vec::new(),
            changed: false,
            thread_changed: true,
        };
        self.conversations.insert(id, fresh);
        Ok(id)
    }

    /// The guest's newest conversation with the hotel, if it is another one: an older one is not reopened, for the guest
    /// reads them in order and would not see what is said there. An open one is the newest, whenever it began: it may have
    /// come along from another device.
    async fn newer_than(&self, db: &mut SqliteConnection, id: ConversationId) -> Result<Option<ConversationId>> {
        let Some(this) = self.conversations.get(&id) else { return Ok(None) };
        let (guest, hotel) = (this.row.guest.id, this.row.hotel);
        if let Some(open) = self.open.get(&(guest, hotel)) {
            return Ok(Some(*open).filter(|open| *open != id));
        }
        let newest: Option<Uuid> = sqlx::query_scalar(
            "SELECT id FROM conversation WHERE guest = $1 AND hotel = $2 AND joined_to IS NULL \
             ORDER BY status = 'resolved', opened_at DESC, id DESC LIMIT 1",
        )
        .bind(guest.0)
        .bind(hotel.0)
        .fetch_optional(db)
        .await?;
        Ok(newest.map(ConversationId).filter(|newest| *newest != id))
    }

    fn touch(&mut self, id: ConversationId) -> &mut Open {
        let open = self.conversations.get_mut(&id).expect("only ids found in the table are touched");
        if !open.changed {
            open.changed = true;
            self.touched.push(id);
            open.row.rev += 1;
        }
        open
    }

    /// How the conversations have grown, for the bus; to be told after the commit.
    pub(super) fn grown(mut self) -> Vec<Grown> {
        let touched = std::mem::take(&mut self.touched);
        touched
            .iter()
            .filter_map(|id| self.conversations.remove(id))
            .map(|open| Grown {
                conversation: open.row,
                hotel: open.hotel_slug,
                entries: open.entries,
                thread_changed: open.thread_changed,
            })
            .collect()
    }
}
