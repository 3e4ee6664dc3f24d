//! The transaction without a database: orders in groups against conversations that lie in memory.

use super::*;
use crate::store::order::{Member, Stored, Written};
use domain::{
    By, ClientId, Conversation, Entry, EntryKind, Millis, Person, Recipient, Role, Seq, StaffId, StaffWords,
    Status,
};
use std::collections::HashMap;
use uuid::Uuid;

const HOTEL: HotelId = HotelId(Uuid::from_u128(1));
const YUKI: GuestId = GuestId(Uuid::from_u128(9));
const MARIA: StaffId = StaffId(Uuid::from_u128(11));
const JONAS: StaffId = StaffId(Uuid::from_u128(12));
const BEAT: StaffId = StaffId(Uuid::from_u128(13));

/// What a database keeps, as maps.
#[derive(Default)]
struct Memory {
    conversations: HashMap<ConversationId, (Conversation, StaffWords, Vec<Entry>)>,
    joined: HashMap<GuestId, GuestId>,
    /// Readers and how far they have read, in order.
    marks: Vec<(Uuid, Seq)>,
    refused: Vec<(&'static str, &'static str)>,
    /// Trips that were made.
    trips: usize,
    full: bool,
}

impl Memory {
    fn is_answer(e: &&Entry) -> bool {
        e.kind == EntryKind::Said && !e.by.is_guest()
    }

    fn is_asked(e: &&Entry) -> bool {
        e.kind == EntryKind::Said && e.by.is_guest()
    }
}

impl Database for Memory {
    type Work = ();

    async fn begin(&mut self, orders: &[Order]) -> Result<Group> {
        self.trips += 1;
        let mut group = Group::default();
        for (row, words, entries) in self.conversations.values() {
            group.put(Open::stored(row.clone(), "seehof".into(), *words));
            for entry in entries {
                let Some(client_id) = entry.client_id else { continue };
                let written =
                    Written { conversation: row.id, seq: entry.seq, epoch: row.epoch, at: entry.at };
                let note = entry.kind == EntryKind::Note;
                let (author, body) = (entry.by.id, entry.body.clone());
                let stored = Stored {
                    author,
                    note,
                    body,
                    files: Vec::new(),
                    guest: row.person,
                    hotel: HOTEL,
                    written,
                };
                group.stored.entry(client_id).or_default().push(stored);
            }
        }
        assert!(!orders.is_empty());
        for (id, role) in [(MARIA, Role::Agent), (JONAS, Role::Agent), (BEAT, Role::Manager)] {
            let person = Person { id, name: format!("{role:?}") };
            group.staff.insert(
                id,
                Member { person, admin: false, roles: HashMap::from([(HOTEL, (role, id != BEAT))]) },
            );
        }
        Ok(group)
    }

    async fn open(&mut self, guest: GuestId, _: HotelId) -> Result<Option<Open>> {
        self.trips += 1;
        let mut all = self.conversations.values();
        let found = all.find(|(row, ..)| row.person == guest && row.status != Status::Resolved);
        Ok(found.map(|(row, words, _)| Open::stored(row.clone(), "seehof".into(), *words)))
    }

    async fn guest(&mut self, guest: GuestId, _: HotelId) -> Result<Option<GuestSnapshot>> {
        self.trips += 1;
        let joined_to = self.joined.get(&guest).copied();
        Ok(Some(GuestSnapshot {
            name: "Yuki".into(),
            hotel: "seehof".into(),
            joined_to,
            last: self.conversations.keys().max().copied(),
            ..GuestSnapshot::default()
        }))
    }

    async fn newest(&mut self, guest: GuestId, _: HotelId) -> Result<Option<ConversationId>> {
        self.trips += 1;
        Ok(self.conversations.values().filter(|(row, ..)| row.person == guest).map(|(row, ..)| row.id).max())
    }

    async fn ask(&mut self, id: ConversationId, question: Question) -> Result<Option<i64>> {
        self.trips += 1;
        let entries = &self.conversations[&id].2;
        Ok(match question {
            Question::GuestWordsAfter(seq) => {
                Some(entries.iter().filter(Self::is_asked).filter(|e| e.seq > seq).count() as i64)
            }
            Question::AnswersBetween(from, to) => {
                Some(entries.iter().filter(Self::is_answer).filter(|e| e.seq > from && e.seq <= to).count()
                    as i64)
            }
        })
    }

    async fn write(&mut self, group: &Group, _: bool) -> Result<()> {
        self.trips += 1;
        if self.full {
            return Err(StoreError::Nonsense("the disk is full".into()));
        }
        for open in group.changed() {
            let kept = self.conversations.entry(open.row.id).or_insert((
                open.row.clone(),
                StaffWords::default(),
                Vec::new(),
            ));
            (kept.0, kept.1) = (open.row.clone(), open.staff_words);
            kept.2.extend(open.entries.iter().cloned());
        }
        self.marks.extend(group.read_marks.iter().map(|mark| (mark.reader, mark.seq)));
        self.refused.extend(group.refused.keys().map(|(.., what, code)| (*what, *code)));
        Ok(())
    }

    async fn work(&mut self, (): &()) -> Result<Vec<Update>> {
        Ok(Vec::new())
    }

    async fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    async fn roll_back(&mut self) {}
}

/// The one conversation there is, and what it says.
struct House {
    db: Memory,
    now: i64,
}

impl House {
    async fn new() -> Self {
        let mut house = House { db: Memory::default(), now: 0 };
        house.one(guest_says("Is there a late checkout?")).await.unwrap();
        house
    }

    async fn all(&mut self, orders: Vec<Order>) -> Vec<Outcome> {
        let orders: Vec<Order> = orders
            .into_iter()
            .map(|order| {
                self.now += 1;
                Order { at: Millis(self.now), ..order }
            })
            .collect();
        store(&mut self.db, &orders, &[]).await.unwrap().0
    }

    async fn one(&mut self, order: Order) -> Outcome {
        self.all(vec![order]).await.remove(0)
    }

    async fn by(&mut self, staff: StaffId, command: Command) -> Outcome {
        let id = self.id();
        self.one(staff_order(staff, id, command)).await
    }

    fn id(&self) -> ConversationId {
        *self.db.conversations.keys().max().unwrap()
    }

    fn row(&self) -> &Conversation {
        &self.db.conversations[&self.id()].0
    }

    /// The timeline in short: `2 claimed`.
    fn timeline(&self) -> Vec<String> {
        let entries = &self.db.conversations[&self.id()].2;
        entries
            .iter()
            .map(|e| format!("{} {}", e.seq, if e.body.is_empty() { e.kind.as_str() } else { &e.body }))
            .collect()
    }
}

fn guest_says(body: &str) -> Order {
    let command =
        Command::Say { epoch: 0, seen: 0, client_id: ClientId::new(), body: body.into(), files: Vec::new() };
    Order { by: ActorId::Guest(YUKI), target: Target::Open(YUKI, HOTEL), command, at: Millis(0) }
}

fn staff_order(staff: StaffId, id: ConversationId, command: Command) -> Order {
    Order { by: ActorId::Staff(staff), target: Target::Conversation(id), command, at: Millis(0) }
}

fn say(epoch: i64, seen: Seq, body: &str) -> Command {
    Command::Say { epoch, seen, client_id: ClientId::new(), body: body.into(), files: Vec::new() }
}

fn codes(outcomes: &[Outcome]) -> Vec<&'static str> {
    outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Refusal::code, |_| "ok")).collect()
}

#[tokio::test]
async fn of_many_claims_in_one_group_exactly_one_wins_and_the_losers_are_counted() {
    let mut house = House::new().await;
    let id = house.id();
    let claim = |staff| staff_order(staff, id, Command::Claim { epoch: 0 });
    let outcomes = house.all(vec![claim(MARIA), claim(JONAS), claim(BEAT)]).await;
    assert_eq!(codes(&outcomes), ["ok", "already_held", "already_held"]);
    assert_eq!((house.row().is_held_by(MARIA), house.row().epoch), (true, 1));
    assert_eq!(house.timeline(), ["1 Is there a late checkout?", "2 claimed"]);
    assert_eq!(house.db.refused, [("claim", "already_held"); 2]);
}

#[tokio::test]
async fn a_group_of_many_messages_takes_as_many_trips_as_one() {
    let mut house = House::new().await;
    let before = house.db.trips;
    let outcomes = house.all((0..40).map(|n| guest_says(&format!("word {n}"))).collect()).await;
    let seqs: Vec<Seq> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap().seq).collect();
    assert_eq!(seqs, (2..=41).collect::<Vec<_>>(), "numbers without a gap, in the order of the orders");
    assert_eq!(house.db.trips - before, 2);
    assert_eq!(house.row().unread, 41);
}

#[tokio::test]
async fn a_resend_gets_its_first_answer_again_and_stores_nothing() {
    let mut house = House::new().await;
    let said = guest_says("Hello?");
    let outcomes = house.all(vec![said.clone(), guest_says("Anybody there?"), said.clone()]).await;
    assert_eq!((&outcomes[0], house.timeline().len()), (&outcomes[2], 3));
    assert_eq!(house.one(said.clone()).await, outcomes[0], "in a later group too");
    // Other words under the same id are not a resend.
    let Command::Say { client_id, .. } = said.command else { unreachable!() };
    let other =
        Command::Say { epoch: 0, seen: 0, client_id, body: "Something else".into(), files: Vec::new() };
    assert_eq!(codes(&[house.one(Order { command: other, ..said }).await]), ["client_id_used"]);
}

#[tokio::test]
async fn a_colleagues_unseen_note_stops_an_answer() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    let note =
        Command::Note { client_id: ClientId::new(), body: "He has paid already".into(), files: Vec::new() };
    house.by(JONAS, note).await.unwrap();
    let blind = house.by(MARIA, say(1, 2, "Please pay at the desk")).await;
    assert_eq!(blind, Err(Refusal::Stale { last_seq: 3 }));
    assert_eq!(house.timeline().len(), 3);
    house.by(MARIA, say(1, 3, "All is settled")).await.unwrap();
}

#[tokio::test]
async fn an_answer_marks_what_its_author_was_shown_as_read() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    house.one(guest_says("And breakfast?")).await.unwrap();
    house.by(MARIA, say(1, 2, "Until noon")).await.unwrap();
    assert_eq!((house.row().staff_read, house.row().unread), (2, 1), "breakfast was not on her screen");
    assert_eq!(house.db.marks, [(MARIA.0, 2)]);
    house.by(MARIA, say(1, 4, "From seven")).await.unwrap();
    assert_eq!((house.row().staff_read, house.row().unread), (5, 0));
}

#[tokio::test]
async fn a_guest_waits_from_their_first_word_to_the_next_answer_whoever_holds_them() {
    let mut house = House::new().await;
    let waits = |house: &House| house.row().waits_since().map(|at| at.0);
    let opened = waits(&house);
    assert!(opened.is_some());
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    assert_eq!(waits(&house), opened, "held, and not answered");
    house.by(MARIA, say(1, 2, "Yes")).await.unwrap();
    assert_eq!(waits(&house), None);
    let note = Command::Note { client_id: ClientId::new(), body: "Asks a lot".into(), files: Vec::new() };
    house.one(guest_says("Until when?")).await.unwrap();
    let asked = waits(&house);
    house.by(MARIA, note).await.unwrap();
    house.one(guest_says("Hello?")).await.unwrap();
    assert_eq!((waits(&house), asked.is_some()), (asked, true), "since the first, and a note is no answer");
}

#[tokio::test]
async fn a_guest_who_was_answered_waits_for_nothing_when_their_holder_is_gone() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    house.by(MARIA, say(1, 2, "Yes")).await.unwrap();
    house.by(MARIA, Command::Release { epoch: 1, reason: String::new() }).await.unwrap();
    assert_eq!((house.row().status, house.row().waits_since()), (Status::Waiting, None));
}

#[tokio::test]
async fn a_resolution_that_is_taken_back_leaves_the_guest_waiting_as_before() {
    for (later, waits) in [(5_000, true), (600_000, false)] {
        let mut house = House::new().await;
        let since = house.row().waits_since();
        house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
        house.by(MARIA, Command::Resolve { epoch: 1 }).await.unwrap();
        assert_eq!(house.row().waits_since(), None);
        house.now += later;
        house.by(MARIA, Command::Reopen { epoch: 2 }).await.unwrap();
        assert_eq!(house.row().waits_since(), since.filter(|_| waits), "{later} ms later");
    }
}

#[tokio::test]
async fn what_comes_after_a_clock_was_put_back_ranks_behind_what_came_before() {
    let mut house = House::new().await;
    house.now = 10_000_000_000_000;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    house.by(MARIA, Command::Resolve { epoch: 1 }).await.unwrap();
    let (id, resolved) = (house.id(), house.row().resolved_rank.unwrap());
    // Begun, too, while the clock was ahead.
    let ahead = ConversationId(Uuid::from_u128(u128::MAX >> 1));
    let (mut row, words, entries) = house.db.conversations.remove(&id).unwrap();
    row.id = ahead;
    house.db.conversations.insert(ahead, (row, words, entries));
    house.now = 1;
    house.one(guest_says("Hello again")).await.unwrap();
    assert!(house.id() > ahead && house.row().last_line == "Hello again", "it is the newest");
    assert_eq!(house.row().waits_since(), Some(Millis(2)), "and its time is the clock's");
    assert!(house.row().wait().unwrap().0 > resolved && house.row().rank > resolved);
}

#[tokio::test]
async fn a_released_guest_has_waited_since_the_first_word_nobody_answered() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    house.by(MARIA, say(1, 2, "Yes")).await.unwrap();
    house.one(guest_says("Until when?")).await.unwrap();
    house.one(guest_says("Hello?")).await.unwrap();
    house.by(MARIA, Command::Release { epoch: 1, reason: String::new() }).await.unwrap();
    assert_eq!(house.row().waiting_since, Some(Millis(4)));
}

#[tokio::test]
async fn a_guest_who_reads_leaves_a_mark_for_every_answer_and_none_for_their_own_words() {
    let mut house = House::new().await;
    let id = house.id();
    let read = |seq| Order {
        by: ActorId::Guest(YUKI),
        target: Target::Conversation(id),
        command: Command::Read { seq },
        at: Millis(0),
    };
    house.one(read(1)).await.unwrap();
    assert_eq!(house.db.marks, []);
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    for (seen, words) in [(2, "Yes"), (3, "Until noon"), (4, "Or later")] {
        house.by(MARIA, say(1, seen, words)).await.unwrap();
    }
    house.db.marks.clear();
    // In the middle of answers, then to the end, then nothing new.
    for seq in [3, 5, 5] {
        house.one(read(seq)).await.unwrap();
    }
    assert_eq!(house.db.marks, [(YUKI.0, 3), (YUKI.0, 5)]);
}

#[tokio::test]
async fn a_conversation_is_handed_only_to_a_member_who_is_available_and_there() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    let nobody = StaffId(Uuid::from_u128(99));
    for to in
        [Recipient::unknown(JONAS, false), Recipient::unknown(BEAT, true), Recipient::unknown(nobody, true)]
    {
        assert_eq!(house.by(MARIA, Command::Transfer { epoch: 1, to }).await, Err(Refusal::NotAvailable));
    }
    house.by(MARIA, Command::Transfer { epoch: 1, to: Recipient::unknown(JONAS, true) }).await.unwrap();
    let entry = house.db.conversations[&house.id()].2.last().unwrap().clone();
    assert_eq!((house.row().is_held_by(JONAS), entry.to.map(|p| p.id)), (true, Some(JONAS)));
}

#[tokio::test]
async fn a_word_after_resolution_opens_the_next_conversation_and_the_older_one_stays_closed() {
    let mut house = House::new().await;
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    let older = house.id();
    house.by(MARIA, Command::Resolve { epoch: 1 }).await.unwrap();
    let next = house.one(guest_says("One more thing")).await.unwrap();
    assert_eq!((next.seq, next.conversation == older, house.db.conversations.len()), (1, false, 2));
    let reopened = house.one(staff_order(MARIA, older, Command::Reopen { epoch: 2 })).await;
    assert_eq!(reopened, Err(Refusal::AlreadyOpen { conversation: next.conversation }));
    house.by(MARIA, Command::Claim { epoch: 0 }).await.unwrap();
    house.by(MARIA, Command::Resolve { epoch: 1 }).await.unwrap();
    house.by(MARIA, Command::Reopen { epoch: 2 }).await.unwrap();
}

#[tokio::test]
async fn the_word_of_a_guest_who_is_another_one_by_now_goes_where_theirs_go() {
    let mut house = House::new().await;
    let phone = GuestId(Uuid::from_u128(10));
    house.db.joined.insert(phone, YUKI);
    let said = Order {
        by: ActorId::Guest(phone),
        target: Target::Open(phone, HOTEL),
        ..guest_says("From the lift")
    };
    let written = house.one(said.clone()).await.unwrap();
    assert_eq!((written.conversation, written.seq), (house.id(), 2));
    let by = house.db.conversations[&house.id()].2[1].by.clone();
    assert_eq!(by, By { id: Some(YUKI.0), ..by.clone() });
    // Its resend, known under the guest it was written as, is known under the one it is now.
    assert_eq!(house.one(said).await, Ok(written));
}

#[tokio::test]
async fn another_guests_conversation_does_not_exist() {
    let mut house = House::new().await;
    let id = house.id();
    let stranger = ActorId::Guest(GuestId(Uuid::from_u128(77)));
    let read = Order {
        by: stranger,
        target: Target::Conversation(id),
        command: Command::Read { seq: 1 },
        at: Millis(0),
    };
    assert_eq!(house.one(read).await, Err(Refusal::NotFound));
    assert_eq!(
        house.by(StaffId(Uuid::from_u128(78)), Command::Claim { epoch: 0 }).await,
        Err(Refusal::NotFound)
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error_and_changes_nothing() {
    let mut house = House::new().await;
    house.db.full = true;
    assert!(store(&mut house.db, &[guest_says("Lost?")], &[]).await.is_err());
    house.db.full = false;
    assert_eq!(house.timeline().len(), 1);
    assert_eq!(house.one(guest_says("Not lost")).await.unwrap().seq, 2);
}
