-- What reading back needs, drawn from the entries: the words of every line, and the times reports count. All of it can
-- be drawn again; nothing here is the truth. A file of its own, so that drawing it never makes a message wait.

-- How far each conversation has been read, and what its entries came to.
CREATE TABLE talk (
    number       INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL UNIQUE,
    hotel        BLOB NOT NULL,
    seq          INTEGER NOT NULL,           -- read up to here
    names        TEXT NOT NULL DEFAULT '',   -- the words that stand in `name`
    language     TEXT NOT NULL DEFAULT '',
    opened_at    INTEGER NOT NULL DEFAULT 0,
    resolved_at  INTEGER,
    resolver     INTEGER,                    -- a person
    rating       INTEGER,
    asked_at     INTEGER,                    -- since when the guest waits for an answer
    answers      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX talk_opened ON talk (hotel, opened_at, resolved_at, resolver, rating, language);
CREATE INDEX talk_resolved ON talk (hotel, resolved_at, opened_at, resolver) WHERE resolved_at IS NOT NULL;

-- Staff by a small number, for there are many answers.
CREATE TABLE person (
    number INTEGER PRIMARY KEY,
    id     BLOB NOT NULL UNIQUE
);

-- Who of the staff has held or written in which conversation.
CREATE TABLE part (
    staff INTEGER NOT NULL, -- a person
    talk  INTEGER NOT NULL,
    PRIMARY KEY (staff, talk)
) WITHOUT ROWID;
CREATE INDEX part_talk ON part (talk);

-- A line somebody said or noted. The id is its time, so that the newest come first by themselves: milliseconds << 10,
-- and what is left tells lines of one millisecond apart.
CREATE TABLE line (
    id   INTEGER PRIMARY KEY,
    talk INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    kind INTEGER NOT NULL -- 0 by the guest, 1 by the staff, 2 a note, 3 another word
);
CREATE INDEX line_talk ON line (talk, seq);

-- The tokenizer is ours (see words.rs); SQLite only takes them apart at the spaces.
-- Beginnings of three letters have an index of their own: they are what the most words begin with.
CREATE VIRTUAL TABLE word USING fts5 (words, hotel, content='', contentless_delete=1, tokenize='ascii', prefix='3');
CREATE VIRTUAL TABLE name USING fts5 (words, content='', contentless_delete=1, tokenize='ascii');

-- A guest's turn and the answer it got.
CREATE TABLE answer (
    hotel       BLOB NOT NULL,
    asked_at    INTEGER NOT NULL,
    talk        INTEGER NOT NULL,
    seq         INTEGER NOT NULL, -- of the answer
    answered_at INTEGER NOT NULL,
    staff       INTEGER NOT NULL, -- a person
    first       BOOLEAN NOT NULL,
    PRIMARY KEY (hotel, asked_at, talk, seq)
) WITHOUT ROWID;
CREATE INDEX answer_talk ON answer (talk);

-- A change of hands that figures count: taken over, or released.
CREATE TABLE hand (
    hotel BLOB NOT NULL,
    at    INTEGER NOT NULL,
    talk  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    staff INTEGER,           -- a person; NULL: Bellhop itself
    PRIMARY KEY (hotel, at, talk, seq)
) WITHOUT ROWID;
CREATE INDEX hand_talk ON hand (talk);

-- There is something forgotten whose words still lie in the index (see sweep).
CREATE TABLE unswept (one INTEGER PRIMARY KEY);

-- Messages by the quarter of an hour: time zones differ by no less.
CREATE TABLE load (
    hotel    BLOB NOT NULL,
    quarter  INTEGER NOT NULL, -- since 1970, UTC
    by_guest INTEGER NOT NULL,
    by_staff INTEGER NOT NULL,
    PRIMARY KEY (hotel, quarter)
) WITHOUT ROWID;
