//! One conversation, whole: what was said, what was noted, and every change of hands.

use super::{Bar, LogLine, status_word};
use crate::{
    domain::{Entry, EntryKind, Hotel, Staff, Stay},
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
    pub stay: Stay,
    pub timeline: Vec<TimelineLine>,
}

#[component]
pub fn Log(page: LogPage) -> impl IntoView {
    let LogPage { you, hotel, line, stay, timeline } = page;
    let c = line.conversation;
    let facts = [
        ("Hotel", Some(line.hotel)),
        ("Opened", Some(line.opened)),
        ("Status", Some(status_word(c.status).to_owned())),
        ("Held by", c.holder.as_ref().map(|p| p.name.clone())),
        ("Room", stay.room),
        ("Reservation", stay.reference),
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
    let guest = c.guest.label();
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
        <Bar you=you/>
        <main class="log" style=format!("--hotel: {}", hotel.accent)>
            <p><a href="/admin/logs" class="back">"All conversations"</a></p>
            <h1>{c.guest.label()}</h1>
            <dl class="facts">{facts}</dl>
            <ol class="timeline">{lines}</ol>
        </main>
    }
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
            let reason = (!entry.body.is_empty()).then(|| format!(" — “{}”", entry.body));
            Either::Right(view! {
                <li class="event" id=format!("e{}", entry.seq)>
                    <span>{text}{reason}" · "<time datetime=entry.at.iso()>{clock}</time></span>
                </li>
            })
        }
    }
}
