//! What the agent writes: drafts, and answers and notes on their way.

use super::{
    Board, Draft, Kind,
    drafts::{self, Unsent},
};
use crate::{
    attach::{self, Job},
    live::{self, Fault, pause},
};
use domain::wire::{Stored, TYPING_EVERY, staff::Command};
use domain::{Attachment, ClientId, ConversationId, FileLimits, Refusal};
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
        let kind = self.kind.get_untracked();
        let composer = self.composer(id, kind);
        let files = composer.picked.get_untracked() > 0;
        if body.is_empty() && !files {
            return;
        }
        let count = body.chars().count();
        let limit = self.limit.get_value();
        if count > limit {
            return self.set_draft(id, kind, text, Some(format!("{} characters too long.", count - limit)));
        }
        let unsent = Unsent {
            client_id: ClientId::new(),
            conversation: id,
            note: kind == Kind::Note,
            epoch: row.epoch,
            seen: self.last_seen(),
            body,
            files,
        };
        if files {
            composer.problem.set(None);
            composer.picked.set(0);
            attach::run(Job::Hold(composer, unsent.client_id));
        }
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
        self.bring_files();
        while let Some(next) = self.next_unsent() {
            let Some(live) = self.live() else { break };
            let Unsent { client_id, conversation, epoch, seen, body, .. } = next.clone();
            let brought = self.brought.with_untracked(|brought| brought.get(&client_id).cloned());
            let files = brought.unwrap_or_default().iter().map(|file| file.id).collect();
            let command = match next.kind() {
                Kind::Note => Command::Note { conversation, client_id, body, files },
                Kind::Answer => Command::Say { conversation, epoch, seen, client_id, body, files },
            };
            match live.call::<_, Stored>(command).await {
                Ok(_) => self.is_sent(client_id),
                Err(Fault::Lost) => break,
                Err(Fault::Refused(Refusal::TooFast { wait_ms })) => pause(wait_ms + 50).await,
                Err(Fault::Refused(Refusal::Unavailable)) => pause(2_000).await,
                Err(Fault::Refused(Refusal::FileGone)) if next.files => {
                    self.brought.update(|brought| brought.remove(&client_id));
                    self.bring(&next, true);
                }
                Err(Fault::Refused(refusal)) => {
                    if next.files {
                        let to = self.composer(goes_on_in(conversation, &refusal), next.kind());
                        attach::run(Job::GiveBack(to, client_id));
                    }
                    self.is_sent(client_id);
                    self.learn_from(conversation, &refusal);
                    self.give_back(next, &refusal);
                }
            }
        }
        self.sending.try_set_value(false);
    }

    /// The oldest that can go out: the first of its conversation, whose files are there.
    fn next_unsent(self) -> Option<Unsent> {
        let is_ready = |unsent: &Unsent| {
            !unsent.files || self.brought.with_untracked(|brought| brought.contains(&unsent.client_id))
        };
        self.unsent.try_with_untracked(|all| {
            let first = |unsent: &&Unsent| {
                let mut before = all.iter().take_while(|other| other.client_id != unsent.client_id);
                !before.any(|other| other.conversation == unsent.conversation)
            };
            all.iter().filter(first).find(|unsent| is_ready(unsent)).cloned()
        })?
    }

    /// Brings the files of all that is unsent to the server.
    fn bring_files(self) {
        let waiting = |unsent: &&Unsent| {
            unsent.files && !self.brought.with_untracked(|brought| brought.contains(&unsent.client_id))
        };
        let all: Vec<Unsent> = self
            .unsent
            .try_with_untracked(|all| all.iter().filter(waiting).cloned().collect())
            .unwrap_or_default();
        all.iter().for_each(|unsent| self.bring(unsent, false));
    }

    fn bring(self, unsent: &Unsent, again: bool) {
        let to = self.composer(unsent.conversation, unsent.kind());
        let (unsent, problem) = (unsent.clone(), to.problem);
        let message = unsent.client_id;
        let done = move |brought: Result<Vec<Attachment>, String>| {
            match brought {
                Ok(files) => self.brought.update(|brought| brought.insert(message, files)),
                Err(why) => {
                    self.is_sent(message);
                    problem.try_set(Some(why.clone()).filter(|why| !why.is_empty()));
                    self.put_back(unsent, &why);
                }
            }
            leptos::task::spawn_local(self.send_unsent());
        };
        attach::run(Job::Send { to, message, again, done: Box::new(done) });
    }

    /// What the conversation's hotel takes besides words.
    pub fn file_limits(self, id: ConversationId) -> FileLimits {
        let hotel = self.row(id).and_then(|row| self.hotel(row.hotel));
        hotel.map_or_else(FileLimits::default, |hotel| hotel.files)
    }

    /// The composer of a conversation's answers or notes, as what takes files.
    pub fn composer(self, id: ConversationId, kind: Kind) -> attach::Composer {
        if let Some(composer) = self.composers.with_value(|composers| composers.get(&(id, kind)).cloned()) {
            return composer;
        }
        let key = drafts::files_key(self.you.with_untracked(|you| you.id), id, kind);
        let make = || attach::Composer {
            key: key.clone(),
            place: key.clone(),
            address: format!("/desk/{id}/files"),
            token: String::new(),
            picked: RwSignal::new(0),
            limits: self.file_limits(id),
            describes: true,
            problem: RwSignal::new(None),
        };
        let composer = match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        };
        self.composers.update_value(|composers| composers.insert((id, kind), composer.clone()));
        composer
    }

    pub(super) fn is_sent(self, client_id: ClientId) {
        if self
            .unsent
            .with_untracked(|all| all.iter().any(|unsent| unsent.client_id == client_id && unsent.files))
        {
            attach::run(Job::Forget(client_id));
            self.brought.update(|brought| brought.remove(&client_id));
        }
        drafts::forget_unsent(self.you.with_untracked(|you| you.id), client_id);
        self.unsent.update(|all| all.retain(|unsent| unsent.client_id != client_id));
    }

    fn give_back(self, refused: Unsent, refusal: &Refusal) {
        let kind = refused.kind();
        let id = goes_on_in(refused.conversation, refusal);
        let typed = self.draft(id, kind).text;
        let text = if typed.is_empty() { refused.body } else { format!("{}\n{typed}", refused.body) };
        self.set_draft(id, kind, text, Some(refusal.in_words()));
        self.show_draft(id, kind, &refusal.in_words());
    }

    /// What could not be sent for its files stands in the composer again, before whatever was typed since.
    fn put_back(self, unsent: Unsent, why: &str) {
        let (id, kind) = (unsent.conversation, unsent.kind());
        let typed = self.draft(id, kind).text;
        let text = if typed.is_empty() { unsent.body } else { format!("{}\n{typed}", unsent.body) };
        self.set_draft(id, kind, text.trim_end().to_owned(), None);
        if !why.is_empty() {
            self.show_draft(id, kind, why);
        }
    }

    fn show_draft(self, id: ConversationId, kind: Kind, why: &str) {
        // Not under the hands of whoever is writing: a note would go on as an answer.
        let shown = self.selected.get_untracked() == Some(id);
        if shown
            && (self.kind.get_untracked() == kind
                || self.draft(id, self.kind.get_untracked()).text.is_empty())
        {
            self.kind.set(kind);
        } else {
            self.say(format!("Not sent, kept as a draft: {why}"));
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
                    Some("This guest’s two conversations were merged. Read both, then send.".into()),
                );
                self.set_draft(from, kind, String::new(), None);
            }
        }
    }
}

/// The conversation may have gone on in another one.
fn goes_on_in(id: ConversationId, refusal: &Refusal) -> ConversationId {
    if let Refusal::Joined { conversation } = refusal { *conversation } else { id }
}
