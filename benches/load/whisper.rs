//! Rooms of people, some of whom write eight letters a second: how long each letter takes to the others.

use super::{Failure, server::Server, times::Times};
use futures::{SinkExt as _, StreamExt as _, stream::SplitSink, stream::SplitStream};
use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

type Ws = WebSocketStream<TcpStream>;

/// Letters a second of one writer.
const LETTERS: u32 = 8;

/// Bytes of a sealed letter: count, nonce, tag, and a few of its own.
const SEALED: usize = 40;

/// Bytes of a frame's head from the server.
const HEAD: usize = 13;

const PEOPLE: usize = 4;

const WARM: Duration = Duration::from_secs(2);

/// `writers` of the four people of each room write for so long.
pub async fn whisper(rooms: usize, writers: usize, time: Duration) -> Result<(), Failure> {
    let many = [("BELLHOP_WHISPERS", "100000"), ("BELLHOP_WHISPERS_PER_HOUR", "4000000000")];
    let server = Server::start(&many)?;
    let address = room(&server).await?;
    drop(join(&server, &address, true).await?);
    let empty = server.rss()?;
    let (mut sinks, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..rooms {
        let address = room(&server).await?;
        for person in 0..PEOPLE {
            let (sink, stream) = join(&server, &address, person == 0).await?.split();
            if person < writers {
                sinks.push(sink);
            }
            streams.push(stream);
        }
    }
    let full = server.rss()?;
    let local = tokio::task::LocalSet::new();
    let began = Instant::now();
    let cpu = server.cpu()?;
    let (sent, latency) = local.run_until(write(sinks, streams, began, time)).await?;
    let cpu = server.cpu()? - cpu;
    let ms = |q: f64| latency.at(q) as f64 / 1_000.0;
    println!(
        "{rooms} rooms of {PEOPLE} with {writers} writing: {sent} frames in, {} of {} out measured; p50 \
            {:.1} \
         ms, p90 {:.1} ms, p99 {:.1} ms, most {:.0} ms; {:.0} µs of server CPU a frame in; {:.1} KB a room, \
         {:.1} MB in all",
        latency.len(),
        sent * (PEOPLE as u64 - 1),
        ms(0.5),
        ms(0.9),
        ms(0.99),
        ms(1.0),
        cpu.as_micros() as f64 / sent as f64,
        (full - empty) as f64 / rooms as f64 / 1e3,
        server.rss()? as f64 / 1e6
    );
    Ok(())
}

/// Sends by the clock, whatever the others have heard; what was sent in the first seconds is not measured.
async fn write(
    mut sinks: Vec<SplitSink<Ws, Message>>,
    streams: Vec<SplitStream<Ws>>,
    began: Instant,
    time: Duration,
) -> Result<(u64, Times), Failure> {
    let latency = Rc::new(RefCell::new(Times::default()));
    let readers: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::task::spawn_local(hear(stream, began, latency.clone())))
        .collect();
    let rate = sinks.len() as u64 * u64::from(LETTERS);
    let gap = Duration::from_nanos(1_000_000_000 / rate);
    let total = rate * (WARM + time).as_secs();
    for n in 0..total {
        let intended = gap * n as u32;
        while began.elapsed() < intended {
            tokio::task::yield_now().await;
        }
        let mut frame = vec![0; 1 + SEALED];
        frame[1..9].copy_from_slice(&(intended.as_micros() as u64).to_be_bytes());
        let turn = (n % sinks.len() as u64) as usize;
        sinks[turn].send(Message::binary(frame)).await?;
    }
    let measured = rate * time.as_secs();
    let end = Instant::now() + Duration::from_secs(10);
    while (latency.borrow().len() as u64) < measured * (PEOPLE as u64 - 1) && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    readers.iter().for_each(|reader| reader.abort());
    Ok((total, latency.borrow().clone()))
}

async fn hear(mut stream: SplitStream<Ws>, began: Instant, latency: Rc<RefCell<Times>>) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Binary(frame) = message else { continue };
        let Some(at) = frame.get(HEAD..HEAD + 8).and_then(|at| at.try_into().ok()) else { continue };
        let intended = Duration::from_micros(u64::from_be_bytes(at));
        if intended >= WARM {
            latency.borrow_mut().record((began.elapsed() - intended).as_micros() as u64);
        }
    }
}

/// A new room: its address and its maker's cookie.
async fn room(server: &Server) -> Result<(String, String), Failure> {
    let head = server.head("/whisper").await?;
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).ok_or("no room");
    let cookie = header("set-cookie: ")?.split(';').next().unwrap_or_default();
    Ok((header("location: ")?.to_owned(), cookie.to_owned()))
}

async fn join(server: &Server, (room, cookie): &(String, String), make: bool) -> Result<Ws, Failure> {
    let mut request = format!("ws://{}{room}/socket", server.address).into_client_request()?;
    if make {
        request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
    }
    let protocol = HeaderValue::from_static("bellhop.whisper.v1");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let tcp = TcpStream::connect(&server.address).await?;
    tcp.set_nodelay(true)?;
    let (mut ws, _) = tokio_tungstenite::client_async(request, tcp).await?;
    ws.send(Message::text(format!(r#"{{"id":1,"do":"join","make":{make}}}"#))).await?;
    while let Some(message) = ws.next().await {
        if message?.to_text()?.contains("\"hello\"") {
            return Ok(ws);
        }
    }
    Err("the room did not let anybody in".into())
}
