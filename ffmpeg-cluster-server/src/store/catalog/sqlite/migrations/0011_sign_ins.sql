-- Browsers that signed in, and links that sign one in, once. Only digests: who reads this file can't come in with it.
CREATE TABLE sign_ins (
    hash TEXT PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    lasts_ms INTEGER NOT NULL,
    agent TEXT NOT NULL,
    sent_from TEXT NOT NULL
) STRICT;
CREATE INDEX sign_ins_by_token ON sign_ins (token_id, seen_at_ms);

CREATE TABLE sign_in_links (
    hash TEXT PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    expires_at_ms INTEGER NOT NULL
) STRICT;
