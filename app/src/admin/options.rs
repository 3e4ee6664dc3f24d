//! What a filter offers to pick from, with what is picked.

use domain::{Hotel, Person};
use leptos::prelude::*;

/// The options of values and their names.
pub(super) fn options(
    all: impl IntoIterator<Item = (String, String)>,
    picked: &Option<String>,
) -> Vec<AnyView> {
    let option = |(value, name): (String, String)| {
        let here = picked.as_deref() == Some(value.as_str());
        view! { <option value=value selected=here>{name}</option> }.into_any()
    };
    all.into_iter().map(option).collect()
}

pub(super) fn hotel_options(hotels: &[Hotel], picked: &Option<String>) -> Vec<AnyView> {
    options(hotels.iter().map(|h| (h.slug.clone(), h.name.clone())), picked)
}

pub(super) fn people_options(people: &[Person], picked: &Option<String>) -> Vec<AnyView> {
    options(people.iter().map(|p| (p.id.to_string(), p.name.clone())), picked)
}
