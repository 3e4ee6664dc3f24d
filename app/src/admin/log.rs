//! One conversation, whole: what each side saw. What was said, what was noted, every change of hands, who
//! read how far, how it was rated.

use super::{Bar, LogLine, Place, logs::stars, status_word};
use crate::ui::{Linked, files_in_html};
use domain::{Day, EntryKind, Hotel, Staff, Stay, TimelineLine, language_name};
use leptos::{either::Either, prelude::*};

#[derive(Clone, Debug)]
pub struct LogPage {
    pub you: Staff,
    pub hotel: Hotel,
    pub line: LogLine,
    pub timeline: Vec<TimelineLine>,
    /// The list or search it was found in.
    pub back: String,
}

/// What a transcript says above its lines: names and values that are known.
pub fn facts(line: &LogLine, hotel: &Hotel) -> Vec<(&'static str, String)> {
    let c = &line.conversation;
    let stay = c.stay.as_ref();
    let given = |text: String| Some(text).filter(|t| !t.is_empty());
    let facts = [
        ("Hotel", Some(line.hotel.clone())),
        ("Opened", Some(line.opened.clone())),
        ("Status", Some(status_word(c.status).to_owned())),
        ("Held by", c.holder.as_ref().map(|p| p.name.clone())),
        ("Room", c.room()),
        ("Stay", stay.and_then(nights)),
        ("Reservation", stay.and_then(|s| s.reference.clone())),
        ("Language", given(language_name(&c.guest.language))),
        ("Tags", given(c.tags.join(", "))),
        ("Rating", c.rating.map(|n| format!("{} ({n} of 5)", stars(n)))),
        ("Time zone", Some(hotel.time_zone.clone())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The same for the guest themselves: what they know of it.
pub fn facts_for_guest(line: &LogLine, hotel: &Hotel) -> Vec<(&'static str, String)> {
    let known = ["Hotel", "Opened", "Room", "Stay", "Reservation", "Time zone"];
    facts(line, hotel).into_iter().filter(|(name, _)| known.contains(name)).collect()
}

#[component]
pub fn Log(page: LogPage) -> impl IntoView {
    let LogPage { you, hotel, line, timeline, back } = page;
    let back_to = if back.contains('?') { "Back to results" } else { "All conversations" };
    let facts = facts(&line, &hotel)
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect_view();
    let c = line.conversation;
    let guest = c.label();
    let has_files = timeline.iter().any(|line| !line.entry.files.is_empty());
    let mut day = String::new();
    let lines = timeline
        .into_iter()
        .map(|line| {
            let new_day = (line.day != day).then(|| line.day.clone());
            day = line.day.clone();
            view! {
                {new_day.map(|day| view! { <li class="day"><span>{day}</span></li> })}
                <Line line=line guest=guest.clone()/>
            }
        })
        .collect_view();
    let file = |name: &str| format!("/admin/logs/{}/{name}", c.id);
    let others = format!("/admin/logs?guest={}", c.id);
    let data = format!("/admin/hotels/{}/guests/{}", hotel.slug, c.id);
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="log" style=format!("--hotel: {}", hotel.accent)>
            <p class="no-print"><a href=back class="back">{back_to}</a></p>
            <div class="title">
                <h1 dir="auto">{guest.clone()}</h1>
                <nav class="no-print" aria-label="Download this conversation">
                    <a class="button" href=file("as.pdf")
                        title="Messages only, without notes and hand-overs">"PDF for the guest"</a>
                    <a class="button" href=file("complete.pdf") title="Everything, internal notes included">
                        "Complete PDF"</a>
                    <a class="button" href=file("as.csv")>"CSV"</a>
                    <a class="button" href=file("as.jsonl")>"JSON Lines"</a>
                    {has_files.then(|| view! { <a class="button" href=file("as.zip")
                        title="JSON Lines with photos, recordings and documents">"With files (ZIP)"</a> })}
                </nav>
            </div>
            <dl class="facts">{facts}</dl>
            <p class="no-print ways"><a href=others>"All conversations with this guest"</a><a href=data>
                "Guest data"</a></p>
            <ol class="timeline">{lines}</ol>
        </main>
    }
}

/// `2026-03-09 – 2026-03-12`, as far as it is known.
fn nights(stay: &Stay) -> Option<String> {
    let day = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
    (stay.arrival.is_some() || stay.departure.is_some())
        .then(|| format!("{} – {}", day(stay.arrival), day(stay.departure)))
}

#[component]
fn Line(line: TimelineLine, guest: String) -> impl IntoView {
    let TimelineLine { entry, clock, read_by, .. } = line;
    let from_guest = entry.by.is_guest();
    let by = if from_guest { guest } else { entry.by.name.clone() };
    // Messages only: what was read is always the other side's word.
    let read = (!read_by.is_empty())
        .then(|| view! { <span class="read">{format!("Read by {}", read_by.join("; "))}</span> });
    match entry.kind {
        kind if kind.is_words() => {
            let class = match (entry.kind, from_guest) {
                (EntryKind::Note, _) => "said note",
                (_, true) => "said guest",
                (_, false) => "said staff",
            };
            let mark = (entry.kind == EntryKind::Note).then_some(" · internal note");
            Either::Left(view! {
                <li class=class id=format!("e{}", entry.seq)>
                    <p class="by"><strong>{entry.head(&by)}</strong>{mark}
                        <time datetime=entry.at.iso()>{clock}</time></p>
                    <p class="body" dir="auto"><Linked text=entry.body/></p>
                    <div class="files" inner_html=files_in_html(&entry.files)></div>
                    {read}
                </li>
            })
        }
        _ => {
            let text = entry.in_words(&by);
            let reason = entry.reason().map(|reason| format!(" — “{reason}”"));
            Either::Right(view! {
                <li class="event" id=format!("e{}", entry.seq)>
                    <span>{text}{reason}" · "<time datetime=entry.at.iso()>{clock}</time></span>
                </li>
            })
        }
    }
}
