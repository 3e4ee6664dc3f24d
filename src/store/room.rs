//! What is kept of rooms.

use super::Result;
use domain::{GuestId, HotelId, Millis, StaffId};

/// Rooms and the codes that hang in them.
#[async_trait::async_trait]
pub trait Rooms: Send + Sync + 'static {
    async fn rooms(&self, hotel: HotelId) -> Result<Vec<Room>>;
    /// Adds rooms; those that are there stay as they are. Returns how many are new.
    async fn add_rooms(&self, hotel: HotelId, numbers: Vec<String>, by: StaffId, at: Millis) -> Result<u64>;
    async fn remove_room(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()>;
    /// Ends all codes of a room printed before. Guests who came by one are no longer taken to be in it.
    async fn turn_over(&self, hotel: HotelId, number: String, by: StaffId, at: Millis) -> Result<()>;
    /// The guest has opened the code of a room; false if the code's turn is over.
    async fn scan(&self, guest: GuestId, hotel: HotelId, number: String, turn: i64) -> Result<bool>;
    /// The guest is not in the room whose code they have opened.
    async fn leave_room(&self, guest: GuestId, hotel: HotelId) -> Result<()>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub number: String,
    /// Counts the turn-overs.
    pub turn: i64,
    pub turned_at: Millis,
}
