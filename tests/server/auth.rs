//! Signing in, staying signed in, and no longer.

use super::{
    client::{Socket, get, guest_cookie, post, request, staff_cookie},
    house::{House, PASSWORD, email},
};
use serde_json::json;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_look_the_same() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let wrong =
        post(&house, "/login", "", &[("email", &email("maria")), ("password", "wrong password")]).await;
    let nobody =
        post(&house, "/login", "", &[("email", "nobody@x.example"), ("password", "wrong password")]).await;
    assert_eq!((wrong.status, nobody.status), (401, 401));
    // The nonce and the address typed differ; nothing else may.
    let plain = |page: &super::client::Page, typed: &str| {
        let nonce =
            page.header("content-security-policy").unwrap().split("nonce-").nth(1).unwrap()[..22].to_owned();
        page.body.replace(typed, "").replace(&nonce, "")
    };
    assert_eq!(plain(&wrong, &email("maria")), plain(&nobody, "nobody@x.example"));
    assert!(wrong.cookie("bellhop_staff").is_none());
}

#[tokio::test]
async fn repeated_failures_slow_the_next_attempt_down_even_with_the_right_password() {
    let house = House::with(&[("BELLHOP_LOGINS_PER_MINUTE", "9")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    for _ in 0..3 {
        post(&house, "/login", "", &[("email", &email("maria")), ("password", "a guess")]).await;
    }
    let slowed = post(&house, "/login", "", &[("email", &email("maria")), ("password", PASSWORD)]).await;
    assert_eq!(slowed.status, 429);
    assert!(slowed.body.contains("Please wait"));
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what = 'login_failed'"), 3);
}

#[tokio::test]
async fn cookies_are_closed_to_scripts_and_secure_over_https() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let flags = |page: &super::client::Page| page.header("set-cookie").unwrap().to_lowercase();
    let login = post(&house, "/login", "", &[("email", &email("maria")), ("password", PASSWORD)]).await;
    for set in [flags(&login), flags(&get(&house, "/chat/alpha", "").await)] {
        assert!(set.contains("httponly") && set.contains("samesite=lax") && !set.contains("secure"), "{set}");
    }
    let house = House::with(&[("BELLHOP_PUBLIC_URL", "https://chat.hotel.example")]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    let login = post(&house, "/login", "", &[("email", &email("maria")), ("password", PASSWORD)]).await;
    assert!(flags(&login).contains("secure") && flags(&login).contains("samesite=lax"));
    let chat = flags(&get(&house, "/chat/alpha", "").await);
    assert!(
        chat.contains("secure") && chat.contains("samesite=none") && chat.contains("partitioned"),
        "{chat}"
    );
    assert_eq!(
        house.number("SELECT count(*) FROM guest_token WHERE length(hash) <> 32"),
        0,
        "only the hash is kept"
    );
}

#[tokio::test]
async fn the_session_id_is_renewed_at_login() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let first = staff_cookie(&house, "Maria").await;
    let again = post(&house, "/login", &first, &[("email", &email("jonas")), ("password", PASSWORD)]).await;
    assert_ne!(again.cookie("bellhop_staff").unwrap(), first);
    assert_eq!(
        get(&house, "/desk", &first).await.header("location"),
        Some("/login"),
        "the old id is worth nothing"
    );
}

#[tokio::test]
async fn a_logout_ends_its_own_sockets_only() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (here, there) = (staff_cookie(&house, "Maria").await, staff_cookie(&house, "Maria").await);
    let (mut one, mut two) = (Socket::open(&house, &here).await, Socket::open(&house, &there).await);
    assert_eq!(post(&house, "/logout", &here, &[]).await.status, 303);
    let (code, heard) = one.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1008), &json!("logged_out")));
    assert!(Socket::try_open(&house, &here, &[]).await.is_err());
    two.ok(json!({"do": "resume", "cursors": {}})).await;
}

#[tokio::test]
async fn a_disabled_persons_sockets_close_and_their_login_fails() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let cookie = staff_cookie(&house, "Maria").await;
    let mut maria = Socket::open(&house, &cookie).await;
    house.run(&["staff", "disable", &email("maria")], "");
    let (code, heard) = maria.closed().await;
    assert_eq!((code, &heard.last().unwrap()["reason"]), (Some(1008), &json!("disabled")));
    assert!(Socket::try_open(&house, &cookie, &[]).await.is_err());
    assert_eq!(
        post(&house, "/login", "", &[("email", &email("maria")), ("password", PASSWORD)]).await.status,
        401
    );
    house.run(&["staff", "enable", &email("maria")], "");
    staff_cookie(&house, "Maria").await;
}

#[tokio::test]
async fn a_strangers_page_can_neither_open_a_socket_nor_post_a_form() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let cookie = staff_cookie(&house, "Maria").await;
    let own = format!("http://{}", house.address);
    assert!(Socket::try_open(&house, &cookie, &[("origin", &own)]).await.is_ok());
    for stranger in ["https://evil.example", "null"] {
        assert!(Socket::try_open(&house, &cookie, &[("origin", stranger)]).await.is_err(), "{stranger}");
        let posted = request(&house, "/logout", &cookie, Some(String::new()), &[("origin", stranger)]).await;
        assert_eq!(posted.status, 403);
    }
    assert!(Socket::try_open(&house, "", &[]).await.is_err(), "nobody");
    assert!(Socket::try_open(&house, "bellhop_guest=made-up", &[]).await.is_err(), "a made-up guest");
}

#[tokio::test]
async fn signing_in_again_ends_the_sockets_of_whoever_was_signed_in_before() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let first = staff_cookie(&house, "Maria").await;
    let mut maria = Socket::open(&house, &first).await;
    post(&house, "/login", &first, &[("email", &email("jonas")), ("password", PASSWORD)]).await;
    assert_eq!(maria.closed().await.0, Some(1008));
}

#[tokio::test]
async fn failed_logins_of_any_length_and_number_leave_little_behind() {
    let house = House::with(&[("BELLHOP_LOGINS_PER_MINUTE", "9")]);
    let long = "x".repeat(3_000);
    assert_eq!(post(&house, "/login", "", &[("email", &long), ("password", "guess")]).await.status, 401);
    assert_eq!(
        post(&house, "/login", "", &[("email", "a@b.example"), ("password", &long.repeat(2))]).await.status,
        413
    );
    for _ in 0..40 {
        post(&house, "/login", "", &[("email", "a@b.example"), ("password", "guess")]).await;
    }
    assert!(house.number("SELECT count(*) FROM audit") < 10);
}

/// Cookies that an answer sets or takes away.
fn cookies(page: &super::client::Page) -> Vec<&str> {
    page.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn no_answer_to_an_old_login_takes_the_new_ones_cookie_away_or_sets_the_old_one_again() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--manager", "alpha"]);
    let old = staff_cookie(&house, "Maria").await;
    let new = post(&house, "/login", &old, &[("email", &email("jonas")), ("password", PASSWORD)]).await;
    assert_eq!(cookies(&new).len(), 1, "signing in sets the cookie");
    let new = new.cookie("bellhop_staff").unwrap();
    // Whatever another tab was asking with the old one, and with none at all.
    for path in [
        "/desk",
        "/socket?as=staff",
        "/login",
        "/account",
        "/admin/logs",
        "/admin/exports",
        "/admin/exports/x",
        "/demo",
        "/",
    ] {
        for cookie in [old.as_str(), "bellhop_staff=made-up", ""] {
            let page = get(&house, path, cookie).await;
            assert!(
                !cookies(&page).iter().any(|set| set.starts_with("bellhop_staff")),
                "{path} with {cookie:?}: {:?}",
                page.headers
            );
        }
        let page = get(&house, path, &new).await;
        assert!(
            !cookies(&page).iter().any(|set| set.starts_with("bellhop_staff")),
            "{path}: {:?}",
            page.headers
        );
    }
    let wrong =
        post(&house, "/login", &old, &[("email", &email("maria")), ("password", "wrong password")]).await;
    assert!(cookies(&wrong).is_empty(), "{:?}", wrong.headers);
    // A new day moves the login on, without a word to the browser.
    house.write("UPDATE session SET data = replace(data, '\"day\":', '\"day\":1')");
    let before = house.number("SELECT max(expires_at) FROM session");
    assert!(cookies(&get(&house, "/desk", &new).await).is_empty());
    assert!(house.number("SELECT max(expires_at) FROM session") > before);
    assert_eq!(house.number("SELECT count(*) FROM session"), 1, "nobody else was signed in by all that");
    // Nor does signing out of what had ended.
    assert!(cookies(&post(&house, "/logout", &old, &[]).await).is_empty());
    // Signing out takes it away.
    let out = post(&house, "/logout", &new, &[]).await;
    assert!(
        cookies(&out)[0].starts_with("bellhop_staff=; ") && cookies(&out)[0].contains("Max-Age=0"),
        "{:?}",
        out.headers
    );
}

#[tokio::test]
async fn a_page_asked_for_with_an_old_guests_cookie_does_not_put_it_back() {
    let house = House::open();
    let first = get(&house, "/chat/alpha", "").await;
    let cookie = first.cookie("bellhop_guest").unwrap();
    for path in ["/chat/alpha", "/stays", "/stays/email"] {
        let again = get(&house, path, &cookie).await;
        assert!(cookies(&again).is_empty(), "{path}: {:?}", again.headers);
    }
    // Once a month it is renewed, for a browser keeps it for 400 days.
    house.write("UPDATE guest_token SET renewed_at = 0");
    assert_eq!(get(&house, "/chat/alpha", &cookie).await.cookie("bellhop_guest"), Some(cookie.clone()));
    assert!(cookies(&get(&house, "/chat/alpha", &cookie).await).is_empty());
}

#[tokio::test]
async fn a_page_learns_by_a_plain_request_whether_it_is_still_known() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let maria = staff_cookie(&house, "Maria").await;
    assert_eq!(get(&house, "/socket?as=staff", &maria).await.status, 204);
    assert_eq!(get(&house, "/socket?as=staff", "bellhop_staff=made-up").await.status, 401);
    let guest = guest_cookie(&house, "alpha").await;
    assert_eq!(get(&house, "/socket?as=guest", &guest).await.status, 204);
}
