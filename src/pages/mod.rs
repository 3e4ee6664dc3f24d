//! The pages. In: a request. Out: HTML that is whole without WASM, with the data a hydrating page starts
//! from. Never: a rule; pages ask the desk.

pub mod account;
pub mod attachments;
pub mod audit;
pub mod board;
pub mod chat;
pub mod demo;
pub mod desk;
mod download;
pub mod exports;
pub mod files;
pub mod home;
pub mod hotels;
pub mod hours;
pub mod login;
pub mod logs;
mod moment;
pub mod privacy;
pub mod reports;
pub mod requests;
pub mod retention;
mod reviewer;
pub mod rooms;
mod shell;
pub mod staff;
pub mod stays;
pub mod tags;
pub mod transcript;
mod visitor;
pub mod webhooks;
pub mod whisper;
