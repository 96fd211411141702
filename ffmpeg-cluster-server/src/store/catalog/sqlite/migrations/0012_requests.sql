-- Requests that must be carried out once only, by the keys that their senders gave them.
CREATE TABLE request_keys (
    owner TEXT NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    answer TEXT,
    PRIMARY KEY (owner, address, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_keys_by_time ON request_keys (at_ms);
CREATE INDEX request_keys_by_job ON request_keys (job_id);
