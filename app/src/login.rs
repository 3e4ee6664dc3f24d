//! The sign-in form. A plain post; works without scripts.

use leptos::prelude::*;

/// `wrong` is the reason the last attempt failed.
#[component]
pub fn Login(email: String, wrong: Option<String>) -> impl IntoView {
    let failed = wrong.is_some();
    let first_try = email.is_empty();
    view! {
        <main class="login">
            <form method="post" action="/login" class="card">
                <a href="/" class="brand"><img src="/icon.svg" alt="" width="40" height="40"/>"Bellhop"</a>
                <h1>"Sign in to the desk"</h1>
                {wrong.map(|text| view! { <p class="problem" role="alert" id="wrong">{text}</p> })}
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" autocomplete="username" required=true autofocus=first_try
                    value=email aria-describedby=failed.then_some("wrong")/>
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required=true
                    autofocus=!first_try/>
                <button class="button primary" type="submit">"Sign in"</button>
            </form>
        </main>
    }
}
