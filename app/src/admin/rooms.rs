//! The rooms of a hotel, and the sheet of their codes for the printer.

use super::{Bar, Place};
use domain::{Hotel, Staff};
use leptos::prelude::*;

/// A room as the list shows it.
#[derive(Clone, Debug)]
pub struct RoomLine {
    pub number: String,
    /// The link its code holds.
    pub link: String,
    /// Since when its codes count, in the hotel's zone.
    pub since: String,
}

#[derive(Clone, Debug)]
pub struct RoomsPage {
    pub you: Staff,
    pub hotel: Hotel,
    pub rooms: Vec<RoomLine>,
    pub problem: Option<String>,
    /// What was typed and refused.
    pub typed: String,
}

#[component]
pub fn Rooms(page: RoomsPage) -> impl IntoView {
    let RoomsPage { you, hotel, rooms, problem, typed } = page;
    let base = format!("/admin/hotels/{}", hotel.slug);
    let count = rooms.len();
    let lines = rooms
        .into_iter()
        .map(|room| {
            let hidden = room.number.clone();
            let removed = room.number.clone();
            view! {
                <li id=format!("room-{}", room.number)>
                    <strong>{room.number.clone()}</strong>
                    <span class="quiet">{format!("since {}", room.since)}</span>
                    <a class="button quiet" href=room.link>"Open"</a>
                    // Either ends a card that hangs in the room: it is asked first.
                    <details class="sure">
                        <summary class="button quiet" aria-label=format!("Change {}", room.number)>
                            "Change"</summary>
                        <div class="menu">
                            <p>{format!("The card in room {} will stop working.", room.number)}</p>
                            <form method="post" action=format!("{base}/rooms/turn")>
                                <input type="hidden" name="number" value=hidden/>
                                <button class="button" type="submit">
                                    {format!("Replace the code for {}", room.number)}</button>
                            </form>
                            <form method="post" action=format!("{base}/rooms/remove")>
                                <input type="hidden" name="number" value=removed/>
                                <button class="button" type="submit">
                                    {format!("Remove {}", room.number)}</button>
                            </form>
                        </div>
                    </details>
                </li>
            }
        })
        .collect_view();
    let sheet = (count > 0).then(
        || view! { <a class="button primary" href=format!("{base}/rooms/sheet")>"Print the codes"</a> },
    );
    let head = match count {
        0 => "No rooms yet".to_owned(),
        1 => "1 room".to_owned(),
        n => format!("{n} rooms"),
    };
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=base.clone() class="back">{hotel.name.clone()}</a></p>
            <div class="title"><h1>"Rooms"</h1>{sheet}</div>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <section class="card">
                <h2>"Add rooms"</h2>
                <p>"Room numbers or names, separated by commas or on separate lines. 101–118 adds every \
                    room from 101 to 118."</p>
                <form method="post" action=format!("{base}/rooms") class="inline">
                    <label for="numbers" class="hidden">"Rooms"</label>
                    <input id="numbers" name="numbers" required=true autocomplete="off"
                        placeholder="101–118, 201–218, Suite 5" value=typed/>
                    <button class="button primary" type="submit">"Add"</button>
                </form>
            </section>
            <section class="card">
                <h2>{head}</h2>
                <p>"If a code was shared or stolen, replace it. The old card stops working; print a new \
                    one."</p>
                <ul class="room-list">{lines}</ul>
            </section>
        </main>
    }
}

/// A room's code for the printer: an SVG drawing of it.
#[derive(Clone, Debug)]
pub struct Code {
    pub number: String,
    pub link: String,
    pub svg: String,
}

/// Cards to cut out, six to a page.
#[component]
pub fn Sheet(hotel: Hotel, codes: Vec<Code>) -> impl IntoView {
    let words = invitation(&hotel.languages);
    let cards = codes
        .into_iter()
        .map(|code| {
            let words = words.iter().map(|w| view! { <span>{*w}</span> }).collect_view();
            view! {
                <li>
                    <p class="hotel-name">{hotel.name.clone()}</p>
                    <div class="code" role="img" aria-label=format!("Code for room {}", code.number)
                        inner_html=code.svg></div>
                    <p class="room-number">{code.number.clone()}</p>
                    <p class="words">{words}</p>
                    <p class="link">{code.link}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <main class="sheet" style=format!("--hotel: {}", hotel.accent)>
            <p class="no-print"><a class="back" href=format!("/admin/hotels/{}/rooms", hotel.slug)>"Rooms"</a>
                " · Print this page (Ctrl+P). Six cards fit on an A4 sheet."</p>
            <ul class="cards">{cards}</ul>
        </main>
    }
}

/// "Write to us" in the hotel's languages, three at most.
fn invitation(languages: &[String]) -> Vec<&'static str> {
    let word = |tag: &String| match tag.split('-').next().unwrap_or_default() {
        "de" => Some("Schreiben Sie uns"),
        "en" => Some("Write to us"),
        "fr" => Some("Écrivez-nous"),
        "it" => Some("Scriveteci"),
        "es" => Some("Escríbanos"),
        "pt" => Some("Escreva-nos"),
        "nl" => Some("Schrijf ons"),
        "ja" => Some("メッセージをどうぞ"),
        "zh" => Some("给我们留言"),
        _ => None,
    };
    let mut words: Vec<_> = languages.iter().filter_map(word).take(3).collect();
    if words.is_empty() {
        words.push("Write to us");
    }
    words
}
