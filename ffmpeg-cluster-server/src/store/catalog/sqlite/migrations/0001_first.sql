CREATE TABLE boots (
    boot INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    created_at_ms INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    output_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('Queued', 'WaitingForClients', 'Benchmarking', 'Processing',
                                         'Combining', 'Completed', 'Failed', 'Cancelled')),
    spec TEXT NOT NULL,
    film TEXT,
    completed_at_ms INTEGER,
    error TEXT,
    report TEXT
) STRICT;
CREATE INDEX jobs_by_time ON jobs (created_at_ms);
CREATE INDEX jobs_by_state ON jobs (state);

-- A share without frames is the sound.
CREATE TABLE leases (
    boot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    frame_start INTEGER,
    frame_end INTEGER,
    client_id TEXT NOT NULL,
    PRIMARY KEY (boot, seq)
) STRICT;
CREATE INDEX leases_by_job ON leases (job_id);

CREATE TABLE pieces (
    boot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    frame_start INTEGER,
    frame_end INTEGER,
    client_id TEXT NOT NULL,
    piece TEXT NOT NULL,
    encode_ms INTEGER NOT NULL,
    PRIMARY KEY (boot, seq)
) STRICT;
-- The same frames can't be kept twice, whatever the code above believes.
CREATE UNIQUE INDEX pieces_by_share ON pieces (job_id, ifnull(frame_start, -1));

CREATE TABLE attempts (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    frame_start INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (job_id, frame_start)
) STRICT;

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE speeds (
    client_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    fps REAL NOT NULL,
    PRIMARY KEY (client_id, kind)
) STRICT;

CREATE TABLE uploads (
    upload_id TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
