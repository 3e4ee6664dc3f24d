//! Exports of many conversations: what is to be written, how far each has come.

use super::{Bar, Place};
use domain::Staff;
use leptos::prelude::*;

#[derive(Clone, Debug)]
pub struct ExportLine {
    pub id: String,
    pub title: String,
    pub format: String,
    /// `running`, `stopped`, `done` or `failed`.
    pub state: &'static str,
    pub begun: String,
    pub entries: i64,
    pub total: i64,
    /// `12.4 MB`.
    pub size: String,
}

#[derive(Clone, Debug)]
pub struct ExportsPage {
    pub you: Staff,
    /// A selection to be exported: its query, and what it is in words.
    pub asked: Option<(String, String)>,
    /// Words were looked for too; they are not part of it.
    pub words: bool,
    /// How many conversations and entries that is.
    pub counted: (i64, i64),
    pub exports: Vec<ExportLine>,
    pub problem: Option<String>,
}

#[component]
pub fn ExportList(page: ExportsPage) -> impl IntoView {
    let ExportsPage { you, asked, words, counted, exports, problem } = page;
    let none = exports.is_empty().then(|| {
        view! { <p class="nothing">"No exports yet. Search for conversations, then choose “Export \
        these”."</p> }
    });
    let ask = asked.map(|(query, title)| {
        let (conversations, entries) = counted;
        view! {
            <form method="post" action="/admin/exports" class="card">
                <h2>{title}</h2>
                <p>{format!("{conversations} conversations with {entries} entries.")}</p>
                {words.then(|| view! {
                    <p class="note-line">"Search words don’t apply here: exports always contain whole \
                        conversations."</p> })}
                <input type="hidden" name="selection" value=query/>
                <div class="buttons">
                    <button class="button primary" type="submit" name="format" value="csv"
                        disabled=conversations == 0>"Export as CSV"</button>
                    <button class="button primary" type="submit" name="format" value="jsonl"
                        disabled=conversations == 0>"Export as JSON Lines"</button>
                </div>
            </form>
        }
    });
    let lines = exports.into_iter().map(|e| view! { <Line export=e/> }).collect_view();
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="settings">
            <p><a href="/admin/logs" class="back">"Conversations"</a></p>
            <h1>"Exports"</h1>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            {ask}
            <ul class="export-list">{lines}</ul>
            {none}
            <p class="quiet">"Exports are kept for 24 hours. Interrupted downloads resume; a ZIP starts \
                again."</p>
        </main>
    }
}

#[component]
fn Line(export: ExportLine) -> impl IntoView {
    let e = export;
    let button = |to: &'static str, word: &'static str, label: String| {
        view! {
            <form method="post" action=format!("/admin/exports/{}/{to}", e.id)>
                <button class="button quiet" type="submit" aria-label=label>{word}</button>
            </form>
        }
    };
    let share = if e.total > 0 { (e.entries * 100 / e.total).min(100) } else { 100 };
    let state = match e.state {
        "running" => format!("{share}% · {} of {} entries", e.entries, e.total),
        "stopped" => format!("Stopped at {share}% · {} of {} entries", e.entries, e.total),
        "failed" => format!("Failed at {share}%. Resume it, or check the server log."),
        _ => format!("{} entries · {}", e.entries, e.size),
    };
    let title = format!("{} · {}", e.title, if e.format == "csv" { "CSV" } else { "JSON Lines" });
    let name = title.clone();
    view! {
        <li>
            <div>
                <strong>{title}</strong>
                <span class="quiet">{format!("{} · {state}", e.begun)}</span>
                {(e.state != "done").then(|| view! { <progress max="100" value=share
                    aria-label=format!("Progress of {name}")></progress> })}
            </div>
            {(e.state == "done").then(|| view! { <a class="button primary" href=format!("/admin/exports/{}",
                e.id) download=true>"Download"</a>
                <a class="button" href=format!("/admin/exports/{}/with-files", e.id) download=true
                    aria-label=format!("With files (ZIP): {name}")>"With files (ZIP)"</a> })}
            {(e.state == "running").then(|| button("stop", "Stop", format!("Stop {name}")))}
            {matches!(e.state, "stopped" | "failed").then(|| button("resume", "Resume", format!("Resume \
                {name}")))}
            {(e.state != "running").then(|| button("remove", "Remove", format!("Remove {name}")))}
        </li>
    }
}
