//! The live board of a hotel: who is there, who waits, how today goes. For a manager's screen, or a wall.
//!
//! In: what the page was rendered with, then rows and colleagues from the socket. Out: numbers large enough
//! to be read from across a room. Never: a guest's words; a wall is read by whoever passes.

use super::reports::took;
use crate::{
    js,
    live::{self, Fault, Link, Live, News},
};
use domain::wire::staff::{Command, Event, Today, Watched};
use domain::{Colleague, Conversation, Hotel, HotelId, Millis, Staff, Status, Targets};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Figures are asked for again this long after something has changed, in milliseconds, until it is counted;
/// and every minute.
const SOON: u64 = 1_000;

/// What the page starts from, on the server and in the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BoardPage {
    pub you: Staff,
    pub watched: Watched,
    pub today: Today,
    /// The server's clock when it rendered the page.
    pub now: Millis,
    pub build: String,
}

#[derive(Clone, Copy)]
struct State {
    hotel: HotelId,
    rows: RwSignal<Vec<Conversation>>,
    /// How many more wait than are in it.
    more: RwSignal<usize>,
    colleagues: RwSignal<Vec<Colleague>>,
    today: RwSignal<Today>,
    now: RwSignal<Millis>,
    link: RwSignal<Link>,
    live: StoredValue<Option<Live>>,
    /// Figures are about to be asked for.
    asking: StoredValue<bool>,
}

impl State {
    fn hear(self, news: News<'_>, build: &str) {
        match news {
            News::Up => leptos::task::spawn_local(self.catch_up()),
            News::Event(event) => match js::read(event.clone()) {
                Some(Event::Hello { build: newer, .. }) if newer != build => {
                    drop(window().location().reload())
                }
                Some(Event::Closing { reason }) if reason == "changed" => drop(window().location().reload()),
                // More wait than are in the rows: all of it is asked for again, in a moment.
                Some(Event::Row { row, .. }) if row.hotel == self.hotel && self.more.get_untracked() > 0 => {
                    self.ask_soon()
                }
                Some(Event::Row { row, .. }) if row.hotel == self.hotel => {
                    self.rows.update(|rows| {
                        match rows.iter_mut().find(|r| r.id == row.id) {
                            Some(old) if old.rev <= row.rev => *old = *row,
                            Some(_) => {}
                            None => rows.push(*row),
                        }
                        rows.retain(|r| r.joined_to.is_none() && r.status != Status::Resolved);
                    });
                    self.ask_soon();
                }
                Some(Event::Colleagues { hotel, colleagues }) if hotel == self.hotel => {
                    self.colleagues.set(colleagues)
                }
                _ => {}
            },
        }
    }

    async fn catch_up(self) {
        let Some(live) = self.live.try_get_value().flatten() else { return };
        match live.call::<_, Watched>(Command::Watch { hotel: self.hotel }).await {
            Ok(watched) => {
                self.rows.set(open(watched.conversations));
                self.more.set(self.unshown(watched.waiting));
                self.colleagues.set(watched.colleagues);
                self.ask().await;
            }
            Err(Fault::Lost) => {}
            Err(Fault::Refused(_)) => {
                set_timeout(move || leptos::task::spawn_local(self.catch_up()), Duration::from_secs(5))
            }
        }
    }

    /// Of so many who wait, those who are not in the rows.
    fn unshown(self, waiting: i64) -> usize {
        let shown =
            self.rows.with_untracked(|rows| rows.iter().filter(|r| r.status == Status::Waiting).count());
        (waiting as usize).saturating_sub(shown)
    }

    /// Asks for the figures in a moment, once, however much happens until then.
    fn ask_soon(self) {
        if self.asking.try_update_value(|asking| std::mem::replace(asking, true)) == Some(false) {
            let ask = move || match self.more.try_get_untracked() {
                Some(0) | None => leptos::task::spawn_local(self.ask()),
                Some(_) => leptos::task::spawn_local(self.catch_up()),
            };
            set_timeout(ask, Duration::from_millis(SOON));
        }
    }

    async fn ask(self) {
        // What changes from here on may not be in the answer: it is asked for again.
        self.asking.try_set_value(false);
        let today = match self.live.try_get_value().flatten() {
            Some(live) => live.call::<_, Today>(Command::Today { hotel: self.hotel }).await.ok(),
            None => None,
        };
        if let Some(today) = today {
            if today.behind {
                self.ask_soon();
            }
            self.today.try_set(today);
        }
    }
}

fn open(rows: Vec<Conversation>) -> Vec<Conversation> {
    rows.into_iter().filter(|r| r.status != Status::Resolved).collect()
}

#[component]
pub fn LiveBoard(page: BoardPage) -> impl IntoView {
    let BoardPage { you: _, watched, today, now, build } = page;
    let (hotel, targets): (Hotel, Targets) = (watched.hotel, watched.targets);
    let state = State {
        hotel: hotel.id,
        more: RwSignal::new(0),
        rows: RwSignal::new(open(watched.conversations)),
        colleagues: RwSignal::new(watched.colleagues),
        today: RwSignal::new(today),
        now: RwSignal::new(now),
        link: RwSignal::new(Link::Connecting),
        live: StoredValue::new(None),
        asking: StoredValue::new(false),
    };
    state.more.set(state.unshown(watched.waiting));
    Effect::new(move |_| {
        let skew = now.0 - live::now();
        let build = build.clone();
        state.live.set_value(Some(Live::connect("board", Box::new(|| None), state.link, move |news| {
            state.hear(news, &build)
        })));
        let tick = set_interval_with_handle(
            move || {
                let moment = Millis(live::now() + skew);
                let minute = |at: Millis| at.0 / Millis::MINUTE;
                if state.now.try_get_untracked().is_some_and(|before| minute(before) != minute(moment)) {
                    state.ask_soon();
                }
                state.now.try_set(moment);
            },
            Duration::from_secs(1),
        );
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    let waiting = move || {
        state.more.get() + state.rows.with(|rows| rows.iter().filter(|r| r.status == Status::Waiting).count())
    };
    let held = move || state.rows.with(|rows| rows.iter().filter(|r| r.status == Status::Held).count());
    let longest = move || {
        state.rows.with(|rows| rows.iter().filter(|r| r.wants_claim()).filter_map(|r| r.waits_since()).min())
    };
    let wait = move || longest().map(|since| state.now.get().seconds_since(since));
    let pressing = move || wait().map(|seconds| targets.judge(seconds).as_str());
    let people = move || {
        let mut people: Vec<(Colleague, usize)> = state.colleagues.with(|all| {
            all.iter()
                .filter(|c| c.present || state.rows.with(|rows| rows.iter().any(|r| r.is_held_by(c.id))))
                .map(|c| {
                    (c.clone(), state.rows.with(|rows| rows.iter().filter(|r| r.is_held_by(c.id)).count()))
                })
                .collect()
        });
        people.sort_by(|a, b| {
            (!a.0.present, !a.0.available, &a.0.name).cmp(&(!b.0.present, !b.0.available, &b.0.name))
        });
        people
    };
    let person = |(c, holds): (Colleague, usize)| {
        let state = match (c.present, c.available) {
            (true, true) => "Available",
            (true, false) => "Not available",
            (false, _) => "Away",
        };
        view! {
            <li class:away=!c.present>
                <span class="presence" class:here=c.present && c.available></span>
                <strong>{c.name}</strong><span class="quiet">{state}</span>
                <span class="holds" aria-label=format!("holds {holds}")>{holds}</span>
            </li>
        }
    };
    let nobody = move || people().is_empty().then(|| view! { <p class="nothing">"No one is signed in."</p> });
    let figure = move |name: &'static str, value: Box<dyn Fn(&Today) -> String + Send + Sync>| {
        view! { <div><dt>{name}</dt><dd>{move || state.today.with(|today| value(today))}</dd></div> }
    };
    let rated = |t: &Today| match t.rated {
        0 => "–".to_owned(),
        n => format!("{:.1} ★ ({n})", t.stars as f64 / n as f64),
    };
    let full = move |_| {
        if let Some(all) = document().document_element() {
            let _ = if document().fullscreen_element().is_some() {
                document().exit_fullscreen();
                Ok(())
            } else {
                all.request_fullscreen()
            };
        }
    };
    view! {
        <main class="board" style=format!("--hotel: {}", hotel.accent)
            data-link=move || state.link.get().as_str()>
            <header>
                <h1 class="hotel">{hotel.name.clone()}</h1>
                <p class="closed" hidden=move || state.today.with(|t| t.closed.is_empty())>
                    {move || state.today.with(|t| t.closed.clone())}</p>
                <p class="connection lost" role="status" hidden=move || state.link.get() != Link::Lost>
                    "Offline: these figures are out of date."</p>
                <p class="connection lost" role="status" hidden=move || state.link.get() != Link::Ended>
                    "Signed out. Sign in again."</p>
                <nav aria-label="Board">
                    <button class="button quiet" on:click=full>"Full screen"</button>
                    <a class="button quiet" href=format!("/admin/reports?hotel={}", hotel.slug)>"Reports"</a>
                </nav>
            </header>
            <section class="now" aria-label="Now">
                <div data-wait=pressing><strong>{waiting}</strong><span>
                    "waiting"</span></div>
                <div data-wait=pressing>
                    <strong class="clock">{move || wait().map_or("–".to_owned(), took_clock)}</strong><span>
                        "longest wait"</span>
                </div>
                <div><strong>{held}</strong><span>"held"</span></div>
            </section>
            <section class="there" aria-label="Who’s online">
                <h2>"People"</h2>
                <ul>{move || people().into_iter().map(person).collect_view()}</ul>
                {nobody}
            </section>
            <section class="today" aria-label="Today">
                <h2>"Today"</h2>
                <dl aria-busy=move || state.today.with(|t| t.behind.to_string())>
                    {figure("Conversations", Box::new(|t| t.opened.to_string()))}
                    {figure("Answers", Box::new(|t| t.answers.to_string()))}
                    {figure("Resolved", Box::new(|t| t.resolved.to_string()))}
                    {figure("First response", Box::new(|t| took(t.first_response)))}
                    {figure("Response", Box::new(|t| took(t.response)))}
                    {figure("Ratings", Box::new(rated))}
                    {figure("Taken over", Box::new(|t| t.taken_over.to_string()))}
                    {figure("Refused", Box::new(|t| t.refused.to_string()))}
                </dl>
                <p class="quiet">"Median times, during opening hours only."</p>
            </section>
            <noscript><p class="connection lost">
                "Turn on JavaScript to see live figures. These are from when the page loaded."</p></noscript>
        </main>
    }
}

/// `4:09`, or `1 h 05` from an hour on.
fn took_clock(seconds: i64) -> String {
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{} h {:02}", seconds / 3_600, seconds / 60 % 60),
    }
}

/// Brings the board to life. In a WASM file of its own.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(live_board, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn mount_board() -> Result<(), leptos::wasm_split::SplitLoaderError> {
    if let Some(page) = crate::ui::page_data::<BoardPage>() {
        crate::ui::take_the_place(move || view! { <LiveBoard page=page/> });
    }
    Ok(())
}
