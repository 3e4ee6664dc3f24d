//! The conversation in the middle of the desk: its head, its timeline, and what may be done with it.

use super::{
    board::{Board, Dialog},
    composer::Composer,
    drafts::Unsent,
    request::Requests,
};
use crate::{
    live::Link,
    ui::{Clock, Icon, Linked, Shape, day_name, day_number, files_in_html},
};
use domain::{
    Command, Conversation, ConversationId, Entry, EntryKind, Epoch, Person, Recipient, StaffId, Status,
};
use leptos::{either::Either, prelude::*};

#[component]
pub fn ConversationView(board: Board) -> impl IntoView {
    move || match board.selected.get() {
        Some(id) => Either::Left(view! { <Open board=board id=id/> }),
        None => Either::Right(view! {
            <section class="conversation none" aria-label="Conversation">
                <p class="nothing">"Select a conversation ("<kbd>"j"</kbd>"), or take the next guest \
                    ("<kbd>"c"</kbd>")."</p>
            </section>
        }),
    }
}

#[component]
fn Open(board: Board, id: ConversationId) -> impl IntoView {
    let row = Memo::new(move |_| board.row(id));
    let hotel = move || row.with(|r| r.as_ref().map(|r| r.hotel)).and_then(|id| board.hotel(id));
    let label = move || row.with(|r| r.as_ref().map(|r| board.title(r)).unwrap_or_default());
    view! {
        <section class="conversation" aria-label="Conversation"
            style=move || hotel().map(|h| format!("--hotel: {}", h.accent))>
            <header class="head">
                <button class="button quiet icon-only only-small" aria-label="Back to the queue"
                    on:click=move |_| board.select(None)>
                    <Icon shape=Shape::Back/>
                </button>
                <div class="who">
                    <h1 dir="auto" tabindex="-1">{label}</h1>
                    <p>
                        <span class="hotel">{move || hotel().map(|h| h.name)}</span>
                        <span class="standing">
                            {move || row.with(|r| r.as_ref().map(|r| standing(r, board.me())))}</span>
                    </p>
                </div>
                <button class="button quiet icon-only only-narrow" aria-label="About the guest"
                    aria-expanded=move || board.guest_shown.get().to_string()
                    on:click=move |_| board.guest_shown.update(|shown| *shown = !*shown)>
                    <Icon shape=Shape::Guest/>
                </button>
                <Actions board=board id=id row=row/>
            </header>
            <Onlookers board=board row=row/>
            <Requests board=board id=id row=row/>
            <Timeline board=board id=id row=row/>
            <Composer board=board id=id row=row/>
        </section>
    }
}

fn standing(row: &Conversation, me: StaffId) -> String {
    match (&row.holder, row.status) {
        (Some(p), _) if p.id == me => "You are answering".into(),
        (Some(p), _) => format!("{} is answering", p.name),
        (None, Status::Resolved) => "Resolved".into(),
        (None, _) => "Waiting".into(),
    }
}

/// What the domain lets me do now, as buttons.
#[component]
fn Actions(board: Board, id: ConversationId, row: Memo<Option<Conversation>>) -> impl IntoView {
    let may = move |command: fn(Epoch) -> Command| {
        row.with(|row| row.as_ref().is_some_and(|row| board.may(row, command)))
    };
    let mine = move || row.with(|r| r.as_ref().is_some_and(|r| r.is_held_by(board.me())));
    let may_release = move || may(|epoch| Command::Release { epoch, reason: String::new() });
    // To whom is asked in the dialog, which lists those who are there.
    let may_transfer = move || may(|epoch| Command::Transfer { epoch, to: Recipient::anybody() });
    let open = RwSignal::new(false);
    view! {
        <div class="actions" class:open=open>
            <button class="button quiet icon-only only-small more" aria-label="More"
                aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|on| *on = !*on)>
                "⋯"</button>
            <div class="others" on:click=move |_| open.set(false)>
                <button class="button" hidden=move || !may_release() on:click=move |_| board.release(id)>
                    "Release"
                </button>
                <button class="button" hidden=move || !may_transfer()
                    on:click=move |_| board.dialog.set(Some(Dialog::Transfer(id, Box::new(None))))>
                    "Transfer"
                </button>
            </div>
            // The second half of a double click would meet the next guest's button.
            <button class="button primary" hidden=move || !mine()
                on:click=move |event| if event.detail() < 2 { board.resolve(id) }>"Resolve"</button>
        </div>
    }
}

/// Who else is looking at this conversation.
#[component]
fn Onlookers(board: Board, row: Memo<Option<Conversation>>) -> impl IntoView {
    let others = move || {
        let me = board.me();
        // That the holder is looking goes without saying.
        let holder = row.with(|r| r.as_ref().and_then(|r| r.holder.as_ref().map(|p| p.id)));
        let other = |p: &&Person| p.id != me && Some(p.id) != holder;
        board.viewers.with(|v| v.iter().filter(other).map(|p| p.name.clone()).collect::<Vec<_>>())
    };
    let text = move || match others().as_slice() {
        [] => String::new(),
        [one] => format!("{one} is also viewing"),
        many => format!("{} are also viewing", many.join(", ")),
    };
    view! { <p class="onlookers" hidden=move || others().is_empty()>{text}</p> }
}

/// What the timeline shows: an entry, or the day that begins before it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Day(i64, String),
    /// From here on the words are new.
    New,
    /// An entry, and whether it goes on where the same author left off.
    Entry(Entry, bool),
}

#[component]
fn Timeline(board: Board, id: ConversationId, row: Memo<Option<Conversation>>) -> impl IntoView {
    // The newest line stays in view, unless the agent has scrolled up to read. One's own words are always
    // brought there.
    Effect::new(move |before: Option<usize>| {
        let (count, own) = board
            .entries
            .with(|entries| (entries.len(), entries.last().is_some_and(|e| e.by.is(board.me()))));
        let _ = board.typing.with(|t| t.contains(&id));
        let first = before.unwrap_or(0) == 0;
        if board.scroll.get().is_some()
            && (first || !board.away.get_untracked() || own && before != Some(count))
        {
            board.to_the_end();
        }
        count
    });
    // What is said of the connection, or beside it, takes room from the end.
    Effect::new(move |_| {
        board.link.track();
        board.notice.text.track();
        board.undo.text.track();
        board.stay_at_the_end();
    });
    let today = Memo::new(move |_| day_number(board.now.get()));
    let items = move || {
        let today = today.get();
        let mut new_from = board.new_from.get();
        let mut day = None;
        let mut items = Vec::new();
        board.entries.with(|entries| {
            for entry in entries {
                let begun = day_number(entry.at);
                if day.is_none_or(|day| begun > day) {
                    day = Some(begun);
                    items.push(Item::Day(begun, day_name(entry.at, today)));
                }
                if new_from
                    .is_some_and(|read| entry.seq > read && entry.kind.is_word() && entry.by.is_guest())
                {
                    new_from = None;
                    items.push(Item::New);
                }
                let goes_on =
                    matches!(items.last(), Some(Item::Entry(before, _)) if entry.goes_on_from(before));
                items.push(Item::Entry(entry.clone(), goes_on));
            }
        });
        items
    };
    let key = |item: &Item| match item {
        Item::Day(day, name) => (*day, 0, name.clone()),
        Item::New => (i64::MAX, 0, String::new()),
        Item::Entry(entry, _) => (i64::MIN, entry.seq, String::new()),
    };
    let item = move |item: Item| match item {
        Item::Day(_, name) => Either::Left(view! { <li class="day"><span>{name}</span></li> }),
        Item::New => Either::Left(view! { <li class="day"><span>{"New".to_owned()}</span></li> }),
        Item::Entry(entry, goes_on) => {
            Either::Right(view! { <EntryView board=board entry=entry goes_on=goes_on row=row/> })
        }
    };
    // Nothing is called on its way while there is no way.
    let on_its_way = move || if board.link.get() == Link::Up { "Sending…" } else { "Not sent yet" };
    let unsent = move || {
        let here = |u: &&Unsent| u.conversation == id;
        board.unsent.with(|all| all.iter().filter(here).cloned().collect::<Vec<_>>())
    };
    let unsent_line = move |u: Unsent| {
        let class = if u.note { "said note pending" } else { "said staff pending" };
        let (id, files) = (u.client_id, u.files);
        // Its files say how far they are.
        let state = move || {
            let there = !files || board.brought.with(|brought| brought.contains(&id));
            there.then(on_its_way)
        };
        view! {
            <li class=class>
                <p class="body" dir="auto">{u.body}</p>
                <div class="files" id=id.to_string()></div>
                <p class="meta">{state}</p>
            </li>
        }
    };
    let typing = move || {
        board.typing.with(|t| t.get(&id).map(|(name, _)| name.clone())).map(|name| {
            view! {
                <li class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
                    {format!("{name} is typing…")}</li>
            }
        })
    };
    view! {
        <div class="scroll" node_ref=board.scroll tabindex="0" role="region" aria-label="Timeline"
            on:scroll=move |_| board.scrolled()>
            <ol class="timeline" aria-live="polite" aria-relevant="additions">
                <For each=items key=key children=item/>
                <For each=unsent key=|u| u.client_id children=unsent_line/>
                {typing}
            </ol>
        </div>
        <div class="below" hidden=move || board.below() == 0>
            <button type="button" class="button primary" on:click=move |_| board.to_the_end()>
                {move || match board.below() { 1 => "↓ 1 new message".to_owned(), n => format!("↓ {n} new \
                    messages") }}
            </button>
        </div>
    }
}

#[component]
fn EntryView(board: Board, entry: Entry, goes_on: bool, row: Memo<Option<Conversation>>) -> impl IntoView {
    let seq = entry.seq;
    let me = board.you.with_untracked(|you| you.id);
    let guest = row.with_untracked(|r| r.as_ref().map(|r| untrack(|| board.title(r))).unwrap_or_default());
    let by = match (entry.by.is_guest(), entry.by.is(me)) {
        (true, _) => guest,
        (_, true) => "You".to_owned(),
        _ => entry.by.name.clone(),
    };
    match entry.kind {
        kind if kind.is_words() => {
            let class = match (entry.kind, entry.by.is_guest()) {
                (EntryKind::Note, _) => "said note",
                (_, true) => "said guest",
                (_, false) => "said staff",
            };
            let answer = entry.is_answer();
            // Under the last answer only: whether the guest has seen it.
            let mark = move || {
                let last = board.entries.with(|entries| {
                    entries.iter().rev().find(|e| e.is_answer()).is_some_and(|e| e.seq == seq)
                });
                let read = row.with(|r| r.as_ref().is_some_and(|r| r.guest_read >= seq));
                match (answer && last, read) {
                    (true, true) => " · read",
                    (true, false) => " · delivered",
                    _ => "",
                }
            };
            let note = (entry.kind == EntryKind::Note).then_some("note · ");
            let head = entry.head(&by);
            let files = files_in_html(&entry.files);
            Either::Left(view! {
                <li class=class class:goes-on=goes_on>
                    <p class="by">{head}</p>
                    <p class="body" dir="auto"><Linked text=entry.body/></p>
                    <div class="files" inner_html=files></div>
                    <p class="meta">{note}<Clock at=entry.at/>{mark}</p>
                </li>
            })
        }
        _ => {
            let reason = entry.reason().map(|reason| format!(" — “{reason}”"));
            let text = entry.in_words(&by);
            Either::Right(
                view! { <li class="event"><span>{text}{reason}" · "<Clock at=entry.at/></span></li> },
            )
        }
    }
}
