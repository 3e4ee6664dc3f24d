//! What is stored to go out: sent by its time, and again after growing pauses.
//!
//! In: deliveries that are due. Out: signed events to hotels' own addresses, e-mail to guests and managers,
//! and what came of each. Never: two of one conversation out of their order; a slow receiver that holds up
//! another's; or an e-mail that goes out twice, for it is noted before it is handed over, and where the
//! program ended in between it has visibly failed.

use super::{Answer, Desk};
use crate::{
    mail::NotSent,
    store::{Attempt, Due, Lane, StoreError, Then, Way},
    webhook::{Signed, Webhooks},
};
use domain::{Email, Millis};
use futures::future::join_all;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};

/// Deliveries of one lane that are on their way at once.
const TOGETHER: i64 = 8;

/// Lanes that are served at the same moment: each is up to [`TOGETHER`] connections.
const LANES: usize = 256;

/// The longest wait between two looks; another process may have stored something.
const LONGEST: Duration = Duration::from_secs(5);

/// What could not be read is tried again, and not at once.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Seconds until the next try, after each.
const PAUSES: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];

/// The last of them, in milliseconds.
const LAST_PAUSE: i64 = PAUSES[PAUSES.len() - 1] * 1_000;

/// How long what has ended is listed, in milliseconds.
const LISTED: i64 = 7 * Millis::DAY;

/// How many of one webhook.
const MOST: i64 = 20_000;

/// Between two steps of what is done to many: messages go first.
const REST: Duration = Duration::from_millis(50);

/// Lanes that are being served.
type Served = Arc<Mutex<HashSet<Lane>>>;

/// A lane's place among them.
struct Place(Served, Lane);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// What delivering needs beside the store.
#[derive(Debug)]
pub struct Outbox {
    /// There is something to deliver.
    rung: Arc<Notify>,
    /// Places for lanes. Closed when the program stops.
    lanes: Semaphore,
    webhooks: Webhooks,
}

impl Outbox {
    pub fn new(rung: Arc<Notify>, webhooks: Webhooks) -> Self {
        Outbox { rung, lanes: Semaphore::new(LANES), webhooks }
    }

    /// Says that there is something to deliver.
    pub fn ring(&self) {
        self.rung.notify_one();
    }
}

/// Delivers as long as the program runs.
pub async fn run(desk: Arc<Desk>) {
    let served = Served::default();
    if let Err(e) = desk.store.fail_unknown(desk.clock.now()).await {
        tracing::error!(error = %e, "what was being sent could not be noted as failed");
    }
    loop {
        match desk.store.fail_some().await {
            Ok(true) => {
                tokio::time::sleep(REST).await;
                desk.outbox.ring();
            }
            Ok(false) => {}
            Err(e) => tracing::error!(error = %e, "what is not sent any more could not be noted as failed"),
        }
        let wait = match desk.store.lanes(desk.clock.now()).await {
            Ok((lanes, next)) => {
                for lane in lanes {
                    if served.lock().unwrap_or_else(PoisonError::into_inner).insert(lane) {
                        let place = Place(served.clone(), lane);
                        tokio::spawn(serve(desk.clone(), place));
                    }
                }
                let left = next.map_or(LONGEST, |next| {
                    Duration::from_millis((next.0 - desk.clock.now().0).max(1) as u64)
                });
                left.min(LONGEST)
            }
            Err(e) => {
                tracing::error!(error = %e, "what is to be delivered could not be read");
                AFTER_FAILURE
            }
        };
        let _ = tokio::time::timeout(wait, desk.outbox.rung.notified()).await;
    }
}

/// Serves a lane until nothing in it is due.
async fn serve(desk: Arc<Desk>, place: Place) {
    loop {
        match desk.deliver(place.1).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                tracing::error!(error = %e, "a lane of deliveries could not go on");
                tokio::time::sleep(AFTER_FAILURE).await;
                break;
            }
        }
    }
    drop(place);
    if desk.outbox.lanes.is_closed() {
        return;
    }
    // What became due between the last look and here.
    desk.outbox.ring();
}

impl Desk {
    /// Sends what is due in a lane; false if nothing was.
    async fn deliver(&self, lane: Lane) -> Result<bool, StoreError> {
        // Held until what came of it is noted.
        let Ok(_place) = self.outbox.lanes.acquire().await else { return Ok(false) };
        let mut due = self.store.due_in(lane, self.clock.now(), TOGETHER).await?;
        if due.is_empty() {
            return Ok(false);
        }
        if let Lane::Email(hotel) = lane {
            let numbers = due.iter().map(|one| one.number).collect();
            let sending = self.store.sending(hotel, numbers, self.clock.now()).await?;
            due.retain(|one| sending.contains(&one.number));
        }
        let attempts = join_all(due.into_iter().map(|one| self.attempt(one))).await;
        self.store.attempted(lane, attempts, self.public_url.clone()).await?;
        Ok(true)
    }

    async fn attempt(&self, due: Due) -> Attempt {
        let (kind, came) = match &due.way {
            Way::Webhook { url, secret } => {
                let at = self.clock.now().0 / 1_000;
                let signed = Signed { id: due.id, event: &due.event, body: &due.body, secret, at };
                let sent = self.outbox.webhooks.send(url, signed).await;
                ("webhook", sent.map_err(|answer| (answer, true)))
            }
            Way::Email => ("email", self.send_email(&due).await),
        };
        let at = self.clock.now();
        let outcome = if came.is_ok() { "sent" } else { "failed" };
        self.metrics.deliveries.with_label_values(&[kind, outcome]).inc();
        let patience = self.patience();
        let next = Millis(at.0 + PAUSES[(due.tries as usize).min(PAUSES.len() - 1)] * 1_000);
        let (answer, then) = match came {
            Ok(answer) => (answer, Then::Sent),
            Err((answer, true)) if next.0 - due.since.0 < patience => (answer, Then::Again(next)),
            Err((answer, _)) => (answer, Then::Failed),
        };
        // One that is given up is given up before its last pause.
        let quiet = if then == Then::Failed { patience - LAST_PAUSE } else { patience };
        Attempt { number: due.number, at, answer, then, quiet_since: Millis(at.0 - quiet) }
    }

    /// How long it is tried, in milliseconds.
    fn patience(&self) -> i64 {
        i64::try_from(self.settings.delivery_hours).unwrap_or(i64::MAX / Millis::HOUR) * Millis::HOUR
    }

    /// The answer; of a failure whether it may be tried again. The words are ours: a mail server's may name
    /// the address, which the hotel may not know (rule H8).
    async fn send_email(&self, due: &Due) -> Result<String, (String, bool)> {
        let Ok(email) = serde_json::from_str::<Email>(&due.body) else {
            return Err(("The message couldn’t be read".into(), false));
        };
        match self.mail.send_now(&email, due.id).await {
            Ok(()) => Ok("Handed to the mail server".into()),
            Err(NotSent::Busy(why)) => Err((format!("Temporarily rejected: {why}"), true)),
            Err(NotSent::Refused(why)) => Err((format!("Refused: {why}"), false)),
            Err(NotSent::Unknown) => {
                Err(("The mail server didn’t confirm receipt; the e-mail may have been sent".into(), false))
            }
        }
    }

    /// Takes nothing up any more; resolves when what is on its way has come to its end.
    pub async fn end_deliveries(&self) {
        self.outbox.lanes.close();
        while self.outbox.lanes.available_permits() < LANES {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Forgets what ended long ago, in steps.
    pub async fn tidy_deliveries(&self) -> Answer<()> {
        while self.store.forget_deliveries(Millis(self.clock.now().0 - LISTED), MOST).await? {
            tokio::time::sleep(REST).await;
        }
        Ok(())
    }
}
