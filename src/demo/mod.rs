//! Three hotels with people and talk, for a first look and for tests by hand.
//!
//! In: `talk.json`. Out: everything in it said and done through the desk, under the same rules as real talk,
//! by a clock set back to when it happened. Never: a raw insert.

use crate::{
    clock::Clock,
    desk::{Desk, Newcomer, No, day_in, tz},
    house::House,
    limits::Limits,
    store::{SharedStore, StoreError, Told, Vouched},
};
use domain::{
    Booking, ClientId, Command, ConversationId, Day, Epoch, FileLimits, GuestId, Hotel, HotelId, Hours,
    Millis, Recipient, Role, Seq, Span, StaffId, StayChange,
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// The password of everybody in the demo.
pub const PASSWORD: &str = "bellhop-demo";

pub const LOGINS: &str = "\
Demo logins (password bellhop-demo):
  admin    admin@bellhop.example    Helena, all hotels
  manager  beat@bellhop.example     Beat, Hotel Seehof
  agents   maria@bellhop.example    Maria, Hotel Seehof
           jonas@bellhop.example    Jonas, Hotel Seehof
           ines@bellhop.example     Inês, both hotels
           rui@bellhop.example      Rui, Casa do Mar
           sofia@bellhop.example    Sofia, Casa do Mar
           luca@bellhop.example     Luca, Berghaus Alpina";

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo could not be read: {0}")]
    Talk(#[from] serde_json::Error),
    #[error("the demo breaks a rule in conversation {conversation}, line {line}: {refusal}")]
    Rule { conversation: usize, line: usize, refusal: String },
    #[error("the demo names {0:?}, whom it does not introduce")]
    Unknown(String),
    #[error(transparent)]
    No(#[from] No),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

#[derive(Deserialize)]
struct Talk {
    hotels: Vec<DemoHotel>,
    staff: Vec<DemoStaff>,
    /// Stays whose guests have not written.
    reservations: Vec<DemoReservation>,
    conversations: Vec<DemoConversation>,
}

#[derive(Deserialize)]
struct DemoHotel {
    slug: String,
    name: String,
    place: String,
    time_zone: String,
    languages: Vec<String>,
    greeting: String,
    accent: String,
    /// Monday first, as a manager types them.
    hours: [String; 7],
    tags: Vec<String>,
    rooms: Vec<String>,
}

#[derive(Deserialize)]
struct DemoStaff {
    key: String,
    name: String,
    email: String,
    role: String,
    hotels: Vec<String>,
}

#[derive(Deserialize)]
struct DemoReservation {
    hotel: String,
    guest: DemoGuest,
}

#[derive(Deserialize)]
struct DemoConversation {
    hotel: String,
    guest: DemoGuest,
    /// Minutes before now.
    started: i64,
    #[serde(default)]
    tags: Vec<String>,
    /// Stars and a word.
    rating: Option<(i64, String)>,
    lines: Vec<DemoLine>,
}

#[derive(Deserialize)]
struct DemoGuest {
    /// A guest who has written to another hotel under the same key.
    key: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    last_room: Option<String>,
    /// The hotel has said which stay is theirs.
    #[serde(default = "yes")]
    known: bool,
    language: String,
    room: Option<String>,
    reference: Option<String>,
    /// Days from today.
    arrival: Option<i64>,
    departure: Option<i64>,
    party: Option<i64>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct DemoLine {
    /// Seconds after the line before.
    after: i64,
    who: String,
    say: Option<String>,
    note: Option<String>,
    #[serde(rename = "do")]
    act: Option<String>,
    #[serde(default)]
    reason: String,
    to: Option<String>,
}

pub async fn is_loaded(store: &SharedStore) -> Result<bool, StoreError> {
    Ok(store.login("admin@bellhop.example").await?.is_some())
}

/// Loads the demo; false if there was something in the database already.
pub async fn load_if_empty(house: &House) -> Result<bool, DemoError> {
    if !house.desk.store.hotels().await?.is_empty() {
        return Ok(false);
    }
    let talk: Talk = serde_json::from_str(include_str!("talk.json"))?;
    let now = house.desk.clock.now();
    let clock = Arc::new(AtomicI64::new(now.0 - 30 * Millis::DAY));
    let mut settings = house.desk.settings.clone();
    settings.guest_messages_per_minute = u32::MAX;
    settings.new_guests_per_minute = u32::MAX;
    let desk = Desk {
        store: house.desk.store.clone(),
        hub: house.desk.hub.clone(),
        metrics: house.desk.metrics.clone(),
        limits: Limits::new(&settings),
        settings,
        clock: Clock::Set(clock.clone()),
        mail: house.desk.mail.clone(),
        public_url: house.desk.public_url.clone(),
        exporting: Default::default(),
        whispers: house.desk.whispers.clone(),
        lines: Default::default(),
        deadlines: Default::default(),
        outbox: house.desk.outbox.clone(),
        files: house.desk.files.clone(),
        calls: Default::default(),
    };
    let mut teller =
        Teller { desk, clock, now, hotels: HashMap::new(), staff: HashMap::new(), guests: HashMap::new() };
    teller.introduce(talk.hotels, talk.staff).await?;
    for reserved in talk.reservations {
        teller.reserve(teller.hotel(&reserved.hotel)?, &reserved.guest).await?;
    }
    teller.tell(talk.conversations).await?;
    Ok(true)
}

/// A conversation on its way.
struct Story {
    told: DemoConversation,
    hotel: HotelId,
    guest: Option<GuestId>,
    at: Option<(ConversationId, Epoch, Seq)>,
}

/// What happens in one, in this order where two happen at one time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scene {
    Arrives,
    Line(usize),
    IsTagged,
    Rates,
}

struct Teller {
    desk: Desk,
    clock: Arc<AtomicI64>,
    now: Millis,
    hotels: HashMap<String, HotelId>,
    staff: HashMap<String, StaffId>,
    guests: HashMap<String, GuestId>,
}

impl Teller {
    async fn introduce(&mut self, hotels: Vec<DemoHotel>, staff: Vec<DemoStaff>) -> Result<(), DemoError> {
        let mut rooms = Vec::new();
        for h in hotels {
            let id = HotelId::new();
            self.hotels.insert(h.slug.clone(), id);
            let hotel = Hotel {
                id,
                slug: h.slug,
                name: h.name,
                place: h.place,
                time_zone: h.time_zone,
                languages: h.languages,
                greeting: h.greeting,
                accent: h.accent,
                files: FileLimits::default(),
            };
            self.desk.store.add_hotel(hotel, self.desk.clock.now()).await?;
            rooms.push((id, h.rooms, h.hours, h.tags));
        }
        for s in staff {
            let role = if s.role == "manager" { Role::Manager } else { Role::Agent };
            let memberships = s
                .hotels
                .iter()
                .map(|slug| Ok((self.hotel(slug)?, role)))
                .collect::<Result<_, DemoError>>()?;
            let id = self
                .desk
                .add_staff(&s.email, &s.name, PASSWORD.into(), s.role == "admin", memberships, None)
                .await?;
            self.staff.insert(s.key, id);
        }
        let by = self.person("helena")?;
        for (hotel, rooms, hours, tags) in rooms {
            self.desk.store.add_rooms(hotel, rooms, by, self.desk.clock.now()).await?;
            let week = hours.map(|text| Span::parse(&text).unwrap_or_default());
            let hours = Hours { week, holidays: Vec::new() };
            self.desk.store.set_hours(hotel, Some(hours), by, self.desk.clock.now()).await?;
            for tag in tags {
                self.desk.add_tag(hotel, &tag, by).await?;
            }
        }
        Ok(())
    }

    /// All of them side by side, each thing at its time.
    async fn tell(&mut self, told: Vec<DemoConversation>) -> Result<(), DemoError> {
        let mut stories = Vec::new();
        let mut scenes = Vec::new();
        for (number, told) in told.into_iter().enumerate() {
            let mut at = Millis(self.now.0 - told.started * Millis::MINUTE);
            scenes.push((at, number, Scene::Arrives));
            for (index, line) in told.lines.iter().enumerate() {
                at.0 += line.after * Millis::SECOND;
                scenes.push((at, number, Scene::Line(index)));
            }
            scenes.push((at, number, Scene::IsTagged));
            scenes.push((Millis(at.0 + 5 * Millis::MINUTE), number, Scene::Rates));
            let hotel = self.hotel(&told.hotel)?;
            stories.push(Story { told, hotel, guest: None, at: None });
        }
        scenes.sort_unstable();
        for (at, number, scene) in scenes {
            self.clock.store(at.0, Ordering::Relaxed);
            self.play(&mut stories[number], scene).await.map_err(|e| match (e, scene) {
                (DemoError::No(No::Refused(refusal)), Scene::Line(line)) => {
                    DemoError::Rule { conversation: number, line, refusal: refusal.in_words() }
                }
                (other, _) => other,
            })?;
        }
        Ok(())
    }

    async fn play(&mut self, story: &mut Story, scene: Scene) -> Result<(), DemoError> {
        let Story { told, hotel, guest, at } = story;
        match (scene, *guest) {
            (Scene::Arrives, _) => *guest = Some(self.arrive(*hotel, &told.guest).await?),
            (Scene::Line(number), Some(guest)) => {
                let written = self.line(guest, *hotel, *at, &told.lines[number]).await?;
                *at = Some((written.conversation, written.epoch, written.seq));
            }
            (Scene::IsTagged, _) => {
                let (by, Some((conversation, ..))) = (self.person("helena")?, *at) else { return Ok(()) };
                for tag in &told.tags {
                    self.desk.set_tag(by, conversation, tag, true).await?;
                }
            }
            (Scene::Rates, Some(guest)) => {
                if let (Some((stars, word)), Some((conversation, ..))) = (&told.rating, *at) {
                    self.desk.guest_rate(guest, conversation, *stars, word).await?;
                }
            }
            (Scene::Line(_) | Scene::Rates, None) => {}
        }
        Ok(())
    }

    /// A guest begins, or comes to another hotel.
    async fn arrive(&mut self, hotel: HotelId, told: &DemoGuest) -> Result<GuestId, DemoError> {
        let guest = match told.key.as_ref().and_then(|key| self.guests.get(key)) {
            Some(guest) => *guest,
            None => self.desk.new_guest(IpAddr::V4(Ipv4Addr::LOCALHOST), &Newcomer::Stranger).await?.0,
        };
        if let Some(key) = &told.key {
            self.guests.insert(key.clone(), guest);
        }
        self.desk.introduce(guest, hotel, told.name.as_deref(), Some(&told.language)).await?;
        self.check_in(guest, hotel, told).await?;
        Ok(guest)
    }

    /// The stay the hotel's own system knows of, or the code the guest has opened in the room.
    async fn check_in(&self, guest: GuestId, hotel: HotelId, told: &DemoGuest) -> Result<(), DemoError> {
        if let Some(reference) = &told.reference {
            self.reserve(hotel, told).await?;
            if told.known {
                let vouched = Vouched { reference: reference.clone(), ..Vouched::default() };
                self.desk.store.vouch(guest, hotel, vouched, self.desk.clock.now()).await?;
            }
        } else if let Some(number) = &told.room
            && let Some(room) = self.desk.store.rooms(hotel).await?.into_iter().find(|r| r.number == *number)
        {
            self.desk.store.scan(guest, hotel, room.number, room.turn).await?;
        }
        Ok(())
    }

    /// What the hotel's own system tells of a stay.
    async fn reserve(&self, hotel: HotelId, told: &DemoGuest) -> Result<(), DemoError> {
        let Some(reference) = &told.reference else { return Ok(()) };
        let zone = self.desk.store.hotels().await?.into_iter().find(|h| h.id == hotel);
        let today = zone.map_or(Day::of(self.now), |h| day_in(self.now, tz(&h.time_zone)));
        let day = |offset: Option<i64>| Some(offset.map(|n| Day(today.0 + n)));
        let reserved = StayChange {
            name: told.name.clone(),
            phone: told.phone.clone(),
            language: Some(told.language.clone()),
            arrival: day(told.arrival),
            departure: day(told.departure),
            party: Some(told.party),
            ..StayChange::default()
        };
        let room = |room: &Option<String>| StayChange { room: room.clone(), ..StayChange::default() };
        let booking = |booking| StayChange { booking: Some(booking), ..StayChange::default() };
        let mut events = vec![reserved];
        if told.last_room.is_some() {
            events.push(room(&told.last_room));
        }
        events.push(room(&told.room));
        if told.arrival.is_some_and(|n| n < 0) {
            events.push(booking(Booking::CheckedIn));
        }
        if told.departure.is_some_and(|n| n < 0) {
            events.push(booking(Booking::CheckedOut));
        }
        for (change, version) in events.into_iter().zip(1..) {
            let at = self.desk.clock.now();
            let idempotency_key = format!("demo {reference} {version}");
            let (reference, request) = (reference.clone(), [0; 32]);
            let told = Told {
                hotel,
                reference,
                version,
                change,
                key: uuid::Uuid::nil(),
                idempotency_key,
                request,
                at,
                today,
            };
            let _ = self.desk.take_stay(told).await?;
        }
        Ok(())
    }

    async fn line(
        &self,
        guest: GuestId,
        hotel: HotelId,
        at: Option<(ConversationId, Epoch, Seq)>,
        line: &DemoLine,
    ) -> Result<crate::store::Written, DemoError> {
        let client_id = ClientId::new();
        if line.who == "guest" {
            let body = line.say.as_deref().unwrap_or_default();
            return Ok(self.desk.guest_say(guest, hotel, client_id, body, Vec::new()).await?);
        }
        let staff = self.person(&line.who)?;
        let (conversation, epoch, seen) =
            at.ok_or_else(|| DemoError::Unknown("a conversation nobody has begun".into()))?;
        let reason = line.reason.clone();
        let command = match (line.say.clone(), line.note.clone(), line.act.as_deref()) {
            (Some(body), ..) => Command::Say { epoch, seen, client_id, body, files: Vec::new() },
            (_, Some(body), _) => Command::Note { client_id, body, files: Vec::new() },
            (_, _, Some("claim")) => Command::Claim { epoch },
            (_, _, Some("take_over")) => Command::TakeOver { epoch, reason },
            (_, _, Some("release")) => Command::Release { epoch, reason },
            (_, _, Some("resolve")) => Command::Resolve { epoch },
            (_, _, Some("reopen")) => Command::Reopen { epoch },
            (_, _, Some("transfer")) => {
                // Nobody is at a console yet.
                let to = Recipient::unknown(self.person(line.to.as_deref().unwrap_or_default())?, true);
                Command::Transfer { epoch, to }
            }
            (_, _, other) => return Err(DemoError::Unknown(other.unwrap_or_default().into())),
        };
        Ok(self.desk.order_as_staff(staff, conversation, command).await?)
    }

    fn hotel(&self, slug: &str) -> Result<HotelId, DemoError> {
        self.hotels.get(slug).copied().ok_or_else(|| DemoError::Unknown(slug.to_owned()))
    }

    fn person(&self, key: &str) -> Result<StaffId, DemoError> {
        self.staff.get(key).copied().ok_or_else(|| DemoError::Unknown(key.to_owned()))
    }
}
