//! What a guest may do.

use super::{Answer, Desk, written};
use crate::store::{ActorId, Viewer, Written};
use crate::words::keys;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::wire::{PAGE, guest};
use domain::{
    Actor, AttachmentId, ClientId, Command, Conversation, ConversationId, Entry, GuestId, Hotel, HotelId,
    Millis, Refusal, Seq,
};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

/// The most characters of a guest's name.
const NAME: usize = 80;

/// Hotels found at once.
pub const FOUND: usize = 20;

/// Earlier conversations shown at once.
const EARLIER: i64 = 3;

/// How long a cookie is left as it is before it is set again, in milliseconds. Browsers keep it for 400 days.
const RENEW: i64 = 30 * Millis::DAY;

/// The secret by which a guest's browser is known: 256 random bits in a cookie. Only its hash is stored.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub fn new() -> Self {
        Token(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// A cookie's value; `None` if it is not of a token's form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Token(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// What speaks for somebody new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newcomer {
    Stranger,
    /// Nothing, but in a frame that returned no cookie: it may be somebody who says in a moment that they are
    /// known.
    Framed,
    /// A room's code, or a token of the hotel's site: which one.
    Known(HotelId, String),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Desk {
    /// The guest behind a cookie.
    pub async fn guest_of(&self, token: Option<&Token>) -> Answer<Option<GuestId>> {
        let Some(token) = token else { return Ok(None) };
        Ok(self.store.guest_by_token(&token.hash()).await?)
    }

    /// A new guest, and the token their browser will be known by. Of strangers only so many come from one
    /// address, and by one code or name only so many come at all: what hangs in a room may be in anybody's
    /// hands.
    pub async fn new_guest(&self, address: IpAddr, why: &Newcomer) -> Answer<(GuestId, Token)> {
        match why {
            Newcomer::Known(hotel, by) if self.limits.known_guest(*hotel, by).is_ok() => {}
            Newcomer::Framed => self.limits.framed_guest(address)?,
            Newcomer::Known(..) | Newcomer::Stranger => self.limits.new_guest(address)?,
        }
        let (guest, token) = (GuestId::new(), Token::new());
        self.store.add_guest(guest, token.hash(), self.clock.now()).await?;
        Ok((guest, token))
    }

    /// Whether the cookie with this token is due to be set again, which is noted. Once in a while is enough,
    /// and no more than that: an answer that is under way with an old cookie must not put it in the place of
    /// a newer one.
    pub async fn is_due(&self, token: &Token) -> Answer<bool> {
        let now = self.clock.now();
        Ok(self.store.renew_token(token.hash(), Millis(now.0 - RENEW), now).await?)
    }

    /// Whether a guest may write to a hotel. Whoever has before, or is known there, always; of others only so
    /// many begin a conversation from one address, so that nobody buries those who wait.
    pub async fn may_begin(&self, guest: GuestId, hotel: HotelId, address: IpAddr) -> Answer<()> {
        if !self.store.is_known(guest, hotel).await? {
            self.limits.new_conversation(address)?;
        }
        Ok(())
    }

    pub async fn hotel(&self, slug: &str) -> Answer<Hotel> {
        Ok(self.store.hotel(slug).await?.ok_or(Refusal::NotFound)?)
    }

    /// The guest's page of a hotel: the newest conversation from `after` on, and those before it. Without
    /// `after`, the newest entries: what a page shows first.
    pub async fn guest_open(
        &self,
        guest: GuestId,
        hotel: Hotel,
        after: Option<Seq>,
    ) -> Answer<guest::Opened> {
        let known = self.store.acquaintance(guest, hotel.id).await?;
        let mut newest = self.store.guest_conversations(guest, hotel.id, None, EARLIER + 2).await?;
        let more = newest.len() as i64 > EARLIER + 1;
        newest.truncate(EARLIER as usize + 1);
        let mut newest = newest.into_iter();
        let (closed, turns) = self.closed(&hotel).await?;
        let offset = self.offset(&hotel);
        let mut opened = guest::Opened {
            closed,
            turns,
            room: known.scanned_room,
            offset,
            ..guest::Opened::new(hotel, known.guest)
        };
        let mut cut = false;
        if let Some(c) = newest.next() {
            cut = after.is_none() && c.last_seq > PAGE;
            let after = after.unwrap_or(c.last_seq - PAGE);
            let page = self.guest_page(guest, c.id, &opened.hotel.slug, after, PAGE).await?;
            opened.conversation = Some(page.conversation);
            (opened.entries, opened.cursor, opened.more) = (page.entries, page.cursor, page.more);
        }
        // Nothing is left out between two lines: what lies before comes once this is whole.
        (opened.earlier, opened.older) = match cut {
            true => (Vec::new(), true),
            false => self.past(guest, newest.as_slice(), more).await?,
        };
        Ok(opened)
    }

    /// The guest's conversations with all hotels, the latest word first.
    pub async fn guest_stays(&self, guest: GuestId) -> Answer<guest::Stays> {
        let hotels = self.store.hotels().await?;
        let talked = |(c, unread): (Conversation, i64)| {
            let hotel = hotels.iter().find(|h| h.id == c.hotel)?.clone();
            let thread = guest::Thread::of(&c, &hotel.slug);
            Some(guest::Talked {
                hotel,
                thread,
                last_line: c.last_line,
                last_by: c.last_by,
                last_at: c.last_at,
                unread,
            })
        };
        Ok(guest::Stays {
            hotels: self.store.guest_threads(guest).await?.into_iter().filter_map(talked).collect(),
        })
    }

    /// Hotels whose name or place has a word that begins so; all for an empty text, as many as a list shows.
    pub async fn find_hotels(
        &self,
        text: &str,
        may_reach: impl Fn(HotelId) -> bool,
    ) -> Answer<guest::Hotels> {
        let text = self.line(text, 80)?;
        let wanted = keys(&text);
        // Signs alone are in nobody's name.
        if wanted.is_empty() && !text.is_empty() {
            return Ok(guest::Hotels { hotels: Vec::new() });
        }
        let fits = |hotel: &Hotel| {
            let there: Vec<String> =
                keys(&format!("{} {}", hotel.name, hotel.place)).into_iter().flatten().flatten().collect();
            let begins = |word: &String| there.iter().any(|w| w.starts_with(word.as_str()));
            may_reach(hotel.id) && wanted.iter().all(|ways| ways.iter().any(|words| words.iter().all(begins)))
        };
        Ok(guest::Hotels {
            hotels: self.store.hotels().await?.into_iter().filter(fits).take(FOUND).collect(),
        })
    }

    /// What was said before an entry of a conversation: more of it, or else the conversations before it.
    pub async fn guest_earlier(
        &self,
        guest: GuestId,
        hotel: HotelId,
        before: ConversationId,
        seq: Option<Seq>,
    ) -> Answer<guest::Earlier> {
        let mut until = seq.unwrap_or_default().saturating_sub(1);
        // What is not meant for guests may fill more than one step.
        while until > 0 {
            let from = (until - guest::PAST).max(0);
            let found = self.store.timeline(Viewer::Guest(guest), before, from, until - from).await?;
            let (conversation, entries) = found.ok_or(Refusal::NotFound)?;
            if conversation.hotel != hotel {
                return Err(Refusal::NotFound.into());
            }
            let entries: Vec<Entry> =
                entries.iter().filter(|e| e.seq <= until).filter_map(|e| e.for_guest()).collect();
            if !entries.is_empty() {
                let any = self.store.guest_conversations(guest, hotel, Some(before), 1).await?;
                let earlier = vec![guest::Past { conversation: before, entries }];
                return Ok(guest::Earlier { earlier, older: from > 0 || !any.is_empty() });
            }
            // Whatever was asked, nothing lies behind the last.
            until = from.min(conversation.last_seq);
        }
        let mut found = self.store.guest_conversations(guest, hotel, Some(before), EARLIER + 1).await?;
        let more = found.len() as i64 > EARLIER;
        found.truncate(EARLIER as usize);
        let (earlier, older) = self.past(guest, &found, more).await?;
        Ok(guest::Earlier { earlier, older })
    }

    /// At most `limit` entries of one conversation, without what is not meant for guests.
    pub async fn guest_page(
        &self,
        guest: GuestId,
        id: ConversationId,
        slug: &str,
        after: Seq,
        limit: i64,
    ) -> Answer<guest::Page> {
        let (conversation, mut entries) = self
            .store
            .timeline(Viewer::Guest(guest), id, after, limit + 1)
            .await?
            .ok_or(Refusal::NotFound)?;
        let more = entries.len() as i64 > limit;
        entries.truncate(limit as usize);
        Ok(guest::Page {
            cursor: entries.last().map_or(after.clamp(0, conversation.last_seq), |e| e.seq),
            conversation: guest::Thread::of(&conversation, slug),
            entries: entries.iter().filter_map(|e| e.for_guest()).collect(),
            more,
        })
    }

    /// Conversations that lie before, oldest first, back to one of which only the end is shown; and whether
    /// there is more before them.
    async fn past(
        &self,
        guest: GuestId,
        newest_first: &[Conversation],
        more: bool,
    ) -> Answer<(Vec<guest::Past>, bool)> {
        let cut = newest_first.iter().position(|c| c.last_seq > guest::PAST);
        let shown = &newest_first[..cut.map_or(newest_first.len(), |at| at + 1)];
        let mut past = Vec::with_capacity(shown.len());
        for c in shown.iter().rev() {
            let end = self
                .store
                .timeline(Viewer::Guest(guest), c.id, c.last_seq - guest::PAST, guest::PAST)
                .await?;
            let entries = end.map(|(_, entries)| entries).unwrap_or_default();
            past.push(guest::Past {
                conversation: c.id,
                entries: entries.iter().filter_map(|e| e.for_guest()).collect(),
            });
        }
        Ok((past, more || cut.is_some()))
    }

    pub async fn guest_say(
        &self,
        guest: GuestId,
        hotel: HotelId,
        client_id: ClientId,
        body: &str,
        files: Vec<AttachmentId>,
    ) -> Answer<Written> {
        written(self.say_as_guest(guest, hotel, client_id, body, files).await?.await)
    }

    pub async fn guest_read(&self, guest: GuestId, id: ConversationId, seq: Seq) -> Answer<()> {
        self.order(ActorId::Guest(guest), id, Command::Read { seq }).await.map(drop)
    }

    /// How a resolved conversation went: 1 to 5 stars and a word.
    pub async fn guest_rate(
        &self,
        guest: GuestId,
        id: ConversationId,
        stars: i64,
        word: &str,
    ) -> Answer<Written> {
        if !(1..=5).contains(&stars) {
            return Err(Refusal::Invalid { field: "Stars".into(), why: "pick one to five".into() }.into());
        }
        // What is too long is no attempt.
        let rate = self.cleaned(Command::Rate { stars, word: word.to_owned() })?;
        let c = self.store.conversation(Viewer::Guest(guest), id).await?.ok_or(Refusal::NotFound)?;
        self.limits.say(guest, c.hotel)?;
        self.order(ActorId::Guest(guest), id, rate).await
    }

    /// What the guest tells this hotel, and no other, of themselves.
    pub async fn introduce(
        &self,
        guest: GuestId,
        hotel: HotelId,
        name: Option<&str>,
        language: Option<&str>,
    ) -> Answer<()> {
        let name = name.map(|n| self.line(n, NAME)).transpose()?;
        let language = language.map(|l| self.line(l, 35)).transpose()?;
        let known = self.store.acquaintance(guest, hotel).await?.guest;
        if name.as_ref().is_none_or(|n| *n == known.name)
            && language.as_ref().is_none_or(|l| *l == known.language)
        {
            return Ok(());
        }
        self.limits.say(guest, hotel)?;
        Ok(self.store.introduce(guest, hotel, name, language, self.clock.now()).await?)
    }

    /// A sign of typing by the guest, if they have a conversation in which it could be seen.
    pub async fn guest_typing(&self, guest: GuestId, hotel: HotelId, on: bool) -> Answer<()> {
        let newest = self.store.guest_conversations(guest, hotel, None, 1).await?;
        let Some(c) = newest.into_iter().find(|c| c.status != domain::Status::Resolved) else {
            return Ok(());
        };
        let by = Actor::Guest(c.guest).by();
        self.hub.typing(c.id, guest, hotel, by, on);
        Ok(())
    }
}
