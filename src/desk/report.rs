//! What a hotel's figures come to. What each of them means stands in `domain::DEFINITIONS`.
//!
//! In: facts from the store, opening hours, a period. Out: figures. Never: a figure without a definition.

use super::{
    Answer, Calendar, Desk,
    zone::{local, start_of, tz},
};
use crate::store::{Facts, RequestFact, Stretch};
use chrono::Offset as _;
use chrono_tz::Tz;
use domain::wire::staff::Today;
use domain::{
    AgentRow, Day, EntryKind, Figures, Hotel, HotelId, HotelRow, LegState, Millis, Person, Refusal, Spread,
    Staff, StaffId, Times,
};
use std::collections::{BTreeMap, HashMap};

/// Days a report may go over.
pub const LONGEST: i64 = 3 * 366;

/// The times of one kind of waiting, in both counts.
#[derive(Clone, Debug, Default)]
struct Waits {
    open: Vec<i64>,
    all: Vec<i64>,
}

impl Waits {
    /// A time spent waiting: its open hours, and all of it.
    fn add(&mut self, (open, all): (i64, i64)) {
        self.open.push(open);
        self.all.push(all);
    }

    fn take(&mut self, other: Waits) {
        self.open.extend(other.open);
        self.all.extend(other.all);
    }
}

/// All of one hotel's, or of one agent's.
#[derive(Clone, Debug, Default)]
struct Part {
    first: Waits,
    each: Waits,
    resolution: Waits,
    resolved: usize,
    taken_over: i64,
    refused: i64,
}

/// Adds up facts, hotel by hotel.
#[derive(Debug, Default)]
struct Sum {
    figures: Figures,
    whole: Part,
    agents: HashMap<StaffId, Part>,
    languages: BTreeMap<String, i64>,
    first_bids: Waits,
}

impl Sum {
    /// With an agent, only what is theirs; what is nobody's (opened, load, languages, ratings) stays the
    /// hotel's.
    fn add(&mut self, hotel: &Hotel, facts: Facts, calendar: &Calendar, agent: Option<StaffId>, now: Millis) {
        let theirs = |staff: Option<StaffId>| agent.is_none() || agent == staff;
        let time = |from: Millis, until: Millis| (calendar.open_between(from, until), until.0 - from.0);
        let mut part = Part::default();
        for answer in facts.answers.iter().filter(|a| theirs(Some(a.staff))) {
            let of = self.agents.entry(answer.staff).or_default();
            let waited = time(answer.asked_at, answer.answered_at);
            part.each.add(waited);
            of.each.add(waited);
            if answer.first {
                part.first.add(waited);
                of.first.add(waited);
            }
        }
        for done in facts.resolutions.iter().filter(|r| theirs(r.staff)) {
            part.resolution.add(time(done.opened_at, done.resolved_at));
            if let Some(staff) = done.staff {
                self.agents.entry(staff).or_default().resolved += 1;
            }
        }
        let figures = &mut self.figures;
        for (kind, staff, count) in facts.hands.iter().filter(|(_, staff, _)| theirs(*staff)) {
            match staff {
                None if kind == EntryKind::Released.as_str() => figures.left += count,
                None if kind == EntryKind::Lapsed.as_str() => figures.requests.lapsed += count,
                Some(staff) if kind == EntryKind::TakenOver.as_str() => {
                    figures.taken_over += count;
                    self.agents.entry(*staff).or_default().taken_over += count;
                }
                _ => {}
            }
        }
        for (staff, what, _, count) in facts.refused.iter().filter(|(staff, ..)| theirs(Some(*staff))) {
            figures.refused += count;
            figures.refused_answers += if what == "say" { *count } else { 0 };
            self.agents.entry(*staff).or_default().refused += count;
        }
        self.add_requests(&facts.requests, time);
        let figures = &mut self.figures;
        let mut opened = 0;
        for (language, rating, count) in facts.opened {
            opened += count;
            // `de-CH` and `de` are one language to whoever plans a shift.
            let language = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
            *self.languages.entry(language).or_default() += count;
            if let Some(stars) = rating.and_then(|n| figures.ratings.get_mut(n as usize - 1)) {
                *stars += count;
            }
        }
        figures.opened += opened;
        figures.waiting_now += facts.waiting_now;
        figures.held_now += facts.held_now;
        let wait = facts.longest_wait.map(|since| (now.0 - since.0).max(0));
        figures.longest_wait = figures.longest_wait.max(wait);
        figures.load.resize(facts.load.len().max(figures.load.len()), (0, 0));
        for (all, this) in figures.load.iter_mut().zip(facts.load) {
            *all = (all.0 + this.0, all.1 + this.1);
        }
        figures.hotels.push(HotelRow {
            name: hotel.name.clone(),
            accent: hotel.accent.clone(),
            opened,
            first_response: Spread::of(part.first.open.clone()),
            response: Spread::of(part.each.open.clone()),
            resolution: Spread::of(part.resolution.open.clone()),
            waiting_now: facts.waiting_now,
            held_now: facts.held_now,
        });
        self.whole.first.take(part.first);
        self.whole.each.take(part.each);
        self.whole.resolution.take(part.resolution);
    }

    /// Requests are the hotel's, whoever has bid.
    fn add_requests(&mut self, requests: &[RequestFact], time: impl Fn(Millis, Millis) -> (i64, i64)) {
        let figures = &mut self.figures.requests;
        for request in requests {
            figures.asked += 1;
            if let Some(at) = request.first_bid_at {
                figures.bid += 1;
                self.first_bids.add(time(request.asked_at, at));
            }
            match (request.state, request.total) {
                (LegState::Confirmed, Some(total)) => {
                    figures.won += 1;
                    let (times, sum) = figures.agreed.entry(total.currency).or_default();
                    (*times, *sum) = (*times + 1, sum.saturating_add(total.minor));
                }
                (LegState::Elsewhere | LegState::Ended, Some(_)) => figures.lost += 1,
                _ => {}
            }
        }
    }

    fn figures(self, names: &HashMap<StaffId, String>) -> Figures {
        let Sum { mut figures, whole, agents, languages, first_bids } = self;
        figures.requests.first_bid = (Spread::of(first_bids.open), Spread::of(first_bids.all));
        let Part { first, each, resolution, .. } = whole;
        let times = |first, each, resolution| Times {
            first_response: Spread::of(first),
            response: Spread::of(each),
            resolution: Spread::of(resolution),
        };
        figures.open = times(first.open, each.open, resolution.open);
        figures.all = times(first.all, each.all, resolution.all);
        figures.languages = languages.into_iter().collect();
        figures.languages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        figures.agents = agents
            .into_iter()
            .map(|(id, part)| AgentRow {
                person: Person { id, name: names.get(&id).cloned().unwrap_or_default() },
                first_response: Spread::of(part.first.open),
                response: Spread::of(part.each.open),
                resolved: part.resolved,
                taken_over: part.taken_over,
                refused: part.refused,
            })
            .collect();
        figures.agents.sort_by(|a, b| a.person.name.cmp(&b.person.name).then(a.person.id.cmp(&b.person.id)));
        figures
    }
}

impl Desk {
    /// The figures of hotels from one day to another, both included, each hotel's days in its own zone.
    pub async fn report(
        &self,
        staff: &Staff,
        hotels: &[Hotel],
        agent: Option<StaffId>,
        from: Day,
        until: Day,
    ) -> Answer<Figures> {
        let now = self.clock.now();
        let mut sum = Sum::default();
        for hotel in hotels {
            let zone = tz(&hotel.time_zone);
            let stretches = stretches(from, until, zone);
            let facts = self.store.facts(staff.id, hotel.id, &stretches).await?.ok_or(Refusal::NotFound)?;
            let hours = self.store.hours(hotel.id).await?;
            // A conversation that was resolved in the period may have been opened long before it, and a
            // question of its last day answered long after.
            let begin = facts.resolutions.iter().map(|r| r.opened_at).fold(start_of(from, zone), Millis::min);
            let bid = facts.requests.iter().filter_map(|r| r.first_bid_at);
            let end = facts
                .answers
                .iter()
                .map(|a| a.answered_at)
                .chain(bid)
                .fold(start_of(Day(until.0 + 1), zone), Millis::max);
            let calendar = Calendar::new(hours.as_ref(), &hotel.time_zone, begin, end);
            sum.add(hotel, facts, &calendar, agent, now);
        }
        let names = self.store.names().await?.into_iter().map(|p| (p.id, p.name)).collect();
        Ok(sum.figures(&names))
    }

    /// How today goes in a hotel, for those who lead it.
    pub async fn today_so_far(&self, staff: &Staff, hotel: HotelId) -> Answer<Today> {
        let hotel = self
            .reviewed_hotels(staff)
            .await?
            .into_iter()
            .find(|h| h.id == hotel)
            .ok_or(Refusal::NotFound)?;
        let day = self.today(&hotel);
        // Asked before they are counted: what comes in between is counted, or said to be missing.
        let behind = self.store.unread() != Some(0);
        let figures = self.report(staff, std::slice::from_ref(&hotel), None, day, day).await?;
        Ok(Today {
            opened: figures.opened,
            answers: figures.all.response.count as i64,
            resolved: figures.all.resolution.count as i64,
            taken_over: figures.taken_over,
            refused: figures.refused,
            first_response: figures.open.first_response.median,
            response: figures.open.response.median,
            rated: figures.ratings.iter().sum(),
            stars: figures.ratings.iter().zip(1..).map(|(count, stars)| count * stars).sum(),
            closed: self.closed(&hotel).await?.0,
            behind,
        })
    }
}

/// The days from one to another in a zone, cut where its clocks change.
fn stretches(from: Day, until: Day, zone: Tz) -> Vec<Stretch> {
    let offset = |at: i64| i64::from(local(Millis(at), zone).offset().fix().local_minus_utc());
    let end = start_of(Day(until.0 + 1), zone).0;
    let mut begin = start_of(from, zone).0;
    let mut stretches = Vec::new();
    let mut at = begin;
    while at < end {
        let next = (at + Millis::DAY).min(end);
        if offset(next - 1) != offset(begin) {
            // In this day: to the quarter at which it happens.
            let mut change = at;
            while offset(change) == offset(begin) {
                change = (change.div_euclid(Millis::QUARTER) + 1) * Millis::QUARTER;
            }
            stretches.push(Stretch { from: Millis(begin), until: Millis(change), offset: offset(begin) });
            begin = change;
        }
        at = next;
    }
    if begin < end {
        stretches.push(Stretch { from: Millis(begin), until: Millis(end), offset: offset(begin) });
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Answered, Resolution};
    use domain::{Amount, FileLimits, Hours, Span};

    fn at(text: &str) -> Millis {
        Millis(chrono::DateTime::parse_from_rfc3339(&format!("{text}+01:00")).unwrap().timestamp_millis())
    }

    fn hotel() -> Hotel {
        Hotel {
            id: HotelId::new(),
            slug: "alpha".into(),
            name: "Alpha".into(),
            place: String::new(),
            time_zone: "Europe/Zurich".into(),
            languages: Vec::new(),
            greeting: String::new(),
            accent: "#1f5f6b".into(),
            files: FileLimits::default(),
        }
    }

    /// | asked | first bid | all hours | open hours | state | newest bid |
    /// |---|---|---|---|---|---|
    /// | Fri 09:00 | 09:05 | 5 min | 5 min | confirmed | EUR 420.50 |
    /// | Fri 09:00 | 09:30 | 30 min | 30 min | confirmed | EUR 400.00 |
    /// | Fri 10:00 | 10:10 | 10 min | 10 min | confirmed | JPY 39000 |
    /// | Fri 19:58 | Sat 08:03 | 725 min | 5 min | elsewhere | EUR 300.00 |
    /// | Fri 20:00 | Sat 08:15 | 735 min | 15 min | ended | EUR 200.00 |
    /// | Sat 09:00 | 09:01 | 1 min | 1 min | bid | EUR 100.00 |
    /// | Sat 09:00 | – | | | elsewhere | |
    fn requests() -> Vec<RequestFact> {
        let request = |asked, bid: &str, state, total: Option<(i64, &str)>| RequestFact {
            asked_at: at(asked),
            first_bid_at: Some(bid).filter(|bid| !bid.is_empty()).map(at),
            state,
            total: total.map(|(minor, code)| Amount::new(minor, code.parse().unwrap()).unwrap()),
        };
        let euro = |minor| Some((minor, "EUR"));
        vec![
            request("2026-11-20T09:00:00", "2026-11-20T09:05:00", LegState::Confirmed, euro(42_050)),
            request("2026-11-20T09:00:00", "2026-11-20T09:30:00", LegState::Confirmed, euro(40_000)),
            request("2026-11-20T10:00:00", "2026-11-20T10:10:00", LegState::Confirmed, Some((39_000, "JPY"))),
            request("2026-11-20T19:58:00", "2026-11-21T08:03:00", LegState::Elsewhere, euro(30_000)),
            request("2026-11-20T20:00:00", "2026-11-21T08:15:00", LegState::Ended, euro(20_000)),
            request("2026-11-21T09:00:00", "2026-11-21T09:01:00", LegState::Bid, euro(10_000)),
            request("2026-11-21T09:00:00", "", LegState::Elsewhere, None),
        ]
    }

    /// A week counted by hand. The desk is open from 8 to 20, never on Sundays.
    ///
    /// | | asked | answered | by | all hours | open hours |
    /// |---|---|---|---|---|---|
    /// | first | Fri 09:00 | Fri 09:02 | Maria | 2 min | 2 min |
    /// | then | Fri 09:10 | Fri 09:20 | Maria | 10 min | 10 min |
    /// | first | Fri 19:55 | Sat 08:05 | Jonas | 730 min | 10 min |
    /// | first | Sun 11:00 | Mon 08:01 | Jonas | 1261 min | 1 min |
    #[test]
    fn a_week_comes_to_what_was_counted_by_hand() {
        let (maria, jonas) = (StaffId::new(), StaffId::new());
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| Span::parse("8-20").unwrap());
        week[6] = Vec::new();
        let hours = Hours { week, holidays: Vec::new() };
        let calendar = Calendar::new(
            Some(&hours),
            "Europe/Zurich",
            at("2026-11-01T00:00:00"),
            at("2026-12-01T00:00:00"),
        );
        let answer = |asked, answered, staff, first| Answered {
            asked_at: at(asked),
            answered_at: at(answered),
            staff,
            first,
        };
        let facts = Facts {
            answers: vec![
                answer("2026-11-20T09:00:00", "2026-11-20T09:02:00", maria, true),
                answer("2026-11-20T09:10:00", "2026-11-20T09:20:00", maria, false),
                answer("2026-11-20T19:55:00", "2026-11-21T08:05:00", jonas, true),
                answer("2026-11-22T11:00:00", "2026-11-23T08:01:00", jonas, true),
            ],
            resolutions: vec![Resolution {
                opened_at: at("2026-11-20T09:00:00"),
                resolved_at: at("2026-11-20T21:00:00"),
                staff: Some(maria),
            }],
            opened: vec![("de-CH".into(), Some(5), 2), ("de".into(), None, 1), ("fr".into(), Some(1), 1)],
            hands: vec![
                ("taken_over".into(), Some(jonas), 2),
                ("released".into(), None, 3),
                ("released".into(), Some(maria), 9),
                ("lapsed".into(), None, 2),
                ("claimed".into(), Some(maria), 9),
            ],
            refused: vec![
                (maria, "say".into(), "not_holder".into(), 4),
                (jonas, "claim".into(), "already_held".into(), 1),
            ],
            load: vec![(1, 2), (3, 4)],
            requests: requests(),
            waiting_now: 2,
            held_now: 1,
            longest_wait: Some(at("2026-11-23T08:00:00")),
        };
        let names = HashMap::from([(maria, "Maria".to_owned()), (jonas, "Jonas".to_owned())]);
        let minutes = |spread: Spread| {
            (spread.count, spread.median.map(|m| m / 60_000), spread.p90.map(|m| m / 60_000))
        };
        let now = at("2026-11-23T09:30:00");

        let mut sum = Sum::default();
        sum.add(&hotel(), facts.clone(), &calendar, None, now);
        let f = sum.figures(&names);
        assert_eq!(minutes(f.all.first_response), (3, Some(730), Some(1_261)));
        assert_eq!(minutes(f.open.first_response), (3, Some(2), Some(10)));
        assert_eq!(minutes(f.all.response), (4, Some(10), Some(1_261)));
        assert_eq!(minutes(f.open.response), (4, Some(2), Some(10)));
        assert_eq!(minutes(f.all.resolution), (1, Some(720), Some(720)));
        assert_eq!(
            minutes(f.open.resolution),
            (1, Some(660), Some(660)),
            "from 9 until the desk closes at 20"
        );
        assert_eq!((f.opened, f.taken_over, f.left, f.refused, f.refused_answers), (4, 2, 3, 5, 4));
        assert_eq!((f.waiting_now, f.held_now, f.longest_wait), (2, 1, Some(90 * 60_000)));
        assert_eq!(f.languages, [("de".to_owned(), 3), ("fr".to_owned(), 1)]);
        assert_eq!(f.ratings, [1, 0, 0, 0, 2]);
        assert_eq!(f.load, [(1, 2), (3, 4)]);
        let r = &f.requests;
        assert_eq!((r.asked, r.bid, r.won, r.lost, r.lapsed), (7, 6, 3, 2, 2));
        assert_eq!(minutes(r.first_bid.0), (6, Some(5), Some(30)));
        assert_eq!(minutes(r.first_bid.1), (6, Some(10), Some(735)));
        let agreed: Vec<_> = r.agreed.iter().map(|(currency, sums)| (currency.code(), *sums)).collect();
        assert_eq!(agreed, [("EUR", (2, 82_050)), ("JPY", (1, 39_000))]);
        let agents: Vec<_> = f
            .agents
            .iter()
            .map(|a| {
                (
                    a.person.name.as_str(),
                    a.response.count,
                    a.first_response.count,
                    a.resolved,
                    a.taken_over,
                    a.refused,
                )
            })
            .collect();
        assert_eq!(agents, [("Jonas", 2, 2, 0, 2, 1), ("Maria", 2, 1, 1, 0, 4)]);

        let mut sum = Sum::default();
        sum.add(&hotel(), facts, &calendar, Some(maria), now);
        let f = sum.figures(&names);
        assert_eq!(minutes(f.all.response), (2, Some(2), Some(10)));
        assert_eq!((f.taken_over, f.left, f.refused), (0, 0, 4));
        assert_eq!(f.agents.len(), 1);
    }

    #[test]
    fn a_year_is_cut_where_the_clocks_change() {
        let day = |text: &str| text.parse().unwrap();
        let year = stretches(day("2026-01-01"), day("2026-12-31"), tz("Europe/Zurich"));
        let cuts: Vec<_> = year.iter().map(|s| (s.from.iso(), s.offset)).collect();
        assert_eq!(
            cuts,
            [
                ("2025-12-31T23:00:00Z".to_owned(), 3_600),
                ("2026-03-29T01:00:00Z".to_owned(), 7_200),
                ("2026-10-25T01:00:00Z".to_owned(), 3_600)
            ]
        );
        assert!(year.windows(2).all(|pair| pair[0].until == pair[1].from));
        assert_eq!(year.last().unwrap().until.iso(), "2026-12-31T23:00:00Z");
        assert_eq!(stretches(day("2026-06-01"), day("2026-06-01"), tz("Asia/Kathmandu"))[0].offset, 20_700);
    }
}
