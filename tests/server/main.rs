//! The rules, shown through real sockets against the real server.
//!
//! Every test boots the program itself on a free port with a database of its own, and speaks to it as a
//! stranger would: by HTTP and the wire of `docs/protocol.md`. Nothing here sleeps to wait; it waits for an
//! event with a deadline.

#![allow(clippy::unwrap_used)]

mod client;
mod house;
mod receiver;
mod upload;

mod api;
mod attachments;
mod auth;
mod backup;
mod bidding;
mod bucket;
mod crash;
mod devices;
mod exports;
mod fallback;
mod frames;
mod hands;
mod http;
mod keeping;
mod limits;
mod lines;
mod once;
mod order;
mod picture;
mod presence;
mod privacy;
mod push;
mod reports;
mod requests;
mod rights;
mod rooms;
mod routes;
mod search;
mod settings;
mod several;
mod stays;
mod tags;
mod trail;
mod vouch;
mod walls;
mod webhooks;
mod whispers;
mod world;
