//! What the guest says, on its way.
//!
//! In: a text from the composer. Out: the same text on the wire, oldest first and one at a time, under a
//! client_id by which a resend is known. Never: a text that is lost; it stays in this browser until it is
//! stored, and goes back to the composer if it is refused. The desk's twin is `console/board/compose.rs`.
//!
//! 1 of 6 on a message's way; after: `src/socket/mod.rs`.

use super::{Line, Talk};
use crate::{
    attach::{self, Beside, Job},
    guest::{outbox, outbox::Pending},
    live::{self, Fault, pause},
};
use domain::wire::{
    Stored, TYPING_EVERY,
    guest::{Command, Thread},
};
use domain::{ActorKind, Attachment, By, ClientId, ConversationId, Entry, EntryKind, Refusal, Status};
use leptos::prelude::*;

/// A wait, in milliseconds, of which the guest is told.
const LONG: u64 = 10_000;

impl Talk {
    /// The guest is typing (or has cleared the composer).
    pub fn typed(self, text: &str) {
        outbox::keep_draft(self.guest(), &self.hotel(), text);
        let (now, on) = (live::now(), !text.trim().is_empty());
        let told = self.kept.with_value(|kept| kept.typed_at);
        let due = if on { now - told >= TYPING_EVERY } else { told > 0 };
        if let (true, Some(live)) = (due, self.live()) {
            self.kept.update_value(|kept| kept.typed_at = if on { now } else { 0 });
            live.tell(Command::Typing { hotel: self.hotel(), on });
        }
    }

    /// Takes a message into the outbox, with the files in the composer, and sends what waits there. Nothing
    /// at all is no message.
    pub fn say(self, text: &str) {
        let body = text.trim().to_owned();
        let files = Beside::some(self.picked.get_untracked());
        if body.is_empty() && files == Beside::Nothing {
            return;
        }
        let client_id = ClientId::new();
        if files == Beside::Here {
            attach::run(Job::Hold(self.composer(), client_id));
            self.picked.set(0);
        }
        let pending = Pending { client_id, body, files, sent: false };
        outbox::keep(self.guest(), &self.hotel(), &pending);
        outbox::keep_draft(self.guest(), &self.hotel(), "");
        self.kept.update_value(|kept| kept.typed_at = 0);
        self.outbox.update(|outbox| outbox.push(pending));
        leptos::task::spawn_local(self.send_waiting());
    }

    /// Sends the outbox, oldest first, one at a time: the order typed is the order stored.
    pub(super) async fn send_waiting(self) {
        if self.kept.try_update_value(|kept| std::mem::replace(&mut kept.sending, true)) != Some(false) {
            return;
        }
        while let Some(next) = self.outbox.try_with_untracked(|o| o.first().cloned()).flatten() {
            let Some(live) = self.live() else { break };
            if next.files == Beside::Here {
                // It goes on from here once they are there.
                self.bring_files(next.client_id, false);
                break;
            }
            self.mark_sent(next.client_id, true);
            let hotel = self.hotel();
            let say = Command::Say {
                hotel,
                client_id: next.client_id,
                body: next.body.clone(),
                files: next.files.ids(),
            };
            match live.call::<_, Stored>(say).await {
                Ok(stored) => self.stored(next, stored),
                Err(Fault::Lost) => {
                    self.mark_sent(next.client_id, false);
                    break;
                }
                Err(Fault::Refused(Refusal::TooFast { wait_ms })) => {
                    self.mark_sent(next.client_id, false);
                    // Who is to wait for more than a moment is told how long; it goes out by itself.
                    if wait_ms > LONG {
                        let minutes = wait_ms.div_ceil(60_000);
                        self.problem.set(Some(format!(
                            "Many people are writing from your network right \
                             now. Your message will be sent in about {minutes} min."
                        )));
                    }
                    pause(wait_ms + 50).await;
                    if wait_ms > LONG {
                        self.problem.set(None);
                    }
                }
                Err(Fault::Refused(Refusal::Unavailable)) => {
                    self.mark_sent(next.client_id, false);
                    pause(2_000).await;
                }
                Err(Fault::Refused(Refusal::FileGone)) if next.files != Beside::Nothing => {
                    self.set_files(next.client_id, Beside::Here);
                    self.bring_files(next.client_id, true);
                    break;
                }
                Err(Fault::Refused(refusal)) => {
                    if next.files != Beside::Nothing {
                        attach::run(Job::GiveBack(self.composer(), next.client_id));
                    }
                    self.acknowledged(next.client_id);
                    self.returned.set(Some(next.body));
                    self.problem.set(Some(refusal.in_words()));
                }
            }
        }
        self.kept.try_update_value(|kept| kept.sending = false);
    }

    /// Brings a message's files to the server, and then the message.
    fn bring_files(self, client_id: ClientId, again: bool) {
        let done = move |brought: Result<Vec<Attachment>, String>| match brought {
            Ok(files) => {
                self.set_files(client_id, Beside::There(files));
                leptos::task::spawn_local(self.send_waiting());
            }
            Err(why) => {
                let body = self.outbox.try_with_untracked(|outbox| {
                    outbox.iter().find(|p| p.client_id == client_id).map(|p| p.body.clone())
                });
                self.acknowledged(client_id);
                self.returned.try_set(body.flatten());
                self.problem.try_set(Some(why).filter(|why| !why.is_empty()));
                leptos::task::spawn_local(self.send_waiting());
            }
        };
        attach::run(Job::Send { to: self.composer(), message: client_id, again, done: Box::new(done) });
    }

    fn set_files(self, client_id: ClientId, files: Beside) {
        self.outbox.try_update(|outbox| {
            if let Some(pending) = outbox.iter_mut().find(|p| p.client_id == client_id) {
                pending.files = files;
            }
        });
    }

    fn stored(self, said: Pending, stored: Stored) {
        let by = By { kind: ActorKind::Guest, id: None, name: String::new() };
        let Stored { conversation, seq, at } = stored;
        let entry = Entry {
            seq,
            kind: EntryKind::Said,
            by,
            body: said.body,
            to: None,
            client_id: Some(said.client_id),
            at,
            files: said.files.there(),
            terms: None,
        };
        self.acknowledged(said.client_id);
        if self.thread.with_untracked(|t| t.as_ref().is_none_or(|t| t.id < conversation)) {
            let hotel = self.hotel();
            self.thread.set(Some(Thread {
                id: conversation,
                hotel,
                status: Status::Waiting,
                holder: None,
                epoch: 0,
                last_seq: seq,
                rev: 0,
                opened_at: at,
                guest_read: 0,
                staff_read: 0,
            }));
        }
        self.add([Line { conversation, entry }]);
    }

    /// Out of the outbox: it is stored, or it went back to the composer.
    pub(super) fn acknowledged(self, client_id: ClientId) {
        outbox::forget(self.guest(), &self.hotel(), client_id);
        let files = self.outbox.with_untracked(|outbox| {
            outbox.iter().find(|p| p.client_id == client_id).map(|p| p.files != Beside::Nothing)
        });
        if let Some(files) = files {
            if files {
                attach::run(Job::Forget(client_id));
            }
            self.outbox.update(|outbox| outbox.retain(|p| p.client_id != client_id));
        }
    }

    fn mark_sent(self, client_id: ClientId, sent: bool) {
        self.outbox.try_update(|outbox| {
            if let Some(pending) = outbox.iter_mut().find(|p| p.client_id == client_id) {
                pending.sent = sent;
            }
        });
    }

    /// Tells this hotel how it went.
    pub fn rate(self, conversation: ConversationId, stars: i64, word: String) {
        let Some(live) = self.live() else { return };
        leptos::task::spawn_local(async move {
            // The entry comes as every entry does.
            match live.call::<_, Stored>(Command::Rate { conversation, stars, word }).await {
                Ok(_) => self.problem.set(None),
                Err(Fault::Refused(refusal)) => self.problem.set(Some(refusal.in_words())),
                Err(Fault::Lost) => {
                    self.problem.set(Some("No connection. Please rate us again in a moment.".into()))
                }
            }
        });
    }
}
