//! Acknowledged means on disk (rule H6).

use super::{client::Socket, house::House};
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Guests that write all the time.
const GUESTS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn ten_times_killed_under_load_no_acknowledged_message_is_missing_or_doubled() {
    let mut house = House::open();
    let mut cookies = Vec::new();
    for _ in 0..GUESTS {
        cookies.push(Socket::guest(&house, "alpha").await.1);
    }
    let acked: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut doubtful: Vec<(String, String)> = Vec::new();
    for round in 0..10 {
        let killed = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for cookie in &cookies {
            let mut socket = Socket::open(&house, cookie).await;
            let (cookie, acked, killed) = (cookie.clone(), acked.clone(), killed.clone());
            // What was under way when the last kill came is sent again with the same client_id, as a client
            // would.
            let resend: Vec<String> =
                doubtful.iter().filter(|(c, _)| *c == cookie).map(|(_, id)| id.clone()).collect();
            writers.push(tokio::spawn(async move {
                let mut queue = resend;
                loop {
                    let id = queue.pop().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
                    let number = socket
                        .send_or_lose(json!({"do": "say", "hotel": "alpha", "client_id": id, "body": id}))
                        .await;
                    match number {
                        true => acked.lock().unwrap().push(id),
                        false => {
                            assert!(killed.load(Ordering::SeqCst), "a connection was lost before the kill");
                            queue.push(id);
                            return queue.into_iter().map(|id| (cookie.clone(), id)).collect::<Vec<_>>();
                        }
                    }
                }
            }));
        }
        // Wait for traffic, not for time: the kill comes after a few hundred acknowledgements of this round.
        let before = acked.lock().unwrap().len();
        while acked.lock().unwrap().len() < before + 300 + round * 37 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed.store(true, Ordering::SeqCst);
        house.kill();
        doubtful.clear();
        for writer in writers {
            doubtful.extend(writer.await.unwrap());
        }
        house.start();
    }
    let acked = acked.lock().unwrap().clone();
    let stored: Vec<String> =
        house.rows("SELECT body FROM entry WHERE kind = 'said'").into_iter().map(|r| r[0].clone()).collect();
    let unique: std::collections::HashSet<&String> = stored.iter().collect();
    assert_eq!(unique.len(), stored.len(), "nothing is doubled");
    let missing = acked.iter().filter(|id| !unique.contains(id)).count();
    assert_eq!(missing, 0, "of {} acknowledged messages", acked.len());
    let gaps = "SELECT count(*) FROM (SELECT conversation FROM entry GROUP BY conversation HAVING max(seq) \
        <> count(*) OR min(seq) <> 1)";
    assert_eq!(house.number(gaps), 0, "seq has no gaps");
    let torn = "SELECT count(*) FROM conversation c WHERE last_seq <> (SELECT max(seq) FROM entry e WHERE \
        e.conversation = c.id)";
    assert_eq!(house.number(torn), 0, "conversations agree with their entries");
    assert!(acked.len() >= 3_000);
}

#[tokio::test]
async fn a_stop_says_why_and_takes_less_than_five_seconds() {
    let mut house = House::open();
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    guest.say_as_guest("alpha", "Good night").await;
    let (took, well) = house.stop();
    assert!(well, "exit code 0");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let (code, heard) = guest.closed().await;
    assert_eq!(code, Some(1012));
    assert_eq!(heard.last().unwrap(), &json!({"on": "closing", "reason": "stopping"}));
    house.start();
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
}

#[tokio::test]
async fn news_of_what_others_said_while_the_server_was_down_is_read_on() {
    let mut house = House::open();
    let (mut phone, cookie) = Socket::guest(&house, "alpha").await;
    let said = phone.say_as_guest("alpha", "before").await;
    let c = said["conversation"].as_str().unwrap().to_owned();
    house.kill();
    house.start();
    let mut laptop = Socket::open(&house, &cookie).await;
    laptop.say_as_guest("alpha", "after").await;
    let mut phone = Socket::open(&house, &cookie).await;
    let resumed = phone.ok(json!({"do": "resume", "cursors": {c: 1}})).await;
    assert_eq!(resumed["conversations"][0]["entries"][0]["body"], "after");
}
