//! Tags: the hotel's managers keep the list, its agents put them on conversations.

use super::{Answer, Desk};
use crate::store::Tag;
use app::domain::{ConversationId, HotelId, Refusal, StaffId};

/// The most characters of a tag.
const NAME: usize = 40;

/// Tags one hotel may have.
const TAGS: usize = 200;

impl Desk {
    pub async fn add_tag(&self, hotel: HotelId, name: &str, by: StaffId) -> Answer<()> {
        let name = self.tag_name(name)?;
        if self.store.tags(hotel).await?.len() >= TAGS {
            return Err(invalid(&format!("a hotel has at most {TAGS}")).into());
        }
        self.is_new(hotel, &name, None).await?;
        match self.store.add_tag(hotel, name, by, self.clock.now()).await? {
            true => Ok(()),
            false => Err(invalid("it is on the list already").into()),
        }
    }

    pub async fn rename_tag(&self, hotel: HotelId, name: &str, new: &str, by: StaffId) -> Answer<()> {
        let new = self.tag_name(new)?;
        if new == name {
            return Ok(());
        }
        self.is_new(hotel, &new, Some(name)).await?;
        match self.store.rename_tag(hotel, name.to_owned(), new, by, self.clock.now()).await? {
            true => Ok(()),
            false => Err(invalid("another one has that name").into()),
        }
    }

    pub async fn set_tag(&self, staff: StaffId, conversation: ConversationId, name: &str, on: bool) -> Answer<()> {
        Ok(self.store.set_tag(staff, conversation, name.to_owned(), on, self.clock.now()).await??)
    }

    /// `spa` beside `Spa` would be two of one thing. `old` is about to go.
    async fn is_new(&self, hotel: HotelId, name: &str, old: Option<&str>) -> Answer<()> {
        let same = |tag: &Tag| tag.name.to_lowercase() == name.to_lowercase() && Some(tag.name.as_str()) != old;
        match self.store.tags(hotel).await?.into_iter().find(same) {
            Some(tag) => Err(invalid(&format!("there is “{}” already", tag.name)).into()),
            None => Ok(()),
        }
    }

    fn tag_name(&self, name: &str) -> Answer<String> {
        let name = self.line(name, NAME)?;
        if name.is_empty() { Err(invalid("it needs a name").into()) } else { Ok(name) }
    }
}

fn invalid(why: &str) -> Refusal {
    Refusal::Invalid { field: "Tag".into(), why: why.into() }
}
