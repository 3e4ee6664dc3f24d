//! Guests that write by the clock.

use super::times::Times;
use super::{Failure, server::Server};
use futures::{SinkExt as _, StreamExt as _};
use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

type Ws = WebSocketStream<MaybeTlsStream<TcpStream>>;

const BODY: &str = "Could we have a late check-out on Sunday, please?";

/// How long after the last message acknowledgements are waited for.
const LINGER: Duration = Duration::from_secs(10);

pub struct Guest {
    ws: Ws,
    next: u64,
    /// Whom they write to, in turn.
    hotels: Arc<Vec<String>>,
}

impl Guest {
    pub async fn connect(server: &Server, cookie: &str) -> Result<Self, Failure> {
        Ok(Self {
            ws: socket(server, cookie, "guest").await?.0,
            next: 1,
            hotels: Arc::new(vec!["load".into()]),
        })
    }

    /// The same for somebody who writes to these hotels, one message to each in turn.
    pub async fn of(server: &Server, cookie: &str, hotels: Vec<String>) -> Result<Self, Failure> {
        let mut guest = Self::connect(server, cookie).await?;
        guest.hotels = Arc::new(hotels);
        for hotel in guest.hotels.clone().iter() {
            guest.ws.send(Message::text(format!(r#"{{"id":0,"do":"open","hotel":"{hotel}"}}"#))).await?;
            guest.answer().await?;
        }
        Ok(guest)
    }

    fn frame(id: u64, hotels: &[String]) -> Message {
        let (client_id, hotel) = (uuid::Uuid::now_v7(), &hotels[id as usize % hotels.len()]);
        Message::text(format!(
            r#"{{"id":{id},"do":"say","hotel":"{hotel}","client_id":"{client_id}","body":"{BODY}"}}"#
        ))
    }

    /// Says something and waits; returns the conversation's id.
    pub async fn say(&mut self, _body: &str) -> Result<String, Failure> {
        self.ws.send(Self::frame(0, &self.hotels)).await?;
        let answer = self.answer().await?;
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        Ok(answer["ok"]["conversation"].as_str().ok_or("refused")?.to_owned())
    }

    /// Asks these hotels for a stay; they have a day to bid.
    pub async fn ask(&mut self, hotels: &[String]) -> Result<(), Failure> {
        let now = chrono::Utc::now();
        let day = |ahead| (now + chrono::TimeDelta::days(ahead)).format("%Y-%m-%d").to_string();
        let asked = serde_json::json!({"id": 0, "do": "ask",
            "request": uuid::Uuid::now_v7(), "hotels": hotels,
            "wanted": {"kind": "stay", "from": day(30), "until": day(33), "adults": 2, "currency": "EUR"},
            "answer_by": (now + chrono::TimeDelta::days(1)).timestamp_millis()});
        self.ws.send(Message::text(asked.to_string())).await?;
        let answer = self.answer().await?;
        if answer.contains("\"ok\"") { Ok(()) } else { Err(answer.into()) }
    }

    pub async fn resume(&mut self, conversation: &str) -> Result<(), Failure> {
        let text = format!(r#"{{"id":0,"do":"resume","cursors":{{"{conversation}":0}}}}"#);
        self.ws.send(Message::text(text)).await?;
        let answer = self.answer().await?;
        if answer.contains("\"entries\":[{") { Ok(()) } else { Err(answer.into()) }
    }

    async fn answer(&mut self) -> Result<String, Failure> {
        loop {
            if let Message::Text(text) = self.ws.next().await.ok_or("closed")??
                && text.starts_with("{\"id\":")
            {
                return Ok(text.to_string());
            }
        }
    }
}

/// A connection, and the server's hello on it.
async fn socket(server: &Server, cookie: &str, role: &str) -> Result<(Ws, serde_json::Value), Failure> {
    let mut request = format!("ws://{}/socket?as={role}", server.address).into_client_request()?;
    request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("bellhop.v1"));
    let tcp = TcpStream::connect(&server.address).await?;
    tcp.set_nodelay(true)?;
    let (mut ws, _) = tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(tcp)).await?;
    let hello = ws.next().await.ok_or("no hello")??;
    Ok((ws, serde_json::from_str(hello.to_text()?)?))
}

/// A desk that watches all hotels of its agent, and reads what comes until it is dropped.
pub async fn desk(server: &Server, cookie: &str) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let (mut ws, hello) = socket(server, cookie, "staff").await?;
    for membership in hello["you"]["memberships"].as_array().ok_or("no memberships")? {
        ws.send(Message::text(format!(r#"{{"id":1,"do":"watch","hotel":{}}}"#, membership["hotel"]))).await?;
    }
    Ok(tokio::spawn(async move { while ws.next().await.is_some() {} }))
}

pub struct Run {
    pub guests: Vec<Guest>,
    pub sent: u64,
    /// Microseconds from the intended sending to the acknowledgement.
    pub latency: Times,
}

/// What one socket is still owed: the intended moments of its unanswered messages, oldest first.
type Owed = Rc<RefCell<VecDeque<Instant>>>;

/// Sends `rate` messages a second, spread evenly over the guests, whatever the answers do.
pub async fn acks(guests: Vec<Guest>, rate: u64, time: Duration) -> Result<Run, Failure> {
    let local = tokio::task::LocalSet::new();
    local.run_until(spread(guests, rate, time)).await
}

async fn spread(guests: Vec<Guest>, rate: u64, time: Duration) -> Result<Run, Failure> {
    let latency = Rc::new(RefCell::new(Times::default()));
    let total = rate * time.as_secs();
    let acked = Rc::new(RefCell::new(0u64));
    let mut sinks = Vec::new();
    let mut readers = Vec::new();
    for guest in guests {
        let (sink, mut stream) = guest.ws.split();
        let owed: Owed = Rc::default();
        sinks.push((sink, owed.clone(), guest.next, guest.hotels));
        let (latency, acked) = (latency.clone(), acked.clone());
        readers.push(tokio::task::spawn_local(async move {
            // Ends when the last answer of this run has come: the flag is a `None` put behind it.
            loop {
                match tokio::time::timeout(Duration::from_millis(200), stream.next()).await {
                    Ok(Some(Ok(Message::Text(text)))) if text.starts_with("{\"id\":") => {
                        assert!(text.contains("\"ok\""), "refused: {text}");
                        let Some(intended) = owed.borrow_mut().pop_front() else { continue };
                        let micros = intended.elapsed().as_micros() as u64;
                        latency.borrow_mut().record(micros);
                        *acked.borrow_mut() += 1;
                    }
                    Ok(Some(Ok(_))) => {}
                    Ok(Some(Err(_)) | None) => return stream,
                    Err(_) if *acked.borrow() >= total => return stream,
                    Err(_) => {}
                }
            }
        }));
    }
    let began = Instant::now();
    let gap = Duration::from_nanos(1_000_000_000 / rate);
    let count = sinks.len() as u64;
    for n in 0..total {
        let intended = began + gap * n as u32;
        // Busy, so that the timer's millisecond is not measured; the readers run at every yield.
        while Instant::now() < intended {
            tokio::task::yield_now().await;
        }
        let (sink, owed, next, hotels) = &mut sinks[(n % count) as usize];
        owed.borrow_mut().push_back(intended);
        sink.send(Guest::frame(*next, hotels)).await?;
        *next += 1;
    }
    let end = Instant::now() + LINGER;
    while *acked.borrow() < total && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut guests = Vec::new();
    for (reader, (sink, _, next, hotels)) in readers.into_iter().zip(sinks) {
        let stream = tokio::time::timeout(LINGER, reader).await??;
        guests.push(Guest { ws: stream.reunite(sink).map_err(|_| "halves of two sockets")?, next, hotels });
    }
    let latency = latency.borrow().clone();
    Ok(Run { guests, sent: total, latency })
}

/// Every guest sends the next message when the last is acknowledged; returns how many were.
pub async fn flood(guests: Vec<Guest>, time: Duration) -> Result<u64, Failure> {
    let end = Instant::now() + time;
    let mut joins = tokio::task::JoinSet::new();
    for mut guest in guests {
        joins.spawn(async move {
            let mut acked = 0u64;
            while Instant::now() < end {
                guest.ws.send(Guest::frame(guest.next, &guest.hotels)).await?;
                guest.next += 1;
                guest.answer().await?;
                acked += 1;
            }
            Ok::<u64, Failure>(acked)
        });
    }
    let mut all = 0;
    while let Some(acked) = joins.join_next().await {
        all += acked??;
    }
    Ok(all)
}
