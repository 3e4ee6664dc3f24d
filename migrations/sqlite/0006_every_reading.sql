-- Every reading leaves a mark, not only each reader's last one: who had read what, and since when, is asked for later.
CREATE TABLE every_mark (
    conversation BLOB NOT NULL REFERENCES conversation (id),
    reader       BLOB NOT NULL,
    seq          INTEGER NOT NULL, -- up to here
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, reader, seq)
) WITHOUT ROWID;
INSERT INTO every_mark (conversation, reader, seq, at) SELECT conversation, reader, seq, at FROM read_mark;
DROP TABLE read_mark;
ALTER TABLE every_mark RENAME TO read_mark;
