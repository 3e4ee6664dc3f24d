//! What hotels' own systems are to be told of, stored in the transaction it happens in.
//!
//! In: conversations with what was added to them. Out: a delivery for each webhook that asks for it. Never: a
//! query for hotels that ask for nothing; what a hotel asks for is read with its conversations.

use crate::store::{Happened, Result, known_as, order::Open, sqlite::row::to_json};
use domain::{Conversation, ConversationId, Guest, GuestId, HotelId, Millis, Stay, Topic, Topics};
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteConnection};
use uuid::Uuid;

/// Adds what is to be told of these to the text of a group.
pub(in crate::store::sqlite) fn put(query: &mut QueryBuilder<Sqlite>, changed: &[&Open]) {
    for open in changed.iter().filter(|open| open.is_told()) {
        for entry in &open.entries {
            for topic in Topic::of(entry).filter(|topic| open.topics.contains(*topic)) {
                let id = Uuid::now_v7();
                let event = Happened::new(id, topic.as_str(), &open.hotel, entry.at).within(&open.row);
                put_one(
                    query,
                    id,
                    topic,
                    (open.row.hotel, open.row.person, Some(open.row.id)),
                    entry.at,
                    to_json(&Happened { entry: Some(entry), ..event }),
                );
            }
        }
    }
}

fn put_one(
    query: &mut QueryBuilder<Sqlite>,
    id: Uuid,
    topic: Topic,
    (hotel, guest, conversation): (HotelId, GuestId, Option<ConversationId>),
    at: Millis,
    body: String,
) {
    query.push(
        "INSERT INTO delivery (id, hotel, webhook, event, conversation, guest, body, state, since, \
         due) SELECT ",
    );
    let mut list = query.separated(", ");
    list.push_bind(id).push("hotel").push("id").push_bind(topic.as_str());
    list.push_bind(conversation.map(|id| id.0)).push_bind(guest.0).push_bind(body);
    // Of a conversation's only the first is due.
    let due = conversation.is_none().then_some(at.0);
    list.push_bind(if due.is_some() { "waiting" } else { "queued" }).push_bind(at.0).push_bind(due);
    query.push(" FROM webhook WHERE off_at IS NULL AND hotel = ").push_bind(hotel.0);
    query.push(" AND topics & ").push_bind([topic].into_iter().collect::<Topics>().0).push(" <> 0; ");
    if let Some(conversation) = conversation {
        put_first(query, conversation.0, at);
        query.push("; ");
    }
}

/// The first of a conversation's in each lane is due; the others wait behind it.
pub(super) fn put_first(query: &mut QueryBuilder<Sqlite>, conversation: Uuid, at: Millis) {
    query.push("UPDATE delivery SET state = 'waiting', due = ").push_bind(at.0);
    query.push(", since = ").push_bind(at.0);
    query.push(
        " WHERE state = 'queued' AND number IN (SELECT min(number) FROM delivery WHERE conversation = ",
    );
    query.push_bind(conversation).push(" AND state IN ('waiting', 'queued') GROUP BY webhook)");
}

/// A stay was linked to a guest, beside this conversation if one is open; whether anybody is to be told.
pub(in crate::store::sqlite) async fn of_stay(
    db: &mut SqliteConnection,
    (hotel, guest): (HotelId, GuestId),
    beside: Option<&Conversation>,
    stay: &Stay,
    at: Millis,
) -> Result<bool> {
    if !topics(db, hotel).await?.contains(Topic::StayLinked) {
        return Ok(false);
    }
    let (slug, name, language): (String, String, String) = sqlx::query_as(
        "SELECT o.slug, a.name, a.language FROM hotel o JOIN acquaintance a ON a.hotel = o.id \
         WHERE o.id = $1 AND a.guest = $2",
    )
    .bind(hotel.0)
    .bind(guest.0)
    .fetch_one(&mut *db)
    .await?;
    let known = Guest { id: known_as(guest, hotel), name, language };
    let id = Uuid::now_v7();
    let event = Happened { guest: Some(&known), ..Happened::new(id, Topic::StayLinked.as_str(), &slug, at) };
    let event = match beside {
        Some(c) => event.within(c),
        None => event,
    };
    let body = to_json(&Happened { stay: Some(stay), ..event });
    let mut query = QueryBuilder::new("");
    put_one(&mut query, id, Topic::StayLinked, (hotel, guest, beside.map(|c| c.id)), at, body);
    query.build().execute(db).await?;
    Ok(true)
}

/// What a hotel's webhooks ask for.
pub(super) async fn topics(db: &mut SqliteConnection, hotel: HotelId) -> Result<Topics> {
    let topics =
        sqlx::query_scalar("SELECT topics FROM hotel WHERE id = $1").bind(hotel.0).fetch_one(db).await?;
    Ok(Topics(topics))
}
