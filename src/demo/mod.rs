//! Two hotels with people and talk, for a first look and for tests by hand.
//!
//! In: `talk.json`. Out: everything in it said and done through the desk, under the same rules as real talk, by a
//! clock set back to when it happened. Never: a raw insert.

use crate::{
    clock::Clock,
    desk::{Desk, No},
    house::House,
    limits::Limits,
    store::What,
};
use app::domain::{ClientId, ConversationId, Epoch, GuestId, Hotel, HotelId, Millis, Role, Seq, StaffId, Stay};
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
const PASSWORD: &str = "bellhop-demo";

pub const LOGINS: &str = "\
Demo logins (password bellhop-demo):
  admin    admin@bellhop.example    Helena, all hotels
  manager  beat@bellhop.example     Beat, Hotel Seehof
  agents   maria@bellhop.example    Maria, Hotel Seehof
           jonas@bellhop.example    Jonas, Hotel Seehof
           ines@bellhop.example     Inês, both hotels
           rui@bellhop.example      Rui, Casa do Mar
           sofia@bellhop.example    Sofia, Casa do Mar";

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
struct DemoConversation {
    hotel: String,
    guest: DemoGuest,
    /// Minutes before now.
    started: i64,
    lines: Vec<DemoLine>,
}

#[derive(Deserialize)]
struct DemoGuest {
    name: Option<String>,
    language: String,
    room: Option<String>,
    reference: Option<String>,
    /// Days from today.
    arrival: Option<i64>,
    departure: Option<i64>,
    party: Option<i64>,
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

pub async fn is_loaded(house: &House) -> Result<bool, crate::store::StoreError> {
    Ok(house.desk.store.login("admin@bellhop.example").await?.is_some())
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
    };
    let mut teller = Teller { desk, clock, now, hotels: HashMap::new(), staff: HashMap::new() };
    teller.introduce(talk.hotels, talk.staff).await?;
    for (number, conversation) in talk.conversations.into_iter().enumerate() {
        teller.tell(number, conversation).await?;
    }
    Ok(true)
}

struct Teller {
    desk: Desk,
    clock: Arc<AtomicI64>,
    now: Millis,
    hotels: HashMap<String, HotelId>,
    staff: HashMap<String, StaffId>,
}

impl Teller {
    async fn introduce(&mut self, hotels: Vec<DemoHotel>, staff: Vec<DemoStaff>) -> Result<(), DemoError> {
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
            };
            self.desk.store.add_hotel(hotel, self.desk.clock.now()).await?;
        }
        for s in staff {
            let role = if s.role == "manager" { Role::Manager } else { Role::Agent };
            let memberships = s.hotels.iter().map(|slug| Ok((self.hotel(slug)?, role))).collect::<Result<_, DemoError>>()?;
            let id = self.desk.add_staff(&s.email, &s.name, PASSWORD.into(), s.role == "admin", memberships).await?;
            self.staff.insert(s.key, id);
        }
        Ok(())
    }

    async fn tell(&self, number: usize, told: DemoConversation) -> Result<(), DemoError> {
        let hotel = self.hotel(&told.hotel)?;
        self.clock.store(self.now.0 - told.started * Millis::MINUTE, Ordering::Relaxed);
        let (guest, _) = self.desk.new_guest(IpAddr::V4(Ipv4Addr::LOCALHOST)).await?;
        self.desk.introduce(guest, hotel, told.guest.name.as_deref(), Some(&told.guest.language)).await?;
        let day = |offset: i64| Millis(self.now.0 + offset * Millis::DAY);
        let stay = Stay {
            room: told.guest.room,
            arrival: told.guest.arrival.map(day),
            departure: told.guest.departure.map(day),
            reference: told.guest.reference,
            party: told.guest.party,
        };
        self.desk.store.set_stay(guest, hotel, stay).await?;

        let mut at: Option<(ConversationId, Epoch, Seq)> = None;
        for (index, line) in told.lines.into_iter().enumerate() {
            self.clock.fetch_add(line.after * Millis::SECOND, Ordering::Relaxed);
            let written = match self.line(guest, hotel, at, line).await {
                Err(DemoError::No(No::Refused(refusal))) => {
                    return Err(DemoError::Rule { conversation: number, line: index, refusal: refusal.in_words() });
                }
                other => other?,
            };
            at = Some((written.conversation, written.epoch, written.seq));
        }
        Ok(())
    }

    async fn line(
        &self,
        guest: GuestId,
        hotel: HotelId,
        at: Option<(ConversationId, Epoch, Seq)>,
        line: DemoLine,
    ) -> Result<crate::store::Written, DemoError> {
        let client_id = ClientId::new();
        if line.who == "guest" {
            let body = line.say.unwrap_or_default();
            return Ok(self.desk.guest_say(guest, hotel, client_id, &body).await?);
        }
        let staff = self.person(&line.who)?;
        let (conversation, epoch, seen) = at.ok_or_else(|| DemoError::Unknown("a conversation nobody has begun".into()))?;
        let what = match (line.say, line.note, line.act.as_deref()) {
            (Some(body), ..) => What::Say { epoch, seen, client_id, body },
            (_, Some(body), _) => What::Note { client_id, body },
            (_, _, Some("claim")) => What::Claim { epoch },
            (_, _, Some("take_over")) => What::TakeOver { epoch, reason: line.reason },
            (_, _, Some("release")) => What::Release { epoch, reason: line.reason },
            (_, _, Some("resolve")) => What::Resolve { epoch },
            (_, _, Some("reopen")) => What::Reopen { epoch },
            (_, _, Some("transfer")) => What::Transfer { epoch, to: self.person(&line.to.unwrap_or_default())? },
            (_, _, other) => return Err(DemoError::Unknown(other.unwrap_or_default().into())),
        };
        Ok(self.desk.staff_order_unattended(staff, conversation, what).await?)
    }

    fn hotel(&self, slug: &str) -> Result<HotelId, DemoError> {
        self.hotels.get(slug).copied().ok_or_else(|| DemoError::Unknown(slug.to_owned()))
    }

    fn person(&self, key: &str) -> Result<StaffId, DemoError> {
        self.staff.get(key).copied().ok_or_else(|| DemoError::Unknown(key.to_owned()))
    }
}
