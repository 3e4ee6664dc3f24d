//! Settings: flags and environment variables, with defaults that suit one hotel on one machine.

use crate::{
    blobs::{BucketUrl, FilesKey},
    forwarded::Proxies,
    network::Networks,
    place::{self, Places},
};
use clap::Args;
use std::net::SocketAddr;

/// Where the database is. Every command needs it.
#[derive(Args, Clone, Debug)]
pub struct Database {
    /// The database: an SQLite file, made if missing
    #[arg(long, env = "BELLHOP_DATABASE_URL", default_value = "sqlite://data/bellhop.db", global = true)]
    pub database_url: String,
}

/// What `bellhop serve` can be told.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Address and port to listen on (port 0 picks a free one)
    #[arg(long, env = "BELLHOP_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,

    /// The address people use, if it differs from ADDR, such as https://chat.example.com; with https, cookies
    /// are Secure
    #[arg(long, env = "BELLHOP_PUBLIC_URL", value_parser = place::place)]
    pub public_url: Option<String>,

    /// Further origins that may open sockets and post forms, separated by commas
    #[arg(long, env = "BELLHOP_ALLOWED_ORIGINS", default_value = "")]
    pub allowed_origins: Places,

    /// Take the client's address from X-Forwarded-For; only behind a proxy that sets it. Behind several in a
    /// row, how many
    #[arg(long, env = "BELLHOP_TRUST_PROXY", default_value = "false", num_args = 0..=1,
        require_equals = true, default_missing_value = "true")]
    pub trust_proxy: Proxies,

    /// Folder with the built front end
    #[arg(long, env = "BELLHOP_SITE_ROOT", default_value = "target/site")]
    pub site_root: String,

    /// Load the demo hotels if the database is empty
    #[arg(long, env = "BELLHOP_DEMO", default_value_t = false)]
    pub demo: bool,

    /// The most characters of one message
    #[arg(long, env = "BELLHOP_MAX_BODY", default_value_t = 4_000)]
    pub max_body: usize,

    /// Messages one guest may send a minute; a third of them at once
    #[arg(long, env = "BELLHOP_GUEST_MESSAGES_PER_MINUTE", default_value_t = 60)]
    pub guest_messages_per_minute: u32,

    /// New guests at one network address a minute, and first conversations of theirs an hour; whoever has a
    /// stay, a room's code or a token of the hotel's site is not counted
    #[arg(long, env = "BELLHOP_NEW_GUESTS_PER_MINUTE", default_value_t = 120)]
    pub new_guests_per_minute: u32,

    /// Login attempts a minute for one e-mail from one network address; six times as many for that address
    #[arg(long, env = "BELLHOP_LOGINS_PER_MINUTE", default_value_t = 15)]
    pub logins_per_minute: u32,

    /// Sockets one guest or one staff member may have open
    #[arg(long, env = "BELLHOP_SOCKETS_PER_PERSON", default_value_t = 20)]
    pub sockets_per_person: usize,

    /// Sockets guests at one network address may have open; whoever signed in is not kept out
    #[arg(long, env = "BELLHOP_SOCKETS_PER_ADDRESS", default_value_t = 2_000)]
    pub sockets_per_address: usize,

    /// Commands a second on one socket before they are refused as too fast
    #[arg(long, env = "BELLHOP_COMMANDS_PER_SECOND", default_value_t = 50)]
    pub commands_per_second: u32,

    /// Events that may wait for one socket before it is closed as too slow
    #[arg(long, env = "BELLHOP_SOCKET_QUEUE", default_value_t = 256)]
    pub socket_queue: usize,

    /// Seconds after which a holder who has gone is released
    #[arg(long, env = "BELLHOP_ABSENCE_SECONDS", default_value_t = 60)]
    pub absence_seconds: u64,

    /// One-time codes one e-mail address may be sent an hour; twice as many for one guest, ten times for one
    /// address
    #[arg(long, env = "BELLHOP_CODES_PER_HOUR", default_value_t = 6)]
    pub codes_per_hour: u32,

    /// Requests to several hotels one guest may make an hour; five times as many come from one address
    #[arg(long, env = "BELLHOP_REQUESTS_PER_HOUR", default_value_t = 12)]
    pub requests_per_hour: u32,

    /// Folder in which exports are written; each is removed a day after it was begun
    #[arg(long, env = "BELLHOP_EXPORT_DIR", default_value = "data/exports")]
    pub export_dir: String,

    /// Seconds between two looks for what has passed a hotel's retention
    #[arg(long, env = "BELLHOP_RETENTION_SECONDS", default_value_t = 86_400)]
    pub retention_seconds: u64,

    /// Calls of the API one key may make a minute; a third of them at once
    #[arg(long, env = "BELLHOP_CALLS_PER_MINUTE", default_value_t = 1_200)]
    pub calls_per_minute: u32,

    /// Private networks that webhooks may reach, such as 10.1.0.0/16, separated by commas; there, and only
    /// there, without TLS too
    #[arg(long, env = "BELLHOP_WEBHOOK_NETWORKS", default_value = "")]
    pub webhook_networks: Networks,

    /// Hours after which what could not be delivered has failed, and a webhook that takes nothing is switched
    /// off
    #[arg(long, env = "BELLHOP_DELIVERY_HOURS", default_value_t = 24)]
    pub delivery_hours: u64,

    #[command(flatten)]
    pub files: FileSettings,

    #[command(flatten)]
    pub mail: MailSettings,

    #[command(flatten)]
    pub whisper: WhisperSettings,

    /// Days without use after which a login ends
    #[arg(long, env = "BELLHOP_SESSION_DAYS", default_value_t = 14)]
    pub session_days: i64,
}

/// Where files lie that people send, and how many.
#[derive(Args, Clone, Debug)]
pub struct FileSettings {
    /// Folder in which photos, voice messages and other files lie
    #[arg(long, env = "BELLHOP_FILES_DIR", default_value = "data/files")]
    pub files_dir: String,

    /// A bucket of an S3-compatible store instead, such as s3://bucket/folder; keys, region and endpoint are
    /// those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL
    #[arg(long, env = "BELLHOP_FILES_URL")]
    pub files_url: Option<BucketUrl>,

    /// With this key, 64 hexadecimal digits, files lie sealed; without it again they cannot be read
    #[arg(long, env = "BELLHOP_FILES_KEY", hide_env_values = true)]
    pub files_key: Option<FilesKey>,

    /// Megabytes of files one guest may send one hotel an hour; five times as many come from one network
    /// address, fifty times as many to one hotel
    #[arg(long, env = "BELLHOP_GUEST_FILE_MB_PER_HOUR", default_value_t = 200)]
    pub guest_file_mb_per_hour: u32,

    /// Megabytes that stay free where the files lie: with fewer, files are refused and words are not
    #[arg(long, env = "BELLHOP_FILES_FLOOR_MB", default_value_t = 500)]
    pub files_floor_mb: u64,
}

/// How letters to guests are sent.
#[derive(Args, Clone, Debug)]
pub struct MailSettings {
    /// The mail server, such as smtps://user:password@mail.example or smtp://localhost:25; without one,
    /// letters are written to MAIL_DIR and into the log
    #[arg(long, env = "BELLHOP_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// Who letters come from
    #[arg(long, env = "BELLHOP_MAIL_FROM", default_value = "Bellhop <bellhop@localhost>")]
    pub mail_from: String,

    /// Where letters are written while there is no mail server
    #[arg(long, env = "BELLHOP_MAIL_DIR", default_value = "data/mail")]
    pub mail_dir: String,
}

/// How much room whispers have.
#[derive(Args, Clone, Debug)]
pub struct WhisperSettings {
    /// A host name whose front page opens a room for whispers, such as whisper.example.com
    #[arg(long, env = "BELLHOP_WHISPER_HOST", value_parser = place::host)]
    pub whisper_host: Option<String>,

    /// Rooms for whispers that may be open at once
    #[arg(long, env = "BELLHOP_WHISPERS", default_value_t = 2_000)]
    pub whispers: usize,

    /// Rooms one network address may open an hour
    #[arg(long, env = "BELLHOP_WHISPERS_PER_HOUR", default_value_t = 60)]
    pub whispers_per_hour: u32,

    /// People in one room at once
    #[arg(long, env = "BELLHOP_WHISPER_PEOPLE", default_value_t = 12)]
    pub whisper_people: usize,

    /// Frames a second one participant may send; somebody who types fast sends a dozen
    #[arg(long, env = "BELLHOP_WHISPER_FRAMES_PER_SECOND", default_value_t = 30)]
    pub whisper_frames_per_second: u32,

    /// Bytes of one frame; a picture is one
    #[arg(long, env = "BELLHOP_WHISPER_FRAME_BYTES", default_value_t = 1_052_672)]
    pub whisper_frame_bytes: usize,

    /// Seconds after which a room ends that everybody has left
    #[arg(long, env = "BELLHOP_WHISPER_IDLE_SECONDS", default_value_t = 600)]
    pub whisper_idle_seconds: u64,

    /// Hours after which a room ends whoever is in it
    #[arg(long, env = "BELLHOP_WHISPER_HOURS", default_value_t = 24)]
    pub whisper_hours: u64,
}

impl Settings {
    /// The address people use: an origin, with nothing behind it.
    pub fn public_url(&self, listening: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{listening}"))
    }
}
