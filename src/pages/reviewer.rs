//! Who may read back: admins over all hotels, managers over their own. For everybody else these pages do not
//! exist.

use crate::{error::Error, session::SignedIn, state::App};
use app::admin::given;
use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{Hotel, Refusal, Staff};

/// Somebody who reviews, and the hotels they do it for.
#[derive(Clone, Debug)]
pub struct Reviewer {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
}

impl Reviewer {
    /// The hotel of this slug, if it is one of theirs; else it does not exist.
    pub fn hotel(&self, slug: &str) -> Result<Hotel, Error> {
        Ok(self.hotels.iter().find(|h| h.slug == slug).cloned().ok_or(Refusal::NotFound)?)
    }

    /// The hotel picked in a form, or the only one they have.
    pub fn picked(&self, slug: Option<&str>) -> Option<&Hotel> {
        match (given(slug), self.hotels.as_slice()) {
            (Some(slug), hotels) => hotels.iter().find(|h| h.slug == slug),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// The hotel a filter asks for, if it asks for one; why not, in words.
    pub fn asked(&self, slug: Option<&str>) -> Result<Option<&Hotel>, String> {
        let found = given(slug)
            .map(|slug| self.picked(Some(slug)).ok_or("You don’t have access to that hotel.".to_owned()));
        found.transpose()
    }

    /// The zone whose days are meant: the picked hotel's; over several hotels, the first one's.
    pub fn zone(&self, slug: Option<&str>) -> &str {
        self.picked(slug).or(self.hotels.first()).map_or("UTC", |h| &h.time_zone)
    }
}

impl FromRequestParts<App> for Reviewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let you = SignedIn::from_request_parts(parts, app).await?.staff;
        if !you.reviews() {
            return Err(Refusal::NotFound.into());
        }
        let hotels = app.desk.reviewed_hotels(&you).await?;
        Ok(Reviewer { you, hotels })
    }
}
