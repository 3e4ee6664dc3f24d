//! A holder who has gone is released, so that no guest waits for an empty chair.
//!
//! In: the hub's word that somebody's last socket closed a while ago. Out: releases by the system, each
//! naming the epoch it saw, like everybody's. Never: a release of somebody who has come back.

use super::Desk;
use crate::store::ActorId;
use domain::{Command, StaffId};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How often absences are looked for.
const EVERY: Duration = Duration::from_millis(250);

/// Runs until the program ends.
pub async fn run(desk: Arc<Desk>, mut movements: mpsc::UnboundedReceiver<StaffId>) {
    match desk.store.holders_once_present().await {
        Ok(holders) => desk.hub.expect_back(holders),
        Err(e) => tracing::error!(error = %e, "the absent holders could not be read"),
    }
    let limit = Duration::from_secs(desk.settings.absence_seconds);
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(staff) = movements.recv() => has_moved(&desk, staff).await,
            _ = tick.tick() => {
                desk.hub.end_stale_typing();
                if let Some(deadline) = Instant::now().checked_sub(limit) {
                    for staff in desk.hub.take_absent(deadline) {
                        release_all(&desk, staff).await;
                    }
                }
            }
        }
    }
}

async fn has_moved(desk: &Desk, staff: StaffId) {
    if let Err(e) = desk.store.set_seen(staff, desk.clock.now()).await {
        tracing::error!(error = %e, "a staff member's presence could not be noted");
    }
    if let Err(e) = desk.tell_colleagues(staff).await {
        tracing::error!(error = %e, "colleagues could not be told");
    }
}

async fn release_all(desk: &Desk, staff: StaffId) {
    let held = match desk.store.held_by(staff).await {
        Ok(held) => held,
        Err(e) => {
            // They are gone still: looked at again at the next turn.
            desk.hub.expect_back([staff]);
            return tracing::error!(error = %e, "an absent holder's conversations could not be read");
        }
    };
    let name = desk.store.staff(staff).await.ok().flatten().map_or_else(|| "The holder".into(), |s| s.name);
    for (conversation, epoch) in held {
        if desk.hub.is_present(staff) {
            return;
        }
        let reason = format!("{name} went offline");
        let release = Command::Release { epoch, reason };
        // A refusal means somebody was faster; then there is nothing left to do.
        if let Err(super::No::Failed(e)) = desk.order(ActorId::System, conversation, release).await {
            desk.hub.expect_back([staff]);
            tracing::error!(error = %e, %conversation, "an absent holder could not be released");
        }
    }
}
