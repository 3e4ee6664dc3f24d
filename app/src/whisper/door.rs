//! What the server renders: a room's door, until the browser's own code has opened it.

use leptos::prelude::*;

#[component]
pub fn Door() -> impl IntoView {
    view! { <main class="whisper"><h1>"Whisper"</h1></main> }
}
