//! Who is here: a sheet for each, with their name and colour.

use super::{
    browser::Js,
    room::{COLOURS, Person, Room},
};
use crate::ui::{Icon, Shape};
use domain::wire::whisper::{Command, Number};
use leptos::{html, prelude::*};

/// Everybody else's words.
#[component]
pub fn Lanes(room: Room) -> impl IntoView {
    let numbers = move || room.people.with(|people| people.iter().map(|p| p.number).collect::<Vec<_>>());
    view! {
        <For each=numbers key=|number| *number children=move |number| view! {
            <Lane room=room number=number/> }/>
    }
}

#[component]
fn Lane(room: Room, number: Number) -> impl IntoView {
    let person = Memo::new(move |_| {
        room.people.with(|people| people.iter().find(|person| person.number == number).cloned())
    });
    let with = move |what: fn(&Person) -> String| person.with(|p| p.as_ref().map(what).unwrap_or_default());
    let flag = move |what: fn(&Person) -> bool| person.with(|p| p.as_ref().is_some_and(what));
    let place = NodeRef::<html::Section>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            room.hang(number, &Js::of(place));
        }
    });
    let colour = move || format!("lane c{}", person.with(|p| p.as_ref().map_or(0, |p| p.colour)));
    let ask = move |command| {
        close_menus();
        room.ask(&command);
    };
    let menu = move || {
        (room.moderator.get() && flag(|p| p.here && !p.moderator)).then(|| {
            view! {
                <details class="menu">
                    <summary aria-label=move || format!("Options for {}", with(Person::called))>"⋯"</summary>
                    <div>
                        <button type="button" class="button quiet"
                            on:click=move |_| ask(Command::Appoint { participant: number })>
                            "Make a moderator"</button>
                        <button type="button" class="button quiet"
                            on:click=move |_| ask(Command::Remove { participant: number })>
                            "Remove, and lock the room"</button>
                    </div>
                </details>
            }
        })
    };
    view! {
        <section class=colour class:away=move || !flag(|p| p.here) node_ref=place
            aria-label=move || with(Person::called)>
            <header>
                <h2>{move || with(Person::called)}</h2>
                {move || flag(|p| p.moderator).then(|| view! { <span class="role">"Moderator"</span> })}
                {move || (!flag(|p| p.here)).then(|| view! { <span class="role">"gone"</span> })}
                {move || flag(|p| p.misfit).then(|| view! {
                    <span class="misfit">"has a different key, so you can’t read each other"</span>
                })}
                {menu}
            </header>
        </section>
    }
}

/// One's own words, name and colour.
#[component]
pub fn OwnLane(room: Room, renames: bool) -> impl IntoView {
    let place = NodeRef::<html::Section>::new();
    Effect::new(move |_| {
        let me = room.me.get();
        if let Some(place) = place.get() {
            room.hang(me, &Js::of(place));
        }
    });
    let renaming = RwSignal::new(false);
    let name = NodeRef::<html::Input>::new();
    let called = move || {
        room.name.track();
        room.me.track();
        room.called()
    };
    let save = move |colour: u8| {
        let typed = name.get_untracked().map(|input| input.value()).unwrap_or_default();
        room.introduce(&typed, colour);
    };
    view! {
        <section class=move || format!("lane own c{}", room.colour.get()) node_ref=place aria-label="You">
            <header>
                <h2>{move || if renames { called() } else { "You".to_owned() }}
                    {renames.then(|| view! { <span class="you">" (you)"</span> })}</h2>
                {move || room.moderator.get().then(|| view! { <span class="role">"Moderator"</span> })}
                <button type="button" class="button quiet rename" hidden=!renames
                    aria-expanded=move || renaming.get().to_string()
                    on:click=move |_| {
                        renaming.update(|on| *on = !*on);
                        request_animation_frame(move || if let Some(name) = name.get_untracked()
                            { let _ = name.focus(); });
                    }>
                    "Name and colour"</button>
            </header>
            {renames.then(|| view! { <form class="naming" hidden=move || !renaming.get()
                on:submit=move |event| {
                event.prevent_default();
                save(room.colour.get_untracked());
                renaming.set(false);
            }>
                <label for="name">"Your name in this room"</label>
                <input id="name" node_ref=name maxlength="40" autocomplete="off" placeholder=called
                    prop:value=move || room.name.get()/>
                <fieldset>
                    <legend>"Colour"</legend>
                    {(0..COLOURS).map(|colour| view! {
                        <button type="button" class=format!("swatch c{colour}")
                            aria-label=format!("Colour {}", colour + 1)
                            aria-pressed=move || (room.colour.get() == colour).to_string()
                            on:click=move |_| room.introduce(&room.name.get_untracked(), colour)></button>
                    }).collect_view()}
                </fieldset>
                <button class="button primary">"Save"</button>
            </form> })}
        </section>
    }
}

/// Menus close when something was chosen in them.
fn close_menus() {
    while let Ok(Some(menu)) = document().query_selector(".whisper details.menu[open]") {
        if menu.remove_attribute("open").is_err() {
            break;
        }
    }
}

/// A mark that the room is locked.
#[component]
pub fn Locked(room: Room) -> impl IntoView {
    move || {
        room.locked.get().then(|| {
            view! { <span class="locked"><Icon shape=Shape::Lock/>"Locked"</span> }
        })
    }
}
