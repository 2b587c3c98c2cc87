-- Platforms' ids of our messages, by which a quote or a reaction finds its message: of delivered ones with one id. Copied from outbox in portions: as an index
-- of outbox it was half of all pages that a message wrote, for each chat has its ids in a place of its own. Rows that ended at sent_until or later are missing.
DROP INDEX outbox_sent;
CREATE TABLE sent (
  adapter_id TEXT NOT NULL,
  chat TEXT NOT NULL,
  message_id TEXT NOT NULL,
  outbox_id INTEGER NOT NULL,
  PRIMARY KEY (adapter_id, chat, message_id, outbox_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sent_until (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  ended_utc INTEGER NOT NULL
) STRICT;

INSERT INTO sent_until VALUES (1, 0);

CREATE TRIGGER outbox_forgotten AFTER DELETE ON outbox WHEN old.message_id IS NOT NULL BEGIN
  DELETE FROM sent WHERE adapter_id = old.adapter_id AND chat = old.chat AND message_id = old.message_id AND outbox_id = old.id;
END;

-- The other messages with ids: of several parts, and not delivered as a whole.
DROP INDEX outbox_parts;
CREATE INDEX outbox_parts ON outbox (adapter_id, chat) WHERE message_id IS NOT NULL AND (state <> 2 OR instr(message_id, char(10)) > 0);

-- Edits, deletions and reactions of a message.
CREATE INDEX outbox_about ON outbox (target) WHERE target IS NOT NULL;

-- It cost each message a page when it was accepted and one when it ended, for words that are rare.
DROP INDEX inbox_open_sessions;
