//! Reading back what was said.

use super::{Answer, Desk};
use crate::store::{LogFilter, Viewer};
use domain::{Conversation, ConversationId, Entry, Hotel, HotelId, Person, Refusal, Staff};

impl Desk {
    /// The hotels whose logs this person may read.
    pub async fn reviewed_hotels(&self, staff: &Staff) -> Answer<Vec<Hotel>> {
        let hotels = self.store.hotels().await?;
        Ok(hotels.into_iter().filter(|h| staff.leads(h.id)).collect())
    }

    /// The people of these hotels, by name.
    pub async fn people_of(&self, hotels: &[Hotel]) -> Answer<Vec<Person>> {
        let mut people = Vec::new();
        for hotel in hotels {
            people.extend(
                self.store.colleagues(hotel.id).await?.into_iter().map(|c| Person { id: c.id, name: c.name }),
            );
        }
        people.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        people.dedup();
        Ok(people)
    }

    /// The tags of these hotels, each once, by name.
    pub async fn tags_of(&self, hotels: &[Hotel]) -> Answer<Vec<String>> {
        let mut tags = Vec::new();
        for hotel in hotels {
            tags.extend(self.store.tags(hotel.id).await?.into_iter().map(|tag| tag.name));
        }
        tags.sort();
        tags.dedup();
        Ok(tags)
    }

    /// What a reviewer did: of the hotel they picked; else a manager's of each of theirs, so that its trail
    /// has it, and an admin's of none.
    pub(super) async fn audit_review(
        &self,
        what: &'static str,
        by: &Staff,
        picked: Option<HotelId>,
        hotels: &[Hotel],
        detail: String,
    ) {
        if picked.is_some() || by.admin {
            return self.audit(what, Some(by.id), picked, detail).await;
        }
        for hotel in hotels {
            self.audit(what, Some(by.id), Some(hotel.id), detail.clone()).await;
        }
    }

    /// A search among others' conversations stands in the trail: what it was narrowed by, but not its words,
    /// for they may be somebody's name, and the trail outlives the guest's data.
    pub async fn note_search(&self, by: &Staff, words: Option<&str>, filter: &LogFilter, hotels: &[Hotel]) {
        let mut detail = Vec::new();
        detail.extend(words.map(|w| match w.split_whitespace().count() {
            1 => "1 word".to_owned(),
            n => format!("{n} words"),
        }));
        detail.extend(hotels.iter().find(|h| Some(h.id) == filter.hotel).map(|h| h.name.clone()));
        detail.extend(filter.agent.map(|id| format!("agent {id}")));
        detail.extend(filter.guest.map(|_| "one guest".to_owned()));
        detail.extend(filter.guest_name.as_ref().map(|_| "guest by name".to_owned()));
        detail.extend(filter.room.as_ref().map(|_| "by room".to_owned()));
        detail.extend(filter.tag.as_ref().map(|_| "by tag".to_owned()));
        detail.extend(filter.status.map(|s| s.as_str().to_owned()));
        detail.extend(filter.rating.map(|n| format!("{n} stars")));
        detail.extend(filter.from.map(|at| format!("from {}", at.iso())));
        detail.extend(filter.until.map(|at| format!("until {}", at.iso())));
        self.audit_review("searched", by, filter.hotel, hotels, detail.join(", ")).await;
    }

    /// A whole timeline, with notes and changes of hands.
    pub async fn transcript(&self, staff: &Staff, id: ConversationId) -> Answer<(Conversation, Vec<Entry>)> {
        let (conversation, entries) =
            self.store.timeline(Viewer::Staff(staff.id), id, 0, i64::MAX).await?.ok_or(Refusal::NotFound)?;
        if !staff.leads(conversation.hotel) {
            return Err(Refusal::NotFound.into());
        }
        Ok((conversation, entries))
    }
}
