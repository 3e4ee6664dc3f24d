//! Times. The server cannot know the reader's zone, so it renders the hotel's on a page of one and UTC
//! elsewhere; once alive, the page shows the reader's own.

use domain::{Day, Millis};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// True once the page is alive and may show local times.
#[derive(Clone, Copy, Debug)]
pub struct LocalTime(pub RwSignal<bool>);

/// To be called once at the root of a page, which sets it when it has come alive.
pub fn provide_local_time() -> LocalTime {
    let local = LocalTime(RwSignal::new(false));
    provide_context(local);
    local
}

/// The clock of the hotel whose page it is, in minutes east of UTC.
#[derive(Clone, Copy, Debug)]
struct HotelTime(i64);

/// To be called beside [`provide_local_time`] on a page of one hotel.
pub fn provide_hotel_time(offset: i64) {
    provide_context(HotelTime(offset));
}

/// A moment, shifted so that UTC's clock shows it as the hotel's does.
fn at_hotel(at: Millis) -> Millis {
    Millis(at.0 + use_context::<HotelTime>().map_or(0, |zone| zone.0) * Millis::MINUTE)
}

/// The town whose clock an IANA zone names.
pub fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

fn is_local() -> bool {
    use_context::<LocalTime>().is_some_and(|local| local.0.get())
}

/// Time of day, as `21:04`, in a `<time>`.
#[component]
pub fn Clock(at: Millis) -> impl IntoView {
    view! {
        <time datetime=at.iso()>
            {move || {
                let parts = [("hour", "numeric"), ("minute", "2-digit")];
                if is_local() { local(at, &parts) } else { at_hotel(at).clock() }
            }}
        </time>
    }
}

/// A moment, with how long it is until then.
#[component]
pub fn Until(at: Millis, now: RwSignal<Millis>) -> impl IntoView {
    // Another day is named; today's needs the clock only.
    let day = move || {
        let now = now.get();
        let (day, today) = (day_number(at), day_number(now));
        (day != today).then(|| Day(day).short(now.date().0))
    };
    view! {
        <span class="moment">
            {move || day().map(|day| format!("{day}, "))}<Clock at=at/>" "
            <span class="left">{move || left(at, now.get())}</span>
        </span>
    }
}

/// `(2 h 10 min left)`; empty once it is over.
fn left(at: Millis, now: Millis) -> String {
    let seconds = at.seconds_since(now);
    match (seconds / 86_400, seconds / 3_600, seconds / 60 % 60) {
        _ if seconds <= 0 => String::new(),
        (days, hours, _) if days > 1 => format!("({days} days {} h left)", hours % 24),
        (_, 0, 0) => format!("({seconds} s left)"),
        (_, 0, minutes) => format!("({minutes} min left)"),
        (_, hours, minutes) => format!("({hours} h {minutes} min left)"),
    }
}

/// What a day is called beside `today`. The name changes at midnight, and once the reader's zone is known: a
/// list that is keyed by days has it in its keys.
pub fn day_name(at: Millis, today: i64) -> String {
    match today - day_number(at) {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        _ if is_local() => local(at, &[("weekday", "long"), ("day", "numeric"), ("month", "long")]),
        _ => {
            let (year, month, day) = at_hotel(at).date();
            format!("{year:04}-{month:02}-{day:02}")
        }
    }
}

/// A number that is equal for moments of one day, and one more for those of the next.
pub fn day_number(at: Millis) -> i64 {
    if !is_local() {
        return at_hotel(at).0.div_euclid(Millis::DAY);
    }
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let offset = date.get_timezone_offset() as i64 * Millis::MINUTE;
    (at.0 - offset).div_euclid(Millis::DAY)
}

/// What is to be said behind a text that names a time of the hotel's: nothing to readers whose clock says the
/// same then, to others what theirs says; the hotel's zone before it is known whose it is.
pub fn by_own_clock(text: &str, at: Millis, now: Millis, zone: &str) -> String {
    if !is_local() {
        return format!(" ({} time)", city(zone));
    }
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let clock = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    if text.contains(&clock) {
        return String::new();
    }
    let day = match day_number(at) - day_number(now) {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => format!("on {}", local(at, &[("weekday", "long")])),
    };
    format!(" That is {clock} {day} where you are.")
}

fn local(at: Millis, options: &[(&str, &str)]) -> String {
    let wanted = js_sys::Object::new();
    for (key, value) in options {
        let _ = js_sys::Reflect::set(&wanted, &(*key).into(), &(*value).into());
    }
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    String::from(date.to_locale_string("default", &wanted))
}

/// The day it is in an IANA time zone, by the browser's own tables; `None` if it does not know the zone.
pub fn day_in(at: Millis, time_zone: &str) -> Option<Day> {
    Some(wall_clock(at, time_zone)?.0)
}

/// What the clock shows there, in minutes east of UTC.
pub fn offset_in(at: Millis, time_zone: &str) -> Option<i64> {
    let (day, minutes) = wall_clock(at, time_zone)?;
    Some(day.0 * 24 * 60 + minutes - at.0.div_euclid(Millis::MINUTE))
}

/// The day, and the minutes since its midnight.
fn wall_clock(at: Millis, time_zone: &str) -> Option<(Day, i64)> {
    let wanted = js_sys::Object::new();
    js_sys::Reflect::set(&wanted, &"timeZone".into(), &time_zone.into()).ok()?;
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    // Swedes write moments as ISO 8601 does: `2026-03-09 21:04:05`. An unknown zone throws; `Reflect::apply`
    // hands that back.
    let args = js_sys::Array::of2(&"sv-SE".into(), &wanted);
    let write: js_sys::Function = js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?.into();
    let text = js_sys::Reflect::apply(&write, &date, &args).ok()?.as_string()?;
    let (day, clock) = text.split_once(' ')?;
    let (hours, minutes) = (clock.get(..2)?.parse::<i64>().ok()?, clock.get(3..5)?.parse::<i64>().ok()?);
    Some((day.parse().ok()?, hours * 60 + minutes))
}
