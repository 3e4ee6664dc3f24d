//! Private lines: the guest and the holder of a conversation talk where nothing is kept (rule H11). The
//! conversation keeps that a line was opened and closed, by whom and when.
//!
//! In: an offer by one of the two, the other's answer, a change of hands. Out: a room of two and a ticket for
//! each end, given to the very page that offered and the one that accepted; entries in the conversation.
//! Never: a second line of a conversation, an end for anybody else or another page, and never a word that
//! was said.

use super::{Answer, Desk, No};
use crate::{
    hub::{Audience, Hub, SocketId, encode},
    store::{ActorId, StoreError, Viewer},
};
use domain::wire::line::{Ask, Given, LineEvent, Seat, State, Wish};
use domain::wire::whisper::Reason;
use domain::{
    Actor, By, Command, Conversation, ConversationId, Epoch, GuestId, HotelId, Refusal, Role, StaffId,
    StaffWords, decide,
};
use std::{
    collections::{HashMap, hash_map},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use whisper::{OPENER, OTHER, Room, Secret};

/// How long an offer waits for its answer.
const OFFER: Duration = Duration::from_secs(120);

/// How often it is looked which lines are over.
const EVERY: Duration = Duration::from_millis(250);

/// The lines of all conversations, one each at most.
#[derive(Default)]
pub struct Lines(Mutex<HashMap<ConversationId, Line>>);

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

#[derive(Clone)]
struct Line {
    guest: GuestId,
    hotel: HotelId,
    holder: StaffId,
    /// It lasts as long as this does.
    epoch: Epoch,
    /// Who offered it.
    opener: ActorId,
    by: By,
    stage: Stage,
}

#[derive(Clone)]
enum Stage {
    /// By this socket's page, until then.
    Offered(SocketId, Instant),
    /// Its opening is being stored: it cannot be noted yet that it is over.
    Opening(Arc<Room>),
    Open(Arc<Room>),
}

/// A line that is being opened.
struct Begun {
    line: Line,
    /// The page that offered it.
    from: SocketId,
    code: String,
    /// The opener's, and the other's.
    tickets: [Secret; 2],
    room: Arc<Room>,
}

impl Lines {
    fn all(&self) -> MutexGuard<'_, HashMap<ConversationId, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an offer in the place of another; false if a line has been opened meanwhile.
    fn offer(&self, id: ConversationId, line: Line) -> bool {
        let mut all = self.all();
        let free = all.get(&id).is_none_or(|there| matches!(there.stage, Stage::Offered(..)));
        if free {
            all.insert(id, line);
        }
        free
    }

    /// The conversation is in other hands since this epoch: what one agreed on is nothing to another.
    fn changed_hands(&self, id: ConversationId, epoch: Epoch) {
        if let Some(line) = self.all().get_mut(&id).filter(|line| line.epoch < epoch) {
            match &mut line.stage {
                Stage::Offered(_, until) => *until = Instant::now(),
                Stage::Opening(room) | Stage::Open(room) => room.end(Reason::Moved),
            }
        }
    }

    /// Lines and offers that are over, each named once.
    fn take_over(&self, now: Instant, hub: &Hub) -> Vec<(ConversationId, Line)> {
        let mut all = self.all();
        let over = |_: &ConversationId, line: &mut Line| match &line.stage {
            Stage::Offered(from, until) => *until <= now || !hub.is_connected(*from),
            Stage::Opening(_) => false,
            Stage::Open(room) => room.ended_by().is_some(),
        };
        all.extract_if(over).collect()
    }
}

impl Line {
    /// Whom it was offered to.
    fn other(&self) -> ActorId {
        match self.opener {
            ActorId::Guest(_) => ActorId::Staff(self.holder),
            ActorId::Staff(_) | ActorId::System => ActorId::Guest(self.guest),
        }
    }

    /// One of its two ends, wherever they are.
    fn audience(&self, end: ActorId) -> Audience {
        match end {
            ActorId::Staff(_) | ActorId::System => Audience::Staff(self.holder),
            ActorId::Guest(_) => Audience::Guest(self.guest, self.hotel),
        }
    }

    fn event(&self, conversation: ConversationId, state: State) -> LineEvent {
        let (on, by) = (LineEvent::NAME.to_owned(), self.by.clone());
        LineEvent { on, conversation, epoch: self.epoch, state, by, seat: None }
    }

    /// Who ended it: Bellhop itself, unless an end wished it.
    fn ended_by(&self) -> ActorId {
        let Stage::Open(room) = &self.stage else { return ActorId::System };
        match room.ended_by().flatten() {
            Some(OPENER) => self.opener,
            Some(_) => self.other(),
            None => ActorId::System,
        }
    }
}

impl Desk {
    /// What guest or holder ask of their conversation's line, from the page behind this socket.
    pub async fn private_line(&self, by: ActorId, ask: Ask, from: SocketId) -> Answer<Given> {
        let Ask { conversation: id, wish, epoch } = ask;
        let viewer = match by {
            ActorId::Guest(guest) => Viewer::Guest(guest),
            ActorId::Staff(staff) => Viewer::Staff(staff),
            ActorId::System => return Err(Refusal::NotAllowed.into()),
        };
        let c = self.store.conversation(viewer, id).await?.ok_or(Refusal::NotFound)?;
        let actor = match (by, &c.holder) {
            (ActorId::Guest(_), _) => Actor::Guest(c.guest.clone()),
            // In which role does not matter to who holds it.
            (_, Some(holder)) if by == ActorId::Staff(holder.id) => Actor::Staff(holder.clone(), Role::Agent),
            _ => return Err(Refusal::NotHolder { holder: c.holder, epoch: c.epoch }.into()),
        };
        // Asked here so that nobody is offered what cannot be; the transaction that opens it asks again.
        decide(&c.standing(StaffWords::default(), None), &actor, &Command::OpenLine { epoch })?;
        match wish {
            Wish::Offer => {
                // An offer rings like words do.
                if let ActorId::Guest(guest) = by {
                    self.limits.say(guest, c.hotel)?;
                }
                self.offer_line(&c, by, actor.by(), from).await
            }
            Wish::Accept => self.accept_line(&c, by).await,
            Wish::Decline => self.decline_line(id, by).map(|()| Given { seat: None }),
        }
    }

    async fn offer_line(&self, c: &Conversation, opener: ActorId, by: By, from: SocketId) -> Answer<Given> {
        let Some(holder) = c.holder.as_ref().map(|holder| holder.id) else {
            return Err(Refusal::NotHeld { epoch: c.epoch }.into());
        };
        let (guest, hotel, epoch) = (c.person, c.hotel, c.epoch);
        let stage = Stage::Offered(from, Instant::now() + OFFER);
        let line = Line { guest, hotel, holder, epoch, opener, by, stage };
        let before = self.lines.all().get(&c.id).cloned();
        match before {
            Some(Line { stage: Stage::Opening(_) | Stage::Open(_), .. }) => {
                return Err(Refusal::NotAvailable.into());
            }
            // Both have had the same thought.
            Some(before) if before.other() == opener && before.epoch == epoch => {
                return self.accept_line(c, opener).await;
            }
            None if !self.hub.reaches(line.audience(line.other())) => {
                return Err(Refusal::NotAvailable.into());
            }
            _ => {}
        }
        // Whoever offers again is told of once.
        let again = before.is_some_and(|before| (before.opener, before.epoch) == (opener, epoch));
        if !self.lines.offer(c.id, line.clone()) {
            return Err(Refusal::NotAvailable.into());
        }
        if !again {
            self.tell_line(&line, &line.event(c.id, State::Offered));
        }
        Ok(Given { seat: None })
    }

    /// The ticket of whoever offered goes to the page that did, the other one to whoever asks here.
    async fn accept_line(&self, c: &Conversation, by: ActorId) -> Answer<Given> {
        let Begun { line, from, code, tickets: [first, second], room } = self.begin_line(c, by)?;
        let opened = self.order(line.opener, c.id, Command::OpenLine { epoch: line.epoch }).await;
        if let Err(no) = opened {
            room.end(Reason::Moved);
            self.lines.all().remove(&c.id);
            self.tell_line(&line, &line.event(c.id, State::Over));
            return Err(no);
        }
        if let Some(line) = self.lines.all().get_mut(&c.id) {
            line.stage = Stage::Open(room.clone());
        }
        let seat = |ticket: &Secret, opener| {
            Some(Seat { room: code.clone(), ticket: ticket.reveal().to_owned(), opener })
        };
        // The seat first: all others are told that the line is elsewhere.
        let event = line.event(c.id, State::Opened);
        if !self.hub.tell_socket(from, encode(&LineEvent { seat: seat(&first, true), ..event.clone() })) {
            room.end(Reason::Lost);
        }
        self.tell_line(&line, &event);
        Ok(Given { seat: seat(&second, false) })
    }

    /// The offer becomes a line that is being opened, if `by` is the one it was made to and the page it came
    /// from is still there.
    fn begin_line(&self, c: &Conversation, by: ActorId) -> Answer<Begun> {
        let mut all = self.lines.all();
        let line = all.get_mut(&c.id).ok_or(Refusal::NotFound)?;
        let Stage::Offered(from, until) = line.stage else { return Err(Refusal::NotFound.into()) };
        if line.other() != by {
            return Err(Refusal::NotAllowed.into());
        }
        let stands = until > Instant::now() && line.epoch == c.epoch && self.hub.is_connected(from);
        if !stands {
            let line = line.clone();
            all.remove(&c.id);
            drop(all);
            self.tell_line(&line, &line.event(c.id, State::Over));
            return Err(Refusal::NotFound.into());
        }
        let (code, room, tickets) = self.whispers.rooms.pair(Instant::now()).ok_or(Refusal::Unavailable)?;
        line.stage = Stage::Opening(room.clone());
        Ok(Begun { line: line.clone(), from, code: code.to_string(), tickets, room })
    }

    /// Declined by the other, or withdrawn by whoever made it. An open line ends so where an end's own
    /// connection to it is lost.
    fn decline_line(&self, id: ConversationId, by: ActorId) -> Answer<()> {
        let mut all = self.lines.all();
        let hash_map::Entry::Occupied(there) = all.entry(id) else { return Err(Refusal::NotFound.into()) };
        match &there.get().stage {
            Stage::Opening(_) => return Err(Refusal::NotFound.into()),
            Stage::Open(room) => {
                room.close(if by == there.get().opener { OPENER } else { OTHER });
                return Ok(());
            }
            Stage::Offered(..) => {}
        }
        let line = there.remove();
        drop(all);
        self.tell_line(&line, &line.event(id, State::Over));
        Ok(())
    }

    /// Tells a page that has just come of the offer that waits.
    pub fn tell_of_offer(&self, id: ConversationId, socket: SocketId, by: ActorId) {
        let line = self.lines.all().get(&id).cloned();
        if let Some(line) = line.filter(|line| line.other() == by)
            && matches!(line.stage, Stage::Offered(..))
        {
            self.hub.tell_socket(socket, encode(&line.event(id, State::Offered)));
        }
    }

    /// To the two whose line it is, wherever they are.
    fn tell_line(&self, line: &Line, event: &LineEvent) {
        let text = encode(event);
        self.hub.tell(line.audience(line.opener), text.clone());
        self.hub.tell(line.audience(line.other()), text);
    }

    /// Notes the ends of lines that are over, and tells of them.
    pub async fn close_lines(&self) {
        for (id, line) in self.lines.take_over(Instant::now(), &self.hub) {
            if let Stage::Open(_) = line.stage
                && let Err(e) = self.note_closed(id, line.ended_by()).await
            {
                tracing::error!(error = %e, conversation = %id, "the end of a private line could not be \
                    noted");
                // It is over, and is looked at again.
                self.lines.all().entry(id).or_insert(line);
                continue;
            }
            self.tell_line(&line, &line.event(id, State::Over));
        }
    }

    async fn note_closed(&self, mut id: ConversationId, mut by: ActorId) -> Result<(), StoreError> {
        loop {
            match self.order(by, id, Command::CloseLine).await {
                // The conversation goes on in another one, and what it held stands there.
                Err(No::Refused(Refusal::Joined { conversation })) if conversation != id => id = conversation,
                // Whoever ended it is not of this hotel any more, or goes by another id.
                Err(No::Refused(_)) if by != ActorId::System => by = ActorId::System,
                Err(No::Failed(e)) => return Err(e),
                // All of it is gone by now.
                Ok(_) | Err(No::Refused(_)) => return Ok(()),
            }
        }
    }

    /// Those that were open when the program last stopped are over.
    async fn close_old_lines(&self) -> Result<(), StoreError> {
        for (id, missing) in self.store.open_lines().await? {
            for _ in 0..missing {
                self.note_closed(id, ActorId::System).await?;
            }
        }
        Ok(())
    }
}

/// Ends lines for as long as the server runs, and notes that they ended.
pub async fn run(desk: Arc<Desk>, mut handovers: mpsc::UnboundedReceiver<(ConversationId, Epoch)>) {
    // On its own: nobody stays on a line because an end of another is being stored.
    let hands = async {
        while let Some((id, epoch)) = handovers.recv().await {
            desk.lines.changed_hands(id, epoch);
        }
    };
    let ends = async {
        if let Err(e) = desk.close_old_lines().await {
            tracing::error!(error = %e, "private lines that were open could not be closed");
        }
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            desk.close_lines().await;
        }
    };
    tokio::join!(hands, ends);
}
