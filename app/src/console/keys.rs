//! The keyboard. Single keys work outside of fields, so that nobody claims a guest by writing the letter c.

use super::{
    board::{Board, Dialog, Section},
    drafts::Kind,
};
use crate::ui::is_composing;
use domain::{Command, ConversationId, Status};
use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

pub fn on_key(board: Board, event: &KeyboardEvent) {
    // A dialog, by its own state: the browser closes it a moment before it says so. Or a private line: what
    // is typed on when it ends is not to claim or resolve anything.
    let over = document().query_selector("dialog[open], .desk > main[inert]");
    if over.is_ok_and(|over| over.is_some()) || is_composing(event) || event.ctrl_key() || event.meta_key() {
        return;
    }
    // A key that is held down steps through the queue; it does not claim or resolve one guest after another.
    if event.repeat() && !event.alt_key() && !matches!(event.key().as_str(), "j" | "k") {
        return;
    }
    let field = writing_in(event);
    let done = match (event.alt_key(), event.key().as_str()) {
        (true, "ArrowDown") => act(|| board.step(1)),
        (true, "ArrowUp") => act(|| board.step(-1)),
        (false, "Escape") if close_menu() => true,
        (false, "Escape") if board.guest_shown.get_untracked() => act(|| board.guest_shown.set(false)),
        (false, "Escape") => act(|| leave(board, field)),
        (false, key) if field.is_none() => plain(board, key),
        _ => false,
    };
    if done {
        event.prevent_default();
    }
}

fn plain(board: Board, key: &str) -> bool {
    let selected = board.selected.get_untracked();
    match (key, selected) {
        ("j", _) => act(|| board.step(1)),
        ("k", _) => act(|| board.step(-1)),
        ("?", _) => act(|| board.dialog.set(Some(Dialog::Keys))),
        // Nothing picked, or what is picked is done: whoever has waited longest.
        ("c", None) => act(|| board.claim_next()),
        ("c", Some(id)) if is_resolved(board, id) => act(|| board.claim_next()),
        ("c", Some(id)) => act(|| board.claim(id)),
        ("u", _) => act(|| board.undo.act()),
        ("/", _) => act(|| focus("find")),
        ("1" | "2" | "3" | "4", _) => {
            let at = key.parse::<usize>().unwrap_or(1) - 1;
            act(|| board.open_tab(Section::ALL[at]))
        }
        ("t", Some(id)) => others_hold(board, id) && act(|| board.dialog.set(Some(Dialog::TakeOver(id)))),
        ("s", Some(id)) => act(|| {
            let known = board.rows.with_untracked(|rows| rows.get(&id).is_some_and(|row| row.stay.is_some()));
            board.dialog.set(Some(if known { Dialog::Stay(id) } else { Dialog::Find(id) }));
        }),
        ("e", Some(id)) => act(|| board.resolve(id)),
        ("p", Some(id)) => untrack(|| board.may_ask_for_line(id)) && act(|| board.ask_for_line(id)),
        ("y", Some(id)) => act(|| board.confirm(id)),
        ("r", Some(_)) => act(|| focus_answer(board, false)),
        ("n", Some(_)) => act(|| focus_answer(board, true)),
        _ => false,
    }
}

/// Escape leaves what one is in: the field, then what is looked for, then the conversation.
fn leave(board: Board, field: Option<HtmlElement>) {
    let finding = untrack(|| board.is_finding());
    match field {
        Some(field) if field.id() != "find" => drop(field.blur()),
        Some(field) => {
            board.find.set(String::new());
            let _ = field.blur();
        }
        None if finding => board.find.set(String::new()),
        None => board.select(None),
    }
}

fn others_hold(board: Board, id: ConversationId) -> bool {
    untrack(|| {
        board.row(id).is_some_and(|row| {
            row.status == Status::Held
                && board.may(&row, |epoch| Command::TakeOver { epoch, reason: String::new() })
        })
    })
}

fn focus_answer(board: Board, noting: bool) {
    board.kind.set(if noting { Kind::Note } else { Kind::Answer });
    focus("answer");
}

fn focus(id: &'static str) {
    request_animation_frame(move || {
        if let Some(field) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}

fn is_resolved(board: Board, id: ConversationId) -> bool {
    board.rows.with_untracked(|rows| rows.get(&id).is_some_and(|row| row.status == Status::Resolved))
}

fn act(work: impl FnOnce()) -> bool {
    work();
    true
}

/// Closes the menu that is open; whether there was one.
fn close_menu() -> bool {
    let open = |selector| document().query_selector(selector).ok().flatten();
    if let Some(more) = open(".actions.open .more").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        more.click();
        return true;
    }
    open(".bar details[open]").is_some_and(|menu| menu.remove_attribute("open").is_ok())
}

/// The field the key was pressed in, if it was one that can be written in: a locked composer holds no key
/// back.
fn writing_in(event: &KeyboardEvent) -> Option<HtmlElement> {
    let element = event.target()?.dyn_into::<HtmlElement>().ok()?;
    let field = matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        && !element.has_attribute("readonly");
    field.then_some(element)
}
