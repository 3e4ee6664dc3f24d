//! What people may do: given, changed, taken away, and what follows from that at once.
//!
//! In: who changes whose rights, here or in another process beside this one. Out: sockets that are closed and
//! begin anew with what is left, conversations that wait again instead of being held by nobody, colleagues
//! who see it. Never: a change of one's own rights, so that somebody is always left who can undo it.

use super::{Answer, Desk, No, password};
use crate::{
    hub::Reason,
    store::{ActorId, NewRole, NewStaff, Somebody},
};
use domain::{Command, HotelId, Refusal, Role, Staff, StaffId};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// How often changes are looked for, whoever made them: a withdrawn login ends within a second.
const EVERY: Duration = Duration::from_millis(250);

/// Runs until the program ends. What has changed up to `rev` is known to every socket.
pub async fn run(desk: Arc<Desk>, mut rev: i64) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // At the start too: rights may have changed while no server ran.
    let mut due = true;
    loop {
        tick.tick().await;
        match desk.store.rights_changed(rev).await {
            Ok(changes) => {
                for change in changes {
                    let reason = if change.disabled { Reason::Disabled } else { Reason::Changed };
                    desk.hub.close_staff(&[change.staff], reason);
                    (rev, due) = (change.rev, true);
                }
            }
            Err(e) => tracing::error!(error = %e, "changed rights could not be read"),
        }
        if due {
            match desk.release_without_right().await {
                Ok(()) => due = false,
                // Tried again at the next turn.
                Err(e) => tracing::error!(error = %e, "what is held without a right could not be released"),
            }
        }
    }
}

impl Desk {
    /// Releases what is held by those who may not answer there any more, and tells their colleagues.
    async fn release_without_right(&self) -> Answer<()> {
        let mut done = Ok(());
        for (conversation, epoch) in self.store.held_without_right().await? {
            let release = Command::Release {
                epoch,
                reason: "the agent no longer has access to this \
                hotel"
                    .into(),
            };
            // A refusal means somebody was faster; then there is nothing left to do.
            if let Err(No::Failed(e)) = self.order(ActorId::System, conversation, release).await {
                done = Err(e.into());
            }
        }
        for hotel in self.store.hotels().await? {
            self.tell_who_is_there(hotel.id).await?;
        }
        done
    }

    /// Adds a person with a login. The e-mail is kept in lower case. `by` is nobody for the operator at the
    /// command line.
    pub async fn add_staff(
        &self,
        email: &str,
        name: &str,
        password: String,
        admin: bool,
        memberships: Vec<(HotelId, Role)>,
        by: Option<StaffId>,
    ) -> Answer<StaffId> {
        let email = self.line(email, 254)?.to_lowercase();
        let invalid = |field: &str, why: String| Refusal::Invalid { field: field.into(), why };
        if !email.split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty())
            || email.contains(' ')
        {
            return Err(invalid("E-mail", format!("{email:?} is not an address")).into());
        }
        let name = self.line(name, 80)?;
        if name.is_empty() {
            return Err(invalid("Name", "can’t be empty; guests and colleagues will see it".into()).into());
        }
        let id = StaffId::new();
        let password_hash = self.new_password(password).await?;
        let staff = NewStaff { id, email, name, password_hash, admin, memberships, at: self.clock.now() };
        self.store.add_staff(staff, by).await??;
        Ok(id)
    }

    async fn new_password(&self, password: String) -> Answer<String> {
        if !(password::SHORTEST..=password::LONGEST).contains(&password.chars().count()) {
            let why = format!("{} to {} characters", password::SHORTEST, password::LONGEST);
            return Err(Refusal::Invalid { field: "Password".into(), why }.into());
        }
        Ok(password::hash(password).await?)
    }

    /// The people whose rights this person may see, by name.
    pub async fn people(&self, staff: &Staff) -> Answer<Vec<Somebody>> {
        Ok(self.store.people(Some(staff.id)).await?)
    }

    /// Gives, changes or takes away roles.
    pub async fn set_roles(&self, staff: StaffId, roles: Vec<NewRole>, by: Option<StaffId>) -> Answer<()> {
        not_ones_own("Role", staff, by)?;
        Ok(self.store.set_roles(staff, roles, by, self.clock.now()).await??)
    }

    /// Makes somebody an admin over all hotels, or no longer one.
    pub async fn set_admin(&self, staff: StaffId, admin: bool, by: Option<StaffId>) -> Answer<()> {
        not_ones_own("Role", staff, by)?;
        Ok(self.store.set_admin(staff, admin, by, self.clock.now()).await??)
    }

    /// Withdraws a login, or gives it back.
    pub async fn set_login(&self, staff: StaffId, works: bool, by: Option<StaffId>) -> Answer<()> {
        not_ones_own("Login", staff, by)?;
        Ok(self.store.set_login(staff, works, by, self.clock.now()).await??)
    }

    /// Sets somebody else's password. Whoever was signed in with the one before is not any more.
    pub async fn set_password(&self, staff: StaffId, password: String, by: Option<StaffId>) -> Answer<()> {
        not_ones_own("Password", staff, by)?;
        let hash = self.new_password(password).await?;
        Ok(self.store.set_password(staff, hash, by, self.clock.now()).await??)
    }

    /// Changes one's own password, which takes the one before. All one's sessions end.
    pub async fn change_password(
        &self,
        address: IpAddr,
        staff: StaffId,
        old: String,
        new: String,
    ) -> Answer<()> {
        self.limits.login(address, &staff.to_string())?;
        let hash = self.store.password(staff).await?.map(|(hash, _)| hash);
        if old.len() > 1024 || !password::matches(old, hash).await? {
            let why = "that’s not your current password".to_owned();
            return Err(Refusal::Invalid { field: "Current password".into(), why }.into());
        }
        let hash = self.new_password(new).await?;
        Ok(self.store.set_password(staff, hash, Some(staff), self.clock.now()).await??)
    }
}

fn not_ones_own(field: &str, staff: StaffId, by: Option<StaffId>) -> Answer<()> {
    if by != Some(staff) {
        return Ok(());
    }
    Err(Refusal::Invalid {
        field: field.into(),
        why: "you can’t change your own; ask another \
        admin"
            .into(),
    }
    .into())
}
