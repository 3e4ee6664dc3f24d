-- Files that were sent besides words. Their bytes lie with the files, by the hash of what is in them.

CREATE TABLE attachment (
    id           BLOB PRIMARY KEY,
    hotel        BLOB NOT NULL REFERENCES hotel (id),
    by_id        BLOB NOT NULL,    -- the guest or the staff member who sends it
    by_guest     BOOLEAN NOT NULL,
    at           INTEGER NOT NULL, -- when it was begun
    size         INTEGER NOT NULL, -- bytes announced
    name         TEXT NOT NULL,
    alt          TEXT NOT NULL,
    wave         TEXT NOT NULL,
    seconds      INTEGER NOT NULL, -- as its sender has it
    record       TEXT,             -- JSON as in entry.files, once it is taken in
    mime         TEXT,
    hash         BLOB REFERENCES stored_file (hash),
    small        BLOB REFERENCES stored_file (hash), -- a picture's small version
    conversation BLOB,             -- the entry it stands in, once it was said
    seq          INTEGER,
    internal     BOOLEAN NOT NULL DEFAULT FALSE, -- … in a note
    FOREIGN KEY (conversation, seq) REFERENCES entry (conversation, seq) ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX attachment_entry ON attachment (conversation, seq);
CREATE INDEX attachment_unsaid ON attachment (by_id, hotel, at) WHERE conversation IS NULL;
CREATE INDEX attachment_hash ON attachment (hash);
CREATE INDEX attachment_small ON attachment (small);

-- What lies with the files: noted before it is put there, and taken off before it is removed.
CREATE TABLE stored_file (
    hash  BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    at    INTEGER NOT NULL
) WITHOUT ROWID;

-- JSON: [{id, kind, name, bytes, width, height, seconds, alt, wave}].
ALTER TABLE entry ADD COLUMN files TEXT;
