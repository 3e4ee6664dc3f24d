//! A stranger's client, written from the protocol page: HTTP for cookies, JSON over a WebSocket for the rest.

use super::house::{DEADLINE, House, PASSWORD, email};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

/// An HTTP answer.
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// `name=value` of a cookie this answer sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.iter().filter(|(k, _)| k == "set-cookie").map(|(_, v)| v);
        set.filter_map(|v| v.split(';').next())
            .find(|v| v.starts_with(&format!("{name}=")))
            .map(str::to_owned)
    }
}

pub async fn get(house: &House, path: &str, cookie: &str) -> Page {
    request(house, path, cookie, None, &[]).await
}

pub async fn post(house: &House, path: &str, cookie: &str, form: &[(&str, &str)]) -> Page {
    let form: Vec<String> = form.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect();
    request(house, path, cookie, Some(form.join("&")), &[]).await
}

pub async fn request(
    house: &House,
    path: &str,
    cookie: &str,
    form: Option<String>,
    headers: &[(&str, &str)],
) -> Page {
    let url = format!("http://{}{path}", house.address);
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    if !cookie.is_empty() {
        headers.push(("cookie".into(), cookie.into()));
    }
    let work = move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
        let answer = match form {
            Some(form) => {
                let mut request =
                    agent.post(&url).header("content-type", "application/x-www-form-urlencoded");
                for (k, v) in &headers {
                    request = request.header(k, v);
                }
                request.send(form)
            }
            None => {
                let mut request = agent.get(&url);
                for (k, v) in &headers {
                    request = request.header(k, v);
                }
                request.call()
            }
        };
        let mut answer = answer.unwrap();
        let headers =
            answer.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        // Of a zip or a PDF only the status is asked here.
        let body = String::from_utf8_lossy(&answer.body_mut().read_to_vec().unwrap()).into_owned();
        Page { status: answer.status().as_u16(), headers, body }
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// A guest's cookie, from the page of a hotel.
pub async fn guest_cookie(house: &House, hotel: &str) -> String {
    get(house, &format!("/chat/{hotel}"), "").await.cookie("bellhop_guest").unwrap()
}

/// A staff member's cookie, from the sign-in form.
pub async fn staff_cookie(house: &House, name: &str) -> String {
    let page = post(house, "/login", "", &[("email", &email(name)), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 303, "{name} signs in");
    page.cookie("bellhop_staff").unwrap()
}

/// One connection.
pub struct Socket {
    ws: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    /// Events heard while waiting for something else, in order.
    pub heard: VecDeque<Value>,
    pub hello: Value,
}

impl Socket {
    pub async fn guest(house: &House, hotel: &str) -> (Socket, String) {
        let cookie = guest_cookie(house, hotel).await;
        (Socket::open(house, &cookie).await, cookie)
    }

    pub async fn staff(house: &House, name: &str) -> Socket {
        let cookie = staff_cookie(house, name).await;
        Socket::open(house, &cookie).await
    }

    pub async fn open(house: &House, cookie: &str) -> Socket {
        Socket::try_open(house, cookie, &[]).await.unwrap()
    }

    /// As somebody who looks on from a wall, or in another role of the address.
    pub async fn open_as(house: &House, cookie: &str, role: &str) -> Socket {
        Socket::try_open_at(house, &format!("/socket?as={role}"), cookie, &[]).await.unwrap()
    }

    pub async fn try_open(
        house: &House,
        cookie: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        Socket::try_open_at(house, "/socket", cookie, headers).await
    }

    /// A frame whose browser returned `cookie`, or none, and whose first message carries these tokens. `Err`:
    /// how it was closed.
    pub async fn framed(house: &House, cookie: &str, first: Value) -> Result<Socket, Option<u16>> {
        let mut socket = Socket::connect(house, "/socket?as=framed", cookie, &[]).await.unwrap();
        socket.ws.send(Message::text(first.to_string())).await.unwrap();
        let answer = socket.frame().await.ok_or(None)?;
        if answer.get("ok").is_none() {
            return Err(socket.closed().await.0);
        }
        socket.hello = socket.frame().await.unwrap();
        Ok(socket)
    }

    async fn connect(
        house: &House,
        path: &str,
        cookie: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        let mut request = format!("ws://{}{path}", house.address).into_client_request().unwrap();
        let own = [("cookie", cookie), ("sec-websocket-protocol", "bellhop.v1")];
        for (name, value) in own.iter().chain(headers) {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let (ws, _) =
            timeout(DEADLINE, tokio_tungstenite::connect_async(request)).await.expect("an answer in time")?;
        Ok(Socket { ws, next: 1, heard: VecDeque::new(), hello: Value::Null })
    }

    /// At the door of a whisper's room, its maker if `cookie` says so. What comes first is `hello` or why
    /// it is not.
    pub async fn whisper(house: &House, room: &str, cookie: &str, join: Value) -> Result<Socket, Error> {
        let own = [("sec-websocket-protocol", "bellhop.whisper.v1")];
        let mut socket = Socket::connect(house, &format!("{room}/socket"), cookie, &own).await?;
        socket.send(join).await;
        loop {
            socket.hello = socket.frame().await.ok_or(Error::ConnectionClosed)?;
            if socket.hello.get("on").is_some() {
                return Ok(socket);
            }
        }
    }

    async fn try_open_at(
        house: &House,
        path: &str,
        cookie: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        let mut socket = Socket::connect(house, path, cookie, headers).await?;
        // The server may have changed its mind between the 101 and the first word.
        socket.hello = socket.frame().await.ok_or(Error::ConnectionClosed)?;
        assert_eq!(socket.hello["on"], "hello");
        Ok(socket)
    }

    /// Sends a command without waiting; returns its number.
    pub async fn send(&mut self, command: Value) -> u64 {
        self.try_send(command).await.expect("the socket is open")
    }

    /// The same over a line that may be gone: `None` if it is.
    pub async fn try_send(&mut self, mut command: Value) -> Option<u64> {
        let id = self.next;
        self.next += 1;
        command["id"] = id.into();
        self.ws.send(Message::text(command.to_string())).await.ok()?;
        Some(id)
    }

    pub async fn send_raw(&mut self, text: &str) {
        self.ws.send(Message::text(text.to_owned())).await.unwrap();
    }

    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.ws.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// The answer to command `id`: `{"ok":…}` or `{"no":…}`. Events heard meanwhile are kept.
    pub async fn answer(&mut self, id: u64) -> Value {
        loop {
            let frame = self.frame().await.expect("the socket is open");
            if frame["id"] == id {
                return frame;
            }
            assert!(frame.get("id").is_none(), "an answer to nothing: {frame}");
            self.heard.push_back(frame);
        }
    }

    pub async fn call(&mut self, command: Value) -> Value {
        let id = self.send(command).await;
        self.answer(id).await
    }

    /// Sends a command that may be cut off; whether its `ok` came.
    pub async fn send_or_lose(&mut self, mut command: Value) -> bool {
        let id = self.next;
        self.next += 1;
        command["id"] = id.into();
        if self.ws.send(Message::text(command.to_string())).await.is_err() {
            return false;
        }
        while let Some(frame) = self.frame().await {
            if frame["id"] == id {
                assert!(frame.get("ok").is_some(), "refused: {frame}");
                return true;
            }
        }
        false
    }

    /// The `ok` of a command that must succeed.
    pub async fn ok(&mut self, command: Value) -> Value {
        let answer = self.call(command.clone()).await;
        assert!(answer.get("ok").is_some(), "{command} was refused: {answer}");
        answer["ok"].clone()
    }

    /// The refusal of a command that must be refused.
    pub async fn no(&mut self, command: Value) -> Value {
        let answer = self.call(command.clone()).await;
        assert!(answer.get("no").is_some(), "{command} was not refused: {answer}");
        answer["no"].clone()
    }

    /// The next event of a kind, passing over others (which are forgotten).
    pub async fn event(&mut self, on: &str) -> Value {
        self.event_where(|event| event["on"] == on).await
    }

    /// The next event that fits, within the deadline.
    pub async fn event_where(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = match self.heard.pop_front() {
                Some(event) => event,
                None => self.frame().await.expect("the socket is open"),
            };
            if fits(&event) {
                return event;
            }
        }
    }

    /// Everything heard up to these words, as an entry or as a row's last line. A socket hears in the order
    /// of the commits, so all it is to hear of what was done before they were said is among it. (An answer
    /// proves less: it does not wait for what is still on its way through the bus.)
    pub async fn heard_until(&mut self, words: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let event = self.event_where(|_| true).await;
            let last = event["entry"]["body"] == words || event["row"]["last_line"] == words;
            heard.push(event);
            if last {
                return heard;
            }
        }
    }

    /// The next frame; `None` when the socket has closed.
    pub async fn frame(&mut self) -> Option<Value> {
        loop {
            match timeout(DEADLINE, self.ws.next()).await.expect("a frame in time")? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Binary(frame)) => return Some(relayed(&frame)),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads to the end; returns the close code and what was heard before it.
    pub async fn closed(&mut self) -> (Option<u16>, Vec<Value>) {
        let mut heard: Vec<Value> = self.heard.drain(..).collect();
        loop {
            match timeout(DEADLINE, self.ws.next()).await.expect("a close in time") {
                Some(Ok(Message::Text(text))) => heard.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return (frame.map(|f| f.code.into()), heard),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (None, heard),
            }
        }
    }

    /// Cuts the line: no close frame, no goodbye.
    pub fn cut(self) {
        drop(self.ws.into_inner());
    }

    // Shorthands for what most tests do.

    pub async fn say_as_guest(&mut self, hotel: &str, body: &str) -> Value {
        self.ok(json!({"do": "say", "hotel": hotel, "client_id": uuid::Uuid::now_v7(), "body": body})).await
    }

    /// The hotel (id) of this slug or name, as a staff member sees it.
    pub async fn hotel_called(&mut self, name: &str) -> String {
        for m in self.hello["you"]["memberships"].as_array().unwrap().clone() {
            let watched = self.ok(json!({"do": "watch", "hotel": m["hotel"]})).await;
            if watched["hotel"]["slug"] == name {
                return m["hotel"].as_str().unwrap().to_owned();
            }
        }
        panic!("no hotel {name}");
    }

    /// The first hotel this staff member belongs to.
    pub fn hotel(&self) -> String {
        self.hello["you"]["memberships"][0]["hotel"].as_str().unwrap().to_owned()
    }

    pub async fn watch(&mut self) -> Value {
        let hotel = self.hotel();
        self.ok(json!({"do": "watch", "hotel": hotel})).await
    }
}

/// Asks for a page until it fits, within the deadline; each answer is the wait for the next.
pub async fn get_until(house: &House, path: &str, cookie: &str, fits: impl Fn(&Page) -> bool) -> Page {
    let asking = async {
        loop {
            let page = get(house, path, cookie).await;
            if fits(&page) {
                return page;
            }
        }
    };
    timeout(DEADLINE, asking).await.unwrap_or_else(|_| panic!("{path} in time"))
}

/// A guest with a conversation at hotel `alpha`, and its id.
pub async fn waiting_guest(house: &House) -> (Socket, String) {
    let (mut guest, _) = Socket::guest(house, "alpha").await;
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    let said = guest.say_as_guest("alpha", "Hello, is anybody there?").await;
    let conversation = said["conversation"].as_str().unwrap().to_owned();
    (guest, conversation)
}

/// A whisper's binary frame as an event, so that a test hears it in its turn.
fn relayed(frame: &[u8]) -> Value {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    match frame[0] {
        0 => json!({"on": "taken", "at": number(&frame[1..9])}),
        1 => json!({"on": "frame", "from": number(&frame[1..5]), "at": number(&frame[5..13]),
            "text": String::from_utf8_lossy(&frame[13..])}),
        other => panic!("no head begins with {other}"),
    }
}

/// A staff `say`.
pub fn say(conversation: &str, epoch: i64, seen: i64, body: &str) -> Value {
    json!({"do": "say", "conversation": conversation, "epoch": epoch, "seen": seen,
        "client_id": uuid::Uuid::now_v7(), "body": body})
}

/// A guest's id as this hotel knows them.
pub fn known_as(house: &House, guest: &str, hotel: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hotel = &house.rows(&format!(
        "SELECT id FROM hotel WHERE slug = '{hotel}' OR lower(hex(id)) = \
        replace('{hotel}', '-', '')"
    ))[0][0];
    let bytes = |id: &str| id.parse::<uuid::Uuid>().unwrap().into_bytes();
    let hash = Sha256::new().chain_update(bytes(guest)).chain_update(bytes(hotel)).finalize();
    uuid::Builder::from_custom_bytes(std::array::from_fn(|i| hash[i])).into_uuid().to_string()
}
