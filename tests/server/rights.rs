//! What people may do: given, changed and taken away while they are at work.

use super::{
    client::{Socket, get, post, say, staff_cookie, waiting_guest},
    house::{House, PASSWORD, email},
};
use serde_json::json;

/// The id of a person.
fn id_of(house: &House, name: &str) -> String {
    house.rows(&format!("SELECT id FROM staff WHERE email = '{}'", email(name)))[0][0].clone()
}

/// Lines of the trail of one kind, with who did it.
fn trail(house: &House, what: &str) -> Vec<(String, String)> {
    let query = "SELECT s.name, a.detail FROM audit a LEFT JOIN staff s ON s.id = a.by_id WHERE a.what = ";
    house
        .rows(&format!("{query}'{what}' ORDER BY seq"))
        .into_iter()
        .map(|r| (r[0].clone(), r[1].clone()))
        .collect()
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_from_open_desks_and_the_guest_waits_again() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha", "--agent", "beta"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let cookie = staff_cookie(&house, "Maria").await;
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::open(&house, &cookie).await;
    let hotel = maria.hotel_called("alpha").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    jonas.watch().await;

    let person = id_of(&house, "Maria");
    let saved = post(&house, &format!("/admin/staff/{person}/roles"), &beat, &[("alpha", "")]).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, Some("/admin/staff")),
        "she is not his to see any more"
    );
    let (code, heard) = maria.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1012), &json!("changed")));
    // The guest does not wait for an empty chair, and her colleagues see it.
    let (mut waits, mut without_her) = (None, false);
    while waits.is_none() || !without_her {
        let event = jonas.event_where(|e| e["on"] == "row" || e["on"] == "colleagues").await;
        match event["colleagues"].as_array() {
            Some(there) => without_her = there.iter().all(|c| c["name"] != "Maria"),
            None => waits = Some(event["row"].clone()).filter(|row| row["status"] == "waiting"),
        }
    }
    let row = waits.unwrap();
    assert_eq!((&row["id"], &row["epoch"]), (&json!(c), &json!(2)));
    // She is still of the other hotel, and of that one only.
    let mut maria = Socket::open(&house, &cookie).await;
    assert_eq!(maria.hello["you"]["memberships"].as_array().unwrap().len(), 1);
    assert_eq!(maria.no(json!({"do": "watch", "hotel": hotel})).await["code"], "not_found");
    assert_eq!(maria.no(say(&c, 1, 2, "I still hold it, do I not?")).await["code"], "not_found");
    maria.watch().await;
    guest.say_as_guest("alpha", "Is somebody there?").await;
    guest.say_as_guest("beta", "And at the beta?").await;
    let heard = json!(maria.heard_until("And at the beta?").await).to_string();
    assert!(
        !heard.contains(&c) && !heard.contains(&hotel),
        "she hears nothing of the hotel any more: {heard}"
    );
    assert_eq!(trail(&house, "role_withdrawn"), [("Beat".to_owned(), format!("{person} agent"))]);
}

#[tokio::test]
async fn a_role_changed_beside_the_server_counts_at_once() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    let hotel = maria.hotel();
    assert_eq!(maria.no(json!({"do": "today", "hotel": hotel})).await["code"], "not_found");
    house.run(&["staff", "role", &email("Maria"), "--manager", "alpha"], "");
    assert_eq!(maria.closed().await.0, Some(1012));
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "today", "hotel": hotel})).await;
    let person = id_of(&house, "Maria");
    assert_eq!(trail(&house, "role_given"), [(String::new(), format!("{person} agent"))]);
    assert_eq!(trail(&house, "role_changed"), [(String::new(), format!("{person} agent to manager"))]);
    let list = house.run(&["staff", "list"], "");
    assert!(list.contains("maria@hotel.example") && list.contains("alpha:manager"), "{list}");
    for (args, why) in [(vec!["--manager", "nowhere"], "there is no hotel"), (vec![], "say what changes")] {
        let (done, text) =
            house.try_run(&[&["staff", "role", "maria@hotel.example"], args.as_slice()].concat(), "");
        assert!(!done && text.contains(why), "{text}");
    }
    assert!(house.try_run(&["audit", "verify"], "").0);
}

#[tokio::test]
async fn who_is_made_an_admin_stands_over_all_hotels_and_no_longer_when_it_is_taken() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let (helena, cookie) = (staff_cookie(&house, "Helena").await, staff_cookie(&house, "Maria").await);
    let mut maria = Socket::open(&house, &cookie).await;
    let person = id_of(&house, "Maria");
    let path = format!("/admin/staff/{person}/admin");
    assert_eq!(get(&house, "/admin/hotels", &cookie).await.status, 404);
    assert_eq!(post(&house, &path, &helena, &[("admin", "true")]).await.status, 303);
    assert_eq!(maria.closed().await.0, Some(1012));
    let mut maria = Socket::open(&house, &cookie).await;
    assert_eq!(maria.hello["you"]["admin"], true);
    assert!(get(&house, "/admin/staff", &cookie).await.body.contains("helena@hotel.example"));
    house.run(&["staff", "role", &email("Maria"), "--admin", "no"], "");
    assert_eq!(maria.closed().await.0, Some(1012));
    assert_eq!(get(&house, "/admin/staff", &cookie).await.status, 404);
    assert_eq!(trail(&house, "role_given").last(), Some(&("Helena".to_owned(), format!("{person} admin"))));
    assert_eq!(trail(&house, "role_withdrawn"), [(String::new(), format!("{person} admin"))]);
    let (done, text) = house.try_run(&["staff", "role", &email("Maria"), "--admin", "perhaps"], "");
    assert!(!done && text.contains("possible values: yes, no"), "{text}");
}

#[tokio::test]
async fn a_withdrawn_login_holds_nothing() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let helena = staff_cookie(&house, "Helena").await;
    let (_guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    let mut wall = Socket::open_as(&house, &helena, "board").await;
    let hotel = maria.hotel();
    wall.ok(json!({"do": "watch", "hotel": hotel})).await;
    let person = id_of(&house, "Maria");
    assert_eq!(
        post(&house, &format!("/admin/staff/{person}/login"), &helena, &[("works", "false")]).await.status,
        303
    );
    assert_eq!(maria.closed().await.0, Some(1008));
    wall.event_where(|e| e["on"] == "row" && e["row"]["status"] == "waiting").await;
    assert_eq!(trail(&house, "staff_disabled"), [("Helena".to_owned(), person)]);
}

#[tokio::test]
async fn a_new_password_ends_what_was_signed_in_with_the_old_one() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let (helena, old) = (staff_cookie(&house, "Helena").await, staff_cookie(&house, "Maria").await);
    let mut maria = Socket::open(&house, &old).await;
    let path = format!("/admin/staff/{}/password", id_of(&house, "Maria"));
    let short = post(&house, &path, &helena, &[("password", "short")]).await;
    assert!(short.status == 422 && short.body.contains("Password: 8 to 256 characters."));
    assert_eq!(post(&house, &path, &helena, &[("password", "a brand new one")]).await.status, 303);
    assert_eq!(maria.closed().await.0, Some(1012));
    assert!(Socket::try_open(&house, &old, &[]).await.is_err());
    assert_eq!(get(&house, "/desk", &old).await.header("location"), Some("/login"));
    let sign_in = async |password: &str| {
        post(&house, "/login", "", &[("email", &email("Maria")), ("password", password)]).await
    };
    assert_eq!((sign_in(PASSWORD).await.status, sign_in("a brand new one").await.status), (401, 303));
    get(&house, "/admin/staff", &helena).await;
    assert_eq!(get(&house, "/desk", &helena).await.status, 200, "nobody else is signed out");
}

#[tokio::test]
async fn managers_keep_their_own_people_and_nobody_their_own_rights() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Boris", &["--agent", "beta"]);
    house.add_staff("Both", &["--agent", "alpha", "--manager", "beta"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let (beat, maria, helena) = (
        staff_cookie(&house, "Beat").await,
        staff_cookie(&house, "Maria").await,
        staff_cookie(&house, "Helena").await,
    );
    let page = async |path: &str, cookie: &str| get(&house, path, cookie).await;
    let of = |name: &str, rest: &str| format!("/admin/staff/{}{rest}", id_of(&house, name));

    // Agents keep nobody; a manager sees his own people, and of them what they are in his hotel.
    assert_eq!(page("/admin/staff", &maria).await.status, 404);
    let list = page("/admin/staff", &beat).await.body;
    assert!(list.contains("maria@hotel.example") && list.contains("both@hotel.example"));
    assert!(!list.contains("boris@") && !list.contains("helena@") && !list.contains(">beta<"), "the wall");
    for path in [of("Boris", ""), of("Helena", ""), "/admin/staff/nobody".to_owned()] {
        assert_eq!(page(&path, &beat).await.status, 404, "{path}");
    }
    for (path, form, status) in [
        (of("Boris", "/roles"), vec![("alpha", "agent")], 404),
        (of("Maria", "/roles"), vec![("beta", "agent")], 404),
        (of("Maria", "/roles"), vec![("alpha", "emperor")], 404),
        (of("Maria", "/login"), vec![("works", "false")], 404),
        (of("Maria", "/admin"), vec![("admin", "true")], 404),
        (of("Beat", "/admin"), vec![("admin", "true")], 422),
        (of("Maria", "/password"), vec![("password", "taken over now")], 404),
        (of("Beat", "/roles"), vec![("alpha", "")], 422),
        (of("Beat", "/password"), vec![("password", "without the old one")], 422),
        (
            "/admin/staff".to_owned(),
            vec![
                ("name", "X"),
                ("email", "x@x.example"),
                ("password", PASSWORD),
                ("hotel", ""),
                ("role", "agent"),
            ],
            404,
        ),
        (
            "/admin/staff".to_owned(),
            vec![
                ("name", "X"),
                ("email", "x@x.example"),
                ("password", PASSWORD),
                ("hotel", "beta"),
                ("role", "agent"),
            ],
            404,
        ),
    ] {
        assert_eq!(post(&house, &path, &beat, &form).await.status, status, "{path} {form:?}");
    }
    assert_eq!(
        post(&house, &of("Helena", "/login"), &helena, &[("works", "false")]).await.status,
        422,
        "not her own"
    );
    assert_eq!(
        house.number(
            "SELECT count(*) FROM audit WHERE what IN ('role_changed', 'role_withdrawn', 'staff_disabled', \
             'password_set')"
        ),
        0
    );

    // Somebody new; and somebody who has a login, if they are among his people.
    let new = |name: &'static str, email: &'static str, password: &'static str| {
        vec![("name", name), ("email", email), ("password", password), ("hotel", "alpha"), ("role", "agent")]
    };
    for (form, why) in [
        (new("", "x@x.example", PASSWORD), "Name: can’t be empty"),
        (new("X", "nonsense", PASSWORD), "is not an address"),
        (new("X", "x@x.example", "short"), "Password: 8 to 256 characters."),
    ] {
        let page = post(&house, "/admin/staff", &beat, &form).await;
        assert!(page.status == 422 && page.body.contains(why), "{form:?}");
        assert!(page.body.contains(&format!("value=\"{}\"", form[1].1)), "what was typed stays");
    }
    assert_eq!(
        post(&house, "/admin/staff", &beat, &new("Xenia", "Xenia@Hotel.example", PASSWORD)).await.status,
        303
    );
    Socket::staff(&house, "Xenia").await.watch().await;
    for (email, why) in [
        ("boris@hotel.example", "E-mail: someone already signs in with this address."),
        ("both@hotel.example", "E-mail: Both uses this address and already has a role there"),
    ] {
        let page = post(&house, "/admin/staff", &beat, &new("Other", email, "another password")).await;
        assert!(page.status == 422 && page.body.contains(why), "{email}");
    }
    let hotels = async || {
        let boris = Socket::staff(&house, "Boris").await;
        assert_eq!(boris.hello["you"]["name"], "Boris");
        boris.hello["you"]["memberships"].as_array().unwrap().len()
    };
    assert_eq!(hotels().await, 1);
    let known = post(&house, "/admin/staff", &helena, &new("Other", "boris@hotel.example", "")).await;
    assert_eq!(known.header("location"), Some(format!("{}?done=known", of("Boris", "")).as_str()));
    assert_eq!(hotels().await, 2);
    assert_eq!(trail(&house, "role_given").len(), 7);
    // Whoever is demoted leads no more.
    assert_eq!(post(&house, &of("Beat", "/roles"), &helena, &[("alpha", "agent")]).await.status, 303);
    assert_eq!(page("/admin/staff", &beat).await.status, 404);
}

#[tokio::test]
async fn an_export_of_several_hotels_is_taken_only_while_one_leads_them_all() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Beat", &["--manager", "alpha", "--manager", "beta"]);
    let (_guest, _) = waiting_guest(&house).await;
    let beat = staff_cookie(&house, "Beat").await;
    assert_eq!(
        post(&house, "/admin/exports", &beat, &[("selection", ""), ("format", "csv")]).await.status,
        303
    );
    let list =
        super::client::get_until(&house, "/admin/exports", &beat, |page| page.body.contains("Download"))
            .await
            .body;
    let link = list.split("href=\"/admin/exports/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(get(&house, &format!("/admin/exports/{link}"), &beat).await.status, 200);
    house.run(&["staff", "role", &email("Beat"), "--none", "beta"], "");
    assert_eq!(get(&house, &format!("/admin/exports/{link}"), &beat).await.status, 404);
    assert!(!get(&house, "/admin/exports", &beat).await.body.contains("Download"));
    house.run(&["staff", "role", &email("Beat"), "--manager", "beta"], "");
    assert_eq!(get(&house, &format!("/admin/exports/{link}"), &beat).await.status, 200);
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_undone_by_an_old_page() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Helena", &["--admin"]);
    let helena = staff_cookie(&house, "Helena").await;
    let path = format!("/admin/staff/{}/roles", id_of(&house, "Maria"));
    let role = |hotel: &str| {
        let query = "SELECT m.role FROM membership m JOIN hotel h ON h.id = m.hotel WHERE h.slug = ";
        house.rows(&format!("{query}'{hotel}'")).first().map(|row| row[0].clone()).unwrap_or_default()
    };
    house.run(&["staff", "role", &email("Maria"), "--none", "alpha"], "");
    // Helena's page still shows an agent of alpha. What she does not touch stays; what she does is not taken
    // blindly.
    let form = [("seen.alpha", "agent"), ("alpha", "agent"), ("seen.beta", ""), ("beta", "agent")];
    assert_eq!(post(&house, &path, &helena, &form).await.status, 303);
    assert_eq!((role("alpha").as_str(), role("beta").as_str()), ("", "agent"));
    let form = [("seen.alpha", "agent"), ("alpha", "manager"), ("seen.beta", "agent"), ("beta", "")];
    let page = post(&house, &path, &helena, &form).await;
    assert!(page.status == 422 && page.body.contains("somebody has changed it meanwhile"), "{}", page.status);
    assert_eq!((role("alpha").as_str(), role("beta").as_str()), ("", "agent"), "all of it or nothing");
}

#[tokio::test]
async fn a_login_given_back_is_not_what_a_lost_device_is_signed_in_with() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let lost = staff_cookie(&house, "Maria").await;
    for what in ["disable", "disable", "enable"] {
        house.run(&["staff", what, &email("Maria")], "");
    }
    assert_eq!(get(&house, "/desk", &lost).await.header("location"), Some("/login"));
    assert_eq!(trail(&house, "staff_disabled").len(), 1, "what changed nothing stands nowhere");
    staff_cookie(&house, "Maria").await;
}

#[tokio::test]
async fn ones_own_password_takes_the_one_before_and_ends_the_other_devices() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let form = [
        ("name", "Xenia"),
        ("email", &email("Xenia")),
        ("password", PASSWORD),
        ("hotel", "alpha"),
        ("role", "agent"),
    ];
    assert_eq!(post(&house, "/admin/staff", &beat, &form).await.status, 303);
    // Beat knows it: she is asked for one of her own.
    let login = post(&house, "/login", "", &[("email", &email("Xenia")), ("password", PASSWORD)]).await;
    assert_eq!(login.header("location"), Some("/account"));
    let (here, there) = (login.cookie("bellhop_staff").unwrap(), staff_cookie(&house, "Xenia").await);
    assert!(get(&house, "/account", &here).await.body.contains("Your password was set for you"));
    for (old, new, why) in [
        ("a guess", "a secret of mine", "Current password: that’s not your current password"),
        (PASSWORD, "short", "Password: 8 to 256 characters."),
    ] {
        let page = post(&house, "/account", &here, &[("old", old), ("new", new)]).await;
        assert!(page.status == 422 && page.body.contains(why), "{why}");
    }
    let changed = post(&house, "/account", &here, &[("old", PASSWORD), ("new", "a secret of mine")]).await;
    assert_eq!(changed.header("location"), Some("/account?done"));
    let mine = changed.cookie("bellhop_staff").unwrap();
    assert_eq!(get(&house, "/desk", &mine).await.status, 200);
    for other in [here, there] {
        assert_eq!(get(&house, "/desk", &other).await.header("location"), Some("/login"));
    }
    let login =
        post(&house, "/login", "", &[("email", &email("Xenia")), ("password", "a secret of mine")]).await;
    assert_eq!(login.header("location"), Some("/desk"));
    assert_eq!(get(&house, "/account", "").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn a_form_on_its_way_while_the_role_ends_does_nothing() {
    use std::io::{Read as _, Write as _};
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let body = "name=Late";
    let mut slow = std::net::TcpStream::connect(&house.address).unwrap();
    write!(
        slow,
        "POST /admin/hotels/alpha/tags HTTP/1.1\r\nhost: {}\r\ncookie: {beat}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        house.address,
        body.len()
    )
    .unwrap();
    // The server has begun with it: whoever asks after it is answered.
    assert_eq!(get(&house, "/admin/hotels/alpha/tags", &beat).await.status, 200);
    house.run(&["staff", "role", &email("Beat"), "--none", "alpha"], "");
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(house.number("SELECT count(*) FROM tag"), 0);
}
