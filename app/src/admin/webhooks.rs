//! A hotel's webhooks: where they go, what they are told, and what came of each delivery.

use super::{Bar, Place};
use domain::{Hotel, Staff, Topic, Topics};
use leptos::prelude::*;

#[derive(Clone, Debug)]
pub struct WebhookLine {
    pub id: String,
    pub url: String,
    pub topics: Topics,
    /// Since when it is on, off or without success.
    pub state: String,
    pub is_on: bool,
    pub fails: bool,
    /// What stands in its form, which was refused.
    pub is_refused: bool,
    pub typed: (String, Topics),
}

#[derive(Clone, Debug)]
pub struct DeliveryLine {
    pub number: i64,
    pub at: String,
    pub event: String,
    pub to: String,
    pub state: String,
    pub failed: bool,
    /// It can be sent again.
    pub ended: bool,
    pub answer: String,
}

#[derive(Clone, Debug)]
pub struct WebhooksPage {
    pub you: Staff,
    pub hotel: Hotel,
    pub webhooks: Vec<WebhookLine>,
    /// What was typed for a new one and refused.
    pub new: Option<(String, Topics)>,
    /// The secret of one that was made just now: shown this once.
    pub made: Option<String>,
    pub problem: Option<String>,
    /// Newest first.
    pub deliveries: Vec<DeliveryLine>,
    /// The last of them, if there are older ones.
    pub older: Option<i64>,
    /// These are older ones.
    pub is_older: bool,
}

#[component]
pub fn WebhookSettings(page: WebhooksPage) -> impl IntoView {
    let WebhooksPage { you, hotel, webhooks, new, made, problem, deliveries, older, is_older } = page;
    let hotel_page = format!("/admin/hotels/{}", hotel.slug);
    let base = format!("{hotel_page}/webhooks");
    let made = made.map(|secret| {
        view! {
            <section class="made" role="status">
                <h2>"The webhook’s secret"</h2>
                <p>"Your system uses it to check that a call really comes from Bellhop. Copy it now; you \
                    won’t be able to see it again."</p>
                <p><code class="secret">{secret}</code></p>
            </section>
        }
    });
    let none = webhooks.is_empty().then(|| view! { <p class="quiet">"No webhooks yet."</p> });
    let lines = {
        let base = base.clone();
        webhooks.into_iter().map(move |line| view! { <Line line=line base=base.clone()/> }).collect_view()
    };
    let opened = new.is_some();
    let (url, topics) = new.unwrap_or_default();
    let is_empty = deliveries.is_empty();
    let rows = {
        let hotel_page = hotel_page.clone();
        deliveries
            .into_iter()
            .map(move |line| view! { <Row line=line hotel_page=hotel_page.clone()/> })
            .collect_view()
    };
    let older = older.map(|before| {
        view! { <a class="button" rel="next" href=format!("{base}?before={before}")>"Older"</a> }
    });
    let newest = is_older.then(|| view! { <a class="button" href=base.clone()>"Newest"</a> });
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings webhooks" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=hotel_page class="back">{hotel.name.clone()}</a></p>
            <h1>"Webhooks"</h1>
            {made}
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <section class="card">
                <p>"Bellhop calls these addresses when something happens at the desk. Calls are signed, and \
                    retried for a day until your system accepts them."</p>
                {none}
                <ul class="key-list">{lines}</ul>
                <details class="new-key" open=opened>
                    <summary class="button">"Add a webhook"</summary>
                    <form method="post" action=base.clone()>
                        <Fields url=url topics=topics/>
                        <button class="button primary" type="submit">"Add the webhook"</button>
                    </form>
                </details>
            </section>
            <section class="card">
                <h2>"Deliveries"</h2>
                <p class="quiet">"Deliveries are listed here for seven days."</p>
                {is_empty.then(|| view! { <p class="nothing">"Nothing has been sent yet."</p> })}
                {(!is_empty).then(|| view! {
                    <div class="wide" tabindex="0" role="region" aria-label="Deliveries">
                        <table class="trail">
                            <thead><tr>
                                <th scope="col">"When"</th><th scope="col">"Event"</th>
                                <th scope="col">"To"</th>
                                <th scope="col">"State"</th><th scope="col">"Answer"</th>
                                <th scope="col"><span class="hidden">"Send again"</span></th>
                            </tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                })}
                <nav class="pages" aria-label="Pages">{newest}{older}</nav>
            </section>
        </main>
    }
}

/// Where it goes, and what it is told.
#[component]
fn Fields(url: String, topics: Topics) -> impl IntoView {
    let boxes = Topic::ALL
        .map(|topic| {
            view! {
                <label><input type="checkbox" name=topic.as_str() value="1" checked=topics.contains(topic)/>
                    {topic.in_words()}</label>
            }
        })
        .collect_view();
    view! {
        <label>"Address"<input name="url" type="url" maxlength="500" required=true autocomplete="off"
            placeholder="https://systems.hotel.example/bellhop" value=url/></label>
        <fieldset class="topics"><legend>"Events"</legend>{boxes}</fieldset>
    }
}

#[component]
fn Line(line: WebhookLine, base: String) -> impl IntoView {
    let WebhookLine { id, url, topics, state, is_on, fails, is_refused, typed } = line;
    let to = |what: &str| format!("{base}/{id}{what}");
    let told = topics.iter().map(Topic::in_words).collect::<Vec<_>>().join(" · ");
    let (switch, word) = if is_on { ("false", "Switch off") } else { ("true", "Switch on") };
    view! {
        <li class:ended=!is_on>
            <div>
                <strong class="address">{url.clone()}</strong>
                <span class=if fails { "problem" } else { "quiet" }>{state}</span>
                <span class="quiet">{told}</span>
            </div>
            {is_on.then(|| view! {
                <form method="post" action=to("/test")>
                    <button class="button" type="submit" aria-label=format!("Send a test to {url}")>
                        "Send a test"</button>
                </form>
            })}
            <details class="sure" open=is_refused>
                <summary class="button quiet" aria-label=format!("Change {url}")>"Change"</summary>
                <div class="menu">
                    <form method="post" action=to("")>
                        <Fields url=typed.0 topics=typed.1/>
                        <button class="button primary" type="submit">"Save"</button>
                    </form>
                    <form method="post" action=to("/switch")>
                        <input type="hidden" name="on" value=switch/>
                        <button class="button" type="submit">{word}</button>
                    </form>
                    <form method="post" action=to("/remove")>
                        <button class="button danger" type="submit">"Remove it and its deliveries"</button>
                    </form>
                </div>
            </details>
        </li>
    }
}

#[component]
fn Row(line: DeliveryLine, hotel_page: String) -> impl IntoView {
    let DeliveryLine { number, at, event, to, state, failed, ended, answer } = line;
    let again = ended.then(|| {
        view! {
            <form method="post" action=format!("{hotel_page}/deliveries/{number}/replay")>
                <button class="button quiet" type="submit"
                    aria-label=format!("Resend {event} from {at}")>"Send again"</button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">{at.clone()}</th>
            <td>{event.clone()}</td>
            <td class="detail">{to}</td>
            <td class:failed=failed>{state}</td>
            <td class="detail">{answer}</td>
            <td>{again}</td>
        </tr>
    }
}
