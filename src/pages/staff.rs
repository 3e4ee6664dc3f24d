//! The people with a login, as those keep them who lead a hotel. Server-rendered, no WASM.

use super::{
    moment::moment,
    reviewer::Reviewer,
    shell::{ADMIN, Framed, render},
};
use crate::{
    desk::No,
    error::Error,
    state::App,
    store::{NewRole, Somebody},
};
use app::{
    admin::{NewPerson, People, PeoplePage, Person, PersonPage, StaffLine},
    ui::Head,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{HotelId, Refusal, Role, StaffId};
use leptos::prelude::*;
use std::collections::BTreeMap;

pub async fn list(State(app): State<App>, reviewer: Reviewer) -> Result<Response, Error> {
    let new = NewPerson {
        hotel: reviewer.hotels.first().map(|h| h.slug.clone()).unwrap_or_default(),
        ..Default::default()
    };
    list_page(&app, reviewer, new).await
}

#[derive(Debug, serde::Deserialize)]
pub struct New {
    name: String,
    email: String,
    #[serde(default)]
    password: String,
    /// A slug; empty for an admin over all hotels.
    hotel: String,
    role: String,
}

/// Adds somebody; or gives the role, if the address has a login already.
pub async fn add(
    State(app): State<App>,
    reviewer: Reviewer,
    Form(new): Form<New>,
) -> Result<Response, Error> {
    let by = reviewer.you.id;
    let admin = new.hotel.is_empty() && reviewer.you.admin;
    let place = match admin {
        true => None,
        false => Some((reviewer.hotel(&new.hotel)?.id, role(&new.role)?.ok_or(Refusal::NotFound)?)),
    };
    let email = new.email.trim().to_lowercase();
    let known = app.desk.people(&reviewer.you).await?.into_iter().find(|s| s.email == email);
    let done = match (known, place) {
        (Some(known), None) => {
            invalid("E-mail", &format!("{} already signs in with this address", known.name))
        }
        (Some(known), Some((hotel, _))) if known.roles.iter().any(|(has, _)| *has == hotel) => invalid(
            "E-mail",
            &format!(
                "{} uses this address and already has a role there. Edit it on their staff page",
                known.name
            ),
        ),
        (Some(known), Some((hotel, role))) => {
            let role = NewRole { hotel, seen: Some(None), role: Some(role) };
            let given = app.desk.set_roles(known.id, vec![role], Some(by)).await;
            given.map(|()| format!("/admin/staff/{}?done=known", known.id))
        }
        (None, place) => {
            let memberships = place.into_iter().collect();
            let added =
                app.desk.add_staff(&new.email, &new.name, new.password, admin, memberships, Some(by)).await;
            added.map(|id| format!("/admin/staff#{id}"))
        }
    };
    match done {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(No::Refused(refusal)) if refusal != Refusal::NotFound => {
            let problem = Some(refusal.in_words());
            let new =
                NewPerson { name: new.name, email: new.email, hotel: new.hotel, role: new.role, problem };
            list_page(&app, reviewer, new).await
        }
        Err(e) => Err(e.into()),
    }
}

/// What was done before the page was asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, Error> {
    let done = after.done.as_deref().and_then(|what| match what {
        "roles" => Some("Saved."),
        "known" => Some("They already have an account. The role was added."),
        "withdrawn" => Some("Account deactivated."),
        "returned" => Some("Account reactivated."),
        "password" => Some("New password set."),
        _ => None,
    });
    person_page(&app, reviewer, &id, done, None).await
}

/// Before a slug: the role that was shown.
const SEEN: &str = "seen.";

/// The roles in the hotels the reader leads: slugs with `agent`, `manager`, or nothing for none; and beside
/// each what was shown.
pub async fn set_roles(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Form(given): Form<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let staff = whose(&id)?;
    let mut roles = Vec::new();
    for (slug, text) in given.iter().filter(|(name, _)| !name.starts_with(SEEN)) {
        let seen = given.get(&format!("{SEEN}{slug}")).map(|text| role(text)).transpose()?;
        let new = NewRole { hotel: reviewer.hotel(slug)?.id, seen, role: role(text)? };
        // What was not touched may have been changed by somebody else meanwhile, and stays theirs.
        if seen != Some(new.role) {
            roles.push(new);
        }
    }
    let done = app.desk.set_roles(staff, roles, Some(reviewer.you.id)).await;
    answer(&app, reviewer, &id, done, "roles").await
}

#[derive(Debug, serde::Deserialize)]
pub struct Admin {
    admin: bool,
}

pub async fn set_admin(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Form(given): Form<Admin>,
) -> Result<Response, Error> {
    let done = app.desk.set_admin(whose(&id)?, given.admin, Some(reviewer.you.id)).await;
    answer(&app, reviewer, &id, done, "roles").await
}

#[derive(Debug, serde::Deserialize)]
pub struct Login {
    works: bool,
}

pub async fn set_login(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Form(given): Form<Login>,
) -> Result<Response, Error> {
    let done = app.desk.set_login(whose(&id)?, given.works, Some(reviewer.you.id)).await;
    answer(&app, reviewer, &id, done, if given.works { "returned" } else { "withdrawn" }).await
}

#[derive(Debug, serde::Deserialize)]
pub struct Password {
    password: String,
}

pub async fn set_password(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    Form(given): Form<Password>,
) -> Result<Response, Error> {
    let done = app.desk.set_password(whose(&id)?, given.password, Some(reviewer.you.id)).await;
    answer(&app, reviewer, &id, done, "password").await
}

fn invalid<T>(field: &str, why: &str) -> Result<T, No> {
    Err(Refusal::Invalid { field: field.into(), why: why.into() }.into())
}

/// A role as a form sends it; empty for none.
fn role(text: &str) -> Result<Option<Role>, Error> {
    match Role::parse(text) {
        None if !text.is_empty() => Err(Refusal::NotFound.into()),
        role => Ok(role),
    }
}

/// Whose rights an address is about. Whether the reader may change them is the store's to say.
fn whose(id: &str) -> Result<StaffId, Error> {
    Ok(id.parse().map_err(|_| Refusal::NotFound)?)
}

/// Somebody the reader may see; else they do not exist (rule H8).
async fn somebody(app: &App, reviewer: &Reviewer, id: &str) -> Result<Somebody, Error> {
    let id = whose(id)?;
    Ok(app.desk.people(&reviewer.you).await?.into_iter().find(|s| s.id == id).ok_or(Refusal::NotFound)?)
}

async fn answer(
    app: &App,
    reviewer: Reviewer,
    id: &str,
    done: Result<(), No>,
    what: &str,
) -> Result<Response, Error> {
    match done {
        // Whoever has no role left with this reader is not theirs to see any more.
        Ok(()) if somebody(app, &reviewer, id).await.is_err() => {
            Ok(Redirect::to("/admin/staff").into_response())
        }
        Ok(()) => Ok(Redirect::to(&format!("/admin/staff/{id}?done={what}")).into_response()),
        Err(No::Refused(refusal)) if refusal != Refusal::NotFound => {
            person_page(app, reviewer, id, None, Some(refusal.in_words())).await
        }
        Err(e) => Err(e.into()),
    }
}

async fn list_page(app: &App, reviewer: Reviewer, new: NewPerson) -> Result<Response, Error> {
    let people = app.desk.people(&reviewer.you).await?;
    let people = people.into_iter().map(|somebody| line(somebody, &reviewer)).collect();
    let status = if new.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let Reviewer { you, hotels } = reviewer;
    let page = PeoplePage { you, hotels, people, new };
    let head = Head::titled("Staff · Bellhop").style(ADMIN);
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <People page=page.clone()/> }).await)
}

async fn person_page(
    app: &App,
    reviewer: Reviewer,
    id: &str,
    done: Option<&'static str>,
    problem: Option<String>,
) -> Result<Response, Error> {
    let line = line(somebody(app, &reviewer, id).await?, &reviewer);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let head = Head::titled(&format!("{} · Bellhop", line.name)).style(ADMIN);
    let Reviewer { you, hotels } = reviewer;
    let page = PersonPage { you, hotels, line, done, problem };
    Ok(render(app, status, Framed::Nowhere, head, move || view! { <Person page=page.clone()/> }).await)
}

fn line(somebody: Somebody, reviewer: &Reviewer) -> StaffLine {
    let Somebody { id, name, email, admin, disabled, seen_at, roles } = somebody;
    let seen = seen_at.map(|at| moment(at, reviewer.zone(None)));
    let hotel = |id: HotelId| reviewer.hotels.iter().find(|h| h.id == id).cloned();
    let roles = roles.into_iter().filter_map(|(id, role)| Some((hotel(id)?, role))).collect();
    StaffLine { id, name, email, admin, disabled, seen, roles }
}
