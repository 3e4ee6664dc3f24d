//! The queue of a hotel.

use super::{Answer, Desk, start_of, tz};
use crate::store::Queue;
use domain::wire::staff;
use domain::{Colleague, ConversationId, HotelId, Refusal, StaffId};

impl Desk {
    pub async fn watch(&self, staff: StaffId, hotel: HotelId) -> Answer<staff::Watched> {
        let found =
            self.store.hotels().await?.into_iter().find(|h| h.id == hotel).ok_or(Refusal::NotFound)?;
        let today = self.today(&found);
        let since = start_of(today, tz(&found.time_zone));
        let Queue { conversations, waiting } =
            self.store.queue(staff, hotel, since).await?.ok_or(Refusal::NotFound)?;
        let colleagues = self.colleagues(hotel).await?;
        let targets = self.store.targets(hotel).await?;
        let tags = self.store.tags(hotel).await?.into_iter().map(|tag| tag.name).collect();
        let present = self.hub.guests_present(hotel);
        let offset = self.offset(&found);
        Ok(staff::Watched {
            hotel: found,
            today,
            offset,
            targets,
            conversations,
            waiting,
            colleagues,
            tags,
            present,
        })
    }

    /// At most `limit` of those who wait behind `after`, the longest wait first, and how many wait in all.
    pub async fn waiting(
        &self,
        staff: StaffId,
        hotel: HotelId,
        after: ConversationId,
        limit: i64,
    ) -> Answer<staff::Waiting> {
        let found = self.store.waiting(staff, hotel, after, limit).await?.ok_or(Refusal::NotFound)?;
        Ok(staff::Waiting { conversations: found.conversations, waiting: found.waiting })
    }

    pub async fn colleagues(&self, hotel: HotelId) -> Answer<Vec<Colleague>> {
        let mut colleagues = self.store.colleagues(hotel).await?;
        for colleague in &mut colleagues {
            colleague.present = self.hub.is_present(colleague.id);
        }
        Ok(colleagues)
    }
}
