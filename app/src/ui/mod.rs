//! Small parts that several pages share.

mod field;
mod files;
mod head;
mod icon;
mod keys;
mod linked;
mod moment;
mod notice;
mod push;
mod split;
mod toast;

pub use field::characters_left;
pub use files::{escaped, files_in_html, size_in_words};
#[cfg(feature = "hydrate")]
pub use head::take_the_place;
pub use head::{Head, Script, page_data, page_name, shell};
pub use icon::{Icon, Shape};
pub use keys::is_composing;
pub use linked::Linked;
pub use moment::{
    Clock, LocalTime, Until, by_own_clock, city, day_in, day_name, day_number, offset_in, provide_hotel_time,
    provide_local_time,
};
pub use notice::notice_page;
pub use push::{is_push, show_push};
pub use split::run_split;
pub use toast::Toast;
