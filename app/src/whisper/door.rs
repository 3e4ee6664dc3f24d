//! A room's door: what the server renders, and what stands there when one cannot go in.

use leptos::prelude::*;

/// Before the page's own code has come.
#[component]
pub fn Door() -> impl IntoView {
    view! {
        <Before title="Opening the room…" text="">
            <noscript><p>"Words that fade need JavaScript: this page seals and opens them in your browser, \
                so that nobody else can read them."</p></noscript>
        </Before>
    }
}

/// A page that says one thing.
#[component]
pub fn Before(title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="door-page">
            <img src="/icon.svg" alt="" width="56" height="56"/>
            <h1>{title}</h1>
            {(!text.is_empty()).then(|| view! { <p>{text}</p> })}
            {children()}
        </main>
    }
}
