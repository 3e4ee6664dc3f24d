//! The queue: who waits, whom I answer, whom colleagues answer, what was resolved today.

use super::{
    board::{Board, Section},
    drafts::Kind,
    request::called,
};
use domain::{Conversation, ConversationId, HotelId, LegState, Millis, Phase, Wait, percent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

#[component]
pub fn Queue(board: Board) -> impl IntoView {
    let none_found = move || {
        board.is_finding() && Section::ALL.into_iter().all(|section| board.section(section).is_empty())
    };
    // What is not in the queue any more, those who review find there.
    let reviews = board.you.with_untracked(|you| you.reviews());
    let in_logs = move || format!("/admin/logs?q={}", board.find.with(|text| percent(text.trim())));
    view! {
        <nav class="queue" aria-label="Queue">
            <Find board=board/>
            <Filter board=board/>
            <Narrow board=board/>
            <Tabs board=board/>
            <div class="sections" id="conversations" role="tabpanel"
                aria-label=move || if board.is_finding() { "Found" } else { board.tab.get().title() }>
                <For each=move || board.shown_sections() key=|section| *section let:section>
                    <SectionView board=board section=section/>
                </For>
                <p class="nothing" hidden=move || !none_found()>
                    "No matching conversations. "
                    {reviews.then(|| view! { <a href=in_logs>"Search the logs"</a> })}</p>
            </div>
        </nav>
    }
}

/// What is looked for, and a tag that all have.
#[component]
fn Find(board: Board) -> impl IntoView {
    let tags = Memo::new(move |_| {
        let mut tags: Vec<String> =
            board.rows.with(|rows| rows.values().flat_map(|r| r.tags.clone()).collect());
        tags.extend(board.tag.get());
        tags.sort_unstable();
        tags.dedup();
        tags
    });
    view! {
        <div class="find">
            <input id="find" type="search" placeholder="Guest, room, words" autocomplete="off"
                aria-label="Find in the queue" prop:value=move || board.find.get()
                on:input=move |event| board.find.set(event_target_value(&event))/>
            <select aria-label="Tag" hidden=move || tags.with(Vec::is_empty)
                class:picked=move || board.tag.with(Option::is_some)
                on:change=move |event| {
                    board.tag.set(Some(event_target_value(&event)).filter(|tag| !tag.is_empty()));
                }>
                <option value="">"Any tag"</option>
                {move || tags.get().into_iter().map(|tag| {
                    let picked = board.tag.with_untracked(|now| now.as_ref() == Some(&tag));
                    view! { <option selected=picked>{tag}</option> }
                }).collect_view()}
            </select>
        </div>
    }
}

/// The parts of the queue, with how many are in each.
#[component]
fn Tabs(board: Board) -> impl IntoView {
    let tab = move |section: Section| {
        let open = move || board.tab.get() == section && !board.is_finding();
        let count = Memo::new(move |_| board.how_many(section));
        let some = move || count.get() > 0;
        let news = move || {
            section == Section::Mine
                && some()
                && board.rows.with(|rows| rows.values().any(|r| r.unread > 0 && r.is_held_by(board.me())))
        };
        view! {
            <button type="button" role="tab" class=format!("tab {}", section.as_str()) id=format!("tab-{}",
                section.as_str()) aria-controls="conversations" aria-selected=move || open().to_string()
                tabindex=move || if board.tab.get() == section { "0" } else { "-1" }
                on:click=move |_| board.open_tab(section)>
                {section.title()}<span class="count" class:some=some class:news=news>
                    {move || thousands(count.get())}
                    <span class="hidden">{move || if news() { " with new messages" } else { "" }}
                    </span></span>
            </button>
        }
    };
    // The arrow keys go from tab to tab.
    let turn = move |event: leptos::ev::KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let by = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => Section::ALL.len() - 1,
            _ => return,
        };
        event.prevent_default();
        let at = Section::ALL.iter().position(|s| *s == board.tab.get_untracked()).unwrap_or(0);
        let next = Section::ALL[(at + by) % Section::ALL.len()];
        board.open_tab(next);
        if let Some(tab) = document().get_element_by_id(&format!("tab-{}", next.as_str())) {
            let _ = tab.unchecked_into::<HtmlElement>().focus();
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Queue sections" on:keydown=turn>
            {Section::ALL.map(tab).collect_view()}</div>
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

/// What narrows the queue down: unread words, and a phase of the stay that somebody is in.
#[component]
fn Narrow(board: Board) -> impl IntoView {
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
        <div class="filter narrow" role="group" aria-label="Filter">
            <button class="chip small" aria-pressed=move || board.unread.get().to_string()
                on:click=move |_| board.unread.update(|on| *on = !*on)>"Unread"</button>
            {Phase::ALL.map(chip).collect_view()}
        </div>
    }
}

#[component]
fn SectionView(board: Board, section: Section) -> impl IntoView {
    let ids = Memo::new(move |_| board.section(section));
    // Of those who wait, the ones who have waited longest are here; the others are counted.
    let unshown = move || if section == Section::Waiting { board.unshown() } else { 0 };
    let empty = move || match section {
        _ if board.is_narrowed() => "No matching conversations.",
        Section::Waiting => "No one is waiting.",
        Section::Mine => "You have no open conversations.",
        Section::Colleagues => "Your colleagues have no open conversations.",
        Section::Resolved => "Nothing resolved today.",
    };
    let none = move || ids.with(Vec::is_empty);
    view! {
        <section class=format!("section {}", section.as_str())>
            <h2 hidden=move || !board.is_finding() || none()>{section.title()}</h2>
            <p class="nothing" hidden=move || !none() || board.is_finding()>{empty}</p>
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
    // Where the room is the name, it need not stand again.
    let room = move || {
        row.with(|row| {
            let row = row.as_ref()?;
            let room = format!("Room {}", row.room()?);
            (room != board.title(row)).then_some(room)
        })
    };
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
            row.waits_since().map_or_else(|| ago(now, row.last_at), |since| running(now, since))
        })
    };
    // A request that is not over, with what is left of its time.
    let asked = move || {
        let badge = row.with(|r| r.as_ref().and_then(|r| r.request))?;
        let open = !matches!(badge.state, LegState::Elsewhere | LegState::Ended);
        let left = badge.until.map(|until| left(board.now.get(), until)).unwrap_or_default();
        open.then(|| (badge.state, format!("{}{left}", called(badge.state))))
    };
    let wait = Memo::new(move |_| row.with(|r| r.as_ref().and_then(|r| board.wait(r))));
    view! {
        <li>
            <button class="row" style=move || hotel().map(|h| format!("--hotel: {}", h.accent))
                aria-current=move || (board.selected.get() == Some(id)).then_some("true")
                on:click=move |_| board.select(Some(id))>
                <span class="presence" class:here=present title=move || if present() { "Online" }
                    else { "Away" }></span>
                <strong class="name" dir="auto">
                    {move || row.with(|r| r.as_ref().map(|r| board.title(r)))}</strong>
                <span class="when" data-wait=move || wait.get().map(Wait::as_str)>
                    <span class="hidden">{move || if wait.get().is_some() { "waiting " } else { "" }}</span>
                    {when}</span>
                <span class="last" dir="auto" class:typing=move || typing().is_some()>
                    {move || typing().unwrap_or_else(|| with(|r| r.last_line.clone()))}
                </span>
                <span class="unread" hidden=move || unread() == 0 || section == Section::Resolved>
                    {unread}<span class="hidden">" unread"</span>
                </span>
                <span class="under">
                    <span class="hotel">{move || hotel().map(|h| h.name)}</span>
                    <span class="room" hidden=move || room().is_none()>{room}</span>
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

/// A wait that is running: `42 s`, `12 min`, `1 h 05`. Seconds for the first minute only: a queue that ticks
/// in every row cannot be read.
fn running(now: Millis, since: Millis) -> String {
    let seconds = now.seconds_since(since);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
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
        assert_eq!(running(at(42), at(0)), "42 s");
        assert_eq!(running(at(727), at(0)), "12 min");
        assert_eq!(running(at(3_900), at(0)), "1 h 05");
        assert_eq!(running(at(0), at(50)), "0 s", "a guest's clock ahead of ours is no wait");
        assert_eq!(
            [ago(at(5), at(0)), ago(at(300), at(0)), ago(at(7_300), at(0)), ago(at(200_000), at(0))],
            ["now", "5 min", "2 h", "2 d"]
        );
    }
}
