//! Private lines beside a kept conversation: offered, answered, open, over.
//!
//! In: what guest or holder ask, and what the server says of lines. Out: cards that ask, and the panel of an
//! open line, over the conversation it belongs to. Never: a letter for the kept composer. While a panel
//! stands what lies under it takes no key, also when the line is over, until somebody has seen that it is.

mod view;

use super::{
    browser::{Js, clock},
    seal::Key,
};
use crate::{
    js,
    live::{Fault, Live},
    ui::run_split,
};
use domain::wire::{
    guest::Thread,
    line::{Ask, Given, LineEvent, Seat, State, Wish},
};
use domain::{ConversationId, Epoch, Refusal};
use leptos::{prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    fmt,
    sync::Arc,
    time::Duration,
};
use view::LinesView;
use wasm_bindgen::JsValue;

/// A conversation on a page, and what its line needs of that page.
#[derive(Clone, Debug)]
pub struct Place {
    pub live: Live,
    pub conversation: ConversationId,
    pub epoch: Epoch,
    /// Who is at the other end.
    pub with: String,
    /// The desk's: a line is shown over its own conversation only.
    pub desk: Option<Desk>,
}

#[derive(Clone)]
pub struct Desk {
    pub selected: RwSignal<Option<ConversationId>>,
    /// A pointer of its own: a callback of Leptos' goes with the view it was made in.
    pub select: Arc<dyn Fn(Option<ConversationId>) + Send + Sync>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// What a guest's page has for its lines: the guest wants one, or there may be news of one.
type Asked = (Live, RwSignal<Option<Thread>>, Option<JsValue>);

thread_local! {
    /// In the order it came, until the whispers' file is there.
    static ASKED: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
}

/// On the guest's page, which has next to nothing of this until it is needed: offers the holder a line, or
/// accepts theirs; with an event, hears what it may say of a line.
pub fn for_guest(live: Live, thread: RwSignal<Option<Thread>>, event: Option<JsValue>) {
    ASKED.with_borrow_mut(|asked| asked.push((live, thread, event)));
    #[cfg(feature = "hydrate")]
    run_split(super::mount);
}

/// Does what was asked on a guest's page; false if there was nothing.
pub(super) fn answer_guest() -> bool {
    let asked = ASKED.take();
    let any = !asked.is_empty();
    for (live, thread, event) in asked {
        let news = event.as_ref().and_then(read);
        // Of another build, it may say something else.
        if event.is_some() != news.is_some() {
            continue;
        }
        if let Some(Thread { id, epoch, holder, .. }) = thread.try_get_untracked().flatten() {
            // Nobody any more, when it is told that a line is over.
            let with = holder.map(|holder| holder.name).unwrap_or_default();
            take(Place { live, conversation: id, epoch, with, desk: None }, news);
        }
    }
    any
}

/// The same on the desk.
pub fn for_holder(place: Place, event: Option<LineEvent>) {
    run_split(move || holder(place.clone(), event.clone()));
}

#[leptos::wasm_split::wasm_split(whisper, wasm_split_path = ::leptos::wasm_split, fallible)]
fn holder(place: Place, event: Option<LineEvent>) -> Result<(), leptos::wasm_split::SplitLoaderError> {
    take(place, event);
    Ok(())
}

/// What an event says of a line, if it does.
pub fn read(event: &JsValue) -> Option<LineEvent> {
    js::read::<LineEvent>(event.clone()).filter(|event| event.on == LineEvent::NAME)
}

/// Without an event: the one here wants a line.
fn take(place: Place, event: Option<LineEvent>) {
    thread_local! {
        static LINES: Cell<Option<Lines>> = const { Cell::new(None) };
    }
    let lines = LINES.get().or_else(Lines::mount);
    LINES.set(lines);
    match (lines, event) {
        (Some(lines), None) => lines.ask(place),
        (Some(lines), Some(event)) => lines.hear(place, event),
        (None, _) => {}
    }
}

/// How long a card stands that nobody answers: a little longer than the server's offer.
const OFFER: Duration = Duration::from_secs(125);

/// The lines of this page.
#[derive(Clone, Copy)]
struct Lines(RwSignal<Vec<Line>>);

#[derive(Clone)]
struct Line {
    place: Place,
    stage: Stage,
    /// By the page's clock, since when it stands so.
    since: f64,
    /// Another one is offered while this one is over and nobody has seen that yet.
    again: Option<Epoch>,
}

/// Where a line stands on this page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// This page has offered it.
    Waiting,
    /// The other end has.
    Offered,
    /// … and this page has accepted it.
    Accepting,
    /// This page has a seat on it.
    Open(Seat),
    /// It could not be, and why.
    Failed(String),
}

impl Lines {
    fn mount() -> Option<Lines> {
        let desk = Js::global("document").call("querySelector", &[&".desk".into()]);
        let parent = desk.filter(Js::is_there).unwrap_or_else(|| Js::global("document").get("body"));
        let place = parent.append("div", "private-lines")?;
        // Without an owner it lives as long as the page does.
        let lines = Lines(RwSignal::default());
        leptos::mount::mount_to(place.into_element(), move || view! { <LinesView lines=lines/> }).forget();
        Some(lines)
    }

    fn find(self, conversation: ConversationId) -> Option<Line> {
        self.0.with_untracked(|all| all.iter().find(|line| line.place.conversation == conversation).cloned())
    }

    /// In the place of what there was of this conversation.
    fn put(self, place: Place, stage: Stage) {
        let (conversation, since) = (place.conversation, clock());
        let is_offer = matches!(stage, Stage::Waiting | Stage::Offered);
        self.0.update(|all| {
            all.retain(|other| other.place.conversation != conversation);
            all.push(Line { place, stage, since, again: None });
        });
        // The server says when an offer is over; should that be lost, it ends here.
        if is_offer {
            let passed = move || {
                self.0.update(|all| {
                    all.retain(|line| (line.place.conversation, line.since) != (conversation, since))
                });
            };
            set_timeout(passed, OFFER);
        }
    }

    /// That another one is offered, or no more, while this one is over and stands.
    fn again(self, conversation: ConversationId, epoch: Option<Epoch>) {
        self.0.update(|all| {
            let here = all.iter_mut().filter(|line| line.place.conversation == conversation);
            here.for_each(|line| line.again = epoch);
        });
    }

    fn remove(self, conversation: ConversationId) {
        self.0.update(|all| all.retain(|line| line.place.conversation != conversation));
    }

    /// Somebody has seen that a line is over.
    fn close(self, conversation: ConversationId) {
        let line = self.find(conversation);
        self.remove(conversation);
        if let Some(Line { place, again: Some(epoch), .. }) = line {
            self.put(Place { epoch, ..place }, Stage::Offered);
        }
    }

    fn ask(self, place: Place) {
        match self.find(place.conversation) {
            Some(Line { stage: Stage::Open(_) | Stage::Accepting, .. }) => {}
            Some(Line { place, stage: Stage::Offered, .. }) => self.answer(place, Wish::Accept),
            Some(Line { stage: Stage::Waiting | Stage::Failed(_), .. }) | None => {
                self.answer(place, Wish::Offer);
            }
        }
    }

    /// Asks the server, and follows what it says.
    fn answer(self, place: Place, wish: Wish) {
        if wish != Wish::Decline && !Key::is_possible() {
            let why = "A private line needs a secure (https) connection, which this page does not have.";
            return self.put(place, Stage::Failed(why.into()));
        }
        match wish {
            Wish::Offer => self.put(place.clone(), Stage::Waiting),
            Wish::Accept => self.put(place.clone(), Stage::Accepting),
            Wish::Decline => self.remove(place.conversation),
        }
        spawn_local(async move {
            let Place { conversation, epoch, .. } = place;
            match place.live.call::<_, Given>(Ask { conversation, wish, epoch }).await {
                Ok(Given { seat: Some(seat) }) => self.put(place, Stage::Open(seat)),
                Err(fault) if wish != Wish::Decline && !self.is_open(conversation) => {
                    let why = in_words(&fault, wish, &place.with);
                    self.put(place, Stage::Failed(why));
                }
                Ok(Given { seat: None }) | Err(_) => {}
            }
        });
    }

    fn is_open(self, conversation: ConversationId) -> bool {
        self.find(conversation).is_some_and(|line| matches!(line.stage, Stage::Open(_)))
    }

    /// Ends an open line over the page's own socket too: the line's may be lost.
    fn end(self, place: &Place) {
        let Place { conversation, epoch, .. } = *place;
        place.live.tell(Ask { conversation, wish: Wish::Decline, epoch });
    }

    fn hear(self, here: Place, event: LineEvent) {
        let LineEvent { conversation, epoch, state, by, seat, .. } = event;
        let line = self.find(conversation);
        match (state, line) {
            (State::Offered, line)
                if by.is_guest() == here.desk.is_some() && conversation == here.conversation =>
            {
                match line {
                    Some(Line { stage: Stage::Open(_), .. }) => self.again(conversation, Some(epoch)),
                    Some(Line { stage: Stage::Accepting, .. }) => {}
                    _ => self.put(Place { epoch, ..here }, Stage::Offered),
                }
            }
            (State::Opened, Some(Line { place, stage: Stage::Waiting, .. })) => match seat {
                Some(seat) => self.put(place, Stage::Open(seat)),
                // Offered anew on another page, and accepted there.
                None => self.remove(conversation),
            },
            (State::Opened | State::Over, Some(Line { stage: Stage::Offered, .. })) => {
                self.remove(conversation);
            }
            (State::Over, Some(Line { place, stage: Stage::Waiting, .. })) => {
                let why = format!("{} didn’t open the private line.", place.with);
                self.put(place, Stage::Failed(why));
            }
            (State::Over, Some(_)) => self.again(conversation, None),
            _ => {}
        }
    }
}

fn in_words(fault: &Fault, wish: Wish, with: &str) -> String {
    match (fault, wish) {
        (Fault::Lost, _) => "You’re offline. Try again when you’re back online.".into(),
        (Fault::Refused(Refusal::NotFound), Wish::Accept) => {
            format!("The offer from {with} is no longer open.")
        }
        (Fault::Refused(Refusal::NotAvailable), _) => {
            format!("{with} isn’t here right now, or already has a private line open in another window.")
        }
        (Fault::Refused(Refusal::NotHeld { .. } | Refusal::Resolved { .. }), _) => {
            "No one has picked up this chat yet. Send us a message first.".into()
        }
        (Fault::Refused(refusal), _) => refusal.in_words(),
    }
}
