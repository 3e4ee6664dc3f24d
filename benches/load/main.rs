//! The load run behind `docs/performance.md`: `make bench`, or `cargo bench --bench load -- acks idle` for
//! parts.
//!
//! In: the real program, started on a free port with a fresh database, pinned to one core. Out: a table of
//! what was measured, by a client pinned to the other. Latency counts from the moment a message was *meant*
//! to be sent, so a stalled server cannot hide behind a client that waits for it. Only 127.0.0.1 is spoken
//! to, for a bounded time.

mod client;
mod review;
mod server;
mod times;
mod whisper;

use client::{Guest, acks, desk, flood};
use server::{Server, pin_self};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Logins on their way at once.
const TOGETHER: usize = 50;

/// Sockets a load is spread over.
const SOCKETS: usize = 200;

fn main() -> Result<(), Failure> {
    pin_self();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if wants("start") {
            start().await?;
        }
        if wants("logins") {
            logins(1_000).await?;
        }
        if wants("acks") {
            latency(2_000, 10).await?;
            latency(8_000, 10).await?;
        }
        if wants("flood") {
            throughput().await?;
        }
        if wants("idle") {
            idle(5_000).await?;
        }
        if wants("connect") {
            reconnect(10_000).await?;
        }
        if wants("stored") {
            stored().await?;
        }
        if wants("watchers") {
            watchers().await?;
        }
        if wants("several") {
            guests_of_many_hotels(50).await?;
            agents_of_many_hotels(20).await?;
        }
        if wants("requests") {
            open_requests(1_000, 10).await?;
        }
        if wants("pictures") {
            pictures(20).await?;
        }
        if wants("review") {
            review::review(1_000_000).await?;
        }
        if wants("whisper") {
            whisper::whisper(1_000, 1, Duration::from_secs(10)).await?;
            whisper::whisper(1_000, 4, Duration::from_secs(10)).await?;
        }
        if wants("weight") {
            weight().await?;
        }
        Ok(())
    })
}

/// Start to first byte, and memory at rest.
async fn start() -> Result<(), Failure> {
    let mut times = Vec::new();
    let mut rss = 0;
    for _ in 0..7 {
        let began = Instant::now();
        let server = Server::start(&[])?;
        server.get("/healthz", "").await?;
        times.push(began.elapsed());
        rss = server.rss()?;
    }
    times.sort();
    println!(
        "start to first byte: median {:?} of {}; at rest {:.1} MB",
        times[times.len() / 2],
        times.len(),
        rss as f64 / 1e6
    );
    Ok(())
}

/// Memory before, at the height of, and a while after as many wrong logins as anybody may send.
async fn logins(count: usize) -> Result<(), Failure> {
    let server = Server::start(&[("BELLHOP_LOGINS_PER_MINUTE", "4000000000")])?;
    server.get("/login", "").await?;
    let (before, mut most) = (server.rss()?, 0);
    let began = Instant::now();
    for round in 0..count / TOGETHER {
        let form = |n: usize| format!("email=nobody{round}-{n}@load.example&password=wrong");
        let all = (0..TOGETHER).map(|n| {
            let (server, form) = (&server, form(n));
            async move { server.post_as("/login", &form, "").await }
        });
        for answer in futures::future::join_all(all).await {
            answer?;
        }
        most = most.max(server.rss()?);
    }
    let took = began.elapsed();
    tokio::time::sleep(Duration::from_secs(15)).await;
    let after = server.rss()?;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "{count} wrong logins, {TOGETHER} at a time, in {took:.1?}: {:.1} MB before, {:.1} at most, {:.1} 15 \
         s later",
        mb(before),
        mb(most),
        mb(after)
    );
    Ok(())
}

async fn guests(server: &Server, count: usize) -> Result<Vec<Guest>, Failure> {
    let mut guests = Vec::with_capacity(count);
    for _ in 0..count {
        let cookie = server.guest_cookie().await?;
        guests.push(Guest::connect(server, &cookie).await?);
    }
    Ok(guests)
}

/// Acknowledgement latency at a steady rate, open loop.
async fn latency(rate: u64, seconds: u64) -> Result<(), Failure> {
    let server = Server::start(&[])?;
    let guests = guests(&server, SOCKETS).await?;
    // A short run first, so that what is measured is a warm server.
    let guests = acks(guests, rate / 2, Duration::from_secs(2)).await?.guests;
    let cpu = server.cpu()?;
    let run = acks(guests, rate, Duration::from_secs(seconds)).await?;
    let cpu = server.cpu()? - cpu;
    let ms = |q: f64| run.latency.at(q) as f64 / 1_000.0;
    println!(
        "{rate} messages/s for {seconds} s over {SOCKETS} sockets: {} sent, {} acknowledged; ack p50 {:.2} \
         ms, p90 {:.2} ms, p99 {:.2} ms, max {:.1} ms; \
         {:.0} µs of server CPU a message",
        run.sent,
        run.latency.len(),
        ms(0.5),
        ms(0.9),
        ms(0.99),
        ms(1.0),
        cpu.as_micros() as f64 / run.latency.len() as f64,
    );
    Ok(())
}

/// What it takes at most: every socket sends the next message when the last is acknowledged.
async fn throughput() -> Result<(), Failure> {
    let server = Server::start(&[])?;
    let guests = guests(&server, SOCKETS).await?;
    let time = Duration::from_secs(10);
    let acked = flood(guests, time).await?;
    println!(
        "flood over {SOCKETS} sockets: {:.0} acknowledged messages/s",
        acked as f64 / time.as_secs_f64()
    );
    Ok(())
}

/// Memory of sockets that only listen.
async fn idle(count: usize) -> Result<(), Failure> {
    let server = Server::start(&[])?;
    let cookie = server.guest_cookie().await?;
    let warm = Guest::connect(&server, &cookie).await?;
    let before = server.rss()?;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(Guest::connect(&server, &cookie).await?);
    }
    let after = server.rss()?;
    println!(
        "{count} idle sockets: {:.1} KB each ({:.1} MB in all)",
        (after - before) as f64 / count as f64 / 1e3,
        after as f64 / 1e6
    );
    drop((warm, all));
    Ok(())
}

/// Everybody at once, and everybody again after a break, each reading on from a cursor.
async fn reconnect(count: usize) -> Result<(), Failure> {
    let server = Arc::new(Server::start(&[])?);
    let cookie = server.guest_cookie().await?;
    let mut first = Guest::connect(&server, &cookie).await?;
    let conversation = first.say("hello").await?;
    let round = async |resume: bool| -> Result<(Duration, Vec<Guest>), Failure> {
        let began = Instant::now();
        let mut joins = tokio::task::JoinSet::new();
        let turns = Arc::new(tokio::sync::Semaphore::new(200));
        for _ in 0..count {
            let (server, cookie, conversation, turns) =
                (server.clone(), cookie.clone(), conversation.clone(), turns.clone());
            joins.spawn(async move {
                let _turn = turns.acquire().await?;
                let mut guest = Guest::connect(&server, &cookie).await?;
                if resume {
                    guest.resume(&conversation).await?;
                }
                Ok::<_, Failure>(guest)
            });
        }
        let mut all = Vec::with_capacity(count);
        while let Some(guest) = joins.join_next().await {
            all.push(guest??);
        }
        Ok((began.elapsed(), all))
    };
    let (connected, all) = round(false).await?;
    drop(all);
    let (resumed, all) = round(true).await?;
    println!("{count} sockets: connect {connected:.1?}, reconnect and resume {resumed:.1?}, no errors");
    drop(all);
    Ok(())
}

/// What a message costs at 4,000 a second.
async fn cost(server: &Server, beside: &str) -> Result<(), Failure> {
    measure(server, guests(server, SOCKETS).await?, beside).await
}

async fn measure(server: &Server, guests: Vec<Guest>, beside: &str) -> Result<(), Failure> {
    let guests = acks(guests, 1_000, Duration::from_secs(2)).await?.guests;
    let cpu = server.cpu()?;
    let run = acks(guests, 4_000, Duration::from_secs(8)).await?;
    let cpu = server.cpu()? - cpu;
    println!(
        "{beside}: ack p50 {:.2} ms, p99 {:.2} ms, {:.0} µs of server CPU a message at 4000/s",
        run.latency.at(0.5) as f64 / 1e3,
        run.latency.at(0.99) as f64 / 1e3,
        cpu.as_micros() as f64 / run.latency.len() as f64
    );
    Ok(())
}

/// Words at 2,000 a second, with no picture and with so many a second that are taken in meanwhile: photos of
/// 2,560 × 1,920, as browsers make them smaller.
async fn pictures(most: u64) -> Result<(), Failure> {
    let mut picture = std::io::Cursor::new(Vec::new());
    let shades = image::RgbImage::from_fn(2_560, 1_920, |x, y| {
        image::Rgb([(x / 10) as u8, (y / 8) as u8, ((x ^ y) % 50) as u8 + 100])
    });
    image::DynamicImage::ImageRgb8(shades).write_to(&mut picture, image::ImageFormat::Jpeg)?;
    let picture: Arc<[u8]> = picture.into_inner().into();
    for round in 1..=3 {
        for rate in [0, most] {
            let server = Arc::new(Server::start(&[])?);
            let guests = guests(&server, SOCKETS).await?;
            let guests = acks(guests, 1_000, Duration::from_secs(2)).await?.guests;
            let taken = Arc::new(AtomicU64::new(0));
            let (other, file, count) = (server.clone(), picture.clone(), taken.clone());
            let sending = tokio::spawn(async move {
                let mut senders = tokio::task::JoinSet::new();
                let mut tick = tokio::time::interval(Duration::from_millis(1_000 / rate.max(1)));
                loop {
                    tick.tick().await;
                    if rate == 0 {
                        continue;
                    }
                    let (server, file, count) = (other.clone(), file.clone(), count.clone());
                    senders.spawn(async move {
                        let cookie = server.guest_cookie().await?;
                        server.bring(&cookie, &file).await?;
                        count.fetch_add(1, Ordering::Relaxed);
                        Ok::<_, Failure>(())
                    });
                }
            });
            let run = acks(guests, 2_000, Duration::from_secs(8)).await?;
            sending.abort();
            let ms = |q: f64| run.latency.at(q) as f64 / 1e3;
            println!(
                "round {round}, {rate} pictures/s of {} KB offered, {:.1}/s taken in: ack p50 {:.2} ms, p99 \
                 {:.2} ms at 2000/s; {:.0} MB",
                picture.len() / 1_024,
                taken.load(Ordering::Relaxed) as f64 / 8.0,
                ms(0.5),
                ms(0.99),
                server.rss()? as f64 / 1e6
            );
        }
    }
    Ok(())
}

/// The cost of a message as what is stored grows.
async fn stored() -> Result<(), Failure> {
    for entries in [1_000u64, 100_000, 1_000_000] {
        let server = Server::start(&[])?;
        server.fill(entries)?;
        cost(&server, &format!("{entries} entries stored")).await?;
    }
    Ok(())
}

/// The cost of a message as sockets that have nothing to do with it grow.
async fn watchers() -> Result<(), Failure> {
    for idle in [10usize, 1_000, 10_000] {
        let server = Server::start(&[])?;
        let cookie = server.guest_cookie().await?;
        let mut others = Vec::new();
        for _ in 0..idle {
            others.push(Guest::connect(&server, &cookie).await?);
        }
        cost(&server, &format!("{idle} other sockets")).await?;
    }
    Ok(())
}

fn slugs(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("hotel-{n}")).collect()
}

fn with_hotels(count: usize, agents: bool) -> Result<Server, Failure> {
    Server::with(&[], |run| {
        let slugs = slugs(count);
        for slug in &slugs {
            run(&["hotel", "add", slug, "--name", slug, "--time-zone", "UTC"])?;
            if agents {
                run(&["staff", "add", &format!("{slug}@load.example"), "--name", slug, "--agent", slug])?;
            }
        }
        if agents {
            let mut all = vec!["staff", "add", "all@load.example", "--name", "All"];
            all.extend(slugs.iter().flat_map(|slug| ["--agent", slug.as_str()]));
            run(&all)?;
        }
        Ok(())
    })
}

/// The same messages by as many guests as hotels, a socket each; and by one guest of all hotels, on one
/// socket.
async fn guests_of_many_hotels(count: usize) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        for one in [false, true] {
            let server = with_hotels(count, false)?;
            let mut guests = Vec::new();
            let shares = if one {
                vec![slugs(count)]
            } else {
                slugs(count).into_iter().map(|slug| vec![slug]).collect()
            };
            for hotels in shares {
                guests.push(Guest::of(&server, &server.guest_cookie().await?, hotels).await?);
            }
            let what = if one {
                format!("1 guest in {count} conversations")
            } else {
                format!("{count} guests in one each")
            };
            measure(&server, guests, &what).await?;
        }
    }
    Ok(())
}

/// The same messages with a desk for each hotel, and with one desk for all of them.
async fn agents_of_many_hotels(count: usize) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        for one in [false, true] {
            let server = with_hotels(count, true)?;
            let emails = if one { vec!["all".to_owned()] } else { slugs(count) };
            let mut desks = Vec::new();
            for email in emails {
                desks.push(
                    desk(&server, &server.staff_cookie(&format!("{email}@load.example")).await?).await?,
                );
            }
            let mut guests = Vec::new();
            for n in 0..SOCKETS {
                let hotel = vec![format!("hotel-{}", n % count)];
                guests.push(Guest::of(&server, &server.guest_cookie().await?, hotel).await?);
            }
            let what =
                if one { format!("1 desk of {count} hotels") } else { format!("{count} desks of one hotel") };
            measure(&server, guests, &what).await?;
            desks.iter().for_each(|desk| desk.abort());
        }
    }
    Ok(())
}

/// The same messages to hotels that nobody has asked for anything, and to hotels that were asked all of
/// these requests and have not answered.
async fn open_requests(count: usize, hotels: usize) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        for asked in [0, count] {
            let server = with_hotels(hotels, false)?;
            let all = slugs(hotels);
            for _ in 0..asked / ASKED {
                let mut guest = Guest::connect(&server, &server.guest_cookie().await?).await?;
                for _ in 0..ASKED {
                    guest.ask(&all).await?;
                }
            }
            let mut guests = Vec::new();
            for n in 0..SOCKETS {
                let hotel = vec![all[n % hotels].clone()];
                guests.push(Guest::of(&server, &server.guest_cookie().await?, hotel).await?);
            }
            measure(&server, guests, &format!("{asked} open requests of {hotels} hotels")).await?;
        }
    }
    Ok(())
}

/// Requests that a guest has open, in a load run.
const ASKED: usize = 10;

/// Times each of two that are compared is measured, in turn.
const ROUNDS: usize = 3;

/// What a browser downloads.
async fn weight() -> Result<(), Failure> {
    let server = Server::start(&[])?;
    let widget = server.get("/widget.js", "").await?.len();
    // The widget's loader is served as it is; what a proxy or the browser's cache makes of it is measured
    // with gzip.
    println!("widget.js: {widget} bytes, {} gzipped", server::gzip(&server.get("/widget.js", "").await?)?);
    for (name, path) in [("chat page", "/chat/load"), ("desk page", "/login")] {
        let page = server.get(path, "gzip").await?;
        println!("{name}: HTML {} bytes gzipped", page.len());
    }
    for (name, bytes) in server::built_files()? {
        println!("{name}: {bytes} bytes brotli");
    }
    Ok(())
}
