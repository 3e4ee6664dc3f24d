//! The audit trail: what stands in it, who may read it, and that no line can be changed unseen.

use super::{
    client::{Socket, get, post, say, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_done_stands_in_the_trail_and_only_its_hotels_managers_read_it() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    house.add_staff("Boss", &["--manager", "beta"]);
    house.add_staff("Helena", &["--admin"]);
    let (beat, boss, helena) = (
        staff_cookie(&house, "Beat").await,
        staff_cookie(&house, "Boss").await,
        staff_cookie(&house, "Helena").await,
    );
    post(&house, "/login", "", &[("email", "maria@hotel.example"), ("password", "wrong")]).await;
    let (_guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(say(&c, 1, 1, "Hello")).await;
    post(&house, "/admin/hotels/alpha/tags", &beat, &[("name", "Spa")]).await;
    get(&house, "/admin/logs?q=hello&tag=Spa", &beat).await;
    get(&house, &format!("/admin/logs/{c}/as.csv"), &beat).await;
    let kinds = |body: &str| -> Vec<String> {
        let rows = body.split("<th scope=\"row\">").skip(1);
        rows.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    let his = get(&house, "/admin/audit", &beat).await.body;
    for kind in ["Claimed", "Tag added", "Searched", "Transcript exported", "Role given", "Login"] {
        assert!(kinds(&his).contains(&kind.to_owned()), "{kind}: {:?}", kinds(&his));
    }
    assert!(!kinds(&his).contains(&"Login failed".to_owned()), "a failed login is nobody’s; admins see it");
    assert!(his.contains("1 word, by tag") && !his.contains("hello"), "what was looked for is not kept");
    let theirs = get(&house, "/admin/audit", &boss).await.body;
    assert_eq!(kinds(&theirs), ["Login", "Role given", "Hotel added"], "their own coming, role and hotel");
    assert!(kinds(&get(&house, "/admin/audit", &helena).await.body).contains(&"Login failed".to_owned()));
    // For people, people have names and conversations are links; files have it as it stands.
    assert!(
        his.contains(">Maria agent") && his.contains(&format!("<a href=\"/admin/logs/{c}\">Conversation"))
    );
    // Filtered, and as a file.
    assert_eq!(kinds(&get(&house, "/admin/audit?what=tag_added", &beat).await.body), ["Tag added"]);
    assert_eq!(kinds(&get(&house, "/admin/audit?until=2001-01-01", &beat).await.body), Vec::<String>::new());
    for (query, why) in [
        ("from=2026-02-02&until=2026-02-01", "is before the start date"),
        ("before=x", "page doesn’t exist"),
        ("hotel=beta", "have access to that hotel"),
        ("by=x", "person doesn’t exist"),
    ] {
        let page = get(&house, &format!("/admin/audit?{query}"), &beat).await;
        assert!(page.status == 422 && page.body.contains(why), "{query}");
    }
    let file = get(&house, "/admin/audit/as.jsonl?hotel=alpha", &beat).await.body;
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().all(|line| line["hotel_slug"] == "alpha")
            && lines.iter().any(|line| line["what"] == "claimed")
    );
    let foreign = get(&house, "/admin/audit/as.csv", &boss).await.body;
    assert!(!foreign.contains("claimed") && foreign.contains("login"), "{foreign}");
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE what = 'trail_exported'"), 2);
}

/// The trail of a house in which a few things were done.
async fn house_with_a_trail() -> House {
    let mut house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let mut maria = Socket::staff(&house, "Maria").await;
    for _ in 0..5 {
        let (_guest, c) = waiting_guest(&house).await;
        maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    }
    house.stop();
    house
}

#[tokio::test]
async fn a_changed_missing_or_added_line_is_found() {
    let house = house_with_a_trail().await;
    let (whole, text) = house.try_run(&["audit", "verify"], "");
    assert!(whole && text.contains("whole"), "{text}");
    let head = text.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(house.try_run(&["audit", "verify", "--expect", &head], "").0);
    assert!(!house.try_run(&["audit", "verify", "--expect", &"0".repeat(64)], "").0);
    let copy = house.folder.path().join("copy.db");
    let lines = house.number("SELECT count(*) FROM audit");
    let by_maria = house.number("SELECT min(seq) FROM audit WHERE by_id IS NOT NULL");
    // The schema itself refuses.
    for statement in ["UPDATE audit SET detail = 'x' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"] {
        let refused = tampered(&house, &copy, statement).await;
        assert!(refused.is_err(), "{statement}");
    }
    // Whoever takes that away is found out.
    let open = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; ";
    for (statement, line) in [
        ("UPDATE audit SET detail = 'x' WHERE seq = 3".to_owned(), 3),
        (format!("UPDATE audit SET by_id = NULL WHERE seq = {by_maria}"), by_maria),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1".to_owned(), 1),
        ("DELETE FROM audit WHERE seq = 2".to_owned(), 2),
        (format!("DELETE FROM audit WHERE seq = {lines}"), lines),
        ("DELETE FROM audit".to_owned(), 1),
        ("UPDATE audit SET hash = NULL WHERE seq = 2".to_owned(), 2),
        (
            format!(
                "INSERT INTO audit SELECT {lines} + 1, at, what, by_id, hotel, detail, hash FROM audit WHERE \
                 seq = 1"
            ),
            lines + 1,
        ),
        ("UPDATE audit_head SET hash = zeroblob(32)".to_owned(), lines),
    ] {
        tampered(&house, &copy, &format!("{open}{statement}")).await.unwrap();
        let url = format!("sqlite://{}", copy.display());
        let (whole, text) = house.try_run(&["--database-url", &url, "audit", "verify"], "");
        assert!(!whole && text.contains(&format!("line {line}:")), "{statement}: {text}");
    }
}

async fn tampered(house: &House, copy: &std::path::Path, statements: &str) -> Result<(), sqlx::Error> {
    for ending in ["", "-wal", "-shm"] {
        let from = format!("{}{ending}", house.database().display());
        let to = format!("{}{ending}", copy.display());
        let _ = std::fs::remove_file(&to);
        let _ = std::fs::copy(from, to);
    }
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", copy.display())).await?;
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&pool).await;
    pool.close().await;
    done.map(drop)
}

#[tokio::test]
async fn the_chain_holds_whoever_writes_at_the_same_time() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let claims = async |name: &'static str| {
        let mut staff = Socket::staff(&house, name).await;
        for _ in 0..20 {
            let (_guest, c) = waiting_guest(&house).await;
            staff.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        }
    };
    let beside = async {
        for _ in 0..5 {
            // Another process writes into the same trail.
            for what in ["disable", "enable"] {
                let (done, text) = house.try_run(&["staff", what, "jonas@hotel.example"], "");
                assert!(done, "{text}");
            }
        }
    };
    house.add_staff("Extra", &["--agent", "alpha"]);
    tokio::join!(claims("Maria"), claims("Extra"), beside);
    let (whole, text) = house.try_run(&["audit", "verify"], "");
    assert!(whole, "{text}");
    assert!(house.number("SELECT count(*) FROM audit") >= 50);
}
