//! When the desk of a hotel is open, as its manager sets it.

use super::{
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{error::Error, state::App};
use app::{
    admin::{HoursPage, HoursSettings},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{Day, Holiday, Hotel, Hours, Span};
use leptos::prelude::*;

/// Days that go their own way; a hotel has not more of them in ten years.
const HOLIDAYS: usize = 500;

/// The reader comes from saving this form.
/// Minutes of a day.
const DAY: i64 = 24 * 60;

#[derive(Debug, Default, serde::Deserialize)]
pub struct Saved {
    #[serde(default)]
    pub(super) saved: bool,
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Query(Saved { saved }): Query<Saved>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let set = app.desk.store.hours(hotel.id).await?;
    let hours = set.clone().unwrap_or_default();
    let typed = Typed {
        always: set.is_none().then(|| "1".into()),
        week: hours.week.each_ref().map(|spans| Span::text(spans)),
        holidays: hours.holidays.iter().map(Holiday::to_string).collect::<Vec<_>>().join("\n"),
        confirm: minutes(&app, &hotel).await?.to_string(),
    };
    page(&app, reviewer, hotel, typed, None, saved).await
}

/// The form as it was sent.
#[derive(Debug, Default)]
struct Typed {
    always: Option<String>,
    week: [String; 7],
    holidays: String,
    /// Minutes to confirm an accepted bid.
    confirm: String,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct HoursForm {
    always: Option<String>,
    d0: String,
    d1: String,
    d2: String,
    d3: String,
    d4: String,
    d5: String,
    d6: String,
    holidays: String,
    confirm: String,
}

pub async fn set(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(slug): Path<String>,
    Form(form): Form<HoursForm>,
) -> Result<Response, Error> {
    let hotel = reviewer.hotel(&slug)?;
    let HoursForm { always, d0, d1, d2, d3, d4, d5, d6, holidays, confirm } = form;
    let typed = Typed { always, week: [d0, d1, d2, d3, d4, d5, d6], holidays, confirm };
    let before = minutes(&app, &hotel).await?;
    let confirm = match typed.confirm.trim() {
        "" => Ok(before),
        given => given
            .parse()
            .ok()
            .filter(|minutes| (1..=DAY).contains(minutes))
            .ok_or_else(|| "Confirmation time must be between 1 and 1,440 minutes.".to_owned()),
    };
    let confirm = match confirm {
        Ok(minutes) => minutes,
        Err(problem) => return page(&app, reviewer, hotel, typed, Some(problem), false).await,
    };
    let hours = match (&typed.always, read(&typed)) {
        (Some(_), _) => None,
        (None, Ok(hours)) => Some(hours),
        (None, Err(problem)) => return page(&app, reviewer, hotel, typed, Some(problem), false).await,
    };
    let (by, now) = (reviewer.you.id, app.desk.clock.now());
    app.desk.store.set_hours(hotel.id, hours, by, now).await?;
    if confirm != before {
        app.desk.store.set_confirm_seconds(hotel.id, confirm * 60, by, now).await?;
    }
    Ok(Redirect::to(&format!("/admin/hotels/{slug}/hours?saved=true")).into_response())
}

async fn page(
    app: &App,
    reviewer: Reviewer,
    hotel: Hotel,
    typed: Typed,
    problem: Option<String>,
    saved: bool,
) -> Result<Response, Error> {
    let (told, _) = app.desk.closed(&hotel).await?;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("Opening hours · {}", hotel.name)).style(ADMIN);
    let Typed { always, week, holidays, confirm } = typed;
    let page = HoursPage {
        you: reviewer.you,
        hotel,
        always: always.is_some(),
        week,
        holidays,
        confirm,
        problem,
        told,
        saved,
    };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <HoursSettings page=page.clone()/> }).await)
}

/// How long a hotel has to confirm an accepted bid.
async fn minutes(app: &App, hotel: &Hotel) -> Result<i64, Error> {
    Ok((app.desk.store.confirm_seconds(hotel.id).await? / 60).max(1))
}

/// Hours as they were typed; all that cannot be read, in words.
fn read(typed: &Typed) -> Result<Hours, String> {
    let (mut hours, mut problems) = (Hours::default(), Vec::new());
    for ((spans, text), day) in hours.week.iter_mut().zip(&typed.week).zip(app::admin::DAYS) {
        match Span::parse(text) {
            Ok(read) => *spans = read,
            Err(why) => problems.push(format!("{day}: {why}.")),
        }
    }
    for line in typed.holidays.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match holiday(line) {
            Ok(holiday) => hours.holidays.push(holiday),
            Err(why) => problems.push(format!("{line:?}: {why}.")),
        }
    }
    hours.holidays.sort_by_key(|h| h.day);
    if let Some(twice) = hours.holidays.windows(2).find(|pair| pair[0].day == pair[1].day) {
        problems.push(format!("{} is listed twice.", twice[0].day));
    }
    if hours.holidays.len() > HOLIDAYS {
        problems.push(format!("You can list up to {HOLIDAYS} special days."));
    }
    if problems.is_empty() { Ok(hours) } else { Err(problems.join(" ")) }
}

/// `2026-12-24 Christmas Eve: 08:00–14:00`
fn holiday(line: &str) -> Result<Holiday, String> {
    let (head, times) = line
        .split_once(": ")
        .or(line.split_once(':').filter(|(_, t)| t.trim().is_empty()))
        .unwrap_or((line, ""));
    let (day, name) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
    let day: Day = day.parse().map_err(|_| "it doesn’t start with a date like 2026-12-24")?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(80).collect();
    Ok(Holiday { day, name, spans: Span::parse(times)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(holidays: &str) -> Typed {
        Typed {
            always: None,
            week: std::array::from_fn(|_| "8-20".to_owned()),
            holidays: holidays.to_owned(),
            confirm: String::new(),
        }
    }

    #[test]
    fn days_that_go_their_own_way_are_read_as_they_are_typed() {
        let hours =
            read(&typed("2026-12-25 Christmas\n\n2026-12-24 Christmas Eve: 8-14, 18:00-02:00\n2027-01-01:"))
                .unwrap();
        let lines: Vec<String> = hours.holidays.iter().map(Holiday::to_string).collect();
        assert_eq!(
            lines,
            ["2026-12-24 Christmas Eve: 08:00–14:00, 18:00–02:00", "2026-12-25 Christmas", "2027-01-01"]
        );
        assert_eq!(read(&typed(&lines.join("\n"))).unwrap(), hours, "what is shown can be saved again");
        for wrong in ["Christmas", "2026-13-01 X", "2026-12-24 X: noon", "2026-12-24\n2026-12-24"] {
            assert!(read(&typed(wrong)).is_err(), "{wrong}");
        }
    }
}
