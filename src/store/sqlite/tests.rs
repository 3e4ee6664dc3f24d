//! A database from before is brought up to date with what it holds.

use super::MIGRATIONS;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions, sqlite::SqliteConnection};
use std::borrow::Cow;

async fn migrate(db: &mut SqliteConnection, first: i64, last: i64) {
    for migration in MIGRATIONS.iter().filter(|m| (first..=last).contains(&m.version)) {
        let sql = Cow::clone(&migration.sql.as_str().into()).into_owned();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *db).await.unwrap();
    }
}

/// Conversation `c` with these entries: `a`, `b` are answers by two people, `A`, `B` their notes, `g` is the
/// guest, `r` a resolution. An entry's time is its seq.
async fn talk(db: &mut SqliteConnection, c: &str, letters: &str) {
    for (letter, seq) in letters.chars().zip(1..) {
        let kind = match letter {
            'r' => "resolved",
            _ if letter.is_uppercase() => "note",
            _ => "said",
        };
        let by = if letter == 'g' { "guest" } else { "staff" };
        sqlx::query(
            "INSERT INTO entry VALUES (CAST($1 AS BLOB), $2, $3, $4, CAST($5 AS BLOB), '', '', \
            NULL, NULL, NULL, $2)",
        )
        .bind(c)
        .bind(seq)
        .bind(kind)
        .bind(by)
        .bind(letter.to_lowercase().to_string())
        .execute(&mut *db)
        .await
        .unwrap();
    }
    let answers: Vec<(i64, char)> =
        (1..).zip(letters.chars()).filter(|(_, l)| matches!(l, 'a' | 'b')).collect();
    let last = answers.last().copied();
    let other =
        answers.iter().rev().find(|(_, who)| Some(*who) != last.map(|l| l.1)).map_or(0, |(seq, _)| *seq);
    sqlx::query(
        "INSERT INTO conversation (id, hotel, guest, guest_name, guest_language, status, epoch, last_seq, \
         last_staff, \
         last_staff_seq, last_other_seq, rev, opened_at, last_line, last_by, last_at, unread, guest_read, \
         staff_read) \
         VALUES (CAST($1 AS BLOB), x'01', CAST($1 AS BLOB), '', '', 'resolved', 0, $2, CAST($3 AS BLOB), $4, \
         $5, 0, 0, '', \
         'guest', 0, 0, 0, 0)",
    )
    .bind(c)
    .bind(letters.len() as i64)
    .bind(last.map(|(_, who)| who.to_string()))
    .bind(last.map_or(0, |(seq, _)| seq))
    .bind(other)
    .execute(&mut *db)
    .await
    .unwrap();
}

#[tokio::test]
async fn notes_from_before_count_as_words_of_the_staff() {
    let mut db = SqliteConnectOptions::new().foreign_keys(false).connect().await.unwrap();
    migrate(&mut db, 1, 8).await;
    let talks = ["g", "ga", "gab", "gabB", "gaB", "gB", "gBA", "gAaBb", "gbaA"];
    for (n, letters) in talks.iter().enumerate() {
        talk(&mut db, &n.to_string(), letters).await;
    }
    migrate(&mut db, 9, 9).await;
    for (n, letters) in talks.iter().enumerate() {
        let (last, seq, others, answer): (Option<String>, i64, i64, i64) = sqlx::query_as(
            "SELECT CAST(last_staff AS TEXT), last_staff_seq, last_other_seq, last_answer_seq FROM \
             conversation \
             WHERE id = CAST($1 AS BLOB)",
        )
        .bind(n.to_string())
        .fetch_one(&mut db)
        .await
        .unwrap();
        // The same, read off the letters.
        let words: Vec<(i64, char)> = (1..)
            .zip(letters.chars())
            .filter(|(_, l)| *l != 'g')
            .map(|(seq, l)| (seq, l.to_ascii_lowercase()))
            .collect();
        let newest = words.last().copied();
        let by_others =
            words.iter().rev().find(|(_, who)| Some(*who) != newest.map(|w| w.1)).map_or(0, |w| w.0);
        let answered =
            (1..).zip(letters.chars()).filter(|(_, l)| matches!(l, 'a' | 'b')).map(|(seq, _)| seq).last();
        assert_eq!(
            (last, seq, others, answer),
            (newest.map(|w| w.1.to_string()), newest.map_or(0, |w| w.0), by_others, answered.unwrap_or(0)),
            "{letters}"
        );
    }
}

#[tokio::test]
async fn whoever_waits_when_bellhop_is_updated_waits_since_their_first_word_without_an_answer() {
    let mut db = SqliteConnectOptions::new().foreign_keys(false).connect().await.unwrap();
    migrate(&mut db, 1, 8).await;
    let talks = [
        ("g", Some(1)),
        ("gg", Some(1)),
        ("gB", Some(1)),
        ("ga", None),
        ("gaB", None),
        ("gagBg", Some(3)),
        ("gr", None),
        ("grg", Some(3)),
    ];
    for (letters, _) in talks {
        talk(&mut db, letters, letters).await;
    }
    migrate(&mut db, 9, 14).await;
    sqlx::query("UPDATE conversation SET status = 'waiting', waiting_since = 99")
        .execute(&mut db)
        .await
        .unwrap();
    migrate(&mut db, 15, 15).await;
    for (letters, since) in talks {
        let waits: Option<i64> =
            sqlx::query_scalar("SELECT waiting_since FROM conversation WHERE id = CAST($1 AS BLOB)")
                .bind(letters)
                .fetch_one(&mut db)
                .await
                .unwrap();
        assert_eq!(waits, since, "{letters}");
    }
}
