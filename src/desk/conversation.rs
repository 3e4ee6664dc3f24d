//! What staff see of a conversation, and that they type in it.

use super::{Answer, Desk};
use crate::store::{Viewer, Written};
use domain::wire::{Handed, Stored, staff};
use domain::{By, ConversationId, Person, Refusal, Seq, StaffId};

/// What earlier bids included, offered to be chosen again.
const INCLUDED: i64 = 8;

impl Desk {
    /// At most `limit` entries of the timeline, from `after` on.
    pub async fn open(
        &self,
        staff: StaffId,
        id: ConversationId,
        after: Seq,
        limit: i64,
    ) -> Answer<staff::Opened> {
        let (conversation, mut entries) = self
            .store
            .timeline(Viewer::Staff(staff), id, after, limit + 1)
            .await?
            .ok_or(Refusal::NotFound)?;
        let more = entries.len() as i64 > limit;
        entries.truncate(limit as usize);
        let (mut requests, mut included_before) = (Vec::new(), Vec::new());
        if conversation.request.is_some() {
            requests = self.parts(staff, id).await?;
            included_before = self.store.included_before(conversation.hotel, INCLUDED).await?;
        }
        let viewers = self.hub.viewers(id);
        Ok(staff::Opened {
            conversation,
            entries,
            more,
            likely: Vec::new(),
            requests,
            included_before,
            viewers,
        })
    }

    /// A sign of typing by the holder.
    pub async fn staff_typing(&self, by: &Person, id: ConversationId, on: bool) -> Answer<()> {
        let c = self.store.conversation(Viewer::Staff(by.id), id).await?.ok_or(Refusal::NotFound)?;
        if !c.is_held_by(by.id) {
            return Err(Refusal::NotHolder { holder: c.holder, epoch: c.epoch }.into());
        }
        let by = By { kind: domain::ActorKind::Staff, id: Some(by.id.0), name: by.name.clone() };
        self.hub.typing(id, c.person, c.hotel, by, on);
        Ok(())
    }
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
