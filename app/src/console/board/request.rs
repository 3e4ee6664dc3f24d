//! The requests of the conversation that is picked: bids, and the bell of those that wait to be confirmed.

use super::Board;
use crate::live::Fault;
use domain::wire::{Stored, request::Part, staff::Command};
use domain::{Amount, ClientId, ConversationId, Epoch, HotelId, LegId, LegState, Millis, Refusal, Seq};
use leptos::prelude::*;

/// A bid as it is written: kept until the server has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BidDraft {
    pub amount: String,
    pub included: String,
    /// For how many hours it is valid; 0 for as long as any bid may be.
    pub hours: i64,
    pub confirms_itself: bool,
    /// Why it was refused.
    pub refused: Option<String>,
    /// Under which mark this very bid was sent, while it is not known whether it came.
    pub sent: Option<(ClientId, Amount, String)>,
}

impl Default for BidDraft {
    fn default() -> Self {
        let (amount, included) = Default::default();
        Self { amount, included, hours: 24, confirms_itself: false, refused: None, sent: None }
    }
}

impl Board {
    /// A bid was accepted and nobody has confirmed it: everybody who is available in that hotel is called.
    pub(super) fn ring(self, hotel: HotelId, id: ConversationId) {
        let me = self.you.with_untracked(|you| you.id);
        let available = self.colleagues.with_untracked(|all| {
            all.get(&hotel).is_some_and(|all| all.iter().any(|c| c.id == me && c.available))
        });
        let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()).filter(|_| available) else {
            return;
        };
        let what = format!("{} has accepted your bid. Confirm it now", self.called(&row));
        self.signals.ring(&what, id);
        self.say(what);
    }

    /// The bid that is being written for a request.
    pub fn bid_draft(self, request: LegId) -> BidDraft {
        self.bids.with(|bids| bids.get(&request).cloned().unwrap_or_default())
    }

    pub fn edit_bid(self, request: LegId, edit: impl FnOnce(&mut BidDraft)) {
        self.bids.update(|bids| {
            let mut draft = bids.get(&request).cloned().unwrap_or_default();
            edit(&mut draft);
            bids.insert(request, draft);
        });
    }

    /// Sends the bid that is being written. A refused one stays in its form, with the reason.
    pub fn bid(self, id: ConversationId, part: Part) {
        let request = part.request;
        let draft = untrack(|| self.bid_draft(request));
        let BidDraft { amount, included, hours, confirms_itself, sent, .. } = draft;
        let refuse = move |why: String| self.edit_bid(request, |draft| draft.refused = Some(why));
        let total = match read_amount(&amount, &part) {
            Ok(total) => total,
            Err(why) => return refuse(why),
        };
        let now = self.now.get_untracked();
        let valid_until = match hours {
            0 => part.latest,
            hours => Millis(now.0 + hours * Millis::HOUR).min(part.latest),
        };
        let again = sent.filter(|(_, total_sent, words)| (*total_sent, words) == (total, &included));
        let client_id = again.map_or_else(ClientId::new, |(client_id, ..)| client_id);
        self.edit_bid(request, |draft| draft.sent = Some((client_id, total, included.clone())));
        leptos::task::spawn_local(async move {
            let bid = |epoch, seen| Command::Bid {
                conversation: id,
                request,
                of: part.version,
                epoch,
                seen,
                client_id,
                total,
                included,
                valid_until,
                confirms_itself,
            };
            match self.act_on(id, bid).await {
                Some(Err(refusal)) => {
                    self.edit_bid(request, |draft| draft.sent = None);
                    refuse(refusal.in_words());
                }
                Some(Ok(())) => {
                    self.edit_bid(request, |draft| *draft = BidDraft { hours, ..BidDraft::default() });
                }
                None => refuse("You are not connected. Send it again in a moment.".into()),
            }
        });
    }

    pub fn take_back(self, id: ConversationId, request: LegId, version: i64) {
        self.act(id, move |epoch, seen| Command::TakeBack {
            conversation: id,
            request,
            version,
            epoch,
            seen,
        });
    }

    pub fn decline(self, id: ConversationId, request: LegId, reason: String) {
        self.act(id, move |epoch, seen| Command::Decline { conversation: id, request, reason, epoch, seen });
    }

    /// Stands by the bid that was accepted; whoever does not hold the conversation takes it with this.
    pub fn confirm(self, id: ConversationId) {
        let accepted = self.requests.with_untracked(|all| {
            let part = all.iter().find(|part| part.state == LegState::Accepted)?;
            Some((part.request, part.bids.last()?.version))
        });
        if let Some((request, version)) = accepted {
            self.act(id, move |epoch, seen| Command::Confirm {
                conversation: id,
                request,
                version,
                epoch,
                seen,
            });
        }
    }

    fn act(self, id: ConversationId, command: impl FnOnce(Epoch, Seq) -> Command + 'static) {
        leptos::task::spawn_local(async move {
            match self.act_on(id, command).await {
                Some(Err(refusal)) => self.say(refusal.in_words()),
                Some(Ok(())) => {}
                None => self.say("You are not connected. Try again in a moment.".into()),
            }
        });
    }

    /// What the server says to it; `None` if it did not get there.
    async fn act_on(
        self,
        id: ConversationId,
        command: impl FnOnce(Epoch, Seq) -> Command,
    ) -> Option<Result<(), Refusal>> {
        let live = self.live()?;
        let epoch = self.rows.with_untracked(|rows| rows.get(&id).map(|row| row.epoch))?;
        match live.call::<_, Stored>(command(epoch, self.last_seen())).await {
            Ok(_) => Some(Ok(())),
            Err(Fault::Lost) => None,
            Err(Fault::Refused(refusal)) => {
                self.learn_from(id, &refusal);
                Some(Err(refusal))
            }
        }
    }
}

/// `420.50` in the request's currency; `CHF 420.50` in another, where the guest allows one.
fn read_amount(text: &str, part: &Part) -> Result<Amount, String> {
    let text = text.trim();
    let named = text.split_at_checked(3).and_then(|(code, rest)| Some((code.parse().ok()?, rest)));
    let (currency, digits) = named.unwrap_or((part.wanted.currency, text));
    Amount::typed(digits, currency).map_err(|why| format!("Amount: {why}."))
}
