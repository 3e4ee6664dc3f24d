//! Pages for those who review: admins over all hotels, managers over their own. Server-rendered, no WASM.

mod audit;
mod board;
mod chart;
mod exports;
mod hotels;
mod hours;
mod log;
mod logs;
mod options;
mod picked;
mod privacy;
mod reports;
mod rooms;
mod staff;
mod sure;
mod tags;
mod webhooks;

pub use audit::{Audit, AuditPage, PickedLines, TrailLine};
#[cfg(feature = "hydrate")]
pub use board::mount_board;
pub use board::{BoardPage, LiveBoard};
pub use exports::{ExportLine, ExportList, ExportsPage};
pub use hotels::{HotelPage, HotelSettings, Hotels, KeyLine};
pub use hours::{DAYS, HoursPage, HoursSettings};
pub use log::{Log, LogPage, facts, facts_for_guest};
pub use logs::{Found, HitLine, LogLine, Logs, LogsPage};
pub use picked::{Picked, given};
pub use privacy::{GuestData, GuestDataPage, RetentionPage, RetentionSettings};
pub use reports::{ReportPage, Reports};
pub use rooms::{Code, RoomLine, Rooms, RoomsPage, Sheet};
pub use staff::{NewPerson, People, PeoplePage, Person, PersonPage, StaffLine};
pub use tags::{TagSettings, TagsPage};
pub use webhooks::{DeliveryLine, WebhookLine, WebhookSettings, WebhooksPage};

use domain::{Staff, Status};
use leptos::prelude::*;

/// Where in these pages one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Logs,
    Reports,
    Audit,
    Hotels,
    Staff,
}

/// The bar above every page for signed-in staff.
#[component]
fn Bar(you: Staff, here: Place) -> impl IntoView {
    view! {
        <header class="bar">
            <a href="/desk" class="brand"><img src="/icon.svg" alt="" width="28" height="28"/>"Bellhop"</a>
            <nav aria-label="Main">
                <a href="/desk">"Desk"</a>
                <a href="/admin/logs" aria-current=(here == Place::Logs).then_some("page")>"Logs"</a>
                <a href="/admin/reports" aria-current=(here == Place::Reports).then_some("page")>"Reports"</a>
                <a href="/admin/audit" aria-current=(here == Place::Audit).then_some("page")>"Audit"</a>
                <a href="/admin/hotels" aria-current=(here == Place::Hotels).then_some("page")>"Hotels"</a>
                <a href="/admin/staff" aria-current=(here == Place::Staff).then_some("page")>"Staff"</a>
            </nav>
            <form method="post" action="/logout" class="who">
                <a href="/account" title="Your password">{you.name}</a>
                <button class="button quiet" type="submit">"Sign out"</button>
            </form>
        </header>
    }
}

/// From how many conversations on it is said that they are still being read: fewer are read in the blink of
/// an eye.
const MANY_UNREAD: usize = 100;

/// Says that something may be missing: after an update, or on a database that was put back, all is read anew.
#[component]
fn StillReading(unread: Option<usize>) -> impl IntoView {
    let how_many = match unread {
        None => "Conversations are".to_owned(),
        Some(n) if n >= MANY_UNREAD => format!("{n} conversations are"),
        Some(_) => return None,
    };
    Some(view! { <p class="unread"
    role="status">{how_many}" still being indexed. Their latest messages may be missing here."</p> })
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Waiting => "Waiting",
        Status::Held => "Held",
        Status::Resolved => "Resolved",
    }
}

/// `login failed` as `Login failed`.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
