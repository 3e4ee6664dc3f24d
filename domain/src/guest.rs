//! People who write to hotels.

use super::GuestId;
use serde::{Deserialize, Serialize};

/// A guest as **one** hotel knows them: only the name and details given to that hotel (rule H8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    pub id: GuestId,
    /// Empty for a guest who has not introduced themselves; see [`Guest::label`].
    pub name: String,
    /// BCP 47 tag of the browser's first language, such as `de-CH`; empty if unknown.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub language: String,
}

impl Guest {
    /// The name to show: the given one, or one made from the id that stays the same.
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let id = self.id.0.simple().to_string();
        format!("Guest {}", id[id.len() - 4..].to_ascii_uppercase())
    }
}
