//! Exports of many conversations: whole, in order, behind their walls; stopped, resumed, broken off.

use super::{
    attachments::with_files,
    client::{Page, Socket, get, get_until, post, request, staff_cookie, waiting_guest},
    house::{DEADLINE, House},
    upload::{bring, fetch, jpeg, noisy_jpeg, pdf, webm},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
    net::TcpStream,
};
use uuid::Uuid;

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
        asked.contains("230 conversations with 245 entries")
            && !asked.contains("Search words don’t apply here")
    );
    let with_words = get(&house, "/admin/exports?status=waiting&q=line", &beat).await.body;
    assert!(
        with_words.contains("230 conversations with 245 entries")
            && with_words.contains("Search words don’t apply here")
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
    assert!(foreign.status == 422 && foreign.body.contains("have access to that hotel"));
    for (selection, format, why) in [
        ("from=2026-02-02&until=2026-01-01", "csv", "is before the start date"),
        ("", "exe", "format doesn’t exist"),
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
    assert!(get(&house, "/admin/exports", &beat).await.body.contains("Stopped at 64%"));
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

/// What is in a zip, by name.
fn unzipped(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut all = BTreeMap::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().unwrap().to_string();
        all.insert(name, bytes);
    }
    all
}

#[tokio::test]
async fn an_export_a_log_and_a_guests_data_come_with_their_files_for_whoever_may_have_them() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let at = "/chat/alpha/files";
    let photo = bring(&house, at, &cookie, "The tap: drips?.jpg", &jpeg(200, 150)).await;
    let voice = bring(&house, at, &cookie, "", &webm(3)).await;
    let id = |file: &Value| file["id"].as_str().unwrap().to_owned();
    let said = guest.ok(with_files("alpha", "See", &[&id(&photo), &id(&voice)])).await;
    let c = said["conversation"].as_str().unwrap();
    let mut maria = Socket::staff(&house, "Maria").await;
    let hers = staff_cookie(&house, "Maria").await;
    let bill = bring(&house, &format!("/desk/{c}/files"), &hers, "Bill.pdf", &pdf()).await;
    let note = json!({"do": "note", "conversation": c, "client_id": Uuid::now_v7(), "body": "",
        "files": [id(&bill)]});
    maria.ok(note).await;
    // Somebody else's, of another hotel.
    let (mut stranger, theirs) = Socket::guest(&house, "beta").await;
    let other = bring(&house, "/chat/beta/files", &theirs, "other.jpg", &jpeg(20, 20)).await;
    stranger.ok(with_files("beta", "", &[&id(&other)])).await;

    let names = [
        format!("files/{}/The tap_ drips_.jpg", id(&photo)),
        format!("files/{}/voice.webm", id(&voice)),
        format!("files/{}/Bill.pdf", id(&bill)),
    ];
    let whole = async |path: &str, record: &str| {
        let answer = fetch(&house, path, &beat, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"), "{path}");
        assert!(answer.header("content-disposition").contains(".zip\""), "{path}");
        let mut all = unzipped(answer.body);
        let record = all.remove(record).unwrap_or_else(|| panic!("{path}: {:?}", all.keys()));
        assert!(String::from_utf8(record).unwrap().contains("See"), "{path}");
        for (name, file) in names.iter().zip([&photo, &voice, &bill]) {
            let kept = fetch(&house, &format!("/files/{}", id(file)), &beat, &[]).await.body;
            assert!(all.remove(name).unwrap_or_else(|| panic!("{path}: {name} {:?}", all.keys())) == kept);
        }
        assert!(all.is_empty(), "{path}: {:?}", all.keys());
    };
    whole(&format!("/admin/logs/{c}/as.zip"), "conversation.jsonl").await;
    whole(&format!("/admin/hotels/alpha/guests/{c}/data.zip"), "data.json").await;
    for format in ["csv", "jsonl"] {
        post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", format)]).await;
        let path = done(&house, &beat).await;
        whole(&format!("{path}/with-files"), &format!("conversations.{format}")).await;
        assert_eq!(fetch(&house, &format!("{path}/with-files"), &boss, &[]).await.status, 404);
        // Once more, when one file is lost and another erased.
        if format == "jsonl" {
            let hash = house.rows("SELECT lower(hex(hash)) FROM attachment WHERE name = 'Bill.pdf'");
            let hash = &hash[0][0];
            std::fs::remove_file(house.folder.path().join(format!("files/{}/{hash}", &hash[..2]))).unwrap();
            house.write("DELETE FROM attachment WHERE record LIKE '%voice%'");
            let left = unzipped(fetch(&house, &format!("{path}/with-files"), &beat, &[]).await.body);
            let left: Vec<&str> = left.keys().map(String::as_str).collect();
            assert_eq!(left, ["conversations.jsonl", &names[0], "files/missing.txt"]);
            // What fails half way does not end as if it were whole.
            let lies =
                house.folder.path().join(format!("exports/{}.jsonl", path.rsplit('/').next().unwrap()));
            std::fs::File::options().append(true).open(lies).unwrap().write_all(b"{ half a line").unwrap();
            let mut line = TcpStream::connect(&house.address).unwrap();
            let head = format!(
                "GET {path}/with-files HTTP/1.1\r\nhost: {}\r\ncookie: {beat}\r\nconnection: \
                 close\r\n\r\n",
                house.address
            );
            line.write_all(head.as_bytes()).unwrap();
            let mut answer = Vec::new();
            let _ = line.read_to_end(&mut answer);
            assert!(!answer.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&answer));
        }
        post(&house, &format!("{path}/remove"), &beat, &[]).await;
    }
    for path in [format!("/admin/logs/{c}/as.zip"), format!("/admin/hotels/alpha/guests/{c}/data.zip")] {
        for cookie in [&boss, &hers, &cookie] {
            let status = fetch(&house, &path, cookie, &[]).await.status;
            assert!(matches!(status, 303 | 401 | 403 | 404), "{path}: {status}");
        }
    }
    // As browsers ask.
    let packed =
        fetch(&house, &format!("/admin/logs/{c}/as.zip"), &beat, &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.status, 200);
    assert!(!house.log().contains("panicked"), "{}", house.log());
    assert_eq!(fetch(&house, "/admin/audit/as.zip", &beat, &[]).await.status, 404);
    let noted = house.number("SELECT count(*) FROM audit WHERE what = 'export_taken'");
    assert_eq!(noted, 4, "each stands in the trail");
}

#[tokio::test]
async fn a_few_zips_are_taken_at_once_and_whoever_goes_makes_room() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut files = Vec::new();
    for seed in 0..4 {
        // More than lies between a server and whoever does not read.
        let photo =
            bring(&house, "/chat/alpha/files", &cookie, "a.jpg", &noisy_jpeg(2_000, 2_000, seed)).await;
        files.push(photo["id"].as_str().unwrap().to_owned());
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let said = guest.ok(with_files("alpha", "", &files)).await;
    let path = format!("/admin/logs/{}/as.zip", said["conversation"].as_str().unwrap());
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut line = TcpStream::connect(&house.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {beat}\r\n\r\n", house.address);
        line.write_all(head.as_bytes()).unwrap();
        // The answer has begun.
        line.read_exact(&mut [0; 1]).unwrap();
        slow.push(line);
    }
    let fifth = fetch(&house, &path, &beat, &[]).await;
    assert_eq!(fifth.status, 422);
    assert!(fifth.text().contains("Try again in a few minutes"), "{}", fifth.text());
    guest.say_as_guest("alpha", "Words go meanwhile").await;
    drop(slow);
    let freed = async { while fetch(&house, &path, &beat, &[]).await.status != 200 {} };
    tokio::time::timeout(DEADLINE, freed).await.expect("whoever went has made room");
}
