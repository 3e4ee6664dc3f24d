//! The audit trail, to be read.

use super::{Bar, Place};
use crate::{
    domain::{Hotel, Person, Staff},
    ui::percent,
};
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
    fn query(&self, before: Option<&str>) -> String {
        let pairs = [
            ("what", self.what.as_deref()),
            ("by", self.by.as_deref()),
            ("hotel", self.hotel.as_deref()),
            ("from", self.from.as_deref()),
            ("until", self.until.as_deref()),
            ("before", before),
        ];
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?)));
        given.map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&")
    }

    fn is_any(&self) -> bool {
        !self.query(None).is_empty()
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
    pub detail: String,
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
}

#[component]
pub fn Audit(page: AuditPage) -> impl IntoView {
    let AuditPage { you, hotels, people, kinds, picked, problem, lines, next, zone } = page;
    let is = |have: &Option<String>, this: &str| have.as_deref() == Some(this);
    let hotel_options = hotels
        .iter()
        .map(|h| view! { <option value=h.slug.clone() selected=is(&picked.hotel, &h.slug)>{h.name.clone()}</option> })
        .collect_view();
    let people_options = people
        .iter()
        .map(|p| {
            let id = p.id.to_string();
            view! { <option value=id.clone() selected=is(&picked.by, &id)>{p.name.clone()}</option> }
        })
        .collect_view();
    let kind_options = kinds
        .iter()
        .map(|k| view! { <option value=k.clone() selected=is(&picked.what, k)>{in_words(k)}</option> })
        .collect_view();
    let empty = lines.is_empty().then(|| view! { <p class="nothing">"Nothing fits. Loosen the filter."</p> });
    let rows = lines
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <td class="seq">{line.seq}</td><td>{line.when}</td><th scope="row">{in_words(&line.what)}</th>
                    <td>{line.by}</td><td>{line.hotel}</td><td class="detail">{line.detail}</td>
                </tr>
            }
        })
        .collect_view();
    let address = |query: String| if query.is_empty() { PAGE.to_owned() } else { format!("{PAGE}?{query}") };
    let file = |format: &str| format!("{PAGE}/as.{format}?{}", picked.query(None));
    let newest = picked.before.is_some().then(|| view! { <a class="button" href=address(picked.query(None))>"Newest"</a> });
    let older = next.map(|key| view! { <a class="button" rel="next" href=address(picked.query(Some(&key)))>"Older"</a> });
    let clear = picked.is_any().then(|| view! { <a class="button quiet" href=PAGE>"Clear"</a> });
    view! {
        <Bar you=you here=Place::Audit/>
        <main class="logs audit">
            <div class="title">
                <h1>"Audit trail"</h1>
                <nav aria-label="The trail as a file">
                    <a class="button" href=file("csv")>"CSV"</a>
                    <a class="button" href=file("jsonl")>"JSON Lines"</a>
                </nav>
            </div>
            <form method="get" action=PAGE class="filter" aria-label="Filter">
                <label>"What"<select name="what"><option value="">"Anything"</option>{kind_options}</select></label>
                <label>"Who"<select name="by"><option value="">"Anybody"</option>{people_options}</select></label>
                <label>"Hotel"<select name="hotel"><option value="">"All"</option>{hotel_options}</select></label>
                <label>"From"<input type="date" name="from" value=picked.from.clone()/></label>
                <label>"Until"<input type="date" name="until" value=picked.until.clone()/></label>
                <div class="actions"><button class="button primary" type="submit">"Show"</button>{clear}</div>
            </form>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <div class="wide" tabindex="0" role="region" aria-label="Audit trail">
                <table class="trail">
                    <thead><tr><th scope="col">"No."</th><th scope="col">"When"</th><th scope="col">"What"</th><th scope="col">"Who"</th><th scope="col">"Hotel"</th><th scope="col">"Detail"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {empty}
            <nav class="pages" aria-label="Pages">{newest}{older}</nav>
            <p class="quiet">{format!("Times in {zone}. ")}"Nothing here can be changed or deleted: each line is chained to the one before, and "<code>"bellhop audit verify"</code>" finds a changed or missing one."</p>
        </main>
    }
}

/// `login_failed` as `Login failed`.
fn in_words(what: &str) -> String {
    let text = what.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
