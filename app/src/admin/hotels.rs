//! The hotels somebody leads, and the settings of one: sites, keys.

use super::{Bar, Place, sure::Sure};
use domain::{FileLimits, Hotel, Staff};
use leptos::{either::Either, prelude::*};

#[component]
pub fn Hotels(you: Staff, hotels: Vec<Hotel>) -> impl IntoView {
    let hotels = hotels
        .into_iter()
        .map(|h| {
            view! {
                <li style=format!("--hotel: {}", h.accent)>
                    <a href=format!("/admin/hotels/{}", h.slug)><strong class="hotel">{h.name}</strong>
                        <span class="quiet">{h.place}</span></a>
                    <a class="button" href=format!("/admin/hotels/{}/rooms", h.slug)>"Rooms"</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings">
            <h1>"Hotels"</h1>
            <ul class="hotel-list">{hotels}</ul>
        </main>
    }
}

/// A key of a hotel's own system, as the page shows it.
#[derive(Clone, Debug)]
pub struct KeyLine {
    pub id: String,
    pub name: String,
    pub scopes: String,
    /// Days and times in the hotel's zone; `None` if it was never used.
    pub made: String,
    pub used: Option<String>,
    pub revoked: Option<String>,
}

#[derive(Clone, Debug)]
pub struct HotelPage {
    pub you: Staff,
    pub hotel: Hotel,
    pub sites: Vec<String>,
    /// When the key for guest tokens was made.
    pub vouch_key: Option<String>,
    pub keys: Vec<KeyLine>,
    /// A key that was made just now, and what it is for: shown this once.
    pub made: Option<(String, String)>,
    pub problem: Option<String>,
    /// What was typed and refused.
    pub typed: Option<String>,
    /// Files in a message and megabytes of each, as typed and refused.
    pub files: Option<(String, String)>,
    /// The name of a key that was refused.
    pub name: String,
    pub public_url: String,
}

#[component]
pub fn HotelSettings(page: HotelPage) -> impl IntoView {
    let HotelPage { you, hotel, sites, vouch_key, keys, made, problem, typed, files, name, public_url } =
        page;
    let base = format!("/admin/hotels/{}", hotel.slug);
    let embed = format!(
        "<script src=\"{public_url}/widget.js\" data-hotel=\"{slug}\" async></script>\n\
         <noscript><a href=\"{public_url}/chat/{slug}\">Write to us</a></noscript>",
        slug = hotel.slug
    );
    let curl = format!(
        "curl {public_url}/api/v1/hotels/{}/stays \\\n  -H 'Authorization: Bearer bellhop_…' -H \
         'Idempotency-Key: 1' \\\n  --json '{{\"event\":\"reserved\",\"reference\":\"R-1\",\"version\":1}}'",
        hotel.slug
    );
    let made = made.map(|(what, key)| {
        view! {
            <section class="made" role="status">
                <h2>{what}</h2>
                <p>"Copy it now. You won’t be able to see it again."</p>
                <p><code class="secret">{key}</code></p>
            </section>
        }
    });
    let lines = keys
        .into_iter()
        .map(|key| {
            let revoke = key.revoked.is_none().then(|| {
                view! {
                    <Sure word="Revoke" label=format!("Revoke {}", key.name)
                        says=format!("Systems using {} will be refused from now on. A revoked key can’t \
                            be restored.", key.name)
                        action=format!("{base}/keys/{}/revoke", key.id) does=format!("Revoke {}", key.name)/>
                }
            });
            let state = match (&key.revoked, &key.used) {
                (Some(at), _) => format!("Revoked {at}"),
                (None, Some(at)) => format!("Last used {at}"),
                (None, None) => "Never used".to_owned(),
            };
            view! {
                <li class:ended=key.revoked.is_some()>
                    <div><strong>{key.name}</strong><span class="quiet">
                        {format!("{} · made {} · {state}", key.scopes, key.made)}</span></div>
                    {revoke}
                </li>
            }
        })
        .collect::<Vec<_>>();
    let no_keys = lines.is_empty().then(|| view! { <p class="quiet">"No keys yet."</p> });
    let vouch_state = match &vouch_key {
        Some(at) => format!("Key created {at}."),
        None => "No keys yet.".to_owned(),
    };
    let vouch_button = match vouch_key {
        Some(_) => Either::Left(view! {
            <Sure word="Replace key" label="Replace key for signed-in guests"
                says="Tokens from your site will stop working until it signs with the new key."
                action=format!("{base}/vouch") does="Replace key"/>
        }),
        None => Either::Right(view! {
            <form method="post" action=format!("{base}/vouch")>
                <button class="button" type="submit">"Create key"</button></form>
        }),
    };
    let problem = problem.map(|text| view! { <p class="problem" role="alert">{text}</p> });
    // Beside what it is about.
    let (wrong_sites, wrong_files) = (typed.is_some(), files.is_some());
    let (at_sites, at_files, above) = match (wrong_sites, wrong_files) {
        (true, _) => (problem, None, None),
        (_, true) => (None, problem, None),
        _ => (None, None, problem),
    };
    let (count, megabytes) =
        files.unwrap_or_else(|| (hotel.files.count.to_string(), hotel.files.megabytes.to_string()));
    let most = FileLimits::MOST;
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href="/admin/hotels" class="back">"All hotels"</a></p>
            <h1 class="hotel">{hotel.name.clone()}</h1>
            {made}
            {above}
            <section class="card">
                <h2>"Rooms"</h2>
                <p>"One QR code per room. Messages from guests who scan it show the room."</p>
                <p><a class="button" href=format!("{base}/rooms")>"Rooms and their codes"</a></p>
            </section>
            <section class="card">
                <h2>"The desk"</h2>
                <p class="ways">
                    <a class="button" href=format!("{base}/hours")>"Opening hours"</a>
                    <a class="button" href=format!("{base}/tags")>"Tags"</a>
                    <a class="button" href=format!("{base}/retention")>"Data retention"</a>
                </p>
            </section>
            <section class="card">
                <h2>"Photos and files"</h2>
                <p>"Applies to guests and staff. Set 0 to turn files off. Videos can be twice this size, \
                    up to "{most.megabytes}" MB."</p>
                <form method="post" action=format!("{base}/files")>
                    {at_files}
                    <div class="fields">
                        <label>"Files per message"
                            <input name="count" type="number" inputmode="numeric" min="0" max=most.count
                                required=true autofocus=wrong_files value=count/></label>
                        <label>"Maximum file size (MB)"
                            <input name="megabytes" type="number" inputmode="numeric" min="1"
                                max=most.megabytes required=true value=megabytes/></label>
                    </div>
                    <button class="button primary" type="submit">"Save"</button>
                </form>
            </section>
            <section class="card">
                <h2>"Allowed websites"</h2>
                <p>"The chat appears only on these. One per line, such as https://www.hotel.example."</p>
                <form method="post" action=format!("{base}/sites")>
                    <label for="sites" class="hidden">"Allowed websites"</label>
                    {at_sites}
                    <textarea id="sites" name="sites" rows="4" spellcheck="false" autofocus=wrong_sites>
                        {typed.unwrap_or_else(|| sites.join("\n"))}</textarea>
                    <button class="button primary" type="submit">"Save"</button>
                </form>
                <p class="quiet">"Paste this code into their pages:"</p>
                <pre tabindex="0"><code>{embed}</code></pre>
            </section>
            <section class="card">
                <h2>"Signed-in guests"</h2>
                <p>"Your site can tell Bellhop who is writing. Sign a token (JWT, HS256) with this key \
                    and add it to the script as "
                    <code>"data-guest-token"</code>". Claims: "<code>"name"</code>", "<code>"email"</code>
                    ", "<code>"reservation"</code>", "
                    <code>"language"</code>", and "<code>"exp"</code>", which is required."</p>
                <p class="quiet">{vouch_state}</p>
                {vouch_button}
            </section>
            <section class="card">
                <h2>"API keys"</h2>
                <p>"With a key, your own systems send reservations and push messages through "
                    <a href="/api/openapi.json">"the API"</a>
                    ". Webhooks tell them what happens at the desk."</p>
                <p><a class="button" href=format!("{base}/webhooks")>"Webhooks"</a></p>
                {no_keys}
                <ul class="key-list">{lines}</ul>
                <form method="post" action=format!("{base}/keys") class="new-key">
                    <label>"Name"<input name="name" maxlength="80" required=true placeholder="e.g. Mews"
                        autocomplete="off" value=name/></label>
                    <fieldset>
                        <legend>"Allowed"</legend>
                        <label><input type="checkbox" name="write" value="1" checked=true/>
                            "Write reservations"</label>
                        <label><input type="checkbox" name="read" value="1"/>"Read reservations"</label>
                        <label><input type="checkbox" name="push" value="1"/>"Send pushes"</label>
                    </fieldset>
                    <button class="button primary" type="submit">"Create key"</button>
                </form>
                <pre tabindex="0"><code>{curl}</code></pre>
            </section>
        </main>
    }
}
