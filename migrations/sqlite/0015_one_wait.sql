-- Since when a guest waits for a word, whoever holds the conversation: the first of theirs since the staff's last.
UPDATE conversation SET waiting_since = (
    SELECT e.at FROM entry e WHERE e.conversation = conversation.id AND e.by_kind = 'guest'
    AND e.kind IN ('said', 'requested', 'request_changed', 'countered', 'bid', 'bid_withdrawn', 'declined', 'accepted',
        'confirmed')
    AND e.seq > max(last_answer_seq, coalesce((SELECT r.seq FROM entry r WHERE r.conversation = conversation.id
        AND r.kind = 'resolved' ORDER BY r.seq DESC LIMIT 1), 0))
    ORDER BY e.seq LIMIT 1)
WHERE status <> 'resolved';

-- Who waits longest is first; whoever has an answer and no holder comes after those who wait.
DROP INDEX conversation_waiting;
CREATE INDEX conversation_waiting ON conversation (hotel, ifnull(waiting_since, 9e15), id) WHERE status = 'waiting';

-- Minutes after which a wait shows amber, then red.
ALTER TABLE hotel ADD COLUMN due_minutes INTEGER NOT NULL DEFAULT 5;
ALTER TABLE hotel ADD COLUMN overdue_minutes INTEGER NOT NULL DEFAULT 15;
