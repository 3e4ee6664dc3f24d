//! One conversation, whole: what was said, what was noted, and every change of hands.

use super::{Bar, LogLine, Place, status_word};
use crate::{
    domain::{Day, Entry, EntryKind, Hotel, Staff, Stay},
    ui::Linked,
};
use leptos::{either::Either, prelude::*};

/// An entry with its day and time in the hotel's zone.
#[derive(Clone, Debug)]
pub struct TimelineLine {
    pub entry: Entry,
    pub day: String,
    pub clock: String,
}

#[derive(Clone, Debug)]
pub struct LogPage {
    pub you: Staff,
    pub hotel: Hotel,
    pub line: LogLine,
    pub timeline: Vec<TimelineLine>,
}

#[component]
pub fn Log(page: LogPage) -> impl IntoView {
    let LogPage { you, hotel, line, timeline } = page;
    let c = line.conversation;
    let stay = c.stay.as_ref();
    let facts = [
        ("Hotel", Some(line.hotel)),
        ("Opened", Some(line.opened)),
        ("Status", Some(status_word(c.status).to_owned())),
        ("Held by", c.holder.as_ref().map(|p| p.name.clone())),
        ("Room", c.room()),
        ("Stay", stay.and_then(nights)),
        ("Reservation", stay.and_then(|s| s.reference.clone())),
        ("Language", Some(c.guest.language.clone()).filter(|l| !l.is_empty())),
        ("Times in", Some(hotel.time_zone)),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .map(|(name, value)| {
            view! {
                <div><dt>{name}</dt><dd>{value}</dd></div>
            }
        })
        .collect_view();
    let guest = c.label();
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
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="log" style=format!("--hotel: {}", hotel.accent)>
            <p><a href="/admin/logs" class="back">"All conversations"</a></p>
            <h1>{c.label()}</h1>
            <dl class="facts">{facts}</dl>
            <ol class="timeline">{lines}</ol>
        </main>
    }
}

/// `2026-03-09 – 2026-03-12`, as far as it is known.
fn nights(stay: &Stay) -> Option<String> {
    let day = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
    (stay.arrival.is_some() || stay.departure.is_some()).then(|| format!("{} – {}", day(stay.arrival), day(stay.departure)))
}

#[component]
fn Line(line: TimelineLine, guest: String) -> impl IntoView {
    let TimelineLine { entry, clock, .. } = line;
    let from_guest = entry.by.is_guest();
    let by = if from_guest { guest } else { entry.by.name.clone() };
    match entry.kind {
        EntryKind::Said | EntryKind::Note => {
            let class = match (entry.kind, from_guest) {
                (EntryKind::Note, _) => "said note",
                (_, true) => "said guest",
                (_, false) => "said staff",
            };
            let mark = (entry.kind == EntryKind::Note).then_some(" · internal note");
            Either::Left(view! {
                <li class=class id=format!("e{}", entry.seq)>
                    <p class="by"><strong>{by}</strong>{mark}<time datetime=entry.at.iso()>{clock}</time></p>
                    <p class="body" dir="auto"><Linked text=entry.body/></p>
                </li>
            })
        }
        _ => {
            let text = entry.in_words(&by);
            let reason = (!entry.body.is_empty() && entry.kind != EntryKind::Joined).then(|| format!(" — “{}”", entry.body));
            Either::Right(view! {
                <li class="event" id=format!("e{}", entry.seq)>
                    <span>{text}{reason}" · "<time datetime=entry.at.iso()>{clock}</time></span>
                </li>
            })
        }
    }
}
