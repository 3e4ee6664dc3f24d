//! What the agent writes: drafts, and answers and notes on their way.

use super::{
    Board, Draft, Kind,
    drafts::{self, Unsent},
};
use crate::live::{self, Fault, pause};
use domain::wire::{Stored, TYPING_EVERY, staff::Command};
use domain::{ClientId, ConversationId, Refusal};
use leptos::prelude::*;

impl Board {
    /// The draft of a conversation.
    pub fn draft(self, id: ConversationId, kind: Kind) -> Draft {
        self.drafts.with_untracked(|drafts| drafts.get(&(id, kind)).cloned().unwrap_or_default())
    }

    pub fn set_draft(self, id: ConversationId, kind: Kind, text: String, refused: Option<String>) {
        self.drafts.update(|drafts| {
            if text.is_empty() && refused.is_none() {
                drafts.remove(&(id, kind));
            } else {
                drafts.insert((id, kind), Draft { text, refused });
            }
        });
        let me = self.you.with_untracked(|you| you.id);
        drafts::keep(me, id, kind, &self.draft(id, kind).text);
    }

    /// The agent is typing in the selected conversation, or has cleared the composer.
    pub fn typed(self, id: ConversationId, text: &str) {
        let kind = self.kind.get_untracked();
        self.set_draft(id, kind, text.to_owned(), None);
        if kind == Kind::Note {
            return;
        }
        let (now, on) = (live::now(), !text.trim().is_empty());
        let due =
            if on { now - self.typed_at.get_value() >= TYPING_EVERY } else { self.typed_at.get_value() > 0 };
        if let (true, Some(live)) = (due, self.live()) {
            self.typed_at.set_value(if on { now } else { 0 });
            live.tell(Command::Typing { conversation: id, on });
        }
    }

    /// Sends an answer or a note. A refused one comes back as the draft, with the reason.
    pub fn send(self, id: ConversationId, text: String) {
        let body = text.trim().to_owned();
        let Some(row) = self.rows.with_untracked(|rows| rows.get(&id).cloned()) else { return };
        if body.is_empty() {
            return;
        }
        let kind = self.kind.get_untracked();
        let count = body.chars().count();
        let limit = self.limit.get_value();
        if count > limit {
            return self.set_draft(
                id,
                kind,
                text,
                Some(format!("This is too long by {} characters.", count - limit)),
            );
        }
        let unsent = Unsent {
            client_id: ClientId::new(),
            conversation: id,
            note: kind == Kind::Note,
            epoch: row.epoch,
            seen: self.last_seen(),
            body,
        };
        drafts::keep_unsent(self.you.with_untracked(|you| you.id), &unsent);
        self.unsent.update(|all| all.push(unsent));
        self.set_draft(id, kind, String::new(), None);
        self.typed_at.set_value(0);
        self.kind.set(Kind::Answer);
        leptos::task::spawn_local(self.send_unsent());
    }

    /// Sends what is on its way, oldest first, one at a time: the order written is the order stored. What the
    /// server refuses goes back to its composer as a draft, with the reason.
    pub(super) async fn send_unsent(self) {
        if self.sending.try_update_value(|sending| std::mem::replace(sending, true)) != Some(false) {
            return;
        }
        while let Some(next) = self.unsent.try_with_untracked(|all| all.first().cloned()).flatten() {
            let Some(live) = self.live() else { break };
            let Unsent { client_id, conversation, epoch, seen, body, .. } = next.clone();
            let command = match next.kind() {
                Kind::Note => Command::Note { conversation, client_id, body },
                Kind::Answer => Command::Say { conversation, epoch, seen, client_id, body },
            };
            match live.call::<_, Stored>(command).await {
                Ok(_) => self.is_sent(client_id),
                Err(Fault::Lost) => break,
                Err(Fault::Refused(Refusal::TooFast { wait_ms })) => pause(wait_ms + 50).await,
                Err(Fault::Refused(Refusal::Unavailable)) => pause(2_000).await,
                Err(Fault::Refused(refusal)) => {
                    self.is_sent(client_id);
                    self.learn_from(conversation, &refusal);
                    self.give_back(next, &refusal);
                }
            }
        }
        self.sending.try_set_value(false);
    }

    pub(super) fn is_sent(self, client_id: ClientId) {
        drafts::forget_unsent(self.you.with_untracked(|you| you.id), client_id);
        self.unsent.update(|all| all.retain(|unsent| unsent.client_id != client_id));
    }

    fn give_back(self, refused: Unsent, refusal: &Refusal) {
        let kind = refused.kind();
        // The conversation may have gone on in another one.
        let id =
            if let Refusal::Joined { conversation } = refusal { *conversation } else { refused.conversation };
        let typed = self.draft(id, kind).text;
        let text = if typed.is_empty() { refused.body } else { format!("{}\n{typed}", refused.body) };
        self.set_draft(id, kind, text, Some(refusal.in_words()));
        // Not under the hands of whoever is writing: a note would go on as an answer.
        let shown = self.selected.get_untracked() == Some(id);
        if shown
            && (self.kind.get_untracked() == kind
                || self.draft(id, self.kind.get_untracked()).text.is_empty())
        {
            self.kind.set(kind);
        } else {
            self.say(format!("What you wrote was not sent, and is a draft again: {}", refusal.in_words()));
        }
    }

    /// What was being written in a conversation goes on in another one.
    pub(super) fn move_drafts(self, from: ConversationId, to: ConversationId) {
        for kind in [Kind::Answer, Kind::Note] {
            let text = self.draft(from, kind).text;
            if !text.is_empty() {
                let there = self.draft(to, kind).text;
                let text = if there.is_empty() { text } else { format!("{there}\n{text}") };
                self.set_draft(
                    to,
                    kind,
                    text,
                    Some("The guest’s two conversations are one now. Read both, then send.".into()),
                );
                self.set_draft(from, kind, String::new(), None);
            }
        }
    }
}
