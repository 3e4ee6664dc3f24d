//! Every route on one screen, grouped by who may ask.
//!
//! In: a request. Out: the handler's answer, behind what its group asks of every request. Never: the question
//! of who asks; a handler's extractor answers that, and `tests/server/routes.rs` holds each one to its group.

use crate::{
    api, forms, health,
    pages::{
        account, attachments, audit, board, chat, demo, desk, exports, files, home, hotels, hours, login,
        logs, privacy, reports, requests, retention, rooms, staff, stays, tags, transcript, webhooks,
        whisper,
    },
    socket,
    state::App,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
    routing::{MethodRouter, delete, get, head, patch, post},
};
use std::sync::Arc;
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anybody,
    /// Whoever has a room's code; a room is known by nothing else.
    Participant,
    /// A browser; its guest is known by a cookie, or made if need be.
    Guest,
    /// A hotel's own site, of those the hotel lists.
    Site,
    /// A guest or somebody signed in.
    Known,
    /// Somebody signed in.
    Staff,
    /// Somebody who leads the hotel concerned; an admin leads every hotel. For all others it does not exist.
    Manager,
    Admin,
    /// A hotel's own system, by its key.
    System,
}

/// What the router knows of an address beside its handler.
#[derive(Clone, Copy, Debug)]
enum Sent {
    /// Compressed, at most [`forms::MAX_FORM`] in.
    Page,
    /// The same with fewer bytes in.
    Small(usize),
    /// As it is, with more bytes in: files come with it, and the handler reads it piece by piece.
    Large(usize),
    /// As it is: a download is resumed from a byte of the file, not of what compression made of it.
    Raw,
}

/// One method of one address.
pub struct Route {
    pub who: Who,
    pub method: &'static str,
    pub path: &'static str,
    sent: Sent,
    handler: MethodRouter<App>,
}

/// Bytes of a sign-in: an address and a password.
const LOGIN: usize = 4 * 1024;

/// Bytes of a bubble's question: a key and a number.
const QUESTION: usize = 256;

macro_rules! routes {
    ($($who:ident { $($method:ident $path:literal $([$sent:expr])? $handler:path;)* })*) => {
        vec![$($(Route {
            who: Who::$who,
            method: stringify!($method),
            path: $path,
            sent: [$($sent,)? Sent::Page][0],
            handler: $method($handler),
        },)*)*]
    };
}

/// The table.
pub fn routes() -> Vec<Route> {
    use Sent::{Large, Raw, Small};
    routes! {
        Anybody {
            get  "/" home::home;
            get  "/demo" demo::demo;
            get  "/login" login::form;
            post "/login" [Small(LOGIN)] login::log_in;
            post "/logout" login::log_out;
            get  "/whisper" whisper::make;
            get  "/widget.js" files::widget;
            get  "/line.css" files::line;
            get  "/api/openapi.json" [Raw] api::openapi;
            get  "/healthz" [Raw] health::healthz;
            get  "/metrics" [Raw] health::metrics;
        }
        Participant {
            get  "/whisper/{code}" whisper::show;
            get  "/whisper/{code}/socket" [Raw] socket::whisper;
        }
        Guest {
            get  "/chat/{hotel}" chat::show;
            post "/chat/{hotel}" [Large(chat::MOST)] chat::say;
            post "/chat/{hotel}/files" [Raw] attachments::begin_as_guest;
            post "/chat/{hotel}/rating" chat::rate;
            post "/chat/{hotel}/room" chat::leave_room;
            post "/chat/{hotel}/window" chat::window;
            get  "/room/{hotel}/{room}/{signature}" chat::scan;
            get  "/stays" stays::stays;
            get  "/stays/email" stays::ask;
            post "/stays/email" stays::send_code;
            get  "/stays/code" stays::code;
            post "/stays/code" stays::try_code;
            get  "/stays/link/{link}" stays::link;
            post "/stays/link/{link}" stays::try_link;
            get  "/stays/confirmed" stays::confirmed;
            get  "/requests" requests::list;
            post "/requests" requests::ask;
            get  "/requests/new" requests::new;
            get  "/requests/{request}" requests::show;
            get  "/requests/{request}/change" requests::change;
            post "/requests/{request}/change" requests::set;
            post "/requests/{request}/counter" requests::counter;
            get  "/requests/{request}/accept" requests::sure;
            post "/requests/{request}/accept" requests::accept;
            post "/requests/{request}/withdraw" requests::withdraw;
        }
        Site {
            post "/chat/{hotel}/unread" [Small(QUESTION)] chat::unread;
        }
        Known {
            get  "/socket" socket::upgrade;
            get  "/files/{file}" [Raw] attachments::whole;
            get  "/files/{file}/small" [Raw] attachments::small;
            head "/files/{file}/upload" [Raw] attachments::offset;
            patch "/files/{file}/upload" [Raw] attachments::add;
            delete "/files/{file}/upload" [Raw] attachments::take_back;
        }
        Staff {
            get  "/account" account::show;
            post "/account" [Small(LOGIN)] account::change;
            get  "/desk" desk::desk;
            post "/desk/{conversation}/files" [Raw] attachments::begin_as_staff;
        }
        Manager {
            get  "/admin" logs::front;
            get  "/admin/logs" logs::logs;
            get  "/admin/logs/{conversation}" logs::log;
            get  "/admin/logs/{conversation}/{format}" transcript::file;
            get  "/admin/exports" exports::list;
            post "/admin/exports" exports::begin;
            get  "/admin/exports/{export}" [Raw] exports::take;
            get  "/admin/exports/{export}/with-files" [Raw] exports::bundle;
            post "/admin/exports/{export}/stop" exports::stop;
            post "/admin/exports/{export}/resume" exports::resume;
            post "/admin/exports/{export}/remove" exports::remove;
            get  "/admin/audit" audit::show;
            get  "/admin/audit/{format}" audit::file;
            get  "/admin/board" board::first;
            get  "/admin/board/{hotel}" board::board;
            get  "/admin/reports" reports::reports;
            get  "/admin/staff" staff::list;
            post "/admin/staff" staff::add;
            get  "/admin/staff/{person}" staff::show;
            post "/admin/staff/{person}/roles" staff::set_roles;
            post "/admin/staff/{person}/login" staff::set_login;
            post "/admin/staff/{person}/password" staff::set_password;
            get  "/admin/hotels" hotels::list;
            get  "/admin/hotels/{hotel}" hotels::show;
            post "/admin/hotels/{hotel}/files" hotels::set_file_limits;
            post "/admin/hotels/{hotel}/sites" hotels::set_sites;
            post "/admin/hotels/{hotel}/vouch" hotels::new_vouch_key;
            post "/admin/hotels/{hotel}/keys" hotels::new_api_key;
            post "/admin/hotels/{hotel}/keys/{key}/revoke" hotels::revoke_api_key;
            get  "/admin/hotels/{hotel}/webhooks" webhooks::show;
            post "/admin/hotels/{hotel}/webhooks" webhooks::add;
            post "/admin/hotels/{hotel}/webhooks/{webhook}" webhooks::set;
            post "/admin/hotels/{hotel}/webhooks/{webhook}/switch" webhooks::switch;
            post "/admin/hotels/{hotel}/webhooks/{webhook}/remove" webhooks::remove;
            post "/admin/hotels/{hotel}/webhooks/{webhook}/test" webhooks::test;
            post "/admin/hotels/{hotel}/deliveries/{delivery}/replay" webhooks::replay;
            get  "/admin/hotels/{hotel}/hours" hours::show;
            post "/admin/hotels/{hotel}/hours" hours::set;
            get  "/admin/hotels/{hotel}/tags" tags::show;
            post "/admin/hotels/{hotel}/tags" tags::add;
            post "/admin/hotels/{hotel}/tags/rename" tags::rename;
            post "/admin/hotels/{hotel}/tags/remove" tags::remove;
            get  "/admin/hotels/{hotel}/retention" retention::show;
            post "/admin/hotels/{hotel}/retention" retention::set;
            get  "/admin/hotels/{hotel}/guests/{conversation}" privacy::show;
            get  "/admin/hotels/{hotel}/guests/{conversation}/data.json" privacy::data;
            get  "/admin/hotels/{hotel}/guests/{conversation}/data.zip" [Raw] privacy::bundle;
            post "/admin/hotels/{hotel}/guests/{conversation}/erase" privacy::erase;
            get  "/admin/hotels/{hotel}/rooms" rooms::show;
            post "/admin/hotels/{hotel}/rooms" rooms::add;
            post "/admin/hotels/{hotel}/rooms/remove" rooms::remove;
            post "/admin/hotels/{hotel}/rooms/turn" rooms::turn_over;
            get  "/admin/hotels/{hotel}/rooms/sheet" rooms::sheet;
        }
        Admin {
            post "/admin/staff/{person}/admin" staff::set_admin;
        }
        System {
            post "/api/v1/hotels/{hotel}/stays" [Raw] api::tell;
            get  "/api/v1/hotels/{hotel}/stays/{reference}" [Raw] api::read;
            post "/message/{action}/{to}" [Raw] api::push;
        }
    }
}

pub fn router(app: App) -> Router {
    let (mut pages, mut raw, mut sites) = (Router::new(), Router::new(), Router::new());
    let mut shown = Vec::new();
    for Route { who, method, path, sent, handler } in routes() {
        let handler = match sent {
            Sent::Small(most) | Sent::Large(most) => handler.layer(DefaultBodyLimit::max(most)),
            Sent::Page | Sent::Raw => handler,
        };
        match (who, sent) {
            (Who::Site, _) => sites = sites.route(path, handler),
            (_, Sent::Raw | Sent::Large(_)) => raw = raw.route(path, handler),
            _ => {
                if method == "get" {
                    shown.push(path);
                }
                pages = pages.route(path, handler);
            }
        }
    }
    let pages = pages
        .layer(from_fn(forms::whole_form))
        .layer(from_fn(forms::without_empty))
        .layer(CompressionLayer::new());
    let shown: Arc<[&str]> = shown.into();
    // Not behind `same_origin`: which sites are answered each hotel says.
    let sites = sites.layer(from_fn(forms::whole_form)).layer(from_fn(chat::readable));

    Router::new()
        .merge(pages)
        .merge(raw)
        .fallback(files::file)
        .method_not_allowed_fallback(move |path, request| form_of(shown.clone(), path, request))
        .layer(DefaultBodyLimit::max(forms::MAX_FORM))
        .layer(from_fn_with_state(app.clone(), forms::same_origin))
        .merge(sites)
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .with_state(app)
}

/// An address that only takes a form stays in the address bar after the form was refused. Asked for, it leads
/// to the page the form stands on: the nearest one above it.
async fn form_of(pages: Arc<[&'static str]>, matched: MatchedPath, request: Request) -> Response {
    fn up<'a>(&(pattern, path): &(&'a str, &'a str)) -> Option<(&'a str, &'a str)> {
        Some((pattern.rsplit_once('/')?.0, path.rsplit_once('/')?.0))
    }
    let asked = (matched.as_str(), request.uri().path());
    let page = std::iter::successors(Some(asked), up).find(|(pattern, _)| pages.contains(pattern));
    match page {
        Some((_, page)) if request.method() == Method::GET => Redirect::to(page).into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}
