//! How much is too much: rates per guest, per address and per login, all settings.

use crate::config::Settings;
use domain::{GuestId, HotelId, Refusal};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::DefaultClock};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32};
use uuid::Uuid;

/// Questions a minute for one guest: many pages of one site, each loaded anew, and no more.
const QUESTIONS: u32 = 60;

/// New guests an hour by one code: a wedding with one card on the table, and no flood.
const KNOWN: u32 = 1_200;

/// Sockets a minute from one address that say who they are in their first message: a full hotel whose Wi-Fi
/// comes back.
const FRAMES: u32 = 1_800;

/// E-mails an hour to one guest that one hotel's systems cause.
const EMAILS: u32 = 20;

/// Kilobytes that a file counts for at least: a thousand tiny ones are a burden too.
const FILE: u32 = 100;

/// Sockets of rooms an address may open for each room it may open: a dozen people, some of whom come again.
const JOINS: u32 = 20;

#[derive(Debug)]
pub struct Limits {
    /// By hotel too: what a guest writes to one never holds up what they write to another.
    says: DefaultKeyedRateLimiter<(GuestId, HotelId)>,
    new_guests: DefaultKeyedRateLimiter<IpAddr>,
    new_conversations: DefaultKeyedRateLimiter<IpAddr>,
    /// Questions of sites' bubbles.
    questions: DefaultKeyedRateLimiter<(GuestId, HotelId)>,
    wrong_keys: DefaultKeyedRateLimiter<IpAddr>,
    /// New guests by one room's code, or under one name that a hotel's site has given them.
    known_guests: DefaultKeyedRateLimiter<(HotelId, String)>,
    /// Guests of frames that returned no cookie; whoever is known says so in a moment.
    framed_guests: DefaultKeyedRateLimiter<IpAddr>,
    /// Sockets whose first message is to say who it is.
    frames: DefaultKeyedRateLimiter<IpAddr>,
    logins_by_address: DefaultKeyedRateLimiter<IpAddr>,
    /// By e-mail and address, so that a stranger's guesses do not lock out whoever it belongs to.
    logins_by_email: DefaultKeyedRateLimiter<(String, IpAddr)>,
    codes_by_email: DefaultKeyedRateLimiter<String>,
    codes_by_guest: DefaultKeyedRateLimiter<GuestId>,
    codes_by_address: DefaultKeyedRateLimiter<IpAddr>,
    requests_by_guest: DefaultKeyedRateLimiter<GuestId>,
    requests_by_address: DefaultKeyedRateLimiter<IpAddr>,
    /// Calls of the API, by key.
    calls: DefaultKeyedRateLimiter<Uuid>,
    /// E-mails that hotels' systems cause. By hotel too: none learns of what another sends.
    emails: DefaultKeyedRateLimiter<(GuestId, HotelId)>,
    /// Kilobytes of files.
    files_by_guest: DefaultKeyedRateLimiter<(GuestId, HotelId)>,
    files_by_address: DefaultKeyedRateLimiter<IpAddr>,
    files_by_hotel: DefaultKeyedRateLimiter<HotelId>,
    whispers: DefaultKeyedRateLimiter<IpAddr>,
    /// People who come to a room's door.
    joins: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Limits {
    pub fn new(settings: &Settings) -> Self {
        let files = settings.files.guest_file_mb_per_hour.saturating_mul(1_024);
        Self {
            says: RateLimiter::keyed(per_minute(settings.guest_messages_per_minute)),
            new_guests: RateLimiter::keyed(per_minute(settings.new_guests_per_minute)),
            new_conversations: RateLimiter::keyed(half_at_once(settings.new_guests_per_minute)),
            known_guests: RateLimiter::keyed(half_at_once(KNOWN)),
            framed_guests: RateLimiter::keyed(per_minute(settings.new_guests_per_minute.saturating_mul(5))),
            questions: RateLimiter::keyed(per_minute(QUESTIONS)),
            wrong_keys: RateLimiter::keyed(per_minute(QUESTIONS)),
            frames: RateLimiter::keyed(per_minute(FRAMES)),
            logins_by_address: RateLimiter::keyed(per_minute(settings.logins_per_minute.saturating_mul(6))),
            logins_by_email: RateLimiter::keyed(per_minute(settings.logins_per_minute)),
            codes_by_email: RateLimiter::keyed(per_hour(settings.codes_per_hour)),
            codes_by_guest: RateLimiter::keyed(per_hour(settings.codes_per_hour.saturating_mul(2))),
            codes_by_address: RateLimiter::keyed(per_hour(settings.codes_per_hour.saturating_mul(10))),
            requests_by_guest: RateLimiter::keyed(per_hour(settings.requests_per_hour)),
            requests_by_address: RateLimiter::keyed(per_hour(settings.requests_per_hour.saturating_mul(5))),
            calls: RateLimiter::keyed(per_minute(settings.calls_per_minute)),
            files_by_guest: RateLimiter::keyed(per_hour(files)),
            files_by_address: RateLimiter::keyed(per_hour(files.saturating_mul(5))),
            files_by_hotel: RateLimiter::keyed(per_hour(files.saturating_mul(50))),
            emails: RateLimiter::keyed(per_hour(EMAILS)),
            whispers: RateLimiter::keyed(per_hour(settings.whisper.whispers_per_hour)),
            joins: RateLimiter::keyed(per_hour(settings.whisper.whispers_per_hour.saturating_mul(JOINS))),
            clock: DefaultClock::default(),
        }
    }

    /// One message by this guest to this hotel.
    pub fn say(&self, guest: GuestId, hotel: HotelId) -> Result<(), Refusal> {
        self.check(&self.says, &(guest, hotel))
    }

    /// One code to this e-mail address. Each code gives a guesser five tries in a million.
    pub fn code(&self, address: IpAddr, guest: GuestId, email: &str) -> Result<(), Refusal> {
        // The address last: what a guest is refused for must not be paid for by all behind the same Wi-Fi.
        self.check(&self.codes_by_guest, &guest)?;
        self.check(&self.codes_by_email, &email.to_owned())?;
        self.check(&self.codes_by_address, &address)
    }

    /// One new identity for this address.
    pub fn new_guest(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.new_guests, &address)
    }

    /// One first conversation by a guest of whom the hotel knows nothing.
    pub fn new_conversation(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.new_conversations, &address)
    }

    /// One new guest by this code or name.
    pub fn known_guest(&self, hotel: HotelId, by: &str) -> Result<(), Refusal> {
        self.check(&self.known_guests, &(hotel, by.to_owned()))
    }

    /// One page of a frame without a cookie.
    pub fn framed_guest(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.framed_guests, &address)
    }

    /// One question of a site's bubble. It is answered when something has changed, so one follows the other
    /// slowly.
    pub fn question(&self, guest: GuestId, hotel: HotelId) -> Result<(), Refusal> {
        self.check(&self.questions, &(guest, hotel))
    }

    /// One question under a key that is nobody's.
    pub fn wrong_key(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.wrong_keys, &address)
    }

    /// One socket that is to say who it is in its first message.
    pub fn frame(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.frames, &address)
    }

    /// One attempt to log in.
    pub fn login(&self, address: IpAddr, email: &str) -> Result<(), Refusal> {
        self.check(&self.logins_by_address, &address)?;
        self.check(&self.logins_by_email, &(email.to_owned(), address))
    }

    /// One request to several hotels.
    pub fn request(&self, address: IpAddr, guest: GuestId) -> Result<(), Refusal> {
        self.check(&self.requests_by_guest, &guest)?;
        self.check(&self.requests_by_address, &address)
    }

    /// One call of the API with this key.
    pub fn call(&self, key: Uuid) -> Result<(), Refusal> {
        self.check(&self.calls, &key)
    }

    /// One e-mail to a guest that this hotel's system has caused.
    pub fn email(&self, guest: GuestId, hotel: HotelId) -> Result<(), Refusal> {
        self.check(&self.emails, &(guest, hotel))
    }

    /// One file of so many bytes by this guest to this hotel.
    pub fn file(&self, address: IpAddr, guest: GuestId, hotel: HotelId, bytes: u64) -> Result<(), Refusal> {
        let kilobytes = u32::try_from(bytes / 1_024).unwrap_or(u32::MAX).max(FILE);
        self.check_some(&self.files_by_guest, &(guest, hotel), kilobytes)?;
        self.check_some(&self.files_by_address, &address, kilobytes)?;
        self.check_some(&self.files_by_hotel, &hotel, kilobytes)
    }

    /// One new room for whispers.
    pub fn whisper(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.whispers, &address)
    }

    /// One socket of a room for whispers.
    pub fn join(&self, address: IpAddr) -> Result<(), Refusal> {
        self.check(&self.joins, &address)
    }

    /// Forgets those who have been quiet long enough to have their full allowance again.
    pub fn tidy(&self) {
        self.says.retain_recent();
        self.new_guests.retain_recent();
        self.new_conversations.retain_recent();
        self.known_guests.retain_recent();
        self.framed_guests.retain_recent();
        self.questions.retain_recent();
        self.wrong_keys.retain_recent();
        self.frames.retain_recent();
        self.logins_by_address.retain_recent();
        self.logins_by_email.retain_recent();
        self.codes_by_email.retain_recent();
        self.codes_by_guest.retain_recent();
        self.codes_by_address.retain_recent();
        self.requests_by_guest.retain_recent();
        self.requests_by_address.retain_recent();
        self.calls.retain_recent();
        self.files_by_guest.retain_recent();
        self.files_by_address.retain_recent();
        self.files_by_hotel.retain_recent();
        self.emails.retain_recent();
        self.whispers.retain_recent();
        self.joins.retain_recent();
    }

    fn check<K: Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Refusal> {
        self.check_some(limiter, key, 1)
    }

    /// So much of an allowance; more than all of it is refused for an hour, whatever is left.
    fn check_some<K: Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
        n: u32,
    ) -> Result<(), Refusal> {
        match limiter.check_key_n(key, NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(governor::clock::Clock::now(&self.clock));
                Err(Refusal::TooFast { wait_ms: wait.as_millis().max(1) as u64 })
            }
            Err(_) => Err(Refusal::TooFast { wait_ms: 3_600_000 }),
        }
    }
}

/// How fast commands or frames of one socket may come.
#[derive(Debug)]
pub struct Pace {
    limiter: DefaultDirectRateLimiter,
    most: u32,
}

impl Pace {
    /// `per_second`, with as many again at once.
    pub fn new(per_second: u32) -> Self {
        let n = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::direct(Quota::per_second(n).allow_burst(n.saturating_add(n.get())));
        Self { limiter, most: n.get() }
    }

    /// `per_second`, and `burst` at once; nothing larger is ever allowed.
    pub fn with_burst(per_second: u32, burst: u32) -> Self {
        let n = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(n(per_second)).allow_burst(n(burst));
        Self { limiter: RateLimiter::direct(quota), most: u32::MAX }
    }

    /// Takes `n` from the rate limit. Capped at one second's worth, since the limiter refuses anything
    /// larger forever.
    pub fn allows(&self, n: u32) -> bool {
        NonZeroU32::new(n.min(self.most)).is_none_or(|n| matches!(self.limiter.check_n(n), Ok(Ok(()))))
    }
}

/// `n` an hour, all of which may come at once.
fn per_hour(n: u32) -> Quota {
    Quota::per_hour(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN))
}

/// `n` an hour, of which half may come at once.
fn half_at_once(n: u32) -> Quota {
    per_hour(n).allow_burst(NonZeroU32::new(n / 2).unwrap_or(NonZeroU32::MIN))
}

/// `n` a minute, of which a third may come at once.
fn per_minute(n: u32) -> Quota {
    let n = NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(n.get() / 3).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(n).allow_burst(burst)
}
