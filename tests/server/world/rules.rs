//! The rules, over the whole log and every screen, when all is quiet.

use super::{Acked, World, text};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An entry as it is stored.
#[derive(Clone, Debug)]
struct Line {
    seq: i64,
    kind: String,
    by_kind: String,
    by: String,
    body: String,
    to: String,
    client_id: String,
}

/// How a conversation stands, told by its entries alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Replay {
    holder: String,
    epoch: i64,
    resolved: bool,
}

impl Replay {
    /// Rules H1 and H2: every change of hands starts from where the last one left it, and only the holder
    /// answers.
    fn take(&mut self, line: &Line, at: &str) {
        let staff = matches!(line.by_kind.as_str(), "staff" | "admin");
        let (waits, held) = (self.holder.is_empty() && !self.resolved, !self.holder.is_empty());
        let before = self.clone();
        let mut hand_to = |holder: &str, resolved: bool| {
            *self = Replay { holder: holder.to_owned(), resolved, epoch: self.epoch + 1 };
        };
        match line.kind.as_str() {
            "said" if staff => assert_eq!(before.holder, line.by, "H2: only the holder answers, {at}"),
            "said" => assert!(!before.resolved, "H9: nothing is said in what is resolved, {at}"),
            "note" => assert!(staff, "notes are the staff's, {at}"),
            "rated" => assert!(before.resolved && !staff, "rated when it is over, {at}"),
            "claimed" => {
                assert!(waits, "H1: claimed while nobody held it, {at}");
                hand_to(&line.by, false);
            }
            "taken_over" => {
                assert!(held && before.holder != line.by, "H1: taken over from somebody else, {at}");
                hand_to(&line.by, false);
            }
            "transferred" => {
                assert!(held, "H1: handed on by its holder, {at}");
                hand_to(&line.to, false);
            }
            "released" => {
                assert!(held, "H1: released while held, {at}");
                hand_to("", false);
            }
            "resolved" => {
                assert_eq!(before.holder, line.by, "H2: only the holder resolves, {at}");
                hand_to("", true);
            }
            "reopened" => {
                assert!(before.resolved, "H1: reopened when it was over, {at}");
                hand_to(&line.by, false);
            }
            other => panic!("an entry this test does not know: {other}"),
        }
    }
}

/// The rules, over the whole log and every screen.
pub fn check(world: &World) {
    let stored = world.house.rows(
        "SELECT e.conversation, e.seq, e.kind, e.by_kind, e.by_id, e.body, e.to_id, e.client_id FROM entry e \
         ORDER BY e.conversation, e.seq",
    );
    let mut log = BTreeMap::<String, Vec<Line>>::new();
    for row in stored {
        let [c, seq, kind, by_kind, by, body, to, client_id] = row.try_into().unwrap();
        let line = Line { seq: seq.parse().unwrap(), kind, by_kind, by, body, to, client_id };
        log.entry(c).or_default().push(line);
    }
    let rows = world.house.rows(
        "SELECT c.id, c.status, c.holder, c.epoch, c.last_seq, c.guest, o.slug FROM conversation c JOIN \
         hotel o ON o.id = c.hotel",
    );
    let mut standing = HashMap::<(String, i64), Replay>::new();
    for [id, status, holder, epoch, last_seq, ..] in
        rows.iter().map(|row| <[String; 7]>::try_from(row.clone()).unwrap())
    {
        let lines = &log[&id];
        let seqs: Vec<i64> = lines.iter().map(|line| line.seq).collect();
        assert_eq!(
            seqs,
            (1..=last_seq.parse().unwrap()).collect::<Vec<_>>(),
            "H4: 1, 2, 3 … without gaps in {id}"
        );
        let mut replay = Replay::default();
        for line in lines {
            standing.insert((id.clone(), line.seq), replay.clone());
            replay.take(line, &format!("{id} at {}: {line:?}", line.seq));
        }
        let told = Replay { holder, epoch: epoch.parse().unwrap(), resolved: status == "resolved" };
        assert_eq!(replay, told, "H1: {id} stands as its entries say");
        assert_eq!(status == "held", !told.holder.is_empty(), "H1: held means there is a holder");
    }
    // H9: of a guest's conversations with a hotel at most one is open.
    let mut open = HashSet::new();
    for row in rows.iter().filter(|row| row[1] != "resolved") {
        assert!(open.insert((&row[5], &row[6])), "H9: two open conversations of one guest with {}", row[6]);
    }
    // H5: stored once, whoever sent it how often.
    let mut ids = HashSet::new();
    for line in log.values().flatten().filter(|line| !line.client_id.is_empty()) {
        assert!(ids.insert(&line.client_id), "H5: {} is stored once", line.client_id);
    }
    // What was acknowledged is there, as it was said, where the acknowledgement says.
    let mut first = HashMap::new();
    for Acked { command, answer } in &world.acked {
        let (c, seq, client_id) =
            (text(&answer["conversation"]), answer["seq"].as_i64().unwrap(), text(&command["client_id"]));
        let line = &log[&c][seq as usize - 1];
        assert_eq!(
            (&line.client_id, &line.body),
            (&client_id, &text(&command["body"])),
            "H6: {command} is stored at {seq}"
        );
        let before = first.entry(client_id).or_insert((c.clone(), seq));
        assert_eq!(*before, (c.clone(), seq), "H5: a resend gets the first acknowledgement again");
        if command["do"] == "say" && command.get("conversation").is_some() {
            let then = &standing[&(c.clone(), seq)];
            assert_eq!(command["epoch"].as_i64(), Some(then.epoch), "H2: {command} named the current epoch");
            let seen = command["seen"].as_i64().unwrap();
            let unseen = log[&c].iter().find(|other| {
                let word = matches!(other.kind.as_str(), "said" | "note") && other.by_kind != "guest";
                word && other.by != line.by && other.seq > seen && other.seq < seq
            });
            assert!(unseen.is_none(), "H3: {command} was stored at {seq} without having seen {unseen:?}");
        }
    }
    // H7 and H8: every screen shows what is stored and meant for it, all of it, and nothing of anybody
    // else's.
    let guest_of: HashMap<&String, (&String, &String)> =
        rows.iter().map(|row| (&row[0], (&row[5], &row[6]))).collect();
    let mut compared = 0;
    for screen in &world.screens {
        let dark = screen.socket.is_none();
        let me = screen.socket.as_ref().map(|socket| text(&socket.hello["you"]["id"])).unwrap_or_default();
        for (c, timeline) in &screen.timelines {
            let (guest, hotel) = guest_of[c];
            match screen.guest {
                Some(_) => assert_eq!(**guest, me, "H8: {} sees another guest's conversation", screen.name),
                None => assert!(
                    world.members[&screen.name].contains(hotel.as_str()),
                    "H8: {} sees {hotel}",
                    screen.name
                ),
            }
            if dark || !(screen.guest.is_some() || screen.open.contains(c)) {
                continue;
            }
            let meant = log[c].iter().filter(|line| screen.guest.is_none() || line.kind != "note");
            let expected: Vec<(i64, String)> = meant.map(|line| (line.seq, line.kind.clone())).collect();
            let shown: Vec<(i64, String)> =
                timeline.iter().map(|(seq, entry)| (*seq, text(&entry["kind"]))).collect();
            assert_eq!(shown, expected, "H7: {} shows {c} whole", screen.name);
            for (seq, entry) in timeline {
                let line = &log[c][*seq as usize - 1];
                let words = if matches!(line.kind.as_str(), "said" | "note") { &line.body } else { continue };
                assert_eq!(text(&entry["body"]), *words, "H7: {} shows the words of {seq}", screen.name);
            }
            compared += 1;
        }
        if screen.guest.is_some() {
            let mine: HashSet<&String> = rows.iter().filter(|row| row[5] == me).map(|row| &row[0]).collect();
            let newest = rows.iter().filter(|row| row[5] == me && row[1] != "resolved").map(|row| &row[0]);
            for c in newest {
                assert!(
                    screen.timelines.contains_key(c),
                    "H7: {} has the open conversation {c}",
                    screen.name
                );
            }
            assert!(screen.timelines.keys().all(|c| mine.contains(c)), "H8: nothing else on {}", screen.name);
        }
    }
    let entries: usize = log.values().map(Vec::len).sum();
    let hands = log
        .values()
        .flatten()
        .filter(|line| !matches!(line.kind.as_str(), "said" | "note" | "rated"))
        .count();
    println!(
        "seed {}: {} conversations, {entries} entries, {hands} changes of hands, {} acknowledgements, \
         {compared} timelines",
        world.seed,
        log.len(),
        world.acked.len()
    );
    assert!(entries > 100 && hands > 20 && compared > 20, "a day on which something happens");
}
