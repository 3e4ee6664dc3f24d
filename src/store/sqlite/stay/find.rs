//! How a stay is found: by the beginnings of words, in any order, however they are written.
//!
//! In: a stay, or what somebody types. Out: words as one reading cuts them, for both
//! ([`crate::words::keys`]). Never: a text that is kept in one way and asked for in another.

use super::super::row::{StayRow, stay_columns};
use crate::{
    store::Result,
    words::{digits, is_number, keys},
};
use domain::{HotelId, Stay};
use sqlx::{
    QueryBuilder, Sqlite,
    sqlite::{SqliteConnection, SqliteExecutor},
};
use uuid::Uuid;

/// Words one search may have.
const WORDS: usize = 8;

/// Digits from which on a word may be a part of a telephone number.
const DIGITS: usize = 4;

/// A name without case, accents and order, so that `Tanaka, Yuki` is `Yuki Tanaka`.
pub(super) fn name_key(name: &str) -> String {
    let mut words: Vec<String> = keys(name).into_iter().map(|[_, whole]| whole.concat()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// Every word by which a stay is found, each behind a blank.
fn words_of(stay: &Stay) -> String {
    let texts = [Some(stay.name.as_str()), stay.reference.as_deref(), stay.room.as_deref()];
    let mut words: Vec<String> = texts.into_iter().flatten().flat_map(keys).flatten().flatten().collect();
    words.sort_unstable();
    words.dedup();
    words.iter().fold(String::new(), |all, word| all + " " + word)
}

/// Writes down by what a stay is found.
pub(super) async fn put_words(db: &mut SqliteConnection, stay: &Stay) -> Result<()> {
    sqlx::query("UPDATE stay SET name_key = $2, words = $3, digits = $4 WHERE id = $1")
        .bind(stay.id.0)
        .bind(name_key(&stay.name))
        .bind(words_of(stay))
        .bind(digits(&stay.phone))
        .execute(db)
        .await?;
    Ok(())
}

/// The same for stays from before words were kept. Once, when the database is opened.
pub(in crate::store::sqlite) async fn put_missing_words(db: &mut SqliteConnection) -> Result<()> {
    let missing: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM stay WHERE words IS NULL").fetch_all(&mut *db).await?;
    if missing.is_empty() {
        return Ok(());
    }
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    for id in missing {
        let stay = super::read(db, domain::StayId(id)).await?;
        put_words(db, &stay).await?;
    }
    sqlx::query("COMMIT").execute(&mut *db).await?;
    Ok(())
}

/// The stays of a hotel that have every word somebody typed, or the telephone number; the latest departure
/// first.
pub(super) async fn by_words(
    hotel: HotelId,
    text: &str,
    limit: i64,
    db: impl SqliteExecutor<'_>,
) -> Result<Vec<StayRow>> {
    let asked = keys(text);
    let mut query =
        QueryBuilder::<Sqlite>::new(concat!("SELECT ", stay_columns!(), " FROM stay y WHERE y.hotel = "));
    query.push_bind(hotel.0).push(" AND (");
    if asked.is_empty() {
        query.push("FALSE");
    }
    for (at, [parts, whole]) in asked.iter().take(WORDS).enumerate() {
        query.push(if at == 0 { "((" } else { " AND ((" });
        for (at, part) in parts.iter().enumerate() {
            query.push(if at == 0 { "" } else { " AND " });
            push_word(&mut query, part);
        }
        query.push(") OR ");
        push_word(&mut query, &whole.concat());
        query.push(")");
    }
    let number = digits(text);
    if is_number(text) && number.len() >= DIGITS {
        // Either may have the country before it and the other not.
        query.push(" OR y.digits LIKE ").push_bind(format!("%{number}%"));
        query.push(" OR (length(y.digits) >= 6 AND ").push_bind(number).push(" LIKE '%' || y.digits)");
    }
    query.push(") ORDER BY y.departure DESC, y.id LIMIT ").push_bind(limit);
    Ok(query.build_query_as().fetch_all(db).await?)
}

/// A word of the stay begins so, or it is a part of its telephone number. Words hold letters and digits only:
/// nothing in them means anything to LIKE.
fn push_word(query: &mut QueryBuilder<Sqlite>, word: &str) {
    query.push("(y.words LIKE ").push_bind(format!("% {word}%"));
    if word.len() >= DIGITS && word.bytes().all(|b| b.is_ascii_digit()) {
        query.push(" OR y.digits LIKE ").push_bind(format!("%{word}%"));
    }
    query.push(")");
}
