//! Files beside words: brought in pieces, said once, given to whoever may read them, and to nobody else.

use super::{
    client::{Socket, get, guest_cookie, post, say, staff_cookie},
    house::{DEADLINE, House},
    keeping::stored,
    upload::{
        Answer, bring, corpus, fetch, form, jpeg, noisy_jpeg, pdf, photo_of_a_telephone, send, upload, webm,
    },
};
use serde_json::{Value, json};
use std::{io::Write as _, net::TcpStream};
use tokio::time::timeout;
use uuid::Uuid;

pub fn with_files(hotel: &str, body: &str, files: &[&str]) -> Value {
    json!({"do": "say", "hotel": hotel, "client_id": Uuid::now_v7(), "body": body, "files": files})
}

#[tokio::test]
async fn a_photo_goes_from_guest_to_desk_in_one_entry_with_its_words() {
    photo_from_guest_to_desk(House::open()).await;
}

pub async fn photo_from_guest_to_desk(house: House) {
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let taken = bring(&house, "/chat/alpha/files", &cookie, "../IMG_0042.HEIC", &jpeg(400, 300)).await;
    assert_eq!(
        (&taken["kind"], &taken["width"], &taken["height"]),
        (&json!("picture"), &json!(400), &json!(300))
    );
    assert_eq!(taken["name"], "IMG_0042.jpg", "the name of what it is, and no path");
    let id = taken["id"].as_str().unwrap();

    let stored = guest.ok(with_files("alpha", "The tap drips", &[id])).await;
    assert_eq!(stored["seq"], 1);
    let event = maria.event("row").await;
    assert_eq!(event["row"]["last_line"], "Photo · The tap drips", "{event}");
    let conversation = stored["conversation"].as_str().unwrap();
    let opened = maria.ok(json!({"do": "open", "conversation": conversation})).await;
    let entry = &opened["entries"][0];
    assert_eq!((&entry["body"], &entry["files"][0]), (&json!("The tap drips"), &taken));
    let seen = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert_eq!(seen["entries"][0]["files"][0]["id"], id);

    for cookie in [&cookie, &staff_cookie(&house, "Maria").await] {
        let whole = fetch(&house, &format!("/files/{id}"), cookie, &[]).await;
        assert_eq!((whole.status, whole.header("content-type")), (200, "image/jpeg"));
        assert_eq!(
            whole.header("content-disposition"),
            "inline; filename=\"IMG_0042.jpg\"; filename*=UTF-8''IMG_0042.jpg"
        );
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert_eq!(whole.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(whole.header("cache-control"), "private, no-cache");
        assert_eq!(image::load_from_memory(&whole.body).unwrap().width(), 400);
        let small = fetch(&house, &format!("/files/{id}/small"), cookie, &[]).await;
        assert_eq!((small.status, small.header("content-type")), (200, "image/jpeg"));
    }
    // Asked again it is not sent again, and a stretch is a stretch.
    let whole = fetch(&house, &format!("/files/{id}"), &cookie, &[]).await;
    let tag = whole.header("etag").to_owned();
    let same = fetch(&house, &format!("/files/{id}"), &cookie, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let part = fetch(&house, &format!("/files/{id}"), &cookie, &[("range", "bytes=2-5")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[2..=5]));
    assert_eq!(part.header("content-range"), format!("bytes 2-5/{}", whole.body.len()));
    let download = fetch(&house, &format!("/files/{id}?download"), &cookie, &[]).await;
    assert!(download.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn an_answer_and_a_note_carry_files_under_the_rules_of_words() {
    let house = House::open();
    for name in ["Maria", "Jonas"] {
        house.add_staff(name, &["--agent", "alpha"]);
    }
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    let conversation =
        guest.say_as_guest("alpha", "Where can one eat?").await["conversation"].as_str().unwrap().to_owned();
    let mut maria = Socket::staff(&house, "Maria").await;
    let (hers, his) = (staff_cookie(&house, "Maria").await, staff_cookie(&house, "Jonas").await);
    let at = format!("/desk/{conversation}/files");
    let menu = bring(&house, &at, &hers, "Menu.pdf", &pdf()).await["id"].as_str().unwrap().to_owned();
    let mut answer = say(&conversation, 0, 1, "");
    answer["files"] = json!([menu]);
    assert_eq!(maria.no(answer.clone()).await["code"], "not_holder");
    maria.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    answer["epoch"] = json!(1);
    answer["seen"] = json!(2);
    assert_eq!(jonas.no(answer.clone()).await["code"], "not_holder");
    let said = maria.ok(answer).await;
    assert_eq!(said["seq"], 3);
    let file = fetch(&house, &format!("/files/{menu}"), &cookie, &[]).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/pdf"));
    assert!(file.header("content-disposition").starts_with("attachment"), "a PDF is never shown");

    // What stands in a note stays inside.
    let inside =
        bring(&house, &at, &his, "passport.jpg", &jpeg(50, 40)).await["id"].as_str().unwrap().to_owned();
    let client_id = Uuid::now_v7();
    let note = json!({"do": "note", "conversation": conversation, "client_id": client_id, "body": "",
        "files": [inside]});
    jonas.ok(note).await;
    let path = format!("/files/{inside}");
    assert_eq!(fetch(&house, &path, &hers, &[]).await.status, 200);
    assert_eq!(fetch(&house, &path, &cookie, &[]).await.status, 404, "the guest");
    assert_eq!(fetch(&house, &format!("{path}/small"), &cookie, &[]).await.status, 404);
    maria.ok(say(&conversation, 1, 4, "Enjoy")).await;
    assert!(guest.heard_until("Enjoy").await.iter().all(|event| !event.to_string().contains(&inside)));
}

#[tokio::test]
async fn a_file_is_said_once_by_whoever_brought_it() {
    let house = House::open();
    house.add_hotel("beta");
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let (mut other, others) = Socket::guest(&house, "alpha").await;
    let brought = bring(&house, "/chat/alpha/files", &cookie, "a.jpg", &jpeg(20, 20)).await;
    let id = brought["id"].as_str().unwrap();
    assert_eq!(other.no(with_files("alpha", "", &[id])).await["code"], "file_gone", "another's");
    assert_eq!(guest.no(with_files("beta", "", &[id])).await["code"], "file_gone", "for another hotel");
    assert_eq!(guest.no(with_files("alpha", "", &[id, id])).await["code"], "file_gone", "twice in one");
    let nobodys = Uuid::now_v7().to_string();
    assert_eq!(guest.no(with_files("alpha", "", &[&nobodys])).await["code"], "file_gone");
    let say = with_files("alpha", "", &[id]);
    let first = guest.ok(say.clone()).await;
    assert_eq!(guest.ok(say.clone()).await, first, "a resend gets the first answer");
    assert_eq!(
        guest.no(with_files("alpha", "Again", &[id])).await["code"],
        "file_gone",
        "in another message"
    );
    let mut without = say;
    without["files"] = json!([]);
    without["body"] = json!("x");
    assert_eq!(guest.no(without).await["code"], "client_id_used");
    let many: Vec<String> = (0..11).map(|_| Uuid::now_v7().to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(guest.no(with_files("alpha", "", &many)).await["code"], "invalid");
    assert_eq!(guest.no(with_files("alpha", " ", &[])).await["code"], "empty");
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
    // Begun and not whole is not there.
    let begun =
        upload(&house, "/chat/alpha/files", &others, "b.jpg", 5_000).await.header("location").to_owned();
    let half = begun.split('/').nth(2).unwrap();
    assert_eq!(other.no(with_files("alpha", "", &[half])).await["code"], "file_gone");
}

#[tokio::test]
async fn nobody_has_a_file_who_may_not_read_what_it_stands_in() {
    walls(House::open()).await;
}

pub async fn walls(house: House) {
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Helena", &["--admin"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let stranger = guest_cookie(&house, "alpha").await;
    let [maria, boss, helena] = [
        staff_cookie(&house, "Maria").await,
        staff_cookie(&house, "Boss").await,
        staff_cookie(&house, "Helena").await,
    ];
    let id = bring(&house, "/chat/alpha/files", &cookie, "a.jpg", &jpeg(20, 20)).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let all = [format!("/files/{id}"), format!("/files/{id}/small")];
    let nowhere = fetch(&house, &format!("/files/{}", Uuid::now_v7()), &stranger, &[]).await;
    let asked = async |cookie: &str| {
        let mut statuses = Vec::new();
        for path in &all {
            let answer = fetch(&house, path, cookie, &[]).await;
            if answer.status == 404 {
                assert_eq!(answer.body, nowhere.body, "not yours looks like nothing there");
            }
            statuses.push(answer.status);
        }
        assert_eq!(statuses[0], statuses[1]);
        statuses[0]
    };
    // Before it is said it is its sender's alone.
    assert_eq!(
        [asked(&cookie).await, asked(&maria).await, asked(&helena).await, asked("").await],
        [200, 404, 404, 401]
    );
    guest.ok(with_files("alpha", "", &[&id])).await;
    for (who, cookie, status) in [
        ("guest", &cookie, 200),
        ("agent", &maria, 200),
        ("admin", &helena, 200),
        ("stranger", &stranger, 404),
        ("another hotel", &boss, 404),
    ] {
        assert_eq!(asked(cookie).await, status, "{who}");
    }
    assert_eq!(asked("").await, 401);
    let upload = format!("/files/{id}/upload");
    for (method, cookie) in [
        ("HEAD", &stranger),
        ("PATCH", &stranger),
        ("DELETE", &stranger),
        ("HEAD", &cookie),
        ("DELETE", &cookie),
    ] {
        let answer = send(&house, method, &upload, cookie, &[("upload-offset", "0")], Vec::new()).await;
        assert_eq!(answer.status, 404, "{method}: what was said is no upload any more, and never another's");
    }
    // Whoever loses the right loses the file, at the next look.
    house.run(&["staff", "disable", "maria@hotel.example"], "");
    assert_ne!(asked(&maria).await, 200);
    // Not from another site, whoever's cookie comes along.
    for method in ["PATCH", "DELETE"] {
        let from = [("origin", "https://elsewhere.example"), ("upload-offset", "0")];
        assert_eq!(send(&house, method, &upload, &cookie, &from, Vec::new()).await.status, 403, "{method}");
    }
    let from = [("origin", "https://elsewhere.example"), ("upload-length", "10")];
    assert_eq!(send(&house, "POST", "/chat/alpha/files", &cookie, &from, Vec::new()).await.status, 403);
}

#[tokio::test]
async fn an_upload_that_is_cut_goes_on_where_it_stopped() {
    let house = House::open();
    let cookie = guest_cookie(&house, "alpha").await;
    let mut random = 7_u64;
    for round in 0..100 {
        let picture = noisy_jpeg(60, 60, round);
        let begun = upload(&house, "/chat/alpha/files", &cookie, "cut.jpg", picture.len()).await;
        let address = begun.header("location").to_owned();
        let (mut at, mut cuts) = (0, 0);
        let taken = loop {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let sent = ((random >> 33) as usize) % (picture.len() - at + 1);
            if cuts < 3 {
                // The line breaks in the middle of a request.
                let mut line = TcpStream::connect(&house.address).unwrap();
                let head = format!(
                    "PATCH {address} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\nupload-offset: {at}\r\n\
                     content-length: {}\r\n\r\n",
                    house.address,
                    picture.len() - at
                );
                line.write_all(head.as_bytes()).unwrap();
                line.write_all(&picture[at..at + sent]).unwrap();
                drop(line);
                cuts += 1;
            }
            // What has come is told; somebody else's turn may take a moment to end.
            let asking = async {
                loop {
                    let told = send(&house, "HEAD", &address, &cookie, &[], Vec::new()).await;
                    let at: usize = told.header("upload-offset").parse().unwrap();
                    let offset = at.to_string();
                    let rest = picture[at..].to_vec();
                    let rest = if cuts < 3 { rest[..rest.len() / 2].to_vec() } else { rest };
                    let answer =
                        send(&house, "PATCH", &address, &cookie, &[("upload-offset", &offset)], rest).await;
                    if !matches!(answer.status, 503 | 409) {
                        break answer;
                    }
                }
            };
            let answer = timeout(DEADLINE, asking).await.expect("a turn in time");
            match answer.status {
                200 => break answer.json(),
                204 => at = answer.header("upload-offset").parse().unwrap(),
                other => panic!("round {round}: {other} {}", answer.text()),
            }
        };
        let whole = fetch(&house, &format!("/files/{}", taken["id"].as_str().unwrap()), &cookie, &[]).await;
        assert_eq!(image::load_from_memory(&whole.body).unwrap().width(), 60, "round {round}");
        if round % 10 == 9 {
            // They are sent and taken back in turn: not more than some may wait.
            house.write("DELETE FROM attachment");
        }
    }
}

#[tokio::test]
async fn a_bad_file_is_refused_in_words_and_harms_nobody() {
    bad_files(House::open()).await;
}

pub async fn bad_files(house: House) {
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut refused = 0;
    for (name, bytes) in corpus() {
        let answer = offer(&house, &cookie, name, &bytes).await;
        let posted = form(&house, "alpha", &cookie, Uuid::now_v7(), "With a file", &[(name, &bytes)]).await;
        for status in [answer.status, posted.status] {
            assert!(status < 500, "{name}: {status} {}", answer.text());
        }
        assert_eq!(answer.status, 422, "{name}: {}", answer.text());
        let told = answer.json();
        assert_eq!(told["code"], "invalid", "{name}");
        assert!(told["words"].as_str().unwrap().ends_with('.'), "{told}");
        assert!(!told["words"].as_str().unwrap().contains('\u{202e}'), "{told}");
        assert!(posted.text().contains("With a file"), "{name}: the words are still there");
        refused += 1;
    }
    assert!(refused > 20, "{refused}");
    assert_eq!(house.number("SELECT count(*) FROM entry"), 0);
    assert_eq!(stored(&house), 0, "nothing of it is kept");
    assert_eq!(house.number("SELECT count(*) FROM attachment"), 0);
    assert!(!house.log().contains("panicked"), "{}", house.log());
    guest.say_as_guest("alpha", "Still there?").await;
}

/// Brings a file, whatever comes of it: the first answer that is not a mere "go on".
async fn offer(house: &House, cookie: &str, name: &str, bytes: &[u8]) -> Answer {
    let begun = upload(house, "/chat/alpha/files", cookie, name, bytes.len()).await;
    if begun.status != 201 {
        return begun;
    }
    let at = begun.header("location").to_owned();
    send(house, "PATCH", &at, cookie, &[("upload-offset", "0")], bytes.to_vec()).await
}

#[tokio::test]
async fn what_a_telephone_writes_into_a_photo_is_gone() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    for round in 0..20 {
        let photo = photo_of_a_telephone(round);
        assert!(photo.windows(9).any(|part| part == b"MAKERNAME"));
        let taken = bring(&house, "/chat/alpha/files", &cookie, "IMG.jpg", &photo).await;
        let id = taken["id"].as_str().unwrap();
        guest.ok(with_files("alpha", "", &[id])).await;
        for path in [format!("/files/{id}"), format!("/files/{id}/small")] {
            let kept = fetch(&house, &path, &cookie, &[]).await.body;
            for gone in [&b"MAKERNAME"[..], b"Exif", b"GPS", b"<script"] {
                assert!(
                    !kept.windows(gone.len()).any(|part| part == gone),
                    "{}",
                    String::from_utf8_lossy(gone)
                );
            }
        }
    }
}

#[tokio::test]
async fn a_form_without_scripts_sends_words_and_files_as_one_entry_once() {
    let house = House::open();
    let cookie = guest_cookie(&house, "alpha").await;
    let client_id = Uuid::now_v7();
    let files: [(&str, &[u8]); 2] = [("one.jpg", &jpeg(30, 30)), ("menu.pdf", &pdf())];
    for _ in 0..2 {
        let answer = form(&house, "alpha", &cookie, client_id, "Both at once", &files).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    assert_eq!(house.rows("SELECT body, json_array_length(files) FROM entry"), [["Both at once", "2"]]);
    let page = get(&house, "/chat/alpha", &cookie).await.body;
    assert!(page.contains("/small width=30 height=30 alt=\"Photo\""), "{page}");
    assert!(page.contains("menu.pdf"));
    // As large as photos are.
    let large = noisy_jpeg(1_400, 1_400, 5);
    assert!(large.len() > 2_000_000);
    let answer =
        form(&house, "alpha", &cookie, Uuid::now_v7(), "A large one", &[("large.jpg", &large)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let without = form(&house, "alpha", &cookie, Uuid::now_v7(), "Only words", &[]).await;
    assert_eq!(without.status, 303, "{}", without.text());
    // Six are one too many, and the words are not lost.
    let six: Vec<(&str, &[u8])> = (0..6).map(|_| files[0]).collect();
    let answer = form(&house, "alpha", &cookie, Uuid::now_v7(), "All of them", &six).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("All of them") && answer.text().contains("5 files per message is the limit"),
        "{}",
        answer.text()
    );
    assert_eq!(house.number("SELECT count(*) FROM entry"), 3);
}

#[tokio::test]
async fn a_voice_says_how_long_it_is() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let taken = bring(&house, "/chat/alpha/files", &cookie, "", &webm(23)).await;
    assert_eq!(
        (&taken["kind"], &taken["seconds"], &taken["wave"]),
        (&json!("voice"), &json!(23), &json!("0123456789"))
    );
    guest.ok(with_files("alpha", "", &[taken["id"].as_str().unwrap()])).await;
    assert_eq!(house.rows("SELECT last_line FROM conversation"), [["Voice message 0:23"]]);
    let long = offer(&house, &cookie, "", &webm(150)).await;
    assert!(long.text().contains("2 minutes"), "{}", long.text());
}

#[tokio::test]
async fn without_room_for_files_words_still_go() {
    let house = House::with(&[("BELLHOP_FILES_FLOOR_MB", "1000000000")]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let answer = upload(&house, "/chat/alpha/files", &cookie, "a.jpg", 1_000).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("invalid")));
    assert!(answer.text().contains("we can’t accept files right now"), "{}", answer.text());
    guest.say_as_guest("alpha", "Then in words").await;
}

#[tokio::test]
async fn a_hotel_takes_as_many_and_as_large_files_as_its_manager_says() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let [beat, maria] = [staff_cookie(&house, "Beat").await, staff_cookie(&house, "Maria").await];
    let set = async |cookie: &str, count: &str, megabytes: &str| {
        post(&house, "/admin/hotels/alpha/files", cookie, &[("count", count), ("megabytes", megabytes)]).await
    };
    for (count, megabytes) in [("11", "10"), ("-1", "10"), ("5", "0"), ("5", "21"), ("many", "10"), ("", "")]
    {
        let page = set(&beat, count, megabytes).await;
        assert_eq!(page.status, 422, "{count} {megabytes}");
        assert!(
            page.body.contains("Files per message must be between 0 and 10") && page.body.contains(count)
        );
    }
    assert_ne!(set(&maria, "2", "1").await.status, 303, "an agent sets nothing");
    assert_eq!(set(&beat, "2", "1").await.status, 303);
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what = 'file_limits_set'"), 1);

    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let too_large = upload(&house, "/chat/alpha/files", &cookie, "a.mp4", 3 << 20).await;
    let words = "Files can be up to 1 MB, videos up to 2 MB";
    assert!(too_large.status == 422 && too_large.text().contains(words), "{}", too_large.text());
    assert_eq!(upload(&house, "/chat/beta/files", &cookie, "a.mp4", 3 << 20).await.status, 201, "another's");
    // What is no video is found to be none once it is there.
    let mut large = pdf();
    large.splice(9..9, std::iter::repeat_n(b' ', 1 << 20));
    let refused = offer(&house, &cookie, "menu.pdf", &large).await;
    assert!(refused.status == 422 && refused.text().contains(words), "{}", refused.text());
    let posted = form(&house, "alpha", &cookie, Uuid::now_v7(), "Our menu", &[("menu.pdf", &large)]).await;
    assert!(posted.status == 422 && posted.text().contains(words) && posted.text().contains("Our menu"));

    let conversation = guest.say_as_guest("alpha", "Good evening").await["conversation"].clone();
    let conversation = conversation.as_str().unwrap();
    let mut agent = Socket::staff(&house, "Maria").await;
    agent.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
    let at = format!("/desk/{conversation}/files");
    let (mut hers, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        for (of, at, cookie) in [(&mut hers, "/chat/alpha/files", &cookie), (&mut ours, at.as_str(), &maria)]
        {
            let taken = bring(&house, at, cookie, "a.jpg", &jpeg(20, 20)).await;
            of.push(taken["id"].as_str().unwrap().to_owned());
        }
    }
    let of = |ids: &[String]| ids.iter().map(|id| id.as_str().into()).collect::<Vec<Value>>();
    let mut said = with_files("alpha", "", &[]);
    said["files"] = json!(of(&hers));
    let no = guest.no(said.clone()).await;
    assert_eq!(no["why"], "2 files per message is the limit", "{no}");
    said["files"] = json!(of(&hers[..2]));
    guest.ok(said).await;
    let mut answer = say(conversation, 1, 3, "");
    answer["files"] = json!(of(&ours));
    assert_eq!(agent.no(answer.clone()).await["why"], "2 files per message is the limit");
    answer["files"] = json!(of(&ours[..2]));
    agent.ok(answer).await;

    // Words only: nothing offers to send more, and what was brought before is not sent either.
    let offers = "type=file name=files";
    assert!(get(&house, "/chat/alpha", &cookie).await.body.contains(offers));
    assert_eq!(set(&beat, "0", "1").await.status, 303);
    assert!(!get(&house, "/chat/alpha", &cookie).await.body.contains(offers));
    let words = "this hotel doesn’t accept files";
    let begun = upload(&house, "/chat/alpha/files", &cookie, "a.jpg", 100).await;
    assert!(begun.status == 422 && begun.text().contains(words), "{}", begun.text());
    let posted = form(&house, "alpha", &cookie, Uuid::now_v7(), "With one", &[("a.jpg", &jpeg(9, 9))]).await;
    assert!(posted.status == 422 && posted.text().contains(words) && posted.text().contains("With one"));
    assert_eq!(guest.no(with_files("alpha", "", &[&hers[2]])).await["why"], words);
    guest.say_as_guest("alpha", "Then in words").await;
}

#[tokio::test]
async fn a_guest_brings_so_much_and_no_more() {
    let house = House::with(&[("BELLHOP_GUEST_FILE_MB_PER_HOUR", "2")]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(upload(&house, "/chat/alpha/files", &cookie, "a.jpg", 1_000_000).await.status);
    }
    assert_eq!(statuses, [201, 201, 429]);
    guest.say_as_guest("alpha", "Words have a pace of their own").await;

    let generous = House::open();
    let cookie = guest_cookie(&generous, "alpha").await;
    let mut waiting = 0;
    while upload(&generous, "/chat/alpha/files", &cookie, "a.jpg", 10).await.status == 201 {
        waiting += 1;
    }
    assert_eq!(waiting, 20, "files that wait to be said");
    for wrong in [("0", 422), ("99999999", 422), ("many", 400), ("-1", 400)] {
        let headers = [("upload-length", wrong.0)];
        let answer = send(&generous, "POST", "/chat/alpha/files", &cookie, &headers, Vec::new()).await;
        assert_eq!(answer.status, wrong.1, "{}", wrong.0);
    }
}
