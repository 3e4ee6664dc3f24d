//! Every route is held to the group it stands in: whoever may not ask is turned away, whoever may is
//! answered.

use super::{
    client::{Page, get, guest_cookie, request, staff_cookie, waiting_guest},
    house::House,
};

const NOBODYS: &str = "01900000-0000-7000-8000-000000000000";

struct Route {
    who: String,
    post: bool,
    path: String,
}

/// The program's own table.
fn routes(house: &House) -> Vec<Route> {
    let route = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (who, method) = (words.next()?, words.next()?);
        Some(Route { who, post: method == "post", path: words.next()? })
    };
    house.run(&["routes"], "").lines().filter_map(route).collect()
}

/// The address with what is there in the place of names; what only its own test makes is nobody's.
fn address(path: &str, conversation: &str, guest: &str) -> String {
    let there =
        [("{hotel}", "alpha"), ("{conversation}", conversation), ("{guest}", guest), ("{format}", "as.csv")];
    let named = there.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let parts = named.split('/').map(|part| if part.starts_with('{') { NOBODYS } else { part });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(house: &House, route: &Route, address: &str, cookie: &str, headers: &[(&str, &str)]) -> Page {
    request(house, address, cookie, route.post.then(String::new), headers).await
}

fn is_sent_to_sign_in(page: &Page) -> bool {
    page.status == 401 || (page.status == 303 && page.header("location") == Some("/login"))
}

#[tokio::test]
async fn whoever_may_not_ask_is_turned_away_from_every_route() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Helena", &["--admin"]);
    let (_guest, conversation) = waiting_guest(&house).await;
    let guest = house.rows("SELECT id FROM guest")[0][0].clone();
    let stranger = guest_cookie(&house, "alpha").await;
    let (maria, beat, boss, helena) = (
        staff_cookie(&house, "Maria").await,
        staff_cookie(&house, "Beat").await,
        staff_cookie(&house, "Boss").await,
        staff_cookie(&house, "Helena").await,
    );
    let mut answered = 0;
    for route in routes(&house) {
        let address = address(&route.path, &conversation, &guest);
        let asked = async |cookie: &str| ask(&house, &route, &address, cookie, &[]).await;
        match route.who.as_str() {
            // Signing in fails without a password, and signing out leads back there.
            "Anybody" if route.post => {}
            "Anybody" => assert!(asked("").await.status < 400, "{address} is for anybody"),
            "Participant" => assert_eq!(asked("").await.status, 404, "{address} is for who has its code"),
            "Guest" => assert!(!is_sent_to_sign_in(&asked(&stranger).await), "{address} is for guests"),
            "Site" => {
                let page =
                    ask(&house, &route, &address, "", &[("origin", "https://elsewhere.example")]).await;
                assert_eq!(page.status, 403, "{address} from a site the hotel does not list");
            }
            "Known" => assert!(asked("").await.status >= 400, "{address} is for somebody known"),
            "System" => assert_eq!(asked(&helena).await.status, 401, "{address} takes keys, not cookies"),
            "Staff" | "Manager" | "Admin" => {
                for cookie in ["", &stranger] {
                    assert!(is_sent_to_sign_in(&asked(cookie).await), "{address} is for staff");
                }
                if route.who == "Staff" {
                    continue;
                }
                assert_eq!(asked(&maria).await.status, 404, "{address} does not exist for an agent");
                // Another hotel's manager sees what they would see of a hotel or a conversation that does not
                // exist.
                let nowhere = address.replace("alpha", "nowhere").replace(&conversation, NOBODYS);
                if nowhere != address {
                    let (theirs, nobodys) =
                        (asked(&boss).await, ask(&house, &route, &nowhere, &boss, &[]).await);
                    assert!(theirs.status >= 400, "{address} is none of another hotel's manager's");
                    assert_eq!((theirs.status, theirs.body), (nobodys.status, nobodys.body), "{address}");
                }
                if route.who == "Admin" {
                    assert!(asked(&beat).await.status >= 400, "{address} is for admins");
                }
                if !route.post && !address.contains(NOBODYS) {
                    for (name, cookie) in [("Beat", &beat), ("Helena", &helena)] {
                        let page = asked(cookie).await;
                        let leads_on = page.header("location").is_some_and(|to| to.starts_with("/admin/"));
                        assert!(page.status == 200 || leads_on, "{address} is there for {name}");
                    }
                    answered += 1;
                }
            }
            other => panic!("{other} is a group this test does not know"),
        }
    }
    assert!(answered > 10, "the walls have doors: {answered}");
}

#[tokio::test]
async fn every_form_is_taken_only_from_our_own_pages() {
    let house = House::open();
    let forms: Vec<Route> =
        routes(&house).into_iter().filter(|route| route.post && route.who != "Site").collect();
    assert!(forms.len() > 20);
    for route in forms {
        let address = address(&route.path, NOBODYS, NOBODYS);
        let page = ask(&house, &route, &address, "", &[("origin", "https://elsewhere.example")]).await;
        assert_eq!(page.status, 403, "{address}");
    }
}

#[tokio::test]
async fn an_address_that_only_takes_a_form_leads_to_the_page_it_stands_on() {
    let house = House::open();
    for (address, page) in [
        ("/admin/hotels/alpha/keys/k/revoke", "/admin/hotels/alpha"),
        ("/admin/hotels/alpha/rooms/turn", "/admin/hotels/alpha/rooms"),
        ("/admin/exports/e/stop", "/admin/exports"),
        ("/admin/staff/p/roles", "/admin/staff/p"),
        ("/chat/alpha/rating", "/chat/alpha"),
        ("/chat/alpha/room", "/chat/alpha"),
    ] {
        let asked = get(&house, address, "").await;
        assert_eq!((asked.status, asked.header("location")), (303, Some(page)), "{address}");
    }
    assert_eq!(get(&house, "/logout", "").await.status, 405);
}

#[tokio::test]
async fn the_administration_has_a_front_door_and_addresses_without_empty_fields() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    for (address, to) in [
        ("/admin", Some("/admin/logs")),
        ("/admin/board", Some("/admin/board/alpha")),
        ("/admin/logs?q=&hotel=alpha&status=&from=", Some("/admin/logs?hotel=alpha")),
        ("/admin/logs?q=&hotel=", Some("/admin/logs")),
        ("/admin/logs?hotel=alpha", None),
    ] {
        assert_eq!(get(&house, address, &beat).await.header("location"), to, "{address}");
    }
    assert_ne!(
        get(&house, "/admin", "").await.header("location"),
        Some("/admin/logs"),
        "a stranger signs in"
    );
}
