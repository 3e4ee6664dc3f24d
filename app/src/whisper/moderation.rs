//! What moderators can do: who may come in, how long words stay, and that it ends.

use super::room::{Person, Room};
use domain::wire::whisper::{Command, FADES};
use leptos::prelude::*;

/// Who knocks.
#[component]
pub fn Knocks(room: Room) -> impl IntoView {
    let knock = move |knock: Person| {
        let number = knock.number;
        let called = knock.called();
        let misfit = knock.misfit.then_some(" Their link has a different key.");
        view! {
            <li>
                <span><strong>{called}</strong>" wants to come in."{misfit}</span>
                <button type="button" class="button primary"
                    on:click=move |_| room.ask(&Command::Admit { participant: number })>"Let in"</button>
                <button type="button" class="button"
                    on:click=move |_| room.ask(&Command::TurnAway { participant: number })>
                    "Turn away"</button>
            </li>
        }
    };
    view! {
        <div role="status">
            <ul class="knocks">{move || room.knocks.get().into_iter().map(knock).collect_view()}</ul>
        </div>
    }
}

#[component]
pub fn Moderation(room: Room) -> impl IntoView {
    let closing = RwSignal::new(false);
    let others =
        move || room.people.with(|people| people.iter().any(|person| person.here && person.moderator));
    view! {
        <div class="moderation">
            <h2>"Moderation"</h2>
            <button type="button" class="switch" role="switch"
                aria-checked=move || room.locked.get().to_string()
                on:click=move |_| room.ask(&Command::Lock { on: !room.locked.get_untracked() })>
                <span class="knob"></span>"Lock the room (new arrivals knock)"</button>
            <button type="button" class="switch" role="switch"
                aria-checked=move || room.aside.get().to_string()
                on:click=move |_| room.aside.update(|on| *on = !*on)>
                <span class="knob"></span>"Write to moderators only"</button>
            <label for="fade">{move || format!("Words fade after {} seconds", room.fade.get())}</label>
            <input id="fade" type="range" min=*FADES.start()
                max=*FADES.end() prop:value=move || room.fade.get()
                on:change=move |event| if let Ok(seconds) = event_target_value(&event).parse() {
                    room.ask(&Command::Fade { seconds });
                }/>
            <div class="acts">
                <button type="button" class="button" hidden=move || !others()
                    on:click=move |_| room.ask(&Command::StepDown {})>"Stop moderating"</button>
                <button type="button" class="button danger" hidden=move || closing.get()
                    on:click=move |_| closing.set(true)>"End for everybody…"</button>
                <button type="button" class="button danger" hidden=move || !closing.get()
                    on:click=move |_| room.ask(&Command::Close {})>"Yes, end it now"</button>
                <button type="button" class="button quiet" hidden=move || !closing.get()
                    on:click=move |_| closing.set(false)>"Keep it open"</button>
            </div>
        </div>
    }
}
