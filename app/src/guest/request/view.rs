//! The page of one request, alive.

use super::{Refused, Request, RequestPage, card::Card};
use crate::{
    js,
    live::{self, Fault, Link, Live, News},
    ui::{Until, provide_local_time},
};
use domain::wire::{
    TYPING_EXPIRES, Typing,
    guest::Command,
    request::{Offered, RequestEvent},
};
use domain::{ClientId, ConversationId, LegState, Millis, RequestState};
use leptos::{either::EitherOf5, prelude::*};
use std::time::Duration;

/// The page's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk {
    pub request: RwSignal<Request>,
    pub now: RwSignal<Millis>,
    /// Who types where, and until when by this browser's clock.
    pub typing: RwSignal<Vec<(ConversationId, String, i64)>>,
    link: RwSignal<Link>,
    /// Server clock minus this browser's, in milliseconds.
    skew: StoredValue<i64>,
    build: StoredValue<String>,
}

impl Desk {
    fn start(self, now: Millis) {
        self.skew.set_value(now.0 - live::now());
        let socket = StoredValue::<Option<Live>>::new(None);
        let live = Live::connect("guest", Box::new(|| None), self.link, move |news| match news {
            News::Up => {
                if let Some(live) = socket.try_get_value().flatten() {
                    leptos::task::spawn_local(self.read(live));
                }
            }
            News::Event(event) => {
                if let Some(RequestEvent { request, on }) = js::read(event.clone())
                    && on == "request"
                {
                    self.take_in(request);
                } else if let Some(hello) = js::read::<Hello>(event.clone()) {
                    self.has_met(&hello.build);
                } else if let Some(typing) = js::read::<Typing>(event.clone()) {
                    self.take_in_typing(typing);
                }
            }
        });
        socket.set_value(Some(live));
    }

    /// How it stands, and news of it from now on.
    async fn read(self, live: Live) {
        let request = self.request.with_untracked(|request| request.id);
        match live.call::<_, Request>(Command::Request { request }).await {
            Ok(request) => self.take_in(request),
            Err(Fault::Lost) => {}
            // Another guest uses this browser now, or it was erased.
            Err(Fault::Refused(_)) => drop(window().location().reload()),
        }
    }

    /// A browser of another build begins anew, unless something is being written.
    fn has_met(self, build: &str) {
        let writing = document().query_selector("details.counter[open]").is_ok_and(|open| open.is_some());
        if self.build.try_with_value(|own| own != build) == Some(true) && !writing {
            let _ = window().location().reload();
        }
    }

    fn take_in(self, request: Request) {
        if self.request.try_with_untracked(|known| known.id == request.id).unwrap_or(false) {
            self.request.set(request);
        }
    }

    fn take_in_typing(self, typing: Typing) {
        if typing.by.is_guest() {
            return;
        }
        let until = live::now() + TYPING_EXPIRES + 500;
        self.typing.update(|all| {
            all.retain(|(id, ..)| *id != typing.conversation);
            if typing.active {
                all.push((typing.conversation, typing.by.name, until));
            }
        });
    }

    fn tick(self) {
        let now = live::now();
        self.now.try_set(Millis(now + self.skew.try_get_value().unwrap_or(0)));
        if self.typing.try_with_untracked(|all| all.iter().any(|(.., until)| *until <= now)) == Some(true) {
            self.typing.update(|all| all.retain(|(.., until)| *until > now));
        }
    }
}

/// The first event of a socket, as far as it matters here.
#[derive(serde::Deserialize)]
struct Hello {
    build: String,
}

#[component]
pub fn RequestView(page: RequestPage) -> impl IntoView {
    let local = provide_local_time();
    let RequestPage { request, refused, now, build, .. } = page;
    let desk = Desk {
        request: RwSignal::new(request),
        now: RwSignal::new(now),
        typing: RwSignal::default(),
        link: RwSignal::new(Link::Connecting),
        skew: StoredValue::new(0),
        build: StoredValue::new(build),
    };
    Effect::new(move |_| {
        local.0.set(true);
        desk.start(now);
        let tick = set_interval_with_handle(move || desk.tick(), Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    let id = desk.request.with_untracked(|request| request.id);
    let what = move || desk.request.with(|request| request.wanted.in_short());
    let words = move || desk.request.with(|request| request.wanted.words.clone());
    let rules = move || desk.request.with(rules);
    let open = move || desk.request.with(|request| request.state == RequestState::Open);
    let over = move || desk.request.with(|request| request.state.is_over());
    let hotels: Vec<Offered> = desk.request.with_untracked(|request| request.hotels.clone());
    let failed = refused.as_ref().is_some_and(|refused| refused.hotel.is_none());
    let (to_all, to_one) = match refused {
        Some(refused) if refused.hotel.is_none() => (Some(refused), None),
        refused => (None, refused),
    };
    let cards = hotels
        .into_iter()
        .map(|offered| {
            let refused = to_one.clone().filter(|r| r.hotel.as_deref() == Some(offered.hotel.slug.as_str()));
            view! { <Card desk=desk hotel=offered.hotel refused=refused/> }
        })
        .collect_view();
    view! {
        <div class="request" data-link=move || desk.link.get().as_str()
            data-state=move || desk.request.with(|request| request.state.as_str())>
            <header class="request-head">
                <a class="back" href="/requests">"Your requests"</a>
                <h1>{what}</h1>
                <p class="words" dir="auto" hidden=move || words().is_empty()>{words}</p>
                <p class="quiet">{rules}</p>
                <noscript><p class="quiet">"Reload the page for news."</p></noscript>
            </header>
            <Banner desk=desk/>
            <details class="counter all" hidden=move || !open() open=failed>
                <summary class="button">"Negotiate with all"</summary>
                <Counter desk=desk hotel=None refused=to_all/>
            </details>
            <ul class="cards">{cards}</ul>
            <footer class="request-foot" hidden=over>
                <a class="button" href=format!("/requests/{id}/change") hidden=move || !open()>
                    "Change the request"</a>
                <details>
                    <summary class="button">"Withdraw the request"</summary>
                    <form method="post" action=format!("/requests/{id}/withdraw")>
                        <p>"All hotels are told that you want no bid any more."</p>
                        <button class="button danger" type="submit">"Withdraw it"</button>
                    </form>
                </details>
            </footer>
        </div>
    }
}

/// What the hotels were told of how to bid.
fn rules(request: &Request) -> String {
    let wanted = &request.wanted;
    let budget = wanted.budget.map(|budget| format!("Up to {budget}. ")).unwrap_or_default();
    let others = if wanted.other_currencies { ", other currencies welcome" } else { "" };
    let seen = match wanted.open {
        true => "Hotels see the best amount so far, and not whose it is.",
        false => "No hotel sees another’s bid.",
    };
    format!("{budget}Bids in {}{others}. {seen}", wanted.currency.code())
}

/// How it stands, in one sentence, and what to do next.
#[component]
fn Banner(desk: Desk) -> impl IntoView {
    let hotel = |request: &Request, state: LegState| {
        request.hotels.iter().find(|offered| offered.state == state).cloned()
    };
    let banner = move || {
        let request = desk.request.get();
        let until = request.answer_by;
        match request.state {
            RequestState::Open => {
                let bids = request.hotels.iter().filter(|o| o.current(request.version).is_some()).count();
                let hotels = request.hotels.len();
                let told = match (bids, hotels) {
                    (0, 1) => {
                        "One hotel was asked. You need not stay here: the bid waits for you.".to_owned()
                    }
                    (0, n) => format!("{n} hotels were asked. You need not stay here: bids wait for you."),
                    (1, _) => "One bid so far. Accept it, negotiate, or wait for more.".to_owned(),
                    (n, _) => format!("{n} bids so far. Accept one, negotiate, or wait for more."),
                };
                let lapsed = hotel(&request, LegState::Lapsed).map(|offered| {
                    format!(
                        "{} did not confirm in time. You are free to accept any bid. ",
                        offered.hotel.name
                    )
                });
                EitherOf5::A(view! {
                    <p class="banner open" role="status">{lapsed}{told}" Hotels can answer until "
                        <Until at=until now=desk.now/>"."</p>
                })
            }
            RequestState::Accepted => {
                let offered = hotel(&request, LegState::Accepted);
                let name = offered.as_ref().map(|o| o.hotel.name.clone()).unwrap_or_default();
                let by = offered.and_then(|o| o.confirm_by).unwrap_or(until);
                EitherOf5::B(view! {
                    <p class="banner waits" role="status"><strong>{name}</strong>" has until "
                        <Until at=by now=desk.now/>" to confirm. If it does not, you can accept another bid."</p>
                })
            }
            RequestState::Confirmed => {
                let offered = hotel(&request, LegState::Confirmed);
                let bid = offered.as_ref().and_then(|o| o.bids.last()).map(|bid| bid.total.to_string());
                let hotel = offered.map(|o| o.hotel);
                let name = hotel.as_ref().map(|h| h.name.clone());
                let chat = hotel.map(|h| format!("/chat/{}", h.slug));
                EitherOf5::C(view! {
                    <p class="banner agreed" role="status">"Agreed with "<strong>{name}</strong>" for "
                        <strong>{bid}</strong>". All else is between the two of you: "
                        <a href=chat>"write to the hotel"</a>"."</p>
                })
            }
            RequestState::Withdrawn => EitherOf5::D(view! {
                <p class="banner over" role="status">"You have withdrawn this request. "
                    <a href="/requests/new">"Ask again"</a></p>
            }),
            RequestState::Expired => EitherOf5::E(view! {
                <p class="banner over" role="status">"This request has expired without an agreement. "
                    <a href="/requests/new">"Ask again"</a></p>
            }),
        }
    };
    view! { {banner} }
}

/// The form of a counter, to one hotel or to all.
#[component]
pub(super) fn Counter(desk: Desk, hotel: Option<String>, refused: Option<Refused>) -> impl IntoView {
    let (id, currency) = desk.request.with_untracked(|r| (r.id, r.wanted.currency.code()));
    let Refused { amount, words, why, .. } = refused.unwrap_or_default();
    let problem = (!why.is_empty()).then(|| view! { <p class="problem" role="alert">{why}</p> });
    let to = hotel.as_ref().map(|slug| view! { <input type="hidden" name="hotel" value=slug.clone()/> });
    let label = match hotel {
        Some(_) => "Send",
        None => "Send to all",
    };
    view! {
        <form method="post" action=format!("/requests/{id}/counter") class="counter-form">
            {problem}
            <input type="hidden" autocomplete="off" name="client_id" value=ClientId::new().to_string()/>
            {to}
            <label>{format!("Amount you would pay, in {currency} (optional)")}
                <input name="amount" inputmode="decimal" autocomplete="off" maxlength="20" value=amount/></label>
            <label>"Words (optional)"
                <textarea name="words" rows="2" maxlength="1000" dir="auto">{words}</textarea></label>
            <button class="button primary" type="submit">{label}</button>
        </form>
    }
}
