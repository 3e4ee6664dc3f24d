//! A request beside the conversation: what the guest asks for, what was bid, and what is to be done now.

use super::board::Board;
use crate::ui::Until;
use domain::wire::request::Part;
use domain::{Conversation, ConversationId, LegId, LegState};
use leptos::prelude::*;

/// For how long a bid may be valid, in hours; 0 for as long as any may be.
const VALID: [(i64, &str); 4] =
    [(2, "2 hours"), (6, "6 hours"), (24, "24 hours"), (0, "as long as possible")];

#[component]
pub fn Requests(board: Board, id: ConversationId, row: Memo<Option<Conversation>>) -> impl IntoView {
    let shown = Memo::new(move |_| board.requests.with(|all| shown(all)));
    let included_before = move || {
        let words = board.included_before.get();
        words.into_iter().map(|words| view! { <option value=words></option> }).collect_view()
    };
    view! {
        <div class="asked" hidden=move || shown.with(Vec::is_empty)>
            <datalist id="included">{included_before}</datalist>
            <For each=move || shown.get() key=|request| *request let:request>
                {
                    let part = Memo::new(move |_| {
                        board.requests.with(|all| all.iter().find(|p| p.request == request).cloned())
                    });
                    view! { <Request board=board id=id request=request row=row part=part/> }
                }
            </For>
        </div>
    }
}

/// What is to be bid for or confirmed; where nothing is, how the newest came out.
fn shown(all: &[Part]) -> Vec<LegId> {
    let live: Vec<_> = all.iter().filter(|part| !part.state.is_over()).map(|part| part.request).collect();
    if live.is_empty() { all.first().map(|part| part.request).into_iter().collect() } else { live }
}

#[component]
fn Request(
    board: Board,
    id: ConversationId,
    request: LegId,
    row: Memo<Option<Conversation>>,
    part: Memo<Option<Part>>,
) -> impl IntoView {
    let draft = Memo::new(move |_| board.bid_draft(request));
    let with = move |f: fn(&Part) -> String| part.with(|p| p.as_ref().map(f).unwrap_or_default());
    let state = move || part.with(|p| p.as_ref().map_or(LegState::Ended, |p| p.state));
    let mine = move || row.with(|r| r.as_ref().is_some_and(|r| r.is_held_by(board.me())));
    let holder = move || row.with(|r| r.as_ref().and_then(|r| r.holder.as_ref().map(|h| h.name.clone())));
    let ringing = move || part.with(|p| p.as_ref().is_some_and(|p| p.ringing));
    let waiting = move || row.with(|r| r.as_ref().is_some_and(|r| r.holder.is_none()));
    let may_confirm = move || state() == LegState::Accepted && (mine() || ringing() || waiting());
    let may_bid = move || {
        let open = matches!(
            state(),
            LegState::Asked | LegState::Bid | LegState::Lapsed | LegState::TakenBack | LegState::Declined
        );
        open && mine()
    };
    // Open before the first bid, and while another is written.
    let writing = RwSignal::new(true);
    let version =
        Memo::new(move |_| part.with(|p| p.as_ref().and_then(|p| p.bids.last()).map(|bid| bid.version)));
    Effect::new(move |_| writing.set(version.get().is_none()));
    let has_bid = move || mine() && (state().has_bid() || state() == LegState::Accepted);
    let our_bids = move || {
        with(|p| match p.bids.len() {
            1 => "Our bid".into(),
            n => format!("Our {n} bids"),
        })
    };
    let bids = move || {
        part.with(|p| p.as_ref().map(|p| p.bids.clone()).unwrap_or_default())
            .into_iter()
            .rev()
            .map(|bid| view! { <li><strong>{bid.total.grouped()}</strong>" "{bid.included}</li> })
            .collect_view()
    };
    let until = move || {
        let known = part.get()?;
        let at = match known.state {
            LegState::Accepted => known.confirm_by?,
            LegState::Bid | LegState::Lapsed => known.bids.last()?.valid_until,
            LegState::Asked | LegState::TakenBack => known.answer_by,
            _ => return None,
        };
        Some(view! { <Until at=at now=board.now/> })
    };
    let best = move || {
        part.with(|p| p.as_ref().and_then(|p| p.best).map(|best| format!("Best so far: {}", best.grouped())))
    };
    let currency = move || with(|p| p.wanted.currency.code().to_owned());
    let valid = VALID
        .map(|(hours, words)| {
            view! { <option value=hours.to_string() selected=move || draft.with(|d| d.hours == hours)>{words}
            </option> }
        })
        .collect_view();
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(part) = part.get_untracked() {
            board.bid(id, part);
        }
    };
    let reason = RwSignal::new(String::new());
    let decline = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        board.decline(id, request, reason.get_untracked());
    };
    let send_words = move || if version.get().is_some() { "Send revised bid" } else { "Send the bid" };
    let confirm = move || if mine() { "Confirm" } else { "Take over and confirm" };
    let refused = move || draft.with(|draft| draft.refused.clone());
    view! {
        <section class="request" data-state=move || state().as_str() aria-label="Request">
            <p class="what"><span class="state">{move || called(state())}</span>
                <strong>{move || with(|p| p.wanted.in_short())}</strong>
                <span class="until">{until}</span></p>
            <p class="words" dir="auto" hidden=move || with(|p| p.wanted.words.clone()).is_empty()>
                {move || with(|p| p.wanted.words.clone())}</p>
            <p class="quiet">{move || with(budget)}<span class="best">{best}</span></p>
            <div class="accepted" hidden=move || state() != LegState::Accepted>
                <p>"The guest has accepted "<strong>{move || with(total)}</strong>"."</p>
                <button type="button" class="button primary" hidden=move || !may_confirm()
                    on:click=move |_| board.confirm(id)>{confirm}
                    <kbd>"y"</kbd></button>
                <p class="quiet" hidden=may_confirm>"Waiting for "{holder}" to confirm."</p>
            </div>
            <details class="versions" hidden=move || version.get().is_none()>
                <summary>{our_bids}</summary>
                <ul>{bids}</ul>
            </details>
            <details class="bidding" hidden=move || !may_bid() prop:open=writing
                on:toggle:target=move |event| writing.set(event.target().open())>
                <summary class="button" hidden=move || version.get().is_none()>"Revise bid"</summary>
                <form class="bid" on:submit=send>
                    <p class="problem" role="alert" hidden=move || refused().is_none()>{refused}</p>
                    <label>"Total, including taxes ("{currency}")"
                        <input name="amount" inputmode="decimal" autocomplete="off" required=true
                            maxlength="24" prop:value=move || draft.with(|d| d.amount.clone())
                            on:input:target=move |e| {
                                board.edit_bid(request, |d| d.amount = e.target().value());
                            }/></label>
                    <label>"What it includes"
                        <input name="included" maxlength="1000" autocomplete="off" list="included"
                            prop:value=move || draft.with(|d| d.included.clone())
                            on:input:target=move |e| {
                                board.edit_bid(request, |d| d.included = e.target().value());
                            }/></label>
                    <label>"Valid for"
                        <select name="valid" on:change:target=move |e| {
                            board.edit_bid(request, |d| d.hours = e.target().value().parse().unwrap_or(24));
                        }>{valid}</select></label>
                    <label class="check">
                        <input type="checkbox" name="itself"
                            prop:checked=move || draft.with(|d| d.confirms_itself)
                            on:change:target=move |e| {
                                board.edit_bid(request, |d| d.confirms_itself = e.target().checked());
                            }/>
                        "Confirm automatically when accepted"</label>
                    <button class="button primary" type="submit">{send_words}</button>
                </form>
            </details>
            <div class="more">
                <button type="button" class="button quiet" hidden=move || !has_bid()
                    on:click=move |_| {
                        if let Some(version) = version.get_untracked() {
                            board.take_back(id, request, version);
                        }
                    }>"Withdraw the bid"</button>
                <details hidden=move || !may_bid() || state() == LegState::Declined>
                    <summary class="button quiet">"Decline to bid"</summary>
                    <form on:submit=decline>
                        <label>"Reason, for the guest"<input name="reason" required=true maxlength="1000"
                            on:input:target=move |e| reason.set(e.target().value())/></label>
                        <button class="button" type="submit">"Decline"</button>
                    </form>
                </details>
            </div>
        </section>
    }
}

fn total(part: &Part) -> String {
    part.bids.last().map(|bid| bid.total.grouped()).unwrap_or_default()
}

fn budget(part: &Part) -> String {
    let budget = part.wanted.budget.map(|budget| format!("Up to {}. ", budget.grouped())).unwrap_or_default();
    let others = if part.wanted.other_currencies { "Other currencies are welcome. " } else { "" };
    format!("{budget}{others}")
}

/// How a request stands, in a word, for badges.
pub fn called(state: LegState) -> &'static str {
    match state {
        LegState::Asked => "Bid requested",
        LegState::Bid => "Bid sent",
        LegState::Lapsed => "Lapsed",
        LegState::TakenBack => "Bid withdrawn",
        LegState::Declined => "Declined",
        LegState::Accepted => "Confirm now",
        LegState::Confirmed => "Agreed",
        LegState::Elsewhere => "Went elsewhere",
        LegState::Ended => "Closed",
    }
}
