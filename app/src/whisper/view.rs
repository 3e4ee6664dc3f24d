//! The whisper's page.

use super::{
    WhisperPage,
    browser::{Js, share},
    door::Before,
    field::{Field, first_file},
    moderation::{Knocks, Moderation},
    people::{Lanes, Locked, OwnLane},
    room::{Room, Stage},
};
use crate::ui::{Icon, Shape};
use domain::wire::whisper::Reason;
use leptos::prelude::*;

#[component]
pub fn Whisper(page: WhisperPage) -> impl IntoView {
    let room = Room::new(&page.code);
    Effect::new(move |_| room.start(page.makes_key));
    let before = move || {
        let (title, text) = match room.stage.get() {
            Stage::In => return None,
            Stage::Lost if room.seated.get() => return None,
            Stage::Lost => ("Connecting…", "The connection was lost. Trying again…"),
            Stage::Opening => ("Opening the room…", ""),
            Stage::Knocking => ("You knocked", "The room is locked. A moderator can let you in."),
            Stage::Insecure => (
                "Connection isn’t secure",
                "This page needs a secure (https) connection. Open the link with https, or ask whoever \
                    runs this Bellhop server.",
            ),
            Stage::Incomplete => (
                "This link is incomplete",
                "The part after the # is missing. It’s the room’s key, and no one can read messages \
                 without it. Ask for the full link.",
            ),
            Stage::Ended(reason) => ended(reason),
            Stage::Broken => ended(Reason::Expired),
        };
        Some(view! {
            <Before title=title text=text>
                {matches!(room.stage.get_untracked(), Stage::Ended(_)).then(|| view! {
                    <p><a class="button" href="/whisper">"Open a new room"</a></p>
                })}
                {(room.stage.get_untracked() == Stage::Knocking).then(|| view! { <KnockName room=room/> })}
            </Before>
        })
    };
    let inside = move || match room.stage.get() {
        Stage::In => true,
        Stage::Lost => room.seated.get(),
        _ => false,
    };
    let inside = Memo::new(move |_| inside());
    view! {
        <main class="whisper" hidden=move || !inside.get() data-stage=move || name_of(room.stage.get())
            on:dragover=|event: leptos::ev::DragEvent| event.prevent_default()
            on:drop=move |event: leptos::ev::DragEvent| {
                // A text that is dragged here would be put in the middle of what was typed.
                event.prevent_default();
                if let Some(picture) = first_file(&Js::of(event).get("dataTransfer")) {
                    room.send_picture(picture);
                }
            }>
            <Inside room=room/>
        </main>
        {before}
    }
}

#[component]
fn Inside(room: Room) -> impl IntoView {
    let here = move || 1 + room.people.with(|people| people.iter().filter(|person| person.here).count());
    let alone = move || here() == 1;
    let share = move |_| {
        leptos::task::spawn_local(async move {
            let well = share().await;
            room.say(if well {
                "Link copied. Anyone with it can join and read along."
            } else {
                "Your browser didn’t allow copying. Copy the address from the address bar, including \
                    everything after the #."
            });
        });
    };
    view! {
        <header class="whisper-head">
            <div>
                <h1>"Whisper"</h1>
                <p class="count" aria-live="polite">{move || match here() {
                    1 => "You’re the only one here".to_owned(),
                    n => format!("{n} people here"),
                }}</p>
            </div>
            <Locked room=room/>
            <div class="tools">
                <button type="button" class="button"
                    on:click=share><Icon shape=Shape::Link/>"Copy link"</button>
                <details class="menu wide">
                    <summary class="button"><Icon shape=Shape::Room/>"Room"</summary>
                    <div>
                        <Show when=move || room.moderator.get()><Moderation room=room/></Show>
                        <Promise/>
                        <button type="button" class="button" on:click=move |_| room.leave()>"Leave"</button>
                    </div>
                </details>
            </div>
        </header>
        <Show when=move || room.moderator.get()><Knocks room=room/></Show>
        <p class="connection lost" role="status" hidden=move || room.stage.get() != Stage::Lost>
            "Connection lost. No one sees what you type until you’re back online."</p>
        <div class="lanes">
            <div class="alone" hidden=move || !alone()>
                <p><strong>"Send the link to whoever should join."</strong></p>
                <p>{move || format!("Everyone sees each letter as it’s typed. {} seconds later, the word \
                    is gone from every screen.", room.fade.get())}</p>
            </div>
            <Lanes room=room/>
        </div>
        <div class="hidden" role="log" aria-label="Messages" aria-live="polite" aria-relevant="additions"
            node_ref=room.log></div>
        <p class="whisper-notice" role="status" hidden=move || room.notice.text.with(Option::is_none)>
            {move || room.notice.text.get()}</p>
        <div class="own-area">
            <OwnLane room=room renames=true/>
            <Field room=room at_once=true/>
            <p class="plainly">"Anyone here can photograph a screen, and no page can stop that. Never \
                type a card number; pay on the hotel’s payment page or at the desk."</p>
        </div>
    }
}

/// What is promised, and what no page can.
#[component]
fn Promise() -> impl IntoView {
    view! {
        <div class="promise">
            <h2>"What fades, and what doesn’t"</h2>
            <p>"Words and pictures are sealed in your browser and opened in the others’. The server passes \
                them on without being able to read them, and keeps none."</p>
            <p>"No page can stop somebody in the room from taking a screenshot, photographing the screen or \
                remembering. Only say what you’re happy for everyone here to know."</p>
        </div>
    }
}

/// Who knocks may say who they are.
#[component]
fn KnockName(room: Room) -> impl IntoView {
    let name = NodeRef::<leptos::html::Input>::new();
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            let name = name.get_untracked().map(|input| input.value()).unwrap_or_default();
            room.introduce(&name, room.colour.get_untracked());
        }>
            <label for="knock-name">"Say who you are"</label>
            <input id="knock-name" node_ref=name maxlength="40" autocomplete="name"/>
            <button class="button primary">"Tell the moderators"</button>
        </form>
    }
}

fn ended(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Closed => ("The room is closed", "A moderator ended this room. Nothing said here was saved."),
        Reason::Removed => ("You were removed", "A moderator has removed you from this room."),
        Reason::TurnedAway => ("Not this time", "A moderator did not let you in."),
        Reason::Full => ("The room is full", "It has reached its limit. Try again when somebody has left."),
        Reason::Replaced => ("You have this room open twice", "This room is now open in another window."),
        Reason::Left => ("You have left", "Nothing that was said is kept on this page."),
        Reason::Expired
        | Reason::Incomplete
        | Reason::TooSlow
        | Reason::Stopping
        | Reason::Lost
        | Reason::Silent
        | Reason::Moved => ("This room is gone", "It has ended. Nothing that was said there is kept."),
    }
}

fn name_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Opening => "opening",
        Stage::Insecure => "insecure",
        Stage::Incomplete => "incomplete",
        Stage::Knocking => "knocking",
        Stage::In => "in",
        Stage::Lost => "lost",
        Stage::Broken => "broken",
        Stage::Ended(_) => "ended",
    }
}
