-- Payloads name the values of enums; they had the numbers of the contract, and none for 0, so that another value of an enum would have changed them.
UPDATE inbox SET payload = named_inbound(payload);
UPDATE outbox SET payload = named_outbound(payload);
