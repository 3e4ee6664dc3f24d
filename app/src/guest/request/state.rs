//! The state of the page of a request, and its socket.
//!
//! In: how the request stands when the page was rendered, and events. Out: signals the views follow. Never: a
//! command; what the guest does goes by form.

use super::{super::typists::Typists, Request};
use crate::{
    js,
    live::{self, Fault, Link, Live, News},
    ui::{is_push, show_push},
};
use domain::wire::{Typing, guest::Command, request::RequestEvent};
use domain::{Millis, RequestState};
use leptos::prelude::*;

/// The page's state. Cheap to copy: all of it is handles.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub request: RwSignal<Request>,
    pub now: RwSignal<Millis>,
    pub typing: Typists,
    pub link: RwSignal<Link>,
    /// Server clock minus this browser's, in milliseconds.
    skew: StoredValue<i64>,
    build: StoredValue<String>,
}

impl State {
    pub fn new(request: Request, now: Millis, build: String) -> Self {
        State {
            request: RwSignal::new(request),
            now: RwSignal::new(now),
            typing: Typists::default(),
            link: RwSignal::new(Link::Connecting),
            skew: StoredValue::new(0),
            build: StoredValue::new(build),
        }
    }

    /// The guest may accept, negotiate and change.
    pub fn is_open(self) -> bool {
        self.request.with(|request| request.state == RequestState::Open)
    }

    pub fn start(self, now: Millis) {
        self.skew.set_value(now.0 - live::now());
        let socket = StoredValue::<Option<Live>>::new(None);
        let live = Live::connect("guest", Box::new(|| None), self.link, move |news| match news {
            News::Up => {
                if let Some(live) = socket.try_get_value().flatten() {
                    leptos::task::spawn_local(self.read(live));
                }
            }
            News::Event(event) if is_push(event) => show_push(event),
            News::Event(event) => {
                if let Some(RequestEvent { request, on }) = js::read(event.clone())
                    && on == "request"
                {
                    self.take_in(request);
                } else if let Some(hello) = js::read::<Hello>(event.clone()) {
                    self.has_met(&hello.build);
                } else if let Some(typing) = js::read::<Typing>(event.clone()) {
                    self.typing.take_in(typing);
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

    pub fn tick(self) {
        self.now.try_set(Millis(live::now() + self.skew.try_get_value().unwrap_or(0)));
        self.typing.tick();
    }
}

/// The first event of a socket, as far as it matters here.
#[derive(serde::Deserialize)]
struct Hello {
    build: String,
}
