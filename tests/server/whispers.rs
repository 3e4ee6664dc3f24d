//! Rooms for whispers, from outside: how they begin and end, and who hears what. The rules of a room are
//! tested in the crate that relays; that nobody else can read it, in the browsers' tests.

use super::{
    client::{Page, Socket, get, get_until, request},
    house::House,
};
use serde_json::{Value, json};
use std::process::Command;
use tokio_tungstenite::tungstenite::Error;

/// A new room: its address and its maker's cookie.
async fn room(house: &House) -> (String, String) {
    let page = get(house, "/whisper", "").await;
    assert_eq!(page.status, 303);
    (page.header("location").unwrap().to_owned(), page.cookie("bellhop_whisper").unwrap())
}

async fn maker(house: &House, room: &(String, String)) -> Socket {
    joined(house, &room.0, &room.1, json!({"do": "join", "make": true})).await
}

async fn guest(house: &House, room: &(String, String)) -> Socket {
    joined(house, &room.0, "", json!({"do": "join"})).await
}

async fn joined(house: &House, room: &str, cookie: &str, join: Value) -> Socket {
    let socket = Socket::whisper(house, room, cookie, join).await.unwrap();
    assert_eq!(socket.hello["on"], "hello", "{}", socket.hello);
    socket
}

/// A frame of words for everybody.
fn words(text: &str) -> Vec<u8> {
    [&[0], text.as_bytes()].concat()
}

fn same(a: &Page, b: &Page) -> bool {
    (a.status, &a.body) == (b.status, &b.body)
}

#[tokio::test]
async fn a_room_is_made_by_a_redirect_and_its_maker_is_known_by_a_cookie_for_it_alone() {
    let house = House::open();
    let page = get(&house, "/whisper", "").await;
    let address = page.header("location").unwrap().to_owned();
    let code = address.strip_prefix("/whisper/").unwrap();
    assert!(page.status == 303 && code.len() == 26, "{address}");
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.contains(&format!("Path={address};")) && cookie.contains("HttpOnly"), "{cookie}");
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let shown = get(&house, &address, "").await;
    assert_eq!((shown.status, shown.header("referrer-policy")), (200, Some("no-referrer")));
    assert!(shown.body.contains(r#""makes_key":false"#), "anybody else is told that the link is incomplete");
    let own = get(&house, &address, &page.cookie("bellhop_whisper").unwrap()).await;
    assert!(own.body.contains(r#""makes_key":true"#));
    let shouted = get(&house, &address.to_uppercase().replace("/WHISPER", "/whisper"), "").await;
    assert_eq!((shouted.status, shouted.header("location")), (303, Some(address.as_str())));
}

#[tokio::test]
async fn a_room_that_has_ended_looks_like_one_that_never_was() {
    let house = House::open();
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    anna.ok(json!({"do": "close"})).await;
    assert_eq!(anna.closed().await.0, Some(1008));
    let never = get(&house, "/whisper/00000000000000000000000000", "").await;
    assert!(never.status == 404 && never.body.contains("This room is gone"));
    for address in [&room.0, "/whisper/xyz", "/whisper/%00", "/whisper/..%2f..%2fetc%2fpasswd"] {
        assert!(same(&get(&house, address, &room.1).await, &never), "{address}");
    }
    let join = json!({"do": "join"});
    for address in [&room.0, "/whisper/00000000000000000000000000"] {
        match Socket::whisper(&house, address, "", join.clone()).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 404, "{address}"),
            _ => panic!("{address} has a socket"),
        }
    }
}

#[tokio::test]
async fn neither_a_prefetch_nor_a_preview_makes_a_room_that_stays() {
    let house = House::open();
    for header in [
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
        // An image on somebody's page.
        ("sec-fetch-mode", "no-cors"),
    ] {
        let page = request(&house, "/whisper", "", None, &[header]).await;
        assert_eq!((page.status, page.header("location")), (503, None), "{header:?}");
    }
    // The one that is made counts, once the server has looked.
    room(&house).await;
    let counted = get_until(&house, "/metrics", "", |page| !page.body.contains("bellhop_whispers 0")).await;
    assert!(counted.body.contains("bellhop_whispers 1\n"), "and no other was made");
}

#[tokio::test]
async fn the_front_page_of_the_whispers_host_makes_a_room() {
    let house = House::with(&[("BELLHOP_WHISPER_HOST", "whisper.example.com")]);
    let page = request(&house, "/", "", None, &[("host", "Whisper.example.com")]).await;
    assert_eq!(page.status, 303);
    assert!(page.header("location").unwrap().starts_with("/whisper/"));
    assert_eq!(get(&house, "/", "").await.status, 200, "any other host has its front page");
}

#[tokio::test]
async fn an_address_may_open_so_many_rooms_an_hour_and_the_house_so_many_at_once() {
    let house = House::with(&[("BELLHOP_WHISPERS_PER_HOUR", "2")]);
    room(&house).await;
    room(&house).await;
    let page = get(&house, "/whisper", "").await;
    assert!(page.status == 429 && page.body.contains("Too many rooms"), "{}", page.body);
    let house = House::with(&[("BELLHOP_WHISPERS", "1")]);
    room(&house).await;
    let page = get(&house, "/whisper", "").await;
    assert!(page.status == 503 && page.body.contains("No rooms available"), "{}", page.body);
}

#[tokio::test]
async fn frames_reach_the_others_and_nobody_who_comes_later() {
    let house = House::open();
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    let mut ben = guest(&house, &room).await;
    assert_eq!(ben.hello["participants"][0], json!({"number": 1, "moderator": true}));
    anna.send_binary(&words("sealed")).await;
    let heard = ben.event("frame").await;
    assert_eq!((&heard["from"], &heard["text"]), (&json!(1), &json!("sealed")));
    assert_eq!(anna.event("taken").await["at"], heard["at"], "the same moment for both");
    let mut cleo = guest(&house, &room).await;
    anna.send_binary(&words("again")).await;
    assert_eq!(cleo.event("frame").await["text"], "again", "nothing from before");
}

#[tokio::test]
async fn a_lost_connection_finds_its_seat_again_and_hears_nothing_twice() {
    let house = House::open();
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    let mut ben = guest(&house, &room).await;
    anna.send_binary(&words("before")).await;
    ben.event("frame").await;
    let ticket = ben.hello["ticket"].clone();
    ben.cut();
    assert_eq!(anna.event("went").await["why"], "lost");
    anna.send_binary(&words("meanwhile")).await;
    anna.event("taken").await;
    anna.ok(json!({"do": "lock", "on": true})).await;
    let mut ben = joined(&house, &room.0, "", json!({"do": "join", "ticket": ticket})).await;
    assert_eq!(ben.hello["you"], 2, "in a locked room too");
    anna.send_binary(&words("after")).await;
    assert_eq!(ben.event("frame").await["text"], "after");
}

#[tokio::test]
async fn a_locked_room_is_knocked_at() {
    let house = House::open();
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    let mut ben = guest(&house, &room).await;
    anna.ok(json!({"do": "lock", "on": true})).await;
    let mut cleo = Socket::whisper(&house, &room.0, "", json!({"do": "join"})).await.unwrap();
    assert_eq!(cleo.hello["on"], "knocking");
    assert_eq!(anna.event("knock").await["number"], 3);
    assert_eq!(ben.no(json!({"do": "admit", "participant": 3})).await["code"], "not_allowed");
    anna.send_binary(&words("Somebody knocks")).await;
    let heard = ben.event_where(|event| event["on"] == "frame" || event["on"] == "knock").await;
    assert_eq!(heard["text"], "Somebody knocks", "only moderators hear it: {heard}");
    anna.ok(json!({"do": "admit", "participant": 3})).await;
    assert_eq!(cleo.event("hello").await["you"], 3);
    anna.ok(json!({"do": "remove", "participant": 3})).await;
    let (code, heard) = cleo.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1008), &json!("removed")));
}

#[tokio::test]
async fn too_much_is_refused_in_words_and_slows_nobody_else() {
    let house = House::with(&[
        ("BELLHOP_WHISPER_FRAMES_PER_SECOND", "2"),
        ("BELLHOP_WHISPER_FRAME_BYTES", "1000"),
        ("BELLHOP_WHISPER_PEOPLE", "2"),
    ]);
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    let mut ben = guest(&house, &room).await;
    let full = Socket::whisper(&house, &room.0, "", json!({"do": "join"})).await.unwrap();
    assert_eq!(full.hello, json!({"on": "closing", "reason": "full"}));
    anna.send_binary(&words(&"x".repeat(1_000))).await;
    assert_eq!(anna.event("refused").await["refusal"]["code"], "too_long");
    for _ in 0..20 {
        anna.send_binary(&words("a")).await;
    }
    assert_eq!(anna.event("refused").await["refusal"]["code"], "too_fast");
    ben.send_binary(&words("b")).await;
    assert_eq!(anna.event("frame").await["text"], "b");
    assert_eq!(anna.no(json!({"do": "fade", "seconds": 200})).await["code"], "invalid");
    ben.send_binary(&vec![0; 100_000]).await;
    assert_eq!(ben.closed().await.0, Some(1009), "far too large ends the connection");
}

#[tokio::test]
async fn a_socket_says_first_that_it_joins_and_comes_from_our_own_pages() {
    let house = House::open();
    let room = room(&house).await;
    for first in [json!({"do": "close"}), json!({"do": "dance"}), json!({"do": "join", "make": true})] {
        let came = Socket::whisper(&house, &room.0, "", first.clone()).await;
        match came.map(|socket| socket.hello) {
            Ok(hello) => assert_eq!((&first["do"], &hello["reason"]), (&json!("join"), &json!("incomplete"))),
            Err(Error::ConnectionClosed) => assert_ne!(first["do"], "join"),
            Err(other) => panic!("{first}: {other}"),
        }
    }
    let address = format!("{}/socket", room.0);
    let stranger = request(&house, &address, "", None, &[("origin", "https://elsewhere.example")]).await;
    assert_eq!(stranger.status, 403);
}

#[tokio::test]
async fn a_stopping_server_tells_the_rooms_and_does_not_wait_for_them() {
    let mut house = House::open();
    let room = room(&house).await;
    let mut anna = maker(&house, &room).await;
    let (took, well) = tokio::task::spawn_blocking(move || house.stop()).await.unwrap();
    assert!(well && took < std::time::Duration::from_secs(5), "{took:?}");
    let (code, heard) = anna.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1012), &json!("stopping")));
}

#[test]
fn what_relays_cannot_reach_a_store_a_log_or_a_network() {
    let reached = |package: &str| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let tree = ["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "-f", "{p}", "-p"];
        let root = env!("CARGO_MANIFEST_DIR");
        let output = Command::new(cargo).args(tree).arg(package).current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let forbidden = ["sqlx", "bellhop", "tracing", "log", "axum", "hyper", "serde_json", "prometheus", "mio"];
    let names = |text: &str| {
        let names = text.lines().filter_map(|line| line.split(' ').next().map(str::to_owned));
        names.collect::<Vec<_>>()
    };
    let relay = names(&reached("whisper"));
    assert!(relay.contains(&"tokio".to_owned()), "{relay:?}");
    for name in forbidden {
        assert!(!relay.contains(&name.to_owned()), "the relay reaches {name}");
    }
    let program = names(&reached("bellhop"));
    assert!(program.contains(&"sqlx".to_owned()), "the same question finds what is there");
}
