//! How long a hotel keeps things, and how much has passed that time.

/// How many days a hotel keeps things. `None`: until somebody erases them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// After the last word of a resolved conversation.
    pub conversations: Option<i64>,
    /// After the last sign of a guest who has no conversation, and after the departure of a stay.
    pub guests: Option<i64>,
}

/// How much has passed its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WouldGo {
    pub conversations: i64,
    /// Without a conversation.
    pub guests: i64,
    /// Over, and no conversation's.
    pub stays: i64,
}
