//! A group of orders in memory: what they speak of, and what becomes of it.
//!
//! In: what the database knew before, and decided changes. Out: entries under the next numbers (rule H4), and
//! how the conversations stand after them. Never: a decision, or a trip to the database.

use super::{ActorId, Order, Target, Written, rank};
use crate::store::{Outcome, Update, known_as};
use domain::{
    Actor, Attachment, AttachmentId, Badge, By, Change, ClientId, Command, Conversation, ConversationId,
    Entry, EntryKind, Guest, GuestId, HotelId, Millis, Person, Recipient, Refusal, Role, Seq, StaffId,
    StaffWords, Standing, Status, Stay, Topic, Topics,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};
use uuid::Uuid;

/// Seconds after a resolution within which a reopening takes it back: the guest waits as before.
const TAKEN_BACK: i64 = 60;

/// All that a group's orders speak of.
#[derive(Default)]
pub struct Group {
    conversations: HashMap<ConversationId, Open>,
    open: HashMap<(GuestId, HotelId), ConversationId>,
    pub staff: HashMap<StaffId, Member>,
    pub stored: HashMap<ClientId, Vec<Stored>>,
    /// What is to be sent besides words.
    pub files: HashMap<AttachmentId, TakenIn>,
    pub read_marks: Vec<ReadMark>,
    /// Guests who have begun to write to a hotel.
    pub met: Vec<(GuestId, HotelId, Millis)>,
    /// How often whom was refused what because of a colleague: hotel, quarter of an hour, who, command, code.
    pub refused: BTreeMap<(HotelId, i64, StaffId, &'static str, &'static str), i64>,
    /// In the order of their first change, so that updates are published in the order of the orders.
    changed: Vec<ConversationId>,
}

/// A conversation being worked on.
pub struct Open {
    pub row: Conversation,
    /// The hotel's slug.
    pub hotel: String,
    pub staff_words: StaffWords,
    /// Added by this group.
    pub entries: Vec<Entry>,
    pub changed: bool,
    pub thread_changed: bool,
    /// What the hotel's own systems ask to be told of.
    pub topics: Topics,
}

impl Open {
    /// As it was stored.
    pub fn stored(row: Conversation, hotel: String, staff_words: StaffWords) -> Self {
        Open {
            row,
            hotel,
            staff_words,
            entries: Vec::new(),
            changed: false,
            thread_changed: false,
            topics: Topics::default(),
        }
    }

    /// Whether systems of the hotel's own are to be told of any of it.
    pub fn is_told(&self) -> bool {
        self.topics != Topics::default()
            && self.entries.iter().flat_map(Topic::of).any(|topic| self.topics.contains(topic))
    }

    /// The last entry from before this group.
    pub(super) fn last_before(&self) -> Seq {
        self.row.last_seq - self.entries.len() as Seq
    }
}

/// Somebody with a login, as the transaction finds them.
pub struct Member {
    pub person: Person,
    pub admin: bool,
    /// By hotel, with whether they are available there.
    pub roles: HashMap<HotelId, (Role, bool)>,
}

/// A message stored before under a client_id.
pub struct Stored {
    pub author: Option<Uuid>,
    pub note: bool,
    pub body: String,
    pub files: Vec<AttachmentId>,
    pub guest: GuestId,
    pub hotel: HotelId,
    pub written: Written,
}

/// A file that was taken in, and who has sent it to which hotel.
pub struct TakenIn {
    pub by: Uuid,
    pub hotel: HotelId,
    pub attachment: Attachment,
    /// It stands in a message already.
    pub said: bool,
    /// Files the hotel takes in one message.
    pub most: usize,
}

/// Somebody has read so far, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMark {
    pub conversation: ConversationId,
    pub reader: Uuid,
    pub seq: Seq,
    pub at: Millis,
}

/// What a hotel knows of a guest who begins to write.
#[derive(Clone, Debug, Default)]
pub struct GuestSnapshot {
    pub name: String,
    pub language: String,
    pub scanned_room: Option<String>,
    pub stay: Option<Stay>,
    /// Their last conversation with it.
    pub last: Option<ConversationId>,
    /// The hotel's slug.
    pub hotel: String,
    /// What its own systems ask to be told of.
    pub topics: Topics,
    /// Who they are by now.
    pub joined_to: Option<GuestId>,
}

/// What a change makes of a conversation may hang on entries that are not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How many words the guest has said behind this seq.
    GuestWordsAfter(Seq),
    /// How many answers the staff has given behind the first seq, up to the second.
    AnswersBetween(Seq, Seq),
}

impl Group {
    /// Takes in a conversation, unless it is here already: what is here has seen the orders before, what is
    /// read now has not.
    pub fn put(&mut self, open: Open) {
        let id = open.row.id;
        if self.conversations.contains_key(&id) {
            return;
        }
        if open.row.status != Status::Resolved {
            self.open.insert((open.row.person, open.row.hotel), id);
        }
        self.conversations.insert(id, open);
    }

    pub fn find(&self, target: Target) -> Option<ConversationId> {
        match target {
            Target::Conversation(id) => self.conversations.contains_key(&id).then_some(id),
            Target::Open(guest, hotel) => self.open.get(&(guest, hotel)).copied(),
        }
    }

    /// A conversation that was found.
    pub(super) fn at(&self, id: ConversationId) -> &Open {
        &self.conversations[&id]
    }

    pub fn parties(&self, id: ConversationId) -> (GuestId, HotelId) {
        let row = &self.at(id).row;
        (row.person, row.hotel)
    }

    pub fn standing(&self, id: ConversationId, newer: Option<ConversationId>) -> Standing<'_> {
        let open = self.at(id);
        open.row.standing(open.staff_words, newer)
    }

    /// A resend gets the first acknowledgement again (rule H5), whoever holds the conversation by now.
    pub fn said_before(&self, order: &Order) -> Option<Outcome> {
        // Where the entries of a joined conversation stand now.
        let now = |id| self.conversations.get(&id).and_then(|open| open.row.joined_to).unwrap_or(id);
        let stored = self.stored.get(&order.command.client_id()?)?.iter().find(|s| match order.target {
            Target::Conversation(id) => s.written.conversation == now(id),
            Target::Open(guest, hotel) => (s.guest, s.hotel) == (guest, hotel),
        })?;
        let same = match &order.command {
            _ if stored.files != order.command.files() => false,
            Command::Say { body, .. } => !stored.note && stored.body == *body,
            Command::Turn(turn) => !stored.note && stored.body == turn.body,
            Command::Note { body, .. } => stored.note && stored.body == *body,
            _ => false,
        };
        // Under another's id, or with other words, it is no resend: acknowledging it would lose what it says.
        Some(if stored.author == order.by.id() && same {
            Ok(stored.written)
        } else {
            Err(Refusal::ClientIdUsed)
        })
    }

    /// The actor with their standing in this conversation's hotel; `None` if it is none of theirs (rule H8).
    pub fn actor(&self, who: ActorId, id: ConversationId) -> Option<Actor> {
        let row = &self.at(id).row;
        match who {
            ActorId::Guest(guest) => (row.person == guest).then(|| Actor::Guest(row.guest.clone())),
            ActorId::System => Some(Actor::System),
            ActorId::Staff(id) => {
                let member = self.staff.get(&id)?;
                if member.admin {
                    return Some(Actor::Admin(member.person.clone()));
                }
                member.roles.get(&row.hotel).map(|(role, _)| Actor::Staff(member.person.clone(), *role))
            }
        }
    }

    /// Whether what is to be sent besides words may be: all of it there, the author's own and for this hotel,
    /// in no message yet, and no more than the hotel takes.
    pub fn may_send_files(&self, id: ConversationId, order: &Order) -> Result<(), Refusal> {
        let hotel = self.at(id).row.hotel;
        let files = order.command.files();
        let usable = |file: &AttachmentId| {
            let own =
                |taken: &TakenIn| !taken.said && Some(taken.by) == order.by.id() && taken.hotel == hotel;
            self.files.get(file).is_some_and(own)
        };
        let twice = files.iter().enumerate().any(|(at, file)| files[..at].contains(file));
        if twice || !files.iter().all(usable) {
            return Err(Refusal::FileGone);
        }
        let most = files.first().and_then(|file| self.files.get(file)).map_or(0, |taken| taken.most);
        if files.len() > most { Err(Refusal::too_many_files(most)) } else { Ok(()) }
    }

    /// The command with its recipient looked up, if it has one.
    pub fn looked_up<'a>(&self, id: ConversationId, command: &'a Command) -> Cow<'a, Command> {
        let Command::Transfer { epoch, to } = command else { return Cow::Borrowed(command) };
        let Some(member) = self.staff.get(&to.person.id) else { return Cow::Borrowed(command) };
        let role = member.roles.get(&self.at(id).row.hotel);
        let to = Recipient {
            person: member.person.clone(),
            member: role.is_some(),
            available: role.is_some_and(|(_, available)| *available),
            present: to.present,
        };
        Cow::Owned(Command::Transfer { epoch: *epoch, to })
    }

    /// Opens a conversation for a guest's first word (rule H9).
    pub fn begin(
        &mut self,
        known: GuestSnapshot,
        guest: GuestId,
        hotel: HotelId,
        at: Millis,
    ) -> ConversationId {
        let GuestSnapshot { name, language, scanned_room, stay, last, hotel: slug, topics, .. } = known;
        let here = self.conversations.values().map(|open| &open.row);
        let here = here.filter(|row| (row.person, row.hotel) == (guest, hotel)).map(|row| row.id);
        let last = last.max(here.max());
        let known = Guest { id: known_as(guest, hotel), name, language };
        let row = Conversation::begin(hotel, known, guest, stay, scanned_room, last, at);
        let id = row.id;
        self.met.push((guest, hotel, at));
        self.put(Open { thread_changed: true, topics, ..Open::stored(row, slug, StaffWords::default()) });
        id
    }

    /// What has to be known of older entries before [`Group::apply`].
    pub fn question(&self, id: ConversationId, actor: &Actor, command: &Command) -> Option<Question> {
        let open = self.at(id);
        match command {
            Command::Say { seen, .. } if actor.person().is_some() => {
                open.unread_question(open.shown_by_answer(*seen))
            }
            Command::Turn(turn) if actor.person().is_some() => {
                open.unread_question(open.shown_by_answer(turn.seen))
            }
            Command::Read { seq } => open.reading_question(actor, *seq),
            _ => None,
        }
    }

    /// Makes a decided change: the next entry under the next number (rule H4), and the conversation as it
    /// stands after it. `answer` is that to [`Group::question`].
    pub fn apply(
        &mut self,
        id: ConversationId,
        actor: &Actor,
        order: &Order,
        change: Change,
        answer: Option<i64>,
    ) -> Written {
        let Some(kind) = change.entry else { return self.read(id, actor, order, answer) };
        let files = self.taken_in(order.command.files());
        let open = self.touch(id);
        let (seq, author, at) = (open.row.last_seq + 1, order.by.id(), order.at);
        let (body, to) = match &order.command {
            Command::Say { body, .. } | Command::Note { body, .. } => (body.clone(), None),
            Command::TakeOver { reason, .. } | Command::Release { reason, .. } => (reason.clone(), None),
            Command::Rate { stars, word } => (format!("{stars} {word}").trim_end().to_owned(), None),
            Command::Turn(turn) => (turn.body.clone(), None),
            Command::Transfer { .. } => (String::new(), change.holder.clone()),
            Command::Claim { .. }
            | Command::Resolve { .. }
            | Command::Reopen { .. }
            | Command::Read { .. }
            | Command::OpenLine { .. }
            | Command::CloseLine => (String::new(), None),
        };
        let client_id = order.command.client_id();
        let terms = match &order.command {
            Command::Turn(turn) => {
                open.row.request = Some(Badge::of_both(open.row.request, turn.badge));
                Some(Box::new(turn.terms.clone()))
            }
            _ => None,
        };
        // Whoever it is, by the id under which a resend is known again.
        let by = By { id: author, ..actor.by() };
        let entry = Entry { seq, kind, by, body, to, client_id, at, files, terms };
        let written = Written { conversation: id, seq, epoch: change.epoch, at };

        let answered_before = open.staff_words.last;
        open.row.last_seq = seq;
        let rank = rank::next(at);
        open.row.take_in(&entry, rank);
        open.staff_words.take_in(&entry);
        if let Some(client_id) = client_id {
            let (guest, hotel, body) = (open.row.person, open.row.hotel, entry.body.clone());
            let (note, files) = (kind == EntryKind::Note, order.command.files().to_vec());
            let stored = Stored { author, note, body, files, guest, hotel, written };
            self.stored.entry(client_id).or_default().push(stored);
        }
        let open = self.touch(id);
        open.entries.push(entry);
        open.thread_changed |= open.row.epoch != change.epoch;
        open.row.epoch = change.epoch;
        open.row.holder = change.holder;
        if open.row.status != change.status {
            // What was resolved was answered, also without a word.
            if open.row.resolved_at.is_some_and(|resolved| at.seconds_since(resolved) > TAKEN_BACK) {
                open.row.end_wait();
            }
            open.row.status = change.status;
            let resolved = (change.status == Status::Resolved).then_some((rank, at));
            (open.row.resolved_rank, open.row.resolved_at) = resolved.unzip();
            let (guest, hotel) = (open.row.person, open.row.hotel);
            match change.status {
                Status::Resolved => drop(self.open.remove(&(guest, hotel))),
                Status::Waiting | Status::Held => drop(self.open.insert((guest, hotel), id)),
            }
        }
        let seen = match &order.command {
            Command::Say { seen, .. } => Some(*seen),
            // What Bellhop tells is nobody's word.
            Command::Turn(turn) if kind.is_word() && order.by != ActorId::System => Some(turn.seen),
            _ => None,
        };
        if let Some(seen) = seen {
            self.said(id, actor, seen, answered_before.map(|(author, _)| author), at, answer);
        }
        written
    }

    /// The files of a message. From now on they are in one.
    fn taken_in(&mut self, files: &[AttachmentId]) -> Vec<Attachment> {
        let mut taken = |file: &AttachmentId| {
            let taken = self.files.get_mut(file)?;
            taken.said = true;
            Some(taken.attachment.clone())
        };
        files.iter().filter_map(&mut taken).collect()
    }

    /// Two people would have answered: that is counted, for whoever runs the hotel should know how often.
    pub fn count_refusal(&mut self, order: &Order, refusal: &Refusal) {
        let (ActorId::Staff(staff), Target::Conversation(id)) = (order.by, order.target) else { return };
        let colleague = match refusal {
            Refusal::NotHolder { holder, .. } | Refusal::Moved { holder, .. } => {
                holder.as_ref().is_some_and(|p| p.id != staff)
            }
            Refusal::AlreadyHeld { holder, .. } => holder.id != staff,
            Refusal::Stale { .. } => true,
            _ => false,
        };
        if let (true, Some(open)) = (colleague, self.conversations.get(&id)) {
            let quarter = order.at.0.div_euclid(Millis::QUARTER);
            let key = (open.row.hotel, quarter, staff, order.command.name(), refusal.code());
            *self.refused.entry(key).or_default() += 1;
        }
    }

    pub(super) fn touch(&mut self, id: ConversationId) -> &mut Open {
        let open = self.conversations.get_mut(&id).expect("only conversations that were found are changed");
        if !open.changed {
            open.changed = true;
            self.changed.push(id);
            open.row.rev += 1;
        }
        open
    }

    /// The conversations that have changed, in the order of their first change.
    pub fn changed(&self) -> impl Iterator<Item = &Open> {
        self.changed.iter().map(|id| self.at(*id))
    }

    /// What is to be published after the commit.
    pub fn updates(mut self) -> Vec<Update> {
        let changed = std::mem::take(&mut self.changed);
        let changed = changed.iter().filter_map(|id| self.conversations.remove(id));
        changed
            .map(|open| (open.is_told(), open))
            .map(|(told, open)| Update {
                conversation: open.row,
                hotel: open.hotel,
                entries: open.entries,
                thread_changed: open.thread_changed,
                told,
            })
            .collect()
    }
}
