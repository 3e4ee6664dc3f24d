//! "This conversation has grown", from the store to the hub.
//!
//! In: commits, in order. Out: broadcasts for the hub, in the same order. Never: anything that matters; what
//! the bus loses a socket makes good from the store, by its cursor. On one machine the bus is a channel
//! ([`local`]).

pub mod local;
