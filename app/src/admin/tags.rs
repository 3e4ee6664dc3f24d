//! The words a hotel sorts its conversations by.

use super::{Bar, Place};
use domain::percent;
use domain::{Hotel, Staff};
use leptos::prelude::*;

#[derive(Clone, Debug)]
pub struct TagsPage {
    pub you: Staff,
    pub hotel: Hotel,
    /// Names, and how many conversations have each.
    pub tags: Vec<(String, i64)>,
    pub problem: Option<String>,
    pub typed: String,
}

#[component]
pub fn TagSettings(page: TagsPage) -> impl IntoView {
    let TagsPage { you, hotel, tags, problem, typed } = page;
    let base = format!("/admin/hotels/{}", hotel.slug);
    let none = tags.is_empty().then(|| view! { <p class="quiet">"No tags yet."</p> });
    let lines = tags
        .into_iter()
        .map(|(name, used)| {
            let found = format!("/admin/logs?hotel={}&tag={}", hotel.slug, percent(&name));
            let count = match used {
                1 => "1 conversation".to_owned(),
                n => format!("{n} conversations"),
            };
            let removes = match used {
                0 => "Remove".to_owned(),
                _ => format!("Remove from {count}"),
            };
            view! {
                <li>
                    <span><span class="tag">{name.clone()}</span></span>
                    <a class="quiet" href=found>{count}</a>
                    <details class="sure">
                        <summary class="button quiet" aria-label=format!("Change {name}")>"Change"</summary>
                        <div class="menu">
                            <form method="post" action=format!("{base}/tags/rename")>
                                <input type="hidden" name="name" value=name.clone()/>
                                <input name="new" value=name.clone() maxlength="40" required=true
                                    aria-label=format!("New name for {name}")/>
                                <button class="button" type="submit">"Rename"</button>
                            </form>
                            <form method="post" action=format!("{base}/tags/remove")>
                                <input type="hidden" name="name" value=name.clone()/>
                                <button class="button danger" type="submit">{removes}</button>
                            </form>
                        </div>
                    </details>
                </li>
            }
        })
        .collect_view();
    view! {
        <Bar you=you here=Place::Hotels/>
        <main class="settings" style=format!("--hotel: {}", hotel.accent)>
            <p><a href=base.clone() class="back">{hotel.name.clone()}</a></p>
            <h1>"Tags"</h1>
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <section class="card">
                <p>"Agents use tags to sort conversations. Searches and reports can be filtered by tag."</p>
                {none}
                <ul class="room-list">{lines}</ul>
                <form method="post" action=format!("{base}/tags") class="inline">
                    <label for="name" class="hidden">"A new tag"</label>
                    <input id="name" name="name" maxlength="40" required=true autocomplete="off"
                        placeholder="Housekeeping" value=typed/>
                    <button class="button primary" type="submit">"Add"</button>
                </form>
            </section>
        </main>
    }
}
