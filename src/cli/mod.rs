//! The command line: `serve`, and what an operator does before and beside it. Errors are one line and a
//! non-zero exit.

mod files;
mod hotel;
mod staff;

use crate::{
    backup,
    blobs::BucketUrl,
    config::{Database, Settings},
    demo,
    failure::Failure,
    house::House,
    router, serve,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A guest-messaging desk for hotels.
#[derive(Debug, Parser)]
#[command(
    name = "bellhop",
    version,
    about,
    long_about = None,
    after_help = "BELLHOP_LOG says what is logged to standard error: info by default, \
        or directives such as warn,bellhop=debug."
)]
pub struct Cli {
    #[command(flatten)]
    pub database: Database,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Box<Settings>),
    /// Create the database or bring it up to date
    Migrate,
    /// Load the demo hotels into an empty database
    Demo,
    /// People with a login
    #[command(subcommand)]
    Staff(staff::Command),
    /// Hotels
    #[command(subcommand)]
    Hotel(hotel::Command),
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Photos, voice messages and other files that people send
    #[command(subcommand)]
    Files(files::Command),
    /// Every address, how it is asked, and who may ask
    Routes,
    /// Write everything into one file; the server may run meanwhile
    Backup {
        /// The file to write, which must not exist
        file: PathBuf,
        #[command(flatten)]
        beside: Beside,
    },
    /// Check a backup and put it back; the server must not run
    Restore {
        /// A file that `bellhop backup` has written
        file: PathBuf,
        /// Set a database that is there already aside
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        beside: Beside,
    },
}

#[derive(Args, Debug)]
pub struct Beside {
    /// Where letters are written while there is no mail server
    #[arg(long, env = "BELLHOP_MAIL_DIR", default_value = "data/mail")]
    mail_dir: PathBuf,

    /// Folder in which photos, voice messages and other files lie
    #[arg(long, env = "BELLHOP_FILES_DIR", default_value = "data/files")]
    files_dir: PathBuf,

    /// The bucket in which they lie instead, if they do; it is not part of a backup
    #[arg(long, env = "BELLHOP_FILES_URL")]
    files_url: Option<BucketUrl>,
}

impl Beside {
    fn there(&self) -> backup::Beside<'_> {
        backup::Beside { mail: &self.mail_dir, files: &self.files_dir, bucket: self.files_url.is_some() }
    }
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Find a changed or missing line
    Verify {
        /// A hash that was noted before and must still be in the chain
        #[arg(long, value_name = "HASH")]
        expect: Option<String>,
    },
}

pub async fn run(cli: Cli) -> Result<(), Failure> {
    let url = &cli.database.database_url;
    match cli.command {
        Command::Serve(settings) => serve::serve(url, *settings).await,
        Command::Migrate => {
            House::open(url, default_settings(), String::new()).await?.close().await;
            println!("{url} is up to date.");
            Ok(())
        }
        Command::Demo => {
            let house = House::open(url, default_settings(), String::new()).await?;
            let loaded = demo::load_if_empty(&house).await;
            house.close().await;
            match loaded? {
                true => println!("{}", demo::LOGINS),
                false => {
                    return Err("the database is not empty; the demo is loaded only into an empty one".into());
                }
            }
            Ok(())
        }
        Command::Audit(AuditCommand::Verify { expect }) => {
            println!("{}", backup::verify(url, expect.as_deref()).await?);
            Ok(())
        }
        Command::Routes => {
            for route in router::routes() {
                println!("{:<8} {:<4} {}", format!("{:?}", route.who), route.method, route.path);
            }
            Ok(())
        }
        Command::Backup { file, beside } => {
            let what = backup::backup(url, beside.there(), &file).await?;
            println!("{} holds {what}.", file.display());
            Ok(())
        }
        Command::Restore { file, replace, beside } => {
            let what = backup::restore(url, beside.there(), &file, replace).await?;
            println!("{url} holds {what}.");
            Ok(())
        }
        Command::Staff(command) => with_house(url, async |house| staff::run(house, command).await).await,
        Command::Files(command) => with_house(url, async |house| files::run(house, command).await).await,
        Command::Hotel(command) => with_house(url, async |house| hotel::run(house, command).await).await,
    }
}

async fn with_house(url: &str, work: impl AsyncFnOnce(&House) -> Result<(), Failure>) -> Result<(), Failure> {
    let house = House::open(url, default_settings(), String::new()).await?;
    let done = work(&house).await;
    house.close().await;
    done
}

/// Commands beside the server need the same desk, with nothing of it changed.
fn default_settings() -> Settings {
    #[derive(Parser)]
    struct Defaults {
        #[command(flatten)]
        settings: Settings,
    }
    Defaults::try_parse_from(["bellhop"]).expect("every setting has a default").settings
}
