-- Tokens for viewers; until when a token lets somebody in, and when it did so for the last time. The old table can't be told of another role,
-- and what refers to it goes with it.
CREATE TABLE tokens_of_today (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('worker', 'viewer', 'submitter', 'admin')),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    expires_ms INTEGER,
    used_ms INTEGER
) STRICT;
INSERT INTO tokens_of_today (id, role, name, hash, created_at_ms, revoked_at_ms)
SELECT id, role, name, hash, created_at_ms, revoked_at_ms FROM tokens ORDER BY rowid;
CREATE TEMP TABLE kept_sign_ins AS SELECT * FROM sign_ins;
CREATE TEMP TABLE kept_links AS SELECT * FROM sign_in_links;
DROP TABLE tokens;
ALTER TABLE tokens_of_today RENAME TO tokens;
INSERT OR IGNORE INTO sign_ins SELECT * FROM kept_sign_ins;
INSERT OR IGNORE INTO sign_in_links SELECT * FROM kept_links;
DROP TABLE kept_sign_ins;
DROP TABLE kept_links;

-- What came of each day of UTC: for each owner, and by each client.
ALTER TABLE jobs ADD COLUMN source_bytes INTEGER;
CREATE TABLE owner_days (
    day INTEGER NOT NULL,
    owner TEXT NOT NULL,
    films INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    PRIMARY KEY (day, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE client_days (
    day INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    frames INTEGER NOT NULL,
    busy_ms INTEGER NOT NULL,
    PRIMARY KEY (day, client_id)
) STRICT, WITHOUT ROWID;
INSERT INTO owner_days (day, owner, films, frames, bytes_in, bytes_out)
SELECT completed_at_ms / 86400000, owner, count(*), ifnull(sum(json_extract(report, '$.frames_result')), 0), 0,
       ifnull(sum(result_bytes), 0)
FROM jobs WHERE state = 'Completed' AND completed_at_ms IS NOT NULL GROUP BY 1, 2;
