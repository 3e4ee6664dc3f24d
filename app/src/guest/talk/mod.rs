//! The state of a guest's talk with one hotel, and everything that changes it.
//!
//! In: what the page was rendered with, events and answers from the page's socket, what the guest types. Out:
//! signals the view follows. Never: an entry twice or out of order (rule H7); lines are kept by conversation
//! and seq, whichever way they came.

mod reading;
mod sending;
mod settling;

use super::{outbox, outbox::Pending};
use crate::{
    attach,
    live::{self, Fault, Link, Live, pause},
    ui::by_own_clock,
    whisper::line,
};
use domain::wire::{
    Done, TYPING_EXPIRES,
    guest::{Command, Earlier, Event, Opened, Past, Thread},
};
use domain::{By, ConversationId, Entry, EntryKind, FileLimits, GuestId, Millis, Seq, Status};
use leptos::{html::Div, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The least time, in milliseconds, before it is asked again whether the desk is open.
const SOON: i64 = 60_000;

/// An entry and the conversation it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub conversation: ConversationId,
    pub entry: Entry,
}

/// The talk's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// Every line known, oldest first.
    pub lines: RwSignal<Vec<Line>>,
    /// The newest conversation.
    pub thread: RwSignal<Option<Thread>>,
    pub outbox: RwSignal<Vec<Pending>>,
    /// Who is typing.
    pub typing: RwSignal<Option<String>>,
    pub link: RwSignal<Link>,
    /// A refused text on its way back into the composer …
    pub returned: RwSignal<Option<String>>,
    /// … and why, or what else is wrong with what stands there.
    pub problem: RwSignal<Option<String>>,
    /// Files that stand in the composer.
    pub picked: RwSignal<usize>,
    pub older: RwSignal<bool>,
    /// What has just been resolved, which may be taken back.
    settling: RwSignal<Option<ConversationId>>,
    /// The guest reads further up: what comes now comes below.
    pub away: RwSignal<bool>,
    /// By this the guest is known, in a frame whose browser returns no cookie; empty elsewhere.
    pub token: RwSignal<String>,
    /// When an answer can be expected; empty while the desk is open.
    pub closed: RwSignal<String>,
    pub name: RwSignal<String>,
    /// The room whose code the guest has opened; empty if none.
    pub room: RwSignal<String>,
    pub now: RwSignal<Millis>,
    /// Where the lines are shown; what is not on the screen is not read.
    pub scroll: NodeRef<Div>,
    kept: StoredValue<Kept>,
}

/// What the views do not follow. One value, for each type that is stored costs the download some code.
#[derive(Debug)]
struct Kept {
    guest: GuestId,
    hotel: String,
    files: FileLimits,
    live: Option<Live>,
    /// The outbox is being sent.
    sending: bool,
    /// How far a conversation was read that is being read on in.
    reading: Option<(ConversationId, Seq)>,
    /// It is being told that the guest has read.
    telling: bool,
    /// The newest line is in view, and is to stay so.
    pinned: bool,
    /// When the guest's typing was last told; 0 if it was not, or has ended.
    typed_at: i64,
    /// When somebody's typing ends unless more of it is heard.
    typing_until: i64,
    /// When the desk opens or closes next, and when that is asked for again; 0 if it is not known.
    opens: i64,
    turns: i64,
    /// The conversation as it is once its resolution has settled, and how many have been waited for.
    held_back: Option<Thread>,
    settlings: u32,
}

impl Talk {
    /// From what was read already. `link` is the state of the page's socket, which several talks may share.
    pub fn new(opened: &Opened, now: Millis, link: RwSignal<Link>) -> Self {
        let mut lines: Vec<Line> = opened.earlier.iter().flat_map(past_lines).collect();
        if let Some(thread) = &opened.conversation {
            lines.extend(opened.entries.iter().map(|e| Line { conversation: thread.id, entry: e.clone() }));
        }
        Self {
            lines: RwSignal::new(lines),
            thread: RwSignal::new(opened.conversation.clone()),
            outbox: RwSignal::new(Vec::new()),
            typing: RwSignal::new(None),
            link,
            returned: RwSignal::new(None),
            problem: RwSignal::new(None),
            picked: RwSignal::new(0),
            older: RwSignal::new(opened.older),
            settling: RwSignal::new(None),
            away: RwSignal::new(false),
            token: RwSignal::default(),
            closed: RwSignal::new(opened.closed.clone()),
            name: RwSignal::new(opened.you.name.clone()),
            room: RwSignal::new(opened.room.clone().unwrap_or_default()),
            now: RwSignal::new(now),
            scroll: NodeRef::new(),
            kept: StoredValue::new(Kept {
                guest: opened.you.id,
                hotel: opened.hotel.slug.clone(),
                files: opened.hotel.files,
                live: None,
                sending: false,
                reading: None,
                telling: false,
                pinned: true,
                typed_at: 0,
                typing_until: 0,
                opens: opened.turns.map_or(0, |at| at.0),
                turns: opened.turns.map_or(0, |at| at.0),
                held_back: None,
                settlings: 0,
            }),
        }
    }

    /// Takes the page's socket, and what waits in this browser to be sent. In the browser only, once.
    pub fn start(self, live: Live) {
        self.outbox.set(outbox::load(self.guest(), &self.hotel()));
        self.kept.update_value(|kept| kept.live = Some(live));
    }

    /// The page was made for somebody new, for no cookie came along; this is who the guest is. What was
    /// written on this page by now is theirs.
    pub fn become_guest(self, guest: GuestId) {
        self.kept.update_value(|kept| kept.guest = guest);
        self.lines.set(Vec::new());
        self.thread.set(None);
        self.room.set(String::new());
        self.returned.set(outbox::load_draft(guest, &self.hotel()));
        self.outbox.update(|outbox| {
            for pending in outbox.iter() {
                outbox::keep(guest, &self.hotel(), pending);
            }
            *outbox = outbox::load(guest, &self.hotel());
        });
    }

    pub fn guest(self) -> GuestId {
        self.kept.with_value(|kept| kept.guest)
    }

    /// The page is another guest's now, or about to begin anew: nothing that was written here is said over
    /// its socket.
    pub fn fall_silent(self) {
        self.kept.try_update_value(|kept| kept.live = None);
    }

    fn live(self) -> Option<Live> {
        self.kept.try_with_value(|kept| kept.live).flatten()
    }

    pub fn hotel(self) -> String {
        self.kept.with_value(|kept| kept.hotel.clone())
    }

    /// Takes in an event, if it is of this talk.
    pub fn take_in(self, event: &Event) {
        match event {
            Event::Said { conversation, hotel, entry } if self.is_with(hotel) => {
                if !entry.by.is_guest() {
                    self.typing.set(None);
                }
                if entry.kind == EntryKind::Resolved {
                    self.settle(*conversation);
                }
                self.add([Line { conversation: *conversation, entry: entry.clone() }]);
            }
            Event::Thread { thread } if self.is_with(&thread.hotel) => self.hear_thread(thread.clone()),
            Event::Typing(typing) if !typing.by.is_guest() && self.is_about(typing.conversation) => {
                self.show_typing(typing.active.then(|| typing.by.clone()));
            }
            _ => {}
        }
    }

    /// The composer, as what takes files.
    pub fn composer(self) -> attach::Composer {
        let hotel = self.hotel();
        attach::Composer {
            key: outbox::files_key(self.guest(), &hotel),
            place: format!("files-{hotel}"),
            address: format!("/chat/{hotel}/files"),
            token: self.token.get_untracked(),
            picked: self.picked,
            limits: self.kept.with_value(|kept| kept.files),
            describes: false,
            problem: self.problem,
        }
    }

    /// While the desk is closed: when guests can expect a reply, by the hotel's clock and by theirs.
    pub fn closed_in_words(self, zone: &str) -> String {
        let (closed, opens) = (self.closed.get(), self.kept.with_value(|kept| kept.opens));
        match (closed.is_empty(), opens) {
            (true, _) | (_, 0) => closed,
            _ => {
                let own = by_own_clock(&closed, Millis(opens), self.now.get(), zone);
                closed + &own
            }
        }
    }

    fn is_with(self, hotel: &str) -> bool {
        self.kept.try_with_value(|kept| kept.hotel == hotel) == Some(true)
    }

    fn is_about(self, conversation: ConversationId) -> bool {
        self.thread.with_untracked(|t| t.as_ref().is_some_and(|t| t.id == conversation))
    }

    /// Reads on from what is already there. Does not give up while the connection stands: a page that shows
    /// "connected" must hear.
    pub async fn catch_up(self) {
        let mut known = self.thread.get_untracked().map(|t| t.id);
        // Cut off in the middle of it last time: from there, whatever this page has heard since.
        let cut = self.kept.with_value(|kept| kept.reading.filter(|(id, _)| Some(*id) == known));
        let mut after = cut.map(|(_, seq)| seq).or_else(|| self.last_seq(known));
        loop {
            let opened = match self.open(after).await {
                Ok(opened) => opened,
                Err(Fault::Lost) => return,
                Err(Fault::Refused(_)) => {
                    pause(2_000).await;
                    continue;
                }
            };
            let id = opened.conversation.as_ref().map(|t| t.id);
            let (cursor, more) = (opened.cursor, opened.more);
            // `after` was a place in the conversation we knew. If a newer one has begun, read that from its
            // start.
            let begin = id != known && after.is_some();
            self.merge(opened);
            let on = (begin || more).then_some(if begin { 0 } else { cursor });
            self.kept.try_update_value(|kept| kept.reading = id.zip(on));
            let Some(next) = on else { break };
            (known, after) = (id, Some(next));
        }
        self.mark_read();
        self.send_waiting().await;
    }

    async fn open(self, after: Option<Seq>) -> Result<Opened, Fault> {
        self.live().ok_or(Fault::Lost)?.call(Command::Open { hotel: self.hotel(), after }).await
    }

    fn merge(self, opened: Opened) {
        // What was the newest is nowhere any more: it was joined to another conversation while this page was
        // not connected.
        let (newest, shown) =
            (opened.conversation.as_ref().map(|t| t.id), self.thread.get_untracked().map(|t| t.id));
        if shown.is_some()
            && shown != newest
            && !opened.earlier.iter().any(|past| Some(past.conversation) == shown)
        {
            let _ = window().location().reload();
            return;
        }
        // What lies before the first line shown is not put above it: what lies between is not known yet.
        let first = self.lines.with_untracked(|lines| lines.first().map(|line| place(newest, line)));
        let reaches = opened.entries.first().zip(newest).map(|(entry, id)| (true, id, entry.seq));
        if first.is_none() || opened.earlier.is_empty() && reaches.is_some_and(|from| Some(from) <= first) {
            self.older.set(opened.older);
        }
        self.room.set(opened.room.unwrap_or_default());
        // By a clock that is ahead it is past already: then now and then, not at every tick.
        let soon = live::now() + SOON;
        self.kept.update_value(|kept| {
            kept.opens = opened.turns.map_or(0, |at| at.0);
            kept.turns = if kept.opens == 0 { 0 } else { kept.opens.max(soon) };
        });
        self.closed.set(opened.closed);
        if !opened.you.name.is_empty() {
            self.name.set(opened.you.name);
        }
        let older = self.older.get_untracked();
        let follows = |line: &Line| !older || first.as_ref().is_none_or(|first| place(newest, line) > *first);
        let mut lines: Vec<Line> = opened.earlier.iter().flat_map(past_lines).filter(follows).collect();
        if let Some(thread) = &opened.conversation {
            lines.extend(opened.entries.into_iter().map(|entry| Line { conversation: thread.id, entry }));
            self.set_thread(thread.clone());
        }
        self.add(lines);
    }

    /// The newest seq known of a conversation; `None` if nothing of it is.
    fn last_seq(self, conversation: Option<ConversationId>) -> Option<Seq> {
        let of = |line: &&Line| Some(line.conversation) == conversation;
        self.lines.with_untracked(|lines| lines.iter().rev().find(of).map(|line| line.entry.seq))
    }

    /// Puts lines where they belong, each once.
    fn add(self, new: impl IntoIterator<Item = Line>) {
        let known = self.lines.with_untracked(|lines| lines.len());
        let mut spoken = Vec::new();
        let newest = self.thread.with_untracked(|t| t.as_ref().map(|t| t.id));
        self.lines.update(|lines| {
            for line in new {
                let key = place(newest, &line);
                if let Err(at) = lines.binary_search_by_key(&key, |l| place(newest, l)) {
                    spoken.extend(line.entry.client_id);
                    lines.insert(at, line);
                }
            }
        });
        for client_id in spoken {
            self.acknowledged(client_id);
        }
        if self.lines.with_untracked(|lines| lines.len()) > known {
            self.mark_read();
        }
    }

    fn set_thread(self, mut thread: Thread) {
        // An open one is the newest, whenever it began: a guest who came from another device brought others
        // along.
        let (newer, other) = self.thread.with_untracked(|old| match old {
            // Reading is told to the hotel, not by it: what it says of that may be older than what this page
            // knows.
            Some(old) if old.id == thread.id => {
                thread.guest_read = thread.guest_read.max(old.guest_read);
                (thread.rev >= old.rev, false)
            }
            Some(old) if old.status != Status::Resolved => (false, false),
            Some(old) => (thread.id > old.id || thread.status != Status::Resolved, true),
            None => (true, true),
        });
        if newer {
            let newest = Some(thread.id);
            self.thread.set(Some(thread));
            if other {
                self.lines.update(|lines| {
                    for line in std::mem::take(lines) {
                        let at = lines.partition_point(|l| place(newest, l) < place(newest, &line));
                        lines.insert(at, line);
                    }
                });
            }
        }
    }

    fn show_typing(self, by: Option<By>) {
        self.kept.update_value(|kept| kept.typing_until = live::now() + TYPING_EXPIRES);
        self.typing.set(by.map(|by| by.name));
        // The server says when it ends; should that be lost, it ends here.
        set_timeout(
            move || {
                if self.kept.try_with_value(|kept| kept.typing_until <= live::now()) == Some(true) {
                    self.typing.try_set(None);
                }
            },
            Duration::from_millis(TYPING_EXPIRES as u64 + 100),
        );
    }

    /// The time goes on: the day changes, and the desk opens and closes.
    pub fn tick(self, now: Millis) {
        self.now.try_set(now);
        if self
            .kept
            .try_update_value(|kept| (1..=now.0).contains(&kept.turns) && std::mem::take(&mut kept.turns) > 0)
            == Some(true)
        {
            leptos::task::spawn_local(self.catch_up());
        }
    }

    /// The resolved conversation that the guest has not rated, if there is one.
    pub fn to_rate(self) -> Option<ConversationId> {
        let id = self.thread.with(|t| t.as_ref().filter(|t| t.status == Status::Resolved).map(|t| t.id))?;
        let rated = |l: &Line| l.conversation == id && l.entry.kind == EntryKind::Rated;
        (!self.lines.with(|lines| lines.iter().any(rated))).then_some(id)
    }

    /// Tells this hotel the guest's name.
    pub fn introduce(self, name: String) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            let introduced =
                live.call::<_, Done>(Command::Introduce { hotel: self.hotel(), name: name.clone() }).await;
            if introduced.is_ok() {
                self.name.set(name);
            }
        });
    }

    /// Offers the holder a private line, or accepts theirs; or hears of one, if the event is of that.
    pub fn line(self, event: Option<JsValue>) {
        if let Some(live) = self.live() {
            line::for_guest(live, self.thread, event);
        }
    }

    /// Reads what was said before the first line shown.
    pub fn show_older(self) {
        let first =
            self.lines.with_untracked(|lines| lines.first().map(|l| (l.conversation, Some(l.entry.seq))));
        let Some((before, seq)) = first else { return };
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            let hotel = self.hotel();
            if let Ok(found) = live.call::<_, Earlier>(Command::Earlier { hotel, before, seq }).await {
                self.older.set(found.older);
                self.add(found.earlier.iter().flat_map(past_lines).collect::<Vec<_>>());
            }
        });
    }
}

/// Where a line stands: the newest conversation last, those before it as they began. Ids are UUIDv7: a later
/// conversation sorts after an earlier one.
fn place(newest: Option<ConversationId>, line: &Line) -> (bool, ConversationId, Seq) {
    (Some(line.conversation) == newest, line.conversation, line.entry.seq)
}

fn past_lines(past: &Past) -> impl Iterator<Item = Line> + '_ {
    past.entries.iter().map(|entry| Line { conversation: past.conversation, entry: entry.clone() })
}
