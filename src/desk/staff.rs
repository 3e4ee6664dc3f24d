//! Logging in, availability, and telling colleagues of it.

use super::{Answer, Desk, password};
use crate::{
    hub::{Audience, encode},
    store::{Audit, StoreError},
};
use domain::wire::staff::Event;
use domain::{HotelId, Refusal, Staff, StaffId};
use std::net::IpAddr;

impl Desk {
    /// The person for this e-mail and password. Which half was wrong is not told, and the time it takes does
    /// not tell.
    pub async fn log_in(&self, address: IpAddr, email: &str, password: String) -> Answer<Staff> {
        let email = email.trim().to_lowercase();
        // RFC 5321 allows 254. Nothing longer is looked up, counted or written down.
        if email.len() > 254 || password.len() > 1024 {
            return Err(Refusal::NotFound.into());
        }
        self.limits.login(address, &email)?;
        let login = self.store.login(&email).await?;
        let hash = login.as_ref().map(|l| l.password_hash.clone());
        let matches = password::matches(password, hash).await?;
        // Asked again: the password may have been changed, or the login withdrawn, while this one waited for
        // its turn.
        let still = if matches { self.store.login(&email).await? } else { None };
        let staff = match (login, still) {
            (Some(checked), Some(now)) if checked.password_hash == now.password_hash && !now.disabled => {
                self.store.staff(now.id).await?
            }
            _ => None,
        };
        match &staff {
            Some(staff) => self.audit("login", Some(staff.id), None, format!("from {address}")).await,
            None => self.audit("login_failed", None, None, format!("{email} from {address}")).await,
        }
        Ok(staff.ok_or(Refusal::NotFound)?)
    }

    /// Switches availability in one hotel, or in all of theirs.
    pub async fn set_available(&self, staff: StaffId, hotel: Option<HotelId>, on: bool) -> Answer<()> {
        if let Some(hotel) = hotel {
            let known = self.store.staff(staff).await?.is_some_and(|s| s.role_in(hotel).is_some());
            known.then_some(()).ok_or(Refusal::NotFound)?;
        }
        self.store.set_available(staff, hotel, on).await?;
        self.audit(if on { "available" } else { "unavailable" }, Some(staff), hotel, String::new()).await;
        self.tell_colleagues(staff).await
    }

    /// Tells everybody in this person's hotels who is there.
    pub async fn tell_colleagues(&self, staff: StaffId) -> Answer<()> {
        let Some(staff) = self.store.staff(staff).await? else { return Ok(()) };
        for membership in staff.memberships {
            self.tell_who_is_there(membership.hotel).await?;
        }
        Ok(())
    }

    /// Tells everybody who watches a hotel who is there.
    pub(super) async fn tell_who_is_there(&self, hotel: HotelId) -> Answer<()> {
        let colleagues = self.colleagues(hotel).await?;
        self.hub.tell(Audience::Hotel(hotel), encode(&Event::Colleagues { hotel, colleagues }));
        Ok(())
    }

    /// The trail is written beside what it tells of; its failure is logged and stops nobody at the desk.
    pub async fn audit(
        &self,
        what: &'static str,
        by: Option<StaffId>,
        hotel: Option<HotelId>,
        detail: String,
    ) {
        if let Err(e) = self.must_audit(what, by, hotel, detail).await {
            tracing::error!(error = %e, what, "the audit trail could not be written");
        }
    }

    /// As [`Desk::audit`], for what is not done without its line.
    pub(super) async fn must_audit(
        &self,
        what: &'static str,
        by: Option<StaffId>,
        hotel: Option<HotelId>,
        detail: String,
    ) -> Result<(), StoreError> {
        self.store.audit(Audit { at: self.clock.now(), what, by, hotel, detail }).await
    }
}
