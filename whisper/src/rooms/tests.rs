use super::*;
use crate::room::{AWAY, Delivery, Join, Participant};
use domain::Refusal;
use domain::wire::whisper::{Command, Down, Event, Participant as Person, Reason, To, Up};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

const LIMITS: Limits = Limits {
    rooms: 2,
    people: 3,
    frame: 1_000,
    frames: 30,
    in_flight: 100_000,
    unjoined: Duration::from_secs(60),
    idle: Duration::from_secs(600),
    longest: Duration::from_secs(86_400),
    silent: Duration::from_secs(300),
};

/// A room, and a clock of its own.
struct Scene {
    rooms: Rooms,
    room: Arc<Room>,
    now: Instant,
}

/// What somebody was told, in short: events as JSON would name them, frames as text.
type Heard = Vec<String>;

impl Scene {
    fn new() -> Self {
        Self::with(LIMITS)
    }

    fn with(limits: Limits) -> Self {
        let (rooms, now) = (Rooms::new(limits), Instant::now());
        let (_, room) = rooms.make(now).unwrap();
        Self { rooms, room, now }
    }

    fn join(&self, join: &Join<'_>) -> Result<Participant, Reason> {
        self.room.join(join, self.now)
    }

    /// Whoever made the room, with its key.
    fn maker(&self) -> Participant {
        self.join(&Join { maker: true, make: true, ticket: None }).ok().unwrap()
    }

    fn guest(&self) -> Participant {
        self.join(&GUEST).ok().unwrap()
    }

    fn ask(&self, who: &Participant, command: Command) -> Result<(), Refusal> {
        who.command(&command, self.now)
    }

    fn say(&self, who: &Participant, to: To, text: &str) {
        let mut frame = Vec::new();
        Up(to).write(&mut frame);
        frame.extend(text.as_bytes());
        who.relay(&frame, self.now);
    }

    fn later(&mut self, by: Duration) {
        self.now += by;
        self.rooms.sweep(self.now);
    }
}

const GUEST: Join<'_> = Join { maker: false, make: false, ticket: None };

fn next(who: &mut Participant) -> Option<Result<Delivery, Reason>> {
    match pin!(who.next()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(next) => Some(next),
        Poll::Pending => None,
    }
}

/// Everything that lies in the queue; at the end why it was closed, if it was.
fn heard(who: &mut Participant) -> Heard {
    let mut heard = Vec::new();
    while let Some(next) = next(who) {
        heard.push(match next {
            Ok(Delivery::Event(event)) => short(&event),
            Ok(Delivery::Frame(frame)) => {
                let bytes = frame.into_bytes();
                let (head, length) = Down::read(&bytes).unwrap();
                match head {
                    Down::Taken { .. } => "taken".into(),
                    Down::From { number, .. } => {
                        format!("{number}: {}", String::from_utf8_lossy(&bytes[length..]))
                    }
                }
            }
            Err(reason) => {
                heard.push(format!("closed: {}", reason.as_str()));
                return heard;
            }
        });
    }
    heard
}

fn short(event: &Event) -> String {
    match event {
        Event::Hello { you, participants, locked, .. } => {
            let who = |p: &Person| format!("{}{}", p.number, if p.moderator { "*" } else { "" });
            let who: Vec<_> = participants.iter().map(who).collect();
            format!("hello {you} of {}{}", who.join(" "), if *locked { " locked" } else { "" })
        }
        Event::Knocking { .. } => "knocking".into(),
        Event::Came { participant } => format!("came {}", participant.number),
        Event::Went { number, why } => format!("went {number} {why:?}"),
        Event::Knock { number } => format!("knock {number}"),
        Event::KnockEnded { number } => format!("no knock {number}"),
        Event::Moderators { numbers } => format!("moderators {numbers:?}"),
        Event::Locked { on } => format!("locked {on}"),
        Event::Fade { seconds } => format!("fade {seconds}"),
        Event::Refused { refusal } => format!("refused {}", refusal.code()),
        Event::Closing { reason } => format!("closing {}", reason.as_str()),
    }
}

fn ticket_of(who: &mut Participant) -> String {
    match next(who) {
        Some(Ok(Delivery::Event(Event::Hello { ticket, .. }))) => ticket,
        _ => panic!("hello comes first"),
    }
}

#[test]
fn words_reach_everybody_else_in_order_and_their_author_learns_that_they_did() {
    let scene = Scene::new();
    let (mut anna, mut ben, mut cleo) = (scene.maker(), scene.guest(), scene.guest());
    scene.say(&anna, To::Everybody, "a");
    scene.say(&ben, To::Everybody, "b");
    scene.say(&anna, To::One(3), "psst");
    assert_eq!(heard(&mut anna), ["hello 1 of 1*", "came 2", "came 3", "taken", "2: b", "taken"]);
    assert_eq!(heard(&mut ben), ["hello 2 of 1* 2", "came 3", "1: a", "taken"]);
    assert_eq!(heard(&mut cleo), ["hello 3 of 1* 2 3", "1: a", "2: b", "1: psst"]);
}

#[test]
fn whoever_comes_late_or_comes_back_hears_nothing_from_before() {
    let scene = Scene::new();
    let (anna, mut ben) = (scene.maker(), scene.guest());
    let ticket = ticket_of(&mut ben);
    scene.say(&anna, To::Everybody, "before");
    drop(ben);
    scene.say(&anna, To::Everybody, "meanwhile");
    let back = Join { ticket: Some(&ticket), ..GUEST };
    let (mut ben, mut late) = (scene.join(&back).ok().unwrap(), scene.guest());
    assert_eq!(heard(&mut ben), ["hello 2 of 1* 2", "came 3"], "the same seat, and nothing else");
    assert_eq!(heard(&mut late), ["hello 3 of 1* 2 3"]);
}

#[test]
fn the_same_page_over_a_second_connection_takes_the_place_of_the_first() {
    let scene = Scene::new();
    let mut first = scene.maker();
    let ticket = ticket_of(&mut first);
    let mut second = scene.join(&Join { ticket: Some(&ticket), ..GUEST }).ok().unwrap();
    assert_eq!(heard(&mut first), ["closed: replaced"]);
    drop(first);
    assert_eq!(heard(&mut second), ["hello 1 of 1*"], "and losing the first is not losing the second");
}

#[test]
fn what_is_for_moderators_reaches_moderators_only_and_comes_from_them_only() {
    let scene = Scene::new();
    let (mut anna, mut ben, mut cleo) = (scene.maker(), scene.guest(), scene.guest());
    assert_eq!(scene.ask(&anna, Command::Appoint { participant: 2 }), Ok(()));
    let _ = [&mut anna, &mut ben, &mut cleo].map(heard);
    scene.say(&anna, To::Moderators, "between us");
    scene.say(&cleo, To::Moderators, "let me");
    assert_eq!(heard(&mut anna), ["taken"]);
    assert_eq!(heard(&mut ben), ["1: between us"]);
    assert_eq!(heard(&mut cleo), ["refused not_allowed"]);
}

#[test]
fn a_locked_room_is_knocked_at_and_only_moderators_hear_it() {
    let scene = Scene::new();
    let (mut anna, mut ben) = (scene.maker(), scene.guest());
    assert_eq!(scene.ask(&anna, Command::Lock { on: true }), Ok(()));
    let _ = [&mut anna, &mut ben].map(heard);
    let (mut cleo, mut dan) = (scene.guest(), scene.guest());
    scene.say(&cleo, To::Moderators, "I am Cleo");
    scene.say(&cleo, To::Everybody, "hello all");
    scene.say(&anna, To::Everybody, "who is that?");
    assert_eq!(heard(&mut cleo), ["knocking", "taken", "refused not_allowed"], "the door is shut");
    assert_eq!(heard(&mut anna), ["knock 3", "knock 4", "3: I am Cleo", "taken"]);
    assert_eq!(heard(&mut ben), ["1: who is that?"]);
    assert_eq!(scene.ask(&cleo, Command::Admit { participant: 3 }), Err(Refusal::NotAllowed));
    assert_eq!(scene.ask(&ben, Command::Admit { participant: 3 }), Err(Refusal::NotAllowed));

    assert_eq!(scene.ask(&anna, Command::Admit { participant: 3 }), Ok(()));
    assert_eq!(scene.ask(&anna, Command::TurnAway { participant: 4 }), Ok(()));
    assert_eq!(scene.ask(&anna, Command::TurnAway { participant: 4 }), Err(Refusal::NotFound));
    assert_eq!(heard(&mut cleo), ["hello 3 of 1* 2 3 locked"]);
    assert_eq!(heard(&mut dan), ["closed: turned_away"]);
    assert_eq!(heard(&mut ben), ["came 3"]);
    assert_eq!(heard(&mut anna), ["no knock 3", "came 3", "no knock 4"]);
}

#[test]
fn whoever_is_sent_out_is_out_and_has_to_knock() {
    let scene = Scene::new();
    let (mut anna, mut ben) = (scene.maker(), scene.guest());
    let ticket = ticket_of(&mut ben);
    assert_eq!(scene.ask(&ben, Command::Remove { participant: 1 }), Err(Refusal::NotAllowed));
    assert_eq!(scene.ask(&anna, Command::Remove { participant: 1 }), Err(Refusal::NotAllowed));
    assert_eq!(scene.ask(&anna, Command::Remove { participant: 2 }), Ok(()));
    scene.say(&ben, To::Everybody, "one more thing");
    assert_eq!(heard(&mut ben), ["closed: removed"]);
    assert_eq!(heard(&mut anna), ["hello 1 of 1*", "came 2", "went 2 Removed", "locked true"]);
    let mut again = scene.join(&Join { ticket: Some(&ticket), ..GUEST }).ok().unwrap();
    assert_eq!(heard(&mut again), ["knocking"]);
}

#[test]
fn only_moderators_may_change_the_room() {
    let scene = Scene::new();
    let (mut anna, ben) = (scene.maker(), scene.guest());
    for command in [
        Command::Lock { on: true },
        Command::Fade { seconds: 20 },
        Command::Admit { participant: 9 },
        Command::TurnAway { participant: 9 },
        Command::Remove { participant: 1 },
        Command::Appoint { participant: 2 },
        Command::StepDown {},
        Command::Close {},
    ] {
        assert_eq!(scene.ask(&ben, command.clone()), Err(Refusal::NotAllowed), "{command:?}");
    }
    heard(&mut anna);
    assert_eq!(heard(&mut anna), [""; 0], "nothing has come of it");
    for (seconds, well) in [(2, false), (3, true), (30, true), (31, false)] {
        assert_eq!(scene.ask(&anna, Command::Fade { seconds }).is_ok(), well, "{seconds} seconds");
    }
}

#[test]
fn the_room_is_passed_on_and_never_without_a_moderator() {
    let mut scene = Scene::new();
    let (mut anna, mut ben) = (scene.maker(), scene.guest());
    assert_eq!(scene.ask(&anna, Command::StepDown {}), Err(Refusal::NotAvailable), "nobody else is one");
    assert_eq!(scene.ask(&anna, Command::Appoint { participant: 2 }), Ok(()));
    assert_eq!(scene.ask(&anna, Command::StepDown {}), Ok(()));
    assert_eq!(scene.ask(&anna, Command::Lock { on: true }), Err(Refusal::NotAllowed));
    assert_eq!(heard(&mut ben), ["hello 2 of 1* 2", "moderators [1, 2]", "moderators [2]"]);
    heard(&mut anna);
    // The maker's cookie does not bring back what was given away.
    let mut other_page = scene.join(&Join { maker: true, ..GUEST }).ok().unwrap();
    assert_eq!(heard(&mut other_page), ["hello 3 of 1 2* 3"]);
    drop(ben);
    scene.later(SECOND);
    assert_eq!(heard(&mut anna), ["came 3", "went 2 Lost"], "Ben may come back");
    scene.later(AWAY);
    assert_eq!(heard(&mut anna), ["moderators [1]"], "Ben did not; whoever is there longest is next");
}

#[test]
fn the_key_is_made_once_and_by_the_maker_only() {
    let scene = Scene::new();
    let make = |maker| Join { maker, make: true, ticket: None };
    assert!(scene.join(&GUEST).err() == Some(Reason::Incomplete), "there is no key yet");
    assert!(scene.join(&make(false)).err() == Some(Reason::Incomplete));
    assert!(scene.room.is_new());
    let _anna = scene.join(&make(true)).ok().unwrap();
    assert!(scene.join(&make(true)).err() == Some(Reason::Incomplete), "a second key would part them");
    assert!(!scene.room.is_new());
    let mut again = scene.join(&Join { maker: true, ..GUEST }).ok().unwrap();
    assert_eq!(heard(&mut again), ["hello 2 of 1* 2*"], "with the key, the maker leads again");
}

#[test]
fn a_room_ends_when_nobody_came_when_all_have_left_and_when_it_is_old() {
    let mut scene = Scene::new();
    scene.later(LIMITS.unjoined - SECOND);
    assert_eq!(scene.rooms.count(), 1);
    scene.later(SECOND);
    assert_eq!(scene.rooms.count(), 0, "nobody came");

    let mut scene = Scene::new();
    let anna = scene.maker();
    scene.later(LIMITS.idle * 2);
    assert_eq!(scene.ask(&anna, Command::Leave {}), Ok(()));
    scene.later(LIMITS.idle - SECOND);
    assert_eq!(scene.rooms.count(), 1);
    scene.later(SECOND);
    assert_eq!(scene.rooms.count(), 0, "all have left");

    let mut scene = Scene::new();
    let mut anna = scene.maker();
    heard(&mut anna);
    scene.later(LIMITS.longest - SECOND);
    assert_eq!(heard(&mut anna), [""; 0]);
    scene.later(SECOND);
    assert_eq!((heard(&mut anna), scene.rooms.count()), (vec!["closed: expired".to_owned()], 0), "too old");
}

#[test]
fn a_closed_room_is_closed_for_all_and_stays_so() {
    let scene = Scene::new();
    let (mut anna, mut ben) = (scene.maker(), scene.guest());
    assert_eq!(scene.ask(&anna, Command::Close {}), Ok(()));
    assert_eq!(heard(&mut ben), ["closed: closed"]);
    assert_eq!(heard(&mut anna), ["closed: closed"]);
    assert!(scene.join(&GUEST).err() == Some(Reason::Closed));
}

#[test]
fn a_full_room_takes_nobody_else_and_there_are_only_so_many_rooms() {
    let scene = Scene::new();
    let people = [scene.maker(), scene.guest(), scene.guest()];
    assert!(scene.join(&GUEST).err() == Some(Reason::Full));
    scene.ask(&people[0], Command::Lock { on: true }).unwrap();
    let _knocking = [scene.guest(), scene.guest(), scene.guest()];
    assert!(scene.join(&GUEST).err() == Some(Reason::Full), "nor can any number of people knock");
    assert_eq!(scene.ask(&people[0], Command::Admit { participant: 4 }), Err(Refusal::NotAvailable));
    assert!(scene.rooms.make(scene.now).is_some() && scene.rooms.make(scene.now).is_none());
}

#[test]
fn whoever_does_not_keep_up_is_let_go_and_nobody_waits_for_them() {
    let scene = Scene::new();
    let (mut anna, mut slow) = (scene.maker(), scene.guest());
    let picture = "x".repeat(LIMITS.frame - 1);
    for _ in 0..6 {
        scene.say(&anna, To::Everybody, &picture);
        heard(&mut anna);
    }
    assert_eq!(heard(&mut slow), ["closed: too_slow"]);
    assert!(scene.room.own_weight.now() <= LIMITS.waiting() + 100, "what waited for them is bounded");
    drop(slow);
    assert_eq!(scene.room.own_weight.now(), 0, "and gone with them");
}

#[test]
fn frames_too_large_too_many_or_to_nobody_known_are_refused() {
    let scene = Scene::new();
    let mut anna = scene.maker();
    heard(&mut anna);
    scene.say(&anna, To::Everybody, &"x".repeat(LIMITS.frame));
    anna.relay(&[9, 9], scene.now);
    anna.relay(&[], scene.now);
    scene.say(&anna, To::One(77), "who?");
    assert_eq!(heard(&mut anna), ["refused too_long", "refused bad_command", "refused bad_command", "taken"]);
}

#[test]
fn pictures_that_fill_the_queues_do_not_silence_letters() {
    let mut limits = LIMITS;
    (limits.frame, limits.people, limits.in_flight) = (100_000, 5, 10_000_000);
    let scene = Scene::with(limits);
    let mut anna = scene.maker();
    let _slow = [scene.guest(), scene.guest(), scene.guest(), scene.guest()];
    heard(&mut anna);
    let picture = "x".repeat(limits.frame - 5);
    for turn in 0..12 {
        scene.say(&anna, To::One(2 + turn % 4), &picture);
    }
    let answers = heard(&mut anna);
    assert!(answers.contains(&"refused too_fast".to_owned()), "a room has a bound: {answers:?}");
    scene.say(&anna, To::Everybody, "a");
    assert_eq!(heard(&mut anna).last().unwrap(), "taken");
}

#[test]
fn whoever_joins_again_and_again_takes_no_more_room_than_the_room_has() {
    let scene = Scene::new();
    let mut anna = scene.maker();
    let mut ben = scene.guest();
    let ticket = ticket_of(&mut ben);
    drop(ben);
    let crowd = [scene.guest(), scene.guest()];
    let back = Join { ticket: Some(&ticket), ..GUEST };
    assert!(scene.join(&back).err() == Some(Reason::Full), "a seat that was kept is no seat too many");
    drop(crowd);
    for _ in 0..100 {
        drop(scene.guest());
        heard(&mut anna);
    }
    assert!(scene.room.seats() <= 2 * LIMITS.people);
}

/// The two ends of a private line: opener and accepter.
fn line(scene: &Scene) -> (Arc<Room>, [Participant; 2]) {
    let (code, room, tickets) = scene.rooms.pair(scene.now).unwrap();
    assert!(room.is_pair(), "its code opens no page");
    let ends = tickets.map(|ticket| {
        let join = Join { ticket: Some(ticket.reveal()), ..GUEST };
        scene.rooms.find(&code).unwrap().join(&join, scene.now).ok().unwrap()
    });
    (room, ends)
}

#[test]
fn a_private_line_has_two_ends_and_nobody_else_gets_in() {
    let scene = Scene::new();
    let (room, [mut opener, mut accepter]) = line(&scene);
    for stranger in [GUEST, Join { maker: true, make: true, ticket: Some("made up") }] {
        assert!(room.join(&stranger, scene.now).err() == Some(Reason::Incomplete));
    }
    scene.say(&opener, To::Everybody, "sealed");
    assert_eq!(heard(&mut accepter), ["hello 2 of 1 2", "1: sealed"]);
    assert_eq!(heard(&mut opener), ["hello 1 of 1", "came 2", "taken"]);
}

#[test]
fn a_private_line_ends_when_either_end_wishes_or_stays_away_or_nothing_is_said() {
    let scene = Scene::new();
    let (room, [opener, mut accepter]) = line(&scene);
    assert_eq!(scene.ask(&opener, Command::Leave {}), Ok(()));
    assert_eq!(
        (heard(&mut accepter).pop().unwrap(), room.ended_by()),
        ("closed: closed".into(), Some(Some(1)))
    );

    let mut scene = Scene::new();
    let (room, [opener, mut accepter]) = line(&scene);
    drop(opener);
    scene.later(SECOND);
    assert_eq!(room.ended_by(), None, "it may come back");
    scene.later(AWAY + SECOND);
    assert_eq!(heard(&mut accepter).pop().unwrap(), "closed: lost");

    let mut scene = Scene::new();
    let (room, [opener, mut accepter]) = line(&scene);
    scene.later(LIMITS.silent - SECOND);
    scene.say(&opener, To::Everybody, "still here");
    scene.later(LIMITS.silent - SECOND);
    assert_eq!(room.ended_by(), None);
    scene.later(SECOND);
    assert_eq!((heard(&mut accepter).pop().unwrap(), room.ended_by()), ("closed: silent".into(), Some(None)));
}
