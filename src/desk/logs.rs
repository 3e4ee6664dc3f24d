//! Reading back what was said.

use super::{Answer, Desk};
use crate::store::{LogFilter, Viewer};
use app::domain::{Conversation, ConversationId, Entry, Hotel, Person, Refusal, Role, Staff};

impl Desk {
    /// The hotels whose logs this person may read.
    pub async fn reviewed_hotels(&self, staff: &Staff) -> Answer<Vec<Hotel>> {
        let hotels = self.store.hotels().await?;
        Ok(hotels.into_iter().filter(|h| staff.admin || staff.role_in(h.id) == Some(Role::Manager)).collect())
    }

    /// The people of these hotels, by name.
    pub async fn people_of(&self, hotels: &[Hotel]) -> Answer<Vec<Person>> {
        let mut people = Vec::new();
        for hotel in hotels {
            people.extend(self.store.colleagues(hotel.id).await?.into_iter().map(|c| Person { id: c.id, name: c.name }));
        }
        people.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        people.dedup();
        Ok(people)
    }

    /// A page of conversations, newest first.
    pub async fn logs(&self, staff: &Staff, filter: &LogFilter) -> Answer<Vec<Conversation>> {
        Ok(self.store.logs(staff.id, filter).await?)
    }

    /// A whole timeline, with notes and changes of hands.
    pub async fn transcript(&self, staff: &Staff, id: ConversationId) -> Answer<(Conversation, Vec<Entry>)> {
        let (conversation, entries) =
            self.store.timeline(Viewer::Staff(staff.id), id, 0, i64::MAX).await?.ok_or(Refusal::NotFound)?;
        if !staff.admin && staff.role_in(conversation.hotel) != Some(Role::Manager) {
            return Err(Refusal::NotFound.into());
        }
        Ok((conversation, entries))
    }
}
