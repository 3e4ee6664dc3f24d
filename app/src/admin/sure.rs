//! What cannot be taken back is asked first: a button that opens what it means, and the one that does it.
//! Works without scripts.

use leptos::prelude::*;

/// `word` opens it, and `label` says to a screen reader of what; `says` is what it means for whom; `does` is
/// on the button that posts to `action`, with the hidden fields that are the children.
#[component]
pub fn Sure(
    #[prop(into)] word: String,
    #[prop(into)] label: String,
    #[prop(into)] says: String,
    #[prop(into)] action: String,
    #[prop(into)] does: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <details class="sure">
            <summary class="button" aria-label=label>{word}</summary>
            <div class="menu">
                <p>{says}</p>
                <form method="post" action=action>
                    {children.map(|fields| fields())}
                    <button class="button danger" type="submit">{does}</button>
                </form>
            </div>
        </details>
    }
}
