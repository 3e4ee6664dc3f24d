-- What somebody may do can change while they are at their desk.

ALTER TABLE staff ADD COLUMN rev INTEGER NOT NULL DEFAULT 0; -- counts all changes of rights; a person has the number of their last
CREATE INDEX staff_rev ON staff (rev);
ALTER TABLE staff ADD COLUMN password_given BOOLEAN NOT NULL DEFAULT FALSE; -- by somebody else, who knows it

-- The hotels an export holds words of, as ids separated by spaces; empty: all. Whoever takes it must lead them still.
ALTER TABLE export ADD COLUMN hotels TEXT NOT NULL DEFAULT '';
