//! The codes that hang in rooms: links that a room's number, its turn and the hotel's secret have signed.
//!
//! In: a room, or a link somebody opened. Out: the link to print, or the guest's room. Never: a room on the
//! word of the guest; a link that was made up, or printed before the room was turned over, opens a plain
//! chat.

use super::{Answer, Desk};
use crate::store::{Purpose, Room};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::percent;
use domain::{GuestId, Hotel, HotelId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of the signature in a link. 96 bits cannot be guessed, and keep the code coarse enough for any
/// camera.
const SIGNATURE: usize = 12;

impl Desk {
    /// The hotel's rooms, each with the path of its link.
    pub async fn room_links(&self, hotel: &Hotel) -> Answer<Vec<(Room, String)>> {
        let key = self.room_key(hotel.id).await?;
        let rooms = self.store.rooms(hotel.id).await?.into_iter();
        Ok(rooms.map(|room| (room.clone(), link(hotel, &room, &key))).collect())
    }

    /// The room a link was printed for; `None` if it was made up, or is no longer the room's.
    pub async fn room_of_link(&self, hotel: &Hotel, number: &str, signature: &str) -> Answer<Option<Room>> {
        let Ok(given) = URL_SAFE_NO_PAD.decode(signature) else { return Ok(None) };
        let Some(room) = self.store.rooms(hotel.id).await?.into_iter().find(|room| room.number == number)
        else {
            return Ok(None);
        };
        let key = self.room_key(hotel.id).await?;
        let holds =
            given.len() == SIGNATURE && sign(hotel.id, &room, &key).verify_truncated_left(&given).is_ok();
        Ok(holds.then_some(room))
    }

    /// A guest has opened a room's link. False if the room was turned over in this very moment.
    pub async fn scan(&self, guest: GuestId, hotel: &Hotel, room: Room) -> Answer<bool> {
        Ok(self.store.scan(guest, hotel.id, room.number, room.turn).await?)
    }

    /// The guest says that they are not in the room whose code they have opened.
    pub async fn leave_room(&self, guest: GuestId, hotel: HotelId) -> Answer<()> {
        Ok(self.store.leave_room(guest, hotel).await?)
    }

    async fn room_key(&self, hotel: HotelId) -> Answer<Vec<u8>> {
        if let Some((key, _)) = self.store.secret(hotel, Purpose::Room).await? {
            return Ok(key);
        }
        // The first to need it makes it; of two at once the first one's is kept, so it is read again.
        let fresh = rand::random::<[u8; 32]>().to_vec();
        self.store.set_secret(hotel, Purpose::Room, fresh.clone(), None, self.clock.now()).await?;
        Ok(self.store.secret(hotel, Purpose::Room).await?.map_or(fresh, |(key, _)| key))
    }
}

/// The path of a room's link, signed.
fn link(hotel: &Hotel, room: &Room, key: &[u8]) -> String {
    let signature = sign(hotel.id, room, key).finalize().into_bytes();
    let number = percent(&room.number);
    format!("/room/{}/{number}/{}", hotel.slug, URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE]))
}

fn sign(hotel: HotelId, room: &Room, key: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    // The number last: it alone has no fixed length.
    mac.update(hotel.0.as_bytes());
    mac.update(&room.turn.to_be_bytes());
    mac.update(room.number.as_bytes());
    mac
}
