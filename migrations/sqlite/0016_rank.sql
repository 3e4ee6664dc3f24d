-- Lists go by a rank that grows with everything that happens, and never by a clock, which may be put back.
ALTER TABLE conversation ADD COLUMN rank INTEGER NOT NULL DEFAULT 0; -- of the last word or resolution
ALTER TABLE conversation ADD COLUMN waiting_rank INTEGER;            -- of the word the guest waits since
UPDATE conversation SET rank = max(last_at, ifnull(resolved_at, 0)), waiting_rank = waiting_since;

DROP INDEX conversation_waiting;
CREATE INDEX conversation_waiting ON conversation (hotel, ifnull(waiting_rank, 9e15), id) WHERE status = 'waiting';

-- A guest's conversations with a hotel are in the order of their ids.
DROP INDEX conversation_guest;
CREATE INDEX conversation_guest ON conversation (guest, hotel, id);
