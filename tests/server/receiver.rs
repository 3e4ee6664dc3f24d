//! A hotel's own system, which takes webhooks, and what tests of it share.

use super::{
    client::{post, staff_cookie},
    house::{DEADLINE, House},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::{net::TcpListener, sync::Notify};

pub const LOOPBACK: (&str, &str) = ("BELLHOP_WEBHOOK_NETWORKS", "127.0.0.0/8");

pub fn house() -> House {
    house_with(&[LOOPBACK])
}

pub fn house_with(settings: &[(&str, &str)]) -> House {
    let house = House::with(settings);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house
}

/// What a receiver was sent.
#[derive(Clone, Debug)]
pub struct Call {
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

/// How it answers one call.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Status(u16),
    Slow,
}

/// A hotel's own system. It answers by its script first, and then 204.
#[derive(Clone, Default)]
pub struct Receiver {
    pub calls: Arc<Mutex<Vec<Call>>>,
    pub script: Arc<Mutex<Vec<Reply>>>,
    came: Arc<Notify>,
    /// Answers to events of this kind, whenever they come.
    pub always: Arc<Mutex<HashMap<String, u16>>>,
}

impl Receiver {
    pub async fn open(script: &[Reply]) -> (Receiver, String) {
        Receiver::at("127.0.0.1:0", script).await
    }

    pub async fn at(address: &str, script: &[Reply]) -> (Receiver, String) {
        let receiver = Receiver::default();
        receiver.script.lock().unwrap().extend(script.iter().rev());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (receiver, format!("http://{address}/bellhop?from=here"))
    }

    /// Waits for so many calls.
    pub async fn after(&self, count: usize) -> Vec<Call> {
        let wait = async {
            loop {
                let came = self.came.notified();
                let calls = self.calls.lock().unwrap().clone();
                if calls.len() >= count {
                    return calls;
                }
                came.await;
            }
        };
        let heard = || self.calls.lock().unwrap().iter().map(|c| c.text.clone()).collect::<Vec<_>>();
        tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("{count} calls: {:#?}", heard()))
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, text: String) -> Response {
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let always = receiver.always.lock().unwrap().get(body["event"].as_str().unwrap_or_default()).copied();
    let reply = if always.is_none() { receiver.script.lock().unwrap().pop() } else { None };
    receiver.calls.lock().unwrap().push(Call { headers, text, body });
    receiver.came.notify_waiters();
    receiver.came.notify_one();
    match (always, reply) {
        (Some(status), _) | (None, Some(Reply::Status(status))) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("location", "http://127.0.0.1:1/")], "so says the receiver").into_response()
        }
        (None, Some(Reply::Slow)) => {
            std::future::pending::<()>().await;
            unreachable!()
        }
        (None, None) => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Adds a webhook; with its secret.
pub async fn add(house: &House, url: &str, topics: &[&str]) -> Vec<u8> {
    let beat = staff_cookie(house, "Beat").await;
    let mut form = vec![("url", url)];
    form.extend(topics.iter().map(|topic| (*topic, "1")));
    let page = post(house, "/admin/hotels/alpha/webhooks", &beat, &form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let secret = page.body.split("class=\"secret\">whsec_").nth(1).unwrap().split('<').next().unwrap();
    STANDARD.decode(secret).unwrap()
}

/// Time goes by for what waits to be tried again.
pub fn hurry(house: &House) {
    house.write("UPDATE delivery SET due = 0 WHERE due IS NOT NULL");
}

pub async fn until(house: &House, query: &str, expected: &str) {
    let asked = Instant::now();
    loop {
        let now = house.rows(query);
        if now.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join(", ") == expected {
            return;
        }
        assert!(asked.elapsed() < DEADLINE, "{query}: {now:?} and not {expected}");
        tokio::task::yield_now().await;
    }
}
