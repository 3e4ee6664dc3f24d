//! The form in which a guest asks several hotels.
//!
//! In: its fields as a browser sends them. Out: what is wanted, or which field is wrong and why; and a
//! request as its form would have sent it. Never: what the desk knows.

use crate::desk::{start_of, tz};
use domain::{
    Amount, Currency, Day, Hotel, Millis, NoMoney, Refusal, RequestKind, Wanted, wire::request::RequestView,
};

/// A form as it came: fields by name, some more than once.
pub type Fields = Vec<(String, String)>;

pub fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
}

/// What was typed, as it is asked.
pub fn wanted(
    now: Millis,
    fields: &Fields,
    hotels: &[Hotel],
    before: Option<Millis>,
) -> Result<(Wanted, Millis), Refusal> {
    let no = |field: &str, why: &str| Refusal::Invalid { field: field.into(), why: why.into() };
    let kind = RequestKind::ALL.into_iter().find(|kind| kind.as_str() == field(fields, "kind"));
    let kind = kind.ok_or_else(|| no("kind", "choose a request type"))?;
    let day = |name: &str, called: &str| -> Result<Option<Day>, Refusal> {
        let given = Some(field(fields, name)).filter(|text| !text.is_empty());
        given.map(|text| text.parse().map_err(|_| no(called, "use the format 2026-03-09"))).transpose()
    };
    let number = |name: &str, otherwise: u32| match field(fields, name) {
        "" => Ok(otherwise),
        given => given.parse().map_err(|_| no(name, "enter a number")),
    };
    let currency: Currency =
        field(fields, "currency").parse().map_err(|why: NoMoney| no("currency", &why.to_string()))?;
    let first = if kind.has_nights() { "arrival" } else { "day" };
    let from = day("from", first)?.ok_or_else(|| no(first, "choose a date"))?;
    let time = match field(fields, "time") {
        "" => None,
        given => Some(minutes(given).ok_or_else(|| no("time", "use the format 19:30"))?),
    };
    let rooms = number("rooms", 0)?;
    let wanted = Wanted {
        kind,
        from,
        until: day("until", "departure")?,
        time,
        adults: number("adults", 2)?,
        children: number("children", 0)?,
        rooms: (rooms > 0).then_some(rooms),
        words: field(fields, "words").to_owned(),
        budget: amount(field(fields, "budget"), currency, "budget")?,
        currency,
        other_currencies: !field(fields, "other_currencies").is_empty(),
        open: !field(fields, "open").is_empty(),
    };
    let hours: i64 =
        field(fields, "wait").parse().ok().filter(|hours| (1..=24 * 30).contains(hours)).unwrap_or(24);
    // Not beyond the day itself, however long hotels were given.
    let end = |hotel: &Hotel| start_of(Day(from.0.saturating_add(1)), tz(&hotel.time_zone));
    let latest = hotels.iter().map(end).max().unwrap_or(now);
    // Whole minutes: to the millisecond, hotels that compared theirs would know the request again.
    let minute = |at: i64| Millis(at.div_euclid(Millis::MINUTE) * Millis::MINUTE);
    let answer_by = match (field(fields, "wait"), before) {
        // As it was.
        ("", Some(before)) => before,
        _ => minute(now.0 + hours * Millis::HOUR),
    };
    Ok((wanted, if latest > now { answer_by.min(latest) } else { answer_by }))
}

pub fn amount(text: &str, currency: Currency, called: &str) -> Result<Option<Amount>, Refusal> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let amount = Amount::typed(text, currency);
    amount.map(Some).map_err(|why| Refusal::Invalid { field: called.into(), why: why.to_string() })
}

/// `19:30` in minutes.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A request as its form would have sent it.
pub fn filled(request: &RequestView) -> Fields {
    let wanted = &request.wanted;
    let flag = |on: bool| if on { "1".to_owned() } else { String::new() };
    let budget = wanted.budget.map(|budget| budget.to_string().split_off(4)).unwrap_or_default();
    [
        ("kind", wanted.kind.as_str().to_owned()),
        ("from", wanted.from.to_string()),
        ("until", wanted.until.map(|day| day.to_string()).unwrap_or_default()),
        ("time", wanted.time.map(|time| format!("{:02}:{:02}", time / 60, time % 60)).unwrap_or_default()),
        ("adults", wanted.adults.to_string()),
        ("children", wanted.children.to_string()),
        ("rooms", wanted.rooms.map(|rooms| rooms.to_string()).unwrap_or_default()),
        ("words", wanted.words.clone()),
        ("budget", budget),
        ("currency", wanted.currency.code().to_owned()),
        ("other_currencies", flag(wanted.other_currencies)),
        ("open", flag(wanted.open)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
