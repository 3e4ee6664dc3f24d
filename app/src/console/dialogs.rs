//! What lies over the desk: questions before something happens, the stay, the team, the sheet of keys.

use super::{
    board::{Board, Dialog},
    stay::{Edit, Find},
    team::Team,
};
use crate::ui::{Icon, Shape, run_split};
use domain::ConversationId;
use leptos::{
    either::EitherOf7,
    html::{Dialog as DialogElement, Div, Input},
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use std::time::Duration;

/// How long after the desk is alive the dialogs' code is fetched, so that it is there when the network is
/// not. One that is opened sooner fetches it at once.
const LATER: Duration = Duration::from_millis(1_500);

#[component]
pub fn Dialogs(board: Board) -> impl IntoView {
    let element = NodeRef::<DialogElement>::new();
    let place = NodeRef::<Div>::new();
    let ready = RwSignal::new(false);
    let asked = StoredValue::new(false);
    let fetch = move || {
        if let (false, Some(place)) = (asked.get_value(), place.get_untracked()) {
            asked.set_value(true);
            run_split(move || fill(board, place.clone(), ready));
        }
    };
    Effect::new(move |_| set_timeout(fetch, LATER));
    // The browser's own modal dialog: it traps the focus, and Escape closes it.
    Effect::new(move |_| {
        let (open, ready) = (board.dialog.with(Option::is_some), ready.get());
        if open && !ready {
            fetch();
        }
        if open && ready {
            // The browser moves the keyboard into a dialog when it opens, but not when another takes its
            // place.
            request_animation_frame(|| {
                let found =
                    ["dialog [autofocus]", "dialog .content input, dialog .content button"].into_iter();
                let first = found.filter_map(|s| document().query_selector(s).ok().flatten()).next();
                if let Some(first) =
                    first.and_then(|e| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(e).ok())
                {
                    let _ = first.focus();
                }
            });
        }
        if let Some(element) = element.get() {
            match (open, element.open()) {
                (true, false) => drop(element.show_modal()),
                (false, true) => element.close(),
                _ => {}
            }
        }
    });
    // That it was closed is told a moment later: by then another may have been opened.
    let closed = move || {
        if element.get_untracked().is_none_or(|element| !element.open()) {
            board.dialog.set(None);
        }
    };
    view! {
        <dialog node_ref=element aria-labelledby="dialog-title"
            class:wide=move || matches!(board.dialog.get(), Some(Dialog::Team))
            on:close=move |_| closed()>
            <div class="content" node_ref=place aria-busy=move || (!ready.get()).to_string()>
                <h2 id="dialog-title">
                    {move || board.dialog.with(|dialog| dialog.as_ref().map_or("", Dialog::title))}</h2>
                <p class="quiet">"Loading…"</p>
                <p class="skeleton"></p>
            </div>
            <button class="button quiet icon-only close" aria-label="Close"
                on:click=move |_| board.dialog.set(None)>
                <Icon shape=Shape::Close/>
            </button>
        </dialog>
    }
}

/// Puts the dialogs' content into its place, for as long as the desk is there, instead of the word that it is
/// to come. In a WASM file of its own.
#[wasm_split(dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
fn fill(board: Board, place: web_sys::HtmlDivElement, ready: RwSignal<bool>) -> Result<(), SplitLoaderError> {
    place.set_inner_html("");
    leptos::mount::mount_to(place.into(), move || view! { <Content board=board/> }).forget();
    ready.set(true);
    Ok(())
}

/// What is asked now.
#[component]
fn Content(board: Board) -> impl IntoView {
    move || match board.dialog.get() {
        Some(Dialog::TakeOver(id)) => EitherOf7::A(view! { <TakeOver board=board id=id/> }),
        Some(Dialog::Transfer(id, after)) => {
            EitherOf7::B(view! { <Transfer board=board id=id after=*after/> })
        }
        Some(Dialog::Find(id)) => EitherOf7::C(view! { <Find board=board id=id/> }),
        Some(Dialog::Stay(id)) => EitherOf7::D(view! { <Edit board=board id=id/> }),
        Some(Dialog::Team) => EitherOf7::E(view! { <Team board=board/> }),
        Some(Dialog::Keys) => EitherOf7::F(view! { <Keys/> }),
        None => EitherOf7::G(()),
    }
}

#[component]
fn TakeOver(board: Board, id: ConversationId) -> impl IntoView {
    let reason = NodeRef::<Input>::new();
    let holder =
        move || board.row(id).and_then(|r| r.holder).map(|p| p.name).unwrap_or_else(|| "A colleague".into());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        board.take_over(id, reason.get_untracked().map(|field| field.value()).unwrap_or_default());
        board.dialog.set(None);
    };
    view! {
        <form on:submit=submit>
            <h2 id="dialog-title">{move || format!("Take over from {}?", holder())}</h2>
            <p>{move || format!("{} will be told and can no longer reply. Their draft is \
                kept.", holder())}</p>
            <label for="reason">"Reason "<span class="quiet">
                "(optional, not shown to the guest)"</span></label>
            <input id="reason" maxlength="300" autocomplete="off" autofocus node_ref=reason/>
            <div class="buttons">
                <button type="button" class="button" on:click=move |_| board.dialog.set(None)>
                    "Cancel"</button>
                <button type="submit" class="button primary">"Take over"</button>
            </div>
        </form>
    }
}

#[component]
fn Transfer(board: Board, id: ConversationId, after: Option<Dialog>) -> impl IntoView {
    let colleagues = move || {
        let Some(row) = board.row(id) else { return Vec::new() };
        let holder = row.holder.map(|p| p.id);
        let all = board.colleagues.with(|all| all.get(&row.hotel).cloned().unwrap_or_default());
        all.into_iter().filter(|c| Some(c.id) != holder).collect()
    };
    let after = StoredValue::new(after);
    let nobody = move || !colleagues().iter().any(|c| c.available && c.present);
    view! {
        <h2 id="dialog-title">"Transfer to"</h2>
        <p class="nothing" hidden=move || !nobody()>"No one else is available."</p>
        <ul class="people">
            <For each=colleagues key=|c| (c.id, c.available, c.present) let:colleague>
                <li>
                    <button class="button" disabled=!(colleague.available && colleague.present)
                        on:click=move |_| {
                            board.transfer(id, colleague.id);
                            board.dialog.set(after.get_value());
                        }>
                        <strong>{colleague.name.clone()}</strong>
                        <span class="quiet">{match (colleague.present, colleague.available) {
                            (true, true) => "available",
                            (true, false) => "not available",
                            (false, _) => "away",
                        }}</span>
                    </button>
                </li>
            </For>
        </ul>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let keys = [
        ("j  k", "Next, previous conversation (also Alt ↓, Alt ↑ while writing)"),
        ("1 – 4", "Mine, Waiting, Team, Done"),
        ("/", "Find in the queue"),
        ("c", "Claim, or take the next guest"),
        ("t", "Take over"),
        ("e", "Resolve and go to the next guest"),
        ("u", "Undo (while available)"),
        ("r", "Write a reply"),
        ("n", "Write a note"),
        ("y", "Confirm the bid the guest has accepted"),
        ("p", "Private line with the guest"),
        ("s", "Reservation"),
        ("Enter", "Send"),
        ("Shift Enter", "New line"),
        ("Esc", "Leave the field; press again to close the conversation"),
        ("?", "Show shortcuts"),
    ];
    view! {
        <h2 id="dialog-title">"Keyboard shortcuts"</h2>
        <dl class="keys">
            {keys.into_iter().map(|(key, what)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
                }).collect_view()}
        </dl>
    }
}
