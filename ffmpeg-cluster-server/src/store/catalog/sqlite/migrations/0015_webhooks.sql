-- Who is told of events. The secrets sign what is sent, so they are kept as they are.
CREATE TABLE webhooks (
    name TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    types TEXT NOT NULL,
    allow TEXT NOT NULL,
    secret TEXT NOT NULL,
    former_secret TEXT,
    former_until_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    disabled_at_ms INTEGER,
    disabled_why TEXT
) STRICT;

-- What is to be sent, and what was. A row is made in the transaction of its event.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (name) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    next_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER,
    last_status INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, seq);
CREATE INDEX deliveries_waiting ON deliveries (webhook, seq) WHERE state = 'waiting';
