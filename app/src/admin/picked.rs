//! What a reader has picked, as it stands in the address: every selection is a link.

use domain::percent;
use serde::{Deserialize, Serialize};

/// What stands in a field, if anything does.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| !t.is_empty())
}

/// A page with what is picked on it; nothing is said of what is not.
pub(super) fn link<'a>(
    page: &str,
    pairs: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> String {
    let query = query(pairs);
    if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
}

pub(super) fn query<'a>(pairs: impl IntoIterator<Item = (&'static str, Option<&'a str>)>) -> String {
    let given = pairs.into_iter().filter_map(|(name, value)| Some((name, given(value)?)));
    given.map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&")
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// Words to look for.
    pub q: Option<String>,
    pub hotel: Option<String>,
    pub agent: Option<String>,
    /// An id, or the beginning of a name.
    pub guest: Option<String>,
    pub room: Option<String>,
    pub tag: Option<String>,
    pub status: Option<String>,
    pub rating: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    /// The key of the last line of the page before.
    pub after: Option<String>,
}

impl Picked {
    pub(super) fn pairs(&self) -> [(&'static str, Option<&str>); 10] {
        [
            ("q", self.q.as_deref()),
            ("hotel", self.hotel.as_deref()),
            ("agent", self.agent.as_deref()),
            ("guest", self.guest.as_deref()),
            ("room", self.room.as_deref()),
            ("tag", self.tag.as_deref()),
            ("status", self.status.as_deref()),
            ("rating", self.rating.as_deref()),
            ("from", self.from.as_deref()),
            ("until", self.until.as_deref()),
        ]
    }

    /// Something is picked.
    pub fn is_any(&self) -> bool {
        self.pairs().into_iter().any(|(_, value)| given(value).is_some())
    }

    /// Something beside the words is picked.
    pub fn is_narrowed(&self) -> bool {
        Picked { q: None, hotel: None, ..self.clone() }.is_any()
    }

    /// The query of this selection.
    pub fn query(&self) -> String {
        query(self.pairs())
    }

    /// The address of this selection on a page, continued after `after`.
    pub fn address(&self, page: &str, after: Option<&str>) -> String {
        link(page, self.pairs().into_iter().chain([("after", after)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_a_link() {
        let picked = Picked {
            q: Some("  late check ".into()),
            hotel: Some("see&hof".into()),
            from: Some("2026-03-01".into()),
            agent: Some(String::new()),
            ..Picked::default()
        };
        let page = "/admin/logs";
        assert_eq!(
            picked.address(page, Some("1_a b")),
            "/admin/logs?q=late%20check&hotel=see%26hof&from=2026-03-01&after=1_a%20b"
        );
        assert_eq!(Picked::default().address(page, None), "/admin/logs");
    }
}
