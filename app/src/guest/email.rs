//! Going on with another device: an address, a code, and two devices are one guest. Plain forms; works
//! without scripts.

use leptos::{
    either::{Either, EitherOf4},
    prelude::*,
};

#[derive(Clone, Debug)]
pub enum Step {
    /// Asks for an address. `known` are those confirmed before.
    Address { typed: String, known: Vec<String> },
    /// Asks for the code that was sent there.
    Code { email: String },
    /// A link was opened: asks before anything happens, for whoever opens it joins this device to the
    /// address. On another device than the one it was asked for on, `email` is `None` and is to be typed.
    Link { email: Option<String>, link: String },
    /// The address is confirmed. `joined`: this device and another are one guest from here on.
    Confirmed { joined: bool },
}

/// `back` is the chat the guest came from, if they came from one; `hotel` its slug.
#[component]
pub fn Email(step: Step, problem: Option<String>, hotel: Option<String>) -> impl IntoView {
    let back = hotel.as_ref().map_or_else(|| "/stays".to_owned(), |slug| format!("/chat/{slug}"));
    let from = hotel.map(|slug| view! { <input type="hidden" name="hotel" value=slug/> });
    let problem = problem.map(|text| view! { <p class="problem" role="alert" id="wrong">{text}</p> });
    let form = match step {
        Step::Address { typed, known } => {
            let known = (!known.is_empty())
                .then(|| view! { <p class="quiet">{format!("Signed in as {}.", known.join(", "))}</p> });
            EitherOf4::A(view! {
                <form method="post" action="/stays/email" class="card">
                    <h1>"Continue on another device"</h1>
                    <p>"Enter the same e-mail on both devices and confirm it with the code we send. You’ll \
                        see your conversations on both."</p>
                    {known}
                    {problem}
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" type="email" autocomplete="email" required=true
                        autofocus=true value=typed maxlength="254"/>
                    {from}
                    <button class="button primary" type="submit">"Send the code"</button>
                    <p><a href=back>"Back"</a></p>
                </form>
            })
        }
        Step::Code { email } => EitherOf4::B(view! {
            <form method="post" action="/stays/code" class="card">
                <h1>"Enter your code"</h1>
                <p>"We sent a 6-digit code to "<strong>{email}</strong>". It expires in 10 minutes."</p>
                {problem}
                <label for="code">"Code"</label>
                <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code"
                    pattern="[0-9 ]*" maxlength="12" required=true
                    autofocus=true class="one-time"/>
                {from}
                <button class="button primary" type="submit">"Continue"</button>
                <p><a href="/stays/email">"Send another code"</a></p>
            </form>
        }),
        Step::Link { email, link } => EitherOf4::C(view! {
            <form method="post" action=format!("/stays/link/{link}") class="card">
                <h1>"Continue on this device?"</h1>
                <p>"Messages from this device and from "
                    {match &email { Some(email) => Either::Left(view! { <strong>{email.clone()}</strong> }),
                        None => Either::Right("your address") }}
                    " will appear together on both."</p>
                {problem}
                {email.is_none().then(|| view! {
                    <label for="email">"The e-mail address we wrote to"</label>
                    <input id="email" name="email" type="email" autocomplete="email" required=true
                        autofocus=true maxlength="254"/>
                })}
                <button class="button primary" type="submit">"Yes, it’s me"</button>
                <p><a href=back>"Cancel"</a></p>
            </form>
        }),
        Step::Confirmed { joined } => EitherOf4::D(view! {
            <section class="card" role="status">
                <h1>{if joined { "You’re all set" } else { "E-mail confirmed" }}</h1>
                <p>{if joined {
                    "Both devices now show the same conversations."
                } else {
                    "Enter the same e-mail on your other device, and both will show the same conversations."
                }}</p>
                <a class="button primary" href=back>"Continue"</a>
            </section>
        }),
    };
    view! { <main class="login">{form}</main> }
}
