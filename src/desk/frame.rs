//! A chat in a frame on a hotel's own site, in a browser that keeps no cookie for it; and the bubble around
//! it.
//!
//! In: a token from the frame's storage, or a key from the site's page. Out: the guest of the frame, for that
//! hotel alone; or how many answers they have not seen, and nothing else. Never: an identity for another
//! hotel (rule H8), and never a token in an address or a log.

use super::{Answer, Desk, Token};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{GuestId, HotelId, Millis};
use std::time::Duration;
use tokio::time::timeout;

/// How long a frame's token lives after its last use, in milliseconds: shorter than a cookie, for scripts can
/// read it.
const LIVES: i64 = 30 * Millis::DAY;

/// How long an answer to the bubble waits for something to have changed.
const PATIENCE: Duration = Duration::from_secs(25);

impl Desk {
    /// A token by which a frame says that it is this guest's, to this hotel.
    pub async fn new_frame_token(&self, guest: GuestId, hotel: HotelId) -> Answer<Token> {
        let token = Token::new();
        let until = Millis(self.clock.now().0 + LIVES);
        self.store.add_frame_token(token.hash(), guest, hotel, until).await?;
        Ok(token)
    }

    /// The guest behind a frame's token, and the only hotel it is good for. Used, it lives on.
    pub async fn guest_of_frame(&self, token: Option<&Token>) -> Answer<Option<(GuestId, HotelId)>> {
        let Some(token) = token else { return Ok(None) };
        let now = self.clock.now();
        let Some((guest, hotel, until)) = self.store.frame_token(token.hash(), now).await? else {
            return Ok(None);
        };
        // Once a day is often enough.
        if until.0 < now.0 + LIVES - Millis::DAY {
            self.store.keep_frame_token(token.hash(), Millis(now.0 + LIVES)).await?;
        }
        Ok(Some((guest, hotel)))
    }

    /// Of two tokens, the one the frame has kept and that of the page it was just given: the kept one's
    /// guest, unless the hotel's site says that the page is for somebody else.
    pub async fn guest_of_frames(
        &self,
        page: Option<&Token>,
        kept: Option<&Token>,
    ) -> Answer<Option<(GuestId, HotelId)>> {
        let (new, old) = (self.guest_of_frame(page).await?, self.guest_of_frame(kept).await?);
        let (Some((new_guest, hotel)), Some((old_guest, old_hotel))) = (new, old) else {
            return Ok(new.or(old));
        };
        if hotel != old_hotel {
            return Ok(new);
        }
        let Some(vouched) = self.store.vouched(new_guest, hotel).await? else { return Ok(old) };
        // Nothing vouched for before stands against it: as with a cookie, it is the same browser's guest who
        // is named now.
        if self.is_somebody_else(old_guest, hotel, &vouched).await? {
            return Ok(new);
        }
        // Once, and not at every connection: what staff have said of the guest since stands.
        if self.store.vouched(old_guest, hotel).await?.is_none_or(|before| before != vouched) {
            self.store.vouch(old_guest, hotel, vouched, self.clock.now()).await?;
        }
        Ok(old)
    }

    /// A cookie's token for the guest of a frame, who goes on in a window of its own. None where that would
    /// show more than the frame did: the guest has talked to another hotel, or the browser's own guest has
    /// talked to anybody.
    pub async fn new_window(
        &self,
        frame: &Token,
        hotel: HotelId,
        own: Option<GuestId>,
    ) -> Answer<Option<Token>> {
        let Some((guest, of)) = self.guest_of_frame(Some(frame)).await? else { return Ok(None) };
        if of != hotel || self.store.is_known_elsewhere(guest, Some(hotel)).await? {
            return Ok(None);
        }
        if let Some(own) = own
            && self.store.is_known_elsewhere(own, None).await?
        {
            return Ok(None);
        }
        let token = Token::new();
        self.store.add_token(guest, token.hash(), self.clock.now()).await?;
        Ok(Some(token))
    }

    /// The key by which a site's page asks how much its guest has not read.
    pub async fn count_key(&self, guest: GuestId, hotel: HotelId) -> Answer<String> {
        Ok(URL_SAFE_NO_PAD.encode(self.store.count_key(guest, hotel, rand::random()).await?))
    }

    /// Whose a bubble's key is.
    pub async fn guest_by_count_key(&self, key: &str) -> Answer<Option<(GuestId, HotelId)>> {
        let Ok(Ok(key)) = URL_SAFE_NO_PAD.decode(key).map(<[u8; 16]>::try_from) else { return Ok(None) };
        Ok(self.store.guest_by_count_key(key).await?)
    }

    /// How many answers a guest has not seen; told at once if it is another number than `known`, else when it
    /// may be one.
    pub async fn unread(&self, guest: GuestId, hotel: HotelId, known: Option<i64>) -> Answer<i64> {
        // Listening before looking, so that nothing falls between.
        let mut listening = self.hub.listen_for(guest);
        let unread = self.store.unseen(guest, hotel).await?;
        if known != Some(unread) {
            return Ok(unread);
        }
        let _ = timeout(PATIENCE, &mut listening.news).await;
        Ok(self.store.unseen(guest, hotel).await?)
    }
}
