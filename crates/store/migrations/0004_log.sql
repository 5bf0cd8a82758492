-- The log (LOG-02): leaves and events are added without a position in the transaction of their change; the
-- one that holds the lease numbers them, and writes tiles and checkpoints.

CREATE TABLE leaves (
    shard       {int64} NOT NULL,
    leaf_id     {text}  NOT NULL,                                   -- leaf_…
    position    {int64},                                            -- from 0; NULL until numbered
    kind        {text}  NOT NULL,                                   -- which record it is of
    object      {text}  NOT NULL,                                   -- id of the record
    version     {int64} NOT NULL,
    customer_id {text},
    body        {bytes} NOT NULL,                                   -- canonical
    salt_sealed {bytes} NOT NULL,                                   -- dies with the record
    salt_owner  {text}  NOT NULL,
    PRIMARY KEY (shard, leaf_id)
);

CREATE UNIQUE INDEX leaves_by_position ON leaves (shard, position) WHERE position IS NOT NULL;

-- Serves the sequencer; empty most of the time.
CREATE INDEX leaves_waiting ON leaves (shard, leaf_id) WHERE position IS NULL;

-- Serves "the proof of this record".
CREATE INDEX leaves_by_object ON leaves (shard, object, version);

CREATE TABLE events (
    shard       {int64} NOT NULL,
    event_id    {text}  NOT NULL,                                   -- evt_…
    position    {int64},                                            -- from 1; NULL until numbered
    customer_id {text},
    at_us       {int64} NOT NULL,                                   -- since 1970, UTC
    body        {text}  NOT NULL,
    PRIMARY KEY (shard, event_id)
);

CREATE UNIQUE INDEX events_by_position ON events (shard, position) WHERE position IS NOT NULL;

CREATE INDEX events_waiting ON events (shard, event_id) WHERE position IS NULL;

-- Serves the history of a customer.
CREATE INDEX events_by_customer ON events (shard, customer_id, event_id) WHERE customer_id IS NOT NULL;

-- How many leaves and events have a position.
CREATE TABLE log_heads (
    shard       {int64} NOT NULL,
    leaf_count  {int64} NOT NULL,
    event_count {int64} NOT NULL,
    PRIMARY KEY (shard)
);

-- Who may do what only one node may do; the fence grows with each new holder.
CREATE TABLE leases (
    name          {text}  NOT NULL,
    holder        {text}  NOT NULL,
    fence         {int64} NOT NULL,
    expires_at_us {int64} NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE tiles (
    shard {int64} NOT NULL,
    path  {text}  NOT NULL,                                         -- as C2SP names it
    bytes {bytes} NOT NULL,
    PRIMARY KEY (shard, path)
);

CREATE TABLE tree_states (
    shard {int64} NOT NULL,
    size  {int64} NOT NULL,                                         -- in leaves
    state {bytes} NOT NULL,                                         -- the tree's right edge
    PRIMARY KEY (shard)
);

CREATE TABLE checkpoints (
    shard      {int64} NOT NULL,
    number     {int64} NOT NULL,                                    -- order of writing
    size       {int64} NOT NULL,
    checkpoint {text}  NOT NULL,                                    -- as C2SP writes it
    PRIMARY KEY (shard, number)
);
