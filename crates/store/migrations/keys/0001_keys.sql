-- Wrapped keys, in a database of their own (SEC-01). A destroyed key leaves its name only, so that it is never
-- made anew.
CREATE TABLE keys (
    name       {text}  NOT NULL,                                    -- such as subject/cus_…/identity
    wrapped    {bytes} NOT NULL,                                    -- empty once destroyed
    master_key {text}  NOT NULL,                                    -- which master key wraps it
    destroyed  {int64} NOT NULL CHECK (destroyed IN (0, 1)),
    PRIMARY KEY (name)
);
