//! Where the agent answers. Only the holder's composer is open; everybody else's says why it is not, and
//! keeps its draft.

use super::{
    board::{Board, Dialog},
    drafts::Kind,
};
use crate::{
    attach::{self, Job},
    live::Link,
    ui::{Icon, Shape, characters_left, is_composing},
};
use domain::{Command, Conversation, ConversationId, Status};
use leptos::{html::Textarea, prelude::*};

#[component]
pub fn Composer(board: Board, id: ConversationId, row: Memo<Option<Conversation>>) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let mine = move || row.with(|r| r.as_ref().is_some_and(|r| r.is_held_by(board.me())));
    let noting = move || board.kind.get() == Kind::Note;
    let key = move || (id, board.kind.get());
    let composer = move || board.composer(id, board.kind.get());
    let trouble = move || composer().problem.get();
    let open = move || mine() || noting();
    let refused = move || board.drafts.with(|d| d.get(&key()).and_then(|draft| draft.refused.clone()));

    // The field follows the draft only when somebody else than the typist changed it.
    Effect::new(move |_| {
        let text = board.drafts.with(|d| d.get(&key()).map(|draft| draft.text.clone()).unwrap_or_default());
        if let Some(field) = field.get()
            && field.value() != text
        {
            field.set_value(&text);
            fit(&field);
        }
    });
    Effect::new(move |_| attach::listen(move || board.composer(id, board.kind.get_untracked())));
    // Whoever has just claimed wants to write.
    Effect::new(move |was_open: Option<bool>| {
        let open = open();
        if open
            && was_open == Some(false)
            && let Some(field) = field.get_untracked()
        {
            request_animation_frame(move || drop(field.focus()));
        }
        open
    });
    let words_only = move || row.with(|_| board.file_limits(id).count == 0);
    let send = move || {
        if let Some(field) = field.get_untracked().filter(|_| open()) {
            board.send(id, field.value());
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) {
            event.prevent_default();
            send();
        }
    };
    let on_input = move |_| {
        if let Some(field) = field.get_untracked() {
            fit(&field);
            board.typed(id, &field.value());
        }
    };
    let placeholder =
        move || if noting() { "Internal note – not visible to the guest" } else { "Reply…" };
    let hotel = move || {
        row.with(|r| r.as_ref().map(|r| r.hotel)).and_then(|hotel| board.hotel(hotel)).map(|h| h.name)
    };
    let left = move || {
        let written =
            board.drafts.with(|d| d.get(&key()).map_or(0, |draft| draft.text.trim().chars().count()));
        board.limit.get_value() as i64 - written as i64
    };
    let roomy = move || !open() || left() > 199;
    // In whose name, in the hotel's colour, where the eye is while writing.
    let name = move || match (noting(), mine()) {
        (true, _) => hotel().map(|h| format!("Internal note at {h}")),
        (false, true) => hotel().map(|h| format!("Replying as {h}")),
        (false, false) => None,
    };
    view! {
        <form class="composer" class:locked=move || !open() class:noting=move || noting()
            on:submit=move |event| { event.prevent_default(); send(); }>
            <Lock board=board id=id row=row/>
            <p class="as hotel" id="as" hidden=move || name().is_none()>{name}</p>
            <p class="problem" role="alert" hidden=move || refused().or_else(trouble).is_none()>
                {move || refused().or_else(trouble).unwrap_or_default()}</p>
            {[Kind::Answer, Kind::Note].map(|kind| view! { <Attached board=board id=id kind=kind/> })}
            <div class="row" hidden=move || !open() && board.drafts.with(|d| !d.contains(&key()))>
                <label for="answer" class="hidden">{move || if noting() { "Note" } else { "Reply" }}</label>
                <textarea id="answer" rows="1" dir="auto" placeholder=placeholder readonly=move || !open()
                    aria-describedby="as" node_ref=field
                    on:input=on_input on:keydown=on_key></textarea>
                <button class="button primary send" type="submit"
                    disabled=move || !open() || board.link.get() != Link::Up
                    aria-label=move || if noting() { "Add note" } else { "Send" }>
                    <Icon shape=Shape::Send/>
                </button>
            </div>
            <p class="left" class:over=move || left() < 0 hidden=roomy>{move || characters_left(left())}</p>
            <div class="tools">
                <label class="button quiet add" class:off=move || !open() hidden=words_only>
                    <Icon shape=Shape::Clip/>"File"
                    <input type="file" multiple accept="image/*,video/*,application/pdf"
                        disabled=move || !open()
                        aria-label="Add photos, videos or PDFs"/>
                </label>
                <button type="button" class="button quiet microphone" disabled=move || !open()
                    hidden=words_only>
                    <Icon shape=Shape::Microphone/>"Voice"
                </button>
                <button type="button" class="button quiet" aria-pressed=move || noting().to_string()
                    on:click=move |_| {
                        board.kind.set(if noting() { Kind::Answer } else { Kind::Note });
                        focus(field);
                    }>
                    <Icon shape=Shape::Note/>"Note"
                </button>
                <button type="button" class="button quiet" hidden=move || !board.may_ask_for_line(id)
                    on:click=move |_| board.ask_for_line(id)>
                    <Icon shape=Shape::Lock/>"Private line"
                </button>
            </div>
        </form>
    }
}

/// The files of a composer that has some, and the voice that is being recorded.
#[component]
fn Attached(board: Board, id: ConversationId, kind: Kind) -> impl IntoView {
    let composer = board.composer(id, kind);
    let place = composer.place.clone();
    Effect::new(move |_| {
        let kept =
            window().local_storage().ok().flatten().and_then(|kept| kept.get_item(&composer.key).ok()?);
        if kept.is_some() || composer.picked.get_untracked() > 0 {
            attach::run(Job::Restore(composer.clone()));
        }
    });
    view! {
        <div class="attached" id=place.clone() hidden=move || board.kind.get() != kind></div>
        <div class="voice" id=format!("{place}-voice") hidden=move || board.kind.get() != kind></div>
    }
}

fn focus(field: NodeRef<Textarea>) {
    request_animation_frame(move || {
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    });
}

/// What stands above a composer that is not mine to use.
#[component]
fn Lock(board: Board, id: ConversationId, row: Memo<Option<Conversation>>) -> impl IntoView {
    let status = move || row.with(|r| r.as_ref().map(|r| r.status));
    let holder = move || row.with(|r| r.as_ref().and_then(|r| r.holder.clone()));
    let others = move || holder().is_some_and(|p| p.id != board.me());
    let may_claim =
        move || row.with(|r| r.as_ref().is_some_and(|r| board.may(r, |epoch| Command::Claim { epoch })));
    let may_reopen =
        move || row.with(|r| r.as_ref().is_some_and(|r| board.may(r, |epoch| Command::Reopen { epoch })));
    view! {
        <div class="lock waiting" hidden=move || !may_claim()>
            <p>"No one has claimed this conversation yet."</p>
            <button type="button" class="button primary" on:click=move |_| board.claim(id)>"Claim"<kbd>
                "c"</kbd></button>
        </div>
        <div class="lock held" hidden=move || !others()>
            <p><strong>{move || holder().map(|p| p.name)}</strong>" is answering this guest."</p>
            <button type="button" class="button"
                on:click=move |_| board.dialog.set(Some(Dialog::TakeOver(id)))>"Take over"</button>
        </div>
        <div class="lock done" hidden=move || status() != Some(Status::Resolved)>
            <p>"This conversation is resolved."</p>
            <button type="button" class="button" hidden=move || !may_reopen()
                on:click=move |_| board.reopen(id)>"Reopen"</button>
        </div>
    }
}

/// Grows the field with its text; the style sheet says how far.
fn fit(field: &web_sys::HtmlTextAreaElement) {
    let _ = field.set_attribute("style", "height: auto");
    let height = field.scroll_height();
    let _ = field.set_attribute("style", &format!("height: {height}px"));
}
