//! Stays: looked for, said to be a guest's, and changed. What is said of one is kept and added up in
//! [`events`]; how one is found is said in [`find`].

mod events;
mod find;

use super::{
    Sqlite,
    call::{self, Before, Call},
    conversation::{seen_by, updates},
    guest::current,
    put_audit,
    row::{StayRow, from_json, stay_columns},
};
use crate::store::{Audit, Done, Guests as _, NotTaken, Result, Stays, Taken, Told, Viewer, Vouched};
use domain::{ConversationId, Day, GuestId, HotelId, Millis, Refusal, StaffId, Stay, StayChange, StayId};
use events::{Source, add_up, by_reference, create, json, link, put_event, read};
pub(super) use find::put_missing_words;
use uuid::Uuid;

/// Stays offered at once.
const OFFERED: i64 = 12;

#[async_trait::async_trait]
impl Stays for Sqlite {
    async fn likely_stays(
        &self,
        viewer: StaffId,
        id: ConversationId,
        today: Day,
    ) -> Result<Option<Vec<Stay>>> {
        let Some(c) = seen_by(Viewer::Staff(viewer), id, &self.readers).await? else { return Ok(None) };
        let email = self.vouched_email(c.person, c.hotel).await?;
        let name = Some(find::name_key(&c.guest.name)).filter(|n| !n.is_empty());
        // Those that share a phone with one of them are the same party's as likely as not.
        let rows: Vec<StayRow> = sqlx::query_as(concat!(
            "WITH near AS (SELECT * FROM stay WHERE hotel = $1 AND booking <> 'cancelled' AND (departure IS \
             NULL OR departure >= $5)), \
             likely AS (SELECT * FROM near WHERE name_key = $2 OR email = $3 OR room = $4) SELECT ",
            stay_columns!(),
            " FROM near y WHERE y.id IN (SELECT id FROM likely) OR y.phone IN (SELECT phone FROM likely \
             WHERE phone <> '') \
             ORDER BY y.arrival, y.id LIMIT $6"
        ))
        .bind(c.hotel.0)
        .bind(name)
        .bind(email)
        .bind(&c.scanned_room)
        .bind(Day(today.0 - 1).to_string())
        .bind(OFFERED)
        .fetch_all(&self.readers)
        .await?;
        stays(rows).map(Some)
    }

    async fn find_stays(&self, viewer: StaffId, id: ConversationId, text: &str) -> Result<Option<Vec<Stay>>> {
        let Some(c) = seen_by(Viewer::Staff(viewer), id, &self.readers).await? else { return Ok(None) };
        stays(find::by_words(c.hotel, text, OFFERED, &self.readers).await?).map(Some)
    }

    async fn link_stay(
        &self,
        by: StaffId,
        id: ConversationId,
        stay: Option<StayId>,
        at: Millis,
    ) -> Result<Done> {
        self.work(move |db| {
            Box::pin(async move {
                let Some(c) = seen_by(Viewer::Staff(by), id, &mut *db).await? else {
                    return Ok((Err(Refusal::NotFound), Vec::new()));
                };
                if let Some(stay) = stay {
                    let hotel: Option<Uuid> = sqlx::query_scalar("SELECT hotel FROM stay WHERE id = $1")
                        .bind(stay.0)
                        .fetch_optional(&mut *db)
                        .await?;
                    if hotel != Some(c.hotel.0) {
                        return Ok((Err(Refusal::NotFound), Vec::new()));
                    }
                }
                let told = link(db, c.person, c.hotel, Some(id), stay, at).await?;
                let named = stay.map_or("none".to_owned(), |s| s.to_string());
                let detail = format!("{id} {named}");
                put_audit(db, Audit { at, what: "stay_linked", by: Some(by), hotel: Some(c.hotel), detail })
                    .await?;
                Ok((Ok(()), told))
            })
        })
        .await
    }

    async fn change_stay(
        &self,
        by: StaffId,
        id: ConversationId,
        change: StayChange,
        at: Millis,
    ) -> Result<Done> {
        self.work(move |db| {
            let change = change.clone();
            Box::pin(async move {
                let Some(c) = seen_by(Viewer::Staff(by), id, &mut *db).await? else {
                    return Ok((Err(Refusal::NotFound), Vec::new()));
                };
                let known = c.stay.as_ref().map(|s| s.id);
                if let Some(reference) = change.reference.as_deref().filter(|r| !r.is_empty()) {
                    let taken = by_reference(db, c.hotel, reference).await?;
                    if taken.is_some_and(|(other, _)| Some(other) != known) {
                        return Ok((Err(Refusal::ReferenceUsed), Vec::new()));
                    }
                }
                let stay = match known {
                    Some(stay) => stay,
                    None => create(db, c.hotel, at).await?,
                };
                // What an agent says comes after all that the hotel's system has said so far, and before what
                // it says next.
                let version = sqlx::query_scalar("SELECT version FROM stay WHERE id = $1")
                    .bind(stay.0)
                    .fetch_one(&mut *db)
                    .await?;
                put_event(db, stay, version, Source::Staff(by), &change, at).await?;
                let mut told = add_up(db, stay, version, &change, at).await?;
                if known.is_none() {
                    told.extend(link(db, c.person, c.hotel, Some(id), Some(stay), at).await?);
                }
                Ok((Ok(()), told))
            })
        })
        .await
    }

    async fn take_stay(&self, told: Told) -> Result<std::result::Result<Taken, NotTaken>> {
        self.work(move |db| {
            let t = told.clone();
            Box::pin(async move {
                let call = Call { hotel: t.hotel, key: &t.idempotency_key, request: &t.request };
                match call::before(db, &call).await? {
                    Before::Never => {}
                    Before::Other => return Ok((Err(NotTaken::KeyUsed), Vec::new())),
                    Before::Answered(answer) => return Ok((Ok(from_json(&answer)?), Vec::new())),
                }
                let (stay, latest) = match by_reference(db, t.hotel, &t.reference).await? {
                    Some(known) => known,
                    None => (create(db, t.hotel, t.at).await?, 0),
                };
                let mut change = t.change.clone();
                change.reference = Some(t.reference.clone());
                let given: Option<String> = sqlx::query_scalar(
                    "SELECT change FROM stay_event WHERE stay = $1 AND version = $2 \
                        AND source = 'api'",
                )
                .bind(stay.0)
                .bind(t.version)
                .fetch_optional(&mut *db)
                .await?;
                let mut updates = Vec::new();
                match given {
                    Some(given) if given != json(&change)? => {
                        return Ok((Err(NotTaken::VersionUsed), Vec::new()));
                    }
                    Some(_) => {}
                    None => {
                        put_event(db, stay, t.version, Source::Api(t.key), &change, t.at).await?;
                        sqlx::query("UPDATE stay SET version = max(version, $2) WHERE id = $1")
                            .bind(stay.0)
                            .bind(t.version)
                            .execute(&mut *db)
                            .await?;
                        updates = add_up(db, stay, t.version, &change, t.at).await?;
                    }
                }
                let taken = Taken {
                    stay: read(db, stay).await?,
                    version: latest.max(t.version),
                    latest: t.version >= latest,
                    today: t.today,
                };
                call::put(db, &call, &json(&taken)?, Some(stay.0), t.at).await?;
                Ok((Ok(taken), updates))
            })
        })
        .await
    }

    async fn stay_by_reference(&self, hotel: HotelId, reference: &str) -> Result<Option<(Stay, i64)>> {
        let mut db = self.readers.acquire().await?;
        let Some((id, version)) = by_reference(&mut db, hotel, reference).await? else { return Ok(None) };
        Ok(Some((read(&mut db, id).await?, version)))
    }

    async fn vouch(&self, guest: GuestId, hotel: HotelId, vouched: Vouched, at: Millis) -> Result<()> {
        self.work(move |db| {
            let v = vouched.clone();
            Box::pin(async move {
                let guest = current(db, guest).await?;
                sqlx::query(
                    "INSERT INTO acquaintance (guest, hotel, name, language, email, subject, reservation, \
                     vouched_name, vouched_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $3, $8) ON CONFLICT (guest, hotel) DO UPDATE SET \
                     vouched_at = excluded.vouched_at, vouched_name = excluded.vouched_name, \
                     subject = CASE WHEN excluded.subject = '' THEN acquaintance.subject ELSE \
                     excluded.subject END, \
                     reservation = CASE WHEN excluded.reservation = '' THEN acquaintance.reservation ELSE \
                     excluded.reservation END, \
                     name = CASE WHEN excluded.name = '' THEN acquaintance.name ELSE excluded.name END, \
                     language = CASE WHEN excluded.language = '' THEN acquaintance.language ELSE \
                     excluded.language END, \
                     email = CASE WHEN excluded.email = '' THEN acquaintance.email ELSE excluded.email END",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&v.name)
                .bind(&v.language)
                .bind(&v.email)
                .bind(&v.subject)
                .bind(&v.reference)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
                let open: Option<Uuid> = sqlx::query_scalar(
                    "UPDATE conversation SET rev = rev + 1, guest_name = CASE WHEN $3 = '' THEN guest_name \
                     ELSE $3 END, \
                     guest_language = CASE WHEN $4 = '' THEN guest_language ELSE $4 END \
                     WHERE guest = $1 AND hotel = $2 AND status <> 'resolved' RETURNING id",
                )
                .bind(guest.0)
                .bind(hotel.0)
                .bind(&v.name)
                .bind(&v.language)
                .fetch_optional(&mut *db)
                .await?;
                if !v.reference.is_empty() {
                    let stay = match by_reference(db, hotel, &v.reference).await? {
                        Some((stay, _)) => stay,
                        None => {
                            let stay = create(db, hotel, at).await?;
                            let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
                            let change = StayChange {
                                reference: some(&v.reference),
                                name: some(&v.name),
                                email: some(&v.email),
                                language: some(&v.language),
                                ..StayChange::default()
                            };
                            put_event(db, stay, 0, Source::Token, &change, at).await?;
                            add_up(db, stay, 0, &change, at).await?;
                            stay
                        }
                    };
                    return Ok(((), link(db, guest, hotel, None, Some(stay), at).await?));
                }
                Ok(((), updates(db, open.into_iter().collect()).await?))
            })
        })
        .await
    }

    async fn forget_calls(&self, before: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM api_call WHERE at < $1").bind(before.0).execute(db).await.map(drop)
            })
        })
        .await
    }
}

fn stays(rows: Vec<StayRow>) -> Result<Vec<Stay>> {
    Ok(rows.into_iter().map(StayRow::stay).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}
