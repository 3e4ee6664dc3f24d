//! A hotel's own web site, as it might be, with the widget on it.

use domain::Hotel;
use leptos::prelude::*;

#[component]
pub fn Demo(hotel: Hotel, hotels: Vec<Hotel>) -> impl IntoView {
    let others = hotels
        .into_iter()
        .filter(|h| h.id != hotel.id)
        .map(|h| {
            view! {
                <a href=format!("/demo?hotel={}", h.slug)>{h.name}</a>
            }
        })
        .collect_view();
    view! {
        <div class="site">
            <header>
                <strong class="site-name">{hotel.name.clone()}</strong>
                <nav aria-label="Site">
                    <a href="#rooms">"Rooms"</a><a href="#table">"Restaurant"</a><a href="#find">"Find us"</a>
                </nav>
            </header>
            <section class="hero">
                <div>
                    <p class="where">{hotel.place.clone()}</p>
                    <h1>"Wake up by the water"</h1>
                    <p>"Forty rooms, one long breakfast and a jetty of our own."</p>
                    <a class="button" href="#rooms">"See the rooms"</a>
                </div>
            </section>
            <section class="rooms" id="rooms">
                <h2>"Rooms"</h2>
                <ul>
                    <li><strong>"Garden"</strong><span>"Quiet, ground floor, a door to the lawn"</span><em>
                        "from 160"</em></li>
                    <li><strong>"Water"</strong><span>"A balcony above the jetty"</span><em>
                        "from 220"</em></li>
                    <li><strong>"Tower"</strong><span>"Two floors, windows on three sides"</span><em>
                        "from 340"</em></li>
                </ul>
            </section>
            <section class="strip" id="table">
                <h2>"Restaurant"</h2>
                <p>"Dinner from 18:30 to 22:00. Fish from this morning, vegetables from the garden."</p>
            </section>
            <footer id="find">
                <p>"This is a demo page. On your website, Bellhop adds only the chat bubble in the \
                    corner."</p>
                <p>"Other hotels of the house: "{others}</p>
            </footer>
            <script src="/widget.js" data-hotel=hotel.slug data-colour=hotel.accent r#async=true></script>
        </div>
    }
}
