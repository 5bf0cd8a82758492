-- The sum of all migrations, as SQLite has it. Written by a test; do not edit.

-- The registry

CREATE TABLE accounts (
    shard         INTEGER NOT NULL,
    account_id    TEXT  NOT NULL,                                 -- acct_…
    customer_id   TEXT  NOT NULL,
    external_id   TEXT,
    state         TEXT  NOT NULL CHECK (state IN ('pending', 'refused', 'open', 'suspended', 'closed')),
    reseller_id   TEXT,                                           -- cus_…; may lie in another shard
    created_at_us INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    body          TEXT  NOT NULL,
    PRIMARY KEY (shard, account_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX accounts_by_customer ON accounts (shard, customer_id, account_id);

CREATE TABLE api_keys (
    api_key_id  TEXT  NOT NULL,                                   -- key_…
    secret_hash TEXT  NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (api_key_id)
) STRICT;

CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (secret_hash);

CREATE TABLE blind_references (
    purpose     TEXT  NOT NULL CHECK (purpose IN
        ('name_key', 'email', 'telephone', 'payment', 'identifier', 'compared', 'contact_code')),
    blind       BLOB NOT NULL,
    shard       INTEGER NOT NULL,
    customer_id TEXT  NOT NULL,
    subject_id  TEXT  NOT NULL,
    PRIMARY KEY (purpose, blind, shard, customer_id, subject_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX blind_references_by_customer ON blind_references (shard, customer_id);

CREATE TABLE cases (
    shard       INTEGER NOT NULL,
    case_id     TEXT  NOT NULL,                                   -- case_…
    customer_id TEXT  NOT NULL,
    kind        TEXT  NOT NULL CHECK (kind IN ('identification', 'list_hit', 'discrepancy', 'signatory',
        'redress', 'closure', 'reverification', 'review')),
    state       TEXT  NOT NULL CHECK (state IN ('open', 'claimed', 'resolved')),
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (shard, case_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX cases_by_customer ON cases (shard, customer_id, case_id);

CREATE INDEX cases_unresolved ON cases (shard, case_id) WHERE state <> 'resolved';

CREATE TABLE checkpoints (
    shard      INTEGER NOT NULL,
    number     INTEGER NOT NULL,                                    -- order of writing
    size       INTEGER NOT NULL,
    checkpoint TEXT  NOT NULL,                                    -- as C2SP writes it
    PRIMARY KEY (shard, number)
) STRICT;

CREATE TABLE contact_proofs (
    shard            INTEGER NOT NULL,
    contact_proof_id TEXT  NOT NULL,                              -- prf_…
    customer_id      TEXT  NOT NULL,
    sent_at_us       INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    body             TEXT  NOT NULL,
    PRIMARY KEY (shard, contact_proof_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX contact_proofs_by_customer ON contact_proofs (shard, customer_id, sent_at_us);

CREATE TABLE customers (
    shard         INTEGER NOT NULL,
    customer_id   TEXT  NOT NULL,                                 -- cus_…
    external_id   TEXT,
    state         TEXT  NOT NULL CHECK (state IN
        ('draft', 'open', 'us_shown', 'verified', 'unable', 'reverify_due', 'closed')),
    reseller_id   TEXT,                                           -- cus_…; may lie in another shard
    created_at_us INTEGER NOT NULL,                                 -- since 1970, UTC
    version       INTEGER NOT NULL,
    body          TEXT  NOT NULL,
    PRIMARY KEY (shard, customer_id)
) STRICT;

CREATE INDEX customers_by_reseller ON customers (shard, reseller_id, customer_id) WHERE reseller_id IS NOT NULL;

CREATE INDEX customers_by_state ON customers (shard, state, customer_id);

CREATE TABLE decisions (
    shard         INTEGER NOT NULL,
    decision_id   TEXT  NOT NULL,                                 -- dec_…
    customer_id   TEXT  NOT NULL,
    decided_at_us INTEGER NOT NULL,                                 -- since 1970, UTC
    body          TEXT  NOT NULL,
    PRIMARY KEY (shard, decision_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX decisions_by_customer ON decisions (shard, customer_id, decided_at_us);

CREATE TABLE drafts (
    shard         INTEGER NOT NULL,
    draft_id      TEXT  NOT NULL,                                 -- dft_…
    state         TEXT  NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'withdrawn')),
    drafted_at_us INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    body          TEXT  NOT NULL,
    PRIMARY KEY (shard, draft_id)
) STRICT;

CREATE INDEX drafts_waiting ON drafts (shard, drafted_at_us, draft_id) WHERE state = 'waiting';

CREATE TABLE events (
    shard       INTEGER NOT NULL,
    event_id    TEXT  NOT NULL,                                   -- evt_…
    position    INTEGER,                                            -- from 1; NULL until numbered
    customer_id TEXT,
    at_us       INTEGER NOT NULL,                                   -- since 1970, UTC
    body        TEXT  NOT NULL,
    PRIMARY KEY (shard, event_id)
) STRICT;

CREATE INDEX events_by_customer ON events (shard, customer_id, event_id) WHERE customer_id IS NOT NULL;

CREATE UNIQUE INDEX events_by_position ON events (shard, position) WHERE position IS NOT NULL;

CREATE INDEX events_waiting ON events (shard, event_id) WHERE position IS NULL;

CREATE TABLE exemptions (
    exemption_id TEXT  NOT NULL,                                  -- exm_…
    version      INTEGER NOT NULL,
    body         TEXT  NOT NULL,
    PRIMARY KEY (exemption_id)
) STRICT;

CREATE TABLE external_ids (
    kind        TEXT  NOT NULL CHECK (kind IN ('customer', 'account')),
    external_id TEXT  NOT NULL,
    shard       INTEGER NOT NULL,
    id          TEXT  NOT NULL,
    PRIMARY KEY (kind, external_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE facts (
    shard          INTEGER NOT NULL,
    fact_id        TEXT  NOT NULL,                                -- fact_…
    customer_id    TEXT  NOT NULL,
    subject_id     TEXT  NOT NULL,                                -- cus_… or per_…
    recorded_at_us INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    body           TEXT  NOT NULL,                                -- canonical; personal values are sealed in it
    PRIMARY KEY (shard, fact_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX facts_by_customer ON facts (shard, customer_id, version);

CREATE TABLE gate_answers (
    shard          INTEGER NOT NULL,
    answer_id      TEXT  NOT NULL,                                -- ans_…
    answered_at_us INTEGER NOT NULL,
    record         TEXT  NOT NULL,                                -- canonical
    PRIMARY KEY (shard, answer_id)
) STRICT;

CREATE TABLE idempotent_answers (
    principal       TEXT  NOT NULL,                               -- whose key it is
    idempotency_key TEXT  NOT NULL,
    request_hash    TEXT  NOT NULL,
    status          INTEGER NOT NULL,
    body_sealed     BLOB NOT NULL,
    answered_at_us  INTEGER NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
) STRICT;

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (answered_at_us);

CREATE TABLE judgements (
    shard        INTEGER NOT NULL,
    judgement_id TEXT  NOT NULL,                                  -- jdg_…
    customer_id  TEXT  NOT NULL,
    judged_at_us INTEGER NOT NULL,
    body         TEXT  NOT NULL,
    PRIMARY KEY (shard, judgement_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX judgements_by_customer ON judgements (shard, customer_id, judged_at_us);

CREATE TABLE leases (
    name          TEXT  NOT NULL,
    holder        TEXT  NOT NULL,
    fence         INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;

CREATE TABLE leaves (
    shard       INTEGER NOT NULL,
    leaf_id     TEXT  NOT NULL,                                   -- leaf_…
    position    INTEGER,                                            -- from 0; NULL until numbered
    kind        TEXT  NOT NULL,                                   -- which record it is of
    object      TEXT  NOT NULL,                                   -- id of the record
    version     INTEGER NOT NULL,
    customer_id TEXT,
    body        BLOB NOT NULL,                                   -- canonical
    salt_sealed BLOB NOT NULL,                                   -- dies with the record
    salt_owner  TEXT  NOT NULL,
    PRIMARY KEY (shard, leaf_id)
) STRICT;

CREATE INDEX leaves_by_object ON leaves (shard, object, version);

CREATE UNIQUE INDEX leaves_by_position ON leaves (shard, position) WHERE position IS NOT NULL;

CREATE INDEX leaves_waiting ON leaves (shard, leaf_id) WHERE position IS NULL;

CREATE TABLE legal_holds (
    shard         INTEGER NOT NULL,
    legal_hold_id TEXT  NOT NULL,                                 -- hold_…
    customer_id   TEXT  NOT NULL,
    version       INTEGER NOT NULL,
    body          TEXT  NOT NULL,
    PRIMARY KEY (shard, legal_hold_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX legal_holds_by_customer ON legal_holds (shard, customer_id, legal_hold_id);

CREATE TABLE log_heads (
    shard       INTEGER NOT NULL,
    leaf_count  INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    PRIMARY KEY (shard)
) STRICT;

CREATE TABLE messages (
    shard              INTEGER NOT NULL,
    message_id         TEXT  NOT NULL,                            -- msg_…
    customer_id        TEXT  NOT NULL,
    channel            TEXT  NOT NULL CHECK (channel IN ('email', 'telephone')),
    content_sealed     BLOB NOT NULL,
    created_at_us      INTEGER NOT NULL,
    attempts           INTEGER NOT NULL,
    next_attempt_at_us INTEGER NOT NULL,
    state              TEXT  NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
    version            INTEGER NOT NULL,
    PRIMARY KEY (shard, message_id)
) STRICT;

CREATE INDEX messages_due ON messages (shard, channel, next_attempt_at_us, message_id) WHERE state = 'waiting';

CREATE TABLE packs (
    pack_id TEXT NOT NULL,                                        -- name@date
    body    TEXT NOT NULL,
    PRIMARY KEY (pack_id)
) STRICT;

CREATE TABLE persons (
    shard       INTEGER NOT NULL,
    person_id   TEXT  NOT NULL,                                   -- per_…
    customer_id TEXT  NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (shard, person_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX persons_by_customer ON persons (shard, customer_id, person_id);

CREATE TABLE products (
    product_id  TEXT  NOT NULL,                                   -- prod_…
    provider_id TEXT  NOT NULL,
    code        TEXT  NOT NULL,                                   -- unique within the provider
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (product_id)
) STRICT;

CREATE UNIQUE INDEX products_by_code ON products (code, provider_id);

CREATE TABLE providers (
    provider_id TEXT  NOT NULL,                                   -- prov_…
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (provider_id)
) STRICT;

CREATE TABLE readings (
    shard       INTEGER NOT NULL,
    reading_id  TEXT  NOT NULL,                                   -- read_…
    customer_id TEXT,                                             -- the one customer, where it is one
    read_at_us  INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (shard, reading_id)
) STRICT;

CREATE TABLE resellers (
    shard       INTEGER NOT NULL,
    customer_id TEXT  NOT NULL,
    parent_id   TEXT,                                             -- cus_…; may lie in another shard
    state       TEXT  NOT NULL CHECK (state IN ('pending', 'active', 'blocked', 'ended')),
    version     INTEGER NOT NULL,
    body        TEXT  NOT NULL,
    PRIMARY KEY (shard, customer_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE TABLE screenings (
    shard          INTEGER NOT NULL,
    screening_id   TEXT  NOT NULL,                                -- scr_…
    customer_id    TEXT  NOT NULL,
    screened_at_us INTEGER NOT NULL,
    body           TEXT  NOT NULL,
    PRIMARY KEY (shard, screening_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX screenings_by_customer ON screenings (shard, customer_id, screened_at_us);

CREATE TABLE sessions (
    token_hash    TEXT  NOT NULL,
    staff_id      TEXT  NOT NULL,
    expires_at_us INTEGER NOT NULL,
    body          TEXT  NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT;

CREATE INDEX sessions_by_end ON sessions (expires_at_us);

CREATE INDEX sessions_by_staff ON sessions (staff_id);

CREATE TABLE settings (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE special_measures (
    special_measure_id TEXT  NOT NULL,                            -- meas_…
    state              TEXT  NOT NULL CHECK (state IN ('draft', 'approved', 'revoked')),
    effective_from_us  INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    body               TEXT  NOT NULL,
    PRIMARY KEY (special_measure_id)
) STRICT;

CREATE TABLE staff (
    staff_id TEXT  NOT NULL,                                      -- stf_…
    handle   TEXT  NOT NULL,
    version  INTEGER NOT NULL,
    body     TEXT  NOT NULL,
    PRIMARY KEY (staff_id)
) STRICT;

CREATE UNIQUE INDEX staff_by_handle ON staff (handle);

CREATE TABLE tiles (
    shard INTEGER NOT NULL,
    path  TEXT  NOT NULL,                                         -- as C2SP names it
    bytes BLOB NOT NULL,
    PRIMARY KEY (shard, path)
) STRICT;

CREATE TABLE tree_states (
    shard INTEGER NOT NULL,
    size  INTEGER NOT NULL,                                         -- in leaves
    state BLOB NOT NULL,                                         -- the tree's right edge
    PRIMARY KEY (shard)
) STRICT;

CREATE TABLE verifications (
    shard           INTEGER NOT NULL,
    verification_id TEXT  NOT NULL,                               -- ver_…
    customer_id     TEXT  NOT NULL,
    verified_at_us  INTEGER NOT NULL,
    body            TEXT  NOT NULL,
    PRIMARY KEY (shard, verification_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
) STRICT;

CREATE INDEX verifications_by_customer ON verifications (shard, customer_id, verified_at_us);

CREATE TABLE watchlists (
    list         TEXT  NOT NULL,
    version      TEXT  NOT NULL,
    sha256       TEXT  NOT NULL,
    loaded_at_us INTEGER NOT NULL,                                  -- since 1970, UTC
    body         TEXT  NOT NULL,
    PRIMARY KEY (list, version, sha256)
) STRICT;

-- The key store

CREATE TABLE keys (
    name       TEXT  NOT NULL,                                    -- such as subject/cus_…/identity
    wrapped    BLOB NOT NULL,                                    -- empty once destroyed
    master_key TEXT  NOT NULL,                                    -- which master key wraps it
    destroyed  INTEGER NOT NULL CHECK (destroyed IN (0, 1)),
    PRIMARY KEY (name)
) STRICT;
