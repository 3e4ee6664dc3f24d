//! The front page of an installation: where to go.

use domain::Hotel;
use leptos::prelude::*;

#[component]
pub fn Home(hotels: Vec<Hotel>) -> impl IntoView {
    let empty = hotels.is_empty();
    view! {
        <main class="home">
            <img src="/icon.svg" alt="" width="72" height="72"/>
            <h1>"Bellhop"</h1>
            <p class="lead">"One inbox for every guest. One person replies. Nothing gets lost."</p>
            <nav class="doors" aria-label="Entrances">
                <a class="door primary" href="/login"><strong>"Staff"</strong><span>
                    "Sign in to the desk"</span></a>
                {(!empty).then(|| view! {
                    <a class="door" href="/demo"><strong>"The widget"</strong><span>
                        "See the chat on a hotel’s website"</span></a>
                })}
                <a class="door" href="/whisper"><strong>"Whisper"</strong><span>
                    "Open a room where messages fade away"</span></a>
            </nav>
            <section aria-labelledby="hotels">
                <h2 id="hotels">"Message a hotel"</h2>
                {empty.then(|| view! {
                    <p class="quiet">"No hotels yet. Add one with "<code>"bellhop hotel add"</code>
                        "."</p>
                })}
                <ul class="hotels">
                    {hotels.into_iter().map(|h| view! {
                        <li>
                            <a href=format!("/chat/{}", h.slug) style=format!("--hotel: {}", h.accent)>
                                <strong>{h.name}</strong><span>{h.place}</span>
                            </a>
                        </li>
                    }).collect_view()}
                </ul>
            </section>
        </main>
    }
}
