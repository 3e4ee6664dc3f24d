//! What is seen of private lines: a card that asks, and the panel of an open one.

use super::{Line, Lines, Stage};
use crate::{
    ui::{Icon, Shape},
    whisper::{
        browser::Js,
        field::Field,
        people::{Lanes, OwnLane},
        room::{Room, Stage as RoomStage},
    },
};
use domain::wire::{
    line::{Seat, Wish},
    whisper::Reason,
};
use leptos::{either::EitherOf3, html, prelude::*};
use std::time::Duration;

#[component]
pub fn LinesView(lines: Lines) -> impl IntoView {
    // Without its style sheet a panel could be taken for the conversation.
    let (styled, tries) = (RwSignal::new(false), RwSignal::new(0));
    Effect::new(move |_| {
        let covers = |line: &Line| matches!(line.stage, Stage::Open(_) | Stage::Accepting) && is_shown(line);
        let covered = lines.0.with(|all| all.iter().any(covers)) && styled.get();
        for under in [".desk > main", ".desk > .guest", ".chat", ".stays"] {
            if let Some(under) = Js::global("document").call("querySelector", &[&under.into()]) {
                under.set("inert", covered);
            }
        }
    });
    // Asked for again, as a split file is.
    let again = move |_| set_timeout(move || tries.update(|tries| *tries += 1), Duration::from_secs(2));
    let key = |line: &Line| (line.place.conversation, line.place.epoch, std::mem::discriminant(&line.stage));
    let child = move |line: Line| {
        let part = match line.stage.clone() {
            Stage::Open(seat) => EitherOf3::A(view! { <Open lines=lines line=line seat=seat/> }),
            Stage::Failed(why) => EitherOf3::B(view! { <Failed lines=lines line=line why=why/> }),
            Stage::Waiting | Stage::Offered | Stage::Accepting => {
                EitherOf3::C(view! { <Asking lines=lines line=line/> })
            }
        };
        view! { <div hidden=move || !styled.get()>{part}</div> }
    };
    view! {
        <link rel="stylesheet" href=move || format!("/line.css?{}", tries.get())
            on:load=move |_| styled.set(true) on:error=again/>
        <For each=move || lines.0.get() key=key children=child/>
    }
}

/// A panel stands over its own conversation only; cards wherever the agent is.
fn is_shown(line: &Line) -> bool {
    line.place.desk.as_ref().is_none_or(|desk| desk.selected.get() == Some(line.place.conversation))
}

/// The panel; and where another conversation is looked at, the way back to it.
#[component]
fn Open(lines: Lines, line: Line, seat: Seat) -> impl IntoView {
    let (id, desk, with) = (line.place.conversation, line.place.desk.clone(), line.place.with.clone());
    let (away, shown) = (line.clone(), line.clone());
    let room = Room::new(&seat.room);
    let over = Memo::new(move |_| over(room.stage.get(), &with));
    let with = line.place.with.clone();
    view! {
        <button type="button" class="line-away" hidden=move || is_shown(&away)
            on:click=move |_| if let Some(desk) = &desk { (desk.select)(Some(id)) }>
            <Icon shape=Shape::Lock/>
            {move || match over.with(Option::is_some) {
                true => format!("The private line with {with} has ended"),
                false => format!("A private line with {with} is open"),
            }}
        </button>
        <div hidden=move || !is_shown(&shown)>
            <Panel lines=lines line=line seat=seat room=room over=over/>
        </div>
    }
}

/// Why it is over, once it is.
fn over(stage: RoomStage, with: &str) -> Option<String> {
    match stage {
        RoomStage::Ended(reason) => Some(ended(reason, with)),
        RoomStage::Broken => Some(
            "The two screens couldn’t agree on a key, so someone may be listening in. Try again, or call \
                instead."
                .into(),
        ),
        RoomStage::Insecure => Some("This browser cannot encrypt messages.".into()),
        _ => None,
    }
}

/// Somebody has offered a line, or waits for the answer.
#[component]
fn Asking(lines: Lines, line: Line) -> impl IntoView {
    let offered = line.stage == Stage::Offered;
    let accepting = line.stage == Stage::Accepting;
    let with = line.place.with.clone();
    let title = match line.stage {
        Stage::Offered => format!("{with} would like a private line"),
        Stage::Accepting => format!("Opening the private line with {with}…"),
        _ => format!("Waiting for {with} to open the private line…"),
    };
    let (accepted, declined) = (line.place.clone(), line.place);
    let accept = move |_| {
        if let Some(desk) = &accepted.desk {
            (desk.select)(Some(accepted.conversation));
        }
        lines.answer(accepted.clone(), Wish::Accept);
    };
    let decline = move |_| lines.answer(declined.clone(), Wish::Decline);
    view! {
        <section class="line-card" role="alert" aria-label="Private line">
            <Icon shape=Shape::Lock/>
            <div>
                <h2>{title}</h2>
                <p>"For anything that shouldn’t be kept, such as a door code or a passport number. You \
                    both see each letter as it’s typed, and seconds later it’s gone. The conversation \
                    only records that a line was open."</p>
                <div class="acts" hidden=accepting>
                    {offered.then(|| view! {
                        <button type="button" class="button primary" on:click=accept>"Open it"</button>
                    })}
                    <button type="button" class="button" on:click=decline>
                        {if offered { "Not now" } else { "Withdraw" }}</button>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Failed(lines: Lines, line: Line, why: String) -> impl IntoView {
    view! {
        <section class="line-card" role="alert" aria-label="Private line">
            <Icon shape=Shape::Lock/>
            <div>
                <h2>{why}</h2>
                <div class="acts">
                    <button type="button" class="button"
                        on:click=move |_| lines.remove(line.place.conversation)>
                        "Close"</button>
                </div>
            </div>
        </section>
    }
}

/// An open line.
#[component]
fn Panel(lines: Lines, line: Line, seat: Seat, room: Room, over: Memo<Option<String>>) -> impl IntoView {
    let place = line.place;
    let (conversation, opener, closed) = (place.conversation, seat.opener, place.clone());
    let title = NodeRef::<html::H2>::new();
    let with = place.with.clone();
    Effect::new(move |_| {
        room.take_seat(&seat, &with);
        // Whoever has offered may be writing something else just now: that is not for here.
        if let (true, Some(title)) = (opener, title.get_untracked()) {
            let _ = title.focus();
        }
    });
    on_cleanup(move || room.leave_if_there());
    let is_over = move || over.with(Option::is_some);
    let end = NodeRef::<html::Div>::new();
    // What is typed on goes nowhere: not to a button either, which a space or an Enter would press.
    Effect::new(move |_| {
        if let (true, Some(end)) = (is_over(), end.get()) {
            request_animation_frame(move || drop(end.focus()));
        }
    });
    let with = place.with.clone();
    let stage = move || match (is_over(), room.ready.get()) {
        (true, _) => "over",
        (false, true) => "ready",
        (false, false) => "opening",
    };
    let label = format!("Private line with {with}");
    let on_key = move |event: leptos::ev::KeyboardEvent| event.stop_propagation();
    view! {
        <section class="private-line" role="dialog" aria-label=label
            data-stage=stage
            on:keydown=on_key>
            <header>
                {place.desk.clone().map(|desk| view! {
                    <button type="button" class="button quiet icon-only only-small"
                        aria-label="Back to the queue"
                        on:click=move |_| (desk.select)(None)><Icon shape=Shape::Back/></button>
                })}
                <Icon shape=Shape::Lock/>
                <div>
                    <h2 tabindex="-1" node_ref=title>{format!("Private line with {with}")}</h2>
                    <p>"Gone in seconds, kept nowhere"</p>
                </div>
                <button type="button" class="button" hidden=is_over
                    on:click=move |_| {
                        room.leave();
                        lines.end(&closed);
                    }>"End the line"</button>
            </header>
            <p class="digits" hidden=move || is_over() || room.digits.with(Option::is_none)>
                <strong>{move || room.digits.get().map(spaced)}</strong>
                <span>"Check that the other screen shows the same six digits. If it doesn’t, someone may \
                    be listening in: end the line."</span>
            </p>
            <p class="connection lost" role="status"
                hidden=move || is_over() || room.stage.get() != RoomStage::Lost>
                "Connection lost. No one sees what you type until you’re back online."</p>
            <div class="lanes" hidden=is_over><Lanes room=room/></div>
            <div class="hidden" role="log" aria-label="Messages" aria-live="polite"
                aria-relevant="additions" node_ref=room.log></div>
            <p class="whisper-notice" role="status"
                hidden=move || is_over() || room.notice.text.with(Option::is_none)>
                {move || room.notice.text.get()}</p>
            <div class="own-area" hidden=is_over>
                <OwnLane room=room renames=false/>
                <Field room=room at_once=!opener/>
                <p class="plainly">"Anyone can photograph a screen, and no page can stop that. Never type \
                    a card number; pay on the hotel’s payment page or at the desk."</p>
            </div>
            <div class="over" role="alert" tabindex="-1" node_ref=end hidden=move || !is_over()>
                <p><strong>{move || over.get()}</strong></p>
                <p>"Nothing said here was saved."</p>
                <button type="button" class="button primary"
                    on:click=move |_| lines.close(conversation)>"Back to the conversation"</button>
            </div>
        </section>
    }
}

fn ended(reason: Reason, with: &str) -> String {
    match reason {
        Reason::Left => "You ended the private line.".into(),
        Reason::Closed => format!("{with} ended the private line."),
        Reason::Silent => "The private line ended after five minutes without a message.".into(),
        Reason::Moved => "The private line ended because the conversation changed hands.".into(),
        Reason::Lost => format!("The private line ended because the connection to {with} was lost."),
        _ => "The private line has ended.".into(),
    }
}

/// `123 456`, as one reads it out.
fn spaced(digits: String) -> String {
    let (first, second) = digits.split_at(3);
    format!("{first} {second}")
}
