//! The queue: who waits, whom I answer, whom colleagues answer, what was resolved today.

use super::{
    board::{Board, Section},
    drafts::Kind,
    request::called,
};
use domain::{Conversation, ConversationId, HotelId, LegState, Millis, Phase};
use leptos::prelude::*;

#[component]
pub fn Queue(board: Board) -> impl IntoView {
    view! {
        <nav class="queue" aria-label="Queue">
            <Filter board=board/>
            <Phases board=board/>
            <div class="sections">
                {Section::ALL.map(|section| view! { <SectionView board=board section=section/>
                    }).collect_view()}
            </div>
        </nav>
    }
}

/// Which hotel to show, for those who work for several.
#[component]
fn Filter(board: Board) -> impl IntoView {
    let several = move || board.hotels.with(|hotels| hotels.len() > 1);
    let chosen = move |id: Option<HotelId>| board.only.get() == id;
    let one = move |id: HotelId, name: String, accent: String| {
        view! {
            <button class="chip" style=format!("--hotel: {accent}")
                aria-pressed=move || chosen(Some(id)).to_string()
                on:click=move |_| board.only.set(Some(id))>{name}</button>
        }
    };
    view! {
        <div class="filter" role="group" aria-label="Hotel" hidden=move || !several()>
            <button class="chip all" aria-pressed=move || chosen(None).to_string()
                on:click=move |_| board.only.set(None)>"All"</button>
            {board.hotels.get_untracked().into_iter().map(|h| one(h.id, h.name, h.accent)).collect_view()}
        </div>
    }
}

/// Which phase of the stay to show; only the phases that somebody in the queue is in.
#[component]
fn Phases(board: Board) -> impl IntoView {
    let there = move |phase: Phase| {
        board.rows.with(|rows| rows.values().any(|row| board.phase_of(row) == Some(phase)))
    };
    let picked = move |phase: Phase| board.phase.get() == Some(phase);
    let toggle = move |phase: Phase| {
        board.phase.update(|now| *now = if *now == Some(phase) { None } else { Some(phase) })
    };
    let chip = move |phase: Phase| {
        view! {
            <button class="chip small" hidden=move || !there(phase) && !picked(phase)
                aria-pressed=move || picked(phase).to_string()
                on:click=move |_| toggle(phase)>{phase.in_words()}</button>
        }
    };
    view! {
        <div class="filter phases" role="group" aria-label="Phase of the stay">
            {Phase::ALL.map(chip).collect_view()}</div>
    }
}

#[component]
fn SectionView(board: Board, section: Section) -> impl IntoView {
    let ids = Memo::new(move |_| board.section(section));
    // Of those who wait, the ones who have waited longest are here; the others are counted.
    let unshown =
        move || if section == Section::Waiting && board.phase.get().is_none() { board.unshown() } else { 0 };
    let empty = match section {
        Section::Waiting => "No one is waiting.",
        Section::Mine => "No open conversations.",
        Section::Colleagues => "Colleagues have no open conversations.",
        Section::Resolved => "Nothing resolved today.",
    };
    let class = match section {
        Section::Waiting => "section waiting",
        Section::Mine => "section mine",
        Section::Colleagues => "section colleagues",
        Section::Resolved => "section resolved",
    };
    view! {
        <section class=class>
            <h2>{section.title()}<span class="count">
                {move || ids.with(Vec::len) as i64 + unshown()}</span></h2>
            <p class="nothing" hidden=move || ids.with(|ids| !ids.is_empty())>{empty}</p>
            <ul>
                <For each=move || ids.get() key=|id| *id let:id>
                    <Row board=board section=section id=id/>
                </For>
            </ul>
            <p class="more" hidden=move || unshown() == 0>
                {move || format!("and {} more", thousands(unshown()))}
                <button class="button quiet" on:click=move |_| board.fill(None)>"Show more"</button>
            </p>
        </section>
    }
}

/// `1,840`.
fn thousands(n: i64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

#[component]
fn Row(board: Board, section: Section, id: ConversationId) -> impl IntoView {
    let row = Memo::new(move |_| board.row(id));
    let with = move |f: fn(&Conversation) -> String| row.with(|row| row.as_ref().map(f).unwrap_or_default());
    let hotel = move || row.with(|row| row.as_ref().map(|r| r.hotel)).and_then(|id| board.hotel(id));
    let phase = move || row.with(|r| r.as_ref().and_then(|r| board.phase_of(r)));
    let room = move || row.with(|r| r.as_ref().and_then(Conversation::room));
    let present = move || {
        row.with(|r| r.as_ref().is_some_and(|r| board.present.with(|p| p.contains(&(r.hotel, r.guest.id)))))
    };
    let typing = move || board.typing.with(|t| t.get(&id).map(|(name, _)| format!("{name} is typing…")));
    let unread = move || row.with(|r| r.as_ref().map_or(0, |r| r.unread));
    let holder = move || with(|r| r.holder.as_ref().map(|p| p.name.clone()).unwrap_or_default());
    let drafted =
        move || board.drafts.with(|d| d.contains(&(id, Kind::Answer)) || d.contains(&(id, Kind::Note)));
    let when = move || {
        let now = board.now.get();
        row.with(|row| {
            let Some(row) = row else { return String::new() };
            match (section, row.waiting_since) {
                (Section::Waiting, Some(since)) => running(now, since),
                _ => ago(now, row.last_at),
            }
        })
    };
    // A request that is not over, with what is left of its time.
    let asked = move || {
        let badge = row.with(|r| r.as_ref().and_then(|r| r.request))?;
        let open = !matches!(badge.state, LegState::Elsewhere | LegState::Ended);
        let left = badge.until.map(|until| left(board.now.get(), until)).unwrap_or_default();
        open.then(|| (badge.state, format!("{}{left}", called(badge.state))))
    };
    let late = move || {
        let since = row.with(|r| r.as_ref().and_then(|r| r.waiting_since));
        since.is_some_and(|since| board.now.get().seconds_since(since) >= 300)
    };
    view! {
        <li>
            <button class="row" style=move || hotel().map(|h| format!("--hotel: {}", h.accent))
                aria-current=move || (board.selected.get() == Some(id)).then_some("true")
                on:click=move |_| board.select(Some(id))>
                <span class="presence" class:here=present title=move || if present() { "Online" }
                    else { "Away" }></span>
                <strong class="name" dir="auto">{move || with(|r| r.label())}</strong>
                <span class="when" class:late=late>{when}</span>
                <span class="last" dir="auto" class:typing=move || typing().is_some()>
                    {move || typing().unwrap_or_else(|| with(|r| r.last_line.clone()))}
                </span>
                <span class="unread" hidden=move || unread() == 0 || section == Section::Resolved>
                    {unread}<span class="hidden">" unread"</span>
                </span>
                <span class="under">
                    <span class="hotel">{move || hotel().map(|h| h.name)}</span>
                    <span class="room" hidden=move || room().is_none()>
                        {move || room().map(|room| format!("Room {room}"))}</span>
                    {move || phase().map(|p| view! { <span class=format!("phase {}",
                        p.as_str())>{p.in_words()}</span> })}
                    {move || row.with(|r| r.as_ref().map(|r|
                        r.tags.clone()).unwrap_or_default()).into_iter().map(|tag| view! { <span class="tag">
                            {tag}</span> }).collect_view()}
                    {move || asked().map(|(state, words)| view! { <span
                        class="asks" data-state=state.as_str()>
                        {words}</span> })}
                    <span class="draft" hidden=move || !drafted()>"Draft"</span>
                    <span class="holder" hidden=move || section != Section::Colleagues>{holder}</span>
                </span>
            </button>
        </li>
    }
}

/// A wait that is running: `0:42`, `12:07`, `1 h 05`.
fn running(now: Millis, since: Millis) -> String {
    let seconds = now.seconds_since(since);
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{} h {:02}", seconds / 3_600, seconds / 60 % 60),
    }
}

/// What is left of a time: ` · 12 min`, ` · 3 h`, ` · 2 d`; nothing once it is over.
fn left(now: Millis, until: Millis) -> String {
    match until.seconds_since(now) {
        0 => String::new(),
        s @ 1..60 => format!(" · {s} s"),
        s @ 60..3_600 => format!(" · {} min", s / 60),
        s @ 3_600..172_800 => format!(" · {} h", s / 3_600),
        s => format!(" · {} d", s / 86_400),
    }
}

/// How long ago: `now`, `5 min`, `3 h`, `2 d`.
fn ago(now: Millis, at: Millis) -> String {
    match now.seconds_since(at) {
        0..60 => "now".into(),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_read_like_a_clock() {
        let at = |s: i64| Millis(s * 1_000);
        assert_eq!(running(at(42), at(0)), "0:42");
        assert_eq!(running(at(727), at(0)), "12:07");
        assert_eq!(running(at(3_900), at(0)), "1 h 05");
        assert_eq!(running(at(0), at(50)), "0:00", "a guest's clock ahead of ours is no wait");
        assert_eq!(
            [ago(at(5), at(0)), ago(at(300), at(0)), ago(at(7_300), at(0)), ago(at(200_000), at(0))],
            ["now", "5 min", "2 h", "2 d"]
        );
    }
}
