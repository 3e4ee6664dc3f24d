//! A stay is the sum of what is said of it, in the order of the versions it was said under.
//!
//! In: changes by agents, by the hotel's own system, by its tokens. Out: the stay they add up to, written
//! down, and the conversations beside which it stands. Never: a sum that depends on the order in which
//! changes arrived.

use super::find;
use crate::store::{
    Audit, Result, StoreError, Update,
    sqlite::{
        conversation::updates,
        delivery::tell,
        put_audit,
        row::{StayRow, stay_columns},
    },
};
use domain::{ConversationId, GuestId, HotelId, Millis, StaffId, Stay, StayChange, StayId};
use sqlx::{Row as _, sqlite::SqliteConnection};
use uuid::Uuid;

/// Rows of a day's queue show a stay after its conversation was resolved, too.
const STILL_SHOWN: i64 = Millis::DAY;

/// Who says something of a stay.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Staff(StaffId),
    Api(Uuid),
    Token,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Source::Staff(_) => "staff",
            Source::Api(_) => "api",
            Source::Token => "token",
        }
    }

    fn id(self) -> Option<Uuid> {
        match self {
            Source::Staff(id) => Some(id.0),
            Source::Api(id) => Some(id),
            Source::Token => None,
        }
    }
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Nonsense(e.to_string()))
}

pub(super) async fn by_reference(
    db: &mut SqliteConnection,
    hotel: HotelId,
    reference: &str,
) -> Result<Option<(StayId, i64)>> {
    let found: Option<(Uuid, i64)> =
        sqlx::query_as("SELECT id, version FROM stay WHERE hotel = $1 AND reference = $2")
            .bind(hotel.0)
            .bind(reference)
            .fetch_optional(db)
            .await?;
    Ok(found.map(|(id, version)| (StayId(id), version)))
}

pub(super) async fn create(db: &mut SqliteConnection, hotel: HotelId, at: Millis) -> Result<StayId> {
    let id = StayId::new();
    sqlx::query("INSERT INTO stay (id, hotel, changed_at) VALUES ($1, $2, $3)")
        .bind(id.0)
        .bind(hotel.0)
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(id)
}

pub(super) async fn read(db: &mut SqliteConnection, id: StayId) -> Result<Stay> {
    let row: StayRow = sqlx::query_as(concat!("SELECT ", stay_columns!(), " FROM stay y WHERE y.id = $1"))
        .bind(id.0)
        .fetch_one(db)
        .await?;
    row.stay()?.ok_or_else(|| StoreError::Nonsense(id.to_string()))
}

/// Writes down what was said, and that it was.
pub(super) async fn put_event(
    db: &mut SqliteConnection,
    stay: StayId,
    version: i64,
    source: Source,
    change: &StayChange,
    at: Millis,
) -> Result<()> {
    let change = json(change)?;
    sqlx::query(
        "INSERT INTO stay_event (stay, version, id, source, by_id, change, at) VALUES ($1, \
        $2, $3, $4, $5, $6, $7)",
    )
    .bind(stay.0)
    .bind(version)
    .bind(Uuid::now_v7())
    .bind(source.name())
    .bind(source.id())
    .bind(&change)
    .bind(at.0)
    .execute(&mut *db)
    .await?;
    let by = match source {
        Source::Staff(id) => Some(id),
        _ => None,
    };
    // What the fields were set to stands in the event; the trail outlives the guest's data, and names the
    // fields only.
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&change).unwrap_or_default();
    let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
    let detail = format!("{stay} {} v{version} {}", source.name(), fields.join(","));
    let hotel: Uuid =
        sqlx::query_scalar("SELECT hotel FROM stay WHERE id = $1").bind(stay.0).fetch_one(&mut *db).await?;
    put_audit(db, Audit { at, what: "stay_changed", by, hotel: Some(HotelId(hotel)), detail }).await?;
    Ok(())
}

/// Takes in what was just said of a stay as `version`, and tells the conversations beside it. What came late
/// is put where it belongs: all that was said is added up anew. What comes last, as nearly everything does,
/// is added to what is there; a system that says the same every few seconds must not make each time longer
/// than the one before.
pub(super) async fn add_up(
    db: &mut SqliteConnection,
    id: StayId,
    version: i64,
    change: &StayChange,
    at: Millis,
) -> Result<Vec<Update>> {
    let is_late: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM stay_event WHERE stay = $1 AND version > $2)")
            .bind(id.0)
            .bind(version)
            .fetch_one(&mut *db)
            .await?;
    let stay = if is_late {
        let mut stay = Stay::new(id);
        let changes = sqlx::query("SELECT change FROM stay_event WHERE stay = $1 ORDER BY version, id")
            .bind(id.0)
            .fetch_all(&mut *db)
            .await?;
        for row in changes {
            let change: &str = row.try_get(0)?;
            stay.take_in(&serde_json::from_str(change).map_err(|_| StoreError::Nonsense(change.to_owned()))?);
        }
        stay
    } else {
        let mut stay = read(db, id).await?;
        stay.take_in(change);
        stay
    };
    sqlx::query(
        "UPDATE stay SET reference = $2, name = $3, phone = $4, email = $5, language = $6, room = $7, \
         last_room = $8, arrival = $9, departure = $10, party = $11, booking = $12, changed_at = $13 \
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(&stay.reference)
    .bind(&stay.name)
    .bind(&stay.phone)
    .bind(&stay.email)
    .bind(&stay.language)
    .bind(&stay.room)
    .bind(&stay.last_room)
    .bind(stay.arrival.map(|d| d.to_string()))
    .bind(stay.departure.map(|d| d.to_string()))
    .bind(stay.party)
    .bind(stay.booking.as_str())
    .bind(at.0)
    .execute(&mut *db)
    .await?;
    find::put_words(db, &stay).await?;
    let beside: Vec<Uuid> = sqlx::query_scalar(
        "UPDATE conversation SET rev = rev + 1 WHERE stay = $1 AND joined_to IS NULL \
         AND (status <> 'resolved' OR resolved_at >= $2) RETURNING id",
    )
    .bind(id.0)
    .bind(at.0 - STILL_SHOWN)
    .fetch_all(&mut *db)
    .await?;
    updates(db, beside).await
}

/// Puts a stay (or none) beside a guest's open conversation with the hotel, and beside `also`.
pub(super) async fn link(
    db: &mut SqliteConnection,
    guest: GuestId,
    hotel: HotelId,
    also: Option<ConversationId>,
    stay: Option<StayId>,
    at: Millis,
) -> Result<Vec<Update>> {
    let before: Option<Uuid> =
        sqlx::query_scalar("SELECT stay FROM acquaintance WHERE guest = $1 AND hotel = $2")
            .bind(guest.0)
            .bind(hotel.0)
            .fetch_optional(&mut *db)
            .await?
            .flatten();
    sqlx::query(
        "INSERT INTO acquaintance (guest, hotel, stay) VALUES ($1, $2, $3) ON CONFLICT (guest, hotel) DO \
         UPDATE SET stay = excluded.stay",
    )
    .bind(guest.0)
    .bind(hotel.0)
    .bind(stay.map(|s| s.0))
    .execute(&mut *db)
    .await?;
    let beside: Vec<Uuid> = sqlx::query_scalar(
        "UPDATE conversation SET stay = $3, rev = rev + 1 WHERE guest = $1 AND hotel = $2 \
         AND (status <> 'resolved' OR id = $4) RETURNING id",
    )
    .bind(guest.0)
    .bind(hotel.0)
    .bind(stay.map(|s| s.0))
    .bind(also.map(|c| c.0))
    .fetch_all(&mut *db)
    .await?;
    let mut told = updates(db, beside).await?;
    if let Some(stay) = stay.filter(|stay| before != Some(stay.0)) {
        let stay = read(db, stay).await?;
        for update in &mut told {
            update.told = tell::of_stay(db, (hotel, guest), Some(&update.conversation), &stay, at).await?;
        }
        if told.is_empty() {
            tell::of_stay(db, (hotel, guest), None, &stay, at).await?;
        }
    }
    Ok(told)
}
