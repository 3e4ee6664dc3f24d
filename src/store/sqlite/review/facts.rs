//! What happened in a hotel in a period.
//!
//! A year has some hundred thousand answers. Row by row they would cost more to hand over than to find, so SQLite writes
//! them into one text, which is read here.

use super::follow::QUARTER;
use crate::store::{Answered, Facts, Resolution, Result, StoreError, Stretch, sqlite::Sqlite};
use app::domain::{HotelId, Millis, StaffId};
use std::collections::HashMap;
use uuid::Uuid;

/// Hours of a week.
const WEEK: usize = 7 * 24;

impl Sqlite {
    pub(super) async fn facts_of(&self, viewer: StaffId, hotel: HotelId, stretches: &[Stretch]) -> Result<Option<Facts>> {
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Ok(Some(Facts::default())) };
        let (from, until) = (first.from.0, last.until.0);
        let allowed: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM staff s WHERE s.id = $1 AND s.disabled_at IS NULL AND (s.admin OR EXISTS \
             (SELECT 1 FROM membership m WHERE m.staff = s.id AND m.hotel = $2 AND m.role = 'manager')))",
        )
        .bind(viewer.0)
        .bind(hotel.0)
        .fetch_one(&self.readers)
        .await?;
        if !allowed {
            return Ok(None);
        }
        let db = &self.review.readers;
        let people: Vec<(i64, Uuid)> = sqlx::query_as("SELECT number, id FROM review.person").fetch_all(db).await?;
        let people: HashMap<i64, StaffId> = people.into_iter().map(|(number, id)| (number, StaffId(id))).collect();

        let answers = sqlx::query_scalar::<_, Option<String>>(
            "SELECT group_concat((asked_at - $2) || ' ' || (answered_at - asked_at) || ' ' || staff || ' ' || first, ' ') \
             FROM review.answer WHERE hotel = $1 AND asked_at >= $2 AND asked_at < $3",
        );
        let answers = answers.bind(hotel.0).bind(from).bind(until).fetch_one(db);
        let resolutions = sqlx::query_scalar::<_, Option<String>>(
            "SELECT group_concat((resolved_at - $2) || ' ' || (resolved_at - opened_at) || ' ' || COALESCE(resolver, 0), ' ') \
             FROM review.talk WHERE hotel = $1 AND resolved_at >= $2 AND resolved_at < $3",
        );
        let resolutions = resolutions.bind(hotel.0).bind(from).bind(until).fetch_one(db);
        let opened = sqlx::query_as::<_, (String, Option<i64>, i64)>(
            "SELECT language, rating, count(*) FROM review.talk WHERE hotel = $1 AND opened_at >= $2 AND opened_at < $3 GROUP BY 1, 2",
        );
        let opened = opened.bind(hotel.0).bind(from).bind(until).fetch_all(db);
        let hands = sqlx::query_as::<_, (String, Option<i64>, i64)>(
            "SELECT kind, staff, count(*) FROM review.hand WHERE hotel = $1 AND at >= $2 AND at < $3 GROUP BY 1, 2",
        );
        let hands = hands.bind(hotel.0).bind(from).bind(until).fetch_all(db);
        let refused = sqlx::query_as::<_, (Uuid, String, String, i64)>(
            "SELECT staff, what, code, sum(times) FROM refusal WHERE hotel = $1 AND hour >= $2 AND hour < $3 GROUP BY 1, 2, 3",
        );
        let hours = (from.div_euclid(Millis::HOUR), until.div_euclid(Millis::HOUR));
        let refused = refused.bind(hotel.0).bind(hours.0).bind(hours.1).fetch_all(db);
        let now = sqlx::query_as::<_, (i64, i64, Option<i64>)>(
            "SELECT COALESCE(sum(status = 'waiting'), 0), COALESCE(sum(status = 'held'), 0), min(waiting_since) FROM conversation \
             WHERE hotel = $1 AND status <> 'resolved'",
        );
        let now = now.bind(hotel.0).fetch_one(db);
        let (answers, resolutions, opened, hands, refused, now, load) =
            futures::try_join!(answers, resolutions, opened, hands, refused, now, self.load(hotel, stretches))?;

        let person = |number: i64| people.get(&number).copied();
        let answers = numbers::<4>(answers.as_deref().unwrap_or_default())?
            .filter_map(|[asked, took, staff, first]| {
                let asked_at = Millis(from + asked);
                Some(Answered { asked_at, answered_at: Millis(asked_at.0 + took), staff: person(staff)?, first: first == 1 })
            })
            .collect();
        let resolutions = numbers::<3>(resolutions.as_deref().unwrap_or_default())?
            .map(|[at, took, staff]| {
                let resolved_at = Millis(from + at);
                Resolution { opened_at: Millis(resolved_at.0 - took), resolved_at, staff: person(staff) }
            })
            .collect();
        Ok(Some(Facts {
            answers,
            resolutions,
            opened,
            hands: hands.into_iter().map(|(kind, staff, n)| (kind, staff.and_then(person), n)).collect(),
            refused: refused.into_iter().map(|(staff, what, code, n)| (StaffId(staff), what, code, n)).collect(),
            load,
            waiting_now: now.0,
            held_now: now.1,
            longest_wait: now.2.map(Millis),
        }))
    }

    /// Messages by the hour of the week, Monday's first hour first.
    async fn load(&self, hotel: HotelId, stretches: &[Stretch]) -> sqlx::Result<Vec<(i64, i64)>> {
        let mut week = vec![(0, 0); WEEK];
        for stretch in stretches {
            // 1970-01-01 was a Thursday: three days after a Monday.
            let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
                "SELECT ((quarter * 900 + $4 + 259200) / 3600) % 168, sum(by_guest), sum(by_staff) FROM review.load \
                 WHERE hotel = $1 AND quarter >= $2 AND quarter < $3 GROUP BY 1",
            )
            .bind(hotel.0)
            .bind(stretch.from.0.div_euclid(QUARTER))
            .bind((stretch.until.0 + QUARTER - 1).div_euclid(QUARTER))
            .bind(stretch.offset)
            .fetch_all(&self.review.readers)
            .await?;
            for (hour, guest, staff) in rows {
                if let Some(of) = week.get_mut(hour as usize) {
                    *of = (of.0 + guest, of.1 + staff);
                }
            }
        }
        Ok(week)
    }
}

/// Rows of `N` numbers each, written one after the other.
fn numbers<const N: usize>(text: &str) -> Result<impl Iterator<Item = [i64; N]>> {
    let mut all = Vec::with_capacity(text.len() / 4);
    for word in text.split_ascii_whitespace() {
        all.push(word.parse::<i64>().map_err(|_| StoreError::Nonsense(word.to_owned()))?);
    }
    let rows = all.as_chunks::<N>().0.to_vec();
    Ok(rows.into_iter())
}
