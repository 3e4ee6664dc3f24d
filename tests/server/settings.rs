//! A hotel's own settings: the sites that may show its chat, and its keys.

use super::{
    client::{Socket, get, guest_cookie, post, request, staff_cookie},
    house::{House, PASSWORD, email},
};
use serde_json::json;

#[tokio::test]
async fn only_the_sites_a_hotel_lists_may_frame_its_chat() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let ancestors = async |hotel: &str| {
        let page = get(&house, &format!("/chat/{hotel}"), "").await;
        let policy = page.header("content-security-policy").unwrap().to_owned();
        policy.split("frame-ancestors ").nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(ancestors("alpha").await, "'self'", "nobody else, until somebody is listed");
    let sites = "https://www.Alpha.example/rooms\nhttp://127.0.0.1:8099";
    assert_eq!(post(&house, "/admin/hotels/alpha/sites", &beat, &[("sites", sites)]).await.status, 303);
    assert_eq!(ancestors("alpha").await, "'self' http://127.0.0.1:8099 https://www.alpha.example");
    assert_eq!(ancestors("beta").await, "'self'");
    for wrong in ["alpha.example", "https://alpha.example; script-src *", "javascript:alert(1)"] {
        let page = post(&house, "/admin/hotels/alpha/sites", &beat, &[("sites", wrong)]).await;
        assert_eq!(page.status, 422, "{wrong}");
        assert!(page.body.contains("isn’t a website address"));
    }
    assert_eq!(
        ancestors("alpha").await,
        "'self' http://127.0.0.1:8099 https://www.alpha.example",
        "what was there stays"
    );
    assert_eq!(post(&house, "/admin/hotels/beta/sites", &beat, &[("sites", "")]).await.status, 404);
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what = 'sites_set'"), 1);
}

#[tokio::test]
async fn an_address_that_only_takes_forms_leads_back_to_its_form() {
    let house = House::open();
    let hotel = "/admin/hotels/alpha";
    for (path, form) in [
        (format!("{hotel}/sites"), hotel.to_owned()),
        (format!("{hotel}/keys/1/revoke"), hotel.to_owned()),
        (format!("{hotel}/tags/rename"), format!("{hotel}/tags")),
        ("/admin/exports/1/stop".to_owned(), "/admin/exports".to_owned()),
    ] {
        let page = get(&house, &path, "").await;
        assert_eq!((page.status, page.header("location")), (303, Some(form.as_str())), "{path}");
    }
    assert_eq!(get(&house, "/api/v1/hotels/alpha/stays", "").await.status, 405, "programs are told");
}

#[tokio::test]
async fn a_listed_site_speaks_for_guests_with_its_hotel_and_for_nobody_else() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    post(&house, "/admin/hotels/alpha/sites", &beat, &[("sites", "https://alpha.example")]).await;
    let cookie = guest_cookie(&house, "alpha").await;
    Socket::open(&house, &cookie).await.say_as_guest("beta", "Hello").await;
    let mut guest = Socket::try_open(&house, &cookie, &[("origin", "https://alpha.example")]).await.unwrap();
    guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    guest.say_as_guest("alpha", "Hello").await;
    let theirs = house
        .rows("SELECT c.id FROM conversation c JOIN hotel h ON h.id = c.hotel WHERE h.slug = 'beta'")[0][0]
        .clone();
    for command in [
        json!({"do": "open", "hotel": "beta"}),
        json!({"do": "say", "hotel": "beta", "client_id": uuid::Uuid::now_v7(), "body": "Hello"}),
        json!({"do": "typing", "hotel": "beta", "on": true}),
        json!({"do": "introduce", "hotel": "beta", "name": "X"}),
        json!({"do": "read", "conversation": theirs, "seq": 1}),
    ] {
        assert_eq!(guest.no(command.clone()).await["code"], "not_found", "{command}");
    }
    let list = guest.ok(json!({"do": "stays"})).await;
    assert_eq!(list["hotels"].as_array().unwrap().len(), 1);
    let resumed = guest.ok(json!({"do": "resume", "cursors": {theirs: 0}})).await;
    assert_eq!(resumed["conversations"], json!([]));
    // Not for staff, and no other site at all.
    assert!(Socket::try_open(&house, &beat, &[("origin", "https://alpha.example")]).await.is_err());
    for stranger in
        ["https://beta.example", "https://alpha.example.evil.example", "http://alpha.example", "null"]
    {
        assert!(Socket::try_open(&house, &cookie, &[("origin", stranger)]).await.is_err(), "{stranger}");
    }
    let origin = [("origin", "https://alpha.example")];
    let posted = request(&house, "/admin/hotels/alpha/sites", &beat, Some("sites=".into()), &origin).await;
    assert_eq!(posted.status, 403, "forms are taken from our own pages only");
}

#[tokio::test]
async fn keys_are_shown_once_and_kept_as_hashes() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let shown = |body: &str| {
        body.split("class=\"secret\">").nth(1).map(|rest| rest.split('<').next().unwrap().to_owned())
    };
    let made = post(&house, "/admin/hotels/alpha/keys", &beat, &[("name", "PMS"), ("write", "1")]).await;
    let key = shown(&made.body).expect("the key is shown");
    assert!(key.starts_with("bellhop_") && key.len() > 40);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let page = get(&house, "/admin/hotels/alpha", &beat).await;
    assert!(page.body.contains("PMS") && page.body.contains("Never used") && !page.body.contains(&key));
    let dump: String = house.rows("SELECT hex(hash), name, scopes FROM api_key").concat().join(" ");
    assert!(!dump.contains(&key));
    for wrong in [vec![("name", "")], vec![("name", "PMS")]] {
        assert_eq!(post(&house, "/admin/hotels/alpha/keys", &beat, &wrong).await.status, 422);
    }
    let (one, two) = (
        post(&house, "/admin/hotels/alpha/vouch", &beat, &[]).await,
        post(&house, "/admin/hotels/alpha/vouch", &beat, &[]).await,
    );
    assert_ne!(shown(&one.body).unwrap(), shown(&two.body).unwrap());
    assert_eq!(shown(&get(&house, "/admin/hotels/alpha", &beat).await.body), None);
    let trail: Vec<String> =
        house.rows("SELECT what FROM audit WHERE what LIKE '%key_made' ORDER BY seq").concat();
    assert_eq!(trail, ["api_key_made", "key_made", "key_made"]);
}

#[tokio::test]
async fn over_https_the_guests_cookie_works_in_a_frame_kept_apart_per_site_and_over_http_it_is_a_plain_one() {
    for (url, reach) in [
        ("https://chat.example", "SameSite=None; Secure; Partitioned"),
        ("http://chat.example", "SameSite=Lax"),
    ] {
        let house = House::with(&[("BELLHOP_PUBLIC_URL", url)]);
        for path in ["/chat/alpha", "/stays"] {
            let page = get(&house, path, "").await;
            let set = page
                .headers
                .iter()
                .find(|(k, v)| k == "set-cookie" && v.starts_with("bellhop_guest="))
                .unwrap()
                .1
                .clone();
            assert!(set.ends_with(reach) && set.contains("HttpOnly"), "{url}{path}: {set}");
        }
    }
}

#[tokio::test]
async fn behind_proxies_each_client_is_counted_as_itself_however_they_write_its_address() {
    let limits = ("BELLHOP_NEW_GUESTS_PER_MINUTE", "5");
    for (proxies, written) in [
        ("true", (|n| format!("198.51.100.{n}:{}", 40_000 + n)) as fn(usize) -> String),
        ("true", |n| format!("[2001:db8:{n}::7]:443")),
        ("2", |n| format!("203.0.113.1, 198.51.100.{n}, 10.0.0.7")),
    ] {
        let house = House::with(&[("BELLHOP_TRUST_PROXY", proxies), limits]);
        for n in 1..20 {
            let headers = [("x-forwarded-for", written(n))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            let page = request(&house, "/chat/alpha", "", None, &headers).await;
            assert_eq!(page.status, 200, "{proxies}: {}", written(n));
        }
    }
    // What cannot be read is one client, and whoever runs the server learns it.
    let house = House::with(&[("BELLHOP_TRUST_PROXY", "true"), limits]);
    let mut refused = 0;
    for _ in 0..20 {
        let page = request(&house, "/chat/alpha", "", None, &[("x-forwarded-for", "unknown")]).await;
        refused += usize::from(page.status == 429);
    }
    assert!(refused > 0);
    let told = "X-Forwarded-For is not understood, so all clients of 127.0.0.1 count as one: \"unknown\"";
    assert_eq!(house.log().matches(told).count(), 1, "{}", house.log());
}

#[tokio::test]
async fn an_address_among_the_settings_is_what_browsers_call_it_or_is_refused_at_the_start() {
    let house = House::with(&[("BELLHOP_PUBLIC_URL", "HTTPS://Chat.hotel.example:443/")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let form =
        format!("email={}&password={}", email("Maria").replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let from = [("origin", "https://chat.hotel.example"), ("host", "10.0.0.7:3000")];
    assert_eq!(request(&house, "/login", "", Some(form.clone()), &from).await.status, 303);
    let from = [("origin", "https://chat.hotel.example:444"), ("host", "10.0.0.7:3000")];
    assert_eq!(request(&house, "/login", "", Some(form), &from).await.status, 403);

    for (name, value, why) in [
        ("BELLHOP_PUBLIC_URL", "https://hotel.example/guest", "cannot be served under a path"),
        ("BELLHOP_PUBLIC_URL", "chat.hotel.example", "is not an address"),
        ("BELLHOP_ALLOWED_ORIGINS", "https://a.example,b.example", "is not an address"),
        ("BELLHOP_WHISPER_HOST", "https://whisper.example", "is not a host"),
        ("BELLHOP_TRUST_PROXY", "10.0.0.1", "the number of proxies"),
    ] {
        let house = House::empty(&[(name, value)]);
        let (started, told) = house.try_run(&["serve"], "");
        assert!(!started && told.contains(why) && !told.contains("panicked"), "{name}: {told}");
    }
}
