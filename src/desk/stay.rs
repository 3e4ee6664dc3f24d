//! Stays beside the conversations: found, said and changed by agents, told by the hotel's own systems.

use super::{Answer, Desk, day_in, local, tz};
use crate::store::{NotTaken, Taken, Told};
use chrono::Offset as _;
use domain::{Conversation, ConversationId, Day, Hotel, Refusal, StaffId, Stay, StayChange, StayId};

impl Desk {
    /// Stays that may be the guest's, while nobody has said which is.
    pub async fn likely_stays(&self, staff: StaffId, conversation: &Conversation) -> Answer<Vec<Stay>> {
        if conversation.stay.is_some() {
            return Ok(Vec::new());
        }
        // Any hotel's today is within a day of UTC's, and the store looks a day further.
        let today = Day::of(self.clock.now());
        Ok(self.store.likely_stays(staff, conversation.id, today).await?.unwrap_or_default())
    }

    pub async fn find_stays(&self, staff: StaffId, id: ConversationId, text: &str) -> Answer<Vec<Stay>> {
        let text = self.line(text, StayChange::REFERENCE)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.find_stays(staff, id, &text).await?.ok_or(Refusal::NotFound)?)
    }

    pub async fn link_stay(&self, staff: StaffId, id: ConversationId, stay: Option<StayId>) -> Answer<()> {
        Ok(self.store.link_stay(staff, id, stay, self.clock.now()).await??)
    }

    /// What an agent says of a stay. The first fault is told; a form shows one at a time.
    pub async fn change_stay(&self, staff: StaffId, id: ConversationId, change: StayChange) -> Answer<()> {
        let change = self.tidy(change);
        if let Some(fault) = change.faults().into_iter().next() {
            return Err(Refusal::Invalid { field: fault.field.into(), why: fault.why }.into());
        }
        Ok(self.store.change_stay(staff, id, change, self.clock.now()).await??)
    }

    /// What a hotel's own system says of a reservation.
    pub async fn take_stay(&self, told: Told) -> Answer<Result<Taken, NotTaken>> {
        let told = Told { change: self.tidy(told.change), ..told };
        Ok(self.store.take_stay(told).await?)
    }

    /// The day it is at a hotel.
    pub fn today(&self, hotel: &Hotel) -> Day {
        day_in(self.clock.now(), tz(&hotel.time_zone))
    }

    /// What its clock shows, in minutes east of UTC.
    pub fn offset(&self, hotel: &Hotel) -> i64 {
        let here = local(self.clock.now(), tz(&hotel.time_zone));
        i64::from(here.offset().fix().local_minus_utc()) / 60
    }

    /// Blanks around and doubled within mean nothing in any of the fields.
    fn tidy(&self, mut change: StayChange) -> StayChange {
        let StayChange { reference, name, phone, email, language, room, .. } = &mut change;
        for text in [reference, name, phone, email, language, room].into_iter().flatten() {
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        change
    }
}
