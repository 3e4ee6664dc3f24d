//! One's own password. A plain form; works without scripts.

use leptos::prelude::*;

#[derive(Clone, Debug, Default)]
pub struct AccountPage {
    pub name: String,
    /// Somebody else has set the password, and knows it.
    pub given: bool,
    pub done: bool,
    pub problem: Option<String>,
}

#[component]
pub fn Account(page: AccountPage) -> impl IntoView {
    let AccountPage { name, given, done, problem } = page;
    let given = (given && !done).then(|| {
        view! { <p class="told"
        role="status">"Your password was set for you. Please choose your own."</p> }
    });
    view! {
        <main class="login">
            <form method="post" action="/account" class="card">
                <a href="/desk" class="brand"><img src="/icon.svg" alt="" width="40" height="40"/>
                    "Bellhop"</a>
                <h1>"Your password"</h1>
                <p class="quiet">{name}</p>
                {given}
                {done.then(|| view! { <p class="told"
                    role="status">"Password changed. You’ve been signed out on all other devices."</p> })}
                {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
                <label for="old">"Current password"</label>
                <input id="old" name="old" type="password" autocomplete="current-password" required=true/>
                <label for="new">"New password (8 characters or more)"</label>
                <input id="new" name="new" type="password" minlength="8" maxlength="256"
                    autocomplete="new-password" required=true/>
                <button class="button primary" type="submit">"Change"</button>
                <p><a href="/desk">"Back to the desk"</a></p>
            </form>
        </main>
    }
}
