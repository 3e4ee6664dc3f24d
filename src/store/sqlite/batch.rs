//! A group of orders inside one transaction.
//!
//! In: orders, in order. Out: an outcome for each, and how the conversations have grown. The conversations, people and
//! earlier messages the orders speak of are read with one statement each; every order is then decided in memory by
//! `app::domain`, seeing what the orders before it did; what came of it is written with one statement per table. So a
//! group of 64 costs about as many statements as a group of one. Never: a rule; those are the domain's.

use super::super::{Grown, Order, Outcome, Result, Target, What, Who, Written};
use super::row::{ConversationRow, conversation_columns};
use app::domain::{
    self, Actor, ActorKind, Change, ClientId, Conversation, ConversationId, Entry, EntryKind, Guest, GuestId, HotelId, Millis,
    Person, Refusal, Role, Seq, StaffId, Standing, Status,
};
use sqlx::{QueryBuilder, Row as _, Sqlite, sqlite::SqliteConnection};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

pub(super) async fn carry_out(db: &mut SqliteConnection, orders: &[Order]) -> Result<(Vec<Outcome>, Vec<Grown>)> {
    if orders.is_empty() {
        return Ok(Default::default());
    }
    let mut desk = Table::load(db, orders).await?;
    let mut outcomes = Vec::with_capacity(orders.len());
    for order in orders {
        outcomes.push(desk.carry_out(db, order).await?);
    }
    desk.write(db).await?;
    Ok((outcomes, desk.grown()))
}

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

/// All that the group's orders speak of, laid out.
#[derive(Default)]
struct Table {
    conversations: HashMap<ConversationId, Open>,
    open: HashMap<(GuestId, HotelId), ConversationId>,
    staff: HashMap<StaffId, Member>,
    stored: HashMap<ClientId, Vec<Stored>>,
    read_marks: Vec<ReadMark>,
    /// In the order of their first change, so that the bus rings in the order of the orders.
    touched: Vec<ConversationId>,
}

impl Table {
    async fn load(db: &mut SqliteConnection, orders: &[Order]) -> Result<Self> {
        let mut table = Table::default();
        let (mut ids, mut pairs, mut people, mut client_ids) = (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
        for order in orders {
            match order.target {
                Target::Conversation(id) => drop(ids.insert(id.0)),
                Target::Open(guest, hotel) => drop(pairs.insert((guest.0, hotel.0))),
            }
            if let Who::Staff(id) = order.who {
                people.insert(id.0);
            }
            if let What::Transfer { to, .. } = order.what {
                people.insert(to.0);
            }
            client_ids.extend(order.what.client_id().map(|id| id.0));
        }
        table.load_conversations(db, &ids, &pairs).await?;
        table.load_staff(db, &people).await?;
        table.load_stored(db, &client_ids).await?;
        Ok(table)
    }

    async fn load_conversations(
        &mut self,
        db: &mut SqliteConnection,
        ids: &HashSet<Uuid>,
        pairs: &HashSet<(Uuid, Uuid)>,
    ) -> Result<()> {
        const SELECT: &str = concat!(
            "SELECT ",
            conversation_columns!(),
            ", o.slug FROM conversation c JOIN hotel o ON o.id = c.hotel LEFT JOIN staff h ON h.id = c.holder WHERE "
        );
        let mut rows = Vec::new();
        if !ids.is_empty() {
            let mut query = QueryBuilder::<Sqlite>::new(SELECT);
            query.push("c.id IN (");
            bind_list(&mut query, ids);
            rows.extend(query.push(")").build().fetch_all(&mut *db).await?);
        }
        if !pairs.is_empty() {
            let mut query = QueryBuilder::<Sqlite>::new(SELECT);
            query.push("c.status <> 'resolved' AND (c.guest, c.hotel) IN (VALUES ");
            let mut list = query.separated(", ");
            for (guest, hotel) in pairs {
                list.push("(")
                    .push_bind_unseparated(*guest)
                    .push_unseparated(", ")
                    .push_bind_unseparated(*hotel)
                    .push_unseparated(")");
            }
            rows.extend(query.push(")").build().fetch_all(&mut *db).await?);
        }
        for row in rows {
            let slug: String = row.try_get("slug")?;
            let record = <ConversationRow as sqlx::FromRow<_>>::from_row(&row)?;
            let last_staff = record.last_staff.map(|id| (StaffId(id), record.last_staff_seq));
            let last_other = record.last_other_seq;
            let row = Conversation::try_from(record)?;
            if row.status != Status::Resolved {
                self.open.insert((row.guest.id, row.hotel), row.id);
            }
            self.conversations.entry(row.id).or_insert(Open {
                row,
                hotel_slug: slug,
                last_staff,
                last_other,
                entries: Vec::new(),
                changed: false,
                thread_changed: false,
            });
        }
        Ok(())
    }

    async fn load_staff(&mut self, db: &mut SqliteConnection, people: &HashSet<Uuid>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT s.id, s.name, s.admin, m.hotel, m.role FROM staff s LEFT JOIN membership m ON m.staff = s.id \
             WHERE s.disabled_at IS NULL AND s.id IN (",
        );
        bind_list(&mut query, people);
        for row in query.push(")").build().fetch_all(db).await? {
            let id = StaffId(row.try_get(0)?);
            let member = self.staff.entry(id).or_insert(Member {
                person: Person { id, name: row.try_get(1)? },
                admin: row.try_get(2)?,
                roles: HashMap::new(),
            });
            if let Some(hotel) = row.try_get::<Option<Uuid>, _>(3)? {
                let role: &str = row.try_get(4)?;
                member.roles.insert(HotelId(hotel), if role == Role::Manager.as_str() { Role::Manager } else { Role::Agent });
            }
        }
        Ok(())
    }

    async fn load_stored(&mut self, db: &mut SqliteConnection, client_ids: &HashSet<Uuid>) -> Result<()> {
        if client_ids.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT e.client_id, e.conversation, e.seq, e.at, e.by_id, c.guest, c.hotel, c.epoch \
             FROM entry e JOIN conversation c ON c.id = e.conversation WHERE e.client_id IN (",
        );
        bind_list(&mut query, client_ids);
        for row in query.push(")").build().fetch_all(db).await? {
            self.stored.entry(ClientId(row.try_get(0)?)).or_default().push(Stored {
                author: row.try_get(4)?,
                guest: GuestId(row.try_get(5)?),
                hotel: HotelId(row.try_get(6)?),
                written: Written {
                    conversation: ConversationId(row.try_get(1)?),
                    seq: row.try_get(2)?,
                    at: Millis(row.try_get(3)?),
                    epoch: row.try_get(7)?,
                },
            });
        }
        Ok(())
    }

    async fn carry_out(&mut self, db: &mut SqliteConnection, order: &Order) -> Result<Outcome> {
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
                self.begin(db, guest, hotel, order.at).await?
            }
            (None, Target::Open(guest, hotel), What::Introduce { name, language }) => {
                introduce(db, guest, hotel, name.as_deref(), language.as_deref()).await?;
                return Ok(Ok(Written { conversation: ConversationId(Uuid::nil()), seq: 0, epoch: 0, at: order.at }));
            }
            _ => return Ok(Err(Refusal::NotFound)),
        };
        let Some(actor) = self.actor(order.who, id) else { return Ok(Err(Refusal::NotFound)) };
        if let What::Reopen { .. } = order.what
            && let Some(newer) = self.open_beside(db, id).await?
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
                introduce(db, guest, hotel, name.as_deref(), language.as_deref()).await?;
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
        let author = match order.who {
            Who::Guest(id) => Some(id.0),
            Who::Staff(id) => Some(id.0),
            Who::System => None,
        };
        let stored = self.stored.get(&order.what.client_id()?)?.iter().find(|s| match order.target {
            Target::Conversation(id) => s.written.conversation == id,
            Target::Open(guest, hotel) => (s.guest, s.hotel) == (guest, hotel),
        })?;
        Some(if stored.author == author { Ok(stored.written) } else { Err(Refusal::ClientIdUsed) })
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
            What::Transfer { epoch, to } => {
                let to = self.staff.get(to).filter(|m| m.roles.contains_key(&open.row.hotel)).ok_or(Refusal::NotAvailable)?;
                return Ok((domain::transfer(&now, actor, *epoch, &to.person)?, Some(to.person.clone())));
            }
            What::Read { .. } | What::Introduce { .. } => Err(Refusal::NotAllowed),
        }?;
        Ok((change, None))
    }

    /// Opens a conversation for a guest's first word (rule H9).
    async fn begin(&mut self, db: &mut SqliteConnection, guest: GuestId, hotel: HotelId, at: Millis) -> Result<ConversationId> {
        let stay = sqlx::query("SELECT name, language FROM stay WHERE guest = $1 AND hotel = $2")
            .bind(guest.0)
            .bind(hotel.0)
            .fetch_optional(&mut *db)
            .await?;
        let (name, language) = match stay {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => Default::default(),
        };
        let hotel_slug = sqlx::query_scalar("SELECT slug FROM hotel WHERE id = $1").bind(hotel.0).fetch_one(db).await?;
        let id = ConversationId::new();
        let row = Conversation {
            id,
            hotel,
            guest: Guest { id: guest, name, language },
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

    /// Another open conversation of the same guest with the same hotel.
    async fn open_beside(&self, db: &mut SqliteConnection, id: ConversationId) -> Result<Option<ConversationId>> {
        let Some(this) = self.conversations.get(&id) else { return Ok(None) };
        let pair = (this.row.guest.id, this.row.hotel);
        if let Some(open) = self.open.get(&pair) {
            return Ok(Some(*open).filter(|open| *open != id));
        }
        let stored: Option<Uuid> = sqlx::query_scalar(
            "SELECT id FROM conversation WHERE guest = $1 AND hotel = $2 AND status <> 'resolved' AND id <> $3",
        )
        .bind(pair.0.0)
        .bind(pair.1.0)
        .bind(id.0)
        .fetch_optional(db)
        .await?;
        Ok(stored.map(ConversationId))
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

    /// Writes the decided change as the next entry (rule H4).
    async fn append(
        &mut self,
        db: &mut SqliteConnection,
        id: ConversationId,
        actor: &Actor,
        order: &Order,
        change: Change,
        to: Option<Person>,
    ) -> Result<Written> {
        let open = self.touch(id);
        let seq = open.row.last_seq + 1;
        let body = match &order.what {
            What::Say { body, .. } | What::Note { body, .. } => body.clone(),
            What::TakeOver { reason, .. } | What::Release { reason, .. } => reason.clone(),
            _ => String::new(),
        };
        let client_id = order.what.client_id();
        let entry = Entry { seq, kind: change.kind, by: actor.by(), body, to, client_id, at: order.at };
        let written = Written { conversation: id, seq, epoch: change.epoch, at: order.at };

        open.row.last_seq = seq;
        open.row.take_in(&entry);
        open.thread_changed |= open.row.epoch != change.epoch;
        open.row.epoch = change.epoch;
        open.row.holder = change.holder;
        if open.row.status != change.status {
            open.row.status = change.status;
            let pair = (open.row.guest.id, open.row.hotel);
            open.row.waiting_since = match change.status {
                // Released: the guest's unanswered word keeps its place in the queue.
                Status::Waiting if open.row.unread > 0 && open.row.last_by == ActorKind::Guest => Some(open.row.last_at),
                Status::Waiting => Some(order.at),
                Status::Held | Status::Resolved => None,
            };
            open.row.resolved_at = (change.status == Status::Resolved).then_some(order.at);
            if change.status == Status::Resolved {
                self.open.remove(&pair);
            } else {
                self.open.insert(pair, id);
            }
        }
        let open = self.conversations.get_mut(&id).expect("touched above");
        open.entries.push(entry);

        if let (EntryKind::Said, What::Say { seen, .. }) = (change.kind, &order.what) {
            match actor.person() {
                None => {
                    open.row.unread += 1;
                    open.row.guest_read = seq;
                }
                Some(me) => {
                    let mut standing = open.standing();
                    standing.note_said(me.id, seq);
                    (open.last_staff, open.last_other) = (standing.last_staff, standing.last_other);
                    // Whoever answers has read what they were shown, and their own words.
                    let read = if *seen >= seq - 1 { seq } else { *seen };
                    self.holder_has_read(db, id, read).await?;
                }
            }
        }
        if let Some(client_id) = client_id {
            let row = &self.conversations[&id].row;
            let author = match order.who {
                Who::Guest(id) => Some(id.0),
                Who::Staff(id) => Some(id.0),
                Who::System => None,
            };
            let stored = Stored { author, guest: row.guest.id, hotel: row.hotel, written };
            self.stored.entry(client_id).or_default().push(stored);
        }
        Ok(written)
    }

    async fn read(
        &mut self,
        db: &mut SqliteConnection,
        id: ConversationId,
        actor: &Actor,
        seq: Seq,
        at: Millis,
    ) -> Result<Outcome> {
        let row = &self.conversations[&id].row;
        let seq = seq.clamp(0, row.last_seq);
        let written = Written { conversation: id, seq, epoch: row.epoch, at };
        let reader = match actor {
            Actor::Guest(guest) => {
                if seq <= row.guest_read {
                    return Ok(Ok(written));
                }
                self.touch(id).row.guest_read = seq;
                guest.id.0
            }
            Actor::Staff(me, _) | Actor::Admin(me) => {
                // A colleague who looks on has not read for the guest.
                if !row.is_held_by(me.id) || seq <= row.staff_read {
                    return Ok(Ok(written));
                }
                self.touch(id);
                self.holder_has_read(db, id, seq).await?;
                me.id.0
            }
            Actor::System => return Ok(Err(Refusal::NotAllowed)),
        };
        self.read_marks.push(ReadMark { conversation: id, reader, seq, at });
        Ok(Ok(written))
    }

    async fn holder_has_read(&mut self, db: &mut SqliteConnection, id: ConversationId, seq: Seq) -> Result<()> {
        let Some(open) = self.conversations.get_mut(&id) else { return Ok(()) };
        if seq <= open.row.staff_read {
            return Ok(());
        }
        open.row.staff_read = seq;
        open.thread_changed = true;
        let from_guest = |e: &&Entry| e.seq > seq && e.kind == EntryKind::Said && e.by.is_guest();
        let fresh = open.entries.iter().filter(from_guest).count() as i64;
        let before_group = open.row.last_seq - open.entries.len() as i64;
        open.row.unread = if seq >= before_group {
            fresh
        } else {
            let kept: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM entry WHERE conversation = $1 AND seq > $2 AND kind = 'said' AND by_kind = 'guest'",
            )
            .bind(id.0)
            .bind(seq)
            .fetch_one(db)
            .await?;
            kept + fresh
        };
        Ok(())
    }

    async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        let changed: Vec<&Open> = self.touched.iter().map(|id| &self.conversations[id]).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO conversation (id, hotel, guest, guest_name, guest_language, status, holder, epoch, last_seq, last_staff, \
             last_staff_seq, last_other_seq, rev, opened_at, waiting_since, resolved_at, last_line, last_by, last_at, unread, \
             guest_read, staff_read) ",
        );
        query.push_values(&changed, |mut b, open| {
            let c = &open.row;
            b.push_bind(c.id.0).push_bind(c.hotel.0).push_bind(c.guest.id.0);
            b.push_bind(c.guest.name.as_str()).push_bind(c.guest.language.as_str());
            b.push_bind(c.status.as_str())
                .push_bind(c.holder.as_ref().map(|p| p.id.0))
                .push_bind(c.epoch)
                .push_bind(c.last_seq);
            b.push_bind(open.last_staff.map(|(id, _)| id.0)).push_bind(open.last_staff.map_or(0, |(_, seq)| seq));
            b.push_bind(open.last_other).push_bind(c.rev).push_bind(c.opened_at.0);
            b.push_bind(c.waiting_since.map(|t| t.0)).push_bind(c.resolved_at.map(|t| t.0));
            b.push_bind(c.last_line.as_str()).push_bind(c.last_by.as_str()).push_bind(c.last_at.0);
            b.push_bind(c.unread).push_bind(c.guest_read).push_bind(c.staff_read);
        });
        query.push(
            " ON CONFLICT (id) DO UPDATE SET guest_name = excluded.guest_name, guest_language = excluded.guest_language, \
             status = excluded.status, holder = excluded.holder, epoch = excluded.epoch, last_seq = excluded.last_seq, \
             last_staff = excluded.last_staff, last_staff_seq = excluded.last_staff_seq, last_other_seq = excluded.last_other_seq, \
             rev = excluded.rev, waiting_since = excluded.waiting_since, resolved_at = excluded.resolved_at, \
             last_line = excluded.last_line, last_by = excluded.last_by, last_at = excluded.last_at, unread = excluded.unread, \
             guest_read = excluded.guest_read, staff_read = excluded.staff_read",
        );
        query.build().execute(&mut *db).await?;

        let entries: Vec<(ConversationId, &Entry)> =
            changed.iter().flat_map(|open| open.entries.iter().map(|entry| (open.row.id, entry))).collect();
        if !entries.is_empty() {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO entry (conversation, seq, kind, by_kind, by_id, by_name, body, to_id, to_name, client_id, at) ",
            );
            query.push_values(&entries, |mut b, (conversation, e)| {
                b.push_bind(conversation.0).push_bind(e.seq).push_bind(e.kind.as_str());
                b.push_bind(e.by.kind.as_str()).push_bind(e.by.id).push_bind(e.by.name.as_str()).push_bind(e.body.as_str());
                b.push_bind(e.to.as_ref().map(|p| p.id.0)).push_bind(e.to.as_ref().map(|p| p.name.as_str()));
                b.push_bind(e.client_id.map(|id| id.0)).push_bind(e.at.0);
            });
            query.build().execute(&mut *db).await?;
        }
        self.write_read_marks(db).await?;
        write_hands(db, &entries).await
    }

    async fn write_read_marks(&self, db: &mut SqliteConnection) -> Result<()> {
        for mark in &self.read_marks {
            sqlx::query(
                "INSERT INTO read_mark (conversation, reader, seq, at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (conversation, reader) DO UPDATE SET seq = excluded.seq, at = excluded.at",
            )
            .bind(mark.conversation.0)
            .bind(mark.reader)
            .bind(mark.seq)
            .bind(mark.at.0)
            .execute(&mut *db)
            .await?;
        }
        Ok(())
    }

    fn grown(mut self) -> Vec<Grown> {
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

/// Changes of hands are in the audit trail too (rule H10).
async fn write_hands(db: &mut SqliteConnection, entries: &[(ConversationId, &Entry)]) -> Result<()> {
    for (conversation, entry) in entries {
        if matches!(entry.kind, EntryKind::Said | EntryKind::Note) {
            continue;
        }
        sqlx::query("INSERT INTO audit (id, at, what, by_id, detail) VALUES ($1, $2, $3, $4, $5)")
            .bind(Uuid::now_v7())
            .bind(entry.at.0)
            .bind(entry.kind.as_str())
            .bind(entry.by.id)
            .bind(conversation.to_string())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

async fn introduce(
    db: &mut SqliteConnection,
    guest: GuestId,
    hotel: HotelId,
    name: Option<&str>,
    language: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO stay (guest, hotel, name, language) VALUES ($1, $2, COALESCE($3, ''), COALESCE($4, '')) \
         ON CONFLICT (guest, hotel) DO UPDATE SET name = COALESCE($3, stay.name), language = COALESCE($4, stay.language)",
    )
    .bind(guest.0)
    .bind(hotel.0)
    .bind(name)
    .bind(language)
    .execute(db)
    .await?;
    Ok(())
}

fn bind_list(query: &mut QueryBuilder<Sqlite>, ids: &HashSet<Uuid>) {
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
}
