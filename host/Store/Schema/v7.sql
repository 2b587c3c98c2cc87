-- Turn of a message: the id of its lead, the first message of the turn, from the begin of the turn on. Null: the turn has not begun.
ALTER TABLE inbox ADD COLUMN turn INTEGER;
-- Session of a message, in whose order it is handled. Null: its conversation.
ALTER TABLE inbox ADD COLUMN session TEXT;
CREATE INDEX inbox_members ON inbox (turn) WHERE turn < id;

-- Session of the turn that owed a button: a press is handled there. Null: the conversation.
ALTER TABLE buttons ADD COLUMN session TEXT;

-- Number of a session, raised when its memory is deleted. None: 0.
CREATE TABLE sessions (
  session TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  changed_utc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Notes of a turn that has not ended, by the id of its lead.
CREATE TABLE turn_notes (
  turn INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (turn, key)
) STRICT, WITHOUT ROWID;

-- State of sessions, by handler.
CREATE TABLE memory (
  handler_id TEXT NOT NULL,
  session TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  touched_utc INTEGER NOT NULL,
  PRIMARY KEY (handler_id, session, key)
) STRICT, WITHOUT ROWID;

-- Tickets with which a platform wants the replies to an event. Whoever has one can answer in the bot's name: a table of its own, from which no backup
-- and no recovery copies, and whose rows go when a ticket has expired, or when the turn has ended and its replies are settled.
CREATE TABLE tickets (
  inbox_id INTEGER PRIMARY KEY,
  ticket TEXT NOT NULL,
  until_utc INTEGER NOT NULL
) STRICT;
