-- Only digests: who reads this file can't come in with it.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('worker', 'submitter', 'admin')),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT;

CREATE TABLE client_keys (
    client_id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL
) STRICT;
