//! The audit trail, to be read.

use super::{
    Bar, Place, capitalised,
    options::{hotel_options, options, people_options},
    picked::{given, link},
};
use domain::{Hotel, Person, Staff};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

const PAGE: &str = "/admin/audit";

/// What the reader has picked, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickedLines {
    pub what: Option<String>,
    pub by: Option<String>,
    pub hotel: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    /// Lines before this one.
    pub before: Option<String>,
}

impl PickedLines {
    fn pairs(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("what", self.what.as_deref()),
            ("by", self.by.as_deref()),
            ("hotel", self.hotel.as_deref()),
            ("from", self.from.as_deref()),
            ("until", self.until.as_deref()),
        ]
    }

    fn is_any(&self) -> bool {
        self.pairs().into_iter().any(|(_, value)| given(value).is_some())
    }

    /// The address of this selection on a page, continued before a line.
    fn address(&self, page: &str, before: Option<&str>) -> String {
        link(page, self.pairs().into_iter().chain([("before", before)]))
    }
}

/// A line as the page shows it.
#[derive(Clone, Debug)]
pub struct TrailLine {
    pub seq: i64,
    pub when: String,
    pub what: String,
    /// Who; empty for Bellhop itself and for what came by the command line.
    pub by: String,
    pub hotel: String,
    /// Words, and where they lead to, if anywhere.
    pub detail: Vec<(String, Option<String>)>,
}

#[derive(Clone, Debug)]
pub struct AuditPage {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
    pub people: Vec<Person>,
    pub kinds: Vec<String>,
    pub picked: PickedLines,
    pub problem: Option<String>,
    pub lines: Vec<TrailLine>,
    pub next: Option<String>,
    pub zone: String,
    /// A guest was erased a moment ago; the first line says so.
    pub erased: bool,
}

#[component]
pub fn Audit(page: AuditPage) -> impl IntoView {
    let AuditPage { you, hotels, people, kinds, picked, problem, lines, next, zone, erased } = page;
    let hotels = hotel_options(&hotels, &picked.hotel);
    let people = people_options(&people, &picked.by);
    let kinds = options(
        kinds.into_iter().map(|kind| {
            let name = in_words(&kind);
            (kind, name)
        }),
        &picked.what,
    );
    let empty =
        lines.is_empty().then(|| view! { <p class="nothing">"No entries match. Clear the filters."</p> });
    let rows = lines
        .into_iter()
        .map(|line| {
            let detail = line.detail.into_iter().map(|(words, link)| match link {
                Some(link) => view! { <a href=link>{words}</a> }.into_any(),
                None => words.into_any(),
            });
            view! {
                <tr>
                    <td class="seq">{line.seq}</td><td>{line.when}</td><th scope="row">
                        {in_words(&line.what)}</th>
                    <td>{line.by}</td><td>{line.hotel}</td><td class="detail">{detail.collect_view()}</td>
                </tr>
            }
        })
        .collect_view();
    let file = |format: &str| picked.address(&format!("{PAGE}/as.{format}"), None);
    let newest = picked
        .before
        .is_some()
        .then(|| view! { <a class="button" href=picked.address(PAGE, None)>"Newest"</a> });
    let older = next
        .map(|key| view! { <a class="button" rel="next" href=picked.address(PAGE, Some(&key))>"Older"</a> });
    let clear = picked.is_any().then(|| view! { <a class="button quiet" href=PAGE>"Clear"</a> });
    view! {
        <Bar you=you here=Place::Audit/>
        <main class="logs audit">
            <div class="title">
                <h1>"Audit trail"</h1>
                <nav aria-label="Download the audit trail">
                    <a class="button" href=file("csv")>"CSV"</a>
                    <a class="button" href=file("jsonl")>"JSON Lines"</a>
                </nav>
            </div>
            {erased.then(|| view! { <p class="note-line"
                role="status">"The guest was erased. The first entry says how much was deleted."</p> })}
            <form method="get" action=PAGE class="filter" aria-label="Filter">
                <label>"What"<select name="what"><option value="">"Anything"</option>{kinds}</select></label>
                <label>"Who"<select name="by"><option value="">"Anybody"</option>{people}</select></label>
                <label>"Hotel"<select name="hotel"><option value="">"All"</option>{hotels}</select></label>
                <label>"From"<input type="date" name="from" value=picked.from.clone()/></label>
                <label>"Until"<input type="date" name="until" value=picked.until.clone()/></label>
                <div class="actions"><button class="button primary" type="submit">"Show"</button>{clear}</div>
            </form>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <div class="wide" tabindex="0" role="region" aria-label="Audit trail">
                <table class="trail">
                    <thead><tr><th scope="col">"No."</th><th scope="col">"When"</th><th scope="col">
                        "What"</th><th scope="col">"Who"</th><th scope="col">"Hotel"</th><th scope="col">
                            "Detail"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {empty}
            <nav class="pages" aria-label="Pages">{newest}{older}</nav>
            <p class="quiet">{format!("Time zone: {zone}. ")}
                "Tamper-evident: each entry is chained to the one before, and "<code>
                    "bellhop audit verify"</code>" finds a changed or missing one."</p>
        </main>
    }
}

/// `login_failed` as `Login failed`.
fn in_words(what: &str) -> String {
    capitalised(&what.replace('_', " "))
}
