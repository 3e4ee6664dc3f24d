//! What the queue shows, in which order, and where the desk leads next.
//!
//! In: the rows, the tab that is open, what is looked for. Out: ids in the order they are shown. Never: a
//! claim; the desk leads to the next guest, the agent takes them.

use super::{super::book::Book, Board};
use domain::{Conversation, ConversationId, HotelId, Status, Wait};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

/// A part of the queue. One at a time is shown, unless something is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    Mine,
    Waiting,
    Colleagues,
    Resolved,
}

impl Section {
    /// One's own guests first.
    pub const ALL: [Section; 4] = [Section::Mine, Section::Waiting, Section::Colleagues, Section::Resolved];

    pub const fn title(self) -> &'static str {
        match self {
            Section::Mine => "Mine",
            Section::Waiting => "Waiting",
            Section::Colleagues => "Team",
            Section::Resolved => "Done",
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Section::Mine => "mine",
            Section::Waiting => "waiting",
            Section::Colleagues => "colleagues",
            Section::Resolved => "resolved",
        }
    }
}

impl Board {
    pub fn section_of(self, row: &Conversation) -> Section {
        match row.status {
            Status::Waiting => Section::Waiting,
            Status::Held if row.is_held_by(self.me()) => Section::Mine,
            Status::Held => Section::Colleagues,
            Status::Resolved => Section::Resolved,
        }
    }

    /// What a guest is called here.
    pub fn title(self, row: &Conversation) -> String {
        title(self.offsets, row)
    }

    /// The same for a word that is said once.
    pub(super) fn called(self, row: &Conversation) -> String {
        untrack(|| self.title(row))
    }

    /// How pressing the guest's wait is at their hotel; `None` if they wait for nothing.
    pub fn wait(self, row: &Conversation) -> Option<Wait> {
        let since = row.waits_since()?;
        let targets = self.targets.with(|all| all.get(&row.hotel).copied().unwrap_or_default());
        Some(targets.judge(self.now.get().seconds_since(since)))
    }

    /// The conversations of a section in the order they are shown.
    pub fn section(self, section: Section) -> Vec<ConversationId> {
        self.in_order(section, |row| self.is_wanted(row))
    }

    fn in_order(self, section: Section, wanted: impl Fn(&Conversation) -> bool) -> Vec<ConversationId> {
        self.rows.with(|rows| {
            // One kind of key for all sections: sorting is generic, and each kind is code to download.
            let key = |row: &Conversation| match (section, row.wait()) {
                (Section::Resolved, _) => (false, -row.resolved_rank.unwrap_or_default(), row.id),
                // The longest wait first; then whoever waits for nothing, the latest word first.
                (_, Some((rank, _))) => (false, rank, row.id),
                (_, None) => (true, -row.rank, row.id),
            };
            let here = rows.values().filter(|row| self.section_of(row) == section && wanted(row));
            let mut found: Vec<_> = here.map(key).collect();
            found.sort_unstable();
            found.into_iter().map(|(.., id)| id).collect()
        })
    }

    /// The same whatever is looked for, in the hotels that are looked at: where the desk leads.
    fn everyone(self, section: Section) -> Vec<Conversation> {
        let ids = untrack(|| self.in_order(section, |row| self.is_looked_at(row)));
        self.rows.with_untracked(|rows| ids.iter().filter_map(|id| rows.get(id).cloned()).collect())
    }

    fn is_looked_at(self, row: &Conversation) -> bool {
        self.only.get().is_none_or(|hotel| row.hotel == hotel)
    }

    /// The number on a section's tab: of those nobody holds, the ones who wait for a word.
    pub fn how_many(self, section: Section) -> i64 {
        let shown = self.counted(section, |row| self.is_wanted(row));
        if section == Section::Waiting { shown + self.unshown() } else { shown }
    }

    /// How many need somebody: those who wait to be taken, and my own with unread words.
    pub fn calling(self) -> i64 {
        let mine = self.counted(Section::Mine, |row| row.unread > 0 && self.is_looked_at(row));
        self.counted(Section::Waiting, |row| self.is_looked_at(row)) + self.beyond() + mine
    }

    fn counted(self, section: Section, wanted: impl Fn(&Conversation) -> bool) -> i64 {
        let counts = |row: &&Conversation| {
            self.section_of(row) == section
                && (section != Section::Waiting || row.wants_claim())
                && wanted(row)
        };
        self.rows.with(|rows| rows.values().filter(counts).count() as i64)
    }

    /// The sections that are shown: the tab that is open, or all while something is looked for.
    pub fn shown_sections(self) -> Vec<Section> {
        if self.is_finding() { Section::ALL.to_vec() } else { vec![self.tab.get()] }
    }

    pub fn is_finding(self) -> bool {
        self.find.with(|text| !text.trim().is_empty())
    }

    /// Whether a filter keeps rows from being shown, but that of hotels.
    pub fn is_narrowed(self) -> bool {
        self.phase.get().is_some() || self.unread.get() || self.tag.with(Option::is_some)
    }

    /// How many more wait than are shown. Whom they are is not known here: while one looks for something,
    /// they are passed over.
    pub fn unshown(self) -> i64 {
        if self.is_finding() || self.is_narrowed() { 0 } else { self.beyond() }
    }

    /// How many more wait than this desk knows, in the hotels that are looked at.
    fn beyond(self) -> i64 {
        let only = self.only.get();
        let hotels = self.hotels.with(|hotels| hotels.iter().map(|h| h.id).collect::<Vec<_>>());
        let looked_at = hotels.into_iter().filter(|id| only.is_none_or(|only| only == *id));
        self.more.with(|more| looked_at.filter_map(|id| more.get(&id)).sum())
    }

    fn is_wanted(self, row: &Conversation) -> bool {
        let phase = self.phase.get();
        self.is_looked_at(row)
            && (phase.is_none() || self.phase_of(row) == phase)
            && (!self.unread.get() || row.unread > 0 && row.status != Status::Resolved)
            && self.tag.with(|tag| tag.as_ref().is_none_or(|tag| row.tags.contains(tag)))
            && (!self.is_finding() || self.found.with(|found| found.binary_search(&row.id).is_ok()))
    }

    /// The next (or previous) conversation in the order they are shown.
    pub fn step(self, by: isize) {
        let shown: Vec<ConversationId> =
            untrack(|| self.shown_sections().into_iter().flat_map(|s| self.section(s)).collect());
        if shown.is_empty() {
            return;
        }
        let at = self.selected.get_untracked().and_then(|id| shown.iter().position(|other| *other == id));
        let next = match at {
            Some(at) => (at as isize + by).clamp(0, shown.len() as isize - 1) as usize,
            None => 0,
        };
        self.select(Some(shown[next]));
        show_selected();
    }

    /// Opens a tab.
    pub fn open_tab(self, section: Section) {
        self.find.set(String::new());
        self.tab.set(section);
    }

    /// Who has waited longest for a word and has nobody.
    pub fn longest_waiting(self) -> Option<ConversationId> {
        self.everyone(Section::Waiting).first().filter(|row| row.wants_claim()).map(|row| row.id)
    }

    /// Where the desk leads from a conversation that is done: to the next of one's own with unread words,
    /// else to whoever has waited longest. Nobody is claimed by this. Whom it is, if anybody.
    pub(super) fn lead_on(self, done: ConversationId) -> Option<ConversationId> {
        let mine = self.everyone(Section::Mine);
        let unread = mine.iter().find(|row| row.id != done && row.unread > 0).map(|row| row.id);
        let next = unread.or_else(|| self.longest_waiting().filter(|id| *id != done));
        self.find.set(String::new());
        self.select(next);
        match next {
            Some(_) => focus_title(),
            None => self.tab.set(Section::Mine),
        }
        show_selected();
        next
    }
}

/// What a guest is called, by the clocks of the hotels.
pub(super) fn title(offsets: RwSignal<Book<HotelId, i64>>, row: &Conversation) -> String {
    row.title(offsets.with(|all| all.get(&row.hotel).copied().unwrap_or_default()))
}

/// The keyboard goes along to the conversation that is open now: what it was on is gone.
fn focus_title() {
    request_animation_frame(|| {
        let title = document().query_selector(".conversation h1").ok().flatten();
        if let Some(title) = title.and_then(|title| title.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = title.focus();
        }
    });
}

/// The rows that have all words of a text, in the order of their ids. `title` says what a guest is called.
pub(super) fn matching<'a>(
    rows: impl Iterator<Item = &'a Conversation>,
    text: &str,
    title: impl Fn(&Conversation) -> String,
) -> Vec<ConversationId> {
    let text = folded(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let has_all = |row: &&Conversation| {
        let mut all = vec![title(row), row.label(), row.last_line.clone(), row.tags.join(" ")];
        all.extend(row.room().map(|room| format!("room {room}")));
        all.extend(row.holder.as_ref().map(|p| p.name.clone()));
        all.extend(row.stay.as_ref().and_then(|stay| stay.reference.clone()));
        let all = folded(&all.join(" "));
        words.iter().all(|word| all.contains(word))
    };
    let mut found: Vec<_> = rows.filter(has_all).map(|row| row.id).collect();
    found.sort_unstable();
    found
}

/// A text as it is compared: without case and accents.
fn folded(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.is_ascii() {
        return text;
    }
    let apart: String = js_sys::JsString::from(JsValue::from_str(&text)).normalize("NFD").into();
    apart.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect()
}

/// Brings the selected row into view, wherever in the queue it is by now.
pub(super) fn show_selected() {
    request_animation_frame(|| {
        if let Ok(Some(row)) = document().query_selector(".queue .row[aria-current=true]") {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}
