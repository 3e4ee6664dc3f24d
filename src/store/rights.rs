//! What people may do, and how that changes while they are at work.

use super::{NewStaff, Result, stay::Done};
use domain::{ConversationId, Epoch, HotelId, Millis, Role, StaffId};

/// A person with a login, as those see them who answer for a hotel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    /// Stands over all hotels.
    pub admin: bool,
    /// The login was withdrawn.
    pub disabled: bool,
    /// When a console of theirs was last open.
    pub seen_at: Option<Millis>,
    /// Their roles in the viewer's hotels.
    pub roles: Vec<(HotelId, Role)>,
}

/// Somebody's rights have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightsChange {
    /// Counts all such changes; of several of one person's only the last is told.
    pub rev: i64,
    pub staff: StaffId,
    /// The login was withdrawn.
    pub disabled: bool,
}

/// A role that is given, changed or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRole {
    pub hotel: HotelId,
    /// The role whoever changes it was shown, if they were shown one: it must still be that.
    pub seen: Option<Option<Role>>,
    /// `None` takes it away.
    pub role: Option<Role>,
}

/// Every change stands in the trail, in the transaction that makes it. `by` is whoever makes it, who must
/// lead the hotel, or be an admin where it is not of one hotel; `None` is the operator at the command line,
/// who may do everything.
#[async_trait::async_trait]
pub trait Rights: Send + Sync + 'static {
    /// Everybody, for an admin and for the operator (`None`); else the people of the hotels the viewer leads
    /// (rule H8). By name.
    async fn people(&self, viewer: Option<StaffId>) -> Result<Vec<Somebody>>;
    /// Adds a person with a login. Refused if the address has one.
    async fn add_staff(&self, staff: NewStaff, by: Option<StaffId>) -> Result<Done>;
    /// Gives, changes or takes away roles, all of them or none. A manager does so for those who are of a
    /// hotel of theirs.
    async fn set_roles(
        &self,
        staff: StaffId,
        roles: Vec<NewRole>,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<Done>;
    /// Makes somebody an admin over all hotels, or no longer one.
    async fn set_admin(&self, staff: StaffId, admin: bool, by: Option<StaffId>, at: Millis) -> Result<Done>;
    /// Withdraws a login and ends its sessions, or gives it back.
    async fn set_login(&self, staff: StaffId, works: bool, by: Option<StaffId>, at: Millis) -> Result<Done>;
    /// The hash of somebody's password, and whether somebody else has set it.
    async fn password(&self, staff: StaffId) -> Result<Option<(String, bool)>>;
    /// Sets a password, and ends the sessions of the one before.
    async fn set_password(
        &self,
        staff: StaffId,
        hash: String,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<Done>;
    /// Whose rights have changed after `rev`, in that order.
    async fn rights_changed(&self, rev: i64) -> Result<Vec<RightsChange>>;
    /// What is held by somebody who may not answer there any more.
    async fn held_without_right(&self) -> Result<Vec<(ConversationId, Epoch)>>;
}
