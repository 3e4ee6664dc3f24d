//! Looking for what was said: words, and everything they can be narrowed by. The form is a plain one, so
//! every search is a link.

use super::{
    Bar, Picked, Place, StillReading,
    options::{hotel_options, options, people_options},
    picked::{given, link},
    status_word,
};
use domain::{Conversation, ConversationId, Entry, EntryKind, Hotel, Person, Staff, Status};
use leptos::{either::Either, prelude::*};

const PAGE: &str = "/admin/logs";

/// A conversation with what the list shows beside it.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub conversation: Conversation,
    pub hotel: String,
    pub accent: String,
    /// Day and time in the hotel's zone.
    pub opened: String,
}

/// A line in which the words stand.
#[derive(Clone, Debug)]
pub struct HitLine {
    pub line: LogLine,
    pub entry: Entry,
    /// Text, and whether it was looked for.
    pub excerpt: Vec<(String, bool)>,
    /// Day and time it was said, in the hotel's zone.
    pub said: String,
}

/// What was found: conversations, or lines where there were words to look for.
#[derive(Clone, Debug)]
pub enum Found {
    Conversations(Vec<LogLine>),
    Lines(Vec<HitLine>),
}

impl Found {
    fn first(&self) -> Option<&LogLine> {
        match self {
            Found::Conversations(lines) => lines.first(),
            Found::Lines(lines) => lines.first().map(|hit| &hit.line),
        }
    }
}

#[derive(Clone, Debug)]
pub struct LogsPage {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
    pub people: Vec<Person>,
    pub tags: Vec<String>,
    pub picked: Picked,
    pub problem: Option<String>,
    pub found: Found,
    /// The key to continue after, if there is more.
    pub next: Option<String>,
    /// The time zone whose days the filter means.
    pub days_in: String,
    /// How many conversations have grown and are not searched yet, if that is known.
    pub unread: Option<usize>,
}

#[component]
pub fn Logs(page: LogsPage) -> impl IntoView {
    let LogsPage { you, hotels, people, tags, picked, problem, found, next, days_in, unread } = page;
    let empty = (problem.is_none() && found.first().is_none())
        .then(|| view! { <Empty picked=picked.clone() lines=matches!(found, Found::Lines(_))/> });
    let guest = view! { <GuestField picked=picked.clone() name=found.first().map(|line|
    line.conversation.label())/> };
    let hotels = hotel_options(&hotels, &picked.hotel);
    let people = people_options(&people, &picked.agent);
    let tags = options(tags.into_iter().map(|tag| (tag.clone(), tag)), &picked.tag);
    let statuses =
        options(Status::ALL.map(|s| (s.as_str().to_owned(), status_word(s).to_owned())), &picked.status);
    let ratings = options((1..=5).rev().map(|n| (n.to_string(), stars(n))), &picked.rating);
    let first_page = picked
        .after
        .is_some()
        .then(|| view! { <a class="button" href=picked.address(PAGE, None)>"Newest"</a> });
    let next_page = next
        .map(|key| view! { <a class="button" rel="next" href=picked.address(PAGE, Some(&key))>"Older"</a> });
    let clear = picked.is_any().then(|| view! { <a class="button quiet" href=PAGE>"Clear"</a> });
    // A button of the form: what is picked by now counts. Behind the form's own, or Enter would press it.
    // What is exported are whole conversations; its page says that words do not narrow it.
    let export = (problem.is_none() && found.first().is_some()).then(|| {
        view! { <button class="button" type="submit" form="search"
        formaction="/admin/exports">"Export these"</button> }
    });
    // The way back from a conversation leads to this page.
    let query = link("", picked.pairs().into_iter().chain([("after", picked.after.as_deref())]));
    let list = match found {
        Found::Conversations(lines) => lines
            .into_iter()
            .map(|line| view! { <Line line=line query=query.clone()/> })
            .collect_view()
            .into_any(),
        Found::Lines(lines) => lines
            .into_iter()
            .map(|line| view! { <Hit line=line query=query.clone()/> })
            .collect_view()
            .into_any(),
    };
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="logs">
            <div class="title"><h1>"Conversations"</h1><nav aria-label="Exports">
                <a class="button quiet" href="/admin/exports">"Exports"</a></nav></div>
            <form method="get" action=PAGE id="search" class="filter" role="search"
                aria-label="Conversations">
                <div class="words">
                    <label for="q" class="hidden">"Search messages and notes"</label>
                    <input id="q" type="search" name="q" value=picked.q.clone()
                        placeholder="Search messages and notes" autocomplete="off" maxlength="200"/>
                    <button class="button primary" type="submit">"Search"</button>
                </div>
                <details class="more" open=picked.is_narrowed()>
                    <summary>"Filters"</summary>
                    <div class="fields">
                        <label>"Agent"<select name="agent"><option value="">"Anybody"</option>
                            {people}</select></label>
                        {guest}
                        <label>"Room"<input name="room" value=picked.room.clone() autocomplete="off"/></label>
                        <label>"Tag"<select name="tag"><option value="">"Any"</option>{tags}</select></label>
                        <label>"Status"<select name="status"><option value="">"Any"</option>
                            {statuses}</select></label>
                        <label>"Rating"<select name="rating"><option value="">"Any"</option>
                            {ratings}</select></label>
                        <label>"From"<input type="date" name="from" value=picked.from.clone()/></label>
                        <label>"Until"<input type="date" name="until" value=picked.until.clone()/></label>
                    </div>
                    <p class="quiet">{format!("Time zone: {days_in}. ")}"Search tips: "<code>"towel"</code>
                        " also finds towels, "<code>"\"late check\""</code>" finds that exact phrase, "<code>
                            "-spa"</code>" excludes spa."</p>
                </details>
                <label class="which">"Hotel"<select name="hotel"><option value="">"All"</option>
                    {hotels}</select></label>
                {clear}
            </form>
            <div class="pages">{export}</div>
            <StillReading unread=unread/>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <ul class="log-list">{list}</ul>
            {empty}
            <nav class="pages" aria-label="Pages">{first_page}{next_page}</nav>
        </main>
    }
}

/// What a guest is picked by: a name; or one guest, where the reader came from them.
#[component]
fn GuestField(picked: Picked, name: Option<String>) -> impl IntoView {
    match picked.guest.clone().filter(|guest| guest.parse::<ConversationId>().is_ok()) {
        None => Either::Left(view! {
            <label>"Guest"<input name="guest" value=picked.guest placeholder="Name"
                autocomplete="off"/></label>
        }),
        Some(id) => {
            let anybody = Picked { guest: None, after: None, ..picked }.address(PAGE, None);
            Either::Right(view! {
                <div class="one">
                    <strong>"Guest"</strong>
                    <p><span dir="auto">{name.unwrap_or_else(|| "One guest".into())}</span>" "<a href=anybody>
                        "Any guest"</a></p>
                    <input type="hidden" name="guest" value=id/>
                </div>
            })
        }
    }
}

/// Nothing was found, and what one might try. `lines`: words were looked for.
#[component]
fn Empty(picked: Picked, lines: bool) -> impl IntoView {
    let nothing = match (lines, picked.is_any(), picked.after.is_some()) {
        (_, _, true) => "No older results.",
        (true, ..) => "No results. Try fewer words or clear the filters.",
        (_, true, _) => "No conversations match. Clear the filters.",
        _ => "No conversations yet.",
    };
    let named = given(picked.q.as_deref()).filter(|_| lines).map(|words| {
        let address = link(PAGE, [("guest", Some(words)), ("hotel", picked.hotel.as_deref())]);
        view! { <p><a href=address>{format!("Search for guests named “{words}”")}</a></p> }
    });
    view! { <div class="nothing"><p>{nothing}</p>{named}</div> }
}

#[component]
fn Line(line: LogLine, query: String) -> impl IntoView {
    let c = line.conversation;
    let holder = c.holder.as_ref().map(|p| format!(" by {}", p.name));
    let rated = c.rating.map(
        |n| view! { <span class="stars" role="img" aria-label=format!("{n} of 5 stars")>{stars(n)}</span> },
    );
    let tags = c.tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span> }).collect_view();
    view! {
        <li>
            <a href=format!("/admin/logs/{}{query}", c.id)>
                <span class="when">{line.opened}</span>
                <strong class="name" dir="auto">{c.label()}</strong>
                <span class="hotel" style=format!("--hotel: {}", line.accent)>{line.hotel}</span>
                <span class=format!("status {}", c.status.as_str())>{status_word(c.status)}{holder}</span>
                <span class="last" dir="auto">{c.last_line}</span>
                <span class="marks">{tags}{rated}</span>
            </a>
        </li>
    }
}

#[component]
fn Hit(line: HitLine, query: String) -> impl IntoView {
    let HitLine { line, entry, excerpt, said } = line;
    let c = line.conversation;
    let by = if entry.by.is_guest() { c.label() } else { entry.by.name.clone() };
    let what = match entry.kind {
        kind if kind.is_word() => String::new(),
        EntryKind::Note => " noted".to_owned(),
        EntryKind::Rated => " rated".to_owned(),
        _ => " · reason".to_owned(),
    };
    // With whom, where somebody of the staff speaks.
    let with = (!entry.by.is_guest()).then(|| format!("to {}", c.label()));
    let excerpt = excerpt
        .into_iter()
        .map(|(text, found)| if found { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() })
        .collect_view();
    view! {
        <li class="hit">
            <a href=format!("/admin/logs/{}{query}#e{}", c.id, entry.seq)>
                <strong class="name" dir="auto">{by}<span class="quiet">{what}</span></strong>
                <span class="when">{said}</span>
                <span class="hotel" style=format!("--hotel: {}", line.accent)>{line.hotel}</span>
                <span class="status">{with}</span>
                <span class="excerpt" dir="auto">{excerpt}</span>
            </a>
        </li>
    }
}

/// `★★★☆☆`.
pub(super) fn stars(n: i64) -> String {
    (1..=5).map(|i| if i <= n { '★' } else { '☆' }).collect()
}
