//! Every word can be found again, by those who may.

use super::{
    client::{Page, Socket, get, get_until, post, say, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::json;

/// The conversations and seqs a page of lines names, in order.
fn hits(page: &Page) -> Vec<(String, String)> {
    let links = page.body.split("<li class=\"hit\"><a href=\"/admin/logs/").skip(1);
    links
        .map(|rest| {
            let (id, seq) = rest.split('"').next().unwrap().split_once("#e").unwrap();
            let (id, way_back) = id.split_once('?').unwrap();
            assert!(way_back.starts_with("q="), "from the line one comes back to the search");
            (id.to_owned(), seq.to_owned())
        })
        .collect()
}

/// What is marked in the excerpts.
fn marked(page: &Page) -> Vec<String> {
    page.body.split("<mark>").skip(1).map(|rest| rest.split("</mark>").next().unwrap().to_owned()).collect()
}

fn q(words: &str) -> String {
    let encoded: String = words.bytes().map(|b| format!("%{b:02X}")).collect();
    format!("/admin/logs?q={encoded}")
}

async fn found(house: &House, path: &str, cookie: &str, count: usize) -> Page {
    get_until(house, path, cookie, |page| hits(page).len() == count).await
}

#[tokio::test]
async fn words_of_any_language_said_or_noted_are_found_with_the_line_they_stand_in() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    for body in [
        "请问wifi密码是多少",
        "バスタオルをお願いします",
        "ขอผ้าเช็ดตัวเพิ่มค่ะ",
        "Une crème brûlée, s’il vous plaît",
        "Two TOWELS <b>now</b>",
    ] {
        guest.say_as_guest("alpha", body).await;
    }
    maria
        .ok(json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "VIP, likes \
        lilies"}))
        .await;
    maria.ok(say(&c, 1, 8, "With pleasure")).await;
    maria.ok(json!({"do": "release", "conversation": c, "epoch": 1, "reason": "Going for lunch"})).await;
    guest.say_as_guest("alpha", "A late check-out?").await;
    let beat = staff_cookie(&house, "Beat").await;
    for (words, seq, mark) in [
        ("密码", "3", "密码"),
        ("タオル", "4", "タオル"),
        ("เช็ดตัว", "5", "เช็ดตัว"),
        ("creme BRULEE", "6", "crème"),
        ("towel", "7", "TOWELS"),
        ("lilies", "8", "lilies"),
        ("\"with pleasure\"", "9", "With pleasure"),
        ("checkout", "11", "check-out"),
        ("late check-out -towel", "11", "check-out"),
        ("lunch", "10", "lunch"),
    ] {
        let page = found(&house, &q(words), &beat, 1).await;
        assert_eq!(hits(&page), [(c.clone(), seq.to_owned())], "{words}");
        assert!(marked(&page).contains(&mark.to_owned()), "{words}: {:?}", marked(&page));
    }
    let towels = get(&house, &q("towel"), &beat).await;
    assert!(
        towels.body.contains("&lt;b&gt;now") && !towels.body.contains("<b>now"),
        "what was written stays text"
    );
    for nothing in ["towel -now", "\"pleasure with\"", "zebra"] {
        assert!(get(&house, &q(nothing), &beat).await.body.contains("No results."), "{nothing}");
    }
}

#[tokio::test]
async fn a_search_is_narrowed_by_everything_and_is_a_link() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    assert_eq!(post(&house, "/admin/hotels/alpha/tags", &beat, &[("name", "Spa")]).await.status, 303);
    let (mut one, mine) = waiting_guest(&house).await;
    one.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Amélie Dubois"})).await;
    let (mut other, theirs) = waiting_guest(&house).await;
    for guest in [&mut one, &mut other] {
        guest.say_as_guest("alpha", "Is the sauna open?").await;
    }
    let mut maria = Socket::staff(&house, "Maria").await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    maria.ok(json!({"do": "claim", "conversation": mine, "epoch": 0})).await;
    maria.ok(json!({"do": "tag", "conversation": mine, "tag": "Spa", "on": true})).await;
    maria.ok(json!({"do": "stay", "conversation": mine, "change": {"room": "214"}})).await;
    maria.ok(json!({"do": "resolve", "conversation": mine, "epoch": 1})).await;
    one.ok(json!({"do": "rate", "conversation": mine, "stars": 4, "word": "Warm!"})).await;
    jonas.ok(json!({"do": "claim", "conversation": theirs, "epoch": 0})).await;
    found(&house, &q("sauna"), &beat, 2).await;
    found(&house, &q("warm"), &beat, 1).await;
    let maria_id = maria.hello["you"]["id"].as_str().unwrap();
    let hers = get(&house, &format!("/admin/logs?guest={mine}"), &beat).await.body;
    assert!(hers.contains("<span dir=\"auto\">Amélie Dubois</span>"), "a name, not an id");
    let day = |page: &Page| page.body.contains("No conversations match") || page.body.contains("No results.");
    for (with, only) in [
        ("tag=Spa".to_owned(), &mine),
        ("room=214".to_owned(), &mine),
        ("guest=dub".to_owned(), &mine),
        ("guest=am%C3%A9lie".to_owned(), &mine),
        ("rating=4".to_owned(), &mine),
        ("status=resolved".to_owned(), &mine),
        ("status=held".to_owned(), &theirs),
        (format!("agent={maria_id}"), &mine),
        ("hotel=alpha&status=held&from=2001-01-01".to_owned(), &theirs),
    ] {
        let lines = get(&house, &format!("{}&{with}", q("sauna")), &beat).await;
        assert_eq!(hits(&lines), [(only.clone(), "2".to_owned())], "{with}");
        let list = get(&house, &format!("/admin/logs?{with}"), &beat).await;
        assert!(list.body.contains(&format!("/admin/logs/{only}?")), "{with}");
        assert_eq!(list.body.matches("<li><a href=\"/admin/logs/").count(), 1, "{with}");
    }
    for nothing in [
        "tag=Pool",
        "room=215",
        "guest=smith",
        "guest=%22*",
        "rating=5",
        "until=2001-01-01",
        "guest=01900000-0000-7000-8000-000000000000",
    ] {
        assert!(day(&get(&house, &format!("{}&{nothing}", q("sauna")), &beat).await), "{nothing}");
        assert!(day(&get(&house, &format!("/admin/logs?{nothing}"), &beat).await), "{nothing}");
    }
}

#[tokio::test]
async fn pages_of_lines_go_on_by_key_and_show_nothing_twice() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    for n in 0..120 {
        guest.say_as_guest("alpha", &format!("Pillow number {n}")).await;
    }
    let beat = staff_cookie(&house, "Beat").await;
    found(&house, &q("\"number 119\""), &beat, 1).await;
    let mut all = Vec::new();
    let mut path = q("pillow");
    loop {
        let page = get(&house, &path, &beat).await;
        all.extend(hits(&page));
        guest.say_as_guest("alpha", "One more pillow").await;
        let Some(link) = page.body.split("<a ").find(|a| a.contains(">Older<")) else { break };
        path = link.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    }
    let seqs: Vec<i64> =
        all.iter().map(|(id, seq)| (id == &c).then(|| seq.parse().unwrap()).unwrap()).collect();
    assert_eq!(
        seqs,
        (2..=121).rev().collect::<Vec<i64>>(),
        "newest first, each once, whatever was said meanwhile"
    );
}

#[tokio::test]
async fn a_manager_finds_nothing_of_another_hotel() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Helena", &["--admin"]);
    let (mut guest, c) = waiting_guest(&house).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Zacharias"})).await;
    guest.say_as_guest("alpha", "My secret word is xylophone").await;
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    found(&house, &q("xylophone"), &beat, 1).await;
    found(&house, &q("xylophone"), &staff_cookie(&house, "Helena").await, 1).await;
    let path = format!("{}&guest=zach", q("xylophone"));
    let by_id = format!("/admin/logs?guest={c}");
    assert!(
        get(&house, &by_id, &beat).await.body.contains(&format!("/admin/logs/{c}")),
        "his own manager finds them by a conversation of theirs"
    );
    for path in [q("xylophone"), path, "/admin/logs?guest=zach".into(), by_id, "/admin/logs".into()] {
        let page = get(&house, &path, &boss).await;
        assert!(
            !page.body.contains(&format!("/admin/logs/{c}")) && !page.body.contains("My secret word"),
            "{path}"
        );
    }
    let page = get(&house, &format!("{}&hotel=alpha", q("xylophone")), &boss).await;
    assert!(
        page.status == 422 && page.body.contains("have access to that hotel"),
        "an other’s hotel is one that does not exist"
    );
}

#[tokio::test]
async fn what_was_said_while_nobody_indexed_is_found_after_a_restart_and_without_the_index() {
    let mut house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (mut guest, _) = waiting_guest(&house).await;
    guest.say_as_guest("alpha", "The umbrella is broken").await;
    house.kill();
    house.start();
    let beat = staff_cookie(&house, "Beat").await;
    found(&house, &q("umbrella"), &beat, 1).await;
    house.stop();
    for ending in ["-review", "-review-wal", "-review-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", house.database().display()));
    }
    house.start();
    found(&house, &q("umbrella"), &beat, 1).await;
    house.stop();
    std::fs::write(format!("{}-review", house.database().display()), "no database at all, but text").unwrap();
    house.start();
    found(&house, &q("umbrella"), &beat, 1).await;
}

#[tokio::test]
async fn one_conversation_that_cannot_be_read_keeps_no_other_from_being_found() {
    let mut house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let mut broken = String::new();
    for n in 0..9 {
        let (mut guest, c) = waiting_guest(&house).await;
        guest.say_as_guest("alpha", "A lantern in the garden").await;
        if n == 3 {
            broken = c.replace('-', "");
        }
    }
    house.stop();
    // As a failing disk may leave it: text that is none.
    house.write(&format!(
        "UPDATE entry SET body = CAST(x'ff' AS TEXT) WHERE conversation = x'{broken}' AND seq = 2"
    ));
    for ending in ["-review", "-review-wal", "-review-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", house.database().display()));
    }
    house.start();
    let beat = staff_cookie(&house, "Beat").await;
    found(&house, &q("lantern"), &beat, 8).await;
    // And what is said from now on is found as soon as ever.
    let (mut guest, _) = waiting_guest(&house).await;
    guest.say_as_guest("alpha", "Another lantern").await;
    found(&house, &q("lantern"), &beat, 9).await;
}

#[tokio::test]
async fn a_transcript_shows_what_each_side_saw() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "read", "conversation": c, "seq": 1})).await;
    maria.ok(say(&c, 1, 2, "Good evening")).await;
    guest.ok(json!({"do": "read", "conversation": c, "seq": 3})).await;
    jonas.ok(json!({"do": "take_over", "conversation": c, "epoch": 1, "reason": "Maria’s shift ends"})).await;
    jonas
        .ok(json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "Regular \
        guest"}))
        .await;
    jonas.ok(json!({"do": "resolve", "conversation": c, "epoch": 2})).await;
    guest.ok(json!({"do": "rate", "conversation": c, "stars": 5, "word": "Thank you"})).await;
    let beat = staff_cookie(&house, "Beat").await;
    let page = get(&house, &format!("/admin/logs/{c}"), &beat).await.body;
    for text in [
        "Good evening",
        "Regular guest",
        "internal note",
        "Jonas took over",
        "Maria’s shift ends",
        "Maria claimed",
        "resolved the conversation",
        "gave 5 of 5 stars",
        "“Thank you”",
        "Read by the guest, ",
        "Read by Maria, ",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // The same as files; the PDF is looked into by its own test.
    let csv = get(&house, &format!("/admin/logs/{c}/as.csv"), &beat).await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.body.lines().count(), 1 + 7, "a head and a line for each entry");
    assert!(csv.body.contains("taken_over,staff,Jonas,Maria’s shift ends"), "{}", csv.body);
    let jsonl = get(&house, &format!("/admin/logs/{c}/as.jsonl"), &beat).await.body;
    let lines: Vec<serde_json::Value> =
        jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["conversation"]["rating"], 5);
    assert_eq!(lines[0]["read"].as_array().unwrap().len(), 2);
    assert_eq!(
        lines[1..].iter().map(|l| l["entry"]["seq"].as_i64().unwrap()).collect::<Vec<_>>(),
        (1..=7).collect::<Vec<_>>()
    );
    let pdf = get_bytes(&house, &format!("/admin/logs/{c}/as.pdf"), &beat).await;
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(get(&house, &format!("/admin/logs/{c}/as.exe"), &beat).await.status, 404);
    let exported = "SELECT count(*) FROM audit WHERE what = 'transcript_exported'";
    assert_eq!(house.number(exported), 3);
}

#[tokio::test]
async fn every_reading_has_its_time_in_a_transcript() {
    let house = House::open();
    for (name, role) in [("Maria", "--agent"), ("Jonas", "--agent"), ("Beat", "--manager")] {
        house.add_staff(name, &[role, "alpha"]);
    }
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    let read = |seq: i64| json!({"do": "read", "conversation": c, "seq": seq});
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(read(2)).await;
    maria.ok(say(&c, 1, 2, "Which room?")).await;
    guest.ok(read(3)).await;
    guest.say_as_guest("alpha", "412").await;
    guest.ok(read(4)).await;
    // An answer says that she has read; what a guest writes does not, for it may have waited in a lift.
    maria.ok(say(&c, 1, 4, "On its way")).await;
    guest.say_as_guest("alpha", "And a pillow?").await;
    guest.ok(read(6)).await;
    guest.ok(read(6)).await;
    jonas.ok(json!({"do": "take_over", "conversation": c, "epoch": 1, "reason": "Shift"})).await;
    jonas.ok(read(7)).await;

    let beat = staff_cookie(&house, "Beat").await;
    let jsonl = get(&house, &format!("/admin/logs/{c}/as.jsonl"), &beat).await.body;
    let head: serde_json::Value = serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
    let readings = head["read"].as_array().unwrap();
    let who: Vec<_> = readings
        .iter()
        .map(|r| (r["name"].as_str().unwrap_or("guest"), r["seq"].as_i64().unwrap()))
        .collect();
    assert_eq!(who, [("Maria", 1), ("guest", 3), ("Maria", 4), ("guest", 5), ("Jonas", 6)]);
    let at: Vec<i64> = readings.iter().map(|r| r["at"].as_i64().unwrap()).collect();
    assert!(at.is_sorted() && at[0] < at[4], "each its own: {at:?}");
    let page = get(&house, &format!("/admin/logs/{c}"), &beat).await.body;
    assert_eq!(page.matches("Read by Maria, ").count(), 2);
    assert_eq!(page.matches("Read by the guest, ").count(), 2);
    assert_eq!(page.matches("Read by Jonas, ").count(), 1);
    assert_eq!(
        house.number("SELECT count(*) FROM read_mark"),
        5,
        "nothing is kept of a page that reads its own words"
    );
    let csv = get(&house, &format!("/admin/logs/{c}/as.csv"), &beat).await.body;
    let ends = |text: &str| csv.lines().filter(|l| l.rsplit(',').nth(1).unwrap().starts_with(text)).count();
    assert_eq!((ends("Maria 2"), ends("guest 2"), ends("Jonas 2")), (2, 2, 1), "{csv}");
}

async fn get_bytes(house: &House, path: &str, cookie: &str) -> Vec<u8> {
    let (url, cookie) = (format!("http://{}{path}", house.address), cookie.to_owned());
    let work =
        move || ureq::get(&url).header("cookie", &cookie).call().unwrap().body_mut().read_to_vec().unwrap();
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn the_guests_pdf_has_what_was_said_and_nothing_of_how_the_house_went_about_it() {
    let house = House::open();
    for (name, role) in [("Maria", "--agent"), ("Beat", "--manager")] {
        house.add_staff(name, &[role, "alpha"]);
    }
    let (_guest, c) = waiting_guest(&house).await;
    let beat = staff_cookie(&house, "Beat").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(say(&c, 1, 2, "Welcome")).await;
    let (mine, all) = (format!("/admin/logs/{c}/as.pdf"), format!("/admin/logs/{c}/complete.pdf"));
    let (said, complete) = (get_bytes(&house, &mine, &beat).await, get_bytes(&house, &all, &beat).await);
    // A note, a tag, another change of hands, a reading: the guest's file is the same to the byte.
    let note = json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "card \
        ending 4411"});
    maria.ok(note).await;
    maria.ok(json!({"do": "release", "conversation": c, "epoch": 1, "reason": "a difficult guest"})).await;
    assert_eq!(get_bytes(&house, &mine, &beat).await, said);
    assert_ne!(get_bytes(&house, &all, &beat).await, complete);
    let named = get(&house, &format!("/admin/logs/{c}/as.csv"), &beat).await;
    let name = named.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment; filename=\"Hotel-Alpha-Guest-") && name.contains(".csv\""),
        "{name}"
    );
    assert_eq!(get(&house, &format!("/admin/logs/{c}/complete.csv"), &beat).await.status, 404);
}

#[tokio::test]
async fn telephone_numbers_and_umlauts_are_found_however_they_are_written() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let (mut guest, c) = waiting_guest(&house).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Jörg Müller"})).await;
    guest.say_as_guest("alpha", "My number is +41 79 123 45 67, Grüße").await;
    guest.say_as_guest("alpha", "Rooms 413 and 412, call 041 555 01 02 for Frau Schroeder").await;
    for query in ["0791234567", "+41791234567", "791234567", "+41 79 123 45 67", "079 123 45 67", "1234567"] {
        assert_eq!(marked(&found(&house, &q(query), &beat, 1).await), ["41 79 123 45 67"], "{query}");
    }
    for query in ["Gruesse", "041 5550102", "0041 41 555 01 02", "412 413", "schröder", "Schröd"] {
        found(&house, &q(query), &beat, 1).await;
    }
    for nothing in ["0791234568", "412 414", "Grasse"] {
        assert!(get(&house, &q(nothing), &beat).await.body.contains("No results."), "{nothing}");
    }
    for name in ["Mueller", "m%C3%BCller", "Joerg+Muell", "muller"] {
        let page =
            get_until(&house, &format!("/admin/logs?guest={name}"), &beat, |p| p.body.contains(&c)).await;
        assert!(page.body.contains("Jörg Müller"), "{name}");
    }
}
