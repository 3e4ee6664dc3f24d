//! When the desk of a hotel is open, as its manager types it.

use super::{Bar, Place};
use domain::{Hotel, Staff};
use leptos::prelude::*;

pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[derive(Clone, Debug)]
pub struct HoursPage {
    pub you: Staff,
    pub hotel: Hotel,
    /// No hours are set: the desk is open around the clock.
    pub always: bool,
    /// `07:00–12:00, 14:00–23:00`, Monday first; as typed where that was refused.
    pub week: [String; 7],
    /// A line each: `2026-12-24 Christmas Eve: 08:00–14:00`.
    pub holidays: String,
    /// Minutes of open hours in which an accepted bid is to be confirmed.
    pub confirm: String,
    pub problem: Option<String>,
    /// What guests are told now.
    pub told: String,
    pub saved: bool,
}

#[component]
pub fn HoursSettings(page: HoursPage) -> impl IntoView {
    let HoursPage { you, hotel, always, week, holidays, confirm, problem, told, saved } = page;
    let base = format!("/admin/hotels/{}", hotel.slug);
    let days = DAYS
        .into_iter()
        .zip(week)
        .enumerate()
        .map(|(i, (day, text))| {
            view! {
                <label class="day-hours">
                    <span>{day}</span>
                    <input name=format!("d{i}") value=text autocomplete="off" placeholder="closed"
                        inputmode="text"/>
                </label>
            }
        })
        .collect_view();
    let told = if told.is_empty() {
        "Open now. Guests see no notice.".to_owned()
    } else {
        format!("Guests currently see: “{told}”")
    };
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=base.clone() class="back">{hotel.name.clone()}</a></p>
            <h1>"Opening hours"</h1>
            {saved.then(|| view! { <p class="made" role="status">"Saved."</p> })}
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <form method="post" action=format!("{base}/hours") class="card">
                <p>{format!("Times are in {} time. Separate shifts with commas. 22:00–02:00 runs past \
                    midnight. Leave a day empty when closed.", hotel.time_zone)}</p>
                <label class="check"><input type="checkbox" name="always" value="1" checked=always/>
                    "Open 24/7 (ignores the hours below)"</label>
                <div class="week-hours">{days}</div>
                <label for="holidays">"Holidays and other special days"</label>
                <p class="quiet">"One per line: the date, a name, then the hours after a colon. Leave out \
                    the hours for a closed day."<br/><code>"2026-12-24 Christmas Eve: \
                    08:00–14:00"</code><br/><code>"2026-12-25 Christmas Day"</code></p>
                <textarea id="holidays" name="holidays" rows="5" spellcheck="false">{holidays}</textarea>
                <label class="day-hours"><span>"Minutes to confirm an accepted bid"</span>
                    <input name="confirm" type="number" min="1"
                        max="1440" inputmode="numeric" value=confirm/></label>
                <p class="quiet">"Counted during opening hours. Halfway through, everyone available is \
                    alerted; when the time is up, the guest can accept another bid."</p>
                <button class="button primary" type="submit">"Save"</button>
            </form>
            <p class="quiet">{told}</p>
        </main>
    }
}
