-- Work that waits, what was decided, and what leaves a trace: cases, decisions, drafts, readings, messages,
-- answers of the gate, answers by idempotency key.

CREATE TABLE cases (
    shard       {int64} NOT NULL,
    case_id     {text}  NOT NULL,                                   -- case_…
    customer_id {text}  NOT NULL,
    kind        {text}  NOT NULL CHECK (kind IN ('identification', 'list_hit', 'discrepancy', 'signatory',
        'redress', 'closure', 'reverification', 'review')),
    state       {text}  NOT NULL CHECK (state IN ('open', 'claimed', 'resolved')),
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (shard, case_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX cases_by_customer ON cases (shard, customer_id, case_id);

-- Serves the queue.
CREATE INDEX cases_unresolved ON cases (shard, case_id) WHERE state <> 'resolved';

-- Answers to requests, with every finding (CIP-24). No row is ever changed.
CREATE TABLE decisions (
    shard         {int64} NOT NULL,
    decision_id   {text}  NOT NULL,                                 -- dec_…
    customer_id   {text}  NOT NULL,
    decided_at_us {int64} NOT NULL,                                 -- since 1970, UTC
    body          {text}  NOT NULL,
    PRIMARY KEY (shard, decision_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX decisions_by_customer ON decisions (shard, customer_id, decided_at_us);

-- Actions that wait for a second person (SEC-04).
CREATE TABLE drafts (
    shard         {int64} NOT NULL,
    draft_id      {text}  NOT NULL,                                 -- dft_…
    state         {text}  NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'withdrawn')),
    drafted_at_us {int64} NOT NULL,
    version       {int64} NOT NULL,
    body          {text}  NOT NULL,
    PRIMARY KEY (shard, draft_id)
);

CREATE INDEX drafts_waiting ON drafts (shard, drafted_at_us, draft_id) WHERE state = 'waiting';

-- Looks at identity data, on record before they happen (SEC-02). No row is ever changed.
CREATE TABLE readings (
    shard       {int64} NOT NULL,
    reading_id  {text}  NOT NULL,                                   -- read_…
    customer_id {text},                                             -- the one customer, where it is one
    read_at_us  {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (shard, reading_id)
);

-- What is to be told to somebody outside. Recipient and text are sealed together.
CREATE TABLE messages (
    shard              {int64} NOT NULL,
    message_id         {text}  NOT NULL,                            -- msg_…
    customer_id        {text}  NOT NULL,
    channel            {text}  NOT NULL CHECK (channel IN ('email', 'telephone')),
    content_sealed     {bytes} NOT NULL,
    created_at_us      {int64} NOT NULL,
    attempts           {int64} NOT NULL,
    next_attempt_at_us {int64} NOT NULL,
    state              {text}  NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
    version            {int64} NOT NULL,
    PRIMARY KEY (shard, message_id)
);

CREATE INDEX messages_waiting ON messages (shard, created_at_us, message_id) WHERE state = 'waiting';

CREATE TABLE gate_answers (
    shard          {int64} NOT NULL,
    answer_id      {text}  NOT NULL,                                -- ans_…
    answered_at_us {int64} NOT NULL,
    record         {text}  NOT NULL,                                -- canonical
    PRIMARY KEY (shard, answer_id)
);

CREATE TABLE idempotent_answers (
    principal       {text}  NOT NULL,                               -- whose key it is
    idempotency_key {text}  NOT NULL,
    request_hash    {text}  NOT NULL,
    status          {int64} NOT NULL,
    body_sealed     {bytes} NOT NULL,
    answered_at_us  {int64} NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);
