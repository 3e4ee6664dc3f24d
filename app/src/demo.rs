//! A hotel's own web site, as it might be, with the widget on it.

use domain::Hotel;
use leptos::prelude::*;

/// What a demo hotel says of itself. A hotel of one's own is shown with words that fit any.
struct Site {
    scene: &'static str,
    title: &'static str,
    line: &'static str,
    /// What they are called, what they are like, and what a night costs.
    rooms: [(&'static str, &'static str, &'static str); 3],
    table: &'static str,
}

const LAKE: Site = Site {
    scene: "water",
    title: "Wake up by the lake",
    line: "Forty rooms, one long breakfast, and a jetty of our own.",
    rooms: [
        ("Garden", "Quiet, ground floor, a door to the lawn", "from CHF 160"),
        ("Lake", "A balcony above the jetty", "from CHF 220"),
        ("Tower", "Two floors, windows on three sides", "from CHF 340"),
    ],
    table: "Dinner from 18:30 to 22:00. Perch from this morning, vegetables from the garden.",
};

const OCEAN: Site = Site {
    scene: "water",
    title: "Fall asleep to the Atlantic",
    line: "Twenty-two rooms on the cliff, and steps down to the sea.",
    rooms: [
        ("Patio", "Shade, lemon trees, breakfast outside", "from €95"),
        ("Ocean", "A terrace with nothing between you and Africa", "from €140"),
        ("Lighthouse", "Round, at the top, with a telescope", "from €210"),
    ],
    table: "Dinner from 19:00 to 23:00. What the boats bring, grilled over laurel.",
};

const MOUNTAIN: Site = Site {
    scene: "mountain",
    title: "First tracks, warm stove",
    line: "Eighteen rooms at 1,900 metres, and the lift at the door.",
    rooms: [
        ("Hut", "Pine, two bunks, and the best view", "from CHF 110"),
        ("South", "A balcony in the sun until five", "from CHF 190"),
        ("Chalet", "Four beds and a stove of your own", "from CHF 320"),
    ],
    table: "Dinner from 18:00 to 21:30. Capuns, barley soup, and one good cheese.",
};

const ANY: Site = Site {
    scene: "water",
    title: "Good to have you",
    line: "Rooms, a restaurant, and someone to answer your questions.",
    rooms: [
        ("Single", "Quiet, facing the courtyard", "on request"),
        ("Double", "Large windows and a desk", "on request"),
        ("Suite", "Two rooms and a bath", "on request"),
    ],
    table: "Breakfast, lunch and dinner. Book a table in the chat.",
};

fn site_of(hotel: &Hotel) -> Site {
    match hotel.slug.as_str() {
        "seehof" => LAKE,
        "casa-do-mar" => OCEAN,
        "berghaus" => MOUNTAIN,
        _ => ANY,
    }
}

#[component]
pub fn Demo(hotel: Hotel, hotels: Vec<Hotel>) -> impl IntoView {
    let Site { scene, title, line, rooms, table } = site_of(&hotel);
    let rooms = rooms.map(|(name, like, price)| {
        view! { <li><strong>{name}</strong><span>{like}</span><em>{price}</em></li> }
    });
    let others = hotels
        .into_iter()
        .filter(|h| h.id != hotel.id)
        .map(|h| {
            view! {
                <li><a href=format!("/demo?hotel={}", h.slug)>{h.name}</a></li>
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
            <section class="hero" data-scene=scene>
                <div>
                    <p class="where">{hotel.place.clone()}</p>
                    <h1>{title}</h1>
                    <p>{line}</p>
                    <a class="button" href="#rooms">"See the rooms"</a>
                </div>
            </section>
            <section class="rooms" id="rooms">
                <h2>"Rooms"</h2>
                <ul>
                    {rooms.into_iter().collect_view()}
                </ul>
            </section>
            <section class="strip" id="table">
                <h2>"Restaurant"</h2>
                <p>{table}</p>
            </section>
            <footer id="find">
                <p>"This is a demo page. On your website, Bellhop adds only the chat bubble in the \
                    corner."</p>
                <nav aria-label="Other hotels"><ul class="others">{others}</ul></nav>
            </footer>
            <script src="/widget.js" data-hotel=hotel.slug.clone() data-colour=hotel.accent
                r#async=true></script>
            <noscript><a class="button primary write" href=format!("/chat/{}", hotel.slug)>"Write to \
                us"</a></noscript>
        </div>
    }
}
