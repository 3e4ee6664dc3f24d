//! The rooms of a hotel and their codes.

use super::{
    moment::moment,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, SHEET, render},
};
use crate::{error::Error, state::App, store::Room};
use app::{
    admin::{Code, RoomLine, Rooms, RoomsPage, Sheet},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{Hotel, Staff, StayChange, percent};
use leptos::prelude::*;
use qrcode::{EcLevel, QrCode, render::svg};

/// Rooms added at once.
const AT_ONCE: usize = 1_000;

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    page(&app, you, hotel, None, String::new()).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Added {
    numbers: String,
}

pub async fn add(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(given): Form<Added>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    match numbers(&given.numbers) {
        Ok(numbers) => {
            if app.desk.store.add_rooms(hotel.id, numbers, you.id, app.desk.clock.now()).await? > 0 {
                return Ok(back(&slug, None));
            }
            page(&app, you, hotel, Some("These rooms already exist.".into()), given.numbers).await
        }
        Err(problem) => page(&app, you, hotel, Some(problem), given.numbers).await,
    }
}

#[derive(Debug, serde::Deserialize)]
pub struct Named {
    number: String,
}

pub async fn remove(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(room): Form<Named>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    app.desk.store.remove_room(hotel.id, room.number, you.id, app.desk.clock.now()).await?;
    Ok(back(&slug, None))
}

pub async fn turn_over(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(room): Form<Named>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let you = reviewer.you;
    app.desk.store.turn_over(hotel.id, room.number.clone(), you.id, app.desk.clock.now()).await?;
    Ok(back(&slug, Some(&room.number)))
}

/// Every room's code, to be printed and cut out.
pub async fn sheet(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let mut codes = Vec::new();
    for (room, path) in app.desk.room_links(&hotel).await? {
        let link = format!("{}{path}", app.desk.public_url);
        // A quarter of the code may be scratched off on a bedside table before it is unreadable: level Q.
        let code = QrCode::with_error_correction_level(&link, EcLevel::Q)
            .map_err(|e| Error::bad_request(e.to_string()))?;
        let svg = code.render::<svg::Color>().quiet_zone(true).min_dimensions(200, 200).build();
        let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, drawing)| drawing).to_owned();
        codes.push(Code { number: room.number, link, svg });
    }
    let head = Head::titled(&format!("Codes · {}", hotel.name)).style(SHEET);
    let view = move || view! { <Sheet hotel=hotel.clone() codes=codes.clone()/> };
    Ok(render(&app, StatusCode::OK, Framed::Nowhere, head, view).await)
}

/// To the list; to the room's place in it, if it is still there.
fn back(slug: &str, room: Option<&str>) -> Response {
    let place = room.map(|room| format!("#room-{}", percent(room))).unwrap_or_default();
    Redirect::to(&format!("/admin/hotels/{slug}/rooms{place}")).into_response()
}

async fn page(
    app: &App,
    you: Staff,
    hotel: Hotel,
    problem: Option<String>,
    typed: String,
) -> Result<Response, Error> {
    let line = |(room, link): (Room, String)| RoomLine {
        number: room.number,
        link,
        since: moment(room.turned_at, &hotel.time_zone),
    };
    let rooms = app.desk.room_links(&hotel).await?.into_iter().map(line).collect();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Rooms · {}", hotel.name)).style(ADMIN);
    let data = RoomsPage { you, hotel, rooms, problem, typed };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <Rooms page=data.clone()/> }).await)
}

/// `101–103, Suite 5` as four rooms; why not, in the words of whoever typed it.
fn numbers(text: &str) -> Result<Vec<String>, String> {
    let too_many = || format!("Add up to {AT_ONCE} rooms at a time.");
    let mut rooms = Vec::new();
    for part in text.split([',', ';', '\n']).map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")) {
        if part.is_empty() {
            continue;
        }
        match span(&part) {
            Some((from, until)) if until < from => return Err(format!("{part:?} is in reverse order.")),
            // Counted before they are made: a short line can stand for billions.
            Some((from, until)) if rooms.len() + (until - from) as usize >= AT_ONCE => return Err(too_many()),
            None if rooms.len() >= AT_ONCE => return Err(too_many()),
            Some(_) if part.chars().count() > 2 * StayChange::ROOM => {
                return Err(format!("{part:?} is too long."));
            }
            // As many digits as were typed: 001 to 009 stay three digits.
            Some((from, until)) => {
                let width = part.find(['-', '–']).map_or(0, |at| part[..at].trim().len());
                rooms.extend((from..=until).map(|n| format!("{n:0width$}")));
            }
            None => rooms.push(part),
        }
    }
    if rooms.is_empty() {
        return Err("Enter at least one room.".into());
    }
    if let Some(long) =
        rooms.iter().find(|r| r.chars().count() > StayChange::ROOM || r.chars().any(char::is_control))
    {
        return Err(format!(
            "{long:?} is too long; room names can have up to {} \
            characters.",
            StayChange::ROOM
        ));
    }
    Ok(rooms)
}

/// `101–118` or `101-118`; a name such as `A-12` is none.
fn span(part: &str) -> Option<(u32, u32)> {
    let (from, until) = part.split_once(['-', '–'])?;
    let number = |s: &str| Some(s.trim()).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    Some((number(from)?, number(until)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_read_as_people_write_them() {
        assert_eq!(
            numbers("101–103, Suite  5\n12;A-12").unwrap(),
            ["101", "102", "103", "Suite 5", "12", "A-12"]
        );
        assert_eq!(numbers("008-010").unwrap(), ["008", "009", "010"]);
        for wrong in ["", " , ", "9-3", "1-5000", "123456789012345678901", "1-600,1-600"] {
            assert!(numbers(wrong).is_err(), "{wrong}");
        }
    }
}
