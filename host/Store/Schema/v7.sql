-- Turn of a message: the id of its lead, the first message of the turn, from the begin of the turn on. Null: the turn has not begun.
ALTER TABLE inbox ADD COLUMN turn INTEGER;
-- Session of a message, in whose order it is handled. Null: its conversation.
ALTER TABLE inbox ADD COLUMN session TEXT;
CREATE INDEX inbox_members ON inbox (turn) WHERE turn < id;
-- What waits now came before every session of its conversation. Later rows have no session that is their conversation.
UPDATE inbox SET session = conversation WHERE state < 2;

-- Session of the turn that owed a button: a press is handled there. Null: the conversation.
ALTER TABLE buttons ADD COLUMN session TEXT;

-- Number of a session, raised when its memory is deleted. None: 0.
CREATE TABLE sessions (
  session TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  changed_utc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Memory of sessions: what a handler keeps between the turns of a session. value: UTF-8.
CREATE TABLE memory (
  handler_id TEXT NOT NULL,
  session TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (handler_id, session, key)
) STRICT, WITHOUT ROWID;

-- A row for each session with memory. bytes: of its keys and values, in step with them; touched_utc: when its last message was accepted; sender_id: the person whose
-- memory it is, where ids prove nothing; proven: 1 where the platform vouches for the person. Otherwise it ends when the person leaves, and after an hour.
CREATE TABLE memory_sessions (
  handler_id TEXT NOT NULL,
  session TEXT NOT NULL,
  adapter_id TEXT NOT NULL,
  sender_id TEXT,
  proven INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL,
  touched_utc INTEGER NOT NULL,
  PRIMARY KEY (handler_id, session)
) STRICT, WITHOUT ROWID;

CREATE INDEX memory_idle ON memory_sessions (handler_id, touched_utc);
CREATE INDEX memory_of_senders ON memory_sessions (adapter_id, sender_id) WHERE sender_id IS NOT NULL AND proven = 0;
CREATE INDEX memory_of_senders_idle ON memory_sessions (touched_utc) WHERE sender_id IS NOT NULL AND proven = 0;

-- 1: the ids of its adapter prove nothing about people.
ALTER TABLE inbox ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;

-- Senders who have left: a turn of an earlier message (its id is below before_id) leaves no memory. sender_id '': all of the adapter.
CREATE TABLE memory_resets (
  adapter_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  before_id INTEGER NOT NULL,
  PRIMARY KEY (adapter_id, sender_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memory_resets_by_age ON memory_resets (before_id);

-- What each handler has: sessions and bytes of memory, and sessions forgotten for want of room.
ALTER TABLE usage ADD COLUMN memory_sessions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN memory_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN memory_forgotten INTEGER NOT NULL DEFAULT 0;

-- Notes of a turn for its later attempts. turn: its first message.
CREATE TABLE turn_notes (
  turn INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (turn, key)
) STRICT, WITHOUT ROWID;

-- Tickets with which a platform wants the replies to an event. Whoever has one can answer in the bot's name: a table of its own, from which no backup
-- and no recovery copies, and whose rows go when a ticket has expired, or when the turn has ended and its replies are settled.
CREATE TABLE tickets (
  inbox_id INTEGER PRIMARY KEY,
  ticket TEXT NOT NULL,
  until_utc INTEGER NOT NULL
) STRICT;

-- A row that is forgotten takes the notes of its turn with it; a turn that is handled has none any more.
CREATE TRIGGER inbox_forgotten AFTER DELETE ON inbox BEGIN
  DELETE FROM turn_notes WHERE turn = old.id;
END;

CREATE INDEX inbox_open_sessions ON inbox (coalesce(session, conversation)) WHERE state < 2;
