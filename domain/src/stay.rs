//! A stay: which room, from when until when, under which reservation.
//!
//! In: what a hotel's own system, an agent or a token of the hotel's site says of a stay, as [`StayChange`]s.
//! Out: the [`Stay`] they add up to, and its [`Phase`] on a day of the hotel's calendar. Never: a guess whose
//! stay it is.

use super::{Day, StayId};
use serde::{Deserialize, Deserializer, Serialize};

/// What the hotel knows of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    pub id: StayId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// Whom the reservation names; the guest who writes may be called otherwise.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub phone: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub email: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub language: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub room: Option<String>,
    /// The room before the last move.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arrival: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub departure: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub party: Option<i64>,
    pub booking: Booking,
}

/// How far the hotel's own system says the visit has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booking {
    #[default]
    Booked,
    CheckedIn,
    CheckedOut,
    Cancelled,
}

impl Booking {
    pub const ALL: [Booking; 4] =
        [Booking::Booked, Booking::CheckedIn, Booking::CheckedOut, Booking::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Booking::Booked => "booked",
            Booking::CheckedIn => "checked_in",
            Booking::CheckedOut => "checked_out",
            Booking::Cancelled => "cancelled",
        }
    }
}

/// Where a visit stands on a day of the hotel's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Arriving,
    InHouse,
    Departing,
    Departed,
}

impl Phase {
    pub const ALL: [Phase; 4] = [Phase::Arriving, Phase::InHouse, Phase::Departing, Phase::Departed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Arriving => "arriving",
            Phase::InHouse => "in_house",
            Phase::Departing => "departing",
            Phase::Departed => "departed",
        }
    }

    pub const fn in_words(self) -> &'static str {
        match self {
            Phase::Arriving => "Arriving",
            Phase::InHouse => "In house",
            Phase::Departing => "Departing",
            Phase::Departed => "Departed",
        }
    }
}

impl Stay {
    /// A stay of which nothing is known yet.
    pub fn new(id: StayId) -> Self {
        Stay {
            id,
            reference: None,
            name: String::new(),
            phone: String::new(),
            email: String::new(),
            language: String::new(),
            room: None,
            last_room: None,
            arrival: None,
            departure: None,
            party: None,
            booking: Booking::Booked,
        }
    }

    /// Where the visit stands on `today`, a day of the hotel's calendar. What the hotel's system has said of
    /// check-in and check-out counts before the dates; `None` if neither says anything, or if it was
    /// cancelled.
    pub fn phase(&self, today: Day) -> Option<Phase> {
        let leaves = self.departure.is_some_and(|last| today >= last);
        match self.booking {
            Booking::Cancelled => None,
            Booking::CheckedOut => Some(Phase::Departed),
            // Whoever has not checked out on their last day, or after it, is about to.
            Booking::CheckedIn if leaves => Some(Phase::Departing),
            Booking::CheckedIn => Some(Phase::InHouse),
            Booking::Booked => match (self.arrival, self.departure) {
                (None, None) => None,
                (Some(first), _) if today <= first => Some(Phase::Arriving),
                (_, Some(last)) if today > last => Some(Phase::Departed),
                (_, Some(last)) if today == last => Some(Phase::Departing),
                _ => Some(Phase::InHouse),
            },
        }
    }

    /// `310`, or `214 > 310` after a move.
    pub fn rooms(&self) -> Option<String> {
        match (&self.last_room, &self.room) {
            (Some(last), Some(now)) => Some(format!("{last} > {now}")),
            (_, now) => now.clone(),
        }
    }

    /// Takes in a change. Changes are taken in the order of their versions, whenever they arrived, so that
    /// the same ones always add up to the same stay.
    pub fn take_in(&mut self, change: &StayChange) {
        let StayChange { booking, reference, name, phone, email, language, room, arrival, departure, party } =
            change.clone();
        self.booking = booking.unwrap_or(self.booking);
        self.arrival = arrival.unwrap_or(self.arrival);
        self.departure = departure.unwrap_or(self.departure);
        self.party = party.unwrap_or(self.party);
        for (mine, given) in [
            (&mut self.name, name),
            (&mut self.phone, phone),
            (&mut self.email, email.map(|e| e.to_lowercase())),
            (&mut self.language, language),
        ] {
            if let Some(given) = given {
                *mine = given;
            }
        }
        if let Some(reference) = reference {
            self.reference = Some(reference).filter(|r| !r.is_empty());
        }
        if let Some(room) = room.map(|r| Some(r).filter(|r| !r.is_empty()))
            && room != self.room
        {
            self.last_room = self.room.take().or(self.last_room.take());
            self.room = room;
        }
    }
}

/// The words of a name, lower case and sorted, so that `Tanaka, Yuki` is found for `Yuki Tanaka`.
pub fn name_key(name: &str) -> String {
    let lower = name.to_lowercase();
    let mut words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// What somebody says of a stay. A field that is absent stays as it is; an empty text or a null clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayChange {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub booking: Option<Booking>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "given")]
    pub arrival: Option<Option<Day>>,
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "given")]
    pub departure: Option<Option<Day>>,
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "given")]
    pub party: Option<Option<i64>>,
}

/// Tells a null from a field that is not there; for serde's `deserialize_with`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Why a change cannot be taken in: the field, and the reason in the words of whoever filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: &'static str,
    pub why: String,
}

impl StayChange {
    /// The most characters of a reservation reference.
    pub const REFERENCE: usize = 64;
    /// The most characters of a room's number.
    pub const ROOM: usize = 20;

    /// Everything that is wrong with it; empty if nothing is.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |field, why: String| faults.push(Fault { field, why });
        for (field, text, max) in [
            ("reference", &self.reference, Self::REFERENCE),
            ("name", &self.name, 80),
            ("phone", &self.phone, 40),
            ("email", &self.email, 254),
            ("language", &self.language, 35),
            ("room", &self.room, Self::ROOM),
        ] {
            let Some(text) = text else { continue };
            if text.chars().count() > max {
                fault(field, format!("at most {max} characters"));
            } else if text.chars().any(char::is_control) {
                fault(field, "no control characters".into());
            }
        }
        if self.email.as_ref().is_some_and(|e| !e.is_empty() && !e.contains('@')) {
            fault("email", "not an e-mail address".into());
        }
        if let Some(Some(party)) = self.party
            && !(1..=99).contains(&party)
        {
            fault("party", "between 1 and 99 people".into());
        }
        if let (Some(Some(arrival)), Some(Some(departure))) = (self.arrival, self.departure)
            && departure < arrival
        {
            fault("departure", "before the arrival".into());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn stay(booking: Booking, arrival: Option<i64>, departure: Option<i64>) -> Stay {
        let stay = Stay::new(StayId(Uuid::nil()));
        Stay { booking, arrival: arrival.map(Day), departure: departure.map(Day), ..stay }
    }

    #[test]
    fn the_phase_follows_the_hotels_word_before_the_dates() {
        use {Booking::*, Phase::*};
        for (booking, arrival, departure, today, phase) in [
            (Booked, Some(10), Some(12), 9, Some(Arriving)),
            (Booked, Some(10), Some(12), 10, Some(Arriving)),
            (Booked, Some(10), Some(12), 11, Some(InHouse)),
            (Booked, Some(10), Some(12), 12, Some(Departing)),
            (Booked, Some(10), Some(12), 13, Some(Departed)),
            (Booked, Some(10), Some(10), 10, Some(Arriving)),
            (Booked, Some(10), None, 40, Some(InHouse)),
            (Booked, None, Some(12), 3, Some(InHouse)),
            (Booked, None, None, 11, None),
            (CheckedIn, Some(10), Some(12), 9, Some(InHouse)),
            (CheckedIn, Some(10), Some(12), 12, Some(Departing)),
            (CheckedIn, Some(10), Some(12), 14, Some(Departing)),
            (CheckedOut, Some(10), Some(12), 11, Some(Departed)),
            (Cancelled, Some(10), Some(12), 11, None),
        ] {
            assert_eq!(
                stay(booking, arrival, departure).phase(Day(today)),
                phase,
                "{booking:?} {arrival:?} {departure:?} {today}"
            );
        }
    }

    #[test]
    fn a_room_move_is_kept_as_last_and_current() {
        let mut stay = stay(Booking::Booked, None, None);
        let room = |room: &str| StayChange { room: Some(room.into()), ..StayChange::default() };
        assert_eq!(stay.rooms(), None);
        stay.take_in(&room("214"));
        stay.take_in(&room("214"));
        assert_eq!(stay.rooms().as_deref(), Some("214"), "the same room again is no move");
        stay.take_in(&room("310"));
        assert_eq!(stay.rooms().as_deref(), Some("214 > 310"));
        stay.take_in(&room(""));
        stay.take_in(&room("12"));
        assert_eq!(stay.rooms().as_deref(), Some("310 > 12"), "between rooms, the last one is not forgotten");
    }

    #[test]
    fn absent_is_kept_and_null_clears() {
        let read = |text: &str| serde_json::from_str::<StayChange>(text).unwrap();
        let mut stay = stay(Booking::CheckedIn, Some(10), Some(12));
        stay.take_in(&read("{}"));
        assert_eq!((stay.arrival, stay.booking), (Some(Day(10)), Booking::CheckedIn));
        let change = read(r#"{"arrival":null,"departure":"1970-01-20","name":"Ann"}"#);
        assert_eq!(read(&serde_json::to_string(&change).unwrap()), change);
        stay.take_in(&change);
        assert_eq!((stay.arrival, stay.departure, stay.name.as_str()), (None, Some(Day(19)), "Ann"));
        assert!(serde_json::from_str::<StayChange>(r#"{"arrival":"tomorrow"}"#).is_err());
    }

    #[test]
    fn faults_name_their_field() {
        let change = StayChange {
            reference: Some("x".repeat(65)),
            email: Some("nobody".into()),
            room: Some("2\u{7}".into()),
            party: Some(Some(0)),
            arrival: Some(Some(Day(12))),
            departure: Some(Some(Day(11))),
            ..StayChange::default()
        };
        let fields: Vec<_> = change.faults().iter().map(|f| f.field).collect();
        assert_eq!(fields, ["reference", "room", "email", "party", "departure"]);
        assert!(StayChange::default().faults().is_empty());
    }

    #[test]
    fn names_are_compared_by_their_words() {
        assert_eq!(name_key("Tanaka, Yuki"), name_key(" yuki  TANAKA"));
        assert_eq!(name_key("Müller-Lüdenscheidt"), "lüdenscheidt müller");
        assert_ne!(name_key("Ann Lee"), name_key("Anna Lee"));
    }
}
