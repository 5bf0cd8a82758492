-- Idempotency keys and sessions are forgotten when they are old.
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (answered_at_us);

CREATE INDEX sessions_by_end ON sessions (expires_at_us);
