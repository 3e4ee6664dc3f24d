//! The command line: `serve`, and what an operator does before and beside it. Errors are one line and a non-zero exit.

use crate::{
    backup,
    config::{Database, Settings},
    demo,
    desk::No,
    house::House,
    serve,
    store::NewRole,
};
use app::domain::{Hotel, HotelId, Role};
use clap::{Args, Parser, Subcommand};
use std::{
    io::{BufRead as _, IsTerminal as _},
    path::PathBuf,
};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A guest-messaging desk for hotels.
#[derive(Debug, Parser)]
#[command(
    name = "bellhop",
    version,
    about,
    long_about = None,
    after_help = "BELLHOP_LOG says what is logged to standard error: info by default, or directives such as warn,bellhop=debug."
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
    Staff(StaffCommand),
    /// Hotels
    #[command(subcommand)]
    Hotel(HotelCommand),
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write everything into one file; the server may run meanwhile
    Backup {
        /// The file to write, which must not exist
        file: PathBuf,
        #[command(flatten)]
        letters: Letters,
    },
    /// Check a backup and put it back; the server must not run
    Restore {
        /// A file that `bellhop backup` has written
        file: PathBuf,
        /// Set a database that is there already aside
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        letters: Letters,
    },
}

#[derive(Args, Debug)]
pub struct Letters {
    /// Where letters are written while there is no mail server
    #[arg(long, env = "BELLHOP_MAIL_DIR", default_value = "data/mail")]
    mail_dir: PathBuf,
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

#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Add a person; the password is read from a prompt or from standard input
    Add(AddStaff),
    /// List the people and their roles
    List,
    /// Give, change or take away roles; open consoles follow within a second
    Role(SetRole),
    /// Withdraw a login; open consoles close within a second
    Disable { email: String },
    /// Give a withdrawn login back
    Enable { email: String },
    /// Set a new password, read from a prompt or from standard input
    Password { email: String },
}

#[derive(Args, Debug)]
pub struct AddStaff {
    /// The e-mail address to sign in with
    email: String,
    /// The name guests and colleagues see
    #[arg(long)]
    name: String,
    /// Stands over all hotels
    #[arg(long)]
    admin: bool,
    /// Answers guests of this hotel (slug); may be repeated
    #[arg(long, value_name = "HOTEL")]
    agent: Vec<String>,
    /// Manages this hotel (slug); may be repeated
    #[arg(long, value_name = "HOTEL")]
    manager: Vec<String>,
}

#[derive(Args, Debug)]
pub struct SetRole {
    email: String,
    /// Answers guests of this hotel (slug); may be repeated
    #[arg(long, value_name = "HOTEL")]
    agent: Vec<String>,
    /// Manages this hotel (slug); may be repeated
    #[arg(long, value_name = "HOTEL")]
    manager: Vec<String>,
    /// Is no longer of this hotel (slug); may be repeated
    #[arg(long, value_name = "HOTEL")]
    none: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum HotelCommand {
    /// Add a hotel
    Add(AddHotel),
    /// List the hotels
    List,
}

#[derive(Args, Debug)]
pub struct AddHotel {
    /// The name in addresses: lower-case letters, digits and hyphens
    slug: String,
    #[arg(long)]
    name: String,
    /// The town
    #[arg(long, default_value = "")]
    place: String,
    /// IANA name, such as Europe/Zurich
    #[arg(long)]
    time_zone: String,
    /// BCP 47 tags, the first language first
    #[arg(long, value_delimiter = ',', default_value = "en")]
    languages: Vec<String>,
    #[arg(long, default_value = "Welcome. How can we help?")]
    greeting: String,
    /// The hotel's colour, as #rrggbb
    #[arg(long, default_value = "#1f5f6b")]
    accent: String,
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
                false => return Err("the database is not empty; the demo is loaded only into an empty one".into()),
            }
            Ok(())
        }
        Command::Audit(AuditCommand::Verify { expect }) => {
            println!("{}", backup::verify(url, expect.as_deref()).await?);
            Ok(())
        }
        Command::Backup { file, letters } => {
            let what = backup::backup(url, &letters.mail_dir, &file).await?;
            println!("{} holds {what}.", file.display());
            Ok(())
        }
        Command::Restore { file, replace, letters } => {
            let what = backup::restore(url, &letters.mail_dir, &file, replace).await?;
            println!("{url} holds {what}.");
            Ok(())
        }
        Command::Staff(command) => with_house(url, async |house| staff(house, command).await).await,
        Command::Hotel(command) => with_house(url, async |house| hotel(house, command).await).await,
    }
}

async fn with_house(url: &str, work: impl AsyncFnOnce(&House) -> Result<(), Failure>) -> Result<(), Failure> {
    let house = House::open(url, default_settings(), String::new()).await?;
    let done = work(&house).await;
    house.close().await;
    done
}

async fn staff(house: &House, command: StaffCommand) -> Result<(), Failure> {
    let (desk, store) = (&house.desk, &house.desk.store);
    match command {
        StaffCommand::Add(new) => {
            // What can be known to be wrong is said before a password is asked for.
            if !new.email.contains('@') {
                return Err(format!("{:?} is not an e-mail address", new.email).into());
            }
            if store.login(&new.email.trim().to_lowercase()).await?.is_some() {
                return Err(format!("{} already has a login", new.email).into());
            }
            if !new.admin && new.agent.is_empty() && new.manager.is_empty() {
                return Err("say what the person may do: --admin, --agent HOTEL or --manager HOTEL".into());
            }
            let mut memberships = Vec::new();
            for (slugs, role) in [(&new.agent, Role::Agent), (&new.manager, Role::Manager)] {
                for slug in slugs {
                    memberships.push((hotel_called(house, slug).await?, role));
                }
            }
            let password = read_password()?;
            in_words(desk.add_staff(&new.email, &new.name, password, new.admin, memberships, None).await)?;
            println!("{} can sign in now.", new.email);
        }
        StaffCommand::List => {
            let hotels = store.hotels().await?;
            for somebody in store.people(None).await? {
                let role = |(hotel, role): &(HotelId, Role)| {
                    let slug = hotels.iter().find(|h| h.id == *hotel).map_or("?", |h| &h.slug);
                    format!("{slug}:{}", role.as_str())
                };
                let mut words: Vec<String> = somebody.roles.iter().map(role).collect();
                words.extend(somebody.admin.then(|| "admin".to_owned()));
                words.extend(somebody.disabled.then(|| "disabled".to_owned()));
                println!("{:32} {:24} {}", somebody.email, somebody.name, words.join(" "));
            }
        }
        StaffCommand::Role(new) => {
            let login = known(house, &new.email).await?;
            let mut roles: Vec<NewRole> = Vec::new();
            for (slugs, role) in [(&new.agent, Some(Role::Agent)), (&new.manager, Some(Role::Manager)), (&new.none, None)] {
                for slug in slugs {
                    let hotel = hotel_called(house, slug).await?;
                    if roles.iter().any(|new| new.hotel == hotel) {
                        return Err(format!("{slug} is named twice").into());
                    }
                    roles.push(NewRole { hotel, seen: None, role });
                }
            }
            if roles.is_empty() {
                return Err("say what changes: --agent HOTEL, --manager HOTEL or --none HOTEL".into());
            }
            in_words(desk.set_roles(login, roles, None).await)?;
            println!("{} has the roles now.", new.email);
        }
        StaffCommand::Password { email } => {
            let login = known(house, &email).await?;
            in_words(desk.set_password(login, read_password()?, None).await)?;
            println!("{email} has a new password.");
        }
        StaffCommand::Disable { email } => {
            in_words(desk.set_login(known(house, &email).await?, false, None).await)?;
            println!("{email} can no longer sign in.");
        }
        StaffCommand::Enable { email } => {
            in_words(desk.set_login(known(house, &email).await?, true, None).await)?;
            println!("{email} can sign in again.");
        }
    }
    Ok(())
}

async fn hotel_called(house: &House, slug: &str) -> Result<HotelId, Failure> {
    Ok(house.desk.store.hotel(slug).await?.ok_or_else(|| format!("there is no hotel {slug:?}"))?.id)
}

/// A refusal as the operator reads it.
fn in_words<T>(answer: Result<T, No>) -> Result<T, Failure> {
    answer.map_err(|no| match no {
        No::Refused(refusal) => refusal.in_words().into(),
        No::Failed(e) => e.into(),
    })
}

async fn known(house: &House, email: &str) -> Result<app::domain::StaffId, Failure> {
    let login = house.desk.store.login(&email.trim().to_lowercase()).await?;
    Ok(login.ok_or_else(|| format!("{email} has no login"))?.id)
}

async fn hotel(house: &House, command: HotelCommand) -> Result<(), Failure> {
    let store = &house.desk.store;
    match command {
        HotelCommand::List => {
            for hotel in store.hotels().await? {
                println!("{:24} {:32} {}", hotel.slug, hotel.name, hotel.time_zone);
            }
        }
        HotelCommand::Add(new) => {
            let plain =
                !new.slug.is_empty() && new.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !plain {
                return Err(format!("{:?} is not a slug: lower-case letters, digits and hyphens only", new.slug).into());
            }
            if store.hotel(&new.slug).await?.is_some() {
                return Err(format!("there is a hotel {:?} already", new.slug).into());
            }
            if new.time_zone.parse::<chrono_tz::Tz>().is_err() {
                return Err(format!("{:?} is not a time zone; it looks like Europe/Zurich", new.time_zone).into());
            }
            let digits = new.accent.strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
                return Err(format!("{:?} is not a colour; it looks like #1f5f6b", new.accent).into());
            }
            let hotel = Hotel {
                id: HotelId::new(),
                slug: new.slug.clone(),
                name: new.name,
                place: new.place,
                time_zone: new.time_zone,
                languages: new.languages,
                greeting: new.greeting,
                accent: new.accent,
            };
            store.add_hotel(hotel, house.desk.clock.now()).await?;
            println!("Guests can write at /chat/{}.", new.slug);
        }
    }
    Ok(())
}

/// From the terminal without echo, twice; or one line of standard input.
fn read_password() -> Result<String, Failure> {
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        if first != rpassword::prompt_password("Again: ")? {
            return Err("the two passwords differ".into());
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    Ok(password)
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
