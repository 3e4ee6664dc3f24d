//! Codes in the rooms: signed, so that a room cannot be forged, and worth nothing once the room is turned
//! over.

use super::{
    client::{Page, Socket, get, post, staff_cookie},
    house::House,
};
use serde_json::json;

const ROOMS: &str = "/admin/hotels/alpha/rooms";

fn house() -> House {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house
}

/// The link printed for a room: what the list and the sheet hold.
fn link(page: &Page, room: &str) -> String {
    let at = page.body.find(&format!("/room/alpha/{room}/")).expect("the room is listed");
    page.body[at..].chars().take_while(|c| *c != '"' && *c != '<').collect()
}

#[tokio::test]
async fn a_scanned_code_tells_the_room_to_the_console() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    assert_eq!(post(&house, ROOMS, &beat, &[("numbers", "212-214, Suite 5")]).await.status, 303);
    let sheet = get(&house, "/admin/hotels/alpha/rooms/sheet", &beat).await;
    assert_eq!(sheet.body.matches("<svg").count(), 4, "a drawing for every room");
    let scanned = get(&house, &link(&sheet, "214"), "").await;
    assert_eq!((scanned.status, scanned.header("location")), (303, Some("/chat/alpha")));
    let cookie = scanned.cookie("bellhop_guest").unwrap();
    let mut guest = Socket::open(&house, &cookie).await;
    let c = guest.say_as_guest("alpha", "A cot, please").await["conversation"].clone();
    let mut maria = Socket::staff(&house, "Maria").await;
    let watched = maria.watch().await;
    assert_eq!(
        (&watched["conversations"][0]["id"], &watched["conversations"][0]["scanned_room"]),
        (&c, &json!("214"))
    );
    // Another room's code while the conversation is open: the console sees it at once.
    get(&house, &link(&sheet, "Suite%205"), &cookie).await;
    let row = maria.event_where(|e| e["on"] == "row" && e["row"]["scanned_room"] == "Suite 5").await;
    assert_eq!(row["row"]["id"], c);
}

#[tokio::test]
async fn a_guest_is_told_the_room_of_the_code_and_can_say_that_it_is_another() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, ROOMS, &beat, &[("numbers", "Suite 5")]).await;
    let sheet = get(&house, "/admin/hotels/alpha/rooms/sheet", &beat).await;
    let cookie = get(&house, &link(&sheet, "Suite%205"), "").await.cookie("bellhop_guest").unwrap();
    let page = get(&house, "/chat/alpha", &cookie).await;
    assert!(page.body.contains("Room Suite 5") && page.body.contains("Not your room?"));
    let mut guest = Socket::open(&house, &cookie).await;
    guest.say_as_guest("alpha", "A cot, please").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    assert_eq!(maria.watch().await["conversations"][0]["scanned_room"], "Suite 5");
    assert_eq!(post(&house, "/chat/alpha/room", &cookie, &[]).await.status, 303);
    maria.event_where(|e| e["on"] == "row" && e["row"]["scanned_room"].is_null()).await;
    assert!(guest.ok(json!({"do": "open", "hotel": "alpha"})).await["room"].is_null());
    assert!(!get(&house, "/chat/alpha", &cookie).await.body.contains("Not your room?"));
    // A stranger's form changes nothing of it.
    assert_eq!(post(&house, "/chat/alpha/room", "", &[]).await.status, 401);
}

#[tokio::test]
async fn a_room_cannot_be_forged() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, ROOMS, &beat, &[("numbers", "214, 215")]).await;
    let good = link(&get(&house, ROOMS, &beat).await, "214");
    let signature = good.rsplit('/').next().unwrap();
    let cut = &signature[..signature.len() - 2];
    for forged in [
        format!("/room/alpha/215/{signature}"),
        format!("/room/beta/214/{signature}"),
        format!("/room/alpha/999/{signature}"),
        format!("/room/alpha/214/{}", "A".repeat(16)),
        format!("/room/alpha/214/{cut}"),
        "/room/alpha/214/-".to_owned(),
        "/room/alpha/214/%00%ff".to_owned(),
    ] {
        let page = get(&house, &forged, "").await;
        assert!(
            page.header("location").is_none_or(|to| to.ends_with("?ended=true")),
            "{forged}: {:?}",
            page.header("location")
        );
    }
    assert_eq!(house.number("SELECT count(*) FROM acquaintance WHERE scanned_room IS NOT NULL"), 0);
    let page = get(&house, "/chat/alpha?ended=true", "").await;
    assert!(page.body.contains("This QR code has expired"), "and the guest can write all the same");
    assert_eq!(get(&house, &good, "").await.header("location"), Some("/chat/alpha"));
}

#[tokio::test]
async fn turned_over_or_taken_out_and_put_back_a_rooms_old_codes_end() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, ROOMS, &beat, &[("numbers", "214, 215")]).await;
    let list = get(&house, ROOMS, &beat).await;
    let (first, other) = (link(&list, "214"), link(&list, "215"));
    get(&house, &first, "").await;
    assert_eq!(house.number("SELECT count(*) FROM acquaintance WHERE scanned_room = '214'"), 1);
    post(&house, &format!("{ROOMS}/turn"), &beat, &[("number", "214")]).await;
    assert_eq!(
        house.number("SELECT count(*) FROM acquaintance WHERE scanned_room = '214'"),
        0,
        "whoever came by the old code is in it no more"
    );
    let second = link(&get(&house, ROOMS, &beat).await, "214");
    assert_ne!(first, second);
    assert_eq!(get(&house, &first, "").await.header("location"), Some("/chat/alpha?ended=true"));
    assert_eq!(get(&house, &second, "").await.header("location"), Some("/chat/alpha"));
    assert_eq!(
        get(&house, &other, "").await.header("location"),
        Some("/chat/alpha"),
        "the neighbour's code is as it was"
    );
    post(&house, &format!("{ROOMS}/remove"), &beat, &[("number", "214")]).await;
    post(&house, ROOMS, &beat, &[("numbers", "214")]).await;
    for old in [&first, &second] {
        assert_eq!(get(&house, old, "").await.header("location"), Some("/chat/alpha?ended=true"));
    }
    let trail: Vec<String> =
        house.rows("SELECT what FROM audit WHERE what LIKE 'room%' ORDER BY seq").concat();
    assert_eq!(trail, ["rooms_added", "room_turned_over", "room_removed", "rooms_added"]);
}

#[tokio::test]
async fn a_room_that_is_turned_over_leaves_the_open_conversation_and_stays_with_what_was_resolved() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, ROOMS, &beat, &[("numbers", "214")]).await;
    let list = get(&house, ROOMS, &beat).await;
    let cookie = get(&house, &link(&list, "214"), "").await.cookie("bellhop_guest").unwrap();
    let mut guest = Socket::open(&house, &cookie).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let done = guest.say_as_guest("alpha", "A cot, please").await["conversation"].clone();
    maria.ok(json!({"do": "claim", "conversation": done, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": done, "epoch": 1})).await;
    let open = guest.say_as_guest("alpha", "Did I leave my coat?").await["conversation"].clone();
    maria
        .event_where(|e| e["on"] == "row" && e["row"]["id"] == open && e["row"]["scanned_room"] == "214")
        .await;
    post(&house, &format!("{ROOMS}/turn"), &beat, &[("number", "214")]).await;
    maria
        .event_where(|e| e["on"] == "row" && e["row"]["id"] == open && e["row"].get("scanned_room").is_none())
        .await;
    assert_eq!(
        house.rows("SELECT status FROM conversation WHERE scanned_room = '214'").concat(),
        ["resolved"]
    );
    // A room that is not there is not turned over, and the trail does not say so.
    post(&house, &format!("{ROOMS}/turn"), &beat, &[("number", "999")]).await;
    post(&house, &format!("{ROOMS}/remove"), &beat, &[("number", "999")]).await;
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE detail = '999'"), 0);
}

#[tokio::test]
async fn rooms_are_kept_by_those_who_lead_the_hotel() {
    let house = house();
    house.add_staff("Boss", &["--manager", "beta"]);
    for name in ["Maria", "Boss"] {
        let cookie = staff_cookie(&house, name).await;
        for path in [ROOMS, "/admin/hotels/alpha/rooms/sheet", "/admin/hotels/alpha"] {
            let (theirs, nobodys) = (
                get(&house, path, &cookie).await,
                get(&house, &path.replace("alpha", "atlantis"), &cookie).await,
            );
            assert_eq!((theirs.status, &theirs.body), (404, &nobodys.body), "{name} {path}");
        }
        for path in [ROOMS.to_owned(), format!("{ROOMS}/turn"), format!("{ROOMS}/remove")] {
            assert_eq!(
                post(&house, &path, &cookie, &[("numbers", "1"), ("number", "1")]).await.status,
                404,
                "{name} {path}"
            );
        }
    }
    assert_eq!(get(&house, ROOMS, "").await.header("location"), Some("/login"));
    let beat = staff_cookie(&house, "Beat").await;
    let many = "1-1000,".repeat(5_000);
    let page = post(&house, ROOMS, &beat, &[("numbers", &many)]).await;
    assert!(page.status == 422 && page.body.contains("Add up to 1000 rooms at a time."));
    for wrong in ["", "9-3", "1-100000", "a room with a very long name"] {
        let page = post(&house, ROOMS, &beat, &[("numbers", wrong)]).await;
        assert!(
            page.status == 422 && page.body.contains(&format!("value=\"{wrong}\"")),
            "{wrong}: refused, and still there"
        );
    }
    assert_eq!(house.number("SELECT count(*) FROM room"), 0);
}
