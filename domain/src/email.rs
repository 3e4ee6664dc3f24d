use serde::{Deserialize, Serialize};

/// An e-mail to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    pub to: String,
    pub subject: String,
    /// Plain text.
    pub text: String,
}
