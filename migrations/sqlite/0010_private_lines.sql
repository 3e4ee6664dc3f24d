-- When the program starts, private lines that were open when it stopped are over, and that is noted.
CREATE INDEX entry_line ON entry (conversation, kind) WHERE kind IN ('line_opened', 'line_closed');
