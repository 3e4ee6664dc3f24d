//! What a group's orders speak of, read in one go.
//!
//! Every statement handed to SQLite is a trip to its thread and back, which costs more than the statement; so the
//! transaction's beginning and all its questions travel as one text.

use super::{Member, Open, ReadMark, Stored};
use crate::store::{
    Order, Result, Target, What, Who, Written,
    sqlite::row::{ConversationRow, conversation_columns, conversation_tables, role},
};
use domain::{ClientId, Conversation, ConversationId, GuestId, HotelId, Millis, Person, StaffId, Status};
use sqlx::{FromRow as _, QueryBuilder, Row as _, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// All that the group's orders speak of, laid out.
#[derive(Default)]
pub(in crate::store::sqlite) struct Table {
    pub(super) conversations: HashMap<ConversationId, Open>,
    pub(super) open: HashMap<(GuestId, HotelId), ConversationId>,
    pub(super) staff: HashMap<StaffId, Member>,
    pub(super) stored: HashMap<ClientId, Vec<Stored>>,
    pub(super) read_marks: Vec<ReadMark>,
    /// How often whom was refused what because of a colleague: hotel, quarter of an hour, who, command, code.
    pub(super) refused: BTreeMap<(HotelId, i64, StaffId, &'static str, &'static str), i64>,
    /// In the order of their first change, so that the bus rings in the order of the orders.
    pub(super) touched: Vec<ConversationId>,
}

/// Which question a row answers; the first column of each.
const CONVERSATION: i64 = 0;
const STAFF: i64 = 1;
const STORED: i64 = 2;

macro_rules! select_conversation {
    () => {
        concat!(
            "SELECT 0 AS what, ",
            conversation_columns!(),
            ", o.slug FROM ",
            conversation_tables!(),
            " JOIN hotel o ON o.id = c.hotel WHERE "
        )
    };
}

impl Table {
    /// Begins the transaction and reads what the orders need.
    pub(in crate::store::sqlite) async fn begin_with(db: &mut SqliteConnection, orders: &[Order]) -> Result<Self> {
        // IMMEDIATE: the lock is taken here, where waiting for another process is allowed, and not in the middle.
        let mut query = QueryBuilder::<Sqlite>::new("BEGIN IMMEDIATE");
        ask(&mut query, orders);
        let mut table = Table::default();
        for row in query.build().fetch_all(db).await? {
            match row.try_get(0)? {
                CONVERSATION => table.lay_conversation(&row)?,
                STAFF => table.lay_staff(&row)?,
                STORED => table.lay_stored(&row)?,
                _ => {}
            }
        }
        Ok(table)
    }

    /// Lays out one guest's open conversation with a hotel, should it not lie there yet.
    pub(super) async fn lay_open(&mut self, db: &mut SqliteConnection, guest: GuestId, hotel: HotelId) -> Result<()> {
        if self.open.contains_key(&(guest, hotel)) {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(concat!(select_conversation!(), "c.status <> 'resolved' AND c.guest = "));
        query.push_bind(guest.0).push(" AND c.hotel = ").push_bind(hotel.0);
        for row in query.build().fetch_all(db).await? {
            self.lay_conversation(&row)?;
        }
        Ok(())
    }

    fn lay_conversation(&mut self, row: &SqliteRow) -> Result<()> {
        let hotel_slug = row.try_get("slug")?;
        let record = ConversationRow::from_row(row)?;
        let last_staff = record.last_staff.map(|id| (StaffId(id), record.last_staff_seq));
        let last_other = record.last_other_seq;
        let row = Conversation::try_from(record)?;
        // What lies there already has seen the orders before; what is read now has not.
        if self.conversations.contains_key(&row.id) {
            return Ok(());
        }
        if row.status != Status::Resolved {
            self.open.insert((row.guest.id, row.hotel), row.id);
        }
        let open = Open { row, hotel_slug, last_staff, last_other, entries: Vec::new(), changed: false, thread_changed: false };
        self.conversations.insert(open.row.id, open);
        Ok(())
    }

    fn lay_staff(&mut self, row: &SqliteRow) -> Result<()> {
        let id = StaffId(row.try_get(1)?);
        let member = self.staff.entry(id).or_insert(Member {
            person: Person { id, name: row.try_get(2)? },
            admin: row.try_get(3)?,
            roles: HashMap::new(),
        });
        if let Some(hotel) = row.try_get::<Option<Uuid>, _>(4)? {
            member.roles.insert(HotelId(hotel), role(row, 5)?);
        }
        Ok(())
    }

    fn lay_stored(&mut self, row: &SqliteRow) -> Result<()> {
        self.stored.entry(ClientId(row.try_get(1)?)).or_default().push(Stored {
            author: row.try_get(5)?,
            note: row.try_get(9)?,
            body: row.try_get(10)?,
            guest: GuestId(row.try_get(6)?),
            hotel: HotelId(row.try_get(7)?),
            written: Written {
                conversation: ConversationId(row.try_get(2)?),
                seq: row.try_get(3)?,
                at: Millis(row.try_get(4)?),
                epoch: row.try_get(8)?,
            },
        });
        Ok(())
    }
}

/// Adds the questions to the text.
fn ask(query: &mut QueryBuilder<Sqlite>, orders: &[Order]) {
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
    if !ids.is_empty() {
        one_of(query.push(concat!("; ", select_conversation!(), "c.id")), ids);
    }
    if !pairs.is_empty() {
        query.push(concat!("; ", select_conversation!(), "c.status <> 'resolved' AND (c.guest, c.hotel) IN (VALUES "));
        let mut list = query.separated(", ");
        for (guest, hotel) in pairs {
            list.push("(")
                .push_bind_unseparated(guest)
                .push_unseparated(", ")
                .push_bind_unseparated(hotel)
                .push_unseparated(")");
        }
        query.push(")");
    }
    if !people.is_empty() {
        query.push(
            "; SELECT 1 AS what, s.id, s.name, s.admin, m.hotel, m.role FROM staff s LEFT JOIN membership m ON m.staff = s.id \
             WHERE s.disabled_at IS NULL AND s.id",
        );
        one_of(query, people);
    }
    if !client_ids.is_empty() {
        query.push(
            "; SELECT 2 AS what, e.client_id, e.conversation, e.seq, e.at, e.by_id, c.guest, c.hotel, c.epoch, e.kind = 'note', e.body \
             FROM entry e JOIN conversation c ON c.id = e.conversation WHERE e.client_id",
        );
        one_of(query, client_ids);
    }
}

fn one_of(query: &mut QueryBuilder<Sqlite>, ids: HashSet<Uuid>) {
    query.push(" IN (");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
}
