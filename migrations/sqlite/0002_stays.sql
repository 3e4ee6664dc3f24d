-- One guest with several hotels: who they are to each, their stays, their rooms, and how they prove who they are.

-- A stay is the hotel's: it is there before its guest has written a word. Which guest it belongs to is said by
-- `acquaintance.stay`, by an agent or by a token of the hotel, and never guessed. Its state is the sum of its events,
-- in the order of their versions.
CREATE TABLE reservation (
    id         BLOB PRIMARY KEY,
    hotel      BLOB NOT NULL REFERENCES hotel (id),
    reference  TEXT,
    name       TEXT NOT NULL DEFAULT '',
    name_key   TEXT NOT NULL DEFAULT '', -- the words of the name, lower case and sorted: "Tanaka Yuki" is "Yuki Tanaka"
    phone      TEXT NOT NULL DEFAULT '',
    email      TEXT NOT NULL DEFAULT '',
    language   TEXT NOT NULL DEFAULT '',
    room       TEXT,
    last_room  TEXT,                     -- before the last move
    arrival    TEXT,                     -- a day in the hotel's time zone, 2026-03-09
    departure  TEXT,
    party      INTEGER,
    booking    TEXT NOT NULL DEFAULT 'booked' CHECK (booking IN ('booked', 'checked_in', 'checked_out', 'cancelled')),
    version    INTEGER NOT NULL DEFAULT 0, -- the highest the hotel's own system has given
    changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What one hotel knows of one guest, and no other hotel does (H8).
CREATE TABLE acquaintance (
    guest        BLOB NOT NULL REFERENCES guest (id),
    hotel        BLOB NOT NULL REFERENCES hotel (id),
    name         TEXT NOT NULL DEFAULT '',
    language     TEXT NOT NULL DEFAULT '',
    email        TEXT NOT NULL DEFAULT '', -- vouched for by the hotel's own site
    stay         BLOB REFERENCES reservation (id),
    scanned_room TEXT,                     -- the room whose code the guest opened last
    PRIMARY KEY (guest, hotel)
) WITHOUT ROWID;

-- Stays had no life of their own before.
INSERT INTO acquaintance (guest, hotel, name, language) SELECT guest, hotel, name, language FROM stay;
CREATE TEMPORARY TABLE moved AS
    SELECT randomblob(16) AS id, guest, hotel, name, room, date(arrival / 1000, 'unixepoch') AS arrival,
           date(departure / 1000, 'unixepoch') AS departure, reference, party
    FROM stay WHERE COALESCE(room, arrival, departure, reference, party) IS NOT NULL;
INSERT INTO reservation (id, hotel, reference, name, name_key, room, arrival, departure, party, changed_at)
    SELECT id, hotel,
           CASE WHEN row_number() OVER (PARTITION BY hotel, reference) = 1 THEN reference END,
           name, lower(name), room, arrival, departure, party, 0
    FROM moved;
UPDATE acquaintance SET stay =
    (SELECT m.id FROM moved m WHERE m.guest = acquaintance.guest AND m.hotel = acquaintance.hotel);
DROP TABLE moved;
DROP TABLE stay;
ALTER TABLE reservation RENAME TO stay;
CREATE UNIQUE INDEX stay_reference ON stay (hotel, reference) WHERE reference IS NOT NULL;
CREATE INDEX stay_room ON stay (hotel, room);
CREATE INDEX stay_departure ON stay (hotel, departure);
CREATE INDEX stay_name ON stay (hotel, name_key);
CREATE INDEX stay_phone ON stay (hotel, phone) WHERE phone <> '';
CREATE INDEX stay_email ON stay (hotel, email) WHERE email <> '';
CREATE INDEX acquaintance_stay ON acquaintance (stay) WHERE stay IS NOT NULL;
CREATE INDEX acquaintance_room ON acquaintance (hotel, scanned_room) WHERE scanned_room IS NOT NULL;

CREATE TABLE stay_event (
    stay    BLOB NOT NULL REFERENCES stay (id),
    version INTEGER NOT NULL,
    id      BLOB NOT NULL,                -- within a version, the order of arrival
    source  TEXT NOT NULL CHECK (source IN ('api', 'staff', 'token')),
    by_id   BLOB,                         -- the staff member or the API key
    change  TEXT NOT NULL,                -- JSON: the fields given
    at      INTEGER NOT NULL,
    PRIMARY KEY (stay, version, id)
) WITHOUT ROWID;
INSERT INTO stay_event (stay, version, id, source, change, at)
    SELECT id, 0, randomblob(16), 'staff',
           json_object('reference', reference, 'name', name, 'room', room, 'arrival', arrival, 'departure', departure, 'party', party), 0
    FROM stay;
CREATE UNIQUE INDEX stay_event_once ON stay_event (stay, version) WHERE source = 'api';

ALTER TABLE conversation ADD COLUMN stay BLOB REFERENCES stay (id);
ALTER TABLE conversation ADD COLUMN scanned_room TEXT;
-- Two open conversations of what turned out to be one guest are one: this one's entries stand in that one.
ALTER TABLE conversation ADD COLUMN joined_to BLOB REFERENCES conversation (id);
UPDATE conversation SET stay =
    (SELECT a.stay FROM acquaintance a WHERE a.guest = conversation.guest AND a.hotel = conversation.hotel);
CREATE INDEX conversation_stay ON conversation (stay) WHERE stay IS NOT NULL;

-- Two identities that proved to be one person: this one is that one now.
ALTER TABLE guest ADD COLUMN joined_to BLOB REFERENCES guest (id) CHECK (joined_to <> id);
CREATE INDEX guest_token_guest ON guest_token (guest);

-- An e-mail address a guest has shown to be theirs. It is how they come back on another device.
CREATE TABLE guest_email (
    email        TEXT PRIMARY KEY, -- lower case
    guest        BLOB NOT NULL REFERENCES guest (id),
    confirmed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX guest_email_guest ON guest_email (guest);

-- A one-time code on its way. Only hashes are kept; a new one ends the one before.
CREATE TABLE email_code (
    guest      BLOB PRIMARY KEY REFERENCES guest (id), -- who asked
    email      TEXT NOT NULL,
    code       BLOB NOT NULL,
    link       BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE room (
    hotel   BLOB NOT NULL REFERENCES hotel (id),
    number  TEXT NOT NULL,
    turn    INTEGER NOT NULL, -- counts the turn-overs; codes of an earlier turn are worth nothing
    turned_at INTEGER NOT NULL,
    PRIMARY KEY (hotel, number)
) WITHOUT ROWID;

-- The web sites that may show this hotel's chat in a frame.
CREATE TABLE hotel_site (
    hotel  BLOB NOT NULL REFERENCES hotel (id),
    origin TEXT NOT NULL, -- scheme, host and port, lower case
    PRIMARY KEY (hotel, origin)
) WITHOUT ROWID;
CREATE INDEX hotel_site_origin ON hotel_site (origin);

-- Secrets of a hotel. An HMAC needs the secret itself; it is shown to a person once, if at all.
CREATE TABLE hotel_key (
    hotel   BLOB NOT NULL REFERENCES hotel (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('room', 'vouch')),
    secret  BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (hotel, purpose)
) WITHOUT ROWID;

-- Keys for a hotel's own systems. Only the SHA-256 is kept.
CREATE TABLE api_key (
    id           BLOB PRIMARY KEY,
    hotel        BLOB NOT NULL REFERENCES hotel (id),
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    scopes       TEXT NOT NULL, -- separated by spaces
    created_at   INTEGER NOT NULL,
    created_by   BLOB NOT NULL REFERENCES staff (id),
    last_used_at INTEGER,
    revoked_at   INTEGER
) WITHOUT ROWID;
CREATE INDEX api_key_hotel ON api_key (hotel);

-- Answers given under an idempotency key, to be given again.
CREATE TABLE api_call (
    hotel   BLOB NOT NULL REFERENCES hotel (id),
    key     TEXT NOT NULL,
    request BLOB NOT NULL, -- SHA-256
    answer  TEXT NOT NULL, -- JSON
    at      INTEGER NOT NULL,
    PRIMARY KEY (hotel, key)
) WITHOUT ROWID;
CREATE INDEX api_call_age ON api_call (at);
