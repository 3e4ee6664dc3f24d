//! Requests: acts go to the writer, questions to the readers. Every question carries its wall (rule H8).

mod act;
mod record;

use super::{
    Sqlite,
    conversation::{seen_by, updates},
    put_audit,
};
use crate::store::{Audit, Bids, Outcome, RequestOrder, Requests, Result, Standing, StoreError, Viewer};
use domain::{Bid, ConversationId, GuestId, HotelId, Millis, Refusal, Request, RequestId, StaffId};
use record::read;
use std::sync::Arc;
use uuid::Uuid;

/// Requests that are settled at one turn of the clock.
const TURN: i64 = 100;

#[async_trait::async_trait]
impl Requests for Sqlite {
    async fn ask(&self, request: Request) -> Result<std::result::Result<(), Refusal>> {
        let request = Arc::new(request);
        self.work(move |db| {
            let request = request.clone();
            Box::pin(async move { act::ask(db, &request).await })
        })
        .await
    }

    async fn act(&self, order: RequestOrder) -> Result<Outcome> {
        let order = Arc::new(order);
        self.work(move |db| {
            let order = order.clone();
            Box::pin(async move { act::act(db, &order).await })
        })
        .await
    }

    async fn request(&self, guest: GuestId, id: RequestId) -> Result<Option<(Request, Bids)>> {
        let mut moment = self.readers.begin().await?;
        let found = read(&mut moment, id).await?.filter(|(request, _)| request.guest == guest);
        moment.commit().await?;
        Ok(found)
    }

    async fn requests_of(&self, guest: GuestId, limit: i64) -> Result<Vec<Request>> {
        let mut moment = self.readers.begin().await?;
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM request WHERE guest = $1 ORDER BY opened_at DESC, id DESC LIMIT $2",
        )
        .bind(guest.0)
        .bind(limit)
        .fetch_all(&mut *moment)
        .await?;
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.extend(read(&mut moment, RequestId(id)).await?.map(|(request, _)| request));
        }
        moment.commit().await?;
        Ok(all)
    }

    async fn parts(&self, viewer: StaffId, conversation: ConversationId) -> Result<Option<Vec<Standing>>> {
        let mut moment = self.readers.begin().await?;
        let Some(seen) = seen_by(Viewer::Staff(viewer), conversation, &mut *moment).await? else {
            return Ok(None);
        };
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT r.id FROM leg l JOIN request r ON r.id = l.request WHERE l.conversation = $1 \
             ORDER BY r.state NOT IN ('open', 'accepted'), r.opened_at DESC, r.id DESC LIMIT 40",
        )
        .bind(conversation.0)
        .fetch_all(&mut *moment)
        .await?;
        let mut parts = Vec::with_capacity(ids.len());
        for id in ids {
            let Some((request, bids)) = read(&mut moment, RequestId(id)).await? else { continue };
            let own = request.legs.iter().zip(bids).find(|(leg, _)| leg.hotel == seen.hotel);
            let bids = own.map_or_else(Vec::new, |(_, bids): (_, Vec<Bid>)| bids);
            parts.push(Standing { request, hotel: seen.hotel, bids });
        }
        moment.commit().await?;
        Ok(Some(parts))
    }

    async fn included_before(&self, hotel: HotelId, limit: i64) -> Result<Vec<String>> {
        let words = "SELECT included FROM (SELECT b.included, b.at FROM leg l JOIN bid b ON b.leg = l.id \
            WHERE l.hotel = $1 AND b.included <> '' ORDER BY b.at DESC LIMIT 200) GROUP BY included \
            ORDER BY max(at) DESC LIMIT $2";
        Ok(sqlx::query_scalar(words).bind(hotel.0).bind(limit).fetch_all(&self.readers).await?)
    }

    async fn next_due(&self) -> Result<Option<Millis>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT min(at) FROM (SELECT min(due) AS at FROM request WHERE due IS NOT NULL \
             UNION ALL SELECT min(ring_at) FROM leg WHERE ring_at IS NOT NULL)",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(next.map(Millis))
    }

    async fn due(&self, at: Millis) -> Result<Vec<RequestId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM request WHERE due IS NOT NULL AND due <= $1 ORDER BY due LIMIT $2",
        )
        .bind(at.0)
        .bind(TURN)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.into_iter().map(RequestId).collect())
    }

    async fn take_ringing(&self, at: Millis) -> Result<Vec<(HotelId, ConversationId)>> {
        // Most of the time nothing rings, and the writer has others to serve.
        let rings: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM leg WHERE ring_at IS NOT NULL AND ring_at <= $1)",
        )
        .bind(at.0)
        .fetch_one(&self.readers)
        .await?;
        if !rings {
            return Ok(Vec::new());
        }
        self.work(move |db| {
            Box::pin(async move {
                let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
                    "UPDATE leg SET ring_at = NULL WHERE ring_at IS NOT NULL AND ring_at <= $1 \
                     RETURNING hotel, conversation",
                )
                .bind(at.0)
                .fetch_all(&mut *db)
                .await?;
                // Whoever has it open sees that they may take it.
                let told = updates(db, rows.iter().map(|(_, id)| *id).collect()).await?;
                let ringing = rows.into_iter().map(|(hotel, id)| (HotelId(hotel), ConversationId(id)));
                Ok((ringing.collect(), told))
            })
        })
        .await
    }

    async fn confirm_seconds(&self, hotel: HotelId) -> Result<i64> {
        let seconds = sqlx::query_scalar("SELECT confirm_seconds FROM hotel WHERE id = $1")
            .bind(hotel.0)
            .fetch_optional(&self.readers)
            .await?;
        seconds.ok_or_else(|| StoreError::Nonsense(format!("no hotel {hotel}")))
    }

    async fn set_confirm_seconds(&self, hotel: HotelId, seconds: i64, by: StaffId, at: Millis) -> Result<()> {
        self.work(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE hotel SET confirm_seconds = $2 WHERE id = $1")
                    .bind(hotel.0)
                    .bind(seconds)
                    .execute(&mut *db)
                    .await?;
                let detail = format!("confirm within {seconds} s");
                let line = Audit { at, what: "hotel_changed", by: Some(by), hotel: Some(hotel), detail };
                put_audit(db, line).await?;
                Ok(((), Vec::new()))
            })
        })
        .await
    }
}
