//! People with a login, kept by the operator.

use crate::failure::Failure;
use crate::{desk::No, house::House, store::NewRole};
use clap::{Args, Subcommand};
use domain::{HotelId, Role, StaffId};
use std::io::{BufRead as _, IsTerminal as _};

#[derive(Debug, Subcommand)]
pub enum Command {
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
    /// Stands over all hotels, or no longer does
    #[arg(long, value_name = "YES_OR_NO")]
    admin: Option<YesNo>,
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

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum YesNo {
    Yes,
    No,
}

pub async fn run(house: &House, command: Command) -> Result<(), Failure> {
    let (desk, store) = (&house.desk, &house.desk.store);
    match command {
        Command::Add(new) => {
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
        Command::List => {
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
        Command::Role(new) => {
            let login = known(house, &new.email).await?;
            let mut roles: Vec<NewRole> = Vec::new();
            for (slugs, role) in
                [(&new.agent, Some(Role::Agent)), (&new.manager, Some(Role::Manager)), (&new.none, None)]
            {
                for slug in slugs {
                    let hotel = hotel_called(house, slug).await?;
                    if roles.iter().any(|new| new.hotel == hotel) {
                        return Err(format!("{slug} is named twice").into());
                    }
                    roles.push(NewRole { hotel, seen: None, role });
                }
            }
            if roles.is_empty() && new.admin.is_none() {
                return Err(
                    "say what changes: --agent HOTEL, --manager HOTEL, --none HOTEL or --admin yes".into()
                );
            }
            in_words(desk.set_roles(login, roles, None).await)?;
            if let Some(admin) = new.admin {
                in_words(desk.set_admin(login, admin == YesNo::Yes, None).await)?;
            }
            println!("{} has the roles now.", new.email);
        }
        Command::Password { email } => {
            let login = known(house, &email).await?;
            in_words(desk.set_password(login, read_password()?, None).await)?;
            println!("{email} has a new password.");
        }
        Command::Disable { email } => {
            in_words(desk.set_login(known(house, &email).await?, false, None).await)?;
            println!("{email} can no longer sign in.");
        }
        Command::Enable { email } => {
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

async fn known(house: &House, email: &str) -> Result<StaffId, Failure> {
    let login = house.desk.store.login(&email.trim().to_lowercase()).await?;
    Ok(login.ok_or_else(|| format!("{email} has no login"))?.id)
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
