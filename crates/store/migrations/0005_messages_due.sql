-- Serves "messages of a channel that are due": those that wait longer after a failure no longer stand before them.

DROP INDEX messages_waiting;

CREATE INDEX messages_due ON messages (shard, channel, next_attempt_at_us, message_id) WHERE state = 'waiting';
