//! Who may read back: admins over all hotels, managers over their own. For everybody else these pages do not exist.

use crate::{
    error::Error,
    router::App,
    session::{Caller, SignedIn},
};
use app::domain::{Hotel, Refusal, Staff};
use axum::{extract::FromRequestParts, http::request::Parts};

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
        let slug = slug.filter(|s| !s.is_empty());
        match (slug, self.hotels.as_slice()) {
            (Some(slug), hotels) => hotels.iter().find(|h| h.slug == slug),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

impl FromRequestParts<App> for Reviewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        match caller.staff(&app.desk).await? {
            Some(SignedIn { staff, .. }) if staff.reviews() => {
                let hotels = app.desk.reviewed_hotels(&staff).await?;
                Ok(Reviewer { you: staff, hotels })
            }
            Some(_) => Err(Refusal::NotFound.into()),
            None => Err(Error::SignIn),
        }
    }
}
