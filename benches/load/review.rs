//! Reading back over a million entries: searches, figures, exports, and what drawing the index costs the
//! desk.
//!
//! The million is a year of twenty hotels: words by Zipf's law, as language has them, a fifth of the messages
//! in Chinese, Japanese or Thai; five agents a hotel, rooms, tags, ratings.

use super::times::Times;
use super::{
    Failure, SOCKETS,
    client::acks,
    guests,
    server::{PASSWORD_HASH_OF, Server},
};
use sqlx::{
    ConnectOptions as _, Connection as _, QueryBuilder, Sqlite,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

const HOTELS: u64 = 20;
const AGENTS: u64 = 5;
const ENTRIES: i64 = 10;
const TAGS: [&str; 8] = [
    "Housekeeping",
    "Restaurant",
    "Transport",
    "Spa",
    "Complaint",
    "Late check-out",
    "Wi-Fi",
    "Lost and found",
];

/// Numbers that look random and are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A rank from 0 on; half the time among the first few.
    fn zipf(&mut self, n: u64) -> u64 {
        let u = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((n as f64).powf(u) - 1.0) as u64
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }
}

/// The word of a rank: `bela`, `tomiru` …
fn word(rank: u64) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "che", "do", "fi", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "ka", "li",
        "mo", "nu", "ra", "se",
    ];
    let mut n = rank + 20;
    let mut text = String::new();
    while n > 0 {
        text.push_str(SYLLABLES[(n % 20) as usize]);
        n /= 20;
    }
    text
}

/// A message of about ten words.
fn message(dice: &mut Dice) -> String {
    let script = match dice.below(100) {
        0..10 => Some((0x4E00u32, 2_000)),
        10..15 => Some((0x3042, 80)),
        15..20 => Some((0x0E01, 46)),
        _ => None,
    };
    match script {
        Some((first, many)) => {
            let length = 8 + dice.below(12);
            (0..length).filter_map(|_| char::from_u32(first + dice.zipf(many) as u32)).collect()
        }
        None => {
            let length = 4 + dice.below(14);
            (0..length).map(|_| word(dice.zipf(30_000))).collect::<Vec<_>>().join(" ")
        }
    }
}

/// A year of twenty hotels.
async fn fill(server: &Server, entries: u64) -> Result<(), Failure> {
    let mut db: SqliteConnection = SqliteConnectOptions::new()
        .filename(server.database())
        .pragma("synchronous", "OFF")
        .pragma("cache_size", "-200000")
        .statement_cache_capacity(20)
        .connect()
        .await?;
    let mut dice = Dice(42);
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM staff WHERE email = $1")
        .bind(PASSWORD_HASH_OF)
        .fetch_one(&mut db)
        .await?;
    let now = chrono::Utc::now().timestamp_millis();
    let year = 365 * 86_400_000;
    sqlx::query("BEGIN").execute(&mut db).await?;
    let mut hotels = Vec::new();
    for n in 0..HOTELS {
        let hotel = dice.uuid();
        // From 7 to 23 on five days, two stretches on Saturday, closed on Sunday.
        let weekdays = [r#"[{"opens":420,"closes":1380}]"#; 5].join(",");
        let saturday = r#"[{"opens":480,"closes":720},{"opens":840,"closes":1200}]"#;
        let hours = format!(r#"{{"week":[{weekdays},{saturday},[]],"holidays":[]}}"#);
        sqlx::query(
            "INSERT INTO hotel (id, slug, name, place, time_zone, languages, greeting, accent, \
            created_at, hours) VALUES ($1, $2, $2, '', 'Europe/Zurich', 'de', '', '#1f5f6b', 0, $3)",
        )
        .bind(hotel)
        .bind(format!("year-{n}"))
        .bind(hours)
        .execute(&mut db)
        .await?;
        for tag in TAGS {
            sqlx::query("INSERT INTO tag (hotel, name, created_at) VALUES ($1, $2, 0)")
                .bind(hotel)
                .bind(tag)
                .execute(&mut db)
                .await?;
        }
        let mut staff = Vec::new();
        for a in 0..AGENTS {
            let id = dice.uuid();
            sqlx::query(
                "INSERT INTO staff (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, 0)",
            )
            .bind(id)
            .bind(format!("a{a}-{n}@load.example"))
            .bind(format!("Agent {a} of {n}"))
            .bind(&hash)
            .execute(&mut db)
            .await?;
            let role = if a == 0 { "manager" } else { "agent" };
            sqlx::query("INSERT INTO membership (staff, hotel, role) VALUES ($1, $2, $3)")
                .bind(id)
                .bind(hotel)
                .bind(role)
                .execute(&mut db)
                .await?;
            staff.push(id);
        }
        hotels.push((hotel, staff));
    }
    let conversations = entries / ENTRIES as u64;
    for n in 0..conversations {
        // Some hotels have more talk than others.
        let (hotel, staff) = &hotels[dice.zipf(HOTELS) as usize];
        let agent = staff[dice.below(AGENTS) as usize];
        let (id, guest) = (Uuid::from_u64_pair(n, dice.next()), dice.uuid());
        let opened = now - year + (year as u64 * n / conversations) as i64;
        let rating = (dice.below(10) < 3).then(|| 1 + (4 - dice.zipf(5)) as i64);
        let name = format!("{} {}", word(dice.zipf(3_000)), word(dice.zipf(20_000)));
        sqlx::query("INSERT INTO guest (id, created_at) VALUES ($1, $2)")
            .bind(guest)
            .bind(opened)
            .execute(&mut db)
            .await?;
        sqlx::query(
            "INSERT INTO conversation (id, hotel, guest, guest_name, guest_language, status, holder, epoch, \
             last_seq, last_staff_seq, \
             last_other_seq, rev, opened_at, waiting_since, resolved_at, last_line, last_by, last_at, \
             unread, guest_read, staff_read, scanned_room, rating) \
             VALUES ($1, $2, $3, $4, $5, 'resolved', NULL, 2, $6, 0, 0, 10, $7, NULL, $8, 'x', 'guest', $8, \
             0, 0, 0, $9, $10)",
        )
        .bind(id)
        .bind(hotel)
        .bind(guest)
        .bind(name)
        .bind(["de", "en", "fr", "zh", "ja", "th"][dice.zipf(6) as usize])
        .bind(ENTRIES)
        .bind(opened)
        .bind(opened + 3_600_000)
        .bind(Some(format!("{}", 100 + dice.below(300))))
        .bind(rating)
        .execute(&mut db)
        .await?;
        if dice.below(10) < 3 {
            let tag = TAGS[dice.zipf(8) as usize];
            sqlx::query("INSERT INTO conversation_tag (conversation, hotel, name) VALUES ($1, $2, $3)")
                .bind(id)
                .bind(hotel)
                .bind(tag)
                .execute(&mut db)
                .await?;
        }
        let mut at = opened;
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO entry (conversation, seq, kind, by_kind, by_id, by_name, body, client_id, at) ",
        );
        let rows: Vec<_> = (1..=ENTRIES)
            .map(|seq| {
                at += dice.below(240_000) as i64;
                let (kind, by) = match seq {
                    2 => ("claimed", true),
                    7 => ("note", true),
                    10 => ("resolved", true),
                    n => ("said", n % 2 == 1 && n > 1),
                };
                let body = if matches!(kind, "said" | "note") { message(&mut dice) } else { String::new() };
                (seq, kind, by, body, dice.uuid(), at)
            })
            .collect();
        query.push_values(rows, |mut b, (seq, kind, by_staff, body, client_id, at)| {
            b.push_bind(id).push_bind(seq).push_bind(kind).push_bind(if by_staff {
                "staff"
            } else {
                "guest"
            });
            b.push_bind(if by_staff { agent } else { guest })
                .push_bind("x")
                .push_bind(body)
                .push_bind(client_id)
                .push_bind(at);
        });
        query.build().execute(&mut db).await?;
    }
    sqlx::query("COMMIT").execute(&mut db).await?;
    db.close().await?;
    Ok(())
}

/// Waits until all of it is drawn.
async fn drawn(server: &Server, conversations: i64) -> Result<Duration, Failure> {
    let began = Instant::now();
    let file = format!("{}-review", server.database().display());
    let mut db = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    loop {
        let read: i64 =
            sqlx::query_scalar("SELECT count(*) FROM talk WHERE seq = 10").fetch_one(&mut db).await?;
        if read >= conversations {
            db.close().await?;
            return Ok(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Everything about reading back.
pub async fn review(entries: u64) -> Result<(), Failure> {
    let conversations = (entries / ENTRIES as u64) as i64;
    let mut server =
        Server::with(&[], |run| run(&["staff", "add", PASSWORD_HASH_OF, "--name", "Admin", "--admin"]))?;
    server.stop()?;
    let began = Instant::now();
    fill(&server, entries).await?;
    println!("{entries} entries written in {:.0?}", began.elapsed());

    // What a message costs while all of it is being drawn, and after.
    server.go_on(&[])?;
    pace(&server, "while the index is drawn").await?;
    let rest = drawn(&server, conversations).await?;
    pace(&server, "with the index drawn").await?;
    println!(
        "index drawn {rest:.0?} after that; {} MB",
        std::fs::metadata(format!("{}-review", server.database().display()))?.len() / 1_000_000
    );
    server.stop()?;
    server.go_on(&[])?;

    let admin = server.staff_cookie(PASSWORD_HASH_OF).await?;
    searches(&server, &admin).await?;
    figures(&server, &admin).await?;
    export(&server, &admin, entries).await
}

async fn pace(server: &Server, when: &str) -> Result<(), Failure> {
    let people = acks(guests(server, SOCKETS).await?, 1_000, Duration::from_secs(2)).await?.guests;
    let run = acks(people, 2_000, Duration::from_secs(8)).await?;
    let ms = |q: f64| run.latency.at(q) as f64 / 1e3;
    println!("2000 messages/s {when}: ack p50 {:.2} ms, p99 {:.2} ms", ms(0.5), ms(0.99));
    Ok(())
}

async fn searches(server: &Server, admin: &str) -> Result<(), Failure> {
    let mut dice = Dice(7);
    let mut db = SqliteConnectOptions::new().filename(server.database()).read_only(true).connect().await?;
    let agents: Vec<Uuid> = sqlx::query_scalar("SELECT staff FROM membership").fetch_all(&mut db).await?;
    db.close().await?;
    let agent = |dice: &mut Dice| agents[dice.below(agents.len() as u64) as usize];
    let common = |dice: &mut Dice| word(dice.below(30));
    let han = |dice: &mut Dice, n: u64| {
        (0..n).filter_map(|_| char::from_u32(0x4E00 + dice.zipf(300) as u32)).collect::<String>()
    };
    type Ask<'a> = (&'static str, Box<dyn Fn(&mut Dice) -> String + 'a>);
    let kinds: Vec<Ask<'_>> = vec![
        ("a common word", Box::new(|d| format!("q={}", encode(&common(d))))),
        ("a rare word", Box::new(|d| format!("q={}", encode(&word(5_000 + d.below(20_000)))))),
        ("the beginning of a word", Box::new(|d| format!("q={}", encode(&word(d.below(300))[..3])))),
        (
            "two words",
            Box::new(|d| format!("q={}", encode(&format!("{} {}", common(d), word(d.zipf(3_000)))))),
        ),
        ("a phrase", Box::new(|d| format!("q={}", encode(&format!("\"{} {}\"", common(d), common(d)))))),
        ("two Chinese characters", Box::new(|d| format!("q={}", encode(&han(d, 2))))),
        ("one Chinese character", Box::new(|d| format!("q={}", encode(&han(d, 1))))),
        (
            "a word and its hotel",
            Box::new(|d| format!("q={}&hotel=year-{}", encode(&word(d.zipf(3_000))), d.below(HOTELS))),
        ),
        (
            "a word and an agent",
            Box::new(|d| format!("q={}&agent={}", encode(&word(d.zipf(3_000))), agent(d))),
        ),
        (
            "a word and a room",
            Box::new(|d| format!("q={}&room={}", encode(&word(d.zipf(3_000))), 100 + d.below(300))),
        ),
        (
            "a word and a tag",
            Box::new(|d| {
                format!("q={}&tag={}", encode(&word(d.zipf(3_000))), encode(TAGS[d.below(8) as usize]))
            }),
        ),
        (
            "a word and a rating",
            Box::new(|d| format!("q={}&rating={}", encode(&word(d.zipf(3_000))), 1 + d.below(5))),
        ),
        (
            "a word and a guest",
            Box::new(|d| format!("q={}&guest={}", encode(&common(d)), word(d.zipf(3_000)))),
        ),
        (
            "a word in a week",
            Box::new(|d| {
                let month = 1 + d.below(9);
                format!("q={}&from=2026-0{month}-01&until=2026-0{month}-07", encode(&word(d.zipf(3_000))))
            }),
        ),
        (
            "a word, hotel, tag, rating, room",
            Box::new(|d| {
                format!(
                    "q={}&hotel=year-{}&tag=Spa&rating=5&room={}",
                    encode(&common(d)),
                    d.below(3),
                    100 + d.below(300)
                )
            }),
        ),
        ("no words, a guest", Box::new(|d| format!("guest={}", word(d.zipf(20_000))))),
        (
            "no words, a room and a rating",
            Box::new(|d| format!("room={}&rating={}", 100 + d.below(300), 1 + d.below(5))),
        ),
        (
            "no words, an agent and a tag",
            Box::new(|d| format!("agent={}&tag={}", agent(d), encode(TAGS[d.below(8) as usize]))),
        ),
    ];
    let mut all = Times::default();
    for (name, ask) in &kinds {
        let mut times = Times::default();
        for _ in 0..120 {
            let path = format!("/admin/logs?{}", ask(&mut dice));
            let began = Instant::now();
            let (status, _) = server.get_as(&path, admin).await?;
            let took = began.elapsed().as_micros() as u64;
            if status != 200 {
                return Err(format!("{path}: {status}").into());
            }
            times.record(took);
            all.record(took);
        }
        let ms = |q: f64| times.at(q) as f64 / 1e3;
        println!("  {name}: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", ms(0.5), ms(0.99), ms(1.0));
    }
    let ms = |q: f64| all.at(q) as f64 / 1e3;
    println!(
        "{} searches, page and all: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        all.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0)
    );
    Ok(())
}

async fn figures(server: &Server, admin: &str) -> Result<(), Failure> {
    let today = chrono::Utc::now().date_naive();
    let from = today - chrono::TimeDelta::days(365);
    for (what, hotel) in [("all hotels", ""), ("the busiest hotel", "year-0"), ("a quiet hotel", "year-19")] {
        let mut times = Vec::new();
        for _ in 0..9 {
            let began = Instant::now();
            let (status, _) = server
                .get_as(&format!("/admin/reports?from={from}&until={today}&hotel={hotel}"), admin)
                .await?;
            times.push(began.elapsed());
            if status != 200 {
                return Err(format!("report: {status}").into());
            }
        }
        times.sort();
        println!("figures of a year, {what}: median {:.0?}, most {:.0?}", times[4], times[8]);
    }
    Ok(())
}

async fn export(server: &Server, admin: &str, entries: u64) -> Result<(), Failure> {
    let before = server.rss()?;
    for format in ["csv", "jsonl"] {
        let began = Instant::now();
        server.post_as("/admin/exports", &format!("selection=&format={format}"), admin).await?;
        let mut most = 0;
        loop {
            let (_, page) = server.get_as("/admin/exports", admin).await?;
            most = most.max(server.rss()?);
            let page = String::from_utf8_lossy(&page).into_owned();
            let first = page.rsplit("<ul class=\"export-list\">").next().unwrap_or_default();
            if first.split("</li>").next().unwrap_or_default().contains("Download") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        println!(
            "export of {entries} entries as {format}: {:.0?}; memory {:.0} MB before, {:.0} MB at most",
            began.elapsed(),
            before as f64 / 1e6,
            most as f64 / 1e6
        );
    }
    Ok(())
}
