//! The dialogs about a stay: which one it is, and what is known of it.

use super::board::{Board, Dialog};
use domain::{ConversationId, Day, Stay, StayChange};
use leptos::{
    html::{Form, Input},
    prelude::*,
};

/// `18 – 22 Nov`, as far as it is known.
pub fn nights(stay: &Stay, today: Option<Day>) -> Option<String> {
    let year = today.map_or(0, |d| d.date().0);
    match (stay.arrival, stay.departure) {
        (Some(from), Some(until)) if (from.date().0, from.date().1) == (until.date().0, until.date().1) => {
            Some(format!("{} – {}", from.date().2, until.short(year)))
        }
        (Some(from), Some(until)) => Some(format!("{} – {}", from.short(year), until.short(year))),
        (Some(from), None) => Some(format!("from {}", from.short(year))),
        (None, Some(until)) => Some(format!("until {}", until.short(year))),
        (None, None) => None,
    }
}

/// A stay to choose. Two guests may have one name: what tells them apart stands beside it.
#[component]
pub fn Choice(board: Board, id: ConversationId, stay: Stay) -> impl IntoView {
    let today = board.row(id).and_then(|row| board.today.with_untracked(|t| t.get(&row.hotel).copied()));
    let name = if stay.name.is_empty() { "No name".to_owned() } else { stay.name.clone() };
    let facts = [
        stay.rooms().map(|room| format!("Room {room}")),
        nights(&stay, today),
        stay.reference.clone(),
        Some(stay.phone.clone()).filter(|p| !p.is_empty()),
        Some(stay.email.clone()).filter(|e| !e.is_empty()),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <li>
            <button type="button" class="button choice"
                on:click=move |_| { board.link_stay(id, Some(stay.id)); board.dialog.set(None); }>
                <strong dir="auto">{name}</strong>
                <span class="quiet">{facts}</span>
            </button>
        </li>
    }
}

/// Which stay the guest has.
#[component]
pub fn Find(board: Board, id: ConversationId) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let found = RwSignal::new(board.likely.get_untracked());
    let asked = RwSignal::new(String::new());
    let look = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        asked.set(text.clone());
        board.find_stays(id, text.clone(), move |stays| {
            // Answers to what stood there before come too late.
            if asked.try_get_untracked() == Some(text) {
                found.set(stays);
            }
        });
    };
    let nothing = move || found.with(Vec::is_empty) && !asked.with(String::is_empty);
    view! {
        <h2 id="dialog-title">"Find reservation"</h2>
        <p class="quiet">"If unsure, ask the guest."</p>
        <label for="find-stay">"Reservation, name or room"</label>
        <input id="find-stay" inputmode="search" autocomplete="off" autofocus node_ref=field
            on:input=move |_| look()/>
        <ul class="people">
            <For each=move || found.get() key=|stay| stay.id let:stay>
                <Choice board=board id=id stay=stay/></For>
        </ul>
        <p class="nothing" hidden=move || !nothing()>"No matching reservation."</p>
        <div class="buttons">
            <button type="button" class="button" on:click=move |_| board.dialog.set(Some(Dialog::Stay(id)))>
                "Add manually"</button>
        </div>
    }
}

/// The stay, to be changed. Without one, a new one.
#[component]
pub fn Edit(board: Board, id: ConversationId) -> impl IntoView {
    let form = NodeRef::<Form>::new();
    let problem = RwSignal::new(None::<String>);
    let row = board.rows.with_untracked(|rows| rows.get(&id).cloned());
    let stay = row.as_ref().and_then(|r| r.stay.clone());
    let known = |f: fn(&Stay) -> Option<String>| stay.as_ref().and_then(f).unwrap_or_default();
    let scanned = row.and_then(|r| r.scanned_room).unwrap_or_default();
    let fields = [
        ("room", "Room", "text", stay.as_ref().map_or(scanned, |s| s.room.clone().unwrap_or_default())),
        ("reference", "Reservation", "text", known(|s| s.reference.clone())),
        ("arrival", "Arrival", "date", known(|s| s.arrival.map(|d| d.to_string()))),
        ("departure", "Departure", "date", known(|s| s.departure.map(|d| d.to_string()))),
        ("name", "Name", "text", known(|s| Some(s.name.clone()))),
        ("party", "Guests", "number", known(|s| s.party.map(|n| n.to_string()))),
        ("phone", "Phone", "tel", known(|s| Some(s.phone.clone()))),
        ("email", "E-mail", "email", known(|s| Some(s.email.clone()))),
        ("language", "Language", "text", known(|s| Some(s.language.clone()))),
    ];
    let before: Vec<(&'static str, String)> =
        fields.iter().map(|(name, _, _, value)| (*name, value.clone())).collect();
    let new = stay.is_none();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        match read(&form, &before, new) {
            Ok(change) if change == StayChange::default() => board.dialog.set(None),
            Ok(change) => board.change_stay(id, change, move |wrong| {
                // What was typed stays until it is kept.
                if wrong.is_none() {
                    board.dialog.set(None);
                }
                problem.set(wrong);
            }),
            Err(wrong) => problem.set(Some(wrong)),
        }
    };
    let inputs = fields
        .into_iter()
        .map(|(name, label, kind, value)| {
            let id = format!("stay-{name}");
            view! {
                <div>
                    <label for=id.clone()>{label}</label>
                    <input id=id name=name type=kind value=value autocomplete="off" autofocus=name == "room"
                        dir="auto"/>
                </div>
            }
        })
        .collect_view();
    view! {
        <form on:submit=submit node_ref=form novalidate=true>
            <h2 id="dialog-title">{if new { "Add reservation" } else { "Edit reservation" }}</h2>
            <p class="problem" role="alert" hidden=move || problem.with(Option::is_none)>
                {move || problem.get().unwrap_or_default()}</p>
            <div class="fields">{inputs}</div>
            <div class="buttons">
                <button type="button" class="button" on:click=move |_| board.dialog.set(None)>
                    "Cancel"</button>
                <button type="submit" class="button primary">"Save"</button>
            </div>
        </form>
    }
}

/// The fields that are not as they were: what a colleague or the hotel's system changes meanwhile stays.
fn read(
    form: &web_sys::HtmlFormElement,
    before: &[(&'static str, String)],
    new: bool,
) -> Result<StayChange, String> {
    let mut change = StayChange::default();
    for (name, was) in before {
        let selector = format!("[name={name}]");
        let field = form
            .query_selector(&selector)
            .ok()
            .flatten()
            .and_then(|e| wasm_bindgen::JsCast::dyn_into(e).ok());
        let Some(field): Option<web_sys::HtmlInputElement> = field else { continue };
        let now = field.value().trim().to_owned();
        // A browser gives no text for a date half filled in; that is no cleared date.
        if field.validity().bad_input() {
            return Err(format!("{} is incomplete.", if *name == "party" { "Guests" } else { "A date" }));
        }
        // In a new one, what stands there from the start is kept too.
        if now == *was && (!new || now.is_empty()) {
            continue;
        }
        let day = |text: &str| {
            if text.is_empty() { Ok(None) } else { text.parse::<Day>().map(Some).map_err(|e| e.to_string()) }
        };
        match *name {
            "room" => change.room = Some(now),
            "reference" => change.reference = Some(now),
            "name" => change.name = Some(now),
            "phone" => change.phone = Some(now),
            "email" => change.email = Some(now),
            "language" => change.language = Some(now),
            "arrival" => change.arrival = Some(day(&now)?),
            "departure" => change.departure = Some(day(&now)?),
            "party" if now.is_empty() => change.party = Some(None),
            "party" => {
                change.party = Some(Some(now.parse().map_err(|_| "Enter the number of guests.".to_owned())?))
            }
            _ => {}
        }
    }
    if let (Some(from), Some(until)) = (value_of(form, "arrival"), value_of(form, "departure"))
        && until < from
    {
        return Err("Departure is before arrival.".into());
    }
    Ok(change)
}

fn value_of(form: &web_sys::HtmlFormElement, name: &str) -> Option<Day> {
    let field = form.query_selector(&format!("[name={name}]")).ok().flatten()?;
    let field: web_sys::HtmlInputElement = wasm_bindgen::JsCast::dyn_into(field).ok()?;
    field.value().parse().ok()
}
