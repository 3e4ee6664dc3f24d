//! Pages, health, and the command line's plain words.

use super::{
    client::{Socket, get, staff_cookie, waiting_guest},
    house::{House, PASSWORD},
};

#[tokio::test]
async fn an_unknown_hotel_is_a_friendly_404() {
    let house = House::open();
    let page = get(&house, "/chat/atlantis", "").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("There is nothing at this address"));
    assert!(page.cookie("bellhop_guest").is_none());
    assert_eq!(house.number("SELECT count(*) FROM guest"), 0, "a lost visitor leaves nothing behind");
}

#[tokio::test]
async fn the_guests_page_holds_the_history_before_any_script_runs() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    guest.say_as_guest("alpha", "See https://example.com/x <b>now</b> </script>").await;
    let page = get(&house, "/chat/alpha", &cookie).await;
    assert!(page.body.contains("href=\"https://example.com/x\""));
    assert!(page.body.contains("&lt;b&gt;now&lt;/b&gt;") && !page.body.contains("<b>now"));
    assert_eq!(
        page.body.matches("</script>").count(),
        page.body.matches("<script").count(),
        "no text ends a script"
    );
    assert_eq!(
        get(&house, "/chat/alpha", &cookie).await.cookie("bellhop_guest"),
        None,
        "one guest stays one guest"
    );
    assert_eq!(house.number("SELECT count(*) FROM guest"), 1);
}

#[tokio::test]
async fn health_and_metrics_tell_and_name_nobody() {
    let house = House::open();
    assert_eq!(get(&house, "/healthz", "").await.status, 200);
    let (_guest, c) = waiting_guest(&house).await;
    let metrics = get(&house, "/metrics", "").await.body;
    for line in [
        "bellhop_sockets{kind=\"guest\"} 1",
        "bellhop_entries_total{kind=\"said\"} 1",
        "bellhop_ack_seconds_count 1",
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    for name in ["bellhop_commit_group_size_bucket", "bellhop_commit_seconds_bucket"] {
        assert!(metrics.contains(name));
    }
    assert!(!metrics.contains(&c) && !metrics.contains("anybody there"));
}

#[tokio::test]
async fn logs_are_paged_by_key_and_filtered() {
    let house = House::open();
    house.add_staff("Helena", &["--admin"]);
    let mut all = Vec::new();
    for _ in 0..60 {
        all.push(waiting_guest(&house).await.1);
    }
    all.reverse();
    let cookie = staff_cookie(&house, "Helena").await;
    let ids = |body: &str| -> Vec<String> {
        body.split("href=\"/admin/logs/").skip(1).map(|rest| rest[..36].to_owned()).collect()
    };
    let first = get(&house, "/admin/logs", &cookie).await.body;
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .or_else(|| first.split("href=\"/admin/logs?after").nth(1).map(|_| ""))
        .unwrap();
    let next = if next.is_empty() {
        format!(
            "/admin/logs?after{}",
            first.split("href=\"/admin/logs?after").nth(1).unwrap().split('"').next().unwrap()
        )
    } else {
        next.split('"').next().unwrap().replace("&amp;", "&")
    };
    // Somebody writes between the two pages: nothing is shown twice or left out.
    waiting_guest(&house).await;
    let second = get(&house, &next, &cookie).await.body;
    assert_eq!([ids(&first), ids(&second)].concat(), all);
    for (query, count) in [
        ("status=waiting", 50),
        ("status=held", 0),
        ("hotel=alpha", 50),
        ("from=2001-01-01&until=2001-12-31", 0),
    ] {
        assert_eq!(
            ids(&get(&house, &format!("/admin/logs?{query}"), &cookie).await.body).len(),
            count,
            "{query}"
        );
    }
    for (query, words) in [
        ("from=yesterday", "is not a date"),
        ("from=2026-03-02&until=2026-03-01", "is before the start date"),
        ("hotel=atlantis", "have access to that hotel"),
    ] {
        assert!(get(&house, &format!("/admin/logs?{query}"), &cookie).await.body.contains(words), "{query}");
    }
    for (query, words) in [
        ("after=made-up", "page doesn’t exist"),
        ("after=1_2&q=hello", "page doesn’t exist"),
        ("agent=nobody", "agent doesn’t exist"),
        ("status=odd", "status doesn’t exist"),
        ("rating=6", "from 1 to 5"),
        ("q=%22+*+-", "Enter at least one word"),
        (&format!("q={}", "x".repeat(201)), "limited to 200"),
    ] {
        let page = get(&house, &format!("/admin/logs?{query}"), &cookie).await;
        assert!(page.status == 422 && page.body.contains(words), "{query}: {}", page.status);
    }
}

#[tokio::test]
async fn the_demo_loads_through_the_desk_and_only_once() {
    let mut house = House::empty(&[("BELLHOP_DEMO", "true")]);
    house.start();
    assert_eq!(house.number("SELECT count(*) FROM hotel"), 3);
    let conversations = house.number("SELECT count(*) FROM conversation");
    assert!(conversations >= 40);
    for status in ["waiting", "held", "resolved"] {
        assert!(
            house.number(&format!("SELECT count(*) FROM conversation WHERE status = '{status}'")) >= 5,
            "{status}"
        );
    }
    assert_eq!(
        house.number(
            "SELECT count(*) FROM conversation c WHERE last_seq <> (SELECT count(*) FROM entry e WHERE \
             e.conversation = c.id)"
        ),
        0
    );
    house.stop();
    house.start();
    assert_eq!(house.number("SELECT count(*) FROM conversation"), conversations);
    let (refused, text) = house.try_run(&["demo"], "");
    assert!(!refused && text.contains("not empty"), "{text}");
}

#[tokio::test]
async fn what_cannot_start_says_why_in_one_line() {
    let house = House::open();
    let one_line = |text: &str| text.trim().lines().count() == 1 && text.starts_with("bellhop: ");
    let (ok, text) = house.try_run(&["serve", "--addr", &house.address], "");
    assert!(!ok && one_line(&text) && text.contains("taken"), "{text}");
    let (ok, text) = house.try_run(&["migrate", "--database-url", "sqlite:///proc/nowhere/bellhop.db"], "");
    assert!(!ok && one_line(&text) && text.contains("/proc/nowhere"), "{text}");

    let newer = House::empty(&[]);
    newer.run(&["migrate"], "");
    let url = format!("sqlite://{}", newer.database().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations VALUES (9999, 'from the future', CURRENT_TIMESTAMP, TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let (ok, text) = newer.try_run(&["serve"], "");
    assert!(!ok && one_line(&text) && text.contains("newer Bellhop"), "{text}");
}

#[tokio::test]
async fn the_command_line_refuses_in_plain_words() {
    let house = House::open();
    let add = |email: &str, rest: &[&str], password: &str| {
        let args = [&["staff", "add", email, "--name", "X"], rest].concat();
        house.try_run(&args, &format!("{password}\n"))
    };
    for ((ok, text), words) in [
        (add("nonsense", &["--admin"], PASSWORD), "not an e-mail"),
        (add("a@b.example", &["--admin"], "short"), "Password: 8 to 256 characters"),
        (add("a@b.example", &["--agent", "atlantis"], PASSWORD), "no hotel"),
        (add("a@b.example", &[], PASSWORD), "--admin"),
        (house.try_run(&["hotel", "add", "Big Hotel", "--name", "X", "--time-zone", "UTC"], ""), "slug"),
        (house.try_run(&["hotel", "add", "x", "--name", "X", "--time-zone", "Mars/Base"], ""), "time zone"),
        (house.try_run(&["hotel", "add", "alpha", "--name", "X", "--time-zone", "UTC"], ""), "already"),
    ] {
        assert!(!ok && text.contains(words), "{words}: {text}");
    }
    assert!(add("a@b.example", &["--admin"], PASSWORD).0);
    assert!(!add("A@B.example", &["--admin"], PASSWORD).0, "one login per address, whatever its case");
}

#[tokio::test]
async fn the_page_of_a_long_conversation_begins_with_its_newest_words() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    for n in 0..230 {
        guest.say_as_guest("alpha", &format!("word {n}.")).await;
    }
    let page = get(&house, "/chat/alpha", &cookie).await.body;
    assert!(page.contains("word 229.") && page.contains("word 30.") && !page.contains("word 29."));
}

#[tokio::test]
async fn the_widgets_loader_reaches_a_browser_in_4_kb() {
    let house = House::open();
    for coding in ["gzip", "br"] {
        let url = format!("http://{}/widget.js", house.address);
        let work = move || {
            let mut answer = ureq::get(&url).header("accept-encoding", coding).call().unwrap();
            let given = answer.headers().get("content-encoding").map(|v| v.to_str().unwrap().to_owned());
            (given, answer.body_mut().read_to_vec().unwrap().len())
        };
        let (given, bytes) = tokio::task::spawn_blocking(work).await.unwrap();
        assert_eq!(given.as_deref(), Some(coding));
        assert!(bytes <= 4 * 1024, "{coding}: {bytes} bytes");
    }
}

#[tokio::test]
async fn without_scripts_a_page_has_the_hotels_times_and_says_so() {
    let house = House::open();
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let at = guest.say_as_guest("alpha", "Hello?").await["at"].as_i64().unwrap();
    let zone: chrono_tz::Tz = house.rows("SELECT time_zone FROM hotel")[0][0].parse().unwrap();
    let there = chrono::DateTime::from_timestamp_millis(at).unwrap().with_timezone(&zone);
    let page = get(&house, "/chat/alpha", &cookie).await.body;
    assert!(page.contains(&there.format(">%H:%M<").to_string()), "{there}");
    assert!(page.contains("Times are"));
}
