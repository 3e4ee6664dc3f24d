-- Reading back: hours, tags, ratings, what was refused, how long things are kept, exports, and a trail that is chained.

ALTER TABLE hotel ADD COLUMN hours TEXT;                 -- JSON, see domain::Hours; NULL: around the clock
ALTER TABLE hotel ADD COLUMN keep_conversations INTEGER; -- days after the last word; NULL: until somebody erases them
ALTER TABLE hotel ADD COLUMN keep_guests INTEGER;        -- days after the last sign of a guest; NULL: likewise

ALTER TABLE acquaintance ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0; -- the day the guest was last here, about

ALTER TABLE conversation ADD COLUMN rating INTEGER CHECK (rating BETWEEN 1 AND 5); -- the last the guest gave
CREATE INDEX conversation_rating ON conversation (hotel, rating, opened_at) WHERE rating IS NOT NULL;
CREATE INDEX conversation_scanned ON conversation (hotel, scanned_room) WHERE scanned_room IS NOT NULL;
CREATE INDEX conversation_joined ON conversation (joined_to) WHERE joined_to IS NOT NULL;
CREATE INDEX guest_joined ON guest (joined_to) WHERE joined_to IS NOT NULL;

-- The words a hotel sorts its conversations by. Its managers keep the list.
CREATE TABLE tag (
    hotel      BLOB NOT NULL REFERENCES hotel (id),
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (hotel, name)
) WITHOUT ROWID;
CREATE TABLE conversation_tag (
    conversation BLOB NOT NULL REFERENCES conversation (id),
    hotel        BLOB NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (conversation, name),
    FOREIGN KEY (hotel, name) REFERENCES tag (hotel, name) ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE INDEX conversation_tag_name ON conversation_tag (hotel, name, conversation);

-- How often somebody of the staff was refused because a colleague holds the conversation or has answered: by the hour,
-- so that a stuck client fills no table.
CREATE TABLE refusal (
    hotel BLOB NOT NULL REFERENCES hotel (id),
    hour  INTEGER NOT NULL, -- since 1970, UTC
    staff BLOB NOT NULL REFERENCES staff (id),
    what  TEXT NOT NULL,    -- the command
    code  TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (hotel, hour, staff, what, code)
) WITHOUT ROWID;

-- Exports that are being made or lie ready. The file's name is the id.
CREATE TABLE export (
    id         BLOB PRIMARY KEY,
    by_id      BLOB NOT NULL REFERENCES staff (id),
    filter     TEXT NOT NULL,              -- the selection, as it stands in the address
    title      TEXT NOT NULL,
    format     TEXT NOT NULL CHECK (format IN ('csv', 'jsonl')),
    state      TEXT NOT NULL CHECK (state IN ('running', 'stopped', 'done', 'failed')),
    created_at INTEGER NOT NULL,
    until_id   BLOB,                       -- conversations opened later are not part of it
    after_at   INTEGER,                    -- the last conversation written …
    after_id   BLOB,
    bytes      INTEGER NOT NULL DEFAULT 0, -- … and how long the file was then
    entries    INTEGER NOT NULL DEFAULT 0,
    total      INTEGER NOT NULL DEFAULT 0  -- entries to write, counted when it began
) WITHOUT ROWID;

-- The audit trail is append-only and chained: hash = SHA-256(hash of the row before, then the JSON array
-- [seq, at, what, by_id, hotel, detail]). Rows from before the chain are hashed when the program opens the database.
ALTER TABLE audit RENAME TO audit_before;
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY, -- 1, 2, 3 … without gaps
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    by_id  BLOB,
    hotel  BLOB,                -- the hotel it concerns, if it is one's
    detail TEXT NOT NULL,
    hash   BLOB
);
INSERT INTO audit (seq, at, what, by_id, detail)
    SELECT row_number() OVER (ORDER BY at, id), at, what, by_id, detail FROM audit_before;
UPDATE audit SET hotel = (SELECT c.hotel FROM conversation c WHERE c.id = unhex(replace(audit.detail, '-', '')))
    WHERE what IN ('claimed', 'taken_over', 'released', 'transferred', 'resolved', 'reopened');
DROP TABLE audit_before;
CREATE INDEX audit_hotel ON audit (hotel, seq) WHERE hotel IS NOT NULL;
CREATE INDEX audit_by ON audit (by_id, seq) WHERE by_id IS NOT NULL;
CREATE INDEX audit_what ON audit (what, seq);
-- Where the chain ends: rows cut off its end are missed too.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash BLOB NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN OLD.hash IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
