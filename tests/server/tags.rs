//! Tags, ratings, and what guests are told outside the opening hours.

use super::{
    client::{Socket, get, post, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::{Value, json};

#[tokio::test]
async fn agents_tag_from_their_hotels_list_which_its_manager_keeps() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Rui", &["--agent", "beta"]);
    let beat = staff_cookie(&house, "Beat").await;
    let tags = "/admin/hotels/alpha/tags";
    for name in ["Spa", "Housekeeping"] {
        assert_eq!(post(&house, tags, &beat, &[("name", name)]).await.status, 303);
    }
    for (name, why) in [
        ("spa ", "“Spa” already exists"),
        ("Spa", "“Spa” already exists"),
        ("  ", "enter a name"),
        (&"x".repeat(41), "40 characters"),
    ] {
        let page = post(&house, tags, &beat, &[("name", name)]).await;
        assert!(page.status.to_string() == why || page.body.contains(why), "{name}: {}", page.status);
    }
    // An id that was typed is told no name by.
    let rui = house.rows("SELECT id FROM staff WHERE name = 'Rui'")[0][0].clone();
    assert_eq!(post(&house, tags, &beat, &[("name", &rui)]).await.status, 303);
    assert_eq!(post(&house, &format!("{tags}/remove"), &beat, &[("name", &rui)]).await.status, 303);
    let trail = super::client::get(&house, "/admin/audit", &beat).await.body;
    assert!(trail.contains(&rui) && !trail.contains("Rui"), "the wall");
    let (_guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    assert_eq!(maria.watch().await["tags"], json!(["Housekeeping", "Spa"]));
    let tag = |tag: &str, on: bool| json!({"do": "tag", "conversation": c, "tag": tag, "on": on});
    maria.ok(tag("Spa", true)).await;
    let row = maria.event_where(|e| e["on"] == "row" && e["row"]["tags"] == json!(["Spa"])).await;
    maria.ok(tag("Spa", true)).await;
    assert_eq!(maria.no(tag("Pool", true)).await["code"], "invalid");
    let mut rui = Socket::staff(&house, "Rui").await;
    assert_eq!(rui.no(tag("Spa", false)).await["code"], "not_found", "another hotel’s agent");
    // Renamed and removed, everywhere at once.
    assert_eq!(
        post(&house, "/admin/hotels/alpha/tags/rename", &beat, &[("name", "Spa"), ("new", "Wellness")])
            .await
            .status,
        303
    );
    let renamed = maria.event_where(|e| e["on"] == "row" && e["row"]["tags"] == json!(["Wellness"])).await;
    assert!(renamed["row"]["rev"].as_i64() > row["row"]["rev"].as_i64());
    let taken = post(
        &house,
        "/admin/hotels/alpha/tags/rename",
        &beat,
        &[("name", "Wellness"), ("new", "HOUSEKEEPING")],
    )
    .await;
    assert!(taken.body.contains("“Housekeeping” already exists"));
    assert_eq!(
        post(&house, "/admin/hotels/alpha/tags/remove", &beat, &[("name", "Wellness")]).await.status,
        303
    );
    maria.event_where(|e| e["on"] == "row" && e["row"].get("tags").is_none()).await;
    for (who, path) in [("Maria", tags), ("Rui", tags)] {
        let cookie = staff_cookie(&house, who).await;
        assert_eq!(get(&house, path, &cookie).await.status, 404, "{who}");
        assert_eq!(post(&house, path, &cookie, &[("name", "Mine")]).await.status, 404, "{who}");
    }
}

#[tokio::test]
async fn a_guest_rates_their_own_resolved_conversation() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let (mut stranger, _) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let rate =
        |stars: i64, word: &str| json!({"do": "rate", "conversation": c, "stars": stars, "word": word});
    assert_eq!(guest.no(rate(5, "")).await["code"], "not_resolved");
    maria.ok(json!({"do": "open", "conversation": c})).await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    assert_eq!(stranger.no(rate(1, "")).await["code"], "not_found");
    assert_eq!(maria.no(rate(5, "")).await["code"], "bad_command", "it is the guest’s word");
    for stars in [0, 6, -1] {
        assert_eq!(guest.no(rate(stars, "")).await["code"], "invalid");
    }
    assert_eq!(guest.no(rate(4, &"x".repeat(501))).await["code"], "too_long");
    guest.ok(rate(4, "  Kind \n people ")).await;
    let entry = guest.event("rated").await;
    assert_eq!(entry["entry"]["body"], "4 Kind people");
    let row = maria.event_where(|e| e["on"] == "row" && e["row"].get("rating").is_some()).await;
    assert_eq!((&row["row"]["rating"], &row["row"]["status"]), (&json!(4), &json!("resolved")));
    // Thought about it again; the last one counts.
    guest.ok(rate(5, "")).await;
    assert_eq!(house.number("SELECT rating FROM conversation WHERE rating IS NOT NULL"), 5);
}

#[tokio::test]
async fn a_rating_posted_without_scripts_is_kept_and_a_wrong_one_is_answered() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let c = guest.say_as_guest("alpha", "Hello").await["conversation"].as_str().unwrap().to_owned();
    let mut maria = Socket::staff(&house, "Maria").await;
    let form = |stars: &'static str| {
        [("conversation", c.clone()), ("stars", stars.to_owned()), ("word", "Fine".to_owned())]
    };
    let send = async |stars| {
        let form = form(stars);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        post(&house, "/chat/alpha/rating", &cookie, &form).await
    };
    assert_eq!(send("3").await.status, 422, "not resolved yet");
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    assert!(get(&house, "/chat/alpha", &cookie).await.body.contains("How did we do?"));
    assert!(send("9").await.body.contains("pick one to five"));
    assert_eq!(send("3").await.status, 303);
    assert!(
        get(&house, "/chat/alpha", &cookie).await.body.contains("Thank you for your rating: 3 of 5 stars")
    );
}

#[tokio::test]
async fn outside_the_opening_hours_a_guest_is_told_when_an_answer_comes() {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let path = "/admin/hotels/alpha/hours";
    let set = async |day: &str, holidays: &str| {
        let days = ["d0", "d1", "d2", "d3", "d4", "d5", "d6"].map(|name| (name, day));
        post(&house, path, &beat, &[&days[..], &[("holidays", holidays)]].concat()).await
    };
    let told = async || {
        let (mut guest, _) = Socket::guest(&house, "alpha").await;
        let opened = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
        (opened["closed"].as_str().unwrap_or_default().to_owned(), opened["turns"].clone())
    };
    assert_eq!(told().await, (String::new(), Value::Null), "no hours: around the clock");
    assert_eq!(set("0-24", "").await.status, 303);
    assert_eq!(told().await.0, "");
    assert_eq!(set("closed", "").await.status, 303);
    assert!(told().await.0.contains("closed right now"));
    // Closed but for one minute of each day: it says when, and when that is.
    assert_eq!(set("04:00-04:01", "2099-12-24 Eve: 8-12\n2099-12-25").await.status, 303);
    let (text, turns) = told().await;
    if !text.is_empty() {
        assert!(text.contains("We’ll reply from 04:00"), "{text}");
        assert!(turns.as_i64().is_some());
        let page = get(&house, "/chat/alpha", "").await;
        assert!(page.body.contains("We’ll reply from 04:00"));
    }
    let page = get(&house, path, &beat).await.body;
    assert!(
        page.contains("04:00–04:01") && page.contains("2099-12-24 Eve: 08:00–12:00\n2099-12-25"),
        "as it was typed"
    );
    for (day, holidays, why) in [
        ("8-", "", "Monday"),
        ("8-12,11-13", "", "overlap"),
        ("", "Christmas", "start with a date"),
        ("", "2099-01-01\n2099-01-01", "twice"),
    ] {
        let page = set(day, holidays).await;
        assert!(page.status == 422 && page.body.contains(why), "{day} {holidays}: {}", page.status);
        if !day.is_empty() {
            assert!(page.body.contains(&format!("value=\"{day}\"")), "what was typed stays");
        }
    }
    assert!(get(&house, path, &beat).await.body.contains("04:00–04:01"), "what was refused changed nothing");
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what = 'hours_set'"), 3);
}
