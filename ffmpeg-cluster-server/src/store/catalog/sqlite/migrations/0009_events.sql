-- What those who watch are told, in the order of its commits. A number is never given twice.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    type TEXT NOT NULL,
    job_id TEXT,
    client_id TEXT,
    owner TEXT,
    data TEXT NOT NULL
) STRICT;
-- The last number that the starts before this one left behind.
ALTER TABLE boots ADD COLUMN events_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN completed_ms INTEGER;

-- One row for each lease of an open job: what became of it, and when.
CREATE TABLE spans (
    boot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    track INTEGER NOT NULL,
    frame_start INTEGER NOT NULL,
    frame_end INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    seat TEXT,
    leased_ms INTEGER NOT NULL,
    began_ms INTEGER,
    encoded_ms INTEGER,
    sent_ms INTEGER,
    ended_ms INTEGER,
    outcome TEXT,
    code TEXT,
    bytes INTEGER,
    encode_ms INTEGER,
    earlier INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX spans_by_job ON spans (job_id);
-- The server's own work for an open job.
CREATE TABLE server_spans (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    what TEXT NOT NULL,
    began_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX server_spans_by_job ON server_spans (job_id);
-- Both, of an ended job: deflated JSON.
CREATE TABLE timelines (
    job_id TEXT PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    spans BLOB NOT NULL
) STRICT;
