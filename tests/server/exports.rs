//! Exports of many conversations: whole, in order, behind their walls; stopped, resumed, broken off.

use super::{
    client::{Page, Socket, get, get_until, post, request, staff_cookie, waiting_guest},
    house::{DEADLINE, House},
};
use serde_json::{Value, json};

/// The address of the newest export's file, once it is done.
async fn done(house: &House, cookie: &str) -> String {
    let ready = |page: &Page| page.body.contains(">Download</a>");
    let page = get_until(house, "/admin/exports", cookie, ready).await.body;
    let link = page.split("<a ").find(|a| a.contains("Download")).unwrap();
    link.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_is_exported_whole_in_order_and_for_its_hotel_only() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    let mut all = Vec::new();
    for n in 0..230 {
        let (mut guest, c) = waiting_guest(&house).await;
        if n % 50 == 0 {
            for line in 0..3 {
                guest.say_as_guest("alpha", &format!("=line {line}, \"quoted\"\nand broken")).await;
            }
        }
        all.push(c);
    }
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    let asked = get(&house, "/admin/exports?status=waiting", &beat).await.body;
    assert!(
        asked.contains("230 conversations with 245 entries") && !asked.contains("the words are left out")
    );
    let with_words = get(&house, "/admin/exports?status=waiting&q=line", &beat).await.body;
    assert!(
        with_words.contains("230 conversations with 245 entries")
            && with_words.contains("the words are left out")
    );
    let begun =
        post(&house, "/admin/exports", &beat, &[("selection", "status=waiting"), ("format", "jsonl")]).await;
    assert_eq!(
        (begun.status, begun.header("location")),
        (303, Some("/admin/exports?status=waiting")),
        "the selection stays"
    );
    let path = done(&house, &beat).await;
    let file = get(&house, &path, &beat).await;
    let name = file.header("content-disposition").unwrap().to_owned();
    assert!(
        name.starts_with("attachment; filename=\"hotel-alpha-waiting-conversations-20")
            && name.ends_with(".jsonl\""),
        "{name}"
    );
    let file = file.body;
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = lines.iter().filter_map(|l| l["conversation"]["id"].as_str()).collect();
    assert_eq!(ids, all, "oldest first, each once");
    assert_eq!(lines.iter().filter(|l| l.get("entry").is_some()).count(), 245);
    // A download that broke off goes on from any byte.
    let bytes = file.as_bytes();
    let half = format!("bytes={}-", bytes.len() / 2);
    let rest = request(&house, &path, &beat, None, &[("range", &half)]).await;
    assert_eq!(rest.status, 206);
    assert_eq!(rest.body.as_bytes(), &bytes[bytes.len() / 2..]);
    // A piece stands in the trail as well: all but the first byte is as good as all.
    let taken = || house.number("SELECT count(*) FROM audit WHERE what = 'export_taken'");
    let before = taken();
    assert_eq!(request(&house, &path, &beat, None, &[("range", "bytes=1-")]).await.status, 206);
    assert_eq!(taken(), before + 1);
    // Nobody else's, not even an empty one.
    for cookie in [&boss, &staff_cookie(&house, "Beat").await] {
        let there = get(&house, &path, cookie).await.status;
        assert_eq!(there == 200, cookie != &boss, "{there}");
    }
    assert_eq!(post(&house, &format!("{path}/remove"), &boss, &[]).await.status, 404);
    post(&house, "/admin/exports", &boss, &[("selection", ""), ("format", "csv")]).await;
    let theirs = get(&house, &done(&house, &boss).await, &boss).await.body;
    assert_eq!(theirs.lines().count(), 1, "a head and nothing of another hotel: {theirs}");
    let foreign =
        post(&house, "/admin/exports", &boss, &[("selection", "hotel=alpha"), ("format", "csv")]).await;
    assert!(foreign.status == 422 && foreign.body.contains("not among yours"));
    for (selection, format, why) in [
        ("from=2026-02-02&until=2026-01-01", "csv", "lies before"),
        ("", "exe", "no such format"),
        ("rating=7", "csv", "1 to 5"),
    ] {
        let page =
            post(&house, "/admin/exports", &beat, &[("selection", selection), ("format", format)]).await;
        assert!(page.status == 422 && page.body.contains(why), "{selection} {format}");
    }
    assert_eq!(post(&house, &format!("{path}/remove"), &beat, &[]).await.status, 303);
    assert_eq!(get(&house, &path, &beat).await.status, 404);
    assert!(
        !std::fs::read_dir(house.folder.path().join("exports"))
            .unwrap()
            .any(|f| path.contains(f.unwrap().path().file_stem().unwrap().to_str().unwrap()))
    );
    let trail = house.rows("SELECT what FROM audit WHERE what LIKE 'export%' ORDER BY seq").concat();
    assert_eq!(trail[..2], ["export_begun", "export_taken"]);
}

#[tokio::test]
async fn an_export_stopped_half_way_goes_on_and_comes_to_the_same_file() {
    let mut house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    for _ in 0..310 {
        waiting_guest(&house).await;
    }
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", "csv")]).await;
    let path = done(&house, &beat).await;
    let whole = get(&house, &path, &beat).await.body;
    house.stop();
    // As if the power had gone in the third page: two are noted, and half a line stands behind them.
    let lines: Vec<&str> = whole.split_inclusive("\r\n").collect();
    let noted: usize = lines[..201].iter().map(|l| l.len()).sum();
    let id = path.rsplit('/').next().unwrap();
    let file = house.folder.path().join("exports").join(format!("{id}.csv"));
    std::fs::write(&file, &whole[..noted + 17]).unwrap();
    house.write(&format!(
        "UPDATE export SET state = 'running', bytes = {noted}, entries = 200, (after_at, after_id) = \
         (SELECT opened_at, id FROM conversation ORDER BY opened_at, id LIMIT 1 OFFSET 199)"
    ));
    house.start();
    assert_eq!(
        get(&house, &done(&house, &beat).await, &beat).await.body,
        whole,
        "by itself, after a restart"
    );
    // Stopped by a person: not to be had, until it is resumed.
    std::fs::write(&file, &whole[..noted]).unwrap();
    house.write(&format!(
        "UPDATE export SET state = 'stopped', bytes = {noted}, entries = 200, (after_at, after_id) = \
         (SELECT opened_at, id FROM conversation ORDER BY opened_at, id LIMIT 1 OFFSET 199)"
    ));
    assert_eq!(get(&house, &path, &beat).await.status, 404);
    assert!(get(&house, "/admin/exports", &beat).await.body.contains("Stopped at 64 %"));
    assert_eq!(post(&house, &format!("{path}/resume"), &beat, &[]).await.status, 303);
    assert_eq!(get(&house, &done(&house, &beat).await, &beat).await.body, whole);
    // Pressed while it is being made; one that was done before that is no answer, and another is begun.
    let newest = || {
        house
            .rows("SELECT lower(hex(id)), state FROM export ORDER BY created_at DESC, id DESC LIMIT 1")
            .remove(0)
    };
    let pressed = async {
        loop {
            post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", "csv")]).await;
            let id = newest().remove(0).parse::<uuid::Uuid>().unwrap();
            post(&house, &format!("/admin/exports/{id}/stop"), &beat, &[]).await;
            if newest()[1] == "stopped" {
                return format!("/admin/exports/{id}");
            }
        }
    };
    let path = tokio::time::timeout(DEADLINE, pressed).await.unwrap();
    assert_eq!(get(&house, &path, &beat).await.status, 404);
    assert_eq!(post(&house, &format!("{path}/resume"), &beat, &[]).await.status, 303);
    assert_eq!(get_until(&house, &path, &beat, |page| page.status == 200).await.body, whole);
}

#[tokio::test]
async fn whoever_reviews_no_more_gets_no_more() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    guest.say_as_guest("alpha", "Hello").await;
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", "csv")]).await;
    let path = done(&house, &beat).await;
    house.write("UPDATE membership SET role = 'agent'");
    assert_eq!(get(&house, &path, &beat).await.status, 404);
    assert_eq!(
        post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", "csv")]).await.status,
        404
    );
}
