//! People with a login.

use super::{HotelId, StaffId};
use serde::{Deserialize, Serialize};

/// A person with a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    pub id: StaffId,
    pub name: String,
    /// Stands over all hotels.
    pub admin: bool,
    pub memberships: Vec<Membership>,
}

impl Staff {
    /// The role this person has in `hotel`; `None` without a membership (an admin needs none).
    pub fn role_in(&self, hotel: HotelId) -> Option<Role> {
        self.memberships.iter().find(|m| m.hotel == hotel).map(|m| m.role)
    }

    /// Answers for `hotel`: its managers, and admins.
    pub fn leads(&self, hotel: HotelId) -> bool {
        self.admin || self.role_in(hotel) == Some(Role::Manager)
    }

    /// May read the logs of at least one hotel.
    pub fn reviews(&self) -> bool {
        self.admin || self.memberships.iter().any(|m| m.role == Role::Manager)
    }
}

/// Joins a staff member to a hotel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub hotel: HotelId,
    pub role: Role,
    /// Takes transfers in this hotel.
    pub available: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Manager,
}

impl Role {
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Manager => "manager",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Role::Agent, Role::Manager].into_iter().find(|role| role.as_str() == text)
    }
}

/// Somebody by id and name: a holder, an author, a viewer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: StaffId,
    pub name: String,
}

/// A person of a hotel as the others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: StaffId,
    pub name: String,
    pub role: Role,
    /// The availability switch.
    pub available: bool,
    /// Has a console open now.
    pub present: bool,
}
