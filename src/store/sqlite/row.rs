//! Rows of the database as values of the domain. A value that makes no sense is an error, never a guess.

use super::super::{Result, StoreError, known_as};
use domain::{
    ActorKind, Attachment, Badge, Booking, By, ClientId, Conversation, ConversationId, Day, Entry, EntryKind,
    FileLimits, Guest, GuestId, Hotel, HotelId, LegId, LegState, Millis, Person, Role, StaffId, StaffWords,
    Status, Stay, StayId,
};
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};
use uuid::Uuid;

/// A membership's role.
pub(super) fn role(row: &SqliteRow, column: usize) -> Result<Role> {
    let text: &str = row.try_get(column)?;
    Role::parse(text).ok_or_else(|| StoreError::Nonsense(text.to_owned()))
}

/// The kinds of entries that are words to the other side, as [`EntryKind::is_word`] has them.
macro_rules! words {
    () => {
        "('said', 'requested', 'request_changed', 'countered', 'bid', 'bid_withdrawn', 'declined', \
         'accepted', 'confirmed')"
    };
}
pub(super) use words;

/// The columns of [`StayRow`], from `stay y`.
macro_rules! stay_columns {
    () => {
        "y.id AS stay, y.reference, y.name, y.phone, y.email, y.language, y.room, y.last_room, y.arrival, \
         y.departure, y.party, \
         y.booking"
    };
}
pub(super) use stay_columns;

/// The columns of [`ConversationRow`], from [`conversation_tables`].
macro_rules! conversation_columns {
    () => {
        concat!(
            "c.id, c.hotel, c.guest, c.guest_name, c.guest_language, c.status, c.holder, h.name AS \
             holder_name, c.epoch, c.last_seq, \
             c.last_staff, c.last_staff_seq, c.last_other_seq, c.last_answer_seq, c.rev, c.opened_at, \
             c.waiting_since, c.waiting_rank, c.resolved_at, c.resolved_rank, c.last_line, \
             c.last_by, c.last_at, c.rank, c.unread, c.guest_read, c.staff_read, c.scanned_room, \
             c.joined_to, \
             c.rating, c.request, c.request_state, c.request_until, \
             (SELECT group_concat(name, char(10)) FROM conversation_tag t \
             WHERE t.conversation = c.id) AS tags, ",
            $crate::store::sqlite::row::stay_columns!()
        )
    };
}
pub(super) use conversation_columns;

/// A conversation with its holder and its stay.
macro_rules! conversation_tables {
    () => {
        "conversation c LEFT JOIN staff h ON h.id = c.holder LEFT JOIN stay y ON y.id = c.stay"
    };
}
pub(super) use conversation_tables;

#[derive(Debug, FromRow)]
pub(super) struct ConversationRow {
    id: Uuid,
    hotel: Uuid,
    guest: Uuid,
    guest_name: String,
    guest_language: String,
    status: String,
    holder: Option<Uuid>,
    holder_name: Option<String>,
    epoch: i64,
    last_seq: i64,
    last_staff: Option<Uuid>,
    last_staff_seq: i64,
    last_other_seq: i64,
    last_answer_seq: i64,
    rev: i64,
    opened_at: i64,
    waiting_since: Option<i64>,
    waiting_rank: Option<i64>,
    resolved_at: Option<i64>,
    resolved_rank: Option<i64>,
    last_line: String,
    last_by: String,
    last_at: i64,
    rank: i64,
    unread: i64,
    guest_read: i64,
    staff_read: i64,
    scanned_room: Option<String>,
    joined_to: Option<Uuid>,
    rating: Option<i64>,
    request: Option<Uuid>,
    request_state: Option<String>,
    request_until: Option<i64>,
    tags: Option<String>,
    #[sqlx(flatten)]
    stay: StayRow,
}

impl ConversationRow {
    pub(super) fn staff_words(&self) -> StaffWords {
        let last = self.last_staff.map(|id| (StaffId(id), self.last_staff_seq));
        StaffWords { last, others: self.last_other_seq, answer: self.last_answer_seq }
    }
}

impl TryFrom<ConversationRow> for Conversation {
    type Error = StoreError;

    fn try_from(r: ConversationRow) -> Result<Self> {
        let badge = |id| {
            let state =
                known(&LegState::ALL, LegState::as_str, r.request_state.as_deref().unwrap_or_default())?;
            Ok::<_, StoreError>(Badge { request: LegId(id), state, until: r.request_until.map(Millis) })
        };
        let request = r.request.map(badge).transpose()?;
        Ok(Conversation {
            id: ConversationId(r.id),
            hotel: HotelId(r.hotel),
            guest: Guest {
                id: known_as(GuestId(r.guest), HotelId(r.hotel)),
                name: r.guest_name,
                language: r.guest_language,
            },
            person: GuestId(r.guest),
            status: status(&r.status)?,
            holder: r.holder.map(|id| Person { id: StaffId(id), name: r.holder_name.unwrap_or_default() }),
            epoch: r.epoch,
            last_seq: r.last_seq,
            rev: r.rev,
            opened_at: Millis(r.opened_at),
            waiting_since: r.waiting_since.map(Millis),
            waiting_rank: r.waiting_rank,
            resolved_at: r.resolved_at.map(Millis),
            resolved_rank: r.resolved_rank,
            last_line: r.last_line,
            last_by: actor_kind(&r.last_by)?,
            last_at: Millis(r.last_at),
            rank: r.rank,
            unread: r.unread,
            guest_read: r.guest_read,
            staff_read: r.staff_read,
            stay: r.stay.stay()?,
            scanned_room: r.scanned_room,
            rating: r.rating,
            request,
            tags: r.tags.map_or_else(Vec::new, |tags| tags.lines().map(str::to_owned).collect()),
            joined_to: r.joined_to.map(ConversationId),
        })
    }
}

/// A stay, or the absence of one beside a conversation.
#[derive(Debug, FromRow)]
pub(super) struct StayRow {
    stay: Option<Uuid>,
    reference: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    language: Option<String>,
    room: Option<String>,
    last_room: Option<String>,
    arrival: Option<String>,
    departure: Option<String>,
    party: Option<i64>,
    booking: Option<String>,
}

impl StayRow {
    pub(super) fn stay(self) -> Result<Option<Stay>> {
        let Some(id) = self.stay else { return Ok(None) };
        let day = |text: Option<String>| {
            text.map(|t| t.parse::<Day>().map_err(|_| StoreError::Nonsense(t))).transpose()
        };
        Ok(Some(Stay {
            id: StayId(id),
            reference: self.reference,
            name: self.name.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            language: self.language.unwrap_or_default(),
            room: self.room,
            last_room: self.last_room,
            arrival: day(self.arrival)?,
            departure: day(self.departure)?,
            party: self.party,
            booking: known(&Booking::ALL, Booking::as_str, self.booking.as_deref().unwrap_or_default())?,
        }))
    }
}

/// The columns of [`EntryRow`], from `entry e`.
macro_rules! entry_columns {
    () => {
        "e.seq, e.kind, e.by_kind, e.by_id, e.by_name, e.body, e.to_id, e.to_name, e.client_id, e.at, \
         e.terms, e.files"
    };
}
pub(super) use entry_columns;

#[derive(Debug, FromRow)]
pub(super) struct EntryRow {
    seq: i64,
    kind: String,
    by_kind: String,
    by_id: Option<Uuid>,
    by_name: String,
    body: String,
    to_id: Option<Uuid>,
    to_name: Option<String>,
    client_id: Option<Uuid>,
    at: i64,
    terms: Option<String>,
    files: Option<String>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(r: EntryRow) -> Result<Self> {
        Ok(Entry {
            seq: r.seq,
            kind: known(&EntryKind::ALL, EntryKind::as_str, &r.kind)?,
            by: By { kind: actor_kind(&r.by_kind)?, id: r.by_id, name: r.by_name },
            body: r.body,
            to: r.to_id.map(|id| Person { id: StaffId(id), name: r.to_name.unwrap_or_default() }),
            client_id: r.client_id.map(ClientId),
            at: Millis(r.at),
            files: files(r.files)?,
            terms: r.terms.map(|terms| from_json(&terms)).transpose()?,
        })
    }
}

/// The files of an entry, as its column has them.
pub(super) fn files(column: Option<String>) -> Result<Vec<Attachment>> {
    column.map_or_else(|| Ok(Vec::new()), |text| from_json(&text))
}

#[derive(Debug, FromRow)]
pub(super) struct HotelRow {
    id: Uuid,
    slug: String,
    name: String,
    place: String,
    time_zone: String,
    languages: String,
    greeting: String,
    accent: String,
    file_count: i64,
    file_megabytes: i64,
}

impl From<HotelRow> for Hotel {
    fn from(r: HotelRow) -> Self {
        Hotel {
            id: HotelId(r.id),
            slug: r.slug,
            name: r.name,
            place: r.place,
            time_zone: r.time_zone,
            languages: r.languages.split_whitespace().map(str::to_owned).collect(),
            greeting: r.greeting,
            accent: r.accent,
            files: FileLimits {
                count: r.file_count.max(0) as usize,
                megabytes: r.file_megabytes.max(0) as usize,
            },
        }
    }
}

pub(super) fn status(text: &str) -> Result<Status> {
    known(&Status::ALL, Status::as_str, text)
}

fn actor_kind(text: &str) -> Result<ActorKind> {
    known(&ActorKind::ALL, ActorKind::as_str, text)
}

/// A record kept as JSON.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StoreError::Nonsense(format!("{e}: {text}")))
}

/// As a record is kept in one column.
pub(super) fn to_json(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).expect("records of the domain can be written as JSON")
}

pub(super) fn known<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Result<T> {
    all.iter().copied().find(|t| name(*t) == text).ok_or_else(|| StoreError::Nonsense(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_sql_are_those_of_the_domain() {
        let named = |kind: &&EntryKind| words!().contains(&format!("'{}'", kind.as_str()));
        let words: Vec<_> = EntryKind::ALL.iter().filter(named).collect();
        assert_eq!(words, EntryKind::ALL.iter().filter(|kind| kind.is_word()).collect::<Vec<_>>());
    }
}
