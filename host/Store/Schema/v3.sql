-- What each adapter id has: keys and bytes of its state, in step in the transactions that change them, and rows of seen, a second late at most (a process that is killed leaves its last second out).
CREATE TABLE usage (
  adapter_id TEXT PRIMARY KEY,
  seen INTEGER NOT NULL DEFAULT 0,
  state_keys INTEGER NOT NULL DEFAULT 0,
  state_bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Against duplicates: event ids of fewer than 16 bytes as they are, 16 bytes of a hash of longer ones.
ALTER TABLE seen RENAME TO seen_ids;
DROP INDEX seen_by_age;

CREATE TABLE seen (
  adapter_id TEXT NOT NULL,
  event_key BLOB NOT NULL,
  seen_utc INTEGER NOT NULL,
  PRIMARY KEY (adapter_id, event_key)
) STRICT, WITHOUT ROWID;

INSERT INTO seen SELECT adapter_id, event_key(event_id), seen_utc FROM seen_ids;
DROP TABLE seen_ids;
CREATE INDEX seen_by_age ON seen (adapter_id, seen_utc);

INSERT INTO usage (adapter_id, seen, state_keys, state_bytes)
  SELECT adapter_id, sum(seen), sum(state_keys), sum(state_bytes) FROM (
    SELECT adapter_id, count(*) AS seen, 0 AS state_keys, 0 AS state_bytes FROM seen GROUP BY adapter_id
    UNION ALL SELECT adapter_id, 0, count(*), sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))) FROM adapter_state GROUP BY adapter_id
  ) GROUP BY adapter_id;
