-- A guest asks several hotels for a bid, and accepts at most one (H12).
CREATE TABLE request (
    id        BLOB PRIMARY KEY,
    guest     BLOB NOT NULL REFERENCES guest (id),
    version   INTEGER NOT NULL,
    wanted    TEXT NOT NULL,    -- JSON, as docs/protocol.md has it
    answer_by INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'confirmed', 'withdrawn', 'expired')),
    opened_at INTEGER NOT NULL,
    due       INTEGER           -- when something happens by itself next
) WITHOUT ROWID;
CREATE INDEX request_guest ON request (guest, opened_at, id);
CREATE INDEX request_due ON request (due) WHERE due IS NOT NULL;

-- One of the hotels that were asked. Its id is the one by which this hotel knows the request (H8).
CREATE TABLE leg (
    id           BLOB PRIMARY KEY,
    request      BLOB NOT NULL REFERENCES request (id),
    hotel        BLOB NOT NULL REFERENCES hotel (id),
    conversation BLOB NOT NULL REFERENCES conversation (id), -- where its entries stood last
    place        INTEGER NOT NULL,                           -- in the guest's order
    state        TEXT NOT NULL,
    reason       TEXT NOT NULL,                              -- why it makes no bid
    confirm_by   INTEGER,                                    -- while accepted: until when the hotel may confirm …
    ring_at      INTEGER,                                    -- … and from when on everybody there is asked to
    UNIQUE (request, hotel)
) WITHOUT ROWID;
CREATE UNIQUE INDEX leg_one_acceptance ON leg (request) WHERE state IN ('accepted', 'confirmed'); -- H12
CREATE INDEX leg_hotel ON leg (hotel);
CREATE INDEX leg_conversation ON leg (conversation);
CREATE INDEX leg_ring ON leg (ring_at) WHERE ring_at IS NOT NULL;

-- Every version of every bid. The newest of a leg is the one that counts.
CREATE TABLE bid (
    leg             BLOB NOT NULL REFERENCES leg (id),
    version         INTEGER NOT NULL,
    of              INTEGER NOT NULL, -- the version of the request
    total           INTEGER NOT NULL, -- in the currency's smallest unit, including taxes
    currency        TEXT NOT NULL,
    included        TEXT NOT NULL,
    valid_until     INTEGER NOT NULL,
    confirms_itself BOOLEAN NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (leg, version)
) WITHOUT ROWID;

-- What an entry of a request says, field by field: JSON, as docs/protocol.md has it.
ALTER TABLE entry ADD COLUMN terms TEXT;

-- The request beside a conversation's row: the leg, how it stands, and what its countdown runs to.
ALTER TABLE conversation ADD COLUMN request BLOB;
ALTER TABLE conversation ADD COLUMN request_state TEXT;
ALTER TABLE conversation ADD COLUMN request_until INTEGER;

-- How long a hotel has to confirm, in seconds of open hours.
ALTER TABLE hotel ADD COLUMN confirm_seconds INTEGER NOT NULL DEFAULT 900;

-- Guests without a name were called by the end of their id, which is the same in every hotel (H8).
UPDATE entry SET by_name = 'Guest'
WHERE by_kind = 'guest' AND by_name = 'Guest ' || upper(substr(hex(by_id), 29, 4));
