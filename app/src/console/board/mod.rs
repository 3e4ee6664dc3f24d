//! The state of the desk, and everything that changes it.
//!
//! In: what the page was rendered with, events and answers from the socket, what the agent does. Out: signals
//! the views follow. Never: a rule of its own; whether a button is alive is asked of `domain`, as the server
//! asks it.

mod compose;
mod hands;
mod hear;
mod line;
mod queue;
mod request;
mod stay;
mod tag;
mod timeline;

pub use queue::Section;
pub use request::BidDraft;

use super::{
    DeskPage,
    book::Book,
    drafts::{self, Draft, Drafts, Kind, Unsent},
    signals::Signals,
};
use crate::{
    attach,
    live::{self, Link, Live},
    ui::Toast,
};
use domain::wire::request::Part;
use domain::{
    Actor, Attachment, ClientId, Colleague, Command, Conversation, ConversationId, Day, Entry, Epoch,
    GuestId, Hotel, HotelId, LegId, Millis, Person, Phase, Role, Seq, Staff, StaffId, StaffWords, Status,
    Stay, Targets, decide,
};
use leptos::{html::Div, prelude::*};
use std::collections::HashMap;

/// What lies over the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    TakeOver(ConversationId),
    /// To whom to hand it; and what is shown after that.
    Transfer(ConversationId, Box<Option<Dialog>>),
    /// Which stay the guest has: those that are likely, and a search.
    Find(ConversationId),
    /// The stay, to be changed.
    Stay(ConversationId),
    /// Who answers whom, for those who lead.
    Team,
    Keys,
}

impl Dialog {
    /// What it is about, until its content is there to say it better.
    pub fn title(&self) -> &'static str {
        match self {
            Dialog::TakeOver(_) => "Take over",
            Dialog::Transfer(..) => "Transfer to",
            Dialog::Find(_) => "Find reservation",
            Dialog::Stay(_) => "Reservation",
            Dialog::Team => "Team",
            Dialog::Keys => "Keyboard shortcuts",
        }
    }
}

/// The desk's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    pub you: RwSignal<Staff>,
    pub hotels: RwSignal<Vec<Hotel>>,
    pub rows: RwSignal<HashMap<ConversationId, Conversation>>,
    pub colleagues: RwSignal<Book<HotelId, Vec<Colleague>>>,
    /// Guests with a page of a hotel open.
    pub present: RwSignal<Vec<(HotelId, GuestId)>>,
    /// Who types where, until when.
    pub typing: RwSignal<Book<ConversationId, (String, i64)>>,
    /// The part of the queue that is open.
    pub tab: RwSignal<Section>,
    /// What is looked for in the queue, as typed.
    pub find: RwSignal<String>,
    /// What it is found in, by id.
    found: Memo<Vec<ConversationId>>,
    /// Show one hotel only.
    pub only: RwSignal<Option<HotelId>>,
    /// Show one tag only.
    pub tag: RwSignal<Option<String>>,
    /// Show unread words only.
    pub unread: RwSignal<bool>,
    pub selected: RwSignal<Option<ConversationId>>,
    /// How many more wait in each hotel than this desk shows.
    pub more: RwSignal<Book<HotelId, i64>>,
    /// The last of those who wait whom the server has named; the others stand behind.
    last_shown: StoredValue<Book<HotelId, ConversationId>>,
    /// The timeline of the selected conversation.
    pub entries: RwSignal<Vec<Entry>>,
    /// Where its lines are shown; what is not in view is not read.
    pub scroll: NodeRef<Div>,
    /// The agent reads further up: what comes now comes below.
    pub away: RwSignal<bool>,
    /// How far it had been read when it was opened, if words were new then.
    pub new_from: RwSignal<Option<Seq>>,
    /// Stays that may be the guest's of the selected conversation.
    pub likely: RwSignal<Vec<Stay>>,
    /// The tags of each hotel.
    pub tags: RwSignal<Book<HotelId, Vec<String>>>,
    /// What each hotel's clock shows, in minutes east of UTC.
    pub offsets: RwSignal<Book<HotelId, i64>>,
    /// Within what time each means to answer.
    pub targets: RwSignal<Book<HotelId, Targets>>,
    /// The day it is at each hotel.
    pub today: RwSignal<Book<HotelId, Day>>,
    /// Show one phase of the stay only.
    pub phase: RwSignal<Option<Phase>>,
    pub viewers: RwSignal<Vec<Person>>,
    /// The requests of the selected conversation.
    pub requests: RwSignal<Vec<Part>>,
    /// What its hotel's last bids included.
    pub included_before: RwSignal<Vec<String>>,
    /// Bids that are being written, by request: whoever looks at another guest meanwhile finds them again.
    pub bids: RwSignal<Book<LegId, BidDraft>>,
    pub drafts: RwSignal<Drafts>,
    /// What has been sent and is not acknowledged, oldest first.
    pub unsent: RwSignal<Vec<Unsent>>,
    /// What the server has taken in of the files of what is unsent.
    pub brought: RwSignal<Book<ClientId, Vec<Attachment>>>,
    /// Composers that take files.
    composers: StoredValue<Book<(ConversationId, Kind), attach::Composer>>,
    /// What composers are made under, so that they outlive a look at another guest.
    owner: StoredValue<Option<Owner>>,
    /// What is being written.
    pub kind: RwSignal<Kind>,
    /// On a narrow screen: the guest's panel is open.
    pub guest_shown: RwSignal<bool>,
    pub dialog: RwSignal<Option<Dialog>>,
    /// A word to the agent, shown for a while.
    pub notice: Toast,
    /// A resolution that can be taken back, beside what else is said.
    pub undo: Toast,
    /// What conversations these two are about, as they stand at which epoch.
    undo_of: StoredValue<Option<(ConversationId, Epoch)>>,
    said_of: StoredValue<Option<(ConversationId, Epoch)>>,
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
    /// More of those who wait are being asked for.
    filling: StoredValue<bool>,
    read: StoredValue<Book<ConversationId, Seq>>,
}

impl Board {
    pub fn new(page: &DeskPage) -> Self {
        let (rows, offsets, find) = (RwSignal::default(), RwSignal::default(), RwSignal::<String>::default());
        let found = Memo::new(move |_| {
            let called = |row: &Conversation| queue::title(offsets, row);
            rows.with(|rows: &HashMap<_, Conversation>| {
                find.with(|text| queue::matching(rows.values(), text, called))
            })
        });
        let board = Self {
            you: RwSignal::new(page.you.clone()),
            hotels: RwSignal::new(page.hotels.iter().map(|w| w.hotel.clone()).collect()),
            rows,
            colleagues: RwSignal::default(),
            present: RwSignal::default(),
            typing: RwSignal::default(),
            tab: RwSignal::new(Section::Mine),
            find,
            found,
            only: RwSignal::new(None),
            tag: RwSignal::new(None),
            unread: RwSignal::new(false),
            selected: RwSignal::new(None),
            more: RwSignal::default(),
            last_shown: StoredValue::default(),
            entries: RwSignal::default(),
            scroll: NodeRef::new(),
            away: RwSignal::new(false),
            new_from: RwSignal::new(None),
            likely: RwSignal::default(),
            tags: RwSignal::default(),
            offsets,
            targets: RwSignal::default(),
            today: RwSignal::default(),
            phase: RwSignal::new(None),
            viewers: RwSignal::default(),
            requests: RwSignal::default(),
            included_before: RwSignal::default(),
            bids: RwSignal::default(),
            drafts: RwSignal::default(),
            unsent: RwSignal::default(),
            brought: RwSignal::default(),
            composers: StoredValue::default(),
            owner: StoredValue::new(Owner::current()),
            kind: RwSignal::new(Kind::Answer),
            guest_shown: RwSignal::new(false),
            dialog: RwSignal::new(None),
            notice: Toast::default(),
            undo: Toast::default(),
            undo_of: StoredValue::new(None),
            said_of: StoredValue::new(None),
            link: RwSignal::new(Link::Connecting),
            now: RwSignal::new(page.now),
            signals: Signals::new(),
            limit: StoredValue::new(page.limits.body),
            skew: StoredValue::new(0),
            live: StoredValue::new(None),
            build: StoredValue::new(page.build.clone()),
            sending: StoredValue::new(false),
            typed_at: StoredValue::new(0),
            filling: StoredValue::new(false),
            read: StoredValue::default(),
        };
        for watched in &page.hotels {
            board.lay_out(watched.clone());
        }
        if untrack(|| board.section(Section::Mine).is_empty()) {
            board.tab.set(Section::Waiting);
        }
        board
    }

    /// Connects. In the browser only, once.
    pub fn start(self, server_now: Millis) {
        self.skew.set_value(server_now.0 - live::now());
        let me = self.you.with_untracked(|you| you.id);
        self.drafts.set(drafts::stored(me));
        self.unsent.set(drafts::unsent(me));
        let live = Live::connect("staff", Box::new(|| None), self.link, move |news| self.hear(news));
        self.live.set_value(Some(live));
        self.signals.start();
    }

    pub fn tick(self) {
        let now = live::now();
        let moment = Millis(now + self.skew.try_get_value().unwrap_or(0));
        let minute = |at: Millis| at.0 / Millis::MINUTE;
        if self.now.try_get_untracked().is_some_and(|before| minute(before) != minute(moment)) {
            self.turn_pages(moment);
        }
        self.now.try_set(moment);
        if self.typing.try_with_untracked(|t| t.values().any(|(_, until)| *until <= now)).unwrap_or(false) {
            self.typing.update(|typing| typing.retain(|_, (_, until)| *until > now));
        }
    }

    /// Midnight comes to each hotel in its own time, and so do summer and winter.
    fn turn_pages(self, now: Millis) {
        let hotels = self.hotels.get_untracked();
        // Clocks are put forward and back while a desk is open.
        let offsets: Book<HotelId, i64> =
            hotels.iter().filter_map(|h| Some((h.id, crate::ui::offset_in(now, &h.time_zone)?))).collect();
        if self.offsets.with_untracked(|old| *old != offsets) {
            self.offsets.set(offsets);
        }
        let today: Book<HotelId, Day> =
            hotels.iter().filter_map(|h| Some((h.id, crate::ui::day_in(now, &h.time_zone)?))).collect();
        if self.today.with_untracked(|old| *old != today) {
            self.today.set(today);
            let past: Vec<_> = self
                .rows
                .with_untracked(|rows| rows.values().filter(|row| self.is_past(row)).map(|r| r.id).collect());
            self.rows.update(|rows| rows.retain(|id, _| !past.contains(id)));
        }
    }

    /// Resolved before today: it leaves the queue, unless it is open on the desk.
    fn is_past(self, row: &Conversation) -> bool {
        let hotel = self.hotels.with_untracked(|hotels| hotels.iter().find(|h| h.id == row.hotel).cloned());
        let Some((hotel, at)) = hotel.zip(row.resolved_at) else { return false };
        let today = self.today.with_untracked(|today| today.get(&row.hotel).copied());
        row.status == Status::Resolved
            && self.selected.get_untracked() != Some(row.id)
            && today
                .is_some_and(|today| crate::ui::day_in(at, &hotel.time_zone).is_some_and(|day| day < today))
    }

    /// Where a conversation's stay stands today, at its hotel.
    pub fn phase_of(self, row: &Conversation) -> Option<Phase> {
        let stay = row.stay.as_ref()?;
        self.today.with(|today| today.get(&row.hotel).and_then(|day| stay.phase(*day)))
    }

    pub fn live(self) -> Option<Live> {
        self.live.try_get_value().flatten()
    }

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
            if you.admin {
                Actor::Admin(person)
            } else {
                Actor::Staff(person, you.role_in(hotel).unwrap_or(Role::Agent))
            }
        })
    }

    pub fn row(self, id: ConversationId) -> Option<Conversation> {
        self.rows.with(|rows| rows.get(&id).cloned())
    }

    /// The hotels in which I lead.
    pub fn led(self) -> Vec<Hotel> {
        self.hotels.with(|hotels| hotels.iter().filter(|h| self.actor(h.id).leads()).cloned().collect())
    }

    /// Whether the domain would let me; the server asks the same. What the staff wrote last matters to the
    /// server only.
    pub fn may(self, row: &Conversation, command: impl FnOnce(Epoch) -> Command) -> bool {
        let now = row.standing(StaffWords::default(), None);
        decide(&now, &self.actor(row.hotel), &command(row.epoch)).is_ok()
    }

    /// Shows a word for a few seconds.
    pub fn say(self, text: String) {
        self.said_of.set_value(None);
        self.notice.show(text);
    }

    /// The same about one conversation as it stands at an epoch: it goes once that changes hands again.
    pub(super) fn say_of(self, id: ConversationId, epoch: Epoch, text: String) {
        self.say(text);
        self.said_of.set_value(Some((id, epoch)));
    }
}
