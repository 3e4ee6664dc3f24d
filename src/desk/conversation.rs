//! What is done to a conversation: each command becomes one order to the store.

use super::{Answer, Desk};
use crate::store::{Order, Outcome, Promise, Target, Viewer, What, Who, Written};
use domain::wire::{Handed, Stored, staff};
use domain::{By, ConversationId, Person, Refusal, Seq, StaffId};

/// The most characters of a reason.
const REASON: usize = 300;

impl Desk {
    /// A change of hands, an answer or a note by a member of the staff.
    pub async fn staff_order(&self, staff: StaffId, id: ConversationId, what: What) -> Answer<Written> {
        if let What::Transfer { to, .. } = what {
            self.can_take_over_now(staff, id, to).await?;
        }
        self.staff_order_unattended(staff, id, what).await
    }

    /// The same without asking whether the receiver of a transfer is at a console: for the demo, where nobody is.
    pub async fn staff_order_unattended(&self, staff: StaffId, id: ConversationId, what: What) -> Answer<Written> {
        written(self.staff_hand_in(staff, id, what).await?.await)
    }

    /// The same without waiting for what comes of it.
    pub async fn staff_hand_in(&self, staff: StaffId, id: ConversationId, what: What) -> Answer<Promise> {
        let what = match what {
            What::Say { epoch, seen, client_id, body } => What::Say { epoch, seen, client_id, body: self.text(&body)? },
            What::Note { client_id, body } => What::Note { client_id, body: self.text(&body)? },
            What::TakeOver { epoch, reason } => What::TakeOver { epoch, reason: self.line(&reason, REASON)? },
            What::Release { epoch, reason } => What::Release { epoch, reason: self.line(&reason, REASON)? },
            other => other,
        };
        self.hand_in(Who::Staff(staff), Target::Conversation(id), what).await
    }

    pub(super) async fn order(&self, who: Who, target: Target, what: What) -> Answer<Written> {
        written(self.hand_in(who, target, what).await?.await)
    }

    pub(super) async fn hand_in(&self, who: Who, target: Target, what: What) -> Answer<Promise> {
        Ok(self.store.hand_in(Order { who, target, what, at: self.clock.now() }).await?)
    }

    /// A transfer goes to somebody who is there: a colleague of the hotel, switched to available, at a console.
    async fn can_take_over_now(&self, staff: StaffId, id: ConversationId, to: StaffId) -> Answer<()> {
        let conversation = self.store.conversation(Viewer::Staff(staff), id).await?.ok_or(Refusal::NotFound)?;
        let colleagues = self.store.colleagues(conversation.hotel).await?;
        let there = colleagues.iter().any(|c| c.id == to && c.available) && self.hub.is_present(to);
        if there { Ok(()) } else { Err(Refusal::NotAvailable.into()) }
    }

    /// At most `limit` entries of the timeline, from `after` on.
    pub async fn open(&self, staff: StaffId, id: ConversationId, after: Seq, limit: i64) -> Answer<staff::Opened> {
        let (conversation, mut entries) =
            self.store.timeline(Viewer::Staff(staff), id, after, limit + 1).await?.ok_or(Refusal::NotFound)?;
        let more = entries.len() as i64 > limit;
        entries.truncate(limit as usize);
        Ok(staff::Opened { conversation, entries, more, likely: Vec::new(), viewers: self.hub.viewers(id) })
    }

    /// A sign of typing by the holder.
    pub async fn staff_typing(&self, by: &Person, id: ConversationId, on: bool) -> Answer<()> {
        let c = self.store.conversation(Viewer::Staff(by.id), id).await?.ok_or(Refusal::NotFound)?;
        if !c.is_held_by(by.id) {
            return Err(Refusal::NotHolder { holder: c.holder, epoch: c.epoch }.into());
        }
        let by = By { kind: domain::ActorKind::Staff, id: Some(by.id.0), name: by.name.clone() };
        self.hub.typing(id, c.guest.id, c.hotel, by, on);
        Ok(())
    }
}

/// What a promise came to.
pub fn written(outcome: crate::store::Result<Outcome>) -> Answer<Written> {
    Ok(outcome??)
}

impl From<Written> for Stored {
    fn from(w: Written) -> Self {
        Stored { conversation: w.conversation, seq: w.seq, at: w.at }
    }
}

impl From<Written> for Handed {
    fn from(w: Written) -> Self {
        Handed { seq: w.seq, epoch: w.epoch, at: w.at }
    }
}
