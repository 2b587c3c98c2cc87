-- The message of ours that an accepted one is about: the one that it quotes, or to which it is a reaction. Null: none that is known.
ALTER TABLE inbox ADD COLUMN target INTEGER;

-- Whether a platform's id is that of a message of ours: by the id of a message, and by one of the ids of a message in several parts.
CREATE INDEX outbox_sent ON outbox (adapter_id, chat, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_parts ON outbox (adapter_id, chat) WHERE instr(message_id, char(10)) > 0;
