-- Buttons of messages of ours, in sets: the buttons of one message are one. position: from 1; for_sender: the only person who may press, null: everyone;
-- once: 1 if the first press ends the set; pressed_inbox: the press that was taken. style is the name of a ButtonStyle.
CREATE TABLE buttons (
  token TEXT PRIMARY KEY,
  outbox_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  conversation TEXT NOT NULL,
  handler_id TEXT NOT NULL,
  button_id TEXT NOT NULL,
  label TEXT NOT NULL,
  style TEXT NOT NULL,
  for_sender TEXT,
  once INTEGER NOT NULL,
  expires_utc INTEGER NOT NULL,
  pressed_inbox INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX buttons_of_message ON buttons (outbox_id, position);
CREATE INDEX buttons_by_age ON buttons (expires_utc);
CREATE INDEX buttons_of_conversation ON buttons (conversation, outbox_id);
