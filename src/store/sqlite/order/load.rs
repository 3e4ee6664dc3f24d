//! The first trip: what a group's orders speak of, read in one go.
//!
//! Every statement handed to SQLite is a trip to its thread and back, which costs more than the statement; so
//! the transaction's beginning and all its questions travel as one text.

use crate::store::{
    Order, Result, Written,
    order::{ActorId, Group, Member, Open, Stored, TakenIn, Target},
    sqlite::{
        conversation::select_conversation,
        row::{ConversationRow, files, from_json, role},
    },
};
use domain::{
    AttachmentId, ClientId, Command, Conversation, ConversationId, GuestId, HotelId, Millis, Person, StaffId,
    Topics,
};
use sqlx::{FromRow as _, QueryBuilder, Row as _, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Which question a row answers; the first column of each.
const CONVERSATION: i64 = 0;
const STAFF: i64 = 1;
const STORED: i64 = 2;
const FILE: i64 = 3;

pub(super) async fn begin(db: &mut SqliteConnection, orders: &[Order]) -> Result<Group> {
    // IMMEDIATE: the lock is taken here, where waiting for another process is allowed, and not in the middle.
    read(db, "BEGIN IMMEDIATE", orders).await
}

/// All that the orders speak of, behind a statement that comes first.
pub(in crate::store::sqlite) async fn read(
    db: &mut SqliteConnection,
    first: &str,
    orders: &[Order],
) -> Result<Group> {
    let mut query = QueryBuilder::<Sqlite>::new(first);
    ask(&mut query, orders);
    let mut group = Group::default();
    for row in query.build().fetch_all(db).await? {
        match row.try_get(0)? {
            CONVERSATION => group.put(open(&row)?),
            STAFF => staff(&mut group, &row)?,
            STORED => stored(&mut group, &row)?,
            FILE => file(&mut group, &row)?,
            _ => {}
        }
    }
    Ok(group)
}

/// A row of [`select_conversation`].
pub(super) fn open(row: &SqliteRow) -> Result<Open> {
    let (hotel, topics) = (row.try_get("slug")?, Topics(row.try_get("topics")?));
    let record = ConversationRow::from_row(row)?;
    let words = record.staff_words();
    Ok(Open { topics, ..Open::stored(Conversation::try_from(record)?, hotel, words) })
}

fn staff(group: &mut Group, row: &SqliteRow) -> Result<()> {
    let id = StaffId(row.try_get(1)?);
    let member = group.staff.entry(id).or_insert(Member {
        person: Person { id, name: row.try_get(2)? },
        admin: row.try_get(3)?,
        roles: HashMap::new(),
    });
    if let Some(hotel) = row.try_get::<Option<Uuid>, _>(4)? {
        member.roles.insert(HotelId(hotel), (role(row, 5)?, row.try_get(6)?));
    }
    Ok(())
}

fn stored(group: &mut Group, row: &SqliteRow) -> Result<()> {
    group.stored.entry(ClientId(row.try_get(1)?)).or_default().push(Stored {
        author: row.try_get(5)?,
        note: row.try_get(9)?,
        body: row.try_get(10)?,
        files: files(row.try_get(11)?)?.into_iter().map(|file| file.id).collect(),
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

fn file(group: &mut Group, row: &SqliteRow) -> Result<()> {
    let id = AttachmentId(row.try_get(1)?);
    let taken = TakenIn {
        by: row.try_get(2)?,
        hotel: HotelId(row.try_get(3)?),
        attachment: from_json(row.try_get(4)?)?,
        said: row.try_get(5)?,
        most: row.try_get::<i64, _>(6)?.max(0) as usize,
    };
    group.files.insert(id, taken);
    Ok(())
}

/// Adds the questions to the text.
fn ask(query: &mut QueryBuilder<Sqlite>, orders: &[Order]) {
    let (mut ids, mut pairs, mut people, mut client_ids, mut files) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    for order in orders {
        match order.target {
            Target::Conversation(id) => drop(ids.insert(id.0)),
            Target::Open(guest, hotel) => drop(pairs.insert((guest.0, hotel.0))),
        }
        if let ActorId::Staff(id) = order.by {
            people.insert(id.0);
        }
        if let Command::Transfer { to, .. } = &order.command {
            people.insert(to.person.id.0);
        }
        client_ids.extend(order.command.client_id().map(|id| id.0));
        files.extend(order.command.files().iter().map(|id| id.0));
    }
    if !ids.is_empty() {
        one_of(query.push(concat!("; ", select_conversation!("c.id"))), ids);
    }
    if !pairs.is_empty() {
        query.push(concat!(
            "; ",
            select_conversation!("c.status <> 'resolved' AND (c.guest, c.hotel) IN (VALUES ")
        ));
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
            "; SELECT 1 AS what, s.id, s.name, s.admin, m.hotel, m.role, m.available FROM staff s LEFT JOIN \
             membership m ON m.staff = s.id \
             WHERE s.disabled_at IS NULL AND s.id",
        );
        one_of(query, people);
    }
    if !client_ids.is_empty() {
        query.push(
            "; SELECT 2 AS what, e.client_id, e.conversation, e.seq, e.at, e.by_id, c.guest, c.hotel, \
             c.epoch, e.kind = 'note', e.body, e.files \
             FROM entry e JOIN conversation c ON c.id = e.conversation WHERE e.client_id",
        );
        one_of(query, client_ids);
    }
    if !files.is_empty() {
        query.push(
            "; SELECT 3 AS what, f.id, f.by_id, f.hotel, f.record, f.conversation IS NOT NULL, h.file_count \
             FROM attachment f JOIN hotel h ON h.id = f.hotel WHERE f.record IS NOT NULL AND f.id",
        );
        one_of(query, files);
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
