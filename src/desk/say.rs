//! A message, and every other command to a conversation, on its way to the store.
//!
//! In: who asks, already known, and what they ask. Out: an order to the store, and what it came to. A text is
//! cleaned, measured and paced here. Never: whether it may be done; that is decided in the storing
//! transaction.
//!
//! 3 of 6 on a message's way; before: `socket/mod.rs`; after: `domain/decide.rs`, asked by
//! `store/order/transaction.rs`.

use super::{Answer, Desk};
use crate::store::{ActorId, Order, Outcome, Promise, Target, Written};
use domain::{
    AttachmentId, ClientId, Command, ConversationId, FileLimits, GuestId, HotelId, Recipient, Refusal,
    StaffId, is_blank,
};

/// The most characters of a reason.
const REASON: usize = 300;

/// The most characters of the word beside a rating.
const WORD: usize = 500;

impl Desk {
    /// A guest's message to a hotel. When this returns it has its place behind the ones before; the promise
    /// tells when it is stored.
    pub async fn say_as_guest(
        &self,
        guest: GuestId,
        hotel: HotelId,
        client_id: ClientId,
        body: &str,
        files: Vec<AttachmentId>,
    ) -> Answer<Promise> {
        let say =
            self.cleaned(Command::Say { epoch: 0, seen: 0, client_id, body: body.to_owned(), files })?;
        self.limits.say(guest, hotel)?;
        self.submit(ActorId::Guest(guest), Target::Open(guest, hotel), say).await
    }

    /// A message, a note or a change of hands by a member of the staff.
    pub async fn submit_as_staff(
        &self,
        staff: StaffId,
        id: ConversationId,
        command: Command,
    ) -> Answer<Promise> {
        self.submit(ActorId::Staff(staff), Target::Conversation(id), self.cleaned(command)?).await
    }

    /// The same, with what it came to.
    pub async fn order_as_staff(
        &self,
        staff: StaffId,
        id: ConversationId,
        command: Command,
    ) -> Answer<Written> {
        written(self.submit_as_staff(staff, id, command).await?.await)
    }

    /// A command by a guest, or by Bellhop itself, to one conversation.
    pub(super) async fn order(&self, by: ActorId, id: ConversationId, command: Command) -> Answer<Written> {
        written(self.submit(by, Target::Conversation(id), self.cleaned(command)?).await?.await)
    }

    async fn submit(&self, by: ActorId, target: Target, command: Command) -> Answer<Promise> {
        Ok(self.store.submit(Order { by, target, command, at: self.clock.now() }).await?)
    }

    /// Somebody a conversation is to be handed to, and whether they are at a console. The store knows the
    /// rest.
    pub fn recipient(&self, id: StaffId) -> Recipient {
        Recipient::unknown(id, self.hub.is_present(id))
    }

    /// The command with its texts as they may be stored.
    pub(super) fn cleaned(&self, command: Command) -> Answer<Command> {
        Ok(match command {
            Command::Say { epoch, seen, client_id, body, files } => {
                Command::Say { epoch, seen, client_id, body: self.beside(&body, &files)?, files }
            }
            Command::Note { client_id, body, files } => {
                Command::Note { client_id, body: self.beside(&body, &files)?, files }
            }
            Command::TakeOver { epoch, reason } => {
                Command::TakeOver { epoch, reason: self.line(&reason, REASON)? }
            }
            Command::Release { epoch, reason } => {
                Command::Release { epoch, reason: self.line(&reason, REASON)? }
            }
            Command::Rate { stars, word } => Command::Rate { stars, word: self.line(&word, WORD)? },
            Command::Claim { .. }
            | Command::Transfer { .. }
            | Command::Resolve { .. }
            | Command::Reopen { .. }
            | Command::Read { .. }
            | Command::OpenLine { .. }
            | Command::CloseLine
            | Command::Turn(_) => command,
        })
    }

    /// The words beside files, of which there need be none.
    fn beside(&self, body: &str, files: &[AttachmentId]) -> Answer<String> {
        // What the message's own hotel takes is judged where it is stored.
        let most = FileLimits::MOST.count;
        if files.len() > most {
            return Err(Refusal::too_many_files(most).into());
        }
        match self.text(body) {
            Err(super::No::Refused(Refusal::Empty)) if !files.is_empty() => Ok(String::new()),
            text => text,
        }
    }

    /// Text as it may be stored: line ends made one kind, control characters gone, not empty, not too long.
    pub(super) fn text(&self, body: &str) -> Answer<String> {
        let text: String = body.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        let text = text.trim().to_owned();
        if is_blank(&text) {
            return Err(Refusal::Empty.into());
        }
        self.fits(&text, self.settings.max_body)?;
        Ok(text)
    }
}

/// What a promise came to.
pub fn written(outcome: crate::store::Result<Outcome>) -> Answer<Written> {
    Ok(outcome??)
}
