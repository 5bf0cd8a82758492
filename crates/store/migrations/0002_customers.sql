-- Customers and all that is kept of them. Every key begins with the shard, so that a customer's rows lie
-- together; the two tables that find a customer by an outside reference do not.

CREATE TABLE customers (
    shard         {int64} NOT NULL,
    customer_id   {text}  NOT NULL,                                 -- cus_…
    external_id   {text},
    state         {text}  NOT NULL CHECK (state IN
        ('draft', 'open', 'us_shown', 'verified', 'unable', 'reverify_due', 'closed')),
    reseller_id   {text},                                           -- cus_…; may lie in another shard
    created_at_us {int64} NOT NULL,                                 -- since 1970, UTC
    version       {int64} NOT NULL,
    body          {text}  NOT NULL,
    PRIMARY KEY (shard, customer_id)
);

-- Serves lists and counts by state.
CREATE INDEX customers_by_state ON customers (shard, state, customer_id);

-- Serves the branch of a reseller.
CREATE INDEX customers_by_reseller ON customers (shard, reseller_id, customer_id) WHERE reseller_id IS NOT NULL;

CREATE TABLE persons (
    shard       {int64} NOT NULL,
    person_id   {text}  NOT NULL,                                   -- per_…
    customer_id {text}  NOT NULL,
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (shard, person_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX persons_by_customer ON persons (shard, customer_id, person_id);

-- What is known of a subject, since when, from whom (CIP-10). No row is ever changed.
CREATE TABLE facts (
    shard          {int64} NOT NULL,
    fact_id        {text}  NOT NULL,                                -- fact_…
    customer_id    {text}  NOT NULL,
    subject_id     {text}  NOT NULL,                                -- cus_… or per_…
    recorded_at_us {int64} NOT NULL,
    version        {int64} NOT NULL,
    body           {text}  NOT NULL,                                -- canonical; personal values are sealed in it
    PRIMARY KEY (shard, fact_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX facts_by_customer ON facts (shard, customer_id, version);

CREATE TABLE verifications (
    shard           {int64} NOT NULL,
    verification_id {text}  NOT NULL,                               -- ver_…
    customer_id     {text}  NOT NULL,
    verified_at_us  {int64} NOT NULL,
    body            {text}  NOT NULL,
    PRIMARY KEY (shard, verification_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX verifications_by_customer ON verifications (shard, customer_id, verified_at_us);

CREATE TABLE contact_proofs (
    shard            {int64} NOT NULL,
    contact_proof_id {text}  NOT NULL,                              -- prf_…
    customer_id      {text}  NOT NULL,
    sent_at_us       {int64} NOT NULL,
    version          {int64} NOT NULL,
    body             {text}  NOT NULL,
    PRIMARY KEY (shard, contact_proof_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

-- Serves "how many codes went out lately".
CREATE INDEX contact_proofs_by_customer ON contact_proofs (shard, customer_id, sent_at_us);

-- Records each screening (CIP-23). A later screening is a new row; no row is ever changed.
CREATE TABLE screenings (
    shard          {int64} NOT NULL,
    screening_id   {text}  NOT NULL,                                -- scr_…
    customer_id    {text}  NOT NULL,
    screened_at_us {int64} NOT NULL,
    body           {text}  NOT NULL,
    PRIMARY KEY (shard, screening_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX screenings_by_customer ON screenings (shard, customer_id, screened_at_us);

CREATE TABLE judgements (
    shard        {int64} NOT NULL,
    judgement_id {text}  NOT NULL,                                  -- jdg_…
    customer_id  {text}  NOT NULL,
    judged_at_us {int64} NOT NULL,
    body         {text}  NOT NULL,
    PRIMARY KEY (shard, judgement_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX judgements_by_customer ON judgements (shard, customer_id, judged_at_us);

CREATE TABLE accounts (
    shard         {int64} NOT NULL,
    account_id    {text}  NOT NULL,                                 -- acct_…
    customer_id   {text}  NOT NULL,
    external_id   {text},
    state         {text}  NOT NULL CHECK (state IN ('pending', 'refused', 'open', 'suspended', 'closed')),
    reseller_id   {text},                                           -- cus_…; may lie in another shard
    created_at_us {int64} NOT NULL,
    version       {int64} NOT NULL,
    body          {text}  NOT NULL,
    PRIMARY KEY (shard, account_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX accounts_by_customer ON accounts (shard, customer_id, account_id);

CREATE TABLE resellers (
    shard       {int64} NOT NULL,
    customer_id {text}  NOT NULL,
    parent_id   {text},                                             -- cus_…; may lie in another shard
    state       {text}  NOT NULL CHECK (state IN ('pending', 'active', 'blocked', 'ended')),
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (shard, customer_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE TABLE legal_holds (
    shard         {int64} NOT NULL,
    legal_hold_id {text}  NOT NULL,                                 -- hold_…
    customer_id   {text}  NOT NULL,
    version       {int64} NOT NULL,
    body          {text}  NOT NULL,
    PRIMARY KEY (shard, legal_hold_id),
    FOREIGN KEY (shard, customer_id) REFERENCES customers (shard, customer_id)
);

CREATE INDEX legal_holds_by_customer ON legal_holds (shard, customer_id, legal_hold_id);

-- The control plane's own names: from outside reference to shard and id.
CREATE TABLE external_ids (
    kind        {text}  NOT NULL CHECK (kind IN ('customer', 'account')),
    external_id {text}  NOT NULL,
    shard       {int64} NOT NULL,
    id          {text}  NOT NULL,
    PRIMARY KEY (kind, external_id)
){clustered};

-- Blind indexes of sealed values: from keyed hash to shard, customer and subject. Deleted when shredded.
CREATE TABLE blind_references (
    purpose     {text}  NOT NULL CHECK (purpose IN
        ('name_key', 'email', 'telephone', 'payment', 'identifier', 'compared', 'contact_code')),
    blind       {bytes} NOT NULL,
    shard       {int64} NOT NULL,
    customer_id {text}  NOT NULL,
    subject_id  {text}  NOT NULL,
    PRIMARY KEY (purpose, blind, shard, customer_id, subject_id)
){clustered};

CREATE INDEX blind_references_by_customer ON blind_references (shard, customer_id);
