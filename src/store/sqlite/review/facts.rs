//! What happened in a hotel in a period.
//!
//! A year has some hundred thousand answers. Row by row they would cost more to hand over than to find, so
//! SQLite writes them into one text, which is read here.

use crate::store::{
    Answered, Facts, Resolution, Result, StoreError, Stretch,
    review::RequestFact,
    sqlite::{Sqlite, row::known},
};
use domain::{Amount, HotelId, LegState, Millis, StaffId};
use sqlx::FromRow;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Hours of a week.
const WEEK: usize = 7 * 24;

/// Two numbers travel in one, for writing them as text is what costs the most: a person has 20 bits, a count
/// of messages in a quarter of an hour too.
const PERSON: i64 = (1 << 20) - 1;
const COUNT: i64 = (1 << 20) - 1;

/// Two columns, each written into one text.
type Columns = (Option<String>, Option<String>);

impl Sqlite {
    pub(super) async fn facts_of(
        &self,
        viewer: StaffId,
        hotel: HotelId,
        stretches: &[Stretch],
    ) -> Result<Option<Facts>> {
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else {
            return Ok(Some(Facts::default()));
        };
        let (from, until) = (first.from.0, last.until.0);
        let allowed: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM staff s WHERE s.id = $1 AND s.disabled_at IS NULL AND (s.admin OR \
             EXISTS \
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
        let people: Vec<(i64, Uuid)> =
            sqlx::query_as("SELECT number, id FROM review.person").fetch_all(db).await?;
        let people: HashMap<i64, StaffId> =
            people.into_iter().map(|(number, id)| (number, StaffId(id))).collect();

        let answers = sqlx::query_as::<_, Columns>(
            "SELECT group_concat(asked_at - $2, ' '), group_concat(((answered_at - asked_at) << 21) | (staff \
             << 1) | first, ' ') \
             FROM review.answer WHERE hotel = $1 AND asked_at >= $2 AND asked_at < $3",
        );
        let answers = answers.bind(hotel.0).bind(from).bind(until).fetch_one(db);
        let resolutions = sqlx::query_as::<_, Columns>(
            "SELECT group_concat(resolved_at - $2, ' '), group_concat(((resolved_at - opened_at) << 20) | \
             COALESCE(resolver, 0), ' ') \
             FROM review.talk WHERE hotel = $1 AND resolved_at >= $2 AND resolved_at < $3",
        );
        let resolutions = resolutions.bind(hotel.0).bind(from).bind(until).fetch_one(db);
        let opened = sqlx::query_scalar::<_, Option<String>>(
            "SELECT group_concat(COALESCE(rating, 0) || language, char(31)) FROM review.talk \
             WHERE hotel = $1 AND opened_at >= $2 AND opened_at < $3",
        );
        let opened = opened.bind(hotel.0).bind(from).bind(until).fetch_one(db);
        let load = sqlx::query_scalar::<_, Option<String>>(
            "SELECT group_concat(((quarter - $2) << 40) | (by_guest << 20) | by_staff, ' ') FROM review.load \
             WHERE hotel = $1 AND quarter >= $2 AND quarter < $3",
        );
        let quarters =
            (from.div_euclid(Millis::QUARTER), (until + Millis::QUARTER - 1).div_euclid(Millis::QUARTER));
        let load = load.bind(hotel.0).bind(quarters.0).bind(quarters.1).fetch_one(db);
        let hands = sqlx::query_as::<_, (String, Option<i64>, i64)>(
            "SELECT kind, staff, count(*) FROM review.hand WHERE hotel = $1 AND at >= $2 \
             AND at < $3 GROUP BY 1, 2",
        );
        let hands = hands.bind(hotel.0).bind(from).bind(until).fetch_all(db);
        let refused = sqlx::query_as::<_, (Uuid, String, String, i64)>(
            "SELECT staff, what, code, sum(times) FROM refusal WHERE hotel = $1 AND quarter >= $2 AND \
             quarter < $3 GROUP BY 1, 2, 3",
        );
        let refused = refused.bind(hotel.0).bind(quarters.0).bind(quarters.1).fetch_all(db);
        let now = sqlx::query_as::<_, (i64, i64, Option<i64>)>(
            "SELECT COALESCE(sum(status = 'waiting'), 0), COALESCE(sum(status = 'held'), 0), \
             min(CASE status WHEN 'waiting' THEN waiting_since END) FROM conversation \
             WHERE hotel = $1 AND status <> 'resolved'",
        );
        let now = now.bind(hotel.0).fetch_one(db);
        let requests = sqlx::query_as::<_, RequestRow>(
            "SELECT r.opened_at, l.state, (SELECT min(at) FROM bid WHERE leg = l.id) AS first_bid_at, \
             b.total, b.currency FROM leg l JOIN request r ON r.id = l.request \
             LEFT JOIN bid b ON b.leg = l.id AND b.version = (SELECT max(version) FROM bid WHERE leg = l.id) \
             WHERE l.hotel = $1 AND r.opened_at >= $2 AND r.opened_at < $3",
        );
        let requests = requests.bind(hotel.0).bind(from).bind(until).fetch_all(db);
        let (answers, resolutions, opened, hands, refused, now, load, requests) =
            futures::try_join!(answers, resolutions, opened, hands, refused, now, load, requests)?;

        let person = |number: i64| people.get(&number).copied();
        let answers = pairs(&answers)?.map(|(asked, packed)| {
            let asked_at = Millis(from + asked);
            let staff = person((packed >> 1) & PERSON)?;
            Some(Answered {
                asked_at,
                answered_at: Millis(asked_at.0 + (packed >> 21)),
                staff,
                first: packed & 1 == 1,
            })
        });
        let resolutions = pairs(&resolutions)?.map(|(at, packed)| {
            let resolved_at = Millis(from + at);
            Resolution {
                opened_at: Millis(resolved_at.0 - (packed >> 20)),
                resolved_at,
                staff: person(packed & PERSON),
            }
        });
        Ok(Some(Facts {
            answers: answers.flatten().collect(),
            resolutions: resolutions.collect(),
            opened: opened.as_deref().map(opened_by_kind).unwrap_or_default(),
            hands: hands.into_iter().map(|(kind, staff, n)| (kind, staff.and_then(person), n)).collect(),
            refused: refused
                .into_iter()
                .map(|(staff, what, code, n)| (StaffId(staff), what, code, n))
                .collect(),
            load: week(&numbers(load.as_deref().unwrap_or_default())?, quarters.0, stretches),
            requests: requests.into_iter().map(RequestFact::try_from).collect::<Result<_>>()?,
            waiting_now: now.0,
            held_now: now.1,
            longest_wait: now.2.map(Millis),
        }))
    }
}

#[derive(FromRow)]
struct RequestRow {
    opened_at: i64,
    state: String,
    first_bid_at: Option<i64>,
    total: Option<i64>,
    currency: Option<String>,
}

impl TryFrom<RequestRow> for RequestFact {
    type Error = StoreError;

    fn try_from(r: RequestRow) -> Result<Self> {
        let nonsense = |_| StoreError::Nonsense(format!("{:?} {:?}", r.total, r.currency));
        let total = match (r.total, &r.currency) {
            (Some(minor), Some(currency)) => {
                Some(currency.parse().and_then(|currency| Amount::new(minor, currency)).map_err(nonsense)?)
            }
            _ => None,
        };
        Ok(RequestFact {
            asked_at: Millis(r.opened_at),
            first_bid_at: r.first_bid_at.map(Millis),
            state: known(&LegState::ALL, LegState::as_str, &r.state)?,
            total,
        })
    }
}

/// Numbers of one column beside those of another.
fn pairs((left, right): &Columns) -> Result<impl Iterator<Item = (i64, i64)> + use<>> {
    let column = |text: &Option<String>| numbers(text.as_deref().unwrap_or_default());
    Ok(column(left)?.into_iter().zip(column(right)?))
}

fn numbers(text: &str) -> Result<Vec<i64>> {
    let number = |word: &str| word.parse().map_err(|_| StoreError::Nonsense(word.to_owned()));
    text.split_ascii_whitespace().map(number).collect()
}

/// Conversations by language and stars, from their list: a digit, 0 for none, then the language.
fn opened_by_kind(list: &str) -> Vec<(String, Option<i64>, i64)> {
    let mut counts = BTreeMap::<&str, i64>::new();
    for one in list.split('\u{1f}') {
        *counts.entry(one).or_default() += 1;
    }
    let split = |(one, count): (&str, i64)| {
        let (stars, language) = one.split_at_checked(1).unwrap_or_default();
        (language.to_owned(), stars.parse().ok().filter(|stars| *stars > 0), count)
    };
    counts.into_iter().map(split).collect()
}

/// Messages by the hour of the week, Monday's first hour first: guests', the staff's.
fn week(load: &[i64], first: i64, stretches: &[Stretch]) -> Vec<(i64, i64)> {
    let mut week = vec![(0, 0); WEEK];
    for packed in load {
        let at = (first + (packed >> 40)) * Millis::QUARTER;
        // A stretch begins with a quarter, for clocks change at none but these; the first may begin within
        // one.
        let stretch = stretches.partition_point(|s| s.from.0 <= at).saturating_sub(1);
        // 1970-01-01 was a Thursday: three days after a Monday.
        let hour = (at / 1_000 + stretches[stretch].offset + 3 * 86_400).div_euclid(3_600);
        let of = &mut week[hour.rem_euclid(WEEK as i64) as usize];
        *of = (of.0 + ((packed >> 20) & COUNT), of.1 + (packed & COUNT));
    }
    week
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_count_in_the_hour_the_wall_clock_showed() {
        // Zurich, Sunday 2026-03-29: clocks go from UTC+1 to UTC+2 at 01:00 UTC.
        let change = 1_774_746_000_000;
        let day = 86_400_000;
        let stretches = [
            Stretch { from: Millis(change - day), until: Millis(change), offset: 3_600 },
            Stretch { from: Millis(change), until: Millis(change + day), offset: 7_200 },
        ];
        let first = (change - day) / Millis::QUARTER;
        let quarter =
            |at: i64, guest: i64, staff: i64| (at / Millis::QUARTER - first) << 40 | guest << 20 | staff;
        let load = [
            quarter(change - Millis::QUARTER, 3, 0),
            quarter(change, 2, 1),
            quarter(change + Millis::QUARTER, 1, 0),
        ];
        let week = week(&load, first, &stretches);
        let sunday = 6 * 24;
        assert_eq!(
            (week[sunday + 1], week[sunday + 2], week[sunday + 3]),
            ((3, 0), (0, 0), (3, 1)),
            "there was no two o’clock"
        );
        assert_eq!(week.iter().map(|(guest, staff)| guest + staff).sum::<i64>(), 7);
    }

    #[test]
    fn a_list_of_the_opened_is_counted() {
        let counted = opened_by_kind("0de\u{1f}5\u{1f}0de\u{1f}5de-CH");
        let expected = [("de", None, 2), ("", Some(5), 1), ("de-CH", Some(5), 1)];
        assert_eq!(counted, expected.map(|(language, stars, n)| (language.to_owned(), stars, n)));
    }
}
