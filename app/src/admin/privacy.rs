//! How long a hotel keeps things; and one guest's data: what there is, to be given out, or to be ended.

use super::{Bar, Place};
use domain::{ConversationId, Hotel, Staff, WouldGo};
use leptos::prelude::*;

#[derive(Clone, Debug)]
pub struct RetentionPage {
    pub you: Staff,
    pub hotel: Hotel,
    /// Days, as set or as typed; empty for no limit.
    pub conversations: String,
    pub guests: String,
    /// What would go at the next look. Not known where what stands in the fields makes no sense.
    pub would_go: Option<WouldGo>,
    /// What stands in the fields is not saved: it was only asked what would go.
    pub trial: bool,
    pub saved: bool,
    pub problem: Option<String>,
}

#[component]
pub fn RetentionSettings(page: RetentionPage) -> impl IntoView {
    let RetentionPage { you, hotel, conversations, guests, would_go, trial, saved, problem } = page;
    let base = format!("/admin/hotels/{}", hotel.slug);
    let counted =
        |n: i64, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let note = would_go.map(|would_go| {
        let going = format!(
            "{}, {} and {}",
            counted(would_go.conversations, "conversation", "conversations"),
            counted(would_go.guests, "guest without one", "guests without one"),
            counted(would_go.stays, "stay", "stays")
        );
        match (would_go == WouldGo::default(), trial) {
            (true, true) => "Not saved yet. Nothing would be deleted with these settings.".to_owned(),
            (true, false) => "Nothing to delete with the current settings.".to_owned(),
            (false, true) => format!("Not saved yet. {going} would be deleted within a day."),
            (false, false) => {
                format!("{going} will be deleted within a day.")
            }
        }
    });
    let note = note.map(|text| {
        let class = if would_go == Some(WouldGo::default()) { "quiet" } else { "note-line" };
        view! { <p class=class role="status">{text}</p> }
    });
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=base.clone() class="back">{hotel.name.clone()}</a></p>
            <h1>"Data retention"</h1>
            {saved.then(|| view! { <p class="made" role="status">"Saved."</p> })}
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <form method="post" action=format!("{base}/retention") class="card">
                <p>"Once a day, older data is permanently deleted and no longer appears in reports. The \
                    audit trail is kept and records how much was deleted."</p>
                <div class="fields">
                    <label>"Delete resolved conversations (days after last message)"
                        <input name="conversations" inputmode="numeric" pattern="[0-9]*" value=conversations
                            placeholder="no limit" autocomplete="off"/></label>
                    <label>"Delete guests and stays (days after last visit)"
                        <input name="guests" inputmode="numeric" pattern="[0-9]*" value=guests
                            placeholder="no limit" autocomplete="off"/></label>
                </div>
                {note}
                <div class="buttons">
                    <button class="button" type="submit" name="trial" value="1">
                        "Show what would be deleted"</button>
                    <button class="button primary" type="submit">"Save"</button>
                </div>
            </form>
        </main>
    }
}

#[derive(Clone, Debug)]
pub struct GuestDataPage {
    pub you: Staff,
    pub hotel: Hotel,
    /// One of the guest's: by it the page is known.
    pub conversation: ConversationId,
    pub name: String,
    /// What there is, in words.
    pub held: Vec<(&'static str, String)>,
    /// Conversations that are open: while there are some, nothing is erased.
    pub open: i64,
    /// What stays if it is ended here.
    pub stays: Vec<String>,
    pub problem: Option<String>,
}

#[component]
pub fn GuestData(page: GuestDataPage) -> impl IntoView {
    let GuestDataPage { you, hotel, conversation, name, held, open, stays, problem } = page;
    let base = format!("/admin/hotels/{}/guests/{conversation}", hotel.slug);
    let held = held
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect_view();
    let stays = stays.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <Bar you=you here=Place::Logs/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=format!("/admin/logs?guest={conversation}")
                class="back">"Conversations of this guest"</a></p>
            <h1>{name}</h1>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <section class="card">
                <h2>{format!("Data {} stores about this guest", hotel.name)}</h2>
                <dl class="facts">{held}</dl>
                <div class="buttons">
                    <a class="button" href=format!("{base}/data.zip")>"All of it, with files (ZIP)"</a>
                    <a class="button" href=format!("{base}/data.json")>"Without files (JSON)"</a>
                </div>
            </section>
            <section class="card">
                <h2>"Erase"</h2>
                <p>"All of the above is deleted for good: conversations with all messages and notes, \
                    stays, names and addresses. This cannot be undone."</p>
                <ul class="kept">{stays}</ul>
                {match open {
                    0 => view! {
                        <form method="post" action=format!("{base}/erase")>
                            <label class="check">
                                <input type="checkbox" name="sure" value="yes" required=true/>
                                "I’ve checked what will be deleted and want to erase this guest"</label>
                            <button class="button danger" type="submit">"Erase this guest"</button>
                        </form>
                    }.into_any(),
                    _ => view! { <p class="note-line">"A conversation is still open. Resolve it at "
                        <a href="/desk">"the desk"</a>" first, then come back."</p> }.into_any(),
                }}
            </section>
        </main>
    }
}
