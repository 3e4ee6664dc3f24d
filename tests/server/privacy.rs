//! What is kept of people: given out, ended on request, and deleted when its time has passed.

use super::{
    client::{Socket, get, get_until, known_as, post, request, staff_cookie, waiting_guest},
    house::{DEADLINE, House},
};
use serde_json::{Value, json};

/// A guest of `alpha` with a name, a stay, a note and a resolved conversation; their socket, cookie, id and
/// conversation.
async fn known_guest(house: &House, maria: &mut Socket) -> (Socket, String, String, String) {
    let (mut guest, cookie) = Socket::guest(house, "alpha").await;
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Amélie Dubois"})).await;
    let said = guest.say_as_guest("alpha", "I left my necklace in the room").await;
    let c = said["conversation"].as_str().unwrap().to_owned();
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "read", "conversation": c, "seq": 2})).await;
    maria.ok(json!({"do": "stay", "conversation": c, "change": {"room": "214", "phone": "+33 1 23"}})).await;
    maria
        .ok(json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "Found by \
            housekeeping"}))
        .await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    let id = guest.hello["you"]["id"].as_str().unwrap().to_owned();
    (guest, cookie, id, c)
}

/// Everything the database and its neighbours hold, as bytes.
fn all_bytes(house: &House) -> Vec<u8> {
    let files = std::fs::read_dir(house.folder.path()).unwrap().filter_map(|f| {
        let path = f.unwrap().path();
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("bellhop.db")
            .then(|| std::fs::read(path).unwrap())
    });
    files.flatten().collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

#[tokio::test]
async fn a_guest_is_shown_what_goes_given_their_data_and_erased_without_a_trace_of_it() {
    let mut house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    let (mut guest, cookie, id, c) = known_guest(&house, &mut maria).await;
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    get_until(&house, "/admin/logs?q=necklace", &beat, |p| p.body.contains(&c)).await;
    let page = format!("/admin/hotels/alpha/guests/{c}");
    let shown = get(&house, &page, &beat).await.body;
    for fact in [
        "<dt>Conversations</dt><dd>1<",
        "<dt>Entries</dt><dd>4<",
        "<dt>Notes</dt><dd>1<",
        "<dt>Stays</dt><dd>1<",
    ] {
        assert!(shown.contains(fact), "{fact}");
    }
    let data: Value =
        serde_json::from_str(&get(&house, &format!("{page}/data.json"), &beat).await.body).unwrap();
    assert_eq!(data["known"]["name"], "Amélie Dubois");
    assert_eq!(data["conversations"][0]["entries"][0]["body"], "I left my necklace in the room");
    assert_eq!(
        (&data["conversations"][0]["read"][0]["name"], &data["conversations"][0]["read"][0]["seq"]),
        (&json!("Maria"), &json!(1))
    );
    assert_eq!(data["stays"][0]["events"][0]["change"]["phone"], "+33 1 23");
    // Not for others, and not by mistake.
    for (path, who) in [
        (&page, &boss),
        (&format!("{page}/data.json"), &boss),
        (&format!("/admin/hotels/beta/guests/{c}"), &boss),
    ] {
        assert_eq!(get(&house, path, who).await.status, 404, "{path}");
    }
    assert_eq!(post(&house, &format!("{page}/erase"), &boss, &[("sure", "yes")]).await.status, 404);
    assert!(post(&house, &format!("{page}/erase"), &beat, &[]).await.body.contains("Nothing was deleted"));
    assert_eq!(get(&house, "/admin/hotels/alpha/guests/nobody", &beat).await.status, 404);
    assert_eq!(house.number("SELECT count(*) FROM conversation"), 1);
    // While something is open, nobody is erased under the hands of whoever answers.
    let again =
        guest.say_as_guest("alpha", "Is it still there?").await["conversation"].as_str().unwrap().to_owned();
    let refused = post(&house, &format!("{page}/erase"), &beat, &[("sure", "yes")]).await;
    assert!(refused.status == 422 && refused.body.contains("still open"));
    assert!(!get(&house, &page, &beat).await.body.contains("Erase this guest"), "nor are they offered it");
    maria.ok(json!({"do": "claim", "conversation": again, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": again, "epoch": 1})).await;

    maria.watch().await;
    assert_eq!(post(&house, &format!("{page}/erase"), &beat, &[("sure", "yes")]).await.status, 303);
    let (_, last) = guest.closed().await;
    assert_eq!(last.last().unwrap()["on"], "closing", "their page begins anew");
    let known = known_as(&house, &id, "alpha");
    assert_eq!(maria.event("erased").await["guest"], json!(known), "and no desk shows them any more");
    assert_eq!(get(&house, &page, &beat).await.status, 404);
    assert_eq!(get(&house, &format!("/admin/logs/{c}"), &beat).await.status, 404);
    for table in
        ["guest", "guest_token", "acquaintance", "conversation", "entry", "read_mark", "stay", "stay_event"]
    {
        assert_eq!(house.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    get_until(&house, "/admin/logs?q=necklace", &beat, |p| !p.body.contains(&c)).await;
    let stranger = get(&house, "/chat/alpha", &cookie).await;
    assert!(stranger.cookie("bellhop_guest").is_some(), "the old cookie is nobody’s");
    let trail = house.rows("SELECT detail FROM audit WHERE what = 'guest_erased'").concat();
    assert_eq!(trail, [format!("{known}: 2 conversations, 7 entries, 1 stays")]);
    assert!(house.try_run(&["audit", "verify"], "").0);
    // Nothing of it is left in any file, once the index was swept.
    let swept = || {
        house.rows_of(
            "bellhop.db-review",
            "SELECT (SELECT count(*) FROM talk) + (SELECT count(*) FROM unswept)",
        ) == [["0"]]
    };
    let waited = async {
        while !swept() {
            get(&house, "/healthz", "").await;
        }
    };
    tokio::time::timeout(DEADLINE, waited).await.unwrap();
    house.stop();
    let bytes = all_bytes(&house);
    for text in ["necklace", "Amélie Dubois", "amelie", "housekeeping", "+33 1 23"] {
        assert!(!holds(&bytes, text), "{text}");
    }
}

#[tokio::test]
async fn an_erasure_goes_to_its_end_though_nobody_waits_for_it_and_takes_earlier_stays_along() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let (mut guest, _, id, _) = known_guest(&house, &mut maria).await;
    // A second visit with a stay of its own, and more words than one step takes away.
    let again = guest.say_as_guest("alpha", "Back again").await["conversation"].as_str().unwrap().to_owned();
    for n in 0..700 {
        guest.say_as_guest("alpha", &format!("word {n}")).await;
    }
    maria.ok(json!({"do": "claim", "conversation": again, "epoch": 0})).await;
    maria.ok(json!({"do": "link", "conversation": again})).await;
    maria.ok(json!({"do": "stay", "conversation": again, "change": {"room": "310"}})).await;
    maria.ok(json!({"do": "resolve", "conversation": again, "epoch": 1})).await;
    assert_eq!(house.number("SELECT count(*) FROM stay"), 2);
    // The browser is gone before there is an answer, but not before it was heard.
    let body = "sure=yes";
    let request = format!(
        "POST /admin/hotels/alpha/guests/{again}/erase HTTP/1.1\r\nhost: {}\r\ncookie: \
            {beat}\r\ncontent-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        house.address,
        body.len()
    );
    let mut browser = std::net::TcpStream::connect(&house.address).unwrap();
    std::io::Write::write_all(&mut browser, request.as_bytes()).unwrap();
    let begun = async {
        while house.number("SELECT count(*) FROM audit WHERE what = 'erasure_begun'") == 0 {
            get(&house, "/healthz", "").await;
        }
    };
    tokio::time::timeout(DEADLINE, begun).await.unwrap();
    drop(browser);
    let ended = async {
        while house.number("SELECT count(*) FROM audit WHERE what IN ('guest_erased', 'erasure_stopped')")
            == 0
        {
            get(&house, "/healthz", "").await;
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.unwrap();
    let trail = house.rows("SELECT what, detail FROM audit WHERE what LIKE '%eras%' ORDER BY seq");
    let known = known_as(&house, &id, "alpha");
    assert_eq!(trail[0], ["erasure_begun".to_owned(), known.clone()]);
    assert_eq!(
        trail[1],
        ["guest_erased".to_owned(), format!("{known}: 2 conversations, 707 entries, 2 stays")]
    );
    for table in ["entry", "stay", "guest"] {
        assert_eq!(house.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test]
async fn what_another_hotel_holds_of_a_guest_stays_when_one_erases_them() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    let (mut guest, cookie, id, c) = known_guest(&house, &mut maria).await;
    guest.say_as_guest("beta", "A room with a view, please").await;
    let beat = staff_cookie(&house, "Beat").await;
    let page = format!("/admin/hotels/alpha/guests/{c}");
    assert_eq!(post(&house, &format!("{page}/erase"), &beat, &[("sure", "yes")]).await.status, 303);
    let mut back = Socket::open(&house, &cookie).await;
    assert_eq!(back.hello["you"]["id"], json!(id), "the guest goes on with the other hotel");
    let there = back.ok(json!({"do": "open", "hotel": "beta"})).await;
    assert_eq!(there["entries"][0]["body"], "A room with a view, please");
    assert_eq!(back.ok(json!({"do": "open", "hotel": "alpha"})).await["conversation"], Value::Null);
}

#[tokio::test]
async fn what_has_passed_its_time_is_deleted_and_the_desk_goes_on() {
    let house = House::with(&[("BELLHOP_RETENTION_SECONDS", "1")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let (_old, _, old_guest, old) = known_guest(&house, &mut maria).await;
    let (_new, _, _, new) = known_guest(&house, &mut maria).await;
    let (mut open, open_id) = waiting_guest(&house).await;
    let id = |c: &str| format!("x'{}'", c.replace('-', ""));
    let long_ago = "strftime('%s','now') * 1000 - 40 * 86400000";
    house.write(&format!(
        "UPDATE conversation SET resolved_at = {long_ago}, last_at = {long_ago} WHERE id = {}",
        id(&old)
    ));
    house.write(&format!(
        "UPDATE conversation SET opened_at = {long_ago}, last_at = {long_ago} WHERE id = {}",
        id(&open_id)
    ));
    house.write(&format!("UPDATE guest SET created_at = {long_ago} WHERE id = {}", id(&old_guest)));
    house.write(&format!("UPDATE acquaintance SET seen_at = {long_ago} WHERE guest = {}", id(&old_guest)));
    house.write(
        "UPDATE stay SET departure = '2001-01-01' WHERE id IN (SELECT stay FROM acquaintance WHERE \
        guest IN (SELECT id FROM guest ORDER BY created_at LIMIT 1))",
    );
    // A stay told by the hotel's own system, whose guest never wrote.
    house.write(
        "INSERT INTO stay (id, hotel, departure, changed_at) SELECT randomblob(16), id, '2001-01-01', 0 FROM \
         hotel WHERE slug = 'alpha'",
    );
    let path = "/admin/hotels/alpha/retention";
    for (days, why) in [("3", "at least 7 days"), ("many", "not a number"), ("-30", "at least 7 days")] {
        let page = post(&house, path, &beat, &[("conversations", days), ("guests", "")]).await;
        assert!(page.status == 422 && page.body.contains(why), "{days}");
    }
    // First what would go, then the deed.
    let stays_only =
        post(&house, path, &beat, &[("conversations", ""), ("guests", "30"), ("trial", "1")]).await.body;
    assert!(
        stays_only.contains("0 conversations, 0 guests without one and 1 stay would be deleted"),
        "{stays_only}"
    );
    let trial =
        post(&house, path, &beat, &[("conversations", "30"), ("guests", "30"), ("trial", "1")]).await.body;
    assert!(
        trial.contains("Not saved yet. 1 conversation, 1 guest without one and 2 stays would be deleted"),
        "{trial}"
    );
    assert_eq!(house.number("SELECT count(*) FROM conversation"), 3);
    assert_eq!(post(&house, path, &beat, &[("conversations", "30"), ("guests", "30")]).await.status, 303);
    let deleted = async {
        while house.number("SELECT count(*) FROM audit WHERE what = 'expired'") == 0 {
            // Messages go on meanwhile.
            open.say_as_guest("alpha", "Still here").await;
        }
    };
    tokio::time::timeout(DEADLINE, deleted).await.unwrap();
    assert_eq!(get(&house, &format!("/admin/logs/{old}"), &beat).await.status, 404);
    for kept in [&new, &open_id] {
        assert_eq!(
            get(&house, &format!("/admin/logs/{kept}"), &beat).await.status,
            200,
            "not resolved, or not long ago"
        );
    }
    let trail = house.rows("SELECT detail FROM audit WHERE what = 'expired' ORDER BY seq").concat();
    assert_eq!(trail[0], "1 conversations, 4 entries, 2 stays, 1 guests");
    assert_eq!(house.number(&format!("SELECT count(*) FROM guest WHERE id = {}", id(&old_guest))), 0);
}

#[tokio::test]
async fn a_guest_of_whom_nothing_but_an_address_is_known_is_erased_with_it() {
    let house = House::open();
    for (name, role) in [("Maria", "--agent"), ("Beat", "--manager")] {
        house.add_staff(name, &[role, "alpha"]);
    }
    // No language, no name: the page was asked for by something that says neither.
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    house.write(
        "INSERT INTO guest_email (email, guest, confirmed_at) SELECT 'yuki@example.org', guest, 1 \
        FROM conversation",
    );
    let beat = staff_cookie(&house, "Beat").await;
    let page = format!("/admin/hotels/alpha/guests/{c}");
    assert_eq!(post(&house, &format!("{page}/erase"), &beat, &[("sure", "yes")]).await.status, 303);
    guest.closed().await;
    for table in ["guest", "guest_token", "guest_email", "acquaintance"] {
        assert_eq!(house.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test]
async fn who_only_looked_is_forgotten_and_who_wrote_or_told_something_is_not() {
    let mut house = House::with(&[("BELLHOP_RETENTION_SECONDS", "1")]);
    for _ in 0..3 {
        get(&house, "/stays", "").await;
    }
    let languages = [("accept-language", "fr")];
    request(&house, "/chat/alpha", "", None, &languages).await;
    let (mut named, cookie) = Socket::guest(&house, "alpha").await;
    named.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Ada"})).await;
    let (mut writes, _) = waiting_guest(&house).await;
    assert_eq!(house.number("SELECT count(*) FROM guest"), 6);
    house.stop();
    house.write("UPDATE guest SET created_at = 1");
    house.write("UPDATE acquaintance SET seen_at = 1");
    house.start();
    let waited = async {
        while house.number("SELECT count(*) FROM guest") > 2 {
            get(&house, "/healthz", "").await;
        }
    };
    tokio::time::timeout(DEADLINE, waited).await.unwrap();
    assert_eq!(house.number("SELECT count(*) FROM guest_token"), 2);
    get_until(&house, "/healthz", "", |_| {
        house.rows("SELECT detail FROM audit WHERE what = 'visitors_forgotten'").concat() == ["4 guests"]
    })
    .await;
    assert_eq!(
        Socket::open(&house, &cookie).await.ok(json!({"do": "open", "hotel": "alpha"})).await["you"]["name"],
        "Ada"
    );
    let _ = (named.closed().await, writes.closed().await);
}
