//! A chat in a frame whose browser returns no cookie, and the bubble around it that asks what is unread.

use super::{
    client::{Page, Socket, get, post, request, say, staff_cookie},
    house::House,
};
use serde_json::{Value, json};
use tokio::time::timeout;

fn house() -> House {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha", "--agent", "beta"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house
}

/// The data a page starts from.
fn data(page: &Page) -> Value {
    let json = page.body.split("id=\"page\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(json).unwrap()
}

/// A page of a frame whose browser keeps no cookie: its token and its guest.
async fn frame(house: &House, hotel: &str) -> (String, Value) {
    let data = data(&get(house, &format!("/chat/{hotel}"), "").await);
    (data["token"].as_str().unwrap().to_owned(), data["opened"]["you"]["id"].clone())
}

fn identify(token: &str, kept: Option<&str>) -> Value {
    json!({"id": 0, "do": "identify", "token": token, "kept": kept})
}

#[tokio::test]
async fn a_guest_whose_browser_returns_no_cookie_writes_and_is_known_again_on_the_next_page() {
    let house = house();
    let (first, guest) = frame(&house, "alpha").await;
    let mut socket = Socket::framed(&house, "", identify(&first, None)).await.unwrap();
    assert_eq!((&socket.hello["you"]["id"], &socket.hello["framed"]), (&guest, &json!(true)));
    socket.say_as_guest("alpha", "From a frame").await;
    // The next page is made for somebody new; what the frame has kept says who it is.
    let (second, other) = frame(&house, "alpha").await;
    assert_ne!(other, guest);
    let mut again = Socket::framed(&house, "", identify(&second, Some(&first))).await.unwrap();
    assert_eq!(again.hello["you"]["id"], guest);
    let opened = again.ok(json!({"do": "open", "hotel": "alpha"})).await;
    assert!(opened["entries"].to_string().contains("From a frame"));
    // What is kept and has ended does no harm.
    let mut new = Socket::framed(&house, "", identify(&second, Some("not a token"))).await.unwrap();
    assert_eq!(new.hello["you"]["id"], other);
    assert_eq!(new.ok(json!({"do": "open", "hotel": "alpha"})).await["conversation"], Value::Null);
    assert!(!house.log().contains(&first) && !house.log().contains(&second));
    assert_eq!(
        house.number("SELECT count(*) FROM frame_token WHERE length(hash) <> 32"),
        0,
        "only the hash is kept"
    );
}

#[tokio::test]
async fn a_cookie_that_came_back_counts_for_more_than_a_token() {
    let house = house();
    let page = get(&house, "/chat/alpha", "").await;
    let (token, you) =
        (data(&page)["token"].as_str().unwrap().to_owned(), data(&page)["opened"]["you"]["id"].clone());
    let cookie = page.cookie("bellhop_guest").unwrap();
    let (other, _) = frame(&house, "alpha").await;
    let socket = Socket::framed(&house, &cookie, identify(&token, Some(&other))).await.unwrap();
    assert_eq!((&socket.hello["you"]["id"], socket.hello.get("framed")), (&you, None));
    // A page that came by a cookie has no token at all.
    assert_eq!(data(&get(&house, "/chat/alpha", &cookie).await).get("token"), None);
}

#[tokio::test]
async fn a_frames_token_is_good_for_its_hotel_alone() {
    let house = house();
    let (token, _) = frame(&house, "alpha").await;
    let mut socket = Socket::framed(&house, "", identify(&token, None)).await.unwrap();
    for command in [
        json!({"do": "open", "hotel": "beta"}),
        json!({"do": "say", "hotel": "beta", "client_id": uuid::Uuid::now_v7(), "body": "Hello"}),
    ] {
        assert_eq!(socket.no(command).await["code"], "not_found");
    }
    let posted = |path: &'static str, client_id: String| {
        let (house, token) = (&house, &token);
        async move {
            post(house, path, "", &[("client_id", &client_id), ("body", "Hello"), ("token", token)]).await
        }
    };
    assert_eq!(posted("/chat/beta", uuid::Uuid::now_v7().to_string()).await.status, 401);
    // The form works where it belongs: the answer is the page, for a redirect would lead to somebody new.
    let page = posted("/chat/alpha", uuid::Uuid::now_v7().to_string()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Hello") && data(&page)["token"] == json!(token));
    assert_eq!(house.number("SELECT count(*) FROM entry"), 1);
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token_that_holds() {
    let house = house();
    let (token, _) = frame(&house, "alpha").await;
    house.write("UPDATE frame_token SET expires_at = 1");
    assert_eq!(
        Socket::framed(&house, "", identify(&token, None)).await.err(),
        Some(Some(1008)),
        "it has ended"
    );
    assert_eq!(Socket::framed(&house, "", identify("made-up", None)).await.err(), Some(Some(1008)));
    let other = json!({"id": 1, "do": "open", "hotel": "alpha"});
    assert_eq!(Socket::framed(&house, "", other).await.err(), Some(Some(1008)), "something else first");
    // And none of it is a way to be staff.
    let cookie = staff_cookie(&house, "Maria").await;
    assert_eq!(Socket::framed(&house, &cookie, identify("made-up", None)).await.err(), Some(Some(1008)));
}

#[tokio::test]
async fn a_frame_that_can_keep_nothing_goes_on_in_a_window_of_its_own() {
    let house = house();
    let (token, guest) = frame(&house, "alpha").await;
    Socket::framed(&house, "", identify(&token, None)).await.unwrap().say_as_guest("alpha", "Here").await;
    let window = post(&house, "/chat/alpha/window", "", &[("token", &token)]).await;
    assert_eq!((window.status, window.header("location")), (303, Some("/chat/alpha")));
    let cookie = window.cookie("bellhop_guest").unwrap();
    assert!(get(&house, "/chat/alpha", &cookie).await.body.contains("Here"));
    // A token of one hotel opens no window on what was said to another; nor in the place of a guest who has
    // talked already.
    Socket::open(&house, &cookie).await.say_as_guest("beta", "Elsewhere").await;
    assert!(
        post(&house, "/chat/alpha/window", "", &[("token", &token)]).await.cookie("bellhop_guest").is_none()
    );
    let (other, _) = frame(&house, "alpha").await;
    assert!(
        post(&house, "/chat/alpha/window", &cookie, &[("token", &other)])
            .await
            .cookie("bellhop_guest")
            .is_none()
    );
    assert!(
        post(&house, "/chat/beta/window", "", &[("token", &other)]).await.cookie("bellhop_guest").is_none()
    );
    assert_ne!(guest, Value::Null);
}

async fn question(house: &House, site: &str, body: Value) -> Page {
    request(
        house,
        "/chat/alpha/unread",
        "",
        Some(body.to_string()),
        &[("origin", site), ("content-type", "text/plain")],
    )
    .await
}

#[tokio::test]
async fn the_bubble_is_told_how_much_is_unread_and_nothing_else() {
    let house = house();
    let beat = staff_cookie(&house, "Beat").await;
    let site = "https://hotel.example";
    post(&house, "/admin/hotels/alpha/sites", &beat, &[("sites", site)]).await;
    let page = get(&house, "/chat/alpha", "").await;
    let key = data(&page)["count_key"].as_str().unwrap().to_owned();
    let mut guest = Socket::open(&house, &page.cookie("bellhop_guest").unwrap()).await;
    let c = guest.say_as_guest("alpha", "Hello").await["conversation"].as_str().unwrap().to_owned();
    let asked = question(&house, site, json!({"key": key})).await;
    assert_eq!((asked.status, asked.body.as_str()), (200, "0"));
    assert_eq!(asked.header("access-control-allow-origin"), Some(site));
    // Whoever knows that already is answered when it changes.
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let waits = question(&house, site, json!({"key": key, "known": 0}));
    let answers = async {
        maria.ok(say(&c, 1, 2, "Welcome")).await;
        maria.ok(say(&c, 1, 3, "How can we help?")).await;
    };
    let (told, ()) = timeout(super::house::DEADLINE, async { tokio::join!(waits, answers) })
        .await
        .expect("an answer in time");
    assert!(["1", "2"].contains(&told.body.as_str()), "{}", told.body);
    assert_eq!(question(&house, site, json!({"key": key, "known": 1})).await.body, "2");
    // Other sites, other hotels, other keys.
    let foreign = question(&house, "https://evil.example", json!({"key": key})).await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (403, None));
    let elsewhere =
        request(&house, "/chat/beta/unread", "", Some(json!({"key": key}).to_string()), &[]).await;
    assert_eq!(elsewhere.status, 404);
    assert_eq!(question(&house, site, json!({"key": "AAAAAAAAAAAAAAAAAAAAAA"})).await.status, 404);
    assert_eq!(question(&house, site, json!({"key": 7})).await.status, 400);
    assert_eq!(question(&house, site, json!({"key": "x".repeat(300)})).await.status, 413);
    let mut refused = 0;
    for _ in 0..80 {
        refused += i32::from(question(&house, site, json!({"key": key})).await.status == 429);
    }
    assert!(refused > 0, "asked without end it is refused");
}
