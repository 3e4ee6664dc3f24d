//! The state of the desk, and everything that changes it.
//!
//! In: what the page was rendered with, events and answers from the socket, what the agent does. Out: signals the views
//! follow. Never: a rule of its own; whether a button is alive is asked of `domain`, as the server asks it.

use super::{
    DeskPage,
    drafts::{self, Drafts, Unsent},
    signals::Signals,
};
use crate::{
    domain::{
        Actor, ClientId, Colleague, Conversation, ConversationId, Entry, EntryKind, GuestId, Hotel, HotelId, Millis, Person,
        Refusal, Role, Seq, Staff, StaffId, Standing, Status, Stay,
    },
    js,
    live::{self, Fault, Link, Live, News},
    wire::{
        Done, Handed, Stored, TYPING_EVERY, TYPING_EXPIRES,
        staff::{Command, Event, Opened, Watched},
    },
};
use leptos::prelude::*;
use std::collections::{HashMap, HashSet};

/// What lies over the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    TakeOver(ConversationId),
    Transfer(ConversationId),
    Keys,
}

/// What a text in the composer is to become. Each has a draft of its own: a note must never be sent as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Answer,
    Note,
}

/// A text in the composer of one conversation, with the reason it was refused, if it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub text: String,
    pub refused: Option<String>,
}

/// A part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    Waiting,
    Mine,
    Colleagues,
    Resolved,
}

impl Section {
    pub const ALL: [Section; 4] = [Section::Waiting, Section::Mine, Section::Colleagues, Section::Resolved];

    pub const fn title(self) -> &'static str {
        match self {
            Section::Waiting => "Waiting",
            Section::Mine => "Mine",
            Section::Colleagues => "Colleagues’",
            Section::Resolved => "Resolved today",
        }
    }
}

/// The desk's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    pub you: RwSignal<Staff>,
    pub hotels: RwSignal<Vec<Hotel>>,
    pub rows: RwSignal<HashMap<ConversationId, Conversation>>,
    pub colleagues: RwSignal<HashMap<HotelId, Vec<Colleague>>>,
    /// Guests with a page of a hotel open.
    pub present: RwSignal<HashSet<(HotelId, GuestId)>>,
    /// Who types where, until when.
    pub typing: RwSignal<HashMap<ConversationId, (String, i64)>>,
    /// Show one hotel only.
    pub only: RwSignal<Option<HotelId>>,
    pub selected: RwSignal<Option<ConversationId>>,
    /// The timeline of the selected conversation.
    pub entries: RwSignal<Vec<Entry>>,
    pub stay: RwSignal<Stay>,
    pub viewers: RwSignal<Vec<Person>>,
    pub drafts: RwSignal<Drafts>,
    /// What has been sent and is not acknowledged, oldest first.
    pub unsent: RwSignal<Vec<Unsent>>,
    /// What is being written.
    pub kind: RwSignal<Kind>,
    /// On a narrow screen: the guest's panel is open.
    pub guest_shown: RwSignal<bool>,
    pub dialog: RwSignal<Option<Dialog>>,
    /// A word to the agent, shown for a while.
    pub notice: RwSignal<Option<String>>,
    pub link: RwSignal<Link>,
    /// The server's time of day, as well as this browser knows it.
    pub now: RwSignal<Millis>,
    pub signals: Signals,
    pub limit: StoredValue<usize>,
    /// Server clock minus this browser's, in milliseconds.
    skew: StoredValue<i64>,
    live: StoredValue<Option<Live>>,
    build: StoredValue<String>,
    /// What is unsent is being sent.
    sending: StoredValue<bool>,
    typed_at: StoredValue<i64>,
    read: StoredValue<HashMap<ConversationId, Seq>>,
    noticed: StoredValue<u32>,
}

impl Board {
    pub fn new(page: &DeskPage) -> Self {
        let board = Self {
            you: RwSignal::new(page.you.clone()),
            hotels: RwSignal::new(page.hotels.iter().map(|w| w.hotel.clone()).collect()),
            rows: RwSignal::default(),
            colleagues: RwSignal::default(),
            present: RwSignal::default(),
            typing: RwSignal::default(),
            only: RwSignal::new(None),
            selected: RwSignal::new(None),
            entries: RwSignal::default(),
            stay: RwSignal::default(),
            viewers: RwSignal::default(),
            drafts: RwSignal::default(),
            unsent: RwSignal::default(),
            kind: RwSignal::new(Kind::Answer),
            guest_shown: RwSignal::new(false),
            dialog: RwSignal::new(None),
            notice: RwSignal::new(None),
            link: RwSignal::new(Link::Connecting),
            now: RwSignal::new(page.now),
            signals: Signals::new(),
            limit: StoredValue::new(page.limits.body),
            skew: StoredValue::new(0),
            live: StoredValue::new(None),
            build: StoredValue::new(page.build.clone()),
            sending: StoredValue::new(false),
            typed_at: StoredValue::new(0),
            read: StoredValue::default(),
            noticed: StoredValue::new(0),
        };
        for watched in &page.hotels {
            board.lay_out(watched.clone());
        }
        board
    }

    /// Connects. In the browser only, once.
    pub fn start(self, server_now: Millis) {
        self.skew.set_value(server_now.0 - live::now());
        let me = self.you.with_untracked(|you| you.id);
        self.drafts.set(drafts::stored(me));
        self.unsent.set(drafts::unsent(me));
        let live = Live::connect("staff", self.link, move |news| self.hear(news));
        self.live.set_value(Some(live));
        self.signals.start();
    }

    pub fn tick(self) {
        let now = live::now();
        self.now.try_set(Millis(now + self.skew.try_get_value().unwrap_or(0)));
        if self.typing.try_with_untracked(|t| t.values().any(|(_, until)| *until <= now)).unwrap_or(false) {
            self.typing.update(|typing| typing.retain(|_, (_, until)| *until > now));
        }
    }

    pub fn live(self) -> Option<Live> {
        self.live.try_get_value().flatten()
    }

    // ── What the views ask ─────────────────────────────────────────────────────────────────────────────────────

    pub fn me(self) -> StaffId {
        self.you.with(|you| you.id)
    }

    pub fn hotel(self, id: HotelId) -> Option<Hotel> {
        self.hotels.with(|hotels| hotels.iter().find(|h| h.id == id).cloned())
    }

    /// I, with my standing in a hotel.
    pub fn actor(self, hotel: HotelId) -> Actor {
        self.you.with(|you| {
            let person = Person { id: you.id, name: you.name.clone() };
            if you.admin { Actor::Admin(person) } else { Actor::Staff(person, you.role_in(hotel).unwrap_or(Role::Agent)) }
        })
    }

    pub fn row(self, id: ConversationId) -> Option<Conversation> {
        self.rows.with(|rows| rows.get(&id).cloned())
    }

    pub fn section_of(self, row: &Conversation) -> Section {
        match row.status {
            Status::Waiting => Section::Waiting,
            Status::Held if row.is_held_by(self.me()) => Section::Mine,
            Status::Held => Section::Colleagues,
            Status::Resolved => Section::Resolved,
        }
    }

    /// The conversations of a section in the order they are shown.
    pub fn section(self, section: Section) -> Vec<ConversationId> {
        let only = self.only.get();
        self.rows.with(|rows| {
            let mut found: Vec<&Conversation> = rows
                .values()
                .filter(|row| only.is_none_or(|hotel| row.hotel == hotel) && self.section_of(row) == section)
                .collect();
            match section {
                // The longest wait first.
                Section::Waiting => found.sort_by_key(|row| (row.waiting_since, row.id)),
                Section::Resolved => found.sort_by_key(|row| std::cmp::Reverse((row.resolved_at, row.id))),
                // What has unread words first, then the latest.
                Section::Mine => found.sort_by_key(|row| (row.unread == 0, std::cmp::Reverse((row.last_at, row.id)))),
                Section::Colleagues => found.sort_by_key(|row| std::cmp::Reverse((row.last_at, row.id))),
            }
            found.into_iter().map(|row| row.id).collect()
        })
    }

    /// Whether the domain would let me; the server asks the same.
    pub fn may(self, row: &Conversation, decide: impl Fn(&Standing, &Actor) -> bool) -> bool {
        decide(&standing(row), &self.actor(row.hotel))
    }

    // ── What the socket says ───────────────────────────────────────────────────────────────────────────────────

    fn hear(self, news: News<'_>) {
        match news {
            News::Up => leptos::task::spawn_local(self.catch_up()),
            // A server of another build may say things this page does not know; those are passed over.
            News::Event(event) => {
                if let Some(event) = js::read(event.clone()) {
                    self.take_in(event);
                }
            }
        }
    }

    /// Does not give up while the connection stands: a desk that shows "connected" must hear.
    async fn catch_up(self) {
        let hotels: Vec<HotelId> = self.hotels.with_untracked(|hotels| hotels.iter().map(|h| h.id).collect());
        for hotel in hotels {
            loop {
                let Some(live) = self.live() else { return };
                match live.call::<_, Watched>(Command::Watch { hotel }).await {
                    Ok(watched) => {
                        self.forget_rows_of(hotel, &watched);
                        self.lay_out(watched);
                        break;
                    }
                    Err(Fault::Lost) => return,
                    Err(Fault::Refused(Refusal::NotFound)) => break,
                    Err(Fault::Refused(_)) => pause(2_000).await,
                }
            }
        }
        if let Some(id) = self.selected.get_untracked() {
            self.read_on(id).await;
        }
        self.send_unsent().await;
    }

    /// What is no longer in the queue (resolved before today, say) leaves it; what is open on the desk stays.
    fn forget_rows_of(self, hotel: HotelId, watched: &Watched) {
        let selected = self.selected.get_untracked();
        let kept: HashSet<ConversationId> = watched.conversations.iter().map(|c| c.id).collect();
        self.rows.update(|rows| rows.retain(|id, row| row.hotel != hotel || kept.contains(id) || selected == Some(*id)));
    }

    fn lay_out(self, watched: Watched) {
        let hotel = watched.hotel.id;
        self.rows.update(|rows| {
            for row in watched.conversations {
                if rows.get(&row.id).is_none_or(|old| row.rev >= old.rev) {
                    rows.insert(row.id, row);
                }
            }
        });
        self.colleagues.update(|all| drop(all.insert(hotel, watched.colleagues)));
        self.present.update(|present| {
            present.retain(|(other, _)| *other != hotel);
            present.extend(watched.present.into_iter().map(|guest| (hotel, guest)));
        });
    }

    fn take_in(self, event: Event) {
        match event {
            Event::Hello { you, build, .. } => {
                self.you.set(you);
                let idle = self.unsent.with_untracked(Vec::is_empty) && self.drafts.with_untracked(HashMap::is_empty);
                if build != self.build.get_value() && idle {
                    let _ = window().location().reload();
                }
            }
            Event::Said { conversation, entry } => {
                if let Some(client_id) = entry.client_id.filter(|_| entry.by.is(self.you.with_untracked(|you| you.id))) {
                    self.is_sent(client_id);
                }
                self.typing.update(|typing| {
                    // Typing ends with the words of whoever typed.
                    if typing.get(&conversation).is_some_and(|(name, _)| *name == entry.by.name) {
                        typing.remove(&conversation);
                    }
                });
                if self.selected.get_untracked() == Some(conversation) {
                    self.add_entries(conversation, vec![entry]);
                }
            }
            Event::Row { row } => self.take_in_row(row),
            Event::Typing(typing) => {
                let name = typing.by.name;
                if typing.by.id == Some(self.you.with_untracked(|you| you.id.0)) {
                    return;
                }
                self.typing.update(|all| {
                    if typing.active {
                        all.insert(typing.conversation, (name, live::now() + TYPING_EXPIRES + 500));
                    } else {
                        all.remove(&typing.conversation);
                    }
                });
            }
            Event::Presence { hotel, guest, present } => self.present.update(|all| {
                if present {
                    all.insert((hotel, guest));
                } else {
                    all.remove(&(hotel, guest));
                }
            }),
            Event::Viewers { conversation, viewers } => {
                if self.selected.get_untracked() == Some(conversation) {
                    self.viewers.set(viewers);
                }
            }
            Event::Colleagues { hotel, colleagues } => self.colleagues.update(|all| drop(all.insert(hotel, colleagues))),
            Event::Closing { .. } => {}
        }
    }

    fn take_in_row(self, row: Conversation) {
        let me = self.you.with_untracked(|you| you.id);
        let old = self.rows.with_untracked(|rows| rows.get(&row.id).cloned());
        if old.as_ref().is_some_and(|old| row.rev < old.rev) {
            return;
        }
        let was_mine = old.as_ref().is_some_and(|old| old.is_held_by(me));
        if was_mine && !row.is_held_by(me) && row.status == Status::Held {
            let holder = row.holder.as_ref().map_or("Somebody", |p| p.name.as_str());
            self.say(format!("{holder} took over {}. Your draft is kept.", row.guest.label()));
        }
        let fresh_words = row.last_by == crate::domain::ActorKind::Guest
            && old.as_ref().is_none_or(|old| row.last_seq > old.last_seq && row.unread > old.unread);
        if fresh_words && (row.status == Status::Waiting || row.is_held_by(me)) {
            self.signals.new_words(&row.guest.label(), row.id);
        }
        if old.as_ref().is_some_and(|old| old.epoch != row.epoch) {
            // Whoever held it types no more, or not for this guest.
            self.typing.update(|typing| drop(typing.remove(&row.id)));
        }
        let given = !was_mine && old.is_some() && row.is_held_by(me);
        self.rows.update(|rows| drop(rows.insert(row.id, row.clone())));
        if !was_mine && row.is_held_by(me) && self.selected.get_untracked() == Some(row.id) {
            self.mark_read();
        }
        if given && self.selected.get_untracked() != Some(row.id) {
            self.say(format!("{} is yours now.", row.guest.label()));
        }
    }

    // ── What the agent does ────────────────────────────────────────────────────────────────────────────────────

    /// Opens a conversation.
    pub fn select(self, id: Option<ConversationId>) {
        let before = self.selected.get_untracked();
        if before == id {
            return;
        }
        if let (Some(before), Some(live)) = (before, self.live()) {
            live.tell(Command::Leave { conversation: before });
        }
        self.notice.set(None);
        // Back where a note was being written, and no answer: that is what goes on.
        let note_only = id.is_some_and(|id| {
            self.drafts.with_untracked(|d| d.contains_key(&(id, Kind::Note)) && !d.contains_key(&(id, Kind::Answer)))
        });
        self.kind.set(if note_only { Kind::Note } else { Kind::Answer });
        self.guest_shown.set(false);
        self.entries.set(Vec::new());
        self.viewers.set(Vec::new());
        self.stay.set(Stay::default());
        self.selected.set(id);
        if let Some(id) = id {
            leptos::task::spawn_local(self.read_on(id));
        }
    }

    /// Reads the timeline from where it stands to its end.
    async fn read_on(self, id: ConversationId) {
        loop {
            let Some(live) = self.live() else { return };
            let after = self.last_seen();
            let opened = live.call::<_, Opened>(Command::Open { conversation: id, after }).await;
            if self.selected.get_untracked() != Some(id) {
                live.tell(Command::Leave { conversation: id });
                return;
            }
            match opened {
                Ok(opened) => {
                    self.stay.set(opened.stay);
                    self.viewers.set(opened.viewers);
                    self.take_in_row(opened.conversation);
                    self.add_entries(id, opened.entries);
                    if !opened.more {
                        return self.mark_read();
                    }
                }
                Err(Fault::Lost) => return,
                Err(Fault::Refused(refusal)) => return self.say(refusal.in_words()),
            }
        }
    }

    /// Puts entries where they belong, each once. A gap cannot be: the server sends a socket's entries in order.
    fn add_entries(self, id: ConversationId, new: Vec<Entry>) {
        if self.selected.get_untracked() != Some(id) || new.is_empty() {
            return;
        }
        self.entries.update(|entries| {
            for entry in new {
                if let Err(at) = entries.binary_search_by_key(&entry.seq, |e| e.seq) {
                    entries.insert(at, entry);
                }
            }
        });
        self.mark_read();
    }

    /// The last seq of the selected conversation that is on this screen.
    pub fn last_seen(self) -> Seq {
        self.entries.with_untracked(|entries| entries.last().map_or(0, |e| e.seq))
    }

    /// Tells the guest that the holder has read, if the desk is being looked at.
    pub fn mark_read(self) {
        if document().visibility_state() != web_sys::VisibilityState::Visible {
            return;
        }
        let Some(id) = self.selected.get_untracked() else { return };
        let mine =
            self.rows.with_untracked(|rows| rows.get(&id).is_some_and(|r| r.is_held_by(self.you.with_untracked(|y| y.id))));
        let seq = self.last_seen();
        let known = self.rows.with_untracked(|rows| rows.get(&id).map_or(0, |r| r.staff_read));
        let told = self.read.with_value(|read| read.get(&id).copied().unwrap_or(0)).max(known);
        if mine
            && seq > told
            && let Some(live) = self.live()
        {
            leptos::task::spawn_local(async move {
                if live.call::<_, Done>(Command::Read { conversation: id, seq }).await.is_ok() {
                    self.read.try_update_value(|read| {
                        read.insert(id, seq);
                    });
                }
            });
        }
    }

    pub fn claim(self, id: ConversationId) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::Claim { conversation: id, epoch: row.epoch });
        }
    }

    pub fn take_over(self, id: ConversationId, reason: String) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::TakeOver { conversation: id, epoch: row.epoch, reason });
        }
    }

    pub fn release(self, id: ConversationId) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::Release { conversation: id, epoch: row.epoch, reason: String::new() });
        }
    }

    pub fn transfer(self, id: ConversationId, to: StaffId) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::Transfer { conversation: id, epoch: row.epoch, to });
        }
    }

    pub fn resolve(self, id: ConversationId) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::Resolve { conversation: id, epoch: row.epoch });
        }
    }

    pub fn reopen(self, id: ConversationId) {
        if let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) {
            self.hand(id, Command::Reopen { conversation: id, epoch: row.epoch });
        }
    }

    /// Sends a change of hands; a refusal is said at once.
    fn hand(self, id: ConversationId, command: Command) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            match live.call::<_, Handed>(command).await {
                Ok(_) => self.mark_read(),
                Err(Fault::Lost) => self.say("No connection. Nothing was changed, or it will show in a moment.".into()),
                Err(Fault::Refused(refusal)) => {
                    self.learn_from(id, &refusal);
                    self.say(refusal.in_words());
                }
            }
        });
    }

    /// A refusal names who holds the conversation now; the composer must not wait for the event to lock.
    fn learn_from(self, id: ConversationId, refusal: &Refusal) {
        let (holder, epoch) = match refusal {
            Refusal::AlreadyHeld { holder, epoch } => (Some(holder.clone()), *epoch),
            Refusal::NotHolder { holder, epoch } | Refusal::Moved { holder, epoch } => (holder.clone(), *epoch),
            _ => return,
        };
        self.rows.update(|rows| {
            if let Some(row) = rows.get_mut(&id).filter(|row| row.epoch < epoch) {
                row.status = if holder.is_some() { Status::Held } else { Status::Waiting };
                row.holder = holder;
                row.epoch = epoch;
            }
        });
    }

    /// The draft of a conversation.
    pub fn draft(self, id: ConversationId, kind: Kind) -> Draft {
        self.drafts.with_untracked(|drafts| drafts.get(&(id, kind)).cloned().unwrap_or_default())
    }

    pub fn set_draft(self, id: ConversationId, kind: Kind, text: String, refused: Option<String>) {
        self.drafts.update(|drafts| {
            if text.is_empty() && refused.is_none() {
                drafts.remove(&(id, kind));
            } else {
                drafts.insert((id, kind), Draft { text, refused });
            }
        });
        let me = self.you.with_untracked(|you| you.id);
        drafts::keep(me, id, kind, &self.draft(id, kind).text);
    }

    /// The agent is typing in the selected conversation, or has cleared the composer.
    pub fn typed(self, id: ConversationId, text: &str) {
        let kind = self.kind.get_untracked();
        self.set_draft(id, kind, text.to_owned(), None);
        if kind == Kind::Note {
            return;
        }
        let (now, on) = (live::now(), !text.trim().is_empty());
        let due = if on { now - self.typed_at.get_value() >= TYPING_EVERY } else { self.typed_at.get_value() > 0 };
        if let (true, Some(live)) = (due, self.live()) {
            self.typed_at.set_value(if on { now } else { 0 });
            live.tell(Command::Typing { conversation: id, on });
        }
    }

    /// Sends an answer or a note. A refused one comes back as the draft, with the reason.
    pub fn send(self, id: ConversationId, text: String) {
        let body = text.trim().to_owned();
        let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) else { return };
        if body.is_empty() {
            return;
        }
        let kind = self.kind.get_untracked();
        let count = body.chars().count();
        let limit = self.limit.get_value();
        if count > limit {
            return self.set_draft(id, kind, text, Some(format!("This is too long by {} characters.", count - limit)));
        }
        let unsent = Unsent {
            client_id: ClientId::new(),
            conversation: id,
            note: kind == Kind::Note,
            epoch: row.epoch,
            seen: self.last_seen(),
            body,
        };
        drafts::keep_unsent(self.you.with_untracked(|you| you.id), &unsent);
        self.unsent.update(|all| all.push(unsent));
        self.set_draft(id, kind, String::new(), None);
        self.typed_at.set_value(0);
        self.kind.set(Kind::Answer);
        leptos::task::spawn_local(self.send_unsent());
    }

    /// Sends what is on its way, oldest first, one at a time: the order written is the order stored. What the server
    /// refuses goes back to its composer as a draft, with the reason.
    async fn send_unsent(self) {
        if self.sending.try_update_value(|sending| std::mem::replace(sending, true)) != Some(false) {
            return;
        }
        while let Some(next) = self.unsent.try_with_untracked(|all| all.first().cloned()).flatten() {
            let Some(live) = self.live() else { break };
            let Unsent { client_id, conversation, epoch, seen, body, .. } = next.clone();
            let command = match next.kind() {
                Kind::Note => Command::Note { conversation, client_id, body },
                Kind::Answer => Command::Say { conversation, epoch, seen, client_id, body },
            };
            match live.call::<_, Stored>(command).await {
                Ok(_) => self.is_sent(client_id),
                Err(Fault::Lost) => break,
                Err(Fault::Refused(Refusal::TooFast { wait_ms })) => pause(wait_ms + 50).await,
                Err(Fault::Refused(Refusal::Unavailable)) => pause(2_000).await,
                Err(Fault::Refused(refusal)) => {
                    self.is_sent(client_id);
                    self.learn_from(conversation, &refusal);
                    self.give_back(next, refusal.in_words());
                }
            }
        }
        self.sending.try_set_value(false);
    }

    fn is_sent(self, client_id: ClientId) {
        drafts::forget_unsent(self.you.with_untracked(|you| you.id), client_id);
        self.unsent.update(|all| all.retain(|unsent| unsent.client_id != client_id));
    }

    fn give_back(self, refused: Unsent, reason: String) {
        let (id, kind) = (refused.conversation, refused.kind());
        let typed = self.draft(id, kind).text;
        let text = if typed.is_empty() { refused.body } else { format!("{}\n{typed}", refused.body) };
        self.set_draft(id, kind, text, Some(reason));
        if self.selected.get_untracked() == Some(id) {
            self.kind.set(kind);
        }
    }

    pub fn set_available(self, on: bool) {
        let Some(live) = self.live() else { return };
        self.you.update(|you| you.memberships.iter_mut().for_each(|m| m.available = on));
        leptos::task::spawn_local(async move {
            if live.call::<_, Done>(Command::Available { on }).await.is_err() {
                self.you.update(|you| you.memberships.iter_mut().for_each(|m| m.available = !on));
                self.say("The switch could not be turned just now.".into());
            }
        });
    }

    /// The next (or previous) conversation in the order they are shown.
    pub fn step(self, by: isize) {
        let shown: Vec<ConversationId> = untrack(|| Section::ALL.into_iter().flat_map(|s| self.section(s)).collect());
        if shown.is_empty() {
            return;
        }
        let at = self.selected.get_untracked().and_then(|id| shown.iter().position(|other| *other == id));
        let next = match at {
            Some(at) => (at as isize + by).clamp(0, shown.len() as isize - 1) as usize,
            None => 0,
        };
        self.select(Some(shown[next]));
        request_animation_frame(|| {
            if let Ok(Some(row)) = document().query_selector(".queue .row[aria-current=true]") {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }

    /// Shows a word for a few seconds.
    pub fn say(self, text: String) {
        let turn = self.noticed.get_value() + 1;
        self.noticed.set_value(turn);
        self.notice.set(Some(text));
        set_timeout(
            move || {
                if self.noticed.try_get_value() == Some(turn) {
                    self.notice.try_set(None);
                }
            },
            std::time::Duration::from_secs(7),
        );
    }
}

/// A row as the domain decides on it. What was said by whom last matters to the server only.
fn standing(row: &Conversation) -> Standing {
    Standing {
        status: row.status,
        holder: row.holder.clone(),
        epoch: row.epoch,
        last_seq: row.last_seq,
        last_staff: None,
        last_other: 0,
    }
}

async fn pause(ms: u64) {
    let (done, waited) = futures_channel::oneshot::channel();
    set_timeout(
        move || {
            let _ = done.send(());
        },
        std::time::Duration::from_millis(ms),
    );
    let _ = waited.await;
}

/// Whether an entry is a message by the staff, for read marks.
pub fn is_answer(entry: &Entry) -> bool {
    entry.kind == EntryKind::Said && !entry.by.is_guest()
}
