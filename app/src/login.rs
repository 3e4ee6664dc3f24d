//! The sign-in form. A plain post; works without scripts.

use leptos::prelude::*;

/// Who works in the demo, as what, and under which address.
const DEMO: [(&str, &str); 3] = [
    ("Maria, agent", "maria@bellhop.example"),
    ("Beat, manager", "beat@bellhop.example"),
    ("Helena, admin", "admin@bellhop.example"),
];

/// `wrong` is the reason the last attempt failed; `demo` the password of the demo's people, where the demo is
/// served.
#[component]
pub fn Login(email: String, wrong: Option<String>, demo: Option<&'static str>) -> impl IntoView {
    let failed = wrong.is_some();
    let first_try = email.is_empty();
    view! {
        <main class="login">
            <form method="post" action="/login" class="card">
                <a href="/" class="brand"><img src="/icon.svg" alt="" width="40" height="40"/>"Bellhop"</a>
                <h1>"Sign in to the desk"</h1>
                {wrong.map(|text| view! { <p class="problem" role="alert" id="wrong">{text}</p> })}
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" autocomplete="username" required=true
                    autofocus=first_try
                    value=email aria-describedby=failed.then_some("wrong")/>
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password"
                    required=true
                    autofocus=!first_try/>
                <button class="button primary" type="submit">"Sign in"</button>
            </form>
            {demo.map(|password| view! {
                <section class="demo-logins" aria-label="Demo">
                    <p>"This is the demo. Have a look around as"</p>
                    {DEMO.map(|(name, email)| view! {
                        <form method="post" action="/login">
                            <input type="hidden" name="email" value=email/>
                            <input type="hidden" name="password" value=password/>
                            <button class="button" type="submit">{name}</button>
                        </form>
                    }).into_iter().collect_view()}
                </section>
            })}
        </main>
    }
}
