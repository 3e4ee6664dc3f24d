//! What a hotel's own addresses are told: signed, in order, again until it is taken, and visible.

use super::{
    api::new_key,
    client::{Socket, get, known_as, post, say, staff_cookie, waiting_guest},
    fallback::{away, push},
    receiver::{LOOPBACK, Receiver, Reply, add, house, house_with, hurry, until},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use std::collections::HashSet;
use tokio::net::TcpListener;

#[tokio::test]
async fn what_happens_at_the_desk_is_told_signed_and_in_order() {
    let house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    let topics = ["conversation_opened", "said", "claimed", "released", "resolved", "stay_linked"];
    let secret = add(&house, &url, &topics).await;
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "open", "conversation": c})).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(say(&c, 1, 2, "Good evening")).await;
    let note = json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "VIP"});
    maria.ok(note).await;
    maria.ok(json!({"do": "stay", "conversation": c, "change": {"reference": "R-7", "room": "012"}})).await;
    guest.say_as_guest("alpha", "Thank you").await;
    maria.ok(json!({"do": "release", "conversation": c, "epoch": 1})).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 2})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 3})).await;
    let calls = receiver.after(9).await;
    let told: Vec<String> = calls
        .iter()
        .map(|call| {
            let body = call.body["entry"]["body"].as_str().unwrap_or_default();
            format!("{} {body}", call.body["event"].as_str().unwrap()).trim().to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            "conversation_opened Hello, is anybody there?",
            "said Hello, is anybody there?",
            "claimed",
            "said Good evening",
            "stay_linked",
            "said Thank you",
            "released",
            "claimed",
            "resolved"
        ]
    );
    let real = house.rows("SELECT guest FROM conversation")[0][0].clone();
    for call in &calls {
        let header = |name: &str| call.headers[name].to_str().unwrap().to_owned();
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("{id}.{at}.{}", call.text).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(header("webhook-signature"), expected);
        assert_eq!(
            (header("content-type"), header("bellhop-event")),
            ("application/json".into(), call.body["event"].as_str().unwrap().to_owned())
        );
        assert_eq!((&call.body["id"], &call.body["hotel"]), (&json!(id), &json!("alpha")));
        assert_eq!(call.body["conversation"]["id"], json!(c));
        assert_eq!(call.body["guest"]["id"], json!(known_as(&house, &real, "alpha")));
        assert!(!call.text.contains(&real), "the guest's own id stays inside: {}", call.text);
    }
    let ids: HashSet<_> = calls.iter().map(|call| call.body["id"].to_string()).collect();
    assert_eq!(ids.len(), calls.len());
    assert_eq!(calls[3].body["conversation"]["holder"]["name"], "Maria");
    assert_eq!(calls[4].body["stay"]["reference"], "R-7");
    assert_eq!(calls[5].body["stay"]["reference"], "R-7");
    assert_eq!(calls[5].body["conversation"]["room"], "012");
    until(&house, "SELECT DISTINCT state FROM delivery", "sent").await;
}

#[tokio::test]
async fn another_hotels_webhook_hears_nothing_and_what_was_not_asked_for_is_not_told() {
    let house = house();
    house.add_hotel("beta");
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["resolved"]).await;
    let (mut guest, c) = waiting_guest(&house).await;
    guest.say_as_guest("beta", "Hello").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    let calls = receiver.after(1).await;
    assert_eq!(calls[0].body["event"], "resolved");
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 1);
}

#[tokio::test]
async fn what_is_not_taken_comes_again_with_the_same_id_and_nothing_overtakes_it() {
    let house = house();
    let (receiver, url) = Receiver::open(&[Reply::Status(500), Reply::Status(302), Reply::Status(429)]).await;
    add(&house, &url, &["said"]).await;
    let (mut guest, _) = waiting_guest(&house).await;
    guest.say_as_guest("alpha", "two").await;
    guest.say_as_guest("alpha", "three").await;
    // Somebody else's goes on meanwhile.
    let (mut other, _) = Socket::guest(&house, "alpha").await;
    for (count, answer) in [(1, "500"), (2, "302"), (3, "429")] {
        receiver.after(count).await;
        let noted = format!("SELECT count(*) FROM delivery WHERE answer LIKE '{answer}%'");
        until(&house, &noted, "1").await;
        hurry(&house);
    }
    let calls = receiver.after(6).await;
    let words: Vec<_> = calls.iter().map(|call| call.body["entry"]["body"].as_str().unwrap()).collect();
    let first = "Hello, is anybody there?";
    assert_eq!(words, [first, first, first, first, "two", "three"]);
    let ids: Vec<_> = calls.iter().map(|call| &call.body["id"]).collect();
    assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[3] != ids[4]);
    receiver.script.lock().unwrap().push(Reply::Status(500));
    guest.say_as_guest("alpha", "four").await;
    receiver.after(7).await;
    other.say_as_guest("alpha", "from elsewhere").await;
    assert_eq!(receiver.after(8).await[7].body["entry"]["body"], "from elsewhere");
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_no_other() {
    let house = house();
    let slow: Vec<Reply> = std::iter::repeat_n(Reply::Slow, 20).collect();
    let (stuck, stuck_at) = Receiver::open(&slow).await;
    let (quick, quick_at) = Receiver::open(&[]).await;
    add(&house, &stuck_at, &["said"]).await;
    add(&house, &quick_at, &["said"]).await;
    let (mut guest, _) = waiting_guest(&house).await;
    stuck.after(1).await;
    for n in 0..5 {
        guest.say_as_guest("alpha", &n.to_string()).await;
    }
    assert_eq!(quick.after(6).await[5].body["entry"]["body"], "4");
    until(
        &house,
        "SELECT DISTINCT answer FROM delivery WHERE answer LIKE 'No answer%'",
        "No answer within 10 \
        seconds",
    )
    .await;
}

#[tokio::test]
async fn what_happened_while_a_receiver_was_down_is_told_when_it_is_back() {
    let house = house();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    add(&house, &format!("http://{address}/bellhop"), &["said"]).await;
    let (mut guest, _) = waiting_guest(&house).await;
    guest.say_as_guest("alpha", "two").await;
    until(&house, "SELECT substr(answer, 1, 11), state FROM delivery", "Not reached waiting,  queued").await;
    let (receiver, _) = Receiver::at(&address, &[]).await;
    hurry(&house);
    let calls = receiver.after(2).await;
    assert_eq!(calls[1].body["entry"]["body"], "two");
}

#[tokio::test]
async fn this_machine_and_its_networks_are_not_called_unless_they_are_listed() {
    let house = house_with(&[("BELLHOP_WEBHOOK_NETWORKS", "10.9.8.0/24")]);
    let (receiver, url) = Receiver::open(&[]).await;
    let port = url.split(':').nth(2).unwrap();
    let urls = [
        url.clone(),
        format!("http://localhost:{port}"),
        format!("http://[::1]:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://2130706433:{port}"),
        "https://169.254.169.254/latest/meta-data".into(),
        "https://192.168.0.1".into(),
        "http://93.184.215.14/plain".into(),
    ];
    for url in &urls {
        add(&house, url, &["said"]).await;
    }
    let (_guest, _) = waiting_guest(&house).await;
    until(&house, "SELECT count(*) FROM delivery WHERE tries = 1", "8").await;
    let answers = house.rows("SELECT answer FROM delivery ORDER BY number");
    for answer in &answers {
        assert!(answer[0].starts_with("Not sent: "), "{answers:?}");
    }
    assert!(receiver.calls.lock().unwrap().is_empty());
    // What is no address at all is refused before it is kept.
    let beat = staff_cookie(&house, "Beat").await;
    for url in
        ["ftp://hotel.example", "javascript:alert(1)", "https://", "hotel", "https://u:p@hotel.example"]
    {
        let form = [("url", url), ("said", "1")];
        let page = post(&house, "/admin/hotels/alpha/webhooks", &beat, &form).await;
        assert_eq!(page.status, 422, "{url}");
        assert!(page.body.contains("role=\"alert\"") && page.body.contains("Address"), "{url}");
    }
}

#[tokio::test]
async fn after_a_day_without_success_a_webhook_is_switched_off_and_its_manager_is_told() {
    let house = house();
    let always = Reply::Status(503);
    let (receiver, url) = Receiver::open(&[always; 3]).await;
    add(&house, &url, &["said"]).await;
    let (mut guest, _) = waiting_guest(&house).await;
    receiver.after(1).await;
    until(&house, "SELECT failing_since IS NOT NULL, off_at IS NULL FROM webhook", "1 1").await;
    let beat = staff_cookie(&house, "Beat").await;
    let page = get(&house, "/admin/hotels/alpha/webhooks", &beat).await.body;
    assert!(
        page.contains("No success since") && page.contains("503 Service Unavailable so says the receiver")
    );
    guest.say_as_guest("alpha", "two").await;
    house.write("UPDATE webhook SET failing_since = failing_since - 86400000");
    hurry(&house);
    receiver.after(2).await;
    until(&house, "SELECT off_at IS NOT NULL FROM webhook", "1").await;
    until(&house, "SELECT DISTINCT state FROM delivery WHERE webhook IS NOT NULL", "failed").await;
    // Nothing more is stored for it.
    guest.say_as_guest("alpha", "three").await;
    assert_eq!(house.number("SELECT count(*) FROM delivery WHERE webhook IS NOT NULL"), 2);
    until(&house, "SELECT state FROM delivery WHERE event = 'webhook_failed'", "sent").await;
    let letter = house.letters().concat();
    assert!(
        letter.contains("beat@hotel.example") && letter.contains("/admin/hotels/alpha/webhooks"),
        "{letter}"
    );
    let page = get(&house, "/admin/hotels/alpha/webhooks", &beat).await.body;
    assert!(page.contains("after failing for too long"));
    assert_eq!(house.rows("SELECT by_id FROM audit WHERE what = 'webhook_failed'"), [[""]]);

    // Back on, and what was missed is sent again, in its order.
    let id = house.rows("SELECT id FROM webhook")[0][0].clone();
    let switch = format!("/admin/hotels/alpha/webhooks/{id}/switch");
    assert_eq!(post(&house, &switch, &beat, &[("on", "true")]).await.status, 303);
    receiver.script.lock().unwrap().clear();
    for row in house.rows("SELECT number FROM delivery WHERE webhook IS NOT NULL ORDER BY number") {
        let again = format!("/admin/hotels/alpha/deliveries/{}/replay", row[0]);
        assert_eq!(post(&house, &again, &beat, &[]).await.status, 303);
    }
    let words: Vec<_> =
        receiver.after(4).await[2..].iter().map(|call| call.body["entry"]["body"].to_string()).collect();
    assert_eq!(words, ["\"Hello, is anybody there?\"", "\"two\""]);
    guest.say_as_guest("alpha", "four").await;
    assert_eq!(receiver.after(5).await[4].body["entry"]["body"], "four");
}

#[tokio::test]
async fn one_event_that_is_refused_for_ever_lets_the_others_pass_after_its_day() {
    let house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    receiver.always.lock().unwrap().insert("said".into(), 400);
    add(&house, &url, &["said", "claimed"]).await;
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    until(
        &house,
        "SELECT event, state, tries FROM delivery ORDER BY number",
        "said waiting 1, claimed queued 0",
    )
    .await;
    // Its day goes by; those behind it are a day old too, and are tried like new ones.
    receiver.script.lock().unwrap().push(Reply::Status(503));
    house.write(
        "UPDATE delivery SET since = since - 86400000, due = CASE WHEN due IS NULL THEN NULL ELSE 0 END",
    );
    until(
        &house,
        "SELECT event, state, tries FROM delivery ORDER BY number",
        "said failed 2, claimed waiting 1",
    )
    .await;
    hurry(&house);
    until(&house, "SELECT event, state FROM delivery ORDER BY number", "said failed, claimed sent").await;
    assert_eq!(house.number("SELECT count(*) FROM webhook WHERE off_at IS NOT NULL"), 0, "others were taken");
    guest.say_as_guest("alpha", "two").await;
    receiver.after(5).await;
}

#[tokio::test]
async fn one_that_is_given_up_switches_a_webhook_off_that_has_taken_nothing_else() {
    let house = house_with(&[LOOPBACK, ("BELLHOP_DELIVERY_HOURS", "0")]);
    let (receiver, url) = Receiver::open(&[Reply::Status(400)]).await;
    add(&house, &url, &["said"]).await;
    let (_guest, _) = waiting_guest(&house).await;
    receiver.after(1).await;
    until(&house, "SELECT state FROM delivery WHERE webhook IS NOT NULL", "failed").await;
    until(&house, "SELECT count(*) FROM webhook WHERE off_at IS NOT NULL", "1").await;
}

#[tokio::test]
async fn what_is_sent_again_by_hand_goes_behind_what_goes_out_now() {
    let house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["said"]).await;
    let (mut guest, _) = waiting_guest(&house).await;
    receiver.after(1).await;
    until(&house, "SELECT state FROM delivery", "sent").await;
    receiver.script.lock().unwrap().push(Reply::Status(500));
    guest.say_as_guest("alpha", "two").await;
    until(&house, "SELECT state FROM delivery ORDER BY number", "sent, waiting").await;
    let beat = staff_cookie(&house, "Beat").await;
    let number = house.rows("SELECT number FROM delivery ORDER BY number")[0][0].clone();
    post(&house, &format!("/admin/hotels/alpha/deliveries/{number}/replay"), &beat, &[]).await;
    until(&house, "SELECT state FROM delivery ORDER BY number", "sent, waiting, queued").await;
    hurry(&house);
    let calls = receiver.after(4).await;
    let words: Vec<_> = calls.iter().map(|call| call.body["entry"]["body"].as_str().unwrap()).collect();
    assert_eq!(words, ["Hello, is anybody there?", "two", "two", "Hello, is anybody there?"]);
    assert_eq!(calls[0].body["id"], calls[3].body["id"], "the same event");
}

#[tokio::test]
async fn a_stay_that_is_linked_before_the_first_word_is_told_too() {
    let house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["stay_linked"]).await;
    let beat = staff_cookie(&house, "Beat").await;
    let page = post(&house, "/admin/hotels/alpha/vouch", &beat, &[]).await.body;
    let key = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    let claims =
        json!({"name": "Yuki", "reservation": "R-7", "exp": jsonwebtoken::get_current_timestamp() + 600});
    let signing = jsonwebtoken::EncodingKey::from_secret(key.as_bytes());
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &signing).unwrap();
    for _ in 0..2 {
        get(&house, &format!("/chat/alpha?token={token}"), "").await;
    }
    let told = receiver.after(2).await;
    assert_eq!(told[0].body["stay"]["reference"], "R-7");
    assert_eq!(
        (&told[0].body["guest"]["name"], &told[0].body["conversation"]),
        (&json!("Yuki"), &Value::Null)
    );
    assert_ne!(told[0].body["guest"]["id"], told[1].body["guest"]["id"], "two browsers, two guests");
}

#[tokio::test]
async fn killed_between_storing_and_sending_every_event_arrives_and_repeats_are_known_by_their_id() {
    let mut house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["said"]).await;
    let mut said = Vec::new();
    let (_, cookie) = Socket::guest(&house, "alpha").await;
    for round in 0..8 {
        let mut guest = Socket::open(&house, &cookie).await;
        for n in 0..6 {
            let word = format!("{round}.{n}");
            guest.say_as_guest("alpha", &word).await;
            said.push(word);
        }
        house.kill();
        house.start();
    }
    until(&house, "SELECT count(*) FROM delivery WHERE state = 'sent'", &said.len().to_string()).await;
    let mut seen = HashSet::new();
    let calls = receiver.calls.lock().unwrap().clone();
    let first_time: Vec<_> = calls
        .iter()
        .filter(|call| seen.insert(call.body["id"].to_string()))
        .map(|call| call.body["entry"]["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(first_time, said, "each once by its id, in order");
}

#[tokio::test]
async fn an_erased_guests_words_are_in_no_delivery() {
    let house = house();
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["said", "push", "resolved"]).await;
    let (_guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    receiver.after(2).await;
    let key = new_key(&house, &["push"]).await;
    let (other, _) = away(&house).await;
    assert_eq!(push(&house, &key, &other, "webhook").await, 202);
    receiver.after(4).await;
    until(&house, "SELECT DISTINCT state FROM delivery", "sent").await;
    let beat = staff_cookie(&house, "Beat").await;
    let erase = format!("/admin/hotels/alpha/guests/{c}/erase");
    let page = post(&house, &erase, &beat, &[("sure", "yes")]).await;
    assert!(page.status < 400, "{} {}", page.status, page.body);
    until(&house, "SELECT count(*) FROM delivery WHERE body LIKE '%is anybody there%'", "0").await;
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 2, "the other guest's stay");
}

#[tokio::test]
async fn what_has_passed_its_time_leaves_the_deliveries_too() {
    let house = house_with(&[LOOPBACK, ("BELLHOP_RETENTION_SECONDS", "1")]);
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, &url, &["said"]).await;
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    house.write("UPDATE conversation SET resolved_at = 1, last_at = 1");
    guest.say_as_guest("alpha", "a new one").await;
    receiver.after(2).await;
    let beat = staff_cookie(&house, "Beat").await;
    let kept = [("conversations", "30"), ("guests", "")];
    assert_eq!(post(&house, "/admin/hotels/alpha/retention", &beat, &kept).await.status, 303);
    until(&house, "SELECT count(*) FROM conversation", "1").await;
    until(&house, "SELECT count(*) FROM delivery WHERE body LIKE '%is anybody there%'", "0").await;
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 1);
}

#[tokio::test]
async fn a_webhook_is_changed_tested_and_removed_by_its_hotels_managers() {
    let house = house();
    house.add_hotel("beta");
    house.add_staff("Boss", &["--manager", "beta"]);
    let (receiver, url) = Receiver::open(&[]).await;
    add(&house, "https://hotel.example/old", &["said"]).await;
    let id = house.rows("SELECT id FROM webhook")[0][0].clone();
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    let base = format!("/admin/hotels/alpha/webhooks/{id}");
    let form = [("url", url.as_str()), ("resolved", "1")];
    // Another hotel's manager, by their own hotel's address too.
    for path in [base.clone(), base.replace("alpha", "beta")] {
        assert_eq!(post(&house, &path, &boss, &form).await.status, 404);
        post(&house, &format!("{path}/remove"), &boss, &[]).await;
        assert_eq!(post(&house, &format!("{path}/test"), &boss, &[]).await.status, 404);
    }
    assert_eq!(house.rows("SELECT url FROM webhook")[0][0], "https://hotel.example/old");
    assert_eq!(post(&house, &base, &beat, &[("url", &url)]).await.status, 422, "no event is picked");
    assert_eq!(post(&house, &base, &beat, &form).await.status, 303);
    assert_eq!(post(&house, &format!("{base}/test"), &beat, &[]).await.status, 303);
    assert_eq!(receiver.after(1).await[0].body["event"], "test");
    until(&house, "SELECT state FROM delivery", "sent").await;
    let number = house.rows("SELECT number FROM delivery")[0][0].clone();
    let again = format!("/admin/hotels/beta/deliveries/{number}/replay");
    assert_eq!(post(&house, &again, &boss, &[]).await.status, 404);
    assert_eq!(post(&house, &format!("{base}/remove"), &beat, &[]).await.status, 303);
    assert_eq!(house.number("SELECT count(*) FROM delivery"), 0);
    assert_eq!(house.number("SELECT topics FROM hotel WHERE slug = 'alpha'"), 0);
    let trail: Vec<_> = house.rows("SELECT what FROM audit WHERE what LIKE 'webhook%' ORDER BY seq").concat();
    assert_eq!(trail, ["webhook_made", "webhook_changed", "webhook_removed"]);
}
