-- What every shard refers to: providers, products, packs, list versions, settings, staff and credentials,
-- measures and exemptions. Reference tables, without shard. `body` is the whole record as JSON with sorted
-- keys; the other columns are what somebody looks up by.

CREATE TABLE providers (
    provider_id {text}  NOT NULL,                                   -- prov_…
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (provider_id)
);

CREATE TABLE products (
    product_id  {text}  NOT NULL,                                   -- prod_…
    provider_id {text}  NOT NULL,
    code        {text}  NOT NULL,                                   -- unique within the provider
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (product_id)
);

-- Serves "the product of this code".
CREATE UNIQUE INDEX products_by_code ON products (code, provider_id);

CREATE TABLE packs (
    pack_id {text} NOT NULL,                                        -- name@date
    body    {text} NOT NULL,
    PRIMARY KEY (pack_id)
);

-- Every version of a list ever loaded.
CREATE TABLE watchlists (
    list         {text}  NOT NULL,
    version      {text}  NOT NULL,
    sha256       {text}  NOT NULL,
    loaded_at_us {int64} NOT NULL,                                  -- since 1970, UTC
    body         {text}  NOT NULL,
    PRIMARY KEY (list, version, sha256)
);

CREATE TABLE settings (
    name  {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (name)
){clustered};

CREATE TABLE staff (
    staff_id {text}  NOT NULL,                                      -- stf_…
    handle   {text}  NOT NULL,
    version  {int64} NOT NULL,
    body     {text}  NOT NULL,
    PRIMARY KEY (staff_id)
);

CREATE UNIQUE INDEX staff_by_handle ON staff (handle);

-- Sessions of signed-in people; the token itself is nowhere.
CREATE TABLE sessions (
    token_hash    {text}  NOT NULL,
    staff_id      {text}  NOT NULL,
    expires_at_us {int64} NOT NULL,
    body          {text}  NOT NULL,
    PRIMARY KEY (token_hash)
);

-- Serves "sign this person out everywhere".
CREATE INDEX sessions_by_staff ON sessions (staff_id);

CREATE TABLE api_keys (
    api_key_id  {text}  NOT NULL,                                   -- key_…
    secret_hash {text}  NOT NULL,
    version     {int64} NOT NULL,
    body        {text}  NOT NULL,
    PRIMARY KEY (api_key_id)
);

CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (secret_hash);

CREATE TABLE special_measures (
    special_measure_id {text}  NOT NULL,                            -- meas_…
    state              {text}  NOT NULL CHECK (state IN ('draft', 'approved', 'revoked')),
    effective_from_us  {int64} NOT NULL,
    version            {int64} NOT NULL,
    body               {text}  NOT NULL,
    PRIMARY KEY (special_measure_id)
);

CREATE TABLE exemptions (
    exemption_id {text}  NOT NULL,                                  -- exm_…
    version      {int64} NOT NULL,
    body         {text}  NOT NULL,
    PRIMARY KEY (exemption_id)
);
