//! The figures, against a history counted by hand; the history is written into the store as time would have.

use super::{
    client::{Socket, get, get_until, post, say, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::json;

/// The cells of a table's row that begins with `name`, as text.
fn row(page: &str, name: &str) -> Vec<String> {
    let cell = |ending: &str| page.split(&format!(">{name}{ending}</th>")).nth(1);
    let rest = cell("").or(cell("</a>")).unwrap_or_else(|| panic!("no row {name}"));
    let rest = rest.split("</tr>").next().unwrap();
    rest.split("<td")
        .skip(1)
        .map(|cell| cell.split_once('>').unwrap().1.split('<').next().unwrap().to_owned())
        .collect()
}

/// A number above the tables.
fn number(page: &str, name: &str) -> String {
    let rest = page.split(&format!("<dt>{name}</dt><dd>")).nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// Two conversations of Friday 2026-01-09, told by changing their times; the desk is open from 8 to 20.
///
/// | | guest | answer | all hours | open hours |
/// |---|---|---|---|---|
/// | A, first | 10:00:00 | 10:00:30 Maria | 30 s | 30 s |
/// | A, then | 10:05:00 | 10:07:00 Maria | 2 min | 2 min |
/// | B, first | 19:50:00 | Sat 08:20:00 Jonas | 12 h 30 min | 30 min |
///
/// A is resolved 11:00 (1 h); B is taken over from Maria by Jonas. Maria is refused once, for B.
#[tokio::test]
async fn a_history_comes_to_what_was_counted_by_hand() {
    let mut house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let beat = staff_cookie(&house, "Beat").await;
    let days = ["d0", "d1", "d2", "d3", "d4", "d5", "d6"].map(|name| (name, "8-20"));
    assert_eq!(post(&house, "/admin/hotels/alpha/hours", &beat, &days).await.status, 303);

    let mut maria = Socket::staff(&house, "Maria").await;
    let mut jonas = Socket::staff(&house, "Jonas").await;
    let (mut one, a) = waiting_guest(&house).await;
    maria.ok(json!({"do": "claim", "conversation": a, "epoch": 0})).await;
    maria.ok(say(&a, 1, 1, "Hello")).await;
    one.say_as_guest("alpha", "Another thing").await;
    one.say_as_guest("alpha", "and one more").await;
    maria.ok(say(&a, 1, 5, "Done")).await;
    maria.ok(json!({"do": "resolve", "conversation": a, "epoch": 1})).await;
    one.ok(json!({"do": "rate", "conversation": a, "stars": 5})).await;
    let (_two, b) = waiting_guest(&house).await;
    maria.ok(json!({"do": "claim", "conversation": b, "epoch": 0})).await;
    jonas.ok(json!({"do": "take_over", "conversation": b, "epoch": 1})).await;
    assert_eq!(maria.no(say(&b, 1, 1, "I am here too")).await["code"], "not_holder");
    jonas.ok(say(&b, 2, 1, "Good morning")).await;
    house.stop();

    // 2026-01-09 00:00 in Zurich.
    let midnight = 1_767_913_200_000_i64;
    let at = |h: i64, m: i64, s: i64| midnight + ((h * 60 + m) * 60 + s) * 1_000;
    let id = |c: &str| format!("x'{}'", c.replace('-', ""));
    for (c, times) in [
        (
            &a,
            vec![
                at(10, 0, 0),
                at(10, 0, 10),
                at(10, 0, 30),
                at(10, 5, 0),
                at(10, 6, 0),
                at(10, 7, 0),
                at(11, 0, 0),
                at(11, 1, 0),
            ],
        ),
        (&b, vec![at(19, 50, 0), at(19, 51, 0), at(32, 0, 0), at(32, 20, 0)]),
    ] {
        for (seq, at) in times.iter().enumerate() {
            house.write(&format!(
                "UPDATE entry SET at = {at} WHERE conversation = {} AND seq = {}",
                id(c),
                seq + 1
            ));
        }
        house.write(&format!("UPDATE conversation SET opened_at = {} WHERE id = {}", times[0], id(c)));
    }
    house.write(&format!("UPDATE refusal SET quarter = {}", at(20, 0, 0) / 900_000));
    for ending in ["-review", "-review-wal", "-review-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", house.database().display()));
    }
    house.start();

    let path = "/admin/reports?hotel=alpha&from=2026-01-09&until=2026-01-10";
    let page = get_until(&house, path, &beat, |page| {
        page.body.contains(">Jonas</a></th>") && page.body.contains(">Maria</a></th>")
    })
    .await
    .body;
    // Times, and their median and nine-of-ten: first open hours, then all.
    assert_eq!(row(&page, "First response"), ["2", "30 s", "30 min 00 s", "30 s", "12 h 30 min"]);
    assert_eq!(row(&page, "Response"), ["3", "2 min 00 s", "30 min 00 s", "2 min 00 s", "12 h 30 min"]);
    assert_eq!(row(&page, "Resolution"), ["1", "1 h 00 min", "1 h 00 min", "1 h 00 min", "1 h 00 min"]);
    // Answers, first response, response median and nine-of-ten, resolved, took over, refused.
    assert_eq!(row(&page, "Maria"), ["2", "30 s", "30 s", "2 min 00 s", "1", "0", "1"]);
    assert_eq!(row(&page, "Jonas"), ["1", "30 min 00 s", "30 min 00 s", "30 min 00 s", "0", "1", "0"]);
    assert_eq!(
        ["Conversations", "Waiting now", "Held now", "Taken over", "Refused"].map(|n| number(&page, n)),
        ["2", "0", "1", "1", "1"]
    );
    assert!(page.contains("1 of them replies"));
    assert!(page.contains("<title>Fri 10:00: 3 from guests, 2 from staff</title>"), "the load");
    assert!(page.contains("<title>Sat 08:00: 0 from guests, 1 from staff</title>"));
    assert_eq!(row(&page, "★★★★★"), ["1", "1 · 100 %"]);
    // One agent; and days on which nothing was.
    let maria_id = maria.hello["you"]["id"].as_str().unwrap().to_owned();
    let hers = get(&house, &format!("{path}&agent={maria_id}"), &beat).await.body;
    assert_eq!(row(&hers, "Response"), ["2", "30 s", "2 min 00 s", "30 s", "2 min 00 s"]);
    assert!(!hers.contains(">Jonas</a></th>"));
    let empty = get(&house, "/admin/reports?hotel=alpha&from=2026-01-11&until=2026-01-12", &beat).await.body;
    assert_eq!(row(&empty, "First response"), ["0", "–", "–", "–", "–"]);
    let saturday =
        get(&house, "/admin/reports?hotel=alpha&from=2026-01-10&until=2026-01-10", &beat).await.body;
    assert_eq!(
        row(&saturday, "Response"),
        ["0", "–", "–", "–", "–"],
        "answers count by when the guest wrote"
    );
}

#[tokio::test]
async fn a_day_ends_with_its_hotel_where_zones_are_half_an_hour_apart() {
    let mut house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.stop();
    // 2026-01-09 23:40 in Kolkata.
    let quarter = (1_767_916_800_000_i64 + (18 * 60 + 10) * 60_000) / 900_000;
    house.write("UPDATE hotel SET time_zone = 'Asia/Kolkata' WHERE slug = 'alpha'");
    house.write(&format!(
        "INSERT INTO refusal (hotel, quarter, staff, what, code, times) SELECT h.id, {quarter}, s.id, 'say', \
         'not_holder', 3 \
         FROM hotel h, staff s WHERE h.slug = 'alpha' AND s.name = 'Maria'"
    ));
    house.start();
    let beat = staff_cookie(&house, "Beat").await;
    for (day, refused) in [("2026-01-09", "3"), ("2026-01-10", "0")] {
        let page =
            get(&house, &format!("/admin/reports?hotel=alpha&from={day}&until={day}"), &beat).await.body;
        assert_eq!(number(&page, "Refused"), refused, "{day}");
    }
}

#[tokio::test]
async fn a_manager_sees_no_figure_of_another_hotel_and_nonsense_is_answered() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let (_guest, _) = waiting_guest(&house).await;
    let (beat, boss) = (staff_cookie(&house, "Beat").await, staff_cookie(&house, "Boss").await);
    get_until(&house, "/admin/reports", &beat, |page| number(&page.body, "Conversations") == "1").await;
    let page = get(&house, "/admin/reports", &boss).await.body;
    assert_eq!((number(&page, "Conversations"), number(&page, "Waiting now")), ("0".into(), "0".into()));
    for (query, why) in [
        ("hotel=alpha", "have access to that hotel"),
        ("from=2026-02-01&until=2026-01-01", "is before the start date"),
        ("from=yesterday", "is not a date"),
        ("from=1990-01-01&until=2026-01-01", "at most"),
        ("agent=somebody", "agent doesn’t exist"),
    ] {
        let page = get(&house, &format!("/admin/reports?{query}"), &boss).await;
        assert!(page.status == 422 && page.body.contains(why), "{query}: {}", page.status);
        assert!(!page.body.contains("class=\"numbers\""), "{query}: no zeros where nothing was asked");
    }
    let week = get(&house, "/admin/reports?days=7&until=yesterday", &boss).await;
    assert!(
        week.status == 200 && week.body.contains("value=\"7\" formnovalidate aria-current=\"true\""),
        "a shortcut says it all"
    );
    assert_eq!(get(&house, "/admin/board/alpha", &boss).await.status, 404);
    let maria = staff_cookie(&house, "Maria").await;
    for path in ["/admin/reports", "/admin/board/alpha", "/admin/audit", "/admin/exports"] {
        assert_eq!(get(&house, path, &maria).await.status, 404, "{path}: agents do not review");
        assert_eq!(get(&house, path, "").await.header("location"), Some("/login"), "{path}");
    }
}

#[tokio::test]
async fn todays_figures_come_over_the_socket_to_those_who_lead() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    let beat_cookie = staff_cookie(&house, "Beat").await;
    let mut wall = Socket::open_as(&house, &beat_cookie, "board").await;
    let hotel = wall.hotel();
    wall.ok(json!({"do": "watch", "hotel": hotel})).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    // A screen on a wall is nobody at a desk.
    let colleagues = maria.watch().await["colleagues"].clone();
    let beat = colleagues.as_array().unwrap().iter().find(|c| c["name"] == "Beat").unwrap().clone();
    assert_eq!(beat["present"], false);
    let (_guest, c) = waiting_guest(&house).await;
    wall.event("row").await;
    let claim = wall.no(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    assert_eq!(claim["code"], "not_allowed", "whoever passes a wall answers nobody");
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(say(&c, 1, 1, "Hello")).await;
    let asked = async {
        loop {
            let today = wall.ok(json!({"do": "today", "hotel": hotel})).await;
            if today["behind"] != true {
                return today;
            }
        }
    };
    let today = tokio::time::timeout(super::house::DEADLINE, asked).await.unwrap();
    // What is not said to lag is whole.
    assert_eq!((&today["opened"], &today["answers"], &today["resolved"]), (&json!(1), &json!(1), &json!(0)));
    assert!(today["first_response"].as_i64().is_some());
    for name in ["Maria", "Boss"] {
        let mut other = Socket::staff(&house, name).await;
        assert_eq!(other.no(json!({"do": "today", "hotel": hotel})).await["code"], "not_found", "{name}");
    }
}
