-- Lists go by ranks, which grow with everything that happens, and never by a clock, which may be put back.
ALTER TABLE conversation ADD COLUMN rank INTEGER NOT NULL DEFAULT 0; -- of the last word
ALTER TABLE conversation ADD COLUMN waiting_rank INTEGER;            -- of the word the guest waits since
ALTER TABLE conversation ADD COLUMN resolved_rank INTEGER;           -- of the resolution
UPDATE conversation SET rank = last_at, waiting_rank = waiting_since, resolved_rank = resolved_at;

DROP INDEX conversation_waiting;
CREATE INDEX conversation_waiting ON conversation (hotel, ifnull(waiting_rank, 9e15), id) WHERE status = 'waiting';

-- A program that starts goes on behind the last of them.
CREATE INDEX conversation_last_resolved ON conversation (resolved_rank) WHERE resolved_rank IS NOT NULL;

-- A guest's conversations with a hotel are in the order of their ids.
DROP INDEX conversation_guest;
CREATE INDEX conversation_guest ON conversation (guest, hotel, id);
