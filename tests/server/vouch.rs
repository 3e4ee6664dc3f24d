//! A hotel's own site vouches for a guest: for itself, for a while, and with its own key.

use super::{
    client::{Page, Socket, get, post, staff_cookie},
    house::House,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// Seconds since 1970, `from_now` from now.
fn at(from_now: i64) -> i64 {
    jsonwebtoken::get_current_timestamp() as i64 + from_now
}

fn house() -> House {
    let mut house = House::empty(&[("BELLHOP_LOG", "info")]);
    for hotel in ["alpha", "beta"] {
        house.run(&["hotel", "add", hotel, "--name", hotel, "--time-zone", "UTC"], "");
    }
    house.add_staff("Helena", &["--admin"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.start();
    house
}

async fn new_key(house: &House, hotel: &str) -> String {
    let helena = staff_cookie(house, "Helena").await;
    let page = post(house, &format!("/admin/hotels/{hotel}/vouch"), &helena, &[]).await;
    page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

fn token(key: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
}

fn yuki() -> Value {
    json!({"name": "Yuki \
        Tanaka", "email": "Yuki@example.org", "reservation": "R-7", "language": "ja", "exp": at(600)})
}

async fn arrive(house: &House, hotel: &str, token: &str, cookie: &str) -> Page {
    get(house, &format!("/chat/{hotel}?token={token}"), cookie).await
}

#[tokio::test]
async fn a_good_token_tells_this_hotel_who_writes_and_links_the_reservation() {
    let house = house();
    let key = new_key(&house, "alpha").await;
    let page = arrive(&house, "alpha", &token(&key, &yuki()), "").await;
    assert_eq!(
        (page.status, page.header("location")),
        (303, Some("/chat/alpha")),
        "the token does not stay in the address"
    );
    let cookie = page.cookie("bellhop_guest").unwrap();
    let mut guest = Socket::open(&house, &cookie).await;
    guest.say_as_guest("alpha", "Hello").await;
    guest.say_as_guest("beta", "Hello").await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let row = maria.watch().await["conversations"][0].clone();
    assert_eq!(
        (&row["guest"]["name"], &row["guest"]["language"], &row["stay"]["reference"]),
        (&json!("Yuki Tanaka"), &json!("ja"), &json!("R-7"))
    );
    let theirs = house
        .rows(
            "SELECT a.name, a.email FROM acquaintance a JOIN hotel h ON h.id = a.hotel WHERE h.slug = 'beta'",
        )
        .concat()
        .concat();
    assert_eq!(theirs, "", "the other hotel was told nothing");
    assert_eq!(
        house.number("SELECT count(*) FROM guest_email"),
        0,
        "an address vouched for is no proof of identity"
    );
    // While the conversation is open, a later token shows at once.
    let mut later = yuki();
    later["name"] = json!("Y. Tanaka-Meier");
    arrive(&house, "alpha", &token(&key, &later), &cookie).await;
    maria.event_where(|e| e["row"]["guest"]["name"] == "Y. Tanaka-Meier").await;
}

#[tokio::test]
async fn a_token_that_does_not_hold_gives_a_plain_anonymous_chat_and_one_line_in_the_log() {
    let house = house();
    let key = new_key(&house, "alpha").await;
    let other = new_key(&house, "beta").await;
    let mut expired = yuki();
    expired["exp"] = json!(at(-120));
    let mut lasting = yuki();
    lasting.as_object_mut().unwrap().remove("exp");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJuYW1lIjoiWXVraSIsImV4cCI6OTk5OTk5OTk5OX0.";
    let stronger =
        encode(&Header::new(Algorithm::HS512), &yuki(), &EncodingKey::from_secret(key.as_bytes())).unwrap();
    let mut wrong_kind = yuki();
    wrong_kind["name"] = json!({"first": "Yuki"});
    let bad = [
        token(&key, &expired),
        token(&other, &yuki()),
        token(&key, &lasting),
        unsigned.into(),
        stronger,
        token(&key, &wrong_kind),
        "nonsense".into(),
        "x".repeat(6_000),
    ];
    for (n, bad) in bad.iter().enumerate() {
        let page = arrive(&house, "alpha", bad, "").await;
        assert_eq!((page.status, page.header("location")), (303, Some("/chat/alpha")), "{n}");
        let cookie = page.cookie("bellhop_guest").unwrap();
        assert_eq!(
            Socket::open(&house, &cookie)
                .await
                .ok(json!({"do": "open",
                "hotel": "alpha"}))
                .await["you"]["name"],
            ""
        );
    }
    let lines = house.log().lines().filter(|l| l.contains("guest token was passed over")).count();
    assert_eq!(lines, bad.len(), "{}", house.log());
    assert!(!house.log().contains("Yuki"), "what the token says is not logged");
    assert_eq!(house.number("SELECT count(*) FROM stay"), 0);
    // With a new key, tokens of the one before end.
    let good = token(&key, &yuki());
    new_key(&house, "alpha").await;
    arrive(&house, "alpha", &good, "").await;
    assert_eq!(house.number("SELECT count(*) FROM acquaintance WHERE name <> ''"), 0);
}

#[tokio::test]
async fn in_one_browser_two_people_who_are_vouched_for_are_two_guests() {
    let house = house();
    let key = new_key(&house, "alpha").await;
    let first = arrive(&house, "alpha", &token(&key, &yuki()), "").await.cookie("bellhop_guest").unwrap();
    Socket::open(&house, &first).await.say_as_guest("alpha", "something private").await;
    let again = arrive(&house, "alpha", &token(&key, &yuki()), &first).await.cookie("bellhop_guest");
    assert_eq!(again, None, "the same person stays the same guest");
    let mut kenji = yuki();
    kenji["email"] = json!("kenji@example.org");
    let second = arrive(&house, "alpha", &token(&key, &kenji), &first).await.cookie("bellhop_guest").unwrap();
    assert_ne!(second, first);
    assert!(!get(&house, "/chat/alpha", &second).await.body.contains("something private"));
}

#[tokio::test]
async fn whoever_the_site_speaks_of_differently_is_another_guest() {
    let house = house();
    let key = new_key(&house, "alpha").await;
    let of = |claims: Value| {
        let mut claims = claims;
        claims["exp"] = json!(at(600));
        token(&key, &claims)
    };
    // README's own case: a name and a reservation, and the next guest at the same computer.
    let yuki = of(json!({"name": "Yuki", "reservation": "R-1"}));
    let first = arrive(&house, "alpha", &yuki, "").await.cookie("bellhop_guest").unwrap();
    Socket::open(&house, &first).await.say_as_guest("alpha", "my safe code is 4711").await;
    assert!(
        arrive(&house, "alpha", &yuki, &first).await.cookie("bellhop_guest").is_none(),
        "the same stays the same"
    );
    for other in [
        json!({"name": "Bob", "reservation": "R-2"}),
        json!({"name": "Yuki", "email": "yuki@example.org"}),
        json!({"name": "Yuki", "sub": "17"}),
        json!({"name": "Yuki"}),
    ] {
        let cookie = arrive(&house, "alpha", &of(other.clone()), &first).await.cookie("bellhop_guest");
        let cookie = cookie.unwrap_or_else(|| panic!("{other} is somebody else"));
        assert!(!get(&house, "/chat/alpha", &cookie).await.body.contains("4711"), "{other}");
    }
    // The strongest claim that both carry decides: an account stays itself under another address.
    let one = of(json!({"sub": "17", "email": "a@example.org", "reservation": "R-3"}));
    let cookie = arrive(&house, "alpha", &one, "").await.cookie("bellhop_guest").unwrap();
    let moved = of(json!({"sub": "17", "email": "b@example.org", "reservation": "R-4"}));
    assert!(arrive(&house, "alpha", &moved, &cookie).await.cookie("bellhop_guest").is_none());
    let other = of(json!({"sub": "18", "email": "b@example.org", "reservation": "R-4"}));
    assert!(arrive(&house, "alpha", &other, &cookie).await.cookie("bellhop_guest").is_some());
}

#[tokio::test]
async fn in_a_frame_without_cookies_too_each_guest_the_site_names_is_themselves() {
    let house = house();
    let key = new_key(&house, "alpha").await;
    let frame = |who: Value| {
        let (house, token) = (&house, token(&key, &who));
        async move {
            let page = super::client::request(
                house,
                &format!("/chat/alpha?token={token}"),
                "",
                None,
                &[("sec-fetch-dest", "iframe")],
            )
            .await;
            assert_eq!(page.status, 200, "a redirect would lose whom the site has named");
            let json = page.body.split("id=\"page\">").nth(1).unwrap().split("</script>").next().unwrap();
            serde_json::from_str::<Value>(json).unwrap()["token"].as_str().unwrap().to_owned()
        }
    };
    let first = frame(yuki()).await;
    let identify =
        |token: &str, kept: Option<&str>| json!({"id": 0, "do": "identify", "token": token, "kept": kept});
    let mut socket = Socket::framed(&house, "", identify(&first, None)).await.unwrap();
    socket.say_as_guest("alpha", "Private").await;
    let again = frame(yuki()).await;
    let same = Socket::framed(&house, "", identify(&again, Some(&first))).await.unwrap();
    assert_eq!(same.hello["you"]["id"], socket.hello["you"]["id"]);
    let mut kenji = yuki();
    kenji["email"] = json!("kenji@example.org");
    let other = frame(kenji).await;
    let mut other = Socket::framed(&house, "", identify(&other, Some(&first))).await.unwrap();
    assert_ne!(other.hello["you"]["id"], socket.hello["you"]["id"]);
    assert_eq!(other.ok(json!({"do": "open", "hotel": "alpha"})).await["conversation"], Value::Null);
}
