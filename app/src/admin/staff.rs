//! The people with a login, and what one of them may do.

use super::{Bar, Place, options::options, sure::Sure};
use domain::{Hotel, Role, Staff, StaffId};
use leptos::{either::Either, prelude::*};

/// A person as a page shows them.
#[derive(Clone, Debug)]
pub struct StaffLine {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    pub admin: bool,
    /// The login was withdrawn.
    pub disabled: bool,
    /// When a console of theirs was last open, in words; `None` if never.
    pub seen: Option<String>,
    /// Hotels and roles, of those the reader leads.
    pub roles: Vec<(Hotel, Role)>,
}

impl StaffLine {
    fn state(&self) -> String {
        match (&self.seen, self.disabled) {
            (_, true) => "Deactivated".to_owned(),
            (Some(at), false) => format!("Last active {at}"),
            (None, false) => "Never signed in".to_owned(),
        }
    }
}

/// What was typed for a new person, and why it was refused.
#[derive(Clone, Debug, Default)]
pub struct NewPerson {
    pub name: String,
    pub email: String,
    pub hotel: String,
    pub role: String,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct PeoplePage {
    pub you: Staff,
    pub hotels: Vec<Hotel>,
    pub people: Vec<StaffLine>,
    pub new: NewPerson,
}

fn role_options(picked: &str) -> Vec<AnyView> {
    let roles = [("agent", "Agent"), ("manager", "Manager")];
    options(roles.map(|(value, name)| (value.to_owned(), name.to_owned())), &Some(picked.to_owned()))
}

#[component]
pub fn People(page: PeoplePage) -> impl IntoView {
    let PeoplePage { you, hotels, people, new } = page;
    let over_all = new.hotel.is_empty();
    let hotel_options = options(hotels.iter().map(|h| (h.slug.clone(), h.name.clone())), &Some(new.hotel));
    let everything =
        you.admin.then(|| view! { <option value="" selected=over_all>"All hotels, as an admin"</option> });
    let lines = people.into_iter().map(|line| {
        let state = line.state();
        let admin = line.admin.then(|| view! { <li class="tag">"Admin"</li> });
        let roles = line.roles.into_iter().map(|(hotel, role)| {
            let name = if role == Role::Manager { "Manager" } else { "Agent" };
            view! { <li style=format!("--hotel: {}", hotel.accent)>
            <span class="hotel">{hotel.name}</span><span class="quiet">{name}</span></li> }
        });
        view! {
            <li id=line.id.to_string() class:ended=line.disabled>
                <a href=format!("/admin/staff/{}", line.id)>
                    <span class="somebody"><strong>{line.name}</strong><span class="quiet">
                        {line.email}</span></span>
                    <ul class="roles">{admin}{roles.collect_view()}</ul>
                    <span class="quiet seen">{state}</span>
                </a>
            </li>
        }
    });
    view! {
        <Bar you=you here=Place::Staff/>
        <main class="settings">
            <h1>"Staff"</h1>
            <ul class="people-list">{lines.collect_view()}</ul>
            <section class="card">
                <h2>"Add someone"</h2>
                {new.problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
                <form method="post" action="/admin/staff">
                    <div class="fields">
                        <label>"Name"<input name="name" maxlength="80" required=true autocomplete="off"
                            value=new.name/></label>
                        <label>"E-mail"<input name="email" type="email" maxlength="254" required=true
                            autocomplete="off" value=new.email/></label>
                        <label>"Password"<input name="password" type="password" minlength="8" maxlength="256"
                            autocomplete="new-password"/></label>
                        <label>"Hotel"<select name="hotel">{hotel_options}{everything}</select></label>
                        <label>"Role"<select name="role">{role_options(&new.role)}</select></label>
                    </div>
                    <button class="button primary" type="submit">"Add"</button>
                    <p class="quiet">"Guests and colleagues see the name. They’ll choose their own \
                        password when they first sign in. People who already have a login keep their name \
                        and password and get the new role."</p>
                </form>
            </section>
        </main>
    }
}

#[derive(Clone, Debug)]
pub struct PersonPage {
    pub you: Staff,
    /// The hotels the reader leads.
    pub hotels: Vec<Hotel>,
    pub line: StaffLine,
    /// What was done a moment ago, in words.
    pub done: Option<&'static str>,
    pub problem: Option<String>,
}

#[component]
pub fn Person(page: PersonPage) -> impl IntoView {
    let PersonPage { you, hotels, line, done, problem } = page;
    let (own, base, state) = (line.id == you.id, format!("/admin/staff/{}", line.id), line.state());
    let role_of = |hotel: &Hotel| {
        line.roles.iter().find(|(h, _)| h.id == hotel.id).map_or("", |(_, role)| role.as_str())
    };
    let fields = hotels.iter().map(|hotel| {
        view! {
            <label>
                <span class="hotel" style=format!("--hotel: {}", hotel.accent)>{hotel.name.clone()}</span>
                <input type="hidden" name=format!("seen.{}", hotel.slug) value=role_of(hotel)/>
                <select name=hotel.slug.clone()><option value="">"No role"</option>
                    {role_options(role_of(hotel))}</select>
            </label>
        }
    });
    let roles = if own {
        view! { <p class="quiet">"Another admin has to change your role. You can "
        <a href="/account">"change your password"</a>" yourself."</p> }
        .into_any()
    } else {
        view! {
            <form method="post" action=format!("{base}/roles")>
                <div class="fields">{fields.collect_view()}</div>
                <button class="button primary" type="submit">"Save"</button>
                <p class="quiet">"Takes effect immediately. Their open conversations at a hotel they leave \
                    return to the queue."</p>
            </form>
        }
        .into_any()
    };
    let admin = (you.admin && !own).then(|| {
        let (says, what) = match line.admin {
            true => ("Admin: manages all hotels and staff.", "Remove admin rights"),
            false => ("Admins manage all hotels and staff.", "Make admin"),
        };
        view! {
            <section class="card">
                <h2>"All hotels"</h2>
                <p class="quiet">{says}</p>
                <form method="post" action=format!("{base}/admin")>
                    <input type="hidden" name="admin" value=(!line.admin).to_string()/>
                    <button class="button" type="submit">{what}</button>
                </form>
            </section>
        }
    });
    let login = (you.admin && !own).then(|| {
        let action = format!("{base}/login");
        let what = match line.disabled {
            true => Either::Left(view! {
                <p class="quiet">"This account is deactivated."</p>
                <form method="post" action=action>
                    <input type="hidden" name="works" value="true"/>
                    <button class="button" type="submit">"Reactivate account"</button>
                </form>
            }),
            false => Either::Right(view! {
                <Sure word="Deactivate account" label=format!("Deactivate account of {}", line.name)
                    says=format!("{} will be signed out everywhere immediately and won’t be able to sign \
                        in. Their open conversations will return to the queue.", line.name)
                    action=action does=format!("Deactivate {}", line.name)>
                    <input type="hidden" name="works" value="false"/>
                </Sure>
            }),
        };
        view! { <section class="card"><h2>"Login"</h2>{what}</section> }
    });
    let password = (you.admin && !own).then(|| {
        view! {
            <section class="card">
                <h2>"Password"</h2>
                <form method="post" action=format!("{base}/password") class="inline">
                    <label>"New password"<input name="password" type="password" minlength="8"
                        maxlength="256" required=true autocomplete="new-password"/></label>
                    <button class="button" type="submit">"Set"</button>
                </form>
                <p class="quiet">"Signs them out on all devices."</p>
            </section>
        }
    });
    view! {
        <Bar you=you here=Place::Staff/>
        <main class="settings">
            <p><a href="/admin/staff" class="back">"Staff"</a></p>
            <h1>{line.name.clone()}</h1>
            <p class="quiet">{format!("{} · {state}", line.email)}</p>
            {done.map(|text| view! { <p class="made" role="status">{text}</p> })}
            {problem.map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <section class="card"><h2>"Roles"</h2>{roles}</section>
            {admin}
            {login}
            {password}
            <p><a href=format!("/admin/audit?by={}", line.id)>"View activity"</a></p>
        </main>
    }
}
