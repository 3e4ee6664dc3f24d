//! How long things are kept, and what happens when a guest asks for their data, or for its end.
//!
//! In: a hotel's retention, a guest. Out: deletions in steps, each a few milliseconds of the writer, with a
//! rest after each; and a line in the trail of what was done. Never: a deletion that is not in the trail.

use super::{Answer, Desk};
use crate::{
    hub::{Audience, Reason, encode},
    store::{Gone, Holdings, StoreError, known_as},
};
use domain::wire::staff::Event;
use domain::{GuestId, Hotel, HotelId, Millis, Refusal, StaffId};
use domain::{Retention, WouldGo};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long after the start what has passed its time is first looked for: not while everybody reconnects.
const FIRST: Duration = Duration::from_secs(60);

/// The fewest days a hotel may keep things: a conversation is not to vanish under the people in it.
const FEWEST: i64 = 7;

/// So long, in milliseconds, a guest is known who has not written and told nothing.
const VISITORS: i64 = 30 * Millis::DAY;

/// After a step of deleting, so many times its length is left to the desk.
const REST: u32 = 4;

/// Looks for what has passed its time, now and then, until the program ends.
pub async fn run(desk: Arc<Desk>) {
    let every = Duration::from_secs(desk.settings.retention_seconds.max(1));
    let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + FIRST.min(every), every);
    loop {
        tick.tick().await;
        if let Err(e) = desk.expire().await {
            tracing::error!(error = %e, "what has passed its retention could not be deleted");
        }
    }
}

impl Desk {
    /// Deletes what has passed its time, hotel by hotel; then whoever only looked.
    pub async fn expire(&self) -> Answer<()> {
        for hotel in self.store.hotels().await? {
            let kept = self.store.retention(hotel.id).await?;
            let (conversations, guests) = self.limits_of(kept);
            let would = self.store.would_expire(hotel.id, conversations, guests).await?;
            if would != WouldGo::default() {
                let WouldGo { conversations, guests, stays } = would;
                let detail = format!("{conversations} conversations, {guests} guests, {stays} stays");
                self.must_audit("expiry_begun", None, Some(hotel.id), detail).await?;
            }
            let mut gone = Gone::default();
            let mut done = Ok(());
            if let Some(before) = conversations {
                done =
                    self.step_by_step(&mut gone, || self.store.expire_conversations(hotel.id, before)).await;
            }
            if let (Some(before), true) = (guests, done.is_ok()) {
                done = self.step_by_step(&mut gone, || self.store.expire_guests(hotel.id, before)).await;
            }
            if gone != Gone::default() {
                let Gone { conversations, entries, stays, guests, .. } = gone;
                let detail = format!(
                    "{conversations} conversations, {entries} entries, {stays} stays, {guests} guests"
                );
                tracing::info!(hotel = hotel.slug, detail, "deleted what has passed its retention");
                self.audit("expired", None, Some(hotel.id), detail).await;
                self.sweep_files().await?;
                self.store.leave_no_trace().await?;
            }
            done?;
        }
        self.forget_visitors().await
    }

    /// The moments before which things have passed their time.
    fn limits_of(&self, kept: Retention) -> (Option<Millis>, Option<Millis>) {
        let now = self.clock.now();
        let before = |days: Option<i64>| days.map(|days| Millis(now.0 - days * Millis::DAY));
        (before(kept.conversations), before(kept.guests))
    }

    async fn step_by_step<F>(&self, gone: &mut Gone, step: impl Fn() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<Gone, StoreError>>,
    {
        loop {
            let started = Instant::now();
            let some = step().await?;
            *gone += some;
            if !some.more || some.open {
                return Ok(());
            }
            tokio::time::sleep(started.elapsed() * REST).await;
        }
    }

    /// Forgets those who only looked: nobody is shown them, and their number has no bound.
    async fn forget_visitors(&self) -> Answer<()> {
        let before = Millis(self.clock.now().0 - VISITORS);
        let mut gone = Gone::default();
        self.step_by_step(&mut gone, || self.store.forget_visitors(before)).await?;
        if gone.guests > 0 {
            self.audit("visitors_forgotten", None, None, format!("{} guests", gone.guests)).await;
        }
        Ok(())
    }

    /// Whether these are numbers of days a hotel may set.
    pub fn allow_retention(&self, kept: Retention) -> Result<(), Refusal> {
        for (field, days) in [("Conversations", kept.conversations), ("Guests", kept.guests)] {
            if days.is_some_and(|days| !(FEWEST..=36_500).contains(&days)) {
                let why = format!("enter at least {FEWEST} days, or leave blank for no limit");
                return Err(Refusal::Invalid { field: field.into(), why });
            }
        }
        Ok(())
    }

    /// Sets how many days a hotel keeps things.
    pub async fn set_retention(&self, hotel: HotelId, kept: Retention, by: StaffId) -> Answer<()> {
        self.allow_retention(kept)?;
        Ok(self.store.set_retention(hotel, kept, by, self.clock.now()).await?)
    }

    /// How much would go at the next look.
    pub async fn would_expire(&self, hotel: HotelId, kept: Retention) -> Answer<WouldGo> {
        let (conversations, guests) = self.limits_of(kept);
        Ok(self.store.would_expire(hotel, conversations, guests).await?)
    }

    /// What a hotel holds of a guest.
    pub async fn holdings(&self, hotel: HotelId, guest: GuestId) -> Answer<Holdings> {
        Ok(self.store.holdings(hotel, guest).await?.ok_or(Refusal::NotFound)?)
    }

    /// All a hotel holds of a guest, as JSON, for the person it is about.
    pub async fn guest_data(&self, hotel: &Hotel, guest: GuestId, by: StaffId) -> Answer<serde_json::Value> {
        let data = self.store.guest_data(hotel.id, guest).await?.ok_or(Refusal::NotFound)?;
        let known = known_as(guest, hotel.id);
        self.audit("guest_data_exported", Some(by), Some(hotel.id), known.to_string()).await;
        Ok(data)
    }

    /// Ends all a hotel holds of a guest. Who the guest was stays in no table but the trail, which names an
    /// id.
    pub async fn erase_guest(&self, hotel: &Hotel, guest: GuestId, by: StaffId) -> Answer<Gone> {
        let open = || Refusal::Invalid {
            field: "Guest".into(),
            why: "a conversation is still open; resolve it first".into(),
        };
        if self.holdings(hotel.id, guest).await?.open > 0 {
            return Err(open().into());
        }
        let known = known_as(guest, hotel.id);
        // Before the first step: what is begun stands in the trail, whatever becomes of it.
        self.must_audit("erasure_begun", Some(by), Some(hotel.id), known.to_string()).await?;
        let mut gone = Gone::default();
        let done = self.step_by_step(&mut gone, || self.store.erase_some(hotel.id, guest)).await;
        let Gone { conversations, entries, stays, open: stopped, .. } = gone;
        let what = if done.is_ok() && !stopped { "guest_erased" } else { "erasure_stopped" };
        let detail = format!("{known}: {conversations} conversations, {entries} entries, {stays} stays");
        self.audit(what, Some(by), Some(hotel.id), detail).await;
        // Their page begins anew, as a stranger's or with what other hotels know. The desks show nothing of
        // it any more.
        self.hub.close_guest(guest, Reason::Joined);
        if done.is_ok() && !stopped {
            self.hub
                .tell(Audience::Hotel(hotel.id), encode(&Event::Erased { hotel: hotel.id, guest: known }));
        }
        // The guest's requests are asked of one hotel less.
        self.deadlines.notify_one();
        self.remove_exports_of(hotel.id).await?;
        self.sweep_files().await?;
        self.store.leave_no_trace().await?;
        done?;
        if stopped { Err(open().into()) } else { Ok(gone) }
    }
}
