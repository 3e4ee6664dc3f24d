//! One guest with several hotels, one agent in several hotels: over one socket, and never mixed up.

use super::{
    client::{Socket, guest_cookie, say},
    house::House,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

fn three_hotels(settings: &[(&str, &str)]) -> House {
    let house = House::with(settings);
    house.add_hotel("beta");
    house.add_hotel("gamma");
    for (name, hotel) in [("Anna", "alpha"), ("Bruno", "beta"), ("Carla", "gamma")] {
        house.add_staff(name, &["--agent", hotel]);
    }
    house
}

#[tokio::test]
async fn one_socket_carries_three_hotels_and_each_hotel_hears_only_its_own() {
    let house = three_hotels(&[]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let mut talks = Vec::new();
    for (hotel, name, agent) in
        [("alpha", "Yuki", "Anna"), ("beta", "Mrs Tanaka", "Bruno"), ("gamma", "Y. T.", "Carla")]
    {
        guest.ok(json!({"do": "open", "hotel": hotel})).await;
        guest.ok(json!({"do": "introduce", "hotel": hotel, "name": name})).await;
        let c = guest.say_as_guest(hotel, &format!("a secret for {hotel}")).await["conversation"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut agent = Socket::staff(&house, agent).await;
        agent.watch().await;
        agent.ok(json!({"do": "open", "conversation": c})).await;
        agent.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        talks.push((hotel, name, c, agent));
    }
    // All at once: answers, typing, and the guest's own words.
    for (hotel, _, c, agent) in &mut talks {
        agent.ok(json!({"do": "typing", "conversation": c, "on": true})).await;
        guest.ok(json!({"do": "typing", "hotel": hotel, "on": true})).await;
        agent.ok(say(c, 1, 2, &format!("an answer from {hotel}"))).await;
    }
    for (hotel, ..) in &talks {
        guest.say_as_guest(hotel, "Thank you").await;
    }
    let heard = guest.heard_until("an answer from gamma").await;
    for (hotel, _, c, _) in &talks {
        let said: Vec<&Value> =
            heard.iter().filter(|e| e["on"] == "said" && e["conversation"] == json!(c)).collect();
        assert!(said.iter().all(|e| e["hotel"] == json!(hotel)));
        assert_eq!(said.last().unwrap()["entry"]["body"], format!("an answer from {hotel}"));
        assert!(
            heard.iter().any(|e| e["on"] == "typing" && e["conversation"] == json!(c)),
            "{hotel} is seen typing"
        );
    }
    for (hotel, name, _, agent) in &mut talks {
        let text =
            json!(agent.heard_until("Thank you").await).to_string() + &json!(agent.watch().await).to_string();
        assert!(text.contains(*name) && text.contains(&format!("for {hotel}")));
        for (other, theirs) in [("alpha", "Yuki"), ("beta", "Mrs Tanaka"), ("gamma", "Y. T.")] {
            if other != *hotel {
                assert!(
                    !text.contains(theirs) && !text.contains(&format!("for {other}")),
                    "{hotel} hears of {other}: {text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_list_of_all_hotels_tells_who_answers_and_what_is_unread_and_stays_live() {
    let house = three_hotels(&[]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    assert_eq!(guest.ok(json!({"do": "stays"})).await["hotels"], json!([]));
    let c = guest.say_as_guest("alpha", "Hello\n\nalpha").await["conversation"].as_str().unwrap().to_owned();
    guest.say_as_guest("beta", "Hello beta").await;
    let mut anna = Socket::staff(&house, "Anna").await;
    anna.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
    anna.ok(say(&c, 1, 2, "Good evening")).await;
    anna.ok(json!({"do": "note", "conversation": c, "client_id": Uuid::now_v7(), "body": "a difficult one"}))
        .await;

    let mut page = Socket::open(&house, &cookie).await;
    let list = page.ok(json!({"do": "stays"})).await;
    let seen: Vec<_> = list["hotels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (&t["hotel"]["slug"], &t["last_line"], &t["last_by"], &t["unread"]))
        .collect();
    assert_eq!(
        seen,
        [
            (&json!("alpha"), &json!("Good evening"), &json!("staff"), &json!(1)),
            (&json!("beta"), &json!("Hello beta"), &json!("guest"), &json!(0)),
        ]
    );
    assert_eq!(list["hotels"][0]["thread"]["holder"]["name"], "Anna");
    assert!(!list.to_string().contains("difficult"), "notes stay inside");
    // Live without opening any of them, and from here on only.
    for (seen, words) in [(4, "How can we help?"), (5, "At your service")] {
        anna.ok(say(&c, 1, seen, words)).await;
    }
    let heard = page.heard_until("At your service").await;
    let said: Vec<_> = heard.iter().filter(|e| e["on"] == "said").map(|e| &e["entry"]["body"]).collect();
    assert_eq!(said, ["How can we help?", "At your service"]);
    let (mut stranger, _) = Socket::guest(&house, "alpha").await;
    assert_eq!(stranger.ok(json!({"do": "stays"})).await["hotels"], json!([]));
}

#[tokio::test]
async fn what_is_too_fast_for_one_hotel_is_not_for_another() {
    let house = three_hotels(&[("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "6")]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    let to = |hotel: &str| json!({"do": "say", "hotel": hotel, "client_id": Uuid::now_v7(), "body": "Hello"});
    while guest.call(to("alpha")).await.get("ok").is_some() {}
    assert_eq!(guest.no(to("alpha")).await["code"], "too_fast");
    guest.ok(to("beta")).await;
}

#[tokio::test]
async fn words_on_one_socket_are_stored_and_answered_in_the_order_they_were_sent() {
    let house = three_hotels(&[]);
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    for hotel in ["alpha", "beta", "gamma"] {
        guest.ok(json!({"do": "open", "hotel": hotel})).await;
    }
    // More than may be on their way at once, without waiting for any; a question in between sees what was
    // said before it.
    let mut sent = Vec::new();
    for n in 0..300 {
        let hotel = ["alpha", "beta", "gamma"][n % 3];
        sent.push(
            guest
                .send(
                    json!({"do": "say", "hotel": hotel, "client_id": Uuid::now_v7(), "body": n.to_string()}),
                )
                .await,
        );
    }
    let asked = guest.send(json!({"do": "open", "hotel": "gamma"})).await;
    let mut answered = Vec::new();
    while answered.len() < sent.len() {
        let frame = guest.frame().await.unwrap();
        if let Some(id) = frame["id"].as_u64() {
            assert!(frame.get("ok").is_some(), "{frame}");
            answered.push(id);
        }
    }
    assert_eq!(answered, sent, "answers come in the order of the calls");
    assert_eq!(guest.answer(asked).await["ok"]["conversation"]["last_seq"], 100);
    let rows = house.rows(
        "SELECT h.slug, e.body FROM entry e JOIN conversation c ON c.id = e.conversation \
        JOIN hotel h ON h.id = c.hotel ORDER BY e.conversation, e.seq",
    );
    let mut stored: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in rows {
        stored.entry(row[0].clone()).or_default().push(row[1].parse().unwrap());
    }
    for (n, hotel) in ["alpha", "beta", "gamma"].into_iter().enumerate() {
        assert_eq!(stored[hotel], (0..100).map(|i| i * 3 + n).collect::<Vec<_>>(), "{hotel}");
    }
}

#[tokio::test]
async fn after_a_lost_connection_each_of_three_conversations_gets_exactly_what_it_missed() {
    let house = three_hotels(&[]);
    let (mut guest, cookie) = Socket::guest(&house, "alpha").await;
    let mut talks = Vec::new();
    for (hotel, agent) in [("alpha", "Anna"), ("beta", "Bruno"), ("gamma", "Carla")] {
        let c = guest.say_as_guest(hotel, "Hello").await["conversation"].as_str().unwrap().to_owned();
        let mut agent = Socket::staff(&house, agent).await;
        agent.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        talks.push((c, agent));
    }
    guest.cut();
    let missed = [3, 0, 5];
    for ((c, agent), count) in talks.iter_mut().zip(missed) {
        for n in 0..count {
            agent.ok(say(c, 1, 2 + n, &format!("missed {n}"))).await;
        }
    }
    let mut guest = Socket::open(&house, &cookie).await;
    let cursors: BTreeMap<&String, i64> = talks.iter().map(|(c, _)| (c, 2)).collect();
    let resumed = guest.ok(json!({"do": "resume", "cursors": cursors})).await;
    for ((c, _), count) in talks.iter().zip(missed) {
        let pages = resumed["conversations"].as_array().unwrap();
        let page = pages.iter().find(|p| p["conversation"]["id"] == json!(c)).unwrap();
        let seqs: Vec<i64> =
            page["entries"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (3..3 + count).collect::<Vec<_>>());
    }
    // And live from there, none twice.
    for ((c, agent), count) in talks.iter_mut().zip(missed) {
        agent.ok(say(c, 1, 2 + count, "live")).await;
    }
    guest.say_as_guest("alpha", "Thank you").await;
    let heard = guest.heard_until("Thank you").await;
    assert_eq!(
        heard.iter().filter(|e| e["on"] == "said").map(|e| &e["entry"]["body"]).collect::<Vec<_>>(),
        ["live", "live", "live", "Thank you"]
    );
}

#[tokio::test]
async fn a_guest_finds_the_other_hotels_by_name_or_place() {
    let house = House::open();
    house.run(
        &["hotel", "add", "casa", "--name", "Casa do Mar", "--place", "Funchal", "--time-zone", "UTC"],
        "",
    );
    let (mut guest, _) = Socket::guest(&house, "alpha").await;
    for (find, slugs) in [
        ("", vec!["casa", "alpha"]),
        ("MAR casa", vec!["casa"]),
        ("fun", vec!["casa"]),
        ("casa-do-már", vec!["casa"]),
        ("casadomar", vec![]),
        ("al", vec!["alpha"]),
        ("ar", vec![]),
        ("%", vec![]),
    ] {
        let found = guest.ok(json!({"do": "hotels", "find": find})).await;
        let found: Vec<_> = found["hotels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| h["slug"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, slugs, "{find:?}");
    }
    assert_eq!(guest.no(json!({"do": "hotels", "find": "x".repeat(81)})).await["code"], "too_long");
}

#[tokio::test]
async fn availability_is_switched_hotel_by_hotel() {
    let house = three_hotels(&[]);
    house.add_staff("Ines", &["--agent", "alpha", "--agent", "beta"]);
    let mut ines = Socket::staff(&house, "Ines").await;
    let (alpha, beta) = (ines.hotel_called("alpha").await, ines.hotel_called("beta").await);
    ines.ok(json!({"do": "available", "hotel": alpha, "on": false})).await;
    let switched = |rows: Vec<Vec<String>>| rows.concat().join(" ");
    let query = "SELECT h.slug, m.available FROM membership m JOIN hotel h ON h.id = m.hotel JOIN staff s ON \
        s.id = m.staff WHERE s.name = 'Ines' ORDER BY h.slug";
    assert_eq!(switched(house.rows(query)), "alpha 0 beta 1");
    // A transfer in the one is refused, in the other it is not.
    for (hotel, agent, slug, taken) in [(&alpha, "Anna", "alpha", false), (&beta, "Bruno", "beta", true)] {
        let cookie = guest_cookie(&house, slug).await;
        let c = Socket::open(&house, &cookie).await.say_as_guest(slug, "Hello").await["conversation"].clone();
        let mut agent = Socket::staff(&house, agent).await;
        let colleagues = agent.ok(json!({"do": "watch", "hotel": hotel})).await["colleagues"].clone();
        let ines = colleagues.as_array().unwrap().iter().find(|c| c["name"] == "Ines").unwrap()["id"].clone();
        agent.ok(json!({"do": "claim", "conversation": c, "epoch": 0})).await;
        let answer = agent.call(json!({"do": "transfer", "conversation": c, "epoch": 1, "to": ines})).await;
        assert_eq!(answer.get("ok").is_some(), taken, "{answer}");
    }
    ines.ok(json!({"do": "available", "on": false})).await;
    assert_eq!(switched(house.rows(query)), "alpha 0 beta 0");
    let mut carla = Socket::staff(&house, "Carla").await;
    let gamma = carla.hotel();
    assert_eq!(
        ines.no(json!({"do": "available", "hotel": gamma, "on": true})).await["code"],
        "not_found",
        "not a hotel of theirs"
    );
    let colleagues = carla.ok(json!({"do": "watch", "hotel": gamma})).await["colleagues"].clone();
    assert_eq!(colleagues.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_manager_transfers_and_releases_for_their_agents_and_for_nobody_elses() {
    let house = three_hotels(&[]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    house.add_staff("Beat", &["--manager", "alpha"]);
    let mut guest = Socket::guest(&house, "alpha").await.0;
    let (mut anna, mut jonas, mut bruno) = (
        Socket::staff(&house, "Anna").await,
        Socket::staff(&house, "Jonas").await,
        Socket::staff(&house, "Bruno").await,
    );
    jonas.watch().await;
    let ours = guest.say_as_guest("alpha", "Hello").await["conversation"].clone();
    let theirs = guest.say_as_guest("beta", "Hello").await["conversation"].clone();
    anna.ok(json!({"do": "claim", "conversation": ours, "epoch": 0})).await;
    bruno.ok(json!({"do": "claim", "conversation": theirs, "epoch": 0})).await;
    let mut beat = Socket::staff(&house, "Beat").await;
    let watched = beat.watch().await;
    let people = watched["colleagues"].as_array().unwrap();
    let id = |name: &str| people.iter().find(|c| c["name"] == name).unwrap()["id"].clone();
    let held: Vec<_> = watched["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["holder"]["id"] == id("Anna"))
        .collect();
    assert_eq!(held.len(), 1, "whom Anna holds");
    assert!(people.iter().any(|c| c["name"] == "Jonas" && c["present"] == true && c["available"] == true));
    beat.ok(json!({"do": "transfer", "conversation": ours, "epoch": 1, "to": id("Jonas")})).await;
    beat.ok(
        json!({"do": "release", "conversation": ours, "epoch": 2, "reason": "Jonas is needed at the bar"}),
    )
    .await;
    for command in [
        json!({"do": "transfer", "conversation": theirs, "epoch": 1, "to": id("Jonas")}),
        json!({"do": "release", "conversation": theirs, "epoch": 1}),
    ] {
        assert_eq!(beat.no(command).await["code"], "not_found");
    }
    assert_eq!(
        jonas.no(json!({"do": "release", "conversation": ours, "epoch": 3})).await["code"],
        "not_held"
    );
}
