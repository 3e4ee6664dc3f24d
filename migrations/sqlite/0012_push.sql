-- An address of a hotel's own that is told of what happens.
CREATE TABLE webhook (
    id            BLOB PRIMARY KEY,
    hotel         BLOB NOT NULL REFERENCES hotel (id),
    url           TEXT NOT NULL,
    topics        INTEGER NOT NULL, -- a bit for each, in the order of domain::Topic
    secret        BLOB NOT NULL,    -- signs what is sent
    made_at       INTEGER NOT NULL,
    failing_since INTEGER,          -- since when nothing has been taken
    off_at        INTEGER           -- by a manager, or, where failing_since stands, by a day of failures
) WITHOUT ROWID;
CREATE INDEX webhook_hotel ON webhook (hotel);

-- What any of a hotel's webhooks asks for, read with every conversation.
ALTER TABLE hotel ADD COLUMN topics INTEGER NOT NULL DEFAULT 0;

-- What is to be sent, and what came of it. `number` is the order in which things happened.
CREATE TABLE delivery (
    number       INTEGER PRIMARY KEY,
    id           BLOB NOT NULL,               -- of the event: the same for all who are told of it, and in repeats
    hotel        BLOB NOT NULL REFERENCES hotel (id),
    webhook      BLOB REFERENCES webhook (id), -- none: an e-mail
    event        TEXT NOT NULL,
    conversation BLOB,                        -- what is told of one conversation is told in order
    guest        BLOB,                        -- whom it is about: it goes with their data
    body         TEXT NOT NULL,               -- JSON
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'sending', 'sent', 'failed')),
    tries        INTEGER NOT NULL DEFAULT 0,
    since        INTEGER NOT NULL,            -- when it was first due
    due          INTEGER,                     -- when it is tried next; not while another is before it
    answered_at  INTEGER,
    answer       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX delivery_pending ON delivery (webhook, due) WHERE state IN ('waiting', 'queued');
CREATE INDEX delivery_sending ON delivery (hotel) WHERE state = 'sending';
CREATE INDEX delivery_next ON delivery (due) WHERE due IS NOT NULL;
CREATE INDEX delivery_webhook ON delivery (webhook, number);
CREATE INDEX delivery_conversation ON delivery (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX delivery_order ON delivery (conversation, webhook, number) WHERE state IN ('waiting', 'queued');
CREATE INDEX delivery_hotel ON delivery (hotel, number);
CREATE INDEX delivery_guest ON delivery (guest) WHERE guest IS NOT NULL;
CREATE INDEX delivery_age ON delivery (since) WHERE state IN ('sent', 'failed');

-- The id by which a hotel knows a guest leads back to nobody: those that were asked for are noted here, with
-- those of all the hotel's guests who were not noted yet.
CREATE TABLE guest_alias (
    hotel BLOB NOT NULL REFERENCES hotel (id),
    alias BLOB NOT NULL,
    guest BLOB NOT NULL,
    PRIMARY KEY (hotel, alias)
) WITHOUT ROWID;
CREATE INDEX guest_alias_guest ON guest_alias (guest);
ALTER TABLE acquaintance ADD COLUMN aliased BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX acquaintance_unaliased ON acquaintance (hotel) WHERE NOT aliased;
