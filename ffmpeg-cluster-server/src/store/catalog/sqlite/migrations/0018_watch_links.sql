-- Links by which players without a token play a stream. Only digests: who reads this file can't play with it.
CREATE TABLE watch_links (
    hash TEXT PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    made_by TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX watch_links_by_job ON watch_links (job_id, created_at_ms);
