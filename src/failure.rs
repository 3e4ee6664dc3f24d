//! Why the program or one of its commands ended: one line for the operator.

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
