//! One holder, and only the holder answers (rules H1, H2, H3).

use super::{
    client::{Socket, say, waiting_guest},
    house::{DEADLINE, House},
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use tokio::{sync::Barrier, time::timeout};

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_agents_racing_for_two_hundred_guests_exactly_one_wins_each_and_no_loser_is_heard() {
    const AGENTS: usize = 50;
    const GUESTS: usize = 200;
    let mut house = House::empty(&[("BELLHOP_SOCKET_QUEUE", "100000")]);
    house.add_hotel("alpha");
    for n in 0..AGENTS {
        house.add_staff(&format!("Agent{n}"), &["--agent", "alpha"]);
    }
    house.start();
    let house = Arc::new(house);

    let mut waiting = Vec::new();
    for _ in 0..GUESTS {
        let (guest, conversation) = waiting_guest(&house).await;
        guest.cut();
        waiting.push(conversation);
    }
    let waiting = Arc::new(waiting);

    let start = Arc::new(Barrier::new(AGENTS));
    let mut agents = Vec::new();
    for n in 0..AGENTS {
        let (house, waiting, start) = (house.clone(), waiting.clone(), start.clone());
        agents.push(tokio::spawn(async move {
            let mut agent = Socket::staff(&house, &format!("Agent{n}")).await;
            let me = agent.hello["you"]["id"].clone();
            let mut wins = Vec::new();
            for conversation in waiting.iter() {
                // All fifty reach for the same guest at the same moment.
                start.wait().await;
                let claimed =
                    agent.call(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
                // Win or lose, everybody tries to answer, as if the composer had been open.
                let spoken = agent.call(say(conversation, 1, 2, &format!("Agent{n} here"))).await;
                if claimed.get("ok").is_some() {
                    assert!(spoken.get("ok").is_some(), "the winner may answer: {spoken}");
                    wins.push(conversation.clone());
                } else {
                    assert_eq!(claimed["no"]["code"], "already_held");
                    assert_ne!(claimed["no"]["holder"]["id"], me, "the loser is told who was faster");
                    assert_eq!(spoken["no"]["code"], "not_holder");
                }
            }
            wins
        }));
    }
    let mut winners: HashMap<String, usize> = HashMap::new();
    for agent in agents {
        for conversation in agent.await.unwrap() {
            *winners.entry(conversation).or_default() += 1;
        }
    }
    assert_eq!(winners.len(), GUESTS, "every guest has a holder");
    assert!(winners.values().all(|n| *n == 1), "and exactly one");
    assert_eq!(house.number("SELECT count(*) FROM entry WHERE kind = 'claimed'"), GUESTS as i64);
    assert_eq!(
        house.number("SELECT count(*) FROM entry WHERE kind = 'said' AND by_kind = 'staff'"),
        GUESTS as i64
    );
    let losers = "SELECT count(*) FROM entry e JOIN conversation c ON c.id = e.conversation WHERE e.by_kind \
        = 'staff' AND e.by_id <> c.holder";
    assert_eq!(house.number(losers), 0, "no word of a loser is stored");
}

/// Maria holds, Jonas looks on; with the guest and the conversation.
async fn held_by_maria(house: &House) -> (Socket, String, Socket, Socket) {
    house.add_staff("Maria", &["--agent", "alpha"]);
    house.add_staff("Jonas", &["--agent", "alpha"]);
    let (guest, conversation) = waiting_guest(house).await;
    let mut maria = Socket::staff(house, "Maria").await;
    let mut jonas = Socket::staff(house, "Jonas").await;
    for agent in [&mut maria, &mut jonas] {
        agent.watch().await;
        agent.ok(json!({"do": "open", "conversation": conversation})).await;
    }
    maria.ok(json!({"do": "claim", "conversation": conversation, "epoch": 0})).await;
    (guest, conversation, maria, jonas)
}

#[tokio::test]
async fn a_message_on_its_way_when_the_conversation_is_taken_over_is_refused() {
    let house = House::open();
    let (mut guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    jonas.ok(json!({"do": "take_over", "conversation": c, "epoch": 1, "reason": "Shift change"})).await;

    // Maria's client has not read the event yet; her words name the epoch she knew.
    let refused = maria.no(say(&c, 1, 2, "On its way")).await;
    assert_eq!(refused["code"], "not_holder");
    assert_eq!(refused["holder"]["name"], "Jonas");
    assert_eq!(refused["epoch"], 2);
    let told = maria.event("taken_over").await;
    assert_eq!(told["entry"]["by"]["name"], "Jonas");
    assert_eq!(told["entry"]["body"], "Shift change");

    let heard = guest.event("taken_over").await;
    assert_eq!(heard["entry"].get("body"), None, "the reason is not the guest's business");
    jonas.ok(say(&c, 2, 3, "Good evening, Jonas here")).await;
    let heard = guest.event("said").await;
    assert_eq!(heard["entry"]["body"], "Good evening, Jonas here");
    assert_eq!(house.number("SELECT count(*) FROM entry WHERE body = 'On its way'"), 0);
}

#[tokio::test]
async fn nobody_answers_blind() {
    let house = House::open();
    let (_guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    maria.ok(say(&c, 1, 2, "The pool opens at seven")).await;
    jonas.ok(json!({"do": "take_over", "conversation": c, "epoch": 1})).await;
    // Jonas holds, but his screen ends before Maria's answer.
    let refused = jonas.no(say(&c, 2, 2, "The pool opens at eight")).await;
    assert_eq!((refused["code"].as_str(), refused["last_seq"].as_i64()), (Some("stale"), Some(4)));
    jonas.ok(say(&c, 2, 4, "Maria is right, at seven")).await;
}

#[tokio::test]
async fn every_change_of_hands_is_compare_and_set() {
    let house = House::open();
    let (_guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    let jonas_id = jonas.hello["you"]["id"].clone();
    let on = |what: &str, epoch: i64| json!({"do": what, "conversation": c, "epoch": epoch});
    let code = |no: Value| no["code"].as_str().unwrap().to_owned();

    assert_eq!(code(jonas.no(on("claim", 1)).await), "already_held");
    assert_eq!(code(jonas.no(on("take_over", 0)).await), "moved");
    assert_eq!(code(jonas.no(on("release", 1)).await), "not_holder");
    assert_eq!(code(jonas.no(on("resolve", 1)).await), "not_holder");
    assert_eq!(code(maria.no(on("release", 0)).await), "moved");

    let mut transfer = on("transfer", 1);
    transfer["to"] = jonas_id;
    assert_eq!(maria.ok(transfer).await["epoch"], 2);
    assert_eq!(code(maria.no(say(&c, 2, 3, "Too late")).await), "not_holder");
    assert_eq!(jonas.ok(on("resolve", 2)).await["epoch"], 3);
    assert_eq!(code(jonas.no(say(&c, 3, 4, "One more thing")).await), "resolved");
    assert_eq!(maria.ok(on("reopen", 3)).await["epoch"], 4);
    assert_eq!(maria.ok(on("release", 4)).await["epoch"], 5);
    assert_eq!(maria.ok(on("claim", 5)).await["epoch"], 6);
    assert_eq!(
        house.number(
            "SELECT count(*) FROM audit WHERE what IN \
            ('claimed','transferred','resolved','reopened','released')"
        ),
        6
    );
}

#[tokio::test]
async fn a_colleagues_note_is_read_before_the_next_answer() {
    let house = House::open();
    let (_guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    let note = |body: &str| {
        json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(),
        "body": body})
    };
    let seq = jonas.ok(note("He has paid already")).await["seq"].as_i64().unwrap();
    let blind = maria.no(say(&c, 1, seq - 1, "Please pay at the desk")).await;
    assert_eq!(blind, json!({"code": "stale", "last_seq": seq}));
    assert_eq!(house.number("SELECT max(seq) FROM entry"), seq, "nothing was stored");
    maria.ok(say(&c, 1, seq, "All is settled")).await;
    // One's own note does not make one blind.
    maria.ok(note("Told him")).await;
    maria.ok(say(&c, 1, seq, "Have a safe trip")).await;
}

#[tokio::test]
async fn a_transfer_goes_only_to_somebody_who_is_there() {
    let house = House::open();
    house.add_hotel("beta");
    house.add_staff("Rui", &["--agent", "beta"]);
    house.add_staff("Sofia", &["--agent", "alpha"]);
    let (_guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    let rui = Socket::staff(&house, "Rui").await;
    let sofia = house.rows("SELECT id FROM staff WHERE name = 'Sofia'")[0][0].clone();
    let to = |id: &Value| json!({"do": "transfer", "conversation": c, "epoch": 1, "to": id});

    assert_eq!(maria.no(to(&rui.hello["you"]["id"])).await["code"], "not_available", "of another hotel");
    assert_eq!(maria.no(to(&sofia.into())).await["code"], "not_available", "at no console");
    jonas.ok(json!({"do": "available", "on": false})).await;
    assert_eq!(maria.no(to(&jonas.hello["you"]["id"])).await["code"], "not_available", "switched off");
    jonas.ok(json!({"do": "available", "on": true})).await;
    maria.ok(to(&jonas.hello["you"]["id"])).await;
}

#[tokio::test]
async fn a_released_guest_waits_since_their_first_unanswered_word_also_if_it_was_read() {
    let house = House::open();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let (mut guest, c) = waiting_guest(&house).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    let on = |what: &str, epoch: i64| json!({"do": what, "conversation": c, "epoch": epoch});
    let waiting = "SELECT (SELECT seq FROM entry e WHERE e.conversation = c.id AND e.at = c.waiting_since \
        AND e.by_kind = 'guest' \
        ORDER BY seq LIMIT 1) FROM conversation c";
    maria.ok(on("claim", 0)).await;
    maria.ok(json!({"do": "read", "conversation": c, "seq": 2})).await;
    maria.ok(on("release", 1)).await;
    assert_eq!(house.number(waiting), 1, "read, but not answered");
    maria.ok(on("claim", 2)).await;
    maria.ok(say(&c, 3, 4, "One moment")).await;
    maria.ok(on("release", 3)).await;
    assert_eq!(house.number("SELECT count(waiting_since) FROM conversation"), 0, "answered: for nothing");
    maria.ok(on("claim", 4)).await;
    let asked = guest.say_as_guest("alpha", "Hello?").await["seq"].clone();
    guest.say_as_guest("alpha", "Anybody there?").await;
    maria.ok(on("release", 5)).await;
    assert_eq!(json!(house.number(waiting)), asked);
    // A resolution that is taken back at once changes nothing of that.
    maria.ok(on("claim", 6)).await;
    maria.ok(on("resolve", 7)).await;
    maria.ok(on("reopen", 8)).await;
    maria.ok(on("release", 9)).await;
    assert_eq!(json!(house.number(waiting)), asked);
}

#[tokio::test]
async fn a_holder_who_is_gone_is_released_by_the_system_and_the_entry_says_so() {
    let house = House::with(&[("BELLHOP_ABSENCE_SECONDS", "1")]);
    let (mut guest, c, maria, mut jonas) = held_by_maria(&house).await;
    maria.cut();
    let released = jonas.event("released").await;
    assert_eq!(released["entry"]["by"]["kind"], "system");
    assert_eq!(released["entry"]["body"], "Maria went offline");
    guest.event("released").await;
    jonas.ok(json!({"do": "claim", "conversation": c, "epoch": 2})).await;
}

#[tokio::test]
async fn a_holder_lost_with_the_server_is_released_after_it_is_back() {
    let mut house = House::with(&[("BELLHOP_ABSENCE_SECONDS", "1")]);
    let (_guest, c, _maria, _jonas) = held_by_maria(&house).await;
    house.kill();
    house.start();
    let mut jonas = Socket::staff(&house, "Jonas").await;
    let freed = async {
        loop {
            let opened = jonas.ok(json!({"do": "open", "conversation": c})).await;
            if opened["conversation"]["status"] == "waiting" {
                return;
            }
            jonas.event("released").await;
        }
    };
    timeout(DEADLINE, freed).await.expect("released in time");
}

#[tokio::test]
async fn notes_are_for_colleagues_and_never_for_the_guest() {
    let house = House::open();
    let (mut guest, c, mut maria, mut jonas) = held_by_maria(&house).await;
    jonas
        .ok(json!({"do": "note", "conversation": c, "client_id": uuid::Uuid::now_v7(), "body": "VIP, be \
        kind"}))
        .await;
    assert_eq!(maria.event("note").await["entry"]["body"], "VIP, be kind");
    maria.ok(say(&c, 1, 3, "With pleasure")).await;

    let live = guest.heard_until("With pleasure").await;
    let seen = guest.ok(json!({"do": "open", "hotel": "alpha"})).await;
    let resumed = guest.ok(json!({"do": "resume", "cursors": {c.clone(): 0}})).await;
    for text in [json!(live).to_string(), seen.to_string(), resumed.to_string()] {
        assert!(text.contains("With pleasure") && !text.contains("VIP"), "{text}");
    }
}
