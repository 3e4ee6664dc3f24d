//! Files beside words, kept: through crashes, beside one another, sealed, in a backup, and gone with the last
//! who used them.

use super::{
    attachments::with_files,
    client::{Socket, get, guest_cookie, staff_cookie},
    house::House,
    upload::{bring, fetch, jpeg, noisy_jpeg, pdf, send},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

/// Files that lie with the files, wherever that is.
pub fn stored(house: &House) -> i64 {
    let (_, told) = house.try_run(&["files", "check"], "");
    let line = told.lines().last().unwrap();
    let count: Vec<i64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [noted, missing, _damaged, left_over] = count[..] else { panic!("{told}") };
    noted - missing + left_over
}

#[tokio::test]
async fn a_crash_leaves_file_and_entry_or_neither() {
    crash(House::open(), 20).await;
}

pub async fn crash(mut house: House, rounds: u64) {
    let cookie = guest_cookie(&house, "alpha").await;
    for round in 0..rounds {
        let picture = noisy_jpeg(80, 80, 1_000 + round);
        let mut guest = Socket::open(&house, &cookie).await;
        let taken = bring(&house, "/chat/alpha/files", &cookie, "crash.jpg", &picture).await;
        let id = taken["id"].as_str().unwrap().to_owned();
        // The message is under way when the power goes.
        let say = with_files("alpha", &format!("Round {round}"), &[&id]);
        guest.send(say.clone()).await;
        let acknowledged =
            round % 2 == 0 && guest.frame().await.is_some_and(|answer| answer.get("ok").is_some());
        house.kill();
        house.start();
        let said = house.number(&format!("SELECT count(*) FROM entry WHERE body = 'Round {round}'"));
        assert!(said == 1 || !acknowledged, "round {round}: acknowledged and gone");
        // Said or not, the file is whole; and it is said by sending the same again.
        let mut guest = Socket::open(&house, &cookie).await;
        guest.ok(say).await;
        let whole = fetch(&house, &format!("/files/{id}"), &cookie, &[]).await;
        assert_eq!(image::load_from_memory(&whole.body).unwrap().width(), 80, "round {round}");
    }
    assert_eq!(house.number("SELECT count(*) FROM entry"), rounds as i64);
}

#[tokio::test]
async fn the_last_to_use_a_file_takes_it_along() {
    last_user(House::open()).await;
}

pub async fn last_user(house: House) {
    house.add_staff("Helena", &["--admin"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let helena = staff_cookie(&house, "Helena").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let picture = jpeg(33, 33);
    let mut conversations = Vec::new();
    for _ in 0..2 {
        let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
        let id = bring(&house, "/chat/alpha/files", &cookie, "a.jpg", &picture).await["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let said = guest.ok(with_files("alpha", "", &[&id])).await;
        let conversation = said["conversation"].as_str().unwrap().to_owned();
        maria.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
        maria.ok(json!({"do": "resolve", "conversation": conversation, "epoch": 1})).await;
        conversations.push(conversation);
    }
    assert_eq!(stored(&house), 2, "one copy of the picture and of its small version");
    for (conversation, left) in conversations.iter().zip([2, 0]) {
        let form = [("sure", "yes")];
        let path = format!("/admin/hotels/alpha/guests/{conversation}/erase");
        let answer = super::client::post(&house, &path, &helena, &form).await;
        assert!(answer.status < 400, "{} {}", answer.status, answer.body);
        assert_eq!(stored(&house), left);
    }
    assert_eq!(house.number("SELECT count(*) FROM attachment"), 0);
    assert_eq!(house.number("SELECT count(*) FROM stored_file"), 0);
}

#[tokio::test]
async fn with_a_key_files_lie_sealed() {
    let house = House::with(&[("BELLHOP_FILES_KEY", &"7f".repeat(32))]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let id = bring(&house, "/chat/alpha/files", &cookie, "menu.pdf", &pdf()).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    guest.ok(with_files("alpha", "", &[&id])).await;
    assert_eq!(fetch(&house, &format!("/files/{id}"), &cookie, &[]).await.body, pdf());
    for folder in std::fs::read_dir(house.folder.path().join("files")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(4).any(|part| part == b"%PDF"));
        }
    }
}

#[tokio::test]
async fn a_transcript_an_export_and_a_search_know_of_files() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let told =
        |name: &str, alt: &str| format!("filename {},alt {}", STANDARD.encode(name), STANDARD.encode(alt));
    let picture = jpeg(300, 200);
    let size = picture.len().to_string();
    let meta = told("Dripping.jpg", "The tap of the bath");
    let headers = [("upload-length", size.as_str()), ("upload-metadata", &meta)];
    let begun = send(&house, "POST", "/chat/alpha/files", &cookie, &headers, Vec::new()).await;
    let at = begun.header("location").to_owned();
    let taken = send(&house, "PATCH", &at, &cookie, &[("upload-offset", "0")], picture).await.json();
    let said = guest.ok(with_files("alpha", "", &[taken["id"].as_str().unwrap()])).await;
    let conversation = said["conversation"].as_str().unwrap();
    for ending in ["as.pdf", "complete.pdf"] {
        let pdf = fetch(&house, &format!("/admin/logs/{conversation}/{ending}"), &beat, &[]).await;
        assert_eq!(pdf.status, 200);
        assert!(pdf.text().contains("/Subtype /Image") || pdf.text().contains("/Subtype/Image"), "{ending}");
    }
    let csv = get(&house, &format!("/admin/logs/{conversation}/as.csv"), &beat).await.body;
    assert!(csv.contains(&format!("Photo /files/{}", taken["id"].as_str().unwrap())), "{csv}");
    let lines = get(&house, &format!("/admin/logs/{conversation}/as.jsonl"), &beat).await.body;
    assert!(lines.contains("\"files\":[{"), "{lines}");
    let log = get(&house, &format!("/admin/logs/{conversation}"), &beat).await.body;
    assert!(log.contains("alt=\"The tap of the bath\""), "{log}");
    for words in ["dripping", "bath"] {
        let found = |page: &super::client::Page| page.body.contains(conversation);
        super::client::get_until(&house, &format!("/admin/logs?words={words}"), &beat, found).await;
    }
}

#[tokio::test]
async fn a_backup_holds_the_files_and_a_check_finds_what_is_amiss() {
    let mut house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "menu.pdf", &pdf()).await;
    let id = brought["id"].as_str().unwrap();
    guest.ok(with_files("alpha", "", &[id])).await;
    assert!(house.run(&["files", "check"], "").contains("1 files, 0 missing, 0 damaged, 0 left over."));
    let archive = house.folder.path().join("all.tar");
    house.run(&["backup", archive.to_str().unwrap()], "");

    let mut fresh = House::empty(&[]);
    fresh.run(&["restore", archive.to_str().unwrap()], "");
    fresh.start();
    assert_eq!(fetch(&fresh, &format!("/files/{id}"), &cookie, &[]).await.body, pdf());

    house.kill();
    let folder = house.folder.path().join("files");
    let beside = folder.join("00");
    std::fs::create_dir_all(&beside).unwrap();
    std::fs::write(beside.join("00".repeat(32)), b"nobody's").unwrap();
    let found = house.run(&["files", "check"], "");
    assert!(found.contains("left over 0000") && found.contains("1 left over."), "{found}");
    house.run(&["files", "check", "--remove"], "");
    assert_eq!(stored(&house), 1);
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap().next())
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(&file, b"another").unwrap();
    let (whole, found) = house.try_run(&["files", "check"], "");
    assert!(!whole && found.contains("1 damaged"), "{found}");
    std::fs::remove_file(&file).unwrap();
    let (whole, found) = house.try_run(&["files", "check"], "");
    assert!(
        !whole && found.contains("1 missing") && found.contains("put them back from a backup"),
        "{found}"
    );
    // What is not there is an error of ours, told in words; and the page is there.
    house.start();
    assert_eq!(fetch(&house, &format!("/files/{id}"), &cookie, &[]).await.status, 503);
    assert_eq!(get(&house, "/chat/alpha", &cookie).await.status, 200);
}
