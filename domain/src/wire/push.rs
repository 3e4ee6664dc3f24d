//! What a hotel's own system pushes, as pages read it. It is `{"on":"push",…}`, for guests and staff alike.

use crate::is_blank;
use serde::Deserialize;

/// The most characters of a title, and of a text.
pub const TITLE: usize = 120;
pub const TEXT: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Push {
    /// The hotel's slug.
    pub hotel: String,
    /// The hotel and which of its systems, for people.
    pub source: String,
    pub body: Words,
}

/// What of its body is shown; the rest is for the site that embeds the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Words {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
}

impl Words {
    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        [&self.title, &self.text].into_iter().all(|words| words.as_deref().is_none_or(is_blank))
    }
}
