//! The form of a counter.

use super::{Refused, state::State};
use domain::ClientId;
use leptos::prelude::*;

/// The form of a counter, to one hotel or to all.
#[component]
pub(super) fn Counter(state: State, hotel: Option<String>, refused: Option<Refused>) -> impl IntoView {
    let (id, currency) = state.request.with_untracked(|r| (r.id, r.wanted.currency.code()));
    let Refused { amount, words, why, .. } = refused.unwrap_or_default();
    let problem = (!why.is_empty()).then(|| view! { <p class="problem" role="alert">{why}</p> });
    let to = hotel.as_ref().map(|slug| view! { <input type="hidden" name="hotel" value=slug.clone()/> });
    let label = match hotel {
        Some(_) => "Send",
        None => "Send to all",
    };
    view! {
        <form method="post" action=format!("/requests/{id}/counter") class="counter-form">
            {problem}
            <input type="hidden" autocomplete="off" name="client_id" value=ClientId::new().to_string()/>
            {to}
            <label>{format!("Your offer in {currency} (optional)")}
                <input name="amount" inputmode="decimal" autocomplete="off"
                    maxlength="20" value=amount/></label>
            <label>"Message (optional)"
                <textarea name="words" rows="2" maxlength="1000" dir="auto">{words}</textarea></label>
            <button class="button primary" type="submit">{label}</button>
        </form>
    }
}
