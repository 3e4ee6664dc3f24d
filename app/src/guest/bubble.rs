//! One line of the guest's timeline.

use super::{
    outbox::Pending,
    talk::{Line, Talk},
};
use crate::{
    attach::Beside,
    live::Link,
    ui::{Clock, Linked, files_in_html},
};
use domain::{EntryKind, Status};
use leptos::{either::EitherOf3, prelude::*};

/// A stored line.
#[component]
pub fn Bubble(line: Line, goes_on: bool, talk: Talk) -> impl IntoView {
    let Line { conversation, entry } = line;
    let text = match (entry.kind, entry.to.as_ref()) {
        // A turn of a request too: the server has put it into words.
        (kind, _) if kind.is_word() => None,
        (EntryKind::Said | EntryKind::Note, _) => None,
        (EntryKind::Claimed, _) => Some(format!("{} is helping you", entry.by.name)),
        (EntryKind::TakenOver | EntryKind::Reopened, _) => {
            Some(format!("{} is helping you now", entry.by.name))
        }
        (EntryKind::Transferred, Some(to)) => Some(format!("{} is helping you now", to.name)),
        (EntryKind::Transferred | EntryKind::Released, _) => Some("We’ll be with you shortly".to_owned()),
        (EntryKind::Rated, _) => Some(format!(
            "Thank you for your rating: {} of 5 stars",
            entry.rating().map_or(0, |(stars, _)| stars)
        )),
        (EntryKind::LineOpened | EntryKind::LineClosed, _) => {
            let who = if entry.by.is_guest() { "You" } else { &entry.by.name };
            let what = if entry.kind == EntryKind::LineOpened { "opened" } else { "ended" };
            Some(format!("{who} {what} the private line"))
        }
        (EntryKind::Joined, _) => Some("From your other device".to_owned()),
        (EntryKind::Resolved, _) => Some("Conversation closed. Message us any time.".to_owned()),
        _ => Some(entry.body.clone()),
    };
    if let Some(text) = text {
        return EitherOf3::A(view! { <li class="event"><span>{text}</span></li> });
    }
    let files = files_in_html(&entry.files);
    if !entry.by.is_guest() {
        return EitherOf3::B(view! {
            <li class="said theirs" class:goes-on=goes_on>
                <p class="by">{entry.by.name}</p>
                <p class="body" dir="auto"><Linked text=entry.body/></p>
                <div class="files" inner_html=files></div>
                <p class="meta"><Clock at=entry.at/></p>
            </li>
        });
    }
    let seq = entry.seq;
    // The mark stands under the guest's last word only; what came before it has gone the same way.
    let mark = move || {
        let last_own = talk.lines.with(|lines| {
            let own = |l: &&Line| l.entry.kind.is_word() && l.entry.by.is_guest();
            lines.iter().rev().find(own).is_some_and(|l| (l.conversation, l.entry.seq) == (conversation, seq))
        });
        if !last_own {
            return "";
        }
        let read = talk.thread.with(|t| {
            t.as_ref().is_some_and(|t| t.id > conversation || (t.id == conversation && t.staff_read >= seq))
        });
        if read { " · Read" } else { " · Delivered" }
    };
    EitherOf3::C(view! {
        <li class="said own" class:goes-on=goes_on>
            <p class="body" dir="auto"><Linked text=entry.body/></p>
            <div class="files" inner_html=files></div>
            <p class="meta"><Clock at=entry.at/><span class="mark">{mark}</span></p>
        </li>
    })
}

/// A line that is not acknowledged yet.
#[component]
pub fn Waiting(pending: Pending, talk: Talk) -> impl IntoView {
    let client_id = pending.client_id;
    let beside = pending.files != Beside::Nothing;
    // Nothing is called sent before it is stored.
    let state = move || {
        let sent = talk.outbox.with(|o| o.iter().any(|p| p.client_id == client_id && p.sent));
        match sent && talk.link.get() == Link::Up {
            true => "Sending…",
            // Its files say how far they are.
            false if beside => "",
            false => "Not sent yet",
        }
    };
    view! {
        <li class="said own pending">
            <p class="body" dir="auto"><Linked text=pending.body/></p>
            <div class="files" id=client_id.to_string()></div>
            <p class="meta"><span class="mark">{state}</span></p>
        </li>
    }
}

/// Who answers, in words.
pub fn standing(talk: Talk) -> String {
    talk.thread.with(|thread| match thread {
        Some(t) => match (&t.holder, t.status) {
            (Some(holder), _) => format!("{} is helping you", holder.name),
            (None, Status::Waiting) if talk.closed.with(|closed| !closed.is_empty()) => {
                "We’re closed right now".into()
            }
            (None, Status::Waiting) => "We’ll be with you shortly".into(),
            (None, _) => "Message us any time".into(),
        },
        None => "Message us any time".into(),
    })
}
