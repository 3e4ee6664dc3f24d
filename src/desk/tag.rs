//! Tags: the hotel's managers keep the list, its agents put them on conversations.

use super::{Answer, Desk};
use domain::{ConversationId, HotelId, Refusal, StaffId};

/// The most characters of a tag.
const NAME: usize = 40;

/// Tags one hotel may have.
const TAGS: usize = 200;

impl Desk {
    pub async fn add_tag(&self, hotel: HotelId, name: &str, by: StaffId) -> Answer<()> {
        let name = self.tag_name(name)?;
        if self.store.tags(hotel).await?.len() >= TAGS {
            return Err(invalid(&format!("a hotel can have up to {TAGS}")).into());
        }
        is_free(self.store.add_tag(hotel, name, by, self.clock.now()).await?)
    }

    pub async fn rename_tag(&self, hotel: HotelId, name: &str, new: &str, by: StaffId) -> Answer<()> {
        let new = self.tag_name(new)?;
        if new == name {
            return Ok(());
        }
        is_free(self.store.rename_tag(hotel, name.to_owned(), new, by, self.clock.now()).await?)
    }

    pub async fn set_tag(
        &self,
        staff: StaffId,
        conversation: ConversationId,
        name: &str,
        on: bool,
    ) -> Answer<()> {
        Ok(self.store.set_tag(staff, conversation, name.to_owned(), on, self.clock.now()).await??)
    }

    fn tag_name(&self, name: &str) -> Answer<String> {
        let name = self.line(name, NAME)?;
        if name.is_empty() { Err(invalid("enter a name").into()) } else { Ok(name) }
    }
}

fn invalid(why: &str) -> Refusal {
    Refusal::Invalid { field: "Tag".into(), why: why.into() }
}

fn is_free(there: Option<String>) -> Answer<()> {
    match there {
        Some(there) => Err(invalid(&format!("“{there}” already exists")).into()),
        None => Ok(()),
    }
}
