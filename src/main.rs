//! The Bellhop server: settings → store → bus → hub → desk → serve.

mod api;
mod backup;
mod blobs;
mod bus;
mod cli;
mod clock;
mod config;
mod demo;
mod desk;
mod error;
mod failure;
mod files;
mod forms;
mod forwarded;
mod health;
mod hex;
mod house;
mod hub;
mod incoming;
mod limits;
mod mail;
mod media;
mod metrics;
mod network;
mod origin;
mod pages;
mod place;
mod priority;
mod router;
mod serve;
mod session;
mod socket;
mod state;
mod store;
mod webhook;
mod whispers;
mod words;

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = std::env::var("BELLHOP_LOG").unwrap_or_else(|_| "info".into());
    // At `trace` this library prints every frame. What is said is for nobody's log, least of all what fades
    // (rule H11), whatever was asked for.
    let directives = wanted.split(',').filter(|directive| !directive.contains("tungstenite"));
    let directives: Vec<_> = directives.chain(["tungstenite=info", "tokio_tungstenite=info"]).collect();
    let filter = tracing_subscriber::EnvFilter::try_new(directives.join(","))
        .unwrap_or_else(|_| "info,tungstenite=info,tokio_tungstenite=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli::run(cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bellhop: {why}");
            ExitCode::FAILURE
        }
    }
}
