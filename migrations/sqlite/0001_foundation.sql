-- Ids are UUIDv7 (16 bytes), times integer milliseconds UTC. Rules H1–H10 are named in docs/architecture.md.

CREATE TABLE hotel (
    id         BLOB PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    place      TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    languages  TEXT NOT NULL, -- BCP 47 tags, separated by spaces
    greeting   TEXT NOT NULL,
    accent     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE staff (
    id            BLOB PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE, -- lower case
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,        -- PHC string, argon2id
    admin         BOOLEAN NOT NULL DEFAULT FALSE,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    last_seen_at  INTEGER               -- a console was open; NULL if never (absence is counted only after that)
) WITHOUT ROWID;

CREATE TABLE membership (
    staff     BLOB NOT NULL REFERENCES staff (id),
    hotel     BLOB NOT NULL REFERENCES hotel (id),
    role      TEXT NOT NULL CHECK (role IN ('agent', 'manager')),
    available BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (staff, hotel)
) WITHOUT ROWID;
CREATE INDEX membership_hotel ON membership (hotel);

CREATE TABLE guest (
    id         BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A guest is known by a random token in a cookie; only its SHA-256 is kept.
CREATE TABLE guest_token (
    hash       BLOB PRIMARY KEY,
    guest      BLOB NOT NULL REFERENCES guest (id),
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What one hotel knows of one guest, and no other hotel does (H8).
CREATE TABLE stay (
    guest     BLOB NOT NULL REFERENCES guest (id),
    hotel     BLOB NOT NULL REFERENCES hotel (id),
    name      TEXT NOT NULL DEFAULT '',
    language  TEXT NOT NULL DEFAULT '',
    room      TEXT,
    arrival   INTEGER,
    departure INTEGER,
    reference TEXT,
    party     INTEGER,
    PRIMARY KEY (guest, hotel)
) WITHOUT ROWID;

CREATE TABLE conversation (
    id             BLOB PRIMARY KEY,
    hotel          BLOB NOT NULL REFERENCES hotel (id),
    guest          BLOB NOT NULL REFERENCES guest (id),
    guest_name     TEXT NOT NULL,
    guest_language TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('waiting', 'held', 'resolved')),
    holder         BLOB REFERENCES staff (id),
    epoch          INTEGER NOT NULL,
    last_seq       INTEGER NOT NULL,
    last_staff     BLOB,             -- who said the last staff message …
    last_staff_seq INTEGER NOT NULL, -- … and its seq
    last_other_seq INTEGER NOT NULL, -- the last seq said by any other staff member (H3)
    rev            INTEGER NOT NULL,
    opened_at      INTEGER NOT NULL,
    waiting_since  INTEGER,
    resolved_at    INTEGER,
    last_line      TEXT NOT NULL,
    last_by        TEXT NOT NULL,
    last_at        INTEGER NOT NULL,
    unread         INTEGER NOT NULL,
    guest_read     INTEGER NOT NULL,
    staff_read     INTEGER NOT NULL,
    CHECK ((status = 'held') = (holder IS NOT NULL)) -- H1
) WITHOUT ROWID;
CREATE UNIQUE INDEX conversation_one_open ON conversation (guest, hotel) WHERE status <> 'resolved'; -- H9
CREATE INDEX conversation_guest ON conversation (guest, hotel, opened_at, id);
CREATE INDEX conversation_queue ON conversation (hotel) WHERE status <> 'resolved';
CREATE INDEX conversation_resolved ON conversation (hotel, resolved_at) WHERE status = 'resolved';
CREATE INDEX conversation_held ON conversation (holder) WHERE holder IS NOT NULL;
CREATE INDEX conversation_log ON conversation (opened_at, id);
CREATE INDEX conversation_hotel_log ON conversation (hotel, opened_at, id);

CREATE TABLE entry (
    conversation BLOB NOT NULL REFERENCES conversation (id),
    seq          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    by_kind      TEXT NOT NULL,
    by_id        BLOB,
    by_name      TEXT NOT NULL,
    body         TEXT NOT NULL,
    to_id        BLOB,
    to_name      TEXT,
    client_id    BLOB,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq) -- H4
) WITHOUT ROWID;
CREATE UNIQUE INDEX entry_once ON entry (client_id, conversation) WHERE client_id IS NOT NULL; -- H5
CREATE INDEX entry_by_staff ON entry (by_id, conversation) WHERE by_kind IN ('staff', 'admin');

-- How far each reader has read, and since when.
CREATE TABLE read_mark (
    conversation BLOB NOT NULL REFERENCES conversation (id),
    reader       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, reader)
) WITHOUT ROWID;

CREATE TABLE audit (
    id     BLOB PRIMARY KEY,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    by_id  BLOB,
    detail TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
    id         TEXT PRIMARY KEY,
    data       TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);
