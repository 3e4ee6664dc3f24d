-- A note is a word of the staff: whoever answers must have seen it (H3). So last_staff, last_staff_seq and last_other_seq
-- count notes from here on, and where the last answer stands is kept beside them.

ALTER TABLE conversation ADD COLUMN last_answer_seq INTEGER NOT NULL DEFAULT 0;

UPDATE conversation SET last_answer_seq = max(last_staff_seq, last_other_seq) WHERE last_staff IS NOT NULL;

UPDATE conversation SET last_staff = s.by_id, last_staff_seq = s.seq
FROM (SELECT conversation, by_id, max(seq) AS seq FROM entry
      WHERE kind IN ('said', 'note') AND by_kind IN ('staff', 'admin') GROUP BY conversation) s
WHERE s.conversation = conversation.id
  AND EXISTS (SELECT 1 FROM entry n WHERE n.conversation = conversation.id AND n.kind = 'note');

UPDATE conversation SET last_other_seq = COALESCE(
    (SELECT max(e.seq) FROM entry e WHERE e.conversation = conversation.id AND e.kind IN ('said', 'note')
     AND e.by_kind IN ('staff', 'admin') AND e.by_id <> conversation.last_staff), 0)
WHERE last_staff IS NOT NULL AND EXISTS (SELECT 1 FROM entry n WHERE n.conversation = conversation.id AND n.kind = 'note');
