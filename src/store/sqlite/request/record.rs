//! A request as rows, and back.

use crate::store::{
    Bids, Result, StoreError,
    sqlite::row::{from_json, known, to_json},
};
use domain::{
    Amount, Bid, ConversationId, GuestId, HotelId, Leg, LegId, LegState, Millis, Request, RequestId,
    RequestState,
};
use sqlx::{FromRow, sqlite::SqliteConnection};
use uuid::Uuid;

#[derive(FromRow)]
struct RequestRow {
    guest: Uuid,
    version: i64,
    wanted: String,
    answer_by: i64,
    state: String,
    opened_at: i64,
}

#[derive(FromRow)]
struct LegRow {
    id: Uuid,
    hotel: Uuid,
    conversation: Uuid,
    state: String,
    reason: String,
    confirm_by: Option<i64>,
    ring_at: Option<i64>,
}

#[derive(FromRow)]
struct BidRow {
    leg: Uuid,
    version: i64,
    of: i64,
    total: i64,
    currency: String,
    included: String,
    valid_until: i64,
    confirms_itself: bool,
    at: i64,
}

/// A request with its bids, as of this moment.
pub(super) async fn read(db: &mut SqliteConnection, id: RequestId) -> Result<Option<(Request, Bids)>> {
    let row: Option<RequestRow> = sqlx::query_as(
        "SELECT guest, version, wanted, answer_by, state, opened_at FROM request WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let legs: Vec<LegRow> = sqlx::query_as(
        "SELECT id, hotel, conversation, state, reason, confirm_by, ring_at FROM leg WHERE request = $1 \
         ORDER BY place",
    )
    .bind(id.0)
    .fetch_all(&mut *db)
    .await?;
    let all: Vec<BidRow> = sqlx::query_as(
        "SELECT b.* FROM leg l JOIN bid b ON b.leg = l.id WHERE l.request = $1 ORDER BY b.leg, b.version",
    )
    .bind(id.0)
    .fetch_all(&mut *db)
    .await?;
    let mut bids: Bids = legs.iter().map(|_| Vec::new()).collect();
    for row in all {
        if let Some(i) = legs.iter().position(|leg| leg.id == row.leg) {
            bids[i].push(row.try_into()?);
        }
    }
    let legs: Vec<Leg> = legs
        .into_iter()
        .zip(&bids)
        .map(|(row, bids)| row.leg(bids.last().cloned()))
        .collect::<Result<_>>()?;
    let mut state = known(&RequestState::ALL, RequestState::as_str, &row.state)?;
    // The hotel whose bid was accepted has erased this guest.
    if state == RequestState::Accepted && !legs.iter().any(|leg| leg.state == LegState::Accepted) {
        state = RequestState::Open;
    }
    let request = Request {
        id,
        guest: GuestId(row.guest),
        version: row.version,
        wanted: from_json(&row.wanted)?,
        answer_by: Millis(row.answer_by),
        state,
        legs,
        opened_at: Millis(row.opened_at),
    };
    Ok(Some((request, bids)))
}

/// Writes a request as it stands now; `before` is how it stood.
pub(super) async fn save(
    db: &mut SqliteConnection,
    request: &Request,
    before: Option<&Request>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO request (id, guest, version, wanted, answer_by, state, opened_at, due) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
         wanted = excluded.wanted, answer_by = excluded.answer_by, state = excluded.state, \
         due = excluded.due",
    )
    .bind(request.id.0)
    .bind(request.guest.0)
    .bind(request.version)
    .bind(to_json(&request.wanted))
    .bind(request.answer_by.0)
    .bind(request.state.as_str())
    .bind(request.opened_at.0)
    .bind(request.due().map(|at| at.0))
    .execute(&mut *db)
    .await?;
    let stood = |i: usize| before.and_then(|before| before.legs.get(i));
    // Whoever gives an acceptance up comes before whoever gets one: there is never more than one (rule H12).
    let mut legs: Vec<(usize, &Leg)> =
        request.legs.iter().enumerate().filter(|(i, leg)| stood(*i) != Some(*leg)).collect();
    legs.sort_by_key(|(_, leg)| matches!(leg.state, LegState::Accepted | LegState::Confirmed));
    for (place, leg) in legs {
        sqlx::query(
            "INSERT INTO leg (id, request, hotel, conversation, place, state, reason, confirm_by, ring_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET conversation = \
             excluded.conversation, state = excluded.state, reason = excluded.reason, \
             confirm_by = excluded.confirm_by, ring_at = excluded.ring_at",
        )
        .bind(leg.id.0)
        .bind(request.id.0)
        .bind(leg.hotel.0)
        .bind(leg.conversation.0)
        .bind(place as i64)
        .bind(leg.state.as_str())
        .bind(&leg.reason)
        .bind(leg.confirm_by.map(|at| at.0))
        .bind(leg.ring_at.map(|at| at.0))
        .execute(&mut *db)
        .await?;
        let new = leg.bid.as_ref().filter(|bid| stood(place).and_then(|leg| leg.bid.as_ref()) != Some(*bid));
        if let Some(bid) = new {
            put_bid(db, leg.id, bid).await?;
        }
    }
    Ok(())
}

async fn put_bid(db: &mut SqliteConnection, leg: LegId, bid: &Bid) -> Result<()> {
    sqlx::query(
        "INSERT INTO bid (leg, version, of, total, currency, included, valid_until, confirms_itself, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(leg.0)
    .bind(bid.version)
    .bind(bid.of)
    .bind(bid.total.minor)
    .bind(bid.total.currency.code())
    .bind(&bid.included)
    .bind(bid.valid_until.0)
    .bind(bid.confirms_itself)
    .bind(bid.at.0)
    .execute(db)
    .await?;
    Ok(())
}

impl LegRow {
    fn leg(self, bid: Option<Bid>) -> Result<Leg> {
        Ok(Leg {
            id: LegId(self.id),
            hotel: HotelId(self.hotel),
            conversation: ConversationId(self.conversation),
            state: known(&LegState::ALL, LegState::as_str, &self.state)?,
            bid,
            reason: self.reason,
            confirm_by: self.confirm_by.map(Millis),
            ring_at: self.ring_at.map(Millis),
        })
    }
}

impl TryFrom<BidRow> for Bid {
    type Error = StoreError;

    fn try_from(r: BidRow) -> Result<Self> {
        let currency = r.currency.parse().map_err(|_| StoreError::Nonsense(r.currency.clone()))?;
        let total = Amount::new(r.total, currency).map_err(|_| StoreError::Nonsense(r.total.to_string()))?;
        Ok(Bid {
            version: r.version,
            of: r.of,
            total,
            included: r.included,
            valid_until: Millis(r.valid_until),
            confirms_itself: r.confirms_itself,
            at: Millis(r.at),
        })
    }
}
