-- What each adapter id has in the tables below, kept in step in the transactions that change them: bytes of keys and values, and rows of seen.
CREATE TABLE usage (
  adapter_id TEXT PRIMARY KEY,
  seen INTEGER NOT NULL DEFAULT 0,
  state_keys INTEGER NOT NULL DEFAULT 0,
  state_bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Against duplicates: 16 bytes of a hash of adapter id and event id, however long that is. In the order of an adapter's age, so that the oldest of one adapter are found at once.
ALTER TABLE seen RENAME TO seen_ids;
DROP INDEX seen_by_age;

CREATE TABLE seen (
  adapter_id TEXT NOT NULL,
  seen_utc INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (adapter_id, seen_utc, hash)
) STRICT, WITHOUT ROWID;

INSERT INTO seen SELECT adapter_id, seen_utc, event_hash(adapter_id, event_id) FROM seen_ids ORDER BY adapter_id, seen_utc;
DROP TABLE seen_ids;
CREATE UNIQUE INDEX seen_hash ON seen (hash);

INSERT INTO usage (adapter_id, seen, state_keys, state_bytes)
  SELECT adapter_id, sum(seen), sum(state_keys), sum(state_bytes) FROM (
    SELECT adapter_id, count(*) AS seen, 0 AS state_keys, 0 AS state_bytes FROM seen GROUP BY adapter_id
    UNION ALL SELECT adapter_id, 0, count(*), sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))) FROM adapter_state GROUP BY adapter_id
  ) GROUP BY adapter_id;
