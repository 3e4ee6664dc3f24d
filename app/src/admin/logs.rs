//! The list of conversations. The filter is a plain form, so every view of the list is a link.

use super::{Bar, Place, status_word};
use crate::{
    domain::{Conversation, Hotel, Person, Staff, Status},
    ui::percent,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the reader has picked, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    pub hotel: Option<String>,
    pub agent: Option<String>,
    pub status: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    /// The key of the last line of the page before.
    pub after: Option<String>,
}

impl Picked {
    fn is_any(&self) -> bool {
        [&self.hotel, &self.agent, &self.status, &self.from, &self.until].into_iter().flatten().any(|v| !v.is_empty())
    }

    /// The address of this selection, continued after `after`.
    fn address(&self, after: Option<&str>) -> String {
        let pairs = [
            ("hotel", self.hotel.as_deref()),
            ("agent", self.agent.as_deref()),
            ("status", self.status.as_deref()),
            ("from", self.from.as_deref()),
            ("until", self.until.as_deref()),
            ("after", after),
        ];
        let query: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", percent(value.filter(|v| !v.is_empty())?))))
            .collect();
        if query.is_empty() { "/admin/logs".into() } else { format!("/admin/logs?{}", query.join("&")) }
    }
}

/// A conversation with what the list shows beside it.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub conversation: Conversation,
    pub hotel: String,
    pub accent: String,
    /// Day and time in the hotel's zone.
    pub opened: String,
}

#[derive(Clone, Debug)]
pub struct LogsPage {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
    pub people: Vec<Person>,
    pub picked: Picked,
    pub problem: Option<String>,
    pub lines: Vec<LogLine>,
    /// The key to continue after, if there is more.
    pub next: Option<String>,
    /// The time zone whose days the filter means.
    pub days_in: String,
}

#[component]
pub fn Logs(page: LogsPage) -> impl IntoView {
    let LogsPage { you, hotels, people, picked, problem, lines, next, days_in } = page;
    let is = |have: &Option<String>, this: &str| have.as_deref() == Some(this);
    let empty = lines.is_empty();
    let nothing = match (picked.is_any(), picked.after.is_some()) {
        (true, _) => "No conversation fits. Loosen the filter.",
        (_, true) => "There are no older conversations.",
        _ => "Nobody has written yet.",
    };
    let hotel_options = hotels
        .iter()
        .map(|h| {
            view! {
                <option value=h.slug.clone() selected=is(&picked.hotel, &h.slug)>{h.name.clone()}</option>
            }
        })
        .collect_view();
    let people_options = people
        .iter()
        .map(|p| {
            let id = p.id.to_string();
            view! { <option value=id.clone() selected=is(&picked.agent, &id)>{p.name.clone()}</option> }
        })
        .collect_view();
    let status_options = Status::ALL
        .map(|s| {
            view! {
                <option value=s.as_str() selected=is(&picked.status, s.as_str())>{status_word(s)}</option>
            }
        })
        .collect_view();
    let first_page = picked.after.is_some().then(|| view! { <a class="button" href=picked.address(None)>"Newest"</a> });
    let next_page = next.map(|key| view! { <a class="button" rel="next" href=picked.address(Some(&key))>"Older"</a> });
    let clear = picked.is_any().then(|| view! { <a class="button quiet" href="/admin/logs">"Clear"</a> });
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="logs">
            <h1>"Conversations"</h1>
            <form method="get" action="/admin/logs" class="filter" aria-label="Filter">
                <label>"Hotel"<select name="hotel"><option value="">"All"</option>{hotel_options}</select></label>
                <label>"Agent"<select name="agent"><option value="">"Anybody"</option>{people_options}</select></label>
                <label>"Status"<select name="status"><option value="">"Any"</option>{status_options}</select></label>
                <label>"From"<input type="date" name="from" value=picked.from.clone()/></label>
                <label>"Until"<input type="date" name="until" value=picked.until.clone()/></label>
                <div class="actions"><button class="button primary" type="submit">"Show"</button>{clear}</div>
            </form>
            <p class="quiet">{format!("Days from and until are days in {days_in}.")}</p>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <ul class="log-list">{lines.into_iter().map(|line| view! { <Line line=line/> }).collect_view()}</ul>
            {empty.then(|| view! { <p class="nothing">{nothing}</p> })}
            <nav class="pages" aria-label="Pages">{first_page}{next_page}</nav>
        </main>
    }
}

#[component]
fn Line(line: LogLine) -> impl IntoView {
    let c = line.conversation;
    let holder = c.holder.as_ref().map(|p| format!(" by {}", p.name));
    view! {
        <li>
            <a href=format!("/admin/logs/{}", c.id)>
                <span class="when">{line.opened}</span>
                <strong class="name">{c.label()}</strong>
                <span class="hotel" style=format!("--hotel: {}", line.accent)>{line.hotel}</span>
                <span class=format!("status {}", c.status.as_str())>{status_word(c.status)}{holder}</span>
                <span class="last" dir="auto">{c.last_line}</span>
            </a>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_a_link() {
        let picked = Picked {
            hotel: Some("see&hof".into()),
            from: Some("2026-03-01".into()),
            agent: Some(String::new()),
            ..Picked::default()
        };
        assert_eq!(picked.address(Some("1_a b")), "/admin/logs?hotel=see%26hof&from=2026-03-01&after=1_a%20b");
        assert_eq!(Picked::default().address(None), "/admin/logs");
    }
}
