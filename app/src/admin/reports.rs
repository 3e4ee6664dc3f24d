//! The reports: figures of a period, what they mean, and the numbers behind every chart.

use super::{
    Bar, Place, StillReading,
    chart::{Bars, Week},
    logs::stars,
    options::{hotel_options, people_options},
};
use domain::{
    Currency, DEFINITIONS, Figures, Hotel, Person, RequestFigures, Spread, Staff, Times, grouped,
    language_name,
};
use leptos::prelude::*;

const PAGE: &str = "/admin/reports";

/// Hotels up to which each board has a button of its own; more are in a menu.
const FEW: usize = 3;

#[derive(Clone, Debug)]
pub struct ReportPage {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
    pub people: Vec<Person>,
    /// What is picked: the hotel's slug, the agent's id, the first and the last day.
    pub hotel: Option<String>,
    pub agent: Option<String>,
    pub from: String,
    pub until: String,
    pub problem: Option<String>,
    /// Shortcuts: name, how many days, first day, last day.
    pub periods: Vec<(&'static str, i64, String, String)>,
    /// Which zone's days, and whether opening hours are set.
    pub zone: String,
    pub has_hours: bool,
    /// How many conversations have grown and are not counted yet, if that is known.
    pub unread: Option<usize>,
    pub figures: Figures,
}

#[component]
pub fn Reports(page: ReportPage) -> impl IntoView {
    let ReportPage {
        you,
        hotels,
        people,
        hotel,
        agent,
        from,
        until,
        problem,
        periods,
        zone,
        has_hours,
        unread,
        figures,
    } = page;
    let shortcuts = periods
        .into_iter()
        .map(|(name, days, first, last)| {
            let here = first == from && last == until;
            // Buttons of the form: what is picked by now counts.
            view! { <button type="submit" name="days" value=days formnovalidate=true
            aria-current=here.then_some("true")>{name}</button> }
        })
        .collect_view();
    let board = hotels
        .iter()
        .filter(|h| hotel.as_ref().is_none_or(|slug| slug.is_empty() || *slug == h.slug))
        .map(|h| {
            view! { <a class="button" href=format!("/admin/board/{}",
            h.slug)>{format!("Live board · {}", h.name)}</a> }
        })
        .collect::<Vec<_>>();
    let board = match board.len() {
        0..=FEW => board.into_any(),
        _ => view! { <details class="sure"><summary class="button">"Live boards"</summary>
        <div class="menu">{board}</div></details> }
        .into_any(),
    };
    let hotels = hotel_options(&hotels, &hotel);
    let people = people_options(&people, &agent);
    let hours = match has_hours {
        true => "Based on the hotel’s current opening hours.",
        false => "No opening hours are set, so both counts are the same.",
    };
    let personal = agent.as_ref().is_some_and(|a| !a.is_empty());
    // Where the question makes no sense there is no answer to it, not one of zeros.
    let answer = problem
        .is_none()
        .then(|| view! { <Answer figures=figures personal=personal hours=hours zone=zone/> });
    view! {
        <Bar you=you here=Place::Reports/>
        <main class="reports">
            <div class="title"><h1>"Reports"</h1><nav class="boards" aria-label="Live boards">
                {board}</nav></div>
            <form method="get" action=PAGE class="filter" aria-label="Report">
                <label>"Hotel"<select name="hotel"><option value="">"All"</option>{hotels}</select></label>
                <label>"Agent"<select name="agent"><option value="">"Everybody"</option>
                    {people}</select></label>
                <label>"From"<input type="date" name="from" value=from required=true/></label>
                <label>"Until"<input type="date" name="until" value=until required=true/></label>
                <div class="actions"><button class="button primary" type="submit">"Show"</button></div>
                <nav class="shortcuts" aria-label="Periods">{shortcuts}</nav>
            </form>
            <StillReading unread=unread/>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            {answer}
            <section class="card definitions" id="definitions">
                <h2>"What the figures mean"</h2>
                <dl>{DEFINITIONS.into_iter().map(|(name, meaning)| view! {
                    <div><dt>{name}</dt><dd>{meaning}</dd></div> }).collect_view()}</dl>
            </section>
        </main>
    }
}

/// All the figures, in the order one reads them.
#[component]
fn Answer(figures: Figures, personal: bool, hours: &'static str, zone: String) -> impl IntoView {
    let several = figures.hotels.len() > 1;
    view! {
        <Numbers figures=figures.clone() personal=personal/>
        <section class="card">
            <h2>"Response times"</h2>
            <TimesTable open=figures.open all=figures.all/>
            <p class="quiet">{hours}" "{format!("Time zone: {zone}.")}</p>
        </section>
        {several.then(|| view! { <HotelsTable figures=figures.clone()/> })}
        <AgentsTable figures=figures.clone()/>
        {(!personal).then(|| view! { <RequestsCard requests=figures.requests.clone()/> })}
        <section class="card">
            <h2>"Messages by hour"</h2>
            <Week load=figures.load.clone()/>
        </section>
        <div class="pair">
            <section class="card"><h2>"Languages"</h2><Languages figures=figures.clone()/></section>
            <section class="card"><h2>"Ratings"</h2><Ratings figures=figures/></section>
        </div>
    }
}

/// The counts above everything else.
#[component]
fn Numbers(figures: Figures, personal: bool) -> impl IntoView {
    let wait = figures.longest_wait.map(|ms| format!("longest: {}", took(Some(ms))));
    let numbers = [
        ("Conversations", figures.opened.to_string(), personal.then(|| "of the hotel".to_owned())),
        ("Waiting now", figures.waiting_now.to_string(), wait),
        ("Held now", figures.held_now.to_string(), None),
        ("Taken over", figures.taken_over.to_string(), None),
        ("Returned to queue (agent offline)", figures.left.to_string(), None),
        (
            "Refused",
            figures.refused.to_string(),
            Some(format!("{} of them replies", figures.refused_answers)),
        ),
    ];
    let numbers = numbers
        .into_iter()
        .map(|(name, n, more)| {
            view! { <div><dt>{name}</dt><dd>{n}{more.map(|more| view! { <small>{more}</small> })}</dd></div> }
        })
        .collect_view();
    view! { <dl class="numbers">{numbers}</dl> }
}

#[component]
fn TimesTable(open: Times, all: Times) -> impl IntoView {
    let line = |name: &'static str, open: Spread, all: Spread| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{open.count}</td>
                <td class="main">{took(open.median)}</td><td class="main">{took(open.p90)}</td>
                <td>{took(all.median)}</td><td>{took(all.p90)}</td>
            </tr>
        }
    };
    view! {
        <div class="wide" tabindex="0" role="region" aria-label="Response times">
            <table>
                <thead>
                    <tr><td></td><td></td><th colspan="2" scope="colgroup">"Open hours"</th>
                        <th colspan="2" scope="colgroup">"All hours"</th></tr>
                    <tr><td></td><th scope="col">"Count"</th><th scope="col">"Median"</th><th scope="col">
                        "90th percentile"</th><th scope="col">"Median"</th>
                        <th scope="col">"90th percentile"</th></tr>
                </thead>
                <tbody>
                    {line("First response", open.first_response, all.first_response)}
                    {line("Response", open.response, all.response)}
                    {line("Resolution", open.resolution, all.resolution)}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn HotelsTable(figures: Figures) -> impl IntoView {
    let lines = figures
        .hotels
        .into_iter()
        .map(|h| {
            view! {
                <tr style=format!("--hotel: {}", h.accent)>
                    <th scope="row"><span class="hotel">{h.name}</span></th>
                    <td>{h.opened}</td><td>{h.waiting_now}</td><td>{h.held_now}</td>
                    <td>{took(h.first_response.median)}</td><td>{took(h.first_response.p90)}</td>
                    <td>{took(h.response.median)}</td><td>{took(h.response.p90)}</td>
                    <td>{took(h.resolution.median)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card">
            <h2>"By hotel"</h2>
            <div class="wide" tabindex="0" role="region" aria-label="By hotel">
                <table>
                    <thead>
                        <tr><td colspan="4"></td><th colspan="2" scope="colgroup">"First response"</th>
                            <th colspan="2" scope="colgroup">"Response"</th><th scope="colgroup">
                                "Resolution"</th></tr>
                        <tr><td></td><th scope="col">"Conversations"</th><th scope="col">"Waiting"</th>
                            <th scope="col">"Held"</th><th scope="col">"Median"</th><th scope="col">
                                "90th percentile"</th><th scope="col">"Median"</th>
                        <th scope="col">"90th percentile"</th>
                                    <th scope="col">"Median"</th></tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
            <p class="quiet">"Opening hours only."</p>
        </section>
    }
}

#[component]
fn AgentsTable(figures: Figures) -> impl IntoView {
    let nobody =
        figures.agents.is_empty().then(|| view! { <p class="nothing">"No replies in this period."</p> });
    let lines = figures
        .agents
        .into_iter()
        .map(|a| {
            view! {
                <tr>
                    <th scope="row"><a href=format!("/admin/logs?agent={}", a.person.id)>
                        {a.person.name}</a></th>
                    <td>{a.response.count}</td>
                    <td>{took(a.first_response.median)}</td>
                    <td>{took(a.response.median)}</td><td>{took(a.response.p90)}</td>
                    <td>{a.resolved}</td><td>{a.taken_over}</td><td>{a.refused}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card">
            <h2>"By agent"</h2>
            <div class="wide" tabindex="0" role="region" aria-label="By agent">
                <table>
                    <thead>
                        <tr><td colspan="2"></td><th scope="colgroup">"First response"</th>
                            <th colspan="2" scope="colgroup">"Response"</th><td colspan="3"></td></tr>
                        <tr><td></td><th scope="col">"Answers"</th><th scope="col">"Median"</th>
                            <th scope="col">"Median"</th>
                            <th scope="col">"90th percentile"</th><th scope="col">
                                "Resolved"</th><th scope="col">"Took over"</th><th scope="col">
                                    "Refused"</th></tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
            {nobody}
            <p class="quiet">"Opening hours only."</p>
        </section>
    }
}

/// How the hotels did where guests asked several; nothing where nobody has.
#[component]
fn RequestsCard(requests: RequestFigures) -> impl IntoView {
    let RequestFigures { asked, bid, first_bid: (open, all), won, lost, lapsed, agreed } = requests;
    let sum = |(currency, (times, minor)): (Currency, (i64, i64))| {
        let amount = grouped(minor, currency);
        view! {
            <tr><th scope="row">{currency.code()}</th><td>{times}</td><td class="main">{amount}</td></tr>
        }
    };
    let agreed: Vec<_> = agreed.into_iter().map(sum).collect();
    let nothing = agreed.is_empty();
    (asked > 0 || lapsed > 0).then(|| {
        view! {
            <section class="card">
                <h2>"Requests and bids"</h2>
                <dl class="numbers">
                    <div><dt>"Requests"</dt><dd>{asked}<small>{format!("{bid} received \
                        bids")}</small></dd></div>
                    <div><dt>"First bid, median"</dt><dd>{took(open.median)}
                        <small>{format!("{} around the clock", took(all.median))}</small></dd></div>
                    <div><dt>"First bid, 90th percentile"</dt><dd>{took(open.p90)}
                        <small>{format!("{} around the clock", took(all.p90))}</small></dd></div>
                    <div><dt>"Won"</dt><dd>{won}<small>{format!("{lost} lost")}</small></dd></div>
                    <div><dt>"Lapsed bids"</dt><dd>{lapsed}</dd></div>
                </dl>
                <table hidden=nothing>
                    <thead><tr><th scope="col">"Agreed amounts"</th><th scope="col">"Count"</th>
                        <th scope="col">"Total"</th></tr></thead>
                    <tbody>{agreed}</tbody>
                </table>
                <p class="quiet">"Opening hours only."</p>
            </section>
        }
    })
}

/// Languages a chart shows; the others are added up.
const LANGUAGES: usize = 10;

#[component]
fn Languages(figures: Figures) -> impl IntoView {
    let total: i64 = figures.languages.iter().map(|(_, n)| n).sum();
    let rest: i64 = figures.languages.iter().skip(LANGUAGES).map(|(_, n)| n).sum();
    let mut rows: Vec<(String, i64, String)> = figures
        .languages
        .into_iter()
        .take(LANGUAGES)
        .map(|(tag, n)| {
            (if tag.is_empty() { "Unknown".to_owned() } else { language_name(&tag) }, n, of(n, total))
        })
        .collect();
    if rest > 0 {
        rows.push(("Other".to_owned(), rest, of(rest, total)));
    }
    view! { <Counted label="Conversations by language" name="Language" rows=rows/> }
}

#[component]
fn Ratings(figures: Figures) -> impl IntoView {
    let total: i64 = figures.ratings.iter().sum();
    let rows = (1..=5).rev().map(|n: i64| {
        let count = figures.ratings[n as usize - 1];
        (stars(n), count, of(count, total))
    });
    let rows = rows.collect();
    view! { <Counted label="Conversations by rating" name="Stars" rows=rows/> }
}

/// Bars and their table.
#[component]
fn Counted(label: &'static str, name: &'static str, rows: Vec<(String, i64, String)>) -> impl IntoView {
    if rows.iter().all(|(_, n, _)| *n == 0) {
        return view! { <p class="nothing">"None in this period."</p> }.into_any();
    }
    let said = rows.iter().map(|(name, n, _)| format!("{name} {n}")).collect::<Vec<_>>().join(", ");
    let lines = rows
        .iter()
        .map(|(name, n, text)| {
            view! { <tr>
            <th scope="row">{name.clone()}</th><td>{*n}</td><td>{text.clone()}</td></tr> }
        })
        .collect_view();
    view! {
        <Bars label=format!("{label}: {said}") rows=rows/>
        <details class="as-table">
            <summary>"As a table"</summary>
            <table><thead><tr><th scope="col">{name}</th><th scope="col">"Conversations"</th><th scope="col">
                "Share"</th></tr></thead><tbody>{lines}</tbody></table>
        </details>
    }
    .into_any()
}

/// `12 · 40 %`.
fn of(n: i64, total: i64) -> String {
    if total == 0 { n.to_string() } else { format!("{n} · {} %", (n * 100 + total / 2) / total) }
}

/// A time as one would say it: `42 s`, `4 min 10 s`, `1 h 05 min`, `2 d 3 h`; `–` where there is none.
pub(super) fn took(ms: Option<i64>) -> String {
    let Some(ms) = ms else { return "–".into() };
    match ms / 1_000 {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min {:02} s", s / 60, s % 60),
        s @ 3_600..86_400 => format!("{} h {:02} min", s / 3_600, s / 60 % 60),
        s => format!("{} d {} h", s / 86_400, s / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_one_would_say_them() {
        let said = [Some(42_999), Some(250_000), Some(3_900_000), Some(183_600_000), None].map(took);
        assert_eq!(said, ["42 s", "4 min 10 s", "1 h 05 min", "2 d 3 h", "–"]);
        assert_eq!([of(1, 3), of(2, 3), of(0, 0)], ["1 · 33 %", "2 · 67 %", "0"]);
    }
}
