-- What a hotel takes besides words: files in one message (0: none), and the size of one.
ALTER TABLE hotel ADD COLUMN file_count INTEGER NOT NULL DEFAULT 5;
ALTER TABLE hotel ADD COLUMN file_megabytes INTEGER NOT NULL DEFAULT 10;
