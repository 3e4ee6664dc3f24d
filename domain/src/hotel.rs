//! Properties.

use super::{FileLimits, HotelId};
use serde::{Deserialize, Serialize};

/// A property, as guests and staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotel {
    pub id: HotelId,
    /// The name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    pub name: String,
    /// The town, as a guest would say it.
    pub place: String,
    /// IANA name, such as `Europe/Zurich`.
    pub time_zone: String,
    /// BCP 47 tags, the hotel's first language first.
    pub languages: Vec<String>,
    pub greeting: String,
    /// The hotel's colour as `#rrggbb`.
    pub accent: String,
    pub files: FileLimits,
}
