//! Who is acting, and who is named beside a line of the timeline.

use super::{Guest, Person, Role, StaffId};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};
use uuid::Uuid;

/// Who is acting, with the standing they have **in the hotel concerned**.
///
/// The server makes it from a cookie and the membership table; nothing a client sends can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Guest(Guest),
    Staff(Person, Role),
    /// Stands over all hotels.
    Admin(Person),
    /// Bellhop itself, for example when a holder has gone.
    System,
}

impl Actor {
    /// The person with a login behind this actor, if there is one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Actor::Staff(person, _) | Actor::Admin(person) => Some(person),
            Actor::Guest(_) | Actor::System => None,
        }
    }

    pub fn is(&self, staff: StaffId) -> bool {
        self.person().is_some_and(|p| p.id == staff)
    }

    /// May give away conversations that others hold: a hotel's manager, an admin, Bellhop itself.
    pub fn leads(&self) -> bool {
        matches!(self, Actor::Staff(_, Role::Manager) | Actor::Admin(_) | Actor::System)
    }

    /// The actor as an author in the timeline.
    pub fn by(&self) -> By {
        match self {
            Actor::Guest(guest) => By { kind: ActorKind::Guest, id: Some(guest.id.0), name: guest.label() },
            Actor::Staff(p, _) => By { kind: ActorKind::Staff, id: Some(p.id.0), name: p.name.clone() },
            Actor::Admin(p) => By { kind: ActorKind::Admin, id: Some(p.id.0), name: p.name.clone() },
            Actor::System => By { kind: ActorKind::System, id: None, name: "Bellhop".into() },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    Guest,
    Staff,
    Admin,
    System,
}

impl ActorKind {
    pub const ALL: [ActorKind; 4] = [ActorKind::Guest, ActorKind::Staff, ActorKind::Admin, ActorKind::System];

    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::Guest => "guest",
            ActorKind::Staff => "staff",
            ActorKind::Admin => "admin",
            ActorKind::System => "system",
        }
    }
}

/// The author of an entry, under the name they had when they wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct By {
    pub kind: ActorKind,
    /// Of the staff. Who a guest is stays inside: it would be the same in every hotel.
    #[serde(default)]
    pub id: Option<Uuid>,
    pub name: String,
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = self.id.filter(|_| !self.is_guest());
        let mut by = serializer.serialize_struct("By", 3)?;
        by.serialize_field("kind", &self.kind)?;
        if let Some(id) = id {
            by.serialize_field("id", &id)?;
        }
        by.serialize_field("name", &self.name)?;
        by.end()
    }
}

impl By {
    pub fn is_guest(&self) -> bool {
        self.kind == ActorKind::Guest
    }

    pub fn is(&self, staff: StaffId) -> bool {
        self.id == Some(staff.0)
    }

    /// Somebody with a login.
    pub fn staff(&self) -> Option<StaffId> {
        let staff = matches!(self.kind, ActorKind::Staff | ActorKind::Admin);
        self.id.filter(|_| staff).map(StaffId)
    }
}
