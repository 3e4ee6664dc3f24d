//! Every state × actor × act, as one table, and the fine points beside it.

use super::*;
use crate::{ConversationId, Currency, EntryKind, Refusal};
use uuid::Uuid;

const NOW: Millis = Millis(1_795_000_000_000);

fn at(minutes: i64) -> Millis {
    Millis(NOW.0 + minutes * Millis::MINUTE)
}

fn hotel(n: u128) -> HotelId {
    HotelId(Uuid::from_u128(n))
}

fn euro(minor: i64) -> Amount {
    Amount::new(minor, "EUR".parse().unwrap()).unwrap()
}

fn wanted() -> Wanted {
    let today = crate::Day::of(NOW);
    Wanted {
        kind: RequestKind::Stay,
        from: crate::Day(today.0 + 3),
        until: Some(crate::Day(today.0 + 5)),
        time: None,
        adults: 2,
        children: 0,
        rooms: None,
        words: "A quiet room".into(),
        budget: None,
        currency: "EUR".parse().unwrap(),
        other_currencies: false,
        open: false,
    }
}

fn offer(version: i64, of: i64) -> Bid {
    Bid {
        version,
        of,
        total: euro(40_000 + version),
        included: "Breakfast".into(),
        valid_until: at(60),
        confirms_itself: false,
        at: NOW,
    }
}

/// Three hotels are asked; the first one's leg is the one the table speaks of. The second has bid, too.
fn request(state: RequestState, first: LegState, second: LegState) -> Request {
    let leg = |n: u128, state: LegState| Leg {
        id: LegId(Uuid::from_u128(100 + n)),
        hotel: hotel(n),
        conversation: ConversationId(Uuid::from_u128(200 + n)),
        state,
        bid: (state != LegState::Asked).then(|| offer(1, 1)),
        reason: String::new(),
        confirm_by: (state == LegState::Accepted).then(|| at(15)),
        ring_at: (state == LegState::Accepted).then(|| at(7)),
    };
    Request {
        id: RequestId(Uuid::from_u128(1)),
        guest: GuestId(Uuid::from_u128(9)),
        version: 1,
        wanted: wanted(),
        answer_by: at(120),
        state,
        legs: vec![leg(1, first), leg(2, second), leg(3, LegState::Asked)],
        opened_at: NOW,
    }
}

/// How a request may stand, and at which moment it is acted on.
fn states() -> Vec<(&'static str, Request, Millis)> {
    use LegState as L;
    use RequestState as R;
    let open = |first| request(R::Open, first, L::Bid);
    let with = |mut request: Request, change: fn(&mut Request)| {
        change(&mut request);
        request
    };
    vec![
        ("asked", open(L::Asked), NOW),
        ("late", open(L::Asked), at(121)),
        ("bid", open(L::Bid), NOW),
        ("revised", with(open(L::Bid), |r| r.legs[0].bid = Some(offer(2, 1))), NOW),
        ("outdated", with(open(L::Bid), |r| r.version = 2), NOW),
        ("invalid", open(L::Bid), at(61)),
        ("taken back", open(L::TakenBack), NOW),
        ("declined", open(L::Declined), NOW),
        ("accepted", request(R::Accepted, L::Accepted, L::Bid), NOW),
        ("too late", request(R::Accepted, L::Accepted, L::Bid), at(15)),
        ("lapsed", open(L::Lapsed), NOW),
        ("other's", request(R::Accepted, L::Bid, L::Accepted), NOW),
        ("confirmed", request(R::Confirmed, L::Confirmed, L::Elsewhere), NOW),
        ("elsewhere", request(R::Confirmed, L::Elsewhere, L::Confirmed), NOW),
        ("withdrawn", request(R::Withdrawn, L::Ended, L::Ended), NOW),
        ("expired", request(R::Expired, L::Ended, L::Ended), NOW),
        ("over time", open(L::Bid), at(121)),
    ]
}

fn bid(total: Amount, valid_until: Millis) -> Act {
    let included = "Breakfast".into();
    Act::Bid { of: 1, total, included, valid_until, confirms_itself: false, latest: at(600) }
}

/// By whom each may come, and as who the table asks.
fn acts() -> Vec<(Side, Act)> {
    let own = Side::Hotel(hotel(1));
    let (confirm_by, ring_at) = (at(135), at(127));
    vec![
        (
            Side::Guest,
            Act::Change { version: 1, wanted: Wanted { adults: 3, ..wanted() }, answer_by: at(180) },
        ),
        (Side::Guest, Act::Withdraw),
        (Side::Guest, Act::Counter { to: Some(hotel(1)), amount: Some(euro(38_000)), words: String::new() }),
        (Side::Guest, Act::Accept { hotel: hotel(1), version: 1, confirm_by, ring_at }),
        (own, bid(euro(39_000), at(500))),
        (own, Act::TakeBack { version: 1 }),
        (own, Act::Decline { reason: "Full".into() }),
        (own, Act::Confirm { version: 1 }),
        (Side::Clock, Act::Due),
    ]
}

fn called(act: &Act) -> &'static str {
    match act {
        Act::Change { .. } => "change",
        Act::Withdraw => "withdraw",
        Act::Counter { .. } => "counter",
        Act::Accept { .. } => "accept",
        Act::Bid { .. } => "bid",
        Act::TakeBack { .. } => "take_back",
        Act::Decline { .. } => "decline",
        Act::Confirm { .. } => "confirm",
        Act::Due => "due",
    }
}

/// How the first hotel's leg stands after it; `·` where nothing was new; else why not.
fn outcome(decision: Result<Decided, Refusal>) -> String {
    match decision {
        Ok(decided) if decided.steps.is_empty() => "·".into(),
        Ok(decided) => decided.request.legs[0].state.as_str().into(),
        Err(refusal) => format!("!{}", refusal.code()),
    }
}

#[test]
fn every_act_in_every_state_comes_to_what_the_table_says() {
    let table = "
                change    withdraw  counter     accept    bid       take_back   decline   confirm    due
    asked       asked     ended     asked       !changed  bid       !changed    declined  !expired   ·
    late        asked     ended     asked       !changed  !expired  !changed    declined  !expired   ended
    bid         asked     ended     bid         accepted  bid       taken_back  declined  !expired   ·
    revised     asked     ended     bid         !changed  bid       !changed    declined  !expired   ·
    outdated    !changed  ended     bid         !changed  !changed  taken_back  declined  !expired   ·
    invalid     asked     ended     bid         !expired  bid       taken_back  declined  !expired   ·
    taken_back  asked     ended     taken_back  !changed  bid       ·           declined  !expired   ·
    declined    asked     ended     declined    !changed  bid       !changed    ·         !expired   ·
    accepted    !taken    ended     !taken      ·         !taken    taken_back  !taken    confirmed  ·
    too_late    !taken    ended     !taken      ·         !taken    taken_back  !taken    !expired   lapsed
    lapsed      asked     ended     lapsed      accepted  bid       taken_back  declined  !expired   ·
    other's     !taken    ended     !taken      !taken    bid       taken_back  declined  !expired   ·
    confirmed   !over     !over     !over       ·         !over     !over       !over     ·          ·
    elsewhere   !over     !over     !over       !over     !over     !over       !over     !over      ·
    withdrawn   !over     ·         !over       !over     !over     !over       !over     !over      ·
    expired     !over     !over     !over       !over     !over     !over       !over     !over      ·
    over_time   asked     ended     bid         !expired  !expired  taken_back  declined  !expired   ended";
    let mut rows = table.lines().filter(|line| !line.trim().is_empty());
    let names: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
    assert_eq!(names, acts().iter().map(|(_, act)| called(act)).collect::<Vec<_>>());
    for ((name, request, now), row) in states().into_iter().zip(rows) {
        let mut row = row.split_whitespace();
        assert_eq!(row.next(), Some(name.replace(' ', "_").as_str()));
        for ((side, act), expected) in acts().into_iter().zip(row) {
            let came = outcome(decide(&request, side, &act, now)).replace("already_accepted", "taken");
            assert_eq!(came, expected, "{} in {name}", called(&act));
        }
    }
}

#[test]
fn nobody_acts_for_another_side_and_no_hotel_in_a_request_it_was_not_asked_in() {
    for (name, request, now) in states() {
        for (side, act) in acts() {
            for other in [Side::Guest, Side::Hotel(hotel(1)), Side::Clock] {
                if std::mem::discriminant(&other) != std::mem::discriminant(&side) {
                    let came = decide(&request, other, &act, now);
                    assert_eq!(came, Err(Refusal::NotAllowed), "{} by {other:?} in {name}", called(&act));
                }
            }
            if matches!(side, Side::Hotel(_)) {
                let came = decide(&request, Side::Hotel(hotel(77)), &act, now);
                assert_eq!(came, Err(Refusal::NotFound), "{} in {name}", called(&act));
            }
        }
    }
}

#[test]
fn what_is_told_to_one_hotel_names_no_other_and_no_bid_of_another() {
    for (name, request, now) in states() {
        for (side, act) in acts() {
            let Ok(decided) = decide(&request, side, &act, now) else { continue };
            for step in &decided.steps {
                let own = request.leg(step.hotel).unwrap();
                assert_eq!(step.terms.request, own.id, "{} in {name}", called(&act));
                assert_eq!(step.badge.request, own.id);
                if step.hotel != hotel(1) {
                    assert_eq!(step.terms.amount, None, "{} in {name}", called(&act));
                }
            }
        }
    }
}

#[test]
fn never_are_two_bids_accepted_whatever_is_done_in_whatever_order() {
    // A walk through what can be done, by a fixed seed: enough to meet every pair of states.
    let mut seed: u64 = 7;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let mut met = std::collections::HashSet::new();
    for _ in 0..300 {
        let mut request = request(RequestState::Open, LegState::Asked, LegState::Asked);
        request.answer_by = at(30);
        let mut minute = 0;
        for _ in 0..60 {
            minute += if random(10) == 0 { 20 } else { random(4) as i64 };
            let (now, i) = (at(minute), random(3));
            let (id, version) =
                (request.legs[i].hotel, request.legs[i].bid.as_ref().map_or(1, |b| b.version));
            let (side, act) = match random(7) {
                0 => (
                    Side::Guest,
                    Act::Accept { hotel: id, version, confirm_by: at(minute + 5), ring_at: now },
                ),
                1 => (Side::Hotel(id), Act::Confirm { version }),
                2 if random(4) == 0 => (Side::Hotel(id), Act::TakeBack { version }),
                3 => (Side::Clock, Act::Due),
                4 if random(40) == 0 => (Side::Guest, Act::Withdraw),
                _ => (Side::Hotel(id), bid(euro(30_000 + random(9_000) as i64), at(minute + 10))),
            };
            if let Ok(decided) = decide(&request, side, &act, now) {
                request = decided.request;
            }
            let taken = |leg: &&Leg| matches!(leg.state, LegState::Accepted | LegState::Confirmed);
            let taken = request.legs.iter().filter(taken).count();
            let agreed = matches!(request.state, RequestState::Accepted | RequestState::Confirmed);
            assert_eq!(taken, usize::from(agreed), "{request:?}");
            met.insert(request.state);
        }
    }
    assert_eq!(met.len(), RequestState::ALL.len(), "{met:?}");
}

#[test]
fn a_bid_that_confirms_itself_is_agreed_at_once_and_the_others_hear_that_it_went_elsewhere() {
    let mut request = request(RequestState::Open, LegState::Bid, LegState::Bid);
    request.legs[0].bid.as_mut().unwrap().confirms_itself = true;
    let (confirm_by, ring_at) = (at(15), at(7));
    let act = Act::Accept { hotel: hotel(1), version: 1, confirm_by, ring_at };
    let decided = decide(&request, Side::Guest, &act, NOW).unwrap();
    assert_eq!(decided.request.state, RequestState::Confirmed);
    let told: Vec<_> = decided.steps.iter().map(|step| (step.hotel, step.kind, step.told)).collect();
    assert_eq!(
        told,
        [
            (hotel(1), EntryKind::Accepted, false),
            (hotel(1), EntryKind::Confirmed, true),
            (hotel(2), EntryKind::Elsewhere, true),
            (hotel(3), EntryKind::Elsewhere, true)
        ]
    );
    assert_eq!(decided.request.due(), None);
}

#[test]
fn a_counter_to_all_reaches_all_that_are_still_in_it() {
    let request = request(RequestState::Open, LegState::Bid, LegState::Declined);
    let act = Act::Counter { to: None, amount: Some(euro(38_000)), words: "Two nights?".into() };
    let decided = decide(&request, Side::Guest, &act, NOW).unwrap();
    let told: Vec<_> = decided.steps.iter().map(|step| step.hotel).collect();
    assert_eq!(told, [hotel(1), hotel(3)]);
    assert!(decided.steps.iter().all(|step| step.body == "EUR 380.00\nTwo nights?"));
}

#[test]
fn a_bid_is_in_the_requests_currency_unless_the_guest_allows_others_and_is_valid_within_its_limits() {
    let mut request = request(RequestState::Open, LegState::Asked, LegState::Bid);
    let franc = Amount::new(39_000, "CHF".parse().unwrap()).unwrap();
    let code = |request: &Request, act| {
        decide(request, Side::Hotel(hotel(1)), &act, NOW).map_or_else(|no| no.code(), |_| "ok")
    };
    assert_eq!(code(&request, bid(franc, at(60))), "invalid");
    assert_eq!(code(&request, bid(euro(1), NOW)), "invalid", "over already");
    assert_eq!(code(&request, bid(euro(1), at(601))), "invalid", "after the first day");
    assert_eq!(code(&request, bid(euro(1), at(600))), "ok");
    request.wanted.other_currencies = true;
    assert_eq!(code(&request, bid(franc, at(60))), "ok");
    request.legs[0].bid = Some(Bid { total: Amount { minor: 1, ..franc }, ..offer(1, 1) });
    request.legs[0].state = LegState::Bid;
    assert_eq!(request.best(NOW), Some(euro(40_001)), "another currency is not compared");
    assert_eq!(request.best(at(60)), None, "nothing is valid any more");
}

#[test]
fn what_lapses_can_be_accepted_again_while_it_is_valid() {
    let accepted = request(RequestState::Accepted, LegState::Accepted, LegState::Bid);
    assert_eq!(accepted.due(), Some(at(15)));
    let lapsed = decide(&accepted, Side::Clock, &Act::Due, at(15)).unwrap();
    assert_eq!(lapsed.steps[0].kind, EntryKind::Lapsed);
    assert_eq!((lapsed.request.state, lapsed.request.due()), (RequestState::Open, Some(at(120))));
    let act = Act::Accept { hotel: hotel(1), version: 1, confirm_by: at(40), ring_at: at(20) };
    assert!(decide(&lapsed.request, Side::Guest, &act, at(16)).is_ok());
    // The last one that was valid: it lapses, and the request with it.
    let ended = decide(&accepted, Side::Clock, &Act::Due, at(121)).unwrap();
    assert_eq!(ended.request.state, RequestState::Expired);
    assert_eq!(
        ended.steps.iter().map(|step| step.kind).collect::<Vec<_>>()[..2],
        [EntryKind::Lapsed, EntryKind::RequestExpired]
    );
}

#[test]
fn it_ends_for_each_hotel_in_its_own_time_whatever_others_have_bid() {
    let mut request = request(RequestState::Open, LegState::Bid, LegState::Bid);
    request.legs[0].bid.as_mut().unwrap().valid_until = at(600);
    assert_eq!(request.due(), Some(at(120)));
    let decided = decide(&request, Side::Clock, &Act::Due, at(120)).unwrap();
    let told: Vec<_> = decided.steps.iter().map(|step| (step.hotel, step.kind)).collect();
    assert_eq!(told, [(hotel(2), EntryKind::RequestExpired), (hotel(3), EntryKind::RequestExpired)]);
    assert_eq!((decided.request.state, decided.request.due()), (RequestState::Open, Some(at(600))));
    // A hotel without a valid bid hears the same, whether or not another has one.
    for request in [&request, &decided.request] {
        let refused = decide(request, Side::Hotel(hotel(3)), &bid(euro(1), at(500)), at(121));
        assert_eq!(refused, Err(Refusal::Expired));
    }
    let ended = decide(&decided.request, Side::Clock, &Act::Due, at(600)).unwrap();
    assert_eq!(ended.request.state, RequestState::Expired);
    assert_eq!(ended.steps.len(), 1);
}

#[test]
fn that_a_bid_was_accepted_shows_in_no_best_amount() {
    let mut request = request(RequestState::Open, LegState::Bid, LegState::Bid);
    request.legs[1].bid.as_mut().unwrap().total = euro(50_000);
    let before = request.best(NOW);
    let (confirm_by, ring_at) = (at(15), at(7));
    let accept = Act::Accept { hotel: hotel(1), version: 1, confirm_by, ring_at };
    let accepted = decide(&request, Side::Guest, &accept, NOW).unwrap().request;
    assert_eq!((before, accepted.best(NOW)), (Some(euro(40_001)), Some(euro(40_001))));
}

#[test]
fn a_row_shows_what_waits_to_be_confirmed_before_what_is_over() {
    let badge = |n: u128, state| Badge { request: LegId(Uuid::from_u128(n)), state, until: None };
    let (accepted, over, asked) =
        (badge(1, LegState::Accepted), badge(2, LegState::Ended), badge(3, LegState::Asked));
    assert_eq!(Badge::of_both(Some(accepted), over), accepted);
    assert_eq!(Badge::of_both(Some(accepted), asked), accepted);
    assert_eq!(Badge::of_both(Some(over), asked), asked);
    assert_eq!(Badge::of_both(Some(asked), over), asked);
    assert_eq!(Badge::of_both(Some(accepted), badge(1, LegState::Confirmed)).state, LegState::Confirmed);
    assert_eq!(Badge::of_both(None, over), over);
}

#[test]
fn what_is_wanted_has_to_make_sense() {
    let field = |wanted: Wanted| match wanted.check(NOW) {
        Ok(()) => String::new(),
        Err(Refusal::Invalid { field, .. }) => field,
        Err(refusal) => refusal.code().into(),
    };
    let today = crate::Day::of(NOW);
    let table = |time| Wanted { kind: RequestKind::Table, until: None, time, ..wanted() };
    assert_eq!(field(wanted()), "");
    assert_eq!(field(table(Some(19 * 60 + 30))), "");
    assert_eq!(field(table(None)), "time");
    assert_eq!(field(table(Some(24 * 60))), "time");
    assert_eq!(field(Wanted { from: crate::Day(today.0 - 2), ..wanted() }), "arrival");
    assert_eq!(field(Wanted { from: crate::Day(today.0 + 9_999), ..wanted() }), "arrival");
    assert_eq!(field(Wanted { until: None, ..wanted() }), "departure");
    assert_eq!(field(Wanted { until: Some(wanted().from), ..wanted() }), "departure");
    assert_eq!(field(Wanted { adults: 0, ..wanted() }), "adults");
    assert_eq!(field(Wanted { kind: RequestKind::Group, ..wanted() }), "rooms");
    let yen: Currency = "JPY".parse().unwrap();
    assert_eq!(field(Wanted { currency: yen, budget: Some(euro(5)), ..wanted() }), "budget");
    assert_eq!(field(Wanted { words: "x".repeat(1_001), ..wanted() }), "too_long");
    assert_eq!(
        Wanted { children: 1, budget: Some(euro(40_000)), ..wanted() }.in_words(),
        "A stay · 21 Nov 2026 – 23 Nov 2026 · 2 adults, 1 child · up to EUR 400.00\nA quiet room"
    );
    assert_eq!(
        Wanted { time: Some(19 * 60 + 5), ..table(None) }.tidy().in_short(),
        "A table · 21 Nov 2026, 19:05 · 2 adults"
    );
}
