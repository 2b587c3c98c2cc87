-- Times are milliseconds since 1970 (UTC). States of inbox: 0 pending, 1 running, 2 handled, 3 parked.
-- States of outbox: 0 owed, 1 leased, 2 delivered, 3 rejected, 4 parked. Ids are never used again: idempotency keys are made from them.

CREATE TABLE identity (
  database_id TEXT NOT NULL,
  created_utc INTEGER NOT NULL
) STRICT;

INSERT INTO identity VALUES (lower(hex(randomblob(6))), unixepoch() * 1000);

CREATE TABLE generations (
  adapter_id TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE adapter_state (
  adapter_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (adapter_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
  adapter_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  seen_utc INTEGER NOT NULL,
  PRIMARY KEY (adapter_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_by_age ON seen (seen_utc);

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  adapter_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  event_id TEXT,
  conversation TEXT NOT NULL,
  payload BLOB NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  accepted_utc INTEGER NOT NULL,
  ended_utc INTEGER
) STRICT;

CREATE INDEX inbox_open ON inbox (id) WHERE state < 2;
CREATE INDEX inbox_ended ON inbox (state, ended_utc) WHERE state >= 2;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  inbox_id INTEGER NOT NULL,
  adapter_id TEXT NOT NULL,
  chat TEXT NOT NULL,
  payload BLOB NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  generation INTEGER,
  delivered_length INTEGER NOT NULL DEFAULT 0,
  message_id TEXT,
  error TEXT,
  owed_utc INTEGER NOT NULL,
  due_utc INTEGER NOT NULL,
  leased_utc INTEGER,
  ended_utc INTEGER
) STRICT;

CREATE INDEX outbox_open ON outbox (id) WHERE state < 2;
CREATE INDEX outbox_ended ON outbox (state, ended_utc) WHERE state >= 2;

CREATE TABLE totals (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- With a hash: a request, and the hash of its one-time code. Without: paired.
CREATE TABLE pairings (
  adapter_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT,
  since_utc INTEGER NOT NULL,
  salt BLOB,
  hash BLOB,
  PRIMARY KEY (adapter_id, user_id)
) STRICT, WITHOUT ROWID;
