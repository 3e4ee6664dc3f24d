-- Whose browser this is, without its cookie; who is known, when many come at once; by what words a stay is found.

-- A cookie is set again once in a while, and not with every page.
ALTER TABLE guest_token ADD COLUMN renewed_at INTEGER NOT NULL DEFAULT 0;
UPDATE guest_token SET renewed_at = created_at;

-- By this a frame whose browser returns no cookie says who its guest is: to this hotel only. Only the SHA-256 is kept.
CREATE TABLE frame_token (
    hash       BLOB PRIMARY KEY,
    guest      BLOB NOT NULL REFERENCES guest (id),
    hotel      BLOB NOT NULL REFERENCES hotel (id),
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX frame_token_guest ON frame_token (guest);
CREATE INDEX frame_token_age ON frame_token (expires_at);

-- What the hotel's own site said of the guest last, by which the next one it speaks of is told apart.
ALTER TABLE acquaintance ADD COLUMN vouched_at INTEGER;
ALTER TABLE acquaintance ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE acquaintance ADD COLUMN reservation TEXT NOT NULL DEFAULT '';
ALTER TABLE acquaintance ADD COLUMN vouched_name TEXT NOT NULL DEFAULT '';
UPDATE acquaintance SET vouched_at = 0, vouched_name = name,
    reservation = COALESCE((SELECT reference FROM stay WHERE stay.id = acquaintance.stay), '')
    WHERE email <> '' OR EXISTS (SELECT 1 FROM stay_event e WHERE e.stay = acquaintance.stay AND e.source = 'token');
-- By this the bubble asks how many answers its guest has not seen, and nothing else.
ALTER TABLE acquaintance ADD COLUMN count_key BLOB;
CREATE UNIQUE INDEX acquaintance_count_key ON acquaintance (count_key) WHERE count_key IS NOT NULL;

-- Who waits longest is shown first, however many wait.
CREATE INDEX conversation_waiting ON conversation (hotel, waiting_since, id) WHERE status = 'waiting';

-- The words by which a stay is found, each behind a blank, and its telephone number in digits. NULL: not made yet.
ALTER TABLE stay ADD COLUMN words TEXT;
ALTER TABLE stay ADD COLUMN digits TEXT NOT NULL DEFAULT '';
