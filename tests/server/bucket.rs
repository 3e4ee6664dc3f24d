//! Files in a bucket instead of a folder: the same claims, against an S3 server of one's own.

use super::{
    attachments,
    client::{Socket, guest_cookie},
    house::{DEADLINE, House},
    keeping,
    upload::{bring, fetch, jpeg, noisy_jpeg, pdf, send, upload},
};
use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};
use tempfile::TempDir;
use uuid::Uuid;

const KEY: &str = "bellhop";
const SECRET: &str = "a secret of the tests";

/// SeaweedFS, with everything in one process.
struct Weed {
    folder: TempDir,
    ports: Vec<String>,
    server: Option<Child>,
}

impl Weed {
    /// On other ports if somebody was faster.
    fn start() -> Self {
        for _ in 0..5 {
            let mut weed = Weed { folder: tempfile::tempdir().unwrap(), ports: free_ports(), server: None };
            weed.go_on();
            if weed.is_up() {
                return weed;
            }
        }
        panic!("the S3 server does not start");
    }

    /// Whether it answers, at last.
    fn is_up(&mut self) -> bool {
        let begun = Instant::now();
        let address = format!("127.0.0.1:{}", self.ports[0]);
        while begun.elapsed() < DEADLINE && self.server.as_mut().unwrap().try_wait().unwrap().is_none() {
            if TcpStream::connect(&address).is_ok() {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }

    fn go_on(&mut self) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/weed");
        assert!(program.exists(), "there is no S3 server: run scripts/s3-server first");
        let names = [
            "s3.port",
            "s3.port.grpc",
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "admin.port",
            "admin.port.grpc",
        ];
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(["mini", "-bucket=files", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-webdav=false"]);
        command.args(["-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]);
        command.arg(format!("-dir={}", self.folder.path().display()));
        command.args(names.iter().zip(&self.ports).map(|(name, port)| format!("-{name}={port}")));
        command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.stdout(Stdio::null()).stderr(log);
        self.server = Some(command.spawn().unwrap());
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// A Bellhop whose files lie here, once they can.
    fn house(&self, more: &[(&str, &str)]) -> House {
        let endpoint = format!("http://127.0.0.1:{}", self.ports[0]);
        let mut settings = vec![
            ("BELLHOP_FILES_URL", "s3://files/of/bellhop"),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        settings.extend(more);
        let house = House::with(&settings);
        let begun = Instant::now();
        // It is up before its bucket is there; nothing is noted yet, so this only asks for the list.
        while !house.try_run(&["files", "check"], "").0 {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(begun.elapsed() < DEADLINE, "{}\n{}", house.try_run(&["files", "check"], "").1, log());
        }
        house
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ports nobody listens on, below those a system gives away by itself: other tests ask for such all the time.
fn free_ports() -> Vec<String> {
    let mut free = Vec::new();
    while free.len() < 10 {
        let port = 12_000 + Uuid::new_v4().as_u128() as u16 % 18_000;
        free.extend(TcpListener::bind(("127.0.0.1", port)).ok());
    }
    free.iter().map(|port| port.local_addr().unwrap().port().to_string()).collect()
}

fn in_folder(house: &House) -> bool {
    let below = std::fs::read_dir(house.folder.path().join("files")).unwrap();
    below.map(|entry| entry.unwrap().file_name()).any(|name| name != "incoming")
}

#[tokio::test]
async fn a_photo_goes_from_guest_to_desk() {
    let weed = Weed::start();
    attachments::photo_from_guest_to_desk(weed.house(&[])).await;
}

#[tokio::test]
async fn whoever_may_not_read_it_has_no_file_of_a_bucket() {
    let weed = Weed::start();
    attachments::walls(weed.house(&[])).await;
}

#[tokio::test]
async fn a_crash_leaves_file_and_entry_or_neither() {
    let weed = Weed::start();
    keeping::crash(weed.house(&[]), 5).await;
}

#[tokio::test]
async fn the_last_to_use_a_file_takes_it_along() {
    let weed = Weed::start();
    keeping::last_user(weed.house(&[])).await;
}

#[tokio::test]
async fn a_bad_file_leaves_nothing_in_the_bucket() {
    let weed = Weed::start();
    attachments::bad_files(weed.house(&[])).await;
}

#[tokio::test]
async fn a_large_file_comes_piece_by_piece_and_from_anywhere() {
    let weed = Weed::start();
    let house = weed.house(&[]);
    let cookie = guest_cookie(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "a.jpg", &noisy_jpeg(1_400, 1_400, 3)).await;
    let path = format!("/files/{}", brought["id"].as_str().unwrap());
    let whole = fetch(&house, &path, &cookie, &[]).await.body;
    assert!(whole.len() > 2_000_000 && whole.len() as i64 == brought["bytes"].as_i64().unwrap());
    assert!(image::load_from_memory(&whole).is_ok());
    for range in [0..1, 500_000..1_600_000, 1_048_576..1_048_577, 2_000_000..whole.len()] {
        let asked = format!("bytes={}-{}", range.start, range.end - 1);
        let part = fetch(&house, &path, &cookie, &[("range", &asked)]).await;
        assert_eq!(part.status, 206);
        assert!(part.body == whole[range], "{asked}");
    }
}

#[tokio::test]
async fn with_a_key_they_lie_sealed() {
    let weed = Weed::start();
    let house = weed.house(&[("BELLHOP_FILES_KEY", &"7f".repeat(32))]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "menu.pdf", &pdf()).await;
    let id = brought["id"].as_str().unwrap();
    guest.ok(attachments::with_files("alpha", "", &[id])).await;
    assert_eq!(fetch(&house, &format!("/files/{id}"), &cookie, &[]).await.body, pdf());
    assert!(!in_folder(&house));
    for volume in std::fs::read_dir(weed.folder.path()).unwrap() {
        let path = volume.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "dat") {
            assert!(!std::fs::read(path).unwrap().windows(5).any(|part| part == b"%PDF-"));
        }
    }
}

#[tokio::test]
async fn without_its_bucket_the_desk_goes_on_with_words() {
    let mut weed = Weed::start();
    let mut house = weed.house(&[]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "menu.pdf", &pdf()).await;
    let id = brought["id"].as_str().unwrap();
    weed.stop();
    let bytes = jpeg(40, 30);
    let begun = upload(&house, "/chat/alpha/files", &cookie, "a.jpg", bytes.len()).await;
    let at = begun.header("location").to_owned();
    let answer = send(&house, "PATCH", &at, &cookie, &[("upload-offset", "0")], bytes).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("Send your message without it"), "{}", answer.text());
    assert_eq!(fetch(&house, &format!("/files/{id}"), &cookie, &[]).await.status, 503);
    guest.say_as_guest("alpha", "In words, then").await;
    // Not even when it starts without it.
    house.kill();
    house.start();
    assert!(house.log().contains("the bucket of BELLHOP_FILES_URL cannot be used"), "{}", house.log());
    let cookie_of_another = guest_cookie(&house, "alpha").await;
    Socket::open(&house, &cookie_of_another).await.say_as_guest("alpha", "And I").await;
    // What it had is there when it is.
    weed.go_on();
    let begun = Instant::now();
    while fetch(&house, &format!("/files/{id}"), &cookie, &[]).await.status != 200 {
        assert!(begun.elapsed() < DEADLINE);
    }
}

#[tokio::test]
async fn what_lay_in_the_folder_before_is_read_moved_and_checked() {
    let weed = Weed::start();
    let house = weed.house(&[]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "menu.pdf", &pdf()).await;
    let path = format!("/files/{}", brought["id"].as_str().unwrap());
    guest.ok(attachments::with_files("alpha", "", &[brought["id"].as_str().unwrap()])).await;
    // As it lay before there was a bucket.
    let hash = house.rows("SELECT lower(hex(hash)) FROM stored_file")[0][0].clone();
    let below = house.folder.path().join("files").join(&hash[..2]);
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join(&hash), pdf()).unwrap();
    let object = format!("of/bellhop/{}/{hash}", &hash[..2]);
    let filer = format!("127.0.0.1:{}", weed.ports[6]);
    assert!(TcpStream::connect(&filer).is_ok());
    ureq::delete(format!("http://{filer}/buckets/files/{object}")).call().unwrap();
    assert_eq!(fetch(&house, &path, &cookie, &[]).await.body, pdf(), "from the folder");
    let part = fetch(&house, &path, &cookie, &[("range", "bytes=1-4")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &pdf()[1..=4]));

    let archive = house.folder.path().join("all.tar");
    assert!(!house.run(&["backup", archive.to_str().unwrap()], "").contains("bucket"));
    assert_eq!(house.run(&["files", "move"], ""), "1 files moved.\n");
    assert!(!below.join(&hash).exists());
    assert_eq!(fetch(&house, &path, &cookie, &[]).await.body, pdf(), "from the bucket");
    let part = fetch(&house, &path, &cookie, &[("range", "bytes=1-4")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &pdf()[1..=4]));
    std::fs::remove_file(&archive).unwrap();
    let told = house.run(&["backup", archive.to_str().unwrap()], "");
    assert!(told.contains("1 files of it stay where they are, in their bucket"), "{told}");
    assert!(house.run(&["files", "check"], "").contains("1 files, 0 missing, 0 damaged, 0 left over."));
    ureq::delete(format!("http://{filer}/buckets/files/{object}")).call().unwrap();
    let (whole, found) = house.try_run(&["files", "check"], "");
    assert!(!whole && found.contains("1 missing"), "{found}");
}

#[test]
fn an_address_that_is_none_is_refused_at_start() {
    let house = House::empty(&[("BELLHOP_FILES_URL", "https://key:secret@elsewhere.example/files")]);
    let (started, told) = house.try_run(&["serve"], "");
    assert!(!started && told.contains("s3://bucket/folder") && !told.contains("panicked"), "{told}");
}
