//! Hotels, kept by the operator.

use crate::failure::Failure;
use crate::house::House;
use clap::{Args, Subcommand};
use domain::{FileLimits, Hotel, HotelId};

#[derive(Debug, Subcommand)]
pub enum Command {
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

pub async fn run(house: &House, command: Command) -> Result<(), Failure> {
    let store = &house.desk.store;
    match command {
        Command::List => {
            for hotel in store.hotels().await? {
                println!("{:24} {:32} {}", hotel.slug, hotel.name, hotel.time_zone);
            }
        }
        Command::Add(new) => {
            let plain = !new.slug.is_empty()
                && new.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !plain {
                return Err(format!(
                    "{:?} is not a slug: lower-case letters, digits and hyphens only",
                    new.slug
                )
                .into());
            }
            if store.hotel(&new.slug).await?.is_some() {
                return Err(format!("there is a hotel {:?} already", new.slug).into());
            }
            if new.time_zone.parse::<chrono_tz::Tz>().is_err() {
                return Err(
                    format!("{:?} is not a time zone; it looks like Europe/Zurich", new.time_zone).into()
                );
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
                files: FileLimits::default(),
            };
            store.add_hotel(hotel, house.desk.clock.now()).await?;
            println!("Guests can write at /chat/{}.", new.slug);
        }
    }
    Ok(())
}
