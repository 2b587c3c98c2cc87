-- Since when a message may have arrived: when the first attempt began that ended without an answer. Null: nobody is in doubt.
ALTER TABLE outbox ADD COLUMN doubtful_utc INTEGER;
