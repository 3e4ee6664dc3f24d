//! A copy of a running house, and its way back.

use super::{
    client::{Socket, get, staff_cookie, waiting_guest},
    house::{House, email},
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[tokio::test]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_and_nothing_half() {
    let mut house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let file = house.folder.path().join("house.tar");
    let over = Arc::new(AtomicBool::new(false));
    let (started, begun) = tokio::sync::oneshot::channel();
    let load = async {
        let mut guests = Vec::new();
        for _ in 0..8 {
            guests.push(waiting_guest(&house).await);
        }
        let mut before = Vec::new();
        for n in 0..50 {
            for (guest, _) in &mut guests {
                before.push(guest.say_as_guest("alpha", &format!("before {n}")).await);
            }
        }
        let _ = started.send(before);
        let mut after = 0;
        while !over.load(Ordering::Relaxed) {
            for (guest, _) in &mut guests {
                guest.say_as_guest("alpha", "meanwhile").await;
                after += 1;
            }
        }
        after
    };
    let copy = async {
        let before = begun.await.unwrap();
        // On a thread of its own: the load goes on.
        let mut command = house.command(&["backup", &file.display().to_string()]);
        let made = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        over.store(true, Ordering::Relaxed);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        before
    };
    let (after, before) = tokio::join!(load, copy);
    assert!(after > 0, "something was said while the copy was made");
    // Nothing is overwritten, and a running house is not taken from under anybody.
    let path = file.display().to_string();
    let (again, text) = house.try_run(&["backup", &path], "");
    assert!(!again && text.contains("exists already"), "{text}");
    let (there, text) = house.try_run(&["restore", &path], "");
    assert!(!there && text.contains("--replace"), "{text}");
    let (in_use, text) = house.try_run(&["restore", "--replace", &path], "");
    assert!(!in_use && text.contains("in use"), "{text}");
    waiting_guest(&house).await;

    house.stop();
    let total = house.number("SELECT count(*) FROM entry");
    let (put_back, text) = house.try_run(&["restore", "--replace", &path], "");
    assert!(put_back && text.contains("before-"), "{text}");
    let kept = house.number("SELECT count(*) FROM entry");
    assert!(kept >= before.len() as i64 && kept <= total, "{kept} of {total}");
    for stored in &before {
        let id = stored["conversation"].as_str().unwrap().replace('-', "");
        let there =
            format!("SELECT count(*) FROM entry WHERE conversation = x'{id}' AND seq = {}", stored["seq"]);
        assert_eq!(house.number(&there), 1);
    }
    let gaps = "SELECT count(*) FROM conversation c WHERE last_seq <> (SELECT count(*) FROM entry e WHERE \
        e.conversation = c.id)";
    assert_eq!(house.number(gaps), 0);
    // The trail says so, and goes on from there.
    assert!(house.try_run(&["audit", "verify"], "").0);
    let last = house.rows("SELECT what, detail FROM audit ORDER BY seq DESC LIMIT 1").concat();
    assert!(last[0] == "restored" && last[1].contains(&format!("with {kept} entries")), "{last:?}");
    house.start();
    let beat = staff_cookie(&house, "Beat").await;
    assert!(get(&house, "/admin/logs", &beat).await.body.contains("/admin/logs/"));
    let (mut guest, _) = waiting_guest(&house).await;
    guest.say_as_guest("alpha", "The house goes on").await;
}

#[tokio::test]
async fn a_damaged_cut_or_foreign_archive_is_refused_and_changes_nothing() {
    let mut house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    let (_guest, c) = waiting_guest(&house).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    std::fs::create_dir_all(house.folder.path().join("mail")).unwrap();
    std::fs::write(house.folder.path().join("mail/one.eml"), "a letter").unwrap();
    let good = house.folder.path().join("good.tar");
    house.run(&["backup", good.to_str().unwrap()], "");
    house.stop();
    let bytes = std::fs::read(&good).unwrap();
    let middle = bytes.len() / 2;
    let changed = |at: usize| {
        let mut copy = bytes.clone();
        copy[at] ^= 0xff;
        copy
    };
    let bad = house.folder.path().join("bad.tar");
    for (what, damaged) in [
        ("a flipped byte", changed(middle)),
        ("cut off", bytes[..middle].to_vec()),
        ("empty", Vec::new()),
        ("no archive", b"hello, this is not a tar archive at all".repeat(40)),
        ("another list", changed(600)),
    ] {
        std::fs::write(&bad, damaged).unwrap();
        let (restored, text) = house.try_run(&["restore", "--replace", bad.to_str().unwrap()], "");
        assert!(!restored, "{what}: {text}");
        assert!(!text.contains("panicked"), "{what}: {text}");
        assert_eq!(house.number("SELECT count(*) FROM conversation"), 1, "{what}");
    }
    let (missing, text) = house.try_run(&["restore", "/no/such/file"], "");
    assert!(!missing && !text.contains("panicked"), "{text}");
    // On an empty machine it comes up whole, with its letters.
    let fresh = House::empty(&[]);
    let (restored, text) = fresh.try_run(&["restore", good.to_str().unwrap()], "");
    assert!(restored, "{text}");
    assert_eq!(fresh.letters(), ["a letter"]);
    assert_eq!(fresh.rows("SELECT email FROM staff").concat(), [email("Maria")]);
}
