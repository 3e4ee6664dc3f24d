//! The state of a guest's page of all hotels: one socket, a list, and a talk for every hotel that was opened.
//!
//! In: the list as the page was rendered with, events of all hotels from one socket. Out: signals the list
//! follows, and the talks, each with an outbox of its own, so that a message to one hotel never waits for
//! another. Never: a hotel's words in another's talk; an event finds its talk by the hotel or the
//! conversation it names.

use super::{StaysPage, outbox, talk::Talk, typists::Typists};
use crate::{
    js,
    live::{self, Fault, Link, Live, News},
    ui::{is_push, show_push},
    whisper::line,
};
use domain::wire::{
    UNDO,
    guest::{Command, Event, Hotels, Opened, Stays, Talked, Thread},
};
use domain::{ActorKind, ConversationId, Guest, GuestId, Hotel, Millis, Person, Status};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The page's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub struct Lobby {
    /// The latest word first.
    pub list: RwSignal<Vec<Talked>>,
    /// Every talk that was opened, whether its column is shown or not: what waits to be sent goes on.
    pub talks: RwSignal<Vec<(Hotel, Talk)>>,
    /// Hotels (slugs) whose column is shown, in the order they were opened.
    pub open: RwSignal<Vec<String>>,
    /// The tab a phone shows; `None` is the list.
    pub tab: RwSignal<Option<String>>,
    /// Who types in conversations that are not opened, and until when.
    pub typing: Typists,
    /// Hotels found to write to.
    pub found: RwSignal<Option<Vec<Hotel>>>,
    pub link: RwSignal<Link>,
    pub now: RwSignal<Millis>,
    kept: StoredValue<Kept>,
}

#[derive(Debug)]
struct Kept {
    you: Guest,
    formerly: Vec<GuestId>,
    build: String,
    live: Option<Live>,
    /// Talks live as long as the page, not as long as the column that first showed them.
    owner: Option<Owner>,
    /// What was looked for last.
    asked: String,
}

impl Lobby {
    pub fn new(page: &StaysPage) -> Self {
        let you = Guest { id: page.you, name: String::new(), language: String::new() };
        Self {
            list: RwSignal::new(page.stays.hotels.clone()),
            talks: RwSignal::default(),
            open: RwSignal::default(),
            tab: RwSignal::default(),
            typing: Typists::default(),
            found: RwSignal::default(),
            link: RwSignal::new(Link::Connecting),
            now: RwSignal::new(page.now),
            kept: StoredValue::new(Kept {
                you,
                formerly: page.formerly.clone(),
                build: page.build.clone(),
                live: None,
                owner: Owner::current(),
                asked: String::new(),
            }),
        }
    }

    /// Connects. In the browser only, once.
    pub fn start(self) {
        outbox::adopt(
            self.kept.with_value(|kept| kept.you.id),
            &self.kept.with_value(|kept| kept.formerly.clone()),
        );
        let live = Live::connect("guest", Box::new(|| None), self.link, move |news| self.hear(news));
        self.kept.update_value(|kept| kept.live = Some(live));
        for slug in remembered() {
            if let Some(hotel) =
                self.list.with_untracked(|l| l.iter().find(|t| t.hotel.slug == slug).map(|t| t.hotel.clone()))
            {
                self.show(hotel, false);
            }
        }
    }

    pub fn tick(self) {
        self.now.try_set(live::moment());
        self.typing.tick();
        for (_, talk) in self.talks.get_untracked() {
            talk.tick(live::moment());
        }
    }

    fn live(self) -> Option<Live> {
        self.kept.try_with_value(|kept| kept.live).flatten()
    }

    pub fn talk(self, slug: &str) -> Option<Talk> {
        self.talks.with(|talks| talks.iter().find(|(hotel, _)| hotel.slug == slug).map(|(_, talk)| *talk))
    }

    fn hear(self, news: News<'_>) {
        match news {
            News::Up => {
                leptos::task::spawn_local(self.read_list());
                for (_, talk) in self.talks.get_untracked() {
                    leptos::task::spawn_local(talk.catch_up());
                }
            }
            News::Event(event) => match js::read(event.clone()) {
                Some(event) => self.take_in(event),
                None if is_push(event) => show_push(event),
                None => self.hear_line(event),
            },
        }
    }

    fn take_in(self, event: Event) {
        for (_, talk) in self.talks.get_untracked() {
            talk.take_in(&event);
        }
        match event {
            Event::Hello { you, build, .. } => {
                let idle = self.talks.with_untracked(|talks| {
                    talks.iter().all(|(_, t)| t.outbox.with_untracked(Vec::is_empty))
                });
                if self.kept.with_value(|kept| kept.you.id != you.id || kept.build != build && idle) {
                    for (_, talk) in self.talks.get_untracked() {
                        talk.fall_silent();
                    }
                    self.kept.update_value(|kept| kept.live = None);
                    let _ = window().location().reload();
                    return;
                }
                outbox::forget_others(you.id);
            }
            Event::Said { conversation, hotel, entry } => {
                self.typing.has_spoken(conversation, &entry.by.name);
                let known = self.list.with_untracked(|l| l.iter().any(|t| t.hotel.slug == hotel));
                if !known {
                    return leptos::task::spawn_local(self.read_list());
                }
                if !entry.kind.is_word() {
                    return;
                }
                self.list.update(|list| {
                    if let Some(at) = list.iter().position(|t| t.hotel.slug == hotel) {
                        let mut talked = list.remove(at);
                        talked.last_line = domain::Conversation::preview(&entry.body);
                        talked.last_by = entry.by.kind;
                        talked.last_at = entry.at;
                        if !entry.by.is_guest() {
                            talked.unread += 1;
                        }
                        list.insert(0, talked);
                    }
                });
            }
            // A resolution can be taken back for a moment; until then nothing is said of it.
            Event::Thread { thread } if thread.status == Status::Resolved => {
                set_timeout(move || self.set_thread(thread), Duration::from_secs(UNDO))
            }
            Event::Thread { thread } => self.set_thread(thread),
            Event::Typing(typing) => self.typing.take_in(typing),
            Event::Closing { reason } if reason == "joined" => drop(window().location().reload()),
            Event::Closing { .. } => {}
        }
    }

    fn set_thread(self, thread: Thread) {
        self.list.try_update(|list| {
            if let Some(talked) = list.iter_mut().find(|t| t.hotel.slug == thread.hotel) {
                let newer = if talked.thread.id == thread.id {
                    thread.rev >= talked.thread.rev
                } else {
                    thread.status != Status::Resolved
                };
                if newer {
                    talked.thread = thread;
                }
            }
        });
    }

    /// What the server says of a private line, in whichever conversation, shown or not.
    fn hear_line(self, event: &JsValue) {
        let Some((said, live)) = line::read(event).zip(self.live()) else { return };
        let thread = self.list.with_untracked(|list| {
            list.iter().map(|talked| &talked.thread).find(|thread| thread.id == said.conversation).cloned()
        });
        line::for_guest(live, RwSignal::new(thread), Some(event.clone()));
    }

    /// The list as it stands, and news of all in it from now on.
    async fn read_list(self) {
        loop {
            let Some(live) = self.live() else { return };
            match live.call::<_, Stays>(Command::Stays {}).await {
                Ok(stays) => return self.list.set(stays.hotels),
                Err(Fault::Lost) => return,
                Err(Fault::Refused(_)) => live::pause(2_000).await,
            }
        }
    }

    /// Shows a hotel's talk in a column of its own; with `go_there` the keyboard moves there, and a phone
    /// shows its tab.
    pub fn show(self, hotel: Hotel, go_there: bool) {
        let slug = hotel.slug.clone();
        if !self.talks.with_untracked(|talks| talks.iter().any(|(h, _)| h.slug == slug)) {
            let Some(owner) = self.kept.with_value(|kept| kept.owner.clone()) else { return };
            let talk = owner.with(|| {
                Talk::new(
                    &Opened::new(hotel.clone(), self.kept.with_value(|k| k.you.clone())),
                    self.now.get_untracked(),
                    self.link,
                )
            });
            if let Some(live) = self.live() {
                talk.start(live);
                leptos::task::spawn_local(talk.catch_up());
            }
            self.talks.update(|talks| talks.push((hotel, talk)));
        }
        if !self.open.with_untracked(|open| open.contains(&slug)) {
            self.open.update(|open| open.push(slug.clone()));
            remember(&self.open.get_untracked());
            self.pin_all();
        }
        if go_there {
            self.tab.set(Some(slug.clone()));
            let talk = untrack(|| self.talk(&slug));
            // On a phone the keyboard would cover what was said.
            if window().match_media("(min-width: 48rem)").ok().flatten().is_some_and(|m| m.matches()) {
                focus(format!("#body-{slug}"));
            } else {
                focus(".tab[aria-selected=true]".into());
            }
            if let Some(talk) = talk {
                talk.pin(true);
            }
        }
    }

    /// Columns have another width now, and their lines another height.
    pub fn pin_all(self) {
        for (_, talk) in self.talks.get_untracked() {
            talk.pin(false);
        }
    }

    pub fn close(self, slug: &str) {
        focus(format!(".stay-row[href='/chat/{slug}']"));
        self.pin_all();
        self.open.update(|open| open.retain(|s| s != slug));
        remember(&self.open.get_untracked());
        if self.tab.get_untracked().as_deref() == Some(slug) {
            self.tab.set(None);
        }
    }

    /// Messages the guest has not seen from a hotel.
    pub fn unread(self, talked: &Talked) -> i64 {
        match self.talk(&talked.hotel.slug) {
            Some(talk) => talk.unread() as i64,
            None => talked.unread,
        }
    }

    /// Who types in a conversation now.
    pub fn typist(self, conversation: ConversationId) -> Option<String> {
        self.typing.name(conversation)
    }

    /// Looks for hotels to write to. Without a text it shows all, as many as a list holds.
    pub fn look(self, find: String) {
        let Some(live) = self.live() else { return };
        self.kept.update_value(|kept| kept.asked.clone_from(&find));
        leptos::task::spawn_local(async move {
            if let Ok(Hotels { hotels }) = live.call(Command::Hotels { find: find.clone() }).await
                && self.kept.try_with_value(|kept| kept.asked == find) == Some(true)
            {
                self.found.set(Some(hotels));
            }
        });
    }
}

/// Who answers, in a few words.
pub fn answered_by(holder: &Option<Person>, status: Status) -> String {
    match (holder, status) {
        (Some(holder), _) => holder.name.clone(),
        (None, Status::Waiting) => "Waiting for a reply".into(),
        (None, _) => "Closed".into(),
    }
}

/// The last line, with who said it.
pub fn last_line(talked: &Talked) -> String {
    if talked.last_by == ActorKind::Guest {
        format!("You: {}", talked.last_line)
    } else {
        talked.last_line.clone()
    }
}

/// Brings an element into view and the keyboard to it, once it is there.
pub fn focus(selector: String) {
    request_animation_frame(move || {
        if let Ok(Some(found)) = document().query_selector(&selector)
            && let Ok(found) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(found)
        {
            let _ = found.focus();
        }
    });
}

const OPEN: &str = "bellhop.open";

/// The columns come back after a reload.
fn remembered() -> Vec<String> {
    let kept = window().session_storage().ok().flatten().and_then(|s| s.get_item(OPEN).ok().flatten());
    kept.unwrap_or_default().split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

fn remember(open: &[String]) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(OPEN, &open.join(" "));
    }
}
