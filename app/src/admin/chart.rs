//! Charts as plain SVG. Each says in words what it shows, and stands beside the table it was drawn from.

use leptos::prelude::*;

/// Horizontal bars: what, how many, and the number as it is written.
#[component]
pub(super) fn Bars(label: String, rows: Vec<(String, i64, String)>) -> impl IntoView {
    const HEIGHT: usize = 26;
    let most = rows.iter().map(|(_, n, _)| *n).max().unwrap_or(0).max(1);
    let height = rows.len() * HEIGHT;
    let bars = rows
        .into_iter()
        .enumerate()
        .map(|(i, (name, n, text))| {
            let (y, width) =
                (i * HEIGHT, (n as f64 / most as f64 * 180.0).max(if n > 0 { 2.0 } else { 0.0 }));
            view! {
                <g transform=format!("translate(0 {y})")>
                    <text x="0" y="17">{name}</text>
                    <rect x="90" y="4" width=format!("{width:.1}") height="17" rx="3"/>
                    <text class="number" x=format!("{:.1}", 96.0 + width) y="17">{text}</text>
                </g>
            }
        })
        .collect_view();
    view! {
        <svg class="chart bars" role="img" aria-label=label viewBox=format!("0 0 340 {height}")>{bars}</svg>
    }
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How much is said in each hour of the week: the darker, the more.
#[component]
pub(super) fn Week(load: Vec<(i64, i64)>) -> impl IntoView {
    const CELL: usize = 39;
    const LINE: usize = 26;
    let at = |day: usize, hour: usize| load.get(day * 24 + hour).copied().unwrap_or_default();
    let most = load.iter().map(|(guest, staff)| guest + staff).max().unwrap_or(0);
    let busiest = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour))).max_by_key(|(day, hour)| {
        let (guest, staff) = at(*day, *hour);
        (guest + staff, std::cmp::Reverse((*day, *hour)))
    });
    let label = match busiest.filter(|_| most > 0) {
        Some((day, hour)) => {
            format!("Messages by hour and weekday. Busiest: {} at {hour:02}:00, with {most}", DAYS[day])
        }
        None => "Messages by hour and weekday. None yet".to_owned(),
    };
    let cells = (0..7)
        .flat_map(|day| (0..24).map(move |hour| (day, hour)))
        .map(|(day, hour)| {
            let (guest, staff) = at(day, hour);
            let share = if most > 0 { (guest + staff) as f64 / most as f64 } else { 0.0 };
            view! {
                <rect x=34 + hour * CELL y=18 + day * LINE width=CELL - 3 height=LINE - 3 rx="3"
                    style=format!("--share: {share:.3}")>
                    <title>{format!("{} {hour:02}:00: {guest} from guests, {staff} from staff",
                        DAYS[day])}</title>
                </rect>
            }
        })
        .collect_view();
    let days = DAYS
        .iter()
        .enumerate()
        .map(|(i, day)| view! { <text x="0" y=34 + i * LINE>{*day}</text> })
        .collect_view();
    let hours = (0..24)
        .step_by(3)
        .map(|h| view! { <text x=34 + h * CELL y="11">{format!("{h:02}")}</text> })
        .collect_view();
    let head = (0..24).map(|h| view! { <th scope="col">{format!("{h:02}")}</th> }).collect_view();
    let lines = (0..7)
        .map(|day| {
            let numbers = (0..24)
                .map(|hour| {
                    let (guest, staff) = at(day, hour);
                    view! { <td>{guest + staff}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{DAYS[day]}</th>{numbers}</tr> }
        })
        .collect_view();
    view! {
        <div class="wide" tabindex="0" role="region" aria-label="Chart of the week">
            <svg class="chart week" role="img" aria-label=label
                viewBox=format!("0 0 {} {}", 34 + 24 * CELL, 18 + 7 * LINE)>{hours}{days}{cells}</svg>
        </div>
        <details class="as-table">
            <summary>"As a table"</summary>
            <div class="wide" tabindex="0" role="region" aria-label="Messages by hour and weekday">
                <table><thead><tr><td></td>{head}</tr></thead><tbody>{lines}</tbody></table>
            </div>
        </details>
    }
}
