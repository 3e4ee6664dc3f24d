//! The stay beside the thread: said by agents, never guessed, behind its hotel's wall.

use super::{
    client::{Socket, waiting_guest},
    house::House,
};
use serde_json::{Value, json};

async fn desk(house: &House) -> (Socket, Value, Socket) {
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (guest, c) = waiting_guest(house).await;
    let mut maria = Socket::staff(house, "Maria").await;
    maria.watch().await;
    (guest, json!(c), maria)
}

fn change(c: &Value, change: Value) -> Value {
    json!({"do": "stay", "conversation": c, "change": change})
}

#[tokio::test]
async fn an_agent_keeps_the_stay_and_every_colleague_sees_it_change() {
    let house = House::open();
    let (_guest, c, mut maria) = desk(&house).await;
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let mut jonas = Socket::staff(&house, "Jonas").await;
    jonas.watch().await;
    maria
        .ok(change(
            &c,
            json!({"room": " \
                214 ", "arrival": "2026-11-18", "departure": "2026-11-22", "party": 2, "reference": "R-7"}),
        ))
        .await;
    let stay =
        jonas.event_where(|e| e["on"] == "row" && e["row"]["stay"]["room"] == "214").await["row"]["stay"]
            .clone();
    assert_eq!(
        (&stay["arrival"], &stay["party"], &stay["reference"]),
        (&json!("2026-11-18"), &json!(2), &json!("R-7"))
    );
    jonas.ok(change(&c, json!({"room": "310", "party": null}))).await;
    let stay =
        maria.event_where(|e| e["on"] == "row" && e["row"]["stay"]["room"] == "310").await["row"]["stay"]
            .clone();
    assert_eq!(
        (&stay["last_room"], stay.get("party"), &stay["departure"]),
        (&json!("214"), None, &json!("2026-11-22")),
        "what is not named stays"
    );
    // Who, and which fields; the values stand in the stay's own history.
    let trail = house.rows(
        "SELECT s.name, a.detail FROM audit a JOIN staff s ON s.id = a.by_id WHERE what = \
            'stay_changed' ORDER BY a.seq",
    );
    assert_eq!(trail.len(), 2);
    assert!(
        trail[0][0] == "Maria" && trail[0][1].ends_with("arrival,departure,party,reference,room"),
        "{trail:?}"
    );
    assert!(
        trail[1][0] == "Jonas" && trail[1][1].ends_with("party,room") && !trail[1][1].contains("310"),
        "{trail:?}"
    );
    assert_eq!(house.number("SELECT count(*) FROM stay_event"), 2);
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_with_its_field() {
    let house = House::open();
    let (mut guest, c, mut maria) = desk(&house).await;
    maria.ok(change(&c, json!({"reference": "R-1"}))).await;
    for (wrong, field) in [
        (json!({"party": 0}), "party"),
        (json!({"room": "x".repeat(21)}), "room"),
        (json!({"email": "nobody"}), "email"),
        (json!({"arrival": "2026-11-22", "departure": "2026-11-20"}), "departure"),
    ] {
        let no = maria.no(change(&c, wrong.clone())).await;
        assert_eq!((&no["code"], &no["field"]), (&json!("invalid"), &json!(field)), "{wrong}");
    }
    assert_eq!(maria.no(change(&c, json!({"arrival": "31.12."}))).await["code"], "bad_command");
    assert_eq!(
        guest.no(change(&c, json!({"room": "1"}))).await["code"],
        "bad_command",
        "a guest has no such word"
    );
    // One reservation is one stay.
    let (_other, d) = waiting_guest(&house).await;
    assert_eq!(maria.no(change(&json!(d), json!({"reference": "R-1"}))).await["code"], "reference_used");
    assert_eq!(house.number("SELECT count(*) FROM stay_event"), 1, "nothing of all that was kept");
}

#[tokio::test]
async fn of_two_stays_that_could_be_the_guests_none_is_taken_and_the_agent_is_asked() {
    let house = House::open();
    let (mut guest, c, mut maria) = desk(&house).await;
    // Two reservations of one name with overlapping dates, a third that only shares a phone, and some that
    // cannot be meant.
    let mut guests = Vec::new();
    for fields in [
        json!({"reference": "R-1", "name": "Tanaka, \
            Yuki", "arrival": "2036-03-01", "departure": "2036-03-04", "phone": "+81 1"}),
        json!({"reference": "R-2", "name": "yuki \
            TANAKA", "arrival": "2036-03-02", "departure": "2036-03-05"}),
        json!({"reference": "R-3", "name": "Kenji", "arrival": "2036-03-01", "departure": "2036-03-04",
            "phone": "+81 1"}),
        json!({"reference": "R-4", "name": "Yuki \
            Tanaka", "arrival": "2016-03-01", "departure": "2016-03-04"}),
        json!({"reference": "R-5", "name": "Yuki Tanaka", "departure": "2036-03-04", "booking": "cancelled"}),
        json!({"reference": "R-6", "name": "Yuko Tanaka", "departure": "2036-03-04"}),
    ] {
        let (other, d) = waiting_guest(&house).await;
        maria.ok(change(&json!(d), fields)).await;
        guests.push(other);
    }
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Yuki Tanaka"})).await;
    let opened = maria.ok(json!({"do": "open", "conversation": c})).await;
    assert_eq!(opened["conversation"].get("stay"), None, "nothing is guessed");
    let likely: Vec<_> =
        opened["likely"].as_array().unwrap().iter().map(|s| s["reference"].as_str().unwrap()).collect();
    assert_eq!(likely, ["R-1", "R-3", "R-2"]);
    let id = opened["likely"][0]["id"].clone();
    maria.ok(json!({"do": "link", "conversation": c, "stay": id})).await;
    let opened = maria.ok(json!({"do": "open", "conversation": c})).await;
    assert_eq!(
        (&opened["conversation"]["stay"]["reference"], &opened["likely"]),
        (&json!("R-1"), &json!([]))
    );
    // The next conversation of this guest begins with it.
    maria.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    maria.ok(json!({"do": "resolve", "conversation": c, "epoch": 1})).await;
    let next = guest.say_as_guest("alpha", "One more thing").await["conversation"].clone();
    let row = maria.event_where(|e| e["on"] == "row" && e["row"]["id"] == next).await["row"].clone();
    assert_eq!(row["stay"]["reference"], "R-1");
    maria.ok(json!({"do": "link", "conversation": next})).await;
    let row = maria.event_where(|e| e["on"] == "row" && e["row"].get("stay").is_none()).await["row"].clone();
    assert_eq!(row["id"], next);
}

#[tokio::test]
async fn stays_are_found_by_reference_name_and_room_and_never_across_the_wall() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Rui", &["--agent", "beta"]);
    let (mut guest, c, mut maria) = desk(&house).await;
    maria.ok(change(&c, json!({"reference": "SH_100%", "name": "Étienne Morel", "room": "230"}))).await;
    let found = |answer: Value| answer["stays"].as_array().unwrap().len();
    for (find, count) in
        [("sh_1", 1), ("SHX", 0), ("mor", 1), ("ÉTI", 1), ("23", 1), ("30", 0), ("%", 0), ("_", 0), ("", 0)]
    {
        assert_eq!(
            found(maria.ok(json!({"do": "stays", "conversation": c, "find": find})).await),
            count,
            "{find:?}"
        );
    }
    let d = guest.say_as_guest("beta", "Hello").await["conversation"].clone();
    let mut rui = Socket::staff(&house, "Rui").await;
    rui.ok(json!({"do": "open", "conversation": d})).await;
    assert_eq!(
        found(rui.ok(json!({"do": "stays", "conversation": d, "find": "mor"})).await),
        0,
        "another hotel's stays are not found"
    );
    let stay = maria.ok(json!({"do": "open", "conversation": c})).await["conversation"]["stay"]["id"].clone();
    for command in [
        json!({"do": "link", "conversation": d, "stay": stay}),
        json!({"do": "link", "conversation": c, "stay": stay}),
        json!({"do": "stays", "conversation": c, "find": "mor"}),
        change(&c, json!({"room": "1"})),
    ] {
        assert_eq!(rui.no(command.clone()).await, json!({"code": "not_found"}), "{command}");
    }
    assert_eq!(house.number("SELECT count(*) FROM stay"), 1);
}

#[tokio::test]
async fn a_stay_is_found_however_its_name_room_and_number_are_written() {
    let house = House::open();
    let (_guest, c, mut maria) = desk(&house).await;
    for fields in [
        json!({"reference": "SH-48213", "name": "Yuki Tanaka", "room": "012", "phone": "+41 79 123 45 67"}),
        json!({"reference": "SH-48214", "name": "Tanaka, Haruto", "phone": "079 765 43 21"}),
        json!({"reference": "7Q", "name": "Jörg Müller-Lüdenscheidt", "room": "7"}),
        json!({"reference": "8Q", "name": "Siobhán O’Brien"}),
        json!({"reference": "9Q", "name": "Mueller, Ann"}),
        json!({"reference": "10Q", "name": "Jean-Luc Étienne"}),
        json!({"reference": "11Q", "name": "田中 ゆき"}),
    ] {
        let (_other, d) = waiting_guest(&house).await;
        maria.ok(change(&json!(d), fields)).await;
    }
    for (find, references) in [
        ("Yuki Tanaka", vec!["SH-48213"]),
        ("Tanaka, Yuki", vec!["SH-48213"]),
        ("tanaka y", vec!["SH-48213"]),
        ("TANAKA", vec!["SH-48213", "SH-48214"]),
        ("Müller", vec!["7Q", "9Q"]),
        ("mueller", vec!["7Q", "9Q"]),
        ("muller", vec!["7Q", "9Q"]),
        ("Luedenscheidt Joerg", vec!["7Q"]),
        ("müllerlüd", vec!["7Q"]),
        ("o'brien", vec!["8Q"]),
        ("OBrien", vec!["8Q"]),
        ("brien siobhan", vec!["8Q"]),
        ("jeanluc", vec!["10Q"]),
        ("luc etienne", vec!["10Q"]),
        ("田中", vec!["11Q"]),
        ("sh48213", vec!["SH-48213"]),
        ("12", vec!["SH-48213"]),
        ("012", vec!["SH-48213"]),
        ("0012 tanaka", vec!["SH-48213"]),
        ("07", vec!["7Q"]),
        ("079 123 45 67", vec!["SH-48213"]),
        ("+41791234567", vec!["SH-48213"]),
        ("0041 (0)79 765-43-21", vec!["SH-48214"]),
        ("765 43", vec!["SH-48214"]),
        ("Yuki Müller", vec![]),
        ("%", vec![]),
        ("'", vec![]),
    ] {
        let found = maria.ok(json!({"do": "stays", "conversation": c, "find": find})).await;
        let mut found: Vec<&str> =
            found["stays"].as_array().unwrap().iter().map(|s| s["reference"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, references, "{find:?}");
    }
}

#[tokio::test]
async fn stays_from_before_are_found_too() {
    let mut house = House::open();
    let (_guest, c, mut maria) = desk(&house).await;
    maria.ok(change(&c, json!({"reference": "R-1", "name": "Zoë Müller"}))).await;
    house.kill();
    house.write("UPDATE stay SET words = NULL, name_key = 'müller zoë'");
    house.start();
    let mut maria = Socket::staff(&house, "Maria").await;
    let found = maria.ok(json!({"do": "stays", "conversation": c, "find": "zoe mueller"})).await;
    assert_eq!(found["stays"].as_array().unwrap().len(), 1);
}
